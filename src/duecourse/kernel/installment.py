"""The installments of a loan while it lives: what each asks, what it bears, what was paid on it.

`Rows` are flat lists by installment, counted from 0. Every change goes through a function here and ends in `settle`,
so that the installments always repay exactly what was drawn. Interest follows what stands on the schedule: principal
that was asked leaves the base on its due day, principal repaid early on the day it was repaid. A change of what bears
otherwise (principal past due that bears on, a chargeback) is said by `shift_base`.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from .day_count import period_part, year_part
from .loan_terms import (
    BULLET,
    BY_PERIODS,
    EQUAL_PRINCIPAL,
    FLAT_FEE,
    INTEREST_FIRST,
    LEVELLED,
    LoanTerms,
)
from .money import PPM

ASKS_TOTAL, ASKS_PRINCIPAL = 0, 1
"""Whether a row's `asked` is principal and interest together, or principal, with all its interest on top."""


class Part(NamedTuple):
    """A stretch of one installment's period in which nothing changes: `over` of the row's `under` of the base is
    interest.

    What was drawn and what else moved the base on `stop` counts from then on.
    """

    start: int
    stop: int
    over: int
    drawn: int
    moved: int


class Figures(NamedTuple):
    """What the rows come to, by installment: principal and interest asked, the principal left after it, interest that
    found no room in it and goes to the next, and what had been drawn by its end."""

    principal: list[int]
    interest: list[int]
    left: list[int]
    unmet: list[int]
    drawn: list[int]

    @property
    def base(self) -> list[int]:
        """The base at the start of each row."""
        return [0, *self.left[:-1]]


class Known:
    """Rows as they were walked: the columns that tell, what they came to, and the rows that have to be walked again.

    All rows before the first of `pending` are as they should be. `by_day` is what the rows come to when interest counts
    until a day only: that day, the figures, and how many of them have been found.
    """

    __slots__ = ("by_day", "figures", "pending", "told")

    def __init__(self, told: list[list[Any]], figures: Figures, pending: set[int]) -> None:
        self.told = told
        self.figures = figures
        self.pending = pending
        self.by_day: tuple[int, Figures, int] | None = None

    def copy(self) -> "Known":
        """The same with lists of its own."""
        figures = Figures._make([figure[:] for figure in self.figures])
        made = Known([column[:] for column in self.told], figures, set(self.pending))
        made.by_day = self.by_day
        return made


class Rows(NamedTuple):
    """The living schedule; lists by installment. Amounts in minor units, days as day numbers.

    `asks` says what `asked` means, `agreed` is `asked` before payments moved it; `whole` are the days that make one
    whole period; `fixed` is interest that was put into the installment apart from what it bears; `defers` is 1 where
    interest is asked with the next installment instead; `parts` and `under` are the period cut at each change. By
    loan: `moves` (day, drawn, otherwise moved), `late` (day, by how much principal moved that bears past its due day:
    earlier rows ask it), `rates` (from day, rate), `pauses` (from, to), `approved`, `drawn` (all of it) and
    `whole_from` are lists of one; `whole_from` is where a whole first period would begin, the start where that is no
    matter. `known` is what the rows came to when they were last walked (none or one).
    """

    terms: LoanTerms
    start: list[int]
    due: list[int]
    whole: list[int]
    asks: list[int]
    asked: list[int]
    agreed: list[int]
    paid_principal: list[int]
    paid_interest: list[int]
    put_back_principal: list[int]
    put_back_interest: list[int]
    fixed: list[int]
    set_apart: list[int]
    defers: list[int]
    parts: list[tuple[Part, ...]]
    under: list[int]
    moves: list[tuple[int, int, int]]
    late: list[tuple[int, int]]
    rates: list[tuple[int, int]]
    pauses: list[tuple[int, int]]
    approved: list[int]
    whole_from: list[int]
    drawn: list[int]
    known: list[Known]


def begin(terms: LoanTerms, start: int, dues: tuple[int, ...], whole_from: int, approved: int = 0) -> Rows:
    """Rows with nothing drawn yet. `whole_from` is the day from which the first period would be a whole one.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> begin(PLAIN_LOAN, 0, (30, 60), 0).start
    [0, 30]
    """
    count = len(dues)
    starts = [start, *dues[:-1]]
    whole = [due - began for began, due in zip(starts, dues, strict=True)]
    whole[0] = dues[0] - whole_from
    if terms.first_period == LEVELLED:
        whole_from = start
    only_principal = terms.form in (EQUAL_PRINCIPAL, INTEREST_FIRST, BULLET, FLAT_FEE)
    asks = [int(only_principal or number < terms.grace_principal) for number in range(count)]
    deferred = count - 1 if terms.form == BULLET else terms.grace_interest
    defers = [int(number < deferred) for number in range(count)]
    asked, agreed, paid_principal, paid_interest, put_principal, put_interest, fixed, apart = (
        [0] * count for _ in range(8)
    )
    rows = Rows(
        terms, starts, list(dues), whole, asks, asked, agreed, paid_principal, paid_interest, put_principal,
        put_interest, fixed, apart, defers, [()] * count, [1] * count, [], [], [], [], [approved], [whole_from], [0],
        [],
    )  # fmt: skip
    for number in range(count):
        cut(rows, number)
    return rows


def rate_on(rows: Rows, day: int) -> int:
    """The yearly rate that bears from a day on, before the next change."""
    found = rows.terms.rate_ppm
    for since, rate_ppm in rows.rates:
        if since <= day:
            found = rate_ppm
    return found


def bears(rows: Rows, number: int, start: int, stop: int) -> tuple[int, int]:
    """The interest of a stretch as a fraction of its base, at the rate of its first day; nothing in a pause."""
    terms = rows.terms
    rate = rate_on(rows, start)
    if number < terms.interest_free or any(since <= start and stop <= until for since, until in rows.pauses):
        rate = 0
    if terms.interest_by == BY_PERIODS:
        over, under = period_part(terms)
        return rate * over * (stop - start), PPM * under * rows.whole[number]
    over, under = year_part(terms.day_count, start, stop, terms.draw_day_counts)
    return rate * over, PPM * under


def cut(rows: Rows, number: int) -> None:
    """Cut one period at each draw, move, rate and pause inside it."""
    start, due = rows.start[number], rows.due[number]
    moved: dict[int, tuple[int, int]] = {}
    first = number == 0
    last = number == len(rows.due) - 1
    since = 0 if first else bisect_left(rows.moves, (start + 1,))
    until_place = len(rows.moves) if last else bisect_left(rows.moves, (due + 1,))
    for day, drawn, otherwise in rows.moves[since:until_place]:
        at = max(start, min(day, due))
        before = moved.get(at, (0, 0))
        moved[at] = before[0] + drawn, before[1] + otherwise
    ends = set(moved) | {due}
    ends.update(day for day, _ in rows.rates if start < day < due)
    ends.update(day for pause in rows.pauses for day in pause if start < day < due)
    parts = []
    began = start
    under = 1
    for stop in sorted(ends):
        over, under = bears(rows, number, began, stop)
        parts.append(Part(began, stop, over, *moved.get(stop, (0, 0))))
        began = stop
    rows.parts[number] = tuple(parts)
    rows.under[number] = under


def until(rows: Rows, number: int, day: int) -> Sequence[Part]:
    """The parts of a period as they stand when interest is counted to a day only, and nothing later has happened."""
    parts = rows.parts[number]
    if not parts or parts[0].start > day:
        return ()
    if parts[-1].stop <= day:
        return parts
    kept = []
    for part in parts:
        if part.stop <= day:
            kept.append(part)
        elif part.start <= day:
            kept.append(Part(part.start, day, bears(rows, number, part.start, day)[0], 0, 0))
    return kept
