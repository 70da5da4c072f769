"""What was known later of a sealed day: the newest corrected row of each account, booked by another sealed day."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from duecourse.ledger.journal import Refused

from . import parquet
from .schemas import CORRECTIONS
from .tables import Day, Run, SetAside

ROWS = pa.schema([("booked_day", pa.date32()), *CORRECTIONS])


class NotKnownYet(Refused):
    code = "day_not_known_yet"


def rows(day: date, known_on: date) -> pa.Table:
    """The corrected rows that hold for the close of a sealed day, as known on a later one: one an account, by account.

    None on the day itself: then what was sealed is what was known.
    """
    if known_on < day:
        raise NotKnownYet(f"nothing of {day} was known on {known_on}")
    return newest(holding(booked(after=day, through=known_on), day))


def booked(*, after: date, through: date) -> pa.Table:
    """All corrected rows that were booked on sealed days after one and up to another, in order of booking."""
    brought = set(Run.objects.filter(day__gt=after, day__lte=through).exclude(corrections=b"").values_list("day"))
    brought |= set(SetAside.objects.filter(returned_on__gt=after, returned_on__lte=through).values_list("returned_on"))
    days = Day.objects.filter(day__in=[day for (day,) in brought]).order_by("day").values_list("day", flat=True)
    return pa.concat_tables([ROWS.empty_table(), *(table for day in days for table in of_day(day))])


def of_day(day: date) -> list[pa.Table]:
    """The corrected rows that one day brought, a table for each file."""
    return [_read(str(place), place.stat().st_mtime_ns, day) for place in parquet.of_kind(day, "corrections")]


@lru_cache(maxsize=4096)
def _read(place: str, written: int, day: date) -> pa.Table:
    """Files are few rows and never change: a process reads each once."""
    table = pq.ParquetFile(Path(place)).read()
    return table.add_column(0, ROWS.field("booked_day"), pa.array([day] * table.num_rows, pa.date32())).cast(ROWS)


def holding(corrected: pa.Table, day: date) -> pa.Table:
    """The corrected rows that hold for the close of a day."""
    on = pa.scalar(day, pa.date32())
    return corrected.filter(
        pc.and_(pc.less_equal(corrected.column("from_day"), on), pc.greater_equal(corrected.column("through_day"), on))
    )


def newest(corrected: pa.Table) -> pa.Table:
    """Of each account the row that was booked last, among rows in order of booking; by account."""
    ids = corrected.column("account_id").to_numpy()
    _, from_the_end = np.unique(ids[::-1], return_index=True)
    return corrected.take(pa.array(len(ids) - 1 - from_the_end, pa.int64()))
