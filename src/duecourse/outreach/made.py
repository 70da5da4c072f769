"""Every contact with a borrower, made or not, and why: what the person may see, and what staff see of an account."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

NEWEST = 20
EVERY = 2**31
MADE = """
SELECT d.id, d.at, d.channel, d.purpose, d.allowed, d.next_at, d.fault, d.refusals,
    (SELECT o.outcome FROM borrowers_contact_outcome o WHERE o.decision_id = d.id ORDER BY o.id DESC LIMIT 1),
    s.step, m.id, m.moment, m.subject, m.text, d.by, d.account_id,
    coalesce(d.inputs -> 'person' ->> 'zone', 'UTC')
FROM borrowers_contact_decision d
LEFT JOIN outreach_message m ON m.id = CASE WHEN d.key LIKE 'message:%%' THEN split_part(d.key, ':', 2)::bigint END
LEFT JOIN LATERAL (SELECT step FROM outreach_message_step WHERE message_id = m.id AND decision_id = d.id
    ORDER BY number DESC LIMIT 1) s ON true
WHERE d.borrower_id = %(borrower)s
    AND (%(account)s::bigint IS NULL OR d.account_id IS NULL OR d.account_id = %(account)s)
ORDER BY d.at DESC, d.id DESC LIMIT %(most)s
"""
COMING = """
SELECT m.id, coalesce(s.next_at, m.not_before), m.channel, m.purpose, m.moment, m.subject, m.text, m.account_id, m.by,
    coalesce(nullif((SELECT r.zone FROM borrowers_residence r WHERE r.borrower_id = m.borrower_id ORDER BY r.id DESC
        LIMIT 1), ''), 'UTC')
FROM outreach_message m LEFT JOIN LATERAL (SELECT step, next_at FROM outreach_message_step
    WHERE message_id = m.id ORDER BY number DESC LIMIT 1) s ON true
WHERE m.borrower_id = %(borrower)s AND (%(account)s::bigint IS NULL OR m.account_id = %(account)s)
    AND (s.step IS NULL OR (s.step IN ('waits', 'failed') AND s.next_at IS NOT NULL))
ORDER BY 2, 1
"""


class Why(NamedTuple):
    """A rule that refused, and until when it alone did."""

    rule: str
    until: str | None


class Made(NamedTuple):
    """One contact: when, by which channel, for what; allowed or refused by these rules; what became of it.

    state: its outcome or, of a message, its step; "refused" where it was not made (one that was made for us all the
    same has its outcome); "coming" where it is to come. zone: the person's, "UTC" where it is not known.
    """

    decision: int | None
    at: datetime
    channel: str
    purpose: str
    state: str
    refusals: tuple[Why, ...]
    next_at: datetime | None
    fault: str
    message: int | None
    moment: str
    subject: str
    text: str
    account: int | None
    by: str
    zone: str


def of(*, borrower: int, account: int | None = None, every: bool = False) -> list[Made]:
    """The contacts with a borrower, the newest first: those to come, then the newest made or refused, or all of them.

    account: only those about it, and those about no account in particular.
    """
    told = {"borrower": borrower, "account": account, "most": EVERY if every else NEWEST}
    with connection.cursor() as cursor:
        cursor.execute(COMING, told)
        coming = [
            Made(
                None, at, channel, purpose, "coming", (), None, "", number, moment, subject, text, of_account, by, zone
            )
            for number, at, channel, purpose, moment, subject, text, of_account, by, zone in cursor.fetchall()
        ]
        cursor.execute(MADE, told)
        return [*reversed(coming), *(made(row) for row in cursor.fetchall())]


def made(row: Any) -> Made:
    """A decision with what became of it."""
    (number, at, channel, purpose, allowed, next_at, fault, refusals, outcome, step, message, moment, subject, text,
     by, account, zone) = row  # fmt: skip
    state = (step if step not in (None, "trying") else outcome or "pending") if allowed else outcome or "refused"
    rules = json.loads(refusals) if isinstance(refusals, str) else refusals
    why = tuple(Why(rule, until) for rule, _, until in rules)
    return Made(
        number, at, channel, purpose, state, why, next_at, fault, message, moment or "", subject or "", text or "",
        account, by, zone,
    )  # fmt: skip
