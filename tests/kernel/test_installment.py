"""kernel.installment, kernel.asking, kernel.loan_changes: the installments of a loan while it lives."""

import pytest

from duecourse.kernel import loan_changes
from duecourse.kernel import loan_terms as said
from duecourse.kernel.days import day_number
from duecourse.kernel.installment import Rows
from duecourse.kernel.loan_terms import PLAIN_LOAN, LoanTerms
from duecourse.kernel.schedule import opened, read
from duecourse.kernel.walking import walk

START = day_number(2025, 1, 1)
MONTHLY = PLAIN_LOAN._replace(
    installments=4,
    day_count=said.THIRTY_360,
    interest_by=said.BY_PERIODS,
    draw_day_counts=0,
    first_period=said.LEVELLED,
)
FREE = MONTHLY._replace(rate_ppm=0)


def on(month: int, day: int) -> int:
    return day_number(2025, month, day)


def drawn(terms: LoanTerms, principal: int = 100_000) -> Rows:
    rows = opened(terms, START)
    loan_changes.draw(rows, START, principal)
    return rows


def parts(rows: Rows) -> list[tuple[int, int]]:
    return [(row.principal, row.interest) for row in read(rows).installments]


@pytest.mark.parametrize(
    ("day", "row", "after"), [(-40, 0, 0), (0, 0, 0), (31, 0, 1), (32, 1, 1), (120, 3, 3), (121, 3, 3)]
)
def test_a_day_lies_in_the_period_that_it_ends(day: int, row: int, after: int) -> None:
    rows = opened(MONTHLY, START)
    assert loan_changes.row_of(rows, START + day) == row
    assert loan_changes.row_after(rows, START + day) == after


def test_a_payment_ahead_of_its_period_is_all_that_the_installment_asks() -> None:
    rows = drawn(FREE)
    loan_changes.pay(rows, 2, on(1, 15), 30_000, 0)
    assert [each[0] for each in parts(rows)] == [25_000, 25_000, 30_000, 20_000]


def test_a_payment_inside_its_period_leaves_what_the_installment_asks() -> None:
    rows = drawn(FREE)
    loan_changes.pay(rows, 0, on(1, 15), 10_000, 0)
    assert [each[0] for each in parts(rows)] == [25_000, 25_000, 25_000, 25_000]
    assert rows.paid_principal == [10_000, 0, 0, 0]


def test_the_last_installments_repaid_early_shorten_the_loan() -> None:
    rows = drawn(FREE)
    loan_changes.pay(rows, 3, on(1, 15), 40_000, 0)
    assert [each[0] for each in parts(rows)] == [25_000, 25_000, 10_000, 40_000]


def test_a_payment_late_in_its_period_had_left_the_base_on_the_due_day() -> None:
    rows = drawn(MONTHLY)
    before = parts(rows)
    loan_changes.pay(rows, 0, on(2, 20), 24_628, 1_000)
    assert parts(rows) == before


def test_a_chargeback_is_owed_again_and_bears_from_its_day() -> None:
    rows = drawn(MONTHLY)
    loan_changes.pay(rows, 0, on(2, 1), 24_628, 1_000)
    loan_changes.put_back(rows, 1, on(2, 15), 24_628, 1_000)
    found = parts(rows)
    assert sum(each[0] for each in found) == 124_628
    # 75,372 for February, 24,628 for 14 of its 28 days, the 1,000 of interest again
    assert found[1][1] == 754 + 123 + 1_000


def test_principal_drawn_inside_a_period_that_knows_no_parts_bears_from_its_start() -> None:
    rows = drawn(MONTHLY._replace(partial_period=0))
    loan_changes.draw(rows, on(2, 15), 10_000)
    assert walk(rows).interest[1] == 854
    by_parts = drawn(MONTHLY)
    loan_changes.draw(by_parts, on(2, 15), 10_000)
    # 10,000 for 14 of February's 28 days: 753.72 + 50
    assert walk(by_parts).interest[1] == 804


def test_what_falls_due_at_once_asks_interest_to_the_day() -> None:
    rows = drawn(MONTHLY)
    loan_changes.end_on(rows, on(2, 15))
    found = read(rows)
    assert [(row.start, row.due_on) for row in found.installments] == [(START, on(2, 1)), (on(2, 1), on(2, 15))]
    # half of February's 28 days of 75,372
    assert parts(rows) == [(24_628, 1_000), (75_372, 377)]


def test_what_an_installment_asks_on_a_day_counts_interest_until_then_and_changes_nothing() -> None:
    rows = drawn(MONTHLY)
    before = parts(rows)
    assert loan_changes.due_at(rows, 0, on(1, 16)) == (25_628 - 484, 484)
    assert loan_changes.due_at(rows, 1, on(1, 16)) == (25_628, 0)
    assert loan_changes.due_at(rows, 0, on(2, 1)) == (24_628, 1_000)
    assert loan_changes.due_at(rows, 3, START) == (100_000 - 3 * 25_628, 0)
    assert parts(rows) == before


def test_a_rate_of_nothing_from_a_day_leaves_principal_alone() -> None:
    rows = drawn(MONTHLY)
    loan_changes.change_rate(rows, on(2, 2), 0)
    assert parts(rows) == [(24_628, 1_000), (25_124, 0), (25_124, 0), (25_124, 0)]


def test_interest_that_finds_no_room_is_asked_later() -> None:
    rows = drawn(MONTHLY._replace(installment_minor=800))
    assert parts(rows) == [(0, 800), (0, 800), (0, 800), (100_000, 1_600)]


def test_flat_interest_follows_what_was_drawn_by_then() -> None:
    rows = drawn(MONTHLY._replace(interest_on=said.ORIGINAL))
    loan_changes.draw(rows, on(3, 1), 20_000)
    assert [each[1] for each in parts(rows)] == [1_000, 1_000, 1_200, 1_200]
    assert sum(each[0] for each in parts(rows)) == 120_000


def test_evening_out_leaves_a_difference_of_half_a_unit_each() -> None:
    # 10,001 in four: 2,500 each and 2,501; one unit is not more than half of four
    assert [each[0] for each in parts(drawn(FREE._replace(left_over=said.EVENED), 10_001))] == [
        2_500,
        2_500,
        2_500,
        2_501,
    ]


def test_evening_out_stops_where_the_last_would_be_farther_off() -> None:
    terms = FREE._replace(left_over=said.EVENED, multiple_minor=1_000, installments=3)
    # 33,000 three times leaves 34,000: a share of 333 rounds down to nothing
    assert [each[0] for each in parts(drawn(terms, 100_000))] == [33_000, 33_000, 34_000]
    nearest = terms._replace(multiple_rounding=said.NEAREST, multiple_minor=100)
    assert [each[0] for each in parts(drawn(nearest, 100_000))] == [33_300, 33_300, 33_400]


def test_evening_out_shares_what_a_draw_inside_a_period_left_to_the_last() -> None:
    rows = drawn(MONTHLY._replace(left_over=said.EVENED))
    loan_changes.draw(rows, on(2, 15), 100_000)
    asked = [sum(each) for each in parts(rows)][1:]
    assert max(asked) - min(asked) <= 1
    plain = drawn(MONTHLY)
    loan_changes.draw(plain, on(2, 15), 100_000)
    assert max(sum(each) for each in parts(plain)[1:]) - min(sum(each) for each in parts(plain)[1:]) > 400
