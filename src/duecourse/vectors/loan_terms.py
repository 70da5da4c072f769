"""A vector's inputs as the terms of a loan and the facts of its opening.

Three sources print servicing vectors, each with conventions of its own: a cumulative schedule generator, a progressive
installment calculator, and a ledger with rows by demand. Which is meant, the inputs say (`schedule_engine`, or
none). Their conventions are terms here like any lender's.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from duecourse.kernel import loan_terms as said
from duecourse.kernel import terms as components
from duecourse.kernel.loan_terms import PLAIN_LOAN, LoanTerms
from duecourse.vectors.run import NotAnswered

DECIMALS = 2
UNITS = {"days": said.DAYS, "weeks": said.WEEKS, "half_months": said.HALF_MONTHS, "months": said.MONTHS}
MONTH_ENDS = {"last_day_of_month": said.CLAMP, "first_day_of_next_month": said.ROLL}
ROUNDINGS = {"half_even": said.HALF_EVEN, "half_up": said.HALF_UP, "down": said.DOWN}
FORMS = {
    "equal_installments": said.EQUAL_INSTALLMENT,
    "equal_principal_payments": said.EQUAL_PRINCIPAL,
}
COMPONENTS = {
    "principal": components.PRINCIPAL,
    "interest": components.INTEREST,
    "fee": components.FEE,
    "penalty": components.PENALTY,
}
CLASSES = {"past_due": said.PAST_DUE, "due": said.DUE, "in_advance": said.IN_ADVANCE}
EXCESS = {"next_installment": said.NEXT, "last_installment": said.LAST, "reamortization": said.RE_AMORTISED,
          "next_last_installment": said.NEXT_LAST}  # fmt: skip
EARLY = {
    "reduce_emi_amount": said.SMALLER_INSTALLMENT,
    "reduce_number_of_installments": said.SHORTER_TERM,
    "reschedule_next_repayments": said.NEXT_SKIPPED,
    "adjust_last_unpaid": said.LAST_REDUCED,
}
RECALCULATION = {"daily": said.DAILY, "same_as_repayment": said.AT_DUE_DAYS}
PAYOFF = {"till_preclose": said.TO_THE_DAY, "till_rest_frequency": said.TO_THE_DUE_DAY}
PROCESSING = {"vertical": said.COMPONENT_FIRST, "horizontal": said.OLDEST_FIRST}
CHARGE_OFF = {"regular": said.REGULAR, "accelerate_maturity": said.ACCELERATED, "zero_interest": said.NO_MORE_INTEREST}
BROKEN = {"add_to_first_installment": said.IN_FIRST, "spread": said.SPREAD, "upfront_deduction": said.UP_FRONT}
KINDS = ("default", "merchant_issued_refund", "goodwill_credit", "payout_refund")
CLASSES_OF_THREE = 12


class Opening(NamedTuple):
    """What is known when a loan is opened: days as day numbers, amounts in minor units; first_due only where chosen."""

    start: int
    first_due: int | None
    principal: int
    approved: int


def minor(amount: Any) -> int:
    """An amount in minor units; one that has parts of them is refused."""
    exact = Decimal(str(amount)).scaleb(DECIMALS)
    if exact != exact.to_integral_value():
        raise NotAnswered(f"amount: {amount} has parts of a minor unit")
    return int(exact)


def major(amount_minor: int) -> Decimal:
    """An amount as the vectors print it."""
    return Decimal(amount_minor).scaleb(-DECIMALS)


def day(text: str) -> int:
    """A day number from a printed date."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def ppm(percent: Any) -> int:
    """A yearly rate in parts per million; one that has parts of a millionth is refused."""
    exact = Decimal(str(percent)) * 10_000
    if exact != exact.to_integral_value():
        raise NotAnswered(f"annual_rate_pct: {percent} has parts of a millionth")
    return int(exact)


def one_of(words: Mapping[Any, int], inputs: Mapping[str, Any], field: str, otherwise: int) -> int:
    """What a word of the inputs means; the field's usual meaning where it is missing."""
    if inputs.get(field) is None:
        return otherwise
    if inputs[field] not in words:
        raise NotAnswered(f"{field}: {inputs[field]!r} is none of {', '.join(map(str, words))}")
    return words[inputs[field]]


def day_count(inputs: Mapping[str, Any], year: Any) -> int:
    """The day count of a length of month and a length of year."""
    month = inputs.get("days_in_month", "actual")
    known = {
        (30, 360): said.THIRTY_360,
        (30, 365): said.THIRTY_365,
        ("actual", 360): said.ACTUAL_360,
        ("actual", 364): said.ACTUAL_364,
        ("actual", 365): said.ACTUAL_365,
        ("actual", "actual"): said.ACTUAL_ACTUAL,
    }
    meant = ("actual" if month == "n/a" else month, year)
    if meant not in known:
        raise NotAnswered(f"days_in_month, days_in_year: {month} and {year} are no day count here")
    return known[meant]


def order(inputs: Mapping[str, Any]) -> tuple[int, ...]:
    """The steps of allocation: four components mean the same order in every class."""
    named = inputs.get("allocation_order")
    if not named:
        return PLAIN_LOAN.order
    steps = []
    for step in named:
        for prefix, cls in CLASSES.items():
            if step.startswith(prefix + "_"):
                steps.append(cls + COMPONENTS[step.removeprefix(prefix + "_")])
                break
        else:
            steps.append(COMPONENTS[step])
    if all(step < said.DUE for step in steps) and len(steps) < CLASSES_OF_THREE:
        return tuple(cls + step for cls in CLASSES.values() for step in steps)
    return tuple(steps)


def terms(inputs: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> LoanTerms:
    """The terms that a vector's inputs state."""
    every, unit = inputs.get("repay_every", [1, "months"])
    rules = inputs.get("future_installment_rule") or {}
    usual = rules.get("default", "next_installment")
    normal, merchant, goodwill, payout = (EXCESS[rules.get(kind, usual)] for kind in KINDS)
    common = PLAIN_LOAN._replace(
        form=one_of(FORMS, inputs, "amortization", said.EQUAL_INSTALLMENT),
        installments=inputs.get("n_installments", 0),
        unit=UNITS[unit],
        every=every,
        month_end=one_of(MONTH_ENDS, inputs, "month_end", said.CLAMP),
        rate_ppm=ppm(inputs.get("annual_rate_pct", 0)),
        interest_on=said.ORIGINAL if inputs.get("interest_type") == "flat" else said.DECLINING,
        rounding=one_of(ROUNDINGS, inputs, "rounding", said.HALF_EVEN),
        multiple_minor=minor(inputs.get("installment_multiple") or 0) or 1,
        multiple_rounding=said.NEAREST,
        grace_principal=inputs.get("grace_principal") or 0,
        # Both are asked later in the published tables, with the first installment after them.
        grace_interest=max(inputs.get("grace_interest") or 0, inputs.get("interest_free_periods") or 0),
        down_payment_ppm=ppm(inputs.get("down_payment_pct") or 0),
        installment_minor=minor(inputs.get("fixed_installment") or 0),
        recalculation=recalculation(inputs),
        payoff_interest=one_of(PAYOFF, inputs, "preclosure_interest", said.TO_THE_DAY),
        early=one_of(EARLY, inputs, "advance_payment_adjustment", said.LAST_REDUCED),
        order=order(inputs),
        processing=one_of(PROCESSING, inputs, "allocation_processing", said.OLDEST_FIRST),
        excess=(normal, merchant, goodwill, payout),
        credit_order=tuple(COMPONENTS[name] for name in inputs.get("chargeback_credit_allocation") or ("principal",)),
        charge_off=one_of(CHARGE_OFF, inputs, "charge_off_behaviour", said.REGULAR),
        late_rate_ppm=ppm(inputs.get("penalty_annual_rate_pct") or 0),
        late_grace_days=inputs.get("grace_days") or 0,
        grace_days=inputs.get("arrears_grace_days") or 0,
    )
    engines = {"progressive": progressive, "cumulative": cumulative, None: by_demand}
    engine = inputs.get("schedule_engine")
    if engine not in engines:
        raise NotAnswered(f"schedule_engine: {engine!r} is none of progressive, cumulative")
    return engines[engine](common, inputs, events)


def recalculation(inputs: Mapping[str, Any]) -> int:
    """When interest is counted anew after an early or late payment."""
    if inputs.get("interest_recalculation") is False:
        return said.NO_RECALCULATION
    return one_of(RECALCULATION, inputs, "recalc_rest_frequency", said.DAILY)


def progressive(common: LoanTerms, inputs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> LoanTerms:
    """Installments from each period's own interest, left-overs evened out; a day bears the night before it."""
    count = day_count(inputs, inputs.get("days_in_year", "actual"))
    same = inputs.get("interest_calc_period") == "same_as_repayment_period"
    alike = same or count in (said.THIRTY_360, said.THIRTY_365)
    return common._replace(
        day_count=count,
        interest_by=said.BY_PERIODS if alike else said.BY_DAYS,
        draw_day_counts=0,
        whole_moved=1,
        # The calculator's own tests, which alone state its digits, print each part of a period rounded.
        parts_rounded=int("math_context_digits" in inputs),
        first_period=said.LEVELLED,
        deferred=said.WITHIN,
        installment_from=said.PERIOD_FACTORS,
        left_over=said.EVENED,
        partial_period=int(not same or inputs.get("partial_period_interest") is not False),
    )


def cumulative(common: LoanTerms, inputs: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> LoanTerms:
    """Installments as if all periods were alike; an actual year has 365 days; draws in parts ask on the approved."""
    year = inputs.get("days_in_year", "actual")
    count = day_count(inputs, 365 if year == "actual" else year)
    alike = inputs.get("interest_calc_period") == "same_as_repayment_period"
    several = sum(event["type"] == "disburse" for event in events) > 1
    on = said.ON_APPROVED if several else said.ON_DRAWN
    return common._replace(
        day_count=count,
        interest_by=said.BY_PERIODS if alike else said.BY_DAYS,
        draw_day_counts=0,
        parts_rounded=1,
        first_period=said.LEVELLED,
        installment_from=said.EQUAL_PERIODS if alike else said.AVERAGE_PERIODS,
        installment_on=said.OVER_ALL if common.interest_on == said.ORIGINAL else on,
        partial_period=int(not alike or inputs.get("partial_period_interest") is not False),
    )


def by_demand(common: LoanTerms, inputs: Mapping[str, Any], _: Sequence[Mapping[str, Any]]) -> LoanTerms:
    """Installments rounded up to whole units; a named year counts days, none counts twelfths in whole units."""
    by_days = "days_in_year" in inputs
    return common._replace(
        day_count=day_count(inputs, inputs["days_in_year"]) if by_days else said.THIRTY_360,
        interest_by=said.BY_DAYS if by_days else said.BY_PERIODS,
        installment_from=said.EQUAL_PERIODS,
        interest_multiple_minor=1 if by_days else 10**DECIMALS,
        multiple_minor=10**DECIMALS,
        multiple_rounding=said.UPWARD,
        first_period=one_of(BROKEN, inputs, "broken_period_recovery", said.IN_FIRST),
        first_day=1,
    )


def opening(inputs: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()) -> Opening:
    """The facts of an opening: where the first period begins, the first due day if chosen, what was approved."""
    draws = [event for event in events if event["type"] in ("disburse", "draw")]
    approvals = [event["amount"] for event in events if event["type"] == "approve"]
    began = [
        inputs.get("first_period_start"),
        *(event["date"] for event in draws[:1]),
        inputs.get("disbursed"),
        inputs.get("submitted"),
        inputs.get("limit_start"),
    ]
    start = next((day(text) for text in began if text), 0)
    chosen = inputs.get("first_due") or next((event.get("first_due") for event in draws), None)
    principal = minor(inputs.get("principal") or 0)
    return Opening(start, day(chosen) if chosen else None, principal, minor(approvals[-1]) if approvals else principal)
