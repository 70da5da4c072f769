"""What a funder is told of a span of days: how its shares moved, what passed to it for them, what was settled."""

import csv
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from duecourse.kernel.shares import GUARANTEE, POSTING, PRICED, START, Whole
from duecourse.ledger import chart

from . import parties
from .ownership import SALE

CAUSES = {
    POSTING: "posting", START: "shares begin", GUARANTEE: "guarantee", PRICED: "shares begin at a price",
}  # fmt: skip
BOUGHT, SOLD_BACK = "bought", "sold back"
SETTLED = "settled"
AMOUNTS = (
    "principal", "interest", "fee", "penalty", "charged_off", "suspended", "passed", "earned", "price", "result",
    "settled", "held_principal", "held_interest", "held",
)  # fmt: skip
"""Columns of money. passed: what the lender owes the funder more for it (below zero: less, or the funder owes);
earned: income; price: what it paid for a share or an account (below zero: got), result: its gain on that; held: all
that the funder holds of the account since."""


class Line(NamedTuple):
    """How a funder's share of one account moved by one cause, or money settled with it (then without an account).

    posting: the entry that was shared out, where a line is one posting; 0 where it is all of a day's of one cause.
    """

    booked_day: date
    effective_day: date
    account: str
    cause: str
    posting: int
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
    price: int
    result: int
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
    price: int
    result: int
    settled: int
    owed: int


class Statement(NamedTuple):
    """A funder's statement."""

    party: str
    since: date
    through: date
    lines: list[Line]
    sums: list[Sums]


def of(*, party: str, since: date, through: date, by_posting: bool = False) -> Statement:
    """A funder's statement of what was booked on the days from `since` through `through`; unknown parties are refused.

    Days count by when they were booked, so that a statement that was sent stays as it was. `by_posting`: a line for
    each posting of which the funder has a share, its cause the posting's kind; else for each effective day and cause.
    """
    party_id = parties.ids_of([party])[0]
    lines = [*moved(party_id, since, through, by_posting), *transferred(party_id, since, through)]
    lines += settled(party_id, since, through)
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
                sum(line.price for line in own),
                sum(line.result for line in own),
                sum(line.settled for line in own),
                owed.get((currency, exponent), 0),
            )
        )
    return Statement(party, since, through, lines, sums)


def moved(party_id: int, since: date, through: date, by_posting: bool) -> list[Line]:
    """The lines of what moved a funder's shares, in order."""
    line = "s.id" if by_posting else "s.effective_day, s.cause"
    last = [f"(array_agg(s.held_{name} ORDER BY s.id DESC))[1]" for name in Whole._fields]
    sums = ", ".join(f"sum(s.{name})" for name in (*Whole._fields, "cash"))
    earned = " + ".join(f"sum(s.{name})" for name in (*Whole._fields, "cash"))
    price = f"CASE WHEN min(s.cause) = {PRICED} THEN -sum(s.cash) ELSE 0 END"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.booked_day, min(s.effective_day), a.number, min(s.cause), min(e.kind), coalesce(min(e.id), 0), "
            f"p.currency, p.exponent, {sums}, {gained(earned, False)}, {price}, {gained(earned, True)}, 0, "
            f"{last[0]}, {last[1]}, {' + '.join(last)} "
            "FROM servicing_share s JOIN servicing_account a ON a.id = s.account_id "
            "JOIN ledger_product p ON p.id = a.product_id LEFT JOIN ledger_entry e ON %s AND e.id = s.entry_id "
            "WHERE s.party_id = %s AND s.booked_day BETWEEN %s AND %s "
            f"GROUP BY s.booked_day, s.account_id, a.number, p.currency, p.exponent, {line} "
            "ORDER BY s.booked_day, s.account_id, min(s.id)",
            [by_posting, party_id, since, through],
        )
        return [
            Line._make((*row[:3], chart.KINDS[row[4]][0] if row[4] else CAUSES[row[3]], *map(told, row[5:])))
            for row in cursor.fetchall()
        ]


def gained(earned: str, by_transfer: bool) -> str:
    """What a line earned, or what it gained on a transfer; the other is 0. A line is of one cause."""
    return f"CASE WHEN (min(s.cause) = {PRICED}) = {by_transfer} THEN {earned} ELSE 0 END"


def transferred(party_id: int, since: date, through: date) -> list[Line]:
    """The lines of whole accounts that a party bought or sold back: what they were, at what price."""
    owed = ("e.principal", "e.disputed", "e.converted")
    rest = [f"coalesce(e.{name}, 0)" for name in ("interest", "fee", "penalty", "charged_off", "suspended")]
    columns = ", ".join([" + ".join(f"coalesce({name}, 0)" for name in owed), *rest])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.booked_day, e.effective_day, a.number, s.kind, e.id, p.currency, p.exponent, "
            f"{columns}, -coalesce(e.transfer, 0), -coalesce(e.transfer_result, 0) FROM servicing_sale s "
            "JOIN ledger_entry e ON e.account_id = s.account_id AND e.booked_day = s.settles_on AND e.owner = %s "
            f"AND e.kind = {chart.TRANSFER} JOIN servicing_account a ON a.id = s.account_id "
            "JOIN ledger_product p ON p.id = a.product_id WHERE s.party_id = %s AND s.kind <> 'cancel' "
            "AND s.settles_on BETWEEN %s AND %s AND NOT EXISTS (SELECT FROM servicing_sale c WHERE c.cancels = s.id) "
            "ORDER BY e.booked_day, e.id",
            [party_id, party_id, since, through],
        )
        rows = cursor.fetchall()
    found = []
    for (
        *head,
        kind,
        entry,
        currency,
        exponent,
        principal,
        interest,
        fee,
        penalty,
        off,
        suspended,
        price,
        result,
    ) in rows:
        moved = (principal, interest, fee, penalty, off, suspended)
        holds = (principal, interest, sum(moved)) if kind == SALE else (0, 0, 0)
        cause = BOUGHT if kind == SALE else SOLD_BACK
        found.append(Line._make((*head, cause, entry, currency, exponent, *moved, 0, 0, price, result, 0, *holds)))
    return found


def told(value: Any) -> Any:
    """A sum as a whole number; words as they are."""
    return int(value) if isinstance(value, Decimal) else value


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
            Line(day, day, "", SETTLED, 0, currency, exponent, *(0,) * 10, amount, 0, 0, 0)
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


def write(statement: Statement, place: Path) -> None:
    """Write a statement's lines as CSV, amounts with the decimals of their currency."""
    head = [name for name in Line._fields if name != "exponent"]
    with place.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(head)
        rows.writerows(shown(statement.lines, head))


def shown(lines: Iterable[Line], head: list[str]) -> Iterable[list[str]]:
    """Lines as they are written."""
    for line in lines:
        named = line._asdict()
        yield [
            str(Decimal(named[name]).scaleb(-line.exponent)) if name in AMOUNTS else str(named[name]) for name in head
        ]
