"""The root behind a rate: where what is received and what is paid are worth the same.

The unknown is y = log(1 + i). Flows that turn once from received to paid have one root, found by the secant method on
log(paid / received), which is nearly a straight line in y: four to six evaluations, a level series in closed form each;
bisection stands behind it. Where advances and payments take turns, every root is looked for: an interval is dropped
when bounds show no sign change, and closed when bounds show a slope of one sign, so none is missed between two points.
"""

from fractions import Fraction
from math import exp, expm1, inf, isfinite, log, sqrt
from typing import NamedTuple

COMPOUND, SIMPLE = 0, 1
"""How a part of a period discounts: (1+i)^-f, or 1/(1+f*i)."""
PIECES = 2_000
"""How many intervals are looked at before roots count as too close to be told apart."""


class RateRefused(ValueError):
    """These flows have no rate that could be said; `code` is stable."""

    code = "rate_refused"


class NoRate(RateRefused):
    """At no rate is what is paid worth what is received."""

    code = "rate_missing"


class SeveralRates(RateRefused):
    """More than one rate makes what is paid worth what is received."""

    code = "rate_not_unique"


class Flow(NamedTuple):
    """Money between lender and borrower, seen by the borrower: above zero received, below zero paid.

    Its time is `whole + part / of` periods after the first advance, exact. A level series is one flow: `number`
    amounts, `step / step_of` periods apart, the first at that time.
    """

    amount_minor: int
    whole: int = 0
    part: int = 0
    of: int = 1
    number: int = 1
    step: int = 1
    step_of: int = 1


def period_rate(flows: tuple[Flow, ...], odd: int = COMPOUND) -> float:
    """The rate of one period, as a float; one exact to the printed place is `apr.cost_of_credit`.

    >>> round(period_rate((Flow(9_900_000), Flow(-883_330, 1, number=12))), 8)
    0.01066983
    """
    return expm1(growth_of(flows, odd))


def growth_of(flows: tuple[Flow, ...], odd: int) -> float:
    """log(1 + the rate of one period). Refuses flows without a rate (NoRate) and with several (SeveralRates).

    Flows that turn once from received to paid have one rate (Descartes' rule, which holds for real exponents and, as
    worth(t)/worth(s) is monotone, for Regulation Z's fractions too). Others are searched for every rate.
    """
    received, paid = split(flows, odd)
    if not received or not paid:
        raise NoRate("nothing is received" if not received else "nothing is paid")
    if turns_once(received, paid):
        return secant(received, paid, odd)
    return of_turns(netted(flows), odd)


def split(flows: tuple[Flow, ...], odd: int) -> tuple[list[Flow], list[Flow]]:
    """What is received and what is paid; refuses times that are none."""
    received, paid = [], []
    for flow in flows:
        amount, whole, part, of, number, _, step_of = flow
        assert whole >= 0, "apr: a time before the first advance"
        assert part >= 0, "apr: a time before the first advance"
        assert of > 0, "apr: a time is a fraction above zero"
        assert number > 0, "apr: a series of no amounts"
        assert step_of > 0, "apr: a step is a fraction above zero"
        assert odd == COMPOUND or number == 1 or step_of == 1, "apr: unit-periods go by whole steps"
        if amount > 0:
            received.append(flow)
        elif amount < 0:
            paid.append(flow)
    return received, gathered(paid)


def gathered(paid: list[Flow]) -> list[Flow]:
    """Equal payments that follow one another a period apart as one level series.

    >>> gathered([Flow(-5, 1), Flow(-5, 2), Flow(-5, 3), Flow(-7, 4)])[0].number
    3
    """
    if len(paid) < 4:
        return paid
    found: list[Flow] = []
    head, run = paid[0], paid[0].number
    for flow in paid[1:]:
        if (
            flow[0] == head[0]
            and flow[1] == head[1] + run
            and flow[2:4] == head[2:4]
            and flow[4:] == (1, 1, 1)
            and head[5:] == (1, 1)
        ):
            run += 1
        else:
            found.append(head._replace(number=run))
            head, run = flow, flow.number
    found.append(head._replace(number=run))
    return found


def turns_once(received: list[Flow], paid: list[Flow]) -> int:
    """1 if it is plain that the borrower first receives and then only pays: the usual case, told without sorting.

    What is paid on the day of the only advance (a fee) is set against it.
    """
    if len(received) == 1 and received[0].number == 1 and received[0].whole == 0 and received[0].part == 0:
        left = received[0].amount_minor
        later = 0
        for flow in paid:
            if flow.whole == 0 and flow.part == 0:
                left += flow.amount_minor
                later += int(flow.number > 1)
            else:
                later += 1
        return int(left > 0 and later > 0)
    last = max((flow.whole + (flow.number - 1) * flow.step / flow.step_of + 1 for flow in received), default=inf)
    return int(all(flow.whole >= last for flow in paid))


def worth(flows: list[Flow], growth: float, odd: int) -> float:
    """The sum of |amount| x worth at log(1+i) = growth; a level series in closed form."""
    total = 0.0
    for amount, whole, part, of, number, step, step_of in flows:
        if part == 0:
            each = exp(-whole * growth) if whole else 1.0
        elif odd == SIMPLE:
            each = exp(-whole * growth) / (1.0 + part / of * expm1(growth))
        else:
            each = exp(-(whole + part / of) * growth)
        if number > 1:
            pace = growth * step / step_of
            each *= expm1(-number * pace) / expm1(-pace) if pace else number
        total += amount * each
    return abs(total)


def gap(received: list[Flow], paid: list[Flow], growth: float, odd: int) -> float:
    """log(paid / received): above zero below the rate; infinities where floats end."""
    try:
        return log(worth(paid, growth, odd) / worth(received, growth, odd))
    except (OverflowError, ZeroDivisionError, ValueError):
        return inf if growth < 0 else -inf


def secant(received: list[Flow], paid: list[Flow], odd: int) -> float:
    """log(1+i) for flows with one rate, by the secant method; bisection where that leaves its way.

    It starts from the parabola that the amounts' times make at zero: mean time is the slope, their spread the bend.
    """
    at_zero = gap(received, paid, 0.0, odd)
    (mean_in, spread_in), (mean_out, spread_out) = moments(received), moments(paid)
    slope_at_zero, bend = mean_out - mean_in, spread_out - spread_in
    inside = slope_at_zero * slope_at_zero - 2 * bend * at_zero
    if slope_at_zero <= 0:
        return bisected(received, paid, odd)
    if inside > 0 and bend > 1e-9:
        before = (slope_at_zero - sqrt(inside)) / bend
        steep = sqrt(inside)
    else:
        before, steep = at_zero / slope_at_zero, slope_at_zero
    at_before = gap(received, paid, before, odd)
    at = before + at_before / steep
    for _ in range(30):
        if abs(at - before) <= 1e-14 + 1e-13 * abs(at):
            return at
        value = gap(received, paid, at, odd)
        if not isfinite(value) or value == at_before:
            break
        before, at_before, at = at, value, at - value * (at - before) / (value - at_before)
    if abs(at - before) <= 1e-11 * (1e-3 + abs(at)):
        return at
    return bisected(received, paid, odd)


def moments(flows: list[Flow]) -> tuple[float, float]:
    """The mean time of the money of these flows and how far it spreads (its variance)."""
    weight = first = second = 0.0
    for amount, whole, part, of, number, step, step_of in flows:
        time = whole + part / of if part else float(whole)
        if number == 1:
            weight += amount
            first += amount * time
            second += amount * time * time
        else:
            pace = step / step_of
            middle, money = time + (number - 1) * pace / 2, amount * number
            weight += money
            first += money * middle
            second += money * (middle * middle + pace * pace * (number * number - 1) / 12)
    mean = first / weight
    return mean, second / weight - mean * mean


def bisected(received: list[Flow], paid: list[Flow], odd: int) -> float:
    """log(1+i) for flows with one rate, by bracketing and bisection."""
    reach = 1.0
    while gap(received, paid, reach, odd) > 0 or gap(received, paid, -reach, odd) < 0:
        reach *= 2
        if reach > 1e9:
            raise NoRate("no rate that could be said makes what is paid worth what is received")
    low, high = -reach, reach
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if gap(received, paid, middle, odd) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


class Net(NamedTuple):
    """What is received less paid at one moment: the whole periods and the fraction of its time."""

    amount: int
    whole: int
    fraction: float


def netted(flows: tuple[Flow, ...]) -> list[Net]:
    """One net amount for each moment, in order of time; moments at which nothing is left over are dropped.

    >>> netted((Flow(100, 1), Flow(-40, 0, number=2)))
    [Net(amount=-40, whole=0, fraction=0.0), Net(amount=60, whole=1, fraction=0.0)]
    """
    at: dict[Fraction, int] = {}
    for flow in flows:
        first = flow.whole + Fraction(flow.part, flow.of)
        for at_step in range(flow.number):
            time = first + at_step * Fraction(flow.step, flow.step_of)
            at[time] = at.get(time, 0) + flow.amount_minor
    return [Net(at[time], int(time // 1), float(time % 1)) for time in sorted(at) if at[time]]


def of_turns(nets: list[Net], odd: int) -> float:
    """log(1+i) where received and paid take turns: the one root at or above zero, else the one below.

    A credit that costs something is told by a rate above zero; roots below zero that its equation may have besides are
    no rate of it.
    """
    if not nets or nets[0].amount < 0:
        raise NoRate("nothing is received before something is paid" if nets else "every amount is taken back at once")
    turns = sum(nets[at - 1].amount * net.amount < 0 for at, net in enumerate(nets) if at)
    if turns == 0:
        raise NoRate("nothing is paid")
    shifted = [net._replace(whole=net.whole - nets[0].whole) for net in nets]
    for low, high in ((0.0, top(shifted, odd)), (-min(10.0, 600.0 / (shifted[-1].whole + 1)), 0.0)):
        found = isolated(shifted, odd, low, high)
        if len(found) == 1:
            return found[0]
        if found:
            raise SeveralRates(f"{len(found)} rates make what is paid worth what is received")
    raise NoRate("at no rate is what is paid worth what is received")


def top(nets: list[Net], odd: int) -> float:
    """A y above which the first amount outweighs all others together."""
    high = 1.0
    while sum(abs(net.amount) * factor(net, high, odd) for net in nets[1:]) >= abs(nets[0].amount) * factor(
        nets[0], high, odd
    ):
        high *= 2
        if high > 500:
            raise NoRate("no rate that could be said makes what is paid worth what is received")
    return high


def factor(net: Net, growth: float, odd: int) -> float:
    """The worth of one unit at that moment; it falls as y grows."""
    if odd == SIMPLE:
        return exp(-net.whole * growth) / (1.0 + net.fraction * expm1(growth))
    return exp(-(net.whole + net.fraction) * growth)


def slope(net: Net, growth: float, odd: int) -> float:
    """By how much that worth falls as the rate i grows; this falls as y grows, too."""
    grown = exp(growth)
    if odd == SIMPLE:
        return factor(net, growth, odd) * (net.whole / grown + net.fraction / (1.0 + net.fraction * (grown - 1.0)))
    return factor(net, growth, odd) * (net.whole + net.fraction) / grown


def isolated(nets: list[Net], odd: int, low: float, high: float) -> list[float]:
    """Every root between two y, each once; refuses roots too close to be told apart."""
    found: list[float] = []
    waiting = [(low, high)]
    for _ in range(PIECES):
        if not waiting:
            return sorted(found)
        left, right = waiting.pop()
        ends = [values(nets, odd, left), values(nets, odd, right)]
        if ends[0].more - ends[1].less < 0 or ends[1].more - ends[0].less > 0:
            continue
        if ends[0].more_slope - ends[1].less_slope < 0 or ends[1].more_slope - ends[0].less_slope > 0:
            starts, stops = ends[0].more - ends[0].less, ends[1].more - ends[1].less
            if starts == 0 or starts * stops < 0:
                found.append(closed_in(nets, odd, left, right, starts))
            elif stops == 0 and right == high:
                found.append(right)
            continue
        middle = (left + right) / 2
        waiting += [(middle, right), (left, middle)]
    raise SeveralRates("rates lie too close to be told apart")


class Values(NamedTuple):
    """At one y: the worth of what is received and of what is paid, and how fast each falls."""

    more: float
    less: float
    more_slope: float
    less_slope: float


def values(nets: list[Net], odd: int, growth: float) -> Values:
    """The four sums at one y."""
    more = less = more_slope = less_slope = 0.0
    for net in nets:
        worth_of = net.amount * factor(net, growth, odd)
        slope_of = net.amount * slope(net, growth, odd)
        if net.amount > 0:
            more += worth_of
            more_slope += slope_of
        else:
            less -= worth_of
            less_slope -= slope_of
    return Values(more, less, more_slope, less_slope)


def closed_in(nets: list[Net], odd: int, low: float, high: float, starts: float) -> float:
    """The root between two y of which the first has the value `starts`, to the last bit."""
    if starts == 0:
        return low
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        found = values(nets, odd, middle)
        if (found.more - found.less) * starts > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
