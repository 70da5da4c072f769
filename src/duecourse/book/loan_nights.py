"""The evening of loans: what falls due is charged. In plain Python, loan by loan, from the acts of each."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import loan_row
from duecourse.kernel.account import Account
from duecourse.kernel.columns import FIELDS, Shard, account_from, fields_of
from duecourse.ledger import balances, chart
from duecourse.ledger.bulk import Column, copy_columns
from duecourse.ledger.tables import Shift
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, bearing, correction, loan_life, loans, past_events, replay

from . import corrections, parquet
from .tables import SetAside


class Night(NamedTuple):
    """Loans after their evening: their rows before, the shard after, their entries, and what is wrong with the rest."""

    book: balances.Book
    after: Shard
    lines: list[tuple[int, replay.Line]]
    faults: list[tuple[int, str]]


def evenings(cursor: CursorWrapper, book: balances.Book, day: date) -> Night:
    """Run the evening of loans on the day's agenda; a loan that raises is set aside with its message."""
    today = day_number(day)
    acts = loans.acts_of(cursor, book.ids.tolist())
    rows: list[tuple[int, ...]] = []
    dues: list[list[int]] = []
    lines: list[tuple[int, replay.Line]] = []
    faults: list[tuple[int, str]] = []
    good = np.ones(len(book.ids), dtype=bool)
    for i, account_id in enumerate(book.ids.tolist()):
        try:
            told = agreed.loan(book.terms[i])
            lived = loan_life.live(told.terms, *loans.of_acts(acts[account_id]), today)
            account, open_dues = loan_row.row_of(lived.loan, today, today)
        except Exception as fault:  # whatever it is, the others' night goes on
            faults.append((account_id, f"{type(fault).__name__}: {fault}"))
            good[i] = False
            continue
        rows.append(fields_of(account))
        dues.append(open_dues)
        lines += [(account_id, line) for line in lived.lines if line.day == today and line.place is None]
    return Night(balances.select(book, good), as_shard(rows, dues), lines, faults)


def as_shard(rows: Sequence[tuple[int, ...]], dues: Sequence[list[int]]) -> Shard:
    """Rows and dues as columns."""
    lengths = [0, *(len(one) for one in dues)]
    return Shard(
        np.array(rows, dtype=np.int64).reshape(len(rows), len(FIELDS)).T.copy(),
        np.array([part for one in dues for part in one], dtype=np.int64),
        np.cumsum(lengths).astype(np.int64),
    )


def write(cursor: CursorWrapper, night: Night, *, run_id: int, shard: int, day: date) -> int:
    """Write what the evening of loans did; answers how many entries it posted."""
    ids = night.book.ids
    write_entries(cursor, night, run_id, day)
    balances.write(cursor, ids, night.after)
    before = [account_at(night.book.shard, i) for i in range(len(ids))]
    after = [account_at(night.after, i) for i in range(len(ids))]
    coming = np.array([account.statement_on for account in after], dtype=np.int64)
    copy_columns(cursor, "ledger_agenda", [Column("day", "date", coming), Column("account_id", "int8", ids)], len(ids))
    write_shifts(night, before, after, run_id, day)
    SetAside.objects.bulk_create(
        SetAside(account_id=account_id, shard=shard, day=day, message=message) for account_id, message in night.faults
    )
    return len(night.lines)


def give_back(aside: SetAside, day: date) -> None:
    """Post what a loan that was set aside has missed, up to the close of a day; raises where its fault persists."""
    with connection.cursor() as cursor:
        balances.lock_shard(cursor, aside.shard, exclusive=True)
        book = balances.read(f"account_id = {aside.account_id}")
        told, today = agreed.loan(book.terms[0]), day_number(day)
        lived = loan_life.live(told.terms, *loans.history_of(cursor, aside.account_id), today)
        stale, missed = loan_life.difference(
            [one.line for one in past_events.in_force(cursor, aside.account_id)], lived.lines
        )
        assert not stale, "loan: entries in force that its acts do not make"
        correction.copy_lines(cursor, ((aside.account_id, line) for line in missed), told, day)
        account, dues = loan_row.row_of(lived.loan, today, today)
        after = as_shard([fields_of(account)], [dues])
        balances.write(cursor, book.ids, after)
        moved = loans.moved_by(account_at(book.shard, 0), account, today, list(map(bearing.named, missed)))
        Shift.objects.create(  # the product earned what the loan earned before, up to and with this day
            booked_day=day,
            product_id=told.product_id,
            after_interest=moved.interest,
            after_penalty=moved.penalty,
            jump_interest=moved.jump_interest,
            jump_penalty=moved.jump_penalty,
        )
        coming = [Column("day", "date", np.array([account.statement_on])), Column("account_id", "int8", book.ids)]
        copy_columns(cursor, "ledger_agenda", coming, 1)
        SetAside.objects.filter(id=aside.id).update(returned_on=day)
        parquet.write_changes(day, f"returned-{aside.account_id}", [(book, after)])
        corrections.of_returned(cursor, aside, day)


def account_at(shard: Shard, i: int) -> Account:
    """One loan's row."""
    return account_from(shard.rows[:, i].tolist())


def write_entries(cursor: CursorWrapper, night: Night, run_id: int, day: date) -> None:
    """COPY the entries of an evening."""
    terms = dict(zip(night.book.ids.tolist(), night.book.terms.tolist(), strict=True))
    columns = f"account_id, product_id, kind, effective_day, booked_day, run_id, currency, {', '.join(chart.COLUMNS)}"
    with cursor.copy(f"COPY ledger_entry ({columns}) FROM STDIN") as out:
        for account_id, line in night.lines:
            told = agreed.loan(terms[account_id])
            head = (account_id, told.product_id, line.kind, day, day, run_id, told.product.currency)
            out.write_row((*head, *(amount or None for amount in line.amounts)))


def write_shifts(night: Night, before: Sequence[Account], after: Sequence[Account], run_id: int, day: date) -> None:
    """Tell the seal what the evenings moved of what a day earns, in one row a product."""
    charged: dict[int, list[Any]] = {}
    for account_id, line in night.lines:
        charged.setdefault(account_id, []).append(bearing.named(line))
    sums: dict[int, list[int]] = {}
    for account_id, product_id, was, now in zip(
        night.book.ids.tolist(), night.book.products.tolist(), before, after, strict=True
    ):
        moved = loans.moved_by(was, now, day_number(day), charged.get(account_id, []))
        sums[product_id] = [one + more for one, more in zip(sums.get(product_id, [0, 0, 0, 0]), moved, strict=True)]
    names = ("after_interest", "after_penalty", "jump_interest", "jump_penalty")
    Shift.objects.bulk_create(
        Shift(booked_day=day, product_id=product_id, run_id=run_id, **dict(zip(names, total, strict=True)))
        for product_id, total in sums.items()
    )
