"""All that is known of an account as rows, table by table: what an evidence pack holds, in plain values.

What a person said in a dispute or complaint is opened here, because a court must read it; why somebody is to be treated
with care (health, family) is not, nor where they can be reached.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from duecourse.borrowers import secrecy
from duecourse.ledger import chart
from duecourse.outreach import made
from duecourse.servicing.postings import COMPONENTS, running
from duecourse.servicing.tables import Account

from . import legal
from .legal_tables import Demand

AMOUNTS = (*COMPONENTS, "credit", "suspended", "charged_off", "cash")


class Rows(NamedTuple):
    """A table of a pack: its name, its columns, its rows."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


QUERIES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "acts": (
        ("act", "kind", "effective_day", "booked_day", "body", "undoes", "part_of", "by", "reason", "recorded_at"),
        "SELECT id, kind, effective_day, booked_day, body::text, undoes, part_of, by, reason, recorded_at "
        "FROM servicing_act WHERE account_id = %(account)s ORDER BY id",
    ),
    "disclosures": (
        ("on", "what", "number", "text", "by"),
        "SELECT sent_at::date, 'notice:' || kind, id::text, '', by FROM borrowers_notice "
        "WHERE borrower_id = %(person)s AND (account_id IS NULL OR account_id = %(account)s) "
        "UNION ALL SELECT day, 'document:' || kind, 'C' || lpad(id::text, 8, '0'), encode(file_digest, 'hex'), by "
        "FROM servicing_document WHERE account_id = %(account)s "
        "UNION ALL SELECT offered_on, 'offer:' || kind, id::text, shown::text, by FROM care_offer "
        "WHERE account_id = %(account)s ORDER BY 1, 2, 3",
    ),
    "arrangements": (
        ("arrangement", "agreed_on", "plan", "state", "on", "by", "reason"),
        'SELECT a.id, a.agreed_on, a.body::text, s.state, s."on", s.by, s.reason FROM servicing_arrangement a '
        "JOIN servicing_arrangement_state s ON s.arrangement_id = a.id WHERE a.account_id = %(account)s "
        "ORDER BY a.id, s.id",
    ),
    "promises": (
        (
            "promise",
            "made_on",
            "amount_minor",
            "due_on",
            "last_on",
            "channel",
            "state",
            "on",
            "paid_minor",
            "by",
            "reason",
        ),
        "SELECT p.id, p.made_on, p.amount_minor, p.due_on, p.last_on, p.channel, coalesce(s.state, 'open'), "
        'coalesce(s."on", p.made_on), coalesce(s.paid_minor, 0), coalesce(s.by, p.by), coalesce(s.reason, p.reason) '
        "FROM care_promise p LEFT JOIN care_promise_state s ON s.promise_id = p.id "
        "WHERE p.borrower_id = %(person)s AND (p.account_id IS NULL OR p.account_id = %(account)s) ORDER BY p.id, s.id",
    ),
    "legal": (
        ("on", "what", "number", "detail", "amount_minor", "by", "reason"),
        """
        SELECT "on", 'acknowledgement', id, kind || ': ' || source, 0, by, reason FROM recovery_acknowledgement
        WHERE account_id = %(account)s
        UNION ALL SELECT "on", 'help_offer', id, channel || ': ' || what, 0, by, reason FROM recovery_help_offer
        WHERE account_id = %(account)s
        UNION ALL SELECT day, 'demand', id, encode(file_digest, 'hex'), 0, by, reason FROM recovery_demand
        WHERE account_id = %(account)s
        UNION ALL SELECT p."on", 'demand_posted', d.id, p.reference || ', ' || p.pay_by, 0, p.by, ''
        FROM recovery_demand_posted p
        JOIN recovery_demand d ON d.id = p.demand_id WHERE d.account_id = %(account)s
        UNION ALL SELECT s."on", s.stage, p.id, s.reference, s.amount_minor + s.costs_minor, s.by, s.reason
        FROM recovery_proceeding_stage s JOIN recovery_proceeding p ON p.id = s.proceeding_id
        WHERE p.account_id = %(account)s
        UNION ALL SELECT i.through, 'judgment_interest', p.id, '', i.amount_minor, i.by, i.reason
        FROM recovery_judgment_interest i JOIN recovery_proceeding p ON p.id = i.proceeding_id
        WHERE p.account_id = %(account)s
        ORDER BY 1, 3, 2
        """,
    ),
}
SAID: Mapping[str, tuple[tuple[str, ...], str]] = {
    "disputes": (
        ("dispute", "opened_on", "kind", "amount_minor", "channel", "text", "state", "on", "by", "reason"),
        "SELECT d.id, d.opened_on, d.kind, d.amount_minor, d.channel, d.text, coalesce(s.state, 'open'), "
        'coalesce(s."on", d.opened_on), coalesce(s.by, d.by), coalesce(s.reason, d.reason) FROM care_dispute d '
        "LEFT JOIN care_dispute_state s ON s.dispute_id = d.id WHERE d.borrower_id = %(person)s "
        "AND (d.account_id IS NULL OR d.account_id = %(account)s) ORDER BY d.id, s.id",
    ),
    "complaints": (
        ("complaint", "received_on", "about", "channel", "text", "state", "on", "outcome", "answer", "by", "reason"),
        "SELECT c.id, c.received_on, c.about, c.channel, c.text, coalesce(s.state, 'received'), "
        "coalesce(s.\"on\", c.received_on), coalesce(s.outcome, ''), s.text, coalesce(s.by, c.by), "
        "coalesce(s.reason, c.reason) FROM care_complaint c LEFT JOIN care_complaint_state s ON s.complaint_id = c.id "
        "WHERE c.borrower_id = %(person)s AND (c.account_id IS NULL OR c.account_id = %(account)s) ORDER BY c.id, s.id",
    ),
}
"""Queries whose columns `text` and `answer` are encrypted."""


def of(subject: legal.Subject) -> list[Rows]:
    """Every table of a pack, in the order in which it is read."""
    told = {"person": subject.borrower, "account": subject.account}
    tables = {
        "schedule": schedule(subject),
        "statements": statements(subject),
        "ledger": ledger(subject),
        "contacts": contacts(subject),
        **{name: queried(name, columns, sql, told) for name, (columns, sql) in QUERIES.items()},
        **{name: opened(queried(name, columns, sql, told)) for name, (columns, sql) in SAID.items()},
    }
    order = (
        "schedule", "statements", "ledger", "acts", "disclosures", "contacts", "arrangements", "promises", "disputes",
        "complaints", "legal",
    )  # fmt: skip
    return [tables[name] for name in order]


def contract(subject: legal.Subject) -> dict[str, Any]:
    """The contract: its terms as they were frozen at the opening, and their digest."""
    row = Account.objects.select_related("terms", "product").get(id=subject.account)
    return {
        "account": row.number,
        "borrower": row.borrower_id,
        "product": row.product.code,
        "currency": row.product.currency,
        "exponent": row.product.exponent,
        "opened_on": str(row.opened_on),
        "limit_minor": row.limit_minor,
        "terms": row.terms.body,
        "terms_sha256": bytes(row.terms.digest).hex(),
    }


def schedule(subject: legal.Subject) -> Rows:
    """A loan's installments as they stand."""
    columns = (
        "number", "due_on", "principal_minor", "interest_minor", "charges_minor", "asked_minor", "left_minor", "met_on",
    )  # fmt: skip
    rows = [
        (one.number, one.due_on, one.principal, one.interest, one.charges, one.asked, one.left, one.met_on)
        for one in subject.page.schedule
    ]
    return Rows("schedule", columns, rows)


def statements(subject: legal.Subject) -> Rows:
    """A line's statements as they were sent, corrections beside them."""
    columns = ("cycle_on", "version", "due_on", "balance_minor", "minimum_minor", "past_due_minor", "interest_minor")
    rows: list[tuple[Any, ...]] = [
        (one.cycle_on, one.version, one.due_on, one.balance, one.minimum, one.past_due, one.interest_charged)
        for one in subject.page.statements
    ]
    return Rows("statements", columns, rows)


def ledger(subject: legal.Subject) -> Rows:
    """Every entry with what it moved, and what was owed after it."""
    columns = (
        "entry", "kind", "effective_day", "booked_day", "reverses", "reversed_by", "stands_for",
        *(f"{name}_minor" for name in AMOUNTS), "owed_minor",
    )  # fmt: skip
    rows = [
        (
            one.line.id, chart.KINDS[one.line.kind][0], one.line.effective_day, one.line.booked_day, one.line.reverses,
            one.line.reversed_by, one.line.stands_for, *(one.line.amounts.get(name, 0) for name in AMOUNTS), one.total,
        )
        for one in running(subject.page.lines, COMPONENTS, 1)
    ]  # fmt: skip
    return Rows("ledger", columns, rows)


def contacts(subject: legal.Subject) -> Rows:
    """Every contact that was decided, made or not: the rules that refused, what became of it, what was written."""
    columns = (
        "decision", "at", "zone", "channel", "purpose", "state", "refused_by", "about_account", "subject", "text", "by",
    )  # fmt: skip
    found = made.of(borrower=subject.borrower, account=subject.account, every=True)
    rows = [
        (
            one.decision, one.at.isoformat(), one.zone, one.channel, one.purpose, one.state,
            " ".join(why.rule for why in one.refusals), one.account is not None, one.subject, one.text, one.by,
        )
        for one in reversed(found)
        if one.decision is not None
    ]  # fmt: skip
    return Rows("contacts", columns, rows)


def rule_sets(subject: legal.Subject) -> dict[str, Any]:
    """The rules by which the contacts were decided, word for word, by digest; and each decision's digest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, rule_set FROM borrowers_contact_decision WHERE borrower_id = %s "
            "AND (account_id IS NULL OR account_id = %s) ORDER BY id",
            [subject.borrower, subject.account],
        )
        decisions = dict(cursor.fetchall())
        cursor.execute(
            "SELECT digest, place, rules FROM borrowers_rule_set WHERE digest = ANY(%s) ORDER BY digest",
            [sorted({*decisions.values()})],
        )
        sets = {digest: {"place": place, "rules": loaded(rules)} for digest, place, rules in cursor.fetchall()}
    return {"decisions": {str(one): digest for one, digest in decisions.items()}, "rule_sets": sets}


def demands(subject: legal.Subject) -> dict[str, Any]:
    """What each demand said, by its number: without name and address, as it is kept."""
    return {row.number: row.body for row in Demand.objects.filter(account_id=subject.account).order_by("id")}


def loaded(told: Any) -> Any:
    """A column of JSON."""
    return json.loads(told) if isinstance(told, str) else told


def queried(name: str, columns: Sequence[str], sql: str, told: Mapping[str, Any]) -> Rows:
    """The rows of a query under their columns."""
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return Rows(name, tuple(columns), [tuple(row) for row in cursor.fetchall()])


def opened(table: Rows) -> Rows:
    """The same with what is encrypted in clear."""
    sealed = {table.columns.index(name) for name in ("text", "answer") if name in table.columns}
    rows = [
        tuple(secrecy.opened(value) if at in sealed and value else value for at, value in enumerate(row))
        for row in table.rows
    ]
    return Rows(table.name, table.columns, rows)
