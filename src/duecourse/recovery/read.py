"""What recovery has to show on pages: how a person's case moved, and what waits for another person's approval."""

from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from duecourse.rules import agency_rules, recovery_terms

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


PROPOSALS = """
SELECT p.id, p.day, p.by, p.reason, count(*), sum(d.lost_minor)::bigint, l.currency, max(l.exponent), p.recorded_at
FROM recovery_proposal p JOIN recovery_proposed d ON d.proposal_id = p.id
JOIN servicing_account a ON a.id = d.account_id JOIN ledger_product l ON l.id = a.product_id
WHERE NOT EXISTS (SELECT FROM recovery_proposal_outcome o WHERE o.proposed_id = d.id)
    AND NOT EXISTS (SELECT FROM recovery_proposal_turned_down t WHERE t.proposal_id = p.id)
GROUP BY p.id, l.currency ORDER BY p.id, l.currency
"""
STRATEGIES = """
SELECT s.id, s.name, s.by, s.recorded_at, (SELECT coalesce(array_agg(DISTINCT t.by), '{}')
    FROM recovery_strategy_state t WHERE t.strategy_id = s.id AND t.state = 'approved')
FROM recovery_strategy s WHERE NOT EXISTS (SELECT FROM recovery_strategy_state t
    WHERE t.strategy_id = s.id AND t.state <> 'approved') ORDER BY s.id
"""
TERMS = """
SELECT t.id, g.code, t.by, t.recorded_at, (SELECT coalesce(array_agg(DISTINCT a.by), '{}')
    FROM recovery_agency_approval a WHERE a.terms_id = t.id), t.contract_from, t.contract_to, t.reason
FROM recovery_agency_terms t JOIN recovery_agency g ON g.id = t.agency_id
WHERE NOT EXISTS (SELECT FROM recovery_agency_terms_turned_down d WHERE d.terms_id = t.id) ORDER BY t.id
"""
DECIDED = """
SELECT * FROM (
    SELECT 'strategy' AS kind, s.id, s.name, s.by AS made_by, t.state AS became, t.by, t.reason, t.recorded_at AS at
    FROM recovery_strategy s JOIN LATERAL (SELECT * FROM recovery_strategy_state
        WHERE strategy_id = s.id AND state <> 'approved' ORDER BY id DESC LIMIT 1) t ON true
    UNION ALL
    SELECT 'terms', t.id, g.code, t.by, 'turned_down', d.by, d.reason, d.recorded_at
    FROM recovery_agency_terms t JOIN recovery_agency g ON g.id = t.agency_id
    JOIN recovery_agency_terms_turned_down d ON d.terms_id = t.id
    UNION ALL
    SELECT 'terms', t.id, g.code, t.by, 'approved', a.by, a.reason, a.recorded_at
    FROM recovery_agency_terms t JOIN recovery_agency g ON g.id = t.agency_id
    JOIN LATERAL (SELECT * FROM recovery_agency_approval WHERE terms_id = t.id ORDER BY id DESC LIMIT 1) a ON true
    WHERE NOT t.id = ANY(%s)
        AND NOT EXISTS (SELECT FROM recovery_agency_terms_turned_down d WHERE d.terms_id = t.id)
    UNION ALL
    SELECT 'proposal', p.id, '', p.by, 'turned_down', d.by, d.reason, d.recorded_at
    FROM recovery_proposal p JOIN recovery_proposal_turned_down d ON d.proposal_id = p.id
    UNION ALL
    SELECT 'proposal', p.id, '', p.by, 'carried_out', o.by, '', o.recorded_at
    FROM recovery_proposal p JOIN LATERAL (SELECT o.* FROM recovery_proposal_outcome o JOIN recovery_proposed d
        ON d.id = o.proposed_id WHERE d.proposal_id = p.id ORDER BY o.recorded_at DESC LIMIT 1) o ON true
    WHERE NOT EXISTS (SELECT FROM recovery_proposed d WHERE d.proposal_id = p.id
            AND NOT EXISTS (SELECT FROM recovery_proposal_outcome o WHERE o.proposed_id = d.id))
        AND NOT EXISTS (SELECT FROM recovery_proposal_turned_down d WHERE d.proposal_id = p.id)
) told ORDER BY at DESC LIMIT %s
"""


class ProposalWaiting(NamedTuple):
    """A charge-off list of which accounts are left: how many, and what would leave the books, in one currency."""

    id: int
    day: date
    by: str
    reason: str
    accounts: int
    lost_minor: int
    currency: str
    exponent: int
    at: datetime


class Unapproved(NamedTuple):
    """A strategy or an agency's terms that wait: who brought it in, who approved it, how many persons must."""

    id: int
    name: str
    by: str
    at: datetime
    approved_by: tuple[str, ...]
    needed: int


class Decided(NamedTuple):
    """What became of something that was brought in for others to approve, by whom, why and when.

    kind: strategy, terms or proposal. became: turned_down, approved, carried_out, or the last state of a strategy.
    """

    kind: str
    id: int
    name: str
    made_by: str
    became: str
    by: str
    reason: str
    at: datetime


def decided(*, most: int) -> list[Decided]:
    """What was approved, carried out, let live or turned down, the newest first."""
    waiting = [one.id for one in terms_waiting()]
    with connection.cursor() as cursor:
        cursor.execute(DECIDED, [waiting, most])
        return [Decided._make(row) for row in cursor.fetchall()]


def proposals_waiting() -> list[ProposalWaiting]:
    """The charge-off lists that wait to be carried out by another person, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(PROPOSALS)
        return [ProposalWaiting._make(row) for row in cursor.fetchall()]


def strategies_waiting(*, on: date) -> list[Unapproved]:
    """The strategies that were never live and wait for approvals or to go live, the oldest first."""
    needed = recovery_terms.approvers(on=on)
    with connection.cursor() as cursor:
        cursor.execute(STRATEGIES)
        return [Unapproved(row[0], row[1], row[2], row[3], tuple(row[4]), needed) for row in cursor.fetchall()]


def terms_waiting() -> list[Unapproved]:
    """The terms of agencies that wait for approvals, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(TERMS)
        rows = cursor.fetchall()
    told = []
    for number, code, by, at, approved_by, begins_on, *_ in rows:
        needed = agency_rules.house_terms(on=begins_on).approvers
        told.append(Unapproved(number, code, by, at, tuple(approved_by), needed))
    return [one for one in told if len(one.approved_by) < one.needed]
