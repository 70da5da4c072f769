"""`duecourse reach`, `hardship` and `recovery` from the command line: from what a borrower tells to what is agreed."""

from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

FIRST = date(2024, 1, 5)
TERMS = {"late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9}

pytestmark = pytest.mark.usefixtures("late")


@pytest.fixture
def late(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that missed its first due day."""
    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.cli import commands
    from duecourse.servicing import accounts, purchases

    monkeypatch.setattr(commands.console, "_width", 160)
    person = people.enrol(source="test", references=["1"])[0]
    account = accounts.open_line(
        number="L-1", borrower_id=person, product="card_tw_2005", limit_minor=500_000, on=FIRST, **TERMS
    )
    purchases.post(account=account, amount_minor=200_000, on=FIRST, key="bought")
    close.through(date(2024, 2, 20))


def run(*words: str) -> Any:
    from duecourse.cli import main

    return CliRunner().invoke(main, words, catch_exceptions=False)


def said(*words: str) -> str:
    told = run(*words)
    assert told.exit_code == 0, told.output
    return " ".join(told.output.split())


def test_from_what_is_told_to_what_is_agreed() -> None:
    assert "not known: nothing is sent" in said("reach", "L-1")
    told = ("--place", "CN", "--email", "somebody@example.org", "--name", "Wei Li", "--agrees", "sms", "--by", "dan")
    reached = said("reach", "L-1", *told)
    assert "lives in CN, zone not known, language en email ….org" in reached
    assert "Wei Li" not in reached
    taken = said("hardship", "take", "L-1", "--income", "900", "--spending", "400", "--by", "dan")
    assert "hardship 1: 500.00 TWD a month is left after what is spent" in taken
    offered = said("hardship", "options", "1", "L-1", "--by", "dan")
    assert "500.00 TWD a month can be paid" in offered
    assert "without interest" in offered
    assert "Always there: free debt advice, 12378" in offered
    shown = said("hardship", "show", "1")
    assert "pay by" in shown
    assert "is agreed" in said("hardship", "accept", "1", "--reason", "by phone")
    again = run("hardship", "decline", "1")
    assert (again.exit_code, "hardship_answered" in again.output) == (2, True)


def test_who_can_pay_nothing_is_told_what_to_do_next() -> None:
    assert "duecourse reach L-1 --place" in said("hardship", "take", "L-1", "--income", "1", "--spending", "400")
    offered = said("hardship", "options", "1", "L-1")
    assert "Nothing fits: the least that any option asks in a month is" in offered
    assert "without interest (9): the nearest asks" in offered
    assert "duecourse hardship refer 1" in offered
    in_chinese = said("hardship", "options", "1", "L-1", "--language", "zh", "--all")
    assert "没有合适的方案" in in_chinese
    assert "停息（9 种）：最接近的每月比可还金额多出" in in_chinese
    assert "no adviser is kept" in said("hardship", "refer", "1")
    for wrong in ("NaN", "-5", "much"):
        assert run("hardship", "take", "L-1", "--income", wrong, "--spending", "1").exit_code == 2


def test_a_strategy_of_the_house_is_tried_approved_and_moves_cases() -> None:
    assert "0 treatments of" in said("strategy", "try", "do_nothing", "--from", "2024-02-01")
    assert "there is no such file" in run("strategy", "try", "mine.json", "--from", "2024-02-01").output
    assert said("strategy", "add", "default", "--by", "alice") == "strategy 1"
    for name in ("bob", "carol"):
        said("strategy", "approve", "1", "--by", name)
    assert said("strategy", "live", "1", "--by", "bob") == "strategy 1 is live as champion"
    assert "1 open cases, 1 moves" in said("recovery", "move")
    assert "0 treatments wait" in said("recovery", "queue"), "a text is sent by nobody's hand"
