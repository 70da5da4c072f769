"""What is owed again, and what the borrower has to the good: chargebacks, refunds of a credit balance, its use."""

from collections.abc import Sequence

from . import loan_changes
from .loan_dues import REGULAR, due_of_credit, in_order
from .loan_events import CHARGEBACK, Event
from .loan_interest import catch_up, follows_payments, mirror, payoff_parts
from .loan_payments import meet, meet_whatever, payment
from .loan_state import Loan, Moved, note, regular_dues
from .loan_terms import NORMAL
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL


def split_back(paid: Sequence[int], before: Sequence[int], amount: int, order: Sequence[int]) -> list[int]:
    """Divide a chargeback over the components that the payment had met, less what earlier ones put back.

    What is not found there is principal.

    >>> split_back([0, 11_800, 0, 400, 300], [0] * 5, 5_000, (PENALTY, FEE, PRINCIPAL, INTEREST))
    [0, 4300, 0, 400, 300]
    """
    found = [0, 0, 0, 0, 0]
    left = amount
    for component in order:
        share = min(left, max(paid[component] - before[component], 0))
        found[component] = share
        left -= share
    found[PRINCIPAL] += left
    return found


def chargeback(loan: Loan, event: Event) -> None:
    """Owe again what a payment had met, as its chargeback says; a credit balance meets it first."""
    order = loan.terms.credit_order
    found = [0, event.amount, 0, 0, 0]
    if order:
        paid, before = [0] * 5, [0] * 5
        again = {each.seq for each in loan.log if each.kind == CHARGEBACK and each.of == event.of}
        for moved in loan.moves:
            if moved.seq == event.of:
                paid = [0, moved.principal, moved.interest, moved.fee, moved.penalty]
            elif moved.kind == CHARGEBACK and moved.seq in again:
                before = [a + b for a, b in zip(before, (0, *moved[5:9]), strict=True)]
        found = split_back(paid, before, event.amount, order)
    used = min(loan.credit, event.amount) if len(order) < 2 else 0
    owe_again(loan, event.day, found, event.amount)
    shown = found[:]
    shown[PRINCIPAL] -= used
    spend_on_dues(loan, event.day)
    note(loan, event, event.amount, shown)


def owe_again(loan: Loan, day: int, found: Sequence[int], amount: int) -> None:
    """Put amounts by component back into the due that a credit goes to."""
    due = due_of_credit(loan.dues, day)
    rows = loan.rows
    if rows is not None and due.kind == REGULAR:
        number = regular_dues(loan).index(due)
        catch_up(loan, day)
        # Where interest is as scheduled, what is owed again bears none: it comes and goes on the due day.
        bears_from = day if follows_payments(loan) else rows.due[number]
        loan_changes.put_back(rows, number, bears_from, found[PRINCIPAL], found[INTEREST])
        mirror(loan, rows, day)
    else:
        due.owed[PRINCIPAL] += found[PRINCIPAL]
        due.owed[INTEREST] += found[INTEREST]
    due.owed[FEE] += found[FEE]
    due.owed[PENALTY] += found[PENALTY]
    for component in (INTEREST, FEE, PENALTY):
        due.ahead[component] = due.own_paid(component)
        due.back[component] += found[component]
    due.credited += found[PRINCIPAL]
    due.credits.append((day, amount))
    due.settle(day)
    loan.principal += found[PRINCIPAL]
    in_order(loan.dues)


def refund(loan: Loan, event: Event) -> None:
    """Pay a credit balance out; what it does not cover is owed again as principal."""
    used = min(loan.credit, event.amount)
    take_credit(loan, used)
    rest = event.amount - used
    if rest:
        owe_again(loan, event.day, [0, rest, 0, 0, 0], rest)
    note(loan, event, event.amount, [0, rest, 0, 0, 0])


def take_credit(loan: Loan, amount: int) -> None:
    """Use up a part of the credit balance, the oldest first."""
    loan.credit -= amount
    while amount:
        move, left = loan.spare[0]
        used = min(left, amount)
        loan.spare[0] = (move, left - used)
        if left == used:
            loan.spare.pop(0)
        amount -= used


def spend_on_dues(loan: Loan, day: int) -> None:
    """Meet dues that have come up with what the borrower has to the good, on that day."""
    if loan.credit:
        take_credit(loan, loan.credit - meet(loan, day, loan.credit, NORMAL)[0])


def receive(loan: Loan, event: Event) -> None:
    """Take a payment. Where an excess stays to the good beside principal, it pays the loan off once it suffices."""
    payment(loan, event)
    if loan.credit and any(due.left for due in loan.dues) and loan.credit >= sum(payoff_parts(loan, event.day)):
        take_credit(loan, loan.credit - meet_whatever(loan, event.day, loan.credit, NORMAL)[0])


def come_due(loan: Loan, day: int) -> int:
    """What is left of all that has come due by a day."""
    found = 0
    for due in loan.dues:
        if due.due_on <= day:
            found += due.left
        else:
            found += sum(part.left for part in due.parts if part.due_on and part.due_on <= day)
    return found


def spend_when_due(loan: Loan, day: int) -> None:
    """Meet what has come due with what the borrower has to the good; the rest of that stays."""
    amount = min(loan.credit, come_due(loan, day))
    if amount:
        take_credit(loan, amount - meet(loan, day, amount, NORMAL)[0])


def spend_on_charges(loan: Loan) -> None:
    """Meet a charge that has come up with what earlier payments brought too much: each on its own day, as its part."""
    for at, left in list(loan.spare):
        moved = loan.moves[at]
        taken = meet(loan, moved.day, left, moved.mode)
        used = left - taken[0]
        if used:
            loan.credit -= used
            loan.spare = [(move, rest - used if move == at else rest) for move, rest in loan.spare]
            loan.moves[at] = with_more(moved, taken, used)
    loan.spare = [each for each in loan.spare if each[1]]


def with_more(moved: Moved, taken: Sequence[int], used: int) -> Moved:
    """A payment of which more has been used."""
    return moved._replace(
        principal=moved.principal + taken[PRINCIPAL],
        interest=moved.interest + taken[INTEREST],
        fee=moved.fee + taken[FEE],
        penalty=moved.penalty + taken[PENALTY],
        excess=moved.excess - used,
        balance=moved.balance - taken[PRINCIPAL],
    )
