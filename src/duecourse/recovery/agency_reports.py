"""What an agency reports of its placements: each row kept once, contacts judged, what is late or a breach marked.

A promise, complaint or dispute is care's, a payment the ledger's: whoever reads the file writes these, and keeps here
what each became.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from duecourse.borrowers import secrecy
from duecourse.ledger.journal import Refused
from duecourse.outreach import for_us

from . import agencies, agency_terms, legal, placements
from .agency_out import RECALLS
from .agency_tables import Agency, AgencyFile, AgencyFileRow, AgencyReport, PlacedAccount, Placement, Recall
from .agency_terms import Terms

CONTACT, PAYMENT, PROMISE, COMPLAINT, DISPUTE = KINDS = ("contact", "payment", "promise", "complaint", "dispute")
CHANNEL, NOT_PLACED, RECALLED = "TERMS-CHANNEL", "NOT-PLACED", "RECALLED"
"""Breaches that are none of a rule of contact: a channel not agreed, before the placement, after its recall."""


class ReportReused(Refused):
    """The agency used the same name for another row."""

    code = "agency_report_reused"


class AccountUnclear(Refused):
    """The placement has several accounts, and the row says none of them."""

    code = "agency_account_unclear"


class Subject(NamedTuple):
    """What a row is about: the agency, its placement, under which terms, the account that is named or the only one.

    account: None where the placement has several and none is named.
    """

    agency: Agency
    placement: Placement
    terms: Terms
    account: PlacedAccount | None

    @property
    def by(self) -> str:
        """Who told us."""
        return f"agency {self.agency.code}"

    def one_account(self) -> PlacedAccount:
        """The account; refused where it is not clear which."""
        if self.account is None:
            raise AccountUnclear(
                f"placement {self.placement.reference} has several accounts: name {'<reference>-1'}, …"
            )
        return self.account


def subject(*, agency: str, reference: str) -> Subject:
    """What a reference of an agency's names: P… a placement, P…-2 the second account of it."""
    row = agencies.named(agency=agency)
    name, _, number = reference.partition("-")
    placed = Placement.objects.filter(agency_id=row.id, reference=name).first()
    own = list(PlacedAccount.objects.filter(placement_id=placed.id)) if placed else []
    chosen = [one for one in own if str(one.number) == number] if number else own if len(own) == 1 else []
    if placed is None or (number and not chosen):
        raise placements.NoSuchPlacement(f"{agency} has no placement {reference[:40]}")
    terms = agency_terms.from_plain(agencies.terms_row(placed.terms_id).body)
    return Subject(row, placed, terms, chosen[0] if chosen else None)


def before(about: Subject, reference: str, told: Mapping[str, Any]) -> AgencyReport | None:
    """The row that was kept under the agency's name for it; another row under that name is refused."""
    row = AgencyReport.objects.filter(agency_id=about.agency.id, reference=reference).first()
    if row is not None and bytes(row.digest) != digest_of(told):
        raise ReportReused(f"{about.agency.code} told another row as {reference[:60]}")
    return row


def digest_of(told: Mapping[str, Any]) -> bytes:
    """What a row is known by: keyed, since it may hold a person's words."""
    return secrecy.digest(json.dumps(told, sort_keys=True, ensure_ascii=False, default=str))


def keep(
    about: Subject, *, kind: str, reference: str, told: Mapping[str, Any], at: datetime, row_id: int, file: int,
    day: date, by: str, account: int | None = None, amount_minor: int | None = None, breaches: tuple[str, ...] = (),
) -> AgencyReport:  # fmt: skip
    """Keep a row that an agency reported and what it became. `day`: on which it was taken."""
    late = day > legal.day_of(at) + timedelta(days=about.terms.tell_within_days)
    return AgencyReport.objects.create(
        agency_id=about.agency.id, placement_id=about.placement.id, reference=reference, kind=kind, at=at,
        account_id=account, amount_minor=amount_minor, row_id=row_id, day=day, late=late, breaches=list(breaches),
        file_id=file, digest=digest_of(told), by=by,
    )  # fmt: skip


def contacted(
    about: Subject, *, reference: str, told: Mapping[str, Any], at: datetime, channel: str, result: str, relation: str,
    file: int, day: date, by: str,
) -> AgencyReport:  # fmt: skip
    """Keep a contact that an agency made: in the person's history, judged by the rules in force at its moment."""
    with transaction.atomic():
        decision = for_us.made(
            person=about.placement.borrower_id, channel=channel, purpose="collection", at=at, outcome=result,
            relation=relation, by=about.by, reason=f"placement {about.placement.reference}",
            key=f"agency:{about.agency.code}:{reference}",
        )  # fmt: skip
        breaches = (*(one.version for one in decision.answer.refusals), *against_terms(about, channel, at))
        return keep(
            about, kind=CONTACT, reference=reference, told=told, at=at, row_id=decision.id, file=file, day=day, by=by,
            breaches=breaches,
        )  # fmt: skip


def against_terms(about: Subject, channel: str, at: datetime) -> list[str]:
    """What of a contact was against what is agreed: its channel, or that the case was not with the agency then.

    A recall binds from the day after the one on which a file told of it.
    """
    found = [] if channel in about.terms.channels else [CHANNEL]
    on = legal.day_of(at)
    if on < about.placement.on:
        found.append(NOT_PLACED)
    _, bound = recalled(about.placement)
    if bound and on >= bound:
        found.append(RECALLED)
    return found


def recalled(placement: Placement) -> tuple[date | None, date | None]:
    """From which day a placement was recalled, and from which day that binds the agency; None: not, or not told."""
    recall = Recall.objects.filter(placement_id=placement.id).first()
    files = AgencyFileRow.objects.filter(placement_id=placement.id).values("file_id")
    told = AgencyFile.objects.filter(id__in=files, kind=RECALLS).order_by("id").first()
    if recall is None or told is None:
        return recall and recall.on, None
    return recall.on, max(told.day + timedelta(days=2), recall.on)


def outside(about: Subject, at: datetime) -> str | None:
    """Why what is told of an instant cannot be the agency's: before it had the account, or when the tail is over.

    Where a file told of the recall so late that it binds only after the tail, until it binds.
    """
    on, first = legal.day_of(at), (about.account or about.placement).on
    if on < first:
        return f"{on} is before {first}, when the agency got it"
    since, bound = recalled(about.placement)
    if since and bound and on >= max(bound, since + timedelta(days=about.terms.tail_days)):
        return f"{on} is after the recall from {since} and the {about.terms.tail_days} days that follow"
    return None
