"""`duecourse holiday`: one act for each account that a rule names, a dry run, going on, refusals by name."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

FIRST = date(2024, 1, 5)


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, ["holiday", *words], catch_exceptions=False)


@pytest.fixture
def rule(book: str, db_copy: str, tmp_path: Path) -> Path:
    """A rule that names all accounts of the book below, for one test."""
    path = tmp_path / "flood.toml"
    path.write_text('name = "flood relief"\n')
    return path


@pytest.fixture(scope="module")
def book(module_db: str) -> str:
    """Two lines and two loans with a due day to come. One line may not be deferred."""
    from duecourse.book import close
    from duecourse.servicing import accounts, loan_opening, loans, purchases

    for number, days in (("L1", 62), ("L2", 10)):
        line = accounts.open_line(
            number=number, borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=FIRST, cycle_day=1,
            due_after_days=9, deferral_days=days,
        )  # fmt: skip
        purchases.post(account=line, amount_minor=100_000, on=FIRST, key=number)
    for number in ("C1", "C2"):
        loan = loan_opening.open_loan(
            number=number, borrower_id=1, product="loan_demo", approved_minor=100_000, on=FIRST, by="bob"
        )
        loans.draw(account=loan, amount_minor=100_000, on=FIRST, by="bob", key=number)
    close.through(date(2024, 2, 1))
    return module_db


ASKED = ("--on", "2024-02-02", "--days", "30", "--by", "board")


def next_dues() -> dict[str, date]:
    """The next due day of each account."""
    from duecourse.ledger.tables import Balance
    from duecourse.rules.read import to_date
    from duecourse.servicing.tables import Account

    numbers = dict(Account.objects.values_list("id", "number"))
    return {numbers[row.account_id]: to_date(row.dues[0]) for row in Balance.objects.all()}


def test_lines_and_loans_get_it_once_and_who_cannot_is_named(rule: Path) -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1] / "laws"))
    import books

    before = books.dump()
    tried = run(str(rule), *ASKED, "--dry-run")
    assert tried.exit_code == 0
    assert "3 accounts would get 30 days, 0 had them, 1 refused" in tried.stdout
    assert "L2: deferred_too_far" in tried.stderr
    assert books.dump() == before
    told = run(str(rule), *ASKED)
    assert "3 accounts got 30 days, 0 had them, 1 refused" in told.stdout
    assert next_dues() == {
        "L1": date(2024, 3, 11),
        "L2": date(2024, 2, 10),
        "C1": date(2024, 3, 6),
        "C2": date(2024, 3, 6),
    }
    again = run(str(rule), *ASKED)
    assert "0 accounts got 30 days, 3 had them, 1 refused" in again.stdout
    assert next_dues()["C1"] == date(2024, 3, 6)


def test_one_that_was_interrupted_goes_on_where_it_stopped(rule: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.servicing import holidays

    whole = holidays.give
    done = []

    def give(*told: object) -> int:
        if done:
            raise KeyboardInterrupt
        done.append(told)
        return whole(*told)

    monkeypatch.setattr(holidays, "give", give)
    with pytest.raises(KeyboardInterrupt):
        holidays.holiday(
            rule=holidays.Rule("flood relief"), days=30, on=date(2024, 2, 2), by="board", reason="payment holiday",
            key="holiday:flood relief:2024-02-02:30",
        )  # fmt: skip
    monkeypatch.undo()
    told = run(str(rule), *ASKED)
    assert "2 accounts got 30 days, 1 had them, 1 refused" in told.stdout


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('place = "cn"', "a name"),
        ('name = "x"\nplaces = "cn"', "places"),
        ('name = "x"\nkind = "card"', "kind"),
        ('name = "x"\nproduct = "none"', "product"),
        ('name = "x"\naccounts = ["L9"]', "L9"),
        ('name = "x"\nleast_days_past_due = "1"', "least_days_past_due"),
        ("name =", "flood.toml"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_by_what_is_wrong(rule: Path, text: str, named: str) -> None:
    rule.write_text(text)
    told = run(str(rule), *ASKED)
    assert told.exit_code == 2
    assert "rule_unreadable" in told.stderr
    assert named in told.stderr
    assert next_dues()["L1"] == date(2024, 2, 10)


def test_a_rule_may_name_accounts_of_a_kind_or_by_their_numbers(rule: Path) -> None:
    rule.write_text('name = "some"\nkind = "loan"\naccounts = ["L1", "C2"]')
    assert "1 accounts got 30 days" in run(str(rule), *ASKED).stdout
    assert next_dues()["C2"] == date(2024, 3, 6)
    assert next_dues()["C1"] == date(2024, 2, 5)
