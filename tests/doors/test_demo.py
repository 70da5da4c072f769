"""The demo as one command, on a file of its own: from the file to the summary, and again."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLIENTS, STATUSES = 12, ("PAY_0", *(f"PAY_{k}" for k in range(2, 7)))
COLUMNS = ("ID", "LIMIT_BAL", *STATUSES, *(f"BILL_AMT{k}" for k in range(1, 7)), *(f"PAY_AMT{k}" for k in range(1, 7)))


def written(path: Path) -> Path:
    """A few clients, one of whom has a limit that is no number."""
    source = random.Random(0)
    lines = [",".join((*COLUMNS, "DEFAULT"))]
    for client in range(1, CLIENTS + 1):
        bills = [source.choice([0, 4_000, 9_000]) for _ in range(6)]
        paid = [source.choice([0, 500, 9_000]) for _ in range(6)]
        limit = "much" if client == 5 else 50_000
        lines.append(",".join(str(told) for told in (client, limit, *[0] * 6, *bills, *paid, client % 2)))
    path.write_text("\n".join(lines) + "\n")
    return path


def demo(home: Path, data: Path, report: Path) -> tuple[str, dict[str, Any]]:
    """What the command prints and reports."""
    surroundings = {name: told for name, told in os.environ.items() if not name.startswith("DATABASE")}
    words = ["demo", "--data", str(data), "--no-serve", "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-c", f"from duecourse.cli import main; main({words})"],
        env=surroundings | {"DUECOURSE_HOME": str(home), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(report.read_text())


@pytest.mark.slow
def test_a_demo_of_few_clients_goes_through_and_a_second_one_shows_the_same(home: Path, tmp_path: Path) -> None:
    data = written(tmp_path / "book.csv")
    printed, figures = demo(home, data, tmp_path / "figures.json")
    assert (figures["days_closed"], figures["last_day"]) == (183, "2005-09-30")
    assert figures["book"]["accounts"] == sum(part["accounts"] for part in figures["buckets"]) == CLIENTS - 1
    assert figures["agreement"]["client_months"] == 4 * (CLIENTS - 1)
    assert "rows in quarantine: 1" in printed
    assert "too little history for the first warning" in printed
    again_printed, again = demo(home, data, tmp_path / "again.json")
    assert "as an earlier run left it" in again_printed
    assert {name: told for name, told in again.items() if name != "seconds"} == {
        name: told for name, told in figures.items() if name != "seconds"
    }
