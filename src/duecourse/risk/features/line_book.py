"""What was known of each line at the close of a sealed day, as one Ibis table for training, trying and scoring.

An account's months are its own: they end on its cycle days, the newest first (month 1). Where the minimum of the latest
statement has been met, the next one will be that of the statement to come; its month is then taken to end on the day
itself. A month without a statement has a balance of 0; a month that ended before the account was opened, or that the
book does not reach, is left out, and what needs it is null.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.book import read
from duecourse.kernel import days
from duecourse.kernel.columns import OWED
from duecourse.kernel.money import PPM
from duecourse.ledger import chart
from duecourse.ledger.bulk import arrow
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import agreed

from . import beside_book, line, line_beside, line_placed
from .compiled import Made
from .line import LINE
from .line_months import MONTHS, History, followed

OF_OWED = (*OWED, "interest_to_date", "penalty_to_date")
"""What is owed of a row of the book, before what stands to its credit."""
DIRECTION = line.DIRECTION | line_beside.DIRECTION
FEATURES = tuple(DIRECTION)
"""The features of lines and which way each may move the chance: 1 only up, -1 only down, 0 either way."""


class Month(NamedTuple):
    """One month of the accounts under some terms: it ends on `ends_on`, the one before on `begins_after`."""

    terms_id: int
    awaits_statement: bool
    month: int
    ends_on: date
    begins_after: date


class Sources(NamedTuple):
    """What the features of a day are made of, as tables; nothing in them was booked after the day.

    now: every account as it stands. months: which months accounts under which terms have. statements: balance, own
    minimum and due day by account and cycle day. payments: those not undone, by account and effective day. missed: how
    many minimums were missed at the ends of months.
    """

    now: pa.Table
    months: pa.Table
    statements: line_placed.Rows
    payments: line_placed.Rows
    missed: line_placed.Rows


def sources(day: date) -> Sources:
    """What the features of a sealed day are made of, as Arrow tables."""
    now = standing(day)
    months = calendar(now.column("terms_id").unique().to_pylist(), day)
    since = min((month.begins_after for month in months), default=day)
    told = pa.table(dict(zip(Month._fields, zip(*months, strict=True), strict=True))) if months else empty_months()
    return Sources(
        now,
        told,
        statements(day, min((month.ends_on for month in months), default=day)),
        payments(day, since),
        missed_at(sorted({month.ends_on for month in months}), day),
    )


def table(day: date) -> Any:
    """One row an account of a sealed day: who it is, how it stands, and its FEATURES (amounts in minor units).

    in_order: nothing is past due and something is owed. awaits_statement: the next minimum is that of the statement to
    come. Every day is taken as it was known on this one: nothing that was booked after it is in it.
    """
    return made(day).table()


def made(day: date) -> Made:
    """The same for any engine."""
    return Made(making, (line_placed.in_columns(*sources(day)), *beside_book.facts(day)))


def making(months: Any, *beside: Any) -> Any:
    """The same from the months in columns and facts beside them, on one engine: one expression."""
    return line_beside.joined(table_of(months), list(zip(beside_book.OF_LINE, beside, strict=True)))


def table_of(months: Any) -> Any:
    """The same from an Ibis table of the months in columns (`line_placed.in_columns`), without what stands beside."""
    told = followed(months)
    history = History(told)
    return told.select(
        "account_id",
        "product_id",
        "days_past_due",
        "missed",
        "owed_minor",
        "awaits_statement",
        "in_order",
        **{feature.name: feature.of(history) for feature in LINE},
    )


def standing(day: date) -> pa.Table:
    """Every line at the close of a sealed day: those that the day was sealed without are not scored."""
    rows = read.columns(
        day,
        ["account_id", "product_id", "terms_id", "limit_minor", "days_past_due", "missed", "dues", *OF_OWED, "credit"],
        known_on=day,
    )
    terms = pa.Table.from_pylist(
        [
            {"terms_id": terms_id, "tolerance_ppm": terms.tolerance_ppm, "cycled_today": last == day_number(day)}
            for terms_id in rows.column("terms_id").unique().to_pylist()
            if not agreed.is_loan(terms_id)
            for terms in [agreed.of(terms_id).terms]
            for last in [cycle_days(day_number(day), terms.cycle_day, 1)[0]]
        ],
        schema=pa.schema([("terms_id", pa.int64()), ("tolerance_ppm", pa.int64()), ("cycled_today", pa.bool_())]),
    )
    opened = arrow(f"SELECT id AS account_id, opened_on FROM servicing_account WHERE opened_on <= DATE '{day}'")
    return Made(stands, (rows, terms, opened)).arrow()


def stands(rows: Any, terms: Any, opened: Any) -> Any:
    """How lines stand, from rows of a sealed day, the terms of lines, and since when accounts are open."""
    told = rows.select(
        "account_id",
        "product_id",
        "terms_id",
        "limit_minor",
        "days_past_due",
        "missed",
        owed_minor=sum((rows[name] for name in OF_OWED[1:]), rows[OF_OWED[0]]) - rows.credit,
        **next_due(rows),
    )
    known = told.join(terms, "terms_id").join(opened, "account_id")
    is_met = (known.next_asked == 0) | (known.next_left * PPM <= known.tolerance_ppm * known.next_asked)
    return known.mutate(
        awaits_statement=(known.missed == 0) & is_met & ~known.cycled_today,
        in_order=(known.missed == 0) & (known.days_past_due == 0) & (known.owed_minor > 0),
    )


def next_due(told: Any) -> dict[str, Any]:
    """What was asked in the newest open due and what of it is left; 0 where none is open."""
    last = told.dues.length() - 6
    asked = ibis.ifelse(last >= 0, told.dues[last + 5], 0)
    left = sum((told.dues[last + part] for part in range(2, 5)), told.dues[last + 1])
    return {"next_asked": asked, "next_left": ibis.ifelse(last >= 0, left, 0)}


def cycle_days(day: int, cycle_day: int, count: int) -> list[int]:
    """The last so many cycle days up to and with a day number, the newest first."""
    found = []
    before = days.next_cycle(day - 31 * (count + 2), cycle_day)
    while before <= day:
        found.append(before)
        before = days.next_cycle(before, cycle_day)
    return found[: -count - 1 : -1]


def calendar(terms_ids: Sequence[int], day: date) -> list[Month]:
    """The months of accounts under each of these terms, seen from a day."""
    found = []
    for terms_id in terms_ids:
        terms = agreed.of(terms_id).terms
        ended = [to_date(one) for one in cycle_days(day_number(day), terms.cycle_day, MONTHS + 1)]
        for awaits, ends in ((False, ended), (True, [day, *ended])):
            found += [Month(terms_id, awaits, i + 1, ends[i], ends[i + 1]) for i in range(MONTHS)]
    return found


STATEMENTS = """
SELECT account_id, cycle_on AS ends_on, first(balance ORDER BY version DESC) AS balance,
    first(minimum - past_due ORDER BY version DESC) AS minimum, first(due_on ORDER BY version DESC) AS due_on
FROM read_parquet($places) WHERE cycle_on >= $since GROUP BY account_id, cycle_on
"""


def statements(day: date, since: date) -> pa.Table:
    """The newest version, known on a day, of each statement since a cycle day: balance, own minimum, due day."""
    return read.of_files(STATEMENTS, places=read.files("statements.parquet", since, day), since=since)


def payments(day: date, since: date) -> pa.Table:
    """Payments known on the day that no reversal known on the day undoes: payer, effective day, amount."""
    columns = ("effective_day", "account_id", "cash")
    kept = read.kept_entries(through=day, since=since, kinds=[chart.PAYMENT], columns=columns)
    on, payer, cash = (kept.column(name) for name in columns)
    return pa.table({"effective_day": on, "payer": payer, "amount": pc.fill_null(cash, 0)})


def missed_at(ends: Sequence[date], day: date) -> pa.Table:
    """How many minimums of each account were missed at the close of those of these days that are sealed, as known
    on `day`: what was corrected by then is corrected, what was corrected later is not."""
    schema = pa.schema([("account_id", pa.int64()), ("missed_then", pa.int64()), ("ends_on", pa.date32())])
    sealed = set(read.sealed_days())
    parts = [schema.empty_table()]
    for end in ends:
        if end in sealed and end < day:
            late = read.columns(end, ["account_id", "missed"], known_on=day)
            late = late.append_column("ends_on", pa.array(np.full(late.num_rows, end, "datetime64[D]")))
            parts.append(late.rename_columns(schema.names))
    return pa.concat_tables([part.cast(schema) for part in parts])


def empty_months() -> pa.Table:
    """No months at all: a book without accounts."""
    kinds = (pa.int64(), pa.bool_(), pa.int64(), pa.date32(), pa.date32())
    return pa.schema(list(zip(Month._fields, kinds, strict=True))).empty_table()
