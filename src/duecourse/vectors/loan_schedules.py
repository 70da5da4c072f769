"""The answers of vectors that ask for a schedule alone: installments, rate factors, due days, odd first periods."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from duecourse.kernel import loan_changes, schedule
from duecourse.kernel.annuity import rounded
from duecourse.kernel.days import civil
from duecourse.kernel.installment import bears
from duecourse.kernel.loan_terms import HALF_EVEN, LoanTerms
from duecourse.kernel.schedule import Plan, Segment
from duecourse.vectors import loan_terms as read

DIGITS = 12
"""Significant digits to which the source prints factors."""
SOURCE_START, SOURCE_PERIODS = "2024-01-01", 6
"""Where vectors of the calculator's functions name no dates: its tests begin there and take so many periods."""
MODES = {"anniversary": 0, "start_of_next_month": 1, "end_of_current_month": 31}
"""The due day of the month that a mode means; an anniversary keeps the first due day's own."""


def printed(day: int) -> str:
    """A day as the vectors print it.

    >>> printed(19_754)
    '2024-02-01'
    """
    at = civil(day)
    return f"{at.year:04}-{at.month:02}-{at.day:02}"


def factor(numerator: int, denominator: int) -> Decimal:
    """A fraction to the source's digits after the point."""
    return (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1).scaleb(-DIGITS), ROUND_HALF_EVEN)


def part(number: int, segment: Segment) -> list[Any]:
    """One part of a period: its place, its rate factor, its interest rounded by itself."""
    interest = rounded(segment.base * segment.numerator, segment.denominator, HALF_EVEN)
    return [number, factor(segment.numerator, segment.denominator), read.major(interest)]


def emi_rows(plan: Plan) -> list[list[Any]]:
    """Installments as the progressive calculator prints them, with all parts of each period."""
    return [
        [
            row.number,
            printed(row.start),
            printed(row.due_on),
            read.major(row.principal + row.interest),
            read.major(row.principal),
            read.major(row.interest),
            read.major(left),
            [part(number, segment) for number, segment in enumerate(segments)],
        ]
        for row, segments, left in zip(plan.installments, plan.segments, plan.left, strict=True)
    ]


def calculator(inputs: Mapping[str, Any]) -> tuple[LoanTerms, list[tuple[int, int, int, int]]]:
    """The terms of a vector about the calculator's functions, and its periods (start, due, numerator, denominator)."""
    periods = inputs.get("n_installments", SOURCE_PERIODS)
    terms = read.terms({"schedule_engine": "progressive", "n_installments": periods, **inputs})
    rows = schedule.opened(terms, read.day(inputs.get("first_period_start", SOURCE_START)))
    dated = enumerate(zip(rows.start, rows.due, strict=True))
    return terms, [(start, due, *bears(rows, number, start, due)) for number, (start, due) in dated]


def rate_factors(inputs: Mapping[str, Any]) -> list[list[Any]]:
    """The rate factor of each period."""
    return [[printed(start), printed(due), factor(over, under)] for start, due, over, under in calculator(inputs)[1]]


def fn_values(inputs: Mapping[str, Any]) -> list[Decimal]:
    """The values of the annuity's function as the source has them: every step cut to its significant digits."""
    context = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
    values = [Decimal(1)]
    for _, _, over, under in calculator(inputs)[1][1:]:
        grown = context.multiply(values[-1], context.add(Decimal(1), factor(over, under)))
        values.append(context.add(Decimal(1), grown))
    return values


def due_dates(inputs: Mapping[str, Any]) -> dict[str, list[str]]:
    """The first two and the last due day of each mode, from the day on which repayment starts."""
    anchor = read.day(inputs["repayment_start"]["anniversary"])
    terms = read.terms(inputs)
    found = {}
    for mode, due_day in MODES.items():
        agreed = terms._replace(due_day=due_day)
        days = schedule.due_days(agreed, anchor - 1, None if due_day else anchor)
        found[mode] = [printed(days[0]), printed(days[1]), "...", printed(days[-1])]
    return found


def broken_period(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The interest of an odd first period, where it goes, and what is paid out."""
    opening = read.opening(inputs)
    terms = read.terms(inputs)
    plan = schedule.plan(terms, [(opening.start, opening.principal)], (), None, opening.first_due)
    rows = schedule.opened(terms, opening.start, opening.first_due)
    odd = loan_changes.odd_interest(rows, opening.principal)
    return {
        "broken_period_interest": read.major(odd),
        "interest_by_installment": [read.major(plan.installments[0].interest)],
        "net_disbursed": read.major(opening.principal - plan.up_front),
    }
