"""Warnings of loans: features know nothing later, outcomes nothing beyond their window; the page of a whole trial."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pool
import pytest

HOLIDAYS = {29: 0.25, 30: 0.25, 31: 0.2}


@pytest.fixture(scope="module")
def folder(server: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a made pool with three months of holidays, proposed and confirmed."""
    from duecourse.intake import loan_holidays, loan_months

    place = tmp_path_factory.mktemp("pool")
    loans, months, _ = pool.made(500, 38, seed=3, holidays=HOLIDAYS, worse=0.4)
    book = loan_months.read(*pool.write(place, loans, months))
    path = place / "holidays.json"
    loan_holidays.write(found=loan_holidays.find(book), book=book, path=path)
    loan_holidays.confirm(path=path, by="Bo Lin", on=date(2021, 3, 1), out=path)
    return place


@pytest.fixture(scope="module")
def book(folder: Path) -> Any:
    from duecourse.intake import loan_months

    return loan_months.read(folder / "loans.parquet", folder / "months.parquet")


def test_no_feature_of_a_month_knows_a_later_one(book: Any, folder: Path) -> None:
    from duecourse.intake import loan_examples, loan_holidays

    stood = loan_holidays.confirmed(path=folder / "holidays.json", book=book).stood
    draw = np.random.default_rng(5)
    later = {
        name: np.concatenate([getattr(book, name)[:, :31], draw.permutation(getattr(book, name)[:, 31:])], axis=1)
        for name in ("owed", "asked", "paid", "interest", "closing", "alive", "charged_off", "lost")
    }
    changed = stood.copy()
    changed[:, 31:] = True
    told = loan_examples.examples(book, [12, 30], stood)
    again = loan_examples.examples(book._replace(**later), [12, 30], changed)
    assert len(told.loan) > 400
    for one, other in zip(told, again, strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def test_outcomes_look_at_the_months_of_their_window_alone(book: Any) -> None:
    from duecourse.intake import loan_examples

    happened = np.zeros((1, 20), bool)
    happened[0, 9] = True
    told = loan_examples.Examples(np.arange(14), np.zeros(14, int), np.zeros(14), np.zeros((14, 1)))
    assert loan_examples.within(happened, told, 6).tolist() == [0] * 3 + [1] * 6 + [0] * 5


def test_what_is_trained_on_is_over_before_what_is_tried_begins(book: Any) -> None:
    from duecourse.intake import loan_examples, loan_trial

    for target in (loan_examples.ARREARS, loan_examples.CHARGE_OFF):
        span = loan_trial.windows(book, target)
        assert max(span.trained) + target.months < min(span.tried)
        assert max(span.tried) + target.months == book.months - 1


def test_a_score_of_a_loan_depends_on_no_outcome_of_that_loan(book: Any) -> None:
    from duecourse.intake import loan_examples, loan_trial
    from duecourse.risk.features.loan import STATIC

    told = loan_examples.examples(book, [4, 6, 8, 10, 24, 25], None)
    fold = loan_examples.folds(book, loan_trial.FOLDS)[told.loan]
    is_trained = told.seen < 20
    bad = loan_examples.within(book.charged_off, told, 6)
    one = loan_trial.Seen(told, is_trained, ~is_trained, bad, bad, fold)
    score = loan_trial.crossed(one, STATIC, loan_trial.by_trees)
    other = one._replace(taught=np.where(fold == 2, 1 - bad, bad), bad=np.where(fold == 2, 1 - bad, bad))
    same = score == loan_trial.crossed(other, STATIC, loan_trial.by_trees)
    assert same[fold == 2].all()
    assert not same.all()


def test_the_bounds_of_an_auc_hold_it_and_whole_loans_are_drawn(book: Any) -> None:
    from duecourse.intake import loan_trial

    draw = np.random.default_rng(0)
    loan = np.repeat(np.arange(60), 8)
    bad = (draw.random(60) < 0.3).astype(int)[loan]
    chance = np.clip(0.3 * bad + draw.random(60)[loan], 0, 1)
    low, high = loan_trial.bounds(chance, bad, loan)
    one = loan_trial.measure("any", chance, bad, loan)
    assert low < one.auc < high
    alone = loan_trial.bounds(chance, bad, np.arange(len(loan)))
    assert high - low > 1.5 * (alone[1] - alone[0])


def test_each_feature_has_its_words_and_reads_facts_that_there_are(book: Any) -> None:
    from duecourse.intake import loan_months
    from duecourse.risk.features.loan import CARD, FACTS, LOAN, STATIC

    assert len({one.name for one in LOAN}) == len(LOAN)
    assert all(one.english and one.chinese and one.sign in (-1, 0, 1) for one in LOAN)
    assert set(CARD) | set(STATIC) <= {one.name for one in LOAN}
    assert set(FACTS) == set(loan_months.facts(book.through(3)).column_names)


def test_the_report_is_written_by_one_command(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.intake import loan_advice, loan_cures, loan_trial

    for some in (loan_trial, loan_cures, loan_advice):
        monkeypatch.setattr(some, "FOLDS", 2)
    monkeypatch.setattr(loan_cures, "TRIED", 2)
    monkeypatch.setattr(loan_cures, "DRAWS", 20)
    monkeypatch.setattr(loan_trial, "ROUNDS", 30)
    out = tmp_path / "deep" / "loans.md"
    files = [str(folder / "loans.parquet"), str(folder / "months.parquet")]
    done = CliRunner().invoke(
        main, ["warn", "report", "loans", *files, "--holidays", str(folder / "holidays.json"), "--out", str(out)]
    )
    assert done.exit_code == 0, done.output
    page = out.read_text()
    assert page in done.output.replace("\r", ""), "kept is what was printed"
    assert "Confirmed by Bo Lin on 2021-03-01" in page
    for said in (
        "## Payment holidays", "## Three installments of arrears", "## Charge-off within", "## Without the",
        "## How long lateness lasts", "## What a borrower can do", "association, no effect",
    ):  # fmt: skip
        assert said in page


def test_the_report_refuses_holidays_that_nobody_has_confirmed(folder: Path, book: Any, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.intake import loan_holidays

    path, out = tmp_path / "proposed.json", tmp_path / "loans.md"
    loan_holidays.write(found=loan_holidays.find(book), book=book, path=path)
    files = [str(folder / "loans.parquet"), str(folder / "months.parquet")]
    done = CliRunner().invoke(main, ["warn", "report", "loans", *files, "--holidays", str(path), "--out", str(out)])
    assert done.exit_code == 2
    assert "holidays_not_confirmed" in done.output
    assert not out.exists()


def test_of_loans_alike_at_the_edge_of_the_top_fifth_a_part_counts(book: Any) -> None:
    from duecourse.intake import loan_trial

    bad = np.array([1, 0, 1, 0, 0, 0, 1, 0, 0, 0])
    assert loan_trial.recall(np.full(10, 0.3), bad) == pytest.approx(0.2)
    assert loan_trial.recall(np.arange(10) / 10, bad) == 0
    assert loan_trial.recall(np.arange(10)[::-1] / 10, bad) == pytest.approx(1 / 3)
    assert loan_trial.recall(np.array([9, 5, 5, 5, 1, 1, 1, 1, 1, 1]) / 10, bad) == pytest.approx((1 + 1 / 3) / 3)


def test_a_book_too_short_to_be_tried_is_refused(book: Any) -> None:
    from duecourse.intake import loan_trial

    with pytest.raises(loan_trial.TooFewLoans) as fault:
        loan_trial.run(book=book.through(20), holidays=None, tell=lambda stage, done, of: None)
    assert fault.value.code == "too_few_loans"


@pytest.mark.slow
def test_the_auto_loans_of_2017_reach_the_bars(server: Path, tmp_path: Path) -> None:
    from duecourse.intake import loan_holidays, loan_months, loan_trial

    place = os.environ.get("DUECOURSE_AUTO_LOANS")
    if not place:
        pytest.skip(
            "DUECOURSE_AUTO_LOANS names no folder with auto_loans_2017.parquet and auto_loans_2017_monthly.parquet"
        )
    files = [Path(place) / f"auto_loans_2017{end}.parquet" for end in ("", "_monthly")]
    book = loan_months.read(files[0], files[1])
    path = tmp_path / "holidays.json"
    found = loan_holidays.find(book)
    assert [one.month for one in found.looked if one.is_unusual] == [f"2020-0{month}" for month in range(3, 8)]
    loan_holidays.write(found=found, book=book, path=path)
    loan_holidays.confirm(path=path, by="the test", on=date(2021, 3, 1), out=path)
    stood = loan_holidays.confirmed(path=path, book=book).stood
    trial = loan_trial.run(book=book, holidays=stood, tell=lambda stage, done, of: None)
    assert [one.measured[0].auc >= 0.85 for one in trial.targets] == [True, True]
    assert trial.without is not None
    assert trial.without.measured[0].auc < 0.75, "without the holidays the same model is far worse"
