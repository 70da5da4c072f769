"""Accounts sold and bought back, on the real database: two ledgers, one account."""

from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 1)
SALE = date(2024, 2, 20)


def line(number: str = "1") -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(number=number, borrower_id=1, product="line_demo", limit_minor=1_000_000, on=FIRST)


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def book_is_right() -> None:
    from duecourse.book import check

    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"


def lender(*columns: str) -> tuple[int, ...]:
    return ledger_of(0, *columns)


def ledger_of(owner: int, *columns: str) -> tuple[int, ...]:
    """Sums over one owner's ledger (0: the lender's), which comes to zero."""
    from duecourse.ledger import read

    sums = [told for (of, _), told in read.trial_balances().items() if of == owner]
    assert all(sum(told.values()) == 0 for told in sums)
    return tuple(sum(told[name] for told in sums) for name in columns)


def party() -> int:
    from duecourse.servicing import parties

    return parties.introduce(code="fund", name="A fund", by="test")


def bought(number: str = "1") -> int:
    """A line with a purchase of 1,000.00, whose statement came due and was not paid."""
    from duecourse.servicing import purchases

    account = line(number)
    purchases.post(account=account, amount_minor=100_000, on=FIRST, key=f"buy{number}")
    close(SALE - timedelta(days=1))
    return account


def sell(account: int, price: int = 90_000, key: str = "sell", **changed: Any) -> Any:
    from duecourse.servicing import ownership

    told = {"to": "fund", "price_minor": price, "settles_on": SALE, "on": SALE, "by": "officer", "reason": "portfolio"}
    return ownership.sell(account=account, key=key, **{**told, **changed})


def buy_back(account: int, price: int, settles_on: date, key: str = "back") -> Any:
    from duecourse.servicing import ownership

    return ownership.buy_back(
        account=account, price_minor=price, settles_on=settles_on, on=SALE, by="officer", reason="defect", key=key
    )


def test_a_sale_is_asked_for_and_settled_by_the_close_of_its_day() -> None:
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import ownership

    account, fund = bought(), party()
    settles_on = SALE + timedelta(days=2)
    before = lender("principal", "interest", "fee", "penalty", "transfer_result")
    asked = sell(account, settles_on=settles_on)
    close(SALE + timedelta(days=1))
    assert lender("principal", "interest", "fee", "penalty", "transfer_result") == before
    assert ownership.owner(account=account, on=settles_on) == "lender"
    close(settles_on)
    assert ownership.owner(account=account, on=settles_on) == "lender"
    assert ownership.owner(account=account, on=settles_on + timedelta(days=1)) == "fund"
    owed = sum(before[:4])
    assert lender("principal", "interest", "fee", "penalty") == (0, 0, 0, 0)
    assert lender("transfer_result", "loss", "transfer", "cash") == (owed - 90_000, 0, 0, 90_000)
    assert ledger_of(fund, "principal", "interest", "fee", "penalty") == before[:4]
    assert ledger_of(fund, "transfer_result", "transfer", "cash") == (90_000 - owed, 0, -90_000)
    assert Balance.objects.get(account_id=account).past_due > 0, "the borrower owes what was owed"
    assert sell(account, settles_on=settles_on) == (asked.id, True)
    book_is_right()


def test_what_happens_after_a_sale_is_the_owners_and_the_lender_owes_it_what_is_paid() -> None:
    from duecourse.servicing import parties, payments

    account, fund = bought(), party()
    sell(account)
    close(SALE)
    held = ledger_of(fund, "principal", "interest", "fee", "penalty")
    paid = payments.receive(account=account, amount_minor=30_000, received_on=SALE + timedelta(days=1), key="pay")
    late = payments.receive(account=account, amount_minor=5_000, received_on=date(2024, 2, 5), key="late")
    close(date(2024, 4, 5))
    assert lender("principal", "interest", "fee", "penalty", "funder") == (0, 0, 0, 0, -35_000)
    assert ledger_of(fund, "funder") == (35_000,)
    assert sum(ledger_of(fund, "principal", "interest", "fee", "penalty")) < sum(held)
    assert ledger_of(fund, "interest_income") < (0,), "interest charged since is the owner's"
    payments.reverse(account=account, entry=paid.entry_id, reason="bounced", by="test", key="undo")
    close(date(2024, 4, 6))
    assert ledger_of(fund, "funder") == (5_000,)
    assert late.amounts["cash"] == 5_000
    entry = parties.pay_over(party="fund", product="line_demo", amount_minor=5_000, by="ops", reason="monthly", key="s")
    assert (
        parties.pay_over(party="fund", product="line_demo", amount_minor=5_000, by="ops", reason="monthly", key="s")
        == entry
    )
    close(date(2024, 4, 7))
    assert ledger_of(fund, "funder", "cash") == (0, 5_000 - 90_000)
    assert lender("funder", "cash") == (0, 90_000)
    book_is_right()


def test_sold_and_bought_back_at_one_price_the_lenders_ledger_is_as_it_was() -> None:
    from duecourse.ledger import read
    from duecourse.personal import shared

    account, _ = bought(), party()
    before = read.trial_balances()[0, "CNY"]
    sell(account)
    close(SALE)
    buy_back(account, 90_000, SALE + timedelta(days=1))
    close(SALE + timedelta(days=1))
    (told,) = shared.of(person=1, on=SALE + timedelta(days=1))
    assert (told.kind, told.on, told.until) == ("owner", SALE, SALE)
    after = read.trial_balances()[0, "CNY"]
    moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert set(moved) <= {"accrued", "interest_income", "penalty_income"}, "but for what two days accrue"
    assert set(ledger_of(1, *after)) == {0}
    book_is_right()


def test_the_statement_of_who_buys_says_what_it_paid_and_what_it_got() -> None:
    from duecourse.servicing import funder_statement

    account, fund = bought(), party()
    sell(account, price=90_000)
    close(SALE)
    buy_back(account, 95_000, SALE + timedelta(days=1))
    close(SALE + timedelta(days=1))
    told = funder_statement.of(party="fund", since=FIRST, through=SALE + timedelta(days=1))
    owed = sum(told.lines[0][7:11])
    assert [(one.cause, one.account, one.price, one.result, one.held) for one in told.lines] == [
        ("bought", "1", 90_000, owed - 90_000, owed),
        ("sold back", "1", -95_000, 95_000 - owed, 0),
    ]
    assert told.lines[1].principal == -told.lines[0].principal == -100_000
    assert (told.sums[0].price, told.sums[0].result) == (-5_000, 5_000)
    assert ledger_of(fund, "transfer_result", "cash") == (-5_000, 5_000)
    assert lender("transfer_result", "cash") == (5_000, -5_000)
    book_is_right()


def test_a_sale_that_was_called_off_is_never_settled() -> None:
    from duecourse.personal import shared
    from duecourse.servicing import ownership

    account, _ = bought(), party()
    before = lender("principal", "cash", "loss")
    sell(account)
    ownership.cancel(account=account, on=SALE, by="officer", reason="no deal", key="off")
    with pytest.raises(ownership.NoTransferPending):
        ownership.cancel(account=account, on=SALE, by="officer", reason="no deal", key="off2")
    close(SALE)
    assert lender("principal", "cash", "loss") == before
    assert shared.of(person=1, on=SALE) == []
    assert sell(account, key="again", settles_on=SALE + timedelta(days=1)).id
    book_is_right()


def test_a_loan_is_sold_and_its_installments_are_the_owners() -> None:
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number="L", borrower_id=1, product="loan_demo", approved_minor=500_000, on=FIRST, by="test",
        installments=6, rate_ppm=120_000,
    )  # fmt: skip
    fund = party()
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key="draw")
    close(date(2024, 1, 20))
    sell(account, price=500_000, settles_on=date(2024, 1, 21), on=date(2024, 1, 21))
    close(date(2024, 1, 31))
    loans.pay(account=account, amount_minor=86_266, on=date(2024, 2, 1), key="pay")
    close(date(2024, 2, 1))
    assert ledger_of(fund, "principal", "interest", "interest_income", "funder") == (418_830, 0, -5_096, 86_266)
    assert lender("principal", "interest", "funder") == (0, 0, -86_266)
    book_is_right()


def test_what_was_charged_off_is_sold_for_a_gain() -> None:
    from duecourse.servicing import charge_offs

    account, fund = bought(), party()
    charge_offs.charge_off(account=account, on=SALE, by="officer", reason="lost", key="off")
    close(SALE)
    lost = lender("loss")[0]
    sell(account, price=3_000, settles_on=SALE + timedelta(days=1))
    close(SALE + timedelta(days=1))
    assert lender("loss", "transfer_result", "principal", "charged_off") == (lost, -3_000, 0, 0)
    assert ledger_of(fund, "transfer_result") == (3_000,)
    book_is_right()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"price_minor": -1}, "not_an_amount"),
        ({"to": "nobody"}, "unknown_party"),
        ({"to": "lender"}, "already_sold"),
        ({"settles_on": SALE - timedelta(days=1)}, "settles_before_open_day"),
        ({"on": SALE + timedelta(days=1)}, "effective_after_open_day"),
    ],
)
def test_a_sale_that_cannot_be_is_refused_and_nothing_moves(changed: dict[str, Any], code: str) -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.ledger.tables import Entry, Request
    from duecourse.servicing.party_tables import Sale

    account, _ = bought(), party()
    before = Entry.objects.count(), Request.objects.count()
    with pytest.raises(Refused) as refused:
        sell(account, **{"price": changed.pop("price_minor", 90_000), **changed})
    assert refused.value.code == code
    assert (Entry.objects.count(), Request.objects.count(), Sale.objects.count()) == (*before, 0)


def test_who_sold_cannot_sell_again_and_who_did_not_cannot_buy_back() -> None:
    from duecourse.servicing import funding, ownership

    account, _ = bought(), party()
    with pytest.raises(ownership.NotSold):
        buy_back(account, 1, SALE)
    sell(account)
    with pytest.raises(ownership.TransferPending):
        sell(account, key="twice")
    with pytest.raises(ownership.TransferPending):
        buy_back(account, 1, SALE)
    close(SALE)
    with pytest.raises(ownership.AlreadySold):
        sell(account, key="thrice", settles_on=SALE + timedelta(days=1))
    with pytest.raises(funding.AccountSold):
        funding.agree(
            account=account, shares=[funding.Funder("fund", 500_000, 0)], on=SALE + timedelta(days=1), by="officer",
            reason="pool", key="fund",
        )  # fmt: skip
    book_is_right()


def test_a_party_has_one_name() -> None:
    from duecourse.servicing import parties

    first = party()
    assert party() == first
    for code in ("fund", "lender"):
        with pytest.raises(parties.PartyKnown):
            parties.introduce(code=code, name="Another", by="test")
    with pytest.raises(parties.NothingToSettle):
        parties.pay_over(party="fund", product="line_demo", amount_minor=1, by="ops", reason="early", key="s")
