"""Blocks on contact as care sets them: by the person's own days, and ended only while they stand."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from duecourse.borrowers import reach
from duecourse.borrowers.contact_tables import Block, BlockEnd
from duecourse.rules import lender, places


def zones_of(borrower: int, day: date) -> tuple[ZoneInfo, ...]:
    """The zones in which a person may be: on file, else those of the place; without a residence the lender's."""
    home = reach.residence(borrower=borrower)
    if home is None:
        return (lender.clock(on=day).zone,)
    return (ZoneInfo(home.zone),) if home.zone else places.zones(home.place)


def start_of(borrower: int, day: date) -> datetime:
    """The first instant of a day wherever the person may be."""
    return min(datetime.combine(day, time(), zone).astimezone(UTC) for zone in zones_of(borrower, day))


def end_of(borrower: int, day: date) -> datetime:
    """The instant at which a day is over wherever the person may be."""
    return max(
        datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC) for zone in zones_of(borrower, day)
    )


def place_of(borrower: int) -> str:
    """Where a person lives, "" where nobody knows."""
    home = reach.residence(borrower=borrower)
    return home.place if home else ""


def standing(blocks: Collection[int], at: datetime) -> frozenset[int]:
    """Those of some blocks that still stand at an instant."""
    rows = Block.objects.filter(id__in=blocks).exclude(until__lte=at)
    found = frozenset(rows.values_list("id", flat=True))
    return found - frozenset(BlockEnd.objects.filter(block_id__in=found).values_list("block_id", flat=True))


def end(*, borrower: int, block: int | None, at: datetime, by: str, reason: str) -> bool:
    """End a block if it still stands at an instant; answers whether it did.

    One that is over by itself is left alone: an end written later would make it longer.
    """
    row = Block.objects.filter(borrower_id=borrower, id=block).first()
    if row is None or (row.until and row.until <= at) or BlockEnd.objects.filter(block_id=block).exists():
        return False
    reach.end_block(borrower=borrower, block=row.id, at=at, by=by, reason=reason)
    return True


def day_of(at: datetime) -> date:
    """The lender's calendar day of an instant."""
    return at.astimezone(lender.clock(on=at.date()).zone).date()
