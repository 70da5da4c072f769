"""Where interest follows payments: the rows of a schedule and the dues are kept alike, payments told to the rows."""

from typing import NamedTuple

from . import loan_changes
from .asking import last_open, left_over, settle
from .asking import principal_left as principal_left
from .installment import Rows
from .loan_changes import AsksOn
from .loan_dues import RE_AGED, REGULAR, Due
from .loan_state import Loan, regular_dues
from .loan_terms import AT_DUE_DAYS, LAST_REDUCED, NO_RECALCULATION, TO_THE_DUE_DAY
from .terms import INTEREST, PRINCIPAL
from .walking import principal_to, walk


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


def mirror(loan: Loan, rows: Rows, day: int) -> None:
    """Let the dues ask what the rows of the schedule ask."""
    figures = walk(rows)
    dues = regular_dues(loan)
    over = 0
    wanted = zip(dues, rows.start, rows.due, figures.principal, figures.interest, strict=True)
    for due, start, due_on, principal, interest in wanted:
        due.start, due.due_on = start, due_on
        owed, paid = due.owed, due.paid
        paid_principal, paid_interest = paid[PRINCIPAL], paid[INTEREST] + due.waived[INTEREST]
        if principal < paid_principal:
            over += paid_principal - principal
            principal = paid_principal
        if interest < paid_interest:
            interest = paid_interest
        if owed[PRINCIPAL] != principal or owed[INTEREST] != interest:
            owed[PRINCIPAL], owed[INTEREST] = principal, interest
            if principal > paid_principal or interest > paid_interest:
                due.met_on = 0
            else:
                due.settle(day)
        elif not due.met_on and principal == paid_principal and not due.left:
            due.met_on = day
    for due in reversed(dues) if over else ():
        less = min(over, due.left_of(PRINCIPAL))
        if less:
            # Rows that know of no payments asked less of a due than had been paid on it: the last ask less instead.
            due.owed[PRINCIPAL] -= less
            over -= less
            due.settle(day)


class Stretch(NamedTuple):
    """The days over which principal due before `day` and not paid has still to bear: from `since` to `stop`."""

    day: int
    since: int
    stop: int


def still_to_bear(loan: Loan, day: int) -> Stretch | None:
    """Over which days principal past due has still to bear interest until a day; none where none has.

    With recalculation at due days it bears over the whole of the period in which the day lies, and from its start only.
    Where the terms have late interest, principal past due bears that instead (`loan_late`).
    """
    if not follows_payments(loan) or loan.terms.late_rate_ppm:
        return None
    rows = known_rows(loan)
    day = min(day, rows.due[-1])
    if day <= loan.through:
        return None
    if not at_due_days(loan):
        return Stretch(day, loan.through, day)
    current = loan_changes.row_of(rows, day)
    return Stretch(day, max(rows.start[current], loan.through), rows.due[current])


def late_rows(loan: Loan, told: Stretch) -> list[int]:
    """The rows due before the day of a stretch that are not met, if any of it lies after their due day."""
    found = []
    for number, due in enumerate(regular_dues(loan)):
        if due.due_on >= told.day:
            break
        if not due.met_on and max(due.due_on, told.since) < told.stop:
            found.append(number)
    return found


def left_of_rows(rows: Rows, numbers: list[int]) -> int:
    """The principal of some rows, in their order, that has not been paid; rows after them are not looked at."""
    if not numbers:
        return 0
    principal, paid = principal_to(rows, numbers[-1] + 1), rows.paid_principal
    left = sum([max(principal[number] - paid[number], 0) for number in numbers])
    if numbers[-1] == last_open(rows):
        # The later ones ask nothing any more: it repays what late interest kept the others from repaying.
        left += left_over(rows, walk(rows))
    return left


def catch_up(loan: Loan, day: int) -> None:
    """Let principal past due bear interest until a day, where interest follows payments."""
    told = still_to_bear(loan, day)
    if told is None:
        return
    rows = known_rows(loan)
    late = late_rows(loan, told)
    loan.through = told.stop
    # What was due before the stretch bears all through it, and nothing in the stretch changes how much that is.
    before = [number for number in late if rows.due[number] <= told.since]
    bearing = left_of_rows(rows, before)
    if bearing:
        loan_changes.bear_late(rows, told.since, told.stop, bearing)
    changed = bearing > 0
    for number in late[len(before) :]:
        left = left_of_rows(rows, [number])
        if left:
            loan_changes.bear_late(rows, rows.due[number], told.stop, left)
            changed = True
    if changed:
        settle(rows)
        mirror(loan, rows, told.day)


def is_caught_up(loan: Loan, day: int) -> bool:
    """Whether nothing has still to bear interest until a day."""
    told = still_to_bear(loan, day)
    return told is None or not left_of_rows(known_rows(loan), late_rows(loan, told))


class OnRows:
    """Tells the rows of the schedule what a payment met of them, row by row; it counts from the day `until` there."""

    __slots__ = ("changed", "day", "due", "interest", "loan", "principal", "regular", "rows", "until")

    def __init__(self, loan: Loan, day: int, until: int) -> None:
        self.loan = loan
        self.until = until
        self.rows = known_rows(loan)
        self.day = day
        self.regular = regular_dues(loan)
        self.due: Due | None = None
        self.principal = self.interest = 0
        self.changed = False

    def ready(self, due: Due, component: int) -> None:
        """Nothing changes before a due is met."""

    def met(self, due: Due, component: int, amount: int) -> None:
        """Keep what was met until the next due is."""
        if component not in (PRINCIPAL, INTEREST) or due.kind not in (REGULAR, RE_AGED):
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
            number = self.regular.index(self.due)
            if loan_changes.pay(self.rows, number, self.until, self.principal, self.interest):
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

    __slots__ = ("asked", "asks")

    def __init__(self, loan: Loan, day: int, until: int) -> None:
        super().__init__(loan, day, until)
        self.asked: Due | None = None
        self.asks: AsksOn | None = None

    def ready(self, due: Due, component: int) -> None:
        """Let a due in advance ask what it asks if it is met on the day."""
        if due is self.asked or due.kind != REGULAR or component not in (PRINCIPAL, INTEREST):
            return
        self.tell()
        if self.asks is None:
            self.asks = AsksOn(self.rows, self.until)
        due.owed[PRINCIPAL], due.owed[INTEREST] = self.asks.of(self.regular.index(due))
        due.met_on = 0
        self.asked = due
        self.changed = True

    def finish(self) -> None:
        """Whatever is met after this is asked anew."""
        super().finish()
        self.asked = None

    def tell(self) -> None:
        """Rows that are told of a payment ask otherwise."""
        if self.principal or self.interest:
            self.asks = None
        super().tell()


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
