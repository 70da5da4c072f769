"""Figures of the card data to which a simulated book is held, and how a book compares with them.

Source: "Default of Credit Card Clients", UCI Machine Learning Repository no. 350, I-C. Yeh, doi 10.24432/C55S3H,
CC BY 4.0. Measured over 24,000 of its 30,000 clients, April to September 2005, and rounded. A payment is set against
the statement of the month before (PAY_AMT of month n + 1 against BILL_AMT of month n); late is a recorded status of 2
or more for that statement; a statement of zero or below is no bill.
"""

from typing import Any, NamedTuple

import numpy as np

from duecourse.kernel import days
from duecourse.ledger import chart
from duecourse.ledger.bulk import arrow, ints

LEVELS = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)
DEVIATES = (-2.326, -1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645, 2.326)
"""The standard normal deviates of LEVELS."""

LIMITS = (10_000, 20_000, 30_000, 50_000, 140_000, 240_000, 360_000, 430_000, 500_000)
"""Quantiles of the limit at LEVELS, in new Taiwan dollars."""

PAID = {
    "April": (0.087, 0.008, 0.513, 0.134, 0.257),
    "May": (0.093, 0.011, 0.520, 0.131, 0.245),
    "June": (0.088, 0.011, 0.504, 0.148, 0.249),
    "July": (0.077, 0.009, 0.473, 0.180, 0.261),
    "August": (0.083, 0.008, 0.467, 0.186, 0.257),
}
"""Share of bills of which was paid: nothing, under 1%, 1% to 10% (about the minimum), 10% to 95%, 95% or more."""

LATE = {"April": 0.104, "May": 0.099, "June": 0.118, "July": 0.140, "August": 0.147}
"""Share of clients late on the month's statement."""

USE_BY_PAID = {
    "nothing": (0.000, 0.002, 0.005, 0.033, 0.381, 0.832, 0.976, 1.010, 1.050),
    "minimum": (0.060, 0.122, 0.192, 0.371, 0.617, 0.894, 0.988, 1.012, 1.050),
    "part": (0.010, 0.020, 0.033, 0.078, 0.220, 0.547, 0.890, 0.972, 1.010),
    "full": (0.000, 0.001, 0.002, 0.005, 0.016, 0.049, 0.153, 0.340, 0.800),
}
"""Use of the limit at LEVELS among bills of which so much was paid. The outermost two of each are assumed."""

USED = ((0.25, 0.015), (0.50, 0.250), (0.75, 0.702), (0.90, 0.959))
PAID_ALL = (0.085, 0.010, 0.495, 0.156, 0.254)
NO_BILL, OVER_LIMIT, IN_CREDIT = 0.130, 0.046, 0.021
FULL_AGAIN, MINIMUM_AGAIN = 0.71, 0.81
"""Of those who paid in full (1% to 10%), the share that did so again the month after."""
NEWLY_LATE, STILL_LATE = 0.049, 0.721
"""The share that is late a month later among those in order, and among those late."""


class Margin(NamedTuple):
    """One figure of the card data beside that of a simulated book, and by how much they may differ."""

    name: str
    target: float
    reached: float
    within: float

    @property
    def held(self) -> bool:
        """Whether the simulated book is near enough."""
        return abs(self.reached - self.target) <= self.within


class Months(NamedTuple):
    """A book's statements and payments as columns, one row a month, one column an account."""

    balance: Any
    past_due: Any
    paid: Any
    limit: Any


def months(account_ids: Any, cycle_days: Any, *, first: int, last: int) -> Months:
    """What statements said and what was paid of each, for cycle days after `first` up to `last` (day numbers)."""
    begin, end = days.civil(first), days.civil(last)
    count = (end.year - begin.year) * 12 + end.month - begin.month + 1
    order = np.argsort(account_ids)
    among = f"account_id BETWEEN {account_ids.min()} AND {account_ids.max()}"
    told = arrow(
        f"SELECT account_id, cycle_on, balance, past_due, limit_minor FROM servicing_statement "
        f"WHERE {among} AND version = 1"
    )
    received = arrow(
        f"SELECT account_id, effective_day, cash FROM ledger_entry WHERE {among} AND kind = {chart.PAYMENT} "
        "AND cash > 0"
    )
    balance, past_due, paid = (np.zeros((count, len(account_ids)), dtype=np.int64) for _ in range(3))
    place = order[np.searchsorted(account_ids[order], ints(told, "account_id"))]
    month = month_of(ints(told, "cycle_on"), begin)
    balance[month, place] = ints(told, "balance")
    past_due[month, place] = ints(told, "past_due")
    limit = np.ones(len(account_ids), dtype=np.int64)
    limit[place] = ints(told, "limit_minor")
    place = order[np.searchsorted(account_ids[order], ints(received, "account_id"))]
    on = ints(received, "effective_day")
    month = month_of(on, begin) - (day_of_month(on) <= cycle_days[place])
    known = month >= 0
    np.add.at(paid, (month[known], place[known]), ints(received, "cash")[known])
    return Months(balance, past_due, paid, limit)


def month_of(day: Any, begin: days.Civil) -> Any:
    """How many calendar months day numbers lie after the month of `begin`."""
    return (day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)) - (
        (begin.year - 1970) * 12 + begin.month - 1
    )


def day_of_month(day: Any) -> Any:
    """The day of the month of day numbers."""
    dates = day.astype("datetime64[D]")
    return (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1


def check(account_ids: Any, cycle_days: Any, *, first: int, last: int) -> list[Margin]:
    """The margins of a simulated book from its second month on, beside those of the card data."""
    seen = months(account_ids, cycle_days, first=first, last=last)
    use = seen.balance[1:] / seen.limit
    billed = seen.balance[1:-1] > 0
    share = seen.paid[1:-1] / np.where(billed, seen.balance[1:-1], 1)
    kind = np.where(billed, np.digitize(share, [1e-9, 0.01, 0.10, 0.95]), 5)
    late = seen.past_due[1:] > 0
    found = [
        Margin(f"use of the limit, {level:.0%}", told, float(np.quantile(use, level)), 0.08) for level, told in USED
    ]
    names = ("nothing", "under 1%", "about the minimum", "part", "in full")
    for i, (name, target) in enumerate(zip(names, PAID_ALL, strict=True)):
        found.append(Margin(f"bills paid: {name}", target, float((kind[billed] == i).mean()), 0.05))
    found += [
        Margin("no bill", NO_BILL, float((use <= 0).mean()), 0.05),
        Margin("over the limit", OVER_LIMIT, float((use > 1).mean()), 0.03),
        Margin("in credit", IN_CREDIT, float((use < 0).mean()), 0.02),
        Margin("in full again", FULL_AGAIN, again(kind == 4), 0.10),
        Margin("about the minimum again", MINIMUM_AGAIN, again(kind == 2), 0.10),
        Margin("newly late", NEWLY_LATE, chance(late[1:], ~late[:-1]), 0.02),
        Margin("still late", STILL_LATE, chance(late[1:], late[:-1]), 0.10),
    ]
    return found


def again(was: Any) -> float:
    """How often what was so in a month is so in the next."""
    return chance(was[1:], was[:-1])


def chance(now: Any, given: Any) -> float:
    """The share of `now` where `given` holds; nothing at all counts as 0."""
    return float(now[given].mean()) if given.any() else 0.0
