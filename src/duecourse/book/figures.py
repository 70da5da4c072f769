"""What a sealed day says about the whole book: its sums by bucket, the buckets over time, the roll of the month.

The sums of a day are those that were sealed. What is compared over time is taken as it was known on the day asked for:
earlier days with the corrections that were booked by then, and none that came later.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import duckdb
from django.db import connection

from duecourse.kernel.money import PPM
from duecourse.ledger.tables import Product

from . import read, summary
from .seal import is_month_end
from .summary import SUMS
from .tables import Day, Run, SetAside

BUCKETS, STAGES, CLASSES = tuple(range(8)), (1, 2, 3), (1, 2, 3, 4, 5)
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
    """What each bucket past due was of the book, day by day over the months before a sealed day, as known on it."""
    since = through - timedelta(days=31 * months)
    found = products()
    owed: Counter[tuple[date, int]] = Counter()
    accounts: Counter[tuple[date, int]] = Counter()
    all_owed: Counter[date] = Counter()
    all_accounts: Counter[date] = Counter()
    for row in summary.rows(through):
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
    """How accounts moved between buckets since the last month's end that is sealed, as known on the day.

    None where no month's end before it is sealed.
    """
    since = next((sealed for sealed in reversed(read.sealed_days()) if sealed < day and is_month_end(sealed)), None)
    if since is None:
        return None
    return _roll(connection.settings_dict["NAME"], since, seal_of(since), day, seal_of(day), currency)


@lru_cache(maxsize=256)
def _roll(database: str, since: date, sealed_since: str, through: date, sealed: str, currency: str) -> Roll:
    ids = [product.id for product in products().values() if product.currency == currency]
    was, is_now = (
        book.select("account_id", "product_id", "bucket").to_pyarrow()
        for book in (read.day(since, known_on=through), read.day(through, known_on=through))
    )
    with duckdb.connect() as engine:
        engine.register("was", was)
        engine.register("is_now", is_now)
        found = engine.execute(
            f"SELECT coalesce(a.bucket, {NEW}), b.bucket, count(*) FROM is_now b "
            "LEFT JOIN was a USING (account_id) WHERE list_contains(?, b.product_id) GROUP BY ALL",
            [ids],
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


def seal_of(day: date) -> str:
    """The digest of a sealed day."""
    read.require_sealed(day)
    return bytes(Day.objects.get(day=day).digest).hex()


def rows_of(day: date) -> list[dict[str, Any]]:
    """The rows of the summary of one sealed day, as it was sealed."""
    read.require_sealed(day)
    return [row for row in summary.rows(day) if row["day"] == day]
