"""What must always hold of the book on the real database, over drawn plans."""

from collections import Counter
from datetime import date
from functools import partial
from typing import Any

import books as b
import pytest
from books import Keeper, Plan
from effort import examples
from hypothesis import given

few = examples(2, derandomize=True)


def accrual_is_exact(day: date) -> None:
    """Accrued income in the journal and in the accounts, to the last fraction."""
    from duecourse.book.accrued import accrued_in_book
    from duecourse.ledger import balances

    for product, accrued in accrued_in_book(day, balances.read("true")).items():
        assert accrued.of_accounts == accrued.of_journal, f"{product} on {day}"


def book_is_right() -> None:
    """Money is conserved: entries and the trial balance sum to zero, rows equal their entries, files are as sealed."""
    from duecourse.book import check

    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"


def replay_rebuilds(account_id: int, on: date) -> None:
    """The journal alone, from the account's beginning, gives the row."""
    from django.db import connection

    from duecourse.kernel.accrual import grow
    from duecourse.kernel.columns import fields_of
    from duecourse.rules.read import day_number
    from duecourse.servicing import agreed, past_events, replay
    from duecourse.servicing.tables import Account

    told = agreed.of(Account.objects.get(id=account_id).terms_id)
    start, dues = past_events.beginning(account_id, told)
    with connection.cursor() as cursor:
        kept = past_events.in_force(cursor, account_id)
    ran = replay.run(start, dues, told, past_events.events_of(kept), day_number(on))
    grown = grow(ran.account, ran.dues, 0, len(ran.dues) // 6, told.terms, day_number(on))
    assert (fields_of(grown), ran.dues) == b.state(account_id, on)


def charged(account_id: int) -> Counter[Any]:
    """What stands in the journal of an account: kinds, effective days and amounts."""
    from django.db import connection

    from duecourse.servicing import past_events

    with connection.cursor() as cursor:
        return Counter((*kept.line[:2], kept.line.amounts) for kept in past_events.in_force(cursor, account_id))


def statements(account_id: int) -> dict[date, tuple[Any, ...]]:
    """The newest version of each statement that bills something."""
    from duecourse.servicing.tables import Statement

    names = ("due_on", "balance", "minimum", "past_due", "principal", "interest", "fee", "penalty", "credit")
    newest = {
        one.cycle_on: tuple(getattr(one, name) for name in names)
        for one in Statement.objects.filter(account_id=account_id).order_by("version")
    }
    return {day: says for day, says in newest.items() if any(says)}


@pytest.mark.slow
@few
@given(plan=b.plans())
def test_late_and_reversed_is_as_if_in_time_and_never(db: str, plan: Plan) -> None:
    """Two books of the same accounts: in one, acts come late and payments are reversed; in the other, neither."""
    from duecourse.book import close

    b.empty()
    late, right = Keeper(plan, "late"), Keeper(b.in_right_order(plan), "right")
    for offset in range(plan.days):
        late.do(offset)
        right.do(offset)
        close.through(b.day_of(offset))
        accrual_is_exact(b.day_of(offset))
    last = b.day_of(plan.days - 1)
    for one, other in zip(late.ids, right.ids, strict=True):
        assert b.state(one, last) == b.state(other, last)
        assert charged(one) == charged(other)
        assert statements(one) == statements(other)
        replay_rebuilds(one, last)
    book_is_right()


@pytest.mark.slow
@examples(1, derandomize=True)
@given(plan=b.plans(accounts=6, days=45, late=False))
def test_shards_in_any_order_and_closing_twice_end_in_the_same_book(db: str, plan: Plan) -> None:
    from duecourse.book import close
    from duecourse.ledger import journal

    ends = []
    for shards in ((0, 0, 0), (2, 0, 1)):
        b.empty()
        keeper = Keeper(plan, "s", shards=shards)
        for offset in range(plan.days):
            keeper.do(offset)
            day = b.day_of(offset)
            for shard in shards:
                journal.atomically(partial(close.close_shard, shard, day))
            close.through(day)
        ends.append([b.state(account_id, b.day_of(plan.days - 1)) for account_id in keeper.ids])
        accrual_is_exact(b.day_of(plan.days - 1))
        before = b.dump()
        assert close.through(b.day_of(plan.days - 1)) == []
        for shard in shards:
            journal.atomically(partial(close.close_shard, shard, b.day_of(plan.days - 1)))
        assert b.dump() == before
    assert ends[0] == ends[1]


@pytest.mark.slow
@examples(1, derandomize=True)
@given(plan=b.plans(accounts=6, days=8, late=False))
def test_catching_up_equals_day_by_day_with_every_account_touched(db: str, plan: Plan) -> None:
    from django.db import connection

    from duecourse.book import close

    last = b.day_of(59)
    ends = []
    for daily in (True, False):
        b.empty()
        keeper = Keeper(plan, "c")
        for offset in range(plan.days):
            keeper.do(offset)
            close.through(b.day_of(offset))
        if daily:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO ledger_agenda (day, account_id) SELECT %s + i, a.id "
                    "FROM servicing_account a, generate_series(0, 70) AS i",
                    [b.FIRST],
                )
            for offset in range(plan.days, 60):
                close.through(b.day_of(offset))
        else:
            close.through(last)
        accrual_is_exact(last)
        ends.append([(b.state(one, last), charged(one), statements(one)) for one in keeper.ids])
    assert ends[0] == ends[1]


@pytest.mark.slow
def test_an_account_that_was_set_aside_returns_as_if_it_never_had_been(db: str) -> None:
    """A fault in a row leaves its account out of the close and of nothing else; mended, it catches up exactly."""
    from django.db import connection

    from duecourse.book import close
    from duecourse.book.tables import SetAside
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import payments
    from duecourse.servicing.refusals import CloseBehind

    plan = b.Plan(
        (b.RICH,) * 3,
        (10**7,) * 3,
        tuple(b.Act(on, who, kind, amount, 0) for on, kind, amount in
              ((0, b.PURCHASE, 90_000), (30, b.PURCHASE, 5_000), (34, b.PAYMENT, 3_000)) for who in range(3)),
        80,
    )  # fmt: skip
    b.empty()
    keeper = Keeper(plan, "a")
    faulty, good = keeper.ids[0], keeper.ids[1]
    for offset in range(plan.days):
        if offset == 35:
            Balance.objects.filter(account_id=faulty).update(statement_on=1)
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO ledger_agenda (day, account_id) VALUES (%s, %s)", [b.day_of(36), faulty])
        if offset == 70:
            right = Balance.objects.get(account_id=good).statement_on
            held = SetAside.objects.get(account_id=faulty)
            assert held.day == b.day_of(36)
            assert held.message.startswith("evening: ")
            with pytest.raises(CloseBehind):
                payments.receive(account=faulty, amount_minor=1, received_on=b.day_of(offset), key="no")
            since = Balance.objects.get(account_id=faulty)
            from duecourse.kernel.days import next_cycle

            Balance.objects.filter(account_id=faulty).update(statement_on=next_cycle(since.day, b.RICH.cycle_day))
            assert right != since.statement_on
        keeper.do(offset)
        excepted = [faulty] if 36 <= offset < 70 else []
        assert close.through(b.day_of(offset), by="alice", excepted=excepted)[-1].sealed
    last = b.day_of(plan.days - 1)
    assert b.state(faulty, last) == b.state(good, last)
    assert charged(faulty) == charged(good)
    assert statements(faulty) == statements(good)
    accrual_is_exact(last)
    book_is_right()
