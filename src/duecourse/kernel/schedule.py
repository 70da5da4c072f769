"""The schedule of a loan as a pure function of its terms, what was drawn, and what changed."""

from bisect import insort
from collections.abc import Sequence
from typing import NamedTuple

from . import loan_changes
from .annuity import rounded
from .asking import settle
from .days import civil
from .due_days import due_days as due_days
from .due_days import nominal_start, whole_periods
from .installment import Rows, begin, cut
from .level import Column, is_level, level_column, level_installments, shape
from .level import Installment as Installment
from .loan_terms import ORIGINAL, UP_FRONT, LoanTerms
from .money import PPM
from .walking import walk

REPAID, RATE, PAUSED, MOVED, ADDED, BEARS_MORE = 0, 1, 2, 3, 4, 5
"""Kinds of change."""
TRIED = (24, 1_600)
"""How many installments are tried, and at most, where a given installment says their number."""


class Segment(NamedTuple):
    """A stretch in which nothing changed: base x numerator / denominator is its interest before rounding."""

    start: int
    stop: int
    base: int
    numerator: int
    denominator: int


class Change(NamedTuple):
    """Something that changed the schedule on a day.

    REPAID: `principal` and `interest` paid on installment `number`; RATE: `amount` ppm from the day; PAUSED: no
    interest from the day to the day `amount`, both included; MOVED: installment `number` is due on the day `amount`;
    ADDED: `amount` installments more, what is left asked anew of those due after the day; BEARS_MORE: `amount` more
    (or less) bears interest from the day.
    """

    kind: int
    day: int
    number: int = 0
    amount: int = 0
    principal: int = 0
    interest: int = 0


class Plan(NamedTuple):
    """Installments, and for each of them its segments, the principal left after it, and the interest moved into it.

    What an installment's segments bear, rounded, and `moved` make its interest: moved is interest of another one
    (deferred, of an odd first period spread, without room) or, below 0, its own that another asks. up_front is interest
    taken at the draw.
    """

    installments: tuple[Installment, ...]
    segments: tuple[tuple[Segment, ...], ...]
    left: tuple[int, ...]
    moved: tuple[int, ...]
    up_front: int


class NeverRepaid(Exception):
    """A given installment that does not even meet the interest."""

    code = "never_repaid"


def opened(terms: LoanTerms, start: int, first_due: int | None = None, approved: int = 0) -> Rows:
    """The rows of a loan whose first period starts on a day, with nothing drawn yet."""
    dues = due_days(terms, start, first_due)
    return begin(terms, start, dues, nominal_start(terms, start, dues[0]), approved)


def more_due_days(rows: Rows, more: int) -> tuple[int, ...]:
    """The due days that follow the last one: as if they had been agreed from the start, unless due days were moved."""
    have = len(rows.due)
    agreed = due_days(rows.terms._replace(installments=have + more), rows.start[0], rows.due[0])
    if agreed[have - 1] == rows.due[-1]:
        return agreed[have:]
    return tuple(whole_periods(rows.terms, civil(rows.due[-1]), number) for number in range(1, more + 1))


def apply_change(rows: Rows, change: Change) -> None:
    """Let one change happen to the rows."""
    if change.kind == REPAID:
        loan_changes.pay(rows, change.number - 1, change.day, change.principal, change.interest)
    elif change.kind == RATE:
        loan_changes.change_rate(rows, change.day, change.amount)
    elif change.kind == PAUSED:
        loan_changes.pause(rows, change.day, change.amount)
    elif change.kind == MOVED:
        loan_changes.move_due(rows, change.number - 1, change.amount)
    elif change.kind == ADDED:
        loan_changes.add_rows(rows, more_due_days(rows, change.amount))
        loan_changes.re_ask(rows, loan_changes.row_after(rows, change.day))
    else:
        assert change.kind == BEARS_MORE
        loan_changes.shift_base(rows, change.day, change.amount)
        settle(rows)


def segments_of(rows: Rows, number: int, base: int, drawn: int) -> tuple[Segment, ...]:
    """The segments of one row, from the base at its start and what had been drawn by then."""
    flat = rows.terms.interest_on == ORIGINAL
    found = []
    for part in rows.parts[number]:
        found.append(Segment(part.start, part.stop, drawn if flat else base, part.over, rows.under[number]))
        base = max(base + part.drawn + part.moved, 0)
        drawn += part.drawn
    return tuple(found)


def borne(rows: Rows, segments: Sequence[Segment]) -> int:
    """The interest that the segments of one row bear, rounded as the terms say."""
    multiple = rows.terms.interest_multiple_minor
    exact = [segment.base * segment.numerator for segment in segments]
    under = segments[0].denominator * multiple
    parts = exact if rows.terms.parts_rounded else [sum(exact)]
    return sum(rounded(part, under, rows.terms.rounding) for part in parts) * multiple


def read(rows: Rows) -> Plan:
    """The rows as a plan."""
    found = walk(rows)
    fee = rounded(rows.drawn[0] * rows.terms.fee_ppm, PPM, rows.terms.rounding)
    installments = tuple(
        Installment(number + 1, rows.start[number], due, found.principal[number], found.interest[number], fee, 0)
        for number, due in enumerate(rows.due)
    )
    drawn = 0
    segments = []
    for number, base in enumerate(found.base):
        segments.append(segments_of(rows, number, base, drawn))
        drawn += sum(part.drawn for part in rows.parts[number])
    moved = tuple(row.interest - borne(rows, segments[row.number - 1]) for row in installments)
    up_front = max(rows.set_apart[0], 0) if rows.terms.first_period == UP_FRONT else 0
    return Plan(installments, tuple(segments), tuple(found.left), moved, up_front)


def enough(terms: LoanTerms, principal: int, start: int, first_due: int | None = None) -> int:
    """How many of a given installment repay a principal; an installment that never does is refused (NeverRepaid).

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> enough(PLAIN_LOAN._replace(installment_minor=100_000), 1_000_000, 20_089)
    11
    """
    for wanted in TRIED:
        rows = opened(terms._replace(installments=wanted), start, first_due)
        insort(rows.moves, (start, principal, 0))
        cut(rows, 0)
        rows.asked[:] = [terms.installment_minor] * wanted
        left = walk(rows).left
        if left[-1] == 0:
            return left.index(0) + 1
    raise NeverRepaid(f"{terms.installment_minor} a period does not repay {principal}")


def with_down_payments(told: Plan, at_once: Sequence[tuple[int, int, int]]) -> Plan:
    """A plan with down payments (day, amount, the rest of that draw), each before an installment of that day."""
    merged: list[tuple[tuple[int, ...], tuple[Segment, ...], int, int]] = [
        ((day, day, down, 0, 0, 0), (), rest, 0) for day, down, rest in at_once if down
    ]
    for at, row in enumerate(told.installments):
        merged.append((row[1:], told.segments[at], told.left[at], told.moved[at]))
    merged.sort(key=lambda row: row[0][1])
    lefts: list[int] = []
    for _, segments, amount, _ in merged:
        lefts.append(amount if segments or not lefts else lefts[-1] + amount)
    return Plan(
        tuple(Installment(number, *row[0]) for number, row in enumerate(merged, 1)),
        tuple(row[1] for row in merged),
        tuple(lefts),
        tuple(row[3] for row in merged),
        told.up_front,
    )


def plan(
    terms: LoanTerms,
    draws: Sequence[tuple[int, int]],
    changes: Sequence[Change] = (),
    start: int | None = None,
    first_due: int | None = None,
    approved: int = 0,
) -> Plan:
    """The schedule after draws (day, amount) and changes, in the order of their days, draws before changes of the
    same day.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN, BY_PERIODS, THIRTY_360
    >>> terms = PLAIN_LOAN._replace(installments=3, day_count=THIRTY_360, interest_by=BY_PERIODS)
    >>> [row[3:5] for row in plan(terms, [(20_089, 1_000_000)]).installments]
    [(330022, 10000), (333322, 6700), (336656, 3367)]
    """
    began = draws[0][0] if start is None else start
    if terms.installments == 0:
        terms = terms._replace(installments=enough(terms, sum(amount for _, amount in draws), began, first_due))
    rows = opened(terms, began, first_due, approved)
    at_once = []
    happened: list[tuple[int, int, Change | None]] = []
    for day, amount in draws:
        down = rounded(amount * terms.down_payment_ppm, PPM, terms.rounding)
        at_once.append((day, down, amount - down))
        happened.append((day, amount - down, None))
    happened += [(change.day, change.amount, change) for change in changes]
    for day, amount, change in sorted(happened, key=lambda each: each[0]):
        if change is None:
            loan_changes.draw(rows, day, amount)
        else:
            apply_change(rows, change)
    told = read(rows)
    return with_down_payments(told, at_once) if terms.down_payment_ppm else told


def installments(terms: LoanTerms, principal: int, start: int) -> tuple[Installment, ...]:
    """The installments of a loan drawn at once on a day, without their explanation: those of `plan`, but sooner.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> installments(PLAIN_LOAN, 1_000_000, 20_089)[0][3:5]
    (78634, 10192)
    """
    found = level_installments(terms, principal, shape(terms, start)) if is_level(terms) else ()
    return found or plan(terms, [(start, principal)]).installments


def column(terms: LoanTerms, principals: Sequence[int], start: int) -> Column:
    """Principal and interest, by installment and loan, of loans of the same terms all drawn on the same day.

    What they share is computed once; loans that go no short way are planned one by one. Refuses (AssertionError) terms
    whose schedule has more than principal and interest, or other due days.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> column(PLAIN_LOAN, [1_000_000, 2_000_000], 20_089).principal[-1]
    [87927, 175863]
    """
    assert is_level(terms), "a column holds level schedules"
    found = level_column(terms, principals, shape(terms, start))
    for at in found.apart:
        for number, row in enumerate(plan(terms, [(start, principals[at])]).installments):
            found.principal[number][at] = row.principal
            found.interest[number][at] = row.interest
    found.apart.clear()
    return found
