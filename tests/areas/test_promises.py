"""Promises to pay: made, judged by what came in, told late or taken back; while they are open nobody is dunned."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecourse.care.keeping import Came, Promised, judged

FIRST = date(2026, 3, 2)
"""A Monday; the promises are made on it at noon in Shanghai."""
NOON = datetime.combine(FIRST, time(4), UTC)


def day(number: int) -> date:
    """A day, counted from the first."""
    return FIRST + timedelta(days=number)


@pytest.fixture
def person(db: str) -> int:
    """Somebody in Shanghai."""
    from duecourse.borrowers import people, reach

    found = people.enrol(source="test", references=["1"])[0]
    reach.reside(borrower=found, place="CN", zone="Asia/Shanghai", language="zh", by="alice", reason="application")
    return found


@pytest.fixture
def line(person: int) -> int:
    """A line of theirs with a purchase."""
    return line_of(person, "L-1")


def line_of(person: int, number: str) -> int:
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(number=number, borrower_id=person, product="line_demo", limit_minor=500_000, on=FIRST)
    purchases.post(account=account, amount_minor=300_000, on=FIRST, key=f"buy-{number}")
    return account


def promise(person: int, account: int | None, amount: int = 10_000, due: int = 7, **more: Any) -> int:
    from duecourse.care import promises

    told = {"at": NOON, "channel": "call", "by": "alice", "reason": "wages on Friday", "key": f"{account}{amount}{due}"}
    return promises.promise(
        person=person, account=account, amount_minor=amount, due_on=day(due), **{**told, **more}
    ).promise


def pay(account: int, amount: int, on: int, key: str = "") -> int:
    from duecourse.servicing import payments

    return payments.receive(
        account=account, amount_minor=amount, received_on=day(on), key=key or f"p{account}{amount}{on}"
    ).entry_id


def close_and_judge(through: int) -> Any:
    from duecourse.book import close
    from duecourse.care import promises

    close.through(day(through))
    return promises.judge(day=day(through), at=NOON + timedelta(days=through + 1), by="system")


def states(person: int) -> list[str]:
    from duecourse.care import promises

    return list(promises.states_of(person).values())


def rows(promise: int) -> list[tuple[str, date, int]]:
    from duecourse.care.promise_tables import PromiseState

    return [
        (row.state, row.on, row.paid_minor) for row in PromiseState.objects.filter(promise_id=promise).order_by("id")
    ]


def refusing(person: int, at: datetime, about: int | None = None) -> list[str]:
    """The rules that refuse a call about an account."""
    from duecourse.outreach import contact

    told = contact.may_we(person=person, channel="call", purpose="collection", at=at, by="alice", about=about)
    return [str(one.id) for one in told.answer.refusals]


def refused(fault: type[Exception], do: Callable[[], object]) -> None:
    """It is refused, and no row of care or of blocks was written."""
    from duecourse.borrowers.contact_tables import Block
    from duecourse.care.promise_tables import Promise, PromiseState

    before = [table.objects.count() for table in (Promise, PromiseState, Block)]
    with pytest.raises(fault):
        do()
    assert [table.objects.count() for table in (Promise, PromiseState, Block)] == before


def test_a_promise_stops_dunning_until_its_grace_is_over_and_then_it_is_broken(person: int, line: int) -> None:
    made = promise(person, line, due=7)
    assert refusing(person, NOON + timedelta(hours=1), line) == ["HOUSE-PROMISE"]
    assert refusing(person, NOON + timedelta(days=10), line) == ["HOUSE-PROMISE"], "3 days of grace"
    assert refusing(person, NOON + timedelta(days=11), line) == []
    assert close_and_judge(9).turned == {}
    assert states(person) == ["open"]
    assert close_and_judge(10).turned == {"broken": 1}
    assert rows(made) == [("broken", day(10), 0)]


def test_it_is_kept_on_the_day_on_which_all_of_it_is_in_and_dunning_may_go_on(person: int, line: int) -> None:
    made = promise(person, line, 10_000)
    close_and_judge(0)
    pay(line, 4_000, 1)
    close_and_judge(1)
    pay(line, 6_000, 2)
    assert close_and_judge(2).turned == {"kept": 1}
    assert rows(made) == [("kept", day(2), 10_000)]
    assert refusing(person, NOON + timedelta(days=4), line) == []


def test_part_of_it_within_the_grace_keeps_it_partly(person: int, line: int) -> None:
    made = promise(person, line, 10_000)
    close_and_judge(9)
    pay(line, 4_000, 10)
    close_and_judge(10)
    pay(line, 6_000, 11)
    close_and_judge(11)
    assert rows(made) == [("partly_kept", day(10), 4_000)]


def test_a_payment_told_late_makes_a_new_row_and_one_taken_back_another(person: int, line: int) -> None:
    from duecourse.servicing import payments

    made = promise(person, line, 10_000)
    close_and_judge(12)
    late = pay(line, 10_000, 6)
    assert close_and_judge(13).turned == {"kept": 1}
    payments.reverse(account=line, entry=late, reason="bounced", by="bob", key="back")
    assert close_and_judge(14).turned == {"broken": 1}
    assert rows(made) == [("broken", day(10), 0), ("kept", day(6), 10_000), ("broken", day(10), 0)]


def test_money_taken_back_before_the_day_opens_the_promise_and_its_block_again(person: int, line: int) -> None:
    from duecourse.servicing import payments

    promise(person, line, 10_000)
    close_and_judge(0)
    paid = pay(line, 10_000, 1)
    close_and_judge(1)
    assert refusing(person, NOON + timedelta(days=3), line) == []
    payments.reverse(account=line, entry=paid, reason="bounced", by="bob", key="back")
    close_and_judge(2)
    assert states(person) == ["open"]
    assert refusing(person, NOON + timedelta(days=4), line) == ["HOUSE-PROMISE"]


def test_money_that_came_before_the_promise_on_its_day_is_not_part_of_it(person: int, line: int) -> None:
    pay(line, 5_000, 0, "morning")
    made = promise(person, line, 6_000, due=0)
    pay(line, 2_000, 0, "evening")
    close_and_judge(3)
    assert rows(made) == [("partly_kept", day(3), 2_000)]


def test_a_promise_for_all_accounts_is_kept_by_money_on_any(person: int, line: int) -> None:
    other = line_of(person, "L-2")
    made = promise(person, None, 10_000)
    close_and_judge(0)
    pay(line, 3_000, 1)
    pay(other, 7_000, 1)
    close_and_judge(1)
    assert rows(made) == [("kept", day(1), 10_000)]


def test_judging_again_writes_nothing_and_an_earlier_or_open_day_is_refused(person: int, line: int) -> None:
    from duecourse.book import read as book
    from duecourse.care import promises

    promise(person, line)
    close_and_judge(10)
    assert close_and_judge(10).turned == {}
    told = {"at": NOON, "by": "system"}
    refused(promises.JudgedLater, lambda: promises.judge(day=day(9), **told))
    refused(book.NotSealed, lambda: promises.judge(day=day(11), **told))


def test_no_more_promises_than_the_house_allows_are_open_and_a_withdrawn_one_is_not(person: int, line: int) -> None:
    from duecourse.care import promises

    first = promise(person, line, 1_000)
    promise(person, line, 2_000)
    refused(promises.TooManyPromises, lambda: promise(person, line, 3_000))
    promises.withdraw(promise=first, at=NOON + timedelta(hours=1), by="alice", reason="noted twice")
    promise(person, line, 3_000)
    assert promises.counted(person=person) == {"withdrawn": 1, "open": 2}
    refused(promises.NotOpen, lambda: promises.withdraw(promise=first, at=NOON, by="alice", reason="again"))
    refused(promises.NotOpen, lambda: promises.withdraw(promise=999, at=NOON, by="alice", reason="none"))


def test_a_withdrawn_promise_blocks_nothing_and_takes_no_money(person: int, line: int) -> None:
    from duecourse.care import promises

    gone = promise(person, line, 1_000, due=1)
    made = promise(person, line, 1_000, due=7)
    promises.withdraw(promise=gone, at=NOON + timedelta(hours=1), by="alice", reason="noted twice")
    promises.withdraw(promise=made, at=NOON + timedelta(hours=1), by="alice", reason="noted twice")
    assert refusing(person, NOON + timedelta(hours=2), line) == []
    kept = promise(person, line, 1_000, due=8)
    pay(line, 1_000, 0)
    close_and_judge(1)
    assert rows(kept) == [("kept", day(0), 1_000)]


def test_the_same_key_makes_one_promise_and_another_promise_under_it_is_refused(person: int, line: int) -> None:
    from duecourse.care import keyed

    assert promise(person, line, key="k") == promise(person, line, key="k")
    assert states(person) == ["open"]
    refused(keyed.KeyReused, lambda: promise(person, line, 20_000, key="k"))


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"amount": 10**10 + 1}, {"due": -1}, {"due": 46}, {"channel": "pigeon"}, {"key": ""}]
)
def test_a_promise_that_cannot_be_is_refused(person: int, line: int, wrong: dict[str, Any]) -> None:
    from duecourse.care import keyed

    refused(keyed.CareRefused, lambda: promise(person, line, **wrong))


def test_a_promise_on_an_account_of_somebody_else_is_refused(person: int, line: int) -> None:
    from duecourse.care import accounts

    refused(accounts.OfAnother, lambda: promise(person + 1, line))
    refused(accounts.OfAnother, lambda: promise(person + 1, None))


MONEY = st.lists(st.builds(lambda n, who, amount: Came(day(n), who, amount), st.integers(0, 9), st.integers(1, 2),
                           st.integers(1, 9)), max_size=8)  # fmt: skip


@st.composite
def promises_drawn(draw: st.DrawFn) -> list[Promised]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        made = draw(st.integers(0, 6))
        last = made + draw(st.integers(0, 5))
        found.append(
            Promised(number, draw(st.sampled_from([None, 1, 2])), day(made), day(last), draw(st.integers(1, 12)))
        )
    return found


@given(promises_drawn(), MONEY, st.integers(0, 12), st.randoms(use_true_random=False))
def test_the_verdict_follows_from_the_money_in_whatever_order_it_is_told(
    promises: list[Promised], came: list[Came], through: int, chance: Any
) -> None:
    told = judged(promises, came, day(through))
    shuffled = list(came)
    chance.shuffle(shuffled)
    assert judged(chance.sample(promises, len(promises)), shuffled, day(through)) == told
    bounced = Came(day(9), 1, 5)
    assert judged(promises, [*came, bounced, bounced._replace(amount=-5)], day(through)) == told
    assert told == unit_by_unit(promises, came, day(through))
    assert sum(one.paid for one in told.values()) <= sum(one.amount for one in came if one.day <= day(through))


def unit_by_unit(promises: list[Promised], came: list[Came], through: date) -> dict[int, Any]:
    """The slow way: each unit of money goes to the first promise that still waits for one."""
    paid, full = {one.id: 0 for one in promises}, dict[int, date]()
    for on in sorted({one.day for one in came if one.day <= through}):
        for account in (1, 2):
            for _ in range(sum(one.amount for one in came if (one.day, one.account) == (on, account))):
                waits = [
                    one
                    for one in promises
                    if one.account in (None, account) and one.made_on <= on <= one.last_on and paid[one.id] < one.amount
                ]
                if waits:
                    taker = min(waits, key=lambda one: (one.last_on, one.id))
                    paid[taker.id] += 1
                    full |= {taker.id: on} if paid[taker.id] == taker.amount else {}
    told = {}
    for one in promises:
        state = "open" if through < one.last_on else "partly_kept" if paid[one.id] else "broken"
        on = one.made_on if state == "open" else one.last_on
        told[one.id] = ("kept", full[one.id], one.amount) if one.id in full else (state, on, paid[one.id])
    return told


def test_what_is_taken_back_takes_the_newest_money_away() -> None:
    first = Promised(1, 7, day(0), day(5), 10)
    second = Promised(2, 7, day(0), day(9), 10)
    came = [Came(day(1), 7, 10), Came(day(2), 7, 10), Came(day(4), 7, -10)]
    for order in permutations(came):
        assert judged([first, second], order, day(4)) == {1: ("kept", day(1), 10), 2: ("open", day(0), 0)}
    assert judged([first, second], came, day(3))[2] == ("kept", day(2), 10)
