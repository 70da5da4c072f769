"""Vectors of a ledger with rows by demand: single figures of loans and credit lines, and what its journal writes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from duecourse.kernel import delinquency, loan_events, schedule
from duecourse.kernel import loan as loans
from duecourse.kernel.annuity import rounded
from duecourse.kernel.days import day_number
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_state import Loan
from duecourse.kernel.loan_terms import HALF_UP
from duecourse.kernel.money import PPM
from duecourse.kernel.terms import INTEREST, PRINCIPAL
from duecourse.vectors import loan_schedules, loan_terms
from duecourse.vectors.loan_terms import day as day_of
from duecourse.vectors.loan_terms import major, minor, ppm

Vector = Mapping[str, Any]
SOME_DAY = day_number(2024, 1, 1)
"""A first day for loans that name none; their figures do not depend on it."""
YEAR = 365


def drawn(vector: Vector, through: int | None = None) -> Loan:
    """A loan drawn on its day and paid as told, up to a day."""
    inputs = vector["inputs"]
    terms = loan_terms.terms(inputs, vector["events"])
    opening = loan_terms.opening(inputs)
    start = opening.start or SOME_DAY
    if terms.installments == 0:
        terms = terms._replace(installments=schedule.enough(terms, opening.principal, start, opening.first_due))
    loan = loans.replay(
        terms, [Event(1, loan_events.DRAW, start, amount=opening.principal)], None, opening.first_due, opening.approved
    )
    for seq, told in enumerate(vector["events"], 2):
        if told["type"] != "repayment":
            continue
        first = loan.dues[0].due_on
        day = day_of(told["date"]) if "date" in told else first + told["days_after_first_due"]
        if through is None or day <= through:
            loan = loans.apply(loan, Event(seq, loan_events.PAYMENT, day, amount=minor(told["amount"]))).loan
    return loan


def dpd_by_date(vector: Vector, asked: Any) -> dict[str, int]:
    """Days past due at the end of each day that is asked for."""
    found = {}
    for text in asked:
        day = day_of(text)
        loan = drawn(vector, day)
        late = delinquency.of_loan(loan.dues, day, loan.terms.grace_days, first_day=loan.terms.first_day)
        found[text] = late.past_due_days
    return found


def first_paid(component: int) -> Callable[[Vector, Any], Decimal]:
    """What the payment met of the first installment."""
    return lambda vector, _: major(drawn(vector).dues[0].paid[component])


def installment_due(vector: Vector, _: Any) -> Decimal:
    """What the first installment asks."""
    return major(sum(drawn(vector).dues[0].owed))


def excess(vector: Vector, _: Any) -> Decimal:
    """What a payment brought above the installment that was due."""
    paid = sum(minor(told["amount"]) for told in vector["events"] if told["type"] == "repayment")
    return major(paid - sum(drawn(vector).dues[0].paid))


def totals(vector: Vector, _: Any) -> dict[str, Decimal]:
    """The sums of the schedule."""
    dues = drawn(vector).dues
    interest = sum(due.owed[INTEREST] for due in dues)
    principal = sum(due.owed[PRINCIPAL] for due in dues)
    return {"principal": major(principal), "interest": major(interest), "due": major(principal + interest)}


def line(vector: Vector) -> tuple[int, int]:
    """What is used of a credit line, and what is left of it."""
    used = sum(minor(told["amount"]) for told in vector["events"] if told["type"] == "draw")
    return used, minor(vector["inputs"]["credit_limit"]) - used


def interest_days(vector: Vector, _: Any) -> int:
    """The days of interest of a loan on demand: the draw day and the last day of the accrual both count."""
    days = {told["type"]: day_of(told["date"]) for told in vector["events"]}
    return int(days["accrue_to"] - days["disburse"] + 1)


def accrued(vector: Vector) -> int:
    """The interest of a loan on demand, rounded half up."""
    inputs = vector["inputs"]
    over = minor(inputs["principal"]) * ppm(inputs["annual_rate_pct"]) * interest_days(vector, None)
    return rounded(over, PPM * inputs.get("days_in_year", YEAR), HALF_UP)


def penalty_days(vector: Vector, _: Any) -> int:
    """The days of penalty: those between the accrual's last day and the payment, without the days of grace."""
    days = {told["type"]: day_of(told["date"]) for told in vector["events"]}
    return int(max(days["repayment"] - days["accrue_to"] - vector["inputs"].get("grace_days", 0), 0))


def penalty(vector: Vector, _: Any) -> Decimal:
    """The penalty on the interest that is past due, in whole units."""
    inputs = vector["inputs"]
    over = accrued(vector) * ppm(inputs["penalty_annual_rate_pct"]) * penalty_days(vector, None)
    return major(rounded(over, PPM * inputs.get("days_in_year", YEAR) * 100, HALF_UP) * 100)


def status(vector: Vector, _: Any) -> str:
    """How a loan stands that was written off."""
    told = {event["type"] for event in vector["events"]}
    return "written off" if "write_off" in told else "active"


def ledger_lines(vector: Vector, _: Any) -> list[dict[str, Any]]:
    """The journal's lines for money got back after a write-off."""
    got = sum(minor(told["amount"]) for told in vector["events"] if told["type"] == "write_off_recovery")
    return [
        {"account": "payment", "debit": major(got), "credit": major(0)},
        {"account": "write_off_recovery", "debit": major(0), "credit": major(got)},
    ]


FIGURES: dict[str, Callable[[Vector, Any], Any]] = {
    "dpd_by_date": dpd_by_date,
    "paid_interest": first_paid(INTEREST),
    "paid_principal": first_paid(PRINCIPAL),
    "installment": installment_due,
    "excess": excess,
    "n_installments": lambda vector, _: len(drawn(vector).dues),
    "totals": totals,
    "utilised": lambda vector, _: major(line(vector)[0]),
    "available": lambda vector, _: major(line(vector)[1]),
    "interest_days": interest_days,
    "accrued_interest": lambda vector, _: major(accrued(vector)),
    "penalty_days": penalty_days,
    "penalty": penalty,
    "due_dates": lambda vector, _: loan_schedules.due_dates(vector["inputs"]),
    "broken_period_interest": lambda vector, _: loan_schedules.broken_period(vector["inputs"])[
        "broken_period_interest"
    ],
    "interest_by_installment": lambda vector, _: loan_schedules.broken_period(vector["inputs"])[
        "interest_by_installment"
    ],
    "net_disbursed": lambda vector, _: loan_schedules.broken_period(vector["inputs"])["net_disbursed"],
    "status": status,
    "ledger_lines": ledger_lines,
}
"""The figures that can be asked."""
