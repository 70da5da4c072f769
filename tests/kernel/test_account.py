"""kernel.account and kernel.columns."""

import subprocess
import sys

import pytest

from duecourse.kernel import account as accounts
from duecourse.kernel.account import Owed, Principal, opened
from duecourse.kernel.columns import AT, FIELDS, account_from, fields_of

LINE = opened(100, 10_000, 120)


def test_the_columns_of_an_account_are_its_numbers_from_left_to_right() -> None:
    account = account_from(range(len(FIELDS)))
    assert fields_of(account) == tuple(range(len(FIELDS)))
    assert account.principal.past_due == AT["past_due"]
    assert account.accrued.penalty_carry == AT["penalty_carry"]
    assert account.kept.paid_bearing == AT["paid_bearing"]
    assert account.nonaccrual == AT["nonaccrual"]
    assert account.beside.charged_off == AT["charged_off"] == len(FIELDS) - 1


@pytest.mark.parametrize(
    ("principal", "credit", "expected"),
    [((0, 0, 0, 0, 0), 0, 10_000), ((1, 20, 300, 4_000, 5_000), 0, 679), ((0, 0, 0, 0, 0), 50, 10_050),
     ((0, 0, 12_000, 0, 0), 0, -2_000)],
)  # fmt: skip
def test_what_may_still_be_bought(principal: tuple[int, ...], credit: int, expected: int) -> None:
    assert accounts.available(LINE._replace(principal=Principal(*principal), credit=credit)) == expected


def test_charges_are_owed_and_take_nothing_of_the_limit() -> None:
    account = LINE._replace(principal=Principal(0, 0, 0, 500, 0), owed=Owed(30, 20, 10, 5))
    assert accounts.owed_total(account) == 560
    assert accounts.available(account) == 9_500


def test_a_line_is_dormant_while_it_owes_and_is_owed_nothing() -> None:
    assert accounts.is_dormant(LINE)
    assert not accounts.is_dormant(LINE._replace(credit=1))
    assert not accounts.is_dormant(LINE._replace(owed=Owed(0, 1, 0, 1)))
    assert not accounts.is_dormant(LINE._replace(accrued=LINE.accrued._replace(interest=1)))
    assert accounts.is_dormant(LINE._replace(accrued=LINE.accrued._replace(interest_carry=1)))


def test_met_dues_make_room() -> None:
    dues = [90, 1, 0, 0, 0, 5, 100, 0, 0, 0, 0, 5, 110, 0, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0]
    assert accounts.drop_met(dues, 0, 3) == 2
    assert dues[:12] == [90, 1, 0, 0, 0, 5, 110, 0, 0, 2, 0, 5]


@pytest.mark.parametrize("name", ["plain", "columns", "evening"])
def test_the_plain_lane_loads_neither_numba_nor_numpy(name: str) -> None:
    told = f"import sys, duecourse.kernel.{name}; print({{'numba', 'numpy'}} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True).stdout == "set()\n"
