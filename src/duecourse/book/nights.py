"""What each day's close did, for a page: its runs, accounts, entries, what it set aside, who sealed it."""

from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

NIGHTS = """
SELECT r.day, r.runs, r.accounts, r.entries, r.began, r.ended, d.sealed_by, d.recorded_at,
    coalesce(jsonb_array_length(d.excepted), 0), d.audit_place,
    (SELECT count(*) FROM book_set_aside s WHERE s.day = r.day)
FROM (SELECT day, count(*) AS runs, sum(accounts) AS accounts, sum(entries) AS entries, min(recorded_at) AS began,
          max(recorded_at) AS ended
      FROM book_run WHERE day > (SELECT max(day) FROM book_run) - %s GROUP BY day) r
LEFT JOIN book_day d ON d.day = r.day ORDER BY r.day DESC
"""


class Night(NamedTuple):
    """One day's close: its runs (one a shard), accounts touched and entries written, from when until when.

    sealed_by, sealed_at, audit_place: None of a day that is not sealed. excepted: accounts without which it was
    sealed; aside: accounts that it set aside.
    """

    day: date
    runs: int
    accounts: int
    entries: int
    began: datetime
    ended: datetime
    sealed_by: str | None
    sealed_at: datetime | None
    excepted: int
    audit_place: int | None
    aside: int


def nights(*, days: int) -> list[Night]:
    """The closes of the newest days, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(NIGHTS, [days])
        return [Night._make(row) for row in cursor.fetchall()]


def open_days() -> list[tuple[date, int]]:
    """The open days and how many shards have each; more than one while a close is under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT open_day, count(*) FROM ledger_shard GROUP BY 1 ORDER BY 1")
        return list(cursor.fetchall())


def sealed_at() -> datetime | None:
    """When the newest sealed day was sealed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT recorded_at FROM book_day ORDER BY day DESC LIMIT 1")
        row = cursor.fetchone()
    return row[0] if row else None
