"""Spells of lateness: from an account's first late day to the day on which it is late no more.

A spell ends *cured* when the account is not past due any more, however that came about (a payment, a waiver, a due that
was moved, a re-age). It is *left* when the debt is charged off, written off or sold while it is late: then it will not
be cured in the lender's own book. It is *open* when it lasts at the close of the last sealed day. Days on which an
account is charged off or sold are no days of a spell.
"""

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from django.db import connection

from duecourse.book import read, stretches
from duecourse.ledger import chart
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, ownership

CURED, LEFT, OPEN = 0, 1, 2
EVER = 2**31
BUCKET = 30
"""Days past due to a bucket (`kernel.ageing.bucket`)."""


class Spells(NamedTuple):
    """One row a spell, in order of account and first day; arrays of ints, days as numbers, amounts in minor units.

    first, last: the first and last late day. late_at_first, late_at_last: days past due on them. since_before: 1 where
    the account was late already when it was first seen. how: CURED, LEFT or OPEN. owed: on the first day. earlier:
    spells of the account before. reached: array (spells, buckets) of the first day in each bucket or a higher one, 0
    where never.
    """

    account_ids: Any
    is_loan: Any
    first: Any
    last: Any
    late_at_first: Any
    since_before: Any
    how: Any
    late_at_last: Any
    owed: Any
    earlier: Any
    reached: Any

    def take(self, places: Any) -> "Spells":
        """The spells at some places."""
        return Spells(*(column[places] for column in self))


def of(*, day: date, buckets: int) -> Spells:
    """Every spell of the sealed days up to one, as known on it."""
    read.require_sealed(day)
    told = stretches.of(since=read.sealed_days()[0], through=day)
    return from_stretches(told, of_loans(told), gone(day), day_number(day), buckets)


def gone(day: date) -> dict[int, list[tuple[int, int]]]:
    """When accounts were written off or another's, as known on a day: by account, first and last days."""
    found: dict[int, list[tuple[int, int]]] = {}
    with connection.cursor() as cursor:
        for account, asked in ownership.asked_among(cursor, f"booked_day <= DATE '{day}'").items():
            sold = 0
            for one in asked:
                on = day_number(one.settles_on)
                if one.kind == ownership.SALE:
                    sold = on
                elif sold:
                    found.setdefault(account, []).append((sold + 1, on))
                    sold = 0
            if sold:
                found.setdefault(account, []).append((sold + 1, EVER))
        cursor.execute(
            "SELECT account_id, effective_day FROM ledger_entry w WHERE kind = %s AND booked_day <= %s "
            "AND reverses IS NULL AND NOT EXISTS "
            "(SELECT FROM ledger_entry u WHERE u.reverses = w.id AND u.booked_day <= %s)",
            [chart.WRITE_OFF, day, day],
        )
        for account, on in cursor.fetchall():
            found.setdefault(account, []).append((day_number(on), EVER))
    return found


def from_stretches(
    told: pa.Table, is_loan: Any, gone: dict[int, list[tuple[int, int]]], last_day: int, buckets: int
) -> Spells:
    """The spells of stretches (`stretches.STRETCHES`, in order), whose last day is `last_day`."""
    ids, oldest, first_day = (told.column(name).to_numpy() for name in ("account_id", "oldest", "first_day"))
    begins, ends = told.column("from_day").to_numpy(), told.column("to_day").to_numpy()
    is_first = np.concatenate([[True], ids[1:] != ids[:-1]]) if len(ids) else np.empty(0, bool)
    zero = oldest - first_day  # on this day it would have been 0 days past due
    late_from = np.maximum(begins, zero + 1)
    is_late = (oldest > 0) & (late_from <= ends) & ~told.column("charged_off").to_numpy()
    at = np.flatnonzero(is_late)
    late = {"ids": ids[at], "first": late_from[at], "last": ends[at], "zero": zero[at], "place": at}
    if gone:
        late = without_gone(late, gone)
    new = np.ones(len(late["ids"]), bool)
    new[1:] = (late["ids"][1:] != late["ids"][:-1]) | (late["first"][1:] != late["last"][:-1] + 1)
    start = np.flatnonzero(new)
    stop = np.append(start[1:], len(new))[: len(start)] - 1
    place = late["place"][start]
    last = late["last"][stop] if len(start) else np.empty(0, np.int64)
    owner = late["ids"][start]
    first = late["first"][start]
    at_first = first - late["zero"][start]
    reached = np.zeros((len(start), buckets), np.int64)
    for number in range(buckets):
        on = np.maximum(late["zero"] + BUCKET * number + 1, late["first"])
        on = np.where(on <= late["last"], on, EVER)
        soonest = np.minimum.reduceat(on, start) if len(start) else on
        reached[:, number] = np.where(soonest == EVER, 0, soonest)
    return Spells(
        account_ids=owner,
        is_loan=is_loan[place],
        first=first,
        last=last,
        late_at_first=at_first,
        since_before=(is_first[place] & (first == begins[place]) & (at_first > 1)).astype(np.int64),
        how=np.where(last == last_day, OPEN, np.where(left(told, gone, owner, last), LEFT, CURED)),
        late_at_last=last - late["zero"][stop],
        owed=told.column("owed").to_numpy()[place],
        earlier=np.arange(len(start)) - np.searchsorted(owner, owner),
        reached=reached,
    )


def without_gone(late: dict[str, Any], gone: dict[int, list[tuple[int, int]]]) -> dict[str, Any]:
    """Late days without those on which an account was gone; few accounts are, so they are taken one by one."""
    kept: list[tuple[int, ...]] = []
    few = np.isin(late["ids"], list(gone))
    for row in zip(*(column[few].tolist() for column in late.values()), strict=True):
        account, first, last, zero, place = row
        for since, until in sorted(gone[account]):
            if first < since <= last:
                kept.append((account, first, since - 1, zero, place))
            if since <= last and until >= first:
                first = until + 1
        if first <= last:
            kept.append((account, first, last, zero, place))
    columns = zip(*kept, strict=True) if kept else [()] * len(late)
    joined = {
        name: np.concatenate([late[name][~few], np.array(more, np.int64)])
        for name, more in zip(late, columns, strict=True)
    }
    order = np.lexsort((joined["first"], joined["ids"]))
    return {name: column[order] for name, column in joined.items()}


def left(told: pa.Table, gone: dict[int, list[tuple[int, int]]], owner: Any, last: Any) -> Any:
    """Whether each spell's account was charged off or gone on the day after the spell."""
    off = told.filter(told.column("charged_off"))
    columns = (off.column(name).to_pylist() for name in ("account_id", "from_day"))
    went = set(zip(*columns, strict=True))
    went |= {(account, since) for account, spans in gone.items() for since, _ in spans}
    ended = zip(owner.tolist(), last.tolist(), strict=True)
    return np.fromiter(((account, day + 1) in went for account, day in ended), bool, len(owner))


def of_loans(told: pa.Table) -> Any:
    """1 for each row under the terms of a loan."""
    terms = told.column("terms_id").to_numpy()
    loans = [one for one in np.unique(terms).tolist() if agreed.is_loan(one)]
    return np.isin(terms, loans).astype(np.int64)
