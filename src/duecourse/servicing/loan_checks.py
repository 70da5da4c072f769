"""What may not be done to a loan: terms that the book does not carry, numbers out of range, acts that cannot be."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from duecourse.kernel import loan_events as events
from duecourse.kernel.loan import paid_off, quote
from duecourse.kernel.loan_charges import kept_back, waivable
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_state import Loan, regular_dues
from duecourse.kernel.loan_terms import (
    ACCELERATED,
    ACCELERATED_NO_MORE,
    AT_DUE_DAYS,
    DUE,
    GOODWILL,
    LAST_REDUCED,
    PAYOUT_REFUND,
    TO_THE_DAY,
    LoanTerms,
)
from duecourse.kernel.money import AMOUNT_MAX, RATE_MAX_PPM
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.ledger.journal import Refused
from duecourse.rules.fields import TermsRefused
from duecourse.rules.read import day_number, to_date

from .refusals import AlreadyChargedOff, MoreThanCharged, NoSuchAct, NotAnAmount, NothingOwed, NotReversible

DAY_MAX = 100_000
RANGES = {
    "amount": (1, AMOUNT_MAX),
    "of": (1, 2**62),
    "mode": (0, 3),
    "component": (INTEREST, PENALTY),
    "basis": (0, 3),
    "rate_ppm": (0, RATE_MAX_PPM),
    "since": (1, DAY_MAX),
    "until": (1, DAY_MAX),
    "number": (1, 600),
    "every": (1, 366),
    "unit": (0, 3),
    "grace": (0, 600),
}
"""Between which numbers the fields of an act lie."""


class Kind(NamedTuple):
    """A kind of act: the kernel's event, the fields that it needs and may have, and what its event always says."""

    event: int
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    always: Mapping[str, int] = {}


KINDS = {
    "draw": Kind(events.DRAW, ("amount",)),
    "payment": Kind(events.PAYMENT, ("amount",), ("mode",)),
    "goodwill": Kind(events.PAYMENT, ("amount",), always={"mode": GOODWILL}),
    "charge": Kind(events.CHARGE, ("component",), ("amount", "until", "mode", "basis", "rate_ppm")),
    "waiver": Kind(events.WAIVER, (), ("of", "component", "amount")),
    "chargeback": Kind(events.CHARGEBACK, ("of", "amount")),
    "credit_refund": Kind(events.REFUND, ("amount",)),
    "interest_pause": Kind(events.PAUSE, ("until",)),
    "late_pause": Kind(events.LATE_PAUSE, (), ("until",)),
    "rate_change": Kind(events.RATE, ("rate_ppm",)),
    "reschedule": Kind(events.RESCHEDULE, ("since",), ("until", "grace", "rate_ppm", "number")),
    "re_age": Kind(events.RE_AGE, ("number", "until", "every", "unit"), ("mode",)),
    "re_amortise": Kind(events.RE_AMORTISE, ()),
    "charge_off": Kind(events.CHARGE_OFF, ()),
    "terminate": Kind(events.TERMINATION, ()),
    "small_balance": Kind(events.WRITE_OFF, (), always={"mode": events.OF_SMALL}),
    "write_off": Kind(events.WRITE_OFF, (), ("amount",)),
    "recovery": Kind(events.RECOVERY, ("amount",)),
    "undo": Kind(events.UNDO, ("of",)),
}
"""What may be done to a loan, by the name that its act is kept under."""


def event_of(kind: str, seq: int, on: date, booked: date, body: Mapping[str, Any]) -> Event:
    """An act as the kernel takes it."""
    told = KINDS[kind]
    return Event(seq, told.event, day_number(on), day_number(booked), **{**told.always, **body})


class NotOffered(Refused):
    """An act of a kind, or with a field, that loans do not have."""

    code = "act_not_offered"


class OutOfRange(Refused):
    """A number of an act that is outside what it may be."""

    code = "act_out_of_range"


class NotDrawn(Refused):
    """Nothing was drawn of the loan yet, or the day lies after its last installment."""

    code = "loan_not_drawn"


class AboveApproved(Refused):
    """A draw may not bring the principal above what was approved."""

    code = "above_approved"


class AbovePaid(Refused):
    """No more can be taken back than was paid, nor paid out than is to the good."""

    code = "above_paid"


class AboveOwed(Refused):
    """No more can be written off, nor given as goodwill, than is owed."""

    code = "above_owed"


class AboveWrittenOff(Refused):
    """No more can be recovered than was written off, nor a write-off be taken back of which money came in."""

    code = "above_written_off"


class AboveDrawn(Refused):
    """What is kept back from a draw must leave something to be paid out."""

    code = "above_drawn"


class Ended(Refused):
    """A loan that was charged off, terminated or written off is drawn no more."""

    code = "loan_ended"


class NoSchedule(Refused):
    """The installments no longer follow a schedule, or none is to come: there is nothing that the act could change."""

    code = "no_schedule"


class DrawIsUsed(Refused):
    """Nothing would be left drawn under payments or other acts that stand; they are undone first."""

    code = "draw_in_use"


class LaterActStands(Refused):
    """A later act stands on the schedule that this act would end: it is taken back first."""

    code = "later_act_stands"


def terms_of(terms: LoanTerms, where: str) -> None:
    """Refuse an order of allocation by which something due could never be met, and a payoff that leaves some."""
    if (terms.recalculation, terms.early, terms.payoff_interest) == (AT_DUE_DAYS, LAST_REDUCED, TO_THE_DAY):
        raise TermsRefused(f"{where}: payoff_interest: what is late bears to the due day, and so must a payoff")
    components = (PRINCIPAL, INTEREST, FEE, PENALTY)
    order = set(terms.order)
    speaks_of_past_due = any(step < DUE for step in order)
    if not {DUE + component for component in components} <= order or (
        speaks_of_past_due and not set(components) <= order
    ):
        raise TermsRefused(f"{where}: order: every component needs its step when due, and past due where any has one")


def fields_of(account: int, kind: str, body: Mapping[str, Any]) -> None:
    """Refuse a kind that is not offered, a field too many or too few, and a number out of range."""
    if kind not in KINDS:
        raise NotOffered(f"account {account}: {kind!r} is none of {', '.join(KINDS)}")
    told = KINDS[kind]
    for name in sorted(set(told.needs) - set(body)):
        raise NotOffered(f"account {account}: {kind}: {name} is missing")
    for name, value in body.items():
        if name not in (*told.needs, *told.may):
            raise NotOffered(f"account {account}: {kind} has no {name}")
        low, high = RANGES[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            refused = NotAnAmount if name == "amount" else OutOfRange
            raise refused(f"account {account}: {kind}: {name}: {value!r} is not between {low} and {high}")
    if kind == "payment" and body.get("mode") == GOODWILL:
        raise NotOffered(f"account {account}: payment: the lender's own credit is the act goodwill")
    if kind == "charge":
        charge_fields(account, body)
    if kind == "waiver" and (("of" in body) == ("component" in body) or body.get("component") == FEE):
        raise NotOffered(f"account {account}: waiver: needs the charge (of), or interest or late interest (component)")


def is_payout_back(event: Event) -> bool:
    """Whether an event is the money of a draw that came back: it can be drawn again."""
    return event.kind == events.PAYMENT and event.mode == PAYOUT_REFUND


def is_goodwill(event: Event) -> bool:
    """Whether an event is a credit of the lender's own money."""
    return event.kind == events.PAYMENT and event.mode == GOODWILL


def charge_fields(account: int, body: Mapping[str, Any]) -> None:
    """Refuse a charge that lacks its amount or share, or its day, or has one too many."""
    if body["component"] == INTEREST:
        raise OutOfRange(f"account {account}: charge: component: interest is borne, not charged by an act")
    is_share = bool(body.get("basis"))
    needs = {"rate_ppm"} if is_share else {"amount"}
    mode = body.get("mode", events.FLAT)
    needs |= {"until"} if mode == events.FLAT else set()
    if mode not in (events.FLAT, events.PER_INSTALLMENT, events.AT_DRAW):
        raise OutOfRange(f"account {account}: charge: mode: {mode} is no place where a charge falls due")
    given = set(body) - {"component", "mode", "basis"}
    if given != needs:
        raise NotOffered(f"account {account}: charge: needs {', '.join(sorted(needs))}, not {', '.join(sorted(given))}")


def act(account: int, loan: Loan, approved: int, event: Event, then: Callable[[], Loan]) -> None:
    """Refuse an act that the loan cannot take: `loan` is what its acts up to now made it, `then` what it was on the
    act's own day."""
    undone = {each.of for each in loan.log if each.kind == events.UNDO}
    standing = {each.seq: each for each in loan.log if each.seq not in undone and each.kind != events.UNDO}
    if event.of and event.of not in standing:
        if any(each.seq == event.of for each in loan.log):
            raise NotReversible(f"account {account}: act {event.of} was taken back, or takes one back")
        raise NoSuchAct(f"account {account} has no act {event.of}")
    if event.kind == events.DRAW:
        draw(account, then(), event)
        drawn = sum(each.amount for each in standing.values() if each.kind == events.DRAW)
        drawn -= sum(each.amount for each in standing.values() if is_payout_back(each))
        if drawn + event.amount > approved:
            raise AboveApproved(f"account {account}: {drawn} and {event.amount} are above the {approved} approved")
        if loan.dues and event.day >= loan.dues[-1].due_on:
            raise NotDrawn(f"account {account}: no installment follows this draw")
    elif not loan.draws and event.kind not in (events.CHARGE, events.UNDO):
        raise NotDrawn(f"account {account}: nothing was drawn yet")
    if needs_draw(event) and not drawn_before(standing, event):
        raise NotDrawn(f"account {account}: nothing was drawn by {to_date(event.day)}")
    if event.kind == events.UNDO and standing[event.of].kind == events.DRAW:
        rest = {seq: one for seq, one in standing.items() if seq != event.of}
        used = next((one for one in rest.values() if needs_draw(one) and not drawn_before(rest, one)), None)
        if used is not None:
            raise DrawIsUsed(
                f"account {account}: {name_of(used)} of {to_date(used.day)} (act {used.seq}) stands on draw {event.of}"
            )
    if event.kind == events.UNDO and standing[event.of].kind == events.PAYMENT:
        taken = next((one for one in standing.values() if one.kind == events.CHARGEBACK and one.of == event.of), None)
        if taken is not None:
            raise NotReversible(f"account {account}: act {taken.seq} took payment {event.of} back; undo that first")
    if event.kind == events.CHARGEBACK:
        back = sum(each.amount for each in standing.values() if each.kind == event.kind and each.of == event.of)
        paid = standing[event.of]
        if paid.kind != events.PAYMENT or is_goodwill(paid):
            raise NotReversible(f"account {account}: act {event.of} is no payment")
        if back + event.amount > paid.amount:
            raise AbovePaid(f"account {account}: {back} and {event.amount} are above the {paid.amount} paid")
    if event.kind == events.REFUND and event.amount > loan.credit:
        raise AbovePaid(f"account {account}: {event.amount} is above the credit balance of {loan.credit}")
    if event.kind == events.WAIVER and event.of and standing[event.of].kind != events.CHARGE:
        raise NotReversible(f"account {account}: act {event.of} is no charge")
    if is_goodwill(event):
        goodwill(account, loan, then(), event)
    if event.kind in ENDS:
        ENDS[event.kind](account, loan, then(), event)
    later_acts(account, loan.terms, event, standing.values())
    if event.kind == events.UNDO and standing[event.of].kind == events.WRITE_OFF:
        left = written_off(loan) - sum(each.amount for each in loan.moves if each.seq == event.of)
        if left < 0:
            raise AboveWrittenOff(f"account {account}: {-left} was recovered of what act {event.of} wrote off")
    if event.kind == events.RE_AGE:
        if event.until <= event.day:
            raise OutOfRange(f"account {account}: re_age: the first new installment must be after the day itself")
        if any(due.left and sum(due.paid) for due in loan.dues):
            raise NotReversible(f"account {account}: an installment that is paid in part cannot be re-aged")


def name_of(event: Event) -> str:
    """The name under which an act of a loan is kept."""
    if is_goodwill(event):
        return "goodwill"
    return next(
        name
        for name, told in KINDS.items()
        if told.event == event.kind and told.always.get("mode", event.mode) == event.mode
    )


def needs_draw(event: Event) -> bool:
    """Whether an act changes what was drawn: money may come and charges be agreed before."""
    of_charge = event.kind == events.WAIVER and event.of > 0
    return not of_charge and event.kind not in (events.DRAW, events.PAYMENT, events.CHARGE, events.UNDO)


def drawn_before(standing: Mapping[int, Event], event: Event) -> bool:
    """Whether a draw counts before an act."""
    return any(one.kind == events.DRAW and events.place(one) < events.place(event) for one in standing.values())


def needs_schedule(terms: LoanTerms, event: Event) -> tuple[int, ...]:
    """The kinds of acts that could do nothing after an act: it ends the schedule or the loan, or all is due by it."""
    of_schedule = (events.RATE, events.PAUSE, events.RESCHEDULE)
    if event.kind == events.RE_AMORTISE:
        return of_schedule
    if event.kind == events.RE_AGE:
        return (*of_schedule, events.RE_AMORTISE)
    accelerated = event.kind == events.CHARGE_OFF and terms.charge_off in (ACCELERATED, ACCELERATED_NO_MORE)
    if accelerated or event.kind == events.TERMINATION or (event.kind == events.WRITE_OFF and not event.amount):
        return (*of_schedule, events.DRAW, events.RE_AMORTISE)
    return (*of_schedule, events.DRAW) if event.kind == events.CHARGE_OFF else ()


def later_acts(account: int, terms: LoanTerms, event: Event, standing: Iterable[Event]) -> None:
    """Refuse to end a schedule under a later act that changes it, or a loan under a later draw."""
    kinds = needs_schedule(terms, event)
    for one in standing:
        if one.kind in kinds and events.place(one) > events.place(event):
            told = f"{name_of(one)} of {to_date(one.day)} (act {one.seq})"
            raise LaterActStands(f"account {account}: {told} stands on the schedule that this ends")


def written_off(loan: Loan) -> int:
    """What of a loan was written off and has not come back."""
    return sum(
        each.amount if each.kind == events.WRITE_OFF else -each.amount
        for each in loan.moves
        if each.kind in (events.WRITE_OFF, events.RECOVERY)
    )


def draw(account: int, then: Loan, event: Event) -> None:
    """Refuse a draw of a loan that has ended, and one that what is kept back leaves nothing of."""
    if then.charged_off_on or then.terminated_on or then.written_off_on:
        raise Ended(f"account {account}: it was charged off, terminated or written off")
    kept = sum(kept_back(then, event.amount))
    if kept >= event.amount:
        raise AboveDrawn(f"account {account}: {kept} would be kept back from {event.amount}")


def scheduled(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse what changes a schedule where installments follow none."""
    if then.rows is None:
        raise NoSchedule(f"account {account}: its installments no longer follow a schedule")


def reschedule(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse to move a due day to one that has come, or that another installment has before it."""
    scheduled(account, loan, then, event)
    assert then.rows is not None
    before = [due for due in then.rows.due if due < event.since]
    if event.until and event.until <= max([event.day, *before[-1:]]):
        raise OutOfRange(f"account {account}: reschedule: the new due day must come after the day and the due before")


def re_amortise(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse to spread what is past due where no installment is to come."""
    if not any(due.due_on > event.day and due.kind == 0 for due in regular_dues(then)):
        raise NoSchedule(f"account {account}: no installment is to come")


def charge_off(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse to charge off twice, or what is not owed."""
    if loan.charged_off_on:
        raise AlreadyChargedOff(f"account {account} is charged off")
    if not any(due.left for due in then.dues):
        raise NothingOwed(f"account {account} owes nothing")


def terminate(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse to make due what is due already."""
    if not any(due.due_on > event.day and due.left for due in regular_dues(then)):
        raise NoSchedule(f"account {account}: no installment is to come")


def most_written_off(loan: Loan, then: Loan, day: int) -> int:
    """What can be written off on a day: what was owed then and still is."""
    return min(sum(quote(each, max(day, each.through))[1:5]) for each in (loan, then))


def write_off(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse to write off what is not owed, on the day or today."""
    owed = most_written_off(loan, then, event.day)
    if not owed:
        raise NothingOwed(f"account {account} owes nothing")
    if event.amount > owed:
        raise AboveOwed(f"account {account}: {event.amount} is above the {owed} owed")


def most_given(loan: Loan, then: Loan, day: int) -> int:
    """What the lender may credit on a day: what would have paid the loan off then and still would."""
    return max(0, min(quote(each, max(day, each.through)).payoff for each in (loan, then)))


def goodwill(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse a credit of more than is owed, on the day or today."""
    owed = most_given(loan, then, event.day)
    if not owed:
        raise NothingOwed(f"account {account} owes nothing")
    if event.amount > owed:
        raise AboveOwed(f"account {account}: {event.amount} is above the {owed} owed")


def most_waived(then: Loan, component: int, day: int) -> int:
    """What of interest that has come due, or of late interest to a day, can be waived on it."""
    return waivable(paid_off(then, max(day, then.through)), component, day)


def waiver(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse to waive more interest or late interest than there was on the day."""
    if event.of:
        return
    there = most_waived(then, event.component, event.day)
    if event.amount > there or not there:
        raise MoreThanCharged(f"account {account}: {event.amount or 'all'} would be waived of the {there} there was")


def late_pause(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse a pause that ends before it begins."""
    if event.until and event.until < event.day:
        raise OutOfRange(f"account {account}: late_pause: until: its last day is before its first")


def recovery(account: int, loan: Loan, then: Loan, event: Event) -> None:
    """Refuse to recover more than was written off before."""
    most = min(written_off(loan), written_off(then))
    if event.amount > most:
        raise AboveWrittenOff(f"account {account}: {event.amount} is above the {most} written off and not recovered")


ENDS: Mapping[int, Callable[[int, Loan, Loan, Event], None]] = {
    events.WAIVER: waiver,
    events.RATE: scheduled,
    events.LATE_PAUSE: late_pause,
    events.PAUSE: scheduled,
    events.RESCHEDULE: reschedule,
    events.RE_AMORTISE: re_amortise,
    events.CHARGE_OFF: charge_off,
    events.TERMINATION: terminate,
    events.WRITE_OFF: write_off,
    events.RECOVERY: recovery,
}
"""What is asked of the loan as it was on the act's own day, by kind."""
