"""What was agreed for a loan: the form of its schedule, interest, grace, rounding, prepayment, the order of allocation.

Every choice that lawful lenders make differently is a term here, not a constant elsewhere.
"""

from typing import NamedTuple

EQUAL_INSTALLMENT, EQUAL_PRINCIPAL, INTEREST_FIRST, BULLET, FLAT_FEE, STEPPED = 0, 1, 2, 3, 4, 5
"""Forms: 等额本息, 等额本金, 先息后本, all at the end, a fee of the original principal in each period, steps."""
DAYS, WEEKS, HALF_MONTHS, MONTHS = 0, 1, 2, 3
"""The unit of a period."""
CLAMP, ROLL = 0, 1
"""A due day that a month lacks: its last day, or the first of the next month."""
THIRTY_360, ACTUAL_360, ACTUAL_364, ACTUAL_365, ACTUAL_ACTUAL = 0, 1, 2, 3, 4
"""How days and years are counted; ACTUAL_ACTUAL splits at 31 December."""
DECLINING, ORIGINAL = 0, 1
"""What bears interest: the principal that is left, or for the whole term the original principal (flat)."""
BY_DAYS, BY_PERIODS = 0, 1
"""Whether a period's interest follows its days or is an equal share of the year."""
HALF_EVEN, HALF_UP, DOWN = 0, 1, 2
"""How scheduled interest is rounded to a minor unit, once for each installment; the last absorbs."""
IN_FIRST, SPREAD, UP_FRONT = 0, 1, 2
"""Where the interest of an odd first period goes."""
