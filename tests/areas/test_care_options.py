"""Help for who cannot pay: what fits is offered, what is accepted asks what it showed, and until then nobody duns."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from duecourse.care.affordability import Affordable, Household, affordable
from duecourse.rules import hardship_terms
from duecourse.rules.read import day_number

FIRST = date(2024, 1, 5)
ON = date(2024, 3, 15)
NOON = datetime(2024, 3, 15, 4, 0, tzinfo=UTC)
TERMS = {
    "late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9,
    "nonaccrual_days": 90,
}  # fmt: skip
WHO: dict[str, Any] = {"by": "bob"}
HOUSEHOLD = Household(adults=1, children=1, income_minor=450_000, essential_minor=420_000, other_debts_minor=10_000)


def test_what_is_protected_stands_where_spending_is_below_it() -> None:
    rule = hardship_terms.protected(place="US-NY", currency="USD", on=date(2026, 1, 1))
    assert rule.of(adults=2, children=1) == 130_417 + 2 * 45_833
    poor = Household(2, 1, 230_000, 100_000, 0)
    assert affordable(poor, rule) == Affordable(7_917, 222_083, 0, True)
    assert affordable(poor._replace(essential_minor=240_000), rule) == Affordable(0, 240_000, 10_000, False)


def test_a_place_or_currency_without_a_figure_protects_what_is_spent() -> None:
    assert hardship_terms.protected(place="CN", currency="USD", on=ON).of(adults=3, children=2) == 0


def test_free_advice_is_named_for_each_place_that_has_rules() -> None:
    found = {place: hardship_terms.adviser(place=place, on=ON) for place in ("CN", "US-NY", "UK", "DE")}
    assert all(found.values())
    assert found["DE"] is not None
    assert found["DE"].reach == "https://ecdn.eu"


def open_line(number: str = "L", on: date = FIRST) -> int:
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(
        number=number, borrower_id=1, product="card_tw_2005", limit_minor=500_000, on=on, **TERMS
    )
    purchases.post(account=account, amount_minor=100_000, on=on, key=f"{number} bought")
    return account


def open_loan() -> int:
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number="C", borrower_id=1, product="loan_demo", approved_minor=600_000, on=FIRST, by="bob", installments=12
    )
    loans.draw(account=account, amount_minor=600_000, on=FIRST, by="bob", key="drawn")
    return account


def told(borrower: int = 1, household: Household = HOUSEHOLD, currency: str = "TWD") -> int:
    from duecourse.borrowers import reach
    from duecourse.care import hardship

    reach.reside(borrower=borrower, place="CN", zone="Asia/Shanghai", language="zh", reason="application", **WHO)
    return hardship.take(
        borrower=borrower, household=household, currency=currency, cause="lost the job", on=ON, at=NOON, **WHO
    ).id


@pytest.fixture(scope="module")
def made(module_db: str) -> tuple[int, int]:
    """A line and a loan that nobody has paid, closed to the day before they are asked about."""
    from duecourse.book import close

    ids = open_line(), open_loan()
    close.through(ON - timedelta(days=1))
    return ids


@pytest.fixture
def book(made: tuple[int, int], db_copy: str) -> tuple[int, int]:
    return made


def test_what_is_offered_fits_and_no_other_option_is_as_good_in_all(book: tuple[int, int]) -> None:
    from duecourse.care import offers, options

    for account, currency in zip(book, ("TWD", "CNY"), strict=True):
        proposed = offers.propose(hardship=told(currency=currency), account=account, **WHO)
        assert proposed.left_minor == 20_000
        offered = [one for _, one in proposed.offers]
        assert offered
        assert len({one.kind for one in proposed.found.computed}) >= 4
        for one in offered:
            assert one.shown.most_in_a_month <= 20_000
            assert one.shown.left_minor == 0 or one.kind in options.GOES_ON
            assert not any(
                other.shown.most_in_a_month <= one.shown.most_in_a_month
                and other.shown.cost_minor <= one.shown.cost_minor
                and other.value_minor >= one.value_minor
                and options.figures(other) != options.figures(one)
                for other in proposed.found.computed
            )
        costs = [one.shown.cost_minor for one in offered]
        assert costs == sorted(costs)
        assert proposed.found.as_agreed.kind == "as_agreed"
        assert proposed.found.nothing_minor > 0


def test_every_option_is_offered_or_left_out_with_its_reason(book: tuple[int, int]) -> None:
    from duecourse.care import offers, option_words, options

    seen = set()
    for account, currency in zip(book, ("TWD", "CNY"), strict=True):
        for income in (435_000, 450_000, 520_000):
            household = HOUSEHOLD._replace(income_minor=income)
            proposed = offers.propose(hardship=told(household=household, currency=currency), account=account, **WHO)
            found = proposed.found
            left_out = [one.option for one in found.left_out if one.option]
            assert {*map(id, found.offered), *map(id, left_out)} == {*map(id, found.computed)}
            assert len(left_out) + len(found.offered) == len(found.computed)
            for one in found.left_out:
                seen.add(one.code)
                if one.code == options.TOO_MUCH:
                    assert one.option
                    assert one.minor == one.option.shown.most_in_a_month - proposed.left_minor > 0
                if one.code == options.BEATEN:
                    assert one.option
                    assert one.by
                    assert one.by.fits
                    mine, its = options.figures(one.option), options.figures(one.by)
                    assert mine != its
                    assert all(a >= b for a, b in zip(mine, its, strict=True))
            for language in option_words.LANGUAGES:
                lines = list(option_words.grouped(found.left_out, language, str))
                assert len(lines) == len({(one.kind, one.code) for one in found.left_out})
    assert {"too_much", "beaten"} <= seen


def test_who_can_pay_as_agreed_is_offered_time_though_other_options_are_as_good(db: str) -> None:
    from duecourse.book import close
    from duecourse.care import offers, options

    account = open_line()
    close.through(date(2024, 2, 4))
    rich = HOUSEHOLD._replace(income_minor=900_000)
    proposed = offers.propose(hardship=told(household=rich), account=account, **WHO)
    assert proposed.found.as_agreed.fits
    assert [one.kind for _, one in proposed.offers] == ["deferral"]
    assert {one.code for one in proposed.found.left_out if one.option} == {options.TIME_IS_ENOUGH}
    assert [one.code for one in proposed.found.left_out if one.kind == "past_due_spread"] == ["nothing_past_due"]


def test_what_a_quiet_line_owes_has_its_interest_until_the_day(book: tuple[int, int]) -> None:
    from duecourse.servicing import outlook, payoff

    held = outlook.held(account=book[0])
    assert held.row.day < held.today - 1, "nothing has happened to it of late"
    assert held.owed_minor == payoff.quote(number="L", day=held.open_day).quote.payoff


def test_a_household_that_cannot_pay_all_as_agreed_owes_each_account_its_part(db: str) -> None:
    from duecourse.book import close
    from duecourse.care import offers
    from duecourse.servicing import arrangements, outlook
    from duecourse.servicing.arrangement_plan import Amount, Plan, Rate

    one, other = open_line(), open_line("M")
    loan = open_loan()
    close.through(ON - timedelta(days=1))
    poor = read(told(household=HOUSEHOLD._replace(income_minor=440_000)))
    assert offers.left_for(poor, outlook.held(account=loan), "CNY") == offers.Left(10_000, 10_000, 0, 0)
    for account in (one, other):
        assert offers.left_for(poor, outlook.held(account=account), "TWD") == offers.Left(5_000, 10_000, 0, 1)
    hardship = told(household=HOUSEHOLD._replace(income_minor=455_000))
    found = {account: offers.propose(hardship=hardship, account=account, **WHO) for account in (one, other)}
    assert [proposed.left_minor for proposed in found.values()] == [12_500, 12_500]
    offer, option = max(found[other].offers, key=lambda told: told[1].shown.most_in_a_month)
    assert option.shown.most_in_a_month > 5_000
    settled = Plan(amounts=(Amount(date(2024, 4, 10), 20_000),), rate=Rate(0), forgives_rest=True)
    arrangements.agree(account=one, terms=settled, on=ON, by="bob", reason="their wish", key="settled")
    with pytest.raises(offers.OfferStale, match="other accounts leave 5000"):
        offers.accept(offer=offer, at=NOON, reason="agreed", key="two", **WHO)
    assert arrangements.standing(account=other, on=ON) is None
    assert offers.propose(hardship=hardship, account=other, **WHO).left == offers.Left(5_000, 25_000, 20_000, 1)


def read(hardship: int) -> Any:
    from duecourse.care import hardship as hardships

    return hardships.read(hardship=hardship)


def test_an_offer_that_is_accepted_asks_what_it_showed_and_ends_the_wait(book: tuple[int, int]) -> None:
    from duecourse.care import hardship as hardships
    from duecourse.care import offers
    from duecourse.care.hardship_tables import Offer
    from duecourse.outreach import contact
    from duecourse.servicing import arrangements

    line, _ = book
    hardship = told(household=HOUSEHOLD._replace(income_minor=900_000))
    asked: dict[str, Any] = {"person": 1, "channel": "call", "purpose": "collection", "about": line, "by": "bob"}
    waiting = contact.may_we(at=NOON, **asked)
    assert [one.id for one in waiting.answer.refusals] == ["HOUSE-HARDSHIP"]
    proposed = offers.propose(hardship=hardship, account=line, **WHO)
    offer, option = next(one for one in proposed.offers if one[1].kind == "interest_freeze")
    arrangement = offers.accept(offer=offer, at=NOON, reason="agreed by phone", key="yes", **WHO)
    assert offers.accept(offer=offer, at=NOON, reason="agreed by phone", key="yes", **WHO) == arrangement
    standing = arrangements.standing(account=line, on=ON)
    assert standing is not None
    assert [[str(one.due_on), one.amount_minor] for one in standing.amounts] == Offer.objects.get(id=offer).shown[
        "payments"
    ]
    assert sum(one.amount_minor for one in standing.amounts) == option.shown.total_minor
    (answered,) = hardships.answers_of(hardship=hardship)
    assert (answered.answer, answered.arrangement_id) == ("accepted", arrangement)
    after = contact.may_we(at=NOON + timedelta(hours=1), **asked)
    assert [one.id for one in after.answer.refusals] == ["CN-HARD-02", "HOUSE-ARRANGEMENT", "HOUSE-HARDSHIP"]
    other = open_line("M", ON)
    left = offers.propose(hardship=hardship, account=other, **WHO).left_minor
    assert left == proposed.left_minor - max(one.amount_minor for one in standing.amounts), "it is spoken for"


def test_what_a_loan_is_charged_is_forgiven_by_an_option_and_waived_when_it_is_accepted(db: str) -> None:
    from duecourse.book import close
    from duecourse.care import offers
    from duecourse.kernel.terms import FEE, PENALTY
    from duecourse.servicing import loans, outlook, payments, payoff
    from duecourse.servicing.tables import Act

    account = open_loan()
    close.through(ON - timedelta(days=1))
    loans.act(
        account=account, kind="charge", on=ON, reason="letter", key="fee", component=FEE, amount=2_500,
        until=day_number(ON + timedelta(days=20)), **WHO,
    )  # fmt: skip
    household = HOUSEHOLD._replace(income_minor=490_000)
    proposed = offers.propose(hardship=told(household=household, currency="CNY"), account=account, **WHO)
    assert outlook.charged(outlook.held(account=account)) == ("fee", "penalty")
    relief = [one for one in proposed.found.computed if one.kind == "fees_forgiven"]
    plain = {one.plan.re_age: one.shown for one in proposed.found.computed if one.kind == "re_age"}
    assert len(relief) > 2
    for one in relief:
        if one.plan.re_age in plain:
            assert one.shown.total_minor <= plain[one.plan.re_age].total_minor - 2_500
    offer, chosen = next((offer, one) for offer, one in proposed.offers if one.kind == "fees_forgiven")
    assert 0 < chosen.chance_ppm < 10**6
    assert chosen.value_minor > 0
    assert chosen.shown.ends_on
    made = offers.accept(offer=offer, at=NOON, reason="agreed by phone", key="accepted", **WHO)
    waived = Act.objects.filter(account_id=account, part_of=made, kind="waiver")
    assert {one.body.get("component") or FEE for one in waived} == {FEE, PENALTY}
    assert outlook.charged(outlook.held(account=account)) == ()
    for day, amount in chosen.shown.payments:
        if day < ON + timedelta(days=70):
            close.through(day - timedelta(days=1))
            payments.receive(account=account, amount_minor=amount, received_on=day, key=f"paid {day}")
    rest = [one for one in chosen.shown.payments if one.due_on >= ON + timedelta(days=70)]
    assert list(outlook.look(account=account).payments) == rest
    assert payoff.quote(number="C", day=outlook.held(account=account).open_day).quote.penalty == 0


def test_an_offer_of_another_day_or_after_a_payment_is_stale_and_nothing_is_agreed(book: tuple[int, int]) -> None:
    from duecourse.care import offers
    from duecourse.servicing import arrangements, payments

    line, _ = book
    offer, _ = offers.propose(hardship=told(), account=line, **WHO).offers[0]
    payments.receive(account=line, amount_minor=5_000, received_on=ON, key="some")
    with pytest.raises(offers.OfferStale):
        offers.accept(offer=offer, at=NOON, reason="", key="late", **WHO)
    assert arrangements.standing(account=line, on=ON) is None


def test_who_can_pay_nothing_is_offered_nothing_and_referred(book: tuple[int, int]) -> None:
    from duecourse.care import hardship as hardships
    from duecourse.care import offers

    hardship = told(household=HOUSEHOLD._replace(income_minor=300_000))
    proposed = offers.propose(hardship=hardship, account=book[0], **WHO)
    assert (proposed.left_minor, proposed.offers) == (0, ())
    adviser = offers.refer(hardship=hardship, on=ON, at=NOON, reason="nothing fits", **WHO)
    assert adviser is not None
    assert adviser.reach == "12378"
    with pytest.raises(hardships.HardshipAnswered):
        offers.decline(hardship=hardship, on=ON, at=NOON, reason="", **WHO)


def test_an_account_in_another_currency_is_refused(book: tuple[int, int]) -> None:
    from duecourse.care import hardship as hardships
    from duecourse.care import offers

    with pytest.raises(hardships.HardshipRefused, match="told in TWD, the account in CNY"):
        offers.propose(hardship=told(), account=book[1], **WHO)


def test_another_borrowers_account_is_refused(book: tuple[int, int]) -> None:
    from duecourse.care import accounts, offers

    with pytest.raises(accounts.OfAnother):
        offers.propose(hardship=told(borrower=2), account=book[0], **WHO)


def test_what_was_told_and_attached_is_encrypted(book: tuple[int, int]) -> None:
    from duecourse.care import hardship as hardships
    from duecourse.care.hardship_tables import Hardship, HardshipDocument

    hardship = told()
    assert hardships.read(hardship=hardship).household == HOUSEHOLD
    assert b"lost" not in bytes(Hardship.objects.get(id=hardship).told)
    document = hardships.attach(hardship=hardship, name="payslip.pdf", content=b"%PDF-1.7 wages", **WHO)
    assert b"wages" not in bytes(HardshipDocument.objects.get(id=document).content)
    assert hardships.content_of(hardship=hardship, document=document) == b"%PDF-1.7 wages"
    for bad in (b"", b"<script>", b"%PDF-" + b"x" * hardships.MOST_BYTES):
        with pytest.raises(hardships.DocumentNotTaken):
            hardships.attach(hardship=hardship, name="payslip.pdf", content=bad, **WHO)
    assert [one.name for one in hardships.documents(hardship=hardship)] == ["payslip.pdf"]
    with pytest.raises(hardships.HardshipRefused, match="adults"):
        told(household=HOUSEHOLD._replace(adults=0))
