"""What other areas keep of a person that bears on a suit, read as rows: care is beside this area and is not called.

Nothing here is written, and nothing that a person confided is opened.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from .legal_clock import Dated


class Stands(NamedTuple):
    """Something that stands in the way: what it is called, and since when."""

    kind: str
    since: date


class Seen(NamedTuple):
    """A vulnerable circumstance that is noted: when a person last looked at it."""

    circumstance: int
    on: date


BLOCKS = """
SELECT DISTINCT ON (kind) kind, (since AT TIME ZONE 'UTC')::date FROM outreach_blocks(%(person)s, %(person)s, %(at)s)
WHERE since <= %(at)s AND (account_id IS NULL OR account_id = %(account)s)
UNION ALL SELECT 'arrangement', %(at)s::date FROM outreach_arranged(%(person)s, %(person)s, %(at)s)
WHERE account_id = %(account)s
UNION ALL SELECT 'dispute', %(at)s::date FROM outreach_disputed(%(person)s, %(person)s) WHERE account_id = %(account)s
"""
CIRCUMSTANCES = """
SELECT c.id, greatest(c.seen_on, coalesce(max(s."on"), c.seen_on)) FROM care_circumstance c
LEFT JOIN care_circumstance_state s ON s.circumstance_id = c.id
WHERE c.borrower_id = %(person)s GROUP BY c.id HAVING NOT coalesce(bool_or(s.state = 'ended'), false) ORDER BY c.id
"""
COMPLAINTS = """
SELECT c.id, c.received_on FROM care_complaint c LEFT JOIN LATERAL (SELECT state FROM care_complaint_state
    WHERE complaint_id = c.id ORDER BY id DESC LIMIT 1) s ON true
WHERE c.borrower_id = %(person)s AND coalesce(s.state, '') NOT IN ('answered', 'closed') ORDER BY c.id
"""
OFFERED = """
SELECT 'offer', max(offered_on), max(id) FROM care_offer WHERE account_id = %(account)s HAVING count(*) > 0
UNION ALL SELECT a.answer, max(a.answered_on), max(a.id) FROM care_hardship_answer a
JOIN care_hardship h ON h.id = a.hardship_id WHERE h.borrower_id = %(person)s AND a.answer = 'referred' GROUP BY 1
UNION ALL SELECT 'help_offer', "on", id FROM recovery_help_offer WHERE account_id = %(account)s
ORDER BY 2
"""
OWNED = """
SELECT 'promise', made_on, id FROM care_promise p
WHERE p.borrower_id = %(person)s AND (p.account_id IS NULL OR p.account_id = %(account)s)
    AND NOT EXISTS (SELECT FROM care_promise_state s WHERE s.promise_id = p.id AND s.state = 'withdrawn')
UNION ALL SELECT CASE kind WHEN 'written' THEN 'acknowledgement' ELSE kind END, "on", id FROM recovery_acknowledgement
WHERE account_id = %(account)s
UNION ALL SELECT 'promise', agreed_on, id FROM servicing_arrangement r WHERE account_id = %(account)s
    AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = r.account_id AND u.undoes = r.id)
UNION ALL SELECT 'demand', p."on", p.demand_id FROM recovery_demand_posted p
JOIN recovery_demand d ON d.id = p.demand_id WHERE d.account_id = %(account)s
UNION ALL SELECT 'suit', s."on", s.id FROM recovery_proceeding_stage s
JOIN recovery_proceeding p ON p.id = s.proceeding_id WHERE p.account_id = %(account)s AND s.stage = 'filed'
ORDER BY 2, 3
"""


def in_the_way(*, person: int, account: int, at: datetime) -> tuple[Stands, ...]:
    """What stands about a person and this account: blocks, a standing arrangement, a disputed purchase."""
    return tuple(Stands(*row) for row in rows(BLOCKS, person=person, account=account, at=at))


def circumstances(*, person: int) -> tuple[Seen, ...]:
    """The vulnerable circumstances that are noted of a person."""
    return tuple(Seen(*row) for row in rows(CIRCUMSTANCES, person=person))


def complaints(*, person: int) -> tuple[Dated, ...]:
    """The complaints of a person that nobody has answered."""
    return tuple(Dated("complaint", on, number) for number, on in rows(COMPLAINTS, person=person))


def help_offered(*, person: int, account: int) -> tuple[Dated, ...]:
    """When help was offered: a computed option, an adviser named, an offer noted here. Oldest first."""
    return tuple(Dated(*row) for row in rows(OFFERED, person=person, account=account))


def owned(*, person: int, account: int) -> tuple[Dated, ...]:
    """What may interrupt limitation beside payments, oldest first: promises, plans, owning up, demands, suits."""
    return tuple(Dated(kind, on, row) for kind, on, row in rows(OWNED, person=person, account=account))


def rows(sql: str, **told: object) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return list(cursor.fetchall())
