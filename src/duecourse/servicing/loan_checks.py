"""What may not be done to a loan: terms that the book does not carry, numbers out of range, acts that cannot be."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from duecourse.kernel import loan_events as events
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_state import Loan
from duecourse.kernel.loan_terms import (
    AT_DUE_DAYS,
    CREDIT,
    IN_ADVANCE,
    LAST_REDUCED,
    PAYOUT_REFUND,
    TO_THE_DAY,
    LoanTerms,
)
from duecourse.kernel.money import AMOUNT_MAX, RATE_MAX_PPM
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.ledger.journal import Refused
from duecourse.rules.read import TermsRefused

from .refusals import NoSuchAct, NotAnAmount, NotReversible

DAY_MAX = 100_000
RANGES = {
    "amount": (1, AMOUNT_MAX),
    "of": (1, 2**62),
    "mode": (0, 3),
    "component": (FEE, PENALTY),
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
    """A kind of act: the kernel's event, the fields that it needs and those that it may have."""

    event: int
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()


KINDS = {
    "draw": Kind(events.DRAW, ("amount",)),
    "payment": Kind(events.PAYMENT, ("amount",), ("mode",)),
    "charge": Kind(events.CHARGE, ("component", "amount", "until")),
    "waiver": Kind(events.WAIVER, ("of",), ("amount",)),
    "chargeback": Kind(events.CHARGEBACK, ("of", "amount")),
    "credit_refund": Kind(events.REFUND, ("amount",)),
    "interest_pause": Kind(events.PAUSE, ("until",)),
    "rate_change": Kind(events.RATE, ("rate_ppm",)),
    "reschedule": Kind(events.RESCHEDULE, ("since",), ("until", "grace", "rate_ppm", "number")),
    "re_age": Kind(events.RE_AGE, ("number", "until", "every", "unit"), ("mode",)),
    "re_amortise": Kind(events.RE_AMORTISE, ()),
    "undo": Kind(events.UNDO, ("of",)),
}
"""What may be done to a loan, by the name that its act is kept under."""


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


def terms_of(terms: LoanTerms, year_days: int, where: str) -> None:
    """Refuse terms that the kernel can reckon with and the book does not carry yet."""
    if year_days != 365:
        raise TermsRefused(f"{where}: year_days: a loan's product has 365, not {year_days}")
    if terms.late_rate_ppm:
        raise TermsRefused(f"{where}: late_rate_ppm: loans bear no late interest yet")
    if CREDIT in terms.excess:
        raise TermsRefused(f"{where}: excess: a credit balance beside principal is not carried")
    if (terms.recalculation, terms.early, terms.payoff_interest) == (AT_DUE_DAYS, LAST_REDUCED, TO_THE_DAY):
        raise TermsRefused(f"{where}: payoff_interest: what is late bears to the due day, and so must a payoff")
    if not {IN_ADVANCE + component for component in (PRINCIPAL, INTEREST, FEE, PENALTY)} <= set(terms.order):
        raise TermsRefused(f"{where}: order: every component needs its step in advance")


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


def is_payout_back(event: Event) -> bool:
    """Whether an event is the money of a draw that came back: it can be drawn again."""
    return event.kind == events.PAYMENT and event.mode == PAYOUT_REFUND


def act(account: int, loan: Loan, approved: int, event: Event) -> None:
    """Refuse an act that the loan as it stands cannot take: `loan` is what its acts up to now made it."""
    undone = {each.of for each in loan.log if each.kind == events.UNDO}
    standing = {each.seq: each for each in loan.log if each.seq not in undone and each.kind != events.UNDO}
    if event.of and event.of not in standing:
        if any(each.seq == event.of for each in loan.log):
            raise NotReversible(f"account {account}: act {event.of} was taken back, or takes one back")
        raise NoSuchAct(f"account {account} has no act {event.of}")
    if event.kind == events.DRAW:
        drawn = sum(each.amount for each in standing.values() if each.kind == events.DRAW)
        drawn -= sum(each.amount for each in standing.values() if is_payout_back(each))
        if drawn + event.amount > approved:
            raise AboveApproved(f"account {account}: {drawn} and {event.amount} are above the {approved} approved")
        if loan.dues and event.day >= loan.dues[-1].due_on:
            raise NotDrawn(f"account {account}: no installment follows this draw")
    elif not loan.draws and event.kind not in (events.CHARGE, events.UNDO):
        raise NotDrawn(f"account {account}: nothing was drawn yet")
    if event.kind == events.CHARGEBACK:
        back = sum(each.amount for each in standing.values() if each.kind == event.kind and each.of == event.of)
        paid = standing[event.of]
        if paid.kind != events.PAYMENT:
            raise NotReversible(f"account {account}: act {event.of} is no payment")
        if back + event.amount > paid.amount:
            raise AbovePaid(f"account {account}: {back} and {event.amount} are above the {paid.amount} paid")
    if event.kind == events.REFUND and event.amount > loan.credit:
        raise AbovePaid(f"account {account}: {event.amount} is above the credit balance of {loan.credit}")
    if event.kind == events.WAIVER and standing[event.of].kind != events.CHARGE:
        raise NotReversible(f"account {account}: act {event.of} is no charge")
    if event.kind == events.RE_AGE:
        if event.until <= event.day:
            raise OutOfRange(f"account {account}: re_age: the first new installment must be after the day itself")
        if any(due.left and sum(due.paid) for due in loan.dues):
            raise NotReversible(f"account {account}: an installment that is paid in part cannot be re-aged")
