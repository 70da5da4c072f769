"""Arrangements on the real database: agreed, kept, broken, cured, fulfilled, ended, taken back, told late."""

from datetime import date, timedelta
from typing import Any

import pytest
from refusing import refused, trace

PRODUCT = "card_tw_2005"
FIRST = date(2024, 1, 5)
RATE = 197_100
TERMS = {
    "late_rate_ppm": 240_000,
    "late_fee_minor": 500,
    "tolerance_ppm": 0,
    "cycle_day": 1,
    "due_after_days": 9,
    "nonaccrual_days": 90,
}
"""Statements on the 1st, due on the 10th, 4% of the principal."""
WHO: dict[str, Any] = {"by": "bob", "reason": "lost the job"}


def on(month: int, day: int) -> date:
    return date(2024, month, day)


def open_line(number: str = "L", bought: int = 100_000, **terms: Any) -> int:
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(
        number=number, borrower_id=1, product=PRODUCT, limit_minor=500_000, on=FIRST, **{**TERMS, **terms}
    )
    purchases.post(account=account, amount_minor=bought, on=FIRST, key=f"{number} bought")
    return account


def open_loan(number: str = "C", **changed: Any) -> int:
    from duecourse.servicing import loan_opening, loans

    terms = {"installments": 6, "rate_ppm": 120_000, **changed}
    account = loan_opening.open_loan(
        number=number, borrower_id=1, product="loan_demo", approved_minor=600_000, on=FIRST, by="bob", **terms
    )
    loans.draw(account=account, amount_minor=600_000, on=FIRST, by="bob", key=f"{number} drawn")
    return account


def close_to(day: date) -> None:
    from duecourse.book import close

    close.through(day)


def pay(account: int, amount: int, day: date) -> int:
    from duecourse.servicing import payments

    paid = payments.receive(account=account, amount_minor=amount, received_on=day, key=f"{account} {amount} {day}")
    return paid.entry_id


def agree(account: int, day: date, key: str = "agreed", **told: Any) -> int:
    from duecourse.servicing import arrangements
    from duecourse.servicing.arrangement_plan import Plan

    plan = Plan(**told)
    return arrangements.agree(account=account, terms=plan, on=day, key=f"{account} {key}", **WHO).arrangement


def amounts(*told: tuple[date, int]) -> Any:
    from duecourse.servicing.arrangement_plan import Amount

    return tuple(Amount(*one) for one in told)


def row(account: int) -> Any:
    from duecourse.ledger.tables import Balance

    return Balance.objects.get(account_id=account)


def owed(account: int) -> int:
    """All that is owed and charged."""
    now = row(account)
    principal = now.unbilled + now.bearing + now.window + now.revolving + now.past_due
    return principal + now.interest + now.fee + now.penalty


def terms_of(account: int) -> Any:
    from duecourse.servicing import agreed

    return agreed.of(row(account).terms_id).terms


def days_past_due(account: int, day: date) -> int:
    from duecourse.book import read

    return int(read.day(day).execute().set_index("account_id").loc[account, "days_past_due"])


def states(arrangement: int) -> list[tuple[str, date]]:
    from duecourse.servicing.tables import ArrangementState

    found = ArrangementState.objects.filter(arrangement_id=arrangement).order_by("id")
    return [(one.state, one.on) for one in found]


def went(day: date) -> list[tuple[date, str, int]]:
    """What became of arrangements by month, as known on a day."""
    from duecourse.servicing import arrangement_months

    return [tuple(one) for one in arrangement_months.by_month(since=FIRST, through=day)]


def sums(account: int) -> dict[str, int]:
    """What the entries of an account add up to, by control account."""
    from django.db.models import Sum

    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry

    return Entry.objects.filter(account_id=account).aggregate(**{name: Sum(name) for name in chart.COLUMNS})


def stands(account: int, day: date) -> Any:
    """Where an account stands at the close of a day, with its terms and the sums of its entries."""
    import books

    from duecourse.servicing import agreed

    terms = row(account).terms_id
    now = ((), []) if agreed.is_loan(terms) else books.state(account, day)
    return now, terms, {name: amount for name, amount in sums(account).items() if amount}


def book_is_right() -> None:
    from duecourse.book import check

    assert [f"{one.what}: {one.detail}" for one in check.everything() if not one.ok] == []


def settlement(**told: Any) -> dict[str, Any]:
    """Half of what is owed in two parts; the rest is forgiven; no interest and no late fees until then."""
    from duecourse.servicing.arrangement_plan import Rate

    asked = amounts((on(2, 28), 30_000), (on(3, 20), 20_000))
    return {"amounts": asked, "rate": Rate(0), "stops_late_fees": True, "forgives_rest": True, **told}


@pytest.fixture(scope="module")
def book(module_db: str) -> tuple[int, int]:
    """Two lines on which nothing has been paid, nine days after the first due day."""
    lines = open_line(), open_line("other")
    close_to(on(2, 19))
    return lines


@pytest.fixture
def late(book: tuple[int, int], db_copy: str) -> tuple[int, int]:
    return book


def test_a_settlement_that_is_paid_forgives_the_rest_and_leaves_nothing(late: tuple[int, int]) -> None:
    line, _ = late
    arrangement = agree(line, on(2, 20), **settlement())
    assert (terms_of(line).rate_ppm, terms_of(line).late_fee_minor) == (0, 0)
    close_to(on(2, 24))
    pay(line, 30_000, on(2, 25))
    close_to(on(3, 17))
    assert states(arrangement) == [("agreed", on(2, 20))]
    assert owed(line) > 70_000
    pay(line, 20_000, on(3, 18))
    close_to(on(3, 18))
    assert states(arrangement) == [("agreed", on(2, 20)), ("fulfilled", on(3, 18))]
    now = row(line)
    assert (owed(line), now.accrued_interest, now.accrued_penalty, now.dues, now.suspended) == (0, 0, 0, [], 0)
    assert (sums(line)["cash"], sums(line)["principal"]) == (50_000, 0)
    assert 0 < sums(line)["loss"] - 50_000 < 1_500  # as much as the payments met of interest and fees
    assert (terms_of(line).rate_ppm, terms_of(line).late_fee_minor) == (RATE, 500)
    close_to(on(4, 2))
    assert days_past_due(line, on(4, 2)) == 0
    book_is_right()


def test_no_interest_grows_and_no_late_fee_falls_while_it_stands_and_both_come_back_when_it_is_broken(
    late: tuple[int, int],
) -> None:
    line, other = late
    arrangement = agree(line, on(2, 20), **settlement(tolerance_days=3))
    before = owed(line)
    close_to(on(3, 1))
    assert owed(line) - before == row(line).interest + row(line).penalty  # what had accrued until the day before
    assert states(arrangement) == [("agreed", on(2, 20))]
    assert (row(line).accrued_interest, row(line).accrued_penalty) == (0, 0)
    close_to(on(3, 2))
    assert states(arrangement) == [("agreed", on(2, 20)), ("broken", on(3, 2))]
    assert terms_of(line) == terms_of(other)
    close_to(on(3, 11))
    assert row(other).fee == 1_000
    assert row(line).fee == 1_000
    book_is_right()


def test_the_missed_amount_within_the_window_cures_it_and_its_terms_come_back(late: tuple[int, int]) -> None:
    line, _ = late
    arrangement = agree(line, on(2, 20), **settlement(cure_days=10))
    close_to(on(3, 4))
    assert states(arrangement)[-1] == ("broken", on(2, 28))
    old = terms_of(line).rate_ppm
    pay(line, 30_000, on(3, 5))
    close_to(on(3, 5))
    assert states(arrangement)[-1] == ("cured", on(3, 5))
    assert (old, terms_of(line).rate_ppm) == (RATE, 0)
    pay(line, 20_000, on(3, 6))
    close_to(on(3, 7))
    assert states(arrangement)[-1] == ("fulfilled", on(3, 6))
    assert owed(line) == 0
    book_is_right()


def test_a_payment_recorded_late_makes_it_kept_in_hindsight_and_the_money_follows(late: tuple[int, int]) -> None:
    """One line's first part comes in time; the other's is told three weeks later, when its plan had been broken."""
    right, late = late
    kept, told = agree(right, on(2, 20), **settlement()), agree(late, on(2, 20), **settlement())
    close_to(on(2, 27))
    pay(right, 30_000, on(2, 28))
    close_to(on(3, 18))
    assert states(told)[-1] == ("broken", on(2, 28))
    pay(late, 30_000, on(2, 28))
    close_to(on(3, 19))
    for account in (right, late):
        pay(account, 20_000, on(3, 20))
    close_to(on(3, 25))
    assert states(kept) == [("agreed", on(2, 20)), ("fulfilled", on(3, 20))]
    assert states(told) == [
        ("agreed", on(2, 20)),
        ("broken", on(2, 28)),
        ("cured", on(2, 28)),
        ("fulfilled", on(3, 20)),
    ]
    assert stands(late, on(3, 25)) == stands(right, on(3, 25))
    assert went(on(3, 18)) == [(on(2, 1), "agreed", 2), (on(2, 1), "broken", 1)]
    assert went(on(3, 25)) == [(on(2, 1), "agreed", 2), (on(3, 1), "fulfilled", 2)]
    assert owed(late) == 0
    book_is_right()


def test_a_payment_taken_back_after_it_was_fulfilled_brings_back_what_was_forgiven(late: tuple[int, int]) -> None:
    from duecourse.servicing import payments

    never, bounced = late
    for account in (never, bounced):
        agree(account, on(2, 20), **settlement())
    close_to(on(2, 24))
    for account in (never, bounced):
        pay(account, 30_000, on(2, 25))
    close_to(on(3, 17))
    entry = pay(bounced, 20_000, on(3, 18))
    close_to(on(3, 26))
    assert owed(bounced) == 0
    payments.reverse(account=bounced, entry=entry, reason="bounced", by="bob", key="back")
    close_to(on(3, 28))
    assert stands(bounced, on(3, 28)) == stands(never, on(3, 28))
    assert owed(bounced) > 70_000
    arrangement = arrangement_of(bounced)
    assert [state for state, _ in states(arrangement)] == ["agreed", "fulfilled", "agreed", "broken"]
    book_is_right()


def arrangement_of(account: int) -> int:
    from duecourse.servicing.tables import Arrangement

    return Arrangement.objects.get(account_id=account).id


def test_one_part_that_is_refused_refuses_all(late: tuple[int, int]) -> None:
    from duecourse.servicing.arrangement_plan import Forgiven, Spread

    line, _ = late
    asked = {"spread": Spread((on(3, 15), on(4, 15))), "amounts": amounts((on(3, 15), 2_000))}
    for component in ("fee", "interest"):
        told = {**asked, "forgiven": (Forgiven(component, 90_000, at_once=True),)}
        refused("more_than_charged", lambda told=told: agree(line, on(2, 20), **told))
    assert days_past_due(line, on(2, 19)) == 9


def test_all_that_is_owed_in_sixty_parts_and_days_past_due_begin_again(db: str) -> None:
    """个性化分期: five years of equal parts, free of interest; the statements ask nothing beside them."""
    from duecourse.servicing.arrangement_plan import Rate, Spread

    line = open_line()
    close_to(on(3, 19))
    assert days_past_due(line, on(3, 19)) == 38
    days = tuple(date(2024 + (3 + i) // 12, (3 + i) % 12 + 1, 15) for i in range(60))
    arrangement = agree(line, on(3, 20), rate=Rate(0), spread=Spread(days, whole=True), stops_late_fees=True)
    now = row(line)
    whole = owed(line)
    assert sum(now.dues[at] for place in range(60) for at in range(6 * place + 1, 6 * place + 5)) == whole
    assert (now.past_due, now.accrued_interest, now.accrued_penalty) == (0, 0, 0)
    close_to(on(4, 14))
    assert days_past_due(line, on(3, 20)) == 0
    first = sum(row(line).dues[1:5])
    assert whole // 60 - 4 <= first <= whole // 60
    pay(line, first, on(4, 15))
    close_to(on(5, 16))
    assert states(arrangement)[-1] == ("broken", on(5, 15))
    late_fee = TERMS["late_fee_minor"]  # broken, so late fees fall again from that day on
    assert (owed(line), days_past_due(line, on(5, 16))) == (whole - first + late_fee, 1)
    book_is_right()


def test_taken_back_an_arrangement_never_was(late: tuple[int, int]) -> None:
    from duecourse.servicing import arrangements
    from duecourse.servicing.arrangement_plan import Forgiven, Spread

    never, undone = late
    told = settlement(spread=Spread((on(2, 28), on(3, 20))), forgiven=(Forgiven("fee", at_once=True),))
    arrangement = agree(undone, on(2, 20), **told)
    close_to(on(3, 9))
    for account in (never, undone):
        pay(account, 1_000, on(3, 10))
    close_to(on(3, 21))
    arrangements.undo(account=undone, arrangement=arrangement, key="u", **WHO)
    assert stands(undone, on(3, 21)) == stands(never, on(3, 21))
    refused("no_such_arrangement", lambda: arrangements.undo(account=undone, arrangement=arrangement, key="u2", **WHO))
    close_to(on(4, 2))
    assert stands(undone, on(4, 2)) == stands(never, on(4, 2))
    assert went(on(3, 21))[0] == (on(2, 1), "agreed", 1)
    assert went(on(4, 2)) == []
    book_is_right()


def test_what_was_forgiven_at_once_is_owed_again_when_it_is_broken_if_that_was_agreed(db: str) -> None:
    from duecourse.servicing.arrangement_plan import Forgiven

    lines = {revoked: open_line(f"L{revoked}") for revoked in (True, False)}
    close_to(on(2, 19))
    forgiven = (Forgiven("fee", at_once=True), Forgiven("principal", 10_000))
    for revoked, line in lines.items():
        told = {"amounts": amounts((on(2, 28), 30_000)), "forgiven": forgiven, "revoked_when_broken": revoked}
        agree(line, on(2, 20), **told)
        assert row(line).fee == 0
    close_to(on(2, 28))
    assert {revoked: row(line).fee for revoked, line in lines.items()} == {True: 500, False: 0}
    assert [sums(line)["loss"] for line in lines.values()] == [None, None]
    book_is_right()


def test_what_was_to_be_forgiven_is_when_the_plan_is_fulfilled_and_never_more_than_is_owed(
    late: tuple[int, int],
) -> None:
    from duecourse.servicing.arrangement_plan import Forgiven

    line, _ = late
    forgiven = (Forgiven("fee"), Forgiven("principal", 80_000))
    agree(line, on(2, 20), amounts=amounts((on(2, 28), 30_000)), forgiven=forgiven)
    close_to(on(2, 27))
    pay(line, 30_000, on(2, 28))
    close_to(on(2, 28))
    now = row(line)
    assert (now.unbilled, now.bearing, now.window, now.revolving, now.past_due, now.fee) == (0, 0, 0, 0, 0, 0)
    assert sums(line)["loss"] < 80_000
    book_is_right()


def test_cured_and_ended_by_a_person(late: tuple[int, int]) -> None:
    from duecourse.servicing import arrangements

    line, _ = late
    arrangement = agree(line, on(2, 20), **settlement())
    told = {"account": line, "arrangement": arrangement, **WHO}
    refused("arrangement_not_broken", lambda: arrangements.cure(on=on(2, 20), key="c0", **told))
    refused("arrangement_stands", lambda: agree(line, on(2, 20), key="second", **settlement()))
    close_to(on(3, 2))
    assert terms_of(line).rate_ppm == RATE
    arrangements.cure(on=on(3, 3), key="c", **told)
    arrangements.cure(on=on(3, 3), key="c", **told)
    assert states(arrangement) == [("agreed", on(2, 20)), ("broken", on(2, 28)), ("cured", on(3, 3))]
    assert terms_of(line).rate_ppm == 0
    found = arrangements.standing(account=line, on=on(3, 3))
    assert (found.arrangement, found.state, found.stops_late_fees) == (arrangement, "cured", True)
    assert arrangements.standing(account=line, on=on(3, 2)) is None
    close_to(on(3, 9))
    arrangements.end(on=on(3, 10), key="e", **told)
    assert terms_of(line).rate_ppm == RATE
    refused("arrangement_over", lambda: arrangements.end(on=on(3, 10), key="e2", **told))
    refused("arrangement_over", lambda: arrangements.cure(on=on(3, 10), key="c2", **told))
    close_to(on(3, 22))
    assert states(arrangement)[-1] == ("ended", on(3, 10))
    book_is_right()


def test_the_rate_of_a_span_ends_with_it_and_the_arrangement_goes_on(late: tuple[int, int]) -> None:
    from duecourse.servicing.arrangement_plan import Rate

    line, _ = late
    told = settlement(rate=Rate(60_000, on(3, 10)), amounts=amounts((on(4, 5), 50_000)))
    arrangement = agree(line, on(2, 20), **told)
    close_to(on(3, 10))
    assert terms_of(line).rate_ppm == 60_000
    close_to(on(3, 11))
    assert (terms_of(line).rate_ppm, terms_of(line).late_fee_minor) == (RATE, 0)
    assert states(arrangement) == [("agreed", on(2, 20))]
    book_is_right()


def test_agreed_again_under_the_same_key_answers_the_same(late: tuple[int, int]) -> None:
    from duecourse.ledger.journal import DifferentBody

    line, _ = late
    first = agree(line, on(2, 20), **settlement())
    before = trace()
    assert agree(line, on(2, 20), **settlement()) == first
    assert trace() == before
    with pytest.raises(DifferentBody):
        agree(line, on(2, 20), **settlement(tolerance_days=1))


def test_an_arrangement_told_late_is_judged_for_the_days_gone_by(late: tuple[int, int]) -> None:
    """Agreed on 20 February and told on 15 March, when its first part had been missed."""
    right, late = late
    agree(right, on(2, 20), **settlement())
    close_to(on(3, 14))
    told = agree(late, on(2, 20), **settlement())
    assert states(told) == [("agreed", on(2, 20)), ("broken", on(2, 28))]
    assert stands(late, on(3, 14)) == stands(right, on(3, 14))
    close_to(on(3, 15))
    book_is_right()


def refusals(line: int, day: date) -> dict[str, list[dict[str, Any]]]:
    """Plans that a line cannot have, by the code of their refusal."""
    from duecourse.servicing.arrangement_plan import Deferral, Forgiven, Rate, ReAge, Spread

    paid = {"amounts": amounts((day + timedelta(days=9), 100))}
    later = tuple(day + timedelta(days=1 + i) for i in range(61))
    return {
        "not_a_plan": [
            {},
            paid,
            {**paid, "tolerance_days": -1, "rate": Rate(0)},
            {"amounts": amounts((day, 100)), "rate": Rate(0)},
            {"amounts": amounts((day + timedelta(days=1), 0)), "rate": Rate(0)},
            {**paid, "rate": Rate(10**7)},
            {**paid, "rate": Rate(0, day - timedelta(days=1))},
            {"rate": Rate(0)},
            {"forgives_rest": True},
            {"amounts": amounts((day + timedelta(days=9), 10**7)), "forgives_rest": True},
            {"spread": Spread(())},
            {"spread": Spread((later[1], later[0]))},
            {"deferrals": (Deferral(on(3, 10), on(3, 10)),)},
            {**paid, "forgiven": (Forgiven("fee", 0),)},
        ],
        "arrangement_too_long": [{"spread": Spread(later)}],
        "not_due_days": [{"spread": Spread(later[:13])}],
        "nothing_due_then": [{"deferrals": (Deferral(on(3, 9), on(3, 20)),)}],
        "act_not_offered": [{"re_age": ReAge(3, day + timedelta(days=1))}, {"more_installments": 3, **paid}],
        "no_such_component": [{**paid, "forgiven": (Forgiven("capital"),)}],
        "more_than_charged": [{**paid, "forgiven": (Forgiven("fee", 501),)}],
    }


def test_a_plan_that_cannot_be_is_refused_and_leaves_no_trace(db: str) -> None:
    from duecourse.servicing.arrangement_plan import Rate

    line = open_line(arrangement_parts=12)
    close_to(on(2, 19))
    for code, plans in refusals(line, on(2, 20)).items():
        for told in plans:
            refused(code, lambda told=told: agree(line, on(2, 20), **told))
    fine = {"rate": Rate(0), "amounts": amounts((on(4, 1), 10))}
    refused("effective_after_open_day", lambda: agree(line, on(2, 21), **fine))
    refused("effective_before_opening", lambda: agree(line, on(1, 4), **fine))


def test_the_law_of_a_place_says_how_long_a_plan_may_go_on(db: str) -> None:
    from duecourse.servicing import accounts, purchases
    from duecourse.servicing.arrangement_plan import Rate

    line = accounts.open_line(number="CN", borrower_id=1, product="line_demo", limit_minor=500_000, on=FIRST)
    purchases.post(account=line, amount_minor=100_000, on=FIRST, key="b")
    last = date(2029, 1, 5)
    told = {"rate": Rate(0), "amounts": amounts((last + timedelta(days=1), 10_000))}
    refused("arrangement_too_long", lambda: agree(line, FIRST, **told))
    agree(line, FIRST, **{**told, "amounts": amounts((last, 10_000))})


def test_a_loan_is_made_longer_at_a_lower_rate_and_the_old_one_comes_back_when_it_is_broken(db: str) -> None:
    from duecourse.servicing import loans
    from duecourse.servicing.arrangement_plan import Rate

    right = open_loan("right")
    close_to(on(2, 4))
    pay(right, 103_528, on(2, 5))
    close_to(on(2, 9))
    arrangement = agree(right, on(2, 10), rate=Rate(0), more_installments=6)
    lived = loans.held(account=right).loan
    assert len(lived.dues) == 12
    assert [rate for _, rate in lived.rows.rates][-1] == 0
    asked = [(one.due_on, one.amount_minor) for one in standing(right, on(2, 10)).amounts]
    assert len(asked) == 11
    close_to(on(3, 4))
    pay(right, asked[0][1], asked[0][0])
    close_to(on(4, 6))
    assert states(arrangement)[-1] == ("broken", asked[1][0])
    assert [rate for _, rate in loans.held(account=right).loan.rows.rates][-1] == 120_000
    book_is_right()


def standing(account: int, day: date) -> Any:
    from duecourse.servicing import arrangements

    return arrangements.standing(account=account, on=day)


def test_a_loans_payment_recorded_late_takes_the_break_back(db: str) -> None:
    from duecourse.servicing.arrangement_plan import Rate

    right, late = open_loan("right"), open_loan("late")
    close_to(on(2, 9))
    told = {"rate": Rate(0, on(5, 31)), "amounts": amounts((on(3, 1), 50_000), (on(4, 1), 50_000))}
    kept, broken = agree(right, on(2, 10), **told), agree(late, on(2, 10), **told)
    close_to(on(2, 29))
    pay(right, 50_000, on(3, 1))
    close_to(on(3, 10))
    assert states(broken)[-1] == ("broken", on(3, 1))
    pay(late, 50_000, on(3, 1))
    close_to(on(3, 31))
    for account in (right, late):
        pay(account, 50_000, on(4, 1))
    close_to(on(4, 6))
    assert states(kept) == [("agreed", on(2, 10)), ("fulfilled", on(4, 1))]
    assert states(broken)[1:] == [("broken", on(3, 1)), ("cured", on(3, 1)), ("fulfilled", on(4, 1))]
    assert loan_stands(late) == loan_stands(right)
    book_is_right()


def loan_stands(account: int) -> Any:
    from duecourse.kernel.loan_row import row_of
    from duecourse.rules.read import day_number
    from duecourse.servicing import loans

    closed = day_number(on(4, 6))
    return row_of(loans.held(account=account).loan, closed, closed), sums(account)


def test_a_loans_arrangement_taken_back_never_was_and_charges_are_forgiven_by_it(db: str) -> None:
    from duecourse.kernel.terms import FEE
    from duecourse.rules.read import day_number
    from duecourse.servicing import arrangements, loans
    from duecourse.servicing.arrangement_plan import Deferral, Forgiven

    never, undone = open_loan("never"), open_loan("undone")
    close_to(on(2, 4))
    for account in (never, undone):
        pay(account, 103_528, on(2, 5))
    close_to(on(2, 9))
    for account in (never, undone):
        charged = {"component": FEE, "amount": 900, "until": day_number(on(2, 10))}
        loans.act(account=account, kind="charge", on=on(2, 10), key=f"fee{account}", **charged, **WHO)
    told = {"deferrals": (Deferral(on(3, 5), on(3, 25)),), "forgiven": (Forgiven("fee", 600, at_once=True),)}
    arrangement = agree(undone, on(2, 10), **told)
    close_to(on(3, 8))
    assert (row(never).fee, row(undone).fee) == (900, 300)
    assert [days_past_due(account, on(3, 8)) for account in (never, undone)] == [3, 0]
    arrangements.undo(account=undone, arrangement=arrangement, key="u", **WHO)
    close_to(on(4, 6))
    assert loan_stands(undone) == loan_stands(never)
    book_is_right()


def test_a_loan_that_was_re_aged_meanwhile_is_judged_and_its_rate_left_alone(db: str) -> None:
    from duecourse.book.tables import SetAside
    from duecourse.rules.read import day_number
    from duecourse.servicing import loans
    from duecourse.servicing.arrangement_plan import Rate

    loan = open_loan()
    close_to(on(2, 9))
    arrangement = agree(loan, on(2, 10), rate=Rate(60_000), amounts=amounts((on(2, 20), 50_000)))
    told = {"number": 8, "until": day_number(on(3, 5)), "every": 1, "unit": 3}
    loans.act(account=loan, kind="re_age", on=on(2, 10), key="re-aged", **told, **WHO)
    close_to(on(2, 21))
    assert states(arrangement) == [("agreed", on(2, 10)), ("broken", on(2, 20))]
    assert SetAside.objects.count() == 0
    book_is_right()


def test_a_loans_settlement_that_is_paid_writes_the_rest_off_and_a_bounced_part_brings_it_back(db: str) -> None:
    from duecourse.servicing import payments
    from duecourse.servicing.arrangement_plan import Rate

    loan = open_loan()
    close_to(on(2, 19))
    parts = amounts((on(2, 28), 200_000), (on(3, 20), 100_000))
    arrangement = agree(loan, on(2, 20), amounts=parts, rate=Rate(0), forgives_rest=True)
    close_to(on(2, 24))
    pay(loan, 200_000, on(2, 25))
    close_to(on(3, 17))
    assert owed(loan) > 300_000
    last = pay(loan, 100_000, on(3, 18))
    close_to(on(3, 20))
    assert states(arrangement) == [("agreed", on(2, 20)), ("fulfilled", on(3, 18))]
    assert (owed(loan), row(loan).dues, sums(loan)["principal"]) == (0, [], 0)
    assert sums(loan)["loss"] > 300_000
    book_is_right()
    payments.reverse(account=loan, entry=last, reason="bounced", by="bob", key="back")
    close_to(on(3, 22))
    assert states(arrangement)[-1] == ("broken", on(3, 20))
    assert owed(loan) > 400_000
    book_is_right()


def test_a_part_of_a_loans_principal_is_forgiven_once_the_plan_is_fulfilled(db: str) -> None:
    from duecourse.servicing.arrangement_plan import Forgiven

    loan, other = open_loan(), open_loan("other")
    close_to(on(2, 19))
    forgiven = (Forgiven("principal", 50_000, False),)
    agree(loan, on(2, 20), amounts=amounts((on(2, 28), 150_000)), forgiven=forgiven)
    refused("more_than_charged", lambda: agree(other, on(2, 20), amounts=amounts((on(3, 1), 5)),
                                               forgiven=(Forgiven("principal", 10**7, False),)))  # fmt: skip
    for account in (loan, other):
        pay(account, 150_000, on(2, 20))
    close_to(on(2, 20))
    assert owed(other) - owed(loan) == 50_000
    book_is_right()


def test_a_loans_interest_and_late_interest_are_forgiven_and_late_interest_stops_while_it_is_kept(db: str) -> None:
    """10 nights of 18% on the principal missed on 5 February; none while it stands, again from the break on."""
    from duecourse.servicing.arrangement_plan import Forgiven

    loan = open_loan(late_rate_ppm=180_000)
    close_to(on(2, 14))
    before = row(loan)
    forgiven = (Forgiven("penalty", at_once=True), Forgiven("interest", 1_000, at_once=True), Forgiven("interest"))
    told = {"amounts": amounts((on(2, 28), 50_000), (on(3, 20), 50_000)), "stops_late_fees": True}
    arrangement = agree(loan, on(2, 15), forgiven=forgiven, **told)
    waived = sums(loan)["penalty_income"]
    assert waived > 0
    assert (row(loan).interest, row(loan).penalty) == (before.interest - 1_000, 0)
    assert sums(loan)["interest_income"] == 1_000
    close_to(on(2, 27))
    assert (row(loan).penalty, row(loan).interest) == (0, before.interest - 1_000)
    pay(loan, 50_000, on(2, 28))
    close_to(on(3, 19))
    assert (row(loan).penalty, sums(loan)["penalty_income"]) == (0, waived)
    close_to(on(3, 20))
    assert states(arrangement)[-1] == ("broken", on(3, 20))
    assert (row(loan).penalty, sums(loan)["penalty_income"]) == (0, 0)  # revoked: what was paid met it
    assert sums(loan)["interest_income"] == 0
    close_to(on(4, 5))
    assert row(loan).penalty > 0
    book_is_right()


def test_what_is_to_be_forgiven_of_a_loans_interest_later_is_all_there_is_then(db: str) -> None:
    from duecourse.servicing import arrangements
    from duecourse.servicing.arrangement_plan import Forgiven

    loan, never = open_loan(late_rate_ppm=180_000), open_loan("never", late_rate_ppm=180_000)
    close_to(on(2, 14))
    forgiven = (Forgiven("penalty"), Forgiven("interest"))
    arrangement = agree(loan, on(2, 15), amounts=amounts((on(3, 28), 3_000)), forgiven=forgiven)
    refused(
        "more_than_charged",
        lambda: agree(never, on(2, 15), amounts=amounts((on(3, 28), 3_000)), forgiven=(Forgiven("penalty", 10**6),)),
    )
    close_to(on(3, 9))
    for account in (loan, never):
        pay(account, 3_000, on(3, 10))
    close_to(on(3, 10))
    assert states(arrangement)[-1] == ("fulfilled", on(3, 10))
    assert (row(loan).interest, row(loan).penalty) == (0, 0)
    assert row(never).interest > 5_000
    assert owed(never) - owed(loan) == sums(loan)["interest_income"] + sums(loan)["penalty_income"]
    book_is_right()
    arrangements.undo(account=loan, arrangement=arrangement, key="u", **WHO)
    close_to(on(4, 6))
    assert loan_stands(loan)[0] == loan_stands(never)[0]
    assert {name: sums(loan)[name] or 0 for name in sums(loan)} == {
        name: sums(never)[name] or 0 for name in sums(never)
    }
    book_is_right()


def test_interest_of_a_loan_is_forgiven_before_what_is_left_becomes_new_installments(db: str) -> None:
    from duecourse.servicing.arrangement_plan import Forgiven, ReAge

    loan = open_loan(late_rate_ppm=180_000)
    close_to(on(2, 14))
    forgiven = (Forgiven("penalty", at_once=True), Forgiven("interest", at_once=True))
    agree(loan, on(2, 15), re_age=ReAge(8, on(3, 5)), forgiven=forgiven)
    assert (row(loan).interest, row(loan).penalty) == (0, 0)
    close_to(on(3, 4))
    book_is_right()


def test_what_a_loan_cannot_have_is_refused(db: str) -> None:
    from duecourse.servicing.arrangement_plan import Forgiven, Rate, ReAge, Spread

    loan = open_loan()
    close_to(on(2, 9))
    paid = {"amounts": amounts((on(3, 1), 50_000))}
    for told in (
        {**paid, "spread": Spread((on(3, 1),))},
        {**paid, "rate": Rate(0), "re_age": ReAge(6, on(3, 1))},
    ):
        refused("act_not_offered", lambda told=told: agree(loan, on(2, 10), **told))
    refused("more_than_charged", lambda: agree(loan, on(2, 10), forgiven=(Forgiven("fee"),), **paid))


def test_the_examples_of_the_guide_run(db: str) -> None:
    import doctest
    from pathlib import Path

    page = Path(__file__).parents[2] / "docs" / "guide" / "arrangements.md"
    told = doctest.testfile(str(page), module_relative=False)
    assert told.attempted > 20
    assert told.failed == 0
