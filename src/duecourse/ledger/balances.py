"""Balance rows as columns: read a set of accounts, write back those that changed."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from numpy.lib.stride_tricks import sliding_window_view

from duecourse.kernel.columns import FIELDS, Shard

from .bulk import ARRAY_HEAD, EMPTY_ARRAY, ITEM, MATRIX_HEAD, Column, bigints, copy, encode, fetch_bytes

SHARD_SIZE = 50_000
WRITTEN = tuple(field for field in FIELDS if field not in ("limit_minor", "apart"))
NUMBERS = 3 + len(FIELDS) + 1
PACKED = (
    "SELECT array_send(array_agg(numbers)), string_agg(array_send(dues), '') FROM ("
    "SELECT ARRAY[account_id, product_id, terms_id, "
    + ", ".join(f'"{field}"' for field in FIELDS)
    + ", cardinality(dues)] AS numbers, dues FROM ledger_balance b"
)
"""All rows as one value of numbers and one of dues: a row at a time costs the client more than all the rest."""


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


def lock_shards(cursor: CursorWrapper, shards: Sequence[int]) -> None:
    """Take the locks of several shards, each alone, in the order given: as every caller does, by number."""
    cursor.execute("SELECT pg_advisory_xact_lock(1, shard) FROM unnest(%s::int[]) AS one(shard)", [list(shards)])


def read(where: str) -> Book:
    """The balance rows for which `where` (our own words and ints) holds, in order of account."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 1.1")  # else many rows make the planner read the whole book
        told, dues = fetch_bytes(f"{PACKED} WHERE {where} ORDER BY account_id) read")
    if told is None or dues is None:
        none = np.empty(0, np.int64)
        return Book(none, none, none, Shard(np.empty((len(FIELDS), 0), np.int64), none, np.zeros(1, np.int64)))
    table = np.ascontiguousarray(bigints(told, MATRIX_HEAD).reshape(-1, NUMBERS).T)
    offsets = np.append(0, np.cumsum(table[-1]))
    heads = np.where(table[-1] > 0, ARRAY_HEAD, EMPTY_ARRAY)  # bytes before the items of each row's dues
    ends = np.cumsum(heads + ITEM.itemsize * table[-1])
    places = np.repeat(ends - ITEM.itemsize * offsets[1:], table[-1]) + ITEM.itemsize * np.arange(offsets[-1])
    items = sliding_window_view(np.frombuffer(dues, np.uint8), ITEM.itemsize)[places].view(ITEM)["value"].reshape(-1)
    return Book(table[0], table[1], table[2], Shard(table[3:-1], items.astype(np.int64), offsets))


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
    cursor.execute("SELECT 1 FROM ledger_touched LIMIT 1")
    if cursor.fetchone():  # this transaction wrote before; to truncate costs a new file
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
