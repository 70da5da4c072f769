"""The evenings of a shard's lines: run by the lanes over columns, and what came out written by COPY."""

from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import accrual, evening, lanes, plain
from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import AT, NIGHT, PRINCIPALS, Shard
from duecourse.ledger import balances, journal, read
from duecourse.ledger.bulk import Column, copy, copy_columns, encode
from duecourse.ledger.journal import Group
from duecourse.ledger.tables import Shift
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, replay

from .tables import SetAside

N = {name: i for i, name in enumerate(NIGHT)}


class Night(NamedTuple):
    """One shard's accounts under one set of terms after their evening."""

    told: agreed.Agreed
    book: balances.Book
    after: Shard
    night: Any
    bases: Any
    faults: list[tuple[int, str]]


def evenings(told: agreed.Agreed, book: balances.Book, today: int) -> Night:
    """Run the evening of accounts under the same terms; where the lane raises, again one by one in plain Python."""
    count = len(book.ids)
    rows, spaced = np.empty_like(book.shard.rows), np.empty(len(book.shard.dues) + WIDTH * count, np.int64)
    counts, night, bases = (
        np.empty(count, np.int64),
        np.empty((len(NIGHT), count), np.int64),
        np.empty((5, count), np.int64),
    )
    inputs = (today, told.terms, lanes.calendar(told.calendar), *book.shard, rows, spaced, counts, night, bases)
    faults: list[tuple[int, str]] = []
    try:
        lanes.evening_lane(*inputs)
    except AssertionError:
        faults = plain.evening_plain(*inputs)
        good = np.ones(count, dtype=bool)
        good[[i for i, _ in faults]] = False
        after = balances.Book(book.ids, book.products, book.terms, lanes.packed(book.shard, rows, spaced, counts))
        kept = balances.select(after, good)
        aside = [(int(book.ids[i]), message) for i, message in faults]
        return Night(
            told,
            balances.select(book, good),
            kept.shard,
            np.ascontiguousarray(night[:, good]),
            np.ascontiguousarray(bases[:, good]),
            aside,
        )
    return Night(told, book, lanes.packed(book.shard, rows, spaced, counts), night, bases, [])


def write_nights(cursor: CursorWrapper, nights: list[Night], *, run_id: int, shard: int, day: date) -> int:
    """Write what a shard's evenings did, one COPY for each kind of row."""
    today = day_number(day)
    ids = np.concatenate([night.book.ids for night in nights])
    entries = journal.post_groups(
        cursor,
        [group for night in nights for group in entry_groups(night, today)],
        booked_day=today,
        run_id=run_id,
        currencies={night.told.product_id: night.told.product.currency for night in nights},
    )
    balances.write(cursor, ids, balances.joined([night.after for night in nights]))
    write_statements(cursor, nights, today, run_id)
    coming = np.concatenate([night.bases[4] for night in nights])
    in_order = np.lexsort((ids, coming))  # as its index has them
    columns = [Column("day", "date", coming[in_order]), Column("account_id", "int8", ids[in_order])]
    copy_columns(cursor, "ledger_agenda", columns, len(ids))
    write_shifts(nights, day, run_id)
    SetAside.objects.bulk_create(
        SetAside(account_id=account_id, shard=shard, day=day, message=message)
        for night in nights
        for account_id, message in night.faults
    )
    return entries


def entry_groups(night: Night, today: int) -> list[Group]:
    """The entries of an evening as columns: interest charged, late fee, credit balance used, income recognised."""
    did = evening.Night(*night.night)
    parts = replay.night_amounts(did, control_totals(night.after.rows) - control_totals(night.book.shard.rows))
    happened = replay.night_happened(did)
    return [
        Group(
            kind,
            today,
            night.book.ids[happened[kind]],
            night.book.products[happened[kind]],
            {column: amounts[happened[kind]] for column, amounts in columns.items()},
        )
        for kind, columns in parts.items()
        if happened[kind].any()
    ]


PRINCIPAL = [AT[name] for name in PRINCIPALS]


def control_totals(rows: Any) -> Any:
    """Principal, interest, fee and penalty owed by each account: four rows."""
    return np.stack([rows[PRINCIPAL].sum(axis=0), rows[AT["interest"]], rows[AT["fee"]], rows[AT["penalty"]]])


def write_statements(cursor: CursorWrapper, nights: list[Night], today: int, run_id: int) -> None:
    """Keep the statements that were issued, as they were sent."""
    issued = [night.night[N["statement"]] == 1 for night in nights]
    ids = np.concatenate([night.book.ids[mask] for night, mask in zip(nights, issued, strict=True)])
    did = np.concatenate([night.night[:, mask] for night, mask in zip(nights, issued, strict=True)], axis=1)
    rows = np.concatenate([night.after.rows[:, mask] for night, mask in zip(nights, issued, strict=True)], axis=1)
    totals, mark = control_totals(rows), read.last_id(cursor)
    groups = []
    has_due = did[N["due_on"]] > 0
    for mask, due in ((has_due, did[N["due_on"]]), (~has_due, None)):
        columns = [
            Column("account_id", "int8", ids[mask]),
            Column("cycle_on", "date", today),
            Column("due_on", "date", None if due is None else due[mask]),
            Column("balance", "int8", did[N["balance"]][mask]),
            Column("minimum", "int8", did[N["minimum"]][mask]),
            Column("past_due", "int8", did[N["past_due"]][mask]),
            Column("principal", "int8", totals[0][mask]),
            Column("interest", "int8", totals[1][mask]),
            Column("fee", "int8", totals[2][mask]),
            Column("penalty", "int8", totals[3][mask]),
            Column("credit", "int8", rows[AT["credit"]][mask]),
            Column("limit_minor", "int8", rows[AT["limit_minor"]][mask]),
            Column("interest_charged", "int8", did[N["interest"]][mask]),
            Column("penalty_charged", "int8", did[N["penalty"]][mask]),
            Column("booked_day", "date", today),
            Column("entry_mark", "int8", mark),
            Column("run_id", "int8", run_id),
        ]
        groups.append(encode(columns, int(mask.sum())))
    if len(ids):
        copy(cursor, "servicing_statement", [column.name for column in columns], groups)


def write_shifts(nights: list[Night], day: date, run_id: int) -> None:
    """Tell the seal what the evenings moved of each product's base of interest, in one row a product."""
    shifts: dict[int, Any] = {}
    for night in nights:
        moved = np.array(shift_of(night, day), dtype=object)
        shifts[night.told.product_id] = shifts.get(night.told.product_id, 0) + moved
    Shift.objects.bulk_create(
        Shift(
            booked_day=day,
            product_id=product_id,
            run_id=run_id,
            after_interest=moved[0],
            after_penalty=moved[1],
            jump_interest=moved[2],
            jump_penalty=moved[3],
        )
        for product_id, moved in shifts.items()
    )


def shift_of(night: Night, day: date) -> tuple[int, int, int, int]:
    """By how much evenings moved what bears interest and penalty, and what income of earlier days they brought.

    Income of earlier days: a window that was lost bears interest from the purchase day; an account that stops or
    starts accruing takes its carried fraction out of the product's, or brings it back.
    """
    terms, bases = night.told.terms, night.bases
    earned_before = 1 - night.book.shard.rows[AT["nonaccrual"]]
    earned_after = 1 - night.after.rows[AT["nonaccrual"]]
    turned = earned_after - earned_before
    late_days = int((night.night[N["late_days"]] * earned_before).sum())
    return (
        int((bases[2] * earned_after - bases[0] * earned_before).sum()) * terms.rate_ppm,
        int((bases[3] * earned_after - bases[1] * earned_before).sum()) * terms.late_rate_ppm,
        late_days * terms.rate_ppm * accrual.parts_a_day(terms.year_days, day_number(day))
        + int((turned * night.after.rows[AT["interest_carry"]]).sum()),
        int((turned * night.after.rows[AT["penalty_carry"]]).sum()),
    )
