"""A payment on a loan: what it meets, what it repays early, and what is left of it."""

from functools import cache

from . import loan_changes
from .asking import ask_again, ask_principal, settle
from .installment import Rows
from .loan_allocation import share_out
from .loan_dues import Due, pay
from .loan_events import Event
from .loan_interest import (
    ClosingEarly,
    OnRows,
    at_due_days,
    catch_up,
    interest_until,
    known_rows,
    mirror,
    pays_off,
    principal_left,
)
from .loan_interest import (
    follows_payments as follows_payments,
)
from .loan_state import Loan, note, regular_dues
from .loan_terms import (
    CREDIT,
    IN_ADVANCE,
    LAST_REDUCED,
    NEXT,
    NEXT_SKIPPED,
    SHORTER_TERM,
    SMALLER_INSTALLMENT,
)
from .terms import FEE, INTEREST, PENALTY, PRINCIPAL
from .walking import walk


def payment(loan: Loan, event: Event) -> None:
    """Take a payment: dues by the terms' order, then early as the terms say; the rest is the borrower's credit."""
    catch_up(loan, event.day)
    taken = meet(loan, event.day, event.amount, event.mode)
    excess = taken[0]
    loan.credit += excess
    if excess:
        loan.spare.append((len(loan.moves), excess))
    note(loan, event, event.amount, taken, excess)


def meet(loan: Loan, day: int, amount: int, mode: int) -> list[int]:
    """Meet what is owed with an amount, as a payment of that kind does: what was taken by component, the rest at 0."""
    terms = loan.terms
    rule = terms.excess[mode] if mode < len(terms.excess) else terms.excess[0]
    if not follows_payments(loan):
        taken = share_out(loan.dues, amount, day, terms.order, terms.processing, rule)
    elif terms.early == LAST_REDUCED:
        told = ClosingEarly(loan, day, interest_until(loan, day, pays_off(loan, day, amount)))
        taken = share_out(loan.dues, amount, day, terms.order, terms.processing, rule, told)
        told.finish()
        taken = meet_the_rest(loan, day, taken, rule, told)
    else:
        taken = early_after_due(loan, day, amount, rule)
    loan.principal -= taken[PRINCIPAL]
    return taken


def meet_whatever(loan: Loan, day: int, amount: int, mode: int) -> list[int]:
    """Meet what is owed with an amount that reaches installments to come whatever the terms do with an excess."""
    agreed = loan.terms
    more = [IN_ADVANCE + one for one in (PENALTY, FEE, INTEREST, PRINCIPAL) if IN_ADVANCE + one not in agreed.order]
    loan.terms = agreed._replace(order=(*agreed.order, *more), excess=(NEXT, NEXT, NEXT, NEXT))
    try:
        return meet(loan, day, amount, mode)
    finally:
        loan.terms = agreed


def early_after_due(loan: Loan, day: int, amount: int, rule: int) -> list[int]:
    """Meet what is due, repay principal with the rest, and interest that has come up by that."""
    terms = loan.terms
    dues, order = within_reach(loan, day)
    until = interest_until(loan, day, pays_off(loan, day, amount))
    told = OnRows(loan, day, until)
    taken = share_out(dues, amount, day, order, terms.processing, rule, told)
    told.finish()
    if taken[0] and rule != CREDIT and IN_ADVANCE + PRINCIPAL in terms.order:
        repay_early(loan, day, until, taken)
    return meet_the_rest(loan, day, taken, rule, told)


def meet_the_rest(loan: Loan, day: int, taken: list[int], rule: int, told: OnRows) -> list[int]:
    """Meet, once no principal is left, the interest that only then is asked; what was taken in all."""
    if not taken[0] or principal_left(told.rows):
        return taken
    more = share_out(loan.dues, taken[0], day, loan.terms.order, loan.terms.processing, rule, told)
    told.finish()
    return [more[0], *(before + now for before, now in zip(taken[1:], more[1:], strict=True))]


def within_reach(loan: Loan, day: int) -> tuple[list[Due], tuple[int, ...]]:
    """The dues and steps that a payment meets before it repays early: what is due; where interest counts to the due day
    whatever is paid before, also the installment that runs.
    """
    order = loan.terms.order
    if not at_due_days(loan):
        return loan.dues, not_in_advance(order)
    running = regular_dues(loan)[loan_changes.row_of(known_rows(loan), day)]
    return [due for due in loan.dues if due.due_on <= running.due_on], order


@cache
def not_in_advance(order: tuple[int, ...]) -> tuple[int, ...]:
    """The steps of an order that meet what is past due or due."""
    return tuple(step for step in order if step < IN_ADVANCE)


def repay_early(loan: Loan, day: int, until: int, taken: list[int]) -> None:
    """Repay principal before it is asked: it counts for the installment in whose period the day lies, and what follows
    becomes smaller, fewer, or is skipped, as the terms say.
    """
    rows = known_rows(loan)
    number = loan_changes.row_of(rows, day)
    due = regular_dues(loan)[number]
    before = walk(rows)
    amount = min(taken[0], principal_left(rows))
    if amount == 0:
        return
    planned = before.principal[number] - rows.paid_principal[number]
    due.owed[PRINCIPAL] = max(due.owed[PRINCIPAL], due.paid[PRINCIPAL] + amount)
    pay(due, PRINCIPAL, amount, day)
    taken[0] -= amount
    taken[PRINCIPAL] += amount
    over = amount - planned
    asked = rows.asked[number + 1 :]
    loan_changes.pay(rows, number, until, amount, 0)
    if over > 0:
        rows.asked[number + 1 :] = asked
        ask_principal(rows, number, rows.paid_principal[number], walk(rows))
        ask_less(loan, rows, number + 1, over)
    mirror(loan, rows, day)


def ask_less(loan: Loan, rows: Rows, first: int, over: int) -> None:
    """Let the installments after an early repayment be smaller, fewer, or skipped.

    Where so little is left that a smaller installment rounds to nothing, the last asks all of it.
    """
    if first >= len(rows.due):
        return
    rule = loan.terms.early
    if rule == SMALLER_INSTALLMENT:
        left = loan_changes.left_before(rows, first)
        ask_again(rows, first, left)
        if not any(rows.asked[first:]):
            rows.asked[-1] = left
    elif rule == NEXT_SKIPPED:
        for number in range(first, len(rows.due)):
            spared = min(over, walk(rows).principal[number])
            rows.asked[number] -= spared
            over -= spared
    else:
        assert rule == SHORTER_TERM
    settle(rows)
