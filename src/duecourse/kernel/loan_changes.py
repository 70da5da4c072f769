"""What can happen to the installments of a loan: a draw, a payment, a rate from a day, a pause, a moved due day, more
rows.

Each function changes `Rows` in place and leaves them settled. Which day counts is a term: where the draw day counts
(算头不算尾) a rate or pause from a day begins to bear on that day, else on the day before, whose night it is.
"""

from bisect import bisect_left, bisect_right, insort
from itertools import pairwise

from .annuity import rounded
from .asking import ask_again, even_out, is_settled, last_open, paid, principal_left, settle, total_drawn
from .days import civil
from .due_days import whole_periods
from .installment import ASKS_TOTAL, Part, Rows, bears, cut
from .loan_terms import IN_FIRST, ON_APPROVED, ON_DRAWN, OVER_ALL, SPREAD, UP_FRONT
from .walking import comes_to_the_same, is_plain, walk, walk_to


def row_of(rows: Rows, day: int) -> int:
    """The row in whose period a day lies: after its start and not after its due day; before all the first, after all
    the last.
    """
    return min(bisect_left(rows.due, day), len(rows.due) - 1)


def row_after(rows: Rows, day: int) -> int:
    """The first row whose due day is later than a day; the last where there is none."""
    return min(bisect_right(rows.due, day), len(rows.due) - 1)


def counted_from(rows: Rows, day: int) -> int:
    """The day from which a rate or a pause agreed from `day` bears."""
    return day - 1 + rows.terms.draw_day_counts


def shift_base(rows: Rows, day: int, amount: int) -> int:
    """Let interest count on more or less than what is scheduled, from a day on; what is asked stays. Gives the day from
    which it counts."""
    number = row_of(rows, day)
    if not rows.terms.partial_period and day < rows.due[number]:
        day = rows.start[number]
        number = max(number - 1, 0)
    insort(rows.moves, (day, 0, amount))
    split(rows, number, day, amount)
    return day


def bear_late(rows: Rows, since: int, until: int, amount: int) -> None:
    """Let principal that earlier rows ask bear interest between two days past its due day."""
    rows.late.append((shift_base(rows, since, amount), amount))
    rows.late.append((shift_base(rows, until, -amount), -amount))


def left_before(rows: Rows, first: int) -> int:
    """The principal left when a row begins that no row before it asks: what is past due bears, and is asked already."""
    if not first:
        return 0
    return walk(rows).left[first - 1] - sum(amount for day, amount in rows.late if day <= rows.start[first])


def split(rows: Rows, number: int, day: int, amount: int) -> None:
    """Let the base of one row move on a day: its part in which the day lies ends there."""
    at = max(rows.start[number], min(day, rows.due[number]))
    parts = rows.parts[number]
    place = len(parts) - 1
    while place > 0 and parts[place - 1].stop >= at:
        place -= 1
    part = parts[place]
    start, stop, over, drawn, moved = part
    if stop == at:
        made: tuple[Part, ...] = (Part(start, stop, over, drawn, moved + amount),)
    elif start < at:
        before = Part(start, at, bears(rows, number, start, at)[0], 0, amount)
        made = (before, Part(at, stop, bears(rows, number, at, stop)[0], drawn, moved))
    else:
        cut(rows, number)
        return
    rows.parts[number] = (*parts[:place], *made, *parts[place + 1 :])


def odd_interest(rows: Rows, principal: int) -> int:
    """The interest by which an odd first period bears more (or, below 0, less) than a whole one, on a principal."""
    start, whole_from = rows.start[0], rows.whole_from[0]
    sign = 1 if start < whole_from else -1
    over, under = bears(rows, 0, min(start, whole_from), max(start, whole_from))
    multiple = rows.terms.interest_multiple_minor
    return sign * rounded(principal * over, under * multiple, rows.terms.rounding) * multiple


def place_odd_interest(rows: Rows, principal: int) -> None:
    """Let the first row ask for the interest of an odd first period, or all rows alike, or none (taken at the draw)."""
    where = rows.terms.first_period
    odd = odd_interest(rows, principal)
    rows.set_apart[0] = odd
    if where == IN_FIRST or (where == UP_FRONT and odd < 0):
        rows.fixed[0] = odd
    elif where == SPREAD:
        share = rounded(odd, len(rows.due), rows.terms.rounding)
        rows.fixed[:] = [share] * len(rows.due)
        rows.fixed[-1] = odd - share * (len(rows.due) - 1)


def draw(rows: Rows, day: int, amount: int) -> None:
    """Draw principal: the rows that follow ask for it, or as the terms say. A draw on a due day belongs to the rows
    after it.
    """
    terms = rows.terms
    is_first = rows.drawn[0] == 0
    rows.drawn[0] += amount
    at = day
    number = row_of(rows, day)
    if not terms.partial_period and day < rows.due[number]:
        at = rows.start[number]
        number = max(number - 1, 0)
    insort(rows.moves, (at, amount, 0))
    cut(rows, number)
    first = row_after(rows, at)
    if is_first and rows.whole_from[0] != rows.start[0]:
        if day == rows.start[0]:
            place_odd_interest(rows, amount)
        else:
            rows.whole_from[0] = rows.start[0]
    if terms.installment_on == OVER_ALL:
        first = 0
        ask_again(rows, 0, total_drawn(rows))
    elif terms.installment_on == ON_APPROVED:
        if is_first:
            ask_again(rows, first, rows.approved[0])
        else:
            # An earlier draw of a part may have left these with nothing to ask.
            rows.asked[first:] = rows.agreed[first:]
    else:
        assert terms.installment_on == ON_DRAWN
        planned = walk(rows, as_planned=True)
        within = sum(part.drawn for part in rows.parts[first])
        ask_again(rows, first, (planned.left[first - 1] if first else 0) + within)
    settle(rows)
    even_out(rows, first)


def pay(rows: Rows, number: int, day: int, principal: int, interest: int) -> bool:
    """Put a payment on one row. Principal paid before its due day stops bearing on the day; later it had left the
    base already.

    A row paid wholly before its period begins asks what was paid. Answers whether any row may ask otherwise now.
    """
    stays = day >= rows.due[number] and is_foreseen(rows, number, principal, interest)
    rows.paid_principal[number] += principal
    rows.paid_interest[number] += interest
    if principal:
        shift_base(rows, min(day, rows.due[number]), -principal)
    if day < rows.start[number] and rows.asks[number] == ASKS_TOTAL:
        have = paid(rows, number)
        others = any(n != number and rows.asked[n] != paid(rows, n) for n in range(len(rows.due)))
        if others and (have > rows.asked[number] or have == rows.agreed[number]):
            rows.asked[number] = have
    if stays:
        comes_to_the_same(rows, number)
    else:
        settle(rows)
    return not stays


def is_foreseen(rows: Rows, number: int, principal: int, interest: int) -> bool:
    """Whether a payment on a row that has come due meets only what the schedule reckons with: then all rows ask what
    they did. They do where no more is paid than the row asks, and another row after it takes what is left over.
    """
    figures = walk(rows)
    last = last_open(rows)
    return (
        number < last
        and figures.left[number] > 0
        and rows.paid_principal[number] + principal <= figures.principal[number]
        and rows.paid_interest[number] + interest <= figures.interest[number]
        and row_of(rows, rows.due[number]) == number
        and is_plain(rows)
        and is_settled(rows, last, figures)
    )


def put_back(rows: Rows, number: int, day: int, principal: int, interest: int) -> None:
    """Owe again what had been paid (a chargeback), on one row; the principal bears from the day."""
    rows.put_back_principal[number] += principal
    rows.put_back_interest[number] += interest
    if principal:
        shift_base(rows, day, principal)
    settle(rows)


def re_ask(rows: Rows, first: int) -> None:
    """Let the rows from `first` on ask anew for what is left at their start, payments counted."""
    within = sum(part.drawn for part in rows.parts[first])
    ask_again(rows, first, left_before(rows, first) + within)
    settle(rows)
    even_out(rows, first)


def change_rate(rows: Rows, day: int, rate_ppm: int) -> None:
    """Bear another rate from a day on; the installments from that period on are computed anew."""
    since = counted_from(rows, day)
    rows.rates[:] = [(day, rate) for day, rate in rows.rates if day != since]
    insort(rows.rates, (since, rate_ppm))
    for number in range(row_of(rows, since), len(rows.due)):
        cut(rows, number)
    re_ask(rows, row_after(rows, since))


def pause(rows: Rows, first: int, last: int) -> None:
    """Bear no interest on the days first .. last; installments stay, the last absorbs."""
    since, until = counted_from(rows, first), counted_from(rows, last + 1)
    rows.pauses.append((since, until))
    for number in range(row_of(rows, since), row_of(rows, until) + 1):
        cut(rows, number)
    settle(rows)


def move_due(rows: Rows, number: int, day: int) -> None:
    """Move one due day; those after it follow, each a whole period after the one before."""
    anchor = civil(day)
    for place in range(number, len(rows.due)):
        start = rows.due[place - 1] if place > number else rows.start[place]
        due = whole_periods(rows.terms, anchor, place - number)
        rows.start[place], rows.due[place] = start, due
        if place > number or rows.terms.whole_moved:
            rows.whole[place] = due - start
    for place in range(number, len(rows.due)):
        cut(rows, place)
    settle(rows)


def add_rows(rows: Rows, dues: tuple[int, ...]) -> None:
    """Add installments after the last; nothing is asked of them until `re_ask`."""
    zero_lists = (
        rows.asked, rows.agreed, rows.paid_principal, rows.paid_interest, rows.put_back_principal,
        rows.put_back_interest, rows.fixed, rows.set_apart, rows.defers,
    )  # fmt: skip
    before = len(rows.due)
    for start, due in pairwise((rows.due[-1], *dues)):
        rows.start.append(start)
        rows.due.append(due)
        rows.whole.append(due - start)
        rows.asks.append(rows.asks[-1])
        rows.parts.append(())
        rows.under.append(1)
        for column in zero_lists:
            column.append(0)
    for number in range(before - 1, len(rows.due)):
        cut(rows, number)


def end_on(rows: Rows, day: int) -> None:
    """Let everything fall due on a day: the row in whose period it lies ends then and asks all that is left."""
    number = row_of(rows, day)
    for column in rows[1:16]:
        assert isinstance(column, list)
        del column[number + 1 :]
    rows.due[number] = day
    cut(rows, number)
    settle(rows)


class AsksOn:
    """What each row asks if it is paid on a day, as long as the rows stay as they are: `due_at` of many rows."""

    __slots__ = ("day", "figures", "last", "left", "rows")

    def __init__(self, rows: Rows, day: int) -> None:
        self.rows = rows
        self.day = day
        self.figures = walk(rows, day)
        self.last = last_open(rows)
        self.left = principal_left(rows)

    def of(self, number: int) -> tuple[int, int]:
        """Principal and interest that one row asks."""
        rows = self.rows
        is_agreed = rows.asked[number] == rows.agreed[number] or self.day > rows.start[number]
        if number == self.last or not is_agreed:
            return due_at(rows, number, self.day)
        principal = min(self.figures.principal[number], rows.paid_principal[number] + self.left)
        return principal, self.figures.interest[number]


def due_at(rows: Rows, number: int, day: int) -> tuple[int, int]:
    """Principal and interest that one row asks if it is paid on a day: interest counts until then only."""
    before = rows.asked[:]
    asked = rows.agreed[number] if day <= rows.start[number] else rows.asked[number]
    rows.asked[number] = asked
    if number == last_open(rows):
        known = [each.copy() for each in rows.known]
        settle(rows, day)
        figures = walk(rows, day)
        rows.asked[:], rows.known[:] = before, known
        return figures.principal[number], figures.interest[number]
    rows.asked[number] = before[number]
    principal, interest = walk_to(rows, number, day, asked)
    return min(principal, rows.paid_principal[number] + principal_left(rows)), interest
