"""`duecourse funder`: parties introduced, a statement written as CSV, refusals by code."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

OPENED = date(2024, 1, 1)


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, ["funder", *words], catch_exceptions=False)


@pytest.mark.usefixtures("db")
def test_a_funder_is_introduced_and_gets_its_statement(tmp_path: Path) -> None:
    from duecourse.book import close
    from duecourse.servicing import accounts, funding, purchases

    assert run("add", "north", "Bank of the North").exit_code == 0
    account = accounts.open_line(number="1", borrower_id=1, product="line_demo", limit_minor=500_000, on=OPENED)
    funding.agree(
        account=account, shares=[funding.Funder("north", 800_000, 100_000)], on=OPENED, by="bob", reason="A", key="a"
    )
    purchases.authorise(account=account, amount_minor=100_000, on=OPENED, key="b")
    close.through(OPENED + timedelta(days=60))
    out = tmp_path / "north.csv"
    told = run("statement", "north", "--from", "2024-01-01", "--through", "2024-03-01", "--out", str(out))
    assert told.exit_code == 0
    assert "-800.00" in told.stdout, "the funder owes its part of what was bought"
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert rows[0]["passed"] == "-800.00"
    assert [row["cause"] for row in rows] == ["posting"] * len(rows)
    assert f"{len(rows)} lines" in told.stdout
    assert rows[-1]["held_principal"] == "800.00"


@pytest.mark.usefixtures("db")
def test_what_is_not_known_is_refused_by_its_code(tmp_path: Path) -> None:
    out = tmp_path / "no.csv"
    told = run("statement", "nobody", "--from", "2024-01-01", "--through", "2024-03-01", "--out", str(out))
    assert told.exit_code == 2
    assert "unknown_party" in told.stderr
    assert not out.exists()
    run("add", "north", "Bank of the North")
    assert "party_known_otherwise" in run("add", "north", "Another bank").stderr
