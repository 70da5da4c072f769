"""What was known of each loan at the close of a sealed day, as one Ibis table for training, trying and scoring.

A loan's months end on the day itself (month 1), on the same day of the month before, and so on. How it stood at a
month's end is that sealed day, as known on the day; what it was asked is its newest schedule that was booked by the
day; what it paid are entries. A month whose end is not sealed, or in which nothing was owed at its beginning nor at its
end, is left out. What only an application tells is not in the book, so the features that need it are not among these.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.book import read
from duecourse.kernel.columns import OWED, PRINCIPALS
from duecourse.kernel.loan_row import INSTALLMENT
from duecourse.kernel.money import PPM
from duecourse.ledger import chart
from duecourse.ledger.bulk import arrow
from duecourse.rules.read import day_number
from duecourse.servicing import agreed

from . import beside_book, loan_beside
from .compiled import Made
from .feature import aggregate
from .loan import LOAN
from .month_days import shifted

MONTHS = 24
"""How far back months are read; features look at most a year back, and at how often something happened."""
NOT_IN_BOOK = ("score", "payment_to_income", "loan_to_value")
"""Features of the application alone."""
KNOWN = tuple(feature for feature in LOAN if feature.name not in NOT_IN_BOOK)
OF_MONTHS = tuple(feature.name for feature in KNOWN)
DIRECTION = {feature.name: feature.sign for feature in KNOWN} | loan_beside.DIRECTION
FEATURES = tuple(DIRECTION)
"""The features of loans of the book and which way each may move the chance."""
MONTH_DAYS, YEAR_DAYS = 365.25 / 12, 365
MOST_SHARE = 1.5
"""Of what was asked in a month: more paid says nothing more."""


class Sources(NamedTuple):
    """What the features of a day are made of, as tables; nothing in them was booked after the day.

    now: every loan as it stands. months: their numbers, first and last days. stood: principal and what is past due at
    the ends of months. dues: installments by loan and due day, and when each was met (null: it is not). paid: payments
    not undone less chargebacks, by loan and effective day. holidays: since and until when a moved installment rested.
    """

    now: Any
    months: Any
    stood: Any
    dues: Any
    paid: Any
    holidays: Any


def sources(day: date) -> Sources:
    """What the features of a sealed day are made of, as Arrow tables."""
    now = standing(day)
    ends = [shifted(day, -back) for back in range(MONTHS + 1)]
    months = {"month": range(1, MONTHS + 1), "ends_on": ends[:-1], "begins_after": ends[1:]}
    loans = now.column("account_id").combine_chunks()
    is_any = now.num_rows > 0
    return Sources(
        now,
        pa.table({name: list(column) for name, column in months.items()}),
        stood(ends if is_any else [], day, loans),
        dues(day),
        paid(ends[-1], day, loans) if is_any else PAID.empty_table(),
        holidays(day),
    )


def table(day: date) -> Any:
    """One row a loan of a sealed day: who it is, how it stands, and its FEATURES.

    in_order: nothing that was due by the day is unmet, something is owed, nothing is charged off. next_due_on: the day
    number of the next installment, 0 where none is to come. Every day is taken as it was known on this one.
    """
    return made(day).table()


def made(day: date) -> Made:
    """The same for any engine."""
    told = sources(day)
    return Made(making, (*told, *beside_book.loan_facts(day, told.now)))


def making(*tables: Any) -> Any:
    """The same from sources and facts on one engine: one expression."""
    months = len(Sources._fields)
    told = Sources(*tables[:months])
    facts = list(zip(beside_book.OF_LOAN, tables[months:], strict=True))
    return loan_beside.joined(table_of(told), sizes(told), facts)


def table_of(told: Sources) -> Any:
    """The same from Ibis tables of sources, without what stands beside the months."""
    found = aggregate(monthly(told), KNOWN)
    return told.now.left_join(found, "account_id").select(
        "account_id", "product_id", "days_past_due", "missed", "owed_minor", "next_due_on", "in_order", *OF_MONTHS
    )


def usual_of(told: Sources) -> Any:
    """The usual installment of each loan: the mean of its schedule."""
    asked = told.dues.filter(told.dues.asked > 0)
    return asked.group_by("account_id").aggregate(usual=asked.asked.mean())


def sizes(told: Sources) -> Any:
    """The amount approved and the usual installment of each loan."""
    return told.now.select("account_id", "limit_minor").left_join(usual_of(told), "account_id").drop("account_id_right")


def standing(day: date) -> pa.Table:
    """Every loan at the close of a sealed day, but for those that the day was sealed without."""
    names = ("account_id", "product_id", "terms_id", "limit_minor", "days_past_due", "missed", "charged_off", "dues")
    rows = read.columns(day, [*names, *OWED], known_on=day)
    under = [one for one in rows.column("terms_id").unique().to_pylist() if agreed.is_loan(one)]
    terms = pa.table(
        {
            "terms_id": pa.array(under, pa.int64()),
            "rate": pa.array([agreed.loan(one).terms.rate_ppm / PPM for one in under], pa.float64()),
            "on": pa.array([day_number(day)] * len(under), pa.int64()),
        }
    )
    opened = arrow(f"SELECT id AS account_id, opened_on FROM servicing_account WHERE opened_on <= DATE '{day}'")
    return Made(stands, (rows, terms, opened)).arrow()


def stands(rows: Any, terms: Any, opened: Any) -> Any:
    """How loans stand, from rows of a sealed day, the terms of loans (`on`: the day), since when accounts are open."""
    last = rows.dues.length() - 6
    told = rows.select(
        "account_id",
        "product_id",
        "terms_id",
        "limit_minor",
        "days_past_due",
        "missed",
        "charged_off",
        owed_minor=sum((rows[name] for name in OWED[1:]), rows[OWED[0]]),
        due_on=ibis.ifelse(last >= 0, rows.dues[last], 0),
        oldest_on=ibis.ifelse(last >= 0, rows.dues[0], None),
    )
    known = told.join(terms, "terms_id").join(opened, "account_id")
    met_so_far = known.oldest_on.isnull() | (known.oldest_on > known.on)
    return known.mutate(
        next_due_on=ibis.ifelse(known.due_on > known.on, known.due_on, 0),
        in_order=met_so_far & (known.owed_minor > 0) & (known.charged_off == 0),
    ).drop("charged_off", "oldest_on", "due_on", "on")


STOOD = pa.schema([(name, pa.int64()) for name in ("account_id", "principal", "past_due")] + [("ends_on", pa.date32())])


def stood(ends: Sequence[date], day: date, loans: Any) -> pa.Table:
    """Principal and what is past due of these loans at the close of those of these days that are sealed, as known on
    `day`."""
    sealed = set(read.sealed_days())
    parts = [STOOD.empty_table()]
    for end in ends:
        if end not in sealed:
            continue
        rows = read.columns(end, ["account_id", "past_due_minor", *PRINCIPALS], known_on=day)
        rows = rows.filter(pc.is_in(rows.column("account_id"), loans))
        principal = sum(rows.column(name).to_numpy() for name in PRINCIPALS)
        ended = np.full(rows.num_rows, end, "datetime64[D]")
        columns = [rows.column("account_id"), principal, rows.column("past_due_minor"), ended]
        parts.append(pa.table(columns, names=STOOD.names).cast(STOOD))
    return pa.concat_tables(parts)


def dues(day: date) -> pa.Table:
    """The installments of every loan by its newest schedule that was booked by a day: due day, asked, met on."""
    at = "kept.rows[place * {0} + {1}]".format
    asked = " + ".join(at(INSTALLMENT, part) for part in (3, 4, 5, 6))
    return arrow(
        f"SELECT kept.account_id, DATE '1970-01-01' + {at(INSTALLMENT, 2)}::int AS due_on, {asked} AS asked, "
        f"DATE '1970-01-01' + NULLIF({at(INSTALLMENT, 11)}, 0)::int AS met_on FROM ("
        "SELECT DISTINCT ON (account_id) account_id, rows FROM servicing_schedule "
        f"WHERE booked_day <= DATE '{day}' ORDER BY account_id, id DESC) kept "
        f"CROSS JOIN LATERAL generate_series(0, cardinality(kept.rows) / {INSTALLMENT} - 1) AS place"
    )


PAID = pa.schema(
    [("payer", pa.int64()), ("effective_day", pa.date32()), ("amount", pa.int64()), ("interest", pa.int64())]
)


def paid(since: date, day: date, loans: Any) -> pa.Table:
    """What these loans paid and, of that, interest: payments known on the day that no reversal known on the day undoes,
    and chargebacks, which count below zero."""
    columns = ("account_id", "effective_day", "cash", "interest")
    kept = read.kept_entries(through=day, since=since, kinds=[chart.PAYMENT, chart.CHARGEBACK], columns=columns)
    kept = kept.filter(pc.is_in(kept.column("account_id"), loans))
    payer, on, cash, interest = (kept.column(name) for name in columns)
    amounts = (pc.fill_null(cash, 0), pc.negate(pc.fill_null(interest, 0)))
    return pa.table([payer, on, *amounts], names=PAID.names).cast(PAID)


def holidays(day: date) -> pa.Table:
    """Installments that an act booked by a day, and not taken back by then, moved to a later day: since which day and
    until when."""
    return arrow(
        "SELECT account_id, DATE '1970-01-01' + (body->>'since')::int AS since, "
        "DATE '1970-01-01' + (body->>'until')::int AS until FROM servicing_act a "
        f"WHERE kind = 'reschedule' AND (body->>'until')::int > (body->>'since')::int AND booked_day <= DATE '{day}' "
        f"AND NOT EXISTS (SELECT FROM servicing_act u WHERE u.undoes = a.id AND u.booked_day <= DATE '{day}')"
    )


def monthly(told: Sources) -> Any:
    """The facts of each loan and month that `loan.LOAN` reads, but for those of the application."""
    usual = usual_of(told)
    ended = told.stood.join(told.months, "ends_on")
    before = told.stood.select(lender="account_id", ended_before="ends_on", before="principal")
    each = ended.left_join(before, [("account_id", "lender"), ("begins_after", "ended_before")])
    each = each.drop("lender", "ended_before").join(told.now, "account_id").left_join(usual, "account_id")
    each = each.filter((each.principal > 0) | (each.before > 0)).select(
        *("account_id", "month", "ends_on", "begins_after", "principal", "past_due", "before", "usual", "rate"),
        *("limit_minor", "opened_on"),
    )
    full = each
    for found in (asked_in(told), paid_in(told), in_advance(told), rested_in(told)):
        full = full.left_join(found, ["account_id", "month"], rname="{name}_of").drop("account_id_of", "month_of")
    return facts(full)


def facts(full: Any) -> Any:
    """The facts from what was found of each loan and month."""
    asked, given = full.asked.fill_null(0), full.paid.fill_null(0)
    bears = (full.before > 0) & (full.rate > 0)
    met = full.interest.fill_null(0) * YEAR_DAYS / (full.before * full.rate).nullif(0)
    gained = ibis.ifelse(bears, met - full.ends_on.delta(full.begins_after, unit="day"), 0.0).fill_null(0.0)
    told = full.mutate(gained=gained)
    so_far = ibis.cumulative_window(group_by="account_id", order_by=ibis.desc("month"))
    share = given / asked.nullif(0)
    behind = (told.past_due - told.advance.fill_null(0)) / told.usual
    return told.select(
        "account_id",
        "month",
        "rate",
        asked=asked,
        paid=given,
        share=ibis.ifelse(share > MOST_SHARE, MOST_SHARE, share),
        asked_installments=asked / told.usual,
        paid_installments=given / told.usual,
        installments_behind=behind,
        days_ahead=told.gained.sum().over(so_far),
        holiday=told.rests.fill_null(0),
        balance_share=told.principal / told.limit_minor.nullif(0),
        balance_installments=told.principal / told.usual,
        age=(told.ends_on.delta(told.opened_on, unit="day") / MONTH_DAYS).floor().cast("int64"),
    )


def asked_in(told: Sources) -> Any:
    """What fell due in each loan's months."""
    placed = told.dues.inner_join(
        told.months, [told.months.begins_after < told.dues.due_on, told.months.ends_on >= told.dues.due_on]
    )
    return placed.group_by("account_id", "month").aggregate(asked=placed.asked.sum().cast("int64"))


def paid_in(told: Sources) -> Any:
    """What was paid in each loan's months, and the interest in it."""
    on = told.paid.effective_day
    placed = told.paid.inner_join(told.months, [told.months.begins_after < on, told.months.ends_on >= on])
    found = placed.group_by("payer", "month").aggregate(
        paid=placed.amount.sum().cast("int64"), interest=placed.interest.sum().cast("int64")
    )
    return found.rename(account_id="payer")


def in_advance(told: Sources) -> Any:
    """At each month's end, installments that were met and not due yet."""
    early = told.dues.filter(told.dues.met_on < told.dues.due_on)
    placed = early.inner_join(told.months, [told.months.ends_on >= early.met_on, told.months.ends_on < early.due_on])
    return placed.group_by("account_id", "month").aggregate(advance=placed.asked.sum().cast("int64"))


def rested_in(told: Sources) -> Any:
    """Months in which an installment that was moved would have been due, or rested."""
    rests = told.holidays
    placed = rests.inner_join(told.months, [told.months.ends_on >= rests.since, told.months.ends_on < rests.until])
    return placed.group_by("account_id", "month").aggregate(rests=(placed.count() > 0).cast("int64"))
