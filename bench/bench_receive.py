"""A file of payments received, from the file on disk to committed, beside the single path and beside COPY.

Ours is `intake.receive.take`: the file is read and checked, accounts are found, payments are allocated by the kernel,
entries, balance rows, request keys and the file's totals are committed. The yardsticks, in turns with it, on the same
database:

    single  `servicing.payments.receive`, one payment after the other from one client, on a sample
    copy    COPY of the very rows that the file left in `ledger_entry` and `ledger_request`, encoded beforehand, into
            the same tables with their indexes and checks, in one transaction
    all     the same COPY and one UPDATE of the balance rows that the file touched: all that the database has to do

Every repeat takes a new file of payments to accounts drawn anew. Figures are medians of repeats.

    python bench/bench_receive.py [--accounts 100000] [--payments 100000] [--repeats 5]
"""

import argparse
import statistics
import time
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import scratch

OPENED = date(2026, 8, 20)
SAMPLE = 500
AIM = 20_000
TO_STDOUT = "TO STDOUT (FORMAT BINARY)"


def columns_of(cursor: Any, table: str) -> list[str]:
    """The columns of a table that the application may write, quoted, in order."""
    cursor.execute(
        "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND NOT attisdropped AND attname NOT IN ('xid', 'recorded_at') ORDER BY attnum",
        [table],
    )
    return [row[0] for row in cursor.fetchall()]


def out(cursor: Any, query: str) -> bytes:
    """The rows of a query as binary COPY."""
    with cursor.copy(f"COPY ({query}) {TO_STDOUT}") as rows:
        return b"".join(bytes(part) for part in rows)


def into(cursor: Any, table: str, names: list[str], rows: bytes) -> None:
    """COPY encoded rows in."""
    with cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)") as target:
        target.write(rows)


def file_of(place: Path, chance: Random, accounts: int, payments: int, repeat: int, day: date) -> Path:
    """A CSV file of payments to accounts drawn at random."""
    path = place / f"payments-{repeat}.csv"
    with path.open("w") as file:
        file.write("account,amount,received_on,reference,channel\n")
        for i in range(payments):
            account = f"load-0001-{chance.randint(1, accounts):09d}"
            file.write(f"{account},{chance.randint(100, 90_000) / 100:.2f},{day},B{repeat:03d}{i:09d},1\n")
    return path


def taken(path: Path, payments: int) -> float:
    """Seconds to take a file."""
    from duecourse.intake import receive

    begun = time.perf_counter()
    received = receive.take(path)
    seconds = time.perf_counter() - begun
    assert received.posted == payments, received.file.summary
    return seconds


def copied(mark: int, repeat: int) -> tuple[float, float]:
    """Seconds to COPY what was posted since an entry, under other ids and keys; and with the UPDATE of the rows."""
    from django.db import connection, transaction

    shift = 10**12 + repeat * 10**10
    with connection.cursor() as cursor:
        entry, request, balance = (
            columns_of(cursor, table) for table in ("ledger_entry", "ledger_request", "ledger_balance")
        )
        moved = ", ".join(f"id + {shift}" if name == "id" else name for name in entry)
        since = f"BETWEEN {mark + 1} AND 999999999999"
        entries = out(cursor, f"SELECT {moved} FROM ledger_entry WHERE id {since} ORDER BY ctid")
        requests = out(
            cursor,
            f"SELECT 'bench' || substr(key, 6), body, entry_id + {shift} FROM ledger_request WHERE entry_id {since} "
            "ORDER BY ctid",
        )
        touched = out(
            cursor,
            f"SELECT * FROM ledger_balance WHERE account_id IN (SELECT account_id FROM ledger_entry WHERE id {since}) "
            "ORDER BY account_id",
        )
        changes = ", ".join(f"{name} = t.{name}" for name in balance[1:])
        begun = time.perf_counter()
        with transaction.atomic():
            into(cursor, "ledger_entry", entry, entries)
            into(cursor, "ledger_request", request, requests)
        copy = time.perf_counter() - begun
        begun = time.perf_counter()
        with transaction.atomic():
            cursor.execute("CREATE TEMPORARY TABLE touched (LIKE ledger_balance) ON COMMIT DROP")
            into(cursor, "touched", balance, touched)
            cursor.execute("SET LOCAL random_page_cost = 1.1")
            cursor.execute(f"UPDATE ledger_balance b SET {changes} FROM touched t WHERE b.account_id = t.account_id")
        return copy, copy + time.perf_counter() - begun


def one_by_one(chance: Random, accounts: int, repeat: int, day: date) -> float:
    """Seconds that one payment takes by the single path."""
    from duecourse.servicing import payments

    begun = time.perf_counter()
    for i in range(SAMPLE):
        payments.receive(account=chance.randint(1, accounts), amount_minor=100, received_on=day, key=f"s:{repeat}:{i}")
    return (time.perf_counter() - begun) / SAMPLE


def measure(place: Path, accounts: int, payments: int, repeats: int) -> None:
    """All of it in turns, a warming round first; prints medians and ratios."""
    from django.db import connection

    from duecourse.ledger import balances, read
    from duecourse.simulator import load

    load.book_for_load(accounts, on=OPENED)
    day = balances.book_day()
    assert day is not None
    chance = Random(1)
    taken(file_of(place, chance, accounts, 1_000, 0, day), 1_000)
    one_by_one(chance, accounts, 0, day)
    ours, single, copy, everything = [], [], [], []
    for repeat in range(1, repeats + 1):
        path = file_of(place, chance, accounts, payments, repeat, day)
        with connection.cursor() as cursor:
            mark = read.last_id(cursor)
        ours.append(taken(path, payments))
        for seconds, of in zip(copied(mark, repeat), (copy, everything), strict=True):
            of.append(seconds)
        single.append(one_by_one(chance, accounts, repeat, day))
        print(f"  {payments / ours[-1]:,.0f}/s, COPY {copy[-1]:.2f} s, with UPDATE {everything[-1]:.2f} s", flush=True)
    rate, alone = payments / statistics.median(ours), 1 / statistics.median(single)
    print(
        f"{payments:,} payments over {accounts:,} accounts: {rate:,.0f} payments/s (aim {AIM:,}), "
        f"{statistics.median(ours):.2f} s"
    )
    ratio = statistics.median(a / (b / payments) for a, b in zip(single, ours, strict=True))
    print(f"  the single path, one client: {alone:,.0f}/s, ratio {ratio:.1f}")
    for name, told in (("COPY of entries and keys", copy), ("the same and UPDATE of the rows", everything)):
        ratio = statistics.median(a / b for a, b in zip(told, ours, strict=True))
        print(f"  {name}: {payments / statistics.median(told):,.0f}/s, ratio {ratio:.2f}")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--accounts", type=int, default=100_000)
    words.add_argument("--payments", type=int, default=100_000)
    words.add_argument("--repeats", type=int, default=5)
    told = words.parse_args()
    with scratch.database() as place:
        import django

        django.setup()
        measure(place, told.accounts, told.payments, told.repeats)


if __name__ == "__main__":
    main()
