"""Interest on what a judgment awards: simple, on what of it is unpaid, by days of a year of 365. Pure."""

from collections.abc import Iterable
from datetime import date

PPM = 1_000_000
YEAR_DAYS = 365


def interest_minor(
    amount_minor: int, rate_ppm: int, judged_on: date, through: date, came: Iterable[tuple[date, int]]
) -> int:
    """The interest from the day after a judgment through a day, in whole minor units; what is left of one is dropped.

    `came`: payments by day, which lower what bears from their day on.

    >>> interest_minor(365_000, 80_000, date(2024, 1, 1), date(2024, 1, 11), [])
    800
    >>> interest_minor(365_000, 80_000, date(2024, 1, 1), date(2024, 1, 11), [(date(2024, 1, 6), 365_000)])
    320
    """
    parts, base, since = 0, amount_minor, judged_on.toordinal()
    for day, paid in sorted((day, paid) for day, paid in came if judged_on <= day <= through):
        before = max(since, day.toordinal() - 1)
        parts += base * rate_ppm * (before - since)
        base, since = max(0, base - paid), before
    parts += base * rate_ppm * (through.toordinal() - since)
    return parts // (PPM * YEAR_DAYS)
