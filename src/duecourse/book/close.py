"""The close of a day, shard by shard: load columns, run the evening, write entries and rows, commit.

One transaction a shard. Under the shard's lock it moves the shard's open day on, reads the accounts of the agenda and
those booked that day, runs the lanes, writes what came out and the day's Parquet file, and commits. Killed anywhere,
it is run again and ends in the same state: either nothing of the shard's night is there, or all of it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse import telemetry
from duecourse.ledger import balances, journal
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, arrangement_review, changes

from . import corrections, guarantees, loan_nights, marks, parquet, parties, returning, seal
from .line_nights import evenings, write_nights
from .tables import SetAside

SIDE_BY_SIDE = 2


class NothingToClose(Refused):
    code = "nothing_to_close"


class DayNotReached(Refused):
    code = "day_not_reached"


class Closed(NamedTuple):
    """What a day's close did."""

    day: date
    accounts: int
    entries: int
    set_aside: int
    sealed: bool


def through(
    last: date,
    *,
    by: str = "system",
    excepted: Sequence[int] = (),
    progress: Callable[[Closed], None] | None = None,
) -> list[Closed]:
    """Close and seal every open day up to and with `last`; a day that is sealed already is passed over.

    It ends early at a day that cannot be sealed because an account is set aside, unless every such account is in
    `excepted`: then `by`, a named person, seals the days without them. A second close at the same time waits for the
    first, and then finds nothing to do.
    """
    done = []
    with alone():
        for day in open_days(last):
            with telemetry.span("close of a day", day=str(day)) as work:
                done.append(close_day(day, by=by, excepted=excepted))
                work.says(accounts=done[-1].accounts, entries=done[-1].entries, sealed=done[-1].sealed)
                work.says(set_aside=done[-1].set_aside)
            if progress:
                progress(done[-1])
            if not done[-1].sealed:
                break
    return done


@contextmanager
def alone() -> Iterator[None]:
    """Keep other closes out: a lock of the session, which its end gives back, however it ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(10, 0)")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(10, 0)")


def open_days(last: date) -> Iterator[date]:
    """The days still to be closed or sealed, up to `last`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce((SELECT min(day) FROM book_run), (SELECT min(open_day) FROM ledger_shard))")
        first = cursor.fetchone()[0]
        if first is None:
            raise NothingToClose("there is no account in the book yet")
        cursor.execute("SELECT max(day) FROM book_day")
        sealed = cursor.fetchone()[0]
    if sealed is not None:
        first = sealed + timedelta(days=1)
    for i in range((last - first).days + 1):
        yield first + timedelta(days=i)


def close_day(day: date, *, by: str, excepted: Sequence[int] = ()) -> Closed:
    """Close one day in every shard that has not closed it, let set-aside accounts return, and seal."""
    accounts, entries = 0, 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shard, open_day, EXISTS (SELECT FROM book_set_aside WHERE returned_on IS NULL) "
            "FROM ledger_shard ORDER BY shard"
        )
        shards = cursor.fetchall()
    for shard, open_day, _ in shards:
        if open_day < day:
            raise DayNotReached(f"shard {shard} is still open on {open_day}: close that day first")
    is_any_aside = any(row[2] for row in shards)
    waiting = list(SetAside.objects.filter(returned_on=None).order_by("account_id")) if is_any_aside else []
    still = [shard for shard, open_day, _ in shards if open_day == day]
    since = marks.before(day)
    quiet = journal.atomically(partial(close_quiet, still, day, since.entry))
    busy = [shard for shard in still if shard not in quiet]
    for ran in close_shards(busy, day):
        accounts, entries = accounts + ran[0], entries + ran[1]
    returning.let(waiting, day)
    guarantees.pay(day)
    aside: list[int] = []
    if waiting or busy:  # else no account was set aside before, and none can have been since
        with connection.cursor() as cursor:
            aside = set_aside(cursor, "true")
    sealed = set(aside) <= set(excepted)
    if sealed:
        with telemetry.span("seal of a day", day=str(day)):
            seal.seal(day, by=by, excepted=tuple(aside), since=since)
    return Closed(day, accounts, entries, len(aside), sealed)


NOT_DUE = (
    "SELECT shard FROM unnest(%(shards)s::bigint[]) AS one(shard) WHERE shard <> ALL(%(stirring)s::bigint[]) AND "
    "NOT EXISTS (SELECT FROM ledger_agenda WHERE day = %(day)s AND account_id >= shard * %(size)s "
    "AND account_id < (shard + 1) * %(size)s) AND shard NOT IN "
    "(SELECT shard FROM book_set_aside WHERE returned_on >= %(day)s::date - 1)"
)
QUIET = (
    f"WITH waiting AS MATERIALIZED ({NOT_DUE}), quiet AS (SELECT shard FROM waiting WHERE shard NOT IN "
    "(SELECT account_id / %(size)s FROM ledger_entry "
    "WHERE id > %(since)s AND booked_day = %(day)s AND account_id IS NOT NULL))"
)
"""The shards that have no account on the agenda of a day, no entry booked on it, no account just returned, and in which
nothing stirs for owners and funders; entries are looked through only where a shard is left for which they matter.

shards: those asked about. since: the entry after which those of the day are.
"""


def close_quiet(shards: Sequence[int], day: date, since: int) -> set[int]:
    """Close the shards in which nothing happens on a day, all in the caller's transaction; answers which they were.

    Their locks come first, so that what was booked before is seen and what comes later is booked on the next day.
    since: the entry after which those of the day are.
    """
    asked = {"shards": list(shards), "stirring": [], "day": day, "size": balances.SHARD_SIZE, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(f"{QUIET} SELECT shard FROM quiet ORDER BY shard", asked)
        likely = [int(row[0]) for row in cursor.fetchall()]
        if not likely:
            return set()
        balances.lock_shards(cursor, likely)
        asked |= {"shards": likely, "stirring": list(parties.stirring(cursor, day)), "next": day + timedelta(days=1)}
        cursor.execute("SET LOCAL synchronous_commit = off")  # as in `begin`
        cursor.execute(
            f"{QUIET}, closed AS (UPDATE ledger_shard SET open_day = %(next)s WHERE shard IN (SELECT shard FROM quiet) "
            "AND open_day = %(day)s RETURNING shard) "
            "INSERT INTO book_run (day, shard, accounts, entries, digest, corrections) "
            "SELECT %(day)s, shard, 0, 0, '', '' FROM closed RETURNING shard",
            asked,
        )
        return {int(row[0]) for row in cursor.fetchall()}


def close_shards(shards: Sequence[int], day: date) -> list[tuple[int, int]]:
    """Close shards, two side by side where there are several: one computes while PostgreSQL writes for the other."""
    waiting = deque(shards)
    if len(shards) < 2 or connection.in_atomic_block:
        return close_waiting(waiting, day)
    with ThreadPoolExecutor(SIDE_BY_SIDE - 1) as pool:
        lines = [pool.submit(telemetry.carried(close_beside), waiting, day) for _ in range(SIDE_BY_SIDE - 1)]
        done = close_waiting(waiting, day)
    return done + [ran for line in lines for ran in line.result()]


def close_beside(waiting: deque[int], day: date) -> list[tuple[int, int]]:
    """Close waiting shards on this thread's own connection."""
    try:
        return close_waiting(waiting, day)
    finally:
        connection.close()


def close_waiting(waiting: deque[int], day: date) -> list[tuple[int, int]]:
    """Close one shard after the other until none waits; a fault keeps the others from beginning."""
    done: list[tuple[int, int]] = []
    try:
        while True:
            try:
                shard = waiting.popleft()
            except IndexError:
                return done
            with telemetry.span("close of a shard", day=str(day), shard=shard) as work:
                done.append(journal.atomically(partial(close_shard, shard, day)))
                work.says(accounts=done[-1][0], entries=done[-1][1])
    except BaseException:
        waiting.clear()
        raise


def close_shard(shard: int, day: date) -> tuple[int, int]:
    """Close one shard's day inside the caller's transaction; answers accounts touched and entries posted."""
    with connection.cursor() as cursor:
        run_id = begin(cursor, shard, day)
        if run_id is None:
            return 0, 0
        changes.apply_coming(cursor, shard, day, aside=set_aside(cursor, of_shard(shard)))
        corrected = corrections.of_shard(cursor, shard, day)
        book, booked = due_on(shard, day), booked_on(shard, day)
        nights, terms_of_loans = [], []
        for terms_id in np.unique(book.terms):
            if agreed.is_loan(terms_id):
                terms_of_loans.append(terms_id)
                continue
            part = balances.select(book, book.terms == terms_id)
            nights.append(evenings(agreed.of(terms_id), part, day_number(day)))
        written = [(night.book, night.after) for night in nights] + [(booked, booked.shard)]
        loan_night = None
        if terms_of_loans:
            of_loans = balances.select(book, np.isin(book.terms, terms_of_loans))
            loan_night = loan_nights.evenings(cursor, of_loans, day)
            written.append((loan_night.book, loan_night.after))
        touched = len(book.ids) + len(booked.ids)  # those that are set aside too
        entries, digest = 0, b""
        if touched:
            with ThreadPoolExecutor(1) as pen:  # the file is made while PostgreSQL works
                kept = pen.submit(parquet.write_changes, day, f"{shard:06d}", written)
                entries = write_nights(cursor, nights, run_id=run_id, shard=shard, day=day) if nights else 0
                if loan_night is not None:
                    entries += loan_nights.write(cursor, loan_night, run_id=run_id, shard=shard, day=day)
                digest = kept.result()
        entries += parties.book(cursor, of_shard(shard), day, run_id)
        cursor.execute(
            "INSERT INTO book_run (id, day, shard, accounts, entries, digest, corrections) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [run_id, day, shard, touched, entries, digest, corrected],
        )
        return touched, entries


def begin(cursor: CursorWrapper, shard: int, day: date) -> int | None:
    """Lock a shard, look at its arrangements and move its open day on; answers the run's id, or None where the day was
    closed before.

    The commit is not waited for: it is in the log of PostgreSQL before any later commit, so a payment that sees the
    day closed and the seal are kept only together with it. Lost with the server, the shard is still open and run again.
    """
    cursor.execute("SET LOCAL synchronous_commit = off")
    balances.lock_shard(cursor, shard, exclusive=True)
    look_at_arrangements(cursor, shard, day)
    cursor.execute(
        "UPDATE ledger_shard SET open_day = %s WHERE shard = %s AND open_day = %s RETURNING nextval('book_run_id_seq')",
        [day + timedelta(days=1), shard, day],
    )
    row = cursor.fetchone()
    return row and int(row[0])


def look_at_arrangements(cursor: CursorWrapper, shard: int, day: date) -> None:
    """Judge the arrangements of a shard by all that came in on its open day; an account at fault is set aside."""
    cursor.execute(
        "SELECT FROM ledger_shard WHERE shard = %s AND open_day = %s "
        f"AND EXISTS (SELECT FROM servicing_arrangement WHERE {of_shard(shard)})",
        [shard, day],
    )
    if cursor.fetchone() is None:
        return
    back = SetAside.objects.filter(shard=shard, returned_on__gte=day - timedelta(days=1))
    faults = arrangement_review.look(
        cursor,
        shard,
        day,
        mark=marks.before(day).entry,
        aside=set_aside(cursor, of_shard(shard)),
        returned=list(back.values_list("account_id", flat=True)),
    )
    SetAside.objects.bulk_create(
        SetAside(account_id=account_id, shard=shard, day=day, message=message) for account_id, message in faults
    )


def of_shard(shard: int) -> str:
    """A condition on account ids: those of this shard."""
    first = shard * balances.SHARD_SIZE
    return f"account_id >= {first} AND account_id < {first + balances.SHARD_SIZE}"


def on_agenda(shard: int, day: date) -> str:
    """A query for the accounts of a shard that are on the agenda of a day and not set aside, in order: so are rows."""
    return (
        f"SELECT DISTINCT account_id FROM ledger_agenda WHERE day = DATE '{day}' AND {of_shard(shard)} AND "
        "account_id NOT IN (SELECT account_id FROM book_set_aside WHERE returned_on IS NULL) ORDER BY account_id"
    )


def set_aside(cursor: CursorWrapper, among: str) -> list[int]:
    """The accounts that are set aside among those of a condition on account ids."""
    cursor.execute(f"SELECT account_id FROM book_set_aside WHERE returned_on IS NULL AND {among} ORDER BY account_id")
    return [int(row[0]) for row in cursor.fetchall()]


def due_on(shard: int, day: date) -> balances.Book:
    """The rows of a shard that have an evening on a day."""
    return balances.read(f"{of_shard(shard)} AND account_id IN ({on_agenda(shard, day)})")


def booked_on(shard: int, day: date) -> balances.Book:
    """The rows of a shard that have no evening on a day, and yet entries that were booked on it."""
    # Divided, so that no index by account is used: that would read all entries that the shard ever had.
    return balances.read(
        f"{of_shard(shard)} AND account_id IN (SELECT account_id FROM ledger_entry WHERE id > {marks.before(day).entry}"
        f" AND booked_day = DATE '{day}' AND account_id / {balances.SHARD_SIZE} = {shard})"
        f" AND account_id NOT IN ({on_agenda(shard, day)})"
    )
