"""What the installments of a living loan come to: one row after the other, each from what the one before it left.

Rows are walked again and again while a loan lives, so what they came to is kept with them. What is kept is used only
for columns that are still as they were, and walking goes on from the first that is not.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import compress
from operator import is_not
from typing import Any

from .annuity import rounded
from .installment import ASKS_PRINCIPAL, ASKS_TOTAL, Figures, Known, Part, Rows, until
from .loan_terms import DOWN, ON_TOP, ORIGINAL

State = tuple[int, int, int]
"""What a row begins with: the base, what was drawn, and interest that found no room before it."""


def walk(rows: Rows, day: int | None = None, as_planned: bool = False) -> Figures:
    """What the rows come to, to be read before they change again. With a day, interest counts until then only;
    `as_planned` leaves payments out.

    Interest is rounded once for each installment. Where it finds no room in what is asked, the rest goes to the next;
    where more principal was repaid than the row asks, the interest paid on it is all it has.
    """
    count = len(rows.due)
    if as_planned:
        figures = nothing_yet(count)
        state = (0, 0, 0)
        for number in range(count):
            state = walk_row(rows, figures, number, rows.parts[number], state, rows.asked[number], True)
        return figures
    known = walked(rows, count)
    return known.figures if day is None else walked_until(rows, known, count, day)


def principal_to(rows: Rows, count: int) -> list[int]:
    """The principal of the first `count` rows; those after them are not looked at, and their figures mean nothing."""
    return walked(rows, count).figures.principal


def walk_to(rows: Rows, number: int, day: int, asked: int) -> tuple[int, int]:
    """Principal and interest of one row if it asks so much, when interest counts until a day only."""
    figures = walked_until(rows, walked(rows, len(rows.due)), number, day)
    one = nothing_yet(len(rows.due))
    walk_row(rows, one, number, until(rows, number, day), state_before(figures, number), asked)
    return one.principal[number], one.interest[number]


def nothing_yet(count: int) -> Figures:
    """Figures of so many rows, to be filled in."""
    return Figures([0] * count, [0] * count, [0] * count, [0] * count, [0] * count)


def state_before(figures: Figures, number: int) -> State:
    """What a row begins with: the base, what was drawn, and the interest that found no room."""
    if not number:
        return 0, 0, 0
    return figures.left[number - 1], figures.drawn[number - 1], figures.unmet[number - 1]


def columns_of(rows: Rows) -> list[list[Any]]:
    """All that decides what rows come to."""
    return [
        rows.parts, rows.asked, rows.paid_principal, rows.paid_interest, rows.put_back_principal,
        rows.put_back_interest, rows.fixed, rows.set_apart, rows.asks, rows.defers, rows.under,
    ]  # fmt: skip


def walked(rows: Rows, stop: int) -> Known:
    """The rows up to `stop` walked with all of their interest; what is as it was is not counted again."""
    now = columns_of(rows)
    count = len(rows.due)
    known = rows.known[0] if rows.known else None
    if known is None or len(known.figures.left) != count:
        known = Known([column[:] for column in now], nothing_yet(count), set(range(count)))
        rows.known[:] = [known]
    elif known.told != now:
        changed = set[int]()
        for place, column in enumerate(now):
            was = known.told[place]
            if was != column:
                for number in compress(range(count), map(is_not, was, column)):
                    was[number] = column[number]
                    changed.add(number)
        known.pending |= changed
        if known.by_day is not None:
            day, figures, done = known.by_day
            done = min(done, *changed)
            known.by_day = day, Figures._make([figure[:] for figure in figures]), done
    if known.pending:
        walk_pending(rows, known, stop)
    return known


def comes_to_the_same(rows: Rows, number: int) -> None:
    """Take it as known that a row which has changed comes to what it came to."""
    known = rows.known[0]
    known.by_day = None
    for was, column in zip(known.told, columns_of(rows), strict=True):
        was[number] = column[number]


def walk_pending(rows: Rows, known: Known, stop: int) -> None:
    """Walk the rows that have to be walked again, up to `stop`."""
    pending = known.pending
    reached = 0
    for number in sorted(pending):
        if number >= stop:
            break
        if number >= reached:
            reached = walk_on(rows, known.figures, number, stop, None, pending)
        pending.discard(number)
    if reached == stop < len(rows.due):
        pending.add(stop)


def walked_until(rows: Rows, known: Known, count: int, day: int) -> Figures:
    """The figures of at least the first `count` rows, when interest counts until a day only."""
    if known.by_day is not None and known.by_day[0] == day:
        _, figures, done = known.by_day
    else:
        done = bisect_right(rows.due, day)
        figures = Figures._make([figure[:] for figure in known.figures])
    if done < count:
        walk_on(rows, figures, done, count, day, None)
        done = count
    known.by_day = day, figures, done
    return figures


def walk_on(rows: Rows, found: Figures, first: int, stop: int, day: int | None, changed: set[int] | None) -> int:
    """Fill in what the rows `first` .. `stop` - 1 come to.

    With the rows that `changed`, no further than to one after which all is as it was and that did not; gives where.
    """
    if first < stop and is_plain(rows):
        return walk_plainly(rows, found, first, stop, day, changed)
    state = state_before(found, first)
    for number in range(first, stop):
        was = (found.left[number], found.drawn[number], found.unmet[number])
        parts: Sequence[Part] = rows.parts[number] if day is None else until(rows, number, day)
        state = walk_row(rows, found, number, parts, state, rows.asked[number])
        if changed is not None and state == was and number + 1 not in changed:
            return number + 1
    return stop


def is_plain(rows: Rows) -> bool:
    """Whether the short way of walking a row gives what the whole way gives."""
    terms = rows.terms
    usual = terms.interest_multiple_minor == 1 and terms.interest_on != ORIGINAL and not terms.parts_rounded
    return usual and not any(rows.defers)


def walk_plainly(rows: Rows, found: Figures, first: int, stop: int, day: int | None, changed: set[int] | None) -> int:
    """`walk_on` where interest is rounded once, on what is left, to the unit, and none is deferred."""
    rounding = rows.terms.rounding
    base, drawn, unmet = state_before(found, first)
    principals, interests, lefts, unmets, drawns = found
    parts_of, asked_of, met_principal, met_interest, put_principal, put_interest, fixed, apart, asks, _, under_of = (
        columns_of(rows)
    )
    for number in range(first, stop):
        parts = parts_of[number]
        if day is not None and parts and parts[-1].stop > day:
            parts = until(rows, number, day) if parts[0].start <= day else ()
        over = 0
        for _, _, part_over, part_drawn, part_moved in parts:
            over += part_over * base
            drawn += part_drawn
            base += part_drawn + part_moved
            if base < 0:
                base = 0
        grown = unmet + fixed[number] - apart[number] + put_interest[number]
        if over:
            under = under_of[number]
            whole, rest = divmod(over, under)
            if over < 0 or 2 * rest == under:
                whole = rounded(over, under, rounding)
            elif 2 * rest > under and rounding != DOWN:
                whole += 1
            grown += whole
        interest = grown if grown > 0 else 0
        paid_principal, paid_interest = met_principal[number], met_interest[number]
        principal = asked_of[number] + put_principal[number]
        if asks[number] == ASKS_TOTAL:
            principal += put_interest[number]
            if principal < 0:
                principal = 0
            if interest > principal:
                interest = principal
            if interest < paid_interest or paid_principal > principal - interest:
                interest = paid_interest
            principal -= interest
        elif interest < paid_interest:
            interest = paid_interest
        if principal < paid_principal:
            principal = paid_principal
        base += paid_principal - principal
        if base < 0:
            base = 0
        unmet = grown - interest if grown > interest else 0
        principals[number], interests[number] = principal, interest
        stays = lefts[number] == base and drawns[number] == drawn and unmets[number] == unmet
        lefts[number], drawns[number], unmets[number] = base, drawn, unmet
        if stays and changed is not None and number + 1 not in changed:
            return number + 1
    return stop


def walk_row(
    rows: Rows,
    found: Figures,
    number: int,
    parts: Sequence[Part],
    state: State,
    asked: int,
    as_planned: bool = False,
) -> State:
    """Fill in what one row comes to if it asks so much, given what it begins with; gives what the next begins with."""
    terms = rows.terms
    base, drawn, unmet = state
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
    principal, interest = shared(rows, number, asked, max(grown, 0), held, *paid)
    base, unmet = max(base - principal + paid[0], 0), max(grown - interest, 0)
    found.principal[number], found.interest[number] = principal, interest
    found.left[number], found.drawn[number], found.unmet[number] = base, drawn, unmet
    return base, drawn, unmet


def shared(
    rows: Rows, number: int, asked: int, grown: int, held: int, paid_principal: int, paid_interest: int
) -> tuple[int, int]:
    """Principal and interest of one row, given the interest grown for it, `held` of it on top, and what was paid."""
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
