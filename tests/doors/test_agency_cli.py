"""`duecourse agency`: from the first contract to the commission and the review, from the command line."""

import stat
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

sys.path.append(str(Path(__file__).parents[1] / "laws"))

import agency_book
from agency_book import NOON, TERMS

WHY = ("--reason", "tender")


def run(*words: Any) -> Result:
    from duecourse.cli import main

    return CliRunner(env={"COLUMNS": "200"}).invoke(main, ["agency", *map(str, words)], catch_exceptions=False)


def said(*words: Any, code: int = 0) -> str:
    told = run(*words)
    assert told.exit_code == code, told.output
    return " ".join(told.output.split())


def test_an_agency_works_for_us_from_contract_to_review(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from duecourse.book import close
    from duecourse.cli import commands
    from duecourse.outreach import compose
    from duecourse.recovery.agency_tables import Placement

    monkeypatch.setattr(commands.console, "_width", 200)
    monkeypatch.setattr("duecourse.clock.now", lambda: NOON)
    who = agency_book.book()
    agency_book.cases_moved()
    (tmp_path / "terms.toml").write_text(TERMS)
    named = ("--name", "North", "--contact", "desk@north.example", "--place", "CN")
    assert said("add", "north", *named, *WHY, "--by", "ada") == "agency north"
    assert said("terms", "north", tmp_path / "terms.toml", *WHY, "--by", "ada") == "terms 1"
    assert run("approve", 1, *WHY, "--by", "ada").exit_code == 2
    assert run("state", "north", "engaged", *WHY).exit_code == 2
    for by in ("bob", "carol"):
        said("approve", 1, *WHY, "--by", by)
    assert said("state", "north", "engaged", *WHY) == "north: engaged from 2026-04-21"
    case = agency_book.case_of(who["ann"])
    assert run("place", case, "north").exit_code == 2, "a reason is needed"
    assert "with north from 2026-04-21" in said("place", case, "north", *WHY)
    assert said("place", "--waiting").startswith("0 cases placed, 0 not nobody is told yet: DUECOURSE_LENDER")
    reference = Placement.objects.get().reference
    with monkeypatch.context() as unworded:
        unworded.setattr(settings, "LENDER", "Bank")
        unworded.setattr(settings, "LENDER_CONTACT", "400")
        unworded.setattr(compose, "STATEMENTS", {})
        assert said("tell").startswith(f"placement {reference}: the person is not told: statement_missing: CN")
    out, stop = tmp_path / "cases.csv", tmp_path / "stop.csv"
    out.write_text("")
    out.chmod(0o644)
    assert "1 rows, SHA-256" in said("file", "north", "--out", out, "--recalls", stop)
    assert f"{reference}-1" in out.read_text()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (out, stop)] == [0o600, 0o600]
    path = tmp_path / "in.csv"
    path.write_text(
        "id,kind,reference,at,channel,result,amount\n"
        f"1,contact,{reference},2026-04-21T09:00:00+08:00,call,connected,\n"
        f"2,payment,{reference},2026-04-21T10:00:00+08:00,,,100.00\n"
        f"3,payment,{reference},2026-04-21T10:00:00+08:00,,,x\n"
    )
    told = said("take", "north", path)
    assert "3 rows, 2 new (1 contacts, 1 payments, 0 promises, 0 complaints, 0 disputes), 1 quarantined" in told
    assert "not_a_number" in told
    assert "0 new" in said("take", "north", path)
    assert "engaged │ 2026-12-31 │ 1 │ 2027-04-21 │ yes" in said("list")
    close.through(date(2026, 4, 30))
    lines = tmp_path / "lines.csv"
    assert "15.00" in said("commission", "north", "--month", "2026-04", "--out", lines)
    assert lines.read_text().splitlines()[1:] == [f"TWD,{reference}-1,2026-04-21,100.00,150001,15.00010000,agency"]
    assert "the review is due on 2027-04-21 (CN-COL-06)" in said("review", "north")
    assert run("review", "north", "--result", "continue").exit_code == 2
    assert "the next is due on 2026-12-31" in said("review", "north", "--result", "continue", *WHY)
    assert "recalled from 2026-05-01" in said("recall", reference, *WHY)
    assert said("recall", "--due") == "0 recalled"
