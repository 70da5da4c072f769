"""A loan book month by month: what was asked, how far behind, and what was seen on a day, by example."""

from pathlib import Path
from typing import Any

import numpy as np
import pool
import pytest


def book_of(folder: Path, lives: dict[str, list[tuple[float, float]]]) -> Any:
    """A book of loans of 300.00 a month at 6%: for each month what was paid, and what is owed at its end."""
    from duecourse.intake import loan_months

    months: dict[str, list[Any]] = {
        name: [] for name in ("loan_id", "period_end", "balance_end", "principal", "payment")
    }
    for loan, life in lives.items():
        before = life[0][1]
        for place, (paid, left) in enumerate(life):
            principal = before - left if paid else 0.0
            cells = (loan, pool.last_of(pool.FIRST + place), left, principal, paid)
            for name, cell in zip(months, cells, strict=True):
                months[name].append(cell)
            before = left
    loans = {
        "loan_id": list(lives),
        "originalInterestRatePercentage": [0.06] * len(lives),
        "reportingPeriodScheduledPaymentAmount": [300.0] * len(lives),
    }
    return loan_months.read(*pool.write(folder, loans, months))


def test_arrears_are_what_was_asked_less_what_was_paid_in_installments(tmp_path: Path) -> None:
    from duecourse.intake import loan_months

    book = book_of(
        tmp_path,
        {
            "late": [(0, 5000), (0, 5000), (150, 4900), (0, 4900)],
            "early": [(0, 5000), (900, 4200), (0, 4200), (0, 4200)],
            "last": [(0, 400), (300, 102), (102.51, 0), (0, 0)],
            "lost": [(0, 5000), (0, 5000), (0, 5000), (0, 0)],
        },
    )
    behind = dict(zip(book.ids, loan_months.behind(book), strict=True))
    assert behind["late"].tolist() == [0, 1, 1.5, 2.5]
    assert behind["early"].tolist() == [0, -2, -1, 0], "a payment in advance counts"
    assert np.allclose(behind["last"], 0, atol=1e-9), "no more is asked than is owed, with a month's interest"
    assert book.asked[list(book.ids).index("last")].tolist() == [0, 30_000, 10_251, 0]
    assert {str(name): place for name, place in zip(book.ids, book.charged_off.argmax(1), strict=True)}["lost"] == 3
    assert book.charged_off.sum() == 1


def test_a_holiday_asks_nothing_in_its_month(tmp_path: Path) -> None:
    from duecourse.intake import loan_months

    book = book_of(tmp_path, {"one": [(0, 5000), (0, 5000), (300, 4725), (0, 4725)]})
    stood = np.zeros(book.owed.shape, bool)
    stood[0, 1] = True
    assert loan_months.behind(book, stood)[0].tolist() == [0, 0, 0, 1]
    rows = loan_months.facts(book, stood).sort_by("month").to_pylist()
    assert [(row["month"], row["asked"], row["share"], row["holiday"]) for row in rows] == [
        (1, 30_000, 0.0, 0),
        (2, 30_000, 1.0, 0),
        (3, 0, None, 1),
    ]


def test_facts_of_a_month_know_nothing_after_it(tmp_path: Path) -> None:
    from duecourse.intake import loan_months

    loans, months, _ = pool.made(80, 16)
    book = loan_months.read(*pool.write(tmp_path, loans, months))
    draw = np.random.default_rng(1)
    changed = book._replace(
        **{
            name: np.concatenate([getattr(book, name)[:, :11], draw.permutation(getattr(book, name)[:, 11:])], axis=1)
            for name in ("owed", "asked", "paid", "interest", "closing", "alive", "charged_off", "lost")
        }
    )
    assert not np.array_equal(book.paid, changed.paid)
    assert loan_months.facts(book.through(10)).equals(loan_months.facts(changed.through(10)))


def test_loans_that_cannot_be_placed_are_left_out_and_counted(tmp_path: Path) -> None:
    from duecourse.intake import loan_months

    loans, months, _ = pool.made(9, 4, worse=0)
    loans["originalInterestRatePercentage"][1] = 3.0
    loans["reportingPeriodScheduledPaymentAmount"][2] = None
    loans["loan_id"][3] = "M-0004"
    months["period_end"][months["loan_id"].index("M-0006") + 18] = pool.last_of(pool.FIRST + 1)
    book = loan_months.read(*pool.write(tmp_path, loans, months))
    assert book.left_out == {
        "rate_out_of_range": 1, "scheduled_out_of_range": 1, "repeated_loan": 1, "month_twice": 1
    }  # fmt: skip
    assert len(book.ids) == 4


def test_files_in_which_no_loan_has_months_are_refused(tmp_path: Path) -> None:
    from duecourse.intake import loan_months

    loans, months, _ = pool.made(3, 4)
    loans["loan_id"] = ["other"] * 3
    with pytest.raises(loan_months.NoLoanMonths) as fault:
        loan_months.read(*pool.write(tmp_path, loans, months))
    assert fault.value.code == "no_loan_months"
