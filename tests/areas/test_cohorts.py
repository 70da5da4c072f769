"""What comes back of each month's charge-offs ties to the ledger, each amount in one cohort, against its target."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from test_loan_endings import act as loan_act
from test_loan_endings import close, drawn, pay
from test_small_balances import FIRST, line

pytestmark = pytest.mark.usefixtures("db")
FEBRUARY, MARCH = date(2024, 2, 10), date(2024, 3, 15)


def receive(account: int, amount: int, on: date) -> Any:
    from duecourse.servicing import payments

    return payments.receive(account=account, amount_minor=amount, received_on=on, key=f"{account} {on} {amount}")


def charge_off(account: int, on: date, key: str = "off") -> Any:
    from duecourse.servicing import charge_offs

    return charge_offs.charge_off(account=account, on=on, by="t", reason="lost", key=f"{key} {account}")


def told(day: date, **asked: Any) -> Any:
    from duecourse.recovery import cohorts

    return cohorts.of_day(day=day, **asked)


def in_ledger(day: date, name: str) -> int:
    """What the lender's ledger says of a control account, as booked by a day."""
    from django.db.models import Sum

    from duecourse.ledger.tables import Entry

    found = Entry.objects.filter(booked_day__lte=day).aggregate(sum=Sum(name))
    return int(found["sum"] or 0)


def ties(day: date) -> None:
    """The cohorts add up to the ledger's own accounts, and what is left of them to what its balances say."""
    from duecourse.ledger.tables import Balance

    found = told(day)
    back = sum(one.back + one.beside_money for one in found.rows) + sum(found.of_no_cohort.values())
    assert back == -in_ledger(day, "recovered")
    assert sum(one.left for one in found.rows) == -in_ledger(day, "charged_off")
    assert sum(one.left for one in found.rows) == sum(Balance.objects.values_list("charged_off", flat=True))
    for one in found.rows:
        assert one.principal + one.interest + one.fee == one.lost
        assert min(one.principal, one.interest, one.fee) >= 0
    places = told(day, by_place=True)
    assert sum(one.lost for one in places.rows) == sum(one.lost for one in found.rows)
    assert sum(one.back for one in places.rows) == sum(one.back for one in found.rows)


def test_a_recovered_amount_is_in_the_cohort_of_its_charge_off_and_a_bounce_takes_it_back() -> None:
    from duecourse.servicing import payments

    first, second = line(number="A"), line(50_000, number="B", person=2)
    close(FEBRUARY - timedelta(days=1))
    charge_off(first, FEBRUARY)
    close(MARCH - timedelta(days=1))
    charge_off(second, MARCH)
    came = receive(first, 3_000, MARCH)
    receive(second, 10_000, MARCH)
    close(MARCH)
    of_a, of_b = told(MARCH).rows
    assert (of_a.month, of_a.accounts, of_a.came_in) == (date(2024, 2, 1), 1, (0, 3_000))
    assert (of_b.month, of_b.accounts, of_b.came_in) == (date(2024, 3, 1), 1, (10_000,))
    assert (of_a.principal, of_b.principal) == (20_000, 50_000)
    ties(MARCH)
    april = date(2024, 4, 2)
    close(april - timedelta(days=1))
    payments.bounce(account=first, entry=came.entry_id, on=april, by="t", reason="no money", key="b")
    close(april)
    (of_a, of_b) = told(april).rows
    assert of_a.came_in == (0, 0, 0), "by the terms of this line it was never made"
    assert (of_a.back, of_b.back) == (0, 10_000)
    assert told(MARCH).rows[0].came_in == (0, 3_000), "as it was known then"
    ties(april)


def test_a_payment_that_is_charged_back_later_is_taken_off_in_its_own_month() -> None:
    from duecourse.servicing.tables import Act

    loan = drawn(rate_ppm=0, late_rate_ppm=0)
    close(FEBRUARY - timedelta(days=1))
    loan_act(loan, "charge_off", FEBRUARY)
    close(MARCH - timedelta(days=1))
    pay(loan, 9_000, MARCH)
    paid = Act.objects.get(account_id=loan, kind="payment").id
    april = date(2024, 4, 2)
    close(april - timedelta(days=1))
    loan_act(loan, "chargeback", april, of=paid, amount=4_000)
    close(april)
    (one,) = told(april).rows
    assert one.came_in == (0, 9_000, -4_000)
    assert one.share_ppm(1) == 9_000 * 10**6 // one.lost
    ties(april)


def test_what_an_agency_earns_by_what_came_in_stands_beside_it_from_its_day_on() -> None:
    from duecourse.recovery.agency_tables import CommissionLine

    account = line(rate_ppm=0)
    close(FEBRUARY - timedelta(days=1))
    charge_off(account, FEBRUARY)
    came = receive(account, 3_001, FEBRUARY)
    close(MARCH)
    CommissionLine.objects.create(
        statement_id=1, entry_id=came.entry_id, placed_account_id=1, amount_minor=3_001, commission_ppm=250_000,
        counted_on=MARCH, by_agency=False,
    )  # fmt: skip
    assert [one.commission for one in told(MARCH).rows] == [750]
    assert [one.commission for one in told(MARCH - timedelta(days=1)).rows] == [0]
    ties(MARCH)


def test_what_the_lender_gives_is_no_money_and_an_undone_charge_off_leaves_no_cohort() -> None:
    from duecourse.servicing import adjustments, changes, fees
    from duecourse.servicing.tables import Act

    account = line(late_fee_minor=500, rate_ppm=0)
    close(date(2024, 5, 31))
    on = date(2024, 6, 1)
    done = charge_off(account, on)
    told_of: dict[str, Any] = {"account": account, "on": on, "by": "t", "reason": "our mistake"}
    adjustments.goodwill(**told_of, amount_minor=700, key="g")
    fees.waive(**told_of, component="fee", amount_minor=500, key="w")
    receive(account, 900, on)
    close(on)
    (one,) = told(on).rows
    assert (one.back, one.beside_money, one.given_up) == (900, 700, 500)
    assert one.fee > 0
    ties(on)
    assert Act.objects.filter(id=done.act).exists()
    close(on + timedelta(days=1))
    changes.undo(account=account, act=done.act, by="t", reason="too early", key="u")
    close(on + timedelta(days=2))
    assert told(on + timedelta(days=2)).rows == ()
    assert in_ledger(on + timedelta(days=2), "recovered") == 0
    assert len(told(on).rows) == 1, "as it was known then"


def test_a_loan_that_was_written_off_and_got_back_is_of_no_cohort() -> None:
    loan = drawn()
    close(date(2024, 5, 9))
    on = date(2024, 5, 10)
    loan_act(loan, "write_off", on)
    loan_act(loan, "recovery", on, amount=5_000)
    close(on)
    found = told(on)
    assert found.rows == ()
    assert list(found.of_no_cohort.values()) == [5_000]
    ties(on)


@pytest.mark.parametrize("seed", [1, 2])
def test_cohorts_tie_to_the_ledger_whatever_happens(seed: int) -> None:
    """Lines and loans charged off, paid, given to, undone and paid late: at every close the sums are the ledger's."""
    from duecourse.ledger.journal import Refused
    from duecourse.servicing import adjustments, changes, loans, payments
    from duecourse.servicing.tables import Act

    chance = Random(seed)
    lines = [line(chance.randrange(5_000, 90_000), f"L{i}", i + 1, late_fee_minor=500) for i in range(3)]
    credits = [drawn(f"C{i}") for i in range(2)]
    on, key, back = FIRST + timedelta(days=50), 0, 0
    while on < FIRST + timedelta(days=200):
        close(on - timedelta(days=1))
        for _ in range(6):
            account, key = chance.choice(lines + credits), key + 1
            is_line = account in lines
            paid_on = on - timedelta(days=chance.choice((0, 0, 0, 20)))
            who: dict[str, Any] = {"account": account, "by": "t", "reason": "r", "key": f"k{key}"}
            choice = chance.choice(("off", "off", "pay", "pay", "pay", "give", "undo", "reverse"))
            acts = Act.objects.filter(account_id=account, kind="charge_off").order_by("-id")
            try:
                if choice == "off" and is_line:
                    charge_off(account, on, f"off{key}")
                elif choice == "off":
                    loan_act(account, "charge_off", on, f"off{key}")
                elif choice == "pay" and is_line:
                    payments.receive(
                        account=account, amount_minor=chance.randrange(1, 9_000), received_on=paid_on, key=f"k{key}"
                    )
                elif choice == "pay":
                    pay(account, chance.randrange(1, 90_000), paid_on, f"k{key}")
                elif choice == "give":
                    adjustments.goodwill(**who, on=on, amount_minor=chance.randrange(1, 900))
                elif choice == "undo" and acts and chance.random() < 0.5:
                    one = acts[0]
                    if is_line:
                        changes.undo(**who, act=one.id)
                    else:
                        loans.undo(**who, of=one.id, on=one.effective_day)
                elif choice == "reverse" and not is_line:
                    paid = Act.objects.filter(account_id=account, kind="payment").order_by("-id").first()
                    if paid:
                        loan_act(account, "chargeback", on, f"k{key}", of=paid.id, amount=paid.body["amount"])
                back += choice == "pay"
            except Refused:
                continue
        close(on)
        ties(on)
        on += timedelta(days=chance.randrange(15, 40))
    assert back
    assert told(last()).rows


def last() -> date:
    from duecourse.book import read

    found = read.last_sealed()
    assert found is not None
    return found


def test_a_cohort_is_held_against_the_newest_target_else_the_houses() -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.recovery import targets

    account = line()
    close(FEBRUARY - timedelta(days=1))
    charge_off(account, FEBRUARY)
    receive(account, 400, FEBRUARY)
    close(date(2024, 3, 31))
    (ours,) = targets.against(told(date(2024, 3, 31)).rows, day=date(2024, 3, 31))
    assert (ours.month, ours.actual_ppm, ours.target_ppm) == (1, 400 * 10**6 // ours.cohort.lost, 10_000)
    assert not ours.is_behind
    assert ours.expected_ppm == min(10**6, ours.actual_ppm * 150_000 // 10_000)
    asked: dict[str, Any] = {"product": "card_tw_2005", "months": [1, 2], "by": "eve"}
    targets.set_target(**asked, since=date(2024, 1, 1), share_ppm=[100_000, 300_000], reason="an agency")
    targets.set_target(**asked, since=date(2024, 3, 1), share_ppm=[1, 2], reason="later ones")
    (hers,) = targets.against(told(date(2024, 3, 31)).rows, day=date(2024, 3, 31))
    assert (hers.target_ppm, hers.is_behind, hers.expected.by) == (100_000, True, "eve")
    (before,) = targets.against(told(FEBRUARY).rows, day=FEBRUARY)
    assert (before.month, before.is_behind) == (0, False), "its first month is not over"
    for wrong in ({"reason": " "}, {"product": "none"}, {"since": date(2024, 1, 2)}):
        with pytest.raises(Refused) as caught:
            targets.set_target(**{**asked, "since": date(2024, 1, 1), "share_ppm": [1, 2], "reason": "r", **wrong})
        assert caught.value.code == "recovery_target_refused"


@pytest.mark.parametrize(
    ("months", "shares", "message"),
    [
        ([], [], "one at least"), ([1, 1], [1, 2], "later than"), ([1, 2], [2, 1], "none is lower"),
        ([1], [10**6 + 1], "share_ppm"), ([0], [1], "months"), ([1, 2], [1], "as many"),
    ],
)  # fmt: skip
def test_a_curve_rises_and_stays_within_the_whole(months: list[int], shares: list[int], message: str) -> None:
    from duecourse.rules.charge_off_terms import curve_of
    from duecourse.rules.fields import TermsRefused

    with pytest.raises(TermsRefused, match=message):
        curve_of(months, shares, "here")
