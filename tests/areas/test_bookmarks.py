"""Readers of the journal and their bookmarks."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

INSERT = (
    "INSERT INTO ledger_entry (product_id, kind, effective_day, booked_day, currency, cash, credit) "
    "VALUES (1, 4, '2005-04-01', '2005-04-01', 'TWD', 100, -100) RETURNING id"
)


@pytest.fixture
def writer(db: str) -> Any:
    """A connection of the application's role beside the test's own."""
    import psycopg
    from django.db import connection

    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        yield other


def until(done: Callable[[], bool]) -> None:
    """Wait: a transaction of another test on the same server may hold the safe order back for a moment."""
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end, "the reader did not get there"
        time.sleep(0.02)


def read_on(reader: str, limit: int = 100) -> list[int]:
    from duecourse.ledger import read

    got = read.entries_since(reader=reader, limit=limit)
    if got:
        read.advance(reader=reader, last=got[-1])
    return [entry.id for entry in got]


def insert() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(INSERT)
        return cursor.fetchone()[0]


def test_an_entry_that_commits_late_is_not_lost(writer: Any) -> None:
    early = writer.execute(INSERT).fetchone()[0]
    late = insert()
    assert early < late
    assert read_on("stays behind") == []
    writer.commit()
    seen: list[int] = []
    until(lambda: len(seen.__iadd__(read_on("stays behind"))) >= 2)
    assert seen == [early, late]
    assert read_on("stays behind") == []


def test_the_one_that_began_first_comes_first_even_if_it_commits_last(writer: Any) -> None:
    """The order is that of transactions, which a reader can trust; ids can be the other way round."""
    writer.execute("SELECT pg_current_xact_id()")
    first_id = insert()
    second_id = writer.execute(INSERT).fetchone()[0]
    writer.commit()
    seen: list[int] = []
    until(lambda: len(seen.__iadd__(read_on("in order"))) >= 2)
    assert seen == [second_id, first_id]


def test_a_rolled_back_entry_is_never_read(writer: Any) -> None:
    writer.execute(INSERT)
    writer.rollback()
    kept = insert()
    seen: list[int] = []
    until(lambda: len(seen.__iadd__(read_on("of truth"))) >= 1)
    assert seen == [kept]


def test_small_steps_read_everything_once(db: str) -> None:
    from django.db import connection

    three = INSERT.replace("VALUES (", "SELECT ").replace("-100)", "-100 FROM generate_series(1, 3)")
    with connection.cursor() as cursor:
        for _ in range(7):
            cursor.execute(three)
    seen: list[int] = []
    until(lambda: len(seen.__iadd__(read_on("small steps", limit=2))) >= 21)
    assert sorted(set(seen)) == sorted(seen)
    assert len(seen) == 21


def test_a_bookmark_never_goes_back(db: str) -> None:
    from duecourse.ledger import read

    for _ in range(3):
        insert()
    seen: list[Any] = []
    until(lambda: len(seen.__iadd__(read.entries_since(reader="r", limit=10))) >= 3)
    seen = read.entries_since(reader="r", limit=10)
    read.advance(reader="r", last=seen[-1])
    read.advance(reader="r", last=seen[0])
    assert read.entries_since(reader="r", limit=10) == []


def test_an_entry_is_read_as_it_was_posted(db: str) -> None:
    from duecourse.ledger import read

    entry_id = insert()
    got: list[Any] = []
    until(lambda: len(got.__iadd__(read.entries_since(reader="r", limit=10))) >= 1)
    assert (got[0].id, got[0].kind, got[0].effective_day) == (entry_id, 4, date(2005, 4, 1))
    assert got[0].amounts == {"cash": 100, "credit": -100}


def test_reading_on_in_a_long_journal_uses_the_index(db: str) -> None:
    """A reader near the end does not look through the whole journal."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (product_id, kind, effective_day, booked_day, currency, cash, credit, xid) "
            "SELECT 1, 4, '2005-04-01', '2005-04-01', 'TWD', 100, -100, (i::text)::xid8 "
            "FROM generate_series(1, 60000) AS i"
        )
        cursor.execute("VACUUM ANALYZE ledger_entry")
        cursor.execute(
            "EXPLAIN SELECT id FROM ledger_entry WHERE (xid::text)::bigint >= 59000 AND (xid::text)::bigint < 60000 "
            "AND ((xid::text)::bigint, id) > (59000, 59000) ORDER BY (xid::text)::bigint, id LIMIT 100"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "ledger_entry_read" in plan, plan


def test_postings_are_the_debits_and_credits_of_an_account(db: str) -> None:
    from duecourse.ledger import read
    from duecourse.servicing import accounts, payments, purchases

    day = date(2005, 4, 1)
    line = accounts.open_line(number="L1", borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=day)
    bought = purchases.post(account=line, amount_minor=3_000, on=day, key="b")
    paid = payments.receive(account=line, amount_minor=5_000, received_on=day, key="p")
    told = [(one.entry_id, one.control, one.amount_minor) for one in read.postings(account=line)]
    assert told == [
        (bought.entry_id, "principal", 3_000),
        (bought.entry_id, "merchant", -3_000),
        (paid.entry_id, "principal", -3_000),
        (paid.entry_id, "credit", -2_000),
        (paid.entry_id, "cash", 5_000),
    ]
