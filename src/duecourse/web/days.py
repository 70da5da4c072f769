"""The lender's day, and days in addresses: YYYY-MM-DD. One that does not exist is no page."""

from datetime import date

from django.urls import register_converter
from django.urls.converters import StringConverter

from duecourse import clock
from duecourse.rules import lender


def today_of() -> date:
    """The lender's day."""
    at = clock.now()
    return lender.clock(on=at.date()).day_of(at)


def days_behind(sealed: date | None) -> int:
    """How many days that are over are not sealed, where `sealed` is the last one that is; 0 where none is."""
    return max(0, (today_of() - sealed).days - 1) if sealed else 0


def as_day(text: str) -> date:
    """A day as an address names it."""
    return date.fromisoformat(text)


class DayConverter(StringConverter):
    """A day in an address."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> object:
        return as_day(value)

    def to_url(self, value: object) -> str:
        return str(value)


def known() -> None:
    """Let addresses name days; said twice, it is so once."""
    from django.urls.converters import get_converters

    if "day" not in get_converters():
        register_converter(DayConverter, "day")
