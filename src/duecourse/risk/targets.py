"""What is foretold: each target's name, its words, its horizon, and how an outcome is read off later sealed days.

`next` is the next due and nothing after it. The others look at every close of a horizon of months: an account was late
when at one of them its oldest open due was so many days past due, or its debt was charged off. A charge-off says that
the lender no longer counts on the money, so it counts whatever the days past due. A sale says nothing about the
borrower: the account goes on being serviced, and its outcome is read on as if it had not been sold.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.book import read, stretches
from duecourse.rules.read import day_number

from . import next_due
from .features import Product
from .features.month_days import shifted
from .next_due import OUTCOME

MOST_DAYS = 12
"""From how many earlier days is learned."""


class Target(NamedTuple):
    """What is to be foretold of an account in order on a sealed day.

    days_late: from so many days past due it has happened; 0: the next due was missed. months: the horizon; what falls
    due next is over within a month or two. english, chinese: what happens, with {account} and {due} to be filled in.
    event: of what there must be enough, in English.
    """

    name: str
    days_late: int
    months: int
    english: str
    chinese: str
    event: str

    def words(self, product: Product, language: str) -> str:
        """What is foretold of a product, in `en` or `zh`."""
        if language == "en":
            return self.english.format(account=product.english, due=product.due_english)
        return self.chinese.format(account=product.chinese, due=product.due_chinese)

    def events(self, product: Product) -> str:
        """What there must be enough of to learn from, in English."""
        return self.event.format(account=product.english, due=product.due_english)

    def nothing(self, product: Product) -> str:
        """That there is nothing to learn from, in English."""
        if not self.days_late:
            return f"no {product.due_english} of an account in order fell due"
        return f"no {product.english} was in order with the {self.months} months after it sealed"


NEXT = Target(
    "next", 0, 1, "a {account} in order misses its next {due}", "正常{account}未按时支付下一期{due}", "missed {due}s"
)


def late(days: int, months: int) -> Target:
    """The target of so many days past due, or a charge-off, within so many months."""
    return Target(
        f"late{days}_{months}m",
        days,
        months,
        f"a {{account}} in order is {days} days past due, or charged off, within {months} months",
        f"正常{{account}}在{months}个月内逾期达{days}天或被核销",
        f"{{account}}s {days} days past due within {months} months",
    )


TARGETS = {one.name: one for one in (NEXT, *(late(days, months) for days in (30, 90) for months in (3, 6, 12)))}
"""The targets by name."""


def matured(target: Target, day: date) -> list[date]:
    """The sealed days, each a month before the next, whose whole horizon is sealed on a day; the oldest first."""
    return sealed_before(day, range(target.months, target.months + MOST_DAYS))


def to_learn(target: Target, day: date) -> list[date]:
    """The sealed days to train and try on: the latest with an outcome, and those whose outcome was known on that one.

    So a trial is of what could have been done on its day: nothing of its horizon was known to the model.
    """
    tried = sealed_before(day, [target.months])
    return [*sealed_before(day, range(2 * target.months, 2 * target.months + MOST_DAYS - 1)), *tried] if tried else []


def sealed_before(day: date, months: Iterable[int]) -> list[date]:
    """Those of the days so many months before a day that are sealed, the oldest first."""
    sealed = set(read.sealed_days())
    return sorted(one for one in (shifted(day, -back) for back in months) if one in sealed)


def outcome(target: Target, table: pa.Table, on: date, through: date, product: Product) -> pa.Table:
    """What became by `through` of the accounts of a day's table of features: OUTCOME, without those not known.

    Of `next` the due day is as known on `through`. Of the others the horizon's last day has to be sealed, and its days
    are as known on it, so that an outcome never changes: who asks later finds the same. Left out are accounts that the
    last day was sealed without, and those charged off on the day itself.
    """
    if target is NEXT:
        return next_due.missed(table, on, through, product)
    end = shifted(on, target.months)
    if end > through:
        return OUTCOME.empty_table()
    return late_within(table.column("account_id").to_numpy(), on, end, target.days_late)


def late_within(accounts: Any, on: date, end: date, days_late: int) -> pa.Table:
    """Of each of these accounts, whether it was so many days past due or charged off at a close after a day and up to
    another."""
    told = stretches.of(since=on, through=end)
    told = told.filter(pc.is_in(told.column("account_id"), pa.array(accounts, pa.int64())))
    ids, off = told.column("account_id").to_numpy(), told.column("charged_off").to_numpy()
    happened = off | (stretches.days_late(told) >= days_late)
    was_off = ids[off & (told.column("from_day").to_numpy() == day_number(on))]
    known = np.setdiff1d(ids, was_off)
    return pa.table([known, np.isin(known, ids[happened]).astype(np.int64)], schema=OUTCOME)
