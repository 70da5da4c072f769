"""kernel.days."""

from datetime import date, timedelta

import pytest

from duecourse.kernel import days
from duecourse.kernel.days import FOLLOWING, PRECEDING, STAY, Calendar, day_number


def test_day_numbers_are_those_of_the_gregorian_calendar() -> None:
    for step in range(0, 60_000, 7):
        day = date(1970, 1, 1) + timedelta(days=step)
        assert days.civil(step) == (day.year, day.month, day.day)
        assert day_number(day.year, day.month, day.day) == step


@pytest.mark.parametrize(
    ("after", "cycle_day", "expected"),
    [
        ((2026, 1, 1), 1, (2026, 2, 1)),
        ((2026, 1, 31), 1, (2026, 2, 1)),
        ((2026, 1, 30), 31, (2026, 1, 31)),
        ((2026, 1, 31), 31, (2026, 2, 28)),
        ((2024, 1, 31), 31, (2024, 2, 29)),
        ((2024, 2, 28), 30, (2024, 2, 29)),
        ((2026, 2, 28), 31, (2026, 3, 31)),
        ((2026, 12, 31), 31, (2027, 1, 31)),
        ((2026, 12, 15), 15, (2027, 1, 15)),
        ((1900, 2, 1), 29, (1900, 2, 28)),
        ((2000, 2, 1), 29, (2000, 2, 29)),
    ],
)
def test_a_cycle_day_comes_once_a_month(
    after: tuple[int, int, int], cycle_day: int, expected: tuple[int, int, int]
) -> None:
    assert days.civil(days.next_cycle(day_number(*after), cycle_day)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((2023, 12, 31), (2024, 1, 1), 1),
        ((2023, 12, 31), (2024, 12, 31), 366),
        ((2024, 12, 31), (2025, 1, 1), 0),
        ((2024, 12, 30), (2025, 6, 1), 1),
        ((2024, 5, 1), (2024, 5, 1), 0),
        ((1899, 12, 31), (1900, 12, 31), 0),
        ((2023, 7, 1), (2024, 7, 1), 183),
    ],
)
def test_days_of_leap_years_are_counted(start: tuple[int, int, int], end: tuple[int, int, int], expected: int) -> None:
    assert days.leap_days(day_number(*start), day_number(*end)) == expected


FIRST = day_number(2026, 5, 1)
WEEK = Calendar(FIRST, (0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 1))
"""1 May 2026 is a Friday and a holiday; 4 to 8 May and 11 and 12 May are open."""


@pytest.mark.parametrize(
    ("day", "shift", "expected"),
    [(1, STAY, 1), (1, FOLLOWING, 4), (4, FOLLOWING, 4), (9, FOLLOWING, 11), (10, PRECEDING, 8), (8, PRECEDING, 8)],
)
def test_a_due_day_moves_to_a_business_day(day: int, shift: int, expected: int) -> None:
    assert days.business_day(FIRST + day - 1, shift, WEEK) == FIRST + expected - 1


@pytest.mark.parametrize(("day", "shift"), [(1, PRECEDING), (13, FOLLOWING), (0, FOLLOWING), (-40, PRECEDING)])
def test_a_day_of_an_unknown_year_is_refused(day: int, shift: int) -> None:
    with pytest.raises(AssertionError, match="year is not known"):
        days.business_day(FIRST + day - 1, shift, WEEK)


def test_a_due_day_that_stays_needs_no_calendar() -> None:
    assert days.business_day(FIRST - 500, STAY, WEEK) == FIRST - 500
