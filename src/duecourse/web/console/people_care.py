"""Who is to be treated with care, who speaks for whom, breathing spaces: noted, looked at again and ended."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from duecourse import clock
from duecourse.care import breathing_spaces, circumstances, representatives
from duecourse.care import read as cared_for
from duecourse.web import rights
from duecourse.web.days import today_of

from . import care, timeline
from .caring import LONGEST, day_of
from .person import KINDS, held_of, numbered, open_day_of
from .refused import NotDone, asked, chosen, key_of, reason_of

CIRCUMSTANCES = {
    "health": _("health"),
    "mental_health": _("mental health"),
    "disability": _("a disability"),
    "bereavement": _("a bereavement"),
    "abuse": _("abuse"),
    "addiction": _("an addiction"),
    "loss_of_income": _("loss of income"),
    "caring": _("cares for somebody"),
    "age": _("age"),
    "language": _("another language"),
    "literacy": _("reading and writing"),
    "digital_access": _("no access online"),
    "other": _("something else"),
}
SHOWN = (cared_for.CIRCUMSTANCE, cared_for.REPRESENTATIVE, cared_for.BREATHING_SPACE)


@require_http_methods(["GET", "POST"])
def care_page(request: HttpRequest, person: int) -> HttpResponse:
    """What stands of these, each in clear for who needs to know, with what may be noted or ended."""
    held, fault = held_of(person), ""
    if request.method == "POST":
        step = chosen(request, STEPS)
        try:
            asked(lambda: step(request, person))
            return redirect("person_care", person=person)
        except NotDone as refused:
            fault = str(refused)
    on = open_day_of(held)
    told = [one for one in cared_for.of_person(person=person, on=on) if one.what in SHOWN and one.is_standing]
    noted = circumstances.noted(person=person)
    reached = {one.id: one for one in representatives.who(person=person, on=max(on, today_of()))}
    shown = {
        "person": person,
        "standing": [
            (one, care.row_of(one, timeline.any_money(held, one.account), on), clear(one, noted, reached))
            for one in told
        ],
        "circumstances": CIRCUMSTANCES.items(),
        "treats": [(code, care.TREAT[code]) for code in circumstances.TREAT],
        "relations": [(code, care.KINDS[code]) for code in representatives.RELATIONS],
        "points": KINDS.items(),
        "spaces": [(code, care.KINDS[code]) for code in breathing_spaces.BLOCKS],
        "accounts": [one.number for one in held.values()],
        "typed_of": {request.POST.get("step", ""): request.POST},
        "treated": request.POST.getlist("treat"),
        "today": today_of(),
        "key": uuid4().hex,
        "longest": LONGEST,
        "may_act": request.user.has_perm(rights.ACT_CARE),
        "fault": fault,
    }
    return render(request, "person_care.html", shown, status=409 if fault else 200)


def clear(one: cared_for.Cared, noted: dict[int, Any], reached: dict[int, Any]) -> str:
    """What is kept encrypted of a thing, for who treats the person: why, and who is spoken to instead."""
    if one.what == cared_for.CIRCUMSTANCE and one.id in noted:
        row = noted[one.id]
        return f"{CIRCUMSTANCES[row.kind]}: {row.note}" if row.note else str(CIRCUMSTANCES[row.kind])
    if one.what == cared_for.REPRESENTATIVE and one.id in reached:
        row = reached[one.id]
        return f"{row.name} · {KINDS[row.point_kind]} {row.point}"
    return ""


def told(request: HttpRequest, field: str) -> str:
    """What stands in a field."""
    return request.POST.get(field, "").strip()


def said(request: HttpRequest) -> dict[str, Any]:
    """Who does it and why; without a reason nothing is done."""
    return {"by": request.user.get_username(), "reason": reason_of(request)}


def note(request: HttpRequest, person: int) -> None:
    """Note a circumstance."""
    circumstances.note(
        person=person, kind=told(request, "kind"), text=told(request, "text")[:LONGEST],
        treat=request.POST.getlist("treat"), review_on=day_of(told(request, "review_on")), at=clock.now(),
        by=request.user.get_username(), key=key_of(request, "circumstance", person),
    )  # fmt: skip


def represent(request: HttpRequest, person: int) -> None:
    """Note who speaks for the person."""
    until, number = told(request, "until"), told(request, "account")
    of = numbered(held_of(person), number)
    if number and of is None:
        raise Http404
    representatives.represent(
        person=person, kind=told(request, "kind"), name=told(request, "name"), point_kind=told(request, "point_kind"),
        point=told(request, "point"), authority_from=day_of(told(request, "since")),
        authority_to=day_of(until) if until else None, account=of.id if of else None,
        key=key_of(request, "represent", person), **said(request),
    )  # fmt: skip


def breathe(request: HttpRequest, person: int) -> None:
    """Begin a breathing space."""
    breathing_spaces.begin(
        person=person, kind=told(request, "kind"), begins_on=day_of(told(request, "since")),
        reference=told(request, "reference"), key=key_of(request, "breathe", person), **said(request),
    )  # fmt: skip


def own(request: HttpRequest, person: int, what: str) -> int:
    """The thing of this kind that the form names, which stands on the person; another is no page."""
    number = told(request, "number")
    rows = cared_for.of_person(person=person, on=open_day_of(held_of(person)))
    if number not in {str(one.id) for one in rows if one.what == what}:
        raise Http404
    return int(number)


def review(request: HttpRequest, person: int) -> None:
    """Say that a circumstance was looked at, and when to look again."""
    circumstances.review(
        circumstance=own(request, person, cared_for.CIRCUMSTANCE), review_on=day_of(told(request, "review_on")),
        at=clock.now(), **said(request),
    )  # fmt: skip


def end_circumstance(request: HttpRequest, person: int) -> None:
    """End a circumstance."""
    number = own(request, person, cared_for.CIRCUMSTANCE)
    circumstances.end(circumstance=number, at=clock.now(), **said(request))


def end_representative(request: HttpRequest, person: int) -> None:
    """End an authority."""
    number = own(request, person, cared_for.REPRESENTATIVE)
    representatives.end(representative=number, at=clock.now(), **said(request))


def end_breathing(request: HttpRequest, person: int) -> None:
    """End a breathing space before its time."""
    number = own(request, person, cared_for.BREATHING_SPACE)
    breathing_spaces.end(breathing_space=number, at=clock.now(), **said(request))


def treatment_ended(request: HttpRequest, person: int) -> None:
    """Say on which day the treatment of a crisis ended."""
    breathing_spaces.treatment_ended(
        breathing_space=own(request, person, cared_for.BREATHING_SPACE), on=day_of(told(request, "ended_on")),
        at=clock.now(), **said(request),
    )  # fmt: skip


STEPS: dict[str, Callable[[HttpRequest, int], None]] = {
    "note": note,
    "represent": represent,
    "breathe": breathe,
    "review": review,
    "end_circumstance": end_circumstance,
    "end_representative": end_representative,
    "end_breathing_space": end_breathing,
    "treatment_ended": treatment_ended,
}
"""What a form of the page asks for."""
