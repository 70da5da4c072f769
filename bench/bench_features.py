"""Features and scores of a large book on one machine: accounts a second, and the most memory that it takes.

Ours is what scores a sealed day: `risk.features.line_placed.in_columns`, then the expression of `line_book.table_of`,
over accounts with up to 24 months each, all at once or in batches; then the chances of the calibrated trees and of the
scorecard. The sources lie as Parquet, drawn before the clock starts, and reading them is counted. It runs in a process
of its own, so that its peak memory is its own.

Yardsticks, run in turn with ours; a ratio is the median of the rounds':
    a  the same features in pandas (`pandas_features.py`) from the same files, on fewer accounts, by accounts a second;
       values are compared. pandas works on one thread, DuckDB on two
    b  LightGBM's predict alone on the finished matrix, on two threads; a model of ours scores on one

    python bench/bench_features.py [--accounts 1000000] [--at-once 1000000] [--pandas 100000] [--repeats 3]
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
from pyarrow import dataset

DAY = date(2026, 8, 31)
MONTHS = 24
CYCLES = {1: 5, 2: 12, 3: 19, 4: 26}
"""The terms of the accounts, by id: their cycle day. Half of the accounts of each await their next statement."""
IN_FILE = 125_000
"""Accounts in a file of each source."""
SOURCES = ("now", "statements", "payments", "missed")
OF_FEATURES = ("months in columns", "features", "matrix")
"""What is done for the features, in order; the first reads the files."""
SAMPLE = 40_000
"""Accounts that the models are trained on."""


def write(place: Path, accounts: int) -> None:
    """Draw the sources of so many accounts as Parquet, in files of IN_FILE accounts."""
    from duecourse.risk.features import line_book
    from duecourse.rules.read import day_number, to_date

    day = day_number(DAY)
    ends = {terms: line_book.cycle_days(day, cycle, MONTHS + 1) for terms, cycle in CYCLES.items()}
    rows = []
    for terms, closed in ends.items():
        for awaits, last in ((False, closed), (True, [day, *closed])):
            rows += [(terms, awaits, i + 1, to_date(last[i]), to_date(last[i + 1])) for i in range(MONTHS)]
    fields = line_book.Month._fields
    pq.write_table(pa.table(dict(zip(fields, zip(*rows, strict=True), strict=True))), place / "months.parquet")
    for first in range(0, accounts, IN_FILE):
        count = min(IN_FILE, accounts - first)
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


def told_of(place: Path, first: int, count: int) -> dict[str, Any]:
    """The sources of some accounts, from the files that have them, to be read as they are used. `first` begins one."""
    files = [f"{one:09d}.parquet" for one in range(first, first + count, IN_FILE)]
    lie = {name: dataset.dataset([str(place / name / file) for file in files]) for name in SOURCES}
    read = {name: one.scanner(batch_size=1 << 16).to_reader() for name, one in lie.items()}
    return read | {"now": read["now"].read_all(), "months": pq.read_table(place / "months.parquet")}


def from_columns(columns: pa.Table) -> pa.Table:
    """Features from months in columns, by the SQL that is kept from day to day."""
    from duecourse.risk.features import line_book
    from duecourse.risk.features.compiled import Made

    return Made(line_book.table_of, (columns,)).arrow()


def featured(place: Path, first: int, count: int) -> pa.Table:
    """The features of some accounts."""
    from duecourse.risk.features import line_placed

    return from_columns(line_placed.in_columns(**told_of(place, first, count)))


def ours(place: Path, accounts: int, at_once: int, threads: int, models: dict[str, Any], told: Any) -> None:
    """Features and chances of all accounts; tells seconds of each, and the peak memory of this process in GB."""
    ready(threads)
    from duecourse.risk import model, scorecard
    from duecourse.risk.features import line_placed

    trees, card = model.Model.from_body(models["boosted"]), scorecard.Scorecard.from_body(models["scorecard"])
    took = dict.fromkeys((*OF_FEATURES, "boosted", "scorecard", "predict", "reasons", "processor"), 0.0)

    def timed(name: str, work: Callable[[], Any]) -> Any:
        begun, used = time.perf_counter(), time.process_time()
        found = work()
        took[name] += time.perf_counter() - begun
        took["processor"] += (time.process_time() - used) * (name in OF_FEATURES)
        return found

    for first in range(0, accounts, at_once):
        count = min(at_once, accounts - first)
        sources = told_of(place, first, count)
        columns = timed("months in columns", lambda sources=sources: line_placed.in_columns(**sources))
        table = timed("features", lambda columns=columns: from_columns(columns))
        del columns
        rows = timed("matrix", lambda table=table: model.matrix(table, names()))
        del table
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


def in_pandas(place: Path, accounts: int) -> tuple[float, float, Any]:
    """Seconds of the same in pandas on the first accounts, those of a processor, and the features."""
    import pandas_features

    begun, used = time.perf_counter(), time.process_time()
    told = told_of(place, 0, accounts)
    for name in SOURCES:
        key = "payer" if name == "payments" else "account_id"
        told[name] = told[name] if name == "now" else told[name].read_all()
        told[name] = told[name].filter(pa.compute.less(told[name].column(key), accounts))
    frames = {name: table.to_pandas(date_as_object=False) for name, table in told.items()}
    found = pandas_features.features(frames)
    return time.perf_counter() - begun, time.process_time() - used, found


def compared(place: Path, theirs: Any) -> int:
    """How many accounts have the same features in both ways; refuses the first that differs."""
    mine = featured(place, 0, IN_FILE).to_pandas().set_index("account_id").sort_index()
    theirs = theirs.set_index("account_id")
    ids = [one for one in theirs.index if one in mine.index][:20_000]
    for name in names():
        own = mine.loc[ids, name].to_numpy(dtype=float, na_value=np.nan)
        other = theirs.loc[ids, name].to_numpy(dtype=float, na_value=np.nan)
        same = np.isclose(own, other, rtol=1e-9, equal_nan=True)
        assert same.all(), (name, ids[int(np.argmin(same))], own[np.argmin(same)], other[np.argmin(same)])
    return len(ids)


def trained(place: Path) -> dict[str, Any]:
    """Models of both kinds of the first accounts, by an outcome drawn from how they pay."""
    from duecourse.risk import model, scorecard
    from duecourse.risk.features import line

    table = featured(place, 0, IN_FILE).sort_by("account_id").slice(0, SAMPLE)
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


def ready(threads: int) -> None:
    """Load the application: its modules, no database; and let DuckDB use so many threads."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "duecourse.settings"
    django.setup()
    from duecourse.book import read

    read.engine().con.execute(f"SET threads = {threads}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--at-once", type=int, default=1_000_000, help=f"a multiple of {IN_FILE:,}")
    parser.add_argument("--pandas", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    if given.at_once % IN_FILE:
        parser.error(f"--at-once must be a multiple of {IN_FILE}")
    ready(given.threads)
    with tempfile.TemporaryDirectory(prefix="duecourse-bench-") as folder:
        place = Path(folder)
        write(place, given.accounts)
        size = sum(one.stat().st_size for one in place.rglob("*.parquet")) / 2**20
        print(f"{given.accounts:,} accounts, {MONTHS} months, {size:,.0f} MB of Parquet, {given.threads} threads")
        models = trained(place)
        few = min(given.pandas, given.accounts)
        runs, yardstick = [], []
        for number in range(given.repeats):
            runs.append(alone(place, given.accounts, given.at_once, given.threads, models))
            *seconds, theirs = in_pandas(place, few)
            yardstick.append(seconds)
            if not number:
                same = compared(place, theirs)
            del theirs
        report(given.accounts, few, runs, yardstick)
        print(f"  equal features of {same:,} accounts; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def alone(*told: Any) -> dict[str, float]:
    """What `ours` tells of a process of its own."""
    fresh = multiprocessing.get_context("spawn")
    answer = fresh.Queue()
    one = fresh.Process(target=ours, args=(*told, answer))
    one.start()
    while True:
        try:
            found: dict[str, float] = answer.get(timeout=5)
            break
        except queue.Empty:
            if not one.is_alive():
                raise SystemExit(f"the process ended with {one.exitcode} and told nothing") from None
    one.join()
    return found


def report(accounts: int, few: int, runs: list[dict[str, float]], yardstick: list[list[float]]) -> None:
    """Print what each part took."""
    mine = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    for name in (*OF_FEATURES, "boosted", "scorecard"):
        print(f"  {name:<22}{mine[name]:8.2f} s, {accounts / mine[name]:12,.0f} accounts/s")
    whole = [sum(run[name] for name in OF_FEATURES) for run in runs]
    found = statistics.median(whole)
    print(f"  features, all of it   {found:8.2f} s, {accounts / found:12,.0f} accounts/s")
    total = found + mine["boosted"]
    print(f"  features and chances  {total:8.2f} s, {accounts / total:12,.0f} accounts/s")
    print(f"  a pandas on {few:<10,}{statistics.median(one for one, _ in yardstick):8.2f} s")
    by_time = [seconds / few * accounts / own for (seconds, _), own in zip(yardstick, whole, strict=True)]
    by_work = [used / few * accounts / run["processor"] for (_, used), run in zip(yardstick, runs, strict=True)]
    told = ", ".join(f"{one:.1f}" for one in by_time)
    print(f"  ratio a/ours, by account: {statistics.median(by_time):.1f} ({told}; aim 10)")
    print(f"    the same in processor seconds: {statistics.median(by_work):.1f}")
    ratio = statistics.median(run["boosted"] / run["predict"] for run in runs)
    print(f"  b predict alone       {mine['predict']:8.2f} s; ratio scoring/b: {ratio:.2f} (aim 3)")
    print(f"  reasons and advice    {mine['reasons']:8.2f} s, of the top twentieth; not counted above")
    print(f"  peak memory           {mine['peak']:8.2f} GB (aim 4)")


if __name__ == "__main__":
    main()
