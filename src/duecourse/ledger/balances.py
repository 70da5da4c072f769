"""Balance rows as columns: read a set of accounts, write back those that changed."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import FIELDS, Shard

from .bulk import Column, arrow, copy, encode, ints

SHARD_SIZE = 50_000
WRITTEN = tuple(field for field in FIELDS if field not in ("limit_minor", "apart"))
ALL = "account_id, product_id, terms_id, " + ", ".join(f'"{field}"' for field in FIELDS) + ", dues"


class Book(NamedTuple):
    """Accounts with their ids, products, terms and the kernel's columns, in order of id."""

    ids: Any
    products: Any
    terms: Any
    shard: Shard


def lock_shard(cursor: CursorWrapper, shard: int, *, exclusive: bool) -> None:
    """Take the lock of a shard for the rest of the transaction: payments share it, the close has it alone."""
    name = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    cursor.execute(f"SELECT {name}(1, %s)", [shard])


def read(where: str) -> Book:
    """The committed balance rows for which `where` (our own words and ints) holds, in order of account."""
    table = arrow(f"SELECT {ALL} FROM ledger_balance b WHERE {where} ORDER BY account_id")
    rows = np.empty((len(FIELDS), len(table)), dtype=np.int64)
    for i, field in enumerate(FIELDS):
        rows[i] = ints(table, field)
    dues = table.column("dues").combine_chunks()
    offsets = np.zeros(len(table) + 1, dtype=np.int64)
    if len(table):
        offsets[:] = dues.offsets.to_numpy()
    flat = dues.values.to_numpy(zero_copy_only=False).astype(np.int64) if len(table) else np.zeros(0, np.int64)
    return Book(
        ints(table, "account_id"),
        ints(table, "product_id"),
        ints(table, "terms_id"),
        Shard(rows, flat[offsets[0] : offsets[-1]], offsets - offsets[0]),
    )


def select(book: Book, chosen: Any) -> Book:
    """The accounts at these places (an int array or a boolean mask)."""
    places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
    lengths = np.diff(book.shard.offsets)[places]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    source = np.repeat(book.shard.offsets[places] - offsets[:-1], lengths) + np.arange(offsets[-1])
    return Book(
        book.ids[places],
        book.products[places],
        book.terms[places],
        Shard(np.ascontiguousarray(book.shard.rows[:, places]), book.shard.dues[source], offsets),
    )


def packed(shard: Shard, rows: Any, spaced_dues: Any, counts: Any) -> Shard:
    """What a lane wrote, with the spare slots of its dues closed up."""
    starts = shard.offsets[:-1] + WIDTH * np.arange(len(counts))
    lengths = counts * WIDTH
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    source = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return Shard(rows, spaced_dues[source], offsets)


def joined(shards: Sequence[Shard]) -> Shard:
    """Shards one after the other, as one."""
    lengths = np.concatenate([np.diff(shard.offsets) for shard in shards])
    return Shard(
        np.concatenate([shard.rows for shard in shards], axis=1),
        np.concatenate([shard.dues for shard in shards]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )


def write(cursor: CursorWrapper, ids: Any, shard: Shard) -> None:
    """Write changed accounts back: COPY to a temporary table, one UPDATE from it. Limits and what is apart stay."""
    if not len(ids):
        return
    names = ("account_id", *WRITTEN, "dues")
    typed = ", ".join(f'"{name}" bigint' for name in names[:-1])
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS ledger_touched ({typed}, dues bigint[]) ON COMMIT DELETE ROWS"
    )
    cursor.execute("TRUNCATE ledger_touched")
    groups = []
    lengths = np.diff(shard.offsets)
    for length in np.unique(lengths):
        places = np.flatnonzero(lengths == length)
        dues = shard.dues[shard.offsets[places][:, None] + np.arange(length)]
        columns = [Column("account_id", "int8", ids[places])]
        columns += [Column(name, "int8", shard.rows[i][places]) for i, name in enumerate(FIELDS) if name in WRITTEN]
        columns.append(Column("dues", "int8[]", dues))
        groups.append(encode(columns, len(places)))
    copy(cursor, "ledger_touched", names, groups)
    changes = ", ".join(f'"{name}" = t."{name}"' for name in (*WRITTEN, "dues"))
    cursor.execute("SET LOCAL random_page_cost = 1.1")  # else many rows make the planner read every row of the book
    cursor.execute(
        f"UPDATE ledger_balance b SET {changes} FROM ledger_touched t "
        "WHERE b.account_id = t.account_id AND b.account_id BETWEEN %s AND %s",
        [int(ids.min()), int(ids.max())],
    )
    assert cursor.rowcount == len(ids), "ledger: a touched account has no balance row"


def open_day(shard: int) -> Any:
    """The open business day of a shard, or None for a shard without accounts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT open_day FROM ledger_shard WHERE shard = %s", [shard])
        row = cursor.fetchone()
    return row[0] if row else None


def book_day() -> date | None:
    """The open business day of the book: the earliest of its shards; None before the first account."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(open_day) FROM ledger_shard")
        found: date | None = cursor.fetchone()[0]
    return found
