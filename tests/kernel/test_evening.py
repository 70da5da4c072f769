"""kernel.evening: the due day, the late fee, the statement, and which day comes next."""

from typing import Any

import pytest

from duecourse.kernel import evening as nights
from duecourse.kernel.account import Account, Accrued, Kept, Owed, Principal, opened
from duecourse.kernel.days import FOLLOWING, PRECEDING, Calendar, day_number
from duecourse.kernel.evening import Evening, late_fee, next_event
from duecourse.kernel.terms import PLAIN_LINE, PURCHASE_DAY, WHOLE_STATEMENT, LineTerms

TODAY = day_number(2026, 3, 1)
DUE = TODAY + 9
NO_CALENDAR = Calendar(0, ())


def line(day: int = TODAY - 1, **changed: Any) -> Account:
    return opened(day, 100_000, TODAY if day < TODAY else day_number(2026, 4, 1))._replace(**changed)


def close(
    account: Account, dues: list[int], day: int, agreed: LineTerms = PLAIN_LINE, calendar: Calendar = NO_CALENDAR
) -> Evening:
    dues += [0] * 6
    return nights.evening(account, dues, 0, len(dues) // 6 - 1, agreed, calendar, day)


@pytest.mark.parametrize(
    ("changed", "principal", "expected"),
    [
        ({}, 10_000, (1_000, 50, 70, 30)),
        ({"minimum_share_ppm": 333_333}, 10_000, (3_334, 50, 70, 30)),
        ({"minimum_floor_minor": 2_500}, 10_000, (2_500, 50, 70, 30)),
        ({"minimum_floor_minor": 2_500}, 1_200, (1_200, 50, 70, 30)),
        ({"minimum_has_interest": 0, "minimum_has_fees": 0}, 10_000, (1_000, 0, 0, 30)),
        # a floor above the principal takes in what the terms do not name, up to the balance
        ({"minimum_has_interest": 0, "minimum_floor_minor": 1_220}, 1_200, (1_200, 20, 70, 30)),
        (
            {"minimum_has_interest": 0, "minimum_has_fees": 0, "minimum_has_penalty": 0, "minimum_floor_minor": 9_999},
            1_200,
            (1_200, 50, 70, 30),
        ),
        ({}, 130_000, (43_000, 50, 70, 30)),
        ({"minimum_has_over_limit": 0}, 130_000, (13_000, 50, 70, 30)),
    ],
)
def test_the_minimum_due(changed: dict[str, int], principal: int, expected: tuple[int, ...]) -> None:
    before = line(principal=Principal(principal, 0, 0, 0, 0), owed=Owed(0, 70, 0, 70), accrued=Accrued(50, 0, 30, 0))
    dues: list[int] = []
    closed = close(before, dues, TODAY, PLAIN_LINE._replace(**changed))
    assert tuple(dues[1:5]) == expected
    assert dues[0] == closed.account.due_on == DUE
    assert closed.night.minimum == dues[5] == sum(expected)
    assert closed.night.balance == closed.account.statement_left == principal + 150


def test_past_due_is_in_the_minimum_but_stays_in_its_own_due() -> None:
    dues = [TODAY - 19, 400, 0, 0, 0, 1_000]
    closed = close(line(principal=Principal(0, 0, 0, 9_000, 400)), dues, TODAY)
    # 9,000 x 18% / 365 = 4.43 and 400 x 18% / 365 = 0.19 in one day
    assert dues == [TODAY - 19, 400, 0, 0, 0, 1_000, DUE, 900, 4, 0, 0, 904]
    assert (closed.night.past_due, closed.night.minimum, closed.night.balance) == (400, 1_304, 9_404)


def test_a_credit_balance_meets_what_is_charged() -> None:
    closed = close(line(credit=80, accrued=Accrued(30, 0, 0, 0)), [], TODAY)
    assert closed.night[:6] == (30, 0, 0, 0, 0, 30)
    assert (closed.account.credit, closed.night.balance, closed.night.minimum, closed.night.due_on) == (50, -50, 0, 0)


def test_a_dormant_line_gets_no_statement() -> None:
    closed = close(line(), [], TODAY)
    assert not any(closed.night)
    assert closed.account.statement_on == TODAY


@pytest.mark.parametrize(
    ("after_days", "shift", "open_days", "expected"),
    [
        (9, 0, (), 9),
        (9, FOLLOWING, (9, 0, 0), 11),
        (9, PRECEDING, (9, 0, 0), 8),
        (40, 0, (), 30),  # never later than the day before the next statement
        (28, FOLLOWING, (28, 0, 0, 0, 0), 30),
        (2, PRECEDING, (-3, 0, 0, 0, 0, 0, 0), 1),  # never before the day after the statement
    ],
)
def test_the_due_day(after_days: int, shift: int, open_days: tuple[int, ...], expected: int) -> None:
    shut = set(range(open_days[0], open_days[0] + len(open_days) - 1)) if open_days else set()
    calendar = Calendar(TODAY - 10, tuple(int(i - 10 not in shut) for i in range(60)))
    agreed = PLAIN_LINE._replace(due_after_days=after_days, due_shift=shift)
    closed = close(line(principal=Principal(500, 0, 0, 0, 0)), [], TODAY, agreed, calendar)
    assert closed.account.due_on - TODAY == expected


def test_a_due_day_in_an_unknown_year_is_refused() -> None:
    agreed = PLAIN_LINE._replace(due_shift=FOLLOWING)
    with pytest.raises(AssertionError, match="year is not known"):
        close(line(principal=Principal(500, 0, 0, 0, 0)), [], TODAY, agreed)


def billed(left: int, **changed: Any) -> Account:
    return line(DUE - 1, principal=Principal(0, 0, left, 0, 0), due_on=DUE, statement_left=left, **changed)


def test_a_statement_not_paid_in_full_revolves_from_the_day_after_its_due_day() -> None:
    closed = close(billed(900), [DUE, 100, 0, 0, 0, 100], DUE)
    assert closed.account.principal == (0, 0, 0, 800, 100)
    assert closed.account.accrued == (0, 0, 0, 0)
    assert closed.account.due_on == 0


def test_a_statement_paid_in_full_leaves_nothing() -> None:
    account = line(DUE - 1, due_on=DUE, kept=Kept(70, 0, 500, 0), principal=Principal(10, 0, 0, 0, 0))
    closed = close(account, [], DUE, PLAIN_LINE._replace(interest_base=WHOLE_STATEMENT, interest_from=PURCHASE_DAY))
    assert closed.account.kept == (80, 0, 0, 0)
    assert closed.account.accrued.interest == 0


def test_interest_from_the_purchase_day_is_charged_when_the_window_is_lost() -> None:
    agreed = PLAIN_LINE._replace(rate_ppm=365_000, interest_from=PURCHASE_DAY, interest_base=WHOLE_STATEMENT)
    account = billed(100, kept=Kept(0, 29_000, 900, 0))
    closed = close(account, [], DUE, agreed)
    # 29,000 amount x days so far, and the whole 1,000 for the due day itself, at 0.1% a day
    assert closed.night.late_days == 30_000
    assert closed.account.accrued.interest == 30
    assert closed.account.kept == (0, 0, 0, 900)


@pytest.mark.parametrize(("left", "open_dues"), [(50, 0), (51, 1), (100, 1)])
def test_a_minimum_met_but_for_the_tolerance_counts_as_met(left: int, open_dues: int) -> None:
    agreed = PLAIN_LINE._replace(tolerance_ppm=50_000, late_fee_minor=20)
    closed = close(billed(900), [DUE, left, 0, 0, 0, 1_000], DUE, agreed)
    assert closed.open_dues == open_dues
    assert closed.night.fee == 20 * open_dues
    assert closed.account.principal == (0, 0, 0, 900 - left * open_dues, left * open_dues)


def test_the_whole_statement_is_past_due_where_the_terms_say_so() -> None:
    agreed = PLAIN_LINE._replace(past_due_whole=1, late_fee_share_ppm=100_000, late_fee_cap_minor=10**6)
    account = billed(900, owed=Owed(30, 25, 7, 5))
    dues = [DUE, 60, 0, 0, 0, 100]
    closed = close(account, dues, DUE, agreed)
    assert dues[:6] == [DUE, 900, 30, 20, 7, 60]
    assert closed.account.principal == (0, 0, 0, 0, 900)
    assert closed.night.fee == 6  # 10% of the 60 that were unmet of the minimum, not of the whole


@pytest.mark.parametrize(
    ("unmet", "share", "expected"),
    [
        (5_000, 0, 2_500),
        (1_000, 0, 1_000),
        (5_000, 50_000, 500),
        (20_000, 50_000, 1_000),
        (50_001, 50_000, 1_500),
        (300, 50_000, 300),
    ],
)
def test_a_late_fee_is_flat_or_a_share_and_never_above_the_unmet_minimum(unmet: int, share: int, expected: int) -> None:
    agreed = PLAIN_LINE._replace(
        late_fee_minor=2_500, late_fee_share_ppm=share, late_fee_floor_minor=500, late_fee_cap_minor=1_500
    )
    assert late_fee(unmet, agreed) == expected


def test_grace_delays_the_fee_and_each_missed_minimum_bears_one() -> None:
    agreed = PLAIN_LINE._replace(late_fee_minor=50, grace_days=3)
    dues = [DUE, 100, 0, 0, 0, 100]
    account, count, fees = billed(900), 1, []
    for day in range(DUE, DUE + 6):
        closed = nights.evening(account, dues, 0, count, agreed, NO_CALENDAR, day)
        account, count = closed.account, closed.open_dues
        fees.append(closed.night.fee)
    assert fees == [0, 0, 0, 50, 0, 0]
    assert account.owed == (0, 50, 0, 50)


@pytest.mark.parametrize(("oldest", "nonaccrual"), [(TODAY - 89, 0), (TODAY - 90, 1)])
def test_no_income_is_recognised_from_a_terms_days_past_due(oldest: int, nonaccrual: int) -> None:
    dues = [oldest, 100, 0, 0, 0, 100]
    account = line(principal=Principal(0, 0, 0, 0, 100), accrued=Accrued(0, 0, 40, 0))
    assert close(account, list(dues), TODAY).account.nonaccrual == nonaccrual
    suspended = close(account._replace(nonaccrual=1), list(dues), TODAY)
    assert suspended.night.suspended == 40
    assert suspended.account.suspended == 40 * nonaccrual
    assert suspended.night.recognised == 40 * (1 - nonaccrual)


@pytest.mark.parametrize(
    ("day", "changed", "message"),
    [
        (TODAY - 1, {}, "closed already"),
        (TODAY + 1, {"credit": 1}, "a cycle day went by"),
        (TODAY + 1, {"due_on": TODAY}, "a due day went by"),
        (TODAY + 400, {}, "more than 366 days"),
    ],
)
def test_what_cannot_be_is_refused(day: int, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        close(line(**changed), [], day)


@pytest.mark.parametrize(
    ("changed", "dues", "grace", "expected"),
    [
        ({}, [], 0, TODAY + 365),  # dormant: the yearly touch
        ({"due_on": TODAY + 9}, [], 0, TODAY + 9),  # dormant, but its window is still open
        ({"credit": 5}, [], 0, day_number(2026, 4, 1)),
        ({"owed": Owed(1, 0, 0, 0), "due_on": TODAY + 9}, [TODAY + 9, 0, 1, 0, 0, 1], 0, TODAY + 9),
        ({"owed": Owed(1, 0, 0, 0)}, [TODAY - 3, 0, 1, 0, 0, 1], 0, day_number(2026, 4, 1)),
        ({"owed": Owed(1, 0, 0, 0)}, [TODAY - 3, 0, 1, 0, 0, 1], 5, TODAY + 2),
        ({"owed": Owed(1, 0, 0, 0)}, [TODAY - 5, 0, 1, 0, 0, 1], 5, day_number(2026, 4, 1)),
    ],
)
def test_the_next_day_on_which_something_happens(
    changed: dict[str, Any], dues: list[int], grace: int, expected: int
) -> None:
    account = line(TODAY, **changed)
    assert next_event(account, dues, 0, len(dues) // 6, PLAIN_LINE._replace(grace_days=grace)) == expected
