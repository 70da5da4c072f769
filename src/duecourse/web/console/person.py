"""A person's page: who it is, all accounts, whether they may be contacted now, what stands, notes, the line of time."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from duecourse import clock
from duecourse.borrowers import names, reach
from duecourse.borrowers.tables import Borrower
from duecourse.care import notes
from duecourse.care import read as cared_for
from duecourse.care.keyed import CareRefused, KeyReused
from duecourse.outreach import would
from duecourse.personal import erasing
from duecourse.recovery import path
from duecourse.recovery import read as recovery
from duecourse.servicing import of_person
from duecourse.servicing.of_person import Held
from duecourse.web import rights
from duecourse.web.days import today_of

from . import beside, care, contacts, timeline, words
from .contacts import PURPOSES, Why
from .refused import key_of

KINDS = {"phone": _("phone"), "email": _("e-mail"), "address": _("address"), "im": _("chat")}
POINT_STATES = {"works": _("works"), "dead": _("does not work"), "": ""}
SHOWN = 4
"""How many signs of a number or address are shown."""


class May(NamedTuple):
    """Whether some channels are open now: the rules that refuse, with their words; when they next are (their clock).

    Channels of which the gate says the same stand together.
    """

    channels: list[str]
    is_allowed: bool
    why: list[Why]
    next_at: datetime | None
    fault: str


class Point(NamedTuple):
    """A number or address as it is shown: not whole."""

    kind: str
    end: str
    at_work: bool
    state: str


@require_safe
def person_page(request: HttpRequest, person: int) -> HttpResponse:
    """One person, across all accounts."""
    return shown(request, person)


def shown(request: HttpRequest, person: int, fault: str = "", status: int = 200) -> HttpResponse:
    """The page, with what was wrong with what was sent, if anything was."""
    held = held_of(person)
    purpose = request.GET.get("purpose", "collection")
    sifted = request.GET.get("show", "")
    if purpose not in PURPOSES or (sifted and sifted not in timeline.SHOWN):
        raise Http404
    home = reach.residence(borrower=person)
    cared = cared_for.of_person(person=person, on=open_day_of(held))
    arranged = of_person.arranged(accounts=[*held])
    moves = recovery.of_person(person=person)
    line = timeline.of(
        held,
        moved=of_person.moved(accounts=[*held]),
        done=of_person.done(accounts=[*held]),
        arranged=arranged,
        contacts=contacts.of(person, None, every=False),
        cared=cared,
        case=moves,
    )
    wanted = [one for one in line if sifted in ("", one.group)]
    zone = home.zone if home and home.zone else "UTC"
    told = {
        "person": person,
        "name": names.of(borrowers=[person]).get(person, ""),
        "home": home,
        "zone": zone,
        "points": points_of(person),
        "accounts": [*held.values()],
        "may": may(person, purpose, zone),
        "now": contacts.there(clock.now(), zone),
        "purpose": purpose,
        "purposes": PURPOSES.items(),
        "standing": standing(person, held, cared, arranged),
        "erasure": erasing.newest(person=person),
        "open_case": moves[0].case if moves and moves[0].stage != path.CLOSED else None,
        "notes": notes.of(person=person),
        "line": wanted[: timeline.NEWEST],
        "is_cut": len(wanted) > timeline.NEWEST,
        "sifted": sifted,
        "groups": timeline.SHOWN.items(),
        "may_act": request.user.has_perm(rights.ACT_CONTACT),
        "key": uuid4().hex,
        "fault": fault,
        "longest": notes.LONGEST,
    }
    return render(request, "person.html", told, status=status)


def held_of(person: int) -> dict[int, Held]:
    """The accounts of a person; somebody who is not there is no page."""
    if not Borrower.objects.filter(id=person).exists():
        raise Http404
    return {one.id: one for one in of_person.accounts(person=person)}


def numbered(held: dict[int, Held], number: str) -> Held | None:
    """The account of the person that has this number, if one has."""
    return next((one for one in held.values() if one.number == number), None)


def open_day_of(held: dict[int, Held]) -> Any:
    """The open day of the person's accounts; the lender's day where there is none."""
    return max((one.open_day for one in held.values()), default=today_of())


def points_of(person: int) -> list[Point]:
    """A person's numbers and addresses, the end of each: of an e-mail address how it begins."""
    found = []
    for one in reach.points(borrower=person):
        mail = one.kind == "email"
        end = f"{one.value[:1]}…{one.value[one.value.rfind('@') :]}" if mail else f"…{one.value[-SHOWN:]}"
        found.append(Point(str(KINDS[one.kind]), end, one.at_work, str(POINT_STATES[one.state])))
    return found


def may(person: int, purpose: str, zone: str) -> list[May]:
    """Whether they may be contacted now, by each channel; what may come first."""
    told = would.would_we(person=person, purpose=purpose, at=clock.now())
    alike: dict[Any, list[str]] = {}
    for channel, answer in told.items():
        rules = tuple(one.id for one in answer.refusals)
        same = (answer.allowed, rules, answer.next_at, answer.fault)
        alike.setdefault(same, []).append(words.contact_channel(channel))
    found = [
        May(
            channels,
            is_allowed,
            [Why(rule, contacts.said(rule)) for rule in rules],
            contacts.there(next_at, zone) if next_at else None,
            fault,
        )
        for (is_allowed, rules, next_at, fault), channels in alike.items()
    ]
    return sorted(found, key=lambda one: not one.is_allowed)


def where(what: str, number: int, person: int) -> str:
    """Where a thing that stands is worked on; "" for what is on no page."""
    if what in (cared_for.COMPLAINT, cared_for.DISPUTE):
        return reverse(what, args=[number])
    if what in (cared_for.CIRCUMSTANCE, cared_for.REPRESENTATIVE, cared_for.BREATHING_SPACE):
        return reverse("person_care", args=[person])
    return ""


def standing(held_by: int, held: dict[int, Held], cared: list[Any], arranged: list[Any]) -> list[Any]:
    """What stands on the person or an account, each with the number of its account."""
    rows = []
    for one in cared:
        if one.is_standing:
            day = open_day_of(held) if one.account is None else held[one.account].open_day
            row = care.row_of(one, timeline.any_money(held, one.account), day)
            href = where(one.what, one.id, held_by)
            rows.append((row, timeline.number_of(held, one.account), href))
    for account, plan in arranged:
        if plan.is_standing:
            rows.append((beside.arrangement_row(plan, timeline.money_of(held, account)), held[account].number, ""))
    return rows


@require_POST
def add_note(request: HttpRequest, person: int) -> HttpResponse:
    """Keep a note about the person."""
    by, key = request.user.get_username(), key_of(request, "note", person)
    try:
        notes.write(person=person, text=request.POST.get("text", ""), by=by, key=key)
    except (CareRefused, KeyReused) as fault:
        return shown(request, person, f"{fault.code}: {fault}", 409)
    return redirect("person", person=person)


@require_POST
def set_name(request: HttpRequest, person: int) -> HttpResponse:
    """Keep what the person is called; earlier names are still found."""
    if not Borrower.objects.filter(id=person).exists():
        raise Http404
    try:
        told = {"by": request.user.get_username(), "reason": "on the person's page"}
        names.call(borrower=person, name=request.POST.get("name", ""), **told)
    except names.NameRefused as fault:
        return shown(request, person, f"{fault.code}: {fault}", 409)
    return redirect("person", person=person)
