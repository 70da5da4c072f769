"""kernel.schedule: forms reckoned by hand, published schedules, changes one by one."""

import doctest
from pathlib import Path

import pytest

from duecourse.kernel import loan_terms as said
from duecourse.kernel import schedule
from duecourse.kernel.days import civil, day_number
from duecourse.kernel.loan_terms import PLAIN_LOAN, LoanTerms, Step
from duecourse.kernel.schedule import (
    ADDED,
    BEARS_MORE,
    MOVED,
    PAUSED,
    RATE,
    REPAID,
    Change,
    Installment,
    NeverRepaid,
    Plan,
    Segment,
    column,
    enough,
    installments,
    opened,
    plan,
    read,
)

START = day_number(2025, 1, 1)
MONTHLY = PLAIN_LOAN._replace(installments=4, day_count=said.THIRTY_360, interest_by=said.BY_PERIODS)
"""1% a month, four months: the base that the tables vary."""


def parts(found: Plan) -> list[tuple[int, int]]:
    return [(row.principal, row.interest) for row in found.installments]


def dates(found: Plan) -> list[tuple[int, int, int]]:
    return [tuple(civil(row.due_on)) for row in found.installments]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        # 100,000 x 0.01 / (1 - 1.01^-4) = 25,628.11; 1% of what is left; the last takes what is left
        ({}, [(24_628, 1_000), (24_874, 754), (25_123, 505), (25_375, 254)]),
        ({"form": said.EQUAL_PRINCIPAL}, [(25_000, 1_000), (25_000, 750), (25_000, 500), (25_000, 250)]),
        ({"form": said.INTEREST_FIRST}, [(0, 1_000), (0, 1_000), (0, 1_000), (100_000, 1_000)]),
        ({"form": said.BULLET}, [(0, 0), (0, 0), (0, 0), (100_000, 4_000)]),
        ({"interest_on": said.ORIGINAL}, [(25_000, 1_000)] * 4),
        ({"rate_ppm": 0}, [(25_000, 0)] * 4),
        ({"rate_ppm": 0, "installments": 3}, [(33_333, 0), (33_333, 0), (33_334, 0)]),
        # 10,000 twice, then 81,910 x 0.01 / (1 - 1.01^-2) = 41,570.34
        (
            {"form": said.STEPPED, "steps": (Step(1, 10_000), Step(3, 0))},
            [(9_000, 1_000), (9_090, 910), (40_751, 819), (41_159, 412)],
        ),
        (
            {"form": said.STEPPED, "steps": (Step(1, 0),)},
            [(24_628, 1_000), (24_874, 754), (25_123, 505), (25_375, 254)],
        ),
        # 100,000 x 0.01 / (1 - 1.01^-2) = 50,751.24
        ({"grace_principal": 2}, [(0, 1_000), (0, 1_000), (49_751, 1_000), (50_249, 502)]),
        ({"grace_principal": 2, "grace_interest": 2}, [(0, 0), (0, 0), (49_751, 3_000), (50_249, 502)]),
        # interest of the first two comes with the third: principal is what it would be anyhow
        ({"grace_interest": 2}, [(24_628, 0), (24_874, 0), (25_123, 2_259), (25_375, 254)]),
        # or it takes room: 100,000 x 1.0201 / 4.0502 = 25,186.41; 1,000 + 748 + 496 asked with the third
        (
            {"grace_interest": 2, "deferred": said.WITHIN},
            [(25_186, 0), (25_186, 0), (22_942, 2_244), (26_686, 267)],
        ),
        # two periods that bear nothing: 100,000 x 1.0201 / 4.0502 = 25,186.41
        ({"interest_free": 2}, [(25_186, 0), (25_186, 0), (24_690, 496), (24_938, 249)]),
        ({"multiple_minor": 1_000}, [(24_000, 1_000), (24_240, 760), (24_482, 518), (27_278, 273)]),
        (
            {"multiple_minor": 1_000, "multiple_rounding": said.NEAREST},
            [(25_000, 1_000), (25_250, 750), (25_502, 498), (24_248, 242)],
        ),
        (
            {"multiple_minor": 1_000, "multiple_rounding": said.UPWARD},
            [(25_000, 1_000), (25_250, 750), (25_502, 498), (24_248, 242)],
        ),
        ({"installment_minor": 30_000}, [(29_000, 1_000), (29_290, 710), (29_583, 417), (12_127, 121)]),
        ({"interest_multiple_minor": 100}, [(24_628, 1_000), (24_828, 800), (25_128, 500), (25_416, 300)]),
        ({"rounding": said.DOWN}, [(24_628, 1_000), (24_875, 753), (25_124, 504), (25_373, 253)]),
    ],
)
def test_a_form_asks_what_is_reckoned_by_hand(told: dict[str, object], expected: list[tuple[int, int]]) -> None:
    assert parts(plan(MONTHLY._replace(**told), [(START, 100_000)])) == expected


def test_a_flat_fee_is_a_share_of_the_original_principal_in_each_installment() -> None:
    terms = MONTHLY._replace(form=said.FLAT_FEE, rate_ppm=0, fee_ppm=6_000)
    found = plan(terms, [(START, 100_001)])
    assert [row[3:] for row in found.installments] == [(25_000, 0, 600, 0)] * 3 + [(25_001, 0, 600, 0)]


@pytest.mark.parametrize(("rounding", "fee"), [(said.HALF_EVEN, 2), (said.HALF_UP, 3), (said.DOWN, 2)])
def test_half_a_unit_of_a_fee_is_rounded_as_the_terms_say(rounding: int, fee: int) -> None:
    terms = MONTHLY._replace(rate_ppm=0, fee_ppm=25, rounding=rounding)
    assert [row.fee for row in plan(terms, [(START, 100_000)]).installments] == [fee] * 4


# Apache Fineract, ProgressiveEMICalculatorTest: 100.00 at 7% over six months of 30 days in a year of 360 from 1 January
# 2024; installments evened out, a day's interest that of the night before it.
PROGRESSIVE = PLAIN_LOAN._replace(
    installments=6,
    rate_ppm=70_000,
    day_count=said.THIRTY_360,
    interest_by=said.BY_PERIODS,
    draw_day_counts=0,
    whole_moved=1,
    first_period=said.LEVELLED,
    multiple_rounding=said.NEAREST,
    left_over=said.EVENED,
)
JANUARY = day_number(2024, 1, 1)


def on(month: int, day: int) -> int:
    return day_number(2024, month, day)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            # actual/365 at 15.678%: evening out would leave the last as far off, so it keeps 0.04
            {"rate_ppm": 156_780, "day_count": said.ACTUAL_365, "interest_by": said.BY_DAYS},
            [(1_610, 133), (1_638, 105), (1_653, 90), (1_677, 66), (1_697, 46), (1_725, 22)],
        ),
        (
            {"rate_ppm": 94_822, "day_count": said.ACTUAL_364, "interest_by": said.BY_DAYS, "unit": said.WEEKS},
            [(1_659, 18), (1_662, 15), (1_665, 12), (1_668, 9), (1_671, 6), (1_675, 3)],
        ),
        (
            {"rate_ppm": 94_822, "day_count": said.ACTUAL_360, "unit": said.DAYS, "every": 15},
            [(1_650, 40), (1_657, 33), (1_664, 26), (1_670, 20), (1_677, 13), (1_682, 7)],
        ),
        ({}, [(1_643, 58), (1_652, 49), (1_662, 39), (1_672, 29), (1_681, 20), (1_690, 10)]),
    ],
)
def test_published_installments_of_the_progressive_calculator(
    told: dict[str, object], expected: list[tuple[int, int]]
) -> None:
    assert parts(plan(PROGRESSIVE._replace(**told), [(JANUARY, 10_000)])) == expected


def test_a_rate_from_a_day_splits_the_period_and_the_installments_follow() -> None:
    found = plan(PROGRESSIVE, [(JANUARY, 10_000)], [Change(RATE, on(2, 15), amount=40_000)])
    assert parts(found) == [(1_643, 58), (1_653, 37), (1_668, 22), (1_673, 17), (1_679, 11), (1_684, 6)]
    assert [(part.start, part.stop, part.base) for part in found.segments[1]] == [
        (on(2, 1), on(2, 14), 8_357),
        (on(2, 14), on(3, 1), 8_357),
    ]


def test_where_the_draw_day_counts_a_rate_bears_from_its_own_day() -> None:
    terms = PROGRESSIVE._replace(draw_day_counts=1)
    found = plan(terms, [(JANUARY, 10_000)], [Change(RATE, on(2, 15), amount=40_000)])
    assert [part.stop for part in found.segments[1]] == [on(2, 15), on(3, 1)]


def test_a_second_draw_inside_a_period_bears_from_its_day_and_is_asked_of_all_that_follow() -> None:
    found = plan(PROGRESSIVE._replace(rate_ppm=94_822), [(JANUARY, 10_000), (on(2, 15), 10_000)])
    assert parts(found) == [(1_634, 79), (3_646, 107), (3_637, 116), (3_665, 88), (3_694, 59), (3_724, 29)]
    assert found.left == (8_366, 14_720, 11_083, 7_418, 3_724, 0)


def test_a_draw_on_a_due_day_belongs_to_the_installments_after_it() -> None:
    found = plan(PROGRESSIVE._replace(rate_ppm=94_822), [(JANUARY, 10_000), (on(3, 1), 10_000)])
    assert parts(found) == [(1_634, 79), (1_647, 66), (4_131, 132), (4_164, 99), (4_196, 67), (4_228, 33)]


def test_parts_of_a_period_may_be_rounded_each() -> None:
    draws = [(JANUARY, 10_000), (on(1, 8), 20_000)]
    terms = PROGRESSIVE._replace(rate_ppm=94_822)
    assert parts(plan(terms, draws))[0] == (4_932, 201)
    assert plan(terms, draws).moved == (0,) * 6
    rounded_each = plan(terms._replace(parts_rounded=1), draws)
    assert parts(rounded_each)[0] == (4_931, 202)
    assert sum(rounded_each.moved) == 0


def test_an_early_payment_stops_bearing_on_its_day_and_what_finds_no_room_goes_to_the_next() -> None:
    early = [Change(REPAID, on(2, 15), 2, 0, 1_677, 0), Change(REPAID, on(2, 15), 2, 0, 0, 24)]
    found = plan(PROGRESSIVE, [(JANUARY, 10_000)], early)
    assert parts(found) == [(1_643, 58), (1_677, 24), (1_642, 59), (1_672, 29), (1_681, 20), (1_685, 10)]
    assert found.moved[1:3] == (-20, 20)


def test_a_loan_paid_off_early_asks_no_more_interest() -> None:
    paid = [Change(REPAID, on(1, 15), 1, 0, 1_675, 26)]
    paid += [Change(REPAID, on(1, 15), number, 0, 1_701, 0) for number in (2, 3, 4, 5)]
    assert parts(plan(PROGRESSIVE, [(JANUARY, 10_000)], paid))[-1] == (1_521, 50)
    paid.append(Change(REPAID, on(1, 15), 6, 0, 1_521, 0))
    found = plan(PROGRESSIVE, [(JANUARY, 10_000)], paid)
    assert parts(found) == [(1_675, 26), (1_701, 0), (1_701, 0), (1_701, 0), (1_701, 0), (1_521, 0)]
    assert found.left == (0, 0, 0, 0, 0, 0)


def test_a_pause_bears_nothing_and_the_last_installment_is_smaller() -> None:
    found = plan(PROGRESSIVE, [(JANUARY, 10_000)], [Change(PAUSED, on(2, 10), amount=on(3, 10))])
    # 8 of 29 days of February and 22 of 31 of March bear (Apache Fineract, e2e: 0.13, 0.28, last 16.52)
    assert [row.interest for row in found.installments] == [58, 13, 28, 29, 19, 10]
    assert [row.principal + row.interest for row in found.installments] == [1_701] * 5 + [1_652]


def test_a_moved_due_day_moves_those_after_it() -> None:
    found = plan(PROGRESSIVE, [(JANUARY, 10_000)], [Change(MOVED, on(1, 10), 2, on(3, 15))])
    assert dates(found)[:4] == [(2024, 2, 1), (2024, 3, 15), (2024, 4, 15), (2024, 5, 15)]
    assert found.installments[1].interest == 49
    by_days = plan(PROGRESSIVE._replace(whole_moved=0), [(JANUARY, 10_000)], [Change(MOVED, on(1, 10), 2, on(3, 15))])
    # 43 days of a period of 29: 8,357 x 7% / 12 x 43 / 29 = 72.28
    assert by_days.installments[1].interest == 72


def test_more_installments_share_what_is_left() -> None:
    found = plan(MONTHLY._replace(rate_ppm=0), [(START, 100_000)], [Change(ADDED, START + 40, amount=2)])
    assert parts(found) == [(25_000, 0), (15_000, 0), (15_000, 0), (15_000, 0), (15_000, 0), (15_000, 0)]
    assert dates(found)[-2:] == [(2025, 6, 1), (2025, 7, 1)]


def test_more_installments_after_a_moved_due_day_follow_the_last() -> None:
    changes = [Change(MOVED, START + 5, 4, day_number(2025, 5, 20)), Change(ADDED, START + 6, amount=2)]
    found = plan(MONTHLY._replace(rate_ppm=0), [(START, 100_000)], changes)
    assert dates(found)[3:] == [(2025, 5, 20), (2025, 6, 20), (2025, 7, 20)]


def test_added_installments_keep_the_day_of_the_month_that_a_short_month_hid() -> None:
    start = day_number(2025, 1, 31)
    terms = MONTHLY._replace(rate_ppm=0, installments=1)
    found = plan(terms, [(start, 100_000)], [Change(ADDED, start + 1, amount=2)])
    assert dates(found) == [(2025, 2, 28), (2025, 3, 31), (2025, 4, 30)]


def test_added_installments_keep_the_day_of_a_first_due_day_that_was_chosen() -> None:
    start, first_due = day_number(2025, 1, 11), day_number(2025, 1, 31)
    terms = MONTHLY._replace(rate_ppm=0, installments=2)
    found = plan(terms, [(start, 100_000)], [Change(ADDED, start + 1, amount=2)], first_due=first_due)
    assert dates(found) == [(2025, 1, 31), (2025, 2, 28), (2025, 3, 31), (2025, 4, 30)]


def test_principal_past_due_may_bear_on() -> None:
    late = [Change(BEARS_MORE, on(2, 1), amount=1_643), Change(BEARS_MORE, on(2, 15), amount=-1_643)]
    found = plan(PROGRESSIVE, [(JANUARY, 10_000)], late)
    # 8,357 over 29 days and 1,643 over 14 of them: 48.75 + 4.63
    assert found.installments[1].interest == 53
    assert sum(row.principal for row in found.installments) == 10_000


def test_changes_happen_in_the_order_of_their_days_and_draws_come_first() -> None:
    draws = [(JANUARY, 10_000)]
    later, sooner = Change(RATE, on(4, 2), amount=40_000), Change(RATE, on(2, 2), amount=90_000)
    assert plan(PROGRESSIVE, draws, [later, sooner]) == plan(PROGRESSIVE, draws, [sooner, later])
    at_once = [Change(RATE, on(2, 2), amount=90_000), Change(RATE, on(2, 2), amount=40_000)]
    assert plan(PROGRESSIVE, draws, at_once) == plan(PROGRESSIVE, draws, at_once[1:])
    same_day = Change(REPAID, JANUARY, 1, 0, 500, 0)
    # what is left bears 55 in January: 1,701 - 55 = 1,646 repaid
    assert plan(PROGRESSIVE, draws, [same_day]).left[0] == 8_354


def test_a_kind_of_change_that_is_not_known_is_refused() -> None:
    with pytest.raises(AssertionError):
        plan(MONTHLY, [(START, 100_000)], [Change(6, START + 1)])


@pytest.mark.parametrize(
    ("where", "first", "second", "last", "up_front"),
    [
        # frappe/lending, test_loan_interest_and_classification: 100,000 at 14.5%, drawn 3 November 2023, first due 5
        # December: 30 days bear 1,191.78, two more 79.45; a whole installment is 9,002.25
        (said.IN_FIRST, 908_170, 900_225, 900_743, 0),
        (said.SPREAD, 900_887, 900_887, 901_406, 0),
        (said.UP_FRONT, 900_225, 900_225, 900_743, 7_945),
        (said.LEVELLED, 900_225, 900_225, 909_816, 0),
    ],
)
def test_the_interest_of_an_odd_first_period_goes_where_the_terms_say(
    where: int, first: int, second: int, last: int, up_front: int
) -> None:
    terms = PLAIN_LOAN._replace(rate_ppm=145_000, installment_from=said.EQUAL_PERIODS, first_period=where)
    found = plan(terms, [(day_number(2023, 11, 3), 10_000_000)], first_due=day_number(2023, 12, 5))
    asked = [row.principal + row.interest for row in found.installments]
    assert (asked[0], asked[1], asked[-1], found.up_front) == (first, second, last, up_front)
    assert sum(found.moved) == -up_front
    assert found.installments[0].start == day_number(2023, 11, 3)


def test_a_short_first_period_asks_less_first_and_takes_nothing_up_front() -> None:
    start, first_due = day_number(2025, 1, 11), day_number(2025, 2, 1)
    drawn = [(start, 100_000)]
    less = plan(MONTHLY._replace(first_period=said.IN_FIRST), drawn, first_due=first_due)
    # 21 days of 31 bear 677; the whole installment is 25,628, the first 323 less
    assert parts(less)[0] == (24_628, 677)
    assert parts(less)[1] == (24_874, 754)
    up_front = plan(MONTHLY._replace(first_period=said.UP_FRONT), drawn, first_due=first_due)
    assert parts(up_front) == parts(less)
    assert up_front.up_front == 0


def test_a_given_installment_tells_how_many_there_are() -> None:
    # frappe/lending, test_loan: 280,000 at 8.4% by installments of 14,000, whole units of interest
    terms = PLAIN_LOAN._replace(
        installments=0,
        rate_ppm=84_000,
        day_count=said.THIRTY_360,
        interest_by=said.BY_PERIODS,
        installment_minor=1_400_000,
        interest_multiple_minor=100,
    )
    found = plan(terms, [(START, 28_000_000)])
    assert len(found.installments) == 22
    assert sum(row.interest for row in found.installments) == 2_271_200


@pytest.mark.parametrize(("installment", "count"), [(1_000, 100), (4_166, 25), (4_167, 24), (100_000, 1), (63, 1_588)])
def test_enough_installments_and_no_more(installment: int, count: int) -> None:
    assert enough(MONTHLY._replace(rate_ppm=0, installment_minor=installment), 100_000, START) == count


@pytest.mark.parametrize("installment", [999, 1_000])
def test_an_installment_that_never_repays_is_refused(installment: int) -> None:
    with pytest.raises(NeverRepaid, match=f"{installment} a period does not repay 100000") as refused:
        plan(MONTHLY._replace(installments=0, installment_minor=installment), [(START, 100_000)])
    assert refused.value.code == "never_repaid"


def test_an_installment_that_takes_more_than_1600_periods_is_refused() -> None:
    terms = MONTHLY._replace(rate_ppm=0, installment_minor=100)
    assert enough(terms, 160_000, START) == 1_600
    with pytest.raises(NeverRepaid):
        enough(terms, 160_001, START)


def test_a_first_due_day_counts_for_a_given_installment_too() -> None:
    terms = PLAIN_LOAN._replace(installments=0, installment_minor=51_000, rate_ppm=120_000)
    assert enough(terms, 100_000, START) == 2
    assert enough(terms, 100_000, START, START + 200) == 3
    assert len(plan(terms, [(START, 100_000)], first_due=START + 200).installments) == 3


def test_down_payments_are_due_at_once_before_an_installment_of_the_day() -> None:
    # Apache Fineract, e2e: 1,000.00 drawn twice, a quarter of each at once, three months without interest
    terms = MONTHLY._replace(
        installments=3, rate_ppm=0, down_payment_ppm=250_000, installment_on=said.OVER_ALL, interest_on=said.ORIGINAL
    )
    draws = [(day_number(2022, 1, 1), 100_000), (day_number(2022, 2, 1), 100_000)]
    found = plan(terms, draws)
    assert [(row.number, row.principal) for row in found.installments] == [
        (1, 25_000),
        (2, 25_000),
        (3, 50_000),
        (4, 50_000),
        (5, 50_000),
    ]
    assert [row.due_on - row.start for row in found.installments] == [0, 0, 31, 28, 31]
    assert found.left == (75_000, 150_000, 100_000, 50_000, 0)
    assert found.installments[1] == Installment(2, draws[1][0], draws[1][0], 25_000, 0, 0, 0)
    assert found.segments[0] == ()
    assert found.moved == (0, 0, 0, 0, 0)


def test_what_is_left_after_a_down_payment_counts_the_draw_it_belongs_to() -> None:
    terms = MONTHLY._replace(rate_ppm=0, down_payment_ppm=250_000, first_period=said.LEVELLED)
    found = plan(terms, [(START, 100_000), (START + 10, 40_000)])
    assert found.left == (75_000, 105_000, 78_750, 52_500, 26_250, 0)


def test_a_later_down_payment_stands_among_the_installments_by_its_day() -> None:
    terms = MONTHLY._replace(rate_ppm=0, down_payment_ppm=250_000)
    found = plan(terms, [(START, 100_000), (START + 40, 40_000)])
    assert [row.due_on - START for row in found.installments] == [0, 31, 40, 59, 90, 120]
    assert found.left == (75_000, 56_250, 86_250, 57_500, 28_750, 0)


@pytest.mark.parametrize(("rounding", "down"), [(said.HALF_EVEN, 25_000), (said.HALF_UP, 25_001)])
def test_half_a_unit_of_a_down_payment_is_rounded_as_the_terms_say(rounding: int, down: int) -> None:
    terms = MONTHLY._replace(rate_ppm=0, down_payment_ppm=250_000, rounding=rounding)
    assert plan(terms, [(START, 100_002)]).installments[0].principal == down


def test_a_down_payment_of_nothing_is_no_installment() -> None:
    found = plan(MONTHLY._replace(down_payment_ppm=1), [(START, 100_000)])
    assert len(found.installments) == 4


def test_installments_may_be_reckoned_on_all_that_was_approved() -> None:
    # Apache Fineract, e2e: 10,000 approved at 12% over six months, drawn 5,000, 3,000, 2,000; 1,725.48 to whole units
    terms = MONTHLY._replace(
        installments=6,
        multiple_minor=100,
        multiple_rounding=said.NEAREST,
        installment_on=said.ON_APPROVED,
        installment_from=said.EQUAL_PERIODS,
    )
    draws = [
        (day_number(2022, 11, 1), 500_000),
        (day_number(2023, 1, 1), 300_000),
        (day_number(2023, 3, 1), 200_000),
    ]
    found = plan(terms, draws, approved=1_000_000)
    assert parts(found) == [
        (167_500, 5_000),
        (169_175, 3_325),
        (167_867, 4_633),
        (169_545, 2_955),
        (169_241, 3_259),
        (156_672, 1_567),
    ]


def test_where_nothing_was_approved_the_last_installment_asks_it_all() -> None:
    terms = MONTHLY._replace(rate_ppm=0, installments=2, installment_on=said.ON_APPROVED, rounding=said.HALF_UP)
    assert parts(plan(terms, [(START, 100_000)])) == [(0, 0), (100_000, 0)]


def test_segments_carry_the_base_and_the_rate_of_their_days() -> None:
    found = plan(MONTHLY._replace(installments=1), [(START, 100_000)], start=START - 31)
    due = START
    assert found.segments == ((Segment(START - 31, due, 0, 3_720_000, 372_000_000),),)
    flat = plan(
        MONTHLY._replace(installments=2, interest_on=said.ORIGINAL), [(START, 100_000), (START + 31 + 14, 28_000)]
    )
    assert [part.base for segments in flat.segments for part in segments] == [0, 100_000, 100_000, 128_000]


def test_interest_in_whole_units_is_explained_by_its_segments_alone() -> None:
    assert plan(MONTHLY._replace(interest_multiple_minor=100), [(START, 100_000)]).moved == (0, 0, 0, 0)
    assert plan(MONTHLY._replace(interest_multiple_minor=100, parts_rounded=1), [(START, 100_000)]).moved == (
        0,
        0,
        0,
        0,
    )


def test_no_segment_bears_on_less_than_nothing() -> None:
    found = plan(MONTHLY, [(START, 100_000)], [Change(BEARS_MORE, START + 10, amount=-200_000)])
    assert [part.base for part in found.segments[0]] == [0, 100_000, 0]


def test_the_rows_of_a_loan_without_a_draw_ask_nothing() -> None:
    rows = opened(MONTHLY, START)
    assert rows.approved == [0]
    found = read(rows)
    assert parts(found) == [(0, 0)] * 4
    assert found.left == (0, 0, 0, 0)


def test_a_change_names_what_it_does_not_use_as_nothing() -> None:
    assert Change(RATE, 5) == (1, 5, 0, 0, 0, 0)


def test_one_loan_and_a_column_of_loans_come_out_as_planned() -> None:
    planned = plan(MONTHLY, [(START, 100_000)]).installments
    assert installments(MONTHLY, 100_000, START) == planned
    assert planned[0] == Installment(1, START, START + 31, 24_628, 1_000, 0, 0)
    told = column(MONTHLY, [50, 100_000], START)
    assert [each[1] for each in told.principal] == [24_628, 24_874, 25_123, 25_375]
    assert [each[0] for each in told.principal] == [row.principal for row in plan(MONTHLY, [(START, 50)]).installments]
    assert told.dues == tuple(row.due_on for row in planned)
    assert told.apart == []


def test_a_level_schedule_goes_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(MONTHLY, [(START, 100_000)]).installments
    monkeypatch.setattr(schedule, "plan", None)
    assert installments(MONTHLY, 100_000, START) == planned


def test_a_column_puts_in_what_goes_no_short_way() -> None:
    # a unit in four installments: the first would repay nothing
    told = column(MONTHLY, [1, 100_000], START)
    rows = plan(MONTHLY, [(START, 1)]).installments
    assert [each[0] for each in told.principal] == [row.principal for row in rows]
    assert [each[0] for each in told.interest] == [row.interest for row in rows]
    assert told.apart == []


@pytest.mark.parametrize(
    "told",
    [{"form": said.EQUAL_PRINCIPAL}, {"fee_ppm": 1}, {"due_day": 5}, {"down_payment_ppm": 1}, {"installments": 0}],
)
def test_a_column_of_other_than_level_schedules_is_refused(told: dict[str, int]) -> None:
    with pytest.raises(AssertionError) as refused:
        column(MONTHLY._replace(**told), [100_000], START)
    assert str(refused.value) == "a column holds level schedules"


def test_installments_of_terms_with_no_short_way_are_those_of_the_plan() -> None:
    terms: LoanTerms = MONTHLY._replace(form=said.EQUAL_PRINCIPAL)
    assert installments(terms, 100_000, START) == plan(terms, [(START, 100_000)]).installments


def test_the_examples_of_the_guide_run() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "schedules.md"
    told = doctest.testfile(str(page), module_relative=False)
    assert told.attempted > 20
    assert told.failed == 0
