"""What the database itself refuses, whoever asks."""

from collections.abc import Callable
from datetime import date

import pytest

HEAD = "INSERT INTO ledger_entry (product_id, kind, effective_day, booked_day, currency"


@pytest.fixture
def run(db: str) -> Callable[[str], None]:
    """Runs a statement as the application, in a database that holds one entry."""
    from django.db import connection

    def execute(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    execute(f"{HEAD}, cash, credit) VALUES (1, 4, '2005-04-01', '2005-04-01', 'TWD', 100, -100)")
    return execute


def entries() -> list[tuple[object, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT id, cash, credit, xid::text, recorded_at FROM ledger_entry ORDER BY id")
        return cursor.fetchall()


def test_the_application_may_not_change_what_was_posted(run: Callable[[str], None]) -> None:
    from django.db import DatabaseError, connection
    from django.db.utils import ProgrammingError

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, usesuper FROM pg_user WHERE usename = current_user")
        assert cursor.fetchone() == (connection.settings_dict["USER"], False)
    before = entries()
    for forbidden in (
        "UPDATE ledger_entry SET cash = 200, credit = -200",
        f"{HEAD}, xid, cash, credit) VALUES (1, 4, '2005-04-01', '2005-04-01', 'TWD', '5', 100, -100)",
        f"{HEAD}, recorded_at, cash, credit) VALUES (1, 4, '2005-04-01', '2005-04-01', 'TWD', '2005-04-01', 1, -1)",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only",
        "DROP TRIGGER ledger_entry_append_only ON ledger_entry",
        "ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_zero",
        "DROP TABLE ledger_entry",
        "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "UPDATE audit_leaf SET body = ''",
        "DELETE FROM audit_leaf",
        "DELETE FROM ledger_request",
        "UPDATE servicing_statement SET balance = 0",
        "UPDATE servicing_terms SET body = '{}'",
        "DELETE FROM book_day",
    ):
        with pytest.raises(ProgrammingError) as refused:
            run(forbidden)
        assert "permission denied" in str(refused.value) or "must be owner" in str(refused.value), forbidden
        assert isinstance(refused.value, DatabaseError)
    assert entries() == before


def test_even_the_owner_may_not_change_what_was_posted(run: Callable[[str], None]) -> None:
    from django.db import connections
    from django.db.utils import IntegrityError

    before = entries()
    for forbidden in ("UPDATE ledger_entry SET cash = 200, credit = -200", "DELETE FROM ledger_entry"):
        with connections["owner"].cursor() as cursor, pytest.raises(IntegrityError, match="ledger_append_only"):
            cursor.execute(forbidden)
    assert entries() == before


MAY_CHANGE = {"borrowers_borrower", "care_hardship_draft"}
"""Of the tables about people, contacts, care and cases, those that need no such guard: a draft is no record yet."""


def test_rows_about_contacts_care_and_cases_are_never_changed_removed_or_emptied_by_the_owner_either(db: str) -> None:
    from django.db import connections
    from django.db.utils import IntegrityError

    from duecourse.recovery.case_tables import Case, CaseDay

    Case.objects.create(borrower_id=1, opened_on=date(2024, 3, 1))
    CaseDay.objects.create(day=date(2024, 3, 1), cases=1, moves=0, by="t")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT t.tablename, (SELECT coalesce(bit_or(g.tgtype::int & 56), 0) FROM pg_trigger g WHERE "
            "g.tgrelid = t.tablename::regclass AND g.tgfoid = 'risk_refuse_change'::regproc AND g.tgenabled = 'O')"
            " FROM pg_tables t WHERE tablename ~ '^(borrowers|outreach|care|recovery)_'"
        )
        guarded = dict(cursor.fetchall())
        assert {name for name, on in guarded.items() if on != 56} == MAY_CHANGE, "DELETE 8, UPDATE 16, TRUNCATE 32"
        assert len(guarded) > 50
        for forbidden in (
            "UPDATE recovery_case SET borrower_id = 2", "DELETE FROM recovery_case", "TRUNCATE recovery_case",
            "UPDATE recovery_case_day SET cases = 2", "DELETE FROM recovery_case_day", "TRUNCATE care_promise",
        ):  # fmt: skip
            with pytest.raises(IntegrityError, match="risk_append_only"):
                cursor.execute(forbidden)
    assert (Case.objects.get().borrower_id, CaseDay.objects.get().cases) == (1, 1)


def test_entries_that_do_not_balance_or_have_one_side_are_refused(run: Callable[[str], None]) -> None:
    from django.db.utils import IntegrityError

    before = entries()
    for columns, values, constraint in (
        ("cash, credit", "100, -99", "ledger_entry_zero"),
        ("cash, credit, accrued", "100, -100, 1", "ledger_entry_zero"),
        ("cash", "100", "ledger_entry_two_sides"),
        ("cash", "0", "ledger_entry_two_sides"),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            run(f"{HEAD}, {columns}) VALUES (1, 4, '2005-04-01', '2005-04-01', 'TWD', {values})")
    with pytest.raises(IntegrityError, match="ledger_entry_days"):
        run(f"{HEAD}, cash, credit) VALUES (1, 4, '2005-04-02', '2005-04-01', 'TWD', 1, -1)")
    assert entries() == before


def test_a_run_posts_each_kind_of_an_account_and_day_once(run: Callable[[str], None]) -> None:
    from django.db.utils import IntegrityError

    one = (
        f"{HEAD}, account_id, run_id, interest, accrued) VALUES (1, 11, '2005-04-01', '2005-04-01', 'TWD', 7, 1, 5, -5)"
    )
    run(one)
    with pytest.raises(IntegrityError, match="ledger_entry_once"):
        run(one)


def test_balance_rows_that_cannot_be_are_refused(db: str) -> None:
    from django.db.utils import IntegrityError

    from duecourse.ledger.tables import Balance
    from duecourse.servicing import accounts

    line = accounts.open_line(number="L", borrower_id=1, product="card_tw_2005", limit_minor=100, on=date(2005, 4, 1))
    row = Balance.objects.filter(account_id=line)
    for change, constraint in (
        ({"unbilled": -1}, "ledger_balance_money"),
        ({"dues": [1, 2, 3]}, "ledger_balance_dues"),
        ({"credit": 5, "revolving": 5}, "ledger_balance_credit"),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            row.update(**change)
