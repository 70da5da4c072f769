"""What a funder is told of a span of days: how its shares moved, what passed to it for them, what was settled."""

import csv
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from django.db import connection

from duecourse.kernel.shares import GUARANTEE, POSTING, START

from . import parties

CAUSES = {POSTING: "posting", START: "shares begin", GUARANTEE: "guarantee"}
SETTLED = "settled"
AMOUNTS = (
    "principal", "interest", "fee", "penalty", "charged_off", "suspended", "passed", "earned", "settled",
    "held_principal", "held_interest", "held",
)  # fmt: skip
"""Columns of money. passed: what the lender owes the funder more for it (below zero: less, or the funder owes);
earned: income; held: all that the funder holds of the account since."""


class Line(NamedTuple):
    """How a funder's share of one account moved by one cause, or money settled with it (then without an account)."""

    booked_day: date
    effective_day: date
    account: str
    cause: str
    currency: str
    exponent: int
    principal: int
    interest: int
    fee: int
    penalty: int
    charged_off: int
    suspended: int
    passed: int
    earned: int
    settled: int
    held_principal: int
    held_interest: int
    held: int


class Sums(NamedTuple):
    """Sums of a statement in one currency. owed: what the lender owes the funder at its end, settled money counted."""

    currency: str
    exponent: int
    passed: int
    earned: int
    settled: int
    owed: int


class Statement(NamedTuple):
    """A funder's statement."""

    party: str
    since: date
    through: date
    lines: list[Line]
    sums: list[Sums]


def of(*, party: str, since: date, through: date) -> Statement:
    """A funder's statement of what was booked on the days from `since` through `through`; unknown parties are refused.

    Days count by when they were booked, so that a statement that was sent stays as it was.
    """
    party_id = parties.ids_of([party])[0]
    lines = [*moved(party_id, since, through), *settled(party_id, since, through)]
    lines.sort(key=lambda line: (line.booked_day, line.account == ""))
    owed = owed_to(party_id, through)
    sums = []
    for currency, exponent in sorted({(line.currency, line.exponent) for line in lines} | set(owed)):
        own = [line for line in lines if line.currency == currency]
        sums.append(
            Sums(
                currency,
                exponent,
                sum(line.passed for line in own),
                sum(line.earned for line in own),
                sum(line.settled for line in own),
                owed.get((currency, exponent), 0),
            )
        )
    return Statement(party, since, through, lines, sums)


def moved(party_id: int, since: date, through: date) -> list[Line]:
    """The lines of what moved a funder's shares, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.booked_day, s.effective_day, a.number, s.cause, p.currency, p.exponent, s.principal, s.interest, "
            "s.fee, s.penalty, s.charged_off, s.suspended, s.cash, s.principal + s.interest + s.fee + s.penalty "
            "+ s.charged_off + s.suspended + s.cash, 0, s.held_principal, s.held_interest, s.held_principal "
            "+ s.held_interest + s.held_fee + s.held_penalty + s.held_charged_off + s.held_suspended "
            "FROM servicing_share s JOIN servicing_account a ON a.id = s.account_id "
            "JOIN ledger_product p ON p.id = a.product_id "
            "WHERE s.party_id = %s AND s.booked_day BETWEEN %s AND %s ORDER BY s.booked_day, s.account_id, s.id",
            [party_id, since, through],
        )
        return [Line._make((*row[:3], CAUSES[row[3]], *row[4:])) for row in cursor.fetchall()]


def settled(party_id: int, since: date, through: date) -> list[Line]:
    """The lines of money settled with a funder."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.booked_day, p.currency, p.exponent, t.amount_minor FROM servicing_settlement t "
            "JOIN ledger_product p ON p.id = t.product_id "
            "WHERE t.party_id = %s AND t.booked_day BETWEEN %s AND %s ORDER BY t.booked_day, t.entry_id",
            [party_id, since, through],
        )
        return [
            Line(day, day, "", SETTLED, currency, exponent, 0, 0, 0, 0, 0, 0, 0, 0, amount, 0, 0, 0)
            for day, currency, exponent, amount in cursor.fetchall()
        ]


def owed_to(party_id: int, through: date) -> dict[tuple[str, int], int]:
    """What the lender owes a party at the end of a day, by currency and exponent; below zero: the party owes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.currency, p.exponent, sum(e.funder) FROM ledger_entry e JOIN ledger_product p "
            "ON p.id = e.product_id WHERE e.owner = %s AND e.booked_day <= %s GROUP BY 1, 2",
            [party_id, through],
        )
        return {(currency, exponent): int(owed or 0) for currency, exponent, owed in cursor.fetchall()}


def write(told: Statement, place: Path) -> None:
    """Write a statement's lines as CSV, amounts with the decimals of their currency."""
    head = [name for name in Line._fields if name != "exponent"]
    with place.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(head)
        rows.writerows(shown(told.lines, head))


def shown(lines: Iterable[Line], head: list[str]) -> Iterable[list[str]]:
    """Lines as they are written."""
    for line in lines:
        named = line._asdict()
        yield [
            str(Decimal(named[name]).scaleb(-line.exponent)) if name in AMOUNTS else str(named[name]) for name in head
        ]
