"""How a told loan stands: its money, and what was a fact on the day it was booked.

Money follows from the events in the order in which they count. What was accrued, in which range a loan was put, who
owned it: these are facts of the day on which they were booked, and a later backdated event does not change them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from duecourse.kernel import delinquency, loan_accrual, loan_events
from duecourse.kernel import loan as loans
from duecourse.kernel.delinquency import Pause
from duecourse.kernel.loan_accrual import Accrual
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_state import ACTIVE, Loan, Moved
from duecourse.kernel.ownership import Owning
from duecourse.vectors import loan_terms

NOT_LATE = delinquency.Standing(0, 0, 0, 0)


class Stage(NamedTuple):
    """How things stand after so many of the told events, on the last day that has been reached.

    `gone` are the moves of what was undone, as they were before; `ranged` is how late the loan and its installments
    were when it was last put in ranges.
    """

    loan: Loan
    today: int
    accruals: tuple[Accrual, ...]
    gone: tuple[Moved, ...]
    pauses: tuple[Pause, ...]
    owners: tuple[Owning, ...]
    ranged: tuple[delinquency.Standing, tuple[delinquency.Standing, ...]]


def first_stage(vector: Mapping[str, Any]) -> Stage:
    """A loan agreed and not drawn."""
    inputs, events = vector["inputs"], vector["events"]
    terms = loan_terms.terms(inputs, events)
    opening = loan_terms.opening(inputs, events)
    start = opening.start if inputs.get("first_period_start") else None
    loan = loans.opened(terms, start, opening.first_due, opening.approved)
    return Stage(loan, opening.start, (), (), (), (), (NOT_LATE, ()))


def recorded(vector: Mapping[str, Any], stage: Stage, *events: Event) -> Stage:
    """Record events: the loan moves, and where it ends by them what it has earned is accrued at once."""
    loan = stage.loan
    stood = loan.status
    for event in events:
        loan = loans.apply(loan, event).loan
    stage = stage._replace(loan=loan)
    if events:
        stage = ranged(stage)
    if loan.status != stood and loan.draws and loan.status not in (ACTIVE,) and events:
        day = max(loan_events.counts_from(events[-1]), events[-1].until if events[-1].kind == loan_events.CHARGE else 0)
        stage = stage._replace(accruals=(*stage.accruals, *loan_accrual.at_end(loan, day, stage.accruals)))
    return stage


def ranged(stage: Stage) -> Stage:
    """Put the loan in ranges as it is late today."""
    return stage._replace(ranged=standing(stage, stage.today))


def standing(stage: Stage, day: int) -> tuple[delinquency.Standing, tuple[delinquency.Standing, ...]]:
    """How late the loan is on a day, and each installment once the loan itself is; installments have no grace."""
    terms, dues, pauses = stage.loan.terms, stage.loan.dues, stage.pauses
    if stage.loan.status != ACTIVE:
        return NOT_LATE, ()
    whole = delinquency.of_loan(dues, day, terms.grace_days, pauses, delinquency.WHOLE)
    if not whole.counted_days:
        return whole, ()
    each = [delinquency.of_due(due, day, 0, pauses, delinquency.WHOLE) for due in dues]
    return whole, tuple(one for one in each if one.since)
