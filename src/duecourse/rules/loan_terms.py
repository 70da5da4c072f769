"""The terms of loans as dated data: from words and numbers to `kernel.loan_terms.LoanTerms`, and as they are kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from duecourse.kernel import loan_terms as kernel
from duecourse.kernel.loan_terms import PLAIN_LOAN, LoanTerms, Step
from duecourse.kernel.money import AMOUNT_MAX, PPM, RATE_MAX_PPM
from duecourse.kernel.terms import NEVER

from . import fields
from .fields import TermsRefused
from .read import COMPONENTS
from .read import in_force as row_in_force

WORDS: Mapping[str, Mapping[str, int]] = {
    "form": {
        "equal_installment": kernel.EQUAL_INSTALLMENT,
        "equal_principal": kernel.EQUAL_PRINCIPAL,
        "interest_first": kernel.INTEREST_FIRST,
        "bullet": kernel.BULLET,
        "flat_fee": kernel.FLAT_FEE,
        "stepped": kernel.STEPPED,
    },
    "unit": {
        "days": kernel.DAYS,
        "weeks": kernel.WEEKS,
        "half_months": kernel.HALF_MONTHS,
        "months": kernel.MONTHS,
    },
    "month_end": {"clamp": kernel.CLAMP, "roll": kernel.ROLL},
    "day_count": {
        "30/360": kernel.THIRTY_360,
        "actual/360": kernel.ACTUAL_360,
        "actual/364": kernel.ACTUAL_364,
        "actual/365": kernel.ACTUAL_365,
        "actual/actual": kernel.ACTUAL_ACTUAL,
        "30/365": kernel.THIRTY_365,
    },
    "interest_by": {"days": kernel.BY_DAYS, "periods": kernel.BY_PERIODS},
    "interest_on": {"declining": kernel.DECLINING, "original": kernel.ORIGINAL},
    "rounding": {"half_even": kernel.HALF_EVEN, "half_up": kernel.HALF_UP, "down": kernel.DOWN},
    "installment_from": {
        "period_factors": kernel.PERIOD_FACTORS,
        "equal_periods": kernel.EQUAL_PERIODS,
        "average_periods": kernel.AVERAGE_PERIODS,
    },
    "installment_on": {"drawn": kernel.ON_DRAWN, "approved": kernel.ON_APPROVED, "over_all": kernel.OVER_ALL},
    "deferred": {"on_top": kernel.ON_TOP, "within": kernel.WITHIN},
    "multiple_rounding": {"nearest": kernel.NEAREST, "downward": kernel.DOWNWARD, "upward": kernel.UPWARD},
    "left_over": {"last_absorbs": kernel.LAST_ABSORBS, "evened": kernel.EVENED},
    "first_period": {
        "in_first": kernel.IN_FIRST,
        "spread": kernel.SPREAD,
        "up_front": kernel.UP_FRONT,
        "levelled": kernel.LEVELLED,
    },
    "recalculation": {
        "none": kernel.NO_RECALCULATION,
        "daily": kernel.DAILY,
        "at_due_days": kernel.AT_DUE_DAYS,
    },
    "payoff_interest": {"to_the_day": kernel.TO_THE_DAY, "to_the_due_day": kernel.TO_THE_DUE_DAY},
    "early": {
        "smaller_installment": kernel.SMALLER_INSTALLMENT,
        "shorter_term": kernel.SHORTER_TERM,
        "next_skipped": kernel.NEXT_SKIPPED,
        "last_reduced": kernel.LAST_REDUCED,
    },
    "processing": {"component_first": kernel.COMPONENT_FIRST, "oldest_first": kernel.OLDEST_FIRST},
    "late_from": {"due_day": kernel.DUE_DAY, "end_of_grace": kernel.END_OF_GRACE},
    "charge_off": {
        "regular": kernel.REGULAR,
        "accelerated": kernel.ACCELERATED,
        "no_more_interest": kernel.NO_MORE_INTEREST,
        "accelerated_no_more_interest": kernel.ACCELERATED_NO_MORE,
    },
}
"""The words of a product file for the choices of the kernel."""
EXCESS = {
    "next": kernel.NEXT,
    "last": kernel.LAST,
    "re_amortised": kernel.RE_AMORTISED,
    "next_last": kernel.NEXT_LAST,
    "credit": kernel.CREDIT,
}
PAYMENTS = ("payment", "merchant_refund", "goodwill_credit", "payout_refund")
CLASSES = {"past_due": kernel.PAST_DUE, "due": kernel.DUE, "in_advance": kernel.IN_ADVANCE}
RANGES = {
    "installments": (0, 600),
    "every": (1, 366),
    "due_day": (0, 31),
    "first_period_min": (0, 366),
    "rate_ppm": (0, RATE_MAX_PPM),
    "late_rate_ppm": (0, RATE_MAX_PPM),
    "interest_multiple_minor": (1, AMOUNT_MAX),
    "installment_minor": (0, AMOUNT_MAX),
    "multiple_minor": (1, AMOUNT_MAX),
    "grace_principal": (0, 600),
    "grace_interest": (0, 600),
    "interest_free": (0, 600),
    "fee_ppm": (0, PPM),
    "down_payment_ppm": (0, PPM),
    "late_grace_days": (0, NEVER),
    "nonaccrual_days": (1, NEVER),
    "grace_days": (0, NEVER),
}
FLAGS = ("draw_day_counts", "whole_moved", "partial_period", "parts_rounded", "first_day")


def in_force(code: str, day: date) -> LoanTerms:
    """The terms that a loan of this product opened on a day gets."""
    path = f"house/products/{code}.toml"
    told = {name: value for name, value in row_in_force(path, "terms", day).items() if name not in ("from", "note")}
    return parse(told, where=path)


def parse(told: Mapping[str, Any], *, where: str) -> LoanTerms:
    """Terms from words and numbers; what is not named is as in a plain loan, what is not a term is refused by name."""
    read: dict[str, Any] = {}
    for name, value in told.items():
        if name not in LoanTerms._fields:
            raise TermsRefused(f"{where}: {name}: not a term of a loan")
        read[name] = term(name, value, where)
    terms = PLAIN_LOAN._replace(**read)
    if terms.installments == 0 and terms.installment_minor == 0:
        raise TermsRefused(f"{where}: installments: 0 needs an installment_minor that says how many it takes")
    return terms


def term(name: str, value: Any, where: str) -> Any:
    """One term."""
    if name in WORDS or name in RANGES or name in FLAGS:
        return fields.term(value, f"{where}: {name}", WORDS.get(name), RANGES.get(name))
    if name == "order":
        return order(value, where)
    if name == "credit_order":
        return tuple(component(one, name, where) for one in value)
    if name == "excess":
        if sorted(value) != sorted(PAYMENTS) or any(rule not in EXCESS for rule in value.values()):
            raise TermsRefused(f"{where}: excess: needs one of {', '.join(EXCESS)} for each of {', '.join(PAYMENTS)}")
        return tuple(EXCESS[value[kind]] for kind in PAYMENTS)
    assert name == "steps"
    return tuple(Step(one["first"], one["amount_minor"]) for one in value)


def component(name: str, field: str, where: str) -> int:
    """The kernel's number of a component."""
    if name not in COMPONENTS:
        raise TermsRefused(f"{where}: {field}: {name!r} is none of {', '.join(COMPONENTS)}")
    return COMPONENTS[name]


def order(names: Any, where: str) -> tuple[int, ...]:
    """An order of allocation: the four components once, for all classes alike, or steps such as `past_due_fee`."""
    if isinstance(names, list) and sorted(names) == sorted(COMPONENTS):
        first, second, third, fourth = (COMPONENTS[name] for name in names)
        return kernel.in_all_classes((first, second, third, fourth))
    steps = []
    for name in names if isinstance(names, list) else [names]:
        found = [
            CLASSES[cls] + component(str(name)[len(cls) + 1 :], "order", where)
            for cls in CLASSES
            if str(name).startswith(f"{cls}_")
        ]
        if len(found) != 1 or found[0] in steps:
            raise TermsRefused(f"{where}: order: {name!r} is no step of an order, or stands twice")
        steps.append(found[0])
    return tuple(steps)


def frozen(agreed: LoanTerms) -> dict[str, Any]:
    """Terms as they are kept with an account."""
    return {
        name: [list(step) for step in value] if name == "steps" else list(value) if isinstance(value, tuple) else value
        for name, value in agreed._asdict().items()
    }


def thawed(body: Mapping[str, Any]) -> LoanTerms:
    """Terms as they were kept with an account."""
    told: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    told["steps"] = tuple(Step(*step) for step in body["steps"])
    return LoanTerms(**told)
