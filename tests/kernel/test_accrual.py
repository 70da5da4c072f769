"""kernel.accrual."""

import pytest

from duecourse.kernel import accrual
from duecourse.kernel.account import Account, Accrued, Kept, Owed, Principal, opened
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
        (99, Principal(0, 0, 0, 1, 0), "before the account's day"),
        (467, Principal(0, 0, 0, 1, 0), "more than 366 days"),
        (101, Principal(0, 0, 0, -1, 0), "ordinary interest is below zero"),
        (101, Principal(0, 0, 0, 0, -1), "late interest is below zero"),
        (101, Principal(0, 0, 0, 10**10, 1), "above AMOUNT_MAX"),
    ],
)
def test_what_cannot_be_is_refused(day: int, principal: Principal, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        accrual.grow(owing(principal), [], 0, 0, PLAIN_LINE, day)
