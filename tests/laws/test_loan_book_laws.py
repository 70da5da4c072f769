"""What must always hold of a book of loans on the real database, over drawn acts that come late and are taken back."""

from datetime import date, timedelta
from random import Random
from typing import Any

import books as b
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_book_laws import accrual_is_exact, book_is_right
from test_explain_laws import rows_of, says_the_book

from duecourse.kernel import loan_terms as t

HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
FIRST = date(2024, 1, 10)
TERMS: list[dict[str, Any]] = [
    {"installments": 4, "rate_ppm": 120_000},
    {"installments": 6, "rate_ppm": 240_000, "form": t.EQUAL_PRINCIPAL, "early": t.SHORTER_TERM},
    {"installments": 8, "unit": t.WEEKS, "every": 2, "rate_ppm": 90_000, "recalculation": t.NO_RECALCULATION},
    {"installments": 3, "rate_ppm": 0, "excess": (t.LAST, t.RE_AMORTISED, t.LAST, t.NEXT)},
    {"installments": 5, "form": t.INTEREST_FIRST, "day_count": t.THIRTY_360, "interest_by": t.BY_PERIODS},
    {"installments": 4, "unit": t.HALF_MONTHS, "late_rate_ppm": 365_000, "nonaccrual_days": 8},
    {
        "installments": 3, "day_count": t.ACTUAL_360, "late_rate_ppm": 240_000, "late_grace_days": 4,
        "charge_off": t.ACCELERATED, "nonaccrual_days": 20, "recalculation": t.NO_RECALCULATION,
    },
    {
        "installments": 5, "unit": t.WEEKS, "every": 2, "late_rate_ppm": 200_000, "late_grace_days": 2,
        "late_from": t.END_OF_GRACE, "excess": (t.CREDIT,) * 4, "charge_off": t.ACCELERATED_NO_MORE,
        "day_count": t.ACTUAL_ACTUAL,
    },
    {"installments": 4, "order": (4, 3, 2, 1, 14, 13, 12, 11), "charge_off": t.NO_MORE_INTEREST, "nonaccrual_days": 5},
]  # fmt: skip
ENDS: dict[str, tuple[dict[str, int], ...]] = {
    "charge_off": ({},),
    "terminate": ({},),
    "write_off": ({}, {"amount": 5_000}, {"amount": 90_000}),
    "recovery": ({"amount": 700}, {"amount": 50_000}),
}
SPARED = ("waiver", "late_pause", "goodwill")


def opened(name: str) -> list[int]:
    """A loan of each of the terms; their ids."""
    from duecourse.servicing import loan_opening

    told: dict[str, Any] = {"product": "loan_demo", "approved_minor": 400_000, "on": FIRST, "by": "test"}
    return [
        loan_opening.open_loan(number=f"{name}{i}", borrower_id=i + 1, **told, **terms) for i, terms in enumerate(TERMS)
    ]


def drawn(account: int, key: str) -> None:
    """Draw on a loan on its first day."""
    from duecourse.servicing import loans

    loans.draw(account=account, amount_minor=300_000, on=FIRST, by="test", key=key)


def charged(account: int, amount: int, on: date, key: str) -> None:
    """Charge a fee to a loan."""
    from duecourse.servicing import loans

    told = {"component": 3, "amount": amount, "until": b_number(on)}
    loans.act(account=account, kind="charge", on=on, by="test", reason="fee", key=key, **told)


class Loans:
    """Loans of several terms, and a seed from which their acts are drawn."""

    def __init__(self, name: str, seed: int) -> None:
        self.name, self.chance = name, Random(seed)
        self.ids = opened(name)
        self.done = 0
        self.payments: list[tuple[int, int]] = []

    def do(self, day: date) -> None:
        """The acts of a day: on each loan something may happen, some of it late."""
        from duecourse.servicing import payments
        from duecourse.servicing.tables import Act

        for i, account in enumerate(self.ids):
            self.done += 1
            key = f"{self.name}:{self.done}"
            if day == FIRST:
                drawn(account, key)
                continue
            if self.chance.random() > 0.2:
                continue
            back = self.chance.randrange((day - FIRST).days) if self.chance.random() < 0.3 else 0
            on = day - timedelta(days=back)
            kind = self.chance.choice(
                (
                    "pay",
                    "pay",
                    "pay",
                    "fee",
                    "rate",
                    "undo",
                    "back",
                    "end",
                    "undo act",
                    "undo act",
                    "waive",
                    "waive",
                    "pause",
                    "give",
                )
            )
            if kind == "pay":
                amount = self.chance.choice((1, 2_000, 40_000, 90_000))
                receipt = payments.receive(account=account, amount_minor=amount, received_on=on, key=key)
                self.payments.append((i, receipt.entry_id))
            elif kind == "fee":
                charged(account, self.chance.randrange(1, 900), on, key)
            elif kind == "rate" and TERMS[i].get("rate_ppm", 1):
                rate = self.chance.choice((60_000, 200_000))
                self.may(account, "rate_change", day, key, rate_ppm=rate)
            elif kind == "waive":
                some = self.chance.choice(({}, {"amount": self.chance.randrange(1, 300)}))
                self.may(account, "waiver", on, key, component=self.chance.choice((2, 4)), **some)
            elif kind == "give":
                self.may(account, "goodwill", on, key, amount=self.chance.choice((1, 3_000, 50_000)))
            elif kind == "pause":
                some = self.chance.choice(({}, {"until": b_number(on) + 9}))
                self.may(account, "late_pause", on, key, **some)
            elif kind == "end":
                ending = self.chance.choice(tuple(ENDS))
                self.may(account, ending, on, key, **self.chance.choice(ENDS[ending]))
            elif kind in ("back", "undo act"):
                acts = Act.objects.filter(account_id=account, undoes=None, effective_day__lte=on).exclude(kind="opened")
                kinds = ("payment",) if kind == "back" else (*ENDS, *SPARED, "charge", "rate_change", "chargeback")
                found = list(acts.filter(kind__in=kinds).order_by("id").values_list("id", flat=True))
                if found and kind == "back":
                    self.may(account, "chargeback", on, key, of=self.chance.choice(found), amount=900)
                elif found:
                    self.may(account, "undo", on, key, of=self.chance.choice(found))
            elif kind == "undo":
                mine = [entry for of, entry in self.payments if of == i]
                if mine:
                    entry = self.chance.choice(mine)
                    self.payments.remove((i, entry))
                    assert Act.objects.filter(account_id=account, entry_id=entry).exists()
                    payments.reverse(account=account, entry=entry, reason="bounced", by="test", key=key)

    def may(self, account: int, kind: str, on: date, key: str, **body: int) -> None:
        """Do an act; where it is refused, nothing has moved."""
        from duecourse.ledger.journal import Refused
        from duecourse.ledger.tables import Entry
        from duecourse.servicing import loans

        before = (kept([account]), Entry.objects.count())
        try:
            loans.act(account=account, kind=kind, on=on, by="test", reason="drawn", key=key, **body)
        except Refused:
            assert (kept([account]), Entry.objects.count()) == before


def entries_are_those_of_the_acts(account: int) -> None:
    """The entries in force are, one by one, those that the loan's acts make from its beginning."""
    from django.db import connection

    from duecourse.servicing import loan_life, loans, past_events

    with connection.cursor() as cursor:
        in_force = [one.line._replace(place=None) for one in past_events.in_force(cursor, account)]
    stale, missing = loan_life.difference(in_force, loans.held(account=account).lines)
    assert (stale, missing) == ([], [])


def b_number(on: date) -> int:
    from duecourse.rules.read import day_number

    return day_number(on)


def rows(ids: list[int], closed: date) -> list[Any]:
    """Each loan's row and open dues at the close of a day, computed from its acts alone."""
    from duecourse.kernel.loan_row import row_of
    from duecourse.servicing import loans

    day = b_number(closed)
    return [row_of(loans.held(account=account).loan, day, day) for account in ids]


def kept(ids: list[int]) -> list[Any]:
    """What the rows in the database say of money and dues."""
    from duecourse.ledger.tables import Balance

    names = ("revolving", "past_due", "interest", "fee", "penalty", "credit", "suspended", "charged_off", "nonaccrual")
    found = {row.account_id: row for row in Balance.objects.filter(account_id__in=ids)}
    return [tuple(getattr(found[account], name) for name in names) for account in ids]


def of_row(row: Any) -> tuple[int, ...]:
    account, _ = row
    principal, owed = account.principal, account.owed
    stands = (account.suspended, account.beside.charged_off, account.nonaccrual)
    return (principal.revolving, principal.past_due, owed.interest, owed.fee, owed.penalty, account.credit, *stands)


@pytest.mark.slow
@settings(max_examples=1, deadline=None, derandomize=True, suppress_health_check=HEALTH)
@given(seed=st.integers(0, 2**32))
def test_loans_closed_day_by_day_and_caught_up_end_alike_and_the_books_are_right(db: str, seed: int) -> None:
    from duecourse.book import close

    b.empty()
    loans = Loans("daily", seed)
    last = FIRST + timedelta(days=75)
    day = FIRST
    while day <= last:
        loans.do(day)
        close.through(day)
        accrual_is_exact(day)
        day += timedelta(days=1)
    daily = rows(loans.ids, last)
    assert kept(loans.ids) == [of_row(row) for row in daily]
    told = rows_of(last)
    for i, account in enumerate(loans.ids):
        entries_are_those_of_the_acts(account)
        says_the_book(f"daily{i}", told.loc[account], last)
    book_is_right()


@pytest.mark.slow
def test_a_quiet_month_closed_in_one_go_is_what_its_days_make_of_it(db: str) -> None:
    from duecourse.book import close

    ends = []
    for step in (1, 40):
        b.empty()
        loans = Loans("q", 7)
        loans.do(FIRST)
        for offset in range(0, 81, step):
            close.through(FIRST + timedelta(days=offset))
        close.through(FIRST + timedelta(days=80))
        ends.append((kept(loans.ids), rows(loans.ids, FIRST + timedelta(days=80))))
        book_is_right()
    assert ends[0] == ends[1]
