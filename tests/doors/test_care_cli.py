"""`duecourse care`: what borrowers tell us, from the command line."""

from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result

FIRST = date(2026, 3, 2)
AT = ("--at", "2026-03-02T12:00+00:00")

pytestmark = pytest.mark.usefixtures("line")


def run(*words: Any, **more: Any) -> Result:
    from duecourse.cli import main

    return CliRunner(env={"COLUMNS": "200"}).invoke(main, ["care", *map(str, words)], catch_exceptions=False, **more)


def said(*words: Any, **more: Any) -> str:
    """What a command says that ends well."""
    told = run(*words, **more)
    assert told.exit_code == 0, told.output
    return " ".join(told.output.split())


@pytest.fixture
def line(db: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """A line of somebody in London with a purchase."""
    from duecourse.borrowers import people, reach
    from duecourse.cli import commands
    from duecourse.servicing import accounts, purchases

    monkeypatch.setattr(commands.console, "_width", 200)
    person = people.enrol(source="test", references=["1"])[0]
    reach.reside(borrower=person, place="UK", zone="Europe/London", language="en", by="alice", reason="application")
    account = accounts.open_line(number="L-1", borrower_id=person, product="line_demo", limit_minor=500_000, on=FIRST)
    purchases.post(account=account, amount_minor=300_000, on=FIRST, key="buy")
    return account


def test_a_promise_is_noted_once_and_judged_when_the_day_is_closed(line: int) -> None:
    from duecourse.cli import main
    from duecourse.servicing import payments

    asked = ("promise", "L-1", "--amount", "100.00", "--by-day", "2026-03-06", "--reason", "wages", *AT)
    assert said(*asked) == "promise 1: until 2026-03-09, its grace included"
    assert said(*asked) == "promise 1: until 2026-03-09, its grace included, as before"
    assert "promise 1 100.00 2026-03-06 call 2026-03-02 2026-03-09" in said("show", "L-1").replace(",", "").replace(
        "│ ", ""
    )
    payments.receive(account=line, amount_minor=10_000, received_on=FIRST, key="paid")
    closed = CliRunner().invoke(main, ["close", "--through", "2026-03-02"], catch_exceptions=False)
    assert "promises to pay: 1 kept" in closed.output
    assert said("judge") == "2026-03-02: 1 promises looked at; none turned"
    assert said("show", "L-1") == "nothing stands"
    assert "kept" in said("show", "L-1", "--all")


def test_a_complaint_goes_its_way_and_its_clocks_are_listed() -> None:
    asked = ("complaint", "L-1", "--about", "contact", "--reason", "wrote", "--text", "-", "--channel", "email", *AT)
    assert said(*asked, input="They called my mother.") == "complaint 1"
    assert said("read", "complaint", 1) == "They called my mother."
    told = said("clocks", "--day", "2026-03-10")
    assert told.index("2026-03-09") < told.index("2026-04-01") < told.index("2026-04-27")
    assert "UK-DISP-1.6.2 (not verified)" in told
    assert "3 to be done, 1 over their time" in told
    answer = ("answered", "--outcome", "upheld", "--reason", "heard the tape", "--at", "2026-03-11T12:00+00:00")
    assert said("step", "complaint", 1, *answer) == "complaint 1: answered"
    assert "0 to be done" in said("clocks", "--day", "2026-03-12")
    late = said("clocks", "--day", "2026-03-12", "--breached-since", "2026-03-01")
    assert "HOUSE-CARE-01" in late
    assert "1 not kept" in late
    close = ("closed", "--root-cause", "staff_conduct", "--reason", "coached", "--at", "2026-03-12T12:00+00:00")
    said("step", "complaint", 1, *close)
    assert said("causes", "--from", "2026-03-01", "--to", "2026-03-31") == "1 staff_conduct 1 in all"


def test_a_dispute_is_opened_and_decided() -> None:
    asked = ("dispute", "L-1", "--kind", "amount", "--amount", "12.34", "--text", "paid in cash", "--reason", "called")
    assert said(*asked, *AT) == "dispute 1"
    decided = ("upheld", "--amount", "12.34", "--reason", "the receipt", *AT)
    assert said("step", "dispute", 1, *decided) == "dispute 1: upheld"
    again = run("step", "dispute", 1, *decided)
    assert again.exit_code == 2
    assert "nothing stands" in said("show", "L-1")


def test_people_in_care_are_noted_listed_and_ended() -> None:
    noted = said("circumstance", "L-1", "--kind", "health", "--treat", "letters_only", "--treat", "more_time",
                 "--review-on", "2026-06-01", "--text", "ill", *AT)  # fmt: skip
    assert noted == "circumstance 1"
    assert (
        said("review", 1, "--review-on", "2026-09-01", "--reason", "asked", *AT)
        == "circumstance 1: again on 2026-09-01"
    )
    told = said("represent", "L-1", "--kind", "debt_adviser", "--name", "Citizens Advice", "--point-kind", "email",
                "--point", "a@b.example", "--from", "2026-03-02", "--reason", "letter")  # fmt: skip
    assert told == "representative 1"
    assert "Citizens Advice" in said("who", "L-1")
    space = said("breathing-space", "L-1", "--kind", "mental_health_crisis", "--from", "2026-03-02", "--reference",
                 "BSS-1", "--reason", "register")  # fmt: skip
    assert space == "breathing_space 1"
    ended = ("treatment-ended", 1, "--on", "2026-03-02", "--reason", "told", *AT)
    assert said(*ended) == "breathing_space 1: until 2026-04-01"
    assert said("note", "L-1", "minor", "--of-age-on", "2026-09-01", "--reason", "passport", *AT) == "L-1: minor"
    shown = said("show", "L-1")
    for word in ("letters_only more_time", "debt_adviser", "mental_health_crisis", "minor", "reviewed by 2026-09-01"):
        assert word in shown
    assert "health," not in shown
    for what, which in (("circumstance", 1), ("representative", 1), ("breathing_space", 1), ("minor", "L-1")):
        assert said("end", what, which, "--reason", "over", *AT) == f"{what} {which}: ended"
    assert said("show", "L-1") == "nothing stands"
    assert said("who", "L-1") == "nobody speaks for them"


@pytest.mark.parametrize(("words", "code"), [
    (("promise", "L-1", "--amount", "0", "--by-day", "2026-03-06", "--reason", "x", *AT), "care_refused"),
    (("promise", "L-9", "--amount", "1", "--by-day", "2026-03-06", "--reason", "x", *AT), "no_such_account"),
    (("complaint", "L-1", "--about", "mood", "--text", "x", "--reason", "x", *AT), "care_refused"),
    (("complaint", "L-1", "--about", "contact", "--agency", "nroth", "--text", "x", "--reason", "x", *AT),
     "no_such_agency"),
    (("read", "complaint", 7), "complaint_not_so"), (("read", "dispute", 7), "care_dispute_not_open"),
    (("step", "dispute", 7, "upheld", "--amount", "1", "--reason", "x"), "care_dispute_not_open"),
    (("end", "minor", "L-1", "--reason", "x"), "no_such_block"),
    (("end", "promise", 7, "--reason", "x"), "promise_not_open"),
])  # fmt: skip
def test_a_refusal_is_told_by_its_code(words: tuple[Any, ...], code: str, capfd: Any) -> None:
    told = run(*words)
    assert told.exit_code == 2
    assert code in told.output + capfd.readouterr().err


@pytest.mark.parametrize("words", [
    ("note", "L-1", "minor", "--reason", "x"),
    ("note", "L-1", "deceased", "--of-age-on", "2026-01-01", "--reason", "x"),
    ("end", "promise", "L-1", "--reason", "x"), ("step", "complaint", 1, "answered", "--amount", "1", "--reason", "x"),
    ("step", "dispute", 1, "upheld", "--outcome", "upheld", "--reason", "x"),
    ("promise", "L-1", "--amount", "1.001", "--by-day", "2026-03-06", "--reason", "x"),
    ("promise", "L-1", "--amount", "NaN", "--by-day", "2026-03-06", "--reason", "x"),
])  # fmt: skip
def test_what_does_not_go_together_is_said(words: tuple[Any, ...]) -> None:
    assert run(*words).exit_code == 2
