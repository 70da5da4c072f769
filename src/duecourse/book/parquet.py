"""Sealed days as Parquet: what changed each day, and full days when they are asked for or a month ends.

    DUECOURSE_HOME/book/<database>/<day>/changes-<part>.parquet   rows to which something happened that day
                                         corrections-<part>.parquet  rows of earlier days, as they are known since
                                         entries.parquet          entries booked that day
                                         statements.parquet       statements issued that day
                                         day.parquet              every account at the close of that day

A file appears by a rename, complete. All but the last are records (their digests are in the seal); day.parquet can be
made again from them. A row of a file of corrections holds for the closes of the days `from_day` .. `through_day`, and
says with it which changes of the account's past brought it about; `by` and `reason` are those of the act.
"""

import hashlib
import os
import threading
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection

from duecourse.kernel.columns import Shard
from duecourse.ledger import balances

from .schemas import ROWS


def folder(day: date) -> Path:
    """Where the files of a day lie."""
    return below(str(settings.HOME), str(connection.settings_dict["NAME"]), str(day))


def root() -> Path:
    """Where the sealed days of this database lie."""
    return below(str(settings.HOME), str(connection.settings_dict["NAME"]))


@lru_cache(maxsize=64)
def below(home: str, database: str, *names: str) -> Path:
    """A place in the folder of a database's sealed days; making it up takes longer than it should for each file."""
    return Path(home, "book", database, *names)


def write(table: pa.Table, place: Path) -> bytes:
    """Write a table so that it appears complete and stays; answers the SHA-256 of the file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
    if table.num_rows:
        pq.write_table(table, draft, compression="zstd")
    else:
        draft.write_bytes(without_rows(table.schema.serialize().to_pybytes()))
    with draft.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").digest()
        os.fsync(written.fileno())
    draft.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest


@cache
def without_rows(schema: bytes) -> bytes:
    """The file of a table without rows, by its schema as Arrow writes it: a quiet day has two, the same every day."""
    made = pa.BufferOutputStream()
    pq.write_table(pa.ipc.read_schema(pa.py_buffer(schema)).empty_table(), made, compression="zstd")
    return made.getvalue().to_pybytes()


def sweep(day: date) -> None:
    """Remove the drafts of a day that processes which are no more left behind."""
    for name in names(day):
        if not name.endswith(".tmp"):
            continue
        draft = folder(day) / name
        pid = draft.suffixes[-2].lstrip(".").split("-")[0]
        if not Path(f"/proc/{pid}").exists():
            draft.unlink(missing_ok=True)


def digest_of(place: Path) -> bytes | None:
    """The SHA-256 of a file, or None where there is none."""
    if not place.exists():
        return None
    with place.open("rb") as written:
        return hashlib.file_digest(written, "sha256").digest()


def as_table(book: balances.Book, shard: Shard) -> pa.Table:
    """Accounts as an Arrow table."""
    columns: list[Any] = [book.ids, book.products, book.terms, *shard.rows]
    dues = pa.ListArray.from_arrays(pa.array(shard.offsets.astype(np.int32)), pa.array(shard.dues, pa.int64()))
    return pa.table([pa.array(column, pa.int64()) for column in columns] + [dues], schema=ROWS)


def of_kind(day: date, kind: str) -> list[Path]:
    """The files of changes, or those of corrections, of a day."""
    found = [name for name in names(day) if name.startswith(f"{kind}-") and name.endswith(".parquet")]
    return [folder(day) / name for name in sorted(found)]


def names(day: date) -> list[str]:
    """The names of what lies in the folder of a day."""
    try:
        return os.listdir(folder(day))
    except FileNotFoundError:
        return []


def changes_file(day: date, part: str) -> Path:
    """The file of what changed in one shard (or of an account that returned) on a day."""
    return folder(day) / f"changes-{part}.parquet"


def write_changes(day: date, part: str, written: Sequence[tuple[balances.Book, Shard]]) -> bytes:
    """Keep the rows to which something happened on a day, in order of account; answers the file's digest."""
    tables = [as_table(book, shard) for book, shard in written]
    table = pa.concat_tables(tables) if tables else ROWS.empty_table()
    return write(table.sort_by("account_id").combine_chunks(), changes_file(day, part))


def corrections_file(day: date, part: str) -> Path:
    """The file of corrected rows of earlier days of one shard (or of an account that returned) that a day brought."""
    return folder(day) / f"corrections-{part}.parquet"
