"""Payment holidays of a loan book: found where they were planted alone; nothing moves before a person confirms."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pool
import pytest

PLANTED = {20: 0.22, 21: 0.25, 22: 0.18}
ON = date(2021, 3, 1)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, set[tuple[str, str]], Path]:
    """A made pool with three months of holidays: the book, (loan, month) of those given, the files' folder."""
    from duecourse.intake import loan_months

    folder = tmp_path_factory.mktemp("pool")
    loans, months, given = pool.made(600, 30, holidays=PLANTED)
    book = loan_months.read(*pool.write(folder, loans, months))
    return book, {(loan, book.called(place)) for loan, place in given}, folder


def refused(code: str, do: Any) -> None:
    from duecourse.ledger.journal import Refused

    with pytest.raises(Refused) as fault:
        do()
    assert fault.value.code == code


def test_holidays_are_found_in_the_months_in_which_they_were_given_and_in_no_other(planted: Any) -> None:
    from duecourse.intake import loan_holidays

    book, given, _ = planted
    found = loan_holidays.find(book)
    assert [one.month for one in found.looked if one.is_unusual] == [book.called(place) for place in PLANTED]
    proposed = {(one.loan, one.month) for one in found.events}
    assert given <= proposed, "each loan in order that paid nothing is proposed"
    others = proposed - given
    assert len(others) < len(proposed) / 4, "the rest missed in the same months: a person cannot tell them apart"
    shares = [one.share for one in found.events if one.reason == loan_holidays.IN_ORDER_REASON]
    assert abs(sum(shares) - len(given)) < 0.2 * len(given), "their shares add up to about the holidays given"


def test_a_book_without_holidays_has_none_found(tmp_path: Path) -> None:
    from duecourse.intake import loan_holidays, loan_months

    for seed in range(3):
        loans, months, _ = pool.made(400, 30, seed=seed)
        found = loan_holidays.find(loan_months.read(*pool.write(tmp_path, loans, months)))
        assert found.events == []


def test_which_loans_are_proposed_depends_on_nothing_after_their_month(planted: Any) -> None:
    from duecourse.intake import loan_holidays

    book, _, _ = planted
    paid = book.paid.copy()
    paid[:, 24:] = 0
    changed = loan_holidays.find(book._replace(paid=paid))
    last = book.called(22)
    before = [one for one in loan_holidays.find(book).events if one.month <= last]
    assert [one for one in changed.events if one.month <= last] == before


def test_a_proposal_moves_nothing_until_a_named_person_has_confirmed_it(planted: Any, tmp_path: Path) -> None:
    from duecourse.intake import loan_holidays, loan_months

    book, _, _ = planted
    path, out = tmp_path / "proposed.json", tmp_path / "confirmed.json"
    found = loan_holidays.find(book)
    loan_holidays.write(found=found, book=book, path=path)
    refused("holidays_not_confirmed", lambda: loan_holidays.confirmed(path=path, book=book))
    refused("confirmer_missing", lambda: loan_holidays.confirm(path=path, by=" ", on=ON, out=out))
    assert not out.exists()
    assert loan_holidays.confirm(path=path, by="Bo Lin", on=ON, out=out) == len(found.events)
    known = loan_holidays.confirmed(path=out, book=book)
    assert (known.by, known.on, known.events) == ("Bo Lin", "2021-03-01", len(found.events))
    fewer = loan_months.behind(book) - loan_months.behind(book, known.stood)
    assert np.allclose(fewer[:, -1], (known.stood & (book.asked > 0)).sum(axis=1), atol=0.01)
    assert (fewer[:, :20] == 0).all()


def test_what_was_changed_after_it_was_confirmed_or_is_of_another_book_is_refused(planted: Any, tmp_path: Path) -> None:
    from duecourse.intake import loan_holidays

    book, _, _ = planted
    path = tmp_path / "holidays.json"
    loan_holidays.write(found=loan_holidays.find(book), book=book, path=path)
    loan_holidays.confirm(path=path, by="Bo Lin", on=ON, out=path)
    refused("holidays_of_another_book", lambda: loan_holidays.confirmed(path=path, book=book._replace(digest="0")))
    body = json.loads(path.read_text())
    body["events"] = body["events"][1:]
    path.write_text(json.dumps(body))
    refused("holidays_changed", lambda: loan_holidays.confirmed(path=path, book=book))
    assert loan_holidays.confirm(path=path, by="Bo Lin", on=ON, out=path) == len(body["events"])
    assert loan_holidays.confirmed(path=path, book=book).events == len(body["events"])


@pytest.mark.parametrize(
    "said", ["", "[]", '{"events": 3}', '{"events": [{"loan": "M-1"}]}', "{"], ids=["empty", "list", "3", "part", "cut"]
)
def test_what_is_no_file_of_holidays_is_refused(said: str, tmp_path: Path) -> None:
    from duecourse.intake import loan_holidays

    path = tmp_path / "holidays.json"
    path.write_text(said)
    refused("holidays_unreadable", lambda: loan_holidays.confirm(path=path, by="Bo Lin", on=ON, out=path))
    assert path.read_text() == said


def test_holidays_are_proposed_and_confirmed_at_the_command_line(planted: Any, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.intake import loan_holidays

    book, _, folder = planted
    out = tmp_path / "holidays.json"
    files = [str(folder / "loans.parquet"), str(folder / "months.parquet")]
    proposed = CliRunner().invoke(main, ["warn", "holidays", *files, "--out", str(out)])
    assert proposed.exit_code == 0, proposed.output
    assert json.loads(out.read_text())["confirmed"] is None
    done = CliRunner().invoke(main, ["warn", "confirm", str(out), "--by", "Bo Lin"])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text())["confirmed"]["by"] == "Bo Lin"
    assert loan_holidays.confirmed(path=out, book=book).by == "Bo Lin"
