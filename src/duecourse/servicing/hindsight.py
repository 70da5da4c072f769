"""What an account's row would have been at the close of days gone by, had all been known then that is known now.

Computed again from the account's beginning by the functions that posted it. Between the days on which something
happens a row stays as it is, so a long past is few rows.
"""

from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from duecourse.kernel import loan_events, loan_row
from duecourse.kernel.columns import fields_of
from duecourse.rules.read import to_date

from . import agreed, loan_life, loans, past_events, replay


class Row(NamedTuple):
    """A row of the book (`kernel.columns.FIELDS`, open dues) that holds from the close of a day until the next one."""

    day: int
    terms_id: int
    fields: tuple[int, ...]
    dues: list[int]


def of_account(cursor: CursorWrapper, *, account: int, terms_id: int, since: int, through: int) -> list[Row]:
    """The rows of an account from the close of the day `since` to that of `through`, the first of them on `since`.

    The days are closed ones, `since` not before the opening; `terms_id` is what the account's row says now.
    """
    if agreed.is_loan(terms_id):
        return of_loan(cursor, account, terms_id, since, through)
    return of_line(cursor, account, since, through)


def of_line(cursor: CursorWrapper, account: int, since: int, through: int) -> list[Row]:
    """The rows of a line: where its replay stands after the last step of each day."""
    first = past_events.first_agreed(account)
    start, dues = past_events.beginning(account, first)
    happened = [
        *past_events.events_of(past_events.in_force(cursor, account)),
        *past_events.acts_of(cursor, account, to_date(through + 1)),
    ]
    events = sorted((event for event in happened if event.day <= through), key=past_events.in_order)
    rows = {since: Row(since, first.terms_id, fields_of(start), dues)}

    ids = {first.terms: first.terms_id}

    def keep(seen: replay.Seen) -> None:
        day, terms = max(since, seen.day), seen.told.terms
        if terms not in ids:
            ids[terms] = agreed.kept(seen.told).terms_id
        rows[day] = Row(day, ids[terms], fields_of(seen.account), seen.dues)

    replay.live(start, dues, first, events, through, watch=keep)
    return [rows[day] for day in sorted(rows)]


def of_loan(cursor: CursorWrapper, account: int, terms_id: int, since: int, through: int) -> list[Row]:
    """The rows of a loan: lived to each day on which something happens, or falls due as it then stood.

    What was taken back never was, on whatever day it was taken back.
    """
    terms = agreed.loan(terms_id).terms
    begun, events = loans.history_of(cursor, account)
    rows = []
    day = since
    while day <= through:
        told = [one for one in events if one.kind == loan_events.UNDO or loan_events.counts_from(one) <= day]
        row, dues = loan_row.row_of(loan_life.live(terms, begun, told, day).loan, day, day)
        rows.append(Row(day, terms_id, fields_of(row), dues))
        coming = [loan_events.counts_from(one) for one in events]
        day = min([row.statement_on, *(one for one in coming if one > day)])
    return rows
