"""The schedule of a loan as a pure function of its terms, what was drawn, and what changed."""

from collections.abc import Sequence
from typing import NamedTuple

from . import loan_changes
from .annuity import rounded
from .due_days import due_days as due_days
from .due_days import nominal_start
from .installment import Figures, Rows, begin, walk
from .loan_terms import LoanTerms
from .money import PPM

REPAID, RATE, PAUSED, MOVED, ADDED, BEARS_MORE = 0, 1, 2, 3, 4, 5
"""Kinds of change."""


class Installment(NamedTuple):
    """One dated part of a schedule. Days as day numbers, amounts in minor units. A down payment starts and is due on
    one day."""

    number: int
    start: int
    due_on: int
    principal: int
    interest: int
    fee: int
    penalty: int


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
    ADDED: `amount` installments more; BEARS_MORE: `amount` more (or less) bears interest from the day.
    """

    kind: int
    day: int
    number: int = 0
    amount: int = 0
    principal: int = 0
    interest: int = 0


class Plan(NamedTuple):
    """Installments, and for each of them its segments, and the principal left after it."""

    installments: tuple[Installment, ...]
    segments: tuple[tuple[Segment, ...], ...]
    left: tuple[int, ...]


def opened(terms: LoanTerms, start: int, first_due: int | None = None, approved: int = 0) -> Rows:
    """The rows of a loan whose first period starts on a day, with nothing drawn yet."""
    dues = due_days(terms, start, first_due)
    return begin(terms, start, dues, dues[0] - nominal_start(terms, start, dues[0]), approved)


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
    else:
        assert change.kind == BEARS_MORE
        loan_changes.shift_base(rows, change.day, change.amount)


def segments_of(rows: Rows, number: int, base: int) -> tuple[Segment, ...]:
    """The segments of one row, from the base at its start."""
    found = []
    for part in rows.parts[number]:
        found.append(Segment(part.start, part.stop, base, part.over, rows.under[number]))
        base = max(base + part.drawn + part.moved, 0)
    return tuple(found)


def read(rows: Rows, figures: Figures | None = None) -> Plan:
    """The rows as a plan."""
    found = walk(rows) if figures is None else figures
    fee = rounded(sum(drawn for _, drawn, _ in rows.moves) * rows.terms.fee_ppm, PPM, rows.terms.rounding)
    installments = tuple(
        Installment(number + 1, rows.start[number], due, found.principal[number], found.interest[number], fee, 0)
        for number, due in enumerate(rows.due)
    )
    segments = tuple(segments_of(rows, number, base) for number, base in enumerate(found.base))
    return Plan(installments, segments, tuple(found.left))


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
    rows = opened(terms, draws[0][0] if start is None else start, first_due, approved)
    happened: list[tuple[int, int, int, Change | None]] = [
        (day, place, amount, None) for place, (day, amount) in enumerate(draws)
    ]
    happened += [(change.day, len(draws) + place, 0, change) for place, change in enumerate(changes)]
    for day, _, amount, change in sorted(happened, key=lambda each: each[:2]):
        if change is None:
            loan_changes.draw(rows, day, amount)
        else:
            apply_change(rows, change)
    return read(rows)
