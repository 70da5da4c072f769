"""Drawn households and accounts: an offer that is accepted and paid as shown, some of it days early, charges no more.

Nothing is past due from the day on which the offer said so, and something was on the day before it.
"""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest
from effort import examples

from duecourse.kernel.terms import FEE
from duecourse.rules.read import day_number

FIRST, ON = date(2024, 1, 5), date(2024, 3, 15)
LAST = ON + timedelta(days=75)
NOON = datetime(2024, 3, 15, 4, 0, tzinfo=UTC)
LATE = {"late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "due_after_days": 9, "nonaccrual_days": 90}
WHO: dict[str, Any] = {"by": "bob", "reason": "lost the job"}
LINES, LOANS = 6, 5


class Kept(NamedTuple):
    """An account and what was shown of the offer that was accepted."""

    account: int
    number: str
    kind: str
    payments: list[tuple[date, int]]
    total: int
    in_order_on: date | None


def opened(chance: Random, number: str, borrower: int, is_loan: bool) -> int:
    """An account that bears what its borrower may not be able to pay."""
    from duecourse.servicing import accounts, loan_opening, loans, payments, purchases

    if is_loan:
        amount = chance.randrange(100_000, 900_000)
        account = loan_opening.open_loan(
            number=number, borrower_id=borrower, product="loan_demo", approved_minor=amount, on=FIRST, by="bob",
            installments=chance.choice((3, 6, 12)),
        )  # fmt: skip
        loans.draw(account=account, amount_minor=amount, on=FIRST, by="bob", key=f"{number} drawn")
        if chance.random() < 0.7:
            loans.act(
                account=account, kind="charge", on=FIRST, by="bob", reason="letter", key=f"{number} charged",
                component=FEE, amount=chance.randrange(500, 9_000), until=day_number(ON - timedelta(days=9)),
            )  # fmt: skip
        return account
    account = accounts.open_line(
        number=number, borrower_id=borrower, product="card_tw_2005", limit_minor=500_000, on=FIRST,
        cycle_day=chance.choice((1, 12, 28)), **LATE,
    )  # fmt: skip
    purchases.post(account=account, amount_minor=chance.randrange(20_000, 400_000), on=FIRST, key=f"{number} bought")
    if chance.random() < 0.4:
        payments.receive(
            account=account, amount_minor=chance.randrange(500, 9_000), received_on=FIRST, key=f"{number} paid"
        )
    return account


def accepted(chance: Random, number: str, account: int, borrower: int, is_loan: bool) -> Kept | None:
    """One of the offers to a drawn household, accepted; None where nothing fits."""
    from duecourse.borrowers import reach
    from duecourse.care import hardship, offers
    from duecourse.care.affordability import Household
    from duecourse.servicing import outlook

    reach.reside(borrower=borrower, place="CN", zone="Asia/Shanghai", language="zh", by="bob", reason="application")
    spends = chance.randrange(200_000, 500_000)
    household = Household(
        chance.choice((1, 2)), chance.choice((0, 2)), spends + chance.randrange(2_000, 90_000), spends, 0
    )
    told = hardship.take(
        borrower=borrower, household=household, currency="CNY" if is_loan else "TWD", cause="lost the job", on=ON,
        at=NOON, by="bob",
    )  # fmt: skip
    made = offers.propose(hardship=told.id, account=account, by="bob")
    if not made.offers:
        return None
    relief = [one for one in made.offers if one[1].kind == "fees_forgiven"]
    offer, option = chance.choice(relief if relief and chance.random() < 0.5 else made.offers)
    offers.accept(offer=offer, at=NOON, key=f"{number} accepted", **WHO)
    if option.kind == "fees_forgiven":
        assert outlook.charged(outlook.held(account=account)) == ()
    shown = option.shown
    payments = [(one.due_on, one.amount_minor) for one in shown.payments]
    return Kept(account, number, option.kind, payments, shown.total_minor, shown.in_order_on)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(examples(1).max_examples))
def test_an_accepted_offer_that_is_paid_as_shown_charges_no_more(db: str, seed: int) -> None:
    from duecourse.book import close, read
    from duecourse.borrowers import people
    from duecourse.servicing import outlook, payments, payoff

    chance = Random(seed)
    borrowers = people.enrol(source="test", references=[str(i) for i in range(LINES + LOANS)])
    made = [
        (f"A{i}", opened(chance, f"A{i}", borrower, i >= LINES), borrower, i >= LINES)
        for i, borrower in enumerate(borrowers)
    ]
    close.through(ON - timedelta(days=1))
    loans = {number for number, _, _, is_loan in made if is_loan}
    kept = [one for number, account, borrower, is_loan in made
            if (one := accepted(chance, number, account, borrower, is_loan))]  # fmt: skip
    assert len(kept) > (LINES + LOANS) // 2
    paying = sorted(
        (max(ON, day - timedelta(days=chance.choice((0, 0, 0, 2)))), one.number, amount, day)
        for one in kept for day, amount in one.payments
    )  # fmt: skip
    of = {one.number: one for one in kept}
    for on, number, amount, due in paying:
        if due <= LAST:
            close.through(on - timedelta(days=1))
            payments.receive(account=of[number].account, amount_minor=amount, received_on=on, key=f"{number} {due}")
    close.through(LAST)
    over = [one for one in kept if one.payments[-1][0] <= LAST and one.kind not in ("deferral", "past_due_spread")]
    for one in over:
        assert payoff.quote(number=one.number, day=LAST + timedelta(days=1)).quote.payoff <= 0, one
    for one in kept:
        if one.kind == "settlement":
            continue  # what it forgives at its end is not seen in what the account asks
        rest = [(day, amount) for day, amount in one.payments if day > LAST]
        ahead = [told for told in outlook.look(account=one.account).payments if told.due_on <= one.payments[-1][0]]
        assert sum(told.amount_minor for told in ahead) <= sum(amount for _, amount in rest), one
    days = {one.in_order_on - timedelta(days=back) for one in kept if one.in_order_on for back in (0, 1)}
    late = {
        (day, row["account_id"]): row["days_past_due"]
        for day in days if ON <= day <= LAST for row in read.day(day).to_pyarrow().to_pylist()
    }  # fmt: skip
    for one in kept:
        if one.in_order_on and one.in_order_on <= LAST:
            assert late[one.in_order_on, one.account] == 0, one
    assert len({one.kind for one in kept}) >= 3
    assert any(one.kind == "fees_forgiven" and one.number in loans for one in kept)
