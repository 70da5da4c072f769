"""Whether what falls due next of an account was missed: the ledger's own finding, read off the due day's rows."""

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from duecourse.book import known as book_known
from duecourse.book import parquet, read
from duecourse.rules.read import day_number, to_date

from .features import LINES, Product

BILLS = """
SELECT account_id, cycle_on, due_on FROM read_parquet($places) WHERE due_on > $first AND due_on <= $last
"""
OUTCOME = pa.schema([("account_id", pa.int64()), ("missed_next", pa.int64())])


def missed(table: pa.Table, on: date, through: date, product: Product) -> pa.Table:
    """Whether the next due of each account of a table of features was missed, where its due day is over."""
    if product is LINES:
        return of_lines(table.select(["account_id", "awaits_statement"]), on, through)
    due = table.column("next_due_on")
    is_over = pc.and_(pc.greater(due, 0), pc.less_equal(due, day_number(through)))
    told = table.filter(is_over)
    days = pa.array([to_date(one) for one in told.column("next_due_on").to_pylist()], pa.date32())
    return of_dues(pa.table([told.column("account_id"), days], names=["account_id", "due_on"]), through)


def of_lines(accounts: pa.Table, on: date, through: date) -> pa.Table:
    """Whether each line's next minimum after `on` was missed, where its due day is over; the ledger's own finding."""
    bills = read.of_files(BILLS, places=read.files("statements.parquet", None, through), first=on, last=through)
    bills = bills.join(accounts, "account_id", join_type="inner")
    is_next = pc.or_(pc.invert(bills.column("awaits_statement")), pc.greater(bills.column("cycle_on"), on))
    dues = bills.filter(is_next).group_by("account_id").aggregate([("due_on", "min")])
    return of_dues(dues.select(["account_id", "due_on_min"]).rename_columns(["account_id", "due_on"]), through)


def of_dues(dues: pa.Table, through: date) -> pa.Table:
    """Whether the due of each account (account_id, due_on) was missed; the ledger's own finding.

    On a due day every account with something due is on the agenda, so its row is among that day's changes; the due
    is still the oldest open one there when it was missed. One that was set aside on its due day has no outcome, nor has
    an installment that was put off before it fell due and whose old due day nothing happened on. Where the due day was
    corrected by `through`, the corrected row counts: a payment that came in time and was booked late met its due.
    """
    due_days = dues.column("due_on").unique().to_pylist()
    if not due_days:
        return OUTCOME.empty_table()
    closed = pa.concat_tables([missed_on(due, through) for due in due_days])
    found = dues.join(closed, ["account_id", "due_on"], ["account_id", "closed_on"], join_type="inner")
    return found.select(OUTCOME.names).cast(OUTCOME)


def missed_on(due: date, through: date) -> pa.Table:
    """Of each account with a row of a due day, as known on `through`: whether the due of that day was missed."""
    number = day_number(due)
    schema = pa.schema([("account_id", pa.int64()), ("day", pa.int64()), ("dues", pa.list_(pa.int64()))])
    tables = [pq.read_table(place, columns=schema.names) for place in parquet.of_kind(due, "changes")]
    rows = pa.concat_tables([schema.empty_table(), *tables])
    corrected = book_known.rows(due, through).select(schema.names)
    replaced = pc.is_in(rows.column("account_id"), corrected.column("account_id").combine_chunks())
    rows = pa.concat_tables([rows.filter(pc.invert(replaced)), corrected])
    closed = rows.filter(pc.equal(rows.column("day"), number))
    dues = closed.column("dues").combine_chunks()
    begins, ends = dues.offsets.to_numpy()[:-1], dues.offsets.to_numpy()[1:]
    missed_next = np.zeros(closed.num_rows, np.int64)
    is_any = ends > begins
    missed_next[is_any] = dues.values.to_numpy()[begins[is_any]] == number
    closed_on = pa.array(np.full(closed.num_rows, due, "datetime64[D]"))
    return pa.table(
        [closed.column("account_id"), closed_on, missed_next], names=["account_id", "closed_on", OUTCOME.names[1]]
    )
