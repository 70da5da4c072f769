"""kernel.apr, roots, unit_periods and cost: published answers, laws, and what is refused."""

import doctest
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from duecourse.kernel import apr, cost, roots, unit_periods
from duecourse.kernel.apr import ANNUAL, MONTHLY, Flow, Rate, Yearly
from duecourse.kernel.cost import Charge, CostCap, DayOwed, ShortTermCost
from duecourse.kernel.days import day_number, on_cycle_day
from duecourse.kernel.unit_periods import DAY, MONTH, SEMIMONTH, TERM_DAYS, TERM_MONTHS, WEEK, YEAR, Time, UnitPeriod


def day(text: str) -> int:
    return day_number(*map(int, text.split("-")))


def months(first: str, count: int, every: int = 1) -> list[int]:
    year, month, of_month = map(int, first.split("-"))
    at = [year * 12 + month - 1 + every * number for number in range(count)]
    return [on_cycle_day(one // 12, one % 12 + 1, of_month) for one in at]


def days(first: str, count: int, every: int) -> list[int]:
    return [day(first) + every * number for number in range(count)]


# 12 CFR 1026 Appendix J (c): name, advances, payment days, payments in cents, unit-period, published APR.
APPENDIX_J = [
    ("(c)(1)(i)", {"1978-01-10": 500_000}, months("1978-02-10", 24), [23_000] * 24, UnitPeriod(MONTH, 1), 969),
    (
        "(c)(1)(iii)",
        {"1978-02-23": 500_000},
        sorted(months("1978-03-01", 12) + months("1978-03-16", 12)),
        [21_917] * 24,
        UnitPeriod(SEMIMONTH, 1),
        1034,
    ),
    ("(c)(1)(v)", {"1978-03-20": 50_000}, days("1978-04-21", 30, 7), [1_760] * 30, UnitPeriod(WEEK, 1), 1496),
    (
        "(c)(2)(ii)",
        {"1978-03-18": 40_000},
        days("1978-04-20", 12, 28),
        [3_950] + [3_831] * 11,
        UnitPeriod(WEEK, 4),
        2850,
    ),
    ("(c)(3)(ii)", {"1978-04-03": 20_000}, days("1978-04-11", 20, 14), [950] * 19 + [3_000], UnitPeriod(WEEK, 2), 1222),
    (
        "(c)(4)(ii)",
        {"1978-01-10": 800_000},
        months("1978-03-01", 20, 2),
        [44_936, *[46_500] * 18, 20_000],
        UnitPeriod(MONTH, 2),
        730,
    ),
    ("(c)(5)(ii)", {"1978-01-10": 100_000}, [day("1978-07-10")], [104_400], UnitPeriod(TERM_MONTHS, 6), 880),
    ("(c)(5)(iv)", {"1978-01-10": 100_000}, [day("1980-01-10")], [124_000], UnitPeriod(YEAR, 1), 1136),
    (
        "(c)(7)(i)",
        {"1979-04-10": 2_000_000, "1979-06-12": 2_000_000, "1979-09-18": 2_000_000},
        months("1979-12-10", 240),
        [61_236] * 240,
        UnitPeriod(MONTH, 1),
        1025,
    ),
]


@pytest.mark.parametrize(
    ("name", "advances", "on", "paid", "unit", "published"), APPENDIX_J, ids=lambda one: str(one)[:12]
)
def test_appendix_j_from_the_dates_alone(
    name: str, advances: dict[str, int], on: list[int], paid: list[int], unit: UnitPeriod, published: int
) -> None:
    lent = [day(one) for one in advances]
    found = unit_periods.unit_period(tuple(lent), tuple(on))
    assert found == unit
    flows = [
        Flow(amount, *unit_periods.between(lent[0], at, found))
        for at, amount in zip(lent, advances.values(), strict=True)
    ]
    times = unit_periods.times(lent[0], tuple(on), found)
    flows += [Flow(-amount, *time) for amount, time in zip(paid, times, strict=True)]
    assert apr.reg_z_apr(tuple(flows), unit_periods.a_year(found)) == Rate(published, 2)


def test_a_skipped_payment_loan_of_appendix_j() -> None:
    """(c)(6)(ii), with the unit-periods that the appendix gives."""
    flows = (
        Flow(735_000),
        Flow(-100_000, 6, 12, 30, number=3),
        Flow(-200_000, 12, 12, 30),
        Flow(-75_000, 18, 12, 30, number=3),
        Flow(-100_000, 22, 29, 30),
    )
    assert apr.reg_z_apr(flows, MONTHLY) == Rate(1022, 2)


EU = [  # European Commission, examples of the APRC, January 2015; in years
    ("6, exit cost", (Flow(-143_286, 0, 1, 12, 240, 1, 12), Flow(-10_000, 20)), 6_436_359),
    ("2 case 1, 3 odd days", (Flow(-143_357, 0, 401, 4380, 240, 1, 12),), 6_434_185),
    ("2 case 3, yearly", (Flow(-1_654_186, 0, 34, 365, 20),), 6_282_070),
    ("8, interest only", (Flow(-116_667, 0, 1, 12, 240, 1, 12), Flow(-20_000_000, 20)), 7_430_479),
    ("21, two rates", (Flow(-131_991, 0, 1, 12, 9, 1, 12), Flow(-137_406, 0, 10, 12, 231, 1, 12)), 5_853_526),
    ("40, bridging", (Flow(-20_761_817, 0, 1, 2),), 12_206_644),
]


@pytest.mark.parametrize(("name", "payments", "published"), EU, ids=[one[0] for one in EU])
def test_the_commission_s_examples_to_six_decimals(name: str, payments: tuple[Flow, ...], published: int) -> None:
    flows = (Flow(20_000_000), Flow(-400_000), *payments)
    assert apr.aprc(flows, 6) == Rate(published, 6)
    assert apr.aprc(flows) == Rate((published + 50_000) // 100_000, 1)


@pytest.mark.parametrize(
    ("lent", "paid", "places", "published"),
    [
        (100_000, (Flow(-120_000, 1, 1, 2),), 2, 1292),  # Directive 98/7/EC
        (100_000, (Flow(-60_000, 1), Flow(-60_000, 2)), 2, 1307),  # Directive 98/7/EC
        (50_000, (Flow(-51_000, 0, 5, 365),), 3, 324_436),  # a published UK calculator: 500 repaid 510 after 5 days
        (20_000, (Flow(-35_000, 0, 1, 12),), 1, 824_005),  # a published UK calculator: 200 repaid 350 after a month
    ],
)
def test_other_published_rates(lent: int, paid: tuple[Flow, ...], places: int, published: int) -> None:
    assert apr.aprc((Flow(lent), *paid), places) == Rate(published, places)


def test_the_example_of_the_people_s_bank_both_ways() -> None:
    """PBOC announcement 2021 no. 3: 12.80% simple, 13.58% compound."""
    flows = (Flow(10_000_000), Flow(-100_000), Flow(-883_330, 1, number=12))
    assert apr.percent(apr.pboc_simple(flows, MONTHLY)) == "12.80"
    assert apr.percent(apr.pboc_compound(flows, MONTHLY)) == "13.58"


def test_a_figure_on_the_border_rounds_half_up() -> None:
    assert apr.aprc((Flow(100_000), Flow(-110_050, 1)), 1) == Rate(101, 1)
    assert apr.aprc((Flow(1_000_000), Flow(-1_100_499, 1)), 1) == Rate(100, 1)


def test_a_rate_beyond_floats_is_still_printed_or_refused_by_name() -> None:
    found = apr.aprc((Flow(100), Flow(-(10**10), 0, 30, 365)), 1)
    exact = Decimal(10) ** 8
    assert abs(Decimal(found.units).ln() - (exact.ln() * 365 / 30 + Decimal(1000).ln())) < Decimal("1e-20")
    with pytest.raises(apr.RateTooHigh):
        apr.aprc((Flow(1), Flow(-(10**10), 0, 1, 365)))


@pytest.mark.parametrize(
    ("flows", "code"),
    [
        ((Flow(100),), "rate_missing"),
        ((Flow(-100, 1),), "rate_missing"),
        ((Flow(100), Flow(-100)), "rate_missing"),
        ((Flow(100), Flow(-101), Flow(-3, 1)), "rate_missing"),
        ((Flow(-100), Flow(110, 1)), "rate_missing"),
        ((Flow(100), Flow(-150, 1), Flow(100, 2)), "rate_missing"),
        ((Flow(10_000), Flow(-23_000, 1), Flow(13_200, 2)), "rate_not_unique"),
        ((Flow(10_000), Flow(-22_000, 1), Flow(12_100, 2)), "rate_not_unique"),
    ],
)
def test_flows_without_one_rate_are_refused_by_code(flows: tuple[Flow, ...], code: str) -> None:
    for measure in (apr.APRC, apr.REG_Z, apr.NOMINAL):
        with pytest.raises(apr.RateRefused) as refused:
            apr.cost_of_credit(flows, measure, ANNUAL)
        assert refused.value.code == code
        assert isinstance(refused.value, ValueError)


def test_less_repaid_than_lent_is_a_rate_below_zero() -> None:
    assert apr.aprc((Flow(100_000), Flow(-90_000, 1)), 2) == Rate(-1000, 2)


def test_a_line_drawn_again_has_one_rate_although_its_flows_turn_three_times() -> None:
    """European Commission 2015, example 34, whose own solver prints 11.415822: the exact figure ends with 1."""
    paid = [3_000, 17_573, 17_473, 17_372, 17_271, 17_170, 17_070, 16_969, 16_868, 16_767, 50_907, 50_604, 50_302]
    flows = (Flow(150_000), Flow(150_000, 0, 3, 4), *(Flow(-amount, 0, at, 12) for at, amount in enumerate(paid)))
    assert apr.aprc(flows, 6) == Rate(11_415_821, 6)


@pytest.mark.parametrize(
    ("start", "end", "unit", "expected"),
    [
        ("2023-01-31", "2023-02-28", UnitPeriod(MONTH, 1), Time(0, 28, 30)),  # the 28th, alone, means the 28th
        ("2024-01-15", "2024-03-01", UnitPeriod(MONTH, 1), Time(1, 17, 30)),
        ("2024-01-15", "2024-01-15", UnitPeriod(MONTH, 1), Time(0, 0, 30)),
        ("2024-02-23", "2024-03-16", UnitPeriod(SEMIMONTH, 1), Time(1, 7, 15)),
        ("2024-01-10", "2024-02-14", UnitPeriod(WEEK, 2), Time(2, 7, 14)),
        ("2024-01-10", "2024-01-20", UnitPeriod(DAY, 1), Time(10, 0, 1)),
        ("2020-03-10", "2023-09-10", UnitPeriod(YEAR, 1), Time(3, 6, 12)),
        ("2020-03-01", "2023-09-10", UnitPeriod(YEAR, 1), Time(3, 193, 365)),
        ("2024-01-10", "2024-10-25", UnitPeriod(TERM_DAYS, 289), Time(1, 0, 1)),
    ],
)
def test_time_counts_back_from_the_later_day(start: str, end: str, unit: UnitPeriod, expected: Time) -> None:
    assert unit_periods.between(day(start), day(end), unit) == expected


def test_a_series_due_on_month_ends_is_whole_months_apart() -> None:
    ends = tuple(months("2023-02-28", 1) + [on_cycle_day(2023, month, 31) for month in range(3, 8)])
    unit = unit_periods.unit_period((day("2023-01-31"),), ends)
    assert unit == UnitPeriod(MONTH, 1)
    assert [time.part for time in unit_periods.times(day("2023-01-31"), ends, unit)] == [0] * 6


@pytest.mark.parametrize(
    ("lent", "paid", "expected"),
    [
        (["2026-01-02"], ["2026-01-12", "2026-01-22", "2026-02-01"], UnitPeriod(DAY, 1)),
        (["2026-01-02"], ["2027-07-02", "2029-01-02", "2030-07-02"], UnitPeriod(YEAR, 1)),
        (["2026-01-01"], ["2026-02-01", "2026-03-01", "2026-03-15", "2026-03-29"], UnitPeriod(WEEK, 2)),  # a tie
        (["2026-01-01"], ["2026-02-01", "2026-04-16"], UnitPeriod(WEEK, 7)),  # 52.5 days: 49 and 56 are as near
        (["2026-01-01"], ["2026-09-05"], UnitPeriod(TERM_DAYS, 247)),
    ],
)
def test_the_unit_period_is_the_most_frequent_one(lent: list[str], paid: list[str], expected: UnitPeriod) -> None:
    assert unit_periods.unit_period(tuple(map(day, lent)), tuple(map(day, paid))) == expected


def test_a_year_has_as_many_unit_periods_as_its_rule_says() -> None:
    assert unit_periods.a_year(UnitPeriod(SEMIMONTH, 1)) == Yearly(24, 1)
    assert unit_periods.a_year(UnitPeriod(MONTH, 3)) == Yearly(12, 3)
    assert unit_periods.a_year(UnitPeriod(TERM_DAYS, 247)) == Yearly(365, 247)


@pytest.mark.parametrize(
    ("start", "end", "unit", "expected"),
    [
        ("2026-01-12", "2026-02-15", MONTH, Time(0, 365 + 12 * 3, 12 * 365)),
        ("2024-01-12", "2024-02-15", MONTH, Time(0, 365 + 12 * 3, 12 * 365)),  # the year before 15 January is common
        ("2024-03-12", "2024-04-15", MONTH, Time(0, 366 + 12 * 3, 12 * 366)),  # that before 15 March is not
        ("2026-01-12", "2026-02-12", MONTH, Time(0, 1, 12)),
        ("2026-01-12", "2028-01-12", MONTH, Time(2, 0, 12)),
        ("2026-01-01", "2026-01-29", WEEK, Time(0, 4, 52)),
        ("2026-01-01", "2026-01-06", DAY, Time(0, 5, 365)),
        ("2025-12-29", "2028-01-01", YEAR, Time(2, 3, 365)),
    ],
)
def test_years_are_whole_periods_counted_back_and_days_over_365_or_366(
    start: str, end: str, unit: int, expected: Time
) -> None:
    assert unit_periods.years_between(day(start), day(end), unit) == expected


amounts = st.integers(10_000, 10**9)


@st.composite
def loans(draw: st.DrawFn) -> tuple[Flow, ...]:
    """One advance, then payments of any amounts at any times, which together give back more than it."""
    lent = draw(amounts)
    number = draw(st.integers(1, 12))
    paid = [
        Flow(-draw(st.integers(lent // number, 2 * lent)), draw(st.integers(0, 24)), draw(st.integers(1, 29)), 30)
        for _ in range(number)
    ]
    return (Flow(lent), *paid)


@settings(deadline=None)
@given(st.integers(100_000, 10**9), st.integers(1, 500_000), st.integers(1, 84))
def test_the_rate_of_a_schedule_built_at_a_rate_is_that_rate(lent: int, rate_ppm: int, number: int) -> None:
    """Interest exact to 1/12 of a millionth each month; the last payment takes what is left, so only it is rounded."""
    level = max(lent // number, 1)
    left, flows = lent * 12_000_000, [Flow(lent * 10**6)]
    for at in range(1, number + 1):
        left += left * rate_ppm // 12_000_000
        pay = min(level * 12_000_000, left) if at < number else left
        flows.append(Flow(-(pay // 12), at))
        left -= pay
    flows = [flow for flow in flows if flow.amount_minor]
    found = apr.nominal(tuple(flows), MONTHLY, 4)
    assert abs(found.units - rate_ppm) <= 1


@settings(deadline=None)
@given(loans(), st.integers(1, 10**6), st.integers(0, 24))
def test_more_cost_never_lowers_a_rate(flows: tuple[Flow, ...], extra: int, at: int) -> None:
    for measure in (apr.REG_Z, apr.CN_COMPOUND, apr.NOMINAL):
        finest = measure._replace(places=6)
        try:
            before = apr.cost_of_credit(flows, finest, MONTHLY)
            after = apr.cost_of_credit((*flows, Flow(-extra, at, 15, 30)), finest, MONTHLY)
        except apr.RateTooHigh:
            continue
        assert after.units >= before.units


@settings(deadline=None)
@given(loans(), st.integers(2, 1_000))
def test_a_rate_knows_no_currency(flows: tuple[Flow, ...], scale: int) -> None:
    scaled = tuple(flow._replace(amount_minor=flow.amount_minor * scale) for flow in flows)
    for measure in (apr.REG_Z, apr.NOMINAL):
        assert apr.cost_of_credit(flows, measure, MONTHLY) == apr.cost_of_credit(scaled, measure, MONTHLY)


@settings(deadline=None)
@given(st.integers(1_000, 10**8), st.integers(1, 10**7), st.integers(1, 84), st.integers(0, 29))
@example(9_900_000, 883_330, 12, 0)
def test_a_level_series_is_its_payments_one_by_one(lent: int, paid: int, number: int, odd: int) -> None:
    series = (Flow(lent), Flow(-paid, 1, odd, 30, number))
    singles = (Flow(lent), *(Flow(-paid, 1 + at, odd, 30) for at in range(number)))
    for measure in (apr.REG_Z, apr.NOMINAL):
        finest = measure._replace(places=6)
        assert apr.cost_of_credit(series, finest, MONTHLY) == apr.cost_of_credit(singles, finest, MONTHLY)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-10_000, 10_000), st.integers(0, 30)), min_size=2, max_size=8))
def test_whatever_flows_come_there_is_a_rate_that_solves_them_or_a_refusal(drawn: list[tuple[int, int]]) -> None:
    flows = tuple(Flow(amount, at) for amount, at in drawn if amount)
    assume(flows)
    try:
        rate = roots.period_rate(flows)
    except apr.RateRefused:
        return
    assert rate > -1
    worth = [flow.amount_minor * (1 + rate) ** -flow.whole for flow in flows]
    assert abs(sum(worth)) <= 1e-6 * sum(map(abs, worth))


@settings(deadline=None)
@given(loans(), st.integers(0, 3_000_000))
def test_a_cap_is_kept_exactly_when_the_rate_is_not_above_it(flows: tuple[Flow, ...], cap_ppm: int) -> None:
    rate = apr.cost_of_credit(flows, apr.NOMINAL._replace(places=8), MONTHLY)
    assume(rate.units != cap_ppm * 10**4)
    assert apr.at_most(flows, apr.NOMINAL, MONTHLY, cap_ppm) == int(rate.units < cap_ppm * 10**4)


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 4_000))
def test_years_grow_with_days_and_stay_near_them(start: date, span: int) -> None:
    begins = day(start.isoformat())
    for unit in (MONTH, WEEK, YEAR, DAY):
        whole, part, of = unit_periods.years_between(begins, begins + span, unit)
        assert 0 <= part < of
        assert abs(whole + part / of - span / 365.25) < 0.012 * (1 + span / 365)


@settings(deadline=None)
@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(1, 4_000))
def test_full_months_and_the_days_before_them_lead_back_to_the_start(start: date, span: int) -> None:
    end = start + timedelta(days=span)
    begins, ends = day(start.isoformat()), day(end.isoformat())
    found, rest = unit_periods.full_months(begins, ends)
    assert 0 <= rest <= 31
    assert unit_periods.months_back(ends, found, end.day) - rest == begins


def test_every_charge_is_in_the_composite_cost_with_who_takes_it() -> None:
    flows = (Flow(10_000_000), Flow(-883_330, 1, number=12))
    charges = (Charge("guarantee", "guarantor", 50_000, 1, number=12), Charge("service", "platform", 100_000))
    found = cost.composite(flows, charges, apr.CN_COMPOUND, MONTHLY)
    assert found.borne == (
        cost.Borne("lender", "interest", 599_960),
        cost.Borne("guarantor", "guarantee", 600_000),
        cost.Borne("platform", "service", 100_000),
    )
    assert sum(one.amount_minor for one in found.borne) == cost.finance_charge(cost.with_charges(flows, charges))
    assert (apr.percent(found.without), apr.percent(found.rate)) == ("11.46", "26.10")


def test_the_mapr_counts_what_the_apr_leaves_out() -> None:
    flows = (Flow(50_000), Flow(-9_000, 1, number=6))
    insured = cost.mapr(flows, (Charge("credit insurance", "insurer", 1_500),), MONTHLY)
    assert (apr.percent(apr.reg_z_apr(flows, MONTHLY)), apr.percent(insured)) == ("26.93", "37.90")
    assert cost.within_rate(flows, apr.REG_Z, MONTHLY, 360_000).within == 1


def test_a_billing_cycle_that_charges_without_a_balance_has_no_mapr() -> None:
    assert cost.mapr_of_cycle(0, 0) == 0
    assert cost.mapr_of_cycle(1, 100_000) == 120
    with pytest.raises(apr.NoRate):
        cost.mapr_of_cycle(500, 0)


@pytest.mark.parametrize(
    ("owed", "charged", "within", "room"),
    [
        ([(10_000, 30)], (2_400, 0, 0), 1, (0, 1_500, 7_600)),
        ([(10_000, 30)], (2_401, 0, 0), 0, (-1, 1_500, 7_599)),
        ([(10_000, 10), (5_000, 10)], (1_200, 1_500, 0), 1, (0, 0, 7_300)),
        ([(10_000, 200)], (9_000, 1_001, 0), 0, (7_000, 499, -1)),
        ([(10_000, 30)], (2_000, 0, 401), 0, (-1, 1_500, 7_599)),
    ],
)
def test_short_term_credit_has_three_caps(
    owed: list[tuple[int, int]], charged: tuple[int, int, int], within: int, room: tuple[int, int, int]
) -> None:
    cap = CostCap(8_000, 1_500, 1_000_000)
    found = cost.short_term_room(10_000, tuple(DayOwed(*one) for one in owed), ShortTermCost(*charged), cap)
    assert found == (within, *room)


def test_an_odd_first_period_and_an_odd_last_payment_are_regular() -> None:
    assert cost.irregular((Flow(100), Flow(-10, 0, 7, 30, 10), Flow(-3, 10, 7, 30))) == 0
    assert cost.irregular((Flow(100), Flow(-10, 1, number=5), Flow(-10, 8))) == 1
    assert cost.irregular((Flow(100), Flow(100, 1), Flow(-10, 2, number=30))) == 1


def test_the_examples_of_the_guide_run() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "cost_of_credit.md"
    found = doctest.testfile(str(page), module_relative=False)
    assert found.failed == 0
    assert found.attempted > 20
