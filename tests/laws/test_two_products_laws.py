"""Laws of a book that holds lines and loans: late is as in time, days closed at once are as closed one by one."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Any, NamedTuple

import books as b
import pytest
from drawn import seen
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from test_book_laws import accrual_is_exact, book_is_right, charged, statements

from duecourse.kernel import loan_terms as t

DRAWN = 300_000
TERMS: tuple[dict[str, Any], ...] = (
    {"installments": 4, "rate_ppm": 120_000},
    {"installments": 6, "rate_ppm": 240_000, "form": t.EQUAL_PRINCIPAL, "early": t.SHORTER_TERM},
    {"installments": 8, "unit": t.WEEKS, "every": 2, "rate_ppm": 90_000, "recalculation": t.NO_RECALCULATION},
    {"installments": 5, "unit": t.WEEKS, "every": 2, "rate_ppm": 365_000, "early": t.SHORTER_TERM},
    {"installments": 3, "form": t.INTEREST_FIRST, "day_count": t.THIRTY_360, "interest_by": t.BY_PERIODS},
)


class LoanAct(NamedTuple):
    """A payment, or a fee (below 0) on the loan `who`, booked `booked` days after the first and `back` days late; or,
    with `undoes`, the payment that act was is taken back."""

    booked: int
    who: int
    amount: int
    back: int
    undoes: int = -1


def loan_acts(seed: int, days: int, late: bool, loans: int = len(TERMS)) -> list[LoanAct]:
    """Acts on every loan, drawn from a seed."""
    chance = Random(seed)
    found: list[LoanAct] = []
    for booked in range(1, days):
        for who in range(loans):
            if chance.random() > 0.16:
                continue
            mine = [at for at, one in enumerate(found) if one.who == who and one.amount > 0 and one.undoes < 0]
            open_ones = [at for at in mine if all(one.undoes != at for one in found)]
            if late and open_ones and chance.random() < 0.2:
                found.append(LoanAct(booked, who, 0, 0, chance.choice(open_ones)))
                continue
            amount = chance.choice((1, 2_000, 40_000, 90_000, -300))
            back = chance.randrange(booked) if late and chance.random() < 0.4 else 0
            found.append(LoanAct(booked, who, amount, back))
    seen("loan", len(found) + loans, sum(one.back > 0 or one.undoes >= 0 for one in found))
    return found


def in_right_order(acts: Sequence[LoanAct]) -> list[LoanAct]:
    """The same acts had each come on its day, and had what was taken back never been."""
    gone = {one.undoes for one in acts}
    standing = [one for at, one in enumerate(acts) if one.undoes < 0 and at not in gone]
    ordered = sorted(standing, key=lambda one: one.booked - one.back)
    return [one._replace(booked=one.booked - one.back, back=0) for one in ordered]


class LoanKeeper:
    """The loans of a book in the making."""

    def __init__(
        self,
        acts: Sequence[LoanAct],
        name: str,
        shards: Sequence[int] = (0,),
        of: Sequence[dict[str, Any]] = TERMS,
    ) -> None:
        from duecourse.servicing import loan_opening, loans

        self.acts, self.name = acts, name
        self.ids = []
        self.entries: dict[int, int] = {}
        for i, terms in enumerate(of):
            if len(set(shards)) > 1:
                b.next_ids_from(shards[i % len(shards)] * 50_000 + 101 + i)
            told = {"number": f"{name} loan {i}", "borrower_id": i + 1, "product": "loan_demo", "by": "test", **terms}
            self.ids.append(loan_opening.open_loan(approved_minor=400_000, on=b.FIRST, **told))
            loans.draw(account=self.ids[i], amount_minor=DRAWN, on=b.FIRST, by="test", key=f"{name} draw {i}")

    def do(self, offset: int) -> None:
        """Everything that is booked on a day."""
        from duecourse.rules.read import day_number
        from duecourse.servicing import loans, payments

        for at, act in enumerate(self.acts):
            if act.booked != offset:
                continue
            account, on = self.ids[act.who], b.day_of(act.booked - act.back)
            told: dict[str, Any] = {"account": account, "key": f"{self.name} loan {at}"}
            if act.undoes >= 0:
                payments.reverse(**told, entry=self.entries[act.undoes], reason="bounced", by="test")
            elif act.amount > 0:
                paid = payments.receive(**told, amount_minor=act.amount, received_on=on)
                self.entries[at] = paid.entry_id
            else:
                body = {"component": 3, "amount": -act.amount, "until": day_number(on)}
                loans.act(**told, kind="charge", on=on, by="test", reason="fee", **body)


def loan_state(account: int, day: date) -> Any:
    """What a loan is at the close of a day: its row, computed by the close or from its acts alone, and its entries."""
    from duecourse.kernel.loan_row import installments_of, row_of
    from duecourse.ledger.tables import Balance
    from duecourse.rules.read import day_number
    from duecourse.servicing import loans

    names = ("revolving", "past_due", "interest", "fee", "penalty", "credit")
    row = Balance.objects.get(account_id=account)
    lived = loans.held(account=account).loan
    computed, dues = row_of(lived, day_number(day), day_number(day))
    kept = tuple(getattr(row, name) for name in names)
    principal, owed = computed.principal, computed.owed
    assert kept == (principal.revolving, principal.past_due, owed.interest, owed.fee, owed.penalty, computed.credit)
    return kept, dues, installments_of(lived), charged(account)


@pytest.mark.slow
@examples(1, derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_loans_whose_acts_came_late_or_were_taken_back_are_as_if_in_time_and_never(db: str, seed: int) -> None:
    from duecourse.book import close

    b.empty()
    days = 75
    acts = loan_acts(seed, days, late=True)
    late, right = LoanKeeper(acts, "late"), LoanKeeper(in_right_order(acts), "right")
    for offset in range(days):
        late.do(offset)
        right.do(offset)
        close.through(b.day_of(offset))
        accrual_is_exact(b.day_of(offset))
    last = b.day_of(days - 1)
    for one, other in zip(late.ids, right.ids, strict=True):
        assert loan_state(one, last) == loan_state(other, last)
    book_is_right()


@pytest.mark.slow
@examples(1, derandomize=True)
@given(plan=b.plans(accounts=5, days=20), seed=st.integers(0, 2**32))
def test_lines_and_loans_caught_up_in_any_shards_end_as_closed_day_by_day_and_closing_twice_changes_nothing(
    db: str, plan: b.Plan, seed: int
) -> None:
    from duecourse.book import close
    from duecourse.ledger import journal

    acts = loan_acts(seed, plan.days, late=True)
    last = b.day_of(70)
    ends = []
    for step, shards in ((1, (0,)), (60, (2, 0, 1))):
        b.empty()
        lines = b.Keeper(plan, "lines", shards=shards if step > 1 else ())
        loans = LoanKeeper(acts, "loans", shards)
        for offset in range(plan.days):
            lines.do(offset)
            loans.do(offset)
            for shard in shards:
                journal.atomically(partial(close.close_shard, shard, b.day_of(offset)))
            close.through(b.day_of(offset))
        day = b.day_of(plan.days - 1)
        while day < last:
            day = min(day + timedelta(days=step), last)
            close.through(day)
        accrual_is_exact(last)
        book_is_right()
        ends.append(
            [
                [(b.state(one, last), charged(one), statements(one)) for one in lines.ids],
                [loan_state(one, last) for one in loans.ids],
            ]
        )
        before = b.dump()
        assert close.through(last) == []
        for shard in shards:
            journal.atomically(partial(close.close_shard, shard, last))
        assert b.dump() == before
    assert ends[0] == ends[1]
