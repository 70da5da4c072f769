"""kernel.day_count and kernel.annuity: parts of a year, the equal installment, rounding."""

from fractions import Fraction

import pytest

from duecourse.kernel import loan_terms as said
from duecourse.kernel.annuity import level, level_alike, level_over, rounded, to_multiple
from duecourse.kernel.day_count import period_part, year_part
from duecourse.kernel.days import day_number
from duecourse.kernel.loan_terms import PLAIN_LOAN

Date = tuple[int, int, int]


@pytest.mark.parametrize(
    ("count", "start", "stop", "expected"),
    [
        (said.ACTUAL_360, (2024, 1, 1), (2024, 2, 1), Fraction(31, 360)),
        (said.ACTUAL_364, (2024, 1, 1), (2024, 1, 8), Fraction(7, 364)),
        (said.ACTUAL_365, (2024, 2, 1), (2024, 3, 1), Fraction(29, 365)),
        (said.ACTUAL_ACTUAL, (2024, 2, 1), (2024, 3, 1), Fraction(29, 366)),
        (said.ACTUAL_ACTUAL, (2023, 2, 1), (2023, 3, 1), Fraction(28, 365)),
        (said.THIRTY_360, (2025, 1, 31), (2025, 2, 28), Fraction(28, 360)),
        (said.THIRTY_360, (2024, 12, 31), (2025, 3, 31), Fraction(90, 360)),
        (said.THIRTY_365, (2025, 1, 1), (2025, 2, 1), Fraction(30, 365)),
    ],
)
def test_a_part_of_a_year_follows_its_day_count(count: int, start: Date, stop: Date, expected: Fraction) -> None:
    assert Fraction(*year_part(count, day_number(*start), day_number(*stop), 0)) == expected
    assert Fraction(*year_part(count, day_number(*start), day_number(*stop), 1)) == expected


def test_a_period_over_the_year_end_is_split_where_the_day_counted_lies() -> None:
    start, stop = day_number(2023, 12, 12), day_number(2024, 1, 12)
    # the payment day counts: 13 to 31 December, 1 to 12 January; the draw day counts: 12 to 31, 1 to 11
    assert Fraction(*year_part(said.ACTUAL_ACTUAL, start, stop, 0)) == Fraction(19, 365) + Fraction(12, 366)
    assert Fraction(*year_part(said.ACTUAL_ACTUAL, start, stop, 1)) == Fraction(20, 365) + Fraction(11, 366)


@pytest.mark.parametrize(
    ("unit", "every", "count", "expected"),
    [
        (said.MONTHS, 1, said.ACTUAL_365, Fraction(1, 12)),
        (said.MONTHS, 2, said.THIRTY_360, Fraction(60, 360)),
        (said.MONTHS, 1, said.THIRTY_365, Fraction(30, 365)),
        (said.HALF_MONTHS, 1, said.ACTUAL_ACTUAL, Fraction(1, 24)),
        (said.HALF_MONTHS, 3, said.THIRTY_365, Fraction(45, 365)),
        (said.WEEKS, 2, said.ACTUAL_365, Fraction(2, 52)),
        (said.WEEKS, 2, said.THIRTY_360, Fraction(14, 360)),
        (said.WEEKS, 1, said.THIRTY_365, Fraction(7, 365)),
        (said.DAYS, 15, said.THIRTY_360, Fraction(15, 360)),
        (said.DAYS, 15, said.ACTUAL_364, Fraction(15, 364)),
        (said.DAYS, 15, said.ACTUAL_ACTUAL, Fraction(15, 365)),
    ],
)
def test_a_whole_period_is_an_equal_share_of_the_year(unit: int, every: int, count: int, expected: Fraction) -> None:
    terms = PLAIN_LOAN._replace(unit=unit, every=every, day_count=count)
    assert Fraction(*period_part(terms)) == expected


def test_a_unit_that_is_not_known_has_no_part() -> None:
    with pytest.raises(AssertionError):
        period_part(PLAIN_LOAN._replace(unit=9))


@pytest.mark.parametrize(
    ("amount", "by", "rounding", "expected"),
    [
        (5, 2, said.HALF_EVEN, 2),
        (7, 2, said.HALF_EVEN, 4),
        (5, 2, said.HALF_UP, 3),
        (7, 2, said.HALF_UP, 4),
        (5, 2, said.DOWN, 2),
        (9, 5, said.DOWN, 1),
        (9, 5, said.HALF_EVEN, 2),
        (6, 5, said.HALF_UP, 1),
        (-5, 2, said.HALF_EVEN, -2),
        (-7, 2, said.HALF_UP, -4),
        (-9, 5, said.DOWN, -1),
        (0, 5, said.HALF_EVEN, 0),
    ],
)
def test_a_half_goes_where_the_rounding_says(amount: int, by: int, rounding: int, expected: int) -> None:
    assert rounded(amount, by, rounding) == expected


@pytest.mark.parametrize(
    ("amount", "by", "multiple", "direction", "expected"),
    [
        (862_498, 10, 100, said.NEAREST, 86_200),  # 862.498: once, not to 862.50 first
        (86_250, 1, 100, said.NEAREST, 86_300),
        (86_199, 1, 100, said.DOWNWARD, 86_100),
        (86_101, 1, 100, said.UPWARD, 86_200),
        (86_100, 1, 100, said.UPWARD, 86_100),
        (40, 1, 100, said.NEAREST, 40),
        (90, 1, 100, said.DOWNWARD, 90),
        (5, 2, 1, said.UPWARD, 2),
        (0, 1, 100, said.UPWARD, 0),
    ],
)
def test_an_installment_is_rounded_to_its_multiple_once_and_never_to_nothing(
    amount: int, by: int, multiple: int, direction: int, expected: int
) -> None:
    assert to_multiple(amount, by, multiple, direction, said.HALF_EVEN) == expected


def test_the_equal_installment_is_exact_by_every_way() -> None:
    rate = Fraction(1, 100)
    exact = 1_000_000 * rate / (1 - (1 + rate) ** -3)
    assert Fraction(*level(1_000_000, [(1, 100), (2, 200), (3, 300)])) == exact
    assert Fraction(*level_over(1_000_000, [1, 1, 1], 100)) == exact
    assert Fraction(*level_alike(1_000_000, 3, 1, 100)) == exact
    assert Fraction(*level_alike(1_000_000, 3, 0, 100)) == Fraction(1_000_000, 3)


def test_the_equal_installment_repays_periods_that_differ() -> None:
    rates = [(31, 36_500), (28, 36_500), (31, 36_000)]
    asked = Fraction(*level(1_000_000, rates))
    left = Fraction(1_000_000)
    for over, under in rates:
        left += left * Fraction(over, under) - asked
    assert left == 0
