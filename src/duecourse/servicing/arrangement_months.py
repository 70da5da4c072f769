"""How arrangements went, month by month, as known on a day: for a plot; nothing about one account."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

KEPT, BROKEN, CURED, ENDED, AGREED = "fulfilled", "broken", "cured", "ended", "agreed"
STATES: Sequence[str] = (KEPT, CURED, BROKEN, ENDED, AGREED)
"""Kept to the end; kept again; broken; ended otherwise; agreed."""
COUNTED = """
SELECT date_trunc('month', s."on")::date, s.state, count(*) FROM servicing_arrangement_state s
WHERE s.booked_day <= %(through)s AND s."on" >= %(since)s AND s."on" <= %(through)s AND s.takes_back IS NULL
    AND NOT EXISTS (SELECT FROM servicing_arrangement_state t WHERE t.arrangement_id = s.arrangement_id
        AND t.takes_back = s.id AND t.booked_day <= %(through)s)
    AND NOT EXISTS (SELECT FROM servicing_act u JOIN servicing_arrangement r ON r.account_id = u.account_id
        WHERE r.id = s.arrangement_id AND u.undoes = r.id AND u.booked_day <= %(through)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""


class Counted(NamedTuple):
    """How many arrangements of a month came into a state."""

    month: date
    became: str
    many: int


def by_month(*, since: date, through: date) -> list[Counted]:
    """What became of arrangements from one day through another, by month, as known on the last."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"since": since, "through": through})
        return [Counted._make(row) for row in cursor.fetchall()]


def newest() -> tuple[int, ...]:
    """The newest rows that are counted: while they are the same, so are the counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(id) FROM servicing_arrangement_state), 0), "
            "coalesce((SELECT max(id) FROM servicing_act), 0)"
        )
        return tuple(cursor.fetchone())


def any_through(day: date) -> bool:
    """Whether anything was agreed by a day, as known on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM servicing_arrangement WHERE booked_day <= %s)", [day])
        return bool(cursor.fetchone()[0])
