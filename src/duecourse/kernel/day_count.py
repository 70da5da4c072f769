"""The part of a year that lies between two days, as a fraction of whole numbers: by days, or by periods alike."""

from .days import civil, leap_days
from .loan_terms import (
    ACTUAL_360,
    ACTUAL_364,
    ACTUAL_365,
    ACTUAL_ACTUAL,
    DAYS,
    HALF_MONTHS,
    MONTHS,
    THIRTY_360,
    THIRTY_365,
    WEEKS,
    LoanTerms,
)

YEAR_DAYS = {
    THIRTY_360: 360,
    ACTUAL_360: 360,
    ACTUAL_364: 364,
    ACTUAL_365: 365,
    ACTUAL_ACTUAL: 365,
    THIRTY_365: 365,
}
"""The days of a year that has the same length always; for ACTUAL_ACTUAL where no day says which year it is."""
LEAP_AND_OTHER = 365 * 366


def days_of_thirty(start: int, stop: int) -> int:
    """Days between two days when each month has 30 (30E/360, ISDA 2006 definitions 4.16(g)).

    >>> days_of_thirty(20_089, 20_147)  # 1 January to 28 February 2025
    57
    """
    first, last = civil(start), civil(stop)
    return 360 * (last.year - first.year) + 30 * (last.month - first.month) + min(last.day, 30) - min(first.day, 30)


def year_part(day_count: int, start: int, stop: int, draw_day_counts: int) -> tuple[int, int]:
    """The part of a year from `start` to `stop`, as numerator and denominator.

    ACTUAL_ACTUAL gives each day to the year in which it lies: the days start .. stop - 1 where the draw day counts,
    else start + 1 .. stop; a period over the year's end is thereby split at 1 January or at 31 December.

    >>> year_part(ACTUAL_360, 19_723, 19_754, 1)
    (31, 360)
    >>> year_part(ACTUAL_ACTUAL, 19_721, 19_725, 0)  # 30 December 2023 to 3 January 2024: one day of 365, three of 366
    (1461, 133590)
    """
    if day_count == ACTUAL_ACTUAL:
        in_leap = leap_days(start - draw_day_counts, stop - draw_day_counts)
        return 365 * in_leap + 366 * (stop - start - in_leap), LEAP_AND_OTHER
    if day_count in (THIRTY_360, THIRTY_365):
        return days_of_thirty(start, stop), YEAR_DAYS[day_count]
    return stop - start, YEAR_DAYS[day_count]


def period_part(terms: LoanTerms) -> tuple[int, int]:
    """The part of a year that one whole period is when all periods are alike.

    Months and half months are twelfths and twenty-fourths, or 30 and 15 days of 365; weeks are parts of 52, or 7
    days of a year in which months have 30; days are days of the year of the day count.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> period_part(PLAIN_LOAN._replace(every=3))
    (3, 12)
    """
    every, year_days = terms.every, YEAR_DAYS[terms.day_count]
    if terms.unit == MONTHS:
        return (30 * every, 365) if terms.day_count == THIRTY_365 else (every, 12)
    if terms.unit == HALF_MONTHS:
        return (15 * every, 365) if terms.day_count == THIRTY_365 else (every, 24)
    if terms.unit == WEEKS:
        return (7 * every, year_days) if terms.day_count in (THIRTY_360, THIRTY_365) else (every, 52)
    assert terms.unit == DAYS
    return every, year_days
