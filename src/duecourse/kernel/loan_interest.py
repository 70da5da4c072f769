"""Where interest follows payments: the rows of a schedule and the dues are kept alike, payments told to the rows."""

from . import loan_changes
from .asking import settle
from .installment import Rows, walk
from .loan_dues import REGULAR, Due
from .loan_state import Loan, regular_dues
from .loan_terms import AT_DUE_DAYS, LAST_REDUCED, NO_RECALCULATION, TO_THE_DUE_DAY
from .terms import INTEREST, PRINCIPAL


def follows_payments(loan: Loan) -> bool:
    """Whether interest changes with what is repaid early or late."""
    return loan.rows is not None and loan.terms.recalculation != NO_RECALCULATION and loan.terms.rate_ppm > 0


def known_rows(loan: Loan) -> Rows:
    """The rows of a loan whose interest follows payments."""
    assert loan.rows is not None
    return loan.rows


def at_due_days(loan: Loan) -> bool:
    """Whether what is repaid counts from the next due day only."""
    return loan.terms.recalculation == AT_DUE_DAYS


def interest_until(loan: Loan, day: int, pays_off: bool) -> int:
    """Until when interest counts that a payment in advance meets: its day, or the due day that comes.

    The due day where payments count from due days anyway; where installments close early, or interest is counted daily,
    only as the terms say, and daily only for a payment that pays off.
    """
    terms = loan.terms
    asked = terms.payoff_interest == TO_THE_DUE_DAY
    by_due_days = at_due_days(loan) and (asked or terms.early != LAST_REDUCED)
    if not by_due_days and not (asked and pays_off):
        return day
    rows = known_rows(loan)
    return max(rows.due[loan_changes.row_of(rows, day)], day)


def principal_left(rows: Rows) -> int:
    """The principal of a schedule that has not been repaid."""
    return rows.drawn[0] + sum(rows.put_back_principal) - sum(rows.paid_principal)


def mirror(loan: Loan, rows: Rows, day: int) -> None:
    """Let the dues ask what the rows of the schedule ask."""
    figures = walk(rows)
    dues = regular_dues(loan)
    over = 0
    wanted = zip(dues, rows.start, rows.due, figures.principal, figures.interest, strict=True)
    for due, start, due_on, principal, interest in wanted:
        due.start, due.due_on = start, due_on
        if principal < due.paid[PRINCIPAL]:
            over += due.paid[PRINCIPAL] - principal
            principal = due.paid[PRINCIPAL]
        if interest < due.paid[INTEREST]:
            interest = due.paid[INTEREST]
        owed = due.owed
        if owed[PRINCIPAL] != principal or owed[INTEREST] != interest:
            owed[PRINCIPAL], owed[INTEREST] = principal, interest
            due.settle(day)
        elif not due.met_on and not due.left:
            due.settle(day)
    for due in reversed(dues):
        less = min(over, due.left_of(PRINCIPAL))
        if less:
            # Rows that know of no payments asked less of a due than had been paid on it: the last ask less instead.
            due.owed[PRINCIPAL] -= less
            over -= less
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


class OnRows:
    """Tells the rows of the schedule what a payment met of them, row by row; it counts from the day `until` there."""

    __slots__ = ("changed", "day", "due", "interest", "loan", "numbers", "principal", "rows", "until")

    def __init__(self, loan: Loan, day: int, until: int) -> None:
        self.loan = loan
        self.until = until
        self.rows = known_rows(loan)
        self.day = day
        self.numbers = {id(due): number for number, due in enumerate(regular_dues(loan))}
        self.due: Due | None = None
        self.principal = self.interest = 0
        self.changed = False

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
            loan_changes.pay(self.rows, self.numbers[id(self.due)], self.until, self.principal, self.interest)
            self.changed = True
        self.principal = self.interest = 0

    def finish(self) -> None:
        """Tell the last one, and let the dues ask what the rows ask now."""
        self.tell()
        self.due = None
        if self.changed:
            mirror(self.loan, self.rows, self.day)


class ClosingEarly(OnRows):
    """Where an installment met in advance asks interest to the day only, and what it is spared goes to the last."""

    __slots__ = ("asked",)

    def __init__(self, loan: Loan, day: int, until: int) -> None:
        super().__init__(loan, day, until)
        self.asked: Due | None = None

    def ready(self, due: Due, component: int) -> None:
        """Let a due in advance ask what it asks if it is met on the day."""
        if due is self.asked or due.kind != REGULAR or component not in (PRINCIPAL, INTEREST):
            return
        self.tell()
        asks = loan_changes.due_at(self.rows, self.numbers[id(due)], self.until)
        due.owed[PRINCIPAL], due.owed[INTEREST] = asks
        due.met_on = 0
        self.asked = due
        self.changed = True


def pays_off(loan: Loan, day: int, amount: int) -> bool:
    """Whether an amount meets all that is owed on a day, where that makes interest count further."""
    asked = loan.terms.payoff_interest == TO_THE_DUE_DAY and not at_due_days(loan)
    return asked and amount >= sum(payoff_parts(loan, day))


def payoff_parts(loan: Loan, day: int) -> list[int]:
    """What a payment on a day has to meet to leave nothing, by component."""
    left = [0] + [sum(due.left_of(component) for due in loan.dues) for component in range(1, 5)]
    if follows_payments(loan):
        rows = known_rows(loan)
        figures = walk(rows, interest_until(loan, day, True))
        other = sum(due.left_of(INTEREST) for due in loan.dues) - sum(
            due.left_of(INTEREST) for due in regular_dues(loan)
        )
        left[INTEREST] = max(sum(figures.interest) + figures.unmet[-1] - sum(rows.paid_interest), 0) + other
    return left
