"""The same day of other months; a month's end stays a month's end."""

from datetime import date, timedelta


def shifted(day: date, months: int) -> date:
    """The day so many months after a day, or before it where `months` is below zero.

    >>> shifted(date(2024, 2, 29), -1), shifted(date(2024, 1, 30), 1), shifted(date(2024, 5, 7), 8)
    (datetime.date(2024, 1, 31), datetime.date(2024, 2, 29), datetime.date(2025, 1, 7))
    """
    month = day.year * 12 + day.month - 1 + months
    end = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    is_end = (day + timedelta(days=1)).day == 1
    return end if is_end else end.replace(day=min(day.day, end.day))
