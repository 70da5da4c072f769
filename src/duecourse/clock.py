"""The only place that asks the time; doors alone may import it."""

import time
from datetime import UTC, date, datetime


def today() -> date:
    """The calendar day, in UTC."""
    return datetime.now(UTC).date()


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def seconds() -> float:
    """A count of seconds for measuring how long something takes."""
    return time.monotonic()


def wait(seconds_long: float) -> None:
    """Do nothing for so many seconds."""
    time.sleep(seconds_long)
