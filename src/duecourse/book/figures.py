"""What a sealed day says about the whole book: its sums by bucket, the buckets over time, the roll of the month.

The sums of every sealed day are kept in one small file, summary.parquet, beside the days. It is made of the same rows
and by the same lanes as the days themselves, carries the digest of the seal it was made from, and can be thrown away:
`prepare` makes again what is missing or was sealed anew.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from duecourse.kernel.columns import AT, FIELDS, PRINCIPALS, STANDING
from duecourse.kernel.money import PPM
from duecourse.ledger.balances import Book, select
from duecourse.ledger.tables import Product
from duecourse.rules import read as rules
from duecourse.servicing import standing

from . import parquet, read
from .seal import is_month_end
from .tables import Day, Run, SetAside

SUMS = (
    "accounts", "owing", "in_credit", "late", "over_limit", "nonaccrual",
    "principal", "interest", "fee", "penalty", "credit", "suspended", "accrued", "past_due", "limit",
)  # fmt: skip
"""What is summed for each product, bucket, stage and class of a day: counts of accounts, then minor units."""
KEYS = ("product_id", "bucket", "stage", "risk_class")
SUMMARY = pa.schema([("day", pa.date32()), ("digest", pa.string())] + [(name, pa.int64()) for name in (*KEYS, *SUMS)])
BUCKETS, STAGES, CLASSES = tuple(range(8)), (1, 2, 3), (1, 2, 3, 4, 5)
PREPARING = Lock()
NEW = -1
"""Where an account stood at a day on which it was not there yet, or was set aside."""


class Part(NamedTuple):
    """The accounts of one bucket, stage or class; the share is of what is owed."""

    place: int
    accounts: int
    owed: int
    past_due: int
    share_ppm: int


class Figures(NamedTuple):
    """A sealed day of one currency: sums over its accounts, and the same by bucket, stage and class."""

    day: date
    currency: str
    exponent: int
    sums: Mapping[str, int]
    owed: int
    past_due_share_ppm: int
    use_ppm: int
    buckets: list[Part]
    stages: list[Part]
    classes: list[Part]


class Point(NamedTuple):
    """One bucket on one day: its accounts and their share of all, what they owe and its share of all that is owed."""

    day: date
    bucket: int
    accounts: int
    share_ppm: int
    owed: int
    owed_share_ppm: int


class Cell(NamedTuple):
    """How many accounts went from one bucket to another, and their share of those that began in it."""

    bucket: int
    accounts: int
    share_ppm: int


class RollRow(NamedTuple):
    """Where the accounts that began in one bucket stand now. NEW: they were not there yet."""

    before: int
    accounts: int
    cells: list[Cell]


class Roll(NamedTuple):
    """How accounts moved between buckets from one sealed day to another."""

    since: date
    through: date
    buckets: list[int]
    rows: list[RollRow]


class Close(NamedTuple):
    """What the close of a sealed day did and how it was sealed."""

    day: date
    accounts: int
    entries: int
    sealed_at: Any
    sealed_by: str
    digest: str
    audit_place: int
    set_aside: int
    excepted: int


class Neighbours(NamedTuple):
    """A sealed day with the sealed days before and after it, and the last one."""

    day: date
    before: date | None
    after: date | None
    last: date


def neighbours(day: date) -> Neighbours:
    """The sealed days around a sealed day."""
    read.require_sealed(day)
    earlier = Day.objects.filter(day__lt=day).order_by("-day").first()
    later = Day.objects.filter(day__gt=day).order_by("day").first()
    last = read.last_sealed()
    assert last is not None
    return Neighbours(day, earlier.day if earlier else None, later.day if later else None, last)


def currencies(day: date) -> list[str]:
    """The currencies of a sealed day, the one with the most accounts first."""
    found = products()
    counts: Counter[str] = Counter()
    for row in rows_of(day):
        counts[found[row["product_id"]].currency] += row["accounts"]
    return sorted(counts, key=lambda currency: (-counts[currency], currency))


def of_day(day: date, *, currency: str) -> Figures:
    """The sums of a sealed day in one currency."""
    found = products()
    rows = [row for row in rows_of(day) if found[row["product_id"]].currency == currency]
    exponent = next(product.exponent for product in found.values() if product.currency == currency)
    sums = {name: sum(row[name] for row in rows) for name in SUMS}
    owed = owed_in(sums)
    return Figures(
        day,
        currency,
        exponent,
        sums,
        owed,
        share(sums["past_due"], owed),
        share(sums["principal"], sums["limit"]),
        parts(rows, "bucket", BUCKETS, owed),
        parts(rows, "stage", STAGES, owed),
        parts(rows, "risk_class", CLASSES, owed),
    )


def history(*, through: date, currency: str, months: int = 13) -> list[Point]:
    """What each bucket past due was of the book, day by day over the months before a sealed day."""
    since = through - timedelta(days=31 * months)
    found = products()
    owed: Counter[tuple[date, int]] = Counter()
    accounts: Counter[tuple[date, int]] = Counter()
    all_owed: Counter[date] = Counter()
    all_accounts: Counter[date] = Counter()
    for row in summary(through):
        if row["day"] < since or found[row["product_id"]].currency != currency:
            continue
        owed[row["day"], row["bucket"]] += owed_in(row)
        accounts[row["day"], row["bucket"]] += row["accounts"]
        all_owed[row["day"]] += owed_in(row)
        all_accounts[row["day"]] += row["accounts"]
    return [
        Point(
            day,
            bucket,
            accounts[day, bucket],
            share(accounts[day, bucket], total),
            owed[day, bucket],
            share(owed[day, bucket], all_owed[day]),
        )
        for day, total in sorted(all_accounts.items())
        for bucket in BUCKETS[1:]
    ]


def roll(day: date, *, currency: str) -> Roll | None:
    """How accounts moved between buckets since the last month's end that is sealed; None when there is none."""
    since = next((sealed for sealed in reversed(read.sealed_days()) if sealed < day and is_month_end(sealed)), None)
    if since is None:
        return None
    return _roll(connection.settings_dict["NAME"], since, seal_of(since), day, seal_of(day), currency)


@lru_cache(maxsize=256)
def _roll(database: str, since: date, sealed_since: str, through: date, sealed: str, currency: str) -> Roll:
    ids = [product.id for product in products().values() if product.currency == currency]
    with duckdb.connect() as engine:
        found = engine.execute(
            f"SELECT coalesce(a.bucket, {NEW}), b.bucket, count(*) FROM read_parquet(?) b "
            "LEFT JOIN read_parquet(?) a USING (account_id) WHERE list_contains(?, b.product_id) GROUP BY ALL",
            [str(full_day(through)), str(full_day(since)), ids],
        ).fetchall()
    counts = {(before, now): accounts for before, now, accounts in found}
    widest = max((max(pair) for pair in counts), default=0)
    buckets = list(range(widest + 1))
    rows = []
    for before in (*buckets, NEW):
        total = sum(counts.get((before, now), 0) for now in buckets)
        if total or before != NEW:
            cells = [
                Cell(now, counts.get((before, now), 0), share(counts.get((before, now), 0), total)) for now in buckets
            ]
            rows.append(RollRow(before, total, cells))
    return Roll(since, through, buckets, rows)


def close_of(day: date) -> Close:
    """What the close of a sealed day did."""
    read.require_sealed(day)
    sealed = Day.objects.get(day=day)
    runs = list(Run.objects.filter(day=day))
    aside = SetAside.objects.filter(day__lte=day).exclude(returned_on__lte=day).count()
    return Close(
        day,
        sum(run.accounts for run in runs),
        sum(run.entries for run in runs),
        sealed.recorded_at,
        sealed.sealed_by,
        bytes(sealed.digest).hex(),
        sealed.audit_place,
        aside,
        len(sealed.excepted),
    )


def share(part: int, whole: int) -> int:
    """A part of a whole in parts per million, to the nearest; 0 of nothing."""
    return (2 * part * PPM + whole) // (2 * whole) if whole > 0 else 0


def owed_in(sums: Mapping[str, Any]) -> int:
    """All that is owed and charged."""
    return int(sums["principal"] + sums["interest"] + sums["fee"] + sums["penalty"])


def parts(rows: Sequence[Mapping[str, Any]], key: str, places: Sequence[int], owed: int) -> list[Part]:
    """The rows summed by one of KEYS."""
    found = []
    for place in places:
        here = [row for row in rows if row[key] == place]
        owed_here = sum(owed_in(row) for row in here)
        accounts, past_due = sum(row["accounts"] for row in here), sum(row["past_due"] for row in here)
        found.append(Part(place, accounts, owed_here, past_due, share(owed_here, owed)))
    return found


def products() -> dict[int, Product]:
    """The products by id."""
    return {product.id: product for product in Product.objects.all()}


def full_day(day: date) -> Path:
    """The file with every account at the close of a sealed day; made when it is not there."""
    place = parquet.folder(day) / "day.parquet"
    if not place.exists():
        read.materialise(day)
    return place


def seal_of(day: date) -> str:
    """The digest of a sealed day."""
    read.require_sealed(day)
    return bytes(Day.objects.get(day=day).digest).hex()


def rows_of(day: date) -> list[dict[str, Any]]:
    """The rows of the summary of one sealed day."""
    read.require_sealed(day)
    return [row for row in summary(day) if row["day"] == day]


def summary(through: date) -> list[dict[str, Any]]:
    """The summary of every sealed day up to `through`."""
    prepare(through)
    place = parquet.root() / "summary.parquet"
    written = place.stat()
    return [row for row in _summary(str(place), written.st_mtime_ns, written.st_ino) if row["day"] <= through]


@lru_cache(maxsize=1)
def _summary(place: str, written: int, node: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(place).to_pylist()
    return rows


def prepare(through: date) -> None:
    """Bring the summary up to a sealed day: add the days that it lacks, make again those that were sealed anew."""
    with PREPARING:
        _prepare(through)


def _prepare(through: date) -> None:
    sealed = {day: bytes(digest).hex() for day, digest in Day.objects.values_list("day", "digest")}
    place = parquet.root() / "summary.parquet"
    kept = _known(str(place), place.stat().st_mtime_ns) if place.exists() else {}
    missing = [day for day in sorted(sealed) if day <= through and kept.get(day) != sealed[day]]
    if not missing:
        return
    old = pq.read_table(place) if place.exists() else SUMMARY.empty_table()
    good = [sealed.get(day) == digest for day, digest in zip(*(old.column(i).to_pylist() for i in (0, 1)), strict=True)]
    tables = [old.filter(pa.array(good, pa.bool_()))]
    for month in by_month(missing):
        tables += [pa.Table.from_pylist(summed(day, sealed[day], book), schema=SUMMARY) for day, book in books(month)]
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}.tmp")
    pq.write_table(pa.concat_tables(tables).sort_by("day"), draft)
    draft.replace(place)


@lru_cache(maxsize=1)
def _known(place: str, written: int) -> dict[date, str]:
    table = pq.read_table(place, columns=["day", "digest"])
    return dict(zip(table.column("day").to_pylist(), table.column("digest").to_pylist(), strict=True))


def by_month(days: Sequence[date]) -> list[list[date]]:
    """Days in runs of one month each."""
    months: dict[tuple[int, int], list[date]] = {}
    for day in days:
        months.setdefault((day.year, day.month), []).append(day)
    return list(months.values())


def books(wanted: Sequence[date]) -> Iterator[tuple[date, Book]]:
    """The book at the close of each of these days of one month, from one reading of what changed in it.

    Accounts that a day was sealed without are not in it.

    Every row that an account had stands once, with the days from which and to which it held.
    """
    before = [sealed for sealed in read.sealed_days() if sealed <= wanted[-1]]
    full = next((d for d in reversed(before) if d <= wanted[0] and (parquet.folder(d) / "day.parquet").exists()), None)
    columns = ", ".join(f'"{field}"' for field in ("account_id", "product_id", "terms_id", *FIELDS, "dues"))
    sources = [(full, parquet.folder(full) / "day.parquet")] if full else []
    for day in before:
        if full is None or day > full:
            sources += [(day, place) for place in sorted(parquet.folder(day).glob("changes-*.parquet"))]
    selects = [
        f"SELECT {columns}, {rules.day_number(day)} AS since, {age} AS age FROM read_parquet('{place}')"
        for age, (day, place) in enumerate(sources)
    ]
    with duckdb.connect() as engine:
        table = engine.sql(
            f"SELECT {columns}, since, "
            "coalesce(lead(since) OVER (PARTITION BY account_id ORDER BY age), 1000000) AS until "
            f"FROM ({' UNION ALL '.join(selects)}) ORDER BY account_id, since"
        ).to_arrow_table()
    since, until = table.column("since").to_numpy(), table.column("until").to_numpy()
    rows = read.as_book(table)
    for day in wanted:
        today = rules.day_number(day)
        yield day, read.in_order(select(rows, (since <= today) & (today < until)), day)


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
        {"day": day, "digest": digest}
        | dict(zip(KEYS, first[:, i].tolist(), strict=True))
        | dict(zip(SUMS, sums[:, i].tolist(), strict=True))
        for i in range(len(starts))
    ]
