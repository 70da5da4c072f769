"""Agencies: added, their terms agreed and approved by two, engaged, suspended, ended; what holds of one on a day."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.ledger.journal import Refused
from duecourse.rules import agency_rules, places
from duecourse.rules.agency_rules import ReviewRule

from . import agency_terms, decided
from .agency_tables import (
    Agency,
    AgencyApproval,
    AgencyReview,
    AgencyState,
    AgencyTerms,
    AgencyTermsTurnedDown,
)  # fmt: skip
from .agency_terms import Terms

ENGAGED, SUSPENDED, ENDED = "engaged", "suspended", "ended"
FOLLOWS = {"": (ENGAGED,), ENGAGED: (SUSPENDED, ENDED), SUSPENDED: (ENGAGED, ENDED), ENDED: (ENGAGED,)}
"""What an agency may become after each state; before the first it is nothing."""
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""What an agency is known by: it stands in keys of requests, whose parts a colon divides."""
CONTINUE, NARROW, END = "continue", "narrow", "end"


class NoSuchAgency(Refused):
    """There is no such agency, or no such terms of one."""

    code = "no_such_agency"


class AgencyRefused(Refused):
    """Something of an agency that cannot be so; the message names the field."""

    code = "agency_refused"


class AgencyNotApproved(Refused):
    """Too few persons have approved the agency's terms, or this one may not."""

    code = "agency_not_approved"


class TermsTurnedDown(Refused):
    """Somebody turned the terms down: they are never approved."""

    code = "agency_terms_turned_down"


class TermsApproved(Refused):
    """As many as the house asks for have approved the terms: they cannot be turned down any more."""

    code = "agency_terms_approved"


class AgencyNotReady(Refused):
    """An agency that gets no case: not engaged, no terms in force, or its review is overdue."""

    code = "agency_not_ready"


class Held(NamedTuple):
    """An agency as it is on a day: its state, its approved terms in force, and its review.

    terms: None where no contract holds. reviewed_on: the last review, or the day it was first engaged; None: neither.
    """

    row: Agency
    state: str
    since: date | None
    terms_id: int
    terms: Terms | None
    reviewed_on: date | None
    review: ReviewRule
    result: str

    @property
    def review_due_on(self) -> date | None:
        """The last day on which the last review still holds."""
        return self.review.due_on(self.reviewed_on) if self.reviewed_on else None

    def faults(self, on: date) -> list[str]:
        """Why it gets no case on a day; nothing: it may."""
        found = []
        if self.state != ENGAGED:
            found.append(f"it is {self.state or 'not engaged'}" + (f" since {self.since}" if self.since else ""))
        if self.terms is None:
            found.append(f"no approved terms hold on {on}")
        if self.review_due_on is None or self.review_due_on < on:
            found.append(f"its review was due on {self.review_due_on} ({self.review.rule})")
        if self.result == END:
            found.append("its last review ended in: end")
        return found


def alone() -> None:
    """Wait until nobody else changes agencies or places cases with them; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(13, 2)")


def add(*, code: str, name: str, contact: str, places_of: Sequence[str], by: str, reason: str) -> int:
    """Keep an agency; the same code again is refused. `contact`: how it is reached. `places_of`: where it may work."""
    if not CODE.fullmatch(code):
        raise AgencyRefused(f"code: {code[:40]!r}: letters, digits, - and _, at most 40")
    for field, told in (("name", name), ("contact", contact)):
        if not told.strip():
            raise AgencyRefused(f"{field}: nothing is said")
    if not places_of:
        raise AgencyRefused("places: an agency works somewhere")
    known = [places.upward(one)[0] for one in places_of]
    with transaction.atomic():
        alone()
        if Agency.objects.filter(code=code).exists():
            raise AgencyRefused(f"code: there is an agency {code}")
        row = Agency.objects.create(code=code, name=name, contact=contact, places=known, by=by, reason=reason)
    return int(row.id)


def named(*, agency: str) -> Agency:
    """An agency by its code."""
    row = Agency.objects.filter(code=agency).first()
    if row is None:
        raise NoSuchAgency(f"there is no agency {agency}")
    return row


def propose(*, agency: str, text: str, by: str, reason: str) -> int:
    """Keep terms for an agency (TOML) for others to approve; the same terms are kept once."""
    told = agency_terms.read(text)
    longest = agency_rules.house_terms(on=told.contract_from).longest_contract_days
    if (told.contract_to - told.contract_from).days >= longest:
        raise agency_terms.AgencyTermsRefused(f"contract_to: no terms run for more than {longest} days")
    with transaction.atomic():
        alone()
        row, _ = AgencyTerms.objects.get_or_create(
            agency_id=named(agency=agency).id, digest=told.digest,
            defaults={
                "contract_from": told.contract_from, "contract_to": told.contract_to, "body": agency_terms.plain(told),
                "by": by, "reason": reason,
            },
        )  # fmt: skip
        refuse_turned_down(row.id)
    return int(row.id)


def approve(*, terms: int, on: date, by: str, reason: str) -> int:
    """Approve an agency's terms: by a person who did not bring them in, once each; how many have.

    Terms that go on after others want a review since those began, where the law of a place asks for one.
    """
    with transaction.atomic():
        alone()
        row = terms_row(terms)
        refuse_turned_down(terms)
        if row.by == by:
            raise AgencyNotApproved(f"terms {terms}: {by} brought them in")
        if AgencyApproval.objects.filter(terms_id=terms, by=by).exists():
            raise AgencyNotApproved(f"terms {terms}: {by} has approved them before")
        refuse_unreviewed(row, on)
        AgencyApproval.objects.create(terms_id=terms, on=on, by=by, reason=reason)
    return approvals(terms)


def turn_down(*, terms: int, on: date, by: str, reason: str) -> None:
    """Turn down terms that too few have approved, with a reason; they are never approved afterwards."""
    why = decided.reasoned(reason)
    with transaction.atomic():
        alone()
        row = terms_row(terms)
        refuse_turned_down(terms)
        if is_approved(row):
            raise TermsApproved(f"terms {terms} are approved: suspend or end the agency")
        AgencyTermsTurnedDown.objects.create(terms_id=terms, on=on, by=by, reason=why)


def turned_down(*, terms: int) -> AgencyTermsTurnedDown | None:
    """Who turned terms down, when and why; None: nobody."""
    found: AgencyTermsTurnedDown | None = AgencyTermsTurnedDown.objects.filter(terms_id=terms).first()
    return found


def refuse_turned_down(terms: int) -> None:
    """Refuse terms that somebody has turned down."""
    row = turned_down(terms=terms)
    if row is not None:
        raise TermsTurnedDown(f"terms {terms}: {row.by} turned them down on {row.on}: {row.reason}")


def refuse_unreviewed(row: AgencyTerms, on: date) -> None:
    """Refuse terms that follow on others without a review of the agency since those began."""
    agency = Agency.objects.get(id=row.agency_id)
    rule = agency_rules.review_rule(places=agency.places, on=on)
    before = [
        one for one in AgencyTerms.objects.filter(agency_id=agency.id, contract_from__lt=row.contract_from)
        if is_approved(one)
    ]  # fmt: skip
    if not (before and rule.before_contract_ends):
        return
    since = max(one.contract_from for one in before)
    if not AgencyReview.objects.filter(agency_id=agency.id, on__gte=since).exists():
        raise AgencyNotApproved(f"terms {row.id}: {agency.code} was not reviewed since {since} ({rule.rule})")


def terms_row(terms: int) -> AgencyTerms:
    """Terms by their number."""
    row = AgencyTerms.objects.filter(id=terms).first()
    if row is None:
        raise NoSuchAgency(f"there are no terms {terms} of an agency")
    return row


def code_of(terms: AgencyTerms) -> str:
    """The code of the agency with which terms are agreed."""
    return str(Agency.objects.values_list("code", flat=True).get(id=terms.agency_id))


def approvals(terms: int) -> int:
    """How many persons have approved these terms."""
    return AgencyApproval.objects.filter(terms_id=terms).count()


def is_approved(row: AgencyTerms) -> bool:
    """Whether as many persons have approved terms as the house asks for."""
    return approvals(row.id) >= agency_rules.house_terms(on=row.contract_from).approvers


def become(*, agency: str, state: str, on: date, by: str, reason: str) -> None:
    """Say that an agency is engaged, suspended or ended from a day on; engaged only under approved terms in force."""
    if not reason.strip():
        raise AgencyRefused("reason: nothing is said")
    with transaction.atomic():
        alone()
        now = held(agency=agency, on=on)
        last = AgencyState.objects.filter(agency_id=now.row.id).order_by("-id").first()
        if last is not None and on < last.on:
            raise AgencyRefused(f"on: {agency} is {last.state} since {last.on}, later than {on}")
        if state not in FOLLOWS[last.state if last else ""]:
            raise AgencyRefused(f"state: {agency} is {last.state if last else 'not engaged'}: it cannot be {state}")
        if state == ENGAGED and now.terms is None:
            raise AgencyNotReady(f"{agency}: no approved terms hold on {on}")
        AgencyState.objects.create(agency_id=now.row.id, state=state, on=on, by=by, reason=reason)


def held(*, agency: str, on: date) -> Held:
    """An agency as it is on a day."""
    return as_held(named(agency=agency), on)


def every(*, on: date) -> list[Held]:
    """Every agency as it is on a day, in the order of their codes."""
    return [as_held(row, on) for row in Agency.objects.order_by("code")]


def as_held(row: Agency, on: date) -> Held:
    """The same of an agency's row. Of terms that overlap those that began last hold."""
    states = list(AgencyState.objects.filter(agency_id=row.id, on__lte=on).order_by("id"))
    review = AgencyReview.objects.filter(agency_id=row.id, on__lte=on).order_by("-id").first()
    terms = AgencyTerms.objects.filter(agency_id=row.id, contract_from__lte=on, contract_to__gte=on)
    standing = [one for one in terms.order_by("-contract_from", "-id") if is_approved(one)]
    begun = next((one.on for one in states if one.state == ENGAGED), None)
    return Held(
        row, states[-1].state if states else "", states[-1].on if states else None,
        standing[0].id if standing else 0, agency_terms.from_plain(standing[0].body) if standing else None,
        review.on if review else begun, agency_rules.review_rule(places=row.places, on=on),
        review.result if review else "",
    )  # fmt: skip
