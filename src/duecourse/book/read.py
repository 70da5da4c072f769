"""Reading sealed days: `day(d)` is every account at the close of day d, as an Ibis table on DuckDB.

A day is read as it is known on a sealed day: the newest version of each row that was booked by then. What was known on
the day itself is what was sealed, and stays readable.

An account that the day was sealed without is not in it: what its row said is from before, and nothing follows from it.
It is read again from the day on which it returned; as known since then, the days between have it too.

A full day is the nearest earlier full day plus the changes since; a month's end is kept in full, so that reading does
not grow with age. What follows from the day alone (days past due, bucket, stage, class, interest to date) is written
beside the rows by the same lanes that closed them: there is no second formula.
"""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection

from duecourse.kernel.columns import FIELDS, PRINCIPALS, STANDING, Shard
from duecourse.ledger.balances import Book, select
from duecourse.ledger.bulk import arrow
from duecourse.ledger.journal import Refused
from duecourse.servicing import standing as servicing_standing

from . import known, parquet
from .tables import Day, SetAside

OF_BOOK = ["account_id", "product_id", "terms_id", *FIELDS, "dues"]
"""The columns of a sealed day that are a book."""


class NotSealed(Refused):
    code = "day_not_sealed"


class Change(NamedTuple):
    """Why an account's past was changed: since which day, on which it was booked, by whom, and the reason."""

    since: date
    booked: date
    by: str
    reason: str


class Correction(NamedTuple):
    """An account that is known otherwise than it was sealed: by figure before and after, and the changes behind it.

    A figure's `before` is None where the day was sealed without the account.
    """

    account_id: int
    number: str
    currency: str
    exponent: int
    moved: dict[str, tuple[int | None, int]]
    changes: list[Change]


def sealed_days() -> list[date]:
    """The sealed days, oldest first."""
    return list(Day.objects.order_by("day").values_list("day", flat=True))


def last_sealed() -> date | None:
    """The latest sealed day, if there is one."""
    found = Day.objects.order_by("-day").first()
    return found.day if found else None


def require_sealed(day: date) -> None:
    """Refuse a day that is not sealed."""
    if not Day.objects.filter(day=day).exists():
        raise NotSealed(f"{day} is not sealed; the last sealed day is {last_sealed()}")


def day(wanted: date, *, known_on: date | None = None) -> Any:
    """Every account at the close of a sealed day, as known on that or a later sealed day (else on the last).

    Accounts that the day was sealed without are not in it, unless they have returned by then. Refuses days that are not
    sealed, and a day as known on an earlier one.
    """
    require_sealed(wanted)
    on = known_on or last_sealed()
    assert on is not None
    require_sealed(on)
    corrected = known.rows(wanted, on)
    sealed = engine().read_parquet(str(full_day(wanted)))
    if not corrected.num_rows:
        return sealed
    now = ibis.memtable(standing(as_book(corrected), wanted))
    return sealed.anti_join(now, "account_id").union(now)


def columns(wanted: date, names: Sequence[str], *, known_on: date) -> pa.Table:
    """Some columns of what `day` is, as an Arrow table and without an engine: for who reads many days.

    Refuses what `day` refuses.
    """
    require_sealed(wanted)
    require_sealed(known_on)
    corrected = known.rows(wanted, known_on)
    if not corrected.num_rows:
        return pq.ParquetFile(full_day(wanted)).read(list(names)).select(names)
    sealed = pq.ParquetFile(full_day(wanted)).read([*names, "account_id"])
    now = standing(as_book(corrected), wanted)
    kept = sealed.filter(pc.invert(pc.is_in(sealed.column("account_id"), now.column("account_id").combine_chunks())))
    return pa.concat_tables([kept.select(names), now.select(names)])


def full_day(wanted: date) -> Path:
    """The file with every account at the close of a sealed day, as it was sealed; made when it is not there."""
    require_sealed(wanted)
    place = parquet.folder(wanted) / "day.parquet"
    if not place.exists():
        materialise(wanted)
    return place


def corrections(*, day: date, known_on: date | None = None) -> list[Correction]:
    """The accounts of a sealed day that are known otherwise on a later one (else the last), with what changed and why.

    In order of account. Refuses what `day` refuses.
    """
    require_sealed(day)
    on = known_on or last_sealed()
    assert on is not None
    require_sealed(on)
    newest = known.rows(day, on)
    if not newest.num_rows:
        return []
    sealed = pq.read_table(full_day(day), filters=pc.field("account_id").isin(newest.column("account_id").unique()))
    before = {row["account_id"]: compared(row) for row in sealed.to_pylist()}
    why: dict[int, dict[int, Change]] = {}
    for row in known.holding(known.booked(after=day, through=on), day).to_pylist():
        told = why.setdefault(row["account_id"], {})
        for one in row["changes"]:
            if one["since_day"] <= day:
                told[one["id"]] = Change(one["since_day"], row["booked_day"], one["by"], one["reason"])
    found = []
    names = named(list(why))
    for row in standing(as_book(newest), day).to_pylist():
        account, after = row["account_id"], compared(row)
        was = before.get(account, {})
        moved = {name: (was.get(name), value) for name, value in after.items() if was.get(name) != value}
        if moved:
            found.append(Correction(account, *names[account], moved, list(why[account].values())))
    return found


def compared(row: Mapping[str, Any]) -> dict[str, int]:
    """The figures of an account of a day that a correction is told by, in minor units but for the last two."""
    return {
        "principal": sum(row[name] for name in PRINCIPALS),
        "interest": row["interest"],
        "fee": row["fee"],
        "penalty": row["penalty"],
        "credit": row["credit"],
        "accrued": row["interest_to_date"] + row["penalty_to_date"],
        "past_due": row["past_due_minor"],
        "limit": row["limit_minor"],
        "days_past_due": row["days_past_due"],
        "bucket": row["bucket"],
    }


def named(ids: Sequence[int]) -> dict[int, tuple[str, str, int]]:
    """The numbers of accounts, and the currency and its exponent of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.number, p.currency, p.exponent FROM servicing_account a "
            "JOIN ledger_product p ON p.id = a.product_id WHERE a.id = ANY(%s)",
            [list(ids)],
        )
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def numbers(account_ids: Any) -> pa.Array:
    """The number of each of these accounts, in their order: for who asks for many."""
    told = arrow("SELECT id, number FROM servicing_account ORDER BY id")
    at = np.searchsorted(told.column("id").to_numpy(), account_ids)
    return told.column("number").take(pa.array(at, pa.int64())).combine_chunks()


def entries(*, through: date, since: date | None = None) -> Any:
    """The entries of accounts that were booked on sealed days up to `through`."""
    return across("entries.parquet", since, through)


def kept_entries(*, through: date, since: date, kinds: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """Columns of those of some kinds, booked from `since` to `through`, that nothing among them takes back: neither
    reversed entries nor their reversals."""
    names = ", ".join(columns)
    sql = (
        f"WITH told AS MATERIALIZED (SELECT id, reverses, {names} FROM read_parquet($places) "
        f"WHERE kind IN ({', '.join(map(str, kinds))})) SELECT {names} FROM told ANTI JOIN "
        "(SELECT reverses AS id FROM told WHERE reverses IS NOT NULL) USING (id) WHERE reverses IS NULL"
    )
    return of_files(sql, places=files("entries.parquet", since, through))


def statements(*, through: date, since: date | None = None) -> Any:
    """The statements that were booked on sealed days up to `through`; a correction is a later version."""
    return across("statements.parquet", since, through)


def across(name: str, since: date | None, through: date) -> Any:
    """One file a day, from `since` to `through`, as one table."""
    return engine().read_parquet(files(name, since, through))


def files(name: str, since: date | None, through: date) -> list[str]:
    """The file of such a name of each sealed day from `since` to `through`, of which the last must be sealed."""
    require_sealed(through)
    return [
        str(parquet.folder(sealed) / name)
        for sealed in sealed_days()
        if sealed <= through and (since is None or sealed >= since)
    ]


def of_files(sql: str, **told: Any) -> pa.Table:
    """What DuckDB finds in files, as an Arrow table; no expression has to be compiled for it."""
    found: pa.Table = engine().con.sql(sql, params=told).to_arrow_table()
    return found


def engine() -> Any:
    """An Ibis engine with names of its own, on this process's DuckDB: a connection to it takes a twentieth of the time
    that another DuckDB takes."""
    return ibis.duckdb.from_connection(_duckdb(os.getpid()).cursor())


@cache
def _duckdb(process: int) -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def materialise(wanted: date) -> None:
    """Write every account at the close of a sealed day to day.parquet, but for those that it was sealed without."""
    if not (parquet.folder(wanted) / "day.parquet").exists():
        book = in_order(rows_of(wanted), wanted)
        parquet.write(standing(book, wanted), parquet.folder(wanted) / "day.parquet")


def excepted(day: date) -> list[int]:
    """The accounts that a day was sealed without."""
    found: list[int] = Day.objects.get(day=day).excepted
    return found


def in_order(book: Book, day: date) -> Book:
    """The accounts of a book but for those that a day was sealed without."""
    left = excepted(day)
    return select(book, ~np.isin(book.ids, left)) if left else book


def left_behind(day: date) -> list[Book]:
    """The accounts that a day was sealed without, each as it stood when it was last closed."""
    since: dict[int, date] = {}
    for aside in SetAside.objects.filter(account_id__in=excepted(day), day__lte=day).order_by("id"):
        since[aside.account_id] = aside.day
    books = []
    for first in sorted(set(since.values())):
        before = [sealed for sealed in sealed_days() if sealed < first]
        if before:
            book = rows_of(before[-1])
            books.append(select(book, np.isin(book.ids, [one for one, on in since.items() if on == first])))
    return books


def rows_of(wanted: date) -> Book:
    """The newest row of each account at the close of a sealed day: those of a full day and the changes since."""
    before = [sealed for sealed in sealed_days() if sealed <= wanted]
    full = next((d for d in reversed(before) if (parquet.folder(d) / "day.parquet").exists()), None)
    changes: list[Path] = []
    for sealed in before:
        if full is None or sealed > full:
            changes += parquet.of_kind(sealed, "changes")
    return latest(changes, parquet.folder(full) / "day.parquet" if full else None)


def latest(changes: Sequence[Path], full: Path | None) -> Book:
    """The newest row of each account among a full day and later changes, which come in order of their days."""
    places = [full, *changes] if full else changes
    table = pa.concat_tables([pq.ParquetFile(place).read(OF_BOOK).select(OF_BOOK) for place in places])
    ids = table.column("account_id").to_numpy()
    order = np.argsort(ids, kind="stable")  # an account's newest row is its last
    is_newest = np.diff(ids[order], append=-1) != 0
    return as_book(table.take(pa.array(order[is_newest])))


def as_book(table: pa.Table) -> Book:
    """An Arrow table of rows as columns for the lanes."""
    table = table.combine_chunks()
    numbers = {name: table.column(name).to_numpy() for name in ("account_id", "product_id", "terms_id", *FIELDS)}
    dues = table.column("dues").combine_chunks()
    lengths = np.asarray(dues.value_lengths().fill_null(0)).astype(np.int64)
    flat = np.asarray(dues.flatten()).astype(np.int64)
    return Book(
        numbers["account_id"],
        numbers["product_id"],
        numbers["terms_id"],
        Shard(
            np.stack([numbers[field] for field in FIELDS]).astype(np.int64),
            flat,
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        ),
    )


def standing(book: Book, on: date) -> pa.Table:
    """The rows with what follows from the day for each account."""
    table = parquet.as_table(book, book.shard)
    for name, values in zip(STANDING, servicing_standing.of(book, on), strict=True):
        table = table.append_column(name, pa.array(values, pa.int64()))
    return table
