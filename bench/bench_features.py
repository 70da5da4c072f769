"""Features and scores of a large book on one machine: accounts a second, and the most memory that it takes.

Ours is `risk.features.line_book.table_of`, the same expression that scores a sealed day, over accounts with 24 months
each, in batches of accounts; then the chances of the calibrated trees and of the scorecard. The sources lie as Parquet,
drawn before the clock starts. It runs in a process of its own, so that its peak memory is its own.

Yardsticks of the same run:
    a  the same features in pandas (`pandas_features.py`), on fewer accounts, by accounts a second; values are compared
    b  LightGBM's predict alone on the finished matrix, on two threads; a model of ours scores on one

    python bench/bench_features.py [--accounts 1000000] [--pandas 100000] [--repeats 3]
"""

import argparse
import multiprocessing
import os
import queue
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import django
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DAY = date(2026, 8, 31)
MONTHS = 24
CYCLES = {1: 5, 2: 12, 3: 19, 4: 26}
"""The terms of the accounts, by id: their cycle day. Half of the accounts of each await their next statement."""
AT_ONCE = 125_000
SAMPLE = 40_000
"""Accounts that the models are trained on."""


def write(place: Path, accounts: int) -> None:
    """Draw the sources of so many accounts as Parquet, in files of AT_ONCE accounts."""
    from duecourse.risk.features import line_book
    from duecourse.rules.read import day_number, to_date

    day = day_number(DAY)
    ends = {terms: line_book.cycle_days(day, cycle, MONTHS + 1) for terms, cycle in CYCLES.items()}
    rows = []
    for terms, closed in ends.items():
        for awaits, last in ((False, closed), (True, [day, *closed])):
            rows += [(terms, awaits, i + 1, to_date(last[i]), to_date(last[i + 1])) for i in range(MONTHS)]
    fields = line_book.Month._fields
    months = pa.table(dict(zip(fields, zip(*rows, strict=True), strict=True)))
    pq.write_table(months, place / "months.parquet")
    pq.write_table(line_book.days_of(months), place / "days.parquet")
    for first in range(0, accounts, AT_ONCE):
        count = min(AT_ONCE, accounts - first)
        for name, table in drawn(first, count, ends, day).items():
            folder = place / name
            folder.mkdir(exist_ok=True)
            pq.write_table(table, folder / f"{first:09d}.parquet", compression="zstd")


def drawn(first: int, count: int, ends: dict[int, list[int]], day: int) -> dict[str, pa.Table]:
    """The sources of some accounts: how they stand, statements, payments, missed minimums."""
    chance = np.random.default_rng(first)
    ids = np.arange(first, first + count)
    terms = ids % len(CYCLES) + 1
    awaits = ids // len(CYCLES) % 2 == 0
    age = np.minimum(chance.geometric(0.03, count) + 1, MONTHS)
    limit = chance.integers(5, 200, count) * 100_000
    habit = chance.beta(2, 1.2, count)
    closed = np.array([ends[one] for one in range(1, len(CYCLES) + 1)])[terms - 1][:, :MONTHS]
    lived = np.arange(MONTHS)[None, :] < age[:, None]
    balance = np.cumsum(chance.normal(0, 0.06, (count, MONTHS)), axis=1) + chance.uniform(0.05, 0.8, count)[:, None]
    balance = (np.clip(balance, 0, 1.1) * limit[:, None]).astype(np.int64)
    minimum = balance // 20
    account, month = np.nonzero(lived)
    statements = {
        "account_id": ids[account],
        "ends_on": days(closed[account, month]),
        "balance": balance[account, month],
        "minimum": minimum[account, month],
        "due_on": days(closed[account, month] + 20),
    }
    pays = lived & (chance.random((count, MONTHS)) < 0.35 + 0.65 * habit[:, None])
    payer, at = np.nonzero(pays)
    paid_on = closed[payer, at] + chance.integers(1, 28, len(payer))
    share = np.where(chance.random(len(payer)) < habit[payer] * 0.6, 1.0, chance.uniform(0.04, 0.4, len(payer)))
    amount = np.maximum((balance[payer, at] * share).astype(np.int64), 1_000)
    known = paid_on <= day
    missed_then = np.where(pays, 0, chance.integers(0, 3, (count, MONTHS)) * (habit[:, None] < 0.4))
    stands = {
        "account_id": ids,
        "product_id": np.ones(count, np.int64),
        "terms_id": terms,
        "limit_minor": limit,
        "days_past_due": np.zeros(count, np.int64),
        "missed": missed_then[:, 0] * 0,
        "owed_minor": balance[:, 0] + 100,
        "awaits_statement": awaits,
        "in_order": np.ones(count, bool),
        "opened_on": days(closed[np.arange(count), age - 1]),
    }
    return {
        "now": pa.table(stands),
        "statements": pa.table(statements),
        "payments": pa.table(
            {"payer": ids[payer][known], "effective_day": days(paid_on[known]), "amount": amount[known]}
        ),
        "missed": pa.table(
            {
                "account_id": ids[account],
                "missed_then": missed_then[account, month],
                "ends_on": days(closed[account, month]),
            }
        ),
    }


def days(numbers: Any) -> pa.Array:
    """Day numbers as dates."""
    return pa.array(np.asarray(numbers).astype("datetime64[D]"))


def names() -> list[str]:
    """The features that come from months: what stands beside them is empty in this book."""
    from duecourse.risk.features import line

    return list(line.DIRECTION)


def batch(place: Path, first: int, threads: int) -> pa.Table:
    """The features of one file of accounts: the product's expression on DuckDB."""
    import ibis

    from duecourse.risk.features import line_book

    engine = ibis.duckdb.connect(threads=threads, memory_limit="1500MB")
    parts = (
        engine.read_parquet(str(place / name / f"{first:09d}.parquet"))
        for name in ("now", "statements", "payments", "missed")
    )
    now, statements, payments, missed = parts
    months, of_days = (engine.read_parquet(str(place / f"{name}.parquet")) for name in ("months", "days"))
    table = line_book.table_of(line_book.Sources(now, months, of_days, statements, payments, missed))
    return engine.to_pyarrow(table)


def ours(place: Path, accounts: int, threads: int, models: dict[str, Any], told: Any) -> None:
    """Features and chances of all accounts; tells seconds of each, and the peak memory of this process in GB."""
    ready()
    from duecourse.risk import model, scorecard

    trees, card = model.Model.from_body(models["boosted"]), scorecard.Scorecard.from_body(models["scorecard"])
    took = dict.fromkeys(("features", "matrix", "boosted", "scorecard", "predict", "reasons"), 0.0)

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        found = work()
        took[name] += time.perf_counter() - begun
        return found

    for first in range(0, accounts, AT_ONCE):
        table = timed("features", lambda first=first: batch(place, first, threads))
        rows = timed("matrix", lambda table=table: model.matrix(table, names()))
        chance = timed("boosted", lambda rows=rows: trees.chance(rows))
        top = rows[np.argsort(-chance)[: len(rows) // 20]]
        timed("reasons", lambda top=top: why(trees, top))
        timed("scorecard", lambda rows=rows: card.chance(rows))
        timed("predict", lambda rows=rows: trees.booster.predict(rows, num_threads=model.WORKERS))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    told.put(took | {"peak": peak})


def why(trees: Any, rows: Any) -> list[Any]:
    """The reasons of some accounts, and what would help them most: asked for the top of a list only."""
    from duecourse.risk import advice, explain
    from duecourse.risk.features import line

    advice.of_rows(trees, rows, trees.chance(rows), names(), line.DIRECTION)
    return explain.reasons(rows, trees.contributions(rows), np.full(len(rows), 2), names())


def in_pandas(place: Path, accounts: int) -> tuple[float, Any]:
    """Seconds of the same in pandas on the first accounts, and the features."""
    import pandas_features

    begun = time.perf_counter()
    files = range(0, accounts, AT_ONCE)
    told = {}
    for name in ("now", "statements", "payments", "missed"):
        table = pa.concat_tables([pq.read_table(place / name / f"{first:09d}.parquet") for first in files])
        key = "payer" if name == "payments" else "account_id"
        told[name] = table.filter(pa.compute.less(table.column(key), accounts))
    told["months"] = pq.read_table(place / "months.parquet")
    frames = {name: table.to_pandas(date_as_object=False) for name, table in told.items()}
    found = pandas_features.features(frames)
    return time.perf_counter() - begun, found


def compared(place: Path, theirs: Any, threads: int) -> int:
    """How many accounts have the same features in both ways; refuses the first that differs."""
    mine = batch(place, 0, threads).to_pandas().set_index("account_id").sort_index()
    theirs = theirs.set_index("account_id")
    ids = [one for one in theirs.index if one in mine.index][:20_000]
    for name in names():
        own = mine.loc[ids, name].to_numpy(dtype=float, na_value=np.nan)
        other = theirs.loc[ids, name].to_numpy(dtype=float, na_value=np.nan)
        same = np.isclose(own, other, rtol=1e-9, equal_nan=True)
        assert same.all(), (name, ids[int(np.argmin(same))], own[np.argmin(same)], other[np.argmin(same)])
    return len(ids)


def trained(place: Path, threads: int) -> dict[str, Any]:
    """Models of both kinds of the first accounts, by an outcome drawn from how they pay."""
    from duecourse.risk import model, scorecard
    from duecourse.risk.features import line

    table = batch(place, 0, threads).sort_by("account_id").slice(0, SAMPLE)
    rows = model.matrix(table, names())
    at = names().index
    chance = np.random.default_rng(1)
    raw = -1.8 + 0.6 * rows[:, at("months_unpaid")] + 0.8 * rows[:, at("utilisation")]
    missed = (chance.random(len(rows)) < 1 / (1 + np.exp(-np.nan_to_num(raw)))).astype(np.int64)
    parts = model.spread(table.column("account_id").to_numpy(), model.PARTS, salt=1)
    directions = line.DIRECTION
    return {
        "boosted": model.fit(rows, missed, parts, directions).body(),
        "scorecard": scorecard.fit(rows, missed, directions).body(),
    }


def ready() -> None:
    """Load the application: its modules, no database."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "duecourse.settings"
    django.setup()


def main() -> None:
    ready()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--pandas", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="duecourse-bench-") as folder:
        place = Path(folder)
        write(place, given.accounts)
        size = sum(one.stat().st_size for one in place.rglob("*.parquet")) / 2**20
        print(f"{given.accounts:,} accounts, {MONTHS} months, {size:,.0f} MB of Parquet, {given.threads} threads")
        models = trained(place, given.threads)
        runs = []
        for _ in range(given.repeats):
            fresh = multiprocessing.get_context("spawn")
            told = fresh.Queue()
            one = fresh.Process(target=ours, args=(place, given.accounts, given.threads, models, told))
            one.start()
            while True:
                try:
                    runs.append(told.get(timeout=5))
                    break
                except queue.Empty:
                    if not one.is_alive():
                        raise SystemExit(f"the process ended with {one.exitcode} and told nothing") from None
            one.join()
        mine = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        report(given.accounts, mine)
        few = min(given.pandas, given.accounts)
        seconds, theirs = in_pandas(place, few)
        same = compared(place, theirs, given.threads)
        both = mine["features"] + mine["matrix"]
        ratio = (seconds / few) / (both / given.accounts)
        print(f"  a pandas on {few:,}          {seconds:7.2f} s, {few / seconds:10,.0f} accounts/s; equal on {same:,}")
        print(f"  ratio a/ours, by account: {ratio:.1f} (aim 10)")


def report(accounts: int, mine: dict[str, float]) -> None:
    """Print what each part took."""
    for name in ("features", "matrix", "boosted", "scorecard"):
        print(f"  {name:<22}{mine[name]:8.2f} s, {accounts / mine[name]:12,.0f} accounts/s")
    total = sum(mine[name] for name in ("features", "matrix", "boosted"))
    print(f"  features and chances  {total:8.2f} s, {accounts / total:12,.0f} accounts/s")
    ratio = mine["boosted"] / mine["predict"]
    print(f"  b predict alone       {mine['predict']:8.2f} s; ratio scoring/b: {ratio:.2f} (aim 3)")
    print(f"  reasons and advice    {mine['reasons']:8.2f} s, of the top twentieth; not counted above")
    print(f"  peak memory           {mine['peak']:8.2f} GB (aim 4)")


if __name__ == "__main__":
    main()
