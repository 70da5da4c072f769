"""Day numbers, business days, cycles. A day number counts days since 1970-01-01 (a Thursday)."""

from typing import NamedTuple

STAY, FOLLOWING, PRECEDING = 0, 1, 2
"""What becomes of a due day that is no business day: it stays, moves on, moves back."""


class Civil(NamedTuple):
    """A calendar day: year, month (1..12), day of the month (1..31)."""

    year: int
    month: int
    day: int


class Calendar(NamedTuple):
    """Business days as a value: `open[i]` is 1 when day `first + i` is a business day.

    `open` is a tuple of ints in plain Python and an int64 array in the compiled lane. A day outside the known
    years is refused (AssertionError), since a guess would move somebody's due day.
    """

    first: int
    open: tuple[int, ...]


def civil(day: int) -> Civil:
    """The calendar day of a day number (proleptic Gregorian; H. Hinnant, "chrono-compatible date algorithms").

    >>> civil(12_903)
    Civil(year=2005, month=4, day=30)
    """
    shifted = day + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * of_year + 2) // 153
    day_of_month = of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return Civil(year_of_era + era * 400 + int(month <= 2), month, day_of_month)


def day_number(year: int, month: int, day: int) -> int:
    """The day number of a calendar day.

    >>> day_number(2005, 4, 30)
    12903
    """
    shifted_year = year - int(month <= 2)
    era = shifted_year // 400
    year_of_era = shifted_year - era * 400
    shifted_month = month - 3 if month > 2 else month + 9
    of_year = (153 * shifted_month + 2) // 5 + day - 1
    of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + of_year
    return era * 146_097 + of_era - 719_468


def is_leap(year: int) -> int:
    """1 in a leap year, else 0."""
    return int(year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def month_length(year: int, month: int) -> int:
    """The number of days of a month.

    >>> month_length(2024, 2)
    29
    """
    if month == 2:
        return 28 + is_leap(year)
    return 30 if month in (4, 6, 9, 11) else 31


def on_cycle_day(year: int, month: int, cycle_day: int) -> int:
    """The cycle day of a month; in a month too short for it, the month's last day.

    >>> civil(on_cycle_day(2005, 2, 31))
    Civil(year=2005, month=2, day=28)
    """
    return day_number(year, month, min(cycle_day, month_length(year, month)))


def next_cycle(after: int, cycle_day: int) -> int:
    """The first cycle day later than `after`.

    >>> civil(next_cycle(day_number(2005, 1, 31), 31))
    Civil(year=2005, month=2, day=28)
    """
    today = civil(after)
    this_month = on_cycle_day(today.year, today.month, cycle_day)
    if this_month > after:
        return this_month
    if today.month == 12:
        return on_cycle_day(today.year + 1, 1, cycle_day)
    return on_cycle_day(today.year, today.month + 1, cycle_day)


def leap_days(start: int, end: int) -> int:
    """How many of the days start + 1 .. end lie in leap years.

    >>> leap_days(day_number(2023, 12, 30), day_number(2024, 1, 2))
    2
    """
    count = 0
    day = start
    while day < end:
        year = civil(day + 1).year
        year_end = day_number(year, 12, 31)
        stop = min(end, year_end)
        count += is_leap(year) * (stop - day)
        day = stop
    return count


def business_day(day: int, shift: int, calendar: Calendar) -> int:
    """The day itself, or the nearest business day in the direction that `shift` says.

    >>> week = Calendar(day_number(2005, 1, 1), (0, 0, 1, 1, 1, 1, 1))
    >>> business_day(day_number(2005, 1, 1), FOLLOWING, week) - day_number(2005, 1, 1)
    2
    """
    if shift == STAY:
        return day
    step = 1 if shift == FOLLOWING else -1
    at = day - calendar.first
    assert at >= 0 and at < len(calendar.open), "calendar: this day's year is not known"  # noqa: PT018
    while calendar.open[at] == 0:
        at += step
        assert at >= 0 and at < len(calendar.open), "calendar: this day's year is not known"  # noqa: PT018
    return calendar.first + at
