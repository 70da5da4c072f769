"""The command line on a real ledger: what it prints, its exit codes, and refusals by code."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result


def run(*words: str, given: str | None = None) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, list(words), input=given, catch_exceptions=False)


@pytest.fixture
def line(db: str) -> int:
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, purchases

    borrower = people.enrol(source="test", references=["alice"])[0]
    account = accounts.open_line(
        number="L1", borrower_id=borrower, product="card_tw_2005", limit_minor=500_000, on=date(2005, 4, 1)
    )
    purchases.authorise(account=account, amount_minor=1_000, on=date(2005, 4, 1), key="b1")
    return account


def test_closing_an_empty_book_is_refused_by_code(db: str) -> None:
    told = run("close", "--through", "2005-04-30")
    assert told.exit_code == 2
    assert "nothing_to_close" in told.stderr


def test_close_seals_every_day_and_again_does_nothing(line: int) -> None:
    told = run("close", "--through", "2005-04-30")
    assert told.exit_code == 0
    assert "30 days closed" in told.stdout
    assert "0 days closed" in run("close", "--through", "2005-04-30").stdout


def test_a_day_that_is_no_day_is_a_usage_error(db: str) -> None:
    assert run("close", "--through", "yesterday").exit_code == 2


def test_check_says_ok_for_a_whole_book_and_fails_for_a_changed_one(line: int) -> None:
    from django.db import connections

    run("close", "--through", "2005-04-02")
    assert run("check").exit_code == 0
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET interest = interest + 1")
    told = run("check")
    assert told.exit_code == 1
    assert "WRONG" in told.stdout


def test_close_ends_with_1_when_an_account_is_set_aside(line: int) -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET statement_on = day - 5")
        cursor.execute("INSERT INTO ledger_agenda VALUES ('2005-04-01', %s)", [line])
    told = run("close", "--through", "2005-04-30")
    assert told.exit_code == 1
    assert "day_not_sealed" in told.stderr
    assert "account" in run("check").stdout


def test_importing_a_file_that_is_not_there_is_refused_by_code(db: str, tmp_path: Path) -> None:
    told = run("import", "card", str(tmp_path / "none.csv"))
    assert told.exit_code == 2
    assert "file_missing" in told.stderr


def test_warning_without_a_sealed_day_is_refused_by_code(db: str) -> None:
    told = run("warn", "score")
    assert told.exit_code == 2
    assert "day_not_sealed" in told.stderr


def test_staff_may_be_added_and_sign_in(db: str) -> None:
    from django.contrib.auth import authenticate

    told = run("staff", "add", "bob", "--role", "care", given="a long enough word\na long enough word\n")
    assert told.exit_code == 0
    found = authenticate(username="bob", password="a long enough word")
    assert found is not None
    assert found.has_perm("duecourse.act_care")
    assert not found.has_perm("duecourse.manage_staff")
    assert "bob: care" in run("staff", "list").stdout
    refused = run("staff", "add", "bob", "--role", "king", given="a long enough word\na long enough word\n")
    assert "no_such_role" in refused.stderr
    assert run("staff", "end", "bob").exit_code == 0
    assert authenticate(username="bob", password="a long enough word") is None


def test_an_unknown_sample_is_refused_by_code() -> None:
    told = run("sample", "get", "cars")
    assert told.exit_code == 2
    assert "no_such_sample" in told.stderr


def test_help_lists_what_is_built() -> None:
    told = run("--help").stdout
    for command in ("check", "close", "demo", "import", "sample", "serve", "simulate", "staff", "stop", "warn"):
        assert f"  {command} " in told


def test_the_demo_spares_a_book_that_no_demo_made(line: int) -> None:
    from duecourse import demo

    with pytest.raises(demo.BookInUse, match="L1"):
        demo.spare_a_real_book()
