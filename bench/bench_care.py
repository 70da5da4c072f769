"""The options of care for one person's account: how long the screen of a care officer waits.

A line with three months of purchases that missed two minimums, and a loan of 12 installments with two missed, in a book
of their own. What is measured is `care.offers.propose`, all that it computes and keeps, in turns with its yardstick of
the same run: looking once at the account as agreed (`servicing.outlook`), what a screen without options would show.
The household has 450.00 a month for both, which is less than either asks as agreed: each gets its part, and what is not
offered is counted by its reason.

    python bench/bench_care.py [--turns 15]
"""

import argparse
import statistics
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import scratch

FIRST, ON = date(2024, 1, 5), date(2024, 4, 15)


def book() -> tuple[int, int]:
    """A line and a loan of one borrower, two months past due."""
    from duecourse.book import close
    from duecourse.borrowers import reach
    from duecourse.servicing import accounts, loan_opening, loans, purchases

    reach.reside(borrower=1, place="CN", zone="Asia/Shanghai", language="zh", by="bench", reason="")
    line = accounts.open_line(number="L", borrower_id=1, product="line_demo", limit_minor=500_000, on=FIRST)
    loan = loan_opening.open_loan(
        number="C", borrower_id=1, product="loan_demo", approved_minor=600_000, on=FIRST, by="bench", installments=12
    )
    loans.draw(account=loan, amount_minor=600_000, on=FIRST, by="bench", key="drawn")
    for month in range(3):
        day = FIRST + timedelta(days=25 * month)
        close.through(day - timedelta(days=1))
        purchases.post(account=line, amount_minor=60_000, on=day, key=f"bought {month}")
    close.through(ON - timedelta(days=1))
    return line, loan


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--turns", type=int, default=15)
    turns = asked.parse_args().turns
    with scratch.database():
        import django

        django.setup()
        from duecourse.care import hardship, offers
        from duecourse.care.affordability import Household
        from duecourse.servicing import outlook
        from duecourse.web import wsgi  # noqa: F401  (as it is served)

        line, loan = book()
        home = Household(1, 1, 450_000, 400_000, 5_000)
        told = hardship.take(
            borrower=1, household=home, currency="CNY", cause="", on=ON, at=datetime.now(UTC), by="bench"
        ).id
        for name, account in (("line", line), ("loan", loan)):
            ours, bare, computed = [], [], 0
            for _ in range(turns):
                began = time.perf_counter()
                found = offers.propose(hardship=told, account=account, by="bench")
                ours.append(time.perf_counter() - began)
                computed = len(found.found.computed)
                began = time.perf_counter()
                outlook.look(account=account)
                bare.append(time.perf_counter() - began)
            took, plain = statistics.median(ours) * 1_000, statistics.median(bare) * 1_000
            left_out = dict(Counter(one.code for one in found.found.left_out))
            print(
                f"{name}: {computed} options in {took:.0f} ms, {len(found.offers)} offered "
                f"for {found.left_minor / 100:.2f} a month, left out: {left_out}; "
                f"{took / plain:.1f} times one look at the account as agreed ({plain:.1f} ms)"
            )


if __name__ == "__main__":
    main()
