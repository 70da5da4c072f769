"""Corrected days: what the close of a day writes beside the days sealed before, for accounts whose past was changed.

A sealed day's files stay as they were. The rows that an account would have had are kept with the day on which the
change was booked, each for the days from which to which it holds, with since when, by whom and why.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.columns import FIELDS
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import hindsight
from duecourse.servicing.tables import Change

from . import parquet
from .schemas import CORRECTIONS
from .tables import Day, SetAside

RETURNED = "returned after it was set aside"


class Changed(NamedTuple):
    """An account whose past was changed: its product and terms, since which day, and the changes."""

    account_id: int
    product_id: int
    terms_id: int
    since: date
    changes: list[dict[str, Any]]


def of_shard(cursor: CursorWrapper, shard: int, day: date) -> bytes:
    """Write the corrected rows that changes booked on a day bring to a shard; answers the digest of their file.

    Without changes it is one look into an index. An account that cannot be computed again is set aside.
    """
    first = shard * SHARD_SIZE
    where = "c.booked_day = %s AND c.since_day < c.booked_day AND c.account_id >= %s AND c.account_id < %s"
    found = changed(cursor, where, [day, first, first + SHARD_SIZE])
    found = after_the_first_seal(found)
    if not found:
        return b""
    away = set(SetAside.objects.filter(shard=shard, returned_on=None).values_list("account_id", flat=True))
    rows: list[dict[str, Any]] = []
    for account in found:
        if account.account_id in away:
            continue
        try:
            rows += corrected(cursor, account, day)
        except Exception as fault:  # whatever it is, the others' night goes on
            message = f"correction: {type(fault).__name__}: {fault}"
            SetAside.objects.create(account_id=account.account_id, shard=shard, day=day, message=message)
    return write(day, f"{shard:06d}", rows)


def of_returned(cursor: CursorWrapper, aside: SetAside, day: date) -> None:
    """Write the rows of an account that returns on a day, for the days that were sealed without it."""
    if aside.day < day:
        told = {"since_day": aside.day, "booked_day": day, "by": "system", "reason": RETURNED}
        Change.objects.create(account_id=aside.account_id, **told)
    found = changed(cursor, "c.account_id = %s AND c.booked_day >= %s", [aside.account_id, aside.day])
    for account in after_the_first_seal(found):
        write(day, f"returned-{account.account_id}", corrected(cursor, account, day))


def changed(cursor: CursorWrapper, where: str, values: Sequence[Any]) -> list[Changed]:
    """The accounts of changes `c` for which a condition holds, in order."""
    cursor.execute(
        "SELECT c.account_id, b.product_id, b.terms_id, c.id, c.since_day, c.by, c.reason FROM servicing_change c "
        f"JOIN ledger_balance b ON b.account_id = c.account_id WHERE {where} ORDER BY c.account_id, c.id",
        values,
    )
    found: list[Changed] = []
    for account_id, product_id, terms_id, change, since, by, reason in cursor.fetchall():
        told = {"id": change, "since_day": since, "by": by, "reason": reason}
        if found and found[-1].account_id == account_id:
            last = found.pop()
            found.append(last._replace(since=min(last.since, since), changes=[*last.changes, told]))
        else:
            found.append(Changed(account_id, product_id, terms_id, since, [told]))
    return found


def after_the_first_seal(found: list[Changed]) -> list[Changed]:
    """The same from the first sealed day on: before it there is nothing to correct."""
    first = Day.objects.order_by("day").first() if found else None
    return [one._replace(since=max(one.since, first.day)) for one in found] if first else []


def corrected(cursor: CursorWrapper, account: Changed, day: date) -> list[dict[str, Any]]:
    """The rows of an account for the sealed days before `day` that changes booked on it reach."""
    last = day - timedelta(days=1)
    if account.since > last:
        return []
    rows = hindsight.of_account(
        cursor,
        account=account.account_id,
        terms_id=account.terms_id,
        since=day_number(account.since),
        through=day_number(last),
    )
    ends = [to_date(row.day - 1) for row in rows[1:]] + [last]
    return [
        {
            "from_day": to_date(row.day),
            "through_day": end,
            "account_id": account.account_id,
            "product_id": account.product_id,
            "terms_id": row.terms_id,
            **dict(zip(FIELDS, row.fields, strict=True)),
            "dues": row.dues,
            "changes": [one for one in account.changes if one["since_day"] <= end],
        }
        for row, end in zip(rows, ends, strict=True)
    ]


def write(day: date, part: str, rows: list[dict[str, Any]]) -> bytes:
    """Keep corrected rows; answers the digest of their file, nothing where there is none."""
    if not rows:
        return b""
    return parquet.write(pa.Table.from_pylist(rows, schema=CORRECTIONS), parquet.corrections_file(day, part))
