"""A close that is killed at any moment and started again ends where an undisturbed one ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import books as b
import forked_close
import pytest

KILLS = 24
NUMBERED = ("id", "run_id", "entry_id", "reverses", "stands_for", "entry_mark", "statement_mark")
"""Ids: a killed run leaves gaps in them."""
OF_IDS = ("digest", "body", "root", "corrections")
"""What is computed over ids."""


class Worker:
    """The process whose children keep the book."""

    def __init__(self, database: str) -> None:
        script = Path(forked_close.__file__)
        self.process = subprocess.Popen(
            [sys.executable, str(script), database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self) -> int:
        """Start a child; answers its pid."""
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self.said()

    def said(self) -> int:
        """The next number from the worker: a pid, or how a child ended."""
        assert self.process.stdout
        return int(self.process.stdout.readline())


@pytest.fixture
def worker(db: str) -> Iterator[Worker]:
    found = Worker(db)
    yield found
    assert found.process.stdin
    found.process.stdin.close()
    found.process.wait(timeout=60)


def killed_until_done(worker: Worker, chance: Random, took: float, times: int) -> int:
    """Start a child again and again, and kill it up to so many times at random moments, until one comes to the end.

    `took`: the seconds of an undisturbed one. Answers how many were killed.
    """
    killed = 0
    while True:
        child = worker.start()
        if killed < times:
            time.sleep(chance.uniform(0, took / times * 1.5))
            os.kill(child, signal.SIGKILL)
        ended = worker.said()
        killed += ended == -signal.SIGKILL
        assert ended in (0, -signal.SIGKILL)
        if ended == 0:
            return killed


def open_book() -> None:
    """Accounts in two shards, under two sets of terms."""
    from duecourse.servicing import accounts, agreed

    b.empty()
    for part, terms in enumerate((b.RICH, b.RICH._replace(cycle_day=20, due_after_days=8, grace_days=3))):
        if part:
            b.next_ids_from(50_001)
        terms_id = agreed.freeze(product=b.PRODUCT, agreed=terms)
        count = forked_close.ACCOUNTS // 2
        new = [accounts.New(f"k{part}-{i}", i + 1, 500_000) for i in range(count)]
        accounts.open_many(product=b.PRODUCT, terms_id=terms_id, on=forked_close.FIRST, new=new)


def sealed_content() -> dict[str, Any]:
    """What the files of the sealed days hold, by file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from duecourse.book import parquet, read

    for day in read.sealed_days():
        if not (parquet.folder(day) / "day.parquet").exists():
            read.materialise(day)
    found = {}
    for place in sorted(parquet.root().glob("*/*.parquet")):
        table = pq.read_table(place)
        table = table.drop_columns([name for name in table.column_names if name in NUMBERED])
        if "changes" in table.column_names:
            why = [str([tuple(one.values())[1:] for one in changes]) for changes in table.column("changes").to_pylist()]
            table = table.drop_columns(["changes"]).append_column("why", pa.array(why, pa.string()))
        name = str(place.relative_to(parquet.root()))
        keys = [(name, "ascending") for name in table.column_names if name != "dues"]
        found[name] = table.sort_by(keys).to_pydict()
    return found


@pytest.mark.slow
def test_a_close_killed_at_random_moments_ends_as_an_undisturbed_one(worker: Worker) -> None:
    from duecourse.book import check

    open_book()
    worker.start()
    began = time.monotonic()
    assert worker.said() == 0
    took = time.monotonic() - began
    undisturbed, files = b.dump(NUMBERED + OF_IDS), sealed_content()
    assert sum("corrections-" in name for name in files) >= 5

    open_book()
    assert killed_until_done(worker, Random(20), took, KILLS) >= 20
    disturbed = b.dump(NUMBERED + OF_IDS)
    for table, rows in undisturbed.items():
        assert disturbed[table] == rows, table
    assert sealed_content() == files
    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"
