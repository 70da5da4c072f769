"""One business day of a large book, end to end in PostgreSQL, beside what SQL and the database itself can do.

Ours is `book.close.close_day`: the evening of every account on the day's agenda in every shard, its entries, balance
rows, statements, agenda and Parquet file, then the seal. The yardsticks, on copies of the same database:

    a  set-based SQL as a good engineer would write it: an accrual row for every account, the ageing of every account,
       one aggregated entry, in tables of its own
    b  the database's own limit: one UPDATE of the same columns of the touched rows, and COPY of their entries into the
       same table with the same indexes; everything computed beforehand
    c  set-based SQL over the same agenda rows in the same tables, with the same entries out

a does less than a night's work: it bills no cycle, rolls no due and says nothing of a single account in the journal. b
writes no statement, agenda or file; c writes statements and agenda, but no file, no proof and no base of interest. All
connections are open before the clock starts, and the planner is told the same cost of a page at random.

A quiet day has nothing on the agenda but a weekend's passing; a cycle day bills one cycle; the due day is a Monday on
which the due days of the weekend fall too, and bills one cycle. Every run gets a fresh copy of the database, read once
before the clock starts. Figures are medians of repeats.

    python bench/bench_close.py [--accounts 1000000] [--repeats 3]
"""

import argparse
import io
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import scratch

OPENED = date(2026, 8, 20)
DAYS = {"cycle day": date(2026, 8, 22), "due day": date(2026, 8, 24), "quiet day": date(2026, 8, 29)}
PAGE_COST = "SET LOCAL random_page_cost = 1.1"
"""As our close sets it."""

NAIVE_TABLES = """
CREATE TABLE naive_account (LIKE ledger_balance, oldest_due date, days_past_due int, bucket int,
    PRIMARY KEY (account_id)) WITH (fillfactor = 80);
INSERT INTO naive_account SELECT b.*, CASE WHEN cardinality(dues) > 0 THEN date '1970-01-01' + dues[1]::int END, 0, 0
    FROM ledger_balance b ORDER BY account_id;
CREATE TABLE naive_accrual (day date, account_id bigint, interest bigint, PRIMARY KEY (day, account_id));
CREATE TABLE naive_entry (day date, debit bigint, credit bigint);
"""
NAIVE_NIGHT = (
    """INSERT INTO naive_accrual SELECT %(day)s, account_id,
    ((bearing + revolving) * 182500 + past_due * 237250 + interest_carry) / 365000000 FROM naive_account""",
    """UPDATE naive_account SET accrued_interest = accrued_interest
        + ((bearing + revolving) * 182500 + past_due * 237250 + interest_carry) / 365000000,
    interest_carry = ((bearing + revolving) * 182500 + past_due * 237250 + interest_carry) %% 365000000,
    days_past_due = greatest(0, %(day)s::date - coalesce(oldest_due, %(day)s::date)),
    bucket = least(7, (greatest(0, %(day)s::date - coalesce(oldest_due, %(day)s::date)) + 29) / 30)""",
    "INSERT INTO naive_entry SELECT %(day)s, sum(interest), -sum(interest) FROM naive_accrual WHERE day = %(day)s",
)

AGENDA_NIGHT = (
    """CREATE TEMPORARY TABLE tonight ON COMMIT DROP AS
SELECT b.*, n.grown, n.late, n.grown / 365000000 AS new_interest, n.late / 365000000 AS new_penalty,
    b.due_on = %(today)s AS is_due, cardinality(b.dues) AS size,
    b.statement_on = %(today)s AS is_cycle,
    CASE WHEN cardinality(b.dues) > 0 AND b.dues[cardinality(b.dues) - 5] = %(today)s
         THEN b.dues[cardinality(b.dues) - 4] ELSE 0 END AS missed
FROM ledger_balance b JOIN (SELECT DISTINCT account_id FROM ledger_agenda WHERE day = %(day)s) a USING (account_id)
CROSS JOIN LATERAL (SELECT (b.bearing + b.revolving) * 182500 * (%(today)s - b.day) + b.interest_carry AS grown,
    b.past_due * 237250 * (%(today)s - b.day) + b.penalty_carry AS late) n""",
    """UPDATE tonight SET accrued_interest = accrued_interest + new_interest, interest_carry = grown %% 365000000,
    accrued_penalty = accrued_penalty + new_penalty, penalty_carry = late %% 365000000,
    revolving = revolving + CASE WHEN is_due THEN "window" ELSE 0 END - missed,
    past_due = past_due + missed, "window" = CASE WHEN is_due THEN 0 ELSE "window" END,
    due_on = CASE WHEN is_due THEN 0 ELSE due_on END""",
    """INSERT INTO ledger_entry (account_id, product_id, kind, effective_day, booked_day, run_id, currency, interest,
    penalty, suspended, accrued)
SELECT account_id, product_id, 11, %(day)s, %(day)s, 0, 'CNY', nullif(accrued_interest, 0), nullif(accrued_penalty, 0),
    CASE WHEN nonaccrual = 1 THEN -accrued_interest - accrued_penalty END,
    CASE WHEN nonaccrual = 0 THEN -accrued_interest - accrued_penalty END
FROM tonight WHERE is_cycle AND accrued_interest + accrued_penalty > 0""",
    """INSERT INTO servicing_statement (account_id, cycle_on, due_on, balance, minimum, past_due, principal, interest,
    fee, penalty, credit, limit_minor, interest_charged, penalty_charged, booked_day, entry_mark)
SELECT account_id, %(day)s, %(day)s::date + 20, unbilled + "window" + revolving + past_due + interest + penalty
    + accrued_interest + accrued_penalty, least(unbilled + revolving, greatest(1000, (unbilled + revolving + 19) / 20))
    + accrued_interest + accrued_penalty + past_due, past_due, unbilled + revolving + past_due,
    interest + accrued_interest, fee, penalty + accrued_penalty, credit, limit_minor, accrued_interest, accrued_penalty,
    %(day)s, (SELECT last_value FROM ledger_entry_id_seq)
    FROM tonight WHERE is_cycle AND unbilled + revolving + past_due + interest + penalty > 0""",
    """UPDATE ledger_balance b SET day = %(today)s, statement_on = CASE WHEN t.is_cycle THEN %(today)s + 31
    ELSE t.statement_on END, due_on = CASE WHEN t.is_cycle THEN %(today)s + 20 ELSE t.due_on END,
    unbilled = CASE WHEN t.is_cycle THEN 0 ELSE t.unbilled END,
    "window" = CASE WHEN t.is_cycle THEN t.unbilled ELSE t."window" END, revolving = t.revolving, past_due = t.past_due,
    interest = t.interest + CASE WHEN t.is_cycle THEN t.accrued_interest ELSE 0 END,
    penalty = t.penalty + CASE WHEN t.is_cycle THEN t.accrued_penalty ELSE 0 END,
    accrued_interest = CASE WHEN t.is_cycle THEN 0 ELSE t.accrued_interest END, interest_carry = t.interest_carry,
    accrued_penalty = CASE WHEN t.is_cycle THEN 0 ELSE t.accrued_penalty END, penalty_carry = t.penalty_carry,
    statement_left = CASE WHEN t.is_cycle THEN t.unbilled + t.revolving + t.past_due + t.interest + t.penalty
    + t.accrued_interest + t.accrued_penalty ELSE t.statement_left END,
    dues = CASE WHEN t.is_cycle AND t.unbilled + t.revolving > 0 THEN t.dues || ARRAY[%(today)s + 20,
    greatest(1000, (t.unbilled + t.revolving + 19) / 20), t.accrued_interest, 0, t.accrued_penalty, 0]::bigint[]
    ELSE t.dues END FROM tonight t WHERE b.account_id = t.account_id""",
    """INSERT INTO ledger_agenda SELECT CASE WHEN is_cycle THEN %(day)s::date + 20 ELSE date '1970-01-01'
    + statement_on::int END, account_id FROM tonight""",
)


def drop(admin: Any, name: str) -> None:
    """Drop a copy, once the server has seen its last connection end."""
    for _ in range(100):
        try:
            admin.execute(f"DROP DATABASE {name}")
            return
        except Exception:
            time.sleep(0.1)
    admin.execute(f"DROP DATABASE {name}")


class Copies:
    """Fresh copies of the base database, one at a time."""

    def __init__(self) -> None:
        from django.conf import settings

        owner = settings.DATABASES["owner"]
        self.base = str(owner["NAME"])
        self.place = {
            "host": owner["HOST"],
            "port": owner["PORT"],
            "user": owner["USER"],
            "password": owner["PASSWORD"],
        }
        self.copy: str | None = None
        self.made = 0

    def fresh(self) -> None:
        """Point everything to a new copy, read once."""
        self.point(self.base)
        import psycopg

        with psycopg.connect(dbname="postgres", autocommit=True, **self.place) as admin:
            if self.copy:
                drop(admin, self.copy)
            self.made += 1
            self.copy = f"bench_{self.made}"
            admin.execute(f"CREATE DATABASE {self.copy} TEMPLATE {self.base} STRATEGY FILE_COPY")
        self.point(self.copy)
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(credit), sum(cardinality(dues)) FROM ledger_balance")
            cursor.execute("SELECT count(*) FROM ledger_agenda")

    def point(self, name: str) -> None:
        from django.db import connections

        from duecourse.ledger import bulk

        bulk.close_arrow()
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name


def timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run_sql(statements: tuple[str, ...], day: date) -> float:
    """The statements in one transaction, committed."""
    from django.db import connections, transaction

    from duecourse.rules.read import day_number

    def work() -> None:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute(PAGE_COST)
            for statement in statements:
                cursor.execute(statement, {"day": day, "today": day_number(day)})

    connections["owner"].ensure_connection()
    return timed(work)


def ours(copies: Copies, day: date) -> tuple[float, int, int]:
    from duecourse.book import close
    from duecourse.ledger.bulk import arrow
    from duecourse.servicing import agreed
    from duecourse.servicing.tables import Terms

    copies.fresh()
    arrow("SELECT 1")
    for terms_id in Terms.objects.values_list("id", flat=True):
        agreed.of(terms_id)
    start = time.perf_counter()
    closed = close.close_day(day, by="bench")
    assert closed.sealed
    return time.perf_counter() - start, closed.accounts, closed.entries


def written(day: date) -> tuple[Any, bytes, tuple[int, int]]:
    """What our close of the day in this copy wrote: the touched rows, the entries as a COPY file, their sums."""
    from django.db import connection

    from duecourse.ledger import balances, chart
    from duecourse.ledger.journal import HEAD

    book = balances.read(f"account_id IN (SELECT account_id FROM ledger_agenda WHERE day = DATE '{day}')")
    columns = ", ".join((*HEAD, *chart.COLUMNS))
    out = io.BytesIO()
    with connection.cursor() as cursor:
        where = f"booked_day = DATE '{day}' AND run_id IS NOT NULL"
        cursor.execute(
            f"SELECT count(*), coalesce(sum(interest + coalesce(penalty, 0)), 0) FROM ledger_entry WHERE {where}"
        )
        sums = cursor.fetchone()
        with cursor.copy(
            f"COPY (SELECT {columns} FROM ledger_entry WHERE {where} ORDER BY id) TO STDOUT (FORMAT BINARY)"
        ) as rows:
            for part in rows:
                out.write(part)
    return book, out.getvalue(), sums


def limit(copies: Copies, book: Any, entries: bytes) -> float:
    """Yardstick b: the rows lie ready in a table, the entries in memory."""
    from django.db import connection, transaction

    from duecourse.ledger import balances, chart
    from duecourse.ledger.bulk import Column, copy, encode
    from duecourse.ledger.journal import HEAD

    copies.fresh()
    names = ("account_id", *balances.WRITTEN, "dues")
    changes = ", ".join(f'"{name}" = t."{name}"' for name in names[1:])
    with connection.cursor() as cursor:
        typed = ", ".join(f'"{name}" bigint' for name in names[:-1])
        cursor.execute(f"CREATE TEMPORARY TABLE ready ({typed}, dues bigint[])")
        if len(book.ids):
            import numpy as np

            groups = []
            lengths = np.diff(book.shard.offsets)
            for length in np.unique(lengths):
                places = np.flatnonzero(lengths == length)
                dues = book.shard.dues[book.shard.offsets[places][:, None] + np.arange(length)]
                fields = [
                    Column(name, "int8", book.shard.rows[i][places])
                    for i, name in enumerate(balances.FIELDS)
                    if name in balances.WRITTEN
                ]
                told = [Column("account_id", "int8", book.ids[places]), *fields, Column("dues", "int8[]", dues)]
                groups.append(encode(told, len(places)))
            copy(cursor, "ready", names, groups)
        cursor.execute("ANALYZE ready")

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PAGE_COST)
            cursor.execute(f"UPDATE ledger_balance b SET {changes} FROM ready t WHERE b.account_id = t.account_id")
            columns = ", ".join((*HEAD, *chart.COLUMNS))
            with cursor.copy(f"COPY ledger_entry ({columns}) FROM STDIN (FORMAT BINARY)") as out:
                out.write(entries)

    return timed(work)


def naive(copies: Copies, repeats: int) -> float:
    """Yardstick a, on consecutive days: every day touches every account, whatever day it is."""
    from django.db import connections

    copies.fresh()
    with connections["owner"].cursor() as cursor:
        cursor.execute(NAIVE_TABLES)
        cursor.execute("ANALYZE naive_account")
    seen = []
    for i in range(repeats + 1):
        seen.append(run_sql(NAIVE_NIGHT, OPENED + timedelta(days=i + 1)))
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM naive_account")
    return statistics.median(seen[1:])


def measure(copies: Copies, name: str, day: date, accounts: int, slow: float, repeats: int) -> None:
    from django.db import connection

    runs, limits, sets = [], [], []
    touched = posted = 0
    for _ in range(repeats):
        seconds, touched, posted = ours(copies, day)
        runs.append(seconds)
        book, entries, sums = written(day)
        limits.append(limit(copies, book, entries))
        copies.fresh()
        sets.append(run_sql(AGENDA_NIGHT, day))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), coalesce(sum(interest + coalesce(penalty, 0)), 0) FROM ledger_entry "
                "WHERE booked_day = %s AND run_id IS NOT NULL",
                [day],
            )
            theirs = cursor.fetchone()
    mine, least, same = map(statistics.median, (runs, limits, sets))
    print(f"\n{name} ({day:%A}): {touched:,} accounts touched, {posted:,} entries; c posts {theirs[0]:,}", flush=True)
    if sums != theirs:
        print(f"  entries of ours and c: {sums} and {theirs}")
    print(f"  close and seal   {mine:7.2f} s  {accounts / mine:12,.0f} accounts of the book a second")
    print(f"  a set-based      {slow:7.2f} s  ratio a/ours {slow / mine:.1f}")
    print(f"  b limit          {least:7.2f} s  ratio ours/b {mine / least:.1f}")
    print(f"  c same agenda    {same:7.2f} s  ratio c/ours {same / mine:.1f}")


def prepare(accounts: int) -> None:
    """Write the book in a process of its own, so that its memory is not counted with the close."""
    import django

    django.setup()
    from duecourse.simulator import load

    spent = timed(lambda: load.book_for_load(accounts, on=OPENED))
    print(f"book of {accounts:,} accounts written, opened and sealed in {spent:.1f} s", flush=True)


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    told.add_argument("--accounts", type=int, default=1_000_000)
    told.add_argument("--repeats", type=int, default=3)
    told.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    asked = told.parse_args()
    if asked.prepare:
        prepare(asked.accounts)
        return
    with scratch.database():
        whole = [sys.executable, __file__, "--prepare", "--accounts", str(asked.accounts)]
        subprocess.run(whole, check=True)
        import django

        django.setup()
        from duecourse.book import close

        copies = Copies()
        slow = naive(copies, asked.repeats)
        for name, day in sorted(DAYS.items(), key=lambda item: item[1]):
            copies.point(copies.base)
            close.through(day - timedelta(days=1))
            measure(copies, name, day, asked.accounts, slow, asked.repeats)
        print(f"\npeak memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
