"""Posting: one entry with its balance row and its request key; many entries as columns; reversal; retry."""

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import cache
from typing import Any, NamedTuple, TypeVar

import numpy as np
import psycopg
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import IntegrityError
from psycopg import errors
from psycopg.types.numeric import Int8

from duecourse.kernel.columns import FIELDS

from .bulk import Column, copy, encode
from .chart import COLUMNS

Answer = TypeVar("Answer")
TRIES = 5
ACCOUNT_MAX = 50_000 * 2**31 - 1
"""The last account of the last shard that a 32-bit number can name."""
ROW = ("product_id", "terms_id", *FIELDS, "dues")


class Refused(Exception):
    """Something that may not be done. `code` is stable; the message says what and where."""

    code = "refused"


class NoSuchAccount(Refused):
    code = "no_such_account"


class DifferentBody(Refused):
    """The request key was used before for something else."""

    code = "request_key_reused"


class Locked(NamedTuple):
    """An account under lock: its shard's open day, the entry that this request key made before, its row."""

    account_id: int
    open_day: date
    answered: int | None
    product_id: int
    terms_id: int
    fields: tuple[int, ...]
    dues: list[int]


class Entry(NamedTuple):
    """One entry to be posted for an account; `amounts` names the control accounts that it touches."""

    account_id: int
    product_id: int
    kind: int
    effective_day: date
    booked_day: date
    currency: str
    amounts: Mapping[str, int]
    bearing_interest: int = 0
    bearing_penalty: int = 0
    reverses: int | None = None
    stands_for: int | None = None
    channel: int = 0


def body_hash(body: Mapping[str, object]) -> bytes:
    """What a request asked for, in 32 bytes; independent of the order of its fields."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).digest()


def pipeline() -> AbstractContextManager[Any]:
    """Lets BEGIN go with the first statement and COMMIT with the last; no COPY inside."""
    connection.ensure_connection()
    pipelined: AbstractContextManager[Any] = connection.connection.pipeline()
    return pipelined


def atomically(work: Callable[[], Answer], *, pipelined: bool = False) -> Answer:
    """Run `work` in one transaction; begin again after a deadlock, a lost serialisation race or a request-key race.

    Inside a transaction of the caller's it is run once: only the outermost can begin again.
    """
    if connection.in_atomic_block:
        return work()
    for left in reversed(range(TRIES)):
        try:
            with pipeline() if pipelined else nullcontext(), transaction.atomic():
                return work()
        except OperationalError as fault:
            if left == 0 or not isinstance(
                fault.__cause__, errors.DeadlockDetected | errors.LockNotAvailable | errors.SerializationFailure
            ):
                raise
        except IntegrityError as fault:
            if left == 0 or "ledger_request" not in str(fault):
                raise
    raise AssertionError("unreachable")


LOCK = (
    "SELECT open_day, body, entry_id, (balance).product_id, (balance).terms_id, "
    + ", ".join(f'(balance)."{field}"' for field in FIELDS)
    + ", (balance).dues FROM ledger_lock($1, $2)"
)


def run(sql: str, values: list[Any], *, prepare: bool) -> Callable[[], tuple[Any, ...] | None]:
    """Run a statement of the hot path in the open transaction; answers a function that fetches its first row.

    Django writes values into the text of a statement, which PostgreSQL then plans each time. Here they are bound, all
    whole numbers as bigint, so that a statement that is prepared once serves every later change.
    """
    bound = [Int8(value) if type(value) is int else value for value in values]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = psycopg.RawCursor(connection.connection)
        cursor.execute(sql, bound, prepare=prepare or None)

    def row() -> tuple[Any, ...] | None:
        with connection.wrap_database_errors:
            return cursor.fetchone()

    return row


def lock(account_id: int, *, key: str, body: bytes) -> Locked:
    """SQL 1 of every change: lock the account's shard (shared) and its row; see what this key answered before."""
    if not 0 <= account_id <= ACCOUNT_MAX:
        raise NoSuchAccount(f"account {account_id} does not exist")
    row = run(LOCK, [account_id, key], prepare=True)()
    if row is None:
        raise NoSuchAccount(f"account {account_id} does not exist")
    if row[1] is not None and bytes(row[1]) != body:
        raise DifferentBody(f"request key {key!r} was used before with another body (entry {row[2]})")
    return Locked(account_id, row[0], row[2], row[3], row[4], row[5:-1], row[-1])


@cache
def post_sql(count: int, wakes: bool) -> str:
    """The statement that posts so many entries, and puts the account on the agenda if it `wakes`."""
    place = itertools.count(1)

    def places(many: int) -> str:
        return ", ".join(f"${next(place)}" for _ in range(many))

    agenda = f"a AS (INSERT INTO ledger_agenda (day, account_id) VALUES ({places(2)})), " if wakes else ""
    rows = ", ".join(f"({places(11 + len(COLUMNS))})" for _ in range(count))
    changes = ", ".join(f'"{field}" = {places(1)}' for field in FIELDS)
    return (
        f"WITH {agenda}e AS (INSERT INTO ledger_entry (account_id, product_id, kind, effective_day, booked_day, "
        f"reverses, stands_for, channel, currency, bearing_interest, bearing_penalty, {', '.join(COLUMNS)}) "
        f"VALUES {rows} RETURNING id), "
        f"b AS (UPDATE ledger_balance SET {changes}, dues = {places(1)} WHERE account_id = {places(1)}) "
        f"INSERT INTO ledger_request (key, body, entry_id) SELECT {places(2)}, max(id) FROM e RETURNING entry_id"
    )


def post(
    entries: list[Entry],
    *,
    fields: tuple[int, ...],
    dues: list[int],
    key: str,
    body: bytes,
    wake_on: date | None = None,
) -> Callable[[], int]:
    """SQL 2: the entries, the account's row and the request's key in one statement.

    Answers a function that tells the last entry's id. Asked after the commit, it spares a round trip.
    """
    account_id = entries[-1].account_id
    values: list[Any] = [wake_on, account_id] if wake_on else []
    for entry in entries:
        values += [
            entry.account_id, entry.product_id, entry.kind, entry.effective_day, entry.booked_day, entry.reverses,
            entry.stands_for, entry.channel, entry.currency, entry.bearing_interest, entry.bearing_penalty,
        ]  # fmt: skip
        values += [entry.amounts.get(column) or None for column in COLUMNS]
    values += [*fields, [Int8(part) for part in dues], account_id, key, body]
    posted = run(post_sql(len(entries), wake_on is not None), values, prepare=len(entries) == 1)

    def entry_id() -> int:
        row = posted()
        assert row is not None
        return int(row[0])

    return entry_id


class Group(NamedTuple):
    """Many entries of one kind and day: account ids and an array for each control account that they touch."""

    kind: int
    effective_day: int
    account_ids: Any
    product_ids: Any
    amounts: Mapping[str, Any]
    bearing_interest: Any = None
    bearing_penalty: Any = None
    ids: Any = None
    channels: Any = None


HEAD = (
    "id", "account_id", "product_id", "kind", "effective_day", "booked_day", "run_id", "channel", "currency",
    "bearing_interest", "bearing_penalty",
)  # fmt: skip


def post_groups(
    cursor: CursorWrapper, groups: list[Group], *, booked_day: int, run_id: int | None, currencies: Mapping[int, str]
) -> int:
    """COPY many entries; a control account that an entry does not touch stays null. Answers how many were posted.

    Entry ids come from the sequence, in the order of the groups, unless a group brings its own (`take_ids`).
    """
    encoded: list[bytes] = []
    posted = 0
    for group in groups:
        touched = np.zeros(len(group.account_ids), dtype=np.int64)
        for i, column in enumerate(COLUMNS):
            if column in group.amounts:
                touched |= (group.amounts[column] != 0).astype(np.int64) << i
        product = group.product_ids.astype(np.int64) << 32
        for shape in np.unique(touched | product):
            if shape & 0xFFFFFFFF == 0:
                continue
            places = np.flatnonzero((touched | product) == shape)
            currency = np.array(currencies[int(shape >> 32)].encode(), dtype="S3")
            ids = group.ids[places] if group.ids is not None else take_ids(cursor, len(places))
            columns = [
                Column("id", "int8", ids),
                Column("account_id", "int8", group.account_ids[places]),
                Column("product_id", "int2", int(shape >> 32)),
                Column("kind", "int2", group.kind),
                Column("effective_day", "date", group.effective_day),
                Column("booked_day", "date", booked_day),
                Column("run_id", "int8", run_id),
                Column("channel", "int2", 0 if group.channels is None else group.channels[places]),
                Column("currency", "char", currency),
                Column("bearing_interest", "int8", at(group.bearing_interest, places)),
                Column("bearing_penalty", "int8", at(group.bearing_penalty, places)),
            ]
            for i, name in enumerate(COLUMNS):
                columns.append(Column(name, "int8", group.amounts[name][places] if shape >> i & 1 else None))
            encoded.append(encode(columns, len(places)))
            posted += len(places)
    if encoded:
        copy(cursor, "ledger_entry", (*HEAD, *COLUMNS), encoded)
    return posted


def take_ids(cursor: CursorWrapper, count: int) -> Any:
    """So many new entry ids, rising."""
    cursor.execute("SELECT nextval('ledger_entry_id_seq') FROM generate_series(1, %s)", [count])
    return np.fromiter((row[0] for row in cursor.fetchall()), dtype=np.int64, count=count)


def at(values: Any, places: Any) -> Any:
    """The values at these places, or None where there are none."""
    return None if values is None else values[places]
