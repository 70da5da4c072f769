"""The life of a loan: events applied one after another to a state, backdated or not, and taken back.

`apply` and `replay` are pure: the state given stays as it is. The state after any list of events is the fold of their
effects in the order in which they count (`loan_events.in_order`), so what is recorded late takes its place and what was
undone is as if it had never been.
"""

from collections.abc import Iterable
from typing import NamedTuple

from . import loan_changes, loan_events, loan_late
from .annuity import to_multiple
from .loan_charges import charge, kept_back, place_waiting, waive, waive_interest
from .loan_credits import chargeback, receive, refund, spend_on_charges, spend_on_dues
from .loan_dues import DOWN_PAYMENT, REGULAR, Due, additional, evenly, in_order
from .loan_events import Event, Placed
from .loan_interest import catch_up, is_caught_up, mirror, payoff_parts
from .loan_rearranged import charge_off, re_age, re_amortise, reschedule, terminate, write_off
from .loan_state import Draw, Loan, Moved, note, regular_dues
from .loan_terms import LoanTerms
from .money import PPM
from .schedule import opened as rows_opened
from .terms import PRINCIPAL


class Applied(NamedTuple):
    """A loan after an event, and what that event moved (nothing for one that moves no money)."""

    loan: Loan
    moved: tuple[Moved, ...]


class Quote(NamedTuple):
    """What pays a loan off on a day, by component, less what the borrower has to the good."""

    day: int
    principal: int
    interest: int
    fee: int
    penalty: int
    credit: int

    @property
    def payoff(self) -> int:
        return self.principal + self.interest + self.fee + self.penalty - self.credit


class UndoneUnknown(ValueError):
    """An event that speaks of another which is not there."""

    code = "event_unknown"


def opened(terms: LoanTerms, start: int | None = None, first_due: int | None = None, approved: int = 0) -> Loan:
    """A loan agreed and not drawn yet. `start` is where its first period begins, else the day of the first draw."""
    return Loan(terms, start, first_due, approved)


def apply(loan: Loan, event: Event) -> Applied:
    """The loan after one more event; from the beginning where the event counts before one that has been applied."""
    known = {each.seq for each in loan.log}
    if event.of and event.of not in known:
        raise UndoneUnknown(f"event {event.seq} speaks of event {event.of}, which is not there")
    last = max((loan_events.place(each)[:3] for each in loan.log), default=(0, 0, 0))
    if event.kind in (loan_events.UNDO, loan_events.WAIVER) or loan_events.place(event)[:3] < last:
        made = replay(loan.terms, [*loan.log, event], loan.start, loan.first_due, loan.approved)
    else:
        made = loan.copy()
        made.log.append(event)
        step(made, loan_events.place(event))
    return Applied(made, tuple(moved for moved in made.moves if moved.seq == event.seq))


def replay(
    terms: LoanTerms,
    events: Iterable[Event],
    start: int | None = None,
    first_due: int | None = None,
    approved: int = 0,
) -> Loan:
    """The loan after events in any recorded order."""
    loan = opened(terms, start, first_due, approved)
    loan.log = sorted(events, key=lambda event: event.seq)
    for placed in loan_events.in_order(loan.log):
        step(loan, placed)
    return loan


def step(loan: Loan, placed: Placed) -> None:
    """Let one event happen to a loan of one's own."""
    event = placed.event
    kind = event.kind
    if kind == loan_events.WAIVER and event.of:
        if placed.told:
            note(loan, event, event.amount, [0] * 5)
        else:
            waive(loan, event)
    elif kind == loan_events.CHARGE:
        charge(loan, event)
        if loan.spare:
            spend_on_charges(loan)
    else:
        loan_late.bear(loan, event.day, event.day, event.day - 1)
        EFFECTS[kind](loan, event)


def draw(loan: Loan, event: Event) -> None:
    """Draw principal: a part is due at once where the terms say so, the rest in the installments.

    What the borrower has to the good meets it first.
    """
    terms = loan.terms
    if loan.rows is None and not loan.draws:
        begin = loan.start if loan.start is not None else event.day
        loan.rows = rows_opened(terms, begin, loan.first_due, loan.approved)
        loan.dues = [Due(REGULAR, *days, 0, 0) for days in zip(loan.rows.start, loan.rows.due, strict=True)]
    catch_up(loan, event.day)
    down = down_payment(terms, event.amount)
    if down:
        loan.dues.append(Due(DOWN_PAYMENT, event.day, event.day, down, 0))
    fee, penalty = kept_back(loan, event.amount)
    loan.draws.append(Draw(event.seq, event.day, event.amount, fee, penalty))
    ask_for(loan, event.day, event.amount - down)
    in_order(loan.dues)
    place_waiting(loan)
    loan.principal += event.amount
    spend_on_dues(loan, event.day)
    if fee or penalty:
        note(loan, event, fee + penalty, [0, 0, 0, fee, penalty])
    note(loan, event, event.amount, [0] * 5)


def down_payment(terms: LoanTerms, amount: int) -> int:
    """The part of a draw that is due at once, rounded as installments are."""
    return to_multiple(
        amount * terms.down_payment_ppm, PPM, terms.multiple_minor, terms.multiple_rounding, terms.rounding
    )


def ask_for(loan: Loan, day: int, amount: int) -> None:
    """Let the installments ask for principal that was drawn; where they follow no schedule any more, alike."""
    if loan.rows is not None:
        loan_changes.draw(loan.rows, day, amount)
        mirror(loan, loan.rows, day)
        return
    later = [due for due in regular_dues(loan) if due.due_on > day]
    if not later:
        later = [additional(loan.dues, day)]
    for due, share in zip(later, evenly(amount, len(later), loan.terms.multiple_minor), strict=True):
        due.owed[PRINCIPAL] += share
        due.settle(day)


def change_rate(loan: Loan, event: Event) -> None:
    """Bear another rate from a day on."""
    catch_up(loan, event.day)
    assert loan.rows is not None, "the installments of this loan no longer follow a schedule"
    loan_changes.change_rate(loan.rows, event.day, event.rate_ppm)
    mirror(loan, loan.rows, event.day)


def pause(loan: Loan, event: Event) -> None:
    """Bear no interest from a day to a day."""
    assert loan.rows is not None, "the installments of this loan no longer follow a schedule"
    counts = loan.terms.draw_day_counts
    loan.pauses.append((event.day - 1 + counts, event.until + counts))
    loan_changes.pause(loan.rows, event.day, event.until)
    mirror(loan, loan.rows, event.day)


def recovery(loan: Loan, event: Event) -> None:
    """Money got back after the loan was written off."""
    note(loan, event, event.amount, [0] * 5)


EFFECTS = {
    loan_events.DRAW: draw,
    loan_events.PAYMENT: receive,
    loan_events.CHARGEBACK: chargeback,
    loan_events.REFUND: refund,
    loan_events.WAIVER: waive_interest,
    loan_events.PAUSE: pause,
    loan_events.LATE_PAUSE: loan_late.pause,
    loan_events.RATE: change_rate,
    loan_events.RESCHEDULE: reschedule,
    loan_events.RE_AGE: re_age,
    loan_events.RE_AMORTISE: re_amortise,
    loan_events.CHARGE_OFF: charge_off,
    loan_events.TERMINATION: terminate,
    loan_events.WRITE_OFF: write_off,
    loan_events.RECOVERY: recovery,
}
"""What each kind of event does. Charges and waivers of them stand in `step`, since they count apart from their own
day."""


def as_of(loan: Loan, day: int) -> Loan:
    """The loan on a day without an event: principal past due has borne interest until then.

    It is the loan itself where nothing changes by that; what is given back is for reading.
    """
    if is_caught_up(loan, day):
        return loan
    made = loan.copy()
    catch_up(made, day)
    return made


def paid_off(loan: Loan, day: int) -> Loan:
    """The loan as a payment of all on a day would find it: late interest is owed until then."""
    made = as_of(loan, day)
    if loan.terms.late_rate_ppm:
        made = made.copy()
        loan_late.bear(made, day, day, day - 1)
    return made


def quote(loan: Loan, day: int) -> Quote:
    """What pays the loan off on a day: principal, interest to the day where it follows payments, else all of it, and
    late interest to the day."""
    made = paid_off(loan, day)
    _, principal, interest, fee, penalty = payoff_parts(made, day)
    return Quote(day, principal, interest, fee, penalty, made.credit)
