"""Posting: one entry with its balance row and its request key; many entries as columns; reversal; retry."""

import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import date
from typing import Any, NamedTuple, TypeVar

import numpy as np
import psycopg
from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import IntegrityError
from psycopg import errors
from psycopg.types.numeric import Int8

from duecourse.kernel.columns import FIELDS
from duecourse.rules.read import day_number, to_date

from .bulk import Column, copy, encode
from .chart import COLUMNS

Answer = TypeVar("Answer")
TRIES = 5
ACCOUNT_MAX = 50_000 * 2**31 - 1
"""The last account of the last shard that a 32-bit number can name."""
DUES = 5 + len(FIELDS)
"""Where the dues begin in what `ledger_lock` answers."""


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


def body_of(account_id: int, kind: int, amount: int, day: int) -> bytes:
    """What the request key of an entry stands for, in 32 bytes; `servicing.batch` writes the same for many."""
    return struct.pack(">4q", account_id, kind, amount, day)


def body_hash(body: Mapping[str, object]) -> bytes:
    """What any other request asked for, in 32 bytes; independent of the order of its fields."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).digest()


@contextmanager
def pipeline() -> Iterator[None]:
    """Sends BEGIN with the first statement and COMMIT with the last: two round trips in all; no COPY inside.

    To be entered inside an atomic block: Django opens and shuts that with round trips of its own in a pipeline. It
    finds the transaction committed, unless something in it failed.
    """
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
        if not connection.needs_rollback:
            run("COMMIT", [])


def atomically(work: Callable[[], Answer], *, pipelined: bool = False) -> Answer:
    """Run `work` in one transaction; begin again after a deadlock, a lost serialisation race or a request-key race.

    Inside a transaction of the caller's it is run once: only the outermost can begin again.
    """
    if connection.in_atomic_block:
        return work()
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), pipeline() if pipelined else nullcontext():
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


def run(sql: str, values: list[Any], *, prepare: bool = False) -> Callable[[], tuple[Any, ...] | None]:
    """Run a statement of the hot path in the open transaction; answers a function that fetches its first row.

    Django writes values into the text of a statement, which PostgreSQL then plans each time. Here they are bound, so
    that a statement that is prepared once serves every later change (settings: `prepare_threshold`).
    """
    with connection.wrap_database_errors:
        cursor = psycopg.RawCursor(connection.connection)
        cursor.execute(sql, values, prepare=prepare)

    def row() -> tuple[Any, ...] | None:
        with connection.wrap_database_errors:
            return cursor.fetchone()

    return row


def array(numbers: Iterable[int]) -> str:
    """Numbers as PostgreSQL reads an array: one value to bind, where a list would be encoded number by number."""
    return f"{{{','.join(map(str, numbers))}}}"


def lock(account_id: int, *, key: str, body: bytes) -> Locked:
    """SQL 1 of every change: lock the account's shard (shared) and its row; see what this key answered before."""
    if not 0 <= account_id <= ACCOUNT_MAX:
        raise NoSuchAccount(f"account {account_id} does not exist")
    row = run("SELECT ledger_lock($1, $2, $3)", [Int8(account_id), key, body], prepare=True)()
    if row is None or row[0] is None:
        raise NoSuchAccount(f"account {account_id} does not exist")
    found = row[0]
    open_day, answered, differs, product_id, terms_id = found[:5]
    if differs:
        raise DifferentBody(f"request key {key!r} was used before with another body (entry {answered})")
    return Locked(
        account_id, to_date(open_day), answered or None, product_id, terms_id, tuple(found[5:DUES]), found[DUES:]
    )


POST = f"SELECT ledger_post({', '.join(f'${place}' for place in range(1, 11))})"


def post(
    entries: list[Entry],
    *,
    fields: tuple[int, ...],
    dues: list[int],
    key: str,
    body: bytes,
    wake_on: date | None = None,
) -> Callable[[], int]:
    """SQL 2: an account's entries, its row and the request's key by one call.

    Answers a function that tells the last entry's id. Asked after the commit, it spares a round trip.
    """
    numbers: list[int] = []
    for entry in entries:
        numbers += (
            entry.kind, day_number(entry.effective_day), entry.reverses or 0, entry.stands_for or 0, entry.channel,
            entry.bearing_interest, entry.bearing_penalty,
        )  # fmt: skip
        numbers += [entry.amounts.get(column, 0) for column in COLUMNS]
    last = entries[-1]
    posted = run(
        POST,
        [
            Int8(last.account_id), Int8(last.product_id), last.currency, last.booked_day, array(numbers),
            array(fields), array(dues), wake_on and wake_on.isoformat(), key, body,
        ],
        prepare=True,
    )  # fmt: skip

    def entry_id() -> int:
        row = posted()
        assert row is not None
        return int(row[0])

    return entry_id


def restate(
    account_id: int, *, fields: tuple[int, ...], dues: list[int], key: str, body: bytes, wake_on: date, answer: int
) -> int:
    """What `post` does for a change that moves no money: the account's row, its agenda, and the request's key.

    `answer` is what the key answers later, below zero: no entry has that id.
    """
    assert answer < 0, "ledger: an answer that might be an entry's id"
    changes = ", ".join(f'"{name}" = %s' for name in FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE ledger_balance SET {changes}, dues = %s WHERE account_id = %s", [*fields, dues, account_id]
        )
        cursor.execute("INSERT INTO ledger_agenda (day, account_id) VALUES (%s, %s)", [wake_on, account_id])
        cursor.execute("INSERT INTO ledger_request (key, body, entry_id) VALUES (%s, %s, %s)", [key, body, answer])
    return answer


def shard_opened(cursor: CursorWrapper) -> date | None:
    """Lock the book's first shard (shared) and answer its open day, on which money of no account is booked.

    The lock keeps that day open until the transaction ends. None before the first account.
    """
    cursor.execute("SELECT min(shard) FROM ledger_shard")
    shard = cursor.fetchone()[0]
    if shard is None:
        return None
    cursor.execute("SELECT pg_advisory_xact_lock_shared(1, %s)", [shard])
    cursor.execute("SELECT open_day FROM ledger_shard WHERE shard = %s", [shard])
    found: date = cursor.fetchone()[0]
    return found


def answered(cursor: CursorWrapper, *, key: str, body: bytes) -> int | None:
    """What a request key answered before; None for a new one. One that was used for something else is refused."""
    cursor.execute("SELECT entry_id, body FROM ledger_request WHERE key = %s", [key])
    row = cursor.fetchone()
    if row is None:
        return None
    if bytes(row[1]) != body:
        raise DifferentBody(f"the request key {key!r} was used before for something else")
    return int(row[0])


def keep_answer(cursor: CursorWrapper, *, key: str, body: bytes, answer: int) -> None:
    """Keep what a request key answers from now on."""
    cursor.execute("INSERT INTO ledger_request (key, body, entry_id) VALUES (%s, %s, %s)", [key, body, answer])


def once(
    *,
    key: str,
    body: Mapping[str, Any],
    before: Callable[[int], Answer],
    do: Callable[[CursorWrapper], tuple[int, Answer]],
) -> Answer:
    """Do what a request of no one account asks, once for its key.

    `do` gives what the key answers from now on, and the result; `before` makes the result of what it answered.
    """
    hashed = body_hash(body)

    def work() -> Answer:
        with connection.cursor() as cursor:
            known = answered(cursor, key=key, body=hashed)
            if known is not None:
                return before(known)
            answer, result = do(cursor)
            keep_answer(cursor, key=key, body=hashed, answer=answer)
            return result

    return atomically(work)


def keep_once(account: int, *, key: str, body: Mapping[str, Any], keep: Callable[[Locked], int]) -> tuple[int, bool]:
    """Keep a row that is no entry about a locked account, once for a request key: its id, and whether it was there."""
    hashed = body_hash(body)

    def work() -> tuple[int, bool]:
        locked = lock(account, key=key, body=hashed)
        if locked.answered is not None:
            return -locked.answered, True
        row = keep(locked)
        with connection.cursor() as cursor:
            keep_answer(cursor, key=key, body=hashed, answer=-row)
        return row, False

    return atomically(work)


def post_without_account(
    cursor: CursorWrapper,
    *,
    kind: int,
    effective_day: date,
    booked_day: date,
    currency: str,
    amounts: Mapping[str, int],
    channel: int = 0,
    reverses: int | None = None,
) -> int:
    """Post one entry of money that belongs to no account and no product; answers its id.

    The caller's transaction holds the lock of a shard that is open on `booked_day`.
    """
    names = list(amounts)
    head = ("kind", "effective_day", "booked_day", "currency", "channel", "reverses")
    places = ", ".join(["%s"] * (len(head) + len(names)))
    cursor.execute(
        f"INSERT INTO ledger_entry ({', '.join((*head, *names))}) VALUES ({places}) RETURNING id",
        [kind, effective_day, booked_day, currency, channel, reverses, *amounts.values()],
    )
    return int(cursor.fetchone()[0])


class Owned(NamedTuple):
    """An entry in the ledger of an owner (0: the lender), of an account or of none."""

    account_id: int | None
    product_id: int
    kind: int
    effective_day: date
    booked_day: date
    owner: int
    currency: str
    amounts: Mapping[str, int]


def post_owned(cursor: CursorWrapper, entries: Iterable[Owned], run_id: int | None) -> int:
    """COPY entries of owners' ledgers; those that touch nothing are left out. Answers how many were posted."""
    head = "account_id, product_id, kind, effective_day, booked_day, owner, currency, run_id"
    count = 0
    with cursor.copy(f"COPY ledger_entry ({head}, {', '.join(COLUMNS)}) FROM STDIN") as out:
        for entry in entries:
            if any(entry.amounts.values()):
                out.write_row((*entry[:7], run_id, *(entry.amounts.get(column) or None for column in COLUMNS)))
                count += 1
    return count


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

    Entry ids come from the sequence, in the order of the groups, unless groups bring their own (`take_ids`): all do, or
    none does.
    """
    assert len({group.ids is None for group in groups}) <= 1, "ledger: some of the groups bring ids"
    named = bool(groups) and groups[0].ids is not None
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
            columns = [
                *([Column("id", "int8", group.ids[places])] if named else []),
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
        copy(cursor, "ledger_entry", (*(HEAD if named else HEAD[1:]), *COLUMNS), encoded)
    return posted


def take_ids(cursor: CursorWrapper, count: int) -> Any:
    """So many new entry ids, rising."""
    cursor.execute("SELECT nextval('ledger_entry_id_seq') FROM generate_series(1, %s)", [count])
    return np.fromiter((row[0] for row in cursor.fetchall()), dtype=np.int64, count=count)


def at(values: Any, places: Any) -> Any:
    """The values at these places, or None where there are none."""
    return None if values is None else values[places]
