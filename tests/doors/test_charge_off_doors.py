"""Charge-offs, cohorts and small balances from the command line and on their page.

The cast: bob works for the lender and may view the book, charlie may not; anonymous is nobody.
"""

import re
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pages import client, text

sys.path.append(str(Path(__file__).parents[1] / "areas"))

from test_loan_endings import close
from test_small_balances import FIRST, line, paid_but

DAY = date(2024, 9, 1)
pytestmark = pytest.mark.usefixtures("made", "seen_contexts")


@pytest.fixture(scope="module")
def made(module_db: str, seen_contexts: None) -> None:
    """Two lines half a year late, one with a small balance; the late ones are charged off, one pays a little."""
    from django.contrib.auth.models import User

    from duecourse.borrowers import people
    from duecourse.servicing import payments
    from duecourse.web import staff

    staff.admit(username="bob", password="may view the book")
    User.objects.create_user("charlie", password="may not view it")
    who = people.enrol(source="test", references=list("abc"))
    lines = [line(number=name, person=person) for name, person in zip("ABC", who, strict=True)]
    paid_but(lines[2], 900, FIRST + timedelta(days=50))
    close(DAY)
    assert "3 due, 0 kept" not in run("charge-off", "due")
    assert "2 due, 0 kept, 0 proposed already; 2 to be proposed" in run("charge-off", "due")
    staff.admit(username="alice", password=None)
    hasty = run("charge-off", "propose", "--by", "alice", "--reason", "half a year late")
    assert "proposal 1: 2 accounts" in hasty
    down = ("charge-off", "turn-down", "1", "--by", "bob", "--reason", "call first")
    assert "what was left of proposal 1 is turned down" in run(*down)
    assert "charge_off_turned_down" in run(*down, code=2)
    assert "call first" in text(client("alice").get("/charge-offs/lists/1"))
    assert "Charge-off list 1" in text(client("alice").get("/today"))
    assert "charge_off_turned_down" in text(client("bob").post("/charge-offs/lists/1/carry-out"))
    proposed = run("charge-off", "propose", "--by", "alice", "--reason", "called")
    assert "proposal 2: 2 accounts" in proposed
    assert "charge_off_needs_another" in run("charge-off", "do", "2", "--by", "alice", code=2)
    refused = client("alice").post("/charge-offs/lists/2/carry-out")
    assert (refused.status_code, "charge_off_needs_another" in text(refused)) == (409, True)
    assert "another person carries it out" in text(client("alice").get("/charge-offs/lists/2"))
    assert client("bob").post("/charge-offs/lists/2/carry-out")["Location"] == "/charge-offs/lists/2"
    assert "0 charged off (0), 0 refused, 2 settled before" in run("charge-off", "do", "2", "--by", "bob")
    assert "2 accounts: 2 charged off, 0 wait" in run("charge-off", "show", "2")
    assert "charge_off_nothing_left" in text(client("bob").post("/charge-offs/lists/2/turn-down", {"reason": "late"}))
    decided = client("bob").get("/queues/approvals/decided").context["queue"].rows
    assert [(row[0].text, row[2].text) for row in decided] == [
        ("Charge-off list 2", "carried out"), ("Charge-off list 1", "turned down")
    ]  # fmt: skip
    payments.receive(account=lines[0], amount_minor=5_000, received_on=date(2024, 9, 2), key="something")
    close(date(2024, 11, 15))


def run(*words: str, code: int = 0) -> str:
    return " ".join(printed(*words, code=code, width=200).split())


def printed(*words: str, code: int = 0, width: int = 80) -> str:
    """What a command prints on a screen so wide."""
    from duecourse.cli import commands, main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands.console, "_width", width)
        patch.setattr(commands.errors, "_width", width)
        done = CliRunner(env={"COLUMNS": str(width)}).invoke(main, ["recovery", *words], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


def page(language: str = "en", asked: str = "") -> Any:
    return client(language=language).get(f"/charge-offs{asked}")


def test_cohorts_are_told_against_their_target_and_a_person_sets_another() -> None:
    told = run("cohorts")
    assert "2024-09 │ 2" in told
    assert "1 cohorts, 0 behind" in told
    assert "not verified" in told
    assert "no cohort" not in told
    assert "share back after so many months" in run("cohorts", "--months")
    wanted = ("--since", "2024-09", "--months", "1,2", "--reason", "an agency promised it")
    assert "target 1 of" in run("target", "card_tw_2005", *wanted, "--shares", "90,95.5")
    assert "behind" in run("cohorts", "--by-place")
    assert "terms_refused" in run("target", "card_tw_2005", *wanted, "--shares", "9,5", code=2)
    shown = text(page())
    assert "behind" in shown
    assert "an agency promised it" in shown


def test_the_table_fits_a_screen() -> None:
    told = printed("cohorts")
    assert max(map(len, told.splitlines())) <= 80
    assert "…" not in told
    assert "charged off" in told
    assert "2024-09" in told


def test_the_page_tells_cohorts_in_both_languages_with_their_plot() -> None:
    english, chinese = page(), page("zh-Hans")
    assert "Still charged off" in text(english)
    assert "尚未收回" in text(chinese)
    (row,) = english.context["rows"]
    assert row.cohort.accounts == 2
    assert 0 < row.cohort.back <= 5_000, "the rest met income that was never recognised"
    assert f"{row.cohort.lost / 100:,.2f}" in text(english)
    drawing = re.search(r'<img class="chart" src="([^"]+)"', english.content.decode())
    assert drawing
    chart = client().get(drawing[1].replace("&amp;", "&"))
    assert chart["Content-Type"] == "image/svg+xml"
    assert b"<svg" in chart.content
    assert client().get("/charts/charge-offs.svg?shape=round").status_code == 404


def test_the_page_is_for_who_may_view_the_book_and_for_days_and_products_that_are() -> None:
    assert client("charlie").get("/charge-offs").status_code == 403
    assert client("charlie").get("/charts/charge-offs.svg").status_code == 403
    assert client(None).get("/charge-offs").status_code == 302
    assert page(asked="?product=none").status_code == 404
    assert page(asked="?day=2019-01-01").status_code == 404
    assert page(asked="?day=tomorrow").status_code == 404
    assert "Nothing was charged off" in text(page(asked=f"?day={DAY}"))


def test_small_balances_are_shown_and_then_closed_once() -> None:
    assert "1 small balances, 1 to be closed" in run("small")
    assert re.search(r"1 small balances closed \(9\.\d\d TWD\)", run("small", "--apply"))
    assert "0 small balances closed (0), 1 had been" in run("small", "--apply")
