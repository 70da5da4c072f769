"""How often a secret of staff may be tried: who guesses is stopped soon, and shuts nobody out for long or from afar.

A name that many places guess at answers only places from which it was right before: the person it belongs to is not
shut out.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import secrecy

from .staff_tables import StaffTry

KNOWN_FOR = timedelta(days=30)


class Limits(NamedTuple):
    """How many may be wrong: for a name from one place and from one place, within the window; for a name from anywhere,
    within one that may be longer."""

    window: timedelta
    of_both: int
    of_caller: int
    name_window: timedelta
    of_name: int


def of_password(name: str, caller: str) -> dict[str, bytes]:
    """By what passwords that are typed for a name from one place are counted."""
    return {"name": secrecy.digest(f"staff:{name}"), "caller": secrecy.digest(f"caller:{caller}")}


PASSWORDS = Limits(timedelta(minutes=15), 10, 50, timedelta(minutes=15), 100)
CODES = Limits(timedelta(hours=1), 5, 25, timedelta(days=1), 20)
"""Three of a million codes are right at a time: who knows the password already guesses one in 16,000 days or so."""
COUNTED = """
SELECT
    count(*) FILTER (WHERE name = %(name)s AND caller = %(caller)s AND at > %(since)s AND NOT "right"
        AND at > coalesce((SELECT max(at)
            FROM web_staff_try WHERE name = %(name)s AND caller = %(caller)s AND "right"), '-infinity')),
    coalesce(sum(CASE WHEN "right" THEN -1 ELSE 1 END) FILTER (WHERE caller = %(caller)s AND at > %(since)s), 0),
    coalesce(sum(CASE WHEN "right" THEN -1 ELSE 1 END) FILTER (WHERE name = %(name)s AND at > %(since_of_name)s), 0),
    EXISTS (SELECT FROM web_staff_try WHERE name = %(name)s AND caller = %(caller)s AND "right" AND at > %(known)s)
FROM web_staff_try WHERE (name = %(name)s OR caller = %(caller)s) AND at > %(longest)s
"""


def tried(*, name: bytes, caller: bytes, at: datetime, limits: Limits) -> bool:
    """Keep that a secret is tried, before it is looked at; False where it is one too many, and then not kept."""
    with transaction.atomic(), connection.cursor() as cursor:
        for one in sorted((name, caller)):
            cursor.execute("SELECT pg_advisory_xact_lock(29, hashtext(%s))", [one.hex()])
        told = {
            "name": name,
            "caller": caller,
            "known": at - KNOWN_FOR,
            "since": at - limits.window,
            "since_of_name": at - limits.name_window,
            "longest": at - max(limits.window, limits.name_window),
        }
        cursor.execute(COUNTED, told)
        of_both, of_caller, of_name, is_known = cursor.fetchone()
        is_guessed = of_name >= limits.of_name and not is_known
        if of_both >= limits.of_both or of_caller >= limits.of_caller or is_guessed:
            return False
        StaffTry.objects.create(name=name, caller=caller, right=False, at=at)
    return True


def was_right(*, name: bytes, caller: bytes, at: datetime) -> None:
    """Keep that what was tried was right."""
    StaffTry.objects.create(name=name, caller=caller, right=True, at=at)
