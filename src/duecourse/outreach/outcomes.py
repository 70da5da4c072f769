"""What became of contacts, month by month: for a plot; nothing about one person."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.rules import lender

SPOKEN, SENT, MISSED, NOT_MADE, UNTOLD, REFUSED = "spoken", "sent", "missed", "not_made", "untold", "refused"
BECAME: Sequence[str] = (SPOKEN, SENT, MISSED, UNTOLD, NOT_MADE, REFUSED)
"""Spoken with; sent; rung in vain, or no such number; not told yet; not made after all; refused by the contact gate."""
COUNTED = """
WITH asked AS (SELECT d.id, d.allowed, date_trunc('month', d.at AT TIME ZONE %(zone)s)::date AS month
    FROM borrowers_contact_decision d WHERE d.at >= %(since)s::timestamp AT TIME ZONE %(zone)s
        AND d.at < (%(through)s::date + 1)::timestamp AT TIME ZONE %(zone)s),
told AS (SELECT DISTINCT ON (o.decision_id) o.decision_id, o.outcome FROM borrowers_contact_outcome o
    WHERE o.decision_id >= (SELECT min(id) FROM asked) ORDER BY o.decision_id, o.id DESC)
SELECT a.month, CASE WHEN t.outcome = 'connected' THEN 'spoken' WHEN t.outcome = 'sent' THEN 'sent'
        WHEN t.outcome = 'not_made' THEN 'not_made' WHEN t.outcome IS NOT NULL THEN 'missed'
        WHEN a.allowed THEN 'untold' ELSE 'refused' END AS became, count(*)
FROM asked a LEFT JOIN told t ON t.decision_id = a.id GROUP BY 1, 2 ORDER BY 1, 2
"""
"""One that was made although the gate refused it counts by what became of it."""
ANY = """
SELECT EXISTS (SELECT FROM borrowers_contact_decision d WHERE d.allowed AND d.at < ends.at)
    OR EXISTS (SELECT FROM borrowers_contact_decision d WHERE d.at < ends.at)
FROM (SELECT (%s::date + 1)::timestamp AT TIME ZONE %s AS at) ends
"""
"""The first is answered by an index; the second is asked where nothing was allowed by then."""


class Counted(NamedTuple):
    """How many contacts of a month came to what."""

    month: date
    became: str
    many: int


def by_month(*, since: date, through: date) -> list[Counted]:
    """The contacts asked for on the lender's days from one through another, by month and what became of them."""
    told = {"since": since, "through": through, "zone": str(lender.clock(on=through).zone)}
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, told)
        return [Counted._make(row) for row in cursor.fetchall()]


def newest() -> tuple[int, ...]:
    """The newest rows that are counted: while they are the same, so are the counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT max(id) FROM borrowers_contact_decision), 0), "
            "coalesce((SELECT max(id) FROM borrowers_contact_outcome), 0)"
        )
        return tuple(cursor.fetchone())


def any_through(day: date) -> bool:
    """Whether anybody was to be contacted by the end of a day."""
    with connection.cursor() as cursor:
        cursor.execute(ANY, [day, str(lender.clock(on=day).zone)])
        return bool(cursor.fetchone()[0])
