"""What acts do to a line, figure by figure: refusals without a trace, holds, days still to come, a holiday for many."""

from datetime import date
from typing import Any

import pytest
from refusing import refused

PRODUCT = "card_tw_2005"
FIRST = date(2024, 1, 5)
TERMS = {"late_rate_ppm": 240_000, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9}
"""Statements on the 1st, due on the 10th, 4% of the principal."""


def on(month: int, day: int) -> date:
    return date(2024, month, day)


def open_line(number: str = "L", **terms: Any) -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(
        number=number, borrower_id=1, product=PRODUCT, limit_minor=500_000, on=FIRST, **{**TERMS, **terms}
    )


def close_to(day: date) -> None:
    from duecourse.book import close

    close.through(day)


def row(line: int) -> Any:
    from duecourse.ledger.tables import Balance

    return Balance.objects.get(account_id=line)


def last(line: int) -> dict[str, int]:
    """What the last entry of an account touched."""
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry

    entry = Entry.objects.filter(account_id=line).order_by("-id").first()
    return {name: getattr(entry, name) for name in chart.COLUMNS if getattr(entry, name)}


def test_what_may_not_be_done_is_refused_by_code_and_leaves_no_trace(db: str) -> None:
    from duecourse.servicing import (
        adjustments,
        changes,
        charge_offs,
        deferrals,
        disputes,
        fees,
        holds,
        limits,
        payments,
        purchases,
        rates,
    )

    line = open_line(chargeback=1)
    bought = purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b").entry_id
    close_to(on(2, 3))
    paid = payments.receive(account=line, amount_minor=1_000, received_on=on(2, 4), key="p").entry_id
    who: dict[str, Any] = {"account": line, "on": on(2, 4), "by": "bob", "reason": "because", "key": "k"}
    refused("more_than_charged", lambda: fees.waive(**who, component="fee", amount_minor=1))
    refused("no_such_component", lambda: fees.waive(**who, component="principal", amount_minor=1))
    refused("not_an_amount", lambda: fees.charge(**who, amount_minor=0))
    refused("effective_before_opening", lambda: fees.charge(**{**who, "on": on(1, 4)}, amount_minor=5))
    refused("no_such_account", lambda: fees.charge(**{**who, "account": 99}, amount_minor=5))
    refused("more_than_credit_balance", lambda: adjustments.pay_out(**who, amount_minor=1))
    refused("line_already_so", lambda: limits.restore(**who))
    refused("not_a_term_to_change", lambda: rates.change(**who, terms={"cycle_day": 3}))
    refused("not_a_term_to_change", lambda: rates.change(**who, terms={"rate_ppm": 2_000_000}))
    refused(
        "days_in_wrong_order",
        lambda: rates.pause(account=line, first=on(2, 9), last=on(2, 8), by="bob", reason="x", key="k"),
    )
    refused("nothing_due_then", lambda: deferrals.defer(**who, due_on=on(2, 11), until=on(2, 20)))
    refused("deferred_too_far", lambda: deferrals.defer(**who, due_on=on(2, 10), until=on(5, 20)))
    refused("nothing_past_due", lambda: deferrals.re_age(**who, due_days=[on(3, 1)]))
    refused("more_than_bought", lambda: disputes.open_dispute(**who, entry=bought, amount_minor=100_001))
    refused("not_reversible", lambda: disputes.open_dispute(**who, entry=paid, amount_minor=1))
    refused("dispute_not_open", lambda: disputes.uphold(**who, dispute=1))
    refused("hold_ended", lambda: holds.void(**who, hold=1))
    refused("not_reversible", lambda: payments.bounce(**{**who, "on": on(2, 3)}, entry=paid))
    refused("no_such_act", lambda: changes.undo(account=line, act=77, by="bob", reason="x", key="k"))
    refused("effective_after_open_day", lambda: charge_offs.charge_off(**{**who, "on": on(2, 5)}))
    charge_offs.charge_off(**who)
    refused("already_charged_off", lambda: charge_offs.charge_off(**{**who, "key": "k2"}))
    refused("already_charged_off", lambda: charge_offs.accelerate(**{**who, "key": "k3"}))
    refused("request_key_reused", lambda: fees.charge(**who, amount_minor=5))


def test_an_act_is_done_once_and_kept_with_who_when_and_why(db: str) -> None:
    from duecourse.servicing import fees
    from duecourse.servicing.tables import Act

    line = open_line()
    asked: dict[str, Any] = {"account": line, "on": FIRST, "by": "bob", "reason": "replacement card", "key": "k"}
    first = fees.charge(**asked, amount_minor=700)
    again = fees.charge(**asked, amount_minor=700)
    assert (first.again, again.again, again.act, again.entry_id) == (False, True, first.act, first.entry_id)
    kept = Act.objects.get()
    assert (kept.account_id, kept.kind, kept.effective_day, kept.booked_day) == (line, "fee", FIRST, FIRST)
    assert (kept.by, kept.reason, kept.body, kept.entry_id) == (
        "bob",
        "replacement card",
        {"amount": 700},
        first.entry_id,
    )
    assert last(line) == {"fee": 700, "fee_income": -700}
    assert (row(line).fee, row(line).unbilled_fee) == (700, 700)


def test_a_line_that_a_person_suspends_or_closes_refuses_purchases_until_it_is_restored(db: str) -> None:
    from duecourse.servicing import holds, limits, purchases

    line = open_line()
    buy = {"account": line, "amount_minor": 100, "on": FIRST}
    say: dict[str, Any] = {"account": line, "by": "rule: travel", "reason": "card lost"}
    limits.suspend(**say, on=FIRST, key="1")
    refused("line_suspended", lambda: purchases.authorise(**buy, key="b"))
    refused("line_suspended", lambda: holds.place(**buy, by="terminal", key="h"))
    limits.close(**say, on=FIRST, key="2")
    refused("line_closed", lambda: purchases.authorise(**buy, key="b"))
    limits.restore(**say, on=date(2024, 1, 7), key="3")
    refused("line_closed", lambda: purchases.authorise(**buy, key="b"))
    close_to(date(2024, 1, 6))
    assert purchases.authorise(**{**buy, "on": date(2024, 1, 7)}, key="b").amounts["principal"] == 100


def test_a_limit_of_a_later_day_holds_from_that_day_on(db: str) -> None:
    from duecourse.servicing import limits, purchases
    from duecourse.servicing.tables import Act

    line = open_line()
    then = date(2024, 1, 8)
    limits.set_limit(account=line, limit_minor=1_000, on=then, by="bob", reason="review", key="l")
    assert row(line).limit_minor == 500_000
    purchases.authorise(account=line, amount_minor=400, on=FIRST, key="b1")
    close_to(date(2024, 1, 7))
    refused("over_limit", lambda: purchases.authorise(account=line, amount_minor=601, on=then, key="b2"))
    close_to(then)
    assert row(line).limit_minor == 1_000
    assert Act.objects.get(kind="limit").booked_day == FIRST
    refused("over_limit", lambda: purchases.authorise(account=line, amount_minor=601, on=date(2024, 1, 9), key="b3"))


def test_an_authorised_amount_counts_until_it_is_captured_voided_or_expires(db: str) -> None:
    from duecourse.servicing import holds, purchases

    line = open_line(hold_days=3)
    hold: dict[str, Any] = {"account": line, "amount_minor": 300_000, "on": FIRST, "by": "terminal"}
    first = holds.place(**hold, key="1").act
    assert (row(line).apart, row(line).unbilled) == (300_000, 0)
    refused("over_limit", lambda: purchases.authorise(account=line, amount_minor=200_001, on=FIRST, key="b"))
    holds.capture(account=line, hold=first, amount_minor=310_000, on=FIRST, by="merchant", key="c")
    assert (row(line).apart, row(line).unbilled) == (0, 310_000)
    refused(
        "hold_ended",
        lambda: holds.capture(account=line, hold=first, amount_minor=1, on=FIRST, by="merchant", key="c2"),
    )
    again = holds.capture(account=line, hold=first, amount_minor=310_000, on=FIRST, by="merchant", key="c")
    assert again.again
    second = holds.place(**{**hold, "amount_minor": 5_000}, key="2").act
    holds.void(account=line, hold=second, on=FIRST, by="merchant", reason="out of stock", key="v")
    assert row(line).apart == 0
    holds.place(**{**hold, "amount_minor": 7_000}, key="3")
    close_to(date(2024, 1, 7))
    assert row(line).apart == 7_000
    close_to(date(2024, 1, 8))
    assert row(line).apart == 0


def test_a_waiver_goes_against_income_only_as_far_as_it_was_recognised(db: str) -> None:
    """Late interest of February was recognised, that of March, past 5 days past due, was not."""
    from duecourse.servicing import fees, purchases

    line = open_line(nonaccrual_days=5, rate_ppm=0)
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b")
    close_to(on(4, 1))
    owed = row(line).penalty
    assert row(line).suspended > 0
    income = owed - row(line).suspended
    who: dict[str, Any] = {"account": line, "on": on(4, 2), "by": "bob", "reason": "goodwill", "component": "penalty"}
    fees.waive(**who, amount_minor=owed, key="w")
    assert last(line).get("penalty_income", 0) == income
    assert last(line)["suspended"] == owed - income
    assert (row(line).penalty, row(line).suspended) == (0, 0)
    assert sum(row(line).dues[4::6]) == 0


def test_a_payment_that_counted_until_it_bounced_is_owed_again_and_due_at_once(db: str) -> None:
    from duecourse.servicing import payments, purchases, read

    line = open_line(chargeback=1)
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b")
    close_to(on(2, 4))
    paid = payments.receive(account=line, amount_minor=30_000, received_on=on(2, 5), key="p")
    assert row(line).dues == []
    close_to(on(2, 7))
    payments.bounce(account=line, entry=paid.entry_id, on=on(2, 8), by="bank", reason="no cover", key="u")
    assert last(line) == {"principal": 30_000, "cash": -30_000}
    assert (row(line).revolving, row(line).window, row(line).statement_left) == (30_000, 70_000, 100_000)
    close_to(on(2, 9))
    standing = read.account(number="L").standing
    assert (standing.days_past_due, standing.past_due) == (1, 30_000)


def test_a_disputed_purchase_is_in_no_minimum_and_uses_the_limit_until_it_is_decided(db: str) -> None:
    from duecourse.kernel.account import available
    from duecourse.kernel.columns import FIELDS, account_from
    from duecourse.servicing import disputes, purchases

    line = open_line()
    purchases.post(account=line, amount_minor=60_000, on=FIRST, key="a")
    bad = purchases.post(account=line, amount_minor=40_000, on=FIRST, key="b")
    close_to(on(2, 1))
    assert row(line).dues[1] == 4_000
    who: dict[str, Any] = {"account": line, "on": on(2, 2), "by": "bob", "reason": "not mine"}
    opened = disputes.open_dispute(**who, entry=bad.entry_id, amount_minor=40_000, key="d").act
    held = row(line)
    assert last(line) == {"principal": -40_000, "disputed": 40_000}
    assert (held.dues[1], held.window, held.statement_left, held.apart) == (2_400, 60_000, 60_000, 40_000)
    assert available(account_from([getattr(held, name) for name in FIELDS])) == 400_000
    disputes.uphold(**who, dispute=opened, key="u")
    assert last(line) == {"disputed": -40_000, "merchant": 40_000}
    assert row(line).apart == 0
    refused("dispute_not_open", lambda: disputes.reject(**who, dispute=opened, key="r"))


def test_an_accelerated_line_owes_all_of_it_today_and_is_past_due_tomorrow(db: str) -> None:
    from duecourse.ledger.tables import Balance
    from duecourse.rules.read import day_number
    from duecourse.servicing import charge_offs, purchases

    line = open_line()
    who: dict[str, Any] = {"account": line, "by": "bob", "reason": "terms broken"}
    refused("nothing_owed", lambda: charge_offs.accelerate(**who, on=FIRST, key="a"))
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b")
    close_to(on(2, 3))
    purchases.post(account=line, amount_minor=7_000, on=on(2, 4), key="c")
    charge_offs.accelerate(**who, on=on(2, 4), key="a")
    assert Balance.objects.get(account_id=line).dues[:2] == [day_number(on(2, 4)), 107_000]
    close_to(on(2, 5))
    assert row(line).past_due == 107_000


def test_what_is_paid_after_charge_off_is_recovered(db: str) -> None:
    from duecourse.servicing import charge_offs, payments, purchases

    line = open_line(rate_ppm=0, late_rate_ppm=0)
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b")
    close_to(on(3, 1))
    charge_offs.charge_off(account=line, on=on(3, 2), by="bob", reason="180 days", key="c")
    assert last(line) == {"charged_off": -100_000, "loss": 100_000}
    assert (row(line).charged_off, row(line).nonaccrual) == (100_000, 1)
    payments.receive(account=line, amount_minor=30_000, received_on=on(3, 2), key="p")
    assert last(line) == {"principal": -30_000, "cash": 30_000, "charged_off": 30_000, "recovered": -30_000}
    close_to(on(3, 3))
    payments.receive(account=line, amount_minor=90_000, received_on=on(3, 4), key="q")
    assert last(line)["recovered"] == -70_000
    assert (row(line).charged_off, row(line).credit) == (0, 20_000)


def test_a_third_party_pays_and_a_credit_balance_is_paid_out(db: str) -> None:
    from duecourse.servicing import adjustments, payments
    from duecourse.servicing.tables import Act

    line = open_line()
    paid = payments.receive_from(
        account=line, payer="her sister", amount_minor=9_000, received_on=FIRST, by="counter", key="p", channel=4
    )
    kept = Act.objects.get(kind="paid_by")
    assert (kept.entry_id, kept.body, kept.by) == (paid.entry_id, {"payer": "her sister", "channel": 4}, "counter")
    who: dict[str, Any] = {"account": line, "on": FIRST, "by": "bob", "reason": "asked for"}
    refused("more_than_credit_balance", lambda: adjustments.pay_out(**who, amount_minor=9_001, key="o"))
    adjustments.pay_out(**who, amount_minor=9_000, key="o")
    assert last(line) == {"credit": 9_000, "cash": -9_000}
    given = adjustments.goodwill(**who, amount_minor=50, key="g")
    assert Act.objects.get(kind="goodwill").entry_id == given.entry_id
    assert row(line).credit == 50


def test_a_deferral_is_counted_and_the_deferred_minimum_is_not_past_due(db: str) -> None:
    """The due of 10 February moves to 20 March; the statement of 1 March asks its own part beside it."""
    from duecourse.servicing import deferrals, purchases
    from duecourse.servicing.tables import Statement

    line = open_line(deferrals_a_year=1, deferral_fee_minor=0)
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b")
    close_to(on(2, 1))
    who: dict[str, Any] = {"account": line, "by": "bob", "reason": "flood"}
    deferrals.defer(**who, due_on=on(2, 10), until=on(3, 20), on=on(2, 2), key="d")
    close_to(on(3, 1))
    billed = Statement.objects.get(cycle_on=on(3, 1))
    held = row(line)
    assert (billed.past_due, held.past_due, held.revolving) == (0, 0, 100_000)
    own = -(-96_000 * 40_000 // 1_000_000) + billed.interest
    assert (billed.minimum, billed.interest > 0) == (own, True)
    assert [held.dues[1], held.dues[7]] == [3_840, 4_000]
    refused(
        "too_many_this_year",
        lambda: deferrals.defer(**who, due_on=on(3, 20), until=on(3, 25), on=on(3, 2), key="d2"),
    )


def test_a_holiday_is_one_act_for_each_line_that_a_rule_names(db: str) -> None:
    from duecourse.rules.read import day_number
    from duecourse.servicing import holidays, purchases

    lines = [open_line(f"L{i}", deferral_days=31 - i) for i in range(3)]
    for i, line in enumerate(lines[:2]):
        purchases.post(account=line, amount_minor=100_000, on=FIRST, key=f"b{i}")
    close_to(on(2, 1))
    rule = holidays.Rule("flood relief", place="cn")
    asked: dict[str, Any] = {"rule": rule, "days": 31, "on": on(2, 2), "by": "board", "reason": "flood", "key": "h"}
    given = holidays.holiday(**asked)
    assert (set(given.acts), set(given.refused)) == ({lines[0]}, {lines[1]})
    assert given.refused[lines[1]].startswith("deferred_too_far")
    assert row(lines[0]).dues[0] == day_number(on(3, 12))
    assert holidays.holiday(**asked).acts == {}
    assert holidays.named_by(holidays.Rule("others", accounts=[lines[2]]), on(2, 2)) == []


def test_an_act_of_a_later_day_that_cannot_be_applied_then_lapses(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.kernel import line_acts
    from duecourse.servicing import fees
    from duecourse.servicing.tables import Act

    line = open_line()
    fees.charge(account=line, amount_minor=700, on=date(2024, 1, 7), by="bob", reason="yearly", key="f")

    def refuse(*given: Any) -> None:
        raise AssertionError("the numbers contradict each other")

    monkeypatch.setattr(line_acts, "charge_fee", refuse)
    close_to(date(2024, 1, 7))
    lapsed = Act.objects.get(kind="lapsed")
    assert (lapsed.undoes, lapsed.reason) == (Act.objects.get(kind="fee").id, "the numbers contradict each other")
    assert row(line).fee == 0


def test_an_account_that_was_set_aside_returns_with_the_acts_of_the_days_it_missed(db: str) -> None:
    """Its twin was never away: the two end alike, and the book's checks hold."""
    from django.db import connections

    from duecourse.book import check, close
    from duecourse.servicing import purchases, rates
    from duecourse.servicing.tables import Act

    lines = [open_line("away"), open_line("twin")]
    for line in lines:
        purchases.post(account=line, amount_minor=100_000, on=FIRST, key=f"b{line}")
        rates.change(account=line, terms={"rate_ppm": 50_000}, on=on(2, 15), by="bob", reason="lower", key=f"r{line}")
        rates.pause(account=line, first=on(2, 3), last=on(2, 20), by="bob", reason="flood", key=f"p{line}")
    close_to(on(1, 28))

    def change(what: str) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"UPDATE ledger_balance SET {what} WHERE account_id = %s", [lines[0]])

    statement_on = row(lines[0]).statement_on
    change("statement_on = day - 5")
    close.through(on(2, 25), by="bob", excepted=[lines[0]])
    change(f"statement_on = {statement_on}")
    close.through(on(3, 2), by="bob", excepted=[lines[0]])
    away, twin = (row(line) for line in lines)
    for name in ("day", "terms_id", "interest", "past_due", "revolving", "interest_carry", "dues", "accrued_interest"):
        assert getattr(away, name) == getattr(twin, name), name
    assert not Act.objects.filter(kind="lapsed").exists()
    assert [one.detail for one in check.everything() if not one.ok] == []


def test_a_converted_statement_leaves_its_due_and_comes_back_as_installments_asked_in_full(db: str) -> None:
    """60,000 of 100,000 in three parts of 20,000 with a fee of 0.6% of the whole each: 360, IRR 11.32% a year."""
    from duecourse.kernel.account import available
    from duecourse.kernel.columns import FIELDS, account_from
    from duecourse.servicing import conversions, payments, purchases
    from duecourse.servicing.tables import Act, Statement

    def left() -> int:
        return available(account_from([getattr(row(line), name) for name in FIELDS]))

    line = open_line()
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b")
    close_to(on(2, 1))
    assert row(line).dues[1] == 4_000
    asked: dict[str, Any] = {"amount_minor": 60_000, "count": 3, "way": "fee_per_period", "share_ppm": 6_000}
    who: dict[str, Any] = {"account": line, "on": on(2, 2), "by": "alice", "reason": "asked for", "key": "c"}
    shown = conversions.offer(**asked, on=on(2, 2))
    assert [tuple(one) for one in shown.parts] == [(20_000, 0, 360)] * 3
    assert (shown.yearly.units, shown.yearly.places) == (1_132, 2)
    refused("not_convertible", lambda: conversions.convert(**who, **{**asked, "count": 4}))
    refused("not_convertible", lambda: conversions.convert(**who, **{**asked, "amount_minor": 100_001}))
    made = conversions.convert(**who, **asked).act
    assert last(line) == {"principal": -60_000, "converted": 60_000}
    assert (row(line).dues, row(line).window, row(line).apart, left()) == ([], 40_000, 60_000, 400_000)
    assert Act.objects.get(id=made).body["irr"] == [1_132, 2]
    payments.receive(account=line, amount_minor=40_000, received_on=on(2, 2), key="p")
    assert left() == 440_000
    close_to(on(3, 1))
    billed = Statement.objects.get(cycle_on=on(3, 1))
    assert (billed.balance, billed.minimum, billed.interest) == (20_360, 20_360, 0)
    assert (row(line).apart, row(line).window, left()) == (40_000, 20_000, 440_000)
    payments.receive(account=line, amount_minor=20_360, received_on=on(3, 2), key="q")
    assert left() == 460_000
    conversions.end_early(account=line, conversion_act=made, on=on(3, 2), by="alice", reason="moved", key="e")
    assert last(line) == {"principal": 40_000, "converted": -40_000}
    again = conversions.end_early(account=line, conversion_act=made, on=on(3, 2), by="alice", reason="moved", key="e")
    assert again.again
    refused(
        "conversion_over",
        lambda: conversions.end_early(account=line, conversion_act=made, on=on(3, 2), by="x", reason="y", key="f"),
    )
    close_to(on(4, 1))
    billed = Statement.objects.get(cycle_on=on(4, 1))
    assert (billed.balance, billed.minimum) == (40_000, 40_000)
    close_to(on(5, 1))
    assert row(line).apart == 0


def test_a_refund_on_what_was_converted_makes_the_rest_smaller_or_shorter(db: str) -> None:
    from duecourse.servicing import conversions, purchases
    from duecourse.servicing.tables import Act

    for shorter in (0, 1):
        line = open_line(f"L{shorter}", refund_shortens=shorter)
        bought = purchases.post(account=line, amount_minor=60_000, on=FIRST, key=f"b{shorter}").entry_id
        who: dict[str, Any] = {"account": line, "on": FIRST, "by": "alice", "reason": "asked for"}
        made = conversions.convert(
            **who, amount_minor=60_000, count=3, way="fee_per_period", share_ppm=6_000, entry=bought, key=f"c{shorter}"
        ).act
        assert row(line).unbilled == 0
        conversions.refund(**who, conversion_act=made, amount_minor=30_000, key=f"r{shorter}")
        assert last(line) == {"converted": -30_000, "merchant": 30_000}
        left = conversions.to_come(account=line, conversion_act=made, on=FIRST)
        expected = [(20_000, 0, 360), (10_000, 0, 180)] if shorter else [(10_000, 0, 180)] * 3
        assert [tuple(one) for one in left.parts] == expected
        refused(
            "not_an_amount",
            lambda line=line, made=made, who=who: conversions.refund(
                **who, conversion_act=made, amount_minor=30_001, key="r2"
            ),
        )
        assert Act.objects.filter(account_id=line, kind="conversion_refund").count() == 1
