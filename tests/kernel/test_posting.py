"""kernel.posting."""

import pytest

from duecourse.kernel import posting
from duecourse.kernel.account import Account, Owed, Principal, opened
from duecourse.kernel.days import day_number, next_cycle
from duecourse.kernel.posting import ADJUSTMENT, PAYMENT, PURCHASE, REFUND
from duecourse.kernel.terms import LOSE_WINDOW, PLAIN_LINE

TODAY = day_number(2026, 3, 15)
YESTERDAY = TODAY - 1


def line(**changed: object) -> Account:
    return opened(YESTERDAY, 100_000, day_number(2026, 4, 1))._replace(**changed)  # type: ignore[arg-type]


def test_a_purchase_is_interest_free_in_the_open_cycle() -> None:
    posted = posting.post(line(), [], 0, 0, PLAIN_LINE, PURCHASE, 500, TODAY)
    assert posted.account.principal == (500, 0, 0, 0, 0)
    assert posted == (posted.account, 0, 0)


def test_a_purchase_is_posted_though_it_exceeds_the_limit() -> None:
    assert posting.post(line(), [], 0, 0, PLAIN_LINE, PURCHASE, 200_000, TODAY).account.principal.unbilled == 200_000


@pytest.mark.parametrize(
    ("principal", "new_purchases", "expected"),
    [
        (Principal(0, 0, 0, 10, 0), LOSE_WINDOW, (0, 500)),
        (Principal(0, 0, 0, 0, 10), LOSE_WINDOW, (0, 500)),
        (Principal(0, 0, 10, 0, 0), LOSE_WINDOW, (500, 0)),
        (Principal(0, 0, 0, 10, 0), 0, (500, 0)),
    ],
)
def test_a_purchase_loses_its_window_while_an_older_statement_revolves_if_the_terms_say_so(
    principal: Principal, new_purchases: int, expected: tuple[int, int]
) -> None:
    agreed = PLAIN_LINE._replace(new_purchases=new_purchases)
    after = posting.post(line(principal=principal), [], 0, 0, agreed, PURCHASE, 500, TODAY).account
    assert (after.principal.unbilled, after.principal.bearing) == expected


@pytest.mark.parametrize(("credit", "bought", "left"), [(0, 500, 0), (200, 300, 0), (500, 0, 0), (800, 0, 300)])
def test_a_credit_balance_pays_a_purchase_first(credit: int, bought: int, left: int) -> None:
    after = posting.post(line(credit=credit), [], 0, 0, PLAIN_LINE, PURCHASE, 500, TODAY).account
    assert (after.principal.unbilled, after.credit) == (bought, left)


@pytest.mark.parametrize("kind", [PAYMENT, REFUND, ADJUSTMENT])
def test_an_excess_is_a_credit_balance(kind: int) -> None:
    before = line(principal=Principal(300, 0, 0, 0, 0))
    after = posting.post(before, [], 0, 0, PLAIN_LINE, kind, 500, TODAY).account
    assert (after.principal.unbilled, after.credit) == (0, 200)


def test_money_recognises_suspended_income_as_far_as_it_meets_charges() -> None:
    before = line(owed=Owed(80, 40, 20, 0), suspended=90, nonaccrual=1, statement_left=140)
    for amount, recognised in [(10, 10), (60, 20), (130, 90), (140, 90)]:
        # penalty first, then fee, then interest: of 60, 20 meet penalty and 40 the fee
        posted = posting.post(before, [], 0, 0, PLAIN_LINE, PAYMENT, amount, TODAY)
        assert posted.recognised == recognised
        assert posted.account.suspended == 90 - recognised


@pytest.mark.parametrize("kind", [PURCHASE, PAYMENT])
def test_a_dormant_line_wakes_to_its_next_cycle_day(kind: int) -> None:
    asleep = line(statement_on=day_number(2025, 11, 1))
    after = posting.post(asleep, [], 0, 0, PLAIN_LINE, kind, 500, TODAY).account
    assert after.statement_on == day_number(2026, 4, 1) == next_cycle(YESTERDAY, 1)
    on_cycle_day = PLAIN_LINE._replace(cycle_day=15)
    assert posting.post(asleep, [], 0, 0, on_cycle_day, kind, 500, TODAY).account.statement_on == TODAY


@pytest.mark.parametrize(
    ("changed", "kind", "amount", "message"),
    [
        ({}, PAYMENT, 0, "not above zero"),
        ({}, PAYMENT, -5, "not above zero"),
        ({}, PAYMENT, 10**10 + 1, "above AMOUNT_MAX"),
        ({}, 0, 500, "unknown kind"),
        ({}, 5, 500, "unknown kind"),
        ({"day": YESTERDAY - 1}, PAYMENT, 500, "not closed through the day before"),
        ({"day": TODAY}, PAYMENT, 500, "not closed through the day before"),
        ({"due_on": YESTERDAY}, PAYMENT, 500, "a due day went by"),
        ({"statement_on": YESTERDAY, "credit": 1}, PAYMENT, 500, "a cycle day went by"),
        ({"principal": Principal(10**10, 0, 0, 0, 0)}, PURCHASE, 1, "principal is above AMOUNT_MAX"),
    ],
)
def test_what_cannot_be_is_refused(changed: dict[str, object], kind: int, amount: int, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        posting.post(line(**changed), [], 0, 0, PLAIN_LINE, kind, amount, TODAY)
