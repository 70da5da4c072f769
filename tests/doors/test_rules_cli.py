"""duecourse rules: what is in force at a place on a day, and what changes between two days; without a database."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, ["rules", *words], env={"COLUMNS": "80"})


def test_rules_are_listed_by_place_and_day_and_those_not_verified_say_so() -> None:
    told = run("list", "--place", "us", "--on", "2026-06-01", "--kind", "notices")
    assert told.exit_code == 0
    assert "US-RF-13" in told.stdout
    assert "within 5 days" in told.stdout
    assert "5 rules, 3 of them not verified" in told.stdout
    assert told.stdout.count("not verified") == 3 + 1
    assert max(map(len, told.stdout.splitlines())) <= 80
    before = run("list", "--place", "US", "--on", "2021-11-29", "--kind", "notices")
    assert "US-RF-13" not in before.stdout


def test_only_those_not_verified_are_listed_where_they_are_asked_for() -> None:
    told = run("list", "--place", "US", "--on", "2026-06-01", "--kind", "notices", "--unverified", "--language", "zh")
    assert "US-RF-13" not in told.stdout
    assert "US-Z-05" in told.stdout
    assert "45" in told.stdout
    assert "3 rules, 3 of them not verified" in told.stdout


def test_what_changes_is_told_with_what_differs_and_for_whom() -> None:
    told = run("diff", "2020-08-19", "2020-08-20", "--place", "CN")
    assert told.exit_code == 0
    for said in ("CN-CAP-01", "replaced 2020-08-20", "not verified", "rate_ppm: 240000 → –", "times_lpr: – → 4",
                 "for CN; lenders private", "rules that change: 1"):  # fmt: skip
        assert said in told.stdout


def test_both_are_written_as_files(tmp_path: Path) -> None:
    listed, changed = tmp_path / "rules.csv", tmp_path / "changes.csv"
    assert run("list", "--on", "2026-06-01", "--csv", str(listed)).exit_code == 0
    assert run("diff", "2020-08-19", "2026-06-01", "--csv", str(changed)).exit_code == 0
    with listed.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    (found,) = [row for row in rows if row["rule"] == "CN-BUR-01"]
    assert (found["place"], found["from"], found["verified"]) == ("CN", "2013-03-15", "no")
    assert "months=60" in found["parameters"]
    assert all(row["zh"] and row["en"] and row["cite"] for row in rows)
    with changed.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert ("US-LF-01", "first_minor", "3000", "3200") in [
        (row["rule"], row["field"], row["before"], row["after"]) for row in rows
    ] or ("US-LF-01", "began") in [(row["rule"], row["what"]) for row in rows]
    assert ("UK-09", "began", "2021-05-04") in [(row["rule"], row["what"], row["on"]) for row in rows]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--place", "Mars"), "rule_missing"),
        (("diff", "2026-01-02", "2026-01-01"), "days_crossed"),
        (("list", "--kind", "nonsense"), "'nonsense' is no table of a file"),
        (("list", "--on", "yesterday"), "does not match"),
    ],
)
def test_what_cannot_be_asked_is_refused(words: tuple[str, ...], said: str) -> None:
    told = run(*words)
    assert told.exit_code == 2
    assert said in told.output
