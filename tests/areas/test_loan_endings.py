"""Loans not repaid as agreed: late interest, suspended income, all due at once, charged off, written off, got back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from duecourse.kernel import loan_terms as t
from duecourse.kernel.terms import FEE, INTEREST, PENALTY

pytestmark = pytest.mark.usefixtures("db")
FIRST = date(2024, 1, 1)
LATE: dict[str, Any] = {"installments": 6, "rate_ppm": 120_000, "late_rate_ppm": 180_000}
"""Six installments of 862.66, the first due on 1 February: 811.70 of it principal."""


def drawn(number: str = "L1", amount: int = 500_000, **changed: Any) -> int:
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number=number, borrower_id=1, product="loan_demo", approved_minor=600_000, on=FIRST, by="test",
        **{**LATE, **changed},
    )  # fmt: skip
    loans.draw(account=account, amount_minor=amount, on=FIRST, by="test", key=f"draw{account}")
    return account


def close(through: date) -> None:
    from duecourse.book import close as closing

    closing.through(through)


def act(account: int, kind: str, on: date, key: str = "", **body: int) -> Any:
    from duecourse.servicing import loans

    key = key or f"{account}{kind}{on}"
    return loans.act(account=account, kind=kind, on=on, by="test", reason="test", key=key, **body)


def pay(account: int, amount: int, on: date, key: str = "") -> Any:
    from duecourse.servicing import loans

    return loans.pay(account=account, amount_minor=amount, on=on, key=key or f"pay{account}{on}")


def undo(account: int, of: int, on: date) -> None:
    from duecourse.servicing import loans

    loans.undo(account=account, of=of, on=on, by="test", reason="mistaken", key=f"undo{of}")


def last_act(account: int) -> int:
    from duecourse.servicing.tables import Act

    return int(Act.objects.filter(account_id=account).latest("id").id)


def row(account: int) -> dict[str, Any]:
    from duecourse.ledger.tables import Balance

    return dict(Balance.objects.filter(account_id=account).values()[0])


def said(account: int, *names: str) -> tuple[int, ...]:
    now = row(account)
    return tuple(now[name] for name in names)


def sums(account: int) -> dict[str, int]:
    """What the entries of an account come to, by control account; what is zero is left out."""
    from django.db.models import Sum

    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry

    found = Entry.objects.filter(account_id=account).aggregate(**{name: Sum(name) for name in chart.COLUMNS})
    return {name: amount for name, amount in found.items() if amount}


def sealed(account: int, day: date, *names: str) -> list[int]:
    """Figures of a sealed day."""
    from duecourse.book import read

    found = read.day(day).execute().set_index("account_id").loc[account]
    return [int(found[name]) for name in names]


def book_is_right() -> None:
    from duecourse.book import check

    for checked in check.everything():
        assert checked.ok, f"{checked.what}: {checked.detail}"


def refused(account: int, code: str, do: Callable[[], object]) -> None:
    """What is done is refused by a code, and nothing has moved."""
    from duecourse.ledger.journal import Refused
    from duecourse.ledger.tables import Entry
    from duecourse.servicing.tables import Act

    before = (row(account), Entry.objects.count(), Act.objects.count())
    with pytest.raises(Refused) as found:
        do()
    assert found.value.code == code
    assert (row(account), Entry.objects.count(), Act.objects.count()) == before


def test_principal_past_due_bears_late_interest_for_each_night_from_its_due_day() -> None:
    """811.70 at 18% for ten nights are 4.00; a payment of it and of the installment leaves nothing past due."""
    account = drawn()
    close(date(2024, 2, 10))
    assert sealed(account, date(2024, 2, 1), "penalty_to_date", "days_past_due") == [40, 0]
    assert sealed(account, date(2024, 2, 5), "penalty_to_date", "days_past_due") == [200, 4]
    paid = pay(account, 86_266 + 400, date(2024, 2, 11))
    assert paid.amounts == {"principal": -81_170, "interest": -5_096, "penalty": -400, "cash": 86_666}
    assert said(account, "past_due", "interest", "penalty") == (0, 0, 0)
    close(date(2024, 2, 12))
    assert sums(account)["accrued"] == -5_096 - 400
    book_is_right()


def test_principal_past_due_bears_no_ordinary_interest_beside_it() -> None:
    """February's interest is that of the principal which is not past due, whether the late one is paid or not."""
    punctual, late = drawn("punctual"), drawn("late")
    close(date(2024, 1, 31))
    pay(punctual, 86_266, date(2024, 2, 1))
    close(date(2024, 3, 1))
    assert row(late)["interest"] - 5_096 == row(punctual)["interest"]
    assert row(late)["penalty"] == 81_170 * 180_000 * 29 // 365_000_000
    book_is_right()


@pytest.mark.parametrize(
    ("late_from", "day", "penalty"),
    [(t.DUE_DAY, 4, 0), (t.DUE_DAY, 5, 160), (t.END_OF_GRACE, 4, 0), (t.END_OF_GRACE, 5, 40)],
)
def test_grace_delays_late_interest_and_once_missed_it_counts_as_the_terms_say(
    late_from: int, day: int, penalty: int
) -> None:
    account = drawn(late_grace_days=3, late_from=late_from)
    close(date(2024, 2, day - 1))
    assert -pay(account, 90_000, date(2024, 2, day)).amounts.get("penalty", 0) == penalty
    close(date(2024, 2, day))
    book_is_right()


def test_after_the_last_due_day_late_interest_becomes_owed_in_the_rhythm_of_the_loan() -> None:
    account = drawn(installments=1)
    close(date(2024, 3, 1))
    assert row(account)["penalty"] == 500_000 * 180_000 * 29 // 365_000_000
    close(date(2024, 5, 2))
    assert sealed(account, date(2024, 5, 1), "penalty") == [500_000 * 180_000 * 90 // 365_000_000]
    book_is_right()


def test_a_payoff_quote_has_late_interest_to_its_day_and_paying_it_leaves_nothing() -> None:
    from duecourse.servicing import payoff

    account = drawn(day_count=t.ACTUAL_360)
    close(date(2024, 3, 10))
    quoted = payoff.quote(number="L1", day=date(2024, 3, 17))
    close(date(2024, 3, 16))
    assert payoff.quote(number="L1", day=date(2024, 3, 17)) == quoted
    assert quoted.quote.penalty > 1_900
    pay(account, quoted.quote.payoff, date(2024, 3, 17))
    assert said(account, "revolving", "past_due", "interest", "fee", "penalty", "credit") == (0,) * 6
    close(date(2024, 3, 18))
    assert said(account, "revolving", "penalty", "paid_bearing", "paid_in_window") == (0,) * 4
    book_is_right()


def test_late_interest_is_explained_down_to_its_nights() -> None:
    from fractions import Fraction

    from duecourse.servicing.explain import explain
    from duecourse.servicing.explain_tree import leaves, total

    drawn(late_grace_days=2)
    close(date(2024, 3, 10))
    for figure in ("penalty", "accrued_penalty", "accrued_interest", "next_due", "payoff", "days_past_due"):
        tree = explain(account="L1", figure=figure, on=date(2024, 3, 10))
        assert total(leaves(tree)) == Fraction(tree.amount, tree.per)
    tree = explain(account="L1", figure="accrued_penalty", on=date(2024, 3, 10))
    assert tree.amount == sealed(1, date(2024, 3, 10), "penalty_to_date")[0] > 0
    bases = [leaf.numbers["base_minor"] for leaf in leaves(tree) if leaf.code == "segment"]
    assert len(bases) == 2
    assert bases[0] == 81_170


def test_a_payment_recorded_late_takes_back_the_late_interest_it_would_have_spared() -> None:
    right, late = drawn("right"), drawn("late")
    close(date(2024, 2, 4))
    pay(right, 86_266, date(2024, 2, 5))
    close(date(2024, 3, 4))
    pay(late, 86_266, date(2024, 2, 5), key="late")
    close(date(2024, 3, 5))
    names = ("revolving", "past_due", "interest", "penalty", "interest_to_date", "penalty_to_date", "days_past_due")
    assert sealed(late, date(2024, 3, 5), *names) == sealed(right, date(2024, 3, 5), *names)
    assert sums(late) == sums(right)
    book_is_right()


def test_income_is_suspended_from_the_terms_day_and_recognised_when_it_is_paid() -> None:
    account = drawn(nonaccrual_days=10)
    close(date(2024, 2, 10))
    assert said(account, "nonaccrual", "suspended") == (0, 0)
    close(date(2024, 2, 11))
    assert said(account, "nonaccrual", "suspended") == (1, 0)
    close(date(2024, 3, 1))
    now = row(account)
    assert now["suspended"] == now["interest"] - 5_096 + now["penalty"]
    book_is_right()
    part = pay(account, 1_000, date(2024, 3, 2), key="part")
    assert part.amounts["interest_income"] == -1_000 == -part.amounts["suspended"]
    due = sum(row(account)["dues"][at + 1] + row(account)["dues"][at + 2] for at in (0, 6)) + row(account)["penalty"]
    pay(account, due + 500, date(2024, 3, 2), key="rest")
    assert said(account, "nonaccrual", "suspended", "past_due") == (0, 0, 0)
    close(date(2024, 3, 3))
    assert "suspended" not in sums(account)
    book_is_right()


def test_everything_is_due_at_once_when_the_contract_is_terminated() -> None:
    account = drawn()
    close(date(2024, 1, 15))
    act(account, "terminate", date(2024, 1, 16))
    close(date(2024, 1, 16))
    assert said(account, "past_due", "revolving", "interest") == (500_000, 0, 2_466)
    close(date(2024, 1, 25))
    assert sealed(account, date(2024, 1, 25), "days_past_due", "penalty_to_date") == [9, 2_465]
    undo(account, last_act(account), date(2024, 1, 26))
    assert said(account, "past_due", "revolving", "interest", "penalty") == (0, 500_000, 0, 0)
    close(date(2024, 1, 27))
    book_is_right()


@pytest.mark.parametrize(
    ("how", "interest", "more"),
    [
        (t.REGULAR, 5_096, True),
        (t.ACCELERATED, 5_096 + 1_928, True),
        (t.NO_MORE_INTEREST, 5_096, False),
        (t.ACCELERATED_NO_MORE, 5_096 + 1_928, False),
    ],
    ids=["interest goes on", "all due at once", "no more interest", "all due at once and no more interest"],
)
def test_a_charge_off_takes_the_debt_off_the_books_and_what_comes_after_it_is_recovered(
    how: int, interest: int, more: bool
) -> None:
    """14 nights on 4,188.30 are 19.28: with everything due, that is owed and lost too."""
    account = drawn(charge_off=how)
    close(date(2024, 2, 14))
    done = act(account, "charge_off", date(2024, 2, 15))
    lost = 500_000 + interest + row(account)["penalty"]
    assert done.amounts == {"charged_off": -lost, "loss": lost}
    assert said(account, "charged_off", "nonaccrual") == (lost, 1)
    off = last_act(account)
    refused(account, "already_charged_off", lambda: act(account, "charge_off", date(2024, 2, 15), key="again"))
    refused(account, "loan_ended", lambda: act(account, "draw", date(2024, 2, 15), amount=1))
    refused(account, "no_schedule", lambda: act(account, "rate_change", date(2024, 2, 15), rate_ppm=1))
    close(date(2024, 2, 25))
    book_is_right()
    assert sealed(account, date(2024, 2, 25), "penalty_to_date")[0] > 0 if more else row(account)["suspended"] == 0
    got = pay(account, 10_000, date(2024, 2, 26)).amounts
    assert got["recovered"] + got.get("interest_income", 0) == -10_000
    assert row(account)["charged_off"] == lost + got["recovered"]
    paid = last_act(account)
    close(date(2024, 3, 3))
    book_is_right()
    undo(account, paid, date(2024, 3, 4))
    assert row(account)["charged_off"] == lost
    undo(account, off, date(2024, 3, 4))
    assert said(account, "charged_off", "suspended", "nonaccrual") == (0, 0, 0)
    assert "loss" not in sums(account)
    close(date(2024, 3, 5))
    book_is_right()


def test_interest_that_was_suspended_is_no_loss_when_the_debt_leaves_the_books() -> None:
    account = drawn(nonaccrual_days=10)
    close(date(2024, 3, 4))
    suspended = row(account)["suspended"]
    act(account, "charge_off", date(2024, 3, 5))
    now = row(account)
    assert now["suspended"] > suspended > 0
    owed = 500_000 + now["interest"] + now["penalty"]
    assert now["charged_off"] == owed - now["suspended"] == sums(account)["loss"]
    close(date(2024, 3, 6))
    book_is_right()


def test_a_charge_off_recorded_late_ends_where_one_in_time_does() -> None:
    right, late = drawn("right"), drawn("late")
    close(date(2024, 2, 14))
    act(right, "charge_off", date(2024, 2, 15))
    close(date(2024, 2, 19))
    for account in (right, late):
        pay(account, 7_000, date(2024, 2, 20))
    close(date(2024, 3, 4))
    act(late, "charge_off", date(2024, 2, 15))
    close(date(2024, 3, 6))
    names = ("revolving", "past_due", "interest", "penalty", "charged_off", "suspended", "nonaccrual", "dues")
    assert said(late, *names) == said(right, *names)
    assert sums(late) == sums(right)
    book_is_right()


def test_a_part_written_off_is_owed_no_more_and_lost() -> None:
    account = drawn()
    close(date(2024, 2, 10))
    done = act(account, "write_off", date(2024, 2, 11), amount=86_666)
    assert done.amounts == {"principal": -81_170, "interest": -5_096, "penalty": -400, "loss": 86_666}
    assert said(account, "past_due", "revolving") == (0, 418_830)
    close(date(2024, 2, 12))
    book_is_right()


def test_the_whole_debt_is_written_off_some_of_it_recovered_and_both_undone() -> None:
    account, other = drawn(), drawn("other")
    close(date(2024, 2, 14))
    act(account, "write_off", date(2024, 2, 15))
    off = last_act(account)
    zero = ("revolving", "past_due", "interest", "fee", "penalty", "charged_off", "suspended")
    assert said(account, *zero) == (0,) * 7
    lost = sums(account)["loss"]
    assert lost == 500_000 + 5_096 + 1_928 + 560
    refused(account, "nothing_owed", lambda: act(account, "write_off", date(2024, 2, 15), key="more", amount=1))
    refused(account, "above_written_off", lambda: act(account, "recovery", date(2024, 2, 15), amount=lost + 1))
    close(date(2024, 3, 10))
    assert sealed(account, date(2024, 3, 10), "interest_to_date", "penalty_to_date", "days_past_due") == [0, 0, 0]
    got = act(account, "recovery", date(2024, 3, 11), amount=30_000)
    assert got.amounts == {"cash": 30_000, "recovered": -30_000}
    refused(account, "above_written_off", lambda: undo(account, off, date(2024, 3, 11)))
    undo(account, last_act(account), date(2024, 3, 11))
    undo(account, off, date(2024, 3, 11))
    assert said(account, *zero, "dues") == said(other, *zero, "dues")
    assert not {"loss", "recovered"} & set(sums(account))
    close(date(2024, 3, 12))
    book_is_right()


def test_what_was_charged_off_before_is_lost_only_once_when_it_is_written_off() -> None:
    account = drawn(charge_off=t.ACCELERATED_NO_MORE)
    close(date(2024, 2, 14))
    act(account, "charge_off", date(2024, 2, 15))
    lost = sums(account)["loss"]
    close(date(2024, 2, 20))
    act(account, "write_off", date(2024, 2, 21))
    assert sums(account)["loss"] == lost
    assert said(account, "charged_off", "past_due", "interest", "penalty") == (0, 0, 0, 0)
    close(date(2024, 2, 22))
    book_is_right()


@pytest.mark.parametrize(
    ("code", "kind", "body"),
    [
        ("above_owed", "write_off", {"amount": 500_001}),
        ("above_written_off", "recovery", {"amount": 1}),
        ("act_not_offered", "recovery", {}),
        ("act_not_offered", "charge", {"component": FEE, "mode": 2}),
        ("act_not_offered", "charge", {"component": FEE, "mode": 2, "amount": 5, "until": 19_800}),
        ("act_not_offered", "charge", {"component": FEE, "amount": 5}),
        ("act_out_of_range", "charge", {"component": FEE, "mode": 3, "amount": 5}),
    ],
)
def test_what_cannot_end_a_loan_is_refused_by_code_and_leaves_no_trace(
    code: str, kind: str, body: dict[str, int]
) -> None:
    account = drawn()
    refused(account, code, lambda: act(account, kind, FIRST, **body))


def test_a_loan_that_owes_nothing_cannot_be_charged_off_terminated_or_written_off() -> None:
    account = drawn()
    pay(account, 500_000, FIRST)
    for kind, code in (("charge_off", "nothing_owed"), ("terminate", "no_schedule"), ("write_off", "nothing_owed")):
        refused(account, code, lambda kind=kind: act(account, kind, FIRST))


def test_late_interest_is_waived_to_the_day_out_of_income_and_goes_on_after_it() -> None:
    """10 nights of 18% on 811.70: 4.002904; the fraction is carried into 18 more to 29 February: 7.205227."""
    account = drawn()
    close(date(2024, 2, 10))
    act(account, "waiver", date(2024, 2, 11), component=PENALTY)
    assert said(account, "penalty", "interest") == (0, 5_096)
    found = sums(account)
    assert (found["penalty_income"], found["accrued"], found.get("penalty", 0)) == (400, -400 - 5_096, 0)
    close(date(2024, 2, 28))
    act(account, "waiver", date(2024, 2, 29), component=PENALTY, amount=20)
    assert said(account, "penalty") == (700,)
    assert sums(account)["penalty_income"] == 420
    close(date(2024, 3, 5))
    book_is_right()


def test_a_waiver_recorded_late_spares_what_a_payment_met_and_is_taken_back_as_if_it_never_was() -> None:
    late, never = drawn(), drawn("L2")
    close(date(2024, 2, 19))
    for account in (late, never):
        pay(account, 90_000, date(2024, 2, 20))
    close(date(2024, 2, 25))
    refused(late, "more_than_charged", lambda: act(late, "waiver", date(2024, 2, 11), component=PENALTY, amount=401))
    act(late, "waiver", date(2024, 2, 11), component=PENALTY, amount=400)
    assert sums(late)["penalty_income"] == 400
    assert row(late)["revolving"] + row(late)["past_due"] == row(never)["revolving"] + row(never)["past_due"] - 400
    undo(late, last_act(late), date(2024, 2, 11))
    names = ("penalty", "interest", "revolving", "past_due", "credit")
    assert said(late, *names) == said(never, *names)
    assert sums(late) == sums(never)
    close(date(2024, 3, 5))
    book_is_right()


def test_what_was_suspended_is_waived_out_of_what_is_suspended() -> None:
    account = drawn(nonaccrual_days=5)
    close(date(2024, 2, 19))
    act(account, "terminate", date(2024, 2, 20), key="due")
    before = row(account)["suspended"]
    assert before > 0
    assert before < row(account)["penalty"] + row(account)["interest"]
    act(account, "waiver", date(2024, 2, 20), component=PENALTY)
    act(account, "waiver", date(2024, 2, 20), key="rest", component=INTEREST)
    assert said(account, "penalty", "interest", "suspended") == (0, 0, 0)
    assert sums(account)["interest_income"] + sums(account).get("penalty_income", 0) > 0
    for component in (PENALTY, INTEREST):
        told = {"component": component}
        refused(account, "more_than_charged", lambda told=told: act(account, "waiver", date(2024, 2, 20), "2", **told))
    close(date(2024, 3, 5))
    book_is_right()


@pytest.mark.parametrize("recalculation", [t.NO_RECALCULATION, t.DAILY, t.AT_DUE_DAYS])
@pytest.mark.parametrize("late_rate_ppm", [0, 180_000])
def test_interest_that_was_waived_is_asked_and_earned_no_more(recalculation: int, late_rate_ppm: int) -> None:
    from duecourse.servicing import explain, payoff

    account = drawn(recalculation=recalculation, late_rate_ppm=late_rate_ppm)
    close(date(2024, 2, 10))
    before = payoff.quote(number="L1", day=date(2024, 2, 11)).quote.payoff
    act(account, "waiver", date(2024, 2, 11), component=INTEREST, amount=2_000)
    assert said(account, "interest") == (5_096 - 2_000,)
    assert sums(account)["interest_income"] == 2_000
    assert payoff.quote(number="L1", day=date(2024, 2, 11)).quote.payoff == before - 2_000
    for figure in ("interest", "next_due", "payoff", "accrued_interest", "interest_charged"):
        explain.explain(account="L1", figure=figure, on=date(2024, 2, 11))
    close(date(2024, 2, 25))
    act(account, "waiver", date(2024, 2, 26), component=INTEREST)
    assert said(account, "interest") == (0,)
    close(date(2024, 3, 5))
    pay(account, payoff.quote(number="L1", day=date(2024, 3, 6)).quote.payoff, date(2024, 3, 6))
    assert said(account, "interest", "penalty", "revolving", "past_due", "credit") == (0, 0, 0, 0, 0)
    close(date(2024, 3, 8))
    assert sealed(account, date(2024, 3, 8), "interest_to_date") == [0]
    book_is_right()


def test_a_late_pause_bears_nothing_for_its_nights_in_time_or_recorded_late() -> None:
    paused, late = drawn(), drawn("L2")
    close(date(2024, 2, 10))
    act(paused, "late_pause", date(2024, 2, 11))
    close(date(2024, 2, 29))
    undo(paused, last_act(paused), date(2024, 2, 11))
    for account in (paused, late):
        body = {"until": 19_782}  # through 29 February: 1 March is the next due day
        act(account, "late_pause", date(2024, 2, 11), key=f"pause{account}", **body)
    refused(late, "act_out_of_range", lambda: act(late, "late_pause", date(2024, 3, 1), until=19_782))
    close(date(2024, 3, 1))
    assert said(paused, "penalty") == said(late, "penalty") == (400,)
    close(date(2024, 3, 11))
    assert sealed(late, date(2024, 3, 11), "penalty_to_date") == sealed(paused, date(2024, 3, 11), "penalty_to_date")
    assert sealed(late, date(2024, 3, 11), "penalty_to_date")[0] > 0
    book_is_right()


@pytest.mark.parametrize("body", [{}, {"component": FEE}, {"component": PENALTY, "of": 1}])
def test_a_waiver_is_of_a_charge_or_of_interest(body: dict[str, int]) -> None:
    account = drawn()
    refused(account, "act_not_offered", lambda: act(account, "waiver", FIRST, **body))


LATER: dict[str, dict[str, int]] = {
    "rate_change": {"rate_ppm": 60_000},
    "interest_pause": {"until": 19_790},
    "reschedule": {"since": 19_783, "number": 2},
    "re_amortise": {},
    "draw": {"amount": 10_000},
}
"""Acts of 25 February; the third installment is due on 1 March."""


@pytest.mark.parametrize("later", LATER)
def test_an_end_before_an_act_that_stands_on_the_schedule_names_that_act(later: str) -> None:
    account = drawn()
    close(date(2024, 2, 24))
    act(account, later, date(2024, 2, 25), **LATER[later])
    stands = last_act(account)
    ends: list[tuple[str, dict[str, int]]] = [("terminate", {}), ("write_off", {}), ("charge_off", {})]
    if later != "draw":
        ends.append(("re_age", {"number": 3, "until": 19_800, "every": 1, "unit": 3}))
    for kind, body in ends:
        if (kind, later) == ("charge_off", "re_amortise"):
            continue  # a charge-off without accelerated maturity leaves installments to spread over
        refused(account, "later_act_stands", lambda k=kind, b=body: act(account, k, date(2024, 2, 20), **b))
        with pytest.raises(Exception, match=rf"{later} of 2024-02-25 \(act {stands}\)"):
            act(account, kind, date(2024, 2, 20), **body)
    undo(account, stands, date(2024, 2, 25))
    for kind, body in ends:
        act(account, kind, date(2024, 2, 20), **body)
        undo(account, last_act(account), date(2024, 2, 20))
    act(account, "charge_off", date(2024, 2, 20), key="at last")
    close(date(2024, 3, 5))
    book_is_right()


@pytest.mark.parametrize("kind", ["rate_change", "re_age", "charge_off", "late_pause"])
def test_a_draw_on_which_an_act_stands_is_not_taken_back_and_no_act_comes_before_it(kind: str) -> None:
    from duecourse.servicing import loan_opening, loans

    body = {"rate_change": {"rate_ppm": 60_000}, "re_age": {"number": 3, "until": 19_800, "every": 1, "unit": 3}}
    account = loan_opening.open_loan(
        number="L1", borrower_id=1, product="loan_demo", approved_minor=600_000, on=FIRST, by="test", **LATE
    )
    close(date(2024, 1, 9))
    loans.draw(account=account, amount_minor=500_000, on=date(2024, 1, 10), by="test", key="draw")
    draw, told = last_act(account), body.get(kind, {})
    refused(account, "loan_not_drawn", lambda: act(account, kind, date(2024, 1, 5), **told))
    act(account, kind, date(2024, 1, 10), **told)
    stands = last_act(account)
    refused(account, "draw_in_use", lambda: undo(account, draw, date(2024, 1, 10)))
    undo(account, stands, date(2024, 1, 10))
    undo(account, draw, date(2024, 1, 10))
    assert row(account)["revolving"] == 0


def available(account: int, number: str = "L1") -> int:
    """What may still be drawn: as the account's page says, as explained, and by asking."""
    from duecourse.servicing import explain, read
    from duecourse.servicing.explain_tree import total

    told = explain.explain(account=number, figure="available", on=explain.open_day(account=number))
    assert total(told.parts) == told.amount == read.account(number=number).standing.available
    return told.amount


def test_what_was_repaid_cannot_be_drawn_again_and_of_a_loan_that_ended_nothing_can() -> None:
    account = drawn()
    close(date(2024, 1, 19))
    assert available(account) == 100_000
    pay(account, 50_000, date(2024, 1, 20))
    assert available(account) == 100_000
    for kind in ("charge_off", "terminate"):
        act(account, kind, date(2024, 1, 20))
        assert available(account) == 0
        refused(account, "loan_ended", lambda: act(account, "draw", date(2024, 1, 20), key="again", amount=1))
        undo(account, last_act(account), date(2024, 1, 20))
        assert available(account) == 100_000


def test_nothing_can_be_drawn_once_no_installment_follows() -> None:
    account = drawn(installments=1)
    close(date(2024, 1, 31))
    assert available(account) == 100_000
    close(date(2024, 2, 1))
    assert available(account) == 0


def test_a_fee_kept_back_from_a_draw_is_income_and_not_paid_out() -> None:
    from duecourse.servicing import loan_opening, loans

    account = loan_opening.open_loan(
        number="L1", borrower_id=1, product="loan_demo", approved_minor=500_000, on=FIRST, by="test", **LATE
    )
    act(account, "charge", FIRST, component=FEE, mode=2, basis=1, rate_ppm=15_000)
    fee = last_act(account)
    done = loans.draw(account=account, amount_minor=400_000, on=FIRST, by="test", key="draw")
    assert done.amounts == {"principal": 400_000, "fee": -6_000, "cash": -394_000}
    assert sums(account) == {"principal": 400_000, "cash": -394_000, "fee_income": -6_000}
    close(date(2024, 1, 10))
    undo(account, fee, date(2024, 1, 11))
    assert sums(account) == {"principal": 400_000, "cash": -400_000}
    close(date(2024, 1, 12))
    book_is_right()


def test_a_fee_that_would_eat_the_draw_is_refused() -> None:
    from duecourse.servicing import loan_opening

    account = loan_opening.open_loan(
        number="L1", borrower_id=1, product="loan_demo", approved_minor=500_000, on=FIRST, by="test", **LATE
    )
    act(account, "charge", FIRST, component=FEE, mode=2, amount=70_000)
    refused(account, "above_drawn", lambda: act(account, "draw", FIRST, amount=70_000))


def test_a_payment_taken_back_gives_all_of_its_cash_back_and_makes_no_income_twice() -> None:
    account = drawn()
    close(date(2024, 1, 31))
    pay(account, 86_266, date(2024, 2, 1))
    paid = last_act(account)
    close(date(2024, 2, 9))
    back = act(account, "chargeback", date(2024, 2, 10), of=paid, amount=86_266)
    assert back.amounts == {"principal": 81_170, "interest": 5_096, "cash": -86_266}
    assert row(account)["interest"] == 5_096
    close(date(2024, 3, 1))
    book_is_right()
    assert sums(account)["cash"] == -500_000
    assert sums(account)["accrued"] == -row(account)["interest"] - row(account)["penalty"]


@pytest.mark.parametrize("changed", [{"excess": (t.CREDIT,) * 4}, {"order": (4, 3, 2, 1, 14, 13, 12, 11)}])
@pytest.mark.parametrize("recalculation", [t.DAILY, t.NO_RECALCULATION])
def test_an_excess_may_stay_to_the_good_and_meets_what_comes_due(changed: dict[str, Any], recalculation: int) -> None:
    from duecourse.servicing import payoff

    account = drawn(**changed, recalculation=recalculation)
    close(date(2024, 1, 10))
    pay(account, 100_000, date(2024, 1, 11))
    assert said(account, "credit", "revolving") == (100_000, 500_000)
    close(date(2024, 2, 1))
    assert said(account, "credit", "revolving", "past_due", "interest") == (13_734, 418_830, 0, 0)
    close(date(2024, 2, 20))
    book_is_right()
    quoted = payoff.quote(number="L1", day=date(2024, 2, 21)).quote
    pay(account, quoted.payoff, date(2024, 2, 21))
    assert said(account, "credit", "revolving", "past_due", "interest") == (0, 0, 0, 0)
    close(date(2024, 2, 22))
    book_is_right()


def test_a_loan_of_360_days_a_year_is_kept_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger keeps what loans accrue in parts of its own, whatever year their product has."""
    from duecourse.rules import read as rules

    given = rules.product

    def other(code: str) -> rules.Product:
        return given(code)._replace(year_days=360)

    monkeypatch.setattr(rules, "product", other)
    drawn(day_count=t.ACTUAL_360)
    close(date(2024, 2, 10))
    book_is_right()


def test_each_day_of_a_loan_that_goes_wrong_is_right() -> None:
    """Late, not accruing, charged off, some of it recovered, written off, some of it got back: every day adds up."""
    account = drawn(nonaccrual_days=5, late_grace_days=2, charge_off=t.ACCELERATED)
    close(date(2024, 1, 31))
    day = date(2024, 2, 1)
    todo: dict[date, Callable[[], object]] = {
        date(2024, 2, 14): lambda: pay(account, 3_000, date(2024, 2, 14)),
        date(2024, 3, 3): lambda: act(account, "charge_off", date(2024, 3, 3)),
        date(2024, 3, 20): lambda: pay(account, 40_000, date(2024, 3, 20)),
        date(2024, 4, 2): lambda: act(account, "write_off", date(2024, 4, 1)),
        date(2024, 4, 5): lambda: act(account, "recovery", date(2024, 4, 5), amount=2_000),
    }
    while day < date(2024, 4, 8):
        if day in todo:
            todo[day]()
        close(day)
        book_is_right()
        day += timedelta(days=1)
    assert said(account, "past_due", "revolving", "charged_off", "suspended") == (0, 0, 0, 0)
