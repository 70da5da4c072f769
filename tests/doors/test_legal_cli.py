"""`duecourse legal`: the way to court, from the command line."""

import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

sys.path.append(str(Path(__file__).parents[1] / "areas"))

from test_legal import NOW, late_loan, person

AT = ("--at", NOW.strftime("%Y-%m-%dT%H:%M%z"))


@pytest.fixture
def loan(db: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """A loan that is late, of somebody in Shanghai."""
    from duecourse.cli import commands

    monkeypatch.setattr(commands.console, "_width", 200)
    return late_loan(person())


def run(*words: Any) -> Result:
    from duecourse.cli import main

    return CliRunner(env={"COLUMNS": "200"}).invoke(main, ["legal", *map(str, words)], catch_exceptions=False)


def said(*words: Any, code: int = 0) -> str:
    told = run(*words)
    assert told.exit_code == code, told.output
    return " ".join(told.output.split())


def test_the_way_to_court_from_the_command_line(loan: int, tmp_path: Path) -> None:
    out = tmp_path / "demand.pdf"
    why = ("--reason", "no answer since January")
    assert "the time runs from 2024-03-02 and ends on 2027-03-02" in said("clock", "B-1", "--day", "2024-04-01")
    assert "nothing was offered since 2024-03-02" in said("checks", "B-1", *AT, code=1)
    assert said("help", "B-1", "--what", "a plan", "--channel", "call", "--day", "2024-04-01", *why) == "help offer 1"
    owned = ("acknowledge", "B-1", "--kind", "spoken", "--day", "2024-03-20", "--source", "call 7", *why)
    assert said(*owned) == said(*owned) == "acknowledgement 1"
    assert "2024-03-20 │ spoken │ 1 │ yes, CN-LIM-02" in said("clock", "B-1", "--day", "2024-04-01")
    assert "demand D00000001" in said("demand", "B-1", "--out", out, *why, *AT)
    assert out.read_bytes().startswith(b"%PDF")
    assert "the notice runs through 2024-04-30" in said("posted", "D00000001", "--reference", "EMS 1", *AT)
    assert "demand │ passed" in said("checks", "B-1", "--at", "2024-05-06T12:00+08:00")
    zipped = tmp_path / "pack.zip"
    assert "SHA-256" in said("pack", "B-1", "--out", zipped, "--language", "en", *why)
    assert said("verify", zipped).startswith("whole")
    prepared = ("prepare", "B-1", "--kind", "court", "--at", "2024-05-06T12:00+08:00", "--by", "alice", *why)
    assert said(*prepared) == "proceeding 1 is prepared; another person files it"
    now = ("--at", "2024-05-06T12:00+08:00", *why)
    assert run("file", 1, "--reference", "17", "--by", "alice", *now).exit_code == 2
    assert said("file", 1, "--reference", "17", "--by", "bob", *now) == "proceeding 1 is filed"
    assert "file" in said("show", "B-1")
    judged = ("judgment", 1, "--day", "2024-05-06", "--amount", "4000.00", "--rate", "8", "--reference", "1", *why)
    assert run(*judged).exit_code == 2, "the day has not begun"
    assert said("stage", 1, "withdrawn", "--day", "2024-05-07", *why) == "proceeding 1 is withdrawn"
