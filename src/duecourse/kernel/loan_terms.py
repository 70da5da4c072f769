"""What was agreed for a loan: the form of its schedule, interest, grace, rounding, prepayment, the order of allocation.

Every choice that lawful lenders make differently is a term here, not a constant elsewhere.
"""

from typing import NamedTuple

from duecourse.kernel.terms import FEE, INTEREST, NEVER, PENALTY, PRINCIPAL

EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST_FIRST, BULLET, FLAT_FEE, STEPPED = 0, 1, 2, 3, 4, 5
"""Forms: 等额本息, 等额本金, 先息后本, all at the end, a fee of the original principal in each period, steps."""
DAYS, WEEKS, HALF_MONTHS, MONTHS = 0, 1, 2, 3
"""The unit of a period."""
CLAMP, ROLL = 0, 1
"""A due day that a month lacks: its last day, or the first of the next month."""
THIRTY_360, ACTUAL_360, ACTUAL_364, ACTUAL_365, ACTUAL_ACTUAL, THIRTY_365 = 0, 1, 2, 3, 4, 5
"""How days and years are counted; ACTUAL_ACTUAL splits at the year's end."""
DECLINING, ORIGINAL = 0, 1
"""What bears interest: the principal that is left, or for the whole term the original principal (flat)."""
BY_DAYS, BY_PERIODS = 0, 1
"""Whether a period's interest follows its days or is an equal share of the year (of a part, by the period's days)."""
HALF_EVEN, HALF_UP, DOWN = 0, 1, 2
"""How scheduled interest is rounded to a minor unit, once for each installment; the last absorbs."""
IN_FIRST, SPREAD, UP_FRONT, LEVELLED = 0, 1, 2, 3
"""Where the interest goes by which an odd first period is longer or shorter than a whole one: the first installment
asks more or less by it, all do alike, it is taken at the draw (of a shorter one, the first asks less), or the first
asks what all ask and repays less or more principal."""
PERIOD_FACTORS, EQUAL_PERIODS, AVERAGE_PERIODS = 0, 1, 2
"""What the equal installment is computed from: each period's own interest, or as if all periods were alike, each a
whole one (a twelfth of the year) or the average of their days."""
LAST_ABSORBS, EVENED = 0, 1
"""What is left over by rounding installments: the last one has it, or an even share moves to all (by whole units)."""
ON_TOP, WITHIN = 0, 1
"""What interest does that is not asked yet: it comes on top of the first installment that asks interest, and principal
is as if it had been asked; or it finds room in installments that do not grow."""
NEAREST, DOWNWARD, UPWARD = 0, 1, 2
"""How an installment is rounded to its multiple. DOWNWARD never lets a loan end early; the others may."""
ON_DRAWN, ON_APPROVED, OVER_ALL = 0, 1, 2
"""What installments are computed on: what is left after a draw, over those that follow; all that was approved, once; or
all that was drawn, over all installments, the earlier ones too."""

NO_RECALCULATION, DAILY, AT_DUE_DAYS = 0, 1, 2
"""When principal repaid early or late changes interest: as scheduled, from the day itself, from the next due day."""
TO_THE_DAY, TO_THE_DUE_DAY = 0, 1
"""Until when a payoff pays interest."""
NEXT, LAST, RE_AMORTISED, NEXT_LAST, CREDIT = 0, 1, 2, 3, 4
"""Where an excess goes: the next installment, the last, all alike, the next then the last, or a credit balance."""
SMALLER_INSTALLMENT, SHORTER_TERM, NEXT_SKIPPED, LAST_REDUCED = 0, 1, 2, 3
"""What an early payment of principal changes: the size of what follows, their number, the next ones, the last."""
COMPONENT_FIRST, OLDEST_FIRST = 0, 1
"""Vertical: a step of the order over all installments, then the next. Horizontal: all steps for one installment."""
PAST_DUE, DUE, IN_ADVANCE = 0, 10, 20
"""Classes of what is owed; with a component (`PAST_DUE + INTEREST`) one step of an order."""
REGULAR, ACCELERATED, NO_MORE_INTEREST, ACCELERATED_NO_MORE = 0, 1, 2, 3
"""What a charge-off does: nothing else, all becomes due at once, or interest stops, late interest too; or both."""
DUE_DAY, END_OF_GRACE = 0, 1
"""From when what was not met within the days of grace bears late interest."""
NORMAL, MERCHANT_REFUND, GOODWILL, PAYOUT_REFUND = 0, 1, 2, 3
"""Kinds of payment; `excess` has one rule for each."""


class Step(NamedTuple):
    """One step of a stepped loan: from this installment on, each asks so much (0: what is left, in equal
    installments)."""

    first: int
    amount_minor: int


def in_all_classes(components: tuple[int, int, int, int]) -> tuple[int, ...]:
    """An order of twelve steps: past due, due and in advance, each by the same components.

    >>> in_all_classes((PENALTY, FEE, INTEREST, PRINCIPAL))
    (4, 3, 2, 1, 14, 13, 12, 11, 24, 23, 22, 21)
    """
    return tuple(cls + component for cls in (PAST_DUE, DUE, IN_ADVANCE) for component in components)


class LoanTerms(NamedTuple):
    """The terms of a loan. Amounts in minor units, rates and shares in parts per million, days as counts.

    Schedule: `installments` of them, one every `every` units; due_day 0 keeps the day of the month of the first due,
    1..31 names one. first_period_min: a first period that `due_day` would make shorter than so many days runs to the
    next due day. draw_day_counts is 1 where interest counts the draw day and not the payment day (算头不算尾), so that
    a rate from a day bears on that day's evening; 0 where a day's interest is that of the night before it.
    whole_moved is 1 where a period whose due day was moved bears one whole period's interest. partial_period is 0
    where a draw or repayment inside a period counts as if made on its first day. Interest is rounded to
    interest_multiple_minor; parts_rounded is 1 where each part of a period is rounded by itself.
    installment_minor > 0 is a given installment (then `installments` may be 0: as many as it takes);
    multiple_minor > 1 rounds it. grace_principal and grace_interest count first installments that ask none (interest
    is asked with the first that asks it), interest_free those that bear none. fee_ppm is a fee of the original
    principal in each installment. down_payment_ppm is due on the day of each draw.

    Life: allocation `order` by steps, `processing` of it, `excess` by kind of payment, `early` what an early payment
    changes, credit_order how a chargeback is put back, late_rate_ppm what principal past due bears in place of
    interest, where it is not met within late_grace_days, from the day that late_from says. nonaccrual_days: from so
    many days past due no income is recognised. first_day is 1 where the due day counts as the first day past due.
    """

    form: int
    installments: int
    unit: int
    every: int
    month_end: int
    due_day: int
    first_period_min: int
    rate_ppm: int
    day_count: int
    interest_by: int
    interest_on: int
    draw_day_counts: int
    whole_moved: int
    partial_period: int
    rounding: int
    interest_multiple_minor: int
    parts_rounded: int
    installment_from: int
    installment_on: int
    installment_minor: int
    multiple_minor: int
    multiple_rounding: int
    left_over: int
    first_period: int
    grace_principal: int
    grace_interest: int
    interest_free: int
    deferred: int
    fee_ppm: int
    down_payment_ppm: int
    steps: tuple[Step, ...]
    recalculation: int
    payoff_interest: int
    early: int
    order: tuple[int, ...]
    processing: int
    excess: tuple[int, int, int, int]
    credit_order: tuple[int, ...]
    charge_off: int
    late_rate_ppm: int
    late_grace_days: int
    late_from: int
    nonaccrual_days: int
    grace_days: int
    first_day: int


PLAIN_LOAN = LoanTerms(
    form=EQUAL_INSTALLMENT,
    installments=12,
    unit=MONTHS,
    every=1,
    month_end=CLAMP,
    due_day=0,
    first_period_min=0,
    rate_ppm=120_000,
    day_count=ACTUAL_365,
    interest_by=BY_DAYS,
    interest_on=DECLINING,
    draw_day_counts=1,
    whole_moved=0,
    partial_period=1,
    rounding=HALF_EVEN,
    interest_multiple_minor=1,
    parts_rounded=0,
    installment_from=PERIOD_FACTORS,
    installment_on=ON_DRAWN,
    installment_minor=0,
    multiple_minor=1,
    multiple_rounding=DOWNWARD,
    left_over=LAST_ABSORBS,
    first_period=IN_FIRST,
    grace_principal=0,
    grace_interest=0,
    interest_free=0,
    deferred=ON_TOP,
    fee_ppm=0,
    down_payment_ppm=0,
    steps=(),
    recalculation=DAILY,
    payoff_interest=TO_THE_DAY,
    early=SMALLER_INSTALLMENT,
    order=in_all_classes((PENALTY, FEE, INTEREST, PRINCIPAL)),
    processing=OLDEST_FIRST,
    excess=(NEXT, NEXT, NEXT, NEXT),
    credit_order=(PENALTY, FEE, PRINCIPAL, INTEREST),
    charge_off=REGULAR,
    late_rate_ppm=0,
    late_grace_days=0,
    late_from=DUE_DAY,
    nonaccrual_days=NEVER,
    grace_days=0,
    first_day=0,
)
"""A loan with nothing unusual, the base that examples and tests vary with `_replace`."""
