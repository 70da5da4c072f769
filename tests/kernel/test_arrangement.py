"""kernel.arrangement: whether a plan is kept, by what came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecourse.kernel.arrangement import (
    AGREED,
    BROKEN,
    CURED,
    ENDED,
    FULFILLED,
    Amount,
    Receipt,
    Tolerance,
    Turn,
    stands,
    turns,
)

PLAN = [Amount(10, 500), Amount(40, 500), Amount(70, 500)]
PAID = [Receipt(10, 500), Receipt(40, 500), Receipt(70, 500)]
CASES = {
    "kept to the day": (Tolerance(), PAID, {}, [Turn(FULFILLED, 70)]),
    "all at once, early": (Tolerance(), [Receipt(4, 1_500)], {}, [Turn(FULFILLED, 4)]),
    "late within the days": (Tolerance(days=3), [Receipt(13, 500), *PAID[1:]], {}, [Turn(FULFILLED, 70)]),
    "late beyond the days": (Tolerance(days=2), [Receipt(13, 500), *PAID[1:]], {}, [Turn(BROKEN, 12, 500)]),
    "a little missing": (Tolerance(minor=5), [Receipt(10, 495), *PAID[1:]], {}, [Turn(FULFILLED, 70)]),
    "a little missing of each": (
        Tolerance(minor=5),
        [Receipt(10, 496), Receipt(40, 496), Receipt(70, 500)],
        {},
        [Turn(BROKEN, 40, 3)],
    ),
    "cured in time": (
        Tolerance(cure_days=7),
        [Receipt(17, 500), *PAID[1:]],
        {},
        [Turn(BROKEN, 10, 500), Turn(CURED, 17), Turn(FULFILLED, 70)],
    ),
    "the missing money a day after the window": (
        Tolerance(cure_days=7),
        [Receipt(18, 500), *PAID[1:]],
        {},
        [Turn(BROKEN, 10, 500)],
    ),
    "cured and broken again": (
        Tolerance(cure_days=7),
        [Receipt(12, 500)],
        {},
        [Turn(BROKEN, 10, 500), Turn(CURED, 12), Turn(BROKEN, 40, 500)],
    ),
    "cured by a person, and what was missed asked with the next": (
        Tolerance(),
        [Receipt(40, 500)],
        {"cured_on": {20}},
        [Turn(BROKEN, 10, 500), Turn(CURED, 20), Turn(BROKEN, 40, 500)],
    ),
    "cured by a person, and made up for": (
        Tolerance(),
        [Receipt(40, 1_000), Receipt(70, 500)],
        {"cured_on": {20}},
        [Turn(BROKEN, 10, 500), Turn(CURED, 20), Turn(FULFILLED, 70)],
    ),
    "ended": (Tolerance(), PAID[:1], {"ended_on": 20}, [Turn(ENDED, 20)]),
    "the last payment taken back after it": (
        Tolerance(),
        [*PAID, Receipt(75, -500)],
        {},
        [Turn(FULFILLED, 70), Turn(BROKEN, 75, 500)],
    ),
    "paid early and taken back in time": (
        Tolerance(),
        [Receipt(4, 1_500), Receipt(6, -1_500), *PAID],
        {},
        [Turn(FULFILLED, 4), Turn(AGREED, 6), Turn(FULFILLED, 70)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_arrangement_turns_by_what_came_in(name: str) -> None:
    tolerance, receipts, decided, expected = CASES[name]
    assert turns(PLAN, tolerance, receipts, 100, **decided) == expected


def test_nothing_is_judged_before_its_last_day() -> None:
    assert turns(PLAN, Tolerance(days=3), [], 12) == []
    assert turns(PLAN, Tolerance(days=3), [], 13) == [Turn(BROKEN, 13, 500)]


@st.composite
def plans(draw: st.DrawFn) -> list[Amount]:
    days = sorted(draw(st.sets(st.integers(1, 60), min_size=1, max_size=5)))
    return [Amount(day, draw(st.integers(1, 9))) for day in days]


receipts = st.lists(st.builds(Receipt, st.integers(1, 75), st.integers(1, 9)), max_size=12)
tolerances = st.builds(Tolerance, st.integers(0, 5), st.integers(0, 3), st.just(0))


@given(plans(), receipts, tolerances)
def test_it_is_fulfilled_if_and_only_if_each_amount_was_met_within_the_tolerance(
    plan: list[Amount], came: list[Receipt], tolerance: Tolerance
) -> None:
    """Looked at day by day, amount by amount, with everything added up anew; without a cure."""
    came_in = [sum(one.amount for one in came if one.day <= day) for day in range(80)]
    asked = [sum(one.amount for one in plan[: number + 1]) for number in range(len(plan))]
    is_met = [
        came_in[amount.due_on + tolerance.days] + tolerance.minor >= sum_so_far
        for amount, sum_so_far in zip(plan, asked, strict=True)
    ]
    found = turns(plan, tolerance, came, 79)
    assert [one.state for one in found] == [FULFILLED if all(is_met) else BROKEN]
    if not all(is_met):
        assert found[0].day == plan[is_met.index(False)].due_on + tolerance.days


@given(plans(), receipts, tolerances, st.integers(0, 9), st.integers(1, 79))
def test_looked_at_earlier_it_tells_the_beginning_of_the_same(
    plan: list[Amount], came: list[Receipt], tolerance: Tolerance, cure_days: int, day: int
) -> None:
    told = tolerance._replace(cure_days=cure_days)
    whole = turns(plan, told, came, 79)
    assert turns(plan, told, [one for one in came if one.day <= day], day) == [one for one in whole if one.day <= day]


@given(plans(), receipts, tolerances, st.integers(0, 9))
def test_more_money_never_breaks_it(
    plan: list[Amount], came: list[Receipt], tolerance: Tolerance, cure_days: int
) -> None:
    told = tolerance._replace(cure_days=cure_days)
    more = [one._replace(amount=one.amount + 1) for one in came]
    before, after = turns(plan, told, came, 79), turns(plan, told, more, 79)
    if before and (before[-1].state == FULFILLED or stands(before[-1].state)):
        assert after
        assert after[-1].state == FULFILLED or stands(after[-1].state)
