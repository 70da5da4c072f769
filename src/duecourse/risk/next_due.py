"""Whether what falls due next of an account was missed: the ledger's own finding, read off the due day's rows."""

from datetime import date

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from duecourse.book import known as book_known
from duecourse.book import parquet, read
from duecourse.rules.read import day_number, to_date

from .features import LINES, Product

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
    told = read.statements(through=through)
    told = told.filter((told.due_on > on) & (told.due_on <= through)).select("account_id", "cycle_on", "due_on")
    bills = ibis.memtable(told.to_pyarrow()).join(ibis.memtable(accounts), "account_id")
    bills = bills.filter((~bills.awaits_statement) | (bills.cycle_on > on))
    return of_dues(bills.group_by("account_id").aggregate(due_on=bills.due_on.min()).to_pyarrow(), through)


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
    closed = ibis.memtable(pa.concat_tables([missed_on(due, through) for due in due_days]))
    found = ibis.memtable(dues).join(closed, [("account_id", "account_id"), ("due_on", "closed_on")])
    return found.select("account_id", "missed_next").to_pyarrow().cast(OUTCOME)


def missed_on(due: date, through: date) -> pa.Table:
    """Of each account with a row of a due day, as known on `through`: whether the due of that day was missed."""
    number = day_number(due)
    schema = pa.schema([("account_id", pa.int64()), ("day", pa.int64()), ("dues", pa.list_(pa.int64()))])
    tables = [pq.read_table(place, columns=schema.names) for place in parquet.of_kind(due, "changes")]
    rows = pa.concat_tables([schema.empty_table(), *tables])
    corrected = book_known.rows(due, through).select(schema.names)
    replaced = pc.is_in(rows.column("account_id"), corrected.column("account_id").combine_chunks())
    rows = pa.concat_tables([rows.filter(pc.invert(replaced)), corrected])
    closed = ibis.memtable(rows.filter(pc.equal(rows.column("day"), number)))
    return closed.select(
        "account_id",
        closed_on=ibis.literal(due),
        missed_next=((closed.dues.length() > 0) & (closed.dues[0] == number)).cast("int64"),
    ).to_pyarrow()
