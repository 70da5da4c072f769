"""Charges on a loan: on a day, in every installment, kept back from a draw; and what is waived of them."""

from . import loan_changes
from .annuity import rounded
from .loan_dues import REGULAR, Due, Part, add_part, due_of_day
from .loan_events import AT_DRAW, OF_INTEREST, OF_NOTHING, OF_PRINCIPAL, PER_INSTALLMENT, Event
from .loan_interest import catch_up, follows_payments, known_rows, mirror
from .loan_state import LATE, Charge, Loan, note, regular_dues
from .money import PPM
from .terms import INTEREST, PENALTY, PRINCIPAL


def amount_of(charge: Charge, principal: int, interest: int, rounding: int) -> int:
    """What a charge comes to on so much principal and interest.

    >>> amount_of(Charge(1, 3, PER_INSTALLMENT, 2, 0, 0, 15_000), 100_000, 3_000, 0)
    1545
    """
    if charge.basis == OF_NOTHING:
        return charge.amount
    base = principal if charge.basis != OF_INTEREST else 0
    base += interest if charge.basis != OF_PRINCIPAL else 0
    return rounded(base * charge.rate_ppm, PPM, rounding)


def charge(loan: Loan, event: Event) -> None:
    """Make a charge: into the due in whose period its due day falls, into every installment, or with the next draw."""
    made = Charge(event.seq, event.component, event.mode, event.basis, event.until, event.amount, event.rate_ppm)
    loan.charges.append(made)
    if made.mode == AT_DRAW or not loan.dues:
        return
    if made.mode == PER_INSTALLMENT:
        spread_charge(loan, made)
        return
    amount = amount_of(made, sum(draw.amount for draw in loan.draws), 0, loan.terms.rounding)
    add_part(due_of_day(loan.dues, made.due_on), Part(made.seq, made.component, made.due_on, amount, 0, 0))


def spread_charge(loan: Loan, made: Charge) -> None:
    """Put a charge of every installment into those that are not met, or make what it has there right again."""
    for due in loan.dues:
        if due.kind != REGULAR or (due.met_on and due.left == 0 and sum(due.owed)):
            continue
        amount = amount_of(made, due.owed[PRINCIPAL], due.owed[INTEREST], loan.terms.rounding)
        at = next((place for place, part in enumerate(due.parts) if part.charge == made.seq), -1)
        if at < 0:
            add_part(due, Part(made.seq, made.component, 0, amount, 0, 0))
        else:
            part = due.parts[at]
            amount = max(amount, part.paid + part.waived)
            due.owed[made.component] += amount - part.amount
            due.parts[at] = part._replace(amount=amount)


def kept_back(loan: Loan, drawn: int) -> tuple[int, int]:
    """The fees and penalties kept back from a draw; those of an amount of their own only from the first."""
    fee = penalty = 0
    for made in loan.charges:
        if made.mode == AT_DRAW and (made.basis != OF_NOTHING or not loan.draws):
            amount = amount_of(made, drawn, 0, loan.terms.rounding)
            fee += amount if made.component != PENALTY else 0
            penalty += amount if made.component == PENALTY else 0
    return fee, penalty


def place_waiting(loan: Loan) -> None:
    """After a draw: charges agreed before it, and those of every installment as it now is."""
    for made in loan.charges:
        if made.mode == PER_INSTALLMENT:
            spread_charge(loan, made)
        elif made.mode != AT_DRAW and not any(part.charge == made.seq for due in loan.dues for part in due.parts):
            amount = amount_of(made, sum(draw.amount for draw in loan.draws), 0, loan.terms.rounding)
            add_part(due_of_day(loan.dues, made.due_on), Part(made.seq, made.component, made.due_on, amount, 0, 0))


def waive(loan: Loan, event: Event) -> None:
    """Waive up to an amount of one charge, in the order of its dues; 0 waives all that is left of it."""
    rest = event.amount or left_of(loan, event.of)
    for due in loan.dues:
        rest -= waive_parts(due, event.of, rest)
        due.settle(event.day)


def waivable(loan: Loan, component: int, day: int) -> int:
    """Interest that has come due by a day and is not met; or late interest that is owed."""
    if component == PENALTY:
        return left_of(loan, LATE)
    return sum(due.left_of(INTEREST) for due in loan.dues if due.due_on <= day)


def waive_interest(loan: Loan, event: Event) -> None:
    """Waive up to an amount of the interest that has come due or of late interest, the oldest due first; 0 waives all.

    Late interest is owed to the day. Interest that was waived counts as met: no installment asks it again.
    """
    catch_up(loan, event.day)
    wanted = event.amount or waivable(loan, event.component, event.day)
    taken = [0, 0, 0, 0, 0]
    for due in loan.dues:
        if event.component == PENALTY:
            taken[PENALTY] += waive_parts(due, LATE, wanted - taken[PENALTY])
        elif due.due_on <= event.day:
            share = min(wanted - taken[INTEREST], due.left_of(INTEREST))
            due.waived[INTEREST] += share
            taken[INTEREST] += share
            if share and follows_payments(loan) and due.kind == REGULAR:
                rows = known_rows(loan)
                loan_changes.pay(rows, regular_dues(loan).index(due), event.day, 0, share)
        due.settle(event.day)
    if taken[INTEREST] and follows_payments(loan):
        mirror(loan, known_rows(loan), event.day)
    note(loan, event, sum(taken), taken)


def waive_parts(due: Due, charge: int, most: int) -> int:
    """Waive what a due has of a charge, or of late interest, up to an amount; gives how much."""
    found = 0
    for at, part in enumerate(due.parts):
        if part.charge == charge:
            share = min(most - found, part.left)
            due.parts[at] = part._replace(waived=part.waived + share)
            due.waived[part.component] += share
            found += share
    return found


def left_of(loan: Loan, charge: int) -> int:
    """What is left of a charge, or of late interest that is owed."""
    return sum(part.left for _, part in parts_of(loan, charge))


def parts_of(loan: Loan, seq: int) -> list[tuple[Due, Part]]:
    """Where a charge lies."""
    return [(due, part) for due in loan.dues for part in due.parts if part.charge == seq]
