"""From which id on the rows of an open day are to be looked for, so that a day's rows cost what they are."""

from datetime import date
from typing import NamedTuple

from django.db import connection


class Marks(NamedTuple):
    """Ids below which nothing of a day lies: of entries and of statements."""

    entry: int
    statement: int


def before(day: date) -> Marks:
    """The marks for rows booked on a day.

    A shard opens a day when it closes the one before, and that only after the day before that was sealed: what is
    booked on the day was inserted after that seal, and has higher ids.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry_mark, statement_mark FROM book_day WHERE day < %s ORDER BY day DESC LIMIT 1",
            [date.fromordinal(day.toordinal() - 1)],
        )
        found = cursor.fetchone()
    return Marks(*found) if found else Marks(0, 0)


NOW = (
    "(SELECT last_value - (NOT is_called)::int FROM ledger_entry_id_seq), "
    "(SELECT last_value - (NOT is_called)::int FROM servicing_statement_id_seq)"
)
"""The last ids given out, in SQL; a sequence that was never used stands at 1 without having given it."""
