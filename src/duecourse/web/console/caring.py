"""Promises, complaints and disputes from the console: noted for a person, read, and gone on with step by step."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from duecourse import clock
from duecourse.care import clocks, complaints, disputes, promises
from duecourse.care.complaint_tables import Complaint
from duecourse.care.dispute_tables import Dispute
from duecourse.intake.act_fields import FieldUnreadable, amount
from duecourse.recovery import agency_read
from duecourse.rules.care_terms import promise_terms
from duecourse.rules.contact_rules import CHANNELS
from duecourse.web import looked
from duecourse.web.days import today_of

from . import care, timeline, words
from .person import held_of, numbered
from .queues import STEPS
from .refused import NotDone, asked, key_of, reason_of

DISPUTE_STATES = {
    "acknowledged": _("acknowledged"),
    "extended": _("more time taken"),
    "upheld": _("upheld"),
    "partly_upheld": _("partly upheld"),
    "rejected": _("rejected"),
    "withdrawn": _("withdrawn"),
}
LONGEST = 4_000


class AmountUnreadable(Exception):
    """What was typed is no amount of the currency."""

    code = "amount_unreadable"


def channels() -> list[tuple[str, str]]:
    """The ways by which somebody tells us something."""
    return [(code, words.contact_channel(code)) for code in CHANNELS]


def minor_of(told: str, exponent: int) -> int:
    """An amount as somebody typed it, in minor units."""
    try:
        return amount(told.strip().replace(",", ""), "amount", exponent)
    except FieldUnreadable as fault:
        raise AmountUnreadable(str(fault)) from fault


@require_http_methods(["GET", "POST"])
def promise_page(request: HttpRequest, person: int) -> HttpResponse:
    """Note a promise to pay; what it stops and until when is shown before."""
    held = held_of(person)
    today = today_of()
    terms = promise_terms(on=today)
    typed = {name: request.POST.get(name, "").strip() for name in ("account", "amount", "due_on", "channel", "reason")}
    shown: dict[str, Any] = {
        "person": person,
        "accounts": [*held.values()],
        "channels": channels(),
        "typed": typed,
        "today": today,
        "grace": terms.grace_days,
        "longest": terms.longest_days,
        "most": terms.most_open,
        "open": promises.counted(person=person)["open"],
        "key": request.POST.get("key") or uuid4().hex,
    }
    if request.method == "GET":
        return render(request, "promise.html", shown)

    def work() -> Any:
        of = numbered(held, typed["account"])
        if of is None:
            raise Http404
        due_on = day_of(typed["due_on"])
        return promises.promise(
            person=person, account=of.id, amount_minor=minor_of(typed["amount"], of.exponent), due_on=due_on,
            at=clock.now(), channel=typed["channel"], by=request.user.get_username(), reason=typed["reason"],
            key=key_of(request, "promise", person),
        )  # fmt: skip

    try:
        asked(work)
    except NotDone as fault:
        return render(request, "promise.html", {**shown, "fault": str(fault)}, status=409)
    return redirect("person", person=person)


def day_of(told: str) -> date:
    """A day as a form gives it."""
    try:
        return date.fromisoformat(told)
    except ValueError as fault:
        raise DayUnreadable(f"{told[:20]!r} is no day") from fault


class DayUnreadable(Exception):
    """What was typed is no day."""

    code = "day_unreadable"


@require_http_methods(["GET", "POST"])
def complaint_page(request: HttpRequest, number: int) -> HttpResponse:
    """A complaint: what the person said, how it went on, by when what is to be done, and the next step."""
    row = Complaint.objects.filter(id=number).first()
    if row is None:
        raise Http404
    states = complaints.states_of([number])[number]
    last = states[-1].state if states else complaints.RECEIVED
    told = {name: request.POST.get(name, "").strip() for name in ("state", "outcome", "root_cause", "reason", "text")}
    fault = ""
    against, known = complaints.agencies_of(complaint=number), agency_read.codes()
    if request.method == "POST":
        agency, by = request.POST.get("agency", ""), request.user.get_username()
        if agency and agency not in known:
            raise Http404

        def work() -> None:
            if agency:
                complaints.about_agency(complaint=number, agency=agency, by=by, reason=reason_of(request))
            else:
                complaints.go_on(complaint=number, at=clock.now(), by=by, **told)

        try:
            asked(work)
            return redirect("complaint", number=number)
        except NotDone as refused:
            fault = str(refused)
    shown = {
        "title": f"{gettext('Complaint')} {number}",
        "about": care.KINDS[row.about],
        "words": complaints.words(complaint=number),
        "against": against,
        "agencies": [one for one in known if one not in against],
        "steps": [(code, care.STATES[code]) for code in complaints.FOLLOWS[last]],
        "outcomes": [(code, care.STATES[code]) for code in complaints.OUTCOMES]
        if complaints.ANSWERED in complaints.FOLLOWS[last] else [],
        "causes": [(code, care.CAUSES[code]) for code in complaints.ROOT_CAUSES]
        if complaints.CLOSED in complaints.FOLLOWS[last] else [],
        "asks_text": complaints.ANSWERED in complaints.FOLLOWS[last],
        "clocks": clocks_of(clocks.of_complaints(Complaint.objects.filter(id=row.id))),
        "typed": told,
        "action": "complaint",
    }  # fmt: skip
    return of_row(request, row, states, row.received_on, shown, fault)


@require_http_methods(["GET", "POST"])
def dispute_page(request: HttpRequest, number: int) -> HttpResponse:
    """A dispute: what the person said, how it went on, by when what is to be done, and the next step."""
    row = Dispute.objects.filter(id=number).first()
    if row is None:
        raise Http404
    states = disputes.states_of([number])[number]
    exponent = disputes.exponent_of(dispute=number)
    typed = {name: request.POST.get(name, "").strip() for name in ("state", "amount", "reason")}
    fault = ""

    def work() -> None:
        minor = minor_of(typed["amount"], exponent) if typed["amount"] else None
        disputes.go_on(
            dispute=number, state=typed["state"], at=clock.now(), by=request.user.get_username(),
            reason=typed["reason"], amount_minor=minor,
        )  # fmt: skip

    if request.method == "POST":
        try:
            asked(work)
            return redirect("dispute", number=number)
        except NotDone as refused:
            fault = str(refused)
    is_over = bool(states) and states[-1].state in disputes.OUTCOMES
    shown = {
        "title": f"{gettext('Dispute')} {number}",
        "about": care.KINDS[row.kind],
        "words": disputes.words(dispute=number),
        "steps": [] if is_over else list(DISPUTE_STATES.items()),
        "asks_amount": row.amount_minor is not None,
        "clocks": clocks_of(clocks.of_disputes(Dispute.objects.filter(id=row.id))),
        "typed": typed,
        "action": "dispute",
    }
    return of_row(request, row, states, row.opened_on, shown, fault)


def of_row(request: HttpRequest, row: Any, states: Any, since: date, more: dict[str, Any], fault: str) -> HttpResponse:
    """The page of a complaint or a dispute; it is a look at the person."""
    looked.at(request, row.borrower_id)
    held = held_of(row.borrower_id)
    shown = {
        "row": row,
        "number": timeline.number_of(held, row.account_id),
        "since": since,
        "channel": words.contact_channel(row.channel),
        "states": [(care.STATES.get(one.state, one.state), one) for one in states],
        "today": today_of(),
        "fault": fault,
        **more,
    }
    return render(request, "caring.html", shown, status=409 if fault else 200)


def clocks_of(told: Any) -> list[tuple[str, clocks.Clock]]:
    """What is to be done by when, in words."""
    return [(str(STEPS[one.step]), one) for one in sorted(told, key=clocks.in_order)]
