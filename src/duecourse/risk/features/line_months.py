"""The months of lines in columns: one row an account, each fact of each of its months a column of its own.

The newest month is 1, amounts are in minor units. What is not known of a month is null: in a month that ended before
the account was opened, or that nobody looked back to, nothing is known. An account's features are then arithmetic on
one row, which every engine does without grouping or joining.
"""

from collections.abc import Callable
from typing import Any

import ibis

MONTHS = 24
"""How far back months are read; most features look at most a year back."""
FACTS = {"balance": MONTHS, "minimum": MONTHS, "paid": MONTHS, "missed_then": 13, "days_early": 6}
"""The facts of a month and how many months have them: the balance at its end, the own minimum of that statement, what
was paid in the month, minimums missed at its end, and how many days before the due day payments came. The column of a
fact of a month is `balance_1` and so on; beside them stand `limit_minor` and `months_known`, null where there are none.
Balance and minimum are known of every month that is; what was paid but for the oldest, in which it is not known to
belong to any statement."""
MOST_SHARE, MOST_RATE = 2.0, 5.0
"""Where the share paid of a balance ends, and what was charged beside it."""
MOST_ZEROS = 10
"""So many noughts, and two digits before them, are more than any month's payments come to."""


def how_round(amount: Any) -> Any:
    """2 for an amount with one digit before its noughts (500, 3,000), 1 for one with two (1,200), 0 for any other.

    It is the same in whatever unit the amount is counted, and whatever the currency.
    """
    sizes = [(amount < 10 ** (zeros + 2), 10**zeros) for zeros in range(MOST_ZEROS)]
    unit = ibis.cases(*sizes, else_=10**MOST_ZEROS)
    digits = ibis.ifelse(amount % (unit * 10) == 0, 2, ibis.ifelse(amount % unit == 0, 1, 0))
    return ibis.ifelse(amount > 0, digits, 0)


def share_of(month: "Month") -> Any:
    """The share paid of the balance before, at most all of it; where nothing was owed, all of it."""
    share = ibis.least(month.paid / ibis.greatest(month.before, 1), 1.0)
    return ibis.cases((month.before > 0, share), (month.before <= 0, 1.0), else_=None)


def share_of_owed_of(month: "Month") -> Any:
    """The same where something was owed, up to MOST_SHARE."""
    share = month.paid / ibis.greatest(month.before, 1)
    return ibis.ifelse(month.owed_before, ibis.least(share, MOST_SHARE), ibis.null("float64"))


def charged_of(month: "Month") -> Any:
    """What the balance has grown by beside what was paid: purchases, interest, fees, less credits."""
    return month.balance - month.before + month.paid


def charge_rate_of(month: "Month") -> Any:
    """What was charged to the balance before, up to MOST_RATE; null where nothing was owed."""
    rate = charged_of(month) / ibis.greatest(month.before, 1)
    return ibis.ifelse(month.owed_before, ibis.least(rate, MOST_RATE), ibis.null("float64"))


FOLLOWS: dict[str, tuple[int, Callable[["Month"], Any]]] = {
    "paid_round": (5, lambda month: how_round(month.paid)),
    "share": (6, share_of),
    "share_of_owed": (5, share_of_owed_of),
    "charged": (12, charged_of),
    "charge_rate": (5, charge_rate_of),
}
"""What follows from the facts of a month and the one before, and is asked of so many months by several features."""


def followed(facts: Any) -> Any:
    """A table of FACTS with what FOLLOWS from them in columns of their own, as the facts are: an engine then computes
    it once, and not wherever a feature asks for it."""
    reach = reach_of(facts)
    months = [Month(facts, number) for number in range(1, reach + 1)]
    return facts.mutate(**{
        f"{name}_{month.number}": of(month) for name, (last, of) in FOLLOWS.items() for month in months[:last]
    })  # fmt: skip


def reach_of(facts: Any) -> int:
    """How many months a table of FACTS has."""
    return sum(f"balance_{number}" in facts.columns for number in range(1, MONTHS + 1))


class Month:
    """One month of every account: its facts, those of the month before it, what follows from both. Ibis values."""

    def __init__(self, facts: Any, number: int) -> None:
        self.facts, self.number = facts, number

    def fact(self, name: str, *, back: int = 0) -> Any:
        """A fact of this month, or of one so many months before it; null of a month that the facts do not reach."""
        month = self.number + back
        if f"balance_{month}" not in self.facts.columns:
            return ibis.null("int64")
        return self.facts[f"{name}_{month}"]

    def following(self, name: str) -> Any:
        """What FOLLOWS by this name: its column, or where the table has none, the expression of it."""
        column = f"{name}_{self.number}"
        return self.facts[column] if column in self.facts.columns else FOLLOWS[name][1](self)

    @property
    def balance(self) -> Any:
        """At the end of the month."""
        return self.fact("balance")

    @property
    def before(self) -> Any:
        """The balance at the end of the month before: what is paid in this one is paid of it."""
        return self.fact("balance", back=1)

    @property
    def minimum(self) -> Any:
        """The own minimum of the statement that ends the month; of one to come that of the statement before."""
        own = self.fact("minimum")
        return own if self.number > 1 else ibis.ifelse(own == 0, self.minimum_before.fill_null(0), own)

    @property
    def minimum_before(self) -> Any:
        """The own minimum of the statement that is paid in the month."""
        return self.fact("minimum", back=1)

    @property
    def paid(self) -> Any:
        """Paid in the month."""
        return self.fact("paid")

    @property
    def paid_round(self) -> Any:
        """How round the amount is that was paid in the month."""
        return self.following("paid_round")

    @property
    def missed_then(self) -> Any:
        """Minimums missed at the end of the month."""
        return self.fact("missed_then")

    @property
    def missed_before(self) -> Any:
        """Minimums missed at the end of the month before."""
        return self.fact("missed_then", back=1)

    @property
    def days_early(self) -> Any:
        """How many days before the due day payments came."""
        return self.fact("days_early")

    @property
    def owed_before(self) -> Any:
        """Whether something was owed at the end of the month before."""
        return self.before > 0

    @property
    def share(self) -> Any:
        """The share paid of the balance before, at most all of it; where nothing was owed, all of it."""
        return self.following("share")

    @property
    def share_of_owed(self) -> Any:
        """The same where something was owed, up to MOST_SHARE."""
        return self.following("share_of_owed")

    @property
    def charged(self) -> Any:
        """What the balance has grown by beside what was paid: purchases, interest, fees, less credits."""
        return self.following("charged")

    @property
    def spent(self) -> Any:
        """The same, where it is above zero."""
        return ibis.ifelse(self.charged < 0, 0, self.charged)

    @property
    def charge_rate(self) -> Any:
        """What was charged to the balance before, up to MOST_RATE; null where nothing was owed."""
        return self.following("charge_rate")


class History:
    """The months of accounts, from a table of FACTS in columns; a table may end before MONTHS."""

    def __init__(self, facts: Any) -> None:
        self.limit_minor, self.months_known = facts.limit_minor, facts.months_known
        self.reach = reach_of(facts)
        self.months = [Month(facts, number) for number in range(1, MONTHS + 1)]

    def __getitem__(self, number: int) -> Month:
        return self.months[number - 1]

    def each(self, name: str, first: int, last: int) -> list[Any]:
        """A fact in the months from the first to the last, those that the table reaches."""
        return [getattr(self[number], name) for number in range(first, min(last, self.reach) + 1)]

    def mean(self, name: str, first: int, last: int) -> Any:
        """The mean of a fact over those of these months in which it is known; null where it is in none."""
        values = self.each(name, first, last)
        count = total_of([value.notnull().cast("int64") for value in values])
        return total_of([value.fill_null(0) for value in values]) / count.nullif(0)

    def where(self, holds: Callable[[Month], Any], last: int = MONTHS) -> list[Any]:
        """Whether something holds in each of the months up to the last; where it is not known, it does not."""
        return [holds(self[number]).fill_null(False) for number in range(1, min(last, self.reach) + 1)]


def total_of(values: list[Any]) -> Any:
    """The sum of values all of which are known."""
    return sum(values[1:], values[0])


def total(values: list[Any]) -> Any:
    """The sum of those that are known; null where none is."""
    return ibis.ifelse(ibis.coalesce(*values).notnull(), total_of([value.fill_null(0) for value in values]), None)


def most(values: list[Any]) -> Any:
    """The greatest of those that are known: engines pass over null."""
    return ibis.greatest(*values)


def least(values: list[Any]) -> Any:
    """The least of those that are known."""
    return ibis.least(*values)
