"""The life of a loan as entries: its acts, in the order in which they count, and the days on which something falls due.

Pure: everything comes from the terms, the opening and the acts. What is posted is the difference between these entries
and those in force, so that an act in time, a late one and one taken back are the same thing.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from duecourse.kernel import loan, loan_events, loan_row
from duecourse.kernel.loan_events import Event, Placed
from duecourse.kernel.loan_interest import catch_up, is_caught_up
from duecourse.kernel.loan_row import Position
from duecourse.kernel.loan_state import Loan
from duecourse.kernel.loan_terms import GOODWILL, MERCHANT_REFUND, LoanTerms
from duecourse.ledger import chart

from .replay import Line, as_columns

NOTHING = Position(0, 0, 0, 0, 0, 0, 0, 0, 0)
OF_PAYMENT = {MERCHANT_REFUND: chart.REFUND, GOODWILL: chart.ADJUSTMENT}
"""The kinds of entries of the kinds of payment that are no plain payment."""


class Begun(NamedTuple):
    """How a loan began: the first day of its first period and its first due day where they were chosen, and the
    principal that was approved."""

    start: int | None
    first_due: int | None
    approved: int


class Lived(NamedTuple):
    """Where a loan's life arrives, and every entry on the way; an entry's place is the act that made it."""

    loan: Loan
    lines: list[Line]


class Reached(NamedTuple):
    """A life right after the last of the events that it has passed. It is not to be changed: go on with a copy."""

    passed: list[Placed]
    loan: Loan
    stands: Position
    lines: list[Line]


def live(terms: LoanTerms, begun: Begun, events: Iterable[Event], through: int) -> Lived:
    """Run a loan's events and due days up to the close of the day `through`.

    Events effective on the day after `through` (the open day) are posted too; what falls due on it is still to come.
    """
    log = sorted(events, key=lambda event: event.seq)
    return close(reach(beginning(terms, begun), log, loan_events.in_order(log)), log, through)


def beginning(terms: LoanTerms, begun: Begun) -> Reached:
    """A life before its first event."""
    return Reached([], loan.opened(terms, *begun), NOTHING, [])


def reach(since: Reached, log: list[Event], passing: list[Placed]) -> Reached:
    """Go on from a point of a life through all events, the first of which it has passed.

    `log` are all of them as recorded, `passing` in the order in which they count.
    """
    now, lines, stands = since.loan.copy(), since.lines[:], since.stands
    now.log = log
    for placed in passing[len(since.passed) :]:
        stands = pass_days(now, stands, placed.day - 1, lines)
        before = stands if is_caught_up(now, placed.day - 1) else loan_row.position(now, placed.day - 1)
        loan.step(now, placed)
        after = loan_row.position(now, placed.day - 1)
        lines += entries_of(placed, before, after)
        stands = after
    return Reached(passing, now, stands, lines)


def close(reached: Reached, log: list[Event], through: int) -> Lived:
    """The life at the close of the day `through`: what fell due after its last event is charged."""
    assert all(placed.day <= through + 1 for placed in reached.passed), "loan: an event lies after the open day"
    now, lines = reached.loan.copy(), reached.lines[:]
    now.log = log
    pass_days(now, reached.stands, through, lines)
    return Lived(now, lines)


def pass_days(now: Loan, stands: Position, through: int, lines: list[Line]) -> Position:
    """Close the due days up to `through`: what is past due bears until then, and what falls due is charged.

    Due day by due day, so that it does not matter how often one looks (`catch_up` alone bears over the last period).
    """
    while True:
        coming = min(loan_row.days_ahead(now, stands.day), default=through + 1)
        if coming > through:
            return stands._replace(day=max(stands.day, through))
        catch_up(now, coming)
        closed = loan_row.position(now, coming)
        lines += charge_lines(coming, None, stands, closed)
        stands = closed


def charge_lines(day: int, place: int | None, before: Position, after: Position) -> list[Line]:
    """The entries that make interest, fees and penalties owed, or take that back, by how much was charged."""
    interest = after.interest_charged - before.interest_charged
    fee = after.fee_charged - before.fee_charged
    penalty = after.penalty_charged - before.penalty_charged
    found = []
    if interest:
        found.append(Line(chart.CHARGE, day, place, as_columns({"interest": interest, "accrued": -interest})))
    if fee or penalty:
        amounts = {"fee": fee, "fee_income": -fee, "penalty": penalty, "penalty_income": -penalty}
        found.append(Line(chart.FEE, day, place, as_columns(amounts)))
    return found


def entries_of(placed: Placed, before: Position, after: Position) -> list[Line]:
    """The entries of one act: what it charged, then what it moved, with its other side."""
    event = placed.event
    lines = charge_lines(placed.day, event.seq, before, after)
    moved = {
        "principal": after.principal - before.principal,
        "interest": before.interest_paid - after.interest_paid,
        "fee": before.fee_paid - after.fee_paid,
        "penalty": before.penalty_paid - after.penalty_paid,
        "credit": before.credit - after.credit,
    }
    left = sum(moved.values())
    kind = kind_of(event)
    if any(moved.values()):
        lines.append(Line(kind, placed.day, event.seq, as_columns({**moved, chart.COUNTERPART[kind]: -left})))
    return lines


def kind_of(event: Event) -> int:
    """The kind of entry that an act makes."""
    if event.kind == loan_events.PAYMENT:
        return OF_PAYMENT.get(event.mode, chart.PAYMENT)
    return KINDS.get(event.kind, chart.REARRANGED)


KINDS = {
    loan_events.DRAW: chart.DRAW,
    loan_events.CHARGEBACK: chart.CHARGEBACK,
    loan_events.REFUND: chart.CREDIT_REFUND,
}


def difference(kept: Sequence[Line], wanted: Sequence[Line]) -> tuple[list[int], list[Line]]:
    """The places in `kept` of entries that are no longer so, and the entries that are missing.

    An entry is known by its kind, day and amounts: two acts that made the same entry are alike.
    """
    rest: dict[Line, list[Line]] = {}
    for line in wanted:
        rest.setdefault(line._replace(place=None), []).append(line)
    stale = []
    for at, line in enumerate(kept):
        same = rest.get(line._replace(place=None))
        if same:
            same.pop(0)
        else:
            stale.append(at)
    return stale, [line for line in wanted if any(line is one for one in rest[line._replace(place=None)])]
