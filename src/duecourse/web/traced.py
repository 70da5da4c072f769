"""Each request has an id, which its answer and every line of the log bear, and ends in one line of the log."""

import logging
import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from duecourse import clock, telemetry
from duecourse.logs import REQUEST_ID, route_of

from . import rights

GIVEN = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,63}")
"""An id that a proxy has given already; another is not taken over, since it would be written down."""
HEADER = "X-Request-ID"
log = logging.getLogger("duecourse.request")


class Traced:
    """Gives each request its id, and writes one line when it is answered: no address, no query, no body, no name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get(HEADER, "")
        known = told if GIVEN.fullmatch(told) and not told.isdecimal() else uuid.uuid4().hex
        before, began = REQUEST_ID.set(known), clock.seconds()
        try:
            with telemetry.span("request", id=known) as work:
                response = self.get_response(request)
                response.headers[HEADER] = known
                ms = round((clock.seconds() - began) * 1000, 1)
                more = {"route": route_of(request), "method": request.method, "status": response.status_code, "ms": ms}
                of = {"of": more["route"], "status": response.status_code, "whose": whose(request)}
                work.says(method=str(request.method), **of)
                log.info(
                    "%s %s %s", request.method, more["route"], response.status_code,
                    extra={**more, "whose": of["whose"]},
                )  # fmt: skip
        finally:
            REQUEST_ID.reset(before)
        return response


def whose(request: HttpRequest) -> str:
    """Whom the route is for: staff, borrower, key, anybody; a dash where there is none."""
    try:
        return rights.of(request.resolver_match).of if request.resolver_match else "-"
    except rights.RouteWithoutRights:
        return "-"
