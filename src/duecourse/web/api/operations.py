"""How operations are made: each with its scope, its shape, and the problems that it may answer with."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from . import idempotency
from .errors import Problem
from .keys import PartnerKey

PROBLEMS = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503)
OF_READS = (401, 403, 404, 405, 409, 422, 429, 500, 503)

View = Callable[..., Any]


class Door(Router):
    """Operations about one subject. An operation's name is its function's."""

    def reads(self, path: str, scope: str, shape: Any, *, media: str = "") -> Callable[[View], View]:
        """An operation that changes nothing. `media`: what it answers with, where that is no JSON."""

        def made(view: View) -> View:
            known = dict.fromkeys(OF_READS, Problem)
            told = described(view, scope)
            if media:
                told["openapi_extra"]["x-media"] = media
            return self.get(path, response={200: shape, **known}, **told)(view)

        return made

    def writes(self, path: str, scope: str, shape: type[Schema]) -> Callable[[View], View]:
        """An operation that changes something, once for its idempotency key."""

        def made(view: View) -> View:
            @wraps(view)
            def once(request: HttpRequest, **told: Any) -> HttpResponse:
                return idempotency.answer(request, shape, lambda: view(request, **told))

            known = dict.fromkeys(PROBLEMS, Problem)
            told = described(view, scope)
            told["openapi_extra"]["parameters"] = [idempotency.PARAMETER]
            return self.post(path, response={200: shape, **known}, **told)(once)

        return made


def described(view: View, scope: str) -> dict[str, Any]:
    """What an operation is called, what it does, and who may."""
    said = (view.__doc__ or "").strip()
    return {
        "auth": PartnerKey(scope),
        "operation_id": view.__name__,
        "summary": said.split("\n")[0].rstrip("."),
        "description": f"{said}\n\nScope: `{scope}`.",
        "openapi_extra": {"x-scope": scope},
    }
