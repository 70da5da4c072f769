"""Requests that change something carry a key of their own: asked twice, they are done once and answered the same."""

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Schema

from duecourse.ledger.journal import Refused
from duecourse.partners import answers

from .keys import holder_of

HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,200}")
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "A key of the caller's own for this request, 1 to 200 visible ASCII characters.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$", "minLength": 1, "maxLength": 200},
    "example": "5b0d6b1c-2a52-4c3e-9a7e-1f6a3f7f2f10",
}


class KeyMissing(Refused):
    """A request that changes something has no idempotency key, or one that is too long."""

    code = "idempotency_key_missing"


def key_of(request: HttpRequest) -> str:
    """The key under which areas know a request: the partner's own, so that no two partners share one."""
    return f"api:{holder_of(request).partner}:{request.headers[HEADER]}"


def answer(request: HttpRequest, shape: type[Schema], do: Callable[[], Any]) -> HttpResponse:
    """Do what a request asks, once for its key, and answer in this shape; asked again, the same answer comes back."""
    key = request.headers.get(HEADER, "")
    if not KEY.fullmatch(key):
        raise KeyMissing(f"{HEADER}: a request that changes something carries 1 to 200 visible ASCII characters")
    body = json.dumps(json.loads(request.body or b"null"), sort_keys=True)
    asked = f"{request.method} {request.path_info}\n{body}".encode()

    def work() -> tuple[int, bytes]:
        return 200, shape.model_validate(do()).model_dump_json(by_alias=False).encode()

    told = answers.once(partner=holder_of(request).partner, key=key, asked=asked, do=work)
    headers = {"Idempotency-Replayed": "true"} if told.again else {}
    return HttpResponse(told.body, status=told.status, content_type="application/json", headers=headers)
