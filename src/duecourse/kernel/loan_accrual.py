"""Income of a loan between payments: what has been earned through a day, less what was accrued before.

An accrual is a fact of the day on which it is booked: what was accrued stays, and the next one makes up the difference.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .annuity import rounded
from .loan_dues import Due
from .loan_state import Loan
from .terms import FEE, INTEREST, PENALTY


class Accrual(NamedTuple):
    """Income accrued on a day, by component."""

    day: int
    interest: int
    fee: int
    penalty: int


def earned_by_due(due: Due, day: int, rounding: int) -> tuple[int, int, int]:
    """Interest, fees and penalties of one due that are earned through a day: interest by days of its period, a charge
    from the day it is made. What a chargeback put back was earned before.

    >>> earned_by_due(Due(0, 0, 31, 100_000, 1_019), 5, 0)
    (164, 0, 0)
    """
    interest = due.owed[INTEREST]
    if due.due_on > day:
        length = due.due_on - due.start
        interest = rounded(interest * max(day - due.start, 0), length, rounding) if length else 0
    charged = {FEE: 0, PENALTY: 0}
    for part in due.parts:
        charged[part.component] += part.amount - part.waived
    return interest, charged[FEE], charged[PENALTY]


def totals(accruals: Sequence[Accrual]) -> tuple[int, int, int]:
    """All that was accrued, by component."""
    return (
        sum(each.interest for each in accruals),
        sum(each.fee for each in accruals),
        sum(each.penalty for each in accruals),
    )


def through(loan: Loan, day: int, before: Sequence[Accrual]) -> list[Accrual]:
    """What is to be accrued when a day is closed: for each due on its own day, for the running period on that day.

    A loan charged off, met or overpaid accrues nothing.
    """
    if loan.charged_off_on or not any(due.left for due in loan.dues):
        return []
    found = []
    rest = list(totals(before))
    for due in loan.dues:
        if due.start > day or (due.start == day and not due.parts):
            continue
        made = []
        for place, earned in enumerate(earned_by_due(due, day, loan.terms.rounding)):
            known = min(rest[place], earned)
            rest[place] -= known
            made.append(earned - known)
        if any(made):
            found.append(Accrual(min(due.due_on, day), *made))
    return found


def at_end(loan: Loan, day: int, before: Sequence[Accrual]) -> list[Accrual]:
    """What is to be accrued at once when a loan ends on a day: all it has charged and not accrued yet."""
    charged = [0, 0, 0]
    for due in loan.dues:
        for place, earned in enumerate(earned_by_due(due, max(day, due.due_on), loan.terms.rounding)):
            charged[place] += earned
    made = [all_of - known for all_of, known in zip(charged, totals(before), strict=True)]
    return [Accrual(day, *made)] if any(made) else []
