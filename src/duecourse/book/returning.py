"""Accounts that were set aside: they return once their evenings can be run, and are booked on the day being closed."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import partial

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import plain
from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import FIELDS, fields_of
from duecourse.kernel.evening import next_event
from duecourse.ledger import balances, journal, read
from duecourse.ledger.tables import Balance, Shift
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import agreed, bearing, correction, past_events, replay, statements, steps

from . import corrections, loan_nights, parquet, parties
from .tables import SetAside


def let(waiting: Sequence[SetAside], day: date) -> None:
    """Let accounts that were set aside before run the evenings they missed, up to `day`; those that cannot stay."""
    for aside in waiting:
        with suppress(Exception):  # what set it aside is on its row
            journal.atomically(partial(let_one, aside, day))


def let_one(aside: SetAside, day: date) -> None:
    """Let one account return, and pass what it missed on to those who own or fund it."""
    give = loan_nights.give_back if is_loan(aside.account_id) else give_back
    with connection.cursor() as cursor:
        since = read.last_id(cursor)
        give(aside, day)
        parties.returned(cursor, aside.account_id, since, day)


def is_loan(account_id: int) -> bool:
    """Whether an account that was set aside is a loan."""
    return agreed.is_loan(Balance.objects.values_list("terms_id", flat=True).get(account_id=account_id))


def give_back(aside: SetAside, day: date) -> None:
    """Run one account's missed evenings and write what they did; raises AssertionError where the fault persists."""
    with connection.cursor() as cursor:
        balances.lock_shard(cursor, aside.shard, exclusive=True)
        book = balances.read(f"account_id = {aside.account_id}")
        told = agreed.of(book.terms[0])
        held = plain.account_of(*book.shard, 0)
        dues = held.dues[: held.open_dues * WIDTH]
        through = day_number(day)
        first, given, missed = missed_acts(cursor, aside, day)
        ran = replay.run(held.account, dues, first, missed, through, given=given)
        correction.copy_lines(cursor, ((aside.account_id, line) for line in ran.lines), told, day)
        statements.keep_bills(cursor, ((aside.account_id, bill) for bill in ran.bills), day)
        named = dict(zip(FIELDS, fields_of(ran.account), strict=True))
        Balance.objects.filter(account_id=aside.account_id).update(dues=ran.dues, terms_id=ran.told.terms_id, **named)
        coming = next_event(ran.account, ran.dues, 0, len(ran.dues) // WIDTH, ran.told.terms)
        cursor.execute(
            "INSERT INTO ledger_agenda (day, account_id) VALUES (%s, %s)", [to_date(coming), aside.account_id]
        )
        moved = bearing.moved_by(
            told, through, (held.account, dues), (ran.account, ran.dues), map(bearing.named, ran.lines), then=ran.told
        )
        Shift.objects.create(  # the product bore the account's old base up to and with this day
            booked_day=day,
            product_id=told.product_id,
            after_interest=moved.interest,
            after_penalty=moved.penalty,
            jump_interest=moved.jump_interest,
            jump_penalty=moved.jump_penalty,
        )
        SetAside.objects.filter(id=aside.id).update(returned_on=day)
        row = balances.Book(
            book.ids,
            book.products,
            np.array([ran.told.terms_id]),
            loan_nights.as_shard([fields_of(ran.account)], [ran.dues]),
        )
        parquet.write_changes(day, f"returned-{aside.account_id}", [(row, row.shard)])
        corrections.of_returned(cursor, aside, day)


def missed_acts(
    cursor: CursorWrapper, aside: SetAside, day: date
) -> tuple[agreed.Agreed, tuple[steps.Given, ...], list[replay.Event]]:
    """What was agreed at first, what acts have changed of it, and the acts that the close would have applied since."""
    first = past_events.first_agreed(aside.account_id)
    acts = past_events.acts_of(cursor, aside.account_id, day + timedelta(days=1))
    since = day_number(aside.day)
    missed = [event for event in acts if event.deed is not None and event.deed.by_close and event.day > since]
    before = [event for event in acts if event not in missed]
    return first, past_events.given_by(first, before), sorted(missed, key=past_events.in_order)
