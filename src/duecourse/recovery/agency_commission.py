"""Commission: what an agency earned in a month, with each payment behind it; what bounced or was refunded takes its
commission back.

It is kept as rows: the ledger says what borrowers owe and paid, and pays no agency.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.book import read as book
from duecourse.ledger import chart
from duecourse.ledger.journal import Refused

from . import agencies, agency_earned
from .agency_earned import PPM, Earned, Received, Window
from .agency_reports import PAYMENT
from .agency_tables import CommissionLine, CommissionStatement

KINDS = (chart.PAYMENT, chart.RECOVERY, chart.CHARGEBACK, chart.CREDIT_REFUND)
"""Entries by which a borrower's money comes and goes."""


class CommissionRefused(Refused):
    """A month that cannot be stated: it is not over, or a later one is stated."""

    code = "commission_refused"


class Stated(NamedTuple):
    """A statement with its lines; kept_back_minor: what of the commission the agency keeps of what it took (net)."""

    row: CommissionStatement
    lines: list[CommissionLine]
    kept_back_minor: int


WINDOWS = """
SELECT a.account_id, p.agency_id, a.id, a."on", r."on", (t.body ->> 'tail_days')::int, a.commission_ppm
FROM recovery_placed_account a JOIN recovery_placement p ON p.id = a.placement_id
JOIN recovery_agency_terms t ON t.id = p.terms_id LEFT JOIN recovery_recall r ON r.placement_id = p.id
WHERE a.account_id = ANY(%s) ORDER BY a.account_id, a.id
"""
RECEIVED = """
WITH back AS (SELECT a.id, a.entry_id, q.xid, coalesce((a.body ->> 'payment')::bigint, p.entry_id) AS paid
    FROM servicing_act a LEFT JOIN servicing_act p ON p.id = (a.body ->> 'of')::bigint
    LEFT JOIN ledger_entry q ON q.id = a.entry_id
    WHERE a.account_id = ANY(%(accounts)s) AND a.kind IN ('bounce', 'chargeback')),
taken AS (SELECT r.account_id, r.row_id, q.xid FROM recovery_agency_report r JOIN ledger_entry q ON q.id = r.row_id
    WHERE r.kind = %(payment)s AND r.account_id = ANY(%(accounts)s) AND r.agency_id = %(agency)s)
SELECT e.id, e.account_id, e.currency, e.cash, coalesce(f.effective_day, b.effective_day),
    EXISTS (SELECT FROM taken t WHERE t.account_id = e.account_id
        AND (t.row_id IN (f.id, f.place, coalesce(b.stands_for, b.id)) OR t.xid IN (f.xid, b.xid))),
    e.booked_day, CASE WHEN b.kind = %(refund)s THEN b.id END
FROM ledger_entry e JOIN ledger_entry b ON b.id = coalesce(e.reverses, e.id)
LEFT JOIN LATERAL (SELECT p.id, p.xid, p.effective_day, coalesce(p.stands_for, p.id) AS place FROM back
    JOIN ledger_entry p ON p.account_id = b.account_id AND p.reverses IS NULL
        AND coalesce(p.stands_for, p.id) = back.paid
    WHERE b.kind = %(back)s
        AND (coalesce(b.stands_for, b.id) IN (-back.id, back.entry_id) OR back.xid = b.xid)
    ORDER BY p.id DESC LIMIT 1) f ON true
WHERE e.account_id = ANY(%(accounts)s) AND b.kind = ANY(%(kinds)s) AND e.cash <> 0
    AND e.booked_day >= %(first)s AND e.booked_day <= %(last)s ORDER BY e.id
"""
"""What came in and was taken back, booked from a day through a day, and whether the agency took it in; a chargeback by
the payment that it takes back. An act's other entries are of the same transaction as the one it names."""


def windows(accounts: Sequence[int]) -> dict[int, list[Window]]:
    """Of each account when it was with which agency."""
    with connection.cursor() as cursor:
        cursor.execute(WINDOWS, [list(accounts)])
        found: dict[int, list[Window]] = {}
        for account, agency, placed, since, until, tail, ppm in cursor.fetchall():
            found.setdefault(account, []).append(Window(agency, placed, since, until, tail, ppm))
    return found


def received(accounts: Sequence[int], agency: int, first: date, last: date) -> list[Received]:
    """What came in on accounts, and what was taken back, by when it was booked; whether this agency took it in."""
    told = {
        "accounts": list(accounts), "kinds": list(KINDS), "payment": PAYMENT, "back": chart.CHARGEBACK,
        "refund": chart.CREDIT_REFUND, "agency": agency, "first": first, "last": last,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RECEIVED, told)
        return [Received(*row) for row in cursor.fetchall()]


def accounts_of(agency: int) -> tuple[list[int], list[str], date | None]:
    """The accounts that an agency ever had, their currencies, and since when it had any."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT array_agg(DISTINCT a.account_id), array_agg(DISTINCT a.currency::text), min(a."on") '
            "FROM recovery_placed_account a JOIN recovery_placement p ON p.id = a.placement_id WHERE p.agency_id = %s",
            [agency],
        )
        accounts, currencies, since = cursor.fetchone()
    return list(accounts or ()), sorted(currencies or ()), since


def earned(agency: int, first: date, last: date) -> list[Earned]:
    """What an agency earned by entries booked from a day through a day."""
    accounts, _, since = accounts_of(agency)
    if since is None:
        return []
    told = agency_earned.earned(received(accounts, agency, since, last), windows(accounts))
    return [one for one in told if one.window.agency == agency and one.received.booked_on >= first]


def state(*, agency: str, month: date, by: str) -> list[Stated]:
    """State what an agency earned through a month that is sealed, one statement for each currency; again: the same.

    Each entry is stated once; what was booked in earlier months that nobody stated is in it too.
    """
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    row = agencies.named(agency=agency)
    with transaction.atomic():
        agencies.alone()
        before = CommissionStatement.objects.filter(agency_id=row.id)
        if not before.filter(month=first).exists():
            refuse(agency, before, first, last)
            write(row.id, first, last, by)
        return [with_lines(one) for one in before.filter(month=first).order_by("currency")]


def refuse(agency: str, before: Iterable[CommissionStatement], first: date, last: date) -> None:
    """Refuse a month that is not over, and one before a month that is stated."""
    sealed = book.last_sealed()
    if sealed is None or sealed < last:
        raise CommissionRefused(f"month: {first:%Y-%m} is not sealed through {last}; the last sealed day is {sealed}")
    later = max((one.month for one in before), default=date.min)
    if later > first:
        raise CommissionRefused(f"month: {later:%Y-%m} of {agency} is stated already")


def write(agency: int, first: date, last: date, by: str) -> None:
    """Write the statements of a month with their lines."""
    _, currencies, _ = accounts_of(agency)
    told = earned(agency, date.min, last)
    ours = CommissionStatement.objects.filter(agency_id=agency).values("id")
    stated = CommissionLine.objects.filter(
        statement_id__in=ours, entry_id__in=[one.received.entry for one in told]
    )  # of a refund, another agency may have stated its own part
    known = set(stated.values_list("entry_id", flat=True))
    fresh = [one for one in told if one.received.entry not in known]
    for currency in currencies:
        own = [one for one in fresh if one.received.currency == currency]
        past = CommissionStatement.objects.filter(agency_id=agency, currency=currency).order_by("-month").first()
        brought, exact = past.carried_micro if past else 0, sum(one.micro for one in own)
        commission, carried = agency_earned.split(exact, brought)
        made = CommissionStatement.objects.create(
            agency_id=agency, month=first, currency=currency, exact_micro=exact,
            payments=len({one.received.entry for one in own}),
            received_minor=sum(one.received.amount_minor for one in own),
            taken_minor=sum(one.received.amount_minor for one in own if one.received.by_agency),
            brought_micro=brought, commission_minor=commission, carried_micro=carried, by=by,
        )  # fmt: skip
        CommissionLine.objects.bulk_create(
            CommissionLine(
                statement_id=made.id, entry_id=one.received.entry, placed_account_id=one.window.placed_account,
                amount_minor=one.received.amount_minor, commission_ppm=one.window.commission_ppm,
                counted_on=one.received.counted_on, by_agency=one.received.by_agency,
            )
            for one in own
        )  # fmt: skip


def with_lines(row: CommissionStatement) -> Stated:
    """A statement with its lines, and what of the commission the agency keeps back where its terms say net."""
    lines = list(CommissionLine.objects.filter(statement_id=row.id).order_by("id"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id FROM recovery_placed_account a JOIN recovery_placement p ON p.id = a.placement_id "
            "JOIN recovery_agency_terms t ON t.id = p.terms_id WHERE a.id = ANY(%s) AND t.body ->> 'remits' = 'net'",
            [[one.placed_account_id for one in lines]],
        )
        net = {placed for (placed,) in cursor.fetchall()}
    kept = sum(exact(one) for one in lines if one.by_agency and one.placed_account_id in net)
    return Stated(row, lines, kept // PPM)


def exact(line: CommissionLine) -> int:
    """What a line earns, in millionths of a minor unit."""
    return line.amount_minor * line.commission_ppm


def rows(told: Stated, exponent: int) -> list[list[str]]:
    """The lines of a statement as they may be told the agency: its references, days, amounts, rates; no account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, p.reference || '-' || a.number FROM recovery_placed_account a "
            "JOIN recovery_placement p ON p.id = a.placement_id WHERE a.id = ANY(%s)",
            [[one.placed_account_id for one in told.lines]],
        )
        names = dict(cursor.fetchall())
    return [
        [
            names[one.placed_account_id], str(one.counted_on), str(Decimal(one.amount_minor).scaleb(-exponent)),
            str(one.commission_ppm), str(Decimal(exact(one)).scaleb(-exponent - 6)), PAID_TO[one.by_agency],
        ]
        for one in told.lines
    ]  # fmt: skip


PAID_TO = {True: "agency", False: "us"}
COLUMNS = ("reference", "counted_on", "amount", "commission_ppm", "commission_exact", "paid_to")
"""What stands in a file of a statement's lines."""
