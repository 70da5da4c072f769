"""rules.read.caps and rules.within: which cap holds where and when, and whether a cost is within it."""

from datetime import date

import pytest

from duecourse.kernel import apr
from duecourse.kernel.apr import MONTHLY, Flow, Rate, Yearly
from duecourse.kernel.cost import DayOwed, ShortTermCost
from duecourse.rules import read, within


def caps(place: str, on: date, **about: str) -> dict[str, int | None]:
    return {one.rule: one.rate_ppm for one in read.caps(place=place, on=on, **about)}


@pytest.mark.parametrize(
    ("on", "lender", "expected"),
    [
        (date(2020, 8, 19), "private", {"CN-CAP-01": 240_000}),
        (date(2020, 8, 20), "private", {"CN-CAP-01": 4 * 38_500}),
        (date(2024, 10, 20), "private", {"CN-CAP-01": 4 * 33_500}),
        (date(2024, 10, 21), "private", {"CN-CAP-01": 4 * 31_000}),
        (date(2017, 8, 3), "bank", {}),
        (date(2017, 8, 4), "bank", {"CN-CAP-02": 240_000}),
        (date(2025, 10, 1), "bank", {"CN-CAP-02": 240_000, "CN-CAP-03": 240_000}),
        (date(2026, 1, 1), "micro_loan", {"CN-CAP-02": 240_000, "CN-CAP-04": 240_000}),
        (date(2028, 1, 1), "micro_loan", {"CN-CAP-02": 240_000, "CN-CAP-04": 4 * 30_000}),
    ],
)
def test_the_caps_of_china_by_lender_and_day(on: date, lender: str, expected: dict[str, int]) -> None:
    assert caps("cn", on, lender=lender) == expected


def test_the_military_cap_is_about_covered_borrowers_and_more_products_since_2016() -> None:
    assert caps("us", date(2016, 10, 2), product="loan") == {}
    assert caps("us", date(2016, 10, 2), product="payday") == {"US-ML-01": 360_000}
    assert caps("us", date(2016, 10, 3), product="loan") == {"US-ML-01": 360_000}
    assert caps("us", date(2026, 1, 1), product="loan", borrower="anyone else") == {}


def test_europe_names_a_rule_and_no_figure() -> None:
    (found,) = read.caps(place="eu", on=date(2026, 11, 20))
    assert (found.rate_ppm, found.cost) == (None, None)
    with pytest.raises(within.NoFigure):
        within.judge(flows=(Flow(100), Flow(-110, 1)), year=Yearly(1), cap=found)
    assert read.caps(place="eu", on=date(2026, 11, 19)) == ()


def test_a_place_without_rules_is_refused_and_not_guessed() -> None:
    with pytest.raises(read.RuleMissing):
        read.caps(place="mars", on=date(2026, 1, 1))


def test_what_was_not_verified_says_so() -> None:
    for place in ("cn", "us", "uk"):
        assert {one.verified for one in read.caps(place=place, on=date(2026, 1, 1))} == {False}


@pytest.mark.parametrize(
    ("place", "on", "measure"),
    [
        ("cn", date(2021, 3, 12), apr.CN_COMPOUND),
        ("us", date(2000, 1, 1), apr.REG_Z),
        ("uk", date(2026, 1, 1), apr.APRC),
        ("eu", date(2026, 12, 1), apr.APRC),
    ],
)
def test_each_place_tells_the_cost_by_its_own_measure(place: str, on: date, measure: apr.Measure) -> None:
    assert read.measure(place=place, on=on) == measure


def test_a_rate_is_judged_exactly_and_by_name() -> None:
    (cap,) = read.caps(place="cn", on=date(2026, 1, 1), lender="consumer_finance")[:1]
    kept = within.judge(flows=(Flow(100_000), Flow(-124_000, 1)), year=Yearly(1), cap=cap)
    broken = within.judge(flows=(Flow(100_000), Flow(-124_001, 1)), year=Yearly(1), cap=cap)
    assert (kept.within, kept.room_ppm, kept.cap.rule) == (True, 0, "CN-CAP-02")
    assert (broken.within, broken.room_ppm) == (False, -10)


def test_the_uk_s_cost_cap_is_judged_in_money() -> None:
    (cap,) = read.caps(place="uk", on=date(2026, 1, 1), product="short_term")
    owed = (DayOwed(30_000, 30),)
    kept = within.judge_cost(lent_minor=30_000, owed=owed, charged=ShortTermCost(7_200, 1_500), cap=cap)
    broken = within.judge_cost(lent_minor=30_000, owed=owed, charged=ShortTermCost(7_201, 1_500), cap=cap)
    assert (kept.within, kept.room.initial, kept.room.total) == (True, 0, 21_300)
    assert (broken.within, broken.room.initial, broken.cap.rule) == (False, -1, "UK-06")
    with pytest.raises(within.NoFigure):
        within.judge(flows=(Flow(100), Flow(-110, 1)), year=Yearly(1), cap=cap)


def test_a_disclosed_apr_may_be_an_eighth_of_a_point_off_and_a_quarter_when_irregular() -> None:
    regular = (Flow(500_000), Flow(-23_000, 1, number=24))  # 9.6879%
    uneven = (Flow(500_000), Flow(-23_000, 1, number=12), Flow(-23_001, 13, number=12))
    for units, flows, right in ((981, regular, True), (982, regular, False), (992, uneven, True), (995, uneven, False)):
        found = within.judge_apr(disclosed=Rate(units, 2), flows=flows, year=MONTHLY, on=date(2026, 1, 1))
        assert found.within == right, (units, found)
