"""The journal under many hands: keys, locks, retries; every payment in exactly one day."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

PRODUCT = "card_tw_2005"
DAY = date(2005, 4, 1)


@pytest.fixture
def line(db: str) -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(number="L1", borrower_id=1, product=PRODUCT, limit_minor=500_000, on=DAY)


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run works at the same time, each in a thread with connections of its own; raises what one of them raised."""
    from django.db import connections

    from duecourse.ledger import bulk

    answers: list[Any] = [None] * len(works)
    faults: list[BaseException] = []

    def run(i: int, work: Callable[[], Any]) -> None:
        try:
            answers[i] = work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()
            bulk.close_arrow()

    threads = [threading.Thread(target=run, args=(i, work)) for i, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return answers


@pytest.mark.slow
def test_eight_clients_paying_one_account_lose_nothing(line: int) -> None:
    """Forty payments each under keys of their own, and ten keys that all of them use at the same time."""
    from duecourse.ledger.tables import Balance, Entry
    from duecourse.servicing import payments, purchases

    purchases.post(account=line, amount_minor=1_000, on=DAY, key="b")
    start = threading.Barrier(8)

    def pay(client: int) -> list[tuple[str, int]]:
        start.wait()
        answers = []
        for i in range(40):
            own = f"{client}:{i}"
            paid = payments.receive(account=line, amount_minor=100 + client, received_on=DAY, key=own)
            answers.append((own, paid.entry_id))
            if i % 4 == 0:
                shared = f"shared:{i}"
                paid = payments.receive(account=line, amount_minor=7, received_on=DAY, key=shared)
                answers.append((shared, paid.entry_id))
        return answers

    answers = dict.fromkeys(pair for told in together(*[lambda c=c: pay(c) for c in range(8)]) for pair in told)
    keys = [key for key, _ in answers]
    assert len(set(keys)) == len(keys) == 8 * 40 + 10
    expected = 40 * sum(100 + client for client in range(8)) + 10 * 7
    held = Balance.objects.get(account_id=line)
    assert (held.credit, held.unbilled) == (expected - 1_000, 0)
    paid = list(Entry.objects.filter(account_id=line, kind=4).values_list("id", "cash"))
    assert len(paid) == 330
    assert sum(cash for _, cash in paid) == expected
    assert {entry_id for entry_id, _ in paid} == {entry_id for _, entry_id in answers}


@pytest.mark.slow
def test_payments_throughout_a_close_are_each_in_exactly_one_sealed_day(line: int) -> None:
    from django.db import connection

    from duecourse.book import check, close, read
    from duecourse.ledger import balances
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import accounts, payments

    other = accounts.open_line(number="L2", borrower_id=2, product=PRODUCT, limit_minor=500_000, on=DAY)
    closed = threading.Event()

    def keep_closing() -> int:
        try:
            for i in range(12):
                close.through(DAY + timedelta(days=i))
        finally:
            closed.set()
        return 0

    def keep_paying(account: int, who: str) -> list[int]:
        paid = []
        while not closed.is_set():
            on = balances.open_day(0)
            key = f"{who}:{len(paid)}"
            paid.append(payments.receive(account=account, amount_minor=100, received_on=on, key=key).entry_id)
        return paid

    told = together(
        keep_closing,
        lambda: keep_paying(line, "a"),
        lambda: keep_paying(line, "b"),
        lambda: keep_paying(other, "c"),
    )
    close.through(DAY + timedelta(days=12))
    paid = [entry_id for one in told[1:] for entry_id in one]
    found = Counter(
        read.entries(through=DAY + timedelta(days=12)).filter(lambda t: t.kind == 4).to_pyarrow()["id"].to_pylist()
    )
    assert len(paid) > 12
    assert [entry_id for entry_id in paid if found[entry_id] != 1] == []
    assert Balance.objects.get(account_id=line).credit == 100 * (len(told[1]) + len(told[2]))
    assert [one for one in check.everything() if not one.ok] == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT booked_day) FROM ledger_entry WHERE kind = 4")
        assert cursor.fetchone()[0] > 1


def test_a_deadlock_is_begun_again(db: str) -> None:
    """Two transactions take two rows crosswise: PostgreSQL rolls one back, it is begun again, and both are done."""
    from django.db import connection

    from duecourse.ledger import journal
    from duecourse.servicing import accounts

    for number in ("A", "B"):
        accounts.open_line(number=number, borrower_id=1, product=PRODUCT, limit_minor=0, on=DAY)
    met = threading.Barrier(2)
    tries = Counter[str]()
    one_is_done = threading.Event()

    def crosswise(name: str, first: int, second: int) -> None:
        def work() -> None:
            tries[name] += 1
            if tries[name] > 1:
                one_is_done.wait(30)  # else it may take its row again before the other gets it, and lose once more
            with connection.cursor() as cursor:
                cursor.execute("UPDATE ledger_balance SET credit = credit + 1 WHERE account_id = %s", [first])
                if tries[name] == 1:
                    met.wait()
                cursor.execute("UPDATE ledger_balance SET credit = credit + 1 WHERE account_id = %s", [second])

        journal.atomically(work)
        one_is_done.set()

    together(lambda: crosswise("one", 1, 2), lambda: crosswise("two", 2, 1))
    assert sorted(tries.values()) == [1, 2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT credit FROM ledger_balance ORDER BY account_id")
        assert cursor.fetchall() == [(2,), (2,)]


def test_a_lock_that_does_not_come_is_asked_for_again_and_then_given_up(line: int) -> None:
    from django.db import OperationalError, connection, transaction

    from duecourse.ledger import journal

    tries = []

    def impatient() -> None:
        def work() -> None:
            tries.append(1)
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '20ms'")
                cursor.execute("SELECT 1 FROM ledger_balance WHERE account_id = %s FOR UPDATE", [line])

        journal.atomically(work)

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM ledger_balance WHERE account_id = %s FOR UPDATE", [line])
        with pytest.raises(OperationalError, match="lock timeout"):
            together(impatient)
    assert len(tries) == journal.TRIES


def test_any_other_fault_is_not_begun_again(db: str) -> None:
    from django.db import DataError, connection
    from django.db.utils import IntegrityError

    from duecourse.ledger import journal

    tries = []

    def work(sql: str) -> None:
        tries.append(sql)
        with connection.cursor() as cursor:
            cursor.execute(sql)

    with pytest.raises(DataError):
        journal.atomically(lambda: work("SELECT 1 / 0"))
    with pytest.raises(IntegrityError):
        journal.atomically(lambda: work("INSERT INTO ledger_shard VALUES (1, NULL)"))
    assert len(tries) == 2


def test_one_key_for_two_accounts_at_once_is_for_the_first_alone(line: int) -> None:
    from duecourse.ledger.journal import DifferentBody
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import accounts, payments

    other = accounts.open_line(number="L2", borrower_id=1, product=PRODUCT, limit_minor=0, on=DAY)
    start = threading.Barrier(2)

    def pay(account: int) -> str:
        start.wait()
        try:
            payments.receive(account=account, amount_minor=100, received_on=DAY, key="same")
        except DifferentBody as refused:
            return refused.code
        return "paid"

    assert sorted(together(lambda: pay(line), lambda: pay(other))) == ["paid", "request_key_reused"]
    assert Entry.objects.filter(kind=4).count() == 1


def test_the_three_days_of_an_entry(line: int) -> None:
    """Effective on the day asked for, booked on the open day, recorded now."""
    from duecourse.book import close
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import payments

    close.through(DAY + timedelta(days=4))
    paid = payments.receive(account=line, amount_minor=100, received_on=DAY, key="p")
    found = Entry.objects.get(id=paid.entry_id)
    assert (found.effective_day, found.booked_day) == (DAY, DAY + timedelta(days=5))
    assert found.recorded_at.year > 2020


@pytest.mark.usefixtures("server")
def test_every_kind_and_control_account_has_its_names() -> None:
    from duecourse.ledger import chart

    sides = {control.side for control in chart.CONTROLS}
    assert sides == {"asset", "liability", "income", "expense"}
    assert all(control.english and control.chinese for control in chart.CONTROLS)
    assert all(english and chinese for english, chinese in chart.KINDS.values())
    assert set(chart.COUNTERPART) <= set(chart.KINDS)
    assert set(chart.COUNTERPART.values()) <= set(chart.COLUMNS)


def test_the_very_first_entry_and_statement_are_in_their_sealed_days(line: int) -> None:
    """Even when days were sealed before there was any."""
    from duecourse.book import check, close, read
    from duecourse.servicing import purchases

    close.through(DAY + timedelta(days=4))
    bought = purchases.post(account=line, amount_minor=5_000, on=DAY + timedelta(days=5), key="b")
    close.through(date(2005, 5, 2))
    last = date(2005, 5, 2)
    assert bought.entry_id in read.entries(through=last).to_pyarrow()["id"].to_pylist()
    assert read.statements(through=last).to_pyarrow()["account_id"].to_pylist() == [line]
    assert [one for one in check.everything() if not one.ok] == []
