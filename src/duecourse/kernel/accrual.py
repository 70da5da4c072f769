"""A day's interest, the fraction carried."""

from typing import NamedTuple

from .account import Account, Accrued, Dues, Kept, component_in_dues
from .days import leap_days
from .money import AMOUNT_MAX, PPM, SPAN_MAX, quotient
from .terms import ACTUAL, INTEREST, PURCHASE_DAY, WHOLE_STATEMENT, LineTerms


class Bases(NamedTuple):
    """The principal that bears the ordinary and the late rate; never both on the same money."""

    ordinary: int
    late: int


class Grown(NamedTuple):
    """Whole minor units of interest, and the fraction carried on."""

    interest: int
    carry: int


def carry_units(year_days: int) -> int:
    """Into how many parts a carry divides one minor unit."""
    return PPM * 365 * 366 if year_days == ACTUAL else PPM * year_days


def parts_a_day(year_days: int, day: int) -> int:
    """How many carry units one unit of principal x rate grows by on a day."""
    if year_days == ACTUAL:
        return 365 if leap_days(day - 1, day) == 1 else 366
    return 1


def interest(base: int, rate_ppm: int, start: int, end: int, carry: int, year_days: int) -> Grown:
    """Simple interest on `base` for the days start + 1 .. end, with the fraction carried.

    Nothing is lost: a year grown daily, monthly or in one jump gives the same unit. On the actual basis the days of
    common and of leap years are counted apart and the carry is in parts of both.

    >>> interest(1_000_000, 180_000, 0, 30, 0, 365)
    Grown(interest=14794, carry=190000000)
    """
    if year_days == ACTUAL:
        leap = leap_days(start, end)
        common = base * rate_ppm * (end - start - leap)
        rest = base * rate_ppm * leap
        of_common = quotient(common, PPM * 365)
        of_leap = quotient(rest, PPM * 366)
        parts = (common - of_common * PPM * 365) * 366 + (rest - of_leap * PPM * 366) * 365 + carry
        whole = quotient(parts, PPM * 365 * 366)
        return Grown(of_common + of_leap + whole, parts - whole * PPM * 365 * 366)
    parts = base * rate_ppm * (end - start) + carry
    whole = quotient(parts, PPM * year_days)
    return Grown(whole, parts - whole * PPM * year_days)


def bases(account: Account, dues: Dues, at: int, count: int, terms: LineTerms) -> Bases:
    """What bears interest from the day after `account.day` on, until something happens to the account."""
    principal = account.principal
    ordinary = principal.bearing + principal.revolving + account.kept.paid_bearing
    late = principal.past_due
    if terms.compound == 1:
        missed = component_in_dues(dues, at, count, INTEREST, account.day)
        late += missed
        ordinary += account.owed.interest - missed
    assert ordinary >= 0, "accrual: the base of ordinary interest is below zero"
    assert late >= 0, "accrual: the base of late interest is below zero"
    assert ordinary + late <= AMOUNT_MAX, "accrual: the base of interest is above AMOUNT_MAX"
    return Bases(ordinary, late)


def grow(account: Account, dues: Dues, at: int, count: int, terms: LineTerms, day: int) -> Account:
    """The account at the close of `day`, if nothing but time happened since."""
    span = day - account.day
    assert span >= 0, "accrual: the day lies before the account's day"
    assert span <= SPAN_MAX, "accrual: more than 366 days since the account was touched"
    if span == 0:
        return account
    base = bases(account, dues, at, count, terms)
    accrued = account.accrued
    if base.ordinary:
        grown = interest(base.ordinary, terms.rate_ppm, account.day, day, accrued.interest_carry, terms.year_days)
        accrued = Accrued(accrued.interest + grown.interest, grown.carry, accrued.penalty, accrued.penalty_carry)
    if base.late:
        grown = interest(base.late, terms.late_rate_ppm, account.day, day, accrued.penalty_carry, terms.year_days)
        accrued = Accrued(accrued.interest, accrued.interest_carry, accrued.penalty + grown.interest, grown.carry)
    kept = account.kept
    if terms.interest_from == PURCHASE_DAY:
        window = account.principal.window
        if terms.interest_base == WHOLE_STATEMENT:
            window += kept.paid_in_window
        kept = Kept(
            kept.unbilled + account.principal.unbilled * span,
            kept.window + window * span,
            kept.paid_in_window,
            kept.paid_bearing,
        )
    return Account(
        day,
        account.statement_on,
        account.due_on,
        account.limit,
        account.principal,
        account.owed,
        account.credit,
        accrued,
        kept,
        account.statement_left,
        account.suspended,
        account.nonaccrual,
        account.beside,
    )
