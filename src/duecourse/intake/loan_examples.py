"""What a loan book of the past has to teach: loans as they were seen at the end of a month, and what became of them.

An example knows nothing after its month. An outcome looks at the months of its window and at nothing after them.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from duecourse.risk import model
from duecourse.risk.features import aggregate
from duecourse.risk.features.feature import Feature
from duecourse.risk.features.loan import LOAN

from . import loan_months
from .loan_holidays import IN_ORDER
from .loan_months import Book

SERIOUS = 3.0
"""From so many installments of arrears a loan is seriously behind."""
AT_ONCE = 8
"""So many months are put together in one query."""


class Target(NamedTuple):
    """What is to be foretold. months: the window after the month seen. charge_off_only: arrears do not count.
    in_order_only: only loans less than half an installment behind are looked at."""

    name: str
    months: int
    charge_off_only: bool
    in_order_only: bool


ARREARS = Target("three installments of arrears or charge-off within six months", 6, False, True)
CHARGE_OFF = Target("charge-off within twelve months", 12, True, False)


class Examples(NamedTuple):
    """One row a loan and month seen: its place, the loan, how far behind it was, its features."""

    seen: Any
    loan: Any
    behind: Any
    rows: Any

    def take(self, mask: Any) -> "Examples":
        """The examples for which the mask is true."""
        return Examples(*(column[mask] for column in self))


def examples(book: Book, seen: Iterable[int], holidays: Any = None, features: Sequence[Feature] = LOAN) -> Examples:
    """The loans that were owed at the end of each month, as they were seen then, in order of month and loan."""
    places, count = sorted(set(seen)), len(book.ids)
    parts = []
    for begin in range(0, len(places), AT_ONCE):
        some = places[begin : begin + AT_ONCE]
        told = pa.concat_tables([of_month(book, place, holidays) for place in some])
        table = aggregate(ibis.memtable(told), features).order_by("account_id").to_pyarrow()
        key = table.column("account_id").to_numpy()
        parts.append((key, model.matrix(table, [feature.name for feature in features])))
    key = np.concatenate([one for one, _ in parts])
    rows = np.concatenate([one for _, one in parts])
    place, loan = key // count, key % count
    return Examples(place, loan, loan_months.behind(book, holidays)[loan, place], rows)


def of_month(book: Book, place: int, holidays: Any) -> pa.Table:
    """The facts seen at the end of a month; each loan's number says the month too."""
    facts = loan_months.facts(book.through(place), holidays)
    key = facts.column("account_id").to_numpy() + place * len(book.ids)
    return facts.set_column(facts.column_names.index("account_id"), "account_id", pa.array(key))


def outcome(book: Book, told: Examples, target: Target, holidays: Any = None) -> Any:
    """1 where what is foretold happened within the window, else 0; the window has to lie in the book."""
    assert told.seen.max() + target.months < book.months
    happened = book.charged_off.copy()
    if not target.charge_off_only:
        happened |= book.alive & (loan_months.behind(book, holidays) >= SERIOUS)
    return within(happened, told, target.months)


def within(happened: Any, told: Examples, months: int) -> Any:
    """1 where something happened to an example's loan in the months after the one seen."""
    count = np.concatenate([np.zeros((len(happened), 1), np.int64), np.cumsum(happened, axis=1)], axis=1)
    last = np.minimum(told.seen + months, happened.shape[1] - 1)
    return (count[told.loan, last + 1] > count[told.loan, told.seen + 1]).astype(np.int64)


def looked_at(told: Examples, target: Target) -> Any:
    """Which examples the target speaks of."""
    return told.behind < IN_ORDER if target.in_order_only else np.ones(len(told.loan), bool)


def folds(book: Book, over: int) -> Any:
    """Each loan's fold (n), by a hash of what it is called alone."""
    return np.array([int.from_bytes(sha256(str(name).encode()).digest()[:8], "big") % over for name in book.ids])
