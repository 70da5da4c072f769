"""Columns in and out of PostgreSQL: Arrow by ADBC on the way out, binary COPY from numpy on the way in."""

import atexit
import threading
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from weakref import WeakSet

import numpy as np
import psycopg
import pyarrow as pa
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.conninfo import make_conninfo

DATE_EPOCH = 10_957
"""The day number of 2000-01-01, from which PostgreSQL counts dates."""
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
ITEM = np.dtype([("size", ">i4"), ("value", ">i8")])
"""A bigint in a row, or in an array."""
EMPTY_ARRAY, ARRAY_HEAD, MATRIX_HEAD = 12, 20, 28
"""Bytes before the items of an array that has no, one or two dimensions."""
SIZES = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "date": ">i4"}

_local = threading.local()
_open: WeakSet[Any] = WeakSet()
"""The Arrow connections of all threads: closed at the end, before what they are closed with is gone."""


class Column(NamedTuple):
    """One column of rows to be written: its name, its type, and an array, one value for all rows, or None (NULL).

    Types are int2, int4, int8, date (as day numbers) and char (bytes, all of one length).
    """

    name: str
    type: str
    values: Any


def arrow(sql: str) -> pa.Table:
    """What is committed, as an Arrow table. `sql` is ours, its values are ints; nothing of a user stands in it."""
    import adbc_driver_postgresql.dbapi as adbc  # loads pandas: only for those who read columns

    settings = connection.settings_dict
    place = (settings["HOST"], settings["PORT"], settings["NAME"], settings["USER"])
    if getattr(_local, "place", None) != place:
        close_arrow()
        _local.connection = adbc.connect(
            make_conninfo(
                host=settings["HOST"],
                port=settings["PORT"],
                dbname=settings["NAME"],
                user=settings["USER"],
                password=settings["PASSWORD"],
                options="-c random_page_cost=1.1",
            ),
            autocommit=True,
        )
        _open.add(_local.connection)
        _local.place = place
    with _local.connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetch_arrow_table()


def close_arrow() -> None:
    """Close this thread's Arrow connection."""
    if getattr(_local, "connection", None) is not None:
        _local.connection.close()
    _local.connection = _local.place = None


@atexit.register
def close_all_arrow() -> None:
    """Close the Arrow connections of every thread."""
    for one in list(_open):
        one.close()


def ints(table: pa.Table, name: str) -> Any:
    """A column without nulls as int64; dates become day numbers."""
    column = table.column(name).combine_chunks()
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    return column.cast(pa.int64()).to_numpy(zero_copy_only=False)


def encode(columns: Sequence[Column], count: int) -> bytes:
    """Rows in PostgreSQL's binary COPY format, all of one shape."""
    layout: list[tuple[Any, ...]] = [("fields", ">i2")]
    for i, column in enumerate(columns):
        layout.append((f"size{i}", ">i4"))
        if column.values is None:
            continue
        if column.type == "char":
            layout.append((f"value{i}", np.asarray(column.values).dtype))
        elif column.type == "int8[]":
            width = column.values.shape[1]
            head: list[Any] = [("ndim", ">i4"), ("flags", ">i4"), ("oid", ">i4")]
            if width:
                head += [("length", ">i4"), ("lower", ">i4"), ("items", ITEM, (width,))]
            layout.append((f"value{i}", head))
        else:
            layout.append((f"value{i}", SIZES[column.type]))
    rows = np.empty(count, dtype=layout)
    rows["fields"] = len(columns)
    for i, column in enumerate(columns):
        if column.values is None:
            rows[f"size{i}"] = -1
            continue
        value = rows[f"value{i}"]
        rows[f"size{i}"] = value.dtype.itemsize
        if column.type == "int8[]":
            fill_array(value, column.values)
        elif column.type == "date":
            value[:] = np.asarray(column.values) - DATE_EPOCH
        else:
            value[:] = column.values
    return rows.tobytes()


def fill_array(value: Any, items: Any) -> None:
    """Write a bigint[] of one length in every row."""
    width = items.shape[1]
    value["ndim"], value["flags"], value["oid"] = int(width > 0), 0, 20
    if width:
        value["length"], value["lower"] = width, 1
        value["items"]["size"] = 8
        value["items"]["value"] = items


def copy(cursor: CursorWrapper, table: str, names: Sequence[str], groups: Iterable[bytes]) -> None:
    """COPY encoded rows into a table."""
    columns = ", ".join(f'"{name}"' for name in names)
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as out:
        out.write(HEADER)
        for group in groups:
            out.write(group)
        out.write(TRAILER)


def fetch_bytes(sql: str) -> tuple[bytes | None, ...]:
    """The one row of a query of ours whose columns are bytea, as the server sends it, in binary."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        row: tuple[bytes | None, ...] | None = cursor.execute(sql, binary=True).fetchone()
    assert row is not None, "ledger: an aggregate has one row"
    return row


def bigints(array: bytes, head: int) -> Any:
    """The items of a bigint[] without nulls, as `array_send` gives it, after so many bytes of its head."""
    return np.frombuffer(array, dtype=ITEM, offset=head)["value"].astype(np.int64)


def copy_columns(cursor: CursorWrapper, table: str, columns: Sequence[Column], count: int) -> None:
    """COPY `count` rows of one shape into a table."""
    if count:
        copy(cursor, table, [column.name for column in columns], [encode(columns, count)])
