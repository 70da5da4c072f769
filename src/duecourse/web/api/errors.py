"""What a request is told that cannot be answered: problem+json (RFC 9457) with the stable code of the refusal."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from psycopg.errors import LockNotAvailable, QueryCanceled
from pydantic import Field

from duecourse.intake.act_fields import FieldRefused
from duecourse.ledger.journal import Refused

BODY_MAX = 1_000_000
"""How many bytes the body of a request may have."""
DOCUMENT_BODY_MAX = 2_500_000
"""How many it may have where a document is sent in; Django reads no more at once."""
PREFIX = "/api/"
MEDIA = "application/problem+json"
log = logging.getLogger("django.request")


class NotKnown(Refused):
    """No key came with the request, or one that does not hold."""

    code = "not_authenticated"


class ScopeMissing(Refused):
    """The key may not do this."""

    code = "api_scope_missing"


class TooMany(Refused):
    """The key has used up its rate; `seconds`: after how long it may ask again."""

    code = "too_many_requests"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"this key has used up its rate; again in {seconds} s")
        self.seconds = seconds


class NoSuchPlace(Refused):
    """There is nothing at this address."""

    code = "not_found"


class MethodNotAllowed(Refused):
    """The address does not take this method."""

    code = "method_not_allowed"


class BodyTooLarge(Refused):
    """The body of a request has at most BODY_MAX bytes, of a document DOCUMENT_BODY_MAX."""

    code = "body_too_large"


class NotJson(Refused):
    """The body of a request is application/json."""

    code = "media_type_not_supported"


class BodyUnreadable(Refused):
    """The body is no JSON that can be read."""

    code = "body_unreadable"


class FieldsRefused(Refused):
    """Fields are missing, unknown or not what they should be; each is named."""

    code = "fields_refused"


class Busy(Refused):
    """What the request needs is in use by another for too long."""

    code = "busy"


class ServerFault(Refused):
    """The request met a fault of ours; it is in the server's log."""

    code = "server_fault"


STATUS: Mapping[str, int] = {
    "body_unreadable": 400, "idempotency_key_missing": 400, "cursor_unreadable": 422, "not_authenticated": 401,
    "api_scope_missing": 403, "act_of_the_lender": 403, "not_found": 404, "method_not_allowed": 405,
    "body_too_large": 413, "media_type_not_supported": 415, "too_many_requests": 429, "server_fault": 500, "busy": 503,
    "idempotency_key_reused": 422, "request_key_reused": 422, "care_key_reused": 422, "contact_key_reused": 422,
    "fields_refused": 422, "field_refused": 422, "field_missing": 422, "field_unknown": 422, "field_unreadable": 422,
    "act_not_offered": 422, "act_out_of_range": 422, "not_an_amount": 422, "care_refused": 422, "out_of_range": 422,
    "hardship_refused": 422, "reach_refused": 422, "wish_refused": 422, "not_a_merchant_category": 422,
    "contact_outcome_unknown": 422, "legal_refused": 422, "legal_key_reused": 422, "evidence_refused": 422,
    "document_not_taken": 422, "incident_outside_window": 422, "unknown_party": 404,
    "zone_missing": 422, "unknown_place": 422, "not_a_payment": 404,
    "day_not_sealed": 404, "account_of_another": 404, "document_void": 410,
}  # fmt: skip
"""Which status a code comes with; those that begin with `no_such_` are 404, every other one 409."""
OF_STATUS = {
    400: BodyUnreadable, 401: NotKnown, 403: ScopeMissing, 404: NoSuchPlace, 405: MethodNotAllowed, 413: BodyTooLarge,
    415: NotJson,
}  # fmt: skip


class FieldProblem(Schema):
    """One field that could not be taken, as in `body.fields.amount_minor`."""

    field: str
    message: str


class Problem(Schema):
    """Why a request was not answered. `code` stays the same; `detail` says what and where, and may change."""

    type: str = Field(examples=["urn:duecourse:refusal:no_such_account"])
    title: str = Field(examples=["no such account"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["no_such_account"])
    detail: str = Field(examples=["there is no account L-9"])
    errors: list[FieldProblem] = Field(default_factory=list)


def status_of(code: str) -> int:
    """The status that a code comes with."""
    return STATUS.get(code, 404 if code.startswith("no_such_") else 409)


def problem(code: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> HttpResponse:
    """A refusal as an answer."""
    status = status_of(code)
    told = {
        "type": f"urn:duecourse:refusal:{code}", "title": code.replace("_", " "), "status": status, "code": code,
        "detail": detail, "errors": list(errors),
    }  # fmt: skip
    response = JsonResponse(told, status=status, content_type=MEDIA)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="duecourse"'
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response


def of(fault: Exception) -> HttpResponse | None:
    """The answer to a refusal of ours, None for anything else."""
    if isinstance(fault, OperationalError) and isinstance(fault.__cause__, LockNotAvailable | QueryCanceled):
        return problem(Busy.code, "an account or a day is in use for too long; try again")
    code = getattr(type(fault), "code", None)
    if not isinstance(code, str):
        return None
    named = [{"field": fault.field, "message": str(fault)}] if isinstance(fault, FieldRefused) else []
    told = problem(code, str(fault), named)
    if isinstance(fault, TooMany):
        told.headers["Retry-After"] = str(fault.seconds)
    return told


def install(api: NinjaAPI) -> None:
    """Let the API answer every fault as a problem; what is none of ours goes on to Django, which writes it down."""

    def refused(request: HttpRequest, fault: Any) -> HttpResponse:
        found = of(fault)
        if found is None:
            raise fault
        return found

    def unknown(request: HttpRequest, fault: Any) -> HttpResponse:
        return problem(NotKnown.code, "a key is needed that holds: Authorization: Bearer dc_…")

    def unreadable(request: HttpRequest, fault: Any) -> HttpResponse:
        return problem(OF_STATUS.get(fault.status_code, BodyUnreadable).code, str(fault))

    def fields(request: HttpRequest, fault: Any) -> HttpResponse:
        named = list(named_fields(fault.errors))
        return problem(FieldsRefused.code, "; ".join(f"{one['field']}: {one['message']}" for one in named[:5]), named)

    api.add_exception_handler(Exception, refused)
    api.add_exception_handler(HttpError, unreadable)
    api.add_exception_handler(AuthenticationError, unknown)
    api.add_exception_handler(ValidationError, fields)


def named_fields(errors: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Each fault of a request by its field; what was sent is not repeated, since it may be about a person."""
    for one in errors:
        yield {"field": ".".join(str(part) for part in one["loc"] if part != "told"), "message": str(one["msg"])}


class ApiProblems:
    """Whatever goes wrong under /api/ is told as a problem, what no operation answers too; no body is too large."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        early = unfit(request)
        response = early or self.get_response(request)
        if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(MEDIA):
            return response
        kind = OF_STATUS.get(response.status_code, ServerFault)
        told = problem(kind.code, (kind.__doc__ or "").strip())
        if "Allow" in response.headers:
            told.headers["Allow"] = response.headers["Allow"]
        return told


def unfit(request: HttpRequest) -> HttpResponse | None:
    """The answer to a body that is too large or of another kind than JSON."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    most = DOCUMENT_BODY_MAX if request.path_info.endswith("/documents") else BODY_MAX
    if not length.isdecimal() or int(length) > most:
        return problem(BodyTooLarge.code, f"a body has at most {most:,} bytes")
    if int(length) and request.content_type != "application/json":
        return problem(NotJson.code, "the body is application/json")
    return None
