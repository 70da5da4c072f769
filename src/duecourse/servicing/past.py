"""Accounts with a past: opened on an earlier day with what happened since, all of it booked on the open day.

The kernel runs their events and evenings as a replay would, so they stand where day-by-day closing would have brought
them; the days sealed in between stay as they were.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.kernel.account import Account
from duecourse.kernel.columns import account_from, fields_of
from duecourse.ledger import journal
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.tables import Shift
from duecourse.rules.read import day_number

from . import accounts, agreed, bearing, correction, past_events, replay, statements
from .accounts import New
from .tables import Account as Contract
from .tables import Change


class WithPast(NamedTuple):
    """An account to be opened and what happened to it since, in order of day."""

    new: New
    events: list[replay.Event]


def start_of(new: New, on: date, told: agreed.Agreed) -> tuple[Account, list[int]]:
    """The state that an account begins with at the close of the day before its opening."""
    if new.taken_on is not None:
        return account_from(new.taken_on[0]), list(new.taken_on[1])
    return past_events.fresh(on, new.limit_minor, told), []


def open_many(
    *, product: str, terms_id: int, on: date, accounts_with_past: Sequence[WithPast], by: str, reason: str
) -> list[int]:
    """Open accounts with a past, all of them or none; answers their ids, in order."""
    told = agreed.of(terms_id)
    return journal.atomically(lambda: _open(product, told, on, accounts_with_past, by, reason))


def _open(product: str, told: agreed.Agreed, on: date, past: Sequence[WithPast], by: str, reason: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('servicing_account_id') FROM generate_series(1, %s)", [len(past)])
        ids = [row[0] for row in cursor.fetchall()]
        open_day = accounts.open_shards(cursor, sorted({account_id // SHARD_SIZE for account_id in ids}), on)
        today = day_number(open_day)
        starts = [start_of(one.new, on, told) for one in past]
        ran = [
            replay.run(start, dues, told, one.events, today - 1)
            for (start, dues), one in zip(starts, past, strict=True)
        ]
        Contract.objects.bulk_create(
            Contract(
                id=account_id,
                number=one.new.number,
                borrower_id=one.new.borrower_id,
                product_id=told.product_id,
                terms_id=told.terms_id,
                limit_minor=one.new.limit_minor,
                opened_on=on,
            )
            for account_id, one in zip(ids, past, strict=True)
        )
        rows = [fields_of(one.account) for one in ran]
        accounts.write_new(cursor, ids, rows, [one.dues for one in ran], told, today)
        accounts.take_on(
            cursor,
            ids,
            [fields_of(start) for start, _ in starts],
            [dues for _, dues in starts],
            told,
            day_number(on),
            [one.new.taken_on is not None for one in past],
            booked_day=today,
        )
        accounts.let_be_funded(ids, [one.new for one in past], told, on, open_day)
        of_each = list(zip(ids, ran, strict=True))
        correction.copy_lines(
            cursor, ((account_id, line) for account_id, one in of_each for line in one.lines), told, open_day
        )
        statements.keep_bills(
            cursor, ((account_id, bill) for account_id, one in of_each for bill in one.bills), open_day
        )
        moved = [
            bearing.moved_by(told, today - 1, None, (one.account, one.dues), map(bearing.named, one.lines))
            for one in ran
        ]
        Shift.objects.create(
            booked_day=open_day,
            product_id=told.product_id,
            during_interest=sum(one.interest for one in moved),
            during_penalty=sum(one.penalty for one in moved),
            jump_interest=sum(one.jump_interest for one in moved),
            jump_penalty=sum(one.jump_penalty for one in moved),
        )
        Change.objects.bulk_create(
            Change(account_id=account_id, since_day=on, booked_day=open_day, by=by, reason=reason) for account_id in ids
        )
    return ids
