"""A payoff quote: paying it on its day leaves exactly nothing, on a line and on a loan, now and later."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 1)


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def row(account: int) -> dict[str, int]:
    from duecourse.ledger.tables import Balance

    return Balance.objects.filter(account_id=account).values()[0]


def nothing_is_left(account: int) -> None:
    found = row(account)
    money = ("unbilled", "bearing", "window", "revolving", "past_due", "interest", "fee", "penalty", "credit")
    assert {name: found[name] for name in money if found[name]} == {}
    assert found["dues"] == []


LINES: dict[str, dict[str, int]] = {
    "plain": {},
    "from the purchase day": {
        "interest_from": 1, "interest_base": 1, "new_purchases": 1, "compound": 1, "past_due_whole": 1,
    },
    "late fees": {"late_fee_minor": 2_500, "grace_days": 3},
}  # fmt: skip
LOANS = {"none": {"recalculation": 0}, "daily": {"recalculation": 1}, "at due days": {"recalculation": 2}}
WAITS = (0, 1, 17, 38, 60)


def line(number: str, **changed: object) -> int:
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(
        number=number, borrower_id=1, product="line_demo", limit_minor=500_000, on=FIRST, **changed
    )
    purchases.authorise(account=account, amount_minor=100_000, on=FIRST, key=f"b1:{number}")
    return account


def loan(number: str, **changed: object) -> int:
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number=number, borrower_id=1, product="loan_demo", approved_minor=500_000, on=FIRST, by="test", **changed
    )
    loans.draw(account=account, amount_minor=500_000, on=FIRST, by="test", key=f"draw:{number}")
    return account


def test_paying_the_quote_on_its_day_leaves_nothing_whatever_the_terms_and_the_day() -> None:
    from duecourse.book import check
    from duecourse.servicing import payments, payoff, purchases

    accounts = {}
    for wait in WAITS:
        accounts |= {(f"{name} {wait}", wait): line(f"{name} {wait}", **told) for name, told in LINES.items()}
        accounts |= {(f"{name} {wait}", wait): loan(f"{name} {wait}", **told) for name, told in LOANS.items()}
    close(date(2024, 1, 14))
    today = date(2024, 1, 15)
    for (number, wait), account in accounts.items():
        if number.removesuffix(f" {wait}") in LINES:
            purchases.authorise(account=account, amount_minor=33_333, on=today, key=f"b2:{number}")
    quoted = {one: payoff.quote(number=one[0], day=today + timedelta(one[1])) for one in accounts}
    for wait in WAITS:
        day = today + timedelta(wait)
        if wait:
            close(day - timedelta(1))
        for (number, waits), account in accounts.items():
            if waits == wait:
                told = quoted[number, wait]
                assert payoff.quote(number=number, day=day) == told
                payments.receive(account=account, amount_minor=told.quote.payoff, received_on=day, key=f"off:{number}")
    close(date(2024, 4, 2))
    for account in accounts.values():
        nothing_is_left(account)
    assert {one.what: one.detail for one in check.everything() if not one.ok} == {}


def test_a_late_payoff_of_a_loan_recalculated_at_due_days_leaves_entries_that_equal_the_balance() -> None:
    from duecourse.book import check
    from duecourse.servicing import payments, payoff

    account, day = loan("L1", recalculation=2), date(2024, 3, 15)
    close(day - timedelta(1))
    told = payoff.quote(number="L1", day=day)
    payments.receive(account=account, amount_minor=told.quote.payoff, received_on=day, key="off")
    nothing_is_left(account)
    assert [one for one in check.everything() if not one.ok] == []


def test_an_act_that_is_to_come_before_the_day_is_in_the_quote() -> None:
    from duecourse.servicing import payments, payoff, rates

    account, day = line("L1"), date(2024, 2, 27)
    before = payoff.quote(number="L1", day=day)
    rates.change(account=account, terms={"rate_ppm": 365_000}, on=date(2024, 2, 22), by="bob", reason="agreed", key="r")
    told = payoff.quote(number="L1", day=day)
    assert told.quote.payoff > before.quote.payoff
    close(day - timedelta(1))
    payments.receive(account=account, amount_minor=told.quote.payoff, received_on=day, key="off")
    close(date(2024, 3, 2))
    nothing_is_left(account)


def test_a_day_that_is_closed_or_too_far_is_refused_and_an_unknown_account_too() -> None:
    from duecourse.ledger.journal import NoSuchAccount
    from duecourse.servicing import payoff

    line("L1")
    for day in (date(2023, 12, 31), date(2025, 1, 20)):
        with pytest.raises(payoff.DayNotQuoted):
            payoff.quote(number="L1", day=day)
    with pytest.raises(NoSuchAccount):
        payoff.quote(number="L2", day=FIRST)


def test_the_command_says_the_parts_of_a_quote() -> None:
    from duecourse.cli import main

    loan("L1")
    told = CliRunner().invoke(main, ["quote", "L1", "--day", "2024-01-31"], catch_exceptions=False)
    assert told.exit_code == 0
    assert "5,000.00" in told.stdout
    assert "5,067.50" in told.stdout
    told = CliRunner().invoke(main, ["quote", "L1", "--day", "2023-12-31"], catch_exceptions=False)
    assert told.exit_code == 2
    assert "day_not_quoted" in told.stderr
