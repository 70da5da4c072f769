"""Staff sign in by name and password; who guesses is stopped soon, and learns not which names there are.

From one place a name is tried ten times in a quarter of an hour, any names fifty times. A name that many places guess
at answers only places from which it signed in before: the person it belongs to is not shut out.
"""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.views import LoginView
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from duecourse import clock
from duecourse.borrowers import secrecy

from .middleware import caller_of
from .staff_tables import StaffTry

WINDOW, KNOWN_FOR = timedelta(minutes=15), timedelta(days=30)
MOST_OF_BOTH, MOST_OF_CALLER, MOST_OF_NAME = 10, 50, 100
"""Wrong passwords within the window: for a name from one place, from one place, for a name from anywhere."""
COUNTED = """
SELECT
    count(*) FILTER (WHERE name = %(name)s AND caller = %(caller)s AND NOT "right" AND at > coalesce((SELECT max(at)
        FROM web_staff_try WHERE name = %(name)s AND caller = %(caller)s AND "right"), '-infinity')),
    coalesce(sum(CASE WHEN "right" THEN -1 ELSE 1 END) FILTER (WHERE caller = %(caller)s), 0),
    coalesce(sum(CASE WHEN "right" THEN -1 ELSE 1 END) FILTER (WHERE name = %(name)s), 0),
    EXISTS (SELECT FROM web_staff_try WHERE name = %(name)s AND caller = %(caller)s AND "right" AND at > %(known)s)
FROM web_staff_try WHERE (name = %(name)s OR caller = %(caller)s) AND at > %(since)s
"""


def tried(*, name: bytes, caller: bytes, at: datetime) -> bool:
    """Keep that a password is tried, before it is looked at; False where it is one too many, and then not kept."""
    with transaction.atomic(), connection.cursor() as cursor:
        for one in sorted((name, caller)):
            cursor.execute("SELECT pg_advisory_xact_lock(29, hashtext(%s))", [one.hex()])
        told = {"name": name, "caller": caller, "since": at - WINDOW, "known": at - KNOWN_FOR}
        cursor.execute(COUNTED, told)
        of_both, of_caller, of_name, is_known = cursor.fetchone()
        is_guessed = of_name >= MOST_OF_NAME and not is_known
        if of_both >= MOST_OF_BOTH or of_caller >= MOST_OF_CALLER or is_guessed:
            return False
        StaffTry.objects.create(name=name, caller=caller, right=False, at=at)
    return True


class StaffSignIn(LoginView):
    """The page on which staff sign in."""

    template_name = "login.html"

    def post(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        """Look at name and password, unless too many were wrong."""
        typed = unicodedata.normalize("NFKC", request.POST.get("username", "")).strip()[:150]
        self.name, self.caller = secrecy.digest(f"staff:{typed}"), secrecy.digest(f"caller:{caller_of(request)}")
        if not tried(name=self.name, caller=self.caller, at=clock.now()):
            answer = self.render_to_response(self.get_context_data(is_too_often=True), status=429)
            answer.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
            return answer
        return super().post(request, *args, **named)

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep that they were right, and let them in."""
        StaffTry.objects.create(name=self.name, caller=self.caller, right=True, at=clock.now())
        return super().form_valid(form)
