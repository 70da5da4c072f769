"""How long it is from an advance to a payment, as each law counts: unit-periods (US), years (EU and UK).

Months count back from the later day. A series due on the 31st or the last day keeps to month ends: its anchor is the
day of the month it means, and a month too short for it gives its last day.
"""

from itertools import pairwise
from typing import NamedTuple

from .apr import Yearly
from .days import civil, month_length, on_cycle_day
from .days import day_number as day_number

DAY, WEEK, SEMIMONTH, MONTH, YEAR, TERM_MONTHS, TERM_DAYS = 0, 1, 2, 3, 4, 5, 6
"""Units of time. TERM_MONTHS and TERM_DAYS: the whole term of a single-payment transaction below a year."""
STANDARD_DAYS = {DAY: 1, WEEK: 7, SEMIMONTH: 15, MONTH: 30, YEAR: 365}
YEAR_UNIT = (YEAR, 1)


class UnitPeriod(NamedTuple):
    """The unit-period of a transaction: a unit and how many of it (every 2 weeks: UnitPeriod(WEEK, 2))."""

    unit: int
    number: int


class Time(NamedTuple):
    """Whole periods, and `part / of` of one."""

    whole: int
    part: int
    of: int


def months_back(later: int, months: int, anchor: int) -> int:
    """The day so many months before, on the anchor's day of the month.

    >>> civil(months_back(day_number(2024, 3, 31), 1, 31))
    Civil(year=2024, month=2, day=29)
    """
    at = civil(later)
    month = at.year * 12 + at.month - 1 - months
    return on_cycle_day(month // 12, month % 12 + 1, anchor)


def anchor_of(days: tuple[int, ...]) -> int:
    """The day of the month that a series means: the latest in it if every day keeps to it, else 0 (each its own).

    >>> anchor_of((day_number(2023, 1, 30), day_number(2023, 2, 28), day_number(2023, 3, 30)))
    30
    """
    dates = [civil(day) for day in days]
    anchor = max(date.day for date in dates)
    if anchor >= 28 and all(date.day == month_length(date.year, date.month) for date in dates):
        anchor = 31
    kept = all(date.day == min(anchor, month_length(date.year, date.month)) for date in dates)
    return anchor if kept else 0


def full_months(earlier: int, later: int, anchor: int = 0) -> tuple[int, int]:
    """Full months measured back from the later day, and the days left before the first of them.

    >>> full_months(day_number(1978, 1, 10), day_number(1978, 3, 1))
    (1, 22)
    """
    start, end = civil(earlier), civil(later)
    keep = anchor or end.day
    months = (end.year - start.year) * 12 + end.month - start.month
    while months > 0 and months_back(later, months, keep) < earlier:
        months -= 1
    return months, months_back(later, months, keep) - earlier if months else later - earlier


def whole_months(earlier: int, later: int, anchor: int = 0) -> int:
    """The months between two days if they are whole, else 0. Two last days of months are whole months apart.

    >>> whole_months(day_number(2023, 8, 31), day_number(2024, 2, 29))
    6
    """
    start, end = civil(earlier), civil(later)
    if start.day == month_length(start.year, start.month) and end.day == month_length(end.year, end.month):
        anchor = 31
    months, rest = full_months(earlier, later, anchor)
    return months if rest == 0 else 0


def unit_period(advances: tuple[int, ...], payments: tuple[int, ...]) -> UnitPeriod:
    """The unit-period of a transaction (12 CFR 1026 Appendix J (b)(4)); days in order, the first advance begins it.

    The most frequent period, the smaller of two equally frequent, never above a year; without a common period, their
    average rounded to the nearest standard interval, the lower of two equally near. A common period of days that are
    no whole weeks is counted by the day, since (b)(5) knows no other way. One advance and one payment: the term.

    >>> every_other = tuple(day_number(2026, 1, 2) + 14 * number for number in range(1, 5))
    >>> unit_period((day_number(2026, 1, 2),), every_other)
    UnitPeriod(unit=1, number=2)
    """
    assert advances, "unit-period: no advance"
    assert payments, "unit-period: no payment"
    assert list(advances) == sorted(advances), "unit-period: the advances are not in order of time"
    assert list(payments) == sorted(payments), "unit-period: the payments are not in order of time"
    assert payments[0] > advances[0], "unit-period: a payment not after the first advance"
    if len(advances) == 1 and len(payments) == 1:
        return term(advances[0], payments[0])
    anchor = anchor_of(payments)
    chains = [advances, (advances[0], *payments)]
    periods = [pair for days in chains for pair in pairwise(days) if pair[1] > pair[0]]
    seen: dict[UnitPeriod, int] = {}
    for days in chains:
        halves = semimonths(days)
        for at, pair in enumerate(pairwise(days)):
            for kind in kinds(*pair, anchor, halves[at]):
                seen[kind] = seen.get(kind, 0) + 1
    common = {kind: times for kind, times in seen.items() if times > 1}
    if common:
        most = max(common.values())
        best = min((kind for kind, times in common.items() if times == most), key=preference)
        if length(best) > STANDARD_DAYS[YEAR]:
            return UnitPeriod(*YEAR_UNIT)
        return UnitPeriod(DAY, 1) if best.unit == DAY else best
    return nearest_standard(sum(later - earlier for earlier, later in periods), len(periods))


def term(start: int, end: int) -> UnitPeriod:
    """The unit-period of one advance and one payment: the term, at most a year ((b)(4)(ii), (b)(5)(vi) and (vii)).

    >>> term(day_number(1978, 1, 10), day_number(1978, 7, 10))
    UnitPeriod(unit=5, number=6)
    """
    months = whole_months(start, end)
    if months and months < 12:
        return UnitPeriod(TERM_MONTHS, months)
    if months >= 12 or full_months(start, end)[0] >= 12:
        return UnitPeriod(*YEAR_UNIT)
    return UnitPeriod(TERM_DAYS, end - start)


def kinds(earlier: int, later: int, anchor: int, half: int) -> list[UnitPeriod]:
    """Every unit-period that an interval is exactly."""
    days = later - earlier
    if days <= 0:
        return []
    found = [UnitPeriod(WEEK, days // 7) if days % 7 == 0 else UnitPeriod(DAY, days)]
    months = whole_months(earlier, later, anchor)
    if months:
        found.append(UnitPeriod(MONTH, months) if months % 12 else UnitPeriod(YEAR, months // 12))
    if half:
        found.append(UnitPeriod(SEMIMONTH, 1))
    return found


def semimonths(days: tuple[int, ...]) -> list[int]:
    """For each interval, 1 if it is half of a pair that makes a month (the 1st and the 16th, the 15th and the last)."""
    marks = [0] * (len(days) - 1)
    for at in range(len(days) - 2):
        halves = (days[at + 1] - days[at], days[at + 2] - days[at + 1])
        if all(13 <= half <= 16 for half in halves) and whole_months(days[at], days[at + 2]) == 1:
            marks[at] = marks[at + 1] = 1
    return marks


def length(kind: UnitPeriod) -> int:
    """About how many days a unit-period has, as the law counts them."""
    return STANDARD_DAYS[kind.unit] * kind.number


def preference(kind: UnitPeriod) -> tuple[int, int]:
    """Among equally frequent periods: what is a month is no number of days; then the smaller."""
    return int(kind.unit == DAY), length(kind)


def nearest_standard(days: int, periods: int) -> UnitPeriod:
    """The standard interval nearest to an average of days; the lower of two equally near ((b)(4)(i)(B)).

    >>> nearest_standard(90 + 45, 2)
    UnitPeriod(unit=1, number=10)
    """
    standards = [UnitPeriod(DAY, 1), UnitPeriod(SEMIMONTH, 1), UnitPeriod(*YEAR_UNIT)]
    standards += [UnitPeriod(MONTH, number) for number in range(1, 12)]
    standards += [UnitPeriod(WEEK, number) for number in range(1, 53)]
    return min(standards, key=lambda kind: (abs(length(kind) * periods - days), length(kind), kind.unit != MONTH))


def a_year(kind: UnitPeriod) -> Yearly:
    """How many unit-periods a year has ((b)(5)).

    >>> a_year(UnitPeriod(WEEK, 4)), a_year(UnitPeriod(TERM_DAYS, 182))
    (Yearly(periods=52, of=4), Yearly(periods=365, of=182))
    """
    if kind.unit in (MONTH, TERM_MONTHS):
        return Yearly(12, kind.number)
    return Yearly({DAY: 365, TERM_DAYS: 365, WEEK: 52, SEMIMONTH: 24, YEAR: 1}[kind.unit], kind.number)


def between(earlier: int, later: int, kind: UnitPeriod, anchor: int = 0) -> Time:
    """Full unit-periods from one day to a later one, and the fraction left (Appendix J (b)(5)).

    >>> between(day_number(1978, 1, 10), day_number(1978, 3, 1), UnitPeriod(MONTH, 2))
    Time(whole=0, part=52, of=60)
    """
    assert later >= earlier, "unit-period: the later day is the earlier one"
    if kind.unit in (TERM_MONTHS, TERM_DAYS):
        return Time(int(later > earlier), 0, 1)
    if kind.unit in (DAY, WEEK):
        by = STANDARD_DAYS[kind.unit] * kind.number
        return Time((later - earlier) // by, (later - earlier) % by, by)
    months, rest = full_months(earlier, later, anchor)
    if kind == UnitPeriod(MONTH, 1):
        return Time(months, rest, 30)
    if kind.unit == YEAR:
        years = months // 12
        exact = whole_months(earlier, later, anchor)
        if exact:
            return Time(exact // 12, exact % 12, 12)
        return Time(years, months_back(later, 12 * years, anchor or civil(later).day) - earlier, 365)
    by = 15 if kind.unit == SEMIMONTH else 30 * kind.number
    return Time((30 * months + rest) // by, (30 * months + rest) % by, by)


def times(start: int, days: tuple[int, ...], kind: UnitPeriod) -> tuple[Time, ...]:
    """The times of a series of payments: the first from the start, each later one exact periods after, where it is.

    >>> semimonthly = tuple(day_number(1978, month, day) for month in (3, 4) for day in (1, 16))
    >>> times(day_number(1978, 2, 23), semimonthly, UnitPeriod(SEMIMONTH, 1))[2:]
    (Time(whole=2, part=6, of=15), Time(whole=3, part=6, of=15))
    """
    anchor = anchor_of(days) if days else 0
    halves = semimonths((start, *days)) if kind.unit == SEMIMONTH else []
    found: list[Time] = []
    for at, day in enumerate(days):
        steps = 0
        if at and kind.unit == SEMIMONTH:
            steps = halves[at]
        elif at and kind.unit == MONTH:
            months = whole_months(days[at - 1], day, anchor)
            steps = months // kind.number if months % kind.number == 0 else 0
        if steps:
            found.append(found[-1]._replace(whole=found[-1].whole + steps))
        else:
            found.append(between(start, day, kind, anchor))
    return tuple(found)


def years_between(start: int, day: int, unit: int = MONTH, anchor: int = 0) -> Time:
    """From the first drawdown to a day in years (2008/48/EC Annex I remark (c), as amended by 2011/90/EU).

    Whole months, weeks or years are counted back from the day; the days left are divided by the 365 or 366 days of the
    year that ends where they end.

    >>> years_between(day_number(2026, 1, 12), day_number(2026, 2, 15))
    Time(whole=0, part=401, of=4380)
    """
    assert day >= start, "years: a payment before the first drawdown"
    if unit == WEEK:
        periods, a_whole_year, rest = (day - start) // 7, 52, (day - start) % 7
    elif unit == DAY:
        periods, a_whole_year, rest = 0, 1, day - start
    else:
        periods, rest = full_months(start, day, anchor)
        a_whole_year = 12
        if unit == YEAR:
            periods, a_whole_year = periods // 12, 1
            rest = months_back(day, 12 * periods, anchor or civil(day).day) - start
    if rest == 0:
        return Time(periods // a_whole_year, periods % a_whole_year, a_whole_year)
    last = start + rest
    days_of_year = last - months_back(last, 12, civil(last).day)
    of = a_whole_year * days_of_year
    part = periods % a_whole_year * days_of_year + rest * a_whole_year
    return Time(periods // a_whole_year + part // of, part % of, of)


def usual_unit(start: int, days: tuple[int, ...]) -> int:
    """WEEK when every interval of a series is whole weeks and not every one whole months, else MONTH."""
    chain = (start, *days)
    pairs = list(pairwise(chain))
    weeks = all((later - earlier) % 7 == 0 for earlier, later in pairs)
    return WEEK if weeks and not all(whole_months(*pair) for pair in pairs) else MONTH
