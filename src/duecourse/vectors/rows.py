"""Vectors about the rows of an installment calculator: draws, payments on rows and rates, and how rows are compared."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from duecourse.kernel import loan_changes, schedule, walking
from duecourse.kernel.installment import Rows
from duecourse.vectors import loan_schedules, loan_terms
from duecourse.vectors.loan_terms import day as day_of
from duecourse.vectors.loan_terms import minor, ppm


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
    return walking.walk(found).principal[number]


def differs(where: str, told: Sequence[Sequence[Any]], published: Sequence[Sequence[Any]]) -> str:
    """Compare rows. Of parts only some are published, by their place, counted with or without parts of no length."""
    if len(told) != len(published):
        return f"{where}: {len(told)} rows, published {len(published)}"
    for at, (row, wanted) in enumerate(zip(told, published, strict=True)):
        for place, value in enumerate(wanted[:7]):
            same = row[place] == value if isinstance(value, str) else Decimal(str(row[place])) == Decimal(str(value))
            if not same:
                return f"{where}[{at}][{place}]: {row[place]}, published {value}"
        lasting = [part for part in row[7] if part[1]]
        for index, factor, interest in wanted[7]:
            if not any(part_is(parts, index, factor, interest) for parts in (row[7], lasting)):
                return f"{where}[{at}] part {index}: {row[7]}, published {factor} {interest}"
    return ""


def part_is(parts: Sequence[Sequence[Any]], index: int, factor: Any, interest: Any) -> bool:
    """Whether the part at a place is the published one."""
    if index >= len(parts):
        return False
    return bool(parts[index][1] == Decimal(str(factor)) and parts[index][2] == Decimal(str(interest)))


FIGURES: dict[str, Callable[[Mapping[str, Any], int], Any]] = {
    "emi_rows": lambda vector, after: loan_schedules.emi_rows(schedule.read(happened(vector, after))),
    "rate_factors": lambda vector, after: loan_schedules.rate_factors(vector["inputs"]),
    "fn_values": lambda vector, after: loan_schedules.fn_values(vector["inputs"]),
}
"""The figures that can be asked of the rows of a calculator."""
