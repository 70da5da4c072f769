"""Schedules of 12 installments a second, against two packages of PyPI in the same run.

The yardsticks: `amortization` (floats, no dates) and `loankit` (decimals, no dates). Ours have due days and interest by
days, exact to the minor unit. One at a time, each loan has its own day, rate and principal; as a column, loans of one
product and day share what does not depend on the principal. The order of the contestants changes from round to round;
figures are medians of the rounds.

    python bench/bench_schedules.py [--loans 5000] [--rounds 7]
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from amortization.schedule import amortization_schedule
from loan import STRATEGIES, LoanRequest

from duecourse.kernel.days import day_number
from duecourse.kernel.loan_terms import BY_PERIODS, PLAIN_LOAN, THIRTY_360, LoanTerms
from duecourse.kernel.schedule import column, installments, plan

START = day_number(2026, 1, 15)
SEED = 7

PERIODS = PLAIN_LOAN._replace(day_count=THIRTY_360, interest_by=BY_PERIODS)


class Loan(NamedTuple):
    """One loan as each contestant is given it: nothing is converted while the clock runs."""

    principal: int
    start: int
    by_days: LoanTerms
    by_periods: LoanTerms
    amount: float
    rate: float
    request: LoanRequest


def drawn(count: int) -> list[Loan]:
    """Loans of their own principal, rate and day."""
    chance = random.Random(SEED)
    found = []
    for _ in range(count):
        principal, rate = chance.randrange(50_000, 5_000_000), chance.randrange(30_000, 360_000, 100)
        request = LoanRequest(Decimal(principal) / 100, Decimal(rate) / 10_000, 12, "equal-installment")
        by_days, by_periods = PLAIN_LOAN._replace(rate_ppm=rate), PERIODS._replace(rate_ppm=rate)
        day = START + chance.randrange(365)
        found.append(Loan(principal, day, by_days, by_periods, principal / 100, rate / 1_000_000, request))
    return found


def by_amortization(loans: list[Loan]) -> None:
    for loan in loans:
        list(amortization_schedule(loan.amount, loan.rate, 12))


def by_loankit(loans: list[Loan]) -> None:
    generate = STRATEGIES["equal-installment"]().generate
    for loan in loans:
        generate(loan.request)


def one_by_one(loans: list[Loan]) -> None:
    for loan in loans:
        installments(loan.by_days, loan.principal, loan.start)


def by_periods(loans: list[Loan]) -> None:
    for loan in loans:
        installments(loan.by_periods, loan.principal, loan.start)


def as_column(loans: list[Loan]) -> None:
    column(PLAIN_LOAN, [loan.principal for loan in loans], START)


def explained(loans: list[Loan]) -> None:
    for loan in loans[: len(loans) // 10]:
        plan(loan.by_days, [(loan.start, loan.principal)])


CONTESTANTS: dict[str, tuple[Callable[[list[Loan]], None], float]] = {
    "amortization (float)": (by_amortization, 1),
    "loankit (decimal)": (by_loankit, 1),
    "ours, one at a time, by days": (one_by_one, 1),
    "ours, one at a time, 30/360": (by_periods, 1),
    "ours, a column of one product": (as_column, 1),
    "ours, with every segment (plan)": (explained, 0.1),
}


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--loans", type=int, default=5_000)
    told.add_argument("--rounds", type=int, default=7)
    asked = told.parse_args()
    loans = drawn(asked.loans)
    took: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for place in range(asked.rounds):
        names = list(CONTESTANTS)
        for name in names[place % len(names) :] + names[: place % len(names)]:
            run, part = CONTESTANTS[name]
            began = time.process_time()
            run(loans)
            took[name].append((time.process_time() - began) / (len(loans) * part))
    seconds = {name: statistics.median(times) for name, times in took.items()}
    float_yardstick, decimal_yardstick = seconds["amortization (float)"], seconds["loankit (decimal)"]
    print(f"schedules of 12 installments, {asked.loans} loans, {asked.rounds} rounds, median, processor time")
    for name, each in seconds.items():
        print(
            f"  {name:34} {1 / each:>10,.0f}/s   {float_yardstick / each:5.2f} x amortization"
            f"   {decimal_yardstick / each:5.2f} x loankit"
        )


if __name__ == "__main__":
    main()
