"""How the time to sue runs and what starts it anew: pure."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from duecourse.kernel.days import civil, month_length
from duecourse.kernel.days import day_number as number_of_civil
from duecourse.rules.legal_terms import LimitationRule
from duecourse.rules.read import day_number, to_date


class Dated(NamedTuple):
    """Something that happened on a day, by its kind and the row that says so."""

    kind: str
    on: date
    row: int


class Interruption(NamedTuple):
    """Something that could start the time anew, and whether it did: not where it came too late or no rule names it."""

    kind: str
    on: date
    row: int
    counts: bool


def months_after(day: date, months: int) -> date:
    """The day so many months after another; the last of the month where that has none of the number.

    >>> months_after(date(2023, 5, 31), 36), months_after(date(2024, 2, 29), 36)
    (datetime.date(2026, 5, 31), datetime.date(2027, 2, 28))
    """
    told = civil(day_number(day))
    year, month = divmod(told.year * 12 + told.month - 1 + months, 12)
    return to_date(number_of_civil(year, month + 1, min(told.day, month_length(year, month + 1))))


def run(
    rule: LimitationRule, default_on: date, happened: Iterable[Dated]
) -> tuple[date, date, tuple[Interruption, ...]]:
    """From which day the time runs, its last day, and what became of each thing that could start it anew: pure.

    What came after the end brings nothing back.
    """
    begun, told = default_on, []
    for one in sorted(happened, key=lambda one: (one.on, one.row)):
        counts = one.kind in rule.interrupted_by and begun < one.on <= months_after(begun, rule.months)
        begun = one.on if counts else begun
        told.append(Interruption(one.kind, one.on, one.row, counts))
    return begun, months_after(begun, rule.months), tuple(told)
