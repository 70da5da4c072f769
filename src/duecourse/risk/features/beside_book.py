"""What stood beside the months of each account at the close of a sealed day, from the database.

Nothing in it was booked after the day, whatever day it speaks of. A contact has no booked day: it counts where it was
made on the day or before, by the lender's clock, and was recorded before the day was sealed. Where there is nothing of
a kind, looking costs one query of an index.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.ledger.bulk import arrow
from duecourse.rules import category_terms, lender
from duecourse.servicing.tables import STOPS_FOR

from . import loan_beside
from .line_beside import ACTS, CONTACTS, DEBTS, DISPUTED, INCOMES, PURCHASES

YEAR, RECENT = timedelta(days=365), timedelta(days=91)
ACTS_SQL = """
WITH done AS (
    SELECT a.account_id, a.kind FROM servicing_act a
    WHERE {eased} AND a.reason !~ '^({stops_for}) [0-9]+$'
      AND a.effective_day > DATE '{year}' AND a.effective_day <= DATE '{day}' AND a.booked_day <= DATE '{day}'
      AND NOT EXISTS (SELECT FROM servicing_act u
                      WHERE u.account_id = a.account_id AND u.undoes = a.id AND u.booked_day <= DATE '{day}')
), stood AS (
    SELECT a.account_id, s.arrangement_id, s.id, s.state, s."on" FROM servicing_arrangement a
    JOIN servicing_arrangement_state s ON s.arrangement_id = a.id
    WHERE s.booked_day <= DATE '{day}' AND s."on" <= DATE '{day}' AND s.takes_back IS NULL
      AND NOT EXISTS (SELECT FROM servicing_arrangement_state t
                      WHERE t.arrangement_id = s.arrangement_id AND t.takes_back = s.id
                        AND t.booked_day <= DATE '{day}')
      AND NOT EXISTS (SELECT FROM servicing_act u
                      WHERE u.account_id = a.account_id AND u.undoes = a.id AND u.booked_day <= DATE '{day}')
), newest AS (
    SELECT DISTINCT ON (arrangement_id) account_id, state FROM stood ORDER BY arrangement_id, id DESC
), told AS (
    SELECT account_id, 0 AS arranged, 0 AS failed, (kind <> 'dispute')::int AS eased,
           (kind = 'dispute')::int AS disputed FROM done
    UNION ALL
    SELECT account_id, 0, (state = 'broken' AND "on" > DATE '{year}')::int, 0, 0 FROM stood
    UNION ALL
    SELECT account_id, (state IN ('agreed', 'cured'))::int, 0, 0, 0 FROM newest
)
SELECT account_id, max(arranged)::bigint AS arranged_now, sum(failed)::bigint AS arrangements_failed,
       sum(eased)::bigint AS reliefs_in_year, sum(disputed)::bigint AS disputes_in_year
FROM told GROUP BY account_id
"""
OF_LINES = (
    "a.kind IN ('deferral', 're_age', 'relief', 'dispute') "
    "AND (a.kind <> 'relief' OR (a.part_of IS NULL AND a.body ->> 'act' IS NULL))"
)
OF_LOANS = (
    "a.kind IN ('re_age', 'reschedule', 'interest_pause', 'late_pause') "
    "AND (a.kind <> 'reschedule' OR a.body ->> 'until' IS NULL) "
    "AND (a.kind NOT IN ('interest_pause', 'late_pause') OR a.part_of IS NULL)"
)
"""Which acts ease: not what follows from an arrangement or another act and ends with it; of loans not the moving of an
installment, which is a holiday of its months. Nor, of either, what stops charges for a breathing space or an identity
theft: that is a right, not a relief that was asked for."""
PURCHASES_SQL = """
SELECT account_id, coalesce(sum(amount_minor) FILTER (WHERE category IN ({cash_like})), 0)::bigint AS cash_like_minor,
       sum(amount_minor)::bigint AS told_minor
FROM servicing_purchase_category
WHERE effective_day > DATE '{recent}' AND effective_day <= DATE '{day}' AND booked_day <= DATE '{day}'
GROUP BY account_id
"""
DEBTS_SQL = """
WITH known AS (
    SELECT DISTINCT ON (account_id, source, as_of) * FROM risk_debt_report
    WHERE booked_day <= DATE '{day}' AND as_of <= DATE '{day}' AND as_of > DATE '{year}' - 184
    ORDER BY account_id, source, as_of, id DESC
), newest AS (
    SELECT DISTINCT ON (account_id) * FROM known WHERE as_of > DATE '{year}' ORDER BY account_id, as_of DESC, id DESC
)
SELECT n.account_id, n.lenders::bigint AS lenders, n.balance_minor AS owed_elsewhere_minor,
       n.payment_minor AS payment_elsewhere_minor, n.worst_days_past_due::bigint AS late_elsewhere,
       n.enquiries::bigint AS enquiries, b.lenders::bigint AS lenders_before,
       b.balance_minor AS owed_elsewhere_before_minor
FROM newest n LEFT JOIN LATERAL (
    SELECT k.lenders, k.balance_minor FROM known k
    WHERE k.account_id = n.account_id AND k.source = n.source
      AND k.as_of BETWEEN n.as_of - 184 AND n.as_of - 84
    ORDER BY k.as_of DESC LIMIT 1
) b ON true
"""
"""About three months before is from twelve weeks to half a year."""
INCOMES_SQL = """
WITH known AS (
    SELECT DISTINCT ON (account_id) account_id, day_of_month FROM servicing_income_day
    WHERE told_on <= DATE '{day}' AND booked_day <= DATE '{day}' ORDER BY account_id, id DESC
), due AS (
    SELECT k.account_id, k.day_of_month, s.due_on, date_trunc('month', s.due_on)::date AS month FROM known k
    CROSS JOIN LATERAL (SELECT due_on FROM servicing_statement
        WHERE account_id = k.account_id AND due_on IS NOT NULL AND booked_day <= DATE '{day}'
        ORDER BY cycle_on DESC, version DESC LIMIT 1) s
), income AS (
    SELECT account_id, due_on, least(month + day_of_month - 1, (month + interval '1 month')::date - 1) AS own,
           least((month - interval '1 month')::date + day_of_month - 1, month - 1) AS before FROM due
)
SELECT account_id, (due_on - CASE WHEN own <= due_on THEN own ELSE before END)::bigint AS income_to_due FROM income
"""
INCOME_DAYS_SQL = """
SELECT DISTINCT ON (account_id) account_id, day_of_month::bigint AS day_of_month FROM servicing_income_day
WHERE told_on <= DATE '{day}' AND booked_day <= DATE '{day}' ORDER BY account_id, id DESC
"""
CONTACTS_SQL = """
WITH sealed AS (
    SELECT recorded_at AS at FROM book_day WHERE day = DATE '{day}'
), tried AS (
    SELECT d.borrower_id, d.at, coalesce(o.outcome, 'pending') AS outcome
    FROM sealed, borrowers_contact_decision d LEFT JOIN LATERAL (
        SELECT t.outcome FROM borrowers_contact_outcome t, sealed
        WHERE t.decision_id = d.id AND t.at < '{ends}' AND t.recorded_at <= sealed.at ORDER BY t.id DESC LIMIT 1
    ) o ON true
    WHERE d.allowed AND d.relation = 'self' AND d.at >= '{year_begins}' AND d.at < '{ends}'
      AND d.recorded_at <= sealed.at AND o.outcome IS DISTINCT FROM 'not_made'
), came AS (
    SELECT i.borrower_id, i.at, i.outcome FROM sealed, borrowers_inbound_contact i
    WHERE i.at >= '{year_begins}' AND i.at < '{ends}' AND i.recorded_at <= sealed.at
), stopped AS (
    SELECT b.borrower_id FROM sealed, borrowers_block b
    WHERE b.kind IN ('opted_out', 'cease') AND b.since < '{ends}' AND b.recorded_at <= sealed.at
      AND coalesce(b.until, 'infinity') >= '{ends}'
      AND NOT EXISTS (SELECT FROM borrowers_block_end e
                      WHERE e.block_id = b.id AND e.at < '{ends}' AND e.recorded_at <= sealed.at)
), told AS (
    SELECT borrower_id, at, at >= '{recent_begins}' AS is_recent, true AS by_us, outcome FROM tried
    UNION ALL
    SELECT borrower_id, at, at >= '{recent_begins}', false, outcome FROM came
    UNION ALL
    SELECT borrower_id, NULL, false, NULL, 'stopped' FROM stopped
), of_person AS (
    SELECT borrower_id, count(*) FILTER (WHERE by_us AND is_recent) AS contacts_tried,
           count(*) FILTER (WHERE by_us AND is_recent AND outcome IN ({talks})) AS talks_tried,
           count(*) FILTER (WHERE by_us AND is_recent AND outcome = 'connected') AS talks_reached,
           DATE '{day}' - (max(at) FILTER (WHERE outcome = 'connected') AT TIME ZONE '{zone}')::date AS days_since_talk,
           count(*) FILTER (WHERE NOT by_us AND is_recent) AS contacts_by_borrower,
           count(*) FILTER (WHERE outcome = 'stopped') AS stops_contact
    FROM told GROUP BY borrower_id
)
SELECT a.id AS account_id, p.contacts_tried, p.talks_tried, p.talks_reached,
       p.days_since_talk::bigint AS days_since_talk, p.contacts_by_borrower, p.stops_contact
FROM of_person p JOIN servicing_account a USING (borrower_id) WHERE a.opened_on <= DATE '{day}'
"""
DISPUTED_SQL = """
WITH sealed AS (
    SELECT recorded_at AS at FROM book_day WHERE day = DATE '{day}'
), told AS (
    SELECT b.borrower_id, b.account_id, b.since >= '{year_begins}' AS is_recent,
           coalesce(b.until, 'infinity') >= '{ends}'
           AND NOT EXISTS (SELECT FROM borrowers_block_end e
                           WHERE e.block_id = b.id AND e.at < '{ends}' AND e.recorded_at <= sealed.at) AS stands
    FROM sealed, borrowers_block b
    WHERE b.kind IN ('dispute', 'identity_theft') AND b.since < '{ends}' AND b.recorded_at <= sealed.at
)
SELECT a.id AS account_id, count(*) FILTER (WHERE t.is_recent) AS disputes_told,
       count(*) FILTER (WHERE t.stands) AS disputes_open
FROM told t JOIN servicing_account a ON a.borrower_id = t.borrower_id AND a.id = coalesce(t.account_id, a.id)
WHERE (t.is_recent OR t.stands) AND a.opened_on <= DATE '{day}' GROUP BY a.id
"""
"""By the blocks on contact that each dispute sets, about one account or all of a person's."""
TALKS = ("connected", "unanswered", "voicemail", "not_connected", "invalid")
"""Outcomes of a contact that somebody could have answered; one that is still pending may be any."""
SOURCES = (
    (ACTS, ACTS_SQL),
    (PURCHASES, PURCHASES_SQL),
    (DEBTS, DEBTS_SQL),
    (INCOMES, INCOMES_SQL),
    (CONTACTS, CONTACTS_SQL),
    (DISPUTED, DISPUTED_SQL),
)
OF_LINE = tuple(names for names, _ in SOURCES)
OF_LOAN = (loan_beside.ACTS, DEBTS, INCOMES, CONTACTS, DISPUTED)
"""The kinds of facts that lines have, and loans, in the order of `facts` and `loan_facts`."""


def facts(day: date) -> tuple[pa.Table | None, ...]:
    """The facts of a day's lines by kind; None where there are none of a kind."""
    return tuple(found(sql, day, OF_LINES) for _, sql in SOURCES)


def loan_facts(day: date, now: pa.Table) -> tuple[pa.Table | None, ...]:
    """The facts of a day's loans; now: account_id, and next_due_on as a day number, 0 where none is to come."""
    incomes = income_to_due(now, arrow(INCOME_DAYS_SQL.format(day=day)))
    return (
        found(ACTS_SQL, day, OF_LOANS),
        found(DEBTS_SQL, day, OF_LOANS),
        incomes if incomes.num_rows else None,
        found(CONTACTS_SQL, day, OF_LOANS),
        found(DISPUTED_SQL, day, OF_LOANS),
    )


def found(sql: str, day: date, eased: str) -> pa.Table | None:
    """What a query finds; None where it finds nothing."""
    zone = lender.clock(on=day).zone

    def end(of: date) -> datetime:
        return datetime.combine(of + timedelta(days=1), time(), zone)

    like_cash = ", ".join(map(str, category_terms.cash_like(on=day)))
    table = arrow(
        sql.format(
            day=day, year=day - YEAR, recent=day - RECENT, cash_like=like_cash, eased=eased,
            ends=end(day), year_begins=end(day - YEAR), recent_begins=end(day - RECENT), zone=zone,
            talks=", ".join(f"'{one}'" for one in TALKS), stops_for="|".join(STOPS_FOR),
        )
    )  # fmt: skip
    return table if table.num_rows else None


def income_to_due(now: pa.Table, known: pa.Table) -> pa.Table:
    """How many days before its next due day income of each loan last comes; in a shorter month its last day counts."""
    told = now.select(["account_id", "next_due_on"]).join(known, "account_id", join_type="inner")
    told = told.filter(pc.greater(told.column("next_due_on"), 0))
    due = told.column("next_due_on").to_numpy().astype("datetime64[D]")
    month, after = due.astype("datetime64[M]"), told.column("day_of_month").to_numpy() - 1

    def comes(in_month: Any) -> Any:
        return np.minimum(in_month.astype("datetime64[D]") + after, (in_month + 1).astype("datetime64[D]") - 1)

    own = comes(month)
    last = np.where(own <= due, own, comes(month - 1))
    columns = {"account_id": told.column("account_id"), "income_to_due": pa.array((due - last).astype(np.int64))}
    return pa.table(columns)
