"""What waits for somebody of care: promises whose day comes, hardships that have no answer. One query each."""

from datetime import date
from typing import NamedTuple

from django.db import connection

MOST = 200
"""So many are brought at most, the first of them first."""
OF_PERSON = """
LATERAL (SELECT a.number, p.currency, p.exponent FROM servicing_account a JOIN ledger_product p ON p.id = a.product_id
    WHERE a.borrower_id = t.borrower_id AND ({about}) ORDER BY a.id LIMIT 1) w
"""
STANDS = """
coalesce((SELECT s.state FROM care_promise_state s WHERE s.promise_id = t.id ORDER BY s.id DESC LIMIT 1), 'open')
    = 'open'
"""
PROMISES = f"""
SELECT t.id, t.borrower_id, w.number, t.amount_minor, w.currency, w.exponent, t.made_on, t.due_on, t.last_on, t.by,
    count(*) OVER ()
FROM care_promise t, {OF_PERSON.format(about="t.account_id IS NULL OR a.id = t.account_id")}
WHERE t.due_on <= %s AND {STANDS} ORDER BY t.due_on, t.id LIMIT %s
"""
PROMISED = f"""
SELECT count(*), count(*) FILTER (WHERE t.due_on < %s) FROM care_promise t WHERE t.due_on <= %s AND {STANDS}
"""
OPEN = "NOT EXISTS (SELECT FROM borrowers_block_end e WHERE e.block_id = t.block_id)"
HARDSHIPS = f"""
SELECT t.id, t.borrower_id, w.number, t.told_on, t.by,
    (SELECT count(*) FROM care_offer o WHERE o.hardship_id = t.id), count(*) OVER ()
FROM care_hardship t, {OF_PERSON.format(about="true")} WHERE {OPEN} ORDER BY t.id LIMIT %s
"""


IN_HARDSHIP = f"SELECT count(*) FROM care_hardship t WHERE {OPEN}"


class PromiseDue(NamedTuple):
    """An open promise: what is to come by when; its last day with grace; who noted it. `all`: how many there are."""

    id: int
    person: int
    account: str
    amount_minor: int
    currency: str
    exponent: int
    made_on: date
    due_on: date
    last_on: date
    by: str
    all: int


class HardshipWaiting(NamedTuple):
    """Somebody who cannot pay and has no answer yet; how many options were shown. `all`: how many there are."""

    id: int
    person: int
    account: str
    told_on: date
    by: str
    offers: int
    all: int


def promises(*, through: date, most: int = MOST) -> list[PromiseDue]:
    """The open promises that are due by a day, the earliest first."""
    with connection.cursor() as cursor:
        cursor.execute(PROMISES, [through, most])
        return [PromiseDue._make(row) for row in cursor.fetchall()]


def promises_due(*, through: date, today: date) -> tuple[int, int]:
    """How many open promises are due by a day, and how many of them were due before today."""
    with connection.cursor() as cursor:
        cursor.execute(PROMISED, [today, through])
        many, late = cursor.fetchone()
    return many, late


def in_hardship() -> int:
    """How many hardships wait for an answer."""
    with connection.cursor() as cursor:
        cursor.execute(IN_HARDSHIP)
        return int(cursor.fetchone()[0])


def hardships(*, most: int = MOST) -> list[HardshipWaiting]:
    """The hardships that wait for an answer, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(HARDSHIPS, [most])
        return [HardshipWaiting._make(row) for row in cursor.fetchall()]
