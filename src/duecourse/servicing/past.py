"""Accounts with a past: opened on an earlier day with what happened since, all of it booked on the open day.

The kernel runs their events and evenings as a replay would, so they stand where day-by-day closing would have brought
them; the days sealed in between stay as they were.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import days
from duecourse.kernel.account import WIDTH, Account, opened
from duecourse.kernel.accrual import bases, grow
from duecourse.kernel.columns import account_from, fields_of
from duecourse.ledger import chart, journal
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.tables import Shift
from duecourse.rules.read import day_number, to_date

from . import accounts, agreed, replay
from .accounts import New
from .tables import Account as Contract
from .tables import Change, Statement


class WithPast(NamedTuple):
    """An account to be opened and what happened to it since, in order of day."""

    new: New
    events: list[replay.Event]


def start_of(new: New, on: date, told: agreed.Agreed) -> tuple[Account, list[int]]:
    """The state that an account begins with at the close of the day before its opening."""
    if new.taken_on is not None:
        return account_from(new.taken_on[0]), list(new.taken_on[1])
    day = day_number(on) - 1
    return opened(day, new.limit_minor, days.next_cycle(day, told.terms.cycle_day)), []


def open_many(
    *, product: str, terms_id: int, on: date, accounts_with_past: Sequence[WithPast], by: str, reason: str
) -> list[int]:
    """Open accounts with a past, all of them or none; answers their ids, in order."""
    told = agreed.of(terms_id, connection.settings_dict["NAME"])
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
        copy_lines(cursor, ids, ran, told, open_day)
        Statement.objects.bulk_create(
            Statement(
                account_id=account_id, cycle_on=to_date(bill.cycle_on), booked_day=open_day, **replay.bill_fields(bill)
            )
            for account_id, one in zip(ids, ran, strict=True)
            for bill in one.bills
        )
        tell_seal(ran, told, open_day)
        Change.objects.bulk_create(
            Change(account_id=account_id, since_day=on, booked_day=open_day, by=by, reason=reason) for account_id in ids
        )
    return ids


def copy_lines(
    cursor: CursorWrapper, ids: Sequence[int], ran: Sequence[replay.Replayed], told: agreed.Agreed, open_day: date
) -> None:
    """COPY the entries of the past, each effective on its own day and booked on the open day."""
    columns = f"account_id, product_id, kind, effective_day, booked_day, currency, {', '.join(chart.COLUMNS)}"
    with cursor.copy(f"COPY ledger_entry ({columns}) FROM STDIN") as out:
        for account_id, one in zip(ids, ran, strict=True):
            for line in one.lines:
                head = (account_id, told.product_id, line.kind, to_date(line.day), open_day, told.product.currency)
                out.write_row((*head, *(amount or None for amount in line.amounts)))


def tell_seal(ran: Sequence[replay.Replayed], told: agreed.Agreed, open_day: date) -> None:
    """Tell the seal what these accounts bear from now on, and what they earned before."""
    during = [0, 0]
    jump = [0, 0]
    for one in ran:
        now = grow(one.account, one.dues, 0, len(one.dues) // WIDTH, told.terms, day_number(open_day) - 1)
        base = bases(now, one.dues, 0, len(one.dues) // WIDTH, told.terms)
        earned = replay.earned(now, told)
        charges = [line for line in one.lines if line.kind == chart.CHARGE and line.amounts[ACCRUED]]
        during[0] += base.ordinary * told.terms.rate_ppm * (1 - now.nonaccrual)
        during[1] += base.late * told.terms.late_rate_ppm * (1 - now.nonaccrual)
        jump[0] += earned[0] + sum(line.amounts[INTEREST] for line in charges) * told.units
        jump[1] += earned[1] + sum(line.amounts[PENALTY] for line in charges) * told.units
    Shift.objects.create(
        booked_day=open_day,
        product_id=told.product_id,
        during_interest=during[0],
        during_penalty=during[1],
        jump_interest=jump[0],
        jump_penalty=jump[1],
    )


ACCRUED, INTEREST, PENALTY = (chart.COLUMNS.index(name) for name in ("accrued", "interest", "penalty"))
