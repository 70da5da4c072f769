"""Whether a borrower was told that bad information goes, or went, to a bureau (CN-BUR-02, US-FC-05)."""

from datetime import UTC, date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from duecourse.rules.notice_terms import ReportNotice, report_notice

from . import reach
from .contact_tables import Notice


class Noticed(NamedTuple):
    """The rule of the place (None: none is kept, or the place is not known), the day of the first notice, its last day.

    `may`: whether bad information may be supplied on the day: where no rule is known nobody can say so, and it may not.
    """

    place: str
    rule: ReportNotice | None
    sent_on: date | None
    last_on: date | None
    may: bool


def negative_report(*, borrower: int, account: int, on: date, reported_on: date | None = None) -> Noticed:
    """Whether bad information about an account may be supplied, or stay supplied, on a day by the notice that was sent.

    `reported_on`: when it was first supplied, None: it is to be on the day. A notice without an account is of all; days
    are the borrower's own, UTC where no zone is known.
    """
    home = reach.residence(borrower=borrower)
    zone = ZoneInfo(home.zone) if home is not None and home.zone else UTC
    of_account = Q(account_id=account) | Q(account_id__isnull=True)
    first = Notice.objects.filter(of_account, borrower_id=borrower, kind="negative_report").order_by("sent_at").first()
    sent_on = None if first is None else first.sent_at.astimezone(zone).date()
    rule = report_notice(place=home.place, on=on) if home is not None else None
    if rule is None:
        return Noticed(home.place if home else "", None, sent_on, None, False)
    last_on = rule.last_on(reported_on or on)
    told = sent_on is not None and sent_on <= last_on and sent_on <= on
    return Noticed(
        home.place if home else "", rule, sent_on, last_on, told or (not rule.must_precede and on <= last_on)
    )
