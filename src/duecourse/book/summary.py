"""The sums of every sealed day in one small file, summary.parquet, beside the days.

It is made of the same rows and by the same lanes as the days themselves, carries the digest of the seal it was made
from, and can be thrown away: `prepare` makes again what is missing or was sealed anew. Beside the sums of a day as it
was sealed (`booked` is the day itself) stands by how much the corrections of a later day moved them (`booked` is that
day): together they are the sums as known on it.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from duecourse.kernel.columns import AT, FIELDS, PRINCIPALS, STANDING
from duecourse.ledger.balances import Book, select
from duecourse.rules import read as rules
from duecourse.servicing import standing

from . import known, parquet, read
from .tables import Day

SUMS = (
    "accounts", "owing", "in_credit", "late", "over_limit", "nonaccrual",
    "principal", "interest", "fee", "penalty", "credit", "suspended", "accrued", "past_due", "limit",
)  # fmt: skip
"""What is summed for each product, bucket, stage and class of a day: counts of accounts, then minor units."""
KEYS = ("product_id", "bucket", "stage", "risk_class")
SUMMARY = pa.schema(
    [("day", pa.date32()), ("booked", pa.date32()), ("digest", pa.string())]
    + [(name, pa.int64()) for name in (*KEYS, *SUMS)]
)
PREPARING = Lock()


def rows(through: date) -> list[dict[str, Any]]:
    """The summary of every sealed day up to `through`, as known on it: rows of one day and key add up."""
    prepare(through)
    place = parquet.root() / "summary.parquet"
    written = place.stat()
    return [row for row in _rows(str(place), written.st_mtime_ns, written.st_ino) if row["booked"] <= through]


@lru_cache(maxsize=1)
def _rows(place: str, written: int, node: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(place).to_pylist()
    return found


def prepare(through: date) -> None:
    """Bring the summary up to a sealed day: add the days that it lacks, make again those that were sealed anew."""
    with PREPARING:
        _prepare(through)


def _prepare(through: date) -> None:
    sealed = {day: bytes(digest).hex() for day, digest in Day.objects.values_list("day", "digest")}
    place = parquet.root() / "summary.parquet"
    if place.exists() and pq.read_schema(place).names != SUMMARY.names:
        place.unlink()  # made by an earlier version
    kept = _known(str(place), place.stat().st_mtime_ns) if place.exists() else {}
    missing = [day for day in sorted(sealed) if day <= through and kept.get(day) != sealed[day]]
    if not missing:
        return
    old = pq.read_table(place) if place.exists() else SUMMARY.empty_table()
    good = [sealed.get(day) == digest for day, digest in zip(*booked_by(old), strict=True)]
    tables = [old.filter(pa.array(good, pa.bool_()))]
    for month in by_month(missing):
        tables += [pa.Table.from_pylist(summed(day, sealed[day], book), schema=SUMMARY) for day, book in books(month)]
    for day in missing:
        tables.append(pa.Table.from_pylist(moved_by(day, sealed[day]), schema=SUMMARY))
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(pa.concat_tables(tables).sort_by("day"), draft)
    draft.replace(place)


@lru_cache(maxsize=1)
def _known(place: str, written: int) -> dict[date, str]:
    return dict(zip(*booked_by(pq.read_table(place, columns=["booked", "digest"])), strict=True))


def booked_by(summary: pa.Table) -> tuple[list[date], list[str]]:
    """The days that booked the rows of a summary, and the digests of their seals."""
    return summary.column("booked").to_pylist(), summary.column("digest").to_pylist()


def by_month(days: Sequence[date]) -> list[list[date]]:
    """Days in runs of one month each."""
    months: dict[tuple[int, int], list[date]] = {}
    for day in days:
        months.setdefault((day.year, day.month), []).append(day)
    return list(months.values())


def books(wanted: Sequence[date]) -> Iterator[tuple[date, Book]]:
    """The book at the close of each of these days of one month, as sealed, from one reading of what changed in it.

    Accounts that a day was sealed without are not in it.
    """
    held = held_from(wanted[0], wanted[-1])
    for day in wanted:
        yield day, read.in_order(held.on(day), day)


class Held(NamedTuple):
    """Rows of accounts, each with the day numbers from which and up to which it held, the last not with it."""

    book: Book
    since: Any
    until: Any

    def on(self, day: date) -> Book:
        """The rows that held at the close of a day."""
        today = rules.day_number(day)
        return select(self.book, (self.since <= today) & (today < self.until))


def held_from(first: date, last: date, ids: Any = None) -> Held:
    """Every row that accounts (all, or those with these ids) had on sealed days from one to another, as sealed."""
    before = [sealed for sealed in read.sealed_days() if sealed <= last]
    full = next((d for d in reversed(before) if d <= first and (parquet.folder(d) / "day.parquet").exists()), None)
    columns = ", ".join(f'"{field}"' for field in ("account_id", "product_id", "terms_id", *FIELDS, "dues"))
    sources = [(full, parquet.folder(full) / "day.parquet")] if full else []
    for day in before:
        if full is None or day > full:
            sources += [(day, place) for place in parquet.of_kind(day, "changes")]
    chosen = "" if ids is None else " WHERE account_id IN (SELECT id FROM chosen)"
    selects = [
        f"SELECT {columns}, {rules.day_number(day)} AS since, {age} AS age FROM read_parquet('{place}'){chosen}"
        for age, (day, place) in enumerate(sources)
    ]
    with duckdb.connect() as engine:
        engine.register("chosen", pa.table({"id": pa.array([] if ids is None else ids, pa.int64())}))
        table = engine.sql(
            f"SELECT {columns}, since, "
            "coalesce(lead(since) OVER (PARTITION BY account_id ORDER BY age), 1000000) AS until "
            f"FROM ({' UNION ALL '.join(selects)}) ORDER BY account_id, since"
        ).to_arrow_table()
    return Held(read.as_book(table), table.column("since").to_numpy(), table.column("until").to_numpy())


def moved_by(booked: date, digest: str) -> list[dict[str, Any]]:
    """By how much the corrections that a day brought moved the sums of the days before it."""
    brought = pa.concat_tables([known.ROWS.empty_table(), *known.of_day(booked)])
    if not brought.num_rows:
        return []
    first, last = pc.min(brought.column("from_day")).as_py(), booked - timedelta(days=1)
    ids = np.unique(brought.column("account_id").to_numpy())
    earlier = known.booked(after=first, through=last)
    held = held_from(first, last, ids)
    found = []
    for day in (one for one in read.sealed_days() if first <= one <= last):
        now = read.as_book(known.newest(known.holding(brought, day)))
        corrected = read.as_book(known.newest(known.holding(earlier, day)))
        sealed = read.in_order(held.on(day), day)
        was = [
            select(sealed, np.isin(sealed.ids, now.ids) & ~np.isin(sealed.ids, corrected.ids)),
            select(corrected, np.isin(corrected.ids, now.ids)),
        ]
        found += difference(
            [row for book in was for row in summed(day, digest, book)], summed(day, digest, now), booked
        )
    return found


def difference(was: list[dict[str, Any]], now: list[dict[str, Any]], booked: date) -> list[dict[str, Any]]:
    """What must be added to the sums of a day, by key, so that they become others; keys that stay are left out."""
    moved: dict[tuple[int, ...], Counter[str]] = {}
    for sign, rows_of in ((-1, was), (1, now)):
        for row in rows_of:
            sums = moved.setdefault(tuple(row[key] for key in KEYS), Counter())
            for name in SUMS:
                sums[name] += sign * row[name]
    told = {name: (was + now)[0][name] for name in ("day", "digest")} | {"booked": booked} if was or now else {}
    return [
        told | dict(zip(KEYS, key, strict=True)) | {name: sums[name] for name in SUMS}
        for key, sums in moved.items()
        if any(sums.values())
    ]


def summed(day: date, digest: str, book: Book) -> list[dict[str, Any]]:
    """The sums of a day, one row for each product, bucket, stage and class that has accounts."""
    stand = dict(zip(STANDING, standing.of(book, day), strict=True))
    row = {field: book.shard.rows[i] for field, i in AT.items()}
    principal = sum(row[name] for name in PRINCIPALS)
    owed = principal + row["interest"] + row["fee"] + row["penalty"]
    values = np.stack(
        [
            np.ones_like(owed), owed > 0, row["credit"] > 0, stand["days_past_due"] > 0,
            principal > row["limit_minor"], row["nonaccrual"],
            principal, row["interest"], row["fee"], row["penalty"], row["credit"], row["suspended"],
            stand["interest_to_date"] + stand["penalty_to_date"], stand["past_due_minor"], row["limit_minor"],
        ]
    )  # fmt: skip
    keys = np.stack([book.products, stand["bucket"], stand["stage"], stand["risk_class"]])
    packed = keys[0] * 1_000 + keys[1] * 100 + keys[2] * 10 + keys[3]
    order = np.argsort(packed, kind="stable")
    starts = np.flatnonzero(np.diff(packed[order], prepend=-1))
    if not len(starts):
        return []
    sums = np.add.reduceat(values[:, order], starts, axis=1)
    first = keys[:, order[starts]]
    return [
        {"day": day, "booked": day, "digest": digest}
        | dict(zip(KEYS, first[:, i].tolist(), strict=True))
        | dict(zip(SUMS, sums[:, i].tolist(), strict=True))
        for i in range(len(starts))
    ]
