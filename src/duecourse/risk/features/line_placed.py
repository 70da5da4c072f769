"""What happened to lines, placed in their months: from rows an account and day to a column for each fact and month.

A row finds its account by one look-up and its month by its day alone, in a small table of the days of each kind of
account (those under the same terms that await a statement alike). No row is sorted, grouped or joined; that is what
taking two years of a large book apart costs most on every engine.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.kernel.columns import Array

from .line_months import FACTS, MONTHS

AT_ONCE = 1 << 16
"""Rows that are placed at once, so that what is computed on the way stays near the processor; and accounts in a batch
of the columns, which an engine reads side by side."""


class Calendar(NamedTuple):
    """The months of each kind of account, by day.

    kinds: terms_id * 2, and 1 more where a statement is awaited. ends: the days on which each one's months end.
    within, ended: of each kind and day from `first`, the month that it lies in, and the one that it ends; 0: none.
    The last kind and the last day stand for any that is not known: nothing lies there.
    """

    kinds: Array
    ends: Array
    first: int
    within: Array
    ended: Array


def calendar_of(months: pa.Table) -> Calendar:
    """The same from rows of months: terms_id, awaits_statement, month, ends_on, begins_after."""
    kinds, kind = np.unique(kind_of(months), return_inverse=True)
    begins, ends = day_numbers(months.column("begins_after")), day_numbers(months.column("ends_on"))
    number = months.column("month").to_numpy()
    first, last = (int(begins.min()), int(ends.max())) if len(kinds) else (0, 0)
    within = np.zeros((len(kinds) + 1, last - first + 2), np.int8)
    ended, all_ends = np.zeros_like(within), np.zeros((MONTHS + 1, len(kinds) + 1), np.int64)
    for row, begin, end, month in zip(kind, begins - first, ends - first, number, strict=True):
        within[row, begin + 1 : end + 1] = month
    ended[kind, ends - first] = number
    all_ends[number, kind] = ends
    return Calendar(kinds, all_ends, first, within, ended)


def kind_of(rows: pa.Table) -> Array:
    """Accounts of the same kind have the same months."""
    kinds: Array = rows.column("terms_id").to_numpy() * 2 + rows.column("awaits_statement").to_numpy()
    return kinds


def day_numbers(days: Any) -> Array:
    """Days as their numbers; one that is not known is 0."""
    numbers: Array = pc.fill_null(days.cast(pa.int32()), 0).to_numpy()
    return numbers


Rows: TypeAlias = pa.Table | pa.RecordBatchReader
"""Rows of a source: in memory, or read as they are placed, so that no more than some batches of them are held."""


def batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    """Rows, some at a time."""
    return iter(rows.to_reader(AT_ONCE) if isinstance(rows, pa.Table) else rows)


class Placed(NamedTuple):
    """A fact by month and account, of a shape as `Places.empty` has; and where it is known, None: in every month."""

    values: Array
    is_known: Array | None


SPARSE = 4
"""Ids of accounts that lie further apart than so many on average are looked for, not looked up."""


def rows_by_id(ids: Array) -> Array:
    """The row of each id from the first one on, where there is none that of no account, as behind the last; empty
    where ids, which are in order, lie too far apart."""
    if not len(ids) or ids[-1] - ids[0] >= SPARSE * len(ids):
        return np.empty(0, np.int64)
    rows = np.full(ids[-1] - ids[0] + 2, len(ids))
    rows[ids - ids[0]] = np.arange(len(ids))
    return rows


class Places:
    """Where rows belong: of which of the accounts, which stand in order of their ids, and in which of its months.

    Behind the accounts stands one for rows of none of them, before the months one for rows of none.
    """

    def __init__(self, now: pa.Table, months: pa.Table) -> None:
        self.accounts = np.append(now.column("account_id").to_numpy(), np.iinfo(np.int64).max)
        self.count = now.num_rows
        self.rows = rows_by_id(self.accounts[:-1])
        self.calendar = calendar_of(months)
        kinds, own = self.calendar.kinds, kind_of(now)
        nearest = np.searchsorted(kinds, own)
        is_known = np.append(kinds, -1)[nearest] == own
        self.kind = np.append(np.where(is_known, nearest, len(kinds)), len(kinds))

    def row(self, own: Array) -> Array:
        """Where each account stands, that of none for one that is not among them."""
        if len(self.rows):
            since = own - self.accounts[0]
            since[(since < 0) | (since >= len(self.rows))] = len(self.rows) - 1
            row: Array = self.rows[since]
            return row
        row = np.searchsorted(self.accounts, own)
        row[self.accounts[row] != own] = self.count
        return row

    def of(self, accounts: pa.Array, days: pa.Array, months: Array) -> Array:
        """The place of each row in `empty(MONTHS)`, as one number. months: `within` or `ended` of the calendar."""
        row = self.row(accounts.to_numpy())
        width = months.shape[1]
        since = day_numbers(days) - self.calendar.first
        since[(since < 0) | (since >= width)] = width - 1
        place: Array = months.ravel()[self.kind[row] * width + since].astype(np.int64)
        place *= self.count + 1
        place += row
        return place

    def put(self, values: Array, places: Array, found: Array) -> None:
        """Write what was found to its places; what lies in a month that the values do not reach lies in none."""
        values.ravel()[np.where(places < values.size, places, 0)] = found

    def add(self, values: Array, places: Array, found: Array) -> None:
        """Add what was found to what is in its places."""
        np.add.at(values.ravel(), np.where(places < values.size, places, 0), found)

    def empty(self, reach: int) -> Array:
        """Whole numbers by month and account: all 0."""
        return np.zeros((reach + 1, self.count + 1), np.int64)

    def lived(self, opened: Array) -> Array:
        """How many months of each account ended on the day it was opened or later, from the newest on."""
        count = np.zeros(self.count, np.int64)
        for ends in self.calendar.ends[1:]:
            count += ends[self.kind[:-1]] >= opened
        return count


def in_columns(now: pa.Table, months: pa.Table, statements: Rows, payments: Rows, missed: Rows) -> pa.Table:
    """In order of account: the columns of `now` but for its terms and opening, how many months are known, and the FACTS
    of each month.

    The tables are those of `line_book.Sources`. A month without a statement has a balance of 0 and asks nothing; of one
    that ended before the account was opened nothing is known; what was paid in the oldest that is known cannot be told
    to belong to any statement, and is left out.
    """
    now = now.sort_by("account_id")
    places = Places(now, months)
    lived = places.lived(day_numbers(now.column("opened_on")))
    columns = {name: now.column(name) for name in now.column_names if name not in ("terms_id", "opened_on")}
    columns["months_known"] = pa.array(lived, mask=lived == 0)
    bills, due = billed(places, now, statements)
    for found in (bills, paid(places, payments, due), stood(places, now, missed)):
        for name, (values, is_known) in found.items():
            for month in range(1, FACTS[name] + 1):
                unknown = lived <= month if name == "paid" else lived < month
                if is_known is not None:
                    unknown |= ~is_known[month, :-1]
                columns[f"{name}_{month}"] = pa.array(values[month, :-1], mask=unknown)
    whole = pa.table(columns)
    return pa.Table.from_batches(whole.to_batches(AT_ONCE), whole.schema)


def billed(places: Places, now: pa.Table, statements: Rows) -> tuple[dict[str, Placed], Array]:
    """Balance and own minimum at the end of each month, where a statement is awaited what is owed now; and the due day
    of the statement before each of the months for which it counts how early payments come, 0: not known."""
    balance, minimum, due = places.empty(MONTHS), places.empty(MONTHS), places.empty(FACTS["days_early"] + 1)
    for rows in batches(statements):
        ended = places.of(rows.column("account_id"), rows.column("ends_on"), places.calendar.ended)
        places.put(balance, ended, rows.column("balance").to_numpy())
        places.put(minimum, ended, rows.column("minimum").to_numpy())
        places.put(due, ended, day_numbers(rows.column("due_on")))
    awaits, owed = now.column("awaits_statement").to_numpy(), now.column("owed_minor").to_numpy()
    balance[1, :-1] = np.where(awaits, owed, balance[1, :-1])
    return {"balance": Placed(balance, None), "minimum": Placed(minimum, None)}, np.roll(due, -1, axis=0)[:-1]


def paid(places: Places, payments: Rows, due: Array) -> dict[str, Placed]:
    """Paid in each month, and how many days before the due day: each day weighed by its amount."""
    early = FACTS["days_early"]
    sums, moments = places.empty(MONTHS), places.empty(early)
    for rows in batches(payments):
        days, amounts = rows.column("effective_day"), rows.column("amount").to_numpy()
        within = places.of(rows.column("payer"), days, places.calendar.within)
        places.add(sums, within, amounts)
        places.add(moments, within, amounts * day_numbers(days))
    recent = sums[: early + 1]
    is_known = (due != 0) & (recent != 0)
    days_early = (due * recent - moments) / np.where(is_known, recent, 1)
    return {"paid": Placed(sums, None), "days_early": Placed(days_early, is_known)}


def stood(places: Places, now: pa.Table, missed: Rows) -> dict[str, Placed]:
    """Minimums missed at the end of each month: in the newest those missed now, in others where that day is sealed."""
    values = places.empty(FACTS["missed_then"])
    is_known = np.zeros(values.shape, bool)
    for rows in batches(missed):
        ended = places.of(rows.column("account_id"), rows.column("ends_on"), places.calendar.ended)
        places.put(values, ended, rows.column("missed_then").to_numpy())
        places.put(is_known, ended, True)
    values[1, :-1], is_known[1] = now.column("missed").to_numpy(), True
    return {"missed_then": Placed(values, is_known)}
