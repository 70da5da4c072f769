"""The lender's clock: on which day an instant counts."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .read import in_force


class ZoneMissing(ValueError):
    """An instant without a zone may lie on two days."""

    code = "zone_missing"


class Clock(NamedTuple):
    """Where the lender's day runs, and when it ends for payments; None: at midnight."""

    zone: ZoneInfo
    cut_off: time | None

    def day_of(self, at: datetime) -> date:
        """The day from which a payment counts that its channel stamped `at`; refuses an instant without a zone.

        >>> from datetime import UTC
        >>> Clock(ZoneInfo("Asia/Shanghai"), None).day_of(datetime(2026, 8, 31, 15, 59, tzinfo=UTC))
        datetime.date(2026, 8, 31)
        >>> Clock(ZoneInfo("Asia/Shanghai"), time(17)).day_of(datetime(2026, 8, 31, 9, 0, tzinfo=UTC))
        datetime.date(2026, 9, 1)
        """
        if at.tzinfo is None:
            raise ZoneMissing(f"{at} has no zone")
        here = at.astimezone(self.zone)
        is_late = self.cut_off is not None and here.time() >= self.cut_off
        return here.date() + timedelta(days=int(is_late))


@cache
def clock(*, on: date) -> Clock:
    """The lender's clock as it is set on a day."""
    row = in_force("house/lender.toml", "clock", on)
    return Clock(ZoneInfo(row["zone"]), None if row["cut_off"] == "24:00" else time.fromisoformat(row["cut_off"]))
