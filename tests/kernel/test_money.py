"""kernel.money and the examples in the kernel's docstrings."""

import doctest
import importlib
from pathlib import Path

import pytest

from duecourse import kernel
from duecourse.kernel import money

MODULES = sorted(path.stem for path in Path(kernel.__file__).parent.glob("[a-z]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"duecourse.kernel.{name}")).failed == 0


@pytest.mark.parametrize(
    ("amount", "share_ppm", "expected"),
    [
        (0, 100_000, 0),
        (100, 100_000, 10),
        (101, 100_000, 11),
        (1, 1, 1),
        (10**10, 10**6, 10**10),
        (33_335, 0, 0),
        (999, 333_333, 333),
    ],
)
def test_a_share_is_rounded_up(amount: int, share_ppm: int, expected: int) -> None:
    assert money.share_up(amount, share_ppm) == expected


def test_the_largest_year_of_interest_fits_into_64_bits() -> None:
    assert money.AMOUNT_MAX * money.RATE_MAX_PPM * money.SPAN_MAX + money.PPM * 366 < 2**63
