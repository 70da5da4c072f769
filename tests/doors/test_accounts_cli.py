"""The list of accounts: of everybody, of one person, of those who are late; it fits a screen."""

from datetime import date

import pytest
from click.testing import CliRunner

FIRST = date(2024, 1, 5)
TERMS = {"cycle_day": 1, "due_after_days": 9, "tolerance_ppm": 0}


@pytest.fixture
def book(db: str) -> None:
    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, purchases

    ann, ben = people.enrol(source="test", references=["ann", "ben"])
    for number, person in (("L-1", ann), ("L-2", ann), ("L-3", ben)):
        line = accounts.open_line(
            number=number, borrower_id=person, product="card_tw_2005", limit_minor=500_000, on=FIRST, **TERMS
        )
        if number != "L-2":
            purchases.post(account=line, amount_minor=200_000, on=FIRST, key=number)
    close.through(date(2024, 2, 12))


def run(*words: str) -> str:
    from duecourse.cli import main

    done = CliRunner().invoke(main, ["accounts", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def numbers(told: str) -> list[str]:
    return [word for word in told.split() if word.startswith("L-")]


def test_accounts_are_told_with_their_state_and_what_is_owed(book: None) -> None:
    told = run()
    assert numbers(told) == ["L-1", "L-2", "L-3"]
    assert max(map(len, told.splitlines())) <= 80
    assert "2 days late" in told
    assert "in order" in told
    assert "2,000.00" in told
    assert told.endswith("3 accounts\n")


def test_those_of_a_person_those_that_are_late_and_a_page_of_them(book: None) -> None:
    from duecourse.ledger.journal import NoSuchAccount
    from duecourse.servicing import listing

    assert numbers(run("--person", "L-2")) == ["L-1", "L-2"]
    assert numbers(run("--late")) == ["L-1", "L-3"]
    assert numbers(run("--late", "--person", "L-2")) == ["L-1"]
    told = run("--most", "1", "--after", "1")
    assert numbers(told) == ["L-2"]
    assert "3 accounts; 1 more with --after 2" in told
    assert run("--after", "3") == "no accounts\n"
    with pytest.raises(NoSuchAccount):
        listing.accounts(person_of="X")
