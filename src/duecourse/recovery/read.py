"""What recovery did about a person, for a page: how the case moved, who works on it, what was done of it."""

from datetime import date
from typing import NamedTuple

from django.db import connection

MOVES = """
SELECT s.id, c.id, s."on", s.stage, s.treatment, s.channel, s.rule, s.by, w.done, w.by, w.reason, w.recorded_at::date
FROM recovery_case c JOIN recovery_case_state s ON s.case_id = c.id
LEFT JOIN recovery_case_work w ON w.state_id = s.id
WHERE c.borrower_id = %s ORDER BY s."on" DESC, s.id DESC LIMIT %s
"""
NEWEST = 40


class Move(NamedTuple):
    """A move of a case: stage, treatment, channel, by which rule; whether somebody did it (None: nobody yet)."""

    state: int
    case: int
    on: date
    stage: str
    treatment: str
    channel: str
    rule: str
    by: str
    is_done: bool | None
    done_by: str | None
    done_reason: str | None
    done_on: date | None


def of_person(*, person: int, most: int = NEWEST) -> list[Move]:
    """The newest moves of a person's cases, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(MOVES, [person, most])
        return [Move._make(row) for row in cursor.fetchall()]
