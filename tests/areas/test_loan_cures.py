"""How long lateness lasts and what advice goes with, tried on a loan book of the past."""

from typing import Any, NamedTuple

import numpy as np
import pytest

pytestmark = pytest.mark.usefixtures("server")


class Small(NamedTuple):
    """What these tests need of a loan book: each loan asked 100 a month."""

    ids: Any
    asked: Any
    paid: Any
    scheduled: Any
    closing: Any
    alive: Any
    charged_off: Any
    owed: Any

    @property
    def months(self) -> int:
        return int(self.paid.shape[1])

    def called(self, place: int) -> str:
        return f"month {place}"


def small(paid: list[list[int]]) -> Small:
    """A book from what each loan paid; -1: charged off in the month, -2: paid off in it."""
    told = np.array(paid)
    ended = np.cumsum(told < 0, axis=1) > 0
    over = ended & ~(np.cumsum(ended, axis=1) == 1)
    pays = np.where(told < 0, np.where(told == -2, 10_000, 0), told)
    closing = np.where(ended, 0, 10_000)
    names = np.array([f"L{i}" for i in range(len(told))])
    asked = np.where(over, 0, 100) * (np.arange(told.shape[1]) > 0)
    return Small(names, asked, pays, np.full(len(told), 100), closing, ~over, told == -1, closing)


def test_a_spell_lasts_from_the_first_late_month_to_the_end_of_one_in_order_or_to_none() -> None:
    from duecourse.intake import loan_cures
    from duecourse.risk.spells import CURED, LEFT, OPEN

    behind_and_cured = [0, 100, 0, 0, 200, 200, 100, 0]  # late again at the end
    charged_off, paid_off = [0, 0, 0, -1, 0, 0, 0, 0], [0, 100, 0, -2, 0, 0, 0, 0]
    told = loan_cures.whole(small([behind_and_cured, charged_off, paid_off, [0, *[100] * 7]]), None)
    assert told.loan.tolist() == [0, 0, 1, 2]
    assert told.first.tolist() == [2, 7, 1, 2]
    assert told.over.tolist() == [5, 8, 3, 3]
    assert told.how.tolist() == [CURED, OPEN, LEFT, CURED], "a loan that is paid off is cured"
    assert told.earlier.tolist() == [0, 1, 0, 0]
    assert told.reached[:, :2].tolist() == [[2, 3], [7, -1], [1, 2], [2, -1]]


def test_what_is_known_of_a_spell_at_a_months_end_says_nothing_of_later_ones() -> None:
    from duecourse.intake import loan_cures
    from duecourse.risk.spells import CURED, OPEN

    told = loan_cures.whole(small([[0, 0, 0, 200, 100, 100], [0, 100, 100, 0, 100, 100]]), None)
    everybody = np.ones(len(told.loan), bool)
    first, second, last = (loan_cures.known(told, month, everybody) for month in (1, 2, 4))
    assert (first.how.tolist(), first.reached[0].tolist()[:2]) == ([OPEN], [loan_cures.day(1), 0])
    assert (second.how.tolist(), second.reached[0].tolist()[:2]) == ([OPEN], [loan_cures.day(1), loan_cures.day(2)])
    assert last.how.tolist() == [OPEN, OPEN], "one installment is still behind"
    cured = loan_cures.known(loan_cures.whole(small([[0, 0, 200, 100]]), None), 3, np.array([True]))
    assert cured.how.tolist() == [CURED]


def drawn(count: int, months: int, seed: int) -> Small:
    """Loans that miss one in ten months; one month behind is made good mostly, two or more seldom."""
    draw = np.random.default_rng(seed)
    paid, behind = np.zeros((count, months), int), np.zeros(count, int)
    for month in range(1, months):
        chance = np.where(behind == 0, 0, np.where(behind == 1, 0.6, 0.05))
        cures = (behind > 0) & (draw.random(count) < chance)
        misses = ~cures & (draw.random(count) < np.where(behind == 0, 0.1, np.where(behind == 1, 0.8, 0)))
        paid[:, month] = np.where(cures, 100 * (behind + 1), np.where(misses, 0, 100))
        behind = np.where(cures, 0, behind + misses)
    return small(paid.tolist())


def test_chances_to_be_cured_come_true_of_those_late_long_as_of_those_just_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from duecourse.intake import loan_cures

    for name, value in (("TRIED", 2), ("FOLDS", 2), ("DRAWS", 50)):
        monkeypatch.setattr(loan_cures, name, value)
    tried = loan_cures.run(book=drawn(900, 30, seed=1), holidays=None, tell=lambda *_: None)
    assert tried is not None
    model, _, share = tried.ways
    assert model.concordance > 0.6 > share.concordance
    for months, chance, _, low, high in model.within:
        assert low - 0.05 < chance < high + 0.05, months
    lowest, highest = tried.fifths[0], tried.fifths[-1]
    assert lowest[2] < 0.35
    assert highest[2] > lowest[2] + 0.2
    page = loan_cures.page(tried)
    assert f"{tried.late:,} loan-months of {tried.loans:,} loans" in page
    assert page.count("| ---") > 2


def test_chances_of_a_month_depend_on_nothing_after_it() -> None:
    from duecourse.intake import loan_cures

    book = drawn(500, 24, seed=2)
    later = np.array(book.paid)
    later[:, 16:] = np.random.default_rng(3).permutation(later[:, 16:])
    found = []
    for one in (book, book._replace(paid=later)):
        told = loan_cures.whole(one, None)
        mine = told.loan % 2 == 0
        found.append(loan_cures.foretold(told, 15, ~mine, mine & (told.first <= 15) & (told.over > 15)))
    for way in loan_cures.WAYS:
        assert np.array_equal(found[0][way], found[1][way], equal_nan=True)
        assert not np.isnan(found[0][way]).any()


def test_a_book_in_which_nobody_is_late_says_so() -> None:
    from duecourse.intake import loan_advice, loan_cures

    tried = loan_cures.run(book=small([[100] * 20] * 5), holidays=None, tell=lambda *_: None)
    assert tried is None
    assert "Not enough history" in loan_cures.page(None)
    assert "Not enough history" in loan_advice.page(None)


def test_whether_a_thing_was_done_is_seen_in_the_three_months_after_and_no_later() -> None:
    from duecourse.intake import loan_advice

    book = small(
        [[0, 100, 100, 100, 100, 0], [0, 100, 0, 300, 100, 0], [0, 100, 50, 120, 150, 0], [0, 0, 90, 90, 90, 9]]
    )
    loan, place = np.arange(4), np.full(4, 1)

    def done(code: str) -> list[bool]:
        return list(loan_advice.done(book, None, code, loan, place))

    assert done("pay_every_month") == [True, False, True, True]
    assert done("pay_in_full") == [True, False, False, False]
    assert done("pay_ahead") == [False, True, True, False]
    assert loan_advice.done(book, None, "pay_earlier", loan, place) is None
    stood = np.zeros(book.paid.shape, bool)
    stood[1, 2] = True
    assert loan_advice.done(book, stood, "pay_every_month", loan, place).tolist() == [True] * 4, (
        "a holiday asks nothing"
    )


def test_those_who_did_are_held_beside_others_of_the_same_chance_alone() -> None:
    from duecourse.intake import loan_advice

    band = np.repeat([0, 1], 200)
    did = np.arange(400) % 4 == 0
    did[200:] = ~did[200:]
    bad = np.where(band == 1, 1, 0)
    assert bad[did].mean() - bad[~did].mean() == pytest.approx(0.5)
    assert loan_advice.difference(bad, did, band) == 0, "of the same chance nobody differs"
    assert np.isnan(loan_advice.difference(bad, band == 0, band)), "no band has both"


def test_in_the_model_nothing_that_can_be_done_raises_a_chance() -> None:
    from duecourse.intake import loan_advice
    from duecourse.intake.loan_trial import DIRECTION
    from duecourse.risk import advice

    draw = np.random.default_rng(0)
    rows = draw.normal(size=(3_000, len(DIRECTION)))
    rows[draw.random(rows.shape) < 0.1] = np.nan
    taught = (draw.random(3_000) < 1 / (1 + np.exp(2 - np.nansum(rows[:, :6], axis=1)))).astype(int)
    made = loan_advice.fitted(rows, taught, list(DIRECTION))
    chance = made.chance(rows)
    every = advice.followed(made, rows, list(DIRECTION), DIRECTION, "loan")
    assert set(every) == set(advice.THINGS["loan"])
    for after in every.values():
        assert (after <= chance + 1e-12).all()
        assert (after < chance).any()
