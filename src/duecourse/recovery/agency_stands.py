"""What stands against a case being with an agency: rows that other areas keep; nothing confided is opened."""

from datetime import datetime
from typing import Any

from django.db import connection

KINDS = (
    "dispute", "identity_theft", "promise", "arrangement", "hardship", "breathing_space", "mental_health_crisis",
    "represented", "deceased", "minor", "incapacity", "insolvency", "cease",
)  # fmt: skip
"""Blocks on contact that keep a case with us; others (hours, a channel) are for the contact gate."""
STANDS = """
SELECT p.id, b.kind FROM unnest(%(people)s::bigint[]) AS p (id), LATERAL (
    SELECT kind FROM outreach_blocks(p.id, p.id, %(first)s) WHERE kind = ANY(%(kinds)s)
        AND (since <= %(first)s OR (since <= %(last)s AND coalesce(until, 'infinity') > %(last)s))
    UNION SELECT 'arrangement' FROM outreach_arranged(p.id, p.id, %(first)s)
    UNION SELECT 'arrangement' FROM outreach_arranged(p.id, p.id, %(last)s)
    UNION SELECT 'dispute' FROM outreach_disputed(p.id, p.id)
    UNION SELECT 'complaint' FROM care_complaint c LEFT JOIN LATERAL (SELECT state FROM care_complaint_state
        WHERE complaint_id = c.id ORDER BY id DESC LIMIT 1) s ON true
        WHERE c.borrower_id = p.id AND coalesce(s.state, '') NOT IN ('answered', 'closed')
    UNION SELECT 'circumstance' FROM care_circumstance c WHERE c.borrower_id = p.id AND NOT EXISTS
        (SELECT FROM care_circumstance_state s WHERE s.circumstance_id = c.id AND s.state = 'ended')
    UNION SELECT 'proceeding' FROM recovery_proceeding r JOIN LATERAL (SELECT stage FROM recovery_proceeding_stage
        WHERE proceeding_id = r.id ORDER BY id DESC LIMIT 1) s ON true
        WHERE r.borrower_id = p.id AND s.stage NOT IN ('satisfied', 'settled', 'dismissed', 'withdrawn')
) b ORDER BY 1, 2
"""


def standing(*, people: list[int], first: datetime, last: datetime) -> dict[int, list[str]]:
    """By person what stands at one of two instants, the end of the sealed day and now, about any of their accounts."""
    early, late = sorted((first, last))
    told: dict[str, Any] = {"people": people, "first": early, "last": late, "kinds": list(KINDS)}
    with connection.cursor() as cursor:
        cursor.execute(STANDS, told)
        found: dict[int, list[str]] = {}
        for person, kind in cursor.fetchall():
            found.setdefault(person, []).append(kind)
    return found
