"""On which day of its month a payment was received, where a file knows months only. Pure.

Either the same day in every month, or the day that the recorded interest tells: where interest is simple and counts
days, what a payment met of interest says how many days after the one before it came. Where several ways through the
months are equally good, the one in the middle is taken.
"""

from calendar import isleap, monthrange
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from duecourse.kernel.day_count import year_part
from duecourse.kernel.days import day_number
from duecourse.kernel.loan_terms import ACTUAL_ACTUAL
from duecourse.kernel.money import PPM

from .loan_file import Loan

NO_MATTER = 2.0
"""By how many minor units in all the interest may miss the recorded one more than with the best days."""
SMALL = 10
"""A payment of less than one in so many of the scheduled one, without a principal part, was a fee."""


class Days(NamedTuple):
    """The day of the first month, and for each month after it the day of its payment (0: nothing was paid)."""

    opening: int
    payments: tuple[int, ...]


def in_month(month: int, day: int) -> int:
    """The day number of a day of a month; one that the month lacks is its last.

    >>> in_month(2017 * 12 + 1, 31) == day_number(2017, 2, 28)
    True
    """
    year, place = divmod(month, 12)
    return day_number(year, place + 1, min(day, monthrange(year, place + 1)[1]))


def on_same_day(day: int, loan: Loan) -> Days:
    """Every payment on the same day of its month; 31 is the last."""
    later = tuple(in_month(one.month, day) if one.payment else 0 for one in loan.months[1:])
    return Days(in_month(loan.months[0].month, day), later)


def fees(loan: Loan) -> tuple[int, ...]:
    """What of each month's payment after the first month was a fee, as far as the file tells.

    Recorded is the payment and its principal part; what is neither principal nor interest is not said. A fee is taken
    to be what was paid above whole scheduled payments where only without it the interest is that of whole days; and a
    small payment that met no principal.
    """
    before = loan.months[0]
    found = []
    for month in loan.months[1:]:
        extra = month.payment % loan.scheduled if month.payment >= loan.scheduled else 0
        rest = month.payment - month.principal
        a_day = before.closing * loan.rate_ppm
        is_small = not month.principal and month.payment * SMALL <= loan.scheduled
        year_days = 366 if isleap(month.month // 12) else 365
        is_fee = (
            0 < extra <= rest and whole_days(rest - extra, a_day, year_days) and not whole_days(rest, a_day, year_days)
        )
        found.append(month.payment if is_small else extra if is_fee else 0)
        before = month
    return tuple(found)


def whole_days(interest: int, a_day: int, year_days: int) -> bool:
    """Whether interest is that of whole days to a cent or two; `a_day` is the balance times its yearly rate in ppm."""
    if not a_day:
        return False
    units = PPM * year_days
    days = (interest + 1) * units // a_day
    return days > 0 and 0 <= days * a_day - (interest - 1) * units <= 3 * units


def told_by_interest(loan: Loan) -> Days:
    """The days that the recorded interest tells: those with which all of it together is met most nearly.

    One day of each month is sought, from the last month back (the shortest path). A month whose payment met no
    principal tells nothing by itself: its interest counts with that of the next one.
    """
    first = loan.months[0].month
    since, base, met = days_of(first), loan.opening, 0
    steps = []
    for month, fee in zip(loan.months[1:], fees(loan), strict=True):
        if month.payment and not (month.principal and loan.rate_ppm):
            met += month.payment - month.principal - fee
        elif month.payment:
            until = days_of(month.month)
            steps.append((since, until, loan.rate_ppm / PPM * base, month.payment - month.principal - fee + met))
            since, base, met = until, month.closing, 0
    cost = np.zeros(len(since))
    ways = []
    for began, ended, a_year, target in reversed(steps):
        grown = a_year * (years_to(ended)[None, :] - years_to(began)[:, None])
        missed = np.abs(grown - target) + cost[None, :]
        ways.append(missed.argmin(axis=1))
        cost = missed.min(axis=1)
    best = np.flatnonzero(cost <= cost.min() + NO_MATTER)
    return followed(loan, int(best[len(best) // 2]), [way.tolist() for way in reversed(ways)])


def followed(loan: Loan, place: int, ways: list[list[int]]) -> Days:
    """The days of a path: `ways` say for each place in a month which place in the next telling month follows."""
    opening = in_month(loan.months[0].month, place + 1)
    anchor, found, told = place + 1, [], iter(ways)
    for month in loan.months[1:]:
        if month.payment and month.principal and loan.rate_ppm:
            place = next(told)[place]
            found.append(in_month(month.month, place + 1))
        else:
            found.append(in_month(month.month, anchor) if month.payment else 0)
    return Days(opening, tuple(found))


@cache
def days_of(month: int) -> Any:
    """The day numbers of a month."""
    return np.arange(in_month(month, 1), in_month(month, 31) + 1)


def years_to(days: Any) -> Any:
    """Years since 1970 at the beginning of days, each day a part of its own year."""
    return np.array([years_at(day) for day in days.tolist()])


@cache
def years_at(day: int) -> float:
    """Years since 1970 at the beginning of a day."""
    over, under = year_part(ACTUAL_ACTUAL, 0, day, 1)
    return over / under
