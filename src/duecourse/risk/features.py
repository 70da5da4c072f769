"""What was known of each account at the close of a sealed day, as one Ibis table for training, trying and scoring.

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
from duecourse.kernel.money import PPM
from duecourse.ledger import chart
from duecourse.ledger.bulk import arrow
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import agreed

MONTHS = 6
BEFORE = MONTHS - 1
RECENT = 3
MOST_TIMES, MOST_SHARE = 20, 2
"""Where ratios end: more than twenty times, or twice, says nothing more."""
OWED = ("unbilled", "bearing", "window", "revolving", "past_due", "interest", "fee", "penalty")

DIRECTION = {
    "limit_minor": -1,
    "utilisation": 0,
    "utilisation_highest": 1,
    "utilisation_recent": 1,
    "utilisation_change": 0,
    "balance_minor": 0,
    "paid_minor": -1,
    "paid_before_minor": -1,
    "paid_least_minor": -1,
    "paid_most_minor": -1,
    "share_paid_recent": -1,
    "share_paid": -1,
    "months_unpaid": 1,
    "months_paid_in_full": -1,
    "minimums_paid": -1,
    "minimum_to_usual": 1,
    "charged_usual_minor": -1,
    "charged_most_minor": -1,
    "months_without_balance": 0,
    "missed_now": 1,
    "missed_most": 1,
    "months_past_due": 1,
}
"""The features of a model and which way each may move the chance: 1 only up, -1 only down, 0 either way."""
FEATURES = tuple(DIRECTION)


class Month(NamedTuple):
    """One month of the accounts under some terms: it ends on `ends_on`, the one before on `begins_after`."""

    terms_id: int
    awaits_statement: bool
    month: int
    ends_on: date
    begins_after: date


def table(day: date) -> Any:
    """One row an account of a sealed day: who it is, how it stands, and its FEATURES (amounts in minor units).

    in_order: nothing is past due and something is owed. awaits_statement: the next minimum is that of the statement to
    come. Every day is taken as it was known on this one: nothing that was booked after it is in it.
    """
    now = standing(day)
    months = calendar(now.terms_id.to_pyarrow().unique().to_pylist(), day)
    facts = monthly(now, months, day)
    return now.left_join(summed(facts), "account_id").select(
        "account_id",
        "product_id",
        "days_past_due",
        "missed",
        "owed_minor",
        "awaits_statement",
        "in_order",
        *FEATURES,
    )


def standing(day: date) -> Any:
    """Every account at the close of a sealed day: those that the day was sealed without are not scored."""
    told = read.day(day, known_on=day)
    rows = told.select(
        "account_id",
        "product_id",
        "terms_id",
        "limit_minor",
        "days_past_due",
        "missed",
        owed_minor=sum((told[name] for name in OWED), told.interest_to_date + told.penalty_to_date) - told.credit,
        **next_due(told),
    )
    rows = lines_of(rows.to_pyarrow())
    terms = pa.Table.from_pylist(
        [
            {"terms_id": terms_id, "tolerance_ppm": terms.tolerance_ppm, "cycle_on": to_date(last)}
            for terms_id in rows.column("terms_id").unique().to_pylist()
            for terms in [agreed.of(terms_id).terms]
            for last in [cycle_days(day_number(day), terms.cycle_day, 1)[0]]
        ],
        schema=pa.schema([("terms_id", pa.int64()), ("tolerance_ppm", pa.int64()), ("cycle_on", pa.date32())]),
    )
    opened = arrow(f"SELECT id AS account_id, opened_on FROM servicing_account WHERE opened_on <= DATE '{day}'")
    known = ibis.memtable(rows).join(ibis.memtable(terms), "terms_id").join(ibis.memtable(opened), "account_id")
    is_met = (known.next_asked == 0) | (known.next_left * PPM <= known.tolerance_ppm * known.next_asked)
    stands = known.mutate(
        awaits_statement=(known.missed == 0) & is_met & (known.cycle_on < ibis.literal(day)),
        in_order=(known.missed == 0) & (known.days_past_due == 0) & (known.owed_minor > 0),
    )
    return ibis.memtable(stands.to_pyarrow())


def lines_of(rows: pa.Table) -> pa.Table:
    """The rows of lines: the first warning knows no loans yet."""
    loans = [terms_id for terms_id in rows.column("terms_id").unique().to_pylist() if agreed.is_loan(terms_id)]
    return rows.filter(pc.invert(pc.is_in(rows.column("terms_id"), pa.array(loans, pa.int64()))))


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


def monthly(now: Any, months: Sequence[Month], day: date) -> Any:
    """One row an account and month: balance, own minimum, what was paid in it, minimums missed at its end."""
    ends = [month.ends_on for month in months]
    rows = pa.table(dict(zip(Month._fields, zip(*months, strict=True), strict=True))) if months else empty_months()
    each = now.join(ibis.memtable(rows), ["terms_id", "awaits_statement"])
    each = each.filter(each.opened_on <= each.ends_on).select(
        "account_id", "limit_minor", "missed", "owed_minor", "awaits_statement", "month", "ends_on", "begins_after"
    )
    history = ibis.memtable(missed_at(sorted(set(ends)), day))
    with_bills = each.left_join(statements(day, min(ends, default=day)), ["account_id", "ends_on"], rname="{name}_bill")
    coming = with_bills.awaits_statement & (with_bills.month == 1)
    billed = with_bills.mutate(
        balance=ibis.ifelse(coming, with_bills.owed_minor, with_bills.balance.fill_null(0)),
        minimum=with_bills.minimum.fill_null(0),
    ).drop("account_id_bill", "ends_on_bill", "owed_minor", "awaits_statement")
    paid = payments(each, day, min((month.begins_after for month in months), default=day))
    with_paid = billed.left_join(paid, ["account_id", "month"], rname="{name}_paid")
    with_missed = with_paid.left_join(history, ["account_id", "ends_on"], rname="{name}_then")
    months_in_order = ibis.window(group_by="account_id", order_by="month")
    known = with_missed.mutate(
        paid=with_missed.paid.fill_null(0),
        missed_then=ibis.ifelse(with_missed.month == 1, with_missed.missed, with_missed.missed_then),
        before=with_missed.balance.lead(1).over(months_in_order),
        minimum_before=with_missed.minimum.lead(1).over(months_in_order),
    )
    met = ibis.ifelse(known.before > 0, ibis.least(known.paid / known.before, 1.0), 1.0)
    return known.mutate(
        paid=ibis.ifelse(known.before.isnull(), ibis.null("int64"), known.paid),
        share=ibis.ifelse(known.before.isnull(), ibis.null("float64"), met),
        charged=known.balance - known.before + known.paid,
        minimum=ibis.ifelse(
            (known.month == 1) & (known.minimum == 0), known.minimum_before.fill_null(0), known.minimum
        ),
    )


def summed(facts: Any) -> Any:
    """The features of each account from its months."""
    first, recent, earlier = facts.month == 1, facts.month <= RECENT, facts.month <= BEFORE
    owed_before = facts.before > 0
    limit = ibis.greatest(facts.limit_minor.max(), 1)
    usual = facts.paid.sum(where=recent).fill_null(0) / RECENT + 1
    asked = facts.minimum_before.max(where=first)
    billed = ibis.greatest(facts.before, 0).sum(where=recent)
    balance = facts.balance.max(where=first)
    paid = facts.paid.max(where=first)
    return facts.group_by("account_id").aggregate(
        limit_minor=facts.limit_minor.max(),
        utilisation=balance / limit,
        utilisation_highest=facts.balance.max() / limit,
        utilisation_recent=facts.balance.mean(where=recent) / limit,
        utilisation_change=(balance - facts.balance.argmax(facts.month)) / limit,
        balance_minor=balance,
        paid_minor=paid,
        paid_before_minor=facts.paid.max(where=facts.month == 2),
        paid_least_minor=facts.paid.min(where=recent),
        paid_most_minor=facts.paid.max(),
        share_paid_recent=ibis.least(facts.paid.sum(where=recent) / ibis.greatest(billed, 1), MOST_SHARE),
        share_paid=facts.share.mean(where=earlier),
        months_unpaid=(earlier & owed_before & (facts.paid <= 0)).sum(),
        months_paid_in_full=(earlier & owed_before & (facts.share >= 1)).sum(),
        minimums_paid=ibis.ifelse(asked > 0, ibis.least(paid / ibis.greatest(asked, 1), MOST_TIMES), MOST_TIMES),
        minimum_to_usual=ibis.least(facts.minimum.max(where=first) / usual, MOST_TIMES),
        charged_usual_minor=facts.charged.mean(where=earlier),
        charged_most_minor=facts.charged.max(where=earlier),
        months_without_balance=(facts.balance <= 0).sum(),
        missed_now=facts.missed.max(where=first),
        missed_most=facts.missed_then.max(where=earlier),
        months_past_due=(earlier & (facts.missed_then > 0)).sum(),
    )


def statements(day: date, since: date) -> Any:
    """The newest version, known on a day, of each statement since a cycle day: balance and its own minimum."""
    told = read.statements(through=day, since=since)
    told = told.filter(told.cycle_on >= since)
    told = told.group_by("account_id", "cycle_on").aggregate(
        balance=told.balance.argmax(told.version), minimum=(told.minimum - told.past_due).argmax(told.version)
    )
    return ibis.memtable(told.rename(ends_on="cycle_on").to_pyarrow())


def payments(each: Any, day: date, since: date) -> Any:
    """What each account paid in each month: payments known on the day that no reversal known on the day undoes."""
    told = read.entries(through=day, since=since)
    told = told.filter(told.kind == chart.PAYMENT)
    undone = told.filter(told.reverses.notnull()).select(undone="reverses")
    kept = told.filter(told.reverses.isnull()).anti_join(undone, [("id", "undone")])
    received = ibis.memtable(
        kept.select("effective_day", payer="account_id", amount=kept.cash.fill_null(0).cast("int64")).to_pyarrow()
    )
    placed = each.inner_join(
        received,
        [
            each.account_id == received.payer,
            each.begins_after < received.effective_day,
            each.ends_on >= received.effective_day,
        ],
    )
    return placed.group_by("account_id", "month").aggregate(paid=placed.amount.sum().cast("int64"))


def missed_at(ends: Sequence[date], day: date) -> pa.Table:
    """How many minimums of each account were missed at the close of those of these days that are sealed, as known
    on `day`: what was corrected by then is corrected, what was corrected later is not."""
    schema = pa.schema([("account_id", pa.int64()), ("missed_then", pa.int64()), ("ends_on", pa.date32())])
    sealed = set(read.sealed_days())
    parts = [schema.empty_table()]
    for end in ends:
        if end in sealed and end < day:
            late = read.day(end, known_on=day).select("account_id", "missed").to_pyarrow()
            late = late.append_column("ends_on", pa.array(np.full(late.num_rows, end, "datetime64[D]")))
            parts.append(late.rename_columns(schema.names))
    return pa.concat_tables([part.cast(schema) for part in parts])


def empty_months() -> pa.Table:
    """No months at all: a book without accounts."""
    kinds = (pa.int64(), pa.bool_(), pa.int64(), pa.date32(), pa.date32())
    return pa.schema(list(zip(Month._fields, kinds, strict=True))).empty_table()
