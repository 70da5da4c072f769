"""Accounts that were set aside: they return once their evenings can be run, and are booked on the day being closed."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import partial

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import plain
from duecourse.kernel.account import WIDTH, Account
from duecourse.kernel.accrual import bases, grow
from duecourse.kernel.columns import FIELDS, Shard, fields_of
from duecourse.kernel.evening import next_event
from duecourse.ledger import balances, chart, journal
from duecourse.ledger.tables import Balance, Shift
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import agreed, replay
from duecourse.servicing.tables import Statement

from . import parquet
from .tables import SetAside


def let(waiting: Sequence[SetAside], day: date) -> None:
    """Let accounts that were set aside before run the evenings they missed, up to `day`; those that cannot stay."""
    for aside in waiting:
        with suppress(Exception):  # what set it aside is on its row
            journal.atomically(partial(give_back, aside, day))


def give_back(aside: SetAside, day: date) -> None:
    """Run one account's missed evenings and write what they did; raises AssertionError where the fault persists."""
    with connection.cursor() as cursor:
        balances.lock_shard(cursor, aside.shard, exclusive=True)
        book = balances.read(f"account_id = {aside.account_id}")
        told = agreed.of(int(book.terms[0]), connection.settings_dict["NAME"])
        held = plain.account_of(*book.shard, 0)
        dues = held.dues[: held.open_dues * WIDTH]
        through = day_number(day)
        ran = replay.run(held.account, dues, told, [], through)
        for line in ran.lines:
            insert_line(cursor, aside.account_id, told, line, day)
        Statement.objects.bulk_create(
            Statement(
                account_id=aside.account_id,
                cycle_on=to_date(bill.cycle_on),
                booked_day=day,
                **replay.bill_fields(bill),
            )
            for bill in ran.bills
        )
        named = dict(zip(FIELDS, fields_of(ran.account), strict=True))
        Balance.objects.filter(account_id=aside.account_id).update(dues=ran.dues, **named)
        coming = next_event(ran.account, ran.dues, 0, len(ran.dues) // WIDTH, told.terms)
        cursor.execute(
            "INSERT INTO ledger_agenda (day, account_id) VALUES (%s, %s)", [to_date(coming), aside.account_id]
        )
        tell_seal(held.account, dues, ran, told, day)
        SetAside.objects.filter(id=aside.id).update(returned_on=day)
        row = balances.Book(book.ids, book.products, book.terms, shard_of(ran))
        parquet.write_changes(day, f"returned-{aside.account_id}", [(row, row.shard)])


def shard_of(ran: replay.Replayed) -> Shard:
    """One account as columns."""
    return Shard(
        np.array(fields_of(ran.account), dtype=np.int64).reshape(-1, 1),
        np.array(ran.dues, dtype=np.int64),
        np.array([0, len(ran.dues)], dtype=np.int64),
    )


def insert_line(cursor: CursorWrapper, account_id: int, told: agreed.Agreed, line: replay.Line, day: date) -> None:
    """Post one entry of a missed evening, effective on its own day and booked on the day being closed."""
    columns = ("account_id", "product_id", "kind", "effective_day", "booked_day", "currency", *chart.COLUMNS)
    head = [account_id, told.product_id, line.kind, to_date(line.day), day, told.product.currency]
    cursor.execute(
        f"INSERT INTO ledger_entry ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})",
        [*head, *(amount or None for amount in line.amounts)],
    )


def tell_seal(before: Account, dues: list[int], ran: replay.Replayed, told: agreed.Agreed, day: date) -> None:
    """Tell the seal what the missed evenings moved: the product bore the account's old base up to and with `day`."""
    today = day_number(day)
    old = grow(before, list(dues), 0, len(dues) // WIDTH, told.terms, today)
    new = grow(ran.account, ran.dues, 0, len(ran.dues) // WIDTH, told.terms, today)
    old_base = bases(old, dues, 0, len(dues) // WIDTH, told.terms)
    new_base = bases(new, ran.dues, 0, len(ran.dues) // WIDTH, told.terms)
    charges = [dict(zip(chart.COLUMNS, line.amounts, strict=True)) for line in ran.lines if line.kind == chart.CHARGE]
    charged = [charge for charge in charges if charge["accrued"]]
    old_earned, new_earned = replay.earned(old, told), replay.earned(new, told)
    Shift.objects.create(
        booked_day=day,
        product_id=told.product_id,
        after_interest=(new_base.ordinary * (1 - new.nonaccrual) - old_base.ordinary * (1 - old.nonaccrual))
        * told.terms.rate_ppm,
        after_penalty=(new_base.late * (1 - new.nonaccrual) - old_base.late * (1 - old.nonaccrual))
        * told.terms.late_rate_ppm,
        jump_interest=new_earned[0] - old_earned[0] + sum(charge["interest"] for charge in charged) * told.units,
        jump_penalty=new_earned[1] - old_earned[1] + sum(charge["penalty"] for charge in charged) * told.units,
    )
