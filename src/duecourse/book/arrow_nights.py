"""The evening of lines that lie in Parquet files, in batches of bounded size: what one machine and a cluster both run.

What comes in are rows as `schemas.ROWS`, in any files and order. What comes out are EVENINGS: the same accounts after
their evening, what the night did, the bases before and after, and the next event. Where the lane raises, the batch is
run again in plain Python: a faulty account comes out as it came, with its `fault`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from duecourse.kernel import lanes, plain
from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import FIELDS, NIGHT, Shard
from duecourse.kernel.days import Calendar
from duecourse.kernel.terms import LineTerms

from .schemas import BASES, EVENINGS, KEYS, NUMBERS

BATCH = 10_000
WORD = np.dtype("<u4")


class TermsNotGiven(Exception):
    """An account has terms of which nothing was said."""

    code = "terms_not_given"


class Under(NamedTuple):
    """The terms of some accounts and the calendar that goes with them."""

    terms: LineTerms
    calendar: Calendar


def evenings(batches: Iterable[pa.RecordBatch], *, under: Mapping[int, Under], day: int) -> Iterator[pa.RecordBatch]:
    """Run the evening of a day number over batches of ROWS; answers as many of EVENINGS.

    `under`: the terms by terms_id; refuses with TermsNotGiven where an account has others.
    """
    for batch in batches:
        terms_ids = batch.column("terms_id").to_numpy(zero_copy_only=False)
        for terms_id in np.unique(terms_ids).tolist():
            if terms_id not in under:
                raise TermsNotGiven(f"an account has the terms {terms_id}, of which nothing was said")
            own = batch if (terms_ids == terms_id).all() else batch.filter(pa.array(terms_ids == terms_id))
            yield evening(own, under[terms_id], day)


def evening(batch: pa.RecordBatch, under: Under, day: int) -> pa.RecordBatch:
    """The evening of accounts under the same terms."""
    keys, shard = shard_of(batch)
    count = shard.rows.shape[1]
    rows, spaced = np.empty_like(shard.rows), np.empty(len(shard.dues) + WIDTH * count, np.int64)
    counts, night, bases = (np.empty(shape, np.int64) for shape in (count, (len(NIGHT), count), (len(BASES), count)))
    inputs = (day, under.terms, lanes.calendar(under.calendar), *shard, rows, spaced, counts, night, bases)
    faults: dict[int, str] = {}
    try:
        lanes.evening_lane(*inputs)
    except AssertionError:
        faults = dict(plain.evening_plain(*inputs))
    after = lanes.packed(shard, rows, spaced, counts)
    dues = pa.ListArray.from_arrays(pa.array(after.offsets.astype(np.int32)), pa.array(after.dues, pa.int64()))
    said = pa.array([faults.get(i) for i in range(count)], pa.string()) if faults else pa.nulls(count, pa.string())
    numbers = [*keys, *after.rows, *night, *bases]
    return pa.RecordBatch.from_arrays([*(pa.array(column) for column in numbers), dues, said], schema=EVENINGS)


def shard_of(batch: pa.RecordBatch) -> tuple[list[Any], Shard]:
    """The keys of the accounts of a batch, and their numbers and dues as the lanes take them."""
    numbers = {name: batch.column(name).to_numpy(zero_copy_only=False) for name in (*KEYS, *FIELDS)}
    dues = batch.column("dues")
    offsets = np.zeros(batch.num_rows + 1, np.int64)
    np.cumsum(dues.value_lengths().to_numpy(zero_copy_only=False), out=offsets[1:])
    flat = np.array(dues.flatten().to_numpy(zero_copy_only=False))  # a copy: the lanes take no read-only arrays
    return [numbers[name] for name in KEYS], Shard(np.stack([numbers[name] for name in FIELDS]), flat, offsets)


def evenings_of_files(source: Path, out: Path, *, under: Mapping[int, Under], day: int, batch: int = BATCH) -> int:
    """Run an evening over all Parquet files of a folder, one after the other, into files of the same names.

    Answers how many accounts there were. No more than a batch of rows and the writer's share are held at a time.
    """
    out.mkdir(parents=True)
    count = 0
    for place in files(source):
        with pq.ParquetFile(place) as file, pq.ParquetWriter(out / place.name, EVENINGS, compression="snappy") as to:
            for done in evenings(file.iter_batches(batch_size=batch), under=under, day=day):
                to.write_batch(done)
                count += done.num_rows
    return count


def files(folder: Path) -> list[Path]:
    """The Parquet files of a folder."""
    return sorted(folder.glob("*.parquet"))


def digest(folder: Path, *, batch: int = BATCH) -> str:
    """What the EVENINGS of a folder's files come to, whatever files and order they lie in.

    The SHA-256 of every row (its numbers as 64-bit little-endian words, then its dues, then its fault), added up
    modulo 2**256. It tells faults from equal books; it is no proof against somebody who makes rows for it.
    """
    total = 0
    for place in files(folder):
        with pq.ParquetFile(place) as file:
            total += sum(summed(part) for part in file.iter_batches(batch_size=batch, columns=EVENINGS.names))
    return f"{total % 2**256:064x}"


def summed(batch: pa.RecordBatch) -> int:
    """The SHA-256 of each row of EVENINGS, added up."""
    numbers = np.stack([batch.column(name).to_numpy(zero_copy_only=False) for name in NUMBERS], axis=1)
    heads = np.ascontiguousarray(numbers, dtype="<i8")
    dues = batch.column("dues")
    flat = memoryview(dues.flatten().to_numpy(zero_copy_only=False).astype("<i8").tobytes())
    ends = np.cumsum(dues.value_lengths().to_numpy(zero_copy_only=False)) * 8
    words = bytearray()
    start = 0
    faults = batch.column("fault").to_pylist()
    for head, end, fault in zip(heads, ends.tolist(), faults, strict=True):
        row = hashlib.sha256(head)
        row.update(flat[start:end])
        if fault is not None:
            row.update(b"\0" + fault.encode())
        words += row.digest()
        start = end
    sums = np.frombuffer(words, WORD).reshape(-1, 8).sum(axis=0, dtype=np.uint64)
    return sum(int(part) << 32 * i for i, part in enumerate(sums))
