"""Incidents declared and worked on: the list of them, a new one, payments looked for, those concerned told."""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from duecourse import clock
from duecourse.care import incident_finding, incident_notices, incident_read, incidents
from duecourse.intake import attempts_file
from duecourse.rules import lender
from duecourse.web import rights
from duecourse.web.days import today_of

from . import approvals
from .incidents import CAUSES
from .refused import NotDone, asked, chosen, key_of

FIELDS = ("from_at", "to_at", "channels", "cause", "description", "within_days")
LONGEST = 400
FIND, TELL = "find", "tell"


class MomentUnreadable(Exception):
    """What was typed is no moment of the lender's clock."""

    code = "moment_unreadable"


@require_http_methods(["GET", "POST"])
def incidents_page(request: HttpRequest) -> HttpResponse:
    """Every incident, and a form for a new one."""
    typed = {name: request.POST.get(name, "").strip()[:LONGEST] for name in FIELDS}
    fault = ""
    if request.method == "POST":
        try:
            number = asked(lambda: declare(request, typed))
            return redirect("incident", incident=number)
        except NotDone as refused:
            fault = str(refused)
    shown = {
        "rows": [(one, CAUSES[one.incident.cause], state(one)) for one in incident_read.every()],
        "causes": CAUSES.items(),
        "typed": {**typed, "within_days": typed["within_days"] or incidents.WITHIN_DAYS},
        "zone": lender.clock(on=today_of()).zone,
        "may_act": request.user.has_perm(rights.ACT_SERVICING),
        "key": request.POST.get("key") or uuid4().hex,
        "fault": fault,
    }
    return render(request, "incidents.html", shown, status=409 if fault else 200)


def state(one: incident_read.Stand) -> str:
    """How far an incident came, in words."""
    if one.turned_down:
        return gettext("turned down")
    undone = one.outcomes.get(incidents.UNDONE, 0)
    if one.taken and undone == len({row.account_id for row in one.taken}):
        return gettext("undone")
    if not one.taken:
        return gettext("nothing found yet")
    return gettext("approved by %(given)s of %(needed)s") % {
        "given": len(one.approved_by), "needed": incidents.APPROVALS
    }  # fmt: skip


def moment(told: str) -> datetime:
    """A moment on the lender's clock, as a form gives it."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError as fault:
        raise MomentUnreadable(f"{told[:30]!r} is no moment") from fault
    return at.replace(tzinfo=lender.clock(on=at.date()).zone)


def whole(field: str, told: str) -> int:
    """A whole number, as somebody typed it."""
    if not told.isdecimal() or len(told) > 6:
        raise incidents.keyed.CareRefused(f"{field}: {told[:20]!r} is no whole number")
    return int(told)


def declare(request: HttpRequest, typed: dict[str, str]) -> int:
    """Note an incident; its number."""
    return incidents.open_incident(
        from_at=moment(typed["from_at"]), to_at=moment(typed["to_at"]), cause=typed["cause"],
        channels=[whole("channels", one) for one in typed["channels"].replace(",", " ").split()],
        description=typed["description"], within_days=whole("within_days", typed["within_days"]),
        by=request.user.get_username(), key=key_of(request, "incident", "new"),
    )  # fmt: skip


@require_POST
def work(request: HttpRequest, incident: int) -> HttpResponse:
    """Look for payments that came late because of it, by a file of attempts too; or tell those of whom it is undone."""
    step = chosen(request, {FIND: find, TELL: tell}, field="do")
    try:
        told = asked(lambda: step(request, incident))
    except NotDone as fault:
        if fault.code == incidents.NoSuchIncident.code:
            raise Http404 from fault
        return approvals.shown_incident(request, incident, str(fault))
    return approvals.shown_incident(request, incident, told=told)


def find(request: HttpRequest, incident: int) -> str:
    """Look for payments; what was found, in words."""
    row, by = incidents.get(incident), request.user.get_username()
    incidents.refuse_turned_down(incident)
    words = []
    file = request.FILES.get("attempts")
    if file is not None:
        taken = attempts_of(file, incident, by)
        words.append(gettext("attempts told: %(count)s") % {"count": taken.told})
        words.append(gettext("in quarantine: %(count)s") % {"count": taken.file.summary["quarantined"]})
    found = incident_finding.find(incident=row, by=by)
    words.insert(0, gettext("payments found now: %(count)s") % {"count": found.new})
    without = sum(not one.in_time for one in found.waiting)
    words.append(gettext("tried without a payment yet: %(count)s") % {"count": without})
    return " · ".join(words)


def attempts_of(file: UploadedFile, incident: int, by: str) -> Any:
    """Take the attempts of a file that was sent."""
    return in_folder(file, "attempts.csv", lambda place: attempts_file.take(place, incident=incident, by=by))


def in_folder(file: UploadedFile, name: str, work: Callable[[Path], Any]) -> Any:
    """Work on a file that was sent, which lies in a folder meanwhile; `name`: where it has none of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / (Path(str(file.name)).name[-100:] or name)
        with place.open("wb") as out:
            for part in file.chunks():
                out.write(part)
        return work(place)


def tell(request: HttpRequest, incident: int) -> str:
    """Queue a message for each payment that was moved; how many now, in words."""
    told = [one.how for one in incident_notices.tell(incident=incident, at=clock.now(), by=request.user.get_username())]
    queued, nobody = told.count(incident_notices.QUEUED), told.count(incident_notices.NO_WAY)
    return gettext("messages queued: %(queued)s · no way leads to: %(nobody)s") % {"queued": queued, "nobody": nobody}
