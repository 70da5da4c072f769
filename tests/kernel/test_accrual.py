"""kernel.accrual."""

import pytest

from duecourse.kernel import accrual
from duecourse.kernel.account import Account, Accrued, Beside, Kept, Owed, Principal, opened
from duecourse.kernel.days import day_number
from duecourse.kernel.terms import PLAIN_LINE, PURCHASE_DAY, WHOLE_STATEMENT


@pytest.mark.parametrize("year_days", [0, 360, 365])
@pytest.mark.parametrize("step", [1, 7, 30, 183])
def test_a_year_in_steps_gives_what_a_year_in_one_jump_gives(year_days: int, step: int) -> None:
    start = day_number(2023, 9, 1)
    once = accrual.interest(123_457, 181_818, start, start + 366, 0, year_days)
    total, carry = 0, 0
    for day in range(start, start + 366, step):
        grown = accrual.interest(123_457, 181_818, day, min(day + step, start + 366), carry, year_days)
        total, carry = total + grown.interest, grown.carry
    assert (total, carry) == once


@pytest.mark.parametrize(
    ("base", "rate_ppm", "start", "end", "year_days", "expected"),
    [
        # 10,000.00 at 18% for 30 days: 147.945 on 365, 150.00 on 360
        (1_000_000, 180_000, (2025, 6, 1), (2025, 7, 1), 365, 14_794),
        (1_000_000, 180_000, (2025, 6, 1), (2025, 7, 1), 360, 15_000),
        (1_000_000, 180_000, (2025, 6, 1), (2025, 7, 1), 0, 14_794),
        # in 2024: 147.54
        (1_000_000, 180_000, (2024, 6, 1), (2024, 7, 1), 0, 14_754),
        # one day in 2023 and one in 2024: 10,000.00 x 36.5% / 365 + 10,000.00 x 36.5% / 366 = 10.00 + 9.97
        (1_000_000, 365_000, (2023, 12, 30), (2024, 1, 1), 0, 1_997),
        (1_000_000, 365_000, (2023, 12, 31), (2024, 12, 31), 0, 365_000),
        (1_000_000, 365_000, (2023, 12, 31), (2024, 12, 31), 365, 366_000),
        (0, 365_000, (2023, 12, 31), (2024, 12, 31), 0, 0),
        (10**10, 10**6, (2023, 12, 31), (2024, 12, 31), 0, 10**10),
    ],
)
def test_interest_follows_the_year_basis(
    base: int, rate_ppm: int, start: tuple[int, ...], end: tuple[int, ...], year_days: int, expected: int
) -> None:
    grown = accrual.interest(base, rate_ppm, day_number(*start), day_number(*end), 0, year_days)
    assert grown.interest == expected
    assert 0 <= grown.carry < accrual.carry_units(year_days)


def owing(principal: Principal, **more: object) -> Account:
    return opened(100, 10**6, 120)._replace(principal=principal, **more)  # type: ignore[arg-type]


def test_what_is_past_due_bears_the_late_rate_and_nothing_else() -> None:
    account = owing(Principal(1, 20, 300, 4_000, 50_000))
    assert accrual.bases(account, [], 0, 0, PLAIN_LINE) == (4_020, 50_000)


def test_interest_bears_interest_only_where_the_terms_say_so() -> None:
    account = owing(Principal(0, 0, 0, 1_000, 200), owed=Owed(90, 7, 5, 0))
    dues = [90, 200, 30, 0, 0, 230, 110, 100, 60, 0, 0, 160]
    assert accrual.bases(account, dues, 0, 2, PLAIN_LINE) == (1_000, 200)
    assert accrual.bases(account, dues, 0, 2, PLAIN_LINE._replace(compound=1)) == (1_060, 230)


def test_amount_times_days_is_kept_for_interest_from_the_purchase_day() -> None:
    account = owing(Principal(500, 0, 300, 0, 0), kept=Kept(10, 20, 200, 0))
    agreed = PLAIN_LINE._replace(interest_from=PURCHASE_DAY)
    assert accrual.grow(account, [], 0, 0, agreed, 104).kept == (2_010, 1_220, 200, 0)
    whole = agreed._replace(interest_base=WHOLE_STATEMENT)
    assert accrual.grow(account, [], 0, 0, whole, 104).kept == (2_010, 2_020, 200, 0)
    assert accrual.grow(account, [], 0, 0, PLAIN_LINE, 104).kept == account.kept


def test_an_account_grows_to_its_own_day_unchanged() -> None:
    account = owing(Principal(0, 0, 0, 1_000, 0), accrued=Accrued(3, 5, 0, 0))
    assert accrual.grow(account, [], 0, 0, PLAIN_LINE, 100) is account


@pytest.mark.parametrize(
    ("day", "principal", "message"),
    [
        (99, Principal(0, 0, 0, 1, 0), "the day lies before the account's day"),
        (467, Principal(0, 0, 0, 1, 0), "more than 366 days since the account was touched"),
        (101, Principal(0, 0, 0, -1, 0), "the base of ordinary interest is below zero"),
        (101, Principal(0, 0, 0, 0, -1), "the base of late interest is below zero"),
        (101, Principal(0, 0, 0, 10**10, 1), "the base of interest is above AMOUNT_MAX"),
    ],
)
def test_what_cannot_be_is_refused(day: int, principal: Principal, message: str) -> None:
    with pytest.raises(AssertionError) as refused:
        accrual.grow(owing(principal), [], 0, 0, PLAIN_LINE, day)
    assert str(refused.value) == f"accrual: {message}"


def test_the_largest_base_over_the_longest_span_is_taken() -> None:
    agreed = PLAIN_LINE._replace(rate_ppm=10**6, late_rate_ppm=10**6)
    for principal in (Principal(0, 0, 0, 10**10, 0), Principal(0, 0, 0, 0, 10**10)):
        grown = accrual.grow(owing(principal), [], 0, 0, agreed, 466).accrued
        assert grown.interest + grown.penalty == 10**10 * 366 // 365


def test_a_single_unit_bears_and_what_nothing_bears_on_keeps_its_fraction() -> None:
    begun = Accrued(3, 7, 5, 9)
    both = accrual.grow(owing(Principal(0, 0, 0, 1, 1), accrued=begun), [], 0, 0, PLAIN_LINE, 101).accrued
    assert both == (3, 180_007, 5, 180_009)
    none = accrual.grow(owing(Principal(5, 0, 5, 0, 0), accrued=begun), [], 0, 0, PLAIN_LINE, 101).accrued
    assert none == begun


def test_time_moves_only_the_day_and_what_has_grown() -> None:
    before = Account(
        100, 120, 110, 9_999, Principal(1, 2, 3, 4, 5), Owed(6, 7, 8, 9), 10, Accrued(11, 12, 13, 14),
        Kept(15, 16, 17, 18), 19, 20, 1, Beside(21, 22, 23),
    )  # fmt: skip
    after = accrual.grow(before, [], 0, 0, PLAIN_LINE._replace(rate_ppm=0, late_rate_ppm=0), 101)
    assert after == before._replace(day=101)
    kept = accrual.grow(before, [], 0, 0, PLAIN_LINE._replace(rate_ppm=0, late_rate_ppm=0, interest_from=1), 103)
    assert kept == before._replace(day=103, kept=Kept(15 + 3, 16 + 9, 17, 18))


@pytest.mark.parametrize(
    ("year_days", "day", "expected"),
    [
        (365, (2024, 2, 29), 1),
        (360, (2023, 7, 1), 1),
        (0, (2023, 12, 31), 366),
        (0, (2024, 1, 1), 365),
        (0, (2024, 12, 31), 365),
        (0, (2025, 1, 1), 366),
    ],
)
def test_a_day_grows_by_its_part_of_a_carry(year_days: int, day: tuple[int, ...], expected: int) -> None:
    number = day_number(*day)
    assert accrual.parts_a_day(year_days, number) == expected
    a_day = accrual.interest(1, 1, number - 1, number, 0, year_days)
    assert a_day == (0, expected)


def test_carry_units_make_one_minor_unit() -> None:
    assert (accrual.carry_units(360), accrual.carry_units(365)) == (360_000_000, 365_000_000)
    assert accrual.carry_units(0) == 365 * 366 * 1_000_000
    for year_days in (0, 360, 365):
        units = accrual.carry_units(year_days)
        assert accrual.interest(0, 0, 1, 2, units - 1, year_days) == (0, units - 1)
        assert accrual.interest(0, 0, 1, 2, units, year_days) == (1, 0)
