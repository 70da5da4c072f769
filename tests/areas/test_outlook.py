"""What is shown before an arrangement is agreed is what it asks, to the unit, as long as it is kept."""

from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
PRODUCT = "card_tw_2005"
FIRST = date(2024, 1, 5)
TERMS = {
    "late_rate_ppm": 240_000,
    "late_fee_minor": 500,
    "tolerance_ppm": 0,
    "cycle_day": 1,
    "due_after_days": 9,
    "nonaccrual_days": 90,
}
WHO: dict[str, Any] = {"by": "bob", "reason": "lost the job"}
LOOKED_AT = date(2024, 8, 12)
PARTS = tuple(date(2024, month, 10) for month in (4, 5, 6))


def open_line(number: str) -> int:
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(number=number, borrower_id=1, product=PRODUCT, limit_minor=500_000, on=FIRST, **TERMS)
    purchases.post(account=account, amount_minor=100_000, on=FIRST, key=f"{number} bought")
    return account


def open_loan(number: str) -> int:
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number=number, borrower_id=1, product="loan_demo", approved_minor=600_000, on=FIRST, by="bob", installments=4
    )
    loans.draw(account=account, amount_minor=600_000, on=FIRST, by="bob", key=f"{number} drawn")
    return account


def payoff(number: str, day: date) -> int:
    from duecourse.servicing import payoff

    return payoff.quote(number=number, day=day).quote.payoff


def line_plans() -> dict[str, Any]:
    from duecourse.servicing.arrangement_plan import Amount, Deferral, Forgiven, Plan, Rate, Spread

    return {
        "as agreed": None,
        "parts without interest": Plan(spread=Spread(PARTS, whole=True), rate=Rate(0), stops_late_fees=True),
        "parts at half the rate": Plan(spread=Spread(PARTS, whole=True), rate=Rate(98_550), stops_late_fees=True),
        "parts at the rate": Plan(spread=Spread(PARTS, whole=True), stops_late_fees=True),
        "what is past due in parts": Plan(spread=Spread(PARTS[:2]), stops_late_fees=True),
        "the next due later": Plan(deferrals=(Deferral(date(2024, 3, 10), date(2024, 3, 28)),), stops_late_fees=True),
        "fees forgiven": Plan(
            spread=Spread(PARTS, whole=True), rate=Rate(0), stops_late_fees=True,
            forgiven=(Forgiven("fee", at_once=True),),
        ),
        "a settlement": Plan(
            amounts=(Amount(date(2024, 3, 20), 30_000), Amount(date(2024, 4, 20), 30_000)),
            rate=Rate(0), forgives_rest=True, stops_late_fees=True,
        ),
    }  # fmt: skip


def loan_plans() -> dict[str, Any]:
    from duecourse.servicing.arrangement_plan import Amount, Deferral, Plan, Rate, ReAge

    return {
        "as agreed": None,
        "longer": Plan(more_installments=1, stops_late_fees=True),
        "longer at half the rate": Plan(more_installments=1, rate=Rate(60_000), stops_late_fees=True),
        "longer without interest": Plan(more_installments=1, rate=Rate(0), stops_late_fees=True),
        "what is past due spread": Plan(re_amortised=True, stops_late_fees=True),
        "no principal for a while": Plan(grace=1, more_installments=1, stops_late_fees=True),
        "new installments for all": Plan(re_age=ReAge(3, date(2024, 4, 5)), stops_late_fees=True),
        "the next due later": Plan(deferrals=(Deferral(date(2024, 4, 5), date(2024, 4, 25)),), stops_late_fees=True),
        "a settlement": Plan(
            amounts=(Amount(date(2024, 3, 20), 200_000), Amount(date(2024, 4, 20), 200_000)),
            forgives_rest=True, stops_late_fees=True,
        ),
    }  # fmt: skip


def test_who_keeps_what_is_shown_pays_no_more_and_owes_nothing_after_it() -> None:
    from duecourse.book import close
    from duecourse.servicing import arrangements, outlook, payments

    plans = {**line_plans(), **{f"loan {name}": plan for name, plan in loan_plans().items()}}
    ids = {name: (open_loan if name.startswith("loan") else open_line)(name) for name in plans}
    on = date(2024, 3, 8)
    close.through(on - timedelta(days=1))
    shown = {name: outlook.look(account=ids[name], plan=plan) for name, plan in plans.items()}
    for name, plan in plans.items():
        if plan is not None:
            terms = outlook.as_shown(plan, shown[name])
            arrangements.agree(account=ids[name], terms=terms, on=on, key=name, **WHO)
    paying = sorted(
        (one.due_on, name, one.amount_minor)
        for name, told in shown.items()
        for one in told.payments
        if one.due_on < LOOKED_AT
    )
    for day, name, amount in paying:
        close.through(day - timedelta(days=1))
        payments.receive(account=ids[name], amount_minor=amount, received_on=day, key=f"{name} {day}")
    close.through(LOOKED_AT)
    over = {name for name, told in shown.items() if told.ends_on and told.ends_on < LOOKED_AT}
    assert len(over) >= 12, "most are over within the time"
    assert {name: payoff(name, LOOKED_AT + timedelta(days=1)) for name in over} == dict.fromkeys(over, 0)
    for name in over - {"as agreed", "loan as agreed"}:
        assert [row.state for row in arrangements.rows_of(stood(ids[name]))] == ["agreed", "fulfilled"], name


def test_what_is_paid_first_is_what_a_look_showed_whether_it_is_more_or_less_than_asked() -> None:
    from duecourse.book import close
    from duecourse.servicing import outlook, payments

    on = date(2024, 2, 8)
    firsts = {"nothing": 0, "little": 500, "half": 50_000, "more than all": 10**7}
    ids = {name: open_line(f"first {name}") for name in firsts}
    close.through(on - timedelta(days=1))
    shown = {
        name: outlook.if_paid(at=outlook.held(account=ids[name]), first_minor=first) for name, first in firsts.items()
    }
    assert shown["half"].cost_minor < shown["little"].cost_minor <= shown["nothing"].cost_minor
    assert [len(shown["more than all"].payments), shown["more than all"].left_minor] == [1, 0]
    assert shown["little"].payments[0].amount_minor == 500
    paying = sorted((one.due_on, name, one.amount_minor) for name, told in shown.items() for one in told.payments)
    for day, name, amount in (one for one in paying if one[0] <= LOOKED_AT):
        close.through(day - timedelta(days=1))
        payments.receive(account=ids[name], amount_minor=amount, received_on=day, key=f"{name} {day}")
    close.through(LOOKED_AT)
    for name, told in shown.items():
        rest = tuple(one for one in told.payments if one.due_on > LOOKED_AT)
        assert outlook.look(account=ids[name]).payments[: len(rest)] == rest, name


def stood(account: int) -> int:
    from duecourse.servicing.tables import Arrangement

    return int(Arrangement.objects.get(account_id=account).id)
