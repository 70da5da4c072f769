"""`duecourse receive`: what it prints, its report, its refusals by code."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

OPENED = date(2005, 4, 1)


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, ["receive", *words], catch_exceptions=False)


@pytest.fixture
def file(db: str, tmp_path: Path) -> Path:
    """A file of two payments to a line that bought; one names an account that is not there."""
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(
        number="L1",
        borrower_id=people.enrol(source="test", references=["alice"])[0],
        product="card_tw_2005",
        limit_minor=500_000,
        on=OPENED,
    )
    purchases.authorise(account=account, amount_minor=100_000, on=OPENED, key="b1")
    path = tmp_path / "payments.csv"
    path.write_text("账号,金额,到账日,流水号\nL1,120.50,2005-04-01,A1\n[L9],7,2005-04-01,A2\nTOTAL,2,127.50\n")
    return path


def test_receive_tells_totals_and_quarantine_and_writes_them_as_a_report(file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    told = run(str(file), "--report", str(report))
    assert told.exit_code == 0
    assert "2 rows, 1 posted now, 1 in all" in told.stdout
    assert "120.50" in told.stdout
    assert "no_such_account" in told.stdout
    found = json.loads(report.read_text())
    assert (found["rows"], found["posted"], found["posted_now"], found["sum_as_written"]) == (2, 1, 1, "127.5")
    assert found["totals"] == [
        {"channel": 0, "currency": "TWD", "exponent": 2, "posted": 1, "posted_minor": 12_050, "known_before": 0,
         "known_before_minor": 0}
    ]  # fmt: skip
    assert found["quarantine"] == [
        {"row": 2, "field": "account", "code": "no_such_account", "reason": "there is no account [L9]",
         "reference": "0:A2"}
    ]  # fmt: skip


def test_receive_again_posts_nothing(file: Path) -> None:
    run(str(file))
    told = run(str(file))
    assert told.exit_code == 0
    assert "0 posted now, 1 in all" in told.stdout


def test_corrected_rows_come_with_retry(file: Path, tmp_path: Path) -> None:
    corrected = tmp_path / "corrected.csv"
    corrected.write_text("account,amount,received_on,reference\nL1,7,2005-04-01,A2\n")
    assert "nothing_to_retry" in run(str(corrected), "--retry").stderr
    run(str(file))
    told = run(str(corrected), "--retry")
    assert "1 posted now" in told.stdout
    assert "quarantine;" not in told.stdout
    assert "nothing_to_retry" in run(str(corrected), "--retry").stderr


def test_totals_that_differ_are_refused_by_code_and_nothing_is_posted(file: Path) -> None:
    from duecourse.intake.tables import File

    for words in (("--expect-count", "3"), ("--expect-total", "127.51")):
        told = run(str(file), *words)
        assert told.exit_code == 2
        assert "control_total_differs" in told.stderr
        assert "nothing was posted" in told.stderr
    assert not File.objects.exists()
    assert run(str(file), "--expect-total", "much").exit_code == 2
    assert run(str(file), "--expect-count", "2", "--expect-total", "127.50").exit_code == 0


def test_a_file_that_is_not_there_is_refused_by_code(db: str, tmp_path: Path) -> None:
    told = run(str(tmp_path / "none.csv"))
    assert told.exit_code == 2
    assert "file_missing" in told.stderr
