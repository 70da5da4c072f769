"""A statement or a purchase turned into installments (账单分期): what each brings, and what it all costs."""

from typing import NamedTuple

from .annuity import rounded
from .apr import MONTHLY, Flow, Rate, pboc_compound
from .loan_terms import BY_PERIODS, HALF_UP, PLAIN_LOAN
from .money import PPM
from .schedule import installments

FEE_PER_PERIOD, FEE_UP_FRONT, RATE = 0, 1, 2
"""What a conversion costs: a fee with each installment, all of it with the first, or interest at a yearly rate."""


class Part(NamedTuple):
    """What one installment brings onto the bill, in minor units."""

    principal: int
    interest: int
    fee: int


def equal(amount: int, count: int) -> list[int]:
    """An amount in equal parts of whole units; the last absorbs what does not divide.

    >>> equal(1_000, 3)
    [333, 333, 334]
    """
    return [amount // count] * (count - 1) + [amount - amount // count * (count - 1)]


def parts(amount: int, count: int, way: int, share_ppm: int, start: int) -> tuple[Part, ...]:
    """The installments of an amount that is converted on the day `start`.

    share_ppm: of a fee per period the share of the amount that each brings, of one up front the share in all, of a rate
    the rate a year (a twelfth of it a month, level installments). Fees are rounded half up, each once.

    >>> parts(120_000, 3, FEE_PER_PERIOD, 6_000, 19_700)[0]
    Part(principal=40000, interest=0, fee=720)
    >>> [one.interest for one in parts(120_000, 3, RATE, 120_000, 19_700)]
    [1200, 804, 404]
    """
    assert amount > 0, "conversion: the amount is not above zero"
    assert count > 0, "conversion: there is no installment"
    if way == RATE:
        terms = PLAIN_LOAN._replace(installments=count, rate_ppm=share_ppm, interest_by=BY_PERIODS)
        return tuple(Part(one.principal, one.interest, 0) for one in installments(terms, amount, start))
    fee = rounded(amount * share_ppm, PPM, HALF_UP)
    principals = equal(amount, count)
    if way == FEE_PER_PERIOD:
        return tuple(Part(one, 0, fee) for one in principals)
    assert way == FEE_UP_FRONT, "conversion: an unknown way of charging"
    return tuple(Part(one, 0, fee * int(i == 0)) for i, one in enumerate(principals))


def yearly_cost(amount: int, told: tuple[Part, ...]) -> Rate:
    """The annualised rate (IRR, compound) of a conversion, in percent with two decimals; a month to each installment.

    A fee of 0.6% a month is no rate of 7.2% a year.

    >>> yearly_cost(1_200_000, parts(1_200_000, 12, FEE_PER_PERIOD, 6_000, 19_700))
    Rate(units=1384, places=2)
    """
    return pboc_compound((Flow(amount), *(Flow(-sum(one), i + 1) for i, one in enumerate(told))), MONTHLY)


def less(told: tuple[Part, ...], amount: int, is_shorter: int) -> tuple[Part, ...]:
    """The installments still to come after `amount` of their principal was given back.

    Shorter: the last ones fall away first, with their interest and fees. Otherwise as many as before, each smaller in
    the same proportion; the last absorbs.

    >>> told = (Part(100, 0, 6), Part(100, 0, 6), Part(100, 0, 6))
    >>> less(told, 150, 1)
    (Part(principal=100, interest=0, fee=6), Part(principal=50, interest=0, fee=3))
    >>> {one for one in less(told, 150, 0)}
    {Part(principal=50, interest=0, fee=3)}
    """
    whole = sum(one.principal for one in told)
    assert 0 <= amount <= whole, "conversion: more is given back than is to come"
    left = whole - amount
    if left == 0:
        return ()
    kept = []
    if is_shorter:
        for one in told:
            part = min(left, one.principal)
            if part:
                kept.append(scaled(one, part, one.principal))
            left -= part
        return tuple(kept)
    given = 0
    for i, one in enumerate(told):
        part = left - given if i == len(told) - 1 else one.principal * left // whole
        kept.append(Part(part, rounded(one.interest * left, whole, HALF_UP), rounded(one.fee * left, whole, HALF_UP)))
        given += part
    return tuple(kept)


def scaled(one: Part, part: int, whole: int) -> Part:
    """A part of an installment, its interest and fee in proportion, rounded half up."""
    return Part(part, rounded(one.interest * part, whole, HALF_UP), rounded(one.fee * part, whole, HALF_UP))
