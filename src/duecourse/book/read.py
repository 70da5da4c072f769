"""Reading sealed days: `day(d)` is every account at the close of day d, as an Ibis table on DuckDB.

An account that the day was sealed without is not in it: what its row said is from before, and nothing follows from it.
It is read again from the day on which it returned.

A full day is the nearest earlier full day plus the changes since; a month's end is kept in full, so that reading does
not grow with age. What follows from the day alone (days past due, bucket, stage, class, interest to date) is written
beside the rows by the same lanes that closed them: there is no second formula.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa

from duecourse.kernel.columns import FIELDS, STANDING, Shard
from duecourse.ledger.balances import Book, select
from duecourse.ledger.journal import Refused
from duecourse.servicing import standing as servicing_standing

from . import parquet
from .tables import Day, SetAside


class NotSealed(Refused):
    code = "day_not_sealed"


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


def day(wanted: date) -> Any:
    """Every account at the close of a sealed day, but for those that it was sealed without."""
    require_sealed(wanted)
    place = parquet.folder(wanted) / "day.parquet"
    if not place.exists():
        materialise(wanted)
    return ibis.duckdb.connect().read_parquet(str(place))


def entries(*, through: date, since: date | None = None) -> Any:
    """The entries of accounts that were booked on sealed days up to `through`."""
    return across("entries.parquet", since, through)


def statements(*, through: date, since: date | None = None) -> Any:
    """The statements that were booked on sealed days up to `through`; a correction is a later version."""
    return across("statements.parquet", since, through)


def across(name: str, since: date | None, through: date) -> Any:
    """One file a day, from `since` to `through`, as one table."""
    require_sealed(through)
    places = [
        str(parquet.folder(sealed) / name)
        for sealed in sealed_days()
        if sealed <= through and (since is None or sealed >= since)
    ]
    return ibis.duckdb.connect().read_parquet(places)


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
            changes += sorted(parquet.folder(sealed).glob("changes-*.parquet"))
    return latest(changes, parquet.folder(full) / "day.parquet" if full else None)


def latest(changes: Sequence[Path], full: Path | None) -> Book:
    """The newest row of each account among a full day and later changes."""
    columns = ", ".join(f'"{field}"' for field in ("account_id", "product_id", "terms_id", *FIELDS, "dues"))
    parts = [f"SELECT {columns}, 0 AS age FROM read_parquet('{full}')"] if full else []
    parts += [f"SELECT {columns}, {age} AS age FROM read_parquet('{place}')" for age, place in enumerate(changes, 1)]
    with duckdb.connect() as engine:
        table = engine.sql(
            f"SELECT {columns} FROM ({' UNION ALL '.join(parts)}) "
            "QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY age DESC) = 1 ORDER BY account_id"
        ).to_arrow_table()
    return as_book(table)


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
