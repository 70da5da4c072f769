"""Who of the lender's people looked at a borrower: kept each time, and shown to the borrower by day."""

import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from .reading_tables import Reading

MOST = 100
"""So many lines are shown, the newest first."""


class Looked(NamedTuple):
    """On a day (UTC) people in these roles looked so often at an account, or at the person where it is empty."""

    day: date
    roles: tuple[str, ...]
    account: str
    times: int


BY_DAY = """
SELECT (recorded_at AT TIME ZONE 'UTC')::date, roles, account, count(*) FROM borrowers_reading
WHERE borrower_id = %s GROUP BY 1, 2, 3 ORDER BY 1 DESC, max(id) DESC LIMIT %s
"""


def note(*, borrower: int, account: str, by: str, roles: Sequence[str], what: str) -> None:
    """Keep that somebody looked."""
    Reading.objects.create(borrower_id=borrower, account=account, by=by, roles=sorted(roles), what=what)


def of(*, borrower: int) -> list[Looked]:
    """Who looked at a borrower, by day; in which role and not by which name, since staff are persons too."""
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, [borrower, MOST])
        rows = cursor.fetchall()
    return [Looked(day, tuple(json_list(roles)), account, times) for day, roles, account, times in rows]


def json_list(told: object) -> list[str]:
    """A list of words as the database's driver gives JSON: a text, or read already."""
    found = json.loads(told) if isinstance(told, str) else told
    assert isinstance(found, list)
    return [str(one) for one in found]
