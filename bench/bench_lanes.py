"""An evening over many accounts: the compiled lane against the time to copy the same bytes, and against plain Python.

The book is shards of 50,000 lines of different habits under the same terms: the evening is quiet, a cycle day or a due
day for all of them. The yardstick moves, with `numpy.copyto`, as many bytes as the lane reads and writes (half of them
read, half written), on as many threads. Figures are medians of repeats in this run.

    python bench/bench_lanes.py [--accounts 10000000] [--repeats 5] [--only quiet]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

begun = time.perf_counter()
from duecourse.kernel import lanes, plain  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - begun

from duecourse.kernel import evening  # noqa: E402
from duecourse.kernel.account import WIDTH, opened  # noqa: E402
from duecourse.kernel.columns import FIELDS, MOVES, NIGHT, Shard, fields_of  # noqa: E402
from duecourse.kernel.days import Calendar, day_number, next_cycle  # noqa: E402
from duecourse.kernel.posting import PAYMENT, PURCHASE  # noqa: E402
from duecourse.kernel.terms import PLAIN_LINE  # noqa: E402

SHARD_SIZE = 50_000
TERMS = PLAIN_LINE._replace(late_rate_ppm=240_000, late_fee_minor=2_500)
CALENDAR = Calendar(0, (1,))
START = day_number(2026, 1, 1)
DAYS = {
    "quiet": day_number(2026, 3, 20),
    "cycle day": day_number(2026, 4, 1),
    "due day": day_number(2026, 4, 10),
}


def lane(day: int, shard: Shard, out: tuple[Any, ...]) -> None:
    lanes.evening_lane(day, TERMS, lanes.calendar(CALENDAR), *shard, *out)


def fresh(shard: Shard) -> tuple[Any, ...]:
    n = shard.rows.shape[1]
    dues = np.zeros(len(shard.dues) + WIDTH * n, dtype=np.int64)
    return (
        np.zeros((len(FIELDS), n), dtype=np.int64),
        dues,
        np.zeros(n, dtype=np.int64),
        np.zeros((len(NIGHT), n), dtype=np.int64),
        np.zeros((5, n), dtype=np.int64),
    )


def packed(shard: Shard, out: tuple[Any, ...]) -> Shard:
    rows, dues, counts = out[:3]
    offsets = np.concatenate([[0], np.cumsum(counts * WIDTH)])
    starts = shard.offsets[:-1] + WIDTH * np.arange(len(counts))
    source = np.repeat(starts - offsets[:-1], counts * WIDTH) + np.arange(offsets[-1])
    return Shard(rows.copy(), dues[source], offsets)


def shard_before(day: int, seed: int) -> Shard:
    """50,000 lines at the close of the day before: bought each month, and paid in full, the minimum, or nothing."""
    rng = np.random.default_rng(seed)
    row = fields_of(opened(START, 1_000_000, next_cycle(START, TERMS.cycle_day)))
    rows = np.repeat(np.array(row, dtype=np.int64)[:, None], SHARD_SIZE, axis=1)
    shard = Shard(rows, np.zeros(0, dtype=np.int64), np.zeros(SHARD_SIZE + 1, dtype=np.int64))
    habit = rng.random(SHARD_SIZE)  # most pay in full; some the minimum; some nothing
    for today in range(START + 1, day):
        of_month = (today - START) % 30
        left = shard.rows[22]
        if of_month == 5:
            who = np.flatnonzero(rng.random(SHARD_SIZE) < 0.7)
            entries = (who, np.full(len(who), PURCHASE), rng.integers(1_000, 60_000, len(who)))
        elif of_month == 9:
            who = np.flatnonzero((habit < 0.9) & (left > 0))
            entries = (who, np.full(len(who), PAYMENT), np.where(habit[who] < 0.6, left[who], (left[who] + 7) // 8))
        else:
            entries = None
        if entries is not None:
            out = fresh(shard)[:3]
            lanes.post_lane(
                today, TERMS, *entries, *shard, *out, np.zeros((len(MOVES), len(entries[0])), dtype=np.int64)
            )
            shard = packed(shard, out)
        out = fresh(shard)
        lane(today, shard, out)
        shard = packed(shard, out)
    return shard


def timed(work: Callable[[int, int], None], shards: int, pool: ThreadPoolExecutor, threads: int) -> float:
    """The seconds that all shards take on so many threads, each with its own output."""

    def share(thread: int) -> None:
        for shard in range(thread, shards, threads):
            work(shard, thread)

    start = time.perf_counter()
    list(pool.map(share, range(threads)))
    return time.perf_counter() - start


def moved_bytes(shard: Shard, out: tuple[Any, ...]) -> int:
    return sum(part.nbytes for part in (*shard, *out))


def measure(name: str, day: int, shards: int, repeats: int) -> None:
    kinds = [shard_before(day, seed) for seed in range(4)]
    outs = {thread: fresh(max(kinds, key=lambda shard: len(shard.dues))) for thread in range(2)}
    outs_of = [
        [(*outs[t][:1], np.zeros(len(s.dues) + WIDTH * SHARD_SIZE, np.int64), *outs[t][2:]) for s in kinds]
        for t in (0, 1)
    ]
    bytes_each = moved_bytes(kinds[0], outs_of[0][0]) / SHARD_SIZE
    halves = [
        [np.empty(moved_bytes(s, o) // 16, np.int64) for s, o in zip(kinds, outs_of[t], strict=True)] for t in (0, 1)
    ]
    targets = [[np.empty_like(half) for half in halves[t]] for t in (0, 1)]
    for part in (*halves[0], *halves[1]):
        part[:] = 1

    def close(i: int, thread: int) -> None:
        lane(day, kinds[i % 4], outs_of[thread][i % 4])

    def copy_half(i: int, thread: int) -> None:
        np.copyto(targets[thread][i % 4], halves[thread][i % 4])

    dues = statistics.mean(len(shard.dues) / WIDTH / SHARD_SIZE for shard in kinds)
    print(f"\n{name}: {dues:.2f} open dues an account, {bytes_each:.0f} bytes read and written an account")
    accounts = shards * SHARD_SIZE
    for threads in (1, 2):
        with ThreadPoolExecutor(threads) as pool:  # in turns, so that what else the machine does meets both alike
            pairs = [
                (timed(close, shards, pool, threads), timed(copy_half, shards, pool, threads)) for _ in range(repeats)
            ]
        compiled, copied = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
        print(
            f"  {threads} thread{'s' if threads > 1 else ' '}  evening {compiled / accounts * 1e9:6.1f} ns an account, "
            f"copy {copied / accounts * 1e9:6.1f} ns; {accounts:,} accounts in {compiled:.2f} s"
        )
        print(f"  ratio evening/copy, {name}, {threads} thread(s): {compiled / copied:.2f}")
        fastest = compiled / accounts
    sample = 2_000
    few = Shard(np.ascontiguousarray(kinds[0].rows[:, :sample]), kinds[0].dues, kinds[0].offsets[: sample + 1])
    out = fresh(few)
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        faults = plain.evening_plain(day, TERMS, CALENDAR, *few, *out)
        spent.append((time.perf_counter() - start) / sample)
        assert faults == []
    held = [plain.account_of(*few, i) for i in range(sample)]
    start = time.perf_counter()
    for one in held:
        evening.evening(one.account, one.dues, 0, one.open_dues, TERMS, CALENDAR, day)
    alone = (time.perf_counter() - start) / sample
    slow = statistics.median(spent)
    print(f"  plain Python  {slow * 1e6:.1f} us an account with its columns, {alone * 1e6:.1f} us the evening alone")
    print(f"  ratio plain/evening, {name}, 2 threads: {slow / fastest:.0f}")


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--accounts", type=int, default=10_000_000)
    told.add_argument("--repeats", type=int, default=5)
    told.add_argument("--only", choices=list(DAYS), help="one of the days")
    asked = told.parse_args()
    print(f"import of lanes: {IMPORT_SECONDS:.2f} s")
    for name, day in DAYS.items():
        if asked.only not in (None, name):
            continue
        measure(name, day, max(2, asked.accounts // SHARD_SIZE), asked.repeats)


if __name__ == "__main__":
    main()
