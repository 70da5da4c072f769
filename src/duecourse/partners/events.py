"""What partners are told of: facts of the book, each made an event once, by a reader with a bookmark.

The journal, the sealed days and the rows of areas are the events; no area knows that anybody listens. An event tells
ids, days and amounts, and nobody's name. It is written in one transaction with how far the reader has come.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Max

from duecourse.book import marks
from duecourse.book.tables import Day
from duecourse.ledger import chart
from duecourse.ledger import read as ledger
from duecourse.ledger.read import Written
from duecourse.servicing.parties import LENDER
from duecourse.servicing.tables import Account, Statement

from . import seen
from .webhook_tables import WebhookDelivery, WebhookEndpoint, WebhookEvent

READER = "webhooks"
SEALED = "day.sealed"
ENTRIES = 5_000
"""How many entries are read in one transaction."""
LATE = timedelta(days=1)
"""A row may be seen so long after it was recorded: no transaction stays open longer."""
OF_ENTRIES = {
    "payment.received": chart.PAYMENT, "payment.bounced": chart.CHARGEBACK, "account.charged_off": chart.CHARGE_OFF,
    "account.written_off": chart.WRITE_OFF,
}  # fmt: skip
OF_ARRANGEMENTS = tuple(f"arrangement.{state}" for state in ("agreed", "broken", "cured", "fulfilled", "ended"))
OF_LENDER = ("promise.kept", "promise.partly_kept", "promise.broken", "case.moved")
"""Events about a person, with all that they have: the lender alone is told."""
KINDS = (
    *OF_ENTRIES, "payment.reversed", "statement.made", "statement.corrected", SEALED, *OF_ARRANGEMENTS,
    *OF_LENDER,
)  # fmt: skip


class Happened(NamedTuple):
    """A fact before it is an event: its kind, the id of the row that says so, the account, what is told, since when."""

    kind: str
    source_id: int
    account_id: int | None
    told: Mapping[str, Any]
    recorded_at: datetime


def gather(*, at: datetime) -> Counter[str]:
    """Make events of what happened since the last time, with a delivery for each endpoint that is told; by kind.

    Days and rows are read before any entry is an event, in one transaction with the first of them: they are read from
    the newest event on, and one that is stopped in between has lost none.
    """
    came: Counter[str] = Counter()
    is_first_read = True
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(22, 1)")
            endpoints = list(WebhookEndpoint.objects.filter(webhookendpointend=None).order_by("id"))
            entries = ledger.entries_since(reader=READER, limit=ENTRIES) if endpoints else []
            found = list(of_entries(cursor, entries))
            if entries:
                ledger.advance(reader=READER, last=entries[-1])
            if endpoints and is_first_read:
                since = min(one.recorded_at for one in endpoints)
                found = [*of_days(since), *of_rows(cursor, since), *found]
            came += keep(found, endpoints, at)
            is_first_read = False
        if not entries:
            return came


def of_entries(cursor: CursorWrapper, entries: Sequence[Written]) -> Iterator[Happened]:
    """Payments that came, bounced or were taken back, and accounts that left the books."""
    kinds = {number: kind for kind, number in OF_ENTRIES.items()}
    for one in entries:
        if one.account_id is None or one.owner or one.kind not in kinds:
            continue
        if one.reverses is not None:
            if one.kind == chart.PAYMENT and is_gone(cursor, one):
                told = told_of(one) | {"reverses": one.reverses}
                yield Happened("payment.reversed", one.id, one.account_id, told, one.recorded_at)
        elif is_first(cursor, one):
            yield Happened(kinds[one.kind], one.id, one.account_id, told_of(one), one.recorded_at)


def told_of(one: Written) -> dict[str, Any]:
    """What is told of an entry."""
    amount = one.amounts.get(chart.COUNTERPART.get(one.kind, ""), 0) or one.amounts.get("charged_off", 0)
    return {
        "entry": one.id, "amount_minor": abs(amount), "currency": one.currency,
        "effective_day": str(one.effective_day), "booked_day": str(one.booked_day),
    }  # fmt: skip


GONE = """
SELECT NOT EXISTS (SELECT FROM ledger_entry p WHERE p.account_id = x.account_id AND p.kind = x.kind
    AND p.reverses IS NULL AND coalesce(x.stands_for, x.id) IN (p.id, p.stands_for)
    AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.account_id = p.account_id AND r.reverses = p.id))
FROM ledger_entry x WHERE x.id = %s
"""


def is_gone(cursor: CursorWrapper, reversal: Written) -> bool:
    """Whether a reversal takes its payment back for good; a replay posts it again, shared out otherwise."""
    cursor.execute(GONE, [reversal.reverses])
    return bool(cursor.fetchone()[0])


def is_first(cursor: CursorWrapper, one: Written) -> bool:
    """Whether an entry is the first that says what it says; a replay posts it again."""
    if one.stands_for is None:
        return True
    cursor.execute(
        "SELECT NOT EXISTS (SELECT FROM ledger_entry WHERE account_id = %s AND id < %s AND %s IN (id, stands_for) "
        "AND kind = %s)",  # an act makes entries of several kinds
        [one.account_id, one.id, one.stands_for, one.kind],
    )
    return bool(cursor.fetchone()[0])


def of_days(since: datetime) -> Iterator[Happened]:
    """Days that were sealed, each with the statements that were booked on it."""
    known = set(WebhookEvent.objects.filter(kind=SEALED).values_list("source_id", flat=True))
    for row in Day.objects.filter(recorded_at__gte=since).order_by("day"):
        number = row.day.toordinal()
        if number in known:
            continue
        yield Happened(SEALED, number, None, {"day": str(row.day), "digest": bytes(row.digest).hex()}, row.recorded_at)
        booked = Statement.objects.filter(id__gt=marks.before(row.day).statement, booked_day=row.day)
        for one in booked.order_by("id").iterator():
            kind = "statement.made" if one.version == 1 else "statement.corrected"
            yield Happened(
                kind, one.id, one.account_id,
                {
                    "cycle_on": str(one.cycle_on), "version": one.version, "balance_minor": one.balance,
                    "minimum_minor": one.minimum, "due_on": str(one.due_on) if one.due_on else None,
                },
                row.recorded_at,
            )  # fmt: skip


ROWS = (
    """SELECT 'arrangement.' || s.state, s.id, a.account_id,
        json_build_object('arrangement', s.arrangement_id, 'on', s."on"), s.recorded_at
    FROM servicing_arrangement_state s JOIN servicing_arrangement a ON a.id = s.arrangement_id
    WHERE s.takes_back IS NULL AND s.recorded_at >= %(since)s""",
    """SELECT 'promise.' || s.state, s.id, p.account_id, json_build_object('promise', p.id, 'on', s."on"), s.recorded_at
    FROM care_promise_state s JOIN care_promise p ON p.id = s.promise_id
    WHERE s.state IN ('kept', 'partly_kept', 'broken') AND s.recorded_at >= %(since)s""",
    """SELECT 'case.moved', s.id, NULL, json_build_object('case', s.case_id, 'on', s."on", 'stage', s.stage,
        'treatment', s.treatment), s.recorded_at
    FROM recovery_case_state s WHERE s.recorded_at >= %(since)s""",
)
"""Rows of areas beside and below, read as rows."""


def of_rows(cursor: CursorWrapper, since: datetime) -> Iterator[Happened]:
    """What arrangements, promises and cases became: recorded since the newest event, or late before it."""
    newest = WebhookEvent.objects.aggregate(newest=Max("recorded_at"))["newest"]
    for sql in ROWS:
        cursor.execute(
            f"SELECT * FROM ({sql}) t (kind, id, account_id, told, recorded_at) WHERE NOT EXISTS "
            "(SELECT FROM partners_webhook_event e WHERE e.kind = t.kind AND e.source_id = t.id) ORDER BY id",
            {"since": max(since, newest - LATE) if newest else since},
        )
        yield from (Happened(*row) for row in cursor.fetchall() if row[0] in KINDS)


def keep(found: Sequence[Happened], endpoints: Sequence[WebhookEndpoint], at: datetime) -> Counter[str]:
    """Keep facts as events, with a delivery for each endpoint that is told; those that nobody asked for are left.

    A sealed day is kept whether or not anybody asked: it says how far days were read. What is kept is not kept again.
    """
    new = those_new(found)
    wanted = [one for one in new if any(wants(endpoint, one) for endpoint in endpoints)]
    read = [one for one in new if one.kind == SEALED and one not in wanted]
    ids = {one.account_id for one in wanted if one.account_id is not None}
    numbers = dict(Account.objects.filter(id__in=ids).values_list("id", "number"))
    facts = (*wanted, *read)
    rows = WebhookEvent.objects.bulk_create(
        WebhookEvent(
            kind=one.kind, source_id=one.source_id, account_id=one.account_id,
            body={
                "type": one.kind, "timestamp": at.isoformat(),
                "data": ({"account": numbers[one.account_id]} if one.account_id in numbers else {}) | dict(one.told),
            },
        )
        for one in facts
    )  # fmt: skip
    visible = {one.partner: seen.among(partner=one.partner, accounts=ids) for one in endpoints}
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(event=row, endpoint=endpoint, next_at=at)
        for row, one in zip(rows, facts, strict=True)
        for endpoint in endpoints
        if wants(endpoint, one) and (row.account_id is None or row.account_id in visible[endpoint.partner])
    )
    return Counter(one.kind for one in wanted)


def those_new(found: Sequence[Happened]) -> list[Happened]:
    """The facts that are no events yet."""
    told = WebhookEvent.objects.filter(
        kind__in={one.kind for one in found}, source_id__in={one.source_id for one in found}
    )
    known = set(told.values_list("kind", "source_id"))
    return [one for one in found if (one.kind, one.source_id) not in known]


def wants(endpoint: WebhookEndpoint, fact: Happened) -> bool:
    """Whether an endpoint is told of a fact: of a kind that it asked for and may have, recorded since it was added."""
    may_have = endpoint.partner == LENDER or fact.kind not in OF_LENDER
    return may_have and fact.kind in (endpoint.kinds or KINDS) and fact.recorded_at >= endpoint.recorded_at
