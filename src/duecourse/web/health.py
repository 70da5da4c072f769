"""Two addresses for whoever watches the server: is it alive, and may requests be sent to it."""

from collections.abc import Callable

from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.utils import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse

Answer = Callable[[HttpRequest], HttpResponse]
_tables_known = False
"""Whether the tables were seen to be of this release: they do not go back while this process lives."""


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return JsonResponse({"alive": True})


def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and its tables are of this release; else 503 with the word of what is not so."""
    lacking = not_ready()
    return JsonResponse({"ready": not lacking, "lacking": lacking}, status=503 if lacking else 200)


def not_ready() -> list[str]:
    """What keeps requests from being answered: `database` or `tables`."""
    global _tables_known
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
            if not _tables_known:
                applied = set(MigrationLoader(connections["default"]).applied_migrations or ())
                _tables_known = set(MigrationLoader(None).disk_migrations or ()) <= applied
    except DatabaseError:
        connections["default"].close()
        return ["database"]
    return [] if _tables_known else ["tables"]


PROBES: dict[str, Answer] = {"/healthz": healthz, "/readyz": readyz}


class Probes:
    """Answers the two before anything else looks at the request: a probe names an address for its host, and has no
    session."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info)
        return probe(request) if probe and request.method in ("GET", "HEAD") else self.get_response(request)
