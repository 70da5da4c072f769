"""The only place that asks the time; doors alone may import it."""

import time
from datetime import UTC, date, datetime


def today() -> date:
    """The calendar day, in UTC."""
    return datetime.now(UTC).date()


def seconds() -> float:
    """A count of seconds for measuring how long something takes."""
    return time.monotonic()
