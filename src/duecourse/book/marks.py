"""From which id on the rows of an open day are to be looked for, so that a day's rows cost what they are."""

from datetime import date
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from .tables import Day


class Marks(NamedTuple):
    """Ids below which nothing of a day lies: of entries and of statements."""

    entry: int
    statement: int


def before(day: date) -> Marks:
    """The marks for rows booked on a day.

    A shard opens a day when it closes the one before, and that only after the day before that was sealed: what is
    booked on the day was inserted after that seal, and has higher ids.
    """
    found = Day.objects.filter(day__lt=date.fromordinal(day.toordinal() - 1)).order_by("-day").first()
    return Marks(found.entry_mark, found.statement_mark) if found else Marks(0, 0)


def now(cursor: CursorWrapper) -> Marks:
    """The last ids given out; a sequence that was never used stands at 1 without having given it."""
    cursor.execute(
        "SELECT (SELECT last_value - (NOT is_called)::int FROM ledger_entry_id_seq), "
        "(SELECT last_value - (NOT is_called)::int FROM servicing_statement_id_seq)"
    )
    return Marks(*cursor.fetchone())
