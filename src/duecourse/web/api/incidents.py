"""Incidents: payments that came late because of a fault of ours or of others; approved by two keys, then undone."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from duecourse import clock
from duecourse.book import read as book
from duecourse.care import incident_figures, incident_finding, incident_notices, incident_read, incidents
from duecourse.care.incident_tables import IncidentFinding
from duecourse.intake import attempts_file

from . import cursors, shapes
from .act_shapes import LIST_MAX, Asked
from .care import Done, Made
from .cursors import Cursor, Limit
from .fields import Day, Id, IdInPath, Instant, Minor, Number, Text, Whole, Why, Word
from .idempotency import key_of
from .keys import holder_of
from .operations import Door
from .reading import own

door = Door(tags=["incidents"])
READ, WRITE, APPROVE = "incidents:read", "incidents:write", "incidents:approve"
CHANNEL = Field(ge=0, le=incidents.CHANNEL_MAX)

Status = shapes.of(incident_figures.Status, name="StatusOnDay")
Figures = shapes.of(incident_figures.Figures, name="IncidentFigures")


class IncidentIn(Asked):
    """From when until when which channels of payments did not work, because of whom, and what happened."""

    from_at: Instant
    to_at: Instant
    channels: list[Whole] = Field(min_length=1, max_length=100)
    cause: Literal[incidents.CAUSES]  # type: ignore[valid-type]
    description: Text
    within_days: Whole = Field(default=incidents.WITHIN_DAYS, ge=0, le=366)


class Incident(Schema):
    """An incident and how far it came: findings that count and those left out, who approved exactly these, accounts by
    what became of them."""

    id: int
    from_at: datetime
    to_at: datetime
    channels: list[int]
    cause: str
    description: str
    within_days: int
    by: str
    found: int
    left_out: int
    approved_by: list[str]
    outcomes: dict[str, int]


class Incidents(Schema):
    """A page of incidents, oldest first. `next_cursor`: "" on the last page."""

    items: list[Incident]
    next_cursor: str


class AttemptIn(Asked):
    """That somebody tried to pay, as a channel's own records tell it; `reference`: what the channel calls it by."""

    account: Number
    tried_at: Instant
    amount_minor: Minor
    reference: Word


class AttemptsIn(Asked):
    """Attempts to pay; told again they change nothing."""

    attempts: list[AttemptIn] = Field(min_length=1, max_length=LIST_MAX)


class SearchIn(Asked):
    """What is looked for. `reason_codes`: of failed debits, those for which the bank gave one of these; all if none."""

    reason_codes: list[Word] = Field(default_factory=list, max_length=100)


class FoundNow(Schema):
    """How many are new; `waiting`: what was tried and has no payment yet; `in_time`: what came on the day after all."""

    new: int
    waiting: int = 0
    in_time: int = 0


class FindingIn(Asked):
    """A payment by hand: its first entry, the day of the window on which it was tried, and what shows it."""

    account: Number
    payment: Id
    tried_on: Day
    why: Why


class ChoiceIn(Asked):
    """Whether a finding is left out, or taken in again even where undoing makes a figure worse."""

    choice: Literal["left_out", "taken_in"]
    why: Why


class Finding(Schema):
    """A payment that came later than it was tried, with what shows it."""

    id: int
    account: str
    payment: int
    amount_minor: int
    tried_on: date
    paid_on: date
    evidence: str
    left_out: bool


class ApprovalIn(Asked):
    """On what grounds it is approved."""

    why: Why


class Approved(Schema):
    """How many people have approved what is found now, of how many that must."""

    approvals: int
    needed: int = incidents.APPROVALS


class PageIn(Asked):
    """Where this page begins (`next_cursor` of the one before), and how many accounts it has."""

    cursor: Cursor = ""
    limit: Limit = 100


class OfAccount(Schema):
    """An account of an incident: what undoing does to it, or the code and words of its refusal. `done`: it was undone
    before, and these are its figures of then."""

    account: str
    payments: int
    before: Figures | None  # type: ignore[valid-type]
    after: Figures | None  # type: ignore[valid-type]
    code: str
    message: str
    done: bool


class OfAccounts(Schema):
    """A page of accounts of an incident. `next_cursor`: "" on the last page."""

    items: list[OfAccount]
    next_cursor: str


class Told(Schema):
    """How many payments' borrowers have a message queued now, had one before, or cannot be reached."""

    queued: int = 0
    before: int = 0
    no_way: int = 0


@door.reads("/incidents", READ, Incidents)
def list_incidents(request: HttpRequest, cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:
    """The incidents and how far each came, page by page, oldest first."""
    rows = incident_read.page(after=cursors.after(cursor, "incidents"), limit=limit + 1)
    more = cursors.cursor_of("incidents", rows[limit - 1].incident.id) if len(rows) > limit else ""
    return {"items": [stand_of(one) for one in rows[:limit]], "next_cursor": more}


@door.reads("/incidents/{incident}", READ, Incident)
def get_incident(request: HttpRequest, incident: IdInPath) -> dict[str, Any]:
    """One incident and how far it came."""
    return stand_of(incident_read.stand(incident=incident))


def stand_of(told: incident_read.Stand) -> dict[str, Any]:
    """An incident in its shape."""
    own_fields = ("id", "from_at", "to_at", "channels", "cause", "description", "within_days", "by")
    return {name: getattr(told.incident, name) for name in own_fields} | {
        "found": len(told.taken), "left_out": len(told.left_out), "approved_by": told.approved_by,
        "outcomes": told.outcomes,
    }  # fmt: skip


@door.writes("/incidents", WRITE, Made)
def open_incident(request: HttpRequest, told: IncidentIn) -> dict[str, Any]:
    """Note that channels of payments did not work for a time, and why."""
    made = incidents.open_incident(**told.model_dump(), by=holder_of(request).name, key=key_of(request))
    return {"id": made}


@door.writes("/incidents/{incident}/attempts", WRITE, FoundNow)
def tell_attempts(request: HttpRequest, incident: IdInPath, told: AttemptsIn) -> dict[str, Any]:
    """Tell what was tried, as a channel's own records have it; all of it, or nothing."""
    found = incidents.get(incident)
    keys = attempts_file.keys_by_channel(found, [one.reference for one in told.attempts])
    tried = [
        incident_finding.Tried(
            own(request, one.account).id, one.tried_at, one.amount_minor, one.reference,
            [one.reference, *(of[i].decode() for of in keys)],
        )
        for i, one in enumerate(told.attempts)
    ]  # fmt: skip
    return {
        "new": incident_finding.tell_attempts(incident=found, attempts=tried, by=holder_of(request).name)
    }  # fmt: skip


@door.writes("/incidents/{incident}/search", WRITE, FoundNow)
def find_late_payments(request: HttpRequest, incident: IdInPath, told: SearchIn) -> dict[str, Any]:
    """Look for the payments that came late because of it; looked for again, only what is new is added."""
    found = incident_finding.find(
        incident=incidents.get(incident), by=holder_of(request).name, reason_codes=told.reason_codes
    )
    in_time = sum(one.in_time for one in found.waiting)
    return {"new": found.new, "waiting": len(found.waiting) - in_time, "in_time": in_time}


@door.reads("/incidents/{incident}/findings", READ, shapes.many(Finding))
def list_findings(request: HttpRequest, incident: IdInPath) -> list[dict[str, Any]]:
    """The payments that came late because of an incident, those that were left out too."""
    told = incident_read.stand(incident=incident)
    names = book.named(sorted({one.account_id for one in (*told.taken, *told.left_out)}))
    return [finding(one, names, False) for one in told.taken] + [finding(one, names, True) for one in told.left_out]


def finding(row: IncidentFinding, names: dict[int, tuple[str, str, int]], left_out: bool) -> dict[str, Any]:
    """A finding in its shape."""
    own_fields = ("id", "payment", "amount_minor", "tried_on", "paid_on", "evidence")
    told = {name: getattr(row, name) for name in own_fields}
    return told | {"account": names[row.account_id][0], "left_out": left_out}


@door.writes("/incidents/{incident}/findings", WRITE, Made)
def add_finding(request: HttpRequest, incident: IdInPath, told: FindingIn) -> dict[str, Any]:
    """Add a payment by hand."""
    made = incidents.add(
        incident=incident, account=own(request, told.account).id, payment=told.payment, tried_on=told.tried_on,
        by=holder_of(request).name, reason=told.why,
    )  # fmt: skip
    return {"id": made}


@door.writes("/findings/{finding}/choices", WRITE, Done)
def choose_finding(request: HttpRequest, finding: IdInPath, told: ChoiceIn) -> dict[str, Any]:
    """Leave a finding out: it is not because of the incident; or take it in again."""
    do = incidents.leave_out if told.choice == "left_out" else incidents.take_in
    do(finding=finding, by=holder_of(request).name, reason=told.why)
    return {}


@door.reads("/incidents/{incident}/preview", READ, OfAccounts)
def preview_incident(
    request: HttpRequest, incident: IdInPath, cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:  # fmt: skip
    """What undoing would do to each account, page by page; nothing is written, and undoing gives the same."""
    return page_of(incidents.preview(incident=incident, after=cursors.after(cursor, "incident")), limit)


def page_of(found: Iterator[incidents.Undoing], limit: int) -> dict[str, Any]:
    """The first so many accounts, and the cursor of the rest; a full page may be followed by an empty one."""
    rows = list(islice(found, limit))
    names = book.named([one.account for one in rows])
    items = [
        {
            "account": names[one.account][0], "payments": len(one.findings), "before": one.before, "after": one.after,
            "code": one.code, "message": one.message, "done": one.is_done,
        }
        for one in rows
    ]  # fmt: skip
    return {
        "items": items, "next_cursor": cursors.cursor_of("incident", rows[-1].account) if len(rows) == limit else ""
    }  # fmt: skip


@door.writes("/incidents/{incident}/approvals", APPROVE, Approved)
def approve_incident(request: HttpRequest, incident: IdInPath, told: ApprovalIn) -> dict[str, Any]:
    """Approve to undo exactly what is found now: two keys must, neither being the one that opened it."""
    return {"approvals": incidents.approve(incident=incident, by=holder_of(request).name, reason=told.why)}


@door.writes("/incidents/{incident}/undoing", WRITE, OfAccounts)
def undo_incident(request: HttpRequest, incident: IdInPath, told: PageIn) -> dict[str, Any]:
    """Undo an incident as approved, a page of accounts for each request; what was undone stays, nothing is undone
    twice."""
    after = cursors.after(told.cursor, "incident")
    return page_of(incidents.apply(incident=incident, by=holder_of(request).name, after=after), told.limit)


@door.writes("/incidents/{incident}/notices", WRITE, Told)
def tell_of_incident(request: HttpRequest, incident: IdInPath) -> dict[str, Any]:
    """Queue a message to each borrower whose payment was moved; nobody is told twice."""
    found = [one.how for one in incident_notices.tell(incident=incident, at=clock.now(), by=holder_of(request).name)]
    return {
        "queued": found.count(incident_notices.QUEUED), "before": found.count(incident_notices.BEFORE),
        "no_way": found.count(incident_notices.NO_WAY),
    }  # fmt: skip
