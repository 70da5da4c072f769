"""What credit costs in money, and caps on it: finance charge, composite cost, MAPR, the UK's cost caps.

A charge is money that the borrower pays for the credit, whoever asks for it. It stands beside the flows that the
contract has without it, so that a rate can be said with it and without it.
"""

from itertools import pairwise
from typing import NamedTuple

from .apr import REG_Z, Flow, Measure, Rate, Yearly, at_most, cost_of_credit
from .money import PPM, quotient
from .roots import NoRate


class Charge(NamedTuple):
    """What is charged, by whom, and when it is paid: `number` amounts above zero, one period apart."""

    what: str
    payee: str
    amount_minor: int
    whole: int = 0
    part: int = 0
    of: int = 1
    number: int = 1


class Borne(NamedTuple):
    """What one payee takes of one kind, over the whole term."""

    payee: str
    what: str
    amount_minor: int


class Composite(NamedTuple):
    """The annualised cost with every charge, the same without them, and who takes what."""

    rate: Rate
    without: Rate
    borne: tuple[Borne, ...]


class Within(NamedTuple):
    """Whether a cost is within a cap, and by how much: `room` is below zero where it is not."""

    within: int
    room: int


def finance_charge(flows: tuple[Flow, ...]) -> int:
    """What is paid less what is received, in minor units: the cost of the credit as an amount (12 CFR 1026.4).

    >>> finance_charge((Flow(500_000), Flow(-23_000, 1, number=24)))
    52000
    """
    return -sum(flow.amount_minor * flow.number for flow in flows)


def with_charges(flows: tuple[Flow, ...], charges: tuple[Charge, ...]) -> tuple[Flow, ...]:
    """The flows and the charges as one."""
    assert all(charge.amount_minor >= 0 for charge in charges), "cost: a charge below zero"
    return flows + tuple(
        Flow(-charge.amount_minor, charge.whole, charge.part, charge.of, charge.number)
        for charge in charges
        if charge.amount_minor > 0
    )


def composite(flows: tuple[Flow, ...], charges: tuple[Charge, ...], measure: Measure, year: Yearly) -> Composite:
    """The composite annualised cost 综合融资成本, whoever charges what (PBOC 2021 no. 3; 金规[2025]9号; form of 2026).

    >>> from duecourse.kernel.apr import MONTHLY, NOMINAL
    >>> fees = (Charge("guarantee", "guarantor", 50_000, 1, number=12), Charge("service", "platform", 100_000))
    >>> composite((Flow(10_000_000), Flow(-883_330, 1, number=12)), fees, NOMINAL, MONTHLY).rate
    Rate(units=2341, places=2)
    """
    borne: dict[tuple[str, str], int] = {}
    for charge in charges:
        key = (charge.payee, charge.what)
        borne[key] = borne.get(key, 0) + charge.amount_minor * charge.number
    interest = finance_charge(flows)
    shares = (Borne("lender", "interest", interest), *(Borne(*key, amount) for key, amount in borne.items()))
    rate = cost_of_credit(with_charges(flows, charges), measure, year)
    return Composite(rate, cost_of_credit(flows, measure, year), shares)


def within_rate(flows: tuple[Flow, ...], measure: Measure, year: Yearly, cap_ppm: int) -> Within:
    """Whether the rate of these flows is within a yearly cap, exactly, and the room left in parts per million.

    >>> from duecourse.kernel.apr import NOMINAL
    >>> within_rate((Flow(100_000), Flow(-124_001, 1)), NOMINAL, Yearly(1), 240_000)
    Within(within=0, room=-10)
    """
    rate = cost_of_credit(flows, measure._replace(places=4), year)
    return Within(at_most(flows, measure, year, cap_ppm), cap_ppm - rate.units)


def mapr(flows: tuple[Flow, ...], charges: tuple[Charge, ...], year: Yearly, places: int = 2) -> Rate:
    """The US military annual percentage rate of closed-end credit (32 CFR 232.4(c)(2)(i)).

    As the APR of Regulation Z, with what it leaves out: credit insurance, debt cancellation, ancillary products,
    application and participation fees. `flows` are the advances and payments without them; times are unit-periods.

    >>> from duecourse.kernel.apr import MONTHLY
    >>> mapr((Flow(50_000), Flow(-9_000, 1, number=6)), (Charge("credit insurance", "insurer", 1_500),), MONTHLY)
    Rate(units=3790, places=2)
    """
    return cost_of_credit(with_charges(flows, charges), REG_Z._replace(places=places), year)


def mapr_of_cycle(charged_minor: int, balance_minor: int, cycles_a_year: int = 12) -> int:
    """The MAPR of one billing cycle of open-end credit in parts per million, rounded up (32 CFR 232.4(c)(2)(ii)).

    All that the cycle charges over the balance it is charged on, times the cycles of a year (12 CFR 1026.14(c)(2)).
    A cycle that charges without a balance has no such rate and is refused (NoRate): 232.4(c)(2)(ii)(B) then allows
    no charge but a participation fee.

    >>> mapr_of_cycle(2_500, 100_000)
    300000
    """
    assert charged_minor >= 0, "mapr: a charge below zero"
    assert balance_minor >= 0, "mapr: a balance below zero"
    assert cycles_a_year > 0, "mapr: a year without billing cycles"
    if balance_minor == 0 and charged_minor > 0:
        raise NoRate("a billing cycle charges without a balance")
    if charged_minor == 0:
        return 0
    return quotient(charged_minor * cycles_a_year * PPM + balance_minor - 1, balance_minor)


class CostCap(NamedTuple):
    """The UK's cap on high-cost short-term credit: a day's share of what is outstanding, default fees, the total."""

    day_ppm: int
    default_fees_minor: int
    total_ppm: int


class DayOwed(NamedTuple):
    """So many days on which the same amount of credit was outstanding."""

    outstanding_minor: int
    days: int


class ShortTermCost(NamedTuple):
    """What was charged on high-cost short-term credit: interest and fees of the agreement, fees on default."""

    charges_minor: int
    default_fees_minor: int
    default_interest_minor: int = 0


class CapRoom(NamedTuple):
    """The room below each of the three caps in minor units (below zero: broken), and 1 if all are kept."""

    within: int
    initial: int
    default_fees: int
    total: int


def short_term_room(lent_minor: int, owed: tuple[DayOwed, ...], cost: ShortTermCost, cap: CostCap) -> CapRoom:
    """The room that a UK high-cost short-term credit has below its cost caps (CONC 5A.2).

    The daily share runs on what is outstanding, default or not, so interest on default counts under it; fees on default
    have their own cap; everything together stays within a share of what was lent. Caps round down.

    >>> cap = CostCap(8_000, 1_500, 1_000_000)
    >>> short_term_room(10_000, (DayOwed(10_000, 30),), ShortTermCost(2_400, 0), cap)
    CapRoom(within=1, initial=0, default_fees=1500, total=7600)
    >>> short_term_room(10_000, (DayOwed(10_000, 30),), ShortTermCost(2_401, 1_600), cap)
    CapRoom(within=0, initial=-1, default_fees=-100, total=5999)
    """
    assert all(one.outstanding_minor >= 0 and one.days >= 0 for one in owed), "cost cap: an amount or days below zero"
    daily = quotient(sum(one.outstanding_minor * one.days for one in owed) * cap.day_ppm, PPM)
    initial = daily - cost.charges_minor - cost.default_interest_minor
    default_fees = cap.default_fees_minor - cost.default_fees_minor
    paid = cost.charges_minor + cost.default_fees_minor + cost.default_interest_minor
    total = quotient(lent_minor * cap.total_ppm, PPM) - paid
    return CapRoom(int(min(initial, default_fees, total) >= 0), initial, default_fees, total)


def irregular(flows: tuple[Flow, ...]) -> int:
    """1 where Regulation Z calls a transaction irregular, which widens its tolerance (12 CFR 1026.22(a)(3)).

    Several advances, irregular periods or irregular amounts, apart from an odd first period and an odd first or last
    payment.

    >>> irregular((Flow(500_000), Flow(-23_000, 1, number=24)))
    0
    >>> irregular((Flow(500_000), Flow(-23_000, 1, number=12), Flow(-30_000, 13, number=12)))
    1
    """
    advances = sum(flow.number for flow in flows if flow.amount_minor > 0)
    paid = sorted(
        (at, -flow.amount_minor)
        for flow in flows
        if flow.amount_minor < 0 and flow.whole + flow.part > 0
        for at in (
            (flow.whole * flow.of + flow.part) / flow.of + step * flow.step / flow.step_of
            for step in range(flow.number)
        )
    )
    middle = {amount for _, amount in paid[1:-1]}
    gaps = {round(after[0] - before[0], 9) for before, after in pairwise(paid)}
    return int(advances > 1 or len(middle) > 1 or len(gaps) > 1)
