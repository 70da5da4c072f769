"""The postings of an account as they are read, and what they add up to."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from duecourse.ledger import chart
from duecourse.ledger.journal import Refused
from duecourse.rules.read import to_date

COMPONENTS = ("principal", "interest", "fee", "penalty")
FIGURES: Mapping[str, tuple[tuple[str, ...], int]] = {
    "owed": (COMPONENTS, 1),
    "principal": (("principal",), 1),
    "interest": (("interest",), 1),
    "fee": (("fee",), 1),
    "penalty": (("penalty",), 1),
    "credit": (("credit",), -1),
    "suspended": (("suspended",), -1),
    "charged_off": (("charged_off",), -1),
}
"""The figures of an account that its postings make up: which control accounts, and the sign in which it is said."""


class NoSuchFigure(Refused):
    code = "no_such_figure"


class Line(NamedTuple):
    """One entry of an account. `amounts` holds the control accounts that it touches, debit positive."""

    id: int
    kind: int
    effective_day: date
    booked_day: date
    by_close: bool
    reverses: int | None
    reversed_by: int | None
    stands_for: int | None
    amounts: Mapping[str, int]


class Step(NamedTuple):
    """An entry with what it added to a figure and what the figure was after it."""

    line: Line
    amount: int
    total: int


EPOCH = "DATE '1970-01-01'"
ENTRY = (
    f"SELECT array_agg(ARRAY[e.id, e.kind, e.effective_day - {EPOCH}, e.booked_day - {EPOCH}, "
    f"(e.run_id IS NOT NULL)::int, e.reverses, e.stands_for, {', '.join(f'e.{name}' for name in chart.COLUMNS)}] "
    f"ORDER BY e.id) FROM (SELECT * FROM ledger_entry WHERE account_id = a.id AND {chart.OF_BORROWER} "
    "ORDER BY id DESC LIMIT %s) e"
)
"""Entries as rows of numbers, days as day numbers: much cheaper than JSON on either side."""


def running(lines: Sequence[Line], columns: Sequence[str], sign: int, total: int = 0) -> list[Step]:
    """Entries with what each adds to the sum of some control accounts, and the sum after it."""
    steps = []
    for line in lines:
        amount = sign * sum(line.amounts.get(name, 0) for name in columns)
        total += amount
        steps.append(Step(line, amount, total))
    return steps


def touches(line: Line, columns: Sequence[str]) -> bool:
    """Whether an entry moves one of these control accounts."""
    return any(name in line.amounts for name in columns)


def entries_of(rows: Sequence[Sequence[Any]]) -> list[Line]:
    """Entries in the order in which they were posted, each with the reversal that undoes it."""
    reversed_by = {reverses: entry for entry, _, _, _, _, reverses, *_ in rows if reverses}
    return [
        Line(
            entry,
            kind,
            to_date(effective_day),
            to_date(booked_day),
            bool(by_close),
            reverses,
            reversed_by.get(entry),
            stands_for,
            {name: amount for name, amount in zip(chart.COLUMNS, amounts, strict=True) if amount is not None},
        )
        for entry, kind, effective_day, booked_day, by_close, reverses, stands_for, *amounts in rows
    ]
