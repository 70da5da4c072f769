"""Where one account stands: its figures, its open dues, and what follows from them on a day."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from duecourse.kernel import ageing, loan_row
from duecourse.kernel.account import ASKED, WIDTH, Account, available, due_left, owed_total, principal_total
from duecourse.kernel.accrual import grow
from duecourse.kernel.terms import FEE, INTEREST, PENALTY, PRINCIPAL
from duecourse.rules.read import age_rules, day_number, to_date

from . import agreed
from .purchases import is_line_suspended


class OpenDue(NamedTuple):
    """A due that is not met: its day, what was asked, what is left by component, of its charges and in all."""

    due_on: date
    asked: int
    principal: int
    interest: int
    fee: int
    penalty: int
    charges: int
    left: int
    is_missed: bool


class NextDue(NamedTuple):
    """What is to be paid next: what is left of the dues until that day, the day, what is past due in it."""

    amount: int
    due_on: date
    past_due: int
    is_late: bool


class Standing(NamedTuple):
    """Where an account stands after its last closed day and what was booked since."""

    days_past_due: int
    bucket: int
    stage: int
    risk_class: int
    past_due: int
    missed: int
    suspended: bool
    nonaccrual: bool
    limit: int
    used: int
    available: int
    accrued_interest: int
    accrued_penalty: int


def figures_of(account: Account) -> dict[str, int]:
    """The figures of an account that its postings make up."""
    return {
        "owed": owed_total(account),
        "principal": principal_total(account.principal),
        "interest": account.owed.interest,
        "fee": account.owed.fee,
        "penalty": account.owed.penalty,
        "credit": account.credit,
        "suspended": account.suspended,
        "charged_off": account.beside.charged_off,
    }


def standing(account: Account, dues: list[int], told: agreed.Agreed | agreed.LoanAgreed, closed: date) -> Standing:
    """What follows from an account's row and the last closed day."""
    day = day_number(closed)
    if isinstance(told, agreed.LoanAgreed):
        return loan_standing(account, dues, told, closed)
    count = len(dues) // WIDTH
    grown = grow(account, dues, 0, count, told.terms, max(day, account.day))
    late = ageing.days_past_due(ageing.oldest_due(dues, 0, count), day, told.terms.first_day)
    rules = age_rules(told.product.place, closed)
    missed = [due for due in open_dues(dues, told, closed) if due.is_missed]
    return Standing(
        late,
        ageing.bucket(late),
        ageing.stage(late, rules),
        ageing.risk_class(late, rules),
        sum(due.left for due in missed),
        len(missed),
        is_line_suspended(account, dues, told, day),
        account.nonaccrual == 1,
        account.limit,
        principal_total(account.principal),
        available(account),
        grown.accrued.interest,
        grown.accrued.penalty,
    )


def loan_standing(account: Account, dues: list[int], told: agreed.LoanAgreed, closed: date) -> Standing:
    """The same for a loan; what may still be drawn is what was approved less what was drawn, nothing once it ended."""
    rules = age_rules(told.product.place, closed)
    late, bucket, stage, risk_class, accrued, penalty, past_due, missed = loan_row.standing(
        account, dues, day_number(closed), told.terms.first_day, rules
    )
    used = principal_total(account.principal)
    return Standing(
        late, bucket, stage, risk_class, past_due, missed, False, account.nonaccrual == 1, account.limit, used,
        account.limit - account.statement_left, accrued, penalty,
    )  # fmt: skip


def open_dues(dues: list[int], told: agreed.Agreed | agreed.LoanAgreed, closed: date) -> list[OpenDue]:
    """The open dues, oldest first."""
    day = day_number(closed) + told.terms.first_day
    return [
        OpenDue(
            due_on=to_date(dues[at]),
            asked=dues[at + ASKED],
            principal=dues[at + PRINCIPAL],
            interest=dues[at + INTEREST],
            fee=dues[at + FEE],
            penalty=dues[at + PENALTY],
            charges=dues[at + INTEREST] + dues[at + FEE] + dues[at + PENALTY],
            left=due_left(dues, at),
            is_missed=dues[at] < day,
        )
        for at in range(0, len(dues), WIDTH)
    ]


def next_due(dues: Sequence[OpenDue]) -> NextDue | None:
    """What is to be paid by the next due day, what is past due with it; None where nothing billed is unmet.

    Dues of later days (the parts of a plan) are not in it.
    """
    if not dues:
        return None
    day = min((due.due_on for due in dues if not due.is_missed), default=dues[-1].due_on)
    by_then = [due for due in dues if due.due_on <= day]
    return NextDue(
        sum(due.left for due in by_then), day, sum(due.left for due in by_then if due.is_missed), by_then[-1].is_missed
    )
