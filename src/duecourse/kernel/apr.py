"""The cost of credit as each law defines it: the rate at which what is received and what is paid are worth the same.

Every measure solves one equation, the sum of amount x worth(time) = 0, and then says the rate by the year. Two things
differ: how a part of a period discounts (compound, or simple as in Regulation Z), and how a period's rate becomes a
year's (times the periods, or to their power). A `Measure` holds both.

A rate is no money, so its root is looked for in floats (`roots`). Floats prove nothing about printed digits. The sign
of the equation half a unit of the last place below and above the printed figure is therefore computed with 40 decimal
digits: the root lies between the two, or the figure is moved until it does. That costs two evaluations and holds at
any rate, 82,400% too, where a bound on the float error would have to be argued.
"""

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from math import expm1, floor, log
from typing import NamedTuple

from .roots import COMPOUND as COMPOUND
from .roots import SIMPLE as SIMPLE
from .roots import Flow as Flow
from .roots import NoRate as NoRate
from .roots import RateRefused as RateRefused
from .roots import SeveralRates as SeveralRates
from .roots import growth_of

TIMES, POWER = 0, 1
"""How a period's rate becomes a year's: w*i, or (1+i)^w - 1."""
DIGITS = 40
DIGITS_MAX = 300
"""A rate of more digits is refused: money lent for a day would have to come back six times over the next."""
SPARE = 12
"""A difference in the last so many of the digits computed is none: the rate stands exactly on the border."""


class RateTooHigh(RateRefused):
    """A rate that exists and that no figure could say."""

    code = "rate_too_high"


class Measure(NamedTuple):
    """One law's figure: how parts of periods discount, how a year is made, and the decimals of a percent it prints."""

    odd: int
    yearly: int
    places: int


class Yearly(NamedTuple):
    """Periods in a year, as an exact fraction: 12 months, 52 weeks, 365/182 terms of 182 days."""

    periods: int
    of: int = 1


class Rate(NamedTuple):
    """A printed rate: `units` of the last place of a percent with `places` decimals. Rate(1358, 2) is 13.58%."""

    units: int
    places: int


REG_Z = Measure(SIMPLE, TIMES, 2)
"""US APR: actuarial method, 12 CFR 1026 Appendix J (b)(8); two decimals as in its examples."""
APRC = Measure(COMPOUND, POWER, 1)
"""EU and UK: 2008/48/EC Annex I, (EU) 2023/2225 Annex III, CONC App 1.2; one decimal, half up."""
CN_COMPOUND = Measure(COMPOUND, POWER, 2)
"""PBOC announcement 2021 no. 3, the compound (IRR) way; two decimals as in its example."""
CN_SIMPLE = Measure(COMPOUND, TIMES, 2)
"""PBOC announcement 2021 no. 3, the simple way, which must be named as simple (单利)."""
NOMINAL = Measure(COMPOUND, TIMES, 2)
"""Periods a year x the rate of a period."""
MONTHLY = Yearly(12)
ANNUAL = Yearly(1)


def reg_z_apr(flows: tuple[Flow, ...], year: Yearly, places: int = 2) -> Rate:
    """The US annual percentage rate; times are unit-periods, `year` how many there are in one.

    12 CFR 1026 Appendix J (c)(1)(i): 5,000 repaid by 24 monthly payments of 230.

    >>> reg_z_apr((Flow(500_000), Flow(-23_000, 1, number=24)), MONTHLY)
    Rate(units=969, places=2)
    """
    return cost_of_credit(flows, REG_Z._replace(places=places), year)


def aprc(flows: tuple[Flow, ...], places: int = 1) -> Rate:
    """The EU and UK annual percentage rate of charge; times are in years.

    Directive 98/7/EC: 1,000 repaid by 600 after one year and 600 after two, 13.07%.

    >>> aprc((Flow(100_000), Flow(-60_000, 1, number=2)), 2)
    Rate(units=1307, places=2)
    """
    return cost_of_credit(flows, APRC._replace(places=places), ANNUAL)


def pboc_compound(flows: tuple[Flow, ...], year: Yearly, places: int = 2) -> Rate:
    """China's annualised rate, compound (IRR): PBOC announcement 2021 no. 3 and its example.

    >>> pboc_compound((Flow(10_000_000), Flow(-100_000), Flow(-883_330, 1, number=12)), MONTHLY)
    Rate(units=1358, places=2)
    """
    return cost_of_credit(flows, CN_COMPOUND._replace(places=places), year)


def pboc_simple(flows: tuple[Flow, ...], year: Yearly, places: int = 2) -> Rate:
    """China's annualised rate, simple: the period's IRR x periods a year. It must be shown as simple (单利).

    >>> pboc_simple((Flow(10_000_000), Flow(-100_000), Flow(-883_330, 1, number=12)), MONTHLY)
    Rate(units=1280, places=2)
    """
    return cost_of_credit(flows, CN_SIMPLE._replace(places=places), year)


def nominal(flows: tuple[Flow, ...], year: Yearly, places: int = 2) -> Rate:
    """The nominal annual rate: the period's IRR x periods a year.

    >>> nominal((Flow(100_000), Flow(-101_000, 1)), MONTHLY)
    Rate(units=1200, places=2)
    """
    return cost_of_credit(flows, NOMINAL._replace(places=places), year)


def cost_of_credit(flows: tuple[Flow, ...], measure: Measure, year: Yearly) -> Rate:
    """The rate of these flows by a measure, half up at its last place, each digit proven.

    Refuses flows without a rate (NoRate) and with several (SeveralRates).

    >>> cost_of_credit((Flow(20_000), Flow(-35_000, 0, 1, 12)), APRC, ANNUAL)
    Rate(units=824005, places=1)
    """
    assert measure.places >= 0, "apr: fewer than no decimals"
    assert year.periods > 0, "apr: a year without periods"
    step = 10**measure.places
    low = nearest(flows, measure, year)

    def lies_below(at: int) -> bool:
        return surplus(flows, measure, year, Fraction(2 * at - 1, 200 * step)) > 0

    reach = 1
    while lies_below(low):
        low, reach = low - reach, reach * 2
    high, reach = low + 1, 1
    while not lies_below(high):
        low, high, reach = high, high + reach, reach * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if lies_below(middle) else (middle, high)
    return Rate(low, measure.places)


def at_most(flows: tuple[Flow, ...], measure: Measure, year: Yearly, cap_ppm: int) -> int:
    """1 if the rate is no higher than the cap, else 0: decided by the exact sign, not by a rounded rate.

    >>> at_most((Flow(100_000), Flow(-124_000, 1)), APRC, ANNUAL, 240_000)
    1
    >>> at_most((Flow(100_000), Flow(-124_001, 1)), APRC, ANNUAL, 240_000)
    0
    """
    growth_of(flows, measure.odd)
    return int(surplus(flows, measure, year, Fraction(cap_ppm, 1_000_000)) >= 0)


def percent(rate: Rate) -> str:
    """A rate as it is printed, without the sign.

    >>> percent(Rate(-5, 2)), percent(Rate(824005, 1))
    ('-0.05', '82400.5')
    """
    sign = "-" if rate.units < 0 else ""
    whole, rest = divmod(abs(rate.units), 10**rate.places)
    return f"{sign}{whole}" + (f".{rest:0{rate.places}d}" if rate.places else "")


def nearest(flows: tuple[Flow, ...], measure: Measure, year: Yearly) -> int:
    """The rate in units of its last place, as near as floats tell; where those have too few digits, by decimals."""
    growth = growth_of(flows, measure.odd)
    periods = year.periods / year.of
    digits = int(growth * (periods if measure.yearly == POWER else 1) / log(10)) + measure.places + 3
    if digits > DIGITS_MAX:
        raise RateTooHigh(f"the rate has about {digits} digits")
    if digits <= 14:
        rate = periods * expm1(growth) if measure.yearly == TIMES else expm1(periods * growth)
        units: int = floor(rate * 100 * 10**measure.places + 0.5)
        return units
    with localcontext(Context(prec=max(DIGITS, digits + 10))):
        exact = sharpened(flows, measure.odd, growth)
        if measure.yearly == TIMES:
            yearly = (exact.exp() - 1) * year.periods / year.of
        else:
            yearly = (exact * year.periods / year.of).exp() - 1
        return int((yearly * 100 * 10**measure.places).to_integral_value(ROUND_HALF_UP))


def sharpened(flows: tuple[Flow, ...], odd: int, growth: float) -> Decimal:
    """log(1 + a period's rate) to the digits of the context, by the secant method from what floats gave."""
    before, at = Decimal(growth), Decimal(growth) * (1 + Decimal("1e-12"))
    value_before = balance(flows, odd, before)[0]
    for _ in range(20):
        value = balance(flows, odd, at)[0]
        if value == value_before or value == 0:
            break
        before, value_before, at = at, value, at - value * (at - before) / (value - value_before)
    return at


def surplus(flows: tuple[Flow, ...], measure: Measure, year: Yearly, yearly: Fraction) -> Decimal:
    """What is received less what is paid, as worth at a year's rate, with 40 digits; 0 when it is a tie.

    At or below the rate it is at most zero, above it above zero, as far as the flows have one rate.
    """
    digits = DIGITS + len(str(abs(int(yearly))))
    with localcontext(Context(prec=digits)):
        rate = Decimal(yearly.numerator) / yearly.denominator
        if measure.yearly == TIMES:
            rate = rate * year.of / year.periods
        if rate <= -1:
            return Decimal(-1)
        growth = (1 + rate).ln()
        if measure.yearly == POWER:
            growth = growth * year.of / year.periods
        total, scale = balance(flows, measure.odd, growth)
        return total if abs(total) > scale.scaleb(SPARE - digits) else Decimal(0)


def balance(flows: tuple[Flow, ...], odd: int, growth: Decimal) -> tuple[Decimal, Decimal]:
    """What is received less what is paid, as worth at log(1+i) = growth, and the sum of both without a sign."""
    total = scale = Decimal(0)
    one_period = growth.exp() - 1
    for flow in flows:
        part = Decimal(flow.part) / flow.of
        if odd == SIMPLE:
            each = (-flow.whole * growth).exp() / (1 + part * one_period)
        else:
            each = (-(flow.whole + part) * growth).exp()
        if flow.number > 1:
            pace = (-growth * flow.step / flow.step_of).exp()
            each *= (1 - pace**flow.number) / (1 - pace) if pace != 1 else flow.number
        total += flow.amount_minor * each
        scale += abs(flow.amount_minor * each)
    return total, scale
