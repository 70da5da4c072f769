"""One loan of 700 days and 2,000 events lived again after a payment is backdated to its first month.

The yardstick of the same run is what a good engineer would write instead: every day of the loan gone through with
Decimal, its interest accrued and its payments taken, without schedules, components or allocation. The anchor of the
field is 350 s for one such loan (frappe/lending #1384).
"""

import argparse
from decimal import Decimal
from random import Random
from statistics import median
from time import process_time

from duecourse.kernel import loan
from duecourse.kernel.days import day_number
from duecourse.kernel.loan_events import CHARGE, DRAW, PAYMENT, Event
from duecourse.kernel.loan_terms import AT_DUE_DAYS, DAILY, NO_RECALCULATION, PLAIN_LOAN, LoanTerms
from duecourse.kernel.terms import FEE

START = day_number(2024, 1, 1)
DAYS, EVENTS = 700, 2_000
PRINCIPAL = 50_000_000
KINDS = {
    "interest as scheduled": {"recalculation": NO_RECALCULATION},
    "recalculated at due days": {"recalculation": AT_DUE_DAYS},
    "recalculated daily": {"recalculation": DAILY},
    "zero rate": {"rate_ppm": 0},
}


def events() -> list[Event]:
    """A draw, then payments and small fees over all days in order of day."""
    chance = Random(1)
    days = sorted(chance.randrange(1, DAYS) for _ in range(EVENTS - 1))
    told = [Event(1, DRAW, START, START, PRINCIPAL)]
    for seq, day in enumerate(days, 2):
        on = START + day
        if chance.random() < 0.1:
            told.append(Event(seq, CHARGE, on, on, chance.randrange(100, 500), component=FEE, until=on))
        else:
            told.append(Event(seq, PAYMENT, on, on, chance.randrange(5_000, 40_000)))
    return told


def day_by_day(told: list[Event], rate: Decimal) -> Decimal:
    """What is owed at the end, each day gone through."""
    by_day: dict[int, list[Event]] = {}
    for event in told:
        by_day.setdefault(event.day, []).append(event)
    principal, interest = Decimal(0), Decimal(0)
    for day in range(START, START + DAYS + 1):
        for event in by_day.get(day, ()):
            if event.kind == DRAW:
                principal += event.amount
            elif event.kind == CHARGE:
                interest += event.amount
            else:
                of_interest = min(Decimal(event.amount), interest)
                interest -= of_interest
                principal -= event.amount - of_interest
        interest += principal * rate / 365
    return principal + interest


def timed(work: object, repeats: int) -> float:
    """The median of some runs, in seconds of this process's CPU."""
    took = []
    for _ in range(repeats):
        begun = process_time()
        work()  # type: ignore[operator]
        took.append(process_time() - begun)
    return median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    told = events()
    backdated = Event(EVENTS + 1, PAYMENT, START + 20, START + DAYS, 1_000_000)
    slow = timed(lambda: day_by_day([*told, backdated], Decimal("0.12")), given.repeats)
    print(f"one loan, {DAYS} days, {EVENTS:,} events, lived again after a payment backdated to its first month")
    print(f"{'day by day with Decimal, the yardstick':<42}{slow:8.3f} s")
    for name, changed in KINDS.items():
        terms: LoanTerms = PLAIN_LOAN._replace(installments=24, **changed)
        took = timed(lambda terms=terms: loan.replay(terms, [*told, backdated]), given.repeats)  # type: ignore[misc]
        print(f"{name:<42}{took:8.3f} s   {took / slow:6.1f} times the yardstick")


if __name__ == "__main__":
    main()
