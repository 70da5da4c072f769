"""kernel.due_days: nominal due days."""

import pytest

from duecourse.kernel import loan_terms as said
from duecourse.kernel.days import civil, day_number
from duecourse.kernel.due_days import due_days, nominal_start
from duecourse.kernel.loan_terms import PLAIN_LOAN

FOUR = PLAIN_LOAN._replace(installments=4)
Date = tuple[int, int, int]


@pytest.mark.parametrize(
    ("told", "start", "first", "expected"),
    [
        ({}, (2025, 1, 15), None, [(2025, 2, 15), (2025, 3, 15), (2025, 4, 15), (2025, 5, 15)]),
        ({}, (2025, 1, 31), None, [(2025, 2, 28), (2025, 3, 31), (2025, 4, 30), (2025, 5, 31)]),
        ({}, (2023, 12, 31), None, [(2024, 1, 31), (2024, 2, 29), (2024, 3, 31), (2024, 4, 30)]),
        (
            {"month_end": said.ROLL},
            (2025, 1, 31),
            None,
            [(2025, 3, 1), (2025, 3, 31), (2025, 5, 1), (2025, 5, 31)],
        ),
        ({"every": 3}, (2023, 11, 30), None, [(2024, 2, 29), (2024, 5, 30), (2024, 8, 30), (2024, 11, 30)]),
        ({"every": 14}, (2023, 12, 5), None, [(2025, 2, 5), (2026, 4, 5), (2027, 6, 5), (2028, 8, 5)]),
        # a chosen first due day gives its own day of the month; one a period after the start keeps the start's
        ({}, (2025, 1, 31), (2025, 2, 28), [(2025, 2, 28), (2025, 3, 31), (2025, 4, 30), (2025, 5, 31)]),
        ({}, (2025, 1, 31), (2025, 2, 27), [(2025, 2, 27), (2025, 3, 27), (2025, 4, 27), (2025, 5, 27)]),
        ({}, (2025, 1, 5), (2025, 1, 31), [(2025, 1, 31), (2025, 2, 28), (2025, 3, 31), (2025, 4, 30)]),
        # a named day of the month
        ({"due_day": 1}, (2022, 10, 17), None, [(2022, 11, 1), (2022, 12, 1), (2023, 1, 1), (2023, 2, 1)]),
        ({"due_day": 31}, (2022, 10, 17), None, [(2022, 10, 31), (2022, 11, 30), (2022, 12, 31), (2023, 1, 31)]),
        ({"due_day": 17}, (2022, 10, 17), None, [(2022, 11, 17), (2022, 12, 17), (2023, 1, 17), (2023, 2, 17)]),
        ({"due_day": 18}, (2022, 10, 17), None, [(2022, 10, 18), (2022, 11, 18), (2022, 12, 18), (2023, 1, 18)]),
        (
            {"due_day": 1, "first_period_min": 15},
            (2022, 10, 17),
            None,
            [(2022, 11, 1), (2022, 12, 1), (2023, 1, 1), (2023, 2, 1)],
        ),
        (
            {"due_day": 1, "first_period_min": 16},
            (2022, 10, 17),
            None,
            [(2022, 12, 1), (2023, 1, 1), (2023, 2, 1), (2023, 3, 1)],
        ),
        ({"due_day": 31}, (2025, 2, 28), None, [(2025, 3, 31), (2025, 4, 30), (2025, 5, 31), (2025, 6, 30)]),
        ({"due_day": 31}, (2025, 1, 5), (2025, 2, 28), [(2025, 2, 28), (2025, 3, 31), (2025, 4, 30), (2025, 5, 31)]),
        # weeks, days
        (
            {"unit": said.WEEKS, "every": 2},
            (2024, 2, 26),
            None,
            [(2024, 3, 11), (2024, 3, 25), (2024, 4, 8), (2024, 4, 22)],
        ),
        ({"unit": said.WEEKS}, (2024, 1, 1), (2024, 1, 3), [(2024, 1, 3), (2024, 1, 10), (2024, 1, 17), (2024, 1, 24)]),
        (
            {"unit": said.DAYS, "every": 15},
            (2023, 10, 1),
            None,
            [(2023, 10, 16), (2023, 10, 31), (2023, 11, 15), (2023, 11, 30)],
        ),
        (
            {"unit": said.DAYS, "every": 15},
            (2023, 10, 1),
            (2023, 10, 3),
            [(2023, 10, 3), (2023, 10, 18), (2023, 11, 2), (2023, 11, 17)],
        ),
        # half months: two days of the month, 15 apart
        (
            {"unit": said.HALF_MONTHS},
            (2025, 1, 1),
            None,
            [(2025, 1, 16), (2025, 2, 1), (2025, 2, 16), (2025, 3, 1)],
        ),
        (
            {"unit": said.HALF_MONTHS},
            (2024, 12, 31),
            None,
            [(2025, 1, 16), (2025, 1, 31), (2025, 2, 16), (2025, 2, 28)],
        ),
        (
            {"unit": said.HALF_MONTHS},
            (2025, 1, 15),
            None,
            [(2025, 1, 30), (2025, 2, 15), (2025, 2, 28), (2025, 3, 15)],
        ),
        (
            {"unit": said.HALF_MONTHS, "every": 3},
            (2025, 1, 10),
            None,
            [(2025, 2, 25), (2025, 4, 10), (2025, 5, 25), (2025, 7, 10)],
        ),
        (
            {"unit": said.HALF_MONTHS},
            (2025, 1, 3),
            (2025, 1, 20),
            [(2025, 1, 20), (2025, 2, 5), (2025, 2, 20), (2025, 3, 5)],
        ),
        (
            {"unit": said.HALF_MONTHS},
            (2025, 1, 3),
            (2025, 2, 5),
            [(2025, 2, 5), (2025, 2, 20), (2025, 3, 5), (2025, 3, 20)],
        ),
    ],
)
def test_due_days_are_those_of_the_terms(
    told: dict[str, int], start: Date, first: Date | None, expected: list[Date]
) -> None:
    found = due_days(FOUR._replace(**told), day_number(*start), day_number(*first) if first else None)
    assert [tuple(civil(day)) for day in found] == expected


@pytest.mark.parametrize(
    ("told", "start", "first", "expected"),
    [
        ({}, (2025, 1, 31), (2025, 2, 28), (2025, 1, 31)),
        ({}, (2023, 11, 3), (2023, 12, 5), (2023, 11, 5)),
        ({}, (2024, 12, 20), (2025, 1, 5), (2024, 12, 5)),
        ({"every": 3}, (2025, 1, 1), (2025, 2, 1), (2024, 11, 1)),
        ({"unit": said.WEEKS, "every": 2}, (2025, 1, 1), (2025, 1, 20), (2025, 1, 6)),
        ({"unit": said.DAYS, "every": 10}, (2025, 1, 1), (2025, 1, 20), (2025, 1, 10)),
        ({"unit": said.HALF_MONTHS}, (2025, 1, 1), (2025, 1, 20), (2025, 1, 5)),
        ({"unit": said.HALF_MONTHS}, (2025, 1, 1), (2025, 2, 5), (2025, 1, 20)),
        ({"due_day": 31}, (2025, 1, 1), (2025, 2, 28), (2025, 1, 31)),
    ],
)
def test_a_whole_first_period_would_begin_one_period_before_the_first_due_day(
    told: dict[str, int], start: Date, first: Date, expected: Date
) -> None:
    found = nominal_start(FOUR._replace(**told), day_number(*start), day_number(*first))
    assert tuple(civil(found)) == expected


def test_a_first_due_day_on_the_start_is_refused() -> None:
    with pytest.raises(AssertionError, match="the first due day comes after the start"):
        due_days(FOUR, 20_000, 20_000)


def test_a_unit_that_is_not_known_is_refused() -> None:
    with pytest.raises(AssertionError):
        due_days(FOUR._replace(unit=9), 20_000)
