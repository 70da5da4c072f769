"""The lender's own credit on a loan, and a payment by another: as on a line, on the real database."""

from datetime import date, timedelta
from typing import Any

import pytest
from test_loan_endings import FIRST, close, drawn, last_act, row, sums, undo

pytestmark = pytest.mark.usefixtures("db")
DUE = date(2024, 2, 1)
OWED = ("revolving", "past_due", "interest", "fee", "penalty", "credit")


def give(account: int, amount: int, on: date, key: str = "") -> Any:
    from duecourse.servicing import adjustments

    told: dict[str, Any] = {"by": "bob", "reason": "a wrong letter", "key": key or f"give{account}{on}{amount}"}
    return adjustments.goodwill(account=account, amount_minor=amount, on=on, **told)


def stands(account: int) -> tuple[int, ...]:
    now = row(account)
    return tuple(now[name] for name in OWED)


def test_goodwill_meets_what_is_owed_by_the_loans_order_at_the_lenders_cost() -> None:
    from duecourse.book import check
    from duecourse.servicing.explain import explain
    from duecourse.servicing.explain_tree import leaves, total
    from duecourse.servicing.tables import Act

    account = drawn(late_rate_ppm=0)
    close(date(2024, 2, 10))
    given = give(account, 7_000, date(2024, 2, 11))
    assert given.amounts == {"interest": -5_096, "principal": -1_904, "adjustment": 7_000}
    assert give(account, 7_000, date(2024, 2, 11))[:2] == (given.entry_id, True)
    act = Act.objects.get(kind="goodwill")
    assert (act.by, act.reason, act.entry_id) == ("bob", "a wrong letter", given.entry_id)
    assert row(account)["past_due"] == 81_170 - 1_904
    close(date(2024, 2, 12))
    assert sums(account)["adjustment"] == 7_000
    tree = explain(account="L1", figure="principal", on=date(2024, 2, 12))
    assert total(leaves(tree)) == tree.amount == 500_000 - 1_904
    assert all(one.ok for one in check.everything())


def test_late_it_is_as_in_time_and_taken_back_as_if_never_given() -> None:
    late, timely, never = drawn("late"), drawn("timely"), drawn("never")
    close(date(2024, 2, 4))
    give(timely, 20_000, date(2024, 2, 5))
    close(date(2024, 2, 19))
    give(late, 20_000, date(2024, 2, 5))
    assert stands(late) == stands(timely) != stands(never)
    undo(late, last_act(late), date(2024, 2, 5))
    assert stands(late) == stands(never)
    assert "adjustment" not in sums(late)


def test_its_cost_is_shared_among_those_who_fund_the_loan() -> None:
    from duecourse.servicing import funding, parties

    fund = parties.introduce(code="fund", name="A fund", by="test")
    account = drawn(late_rate_ppm=0)
    told: dict[str, Any] = {"on": FIRST, "by": "test", "reason": "pool", "key": "fund"}
    funding.agree(account=account, shares=[funding.Funder("fund", 500_000, 120_000)], **told)
    close(DUE)
    given = give(account, 7_000, DUE + timedelta(days=1))
    close(DUE + timedelta(days=1))
    parts = {one.party: one for one in funding.of_posting(account=account, entry=given.entry_id)}
    assert (parts["fund"].principal, parts["fund"].interest) == (-952, -2_548)
    assert sum(one.paid for one in parts.values()) == 0
    assert sum(one.earned for one in parts.values()) == -7_000, "nobody paid: it is the holders' loss by share"
    assert fund


@pytest.mark.parametrize(
    ("amount", "on", "code"),
    [
        (600_000, DUE + timedelta(days=1), "above_owed"),
        (0, DUE, "not_an_amount"),
        (1, DUE + timedelta(days=2), "effective_after_open_day"),
        (1, FIRST - timedelta(days=1), "effective_before_opening"),
    ],
)
def test_more_than_is_owed_or_on_a_wrong_day_is_refused_and_nothing_moves(amount: int, on: date, code: str) -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.ledger.tables import Entry, Request

    account = drawn()
    close(DUE)
    before = stands(account), Entry.objects.count(), Request.objects.count()
    with pytest.raises(Refused) as refused:
        give(account, amount, on)
    assert refused.value.code == code
    assert (stands(account), Entry.objects.count(), Request.objects.count()) == before


def test_it_is_no_payment_that_could_be_charged_back_and_a_loan_that_is_paid_takes_none() -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.servicing import loans, payoff

    account = drawn(late_rate_ppm=0)
    close(DUE)
    give(account, 7_000, DUE)
    told: dict[str, Any] = {"account": account, "on": DUE, "by": "test", "reason": "test"}
    for kind, body, code in (
        ("chargeback", {"of": last_act(account), "amount": 5}, "not_reversible"),
        ("payment", {"amount": 5, "mode": 2}, "act_not_offered"),
    ):
        with pytest.raises(Refused) as refused:
            loans.act(kind=kind, key=kind, **told, **body)
        assert refused.value.code == code
    on = DUE + timedelta(days=1)
    give(account, payoff.quote(number="L1", day=on).quote.payoff, on)
    assert stands(account) == (0,) * 6
    with pytest.raises(Refused) as refused:
        give(account, 1, on)
    assert refused.value.code == "nothing_owed"


def test_somebody_else_may_pay_a_loan_and_the_act_says_who() -> None:
    from duecourse.servicing import payments
    from duecourse.servicing.tables import Act

    account = drawn()
    told: dict[str, Any] = {"payer": "charlie", "amount_minor": 5_000, "received_on": FIRST, "by": "bob", "key": "p"}
    paid = payments.receive_from(account=account, channel=2, **told)
    assert payments.receive_from(account=account, channel=2, **told)[:2] == (paid.entry_id, True)
    act = Act.objects.get(entry_id=paid.entry_id)
    assert (act.kind, act.by, act.reason, act.body) == ("payment", "bob", "paid by charlie", {"amount": 5_000})
    payments.reverse(account=account, entry=paid.entry_id, reason="bounced", by="bob", key="back")
    assert row(account)["revolving"] == 500_000
