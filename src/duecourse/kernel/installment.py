"""The installments of a loan while it lives: what each asks, what it bears, what was paid on it.

`Rows` are flat lists by installment, counted from 0. Every change goes through a function here and ends in `settle`,
so that the installments always repay exactly what was drawn. Interest follows what stands on the schedule: principal
that was asked leaves the base on its due day, principal repaid early on the day it was repaid. A change of what bears
otherwise (principal past due that bears on, a chargeback) is said by `shift_base`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from .annuity import rounded
from .day_count import period_part, year_part
from .loan_terms import (
    BULLET,
    BY_PERIODS,
    EQUAL_PRINCIPAL,
    FLAT_FEE,
    INTEREST_FIRST,
    LEVELLED,
    ON_TOP,
    ORIGINAL,
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


CameTo = tuple[int, int, int, int, int]
"""What a row comes to: principal, interest, and after it the base, what was drawn, and interest that found no room."""


class Known(NamedTuple):
    """Rows as they were walked: what each was, what it came to, and the figures of all."""

    told: list[tuple[object, ...]]
    came_to: list[CameTo]
    figures: "Figures"


class Rows(NamedTuple):
    """The living schedule; lists by installment. Amounts in minor units, days as day numbers.

    `asks` says what `asked` means, `agreed` is `asked` before payments moved it; `whole` are the days that make one
    whole period; `fixed` is interest that was put into the installment apart from what it bears; `defers` is 1 where
    interest is asked with the next installment instead; `parts` and `under` are the period cut at each change. By
    loan: `moves` (day, drawn, otherwise moved), `rates` (from day, rate), `pauses` (from, to), `approved`,
    `drawn` (all of it) and `whole_from` are lists of one; `whole_from` is where a whole first period would begin, the
    start where that is no matter. `known` is what the rows came to when they were last walked (none or one).
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
    rates: list[tuple[int, int]]
    pauses: list[tuple[int, int]]
    approved: list[int]
    whole_from: list[int]
    drawn: list[int]
    known: list[Known]


class Figures(NamedTuple):
    """What the rows come to, by installment: principal and interest asked, the base at its start, the principal left
    after it, and interest that found no room in it and goes to the next."""

    principal: list[int]
    interest: list[int]
    base: list[int]
    left: list[int]
    unmet: list[int]


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
        put_interest, fixed, apart, defers, [()] * count, [1] * count, [], [], [], [approved], [whole_from], [0], [],
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


def until(rows: Rows, number: int, day: int) -> list[Part]:
    """The parts of a period as they stand when interest is counted to a day only, and nothing later has happened."""
    kept = []
    for part in rows.parts[number]:
        if part.stop <= day:
            kept.append(part)
        elif part.start <= day:
            kept.append(Part(part.start, day, bears(rows, number, part.start, day)[0], 0, 0))
    return kept


def walk(rows: Rows, day: int | None = None, as_planned: bool = False) -> Figures:
    """What the rows come to. With a day, interest counts until then only; `as_planned` leaves payments out.

    Interest is rounded once for each installment. Where it finds no room in what is asked, the rest goes to the next;
    where more principal was repaid than the row asks, the interest paid on it is all it has.
    """
    if as_planned:
        return figures_of(walk_on(rows, [], None, True))
    known = walked(rows)
    if day is None:
        return known.figures
    return figures_of(walk_on(rows, known.came_to[: bisect_right(rows.due, day)], day, False))


def walk_to(rows: Rows, number: int, day: int) -> tuple[int, int]:
    """Principal and interest of one row, when interest counts until a day only."""
    figures = walk(rows, day)
    return figures.principal[number], figures.interest[number]


def walked(rows: Rows) -> Known:
    """The rows walked with all of their interest; what has not changed since the last time is not counted again."""
    told = list(
        zip(
            rows.parts, rows.asked, rows.paid_principal, rows.paid_interest, rows.put_back_principal,
            rows.put_back_interest, rows.fixed, rows.set_apart, rows.asks, rows.defers, rows.under, strict=True,
        )
    )  # fmt: skip
    first, came_to, before = 0, list[CameTo](), None
    if rows.known:
        before = rows.known[0]
        if before.told == told:
            return before
        same = min(len(told), len(before.told))
        while first < same and told[first] == before.told[first]:
            first += 1
        came_to = before.came_to[:first]
    base, drawn, unmet = came_to[-1][2:] if came_to else (0, 0, 0)
    for number in range(first, len(told)):
        one = None
        if before is not None and 0 < number < len(before.told) and before.told[number] == told[number]:
            one = before.came_to[number] if before.came_to[number - 1][2:] == (base, drawn, unmet) else None
        if one is None:
            one = walk_row(rows, number, rows.parts[number], base, drawn, unmet, False)
        came_to.append(one)
        _, _, base, drawn, unmet = one
    known = Known(told, came_to, figures_of(came_to))
    rows.known[:] = [known]
    return known


def walk_on(rows: Rows, came_to: list[CameTo], day: int | None, as_planned: bool) -> list[CameTo]:
    """What the rows come to after those that are known."""
    found = came_to[:]
    base, drawn, unmet = found[-1][2:] if found else (0, 0, 0)
    for number in range(len(found), len(rows.parts)):
        parts = rows.parts[number] if day is None else until(rows, number, day)
        found.append(walk_row(rows, number, parts, base, drawn, unmet, as_planned))
        _, _, base, drawn, unmet = found[-1]
    return found


def figures_of(came_to: Sequence[CameTo]) -> Figures:
    """What rows come to, by figure."""
    left = [each[2] for each in came_to]
    return Figures(
        [each[0] for each in came_to],
        [each[1] for each in came_to],
        [0, *left[:-1]],
        left,
        [each[4] for each in came_to],
    )


def walk_row(
    rows: Rows, number: int, parts: Sequence[Part], base: int, drawn: int, unmet: int, as_planned: bool
) -> CameTo:
    """What one row comes to, given the base, what was drawn and the interest that found no room before it: principal,
    interest, and the same three after it.
    """
    terms = rows.terms
    flat = terms.interest_on == ORIGINAL
    under = rows.under[number] * terms.interest_multiple_minor
    over = grown = 0
    for part in parts:
        over += part.over * (drawn if flat else base)
        if terms.parts_rounded:
            grown += rounded(over, under, terms.rounding)
            over = 0
        drawn += part.drawn
        base = max(base + part.drawn + (0 if as_planned else part.moved), 0)
    grown += rounded(over, under, terms.rounding)
    grown = grown * terms.interest_multiple_minor + unmet
    grown += rows.fixed[number] - rows.set_apart[number] + rows.put_back_interest[number]
    paid = (0, 0) if as_planned else (rows.paid_principal[number], rows.paid_interest[number])
    held = unmet if number and rows.defers[number - 1] and terms.deferred == ON_TOP else 0
    principal, interest = shared(rows, number, max(grown, 0), held, *paid)
    return principal, interest, max(base - principal + paid[0], 0), drawn, max(grown - interest, 0)


def shared(rows: Rows, number: int, grown: int, held: int, paid_principal: int, paid_interest: int) -> tuple[int, int]:
    """Principal and interest of one row, given the interest grown for it, `held` of it on top, and what was paid."""
    asked = rows.asked[number]
    if rows.asks[number] == ASKS_PRINCIPAL:
        interest = paid_interest if rows.defers[number] else max(grown, paid_interest)
        return max(asked + rows.put_back_principal[number], paid_principal), interest
    room = max(asked + rows.put_back_principal[number] + rows.put_back_interest[number], 0) + held
    if rows.defers[number] and rows.terms.deferred == ON_TOP:
        return max(room - grown, paid_principal), paid_interest
    if rows.defers[number] or paid_principal > max(room - grown, 0):
        interest = paid_interest
    else:
        interest = max(min(grown, room), paid_interest)
    return max(room - interest, paid_principal), interest
