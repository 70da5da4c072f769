"""Reading one account's page on its first day and after 700 days: the older one may cost at most 1.5 times the younger.

A line with two years of purchases, statements, payments and late events, and a loan of 24 installments with part
payments, stand beside accounts opened on the open day, in a book of lines in mid-life. What is measured is
`servicing.read.account`, one account after the other in turns, warm; the yardstick, in the same turns, is a bare SELECT
of the balance row by its primary key. Figures are medians of all turns.

    python bench/bench_page.py [--accounts 20000] [--turns 400]
"""

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta

import scratch

BOOK = date(2026, 8, 20)
BEGAN = date(2024, 9, 20)
OLD_LINE, NEW_LINE, OLD_LOAN, NEW_LOAN = "old line", "new line", "old loan", "new loan"


def a_line_with_a_past(today: date) -> None:
    """A purchase every third day, a payment each month, every fifth one late."""
    from duecourse.kernel.posting import PAYMENT, PURCHASE
    from duecourse.rules.read import day_number
    from duecourse.servicing import accounts, agreed, past, replay

    terms_id = agreed.freeze(product="line_demo", agreed=agreed.in_force(product="line_demo", day=BEGAN))
    events = []
    for at in range(1, (today - BEGAN).days):
        day = BEGAN + timedelta(at)
        if at % 3 == 1:
            events.append(replay.Event(PURCHASE, day_number(day), 3_000 + at, None))
        if day.day == (28 if day.month % 5 == 0 else 15):
            events.append(replay.Event(PAYMENT, day_number(day), 25_000, None))
    one = past.WithPast(accounts.New(OLD_LINE, 1, 10**7), events)
    past.open_many(
        product="line_demo", terms_id=terms_id, on=BEGAN, accounts_with_past=[one], by="bench", reason="a past"
    )


def a_loan_with_a_past() -> None:
    """Drawn at once; each installment paid in two parts, some of them late."""
    from duecourse.servicing import agreed, loan_opening
    from duecourse.servicing.loan_opening import NewLoan, Past

    terms = agreed.loan_in_force(product="loan_demo", day=BEGAN)._replace(installments=24)
    terms_id = agreed.freeze(product="loan_demo", agreed=terms)
    acts = [Past("draw", BEGAN, {"amount": 2_400_000})]
    for month in range(1, 23):
        due = BEGAN + timedelta(30 * month)
        acts += [Past("payment", due - timedelta(3), {"amount": 60_000})]
        acts += [Past("payment", due + timedelta(9 if month % 4 == 0 else 0), {"amount": 57_000})]
    loan_opening.open_loans(
        product="loan_demo",
        terms_ids=[terms_id],
        on=BEGAN,
        new=[NewLoan(OLD_LOAN, 2, 2_400_000)],
        by="bench",
        past=[acts],
    )


def accounts_of_today(today: date) -> None:
    """A line with its first purchase, a loan just drawn."""
    from duecourse.servicing import accounts, loan_opening, loans, purchases

    line = accounts.open_line(number=NEW_LINE, borrower_id=3, product="line_demo", limit_minor=10**7, on=today)
    purchases.authorise(account=line, amount_minor=3_000, on=today, key="first")
    loan = loan_opening.open_loan(
        number=NEW_LOAN, borrower_id=4, product="loan_demo", approved_minor=10**7, on=today, by="bench", installments=24
    )
    loans.draw(account=loan, amount_minor=2_400_000, on=today, by="bench", key="draw")


def measured(turns: int) -> dict[str, float]:
    """Microseconds of each page and of the yardstick: medians."""
    from django.db import connection

    from duecourse.servicing import read
    from duecourse.servicing.tables import Account

    ids = dict(Account.objects.filter(number__in=[OLD_LINE, NEW_LINE, OLD_LOAN, NEW_LOAN]).values_list("number", "id"))

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM ledger_balance WHERE account_id = %s", [ids[OLD_LINE]])
            cursor.fetchone()

    def page(number: str) -> Callable[[], None]:
        return lambda: (read.account(number=number), None)[1]

    works = {"bare": bare, **{number: page(number) for number in ids}}
    took: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(turns + 50):
        for name, work in works.items():
            begun = time.perf_counter()
            work()
            if turn >= 50:
                took[name].append((time.perf_counter() - begun) * 1e6)
    return {name: statistics.median(found) for name, found in took.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=400)
    asked = parser.parse_args()
    with scratch.database():
        import django

        django.setup()
        from django.db import connections

        from duecourse.ledger.tables import Entry
        from duecourse.servicing.tables import Account
        from duecourse.simulator import load

        load.book_for_load(asked.accounts, on=BOOK)
        today = BOOK + timedelta(1)
        a_line_with_a_past(today)
        a_loan_with_a_past()
        accounts_of_today(today)
        with connections["owner"].cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        for number in (OLD_LINE, OLD_LOAN):
            count = Entry.objects.filter(account_id=Account.objects.get(number=number).id).count()
            print(f"{number}: {(today - BEGAN).days} days, {count} entries")
        found = measured(asked.turns)
        for kind, old, new in (("line", OLD_LINE, NEW_LINE), ("loan", OLD_LOAN, NEW_LOAN)):
            print(
                f"{kind}: day 1 {found[new]:,.0f} us, day {(today - BEGAN).days} {found[old]:,.0f} us, "
                f"ratio {found[old] / found[new]:.2f} (aim 1.50); bare SELECT {found['bare']:,.0f} us"
            )


if __name__ == "__main__":
    main()
