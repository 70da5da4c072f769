"""The work queue: treatments that wait, in order of the good they are expected to do."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.outreach.channels import CHANNELS
from duecourse.rules import recovery_terms

from .case_messages import SENT_BY

BY_HAND = ("call", "visit", "offer_help", "letter", "demand_letter", "legal_action")
"""Treatments that a person does, unless they go out as messages (case_messages); placements places with agencies."""

WAITING = """
SELECT s.id, c.id, c.borrower_id, s.stage, s.treatment, s.channel, s."on", s.rule,
    coalesce((SELECT owner FROM recovery_case_owner o WHERE o.case_id = c.id ORDER BY o.id DESC LIMIT 1), ''),
    (SELECT min(a.number) FROM servicing_account a WHERE a.borrower_id = c.borrower_id) AS account,
    s.currency, (s.facts ->> 'past_due_minor')::bigint, (s.facts ->> 'days_past_due')::int
FROM recovery_case c JOIN LATERAL (SELECT * FROM recovery_case_state
    WHERE case_id = c.id AND "on" <= %s ORDER BY id DESC LIMIT 1) s ON true
WHERE s.treatment = ANY(%s) AND NOT (s.treatment = ANY(%s) AND s.channel = ANY(%s))
    AND NOT EXISTS (SELECT FROM recovery_case_work w WHERE w.state_id = s.id)
    AND NOT EXISTS (SELECT FROM recovery_placement p WHERE p.borrower_id = c.borrower_id
        AND NOT EXISTS (SELECT FROM recovery_recall r WHERE r.placement_id = p.id))
"""
"""Treatments that nobody has done or left, of cases that are not with an agency."""


class Waiting(NamedTuple):
    """A treatment that waits for a person: whose, since when, why, and what it is expected to bring beyond its cost."""

    state: int
    case: int
    person: int
    stage: str
    treatment: str
    channel: str
    since: date
    rule: str
    owner: str
    account: str
    currency: str
    past_due_minor: int
    days_past_due: int
    good_minor: int


def queue(*, on: date, owner: str | None = None) -> list[Waiting]:
    """The newest treatment of each open case that nobody has done or left, the most good first.

    owner: only cases of this person and those of nobody. What costs more than it is expected to bring is left out.
    """
    found = waiting(on=on, treatments=BY_HAND)
    mine = [one for one in found if one.good_minor > 0 and (owner is None or one.owner in ("", owner))]
    return sorted(mine, key=lambda one: (-one.good_minor, one.since, one.case))


def waiting(*, on: date, treatments: Sequence[str]) -> list[Waiting]:
    """The newest treatment of each open case, of these treatments, that nobody has done or left, in no order."""
    terms = recovery_terms.treatments(on=on)
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [on, list(treatments), list(SENT_BY), list(CHANNELS)])
        return [Waiting._make((*row, terms.good_minor(row[4], row[11]))) for row in cursor.fetchall()]
