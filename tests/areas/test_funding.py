"""Co-lending on the real database: shares of every posting, the funders' rates, the first-loss guarantee."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 1)
DUE = date(2024, 2, 1)


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def book_is_right() -> None:
    from duecourse.book import check

    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"


def ledger_of(owner: int, *columns: str) -> tuple[int, ...]:
    """Sums over one owner's ledger (0: the lender's), which comes to zero."""
    from duecourse.ledger import read

    sums = [told for (of, _), told in read.trial_balances().items() if of == owner]
    assert all(sum(told.values()) == 0 for told in sums)
    return tuple(sum(told[name] for told in sums) for name in columns)


def funders() -> list[int]:
    from duecourse.servicing import parties

    return [parties.introduce(code=code, name=f"Bank {code}", by="test") for code in ("north", "south")]


def loan(number: str = "L", **changed: Any) -> int:
    from duecourse.servicing import loan_opening

    terms = {"installments": 6, "rate_ppm": 120_000, **changed}
    return loan_opening.open_loan(
        number=number, borrower_id=1, product="loan_demo", approved_minor=500_000, on=FIRST, by="test", **terms
    )


def line(number: str = "1") -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(number=number, borrower_id=1, product="line_demo", limit_minor=1_000_000, on=FIRST)


def draw(account: int, key: str = "draw") -> None:
    from duecourse.servicing import loans

    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key=key)


def agree(account: int, *shares: tuple[str, int, int], key: str = "agree", on: date = FIRST, **told: Any) -> Any:
    from duecourse.servicing import funding

    return funding.agree(
        account=account, shares=[funding.Funder(*one) for one in shares], on=on, by="officer", reason="pool A",
        key=key, **told,
    )  # fmt: skip


def held(account: int, on: date) -> dict[str, tuple[int, ...]]:
    """Of each party: principal, interest, what passed to it, what it earned."""
    from duecourse.servicing import funding

    found = funding.position(account=account, on=on)
    return {one.party: (one.principal, one.interest, one.paid, one.earned) for one in found}


BOTH = (("north", 500_000, 60_000), ("south", 333_333, 48_000))


def test_two_funders_have_their_share_of_every_posting_at_their_own_rates() -> None:
    from duecourse.servicing import loans

    account = loan()
    north, _ = funders()
    agreed = agree(account, *BOTH)
    assert agree(account, *BOTH) == (agreed.id, True)
    draw(account)
    close(FIRST)
    assert held(account, FIRST) == {
        "north": (250_000, 0, -250_000, 0),
        "south": (166_666, 0, -166_666, 0),
        "lender": (83_334, 0, -83_334, 0),
    }
    close(DUE - timedelta(days=1))
    paid = loans.pay(account=account, amount_minor=86_266, on=DUE, key="pay")
    assert paid.amounts == {"principal": -81_170, "interest": -5_096, "cash": 86_266}
    close(DUE)
    north_earned, south_earned = 5_096 * 500_000 * 60 // (120 * 10**6), 679
    assert held(account, DUE) == {
        "north": (209_415, 0, 40_585 + north_earned - 250_000, north_earned),
        "south": (139_609, 0, 27_057 + south_earned - 166_666, south_earned),
        "lender": (418_830 - 209_415 - 139_609, 0, -413_734 - (north_earned + south_earned + 67_642 - 416_666),
                   5_096 - north_earned - south_earned),
    }  # fmt: skip
    assert ledger_of(north, "funded", "funder_income") == (209_415, -north_earned)
    assert ledger_of(0, "funded", "funder_income") == (-209_415 - 139_609, north_earned + south_earned)
    assert ledger_of(0, "principal") == (418_830,), "the account's own entries are the borrower's whole debt"
    book_is_right()


def test_a_payment_that_is_late_or_taken_back_is_shared_as_it_comes() -> None:
    from duecourse.servicing import loans, payments

    account = loan()
    funders()
    agree(account, *BOTH)
    draw(account)
    close(date(2024, 2, 5))
    before = held(account, date(2024, 2, 5))
    paid = loans.pay(account=account, amount_minor=20_000, on=date(2024, 1, 20), key="early")
    close(date(2024, 2, 6))
    changed = held(account, date(2024, 2, 6))
    assert sum(one[2] for one in changed.values()) == sum(one[2] for one in before.values()) + 20_000
    payments.reverse(account=account, entry=paid.entry_id, reason="bounced", by="test", key="undo")
    close(date(2024, 2, 7))
    assert held(account, date(2024, 2, 7)) == before
    assert held(account, date(2024, 2, 6)) == changed, "a day that is sealed says what it said"
    book_is_right()


def test_shares_agreed_later_are_taken_over_at_what_is_owed_and_given_back() -> None:
    from duecourse.servicing import purchases

    account = line()
    north, _ = funders()
    purchases.post(account=account, amount_minor=100_001, on=FIRST, key="buy")
    close(date(2024, 1, 9))
    agree(account, ("north", 1_000_000, 100_000), on=date(2024, 1, 12))
    close(date(2024, 1, 11))
    assert ledger_of(0, "funded") == (0,)
    close(date(2024, 1, 12))
    assert held(account, date(2024, 1, 12)) == {"north": (100_001, 0, -100_001, 0), "lender": (0, 0, 100_001, 0)}
    agree(account, on=date(2024, 1, 14), key="end")
    close(date(2024, 1, 14))
    assert held(account, date(2024, 1, 14))["north"] == (0, 0, 0, 0)
    assert ledger_of(north, "funded", "funder", "funder_income") == (0, 0, 0)
    book_is_right()


def late_loan(*shares: tuple[str, int, int], **guarantee: Any) -> int:
    from duecourse.servicing import funding

    account = loan(**{"number": guarantee.pop("number", "L")})
    told = funding.Guarantee(**{"guarantor": "lender", "days": 30, "cap_ppm": 1_000_000, **guarantee})
    agree(account, *shares, key=f"agree{account}", pool="A", guarantee=told)
    draw(account, f"draw{account}")
    return account


def give_the_pool_more() -> None:
    """Another loan of the pool, not due before the first is late: the cap is then above one loan's claims."""
    account = loan("more", first_due=date(2024, 2, 20))
    agree(account, *BOTH, key="more", pool="A")
    draw(account, "draw more")


def test_the_guarantor_pays_what_is_unpaid_on_the_day_and_owns_the_share_since() -> None:
    from duecourse.servicing import funding, loans

    funders()
    account = late_loan(*BOTH)
    give_the_pool_more()
    called = DUE + timedelta(days=30)
    close(called - timedelta(days=1))
    before = held(account, called - timedelta(days=1))
    assert funding.claims_of(account=account) == []
    close(called)
    now = held(account, called)
    for funder in ("north", "south"):
        assert now[funder][:2] == (0, 0)
        assert now[funder][2] == before[funder][2] + sum(before[funder][:2])
    assert now["lender"][0] == 500_000
    claims = funding.claims_of(account=account)
    assert [(claim.days_past_due, claim.guarantee.principal, claim.guarantee.interest) for claim in claims] == [
        (30, *before["north"][:2]),
        (30, *before["south"][:2]),
    ]
    loans.pay(account=account, amount_minor=50_000, on=called + timedelta(days=1), key="pay")
    close(called + timedelta(days=2))
    assert held(account, called + timedelta(days=2))["north"] == now["north"], "what comes later is the guarantor's"
    book_is_right()


def test_a_named_guarantor_has_what_is_recovered() -> None:
    from duecourse.servicing import loans, parties

    funders()
    insurer = parties.introduce(code="insurer", name="An insurer", by="test")
    account = late_loan(("north", 800_000, 60_000), guarantor="insurer")
    give_the_pool_more()
    called = DUE + timedelta(days=30)
    close(called)
    now = held(account, called)
    assert now["insurer"][0] == 400_000
    assert ledger_of(insurer, "funder") == (-sum(now["insurer"][:2]),)
    loans.pay(account=account, amount_minor=10_000, on=called + timedelta(days=1), key="pay")
    close(called + timedelta(days=1))
    after = held(account, called + timedelta(days=1))
    assert after["north"] == now["north"]
    assert after["insurer"][2] > now["insurer"][2]
    book_is_right()


def test_a_guarantee_ends_at_its_cap_for_all_accounts_of_the_pool() -> None:
    from duecourse.servicing import funding

    funders()
    first, second, third = (
        late_loan(("north", 800_000, 60_000), number=str(i), cap_ppm=500_000) for i in range(3)
    )  # fmt: skip
    called = DUE + timedelta(days=30)
    close(called + timedelta(days=3))
    paid = [
        sum(claim.guarantee.principal + claim.guarantee.interest for claim in funding.claims_of(account=account))
        for account in (first, second, third)
    ]
    assert paid[0] > 400_000, "principal and interest"
    assert paid[2] == 0
    assert 600_000 - 2 <= sum(paid) <= 600_000, "half of what north put in"
    assert 0 < held(second, called)["north"][0] < 400_000
    assert held(third, called)["north"][0] == 400_000
    book_is_right()


def test_a_funders_statement_says_what_moved_and_what_was_settled(tmp_path: Path) -> None:
    from duecourse.servicing import funder_statement, loans, parties

    account = loan()
    north, _ = funders()
    agree(account, *BOTH)
    draw(account)
    close(FIRST)
    parties.take_in(party="north", product="loan_demo", amount_minor=250_000, by="ops", reason="funds", key="in")
    loans.pay(account=account, amount_minor=86_266, on=date(2024, 1, 2), key="pay")
    close(DUE)
    told = funder_statement.of(party="north", since=date(2024, 1, 2), through=DUE)
    assert [(line.cause, line.passed, line.settled) for line in told.lines][:2] == [
        ("posting", 43_133, 0),
        ("settled", 0, -250_000),
    ]
    assert told.lines[-1].cause == "posting"
    assert told.lines[-1].interest == told.lines[-1].earned > 0
    assert told.sums[0].owed == ledger_of(north, "funder")[0] == 43_133
    funder_statement.write(told, tmp_path / "north.csv")
    rows = list(csv.DictReader((tmp_path / "north.csv").open(encoding="utf-8")))
    assert (rows[0]["account"], rows[0]["passed"], rows[0]["booked_day"]) == ("L", "431.33", "2024-01-02")
    assert len(rows) == len(told.lines)
    with pytest.raises(parties.UnknownParty):
        funder_statement.of(party="nobody", since=FIRST, through=DUE)


@pytest.mark.parametrize(
    ("shares", "told", "code"),
    [
        ([("north", 600_000, 0), ("south", 400_001, 0)], {}, "shares_above_whole"),
        ([("north", 900_000, 150_000)], {}, "funders_rate_above_account"),
        ([("north", 0, 0)], {}, "share_out_of_range"),
        ([("north", 1, 0), ("north", 1, 0)], {}, "funder_named_twice"),
        ([("lender", 1, 0)], {}, "funder_named_twice"),
        ([("nobody", 1, 0)], {}, "unknown_party"),
        ([], {}, "not_funded"),
        ([("north", 1, 0)], {"on": FIRST - timedelta(days=1)}, "funding_before_opening"),
        ([("north", 1, 0)], {"guarantee": ("lender", 0, 10)}, "share_out_of_range"),
        ([("north", 1, 0)], {"guarantee": ("nobody", 9, 10)}, "unknown_party"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused_and_nothing_is_kept(
    shares: list[tuple[str, int, int]], told: dict[str, Any], code: str
) -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.ledger.tables import Request
    from duecourse.servicing import funding
    from duecourse.servicing.party_tables import Funding

    account = loan()
    funders()
    if "guarantee" in told:
        told = {"guarantee": funding.Guarantee(*told["guarantee"])}
    before = Request.objects.count()
    with pytest.raises(Refused) as refused:
        agree(account, *shares, **told)
    assert refused.value.code == code
    assert (Request.objects.count(), Funding.objects.count()) == (before, 0)


def test_who_does_not_fund_has_no_position() -> None:
    from duecourse.servicing import funding

    with pytest.raises(funding.NotFunded):
        funding.position(account=loan(), on=FIRST)


def sell(account: int, to: str, price: int, settles_on: date) -> None:
    from duecourse.servicing import ownership

    told = {"settles_on": settles_on, "on": FIRST, "by": "officer", "reason": "sale", "key": "sell"}
    ownership.sell(account=account, to=to, price_minor=price, **told)  # type: ignore[arg-type]


def buy_back(account: int, price: int, settles_on: date) -> None:
    from duecourse.servicing import ownership

    ownership.buy_back(
        account=account, price_minor=price, settles_on=settles_on, on=FIRST, by="officer", reason="back", key="back"
    )  # fmt: skip


def test_of_a_funded_account_the_lender_sells_its_own_place_and_funders_keep_theirs() -> None:
    from duecourse.personal import shared
    from duecourse.servicing import loans, parties

    account = loan()
    north, _ = funders()
    fund = parties.introduce(code="fund", name="A fund", by="test")
    agree(account, *BOTH)
    draw(account)
    close(FIRST)
    sell(account, "fund", 80_000, date(2024, 1, 10))
    close(date(2024, 1, 10))
    assert ledger_of(0, "principal", "funded", "transfer_result", "cash", "funder") == (0, 0, 3_334, -420_000, 416_666)
    assert ledger_of(fund, "principal", "funded", "transfer_result", "cash") == (500_000, -416_666, -3_334, -80_000)
    assert ledger_of(north, "funded", "funder") == (250_000, -250_000), "what a funder holds is as it was"
    assert list(held(account, date(2024, 1, 10))) == ["north", "south", "lender"]
    close(DUE - timedelta(days=1))
    loans.pay(account=account, amount_minor=86_266, on=DUE, key="pay")
    close(DUE)
    told = [(one.on, one.kind, one.who) for one in shared.of(person=1, on=DUE)]
    assert told == [
        (date(2024, 1, 10), "owner", "A fund"),
        (FIRST, "funder", "Bank north"),
        (FIRST, "funder", "Bank south"),
    ]
    position = held(account, DUE)
    assert list(position) == ["north", "south", "fund"]
    north_earned, south_earned = 5_096 * 500_000 * 60 // (120 * 10**6), 679
    assert position["north"] == (209_415, 0, 40_585 + north_earned - 250_000, north_earned)
    assert ledger_of(0, "principal", "funded", "funder_income") == (0, 0, 0)
    income, accrued = ledger_of(0, "interest_income", "accrued")
    assert income + accrued == 0, "what a day accrues is the lender's until it is charged"
    assert ledger_of(0, "funder") == (416_666 - 86_266,), "the lender handles the money and owes all of it"
    assert ledger_of(fund, "interest_income", "funder_income") == (-5_096, north_earned + south_earned)
    assert ledger_of(fund, "funder") == (86_266 - 40_585 - north_earned - 27_057 - south_earned,)
    book_is_right()


def test_bought_back_at_one_price_a_funded_account_is_as_if_it_had_not_been_sold() -> None:
    from duecourse.ledger import read

    account = loan()
    funders()
    agree(account, *BOTH)
    draw(account)
    close(FIRST)
    before = read.trial_balances()
    sell(account, "south", 80_000, date(2024, 1, 10))
    close(date(2024, 1, 12))
    book_is_right()
    buy_back(account, 80_000, date(2024, 1, 13))
    close(date(2024, 1, 13))
    assert read.trial_balances() == {
        key: {**told, **{name: read.trial_balances()[key][name] for name in ("accrued", "interest_income")}}
        for key, told in before.items()
    }, "who bought it funds a share of its own, and still has that one"
    book_is_right()


def test_who_bought_the_lenders_place_owes_what_the_lender_guaranteed() -> None:
    from duecourse.servicing import parties

    funders()
    fund = parties.introduce(code="fund", name="A fund", by="test")
    account = late_loan(("north", 800_000, 60_000))
    give_the_pool_more()
    called = DUE + timedelta(days=30)
    sell(account, "fund", 1, called)
    close(called - timedelta(days=1))
    before = held(account, called - timedelta(days=1))["north"]
    close(called)
    assert ledger_of(fund, "principal", "funded", "funder") == (500_000, 0, -before[0] - before[1])
    assert held(account, called)["north"][:2] == (0, 0)
    book_is_right()


def test_each_posting_is_shared_out_whole_and_told_by_posting(tmp_path: Path) -> None:
    from duecourse.ledger.tables import Entry
    from duecourse.servicing import funder_statement, funding, loans

    account = loan()
    north, _ = funders()
    agree(account, *BOTH)
    draw(account)
    close(DUE - timedelta(days=1))
    paid = [
        loans.pay(account=account, amount_minor=amount, on=DUE, key=f"pay{amount}").entry_id
        for amount in (33_333, 1, 20_001)
    ]
    assert funding.of_posting(account=account, entry=paid[0]) == [], "shared out by the close of its day"
    close(DUE)
    for entry in Entry.objects.filter(account_id=account, owner=0).exclude(kind__in=(23, 24, 30, 31, 32)):
        parts = funding.of_posting(account=account, entry=entry.id)
        assert sum(one.principal for one in parts) == (entry.principal or 0)
        assert sum(one.interest for one in parts) == (entry.interest or 0)
        assert sum(one.paid for one in parts) == (entry.cash or 0)
    assert [one.party for one in funding.of_posting(account=account, entry=paid[0])] == ["north", "south", "lender"]
    told = funder_statement.of(party="north", since=DUE, through=DUE, by_posting=True)
    assert [line.posting for line in told.lines if line.cause == "payment"] == [paid[0], paid[2]], "one unit: another's"
    by_day = funder_statement.of(party="north", since=DUE, through=DUE)
    assert len(by_day.lines) < len(told.lines)
    assert by_day.sums == told.sums
    assert by_day.lines[-1].held == told.lines[-1].held == ledger_of(north, "funded")[0]
    book_is_right()


FUNDED_BY = {
    "from": date(2023, 1, 1),
    "funders": [{"party": "north", "share_ppm": 500_000, "rate_ppm": 60_000}],
    "pool": "spring",
    "guarantor": "south",
    "guarantee_days": 30,
    "guarantee_cap_ppm": 100_000,
}


def product_is_funded(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> None:
    """The products of the house name funders in their files."""
    from duecourse.rules.read import document

    for code in ("loan_demo", "line_demo"):
        monkeypatch.setitem(document(f"house/products/{code}.toml"), "funding", [{**FUNDED_BY, **changed}])  # type: ignore[arg-type]


def test_accounts_open_with_the_funders_that_their_product_names(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.rules.funding_terms import Funder, FundingTerms
    from duecourse.servicing.party_tables import Funding

    product_is_funded(monkeypatch)
    funders()
    plain, own, alone = (
        loan("plain"),
        loan("own", funded=FundingTerms((Funder("south", 200_000, 1_000),))),
        loan("alone", funded=FundingTerms()),
    )
    told = line()
    for account in (plain, own, alone):
        draw(account, f"draw{account}")
    close(FIRST)
    assert held(plain, FIRST) == {"north": (250_000, 0, -250_000, 0), "lender": (250_000, 0, -250_000, 0)}
    assert held(own, FIRST)["south"][0] == 100_000
    assert not Funding.objects.filter(account_id=alone).exists()
    kept = Funding.objects.get(account_id=told)
    assert (kept.pool, kept.guarantee_days, kept.guarantee_cap_ppm, kept.from_day) == ("spring", 30, 100_000, FIRST)
    assert kept.by == "product line_demo"
    book_is_right()


def test_a_product_whose_funders_cannot_be_opens_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.rules.fields import TermsRefused
    from duecourse.servicing.tables import Account

    product_is_funded(monkeypatch)
    with pytest.raises(Refused) as refused:
        loan()
    assert refused.value.code == "unknown_party"
    funders()
    with pytest.raises(Refused) as refused:
        loan(rate_ppm=29_999)
    assert refused.value.code == "funders_rate_above_account"
    product_is_funded(monkeypatch, pool=7)
    with pytest.raises(TermsRefused, match=r"loan_demo\.toml: pool: 7 is not words"):
        loan()
    assert Account.objects.count() == 0
    product_is_funded(monkeypatch, **{"from": FIRST + timedelta(days=1)})
    assert loan(), "a row of a later day holds for accounts opened then"


def test_shares_from_a_closed_day_on_are_agreed_only_where_nothing_was_booked_since() -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.ledger.tables import Entry, Request
    from duecourse.servicing.party_tables import Funding

    account = loan()
    funders()
    draw(account)
    close(date(2024, 1, 9))
    before = Entry.objects.count(), Request.objects.count(), Funding.objects.count()

    def refused(**told: Any) -> str:
        with pytest.raises(Refused) as found:
            agree(account, ("north", 500_000, 60_000), **{"key": "late", **told})
        return found.value.code

    assert refused(on=FIRST) == "funding_booked_since"
    assert refused(on=FIRST - timedelta(days=1)) == "funding_before_opening"
    assert (Entry.objects.count(), Request.objects.count(), Funding.objects.count()) == before
    agree(account, ("north", 500_000, 60_000), on=date(2024, 1, 5))
    assert refused(on=date(2024, 1, 4)) == "funding_shared_since"
    close(date(2024, 1, 10))
    assert held(account, date(2024, 1, 10)) == {"north": (250_000, 0, -250_000, 0), "lender": (250_000, 0, 250_000, 0)}
    assert Entry.objects.filter(kind=24).values_list("effective_day", flat=True).first() == date(2024, 1, 5)
    assert refused(on=date(2024, 1, 8)) == "funding_shared_since"
    book_is_right()


def test_an_account_that_was_set_aside_is_shared_when_it_returns() -> None:
    from django.db import connections

    from duecourse.book import close as closing
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import purchases

    def change(statement_on: int) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute("UPDATE ledger_balance SET statement_on = %s WHERE account_id = %s", [statement_on, account])

    account = line()
    funders()
    agree(account, ("north", 500_000, 100_000))
    purchases.post(account=account, amount_minor=100_000, on=FIRST, key="buy")
    close(date(2024, 2, 25))
    before = held(account, date(2024, 2, 25))["north"]
    right = Balance.objects.get(account_id=account).statement_on
    change(Balance.objects.get(account_id=account).day - 5)
    assert not closing.through(date(2024, 3, 1))[-1].sealed
    assert held(account, date(2024, 3, 1))["north"] == before
    change(right)
    closing.through(date(2024, 3, 2))
    after = held(account, date(2024, 3, 2))["north"]
    assert after[1] > before[1], "the statement of 1 March, booked the day after"
    assert after[3] - before[3] > after[1] - before[1], "late interest too"
    book_is_right()


def test_a_share_is_bought_for_less_and_sold_back_for_more_than_is_owed() -> None:
    from duecourse.ledger.tables import Balance
    from duecourse.servicing import funder_statement, funding

    account = loan()
    north, _ = funders()
    draw(account)
    close(FIRST)
    on, back = FIRST + timedelta(days=1), FIRST + timedelta(days=3)
    half = ("north", 500_000, 60_000)
    agreed = agree(account, half, on=on, prices_minor={"north": 240_000})
    assert agree(account, half, on=on, prices_minor={"north": 240_000}) == (agreed.id, True)
    borrower = Balance.objects.filter(account_id=account).values("revolving", "past_due", "interest").get()
    close(on)
    assert held(account, on)["north"] == (250_000, 0, -240_000, 10_000)
    assert ledger_of(north, "funded", "funder", "transfer_result", "funder_income") == (250_000, -240_000, -10_000, 0)
    assert ledger_of(0, "funded", "funder", "transfer_result", "loss") == (-250_000, 240_000, 10_000, 0)
    agree(account, key="back", on=back, prices_minor={"north": 251_000})
    close(back)
    assert ledger_of(north, "funded", "funder", "transfer_result") == (0, 11_000, -11_000)
    assert ledger_of(0, "funded", "funder", "transfer_result") == (0, -11_000, 11_000)
    assert Balance.objects.filter(account_id=account).values("revolving", "past_due", "interest").get() == borrower
    told = funder_statement.of(party="north", since=FIRST, through=back)
    assert [(one.cause, one.principal, one.passed, one.earned, one.price, one.result) for one in told.lines] == [
        ("shares begin at a price", 250_000, -240_000, 0, 240_000, 10_000),
        ("shares begin at a price", -250_000, 251_000, 0, -251_000, 1_000),
    ]
    assert told.sums[0][2:] == (11_000, 0, -11_000, 11_000, 0, 11_000)
    assert funding.position(account=account, on=back)[-1].principal == 500_000
    book_is_right()


@pytest.mark.parametrize(
    ("prices", "code"),
    [
        ({"south": 5}, "price_without_share"),
        ({"lender": 5}, "price_without_share"),
        ({"nobody": 5}, "unknown_party"),
        ({"north": -1}, "not_an_amount"),
    ],
)
def test_a_price_that_cannot_be_is_refused_and_nothing_is_kept(prices: dict[str, int], code: str) -> None:
    from duecourse.ledger.journal import Refused
    from duecourse.ledger.tables import Request
    from duecourse.servicing.party_tables import Funding

    account = loan()
    funders()
    before = Request.objects.count()
    with pytest.raises(Refused) as refused:
        agree(account, ("north", 500_000, 60_000), prices_minor=prices)
    assert refused.value.code == code
    assert (Request.objects.count(), Funding.objects.count()) == (before, 0)
