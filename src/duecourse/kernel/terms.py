"""What was agreed: rate, cycle, minimum due, fees, grace, the order of allocation.

Every choice that lawful lenders make differently is a term here, not a constant elsewhere.
"""

from typing import NamedTuple

PRINCIPAL, INTEREST, FEE, PENALTY = 1, 2, 3, 4
"""Components; each is also the place of its amount in an open due (see `account`)."""

DAY_AFTER_DUE, PURCHASE_DAY = 0, 1
"""From when a statement that was not paid in full bears interest."""
UNPAID_PART, WHOLE_STATEMENT = 0, 1
"""What bears it: the part still unpaid, or the whole statement until it is paid (全额计息)."""
KEEP_WINDOW, LOSE_WINDOW = 0, 1
"""Whether purchases made while an older statement revolves are interest-free until their due day."""
ACTUAL = 0
"""Year basis: 365 or, in a leap year, 366 days."""
NEVER = 1_000_000
"""A number of days that is never reached."""


class Order(NamedTuple):
    """The order in which a payment meets components: exactly four."""

    first: int
    second: int
    third: int
    fourth: int


PENALTY_FIRST = Order(PENALTY, FEE, INTEREST, PRINCIPAL)
FEES_FIRST = Order(FEE, PENALTY, INTEREST, PRINCIPAL)
INTEREST_FIRST = Order(INTEREST, FEE, PENALTY, PRINCIPAL)
PRINCIPAL_FIRST = Order(PRINCIPAL, INTEREST, FEE, PENALTY)


class LineTerms(NamedTuple):
    """The terms of a line. Amounts in minor units, rates and shares in parts per million, days as counts.

    rate_ppm is the ordinary yearly rate, late_rate_ppm the rate on what is past due, in its place. The minimum due is a
    share of the billed principal, at least the floor, plus the components and the over-limit part that
    `minimum_has_...` names, plus what is past due. A due of which at most `tolerance_ppm` of what was asked is left
    counts as met, on its due day or when a later payment brings it there; what is left stays in the balance.
    late_fee_share_ppm > 0 makes the late fee a share of the unmet minimum between floor and cap; otherwise it is
    late_fee_minor; never above the unmet minimum. grace_days delays the late fee and the suspension. first_day is 1
    where the due day itself counts as the first day past due.
    """

    rate_ppm: int
    late_rate_ppm: int
    year_days: int
    cycle_day: int
    due_after_days: int
    due_shift: int
    minimum_share_ppm: int
    minimum_floor_minor: int
    minimum_has_interest: int
    minimum_has_fees: int
    minimum_has_penalty: int
    minimum_has_over_limit: int
    tolerance_ppm: int
    interest_from: int
    interest_base: int
    new_purchases: int
    compound: int
    past_due_whole: int
    late_fee_minor: int
    late_fee_share_ppm: int
    late_fee_floor_minor: int
    late_fee_cap_minor: int
    grace_days: int
    nonaccrual_days: int
    first_day: int
    oldest_first: int
    refund_meets_minimum: int
    order: Order


PLAIN_LINE = LineTerms(
    rate_ppm=180_000,
    late_rate_ppm=180_000,
    year_days=365,
    cycle_day=1,
    due_after_days=9,
    due_shift=0,
    minimum_share_ppm=100_000,
    minimum_floor_minor=0,
    minimum_has_interest=1,
    minimum_has_fees=1,
    minimum_has_penalty=1,
    minimum_has_over_limit=1,
    tolerance_ppm=0,
    interest_from=DAY_AFTER_DUE,
    interest_base=UNPAID_PART,
    new_purchases=KEEP_WINDOW,
    compound=0,
    past_due_whole=0,
    late_fee_minor=0,
    late_fee_share_ppm=0,
    late_fee_floor_minor=0,
    late_fee_cap_minor=0,
    grace_days=0,
    nonaccrual_days=90,
    first_day=0,
    oldest_first=1,
    refund_meets_minimum=0,
    order=PENALTY_FIRST,
)
"""A line with nothing unusual, the base that examples and tests vary with `_replace`."""
