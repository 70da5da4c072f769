"""The work queue: treatments that wait, in order of the good they are expected to do."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from duecourse.outreach.channels import CHANNELS
from duecourse.rules import recovery_terms

from .case_messages import SENT_BY

BY_HAND = ("call", "visit", "offer_help", "letter", "demand_letter", "legal_action")
"""Treatments that a person does, unless they go out as messages (case_messages); placements places with agencies."""

WITH_AGENCY = """EXISTS (SELECT FROM recovery_placement p WHERE p.borrower_id = c.borrower_id
        AND NOT EXISTS (SELECT FROM recovery_recall r WHERE r.placement_id = p.id))"""
"""Whether a case is with an agency."""
WAITS = f"""
SELECT s.id, s.case_id, s.treatment, s."on", coalesce(o.owner, ''), (s.facts ->> 'past_due_minor')::bigint AS past_due
FROM recovery_case_state s JOIN recovery_case c ON c.id = s.case_id
LEFT JOIN (SELECT DISTINCT ON (case_id) case_id, owner FROM recovery_case_owner ORDER BY case_id, id DESC) o
    ON o.case_id = s.case_id
WHERE s."on" <= %(on)s AND s.treatment = ANY(%(treatments)s)
    AND NOT (s.treatment = ANY(%(sent)s) AND s.channel = ANY(%(channels)s))
    AND NOT EXISTS (SELECT FROM recovery_case_state n WHERE n.case_id = s.case_id AND n.id > s.id AND n."on" <= %(on)s)
    AND NOT EXISTS (SELECT FROM recovery_case_work w WHERE w.state_id = s.id)
    AND NOT {WITH_AGENCY}
"""
"""Treatments that nobody has done or left, of cases that are not with an agency."""
COUNTED = f"SELECT count(*) FROM ({WAITS}) w WHERE w.past_due >= (%(least)s::jsonb ->> w.treatment)::bigint"
OF_STATE = """
s.id, c.id, c.borrower_id, s.stage, s.treatment, s.channel, s."on", s.rule,
    coalesce((SELECT owner FROM recovery_case_owner o WHERE o.case_id = c.id ORDER BY o.id DESC LIMIT 1), ''),
    (SELECT min(a.number) FROM servicing_account a WHERE a.borrower_id = c.borrower_id) AS account,
    s.currency, (s.facts ->> 'past_due_minor')::bigint, (s.facts ->> 'days_past_due')::int
"""
"""All that is said of a treatment: columns of a state and its case."""
TOLD = f"SELECT {OF_STATE} FROM recovery_case_state s JOIN recovery_case c ON c.id = s.case_id WHERE s.id = ANY(%s)"


class Ranked(NamedTuple):
    """A treatment that waits, by what it is ranked by."""

    state: int
    case: int
    treatment: str
    since: date
    owner: str
    past_due_minor: int
    good_minor: int


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
    return told(ranked(on=on, owner=owner), on=on)


def ranked(*, on: date, owner: str | None = None) -> list[Ranked]:
    """The same, told by what it is ranked by alone: for who looks at the first of them."""
    found = [one for one in found_of(on, BY_HAND) if one.good_minor > 0 and (owner is None or one.owner in ("", owner))]
    return sorted(found, key=lambda one: (-one.good_minor, one.since, one.case))


def count(*, on: date) -> int:
    """How many wait in the queue."""
    terms = recovery_terms.treatments(on=on)
    least = {name: told for name in BY_HAND if (told := terms.least_minor(name)) is not None}
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, asked_of(on, BY_HAND) | {"least": json.dumps(least)})
        return int(cursor.fetchone()[0])


def waiting(*, on: date, treatments: Sequence[str]) -> list[Waiting]:
    """The newest treatment of each open case, of these treatments, that nobody has done or left, in no order."""
    return told(found_of(on, treatments), on=on)


def told(rows: Sequence[Ranked], *, on: date) -> list[Waiting]:
    """All of these treatments, in the same order."""
    terms = recovery_terms.treatments(on=on)
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [[one.state for one in rows]])
        by_state = {row[0]: Waiting._make((*row, terms.good_minor(row[4], row[11]))) for row in cursor.fetchall()}
    return [by_state[one.state] for one in rows]


def found_of(on: date, treatments: Sequence[str]) -> list[Ranked]:
    """What waits of these treatments, in no order."""
    terms = recovery_terms.treatments(on=on)
    with connection.cursor() as cursor:
        cursor.execute(WAITS, asked_of(on, treatments))
        return [Ranked._make((*row, terms.good_minor(row[2], row[5]))) for row in cursor.fetchall()]


def asked_of(on: date, treatments: Sequence[str]) -> dict[str, Any]:
    """What the query of what waits is given."""
    return {"on": on, "treatments": list(treatments), "sent": list(SENT_BY), "channels": list(CHANNELS)}
