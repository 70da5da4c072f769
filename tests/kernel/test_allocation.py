"""kernel.allocation: how an amount is shared out, and what a refund does."""

import pytest

from duecourse.kernel.account import Account, Accrued, Beside, Kept, Owed, Principal, opened
from duecourse.kernel.allocation import (
    Taken,
    allocate,
    component_at,
    give_back,
    meet_billed,
    meet_dues,
    repay,
    tolerate,
)
from duecourse.kernel.terms import (
    FEES_FIRST,
    PENALTY_FIRST,
    PLAIN_LINE,
    PRINCIPAL_FIRST,
    PURCHASE_DAY,
    WHOLE_STATEMENT,
    Order,
)

# Day 100. February's due (day 90, missed): principal 100, interest 20, fee 10, penalty 5. March's (day 110): 80, 15.
# In no due: billed principal 420, fee 25 (unbilled). In the open cycle: purchases 300 and 50 that bear interest.
DUES = (90, 100, 20, 10, 5, 135, 110, 80, 15, 0, 0, 95)


def account() -> Account:
    return opened(100, 10**6, 120)._replace(
        principal=Principal(unbilled=300, bearing=50, window=200, revolving=300, past_due=100),
        owed=Owed(interest=35, fee=35, penalty=5, unbilled_fee=25),
        due_on=110,
        statement_left=650,
    )


@pytest.mark.parametrize(
    ("amount", "order", "oldest_first", "first", "second"),
    [
        # component by component within the oldest due, then the next due
        (30, PENALTY_FIRST, 1, (100, 5, 0, 0), (80, 15, 0, 0)),
        (30, FEES_FIRST, 1, (100, 5, 0, 0), (80, 15, 0, 0)),
        (8, FEES_FIRST, 1, (100, 20, 2, 5), (80, 15, 0, 0)),
        (8, PENALTY_FIRST, 1, (100, 20, 7, 0), (80, 15, 0, 0)),
        (110, PRINCIPAL_FIRST, 1, (0, 10, 10, 5), (80, 15, 0, 0)),
        (140, PENALTY_FIRST, 1, None, (80, 10, 0, 0)),
        # component first: both dues' interest before any principal
        (50, PENALTY_FIRST, 0, (100, 0, 0, 0), (80, 0, 0, 0)),
        (150, PRINCIPAL_FIRST, 0, (0, 20, 10, 5), (30, 15, 0, 0)),
        (40, Order(2, 1, 3, 4), 0, (95, 0, 10, 5), (80, 0, 0, 0)),
    ],
)
def test_the_oldest_minimum_is_met_first_or_the_first_component(
    amount: int,
    order: Order,
    oldest_first: int,
    first: tuple[int, ...] | None,
    second: tuple[int, ...],
) -> None:
    dues = list(DUES)
    met = allocate(account(), dues, 0, 2, PLAIN_LINE._replace(order=order, oldest_first=oldest_first), amount)
    left = [tuple(dues[at + 1 : at + 5]) for at in range(0, 6 * met.open_dues, 6)]
    assert left == [part for part in (first, second) if part is not None]
    assert met.excess == 0
    assert met.account.statement_left == 650 - amount


@pytest.mark.parametrize(
    ("amount", "principal", "owed", "excess"),
    [
        (230, (300, 50, 200, 220, 0), (0, 25, 0, 25), 0),  # both dues, nothing else
        (450, (300, 50, 200, 0, 0), (0, 25, 0, 25), 0),  # what revolves before what is in its window
        (650, (300, 50, 0, 0, 0), (0, 25, 0, 25), 0),  # the whole statement
        (675, (300, 50, 0, 0, 0), (0, 0, 0, 0), 0),  # then unbilled fees
        (735, (290, 0, 0, 0, 0), (0, 0, 0, 0), 0),  # then the open cycle, what bears interest first
        (1_025, (0, 0, 0, 0, 0), (0, 0, 0, 0), 0),
        (1_100, (0, 0, 0, 0, 0), (0, 0, 0, 0), 75),
    ],
)
def test_after_the_minimum_comes_the_statement_then_the_open_cycle(
    amount: int, principal: tuple[int, ...], owed: tuple[int, ...], excess: int
) -> None:
    met = allocate(account(), list(DUES), 0, 2, PLAIN_LINE, amount)
    assert (met.account.principal, met.account.owed, met.excess, met.open_dues) == (principal, owed, excess, 0)


def test_interest_that_is_not_charged_is_not_met() -> None:
    grown = account()._replace(accrued=opened(0, 0, 0).accrued._replace(interest=40))
    met = allocate(grown, list(DUES), 0, 2, PLAIN_LINE, 1_025)
    assert met.account.accrued.interest == 40
    assert met.excess == 0


def test_a_refund_takes_what_is_billed_then_the_open_cycle_then_what_is_past_due() -> None:
    for amount, principal in [
        (320, (300, 50, 180, 0, 100)),
        (510, (300, 40, 0, 0, 100)),
        (850, (0, 0, 0, 0, 100)),
        (870, (0, 0, 0, 0, 80)),
    ]:
        met = give_back(account(), list(DUES), 0, 2, PLAIN_LINE, amount)
        assert met.account.principal == principal
        assert met.excess == 0


def test_a_refund_leaves_the_minimum_except_where_no_principal_is_left_for_it() -> None:
    dues = list(DUES)
    assert give_back(account(), dues, 0, 2, PLAIN_LINE, 420).open_dues == 2
    assert dues == list(DUES)
    give_back(account(), dues, 0, 2, PLAIN_LINE, 440)
    assert dues[6:11] == [110, 60, 15, 0, 0]


def test_a_refund_meets_the_oldest_minimum_where_the_terms_say_so() -> None:
    dues = list(DUES)
    met = give_back(account(), dues, 0, 2, PLAIN_LINE._replace(refund_meets_minimum=1), 130)
    assert dues == [90, 0, 20, 10, 5, 135, 110, 50, 15, 0, 0, 95]
    assert met.account.principal == (300, 50, 200, 270, 0)
    assert met.account.statement_left == 520


def test_a_refund_of_more_than_the_principal_meets_charges_then_is_a_credit() -> None:
    met = give_back(account(), list(DUES), 0, 2, PLAIN_LINE, 1_100)
    assert met.account.principal == (0, 0, 0, 0, 0)
    assert met.account.owed == (0, 0, 0, 0)
    assert (met.open_dues, met.excess) == (0, 75)


def test_what_was_paid_of_a_whole_statement_stays_in_the_base_and_what_was_refunded_does_not() -> None:
    agreed = PLAIN_LINE._replace(interest_base=WHOLE_STATEMENT, interest_from=PURCHASE_DAY)
    before = opened(100, 10**6, 120)._replace(
        principal=Principal(0, 0, 800, 0, 0), kept=Kept(0, 10_000, 200, 0), due_on=110, statement_left=800
    )
    paid = allocate(before, [], 0, 0, agreed, 300).account
    assert paid.kept == (0, 10_000, 500, 0)
    refunded = give_back(before, [], 0, 0, agreed, 300).account
    assert refunded.kept == (0, 7_000, 200, 0)
    unpaid_part = allocate(before._replace(kept=Kept(0, 8_000, 0, 0)), [], 0, 0, PLAIN_LINE, 300).account
    assert unpaid_part.kept == (0, 5_000, 0, 0)


def test_a_whole_statement_leaves_the_base_when_what_is_past_its_window_is_paid() -> None:
    agreed = PLAIN_LINE._replace(interest_base=WHOLE_STATEMENT)
    before = opened(100, 10**6, 120)._replace(
        principal=Principal(0, 0, 500, 100, 0), kept=Kept(0, 0, 0, 900), due_on=110, statement_left=600
    )
    assert allocate(before, [], 0, 0, agreed, 60).account.kept == (0, 0, 0, 960)
    assert allocate(before, [], 0, 0, agreed, 150).account.kept == (0, 0, 50, 0)


@pytest.mark.parametrize(("amount", "open_dues", "past_due", "revolving"), [(94, 1, 6, 300), (95, 0, 0, 305)])
def test_a_late_payment_that_brings_a_due_within_the_tolerance_closes_it(
    amount: int, open_dues: int, past_due: int, revolving: int
) -> None:
    agreed = PLAIN_LINE._replace(tolerance_ppm=50_000)
    before = opened(100, 10**6, 120)._replace(principal=Principal(0, 0, 0, 300, 100), statement_left=400)
    met = allocate(before, [90, 100, 0, 0, 0, 100], 0, 1, agreed, amount)
    assert met.open_dues == open_dues
    assert met.account.principal == (0, 0, 0, revolving, past_due)
    assert met.account.statement_left == 400 - amount


def test_components_stand_where_the_order_has_them() -> None:
    assert [component_at(Order(4, 2, 3, 1), place) for place in range(4)] == [4, 2, 3, 1]


FOUR_DUES = (
    80, 100, 20, 10, 5, 135,
    90, 50, 7, 3, 2, 62,
    110, 80, 15, 4, 1, 100,
    120, 30, 6, 8, 9, 53,
)  # fmt: skip
"""Closed through day 100: two that were missed and two that are still to come."""


@pytest.mark.parametrize(
    ("amount", "order", "oldest_first", "expected"),
    [
        (1, PENALTY_FIRST, 1, (0, 0, 0, 0, 1)),
        (136, PENALTY_FIRST, 1, (100, 0, 20, 10, 6)),
        (350, PENALTY_FIRST, 1, (150, 110, 48, 25, 17)),
        (349, PENALTY_FIRST, 1, (150, 109, 48, 25, 17)),
        (360, PENALTY_FIRST, 1, (150, 110, 48, 25, 17)),
        (91, PENALTY_FIRST, 0, (1, 0, 48, 25, 17)),
        (261, PRINCIPAL_FIRST, 0, (150, 110, 1, 0, 0)),
        (350, FEES_FIRST, 0, (150, 110, 48, 25, 17)),
    ],
)
def test_what_the_dues_take_is_told_by_component(
    amount: int, order: Order, oldest_first: int, expected: tuple[int, ...]
) -> None:
    dues = list(FOUR_DUES)
    taken = meet_dues(dues, 0, 4, PLAIN_LINE._replace(order=order, oldest_first=oldest_first), amount, 100)
    assert taken == expected
    assert sum(FOUR_DUES) - sum(dues) == sum(taken)


@pytest.mark.parametrize(
    ("amount", "order", "expected"),
    [
        (30, PENALTY_FIRST, (0, 0, 10, 10, 10)),
        (500, PENALTY_FIRST, (0, 420, 15, 10, 10)),
        (425, PRINCIPAL_FIRST, (0, 420, 5, 0, 0)),
        (440, PRINCIPAL_FIRST, (0, 420, 15, 5, 0)),
        (449, PRINCIPAL_FIRST, (0, 420, 15, 10, 4)),
    ],
)
@pytest.mark.parametrize(
    ("dues", "met"),
    [
        (DUES, Taken(0, 0, 0, 0, 0)),
        ((90, 0, 0, 0, 0, 135, 110, 50, 15, 0, 0, 95), Taken(100, 30, 20, 10, 5)),
    ],
)
def test_what_is_billed_and_in_no_due_takes_no_more_than_there_is(
    dues: tuple[int, ...], met: Taken, amount: int, order: Order, expected: tuple[int, ...]
) -> None:
    before = account()._replace(owed=Owed(interest=50, fee=45, penalty=15, unbilled_fee=25))
    agreed = PLAIN_LINE._replace(order=order)
    assert meet_billed(before, list(dues), 0, 2, agreed, amount, met) == expected


TWO_TO_COME = (110, 40, 0, 0, 0, 40, 120, 30, 0, 0, 0, 30)


@pytest.mark.parametrize(
    ("meets", "amount", "dues", "principal"),
    [
        # towards the minimum: the sooner due first, then what is billed beyond the dues, then the open cycle
        (1, 60, [110, 0, 0, 0, 0, 40, 120, 10, 0, 0, 0, 30], (50, 0, 40, 0, 0)),
        (1, 130, [110, 0, 0, 0, 0, 40, 120, 0, 0, 0, 0, 30], (20, 0, 0, 0, 0)),
        # not towards it: dues fall only where no principal is left for them, the later one first
        (0, 30, list(TWO_TO_COME), (50, 0, 70, 0, 0)),
        (0, 50, [110, 40, 0, 0, 0, 40, 120, 10, 0, 0, 0, 30], (50, 0, 50, 0, 0)),
        (0, 80, [110, 20, 0, 0, 0, 40, 120, 0, 0, 0, 0, 30], (50, 0, 20, 0, 0)),
    ],
)
def test_a_refund_on_two_dues_to_come(meets: int, amount: int, dues: list[int], principal: tuple[int, ...]) -> None:
    before = opened(100, 10**6, 121)._replace(principal=Principal(50, 0, 100, 0, 0), due_on=120, statement_left=100)
    now = list(TWO_TO_COME)
    met = give_back(before, now, 0, 2, PLAIN_LINE._replace(refund_meets_minimum=meets), amount)
    left = [dues[at : at + 6] for at in (0, 6) if dues[at + 1]]
    assert [now[at : at + 6] for at in range(0, 6 * met.open_dues, 6)] == left
    assert met.account.principal == principal
    assert met.excess == 0


def test_a_refund_takes_the_principal_of_a_due_of_the_closed_day_and_not_its_interest() -> None:
    dues = [100, 40, 10, 0, 0, 50]
    before = opened(100, 10**6, 120)._replace(
        principal=Principal(0, 0, 0, 0, 40), owed=Owed(10, 0, 0, 0), statement_left=50
    )
    met = give_back(before, dues, 0, 1, PLAIN_LINE, 25)
    assert dues == [100, 15, 10, 0, 0, 50]
    assert (met.account.principal.past_due, met.account.owed.interest) == (15, 10)


NOTHING = Taken(0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("taken", "open_cycle", "message"),
    [
        (NOTHING, 351, "more principal is repaid than was bought"),
        (NOTHING._replace(billed=501), 0, "more principal is repaid than was billed"),
        (NOTHING._replace(missed=101), 0, "more principal is repaid than is past due"),
    ],
)
def test_more_than_there_is_is_not_repaid(taken: Taken, open_cycle: int, message: str) -> None:
    with pytest.raises(AssertionError) as refused:
        repay(account(), taken, 0, open_cycle, 0)
    assert str(refused.value) == f"allocation: {message}"


def test_an_amount_below_zero_is_refused_and_nothing_moves_nothing() -> None:
    with pytest.raises(AssertionError) as refused:
        allocate(account(), list(DUES), 0, 2, PLAIN_LINE, -1)
    assert str(refused.value) == "allocation: an amount below zero"
    with pytest.raises(AssertionError) as refused:
        give_back(account(), list(DUES), 0, 2, PLAIN_LINE, -1)
    assert str(refused.value) == "refund: an amount below zero"
    for share in (allocate, give_back):
        assert share(account(), list(DUES), 0, 2, PLAIN_LINE, 0) == (account(), 2, 0)


def test_repaying_moves_nothing_else_of_the_account() -> None:
    before = Account(
        100, 120, 110, 9_999, Principal(100, 20, 300, 40, 50), Owed(60, 70, 80, 9), 10, Accrued(11, 12, 13, 14),
        Kept(1_500, 1_600, 17, 18), 900, 20, 1, Beside(21, 22, 23),
    )  # fmt: skip
    after = repay(before, Taken(1, 2, 3, 4, 5), 6, 7, 0)
    assert after == before._replace(
        principal=Principal(100, 13, 300, 38, 49), owed=Owed(57, 60, 75, 3), statement_left=885
    )


@pytest.mark.parametrize(("taken", "expected"), [(1, 299), (2, 298), (300, 0)])
def test_amount_times_days_falls_with_what_is_repaid_of_it(taken: int, expected: int) -> None:
    before = opened(100, 10**6, 120)._replace(
        principal=Principal(300, 0, 300, 0, 0), kept=Kept(300, 300, 0, 0), due_on=110, statement_left=300
    )
    assert repay(before, NOTHING, 0, taken, 0).kept == (expected, 300, 0, 0)
    assert repay(before, NOTHING._replace(billed=taken), 0, 0, 0).kept == (300, expected, 0, 0)
    assert repay(before, NOTHING._replace(billed=taken), 0, 0, 1).kept == (300, 300, taken, 0)
    assert repay(before, NOTHING, 0, 0, 0).kept == repay(before, NOTHING, 0, 0, 1).kept == before.kept


@pytest.mark.parametrize(
    ("revolving", "past_due", "taken", "expected"),
    [
        (100, 100, Taken(50, 50, 0, 0, 0), 950),  # as much of each is left: the base keeps what was paid
        (100, 100, Taken(100, 99, 0, 0, 0), 999),
        (100, 1, Taken(0, 100, 0, 0, 0), 1_000),
        (100, 100, Taken(100, 100, 0, 0, 0), 0),
    ],
)
def test_what_was_paid_stays_in_the_base_until_nothing_is_past_its_window(
    revolving: int, past_due: int, taken: Taken, expected: int
) -> None:
    before = opened(100, 10**6, 120)._replace(
        principal=Principal(0, 0, 0, revolving, past_due), kept=Kept(0, 0, 0, 900), statement_left=200
    )
    assert repay(before, taken, 0, 0, 1).kept.paid_bearing == expected
    assert repay(before, taken, 0, 0, 0).kept.paid_bearing == (900 if expected else 0)


@pytest.mark.parametrize(("taken", "in_full"), [(50, 70), (125, 70), (130, 70), (131, 69), (200, 0)])
def test_what_the_coming_minimum_asks_in_full_is_never_more_than_there_is_to_ask(taken: int, in_full: int) -> None:
    before = opened(100, 10**6, 120)._replace(
        principal=Principal(200, 0, 0, 0, 0), beside=Beside(apart=5, in_full=70, charged_off=9)
    )
    assert repay(before, NOTHING, 0, taken, 0).beside == (5, in_full, 9)
    billed = before._replace(principal=Principal(30, 0, 170, 0, 0), statement_left=170, due_on=110)
    most = min(70, 200 - min(taken, 170))
    assert repay(billed, NOTHING._replace(billed=min(taken, 170)), 0, 0, 0).beside == (5, most, 9)


def test_a_due_within_the_tolerance_is_emptied_and_nothing_but_its_principal_moves() -> None:
    agreed = PLAIN_LINE._replace(tolerance_ppm=100_000)
    dues = [90, 3, 2, 1, 4, 100, 95, 9, 1, 1, 0, 100, 100, 0, 0, 0, 1, 10, 101, 1, 0, 0, 0, 100]
    before = account()._replace(principal=Principal(0, 0, 60, 300, 12))
    after = tolerate(before, dues, 0, 4, agreed)
    assert dues == [90, 0, 0, 0, 0, 100, 95, 9, 1, 1, 0, 100, 100, 0, 0, 0, 0, 10, 101, 1, 0, 0, 0, 100]
    assert after == before._replace(principal=Principal(0, 0, 60, 303, 9))
    second = [80, 7, 0, 0, 0, 7, 90, 3, 2, 1, 4, 100, 95, 2, 0, 0, 0, 100]
    assert tolerate(before, second, 6, 2, agreed).principal == (0, 0, 60, 305, 7)
    assert second == [80, 7, 0, 0, 0, 7, 90, 0, 0, 0, 0, 100, 95, 0, 0, 0, 0, 100]


def test_a_due_of_the_day_that_is_closed_is_past_due() -> None:
    """Closed through day 100: what was due on it was missed, what is due on 101 was not."""
    dues = [100, 40, 0, 0, 0, 40, 101, 30, 0, 0, 0, 30]
    before = opened(100, 10**6, 120)._replace(principal=Principal(0, 0, 30, 0, 40), due_on=101, statement_left=70)
    assert allocate(before, list(dues), 0, 2, PLAIN_LINE, 50).account.principal == (0, 0, 20, 0, 0)
    refunds = PLAIN_LINE._replace(refund_meets_minimum=1)
    assert give_back(before, list(dues), 0, 2, refunds, 50).account.principal == (0, 0, 20, 0, 0)
    assert give_back(before, list(dues), 0, 2, PLAIN_LINE, 50).account.principal == (0, 0, 0, 0, 20)


def test_dues_of_the_account_alone_are_met_wherever_they_lie() -> None:
    """The compiled lane has the dues of all accounts in one array: those before and after stay as they are."""
    around = [80, 7, 7, 7, 7, 28]
    to_the_minimum = PLAIN_LINE._replace(refund_meets_minimum=1)
    for share, agreed, amount in (
        (allocate, PLAIN_LINE, 150),
        (give_back, PLAIN_LINE, 440),
        (give_back, PLAIN_LINE, 960),
        (give_back, to_the_minimum, 130),
        (give_back, to_the_minimum, 190),
    ):
        alone, among = list(DUES), [*around, *DUES, *around]
        own = share(account(), alone, 0, 2, agreed, amount)
        assert share(account(), among, 6, 2, agreed, amount) == own
        assert among[6 : 6 + 6 * own.open_dues] == alone[: 6 * own.open_dues]
        assert (among[:6], among[18:]) == (around, around)
