"""A payment on a loan: what it meets, and what it does to interest where that follows payments."""

from . import loan_changes
from .asking import ask_again, settle
from .installment import Rows, walk
from .loan_allocation import share_out
from .loan_credits import record
from .loan_dues import REGULAR, Due, pay
from .loan_events import Event
from .loan_state import Loan, note, regular_dues
from .loan_terms import (
    AT_DUE_DAYS,
    IN_ADVANCE,
    LAST_REDUCED,
    NEXT_SKIPPED,
    NO_RECALCULATION,
    SHORTER_TERM,
    SMALLER_INSTALLMENT,
    TO_THE_DUE_DAY,
)
from .terms import INTEREST, PRINCIPAL


def follows_payments(loan: Loan) -> bool:
    """Whether interest changes with what is repaid early or late."""
    return loan.rows is not None and loan.terms.recalculation != NO_RECALCULATION and loan.terms.rate_ppm > 0


def mirror(loan: Loan, rows: Rows, day: int) -> None:
    """Let the dues ask what the rows of the schedule ask."""
    figures = walk(rows)
    for number, due in enumerate(regular_dues(loan)):
        due.start, due.due_on = rows.start[number], rows.due[number]
        principal, interest = figures.principal[number], figures.interest[number]
        if due.owed[PRINCIPAL] != principal or due.owed[INTEREST] != interest or not due.met_on:
            due.owed[PRINCIPAL], due.owed[INTEREST] = principal, interest
            due.settle(day)


def catch_up(loan: Loan, day: int) -> None:
    """Let principal past due bear interest until a day, where interest follows payments.

    With recalculation at due days it bears over the whole of the period in which the day lies, and from its start only.
    """
    if not follows_payments(loan):
        return
    rows = known_rows(loan)
    day = min(day, rows.due[-1])
    if day <= loan.through:
        return
    stop, since = day, loan.through
    if at_due_days(loan):
        current = loan_changes.row_of(rows, day)
        stop, since = rows.due[current], max(rows.start[current], loan.through)
    loan.through = stop
    late = False
    for number, due in enumerate(regular_dues(loan)):
        began = max(due.due_on, since)
        if due.due_on >= day:
            break
        if began >= stop or due.met_on:
            continue
        left = walk(rows).principal[number] - rows.paid_principal[number]
        if left > 0:
            loan_changes.shift_base(rows, began, left)
            loan_changes.shift_base(rows, stop, -left)
            late = True
    if late:
        settle(rows)
        mirror(loan, rows, day)


def payment(loan: Loan, event: Event) -> None:
    """Take a payment: dues by the terms' order, then early as the terms say; the rest is the borrower's credit."""
    terms = loan.terms
    catch_up(loan, event.day)
    rule = terms.excess[event.mode] if event.mode < len(terms.excess) else terms.excess[0]
    if not follows_payments(loan):
        taken = share_out(loan.dues, event.amount, event.day, terms.order, terms.processing, rule)
    elif terms.early == LAST_REDUCED:
        told = ClosingEarly(loan, event.day)
        taken = share_out(loan.dues, event.amount, event.day, terms.order, terms.processing, rule, told)
        told.finish()
    else:
        taken = early_after_due(loan, event, rule)
    excess = taken[0]
    record(loan, event.day, taken)
    loan.credit += excess
    if excess:
        loan.spare.append((len(loan.moves), excess))
    note(loan, event, event.amount, taken, excess)


class OnRows:
    """Tells the rows of the schedule what a payment met of them, row by row."""

    __slots__ = ("day", "due", "interest", "loan", "numbers", "principal", "rows")

    def __init__(self, loan: Loan, day: int) -> None:
        self.loan = loan
        self.rows = known_rows(loan)
        self.day = day
        self.numbers = {id(due): number for number, due in enumerate(regular_dues(loan))}
        self.due: Due | None = None
        self.principal = self.interest = 0

    def ready(self, due: Due, component: int) -> None:
        """Nothing changes before a due is met."""

    def met(self, due: Due, component: int, amount: int) -> None:
        """Keep what was met until the next due is."""
        if component not in (PRINCIPAL, INTEREST) or id(due) not in self.numbers:
            return
        if due is not self.due:
            self.tell()
            self.due = due
        if component == PRINCIPAL:
            self.principal += amount
        else:
            self.interest += amount

    def tell(self) -> None:
        """Put what was met of one due on its row."""
        if self.due is not None and (self.principal or self.interest):
            at = max(self.day, self.due.due_on) if at_due_days(self.loan) else self.day
            loan_changes.pay(self.rows, self.numbers[id(self.due)], at, self.principal, self.interest)
        self.principal = self.interest = 0

    def finish(self) -> None:
        """Tell the last one, and let the dues ask what the rows ask now."""
        self.tell()
        self.due = None
        mirror(self.loan, self.rows, self.day)


class ClosingEarly(OnRows):
    """Where an installment met in advance asks interest to the day only, and what it is spared goes to the last."""

    __slots__ = ("asked",)

    def __init__(self, loan: Loan, day: int) -> None:
        super().__init__(loan, day)
        self.asked: Due | None = None

    def ready(self, due: Due, component: int) -> None:
        """Let a due in advance ask what it asks if it is met on the day."""
        if due is self.asked or due.kind != REGULAR or component not in (PRINCIPAL, INTEREST):
            return
        self.tell()
        terms = self.loan.terms
        whole = at_due_days(self.loan) and terms.payoff_interest == TO_THE_DUE_DAY and due.start <= self.day
        asks = loan_changes.due_at(self.rows, self.numbers[id(due)], due.due_on if whole else self.day)
        due.owed[PRINCIPAL], due.owed[INTEREST] = asks
        due.met_on = 0
        self.asked = due


def early_after_due(loan: Loan, event: Event, rule: int) -> list[int]:
    """Meet what is due, repay principal with the rest, and interest that has come up by that."""
    terms = loan.terms
    dues, order = within_reach(loan, event.day)
    told = OnRows(loan, event.day)
    taken = share_out(dues, event.amount, event.day, order, terms.processing, rule, told)
    told.finish()
    if taken[0]:
        repay_early(loan, event.day, taken)
    if taken[0] and loan.principal == taken[PRINCIPAL]:
        more = share_out(loan.dues, taken[0], event.day, terms.order, terms.processing, rule, told)
        told.finish()
        taken = [more[0], *(before + now for before, now in zip(taken[1:], more[1:], strict=True))]
    return taken


def within_reach(loan: Loan, day: int) -> tuple[list[Due], tuple[int, ...]]:
    """The dues and steps that a payment meets before it repays early: what is due; where interest counts to the due day
    whatever is paid before, also the installment that runs.
    """
    order = loan.terms.order
    if not at_due_days(loan):
        return loan.dues, tuple(step for step in order if step < IN_ADVANCE)
    running = regular_dues(loan)[loan_changes.row_of(known_rows(loan), day)]
    return [due for due in loan.dues if due.due_on <= running.due_on], order


def known_rows(loan: Loan) -> Rows:
    """The rows of a loan whose interest follows payments."""
    assert loan.rows is not None
    return loan.rows


def repay_early(loan: Loan, day: int, taken: list[int]) -> None:
    """Repay principal before it is asked: it counts for the installment in whose period the day lies, and what follows
    becomes smaller, fewer, or is skipped, as the terms say.
    """
    rows = known_rows(loan)
    number = loan_changes.row_of(rows, day)
    due = regular_dues(loan)[number]
    before = walk(rows)
    amount = min(taken[0], loan.principal - taken[PRINCIPAL])
    if amount <= 0:
        return
    planned = before.principal[number] - rows.paid_principal[number]
    due.owed[PRINCIPAL] = max(due.owed[PRINCIPAL], due.paid[PRINCIPAL] + amount)
    pay(due, PRINCIPAL, amount, day)
    taken[0] -= amount
    taken[PRINCIPAL] += amount
    over = amount - planned
    asked = rows.asked[number + 1 :]
    loan_changes.pay(rows, number, max(day, rows.due[number]) if at_due_days(loan) else day, amount, 0)
    if over > 0:
        rows.asked[number + 1 :] = asked
        figures = walk(rows)
        rows.asked[number] = rows.paid_principal[number] + figures.interest[number] + figures.unmet[number]
        ask_less(loan, rows, number + 1, over)
    mirror(loan, rows, day)


def at_due_days(loan: Loan) -> bool:
    """Whether what is repaid counts from the next due day only."""
    return loan.terms.recalculation == AT_DUE_DAYS


def ask_less(loan: Loan, rows: Rows, first: int, over: int) -> None:
    """Let the installments after an early repayment be smaller, fewer, or skipped."""
    if first >= len(rows.due):
        return
    rule = loan.terms.early
    if rule == SMALLER_INSTALLMENT:
        ask_again(rows, first, walk(rows).left[first - 1])
    elif rule == NEXT_SKIPPED:
        for number in range(first, len(rows.due)):
            spared = min(over, walk(rows).principal[number])
            rows.asked[number] -= spared
            over -= spared
    else:
        assert rule == SHORTER_TERM
    settle(rows)
