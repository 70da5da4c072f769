"""The yearly review of an agency: what it did, as figures computed from rows; the result, by whom, when the next is."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction

from . import agencies, agency_commission
from .agencies import CONTINUE, END, NARROW, AgencyRefused
from .agency_earned import PPM
from .agency_tables import AgencyReport, AgencyReview

RESULTS = (CONTINUE, NARROW, END)
"""continue: as before; narrow: it keeps what it has and gets no more; end: every case comes back."""
PLACED = """
SELECT count(DISTINCT p.id), count(DISTINCT p.id) FILTER (WHERE p."on" >= %(since)s),
    count(DISTINCT p.id) FILTER (WHERE r."on" > %(since)s AND r."on" <= %(on)s)
FROM recovery_placement p LEFT JOIN recovery_recall r ON r.placement_id = p.id
WHERE p.agency_id = %(agency)s AND p."on" <= %(on)s AND (r."on" IS NULL OR r."on" > %(since)s)
"""
"""Cases that the agency had within the days; those placed within them, those recalled."""
OWED = """
SELECT a.currency, sum(a.owed_minor)::bigint FROM recovery_placed_account a
JOIN recovery_placement p ON p.id = a.placement_id LEFT JOIN recovery_recall r ON r.placement_id = p.id
WHERE p.agency_id = %(agency)s AND a."on" <= %(on)s AND (r."on" IS NULL OR r."on" > %(since)s) GROUP BY 1 ORDER BY 1
"""
COMPLAINTS = """
SELECT count(*), count(*) FILTER (WHERE s.outcome IN ('upheld', 'partly_upheld')) FROM care_complaint c
LEFT JOIN LATERAL (SELECT outcome FROM care_complaint_state WHERE complaint_id = c.id AND state = 'answered'
    ORDER BY id DESC LIMIT 1) s ON true
WHERE c.received_on BETWEEN %(since)s AND %(on)s AND (c.agency = %(code)s OR EXISTS
    (SELECT FROM care_complaint_agency a WHERE a.complaint_id = c.id AND a.agency = %(code)s))
"""


class Figures(NamedTuple):
    """What an agency did from a day through a day, by the rows that there are; amounts in minor units by currency.

    placed: the cases that it had; complaints_ppm: complaints a million of them. files_late: files with a late row.
    """

    placed: int
    newly_placed: int
    recalled: int
    owed_minor: Mapping[str, int]
    received_minor: Mapping[str, int]
    commission_micro: Mapping[str, int]
    contacts: int
    breaches: int
    breaches_by_rule: Mapping[str, int]
    promises: int
    disputes: int
    complaints: int
    complaints_upheld: int
    complaints_ppm: int
    files: int
    files_late: int


def figures(*, agency: str, since: date, on: date) -> Figures:
    """The figures of an agency from a day through a day."""
    row = agencies.named(agency=agency)
    told = {"agency": row.id, "code": row.code, "since": since, "on": on}
    with connection.cursor() as cursor:
        cursor.execute(PLACED, told)
        placed, new, recalled = cursor.fetchone()
        cursor.execute(OWED, told)
        owed = dict(cursor.fetchall())
        cursor.execute(COMPLAINTS, told)
        complained, upheld = cursor.fetchone()
    reports = list(AgencyReport.objects.filter(agency_id=row.id, day__range=(since, on)))
    kinds = Counter(one.kind for one in reports)
    rules = Counter(breach.partition("@")[0] for one in reports for breach in one.breaches)
    received: Counter[str] = Counter()
    commission: Counter[str] = Counter()
    for one in agency_commission.earned(row.id, since, on):
        received[one.received.currency] += one.received.amount_minor
        commission[one.received.currency] += one.micro
    return Figures(
        placed, new, recalled, owed, dict(received), dict(commission), kinds["contact"],
        sum(bool(one.breaches) for one in reports), dict(sorted(rules.items())), kinds["promise"], kinds["dispute"],
        complained, upheld, complained * PPM // placed if placed else 0, len({one.file_id for one in reports}),
        len({one.file_id for one in reports if one.late}),
    )  # fmt: skip


def review(*, agency: str, on: date, result: str, by: str, reason: str) -> AgencyReview:
    """Review an agency as of a day, by figures since the review before (or since it was first engaged).

    The next is due within the time that the rule gives, and before the contract ends.
    """
    if result not in RESULTS:
        raise AgencyRefused(f"result: {result!r} is none of {', '.join(RESULTS)}")
    if not reason.strip():
        raise AgencyRefused("reason: say what the result rests on")
    with transaction.atomic():
        agencies.alone()
        held = agencies.held(agency=agency, on=on)
        if AgencyReview.objects.filter(agency_id=held.row.id, on__gte=on).exists():
            raise AgencyRefused(f"on: {agency} was reviewed on {on} or later")
        since = held.reviewed_on or on
        return AgencyReview.objects.create(
            agency_id=held.row.id, on=on, since=since, figures=plain(figures(agency=agency, since=since, on=on)),
            result=result, next_on=next_due(held, on), rule=held.review.rule, by=by, reason=reason,
        )  # fmt: skip


def next_due(held: agencies.Held, on: date) -> date:
    """By when an agency that is reviewed on a day is reviewed again."""
    latest = held.review.due_on(on)
    ends = held.terms.contract_to if held.terms and held.review.before_contract_ends else latest
    return min(latest, ends) if ends > on else latest


def plain(told: Figures) -> dict[str, Any]:
    """Figures as they are kept."""
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in told._asdict().items()}
