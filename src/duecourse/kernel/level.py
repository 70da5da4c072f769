"""The commonest schedule, without the machinery of a living one: one draw, equal installments, nothing else agreed.

It gives what `schedule.plan` gives (a law compares them), some twenty times sooner.
"""

from collections.abc import Sequence
from itertools import pairwise, repeat
from math import gcd
from typing import NamedTuple

from .annuity import level_alike, level_over, rounded, to_multiple
from .day_count import period_part, year_part
from .due_days import due_days
from .loan_terms import (
    ACTUAL_360,
    ACTUAL_364,
    ACTUAL_365,
    BY_DAYS,
    DECLINING,
    DOWN,
    EQUAL_INSTALLMENT,
    EQUAL_PERIODS,
    EVENED,
    HALF_EVEN,
    PERIOD_FACTORS,
    LoanTerms,
)
from .money import PPM

SAME_YEAR = {ACTUAL_360: 360, ACTUAL_364: 364, ACTUAL_365: 365}
"""Day counts whose year is always as long."""


class Installment(NamedTuple):
    """One dated part of a schedule. Days as day numbers, amounts in minor units. A down payment is due at its start."""

    number: int
    start: int
    due_on: int
    principal: int
    interest: int
    fee: int
    penalty: int


def is_level(terms: LoanTerms) -> bool:
    """Whether these terms give a level schedule for one draw on the first day, if no first due day is chosen."""
    return (
        terms.form == EQUAL_INSTALLMENT
        and terms.interest_on == DECLINING
        and terms.interest_multiple_minor == 1
        and terms.installments > 0
        and not (terms.due_day or terms.installment_minor or terms.installment_on or terms.fee_ppm)
        and not (terms.grace_principal or terms.grace_interest or terms.interest_free or terms.down_payment_ppm)
    )


def factors(terms: LoanTerms, start: int, dues: tuple[int, ...]) -> tuple[list[int], int]:
    """The interest of each period, as numerators over one even denominator, shortened by what rate and million share.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> factors(PLAIN_LOAN, 0, (31, 59))
    ([186, 168], 18250)
    """
    shared = gcd(terms.rate_ppm, PPM)
    rate, million = 2 * terms.rate_ppm // shared, 2 * PPM // shared
    if terms.interest_by != BY_DAYS:
        over, under = period_part(terms)
        return [rate * over] * len(dues), million * under
    if terms.day_count in SAME_YEAR:
        return [rate * (due - before) for before, due in pairwise((start, *dues))], million * SAME_YEAR[terms.day_count]
    parts = [year_part(terms.day_count, before, due, terms.draw_day_counts) for before, due in pairwise((start, *dues))]
    return [rate * over for over, _ in parts], million * parts[0][1]


class Shape(NamedTuple):
    """What level schedules of the same terms and start share, whatever their principal.

    The interest of each period is `overs` of `under` (an even number) of what is left, the installment `asked` of
    `asked_under` of the principal.
    """

    start: int
    dues: tuple[int, ...]
    overs: list[int]
    under: int
    asked: int
    asked_under: int


def shape(terms: LoanTerms, start: int) -> Shape:
    """What does not depend on the principal: due days, the interest of each period, the installment as a share."""
    dues = due_days(terms, start)
    overs, under = factors(terms, start, dues)
    count = len(dues)
    if terms.installment_from == PERIOD_FACTORS and terms.interest_by == BY_DAYS:
        share = level_over(1, overs, under)
    elif terms.installment_from == PERIOD_FACTORS:
        share = level_alike(1, count, overs[0], under)
    elif terms.installment_from == EQUAL_PERIODS:
        over, of = period_part(terms)
        share = level_alike(1, count, terms.rate_ppm * over, PPM * of)
    else:
        over, of = year_part(terms.day_count, start, dues[-1], terms.draw_day_counts)
        share = level_alike(1, count, terms.rate_ppm * over, PPM * of * count)
    return Shape(start, dues, overs, under, *share)


def bias(under: int, rounding: int) -> int:
    """What is added before dividing by an even number so that the quotient is rounded: half of it, or nothing for DOWN.

    >>> bias(10, HALF_EVEN), bias(10, DOWN)
    (5, 0)
    """
    return 0 if rounding == DOWN else under // 2


def level_installments(terms: LoanTerms, principal: int, told: Shape) -> tuple[Installment, ...]:
    """The installments of a level schedule; none where it is not so simple after all and `schedule.plan` must tell.

    That is where interest finds no room in an installment, where the loan would end early, and where what is left over
    is to be evened out. Scheduled interest is rounded once for each installment; the last absorbs.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> terms = PLAIN_LOAN._replace(installments=3)
    >>> [row[3:5] for row in level_installments(terms, 1_000_000, shape(terms, 20_089))]
    [(329738, 10192), (333760, 6170), (336502, 3430)]
    """
    start, dues, overs, under, share, share_under = told
    rounding = terms.rounding
    asked = to_multiple(principal * share, share_under, terms.multiple_minor, terms.multiple_rounding, rounding)
    half = bias(under, rounding)
    even = rounding == HALF_EVEN
    row = tuple.__new__
    found: list[Installment] = []
    left = principal
    count = len(dues)
    for number, due, over in zip(range(1, count), dues, overs):  # noqa: B905 (the last comes after)
        interest, rest = divmod(left * over + half, under)
        if not rest and even:
            interest -= interest & 1
        repaid = asked - interest
        left -= repaid
        if repaid <= 0 or left <= 0:
            return ()
        found.append(row(Installment, (number, start, due, repaid, interest, 0, 0)))
        start = due
    interest = rounded(left * overs[-1], under, rounding)
    if terms.left_over == EVENED and abs(left + interest - asked) > count // 2:
        return ()
    found.append(Installment(count, start, dues[-1], left, interest, 0, 0))
    return tuple(found)


class Column(NamedTuple):
    """Schedules of many loans of the same terms and start: principal and interest by installment, then by loan.

    `apart` are the loans whose schedule is not so simple after all; their figures here mean nothing.
    """

    start: int
    dues: tuple[int, ...]
    principal: list[list[int]]
    interest: list[list[int]]
    apart: list[int]


def rounded_all(amounts: list[int], over: int, under: int, rounding: int) -> list[int]:
    """`amount * over / under` of each as a whole number, for an even `under`, as `annuity.rounded` does.

    >>> rounded_all([5, 7, 8], 1, 2, HALF_EVEN), rounded_all([5, 7, 8], 1, 2, DOWN)
    ([2, 4, 4], [2, 3, 4])
    """
    half = bias(under, rounding)
    raised = [amount * over + half for amount in amounts]
    if rounding != HALF_EVEN:
        return [amount // under for amount in raised]
    return [whole - (not rest and whole & 1) for whole, rest in map(divmod, raised, repeat(under))]


def level_column(terms: LoanTerms, principals: Sequence[int], told: Shape) -> Column:
    """`level_installments` of many loans at once.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> terms = PLAIN_LOAN._replace(installments=3)
    >>> level_column(terms, [1_000_000, 2_000_000], shape(terms, 20_089)).interest
    [[10192, 20384], [6170, 12340], [3430, 6859]]
    """
    rounding, multiple, direction = terms.rounding, terms.multiple_minor, terms.multiple_rounding
    share, share_under = told.asked, told.asked_under
    asked = [to_multiple(each * share, share_under, multiple, direction, rounding) for each in principals]
    left = list(principals)
    found = Column(told.start, told.dues, [], [], [])
    apart: set[int] = set()
    for over in told.overs[:-1]:
        interest = rounded_all(left, over, told.under, rounding)
        repaid = [each - borne for each, borne in zip(asked, interest, strict=True)]
        left = [each - less for each, less in zip(left, repaid, strict=True)]
        if min(repaid) <= 0 or min(left) <= 0:
            apart.update(at for at, pair in enumerate(zip(repaid, left, strict=True)) if min(pair) <= 0)
        found.principal.append(repaid)
        found.interest.append(interest)
    interest = rounded_all(left, told.overs[-1], told.under, rounding)
    if terms.left_over == EVENED:
        room = len(told.dues) // 2
        sums = zip(left, interest, asked, strict=True)
        apart.update(at for at, (repaid, borne, each) in enumerate(sums) if abs(repaid + borne - each) > room)
    found.principal.append(left)
    found.interest.append(interest)
    found.apart.extend(sorted(apart))
    return found
