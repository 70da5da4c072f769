"""A small balance is given up by rule, once, down to zero; what is disputed, arranged or to the good is left alone."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from test_loan_endings import close, drawn, row, sums

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 1)
LATE = {"late_rate_ppm": 0, "late_fee_minor": 0, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9}


def line(bought: int = 20_000, number: str = "A", person: int = 1, **changed: Any) -> int:
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(
        number=number, borrower_id=person, product="card_tw_2005", limit_minor=500_000, on=FIRST, **{**LATE, **changed}
    )
    purchases.post(account=account, amount_minor=bought, on=FIRST, key=f"{number} bought")
    return account


def paid_but(account: int, left: int, on: date) -> None:
    """Everything is paid on a day but so much."""
    from duecourse.servicing import payments, payoff
    from duecourse.servicing.tables import Account

    close(on - timedelta(days=1))
    quote = payoff.quote(number=Account.objects.get(id=account).number, day=on).quote
    payments.receive(account=account, amount_minor=quote.payoff - left, received_on=on, key=f"{account} {on}")


def give_up(account: int, on: date, key: str = "k") -> Any:
    from duecourse.servicing import small_balances

    return small_balances.close(account=account, on=on, by="dan", reason="too little to ask for", key=key)


def refused(work: Callable[[], object], code: str, account: int) -> None:
    from duecourse.ledger.journal import Refused

    before = row(account), sums(account)
    with pytest.raises(Refused) as caught:
        work()
    assert caught.value.code == code
    assert (row(account), sums(account)) == before


def in_order() -> bool:
    from duecourse.book import check

    return not [one for one in check.everything() if not one.ok]


@pytest.mark.parametrize("kind", ["line", "loan"])
def test_what_little_is_owed_is_given_up_to_the_last_unit_and_once(kind: str) -> None:
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.servicing.tables import Act

    account = line() if kind == "line" else drawn()
    on = date(2024, 2, 20)
    paid_but(account, 900 if kind == "line" else 90, on)
    later = on + timedelta(days=70 if kind == "line" else 3)
    close(later - timedelta(days=1))
    done = give_up(account, later)
    again = give_up(account, later)
    assert (done.act, done.amount_minor, False) == (again.act, again.amount_minor, done.again)
    assert again.again
    assert 0 < done.amount_minor <= 1_000
    now = row(account)
    for name in ("unbilled", "bearing", "window", "revolving", "past_due", "interest", "fee", "penalty", "credit"):
        assert now[name] == 0, name
    assert (now["accrued_interest"], now["accrued_penalty"], now["dues"]) == (0, 0, [])
    own = Entry.objects.filter(account_id=account, kind=chart.SMALL_BALANCE)
    assert own.count() == 1
    assert own.get().cash is None
    assert own.get().recovered is None
    assert Act.objects.filter(account_id=account, kind="small_balance").count() == 1
    close(later + timedelta(days=45))
    now = row(account)
    assert (now["interest"], now["fee"], now["penalty"], now["dues"]) == (0, 0, 0, []), "nothing comes after it"
    assert in_order()


def test_undone_it_is_owed_again() -> None:
    from duecourse.servicing import changes

    account = line()
    paid_but(account, 900, date(2024, 2, 20))
    close(date(2024, 4, 30))
    before = sums(account)
    done = give_up(account, date(2024, 5, 1))
    changes.undo(account=account, act=done.act, by="t", reason="mistaken", key="u")
    assert sums(account) == before


def test_what_is_not_small_or_is_to_the_good_is_refused_and_nothing_moves() -> None:
    from duecourse.servicing import payments

    account = line()
    paid_but(account, 1_001, date(2024, 2, 20))
    refused(lambda: give_up(account, date(2024, 2, 20)), "balance_not_small", account)
    payments.receive(account=account, amount_minor=500, received_on=date(2024, 2, 20), key="more")
    payments.receive(account=account, amount_minor=2_000, received_on=date(2024, 2, 20), key="too much")
    refused(lambda: give_up(account, date(2024, 2, 20)), "balance_not_small", account)


def test_a_dispute_keeps_it_open_until_it_is_decided() -> None:
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import disputes

    account, on = line(), date(2024, 2, 20)
    paid_but(account, 900, on)
    bought = Entry.objects.get(account_id=account, kind=chart.PURCHASE).id
    told: dict[str, Any] = {"account": account, "on": on, "by": "t"}
    opened = disputes.open_dispute(**told, entry=bought, amount_minor=100, reason="not mine", key="d")
    refused(lambda: give_up(account, on), "balance_kept_open", account)
    disputes.reject(**told, dispute=opened.act, reason="it was", key="r")
    assert give_up(account, on).amount_minor == 900


def test_an_arrangement_keeps_it_open() -> None:
    from duecourse.servicing import arrangements
    from duecourse.servicing.arrangement_plan import Amount, Plan

    account = line()
    on = date(2024, 2, 20)
    paid_but(account, 900, on)
    arrangements.agree(
        account=account,
        terms=Plan(amounts=(Amount(date(2024, 3, 20), 900),), stops_late_fees=True),
        on=on,
        by="t",
        reason="ill",
        key="a",
    )
    refused(lambda: give_up(account, on), "balance_kept_open", account)


def test_a_command_asks_for_it_as_for_any_act() -> None:
    from duecourse.intake import act_kinds
    from duecourse.intake.act_kinds import Asked

    account, on = line(), date(2024, 2, 20)
    paid_but(account, 900, on)
    asked = Asked("A", "small_balance", str(on), "dan", "too little", "k", {})
    assert act_kinds.do(asked).made.startswith("act ")
    assert act_kinds.do(asked).again
    assert row(account)["dues"] == []


def found(day: date) -> dict[str, str]:
    from duecourse.recovery import small_balances

    return {one.number: one.why_not for one in small_balances.found(day=day).small}


def test_the_houses_rule_closes_what_is_small_and_quiet_and_leaves_the_rest() -> None:
    """One is quiet, one was paid lately, one is in hardship, one owes too much, one has money to the good."""
    from duecourse.borrowers import people, reach
    from duecourse.recovery import kept_open, small_balances
    from duecourse.recovery.charge_off_tables import SmallBalance
    from duecourse.servicing import limits, payments

    who = people.enrol(source="test", references=list("abcde"))
    lines = [line(number=name, person=person) for name, person in zip("ABCDE", who, strict=True)]
    quiet, lately, helped, more, credited = lines
    for account, left in ((quiet, 900), (lately, 900), (helped, 900), (more, 5_000), (credited, -300)):
        paid_but(account, left, date(2024, 2, 20))
    reach.block(borrower=who[2], kind="hardship", since=end(date(2024, 3, 1)), by="t", reason="")
    close(date(2024, 4, 15))
    payments.receive(account=lately, amount_minor=100, received_on=date(2024, 4, 16), key="lately")
    day = date(2024, 4, 30)
    close(day)
    told = found(day)
    assert told["A"] == ""
    assert told["B"] == "quiet for 14 of 60 days"
    assert told["C"] == "hardship"
    assert set(told) == {"A", "B", "C"}
    assert [(one.number, one.credit) for one in small_balances.found(day=day).credits] == [("E", 300)]
    before = row(credited), row(more), row(helped)
    done = small_balances.close(day=day, by="dan")
    assert (done.closed, done.again, done.refused) == (1, 0, {})
    assert small_balances.close(day=day, by="dan").again == 1
    assert (row(credited), row(more), row(helped)) == before
    kept = SmallBalance.objects.get()
    assert (kept.account_id, kept.rule, kept.closes_line) == (quiet, "HOUSE-CO-04", True)
    assert kept.amount_minor == sum(done.given_up_minor.values()) == 927, "with what has accrued"
    assert limits.bar(account=quiet, on=date(2024, 5, 1)).state == "closed"
    assert kept_open.of_account(account=helped, kinds=["hardship"], day=day) == ["hardship"]
    close(date(2024, 5, 1))
    assert "A" not in found(date(2024, 5, 1))
    assert in_order()


def test_what_comes_between_the_seal_and_the_command_keeps_it_open() -> None:
    from duecourse.borrowers import people, reach
    from duecourse.recovery import small_balances

    (who,) = people.enrol(source="test", references=["a"])
    account = line(person=who)
    paid_but(account, 900, date(2024, 2, 20))
    day = date(2024, 4, 30)
    close(day)
    waiting = small_balances.found(day=day).small
    reach.block(borrower=who, kind="dispute", since=end(day), by="t", reason="")
    refused(lambda: small_balances.close_one(waiting[0], "dan"), "balance_kept_open", account)


def test_two_at_once_close_it_once(db: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    from duecourse.borrowers import people
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.recovery import small_balances

    (who,) = people.enrol(source="test", references=["a"])
    account = line(person=who)
    paid_but(account, 900, date(2024, 2, 20))
    day = date(2024, 4, 30)
    close(day)

    def work(_: int) -> tuple[int, int]:
        try:
            done = small_balances.close(day=day, by="dan")
            return done.closed, done.again
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(work, range(2)))
    assert told == [(0, 1), (1, 0)]
    assert Entry.objects.filter(account_id=account, kind=chart.SMALL_BALANCE).count() == 1


def end(day: date) -> Any:
    from duecourse.recovery import facts

    return facts.end_of(day)
