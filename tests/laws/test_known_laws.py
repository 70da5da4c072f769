"""A past day, as known on a later one, is the day of a book to which everything known by then had come in time."""

from datetime import date
from random import Random
from typing import Any, NamedTuple

import books as b
import pytest
from books import Keeper, Plan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_book_laws import book_is_right
from test_loan_book_laws import TERMS, charged, drawn, opened

HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
few = settings(max_examples=1, deadline=None, derandomize=True, suppress_health_check=HEALTH)
PRINCIPALS = ("unbilled", "bearing", "window", "revolving", "past_due")
COMPARED = (*PRINCIPALS, "interest", "fee", "penalty", "credit", "limit_minor", "suspended", "nonaccrual", "dues",
            "days_past_due", "bucket", "stage", "risk_class", "past_due_minor", "missed")  # fmt: skip
OF_LINES = ("interest_to_date", "penalty_to_date")
"""What a line accrues is exact to the day; a loan's is spread evenly from wherever it was looked at last."""


def rows(ids: list[int], day: date, known_on: date, names: tuple[str, ...]) -> list[Any]:
    """What a sealed day says of accounts, as known on another."""
    from duecourse.book import read

    found = read.day(day, known_on=known_on).to_pyarrow().select(["account_id", *names]).to_pylist()
    told = {row.pop("account_id"): row for row in found}
    return [told[account] for account in ids]


DAYS, KNOWN = 36, (20, 35)
"""How long a book is lived, and on which of its days it is asked what was known."""
EVERY = 5
"""Of how many days one is asked about."""


def asked(known_on: int) -> list[int]:
    """The days that are asked about, as known on one: the last of them is that day itself."""
    return list(range(known_on % EVERY, known_on + 1, EVERY))


@pytest.mark.slow
@few
@given(plan=b.plans(accounts=8, days=DAYS))
def test_lines_are_known_as_if_all_known_by_then_had_come_in_time(db: str, plan: Plan) -> None:
    from duecourse.book import close

    b.empty()
    keeper = Keeper(plan, "late")
    for offset in range(plan.days):
        keeper.do(offset)
        close.through(b.day_of(offset))
    names = COMPARED + OF_LINES
    known = {(d, k): rows(keeper.ids, b.day_of(d), b.day_of(k), names) for k in KNOWN for d in asked(k)}
    sealed = {d: rows(keeper.ids, b.day_of(d), b.day_of(d), names) for d in asked(KNOWN[-1])}
    assert any(known[d, KNOWN[-1]] != sealed[d] for d in sealed), "nothing was corrected: the plan shows nothing"
    book_is_right()
    for k in KNOWN:
        b.empty()
        told = plan._replace(acts=tuple(act for act in plan.acts if act.booked <= k))
        fresh = Keeper(b.in_right_order(told), "right")
        for offset in range(k + 1):
            fresh.do(offset)
            close.through(b.day_of(offset))
            if offset in asked(k):
                right = rows(fresh.ids, b.day_of(offset), b.day_of(offset), names)
                assert known[offset, k] == right, f"day {offset} as known on {k}"


class LoanAct(NamedTuple):
    """An act booked `booked` days after the first, effective `back` days earlier, on the loan `who`.

    Of an undo, `amount` chooses among the payments made before.
    """

    booked: int
    who: int
    kind: str
    amount: int
    back: int

    @property
    def effective(self) -> int:
        return self.booked - self.back


@st.composite
def loan_plans(draw: st.DrawFn, days: int = DAYS) -> tuple[LoanAct, ...]:
    """Payments, fees and undone payments on loans, many of them late."""
    chance = Random(draw(st.integers(0, 2**32)))
    acts = []
    for booked in range(1, days):
        for who in range(len(TERMS)):
            if chance.random() < 0.15:
                kind = chance.choice(("pay", "pay", "pay", "fee", "undo"))
                back = chance.randrange(booked) if chance.random() < 0.4 and kind != "undo" else 0
                amount = chance.choice((2_000, 40_000, 90_000)) if kind == "pay" else chance.randrange(1, 900)
                acts.append(LoanAct(booked, who, kind, amount, back))
    return tuple(acts)


def in_time(acts: tuple[LoanAct, ...]) -> tuple[LoanAct, ...]:
    """The same acts on their effective days, without those that are undone."""
    standing: list[LoanAct] = []
    for act in acts:
        if act.kind != "undo":
            standing.append(act)
            continue
        paid = [i for i, one in enumerate(standing) if one.kind == "pay" and one.who == act.who]
        if paid:
            del standing[paid[act.amount % len(paid)]]
    return tuple(act._replace(booked=act.effective, back=0) for act in sorted(standing, key=lambda act: act.effective))


class LoansInTheMaking:
    """Loans of several terms in the making, and which payments stand on each."""

    def __init__(self, acts: tuple[LoanAct, ...], name: str) -> None:
        self.acts, self.name = acts, name
        self.paid: list[tuple[int, int]] = []
        self.ids = opened(name)
        for account in self.ids:
            drawn(account, f"{name}:draw:{account}")

    def do(self, offset: int) -> None:
        """Everything that is booked on a day."""
        from duecourse.servicing import payments

        for i, act in enumerate(self.acts):
            if act.booked != offset:
                continue
            account, on, key = self.ids[act.who], b.day_of(act.effective), f"{self.name}:{i}"
            if act.kind == "pay":
                paid = payments.receive(account=account, amount_minor=act.amount, received_on=on, key=key)
                self.paid.append((act.who, paid.entry_id))
            elif act.kind == "fee":
                charged(account, act.amount, on, key)
            else:
                mine = [i for i, (who, _) in enumerate(self.paid) if who == act.who]
                if mine:
                    _, entry = self.paid.pop(mine[act.amount % len(mine)])
                    payments.reverse(account=account, entry=entry, reason="bounced", by="test", key=key)


@pytest.mark.slow
@few
@given(acts=loan_plans())
def test_loans_are_known_as_if_all_known_by_then_had_come_in_time(db: str, acts: tuple[LoanAct, ...]) -> None:
    from duecourse.book import close

    b.empty()
    keeper = LoansInTheMaking(acts, "late")
    for offset in range(DAYS):
        keeper.do(offset)
        close.through(b.day_of(offset))
    known = {(d, k): rows(keeper.ids, b.day_of(d), b.day_of(k), COMPARED) for k in KNOWN for d in asked(k)}
    sealed = {d: rows(keeper.ids, b.day_of(d), b.day_of(d), COMPARED) for d in asked(KNOWN[-1])}
    assert any(known[d, KNOWN[-1]] != sealed[d] for d in sealed), "nothing was corrected: the plan shows nothing"
    book_is_right()
    for k in KNOWN:
        b.empty()
        fresh = LoansInTheMaking(in_time(tuple(act for act in acts if act.booked <= k)), "right")
        for offset in range(k + 1):
            fresh.do(offset)
            close.through(b.day_of(offset))
            if offset in asked(k):
                right = rows(fresh.ids, b.day_of(offset), b.day_of(offset), COMPARED)
                assert known[offset, k] == right, f"day {offset} as known on {k}"
