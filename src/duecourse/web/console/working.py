"""One treatment of the recovery queue worked on: taken, asked of the contact gate, told, done or left; the next one."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from duecourse import clock
from duecourse.book import read as book
from duecourse.borrowers import names, reach
from duecourse.ledger.read import exponents
from duecourse.outreach import contact
from duecourse.outreach.channels import POINT_KINDS
from duecourse.recovery import cases as of_cases
from duecourse.recovery import working
from duecourse.recovery.working import Decided, Treatment
from duecourse.web import looked, rights
from duecourse.web.days import today_of

from . import cases, contacts, words
from .contacts import Why
from .person import KINDS, SHOWN
from .refused import NotDone, asked, chosen, key_of

OUTCOMES = {
    "connected": _("spoken with the person"),
    "unanswered": _("not answered"),
    "voicemail": _("voicemail"),
    "not_connected": _("busy or switched off"),
    "invalid": _("no such number or address"),
    "sent": _("sent"),
    "not_made": _("not made after all"),
}
POINT_OF = POINT_KINDS | {"call": "phone", "letter": "address", "visit": "address"}
"""The kind of contact point that a channel needs."""


class Asked(NamedTuple):
    """An answer of the contact gate as the page tells it; times are on the person's clock."""

    told: Decided
    at: datetime
    why: list[Why]
    next_at: datetime | None
    outcome: str


class Reach(NamedTuple):
    """A number or address that may be chosen: its end; whole only for who is allowed to use it now."""

    id: int
    end: str
    whole: str
    at_work: bool


@require_http_methods(["GET", "POST"])
def work_page(request: HttpRequest, state: int) -> HttpResponse:
    """One treatment: what is to be done, and what the person who has the case says of it."""
    on = book.last_sealed() or today_of()
    try:
        one = working.of(state=state, on=on)
    except of_cases.NoSuchCase as gone:
        raise Http404 from gone
    looked.at(request, one.person)
    if request.method == "GET":
        return shown(request, one, on)
    step = chosen(request, STEPS)
    try:
        asked(lambda: step(request, one, on))
    except NotDone as fault:
        return shown(request, working.of(state=state, on=on), on, str(fault))
    if working.of(state=state, on=on).waits:
        return redirect("work", state=state)
    following = working.next_of(on=on, by=request.user.get_username(), after=state)
    return redirect("work", state=following) if following else redirect("queue_recovery")


def shown(request: HttpRequest, one: Treatment, on: date, fault: str = "") -> HttpResponse:
    """The page; with what was refused."""
    me = request.user.get_username()
    home = reach.residence(borrower=one.person)
    zone = home.zone if home and home.zone else "UTC"
    told = working.decisions(state=one.state, person=one.person)
    pending = next((row for row in told if row.allowed and not row.outcome), None)
    is_call = one.by_contact in ("call", "visit", "ai_call", "voicemail")
    of_channel = contact.OUTCOMES_OF_CALLS if is_call else contact.OUTCOMES_OF_MESSAGES
    may_act = request.user.has_perm(rights.ACT_RECOVERY)
    return render(
        request,
        "work.html",
        {
            "one": one,
            "name": names.of(borrowers=[one.person]).get(one.person, ""),
            "treatment": cases.treatment(one.treatment),
            "stage": cases.stage(one.stage),
            "channel": words.contact_channel(one.by_contact) if one.by_contact else "",
            "purpose": contacts.PURPOSES[one.purpose],
            "exponent": exponents()[one.currency],
            "zone": zone,
            "now": contacts.there(clock.now(), zone),
            "asked": [answer(row, zone) for row in told],
            "pending": pending,
            "points": points(one, whole=pending is not None and may_act),
            "outcomes": [(code, OUTCOMES[code]) for code in of_channel],
            "may_act": may_act,
            "is_mine": one.owner == me,
            "following": working.next_of(on=on, by=me, after=one.state),
            "key": uuid4().hex,
            "fault": fault,
        },
        status=409 if fault else 200,
    )


def answer(row: Decided, zone: str) -> Asked:
    """An answer of the gate in words."""
    return Asked(
        row, contacts.there(row.at, zone), [Why(rule, contacts.said(rule)) for rule in row.rules],
        contacts.there(row.next_at, zone) if row.next_at else None, str(OUTCOMES.get(row.outcome, "")),
    )  # fmt: skip


def points(one: Treatment, *, whole: bool) -> list[Reach]:
    """The numbers or addresses by which the treatment reaches the person, but those that do not work."""
    kind = POINT_OF.get(one.by_contact)
    return [
        Reach(row.id, f"{KINDS[row.kind]} …{row.value[-SHOWN:]}", row.value if whole else "", row.at_work)
        for row in reach.points(borrower=one.person)
        if row.kind == kind and row.state != "dead"
    ]


def number(request: HttpRequest, field: str) -> int | None:
    """A whole number of the form; None where nothing is chosen."""
    told = request.POST.get(field, "")
    if told and not told.isdecimal():
        raise Http404
    return int(told) if told else None


def take(request: HttpRequest, one: Treatment, on: date) -> None:
    """Make the case one's own; who takes it from another says why."""
    me, reason = request.user.get_username(), request.POST.get("reason", "").strip()
    if one.owner and not reason:
        raise of_cases.WorkRefused(f"case {one.case} is {one.owner}'s: say why you take it over")
    of_cases.own(case=one.case, owner=me, by=me, reason=reason or "taken from the queue")


def ask(request: HttpRequest, one: Treatment, on: date) -> None:
    """Ask the contact gate."""
    point = number(request, "point")
    if point is not None and point not in {row.id for row in points(one, whole=False)}:
        raise Http404
    working.ask(
        state=one.state, on=on, at=clock.now(), by=request.user.get_username(), point=point,
        key=key_of(request, "work", one.state),
    )  # fmt: skip


def tell(request: HttpRequest, one: Treatment, on: date) -> None:
    """Say what became of a contact."""
    working.contacted(
        state=one.state, on=on, decision=number(request, "decision") or 0, outcome=request.POST.get("outcome", ""),
        at=clock.now(), by=request.user.get_username(), note=request.POST.get("note", "").strip(),
        is_done=request.POST.get("then") == "done",
    )  # fmt: skip


def finish(*, is_done: bool) -> Callable[[HttpRequest, Treatment, date], None]:
    """Say that it was done without a contact, or left."""

    def step(request: HttpRequest, one: Treatment, on: date) -> None:
        by, reason = request.user.get_username(), request.POST.get("reason", "").strip()
        working.finish(state=one.state, on=on, by=by, reason=reason, is_done=is_done)

    return step


STEPS: dict[str, Callable[[HttpRequest, Treatment, date], Any]] = {
    "take": take,
    "ask": ask,
    "tell": tell,
    "done": finish(is_done=True),
    "leave": finish(is_done=False),
}
"""What a form of the page asks for."""
