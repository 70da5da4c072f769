"""A database of an earlier release, with a book in it, is brought to this one: every row is there, the book goes on."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command

EARLIER = "0034_roles"
"""The next one writes rows of what there is; those after it add tables and columns."""
DAY = date(2026, 1, 15)
SAID: Any = {"by": "bob", "reason": "told"}
TABLES = (
    "SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a "
    "ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'django_migrations' "
    "GROUP BY c.relname ORDER BY c.relname"
)
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
Rows = dict[str, tuple[list[str], set[str]]]


def connected(name: str) -> Any:
    """A connection to a database of the test server that may do anything."""
    from duecourse import embedded

    return psycopg.connect(embedded.start(embedded.home())._replace(database=name).url("postgres"), autocommit=True)


@pytest.fixture(scope="module")
def made(module_db: str) -> str:
    """A line with a purchase and a payment, closed for two days; its borrower can be reached and asked for help."""
    from duecourse.book import close
    from duecourse.borrowers import people, reach
    from duecourse.care import hardship, promises
    from duecourse.care.affordability import Household
    from duecourse.servicing import accounts, payments, purchases
    from duecourse.web import staff

    (person,) = people.enrol(source="test", references=["alice"])
    reach.add_point(borrower=person, kind="phone", value="+8613800001234", at_work=False, source="contract", **SAID)
    account = accounts.open_line(number="U-1", borrower_id=person, product="line_demo", limit_minor=500_000, on=DAY)
    purchases.post(account=account, amount_minor=90_000, on=DAY, key="buy")
    close.through(DAY)
    at = datetime(2026, 1, 16, 4, tzinfo=UTC)
    payments.receive(account=account, amount_minor=10_000, received_on=at.date(), key="pay")
    promises.promise(
        person=person, account=account, amount_minor=5_000, due_on=date(2026, 1, 20), channel="call", at=at, key="p",
        **SAID,
    )  # fmt: skip
    hardship.take(borrower=person, household=Household(1, 0, 300_000, 250_000, 0), currency="CNY", cause="ill",
                  on=at.date(), at=at, by="bob")  # fmt: skip
    close.through(at.date())
    staff.admit(username="bob", password="may view the book")
    return module_db


def rows_of(name: str, columns: dict[str, list[str]] | None = None) -> Rows:
    """Every row of a database by table, in columns that another has too where these are named."""
    found: Rows = {}
    with connected(name) as database:
        for table, own in database.execute(TABLES).fetchall():
            named = own if columns is None else [one for one in own if one in columns.get(table, [])]
            if named:
                told = ", ".join(f'"{one}"' for one in named)
                found[table] = named, {row for (row,) in database.execute(f'SELECT ROW({told})::text FROM "{table}"')}
    return found


@pytest.fixture
def earlier(made: str, empty_db: str, server: Path) -> Rows:
    """A database with the tables of an earlier release and the rows that these have of the book; what was put there."""
    call_command("migrate", "duecourse", EARLIER, database="owner", verbosity=0)
    with connected(empty_db) as database, connected(made) as full:
        columns = dict(database.execute(TABLES).fetchall())
        database.execute("SET session_replication_role = replica")
        database.execute(f"TRUNCATE {', '.join(columns)}")
        for table, own in columns.items():
            known = dict(full.execute(TABLES).fetchall()).get(table, [])
            told = ", ".join(f'"{one}"' for one in own if one in known)
            with (
                full.cursor().copy(f'COPY (SELECT {told} FROM "{table}") TO STDOUT') as out,
                database.cursor().copy(f'COPY "{table}" ({told}) FROM STDIN') as into,
            ):
                for part in out:
                    into.write(part)
        there = {name for name, _ in database.execute("SELECT sequencename, 1 FROM pg_sequences").fetchall()}
        for name, last in full.execute(SEQUENCES).fetchall():
            if name in there:
                database.execute("SELECT setval(%s::regclass, %s)", [name, last])
    shutil.copytree(server / "book" / made, server / "book" / empty_db)
    return rows_of(empty_db)


def test_every_row_of_an_earlier_release_is_there_and_the_book_goes_on(earlier: Rows, made: str, empty_db: str) -> None:
    from duecourse.book import check, close
    from duecourse.borrowers import finding
    from duecourse.servicing import payments, read

    assert [len(earlier[table][1]) for table in ("servicing_account", "care_hardship", "auth_user")] == [1, 1, 1]
    assert "borrowers_phone_end" not in earlier
    call_command("migrate", database="owner", verbosity=0)
    now = rows_of(empty_db, {table: columns for table, (columns, _) in earlier.items()})
    for table, (columns, rows) in earlier.items():
        assert (now[table][0], rows - now[table][1]) == (columns, set()), table
    assert [one.by for one in finding.find(told="1234")] == [(finding.PHONE_END,)]
    assert [one.detail for one in check.everything() if not one.ok] == []
    payments.receive(account=read.id_of(number="U-1"), amount_minor=5_000, received_on=date(2026, 1, 17), key="later")
    close.through(date(2026, 1, 17))
    assert read.account(number="U-1").figures["owed"] == 75_000
    assert [one.detail for one in check.everything() if not one.ok] == []
