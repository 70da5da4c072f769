"""Vectors about the rows of an installment calculator: rows with the parts of their periods, factors, values."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from duecourse.kernel import installment, loan_changes, schedule
from duecourse.kernel.annuity import rounded
from duecourse.kernel.day_count import year_part
from duecourse.kernel.days import day_number
from duecourse.kernel.installment import Rows
from duecourse.vectors import loan_terms
from duecourse.vectors.loan_terms import day as day_of
from duecourse.vectors.loan_terms import major, minor, ppm
from duecourse.vectors.printed import date

DIGITS = 12
"""Decimals of a published factor."""
YEAR = 2024
"""The year of the published factors and function values, which names no days: six periods from its first day."""
PERIODS = 6


def asks_rows(vector: Mapping[str, Any]) -> bool:
    """Whether a vector pays rows of the calculator, not a loan."""
    return any(event["type"] in ("pay_principal", "pay_interest") for event in vector["events"])


def happened(vector: Mapping[str, Any], after: int) -> Rows:
    """The rows after so many events."""
    inputs, events = vector["inputs"], vector["events"]
    terms = loan_terms.terms(inputs, events)
    opening = loan_terms.opening(inputs, events)
    found = schedule.opened(terms, opening.start, opening.first_due, opening.approved)
    for event in events[:after]:
        if event["type"] == "disburse":
            loan_changes.draw(found, day_of(event["date"]), minor(event["amount"]))
        elif event["type"] == "rate_change":
            loan_changes.change_rate(found, day_of(event["date"]), ppm(event["new_annual_rate_pct"]))
        else:
            day, number = day_of(event["date"]), found.due.index(day_of(event["installment_due"]))
            amount = paid_amount(found, number, day, event["amount"])
            to_principal = event["type"] == "pay_principal"
            loan_changes.pay(found, number, day, *((amount, 0) if to_principal else (0, amount)))
    return found


def paid_amount(found: Rows, number: int, day: int, told: Any) -> int:
    """The amount of a payment; one that is told without a figure meets the principal that the row asks on that day."""
    if not isinstance(told, str):
        return minor(told)
    if day > found.start[number]:
        return loan_changes.due_at(found, number, day)[0]
    return installment.walk(found).principal[number]


def emi_rows(vector: Mapping[str, Any], after: int) -> list[list[Any]]:
    """Rows: number, days, installment, principal, interest, what is left, and the parts with factor and interest."""
    told = schedule.read(happened(vector, after))
    found = []
    for row, parts, left in zip(told.installments, told.segments, told.left, strict=True):
        shown = []
        for part in parts:
            factor = Decimal(rounded(part.numerator * 10**DIGITS, part.denominator, 0)).scaleb(-DIGITS)
            interest = rounded(part.base * part.numerator, part.denominator, 0)
            shown.append([factor, major(interest), part.stop > part.start])
        figures = [row.principal + row.interest, row.principal, row.interest, left]
        found.append([row.number, date(row.start), date(row.due_on), *map(major, figures), shown])
    return found


def differs(where: str, told: Sequence[Sequence[Any]], published: Sequence[Sequence[Any]]) -> str:
    """Compare rows. Of parts only some are published, by their place, counted with or without parts of no length."""
    if len(told) != len(published):
        return f"{where}: {len(told)} rows, published {len(published)}"
    for at, (row, wanted) in enumerate(zip(told, published, strict=True)):
        for place, value in enumerate(wanted[:7]):
            same = Decimal(str(row[place])) == Decimal(str(value)) if place in (0, 3, 4, 5, 6) else row[place] == value
            if value is not None and not same:
                return f"{where}[{at}][{place}]: {row[place]}, published {value}"
        lasting = [part for part in row[7] if part[2]]
        for index, factor, interest in wanted[7]:
            if not any(part_is(parts, index, factor, interest) for parts in (row[7], lasting)):
                return f"{where}[{at}] part {index}: {row[7]}, published {factor} {interest}"
    return ""


def part_is(parts: Sequence[Sequence[Any]], index: int, factor: Any, interest: Any) -> bool:
    """Whether the part at a place is the published one."""
    if index >= len(parts):
        return False
    exact = Decimal(str(factor))
    return bool(
        abs(parts[index][0] - exact) <= Decimal(1).scaleb(-DIGITS) and parts[index][1] == Decimal(str(interest))
    )


def periods(vector: Mapping[str, Any]) -> tuple[Rows, list[tuple[int, int]]]:
    """Six periods from the first day of the published year, and what each bears."""
    inputs = {"n_installments": PERIODS, **vector["inputs"], "schedule_engine": "progressive"}
    found = schedule.opened(loan_terms.terms(inputs), day_number(YEAR, 1, 1))
    terms = found.terms
    borne = []
    for start, stop in zip(found.start, found.due, strict=True):
        over, under = year_part(terms.day_count, start, stop, terms.draw_day_counts)
        borne.append((terms.rate_ppm * over, 10**6 * under))
    return found, borne


def rate_factors(vector: Mapping[str, Any], after: int) -> list[list[Any]]:
    """Periods with the factor of each."""
    found, borne = periods(vector)
    factors = [Decimal(rounded(over * 10**DIGITS, under, 0)).scaleb(-DIGITS) for over, under in borne]
    return [
        [date(start), date(due), factor] for start, due, factor in zip(found.start, found.due, factors, strict=True)
    ]


def fn_values(vector: Mapping[str, Any], after: int) -> list[Decimal]:
    """Values of the installment's function, to twelve digits: f(1) = 1, f(k) = 1 + f(k - 1)(1 + r(k))."""
    _, borne = periods(vector)
    values = [Fraction(1)]
    for over, under in borne[1:]:
        values.append(1 + values[-1] * (1 + Fraction(over, under)))
    return [to_digits(value) for value in values]


def to_digits(value: Fraction) -> Decimal:
    """A value above 1 to twelve digits."""
    return Decimal(rounded(value.numerator * 10 ** (DIGITS - 1), value.denominator, 0)).scaleb(1 - DIGITS)


FIGURES: dict[str, Callable[[Mapping[str, Any], int], Any]] = {
    "emi_rows": emi_rows,
    "rate_factors": rate_factors,
    "fn_values": fn_values,
}
"""The figures that can be asked of the rows of a calculator."""
