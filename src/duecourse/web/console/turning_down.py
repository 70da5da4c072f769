"""Turning down what waits for a second person, with a reason; and what was decided of what waited, by whom and why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from duecourse import clock
from duecourse.care import incident_read, incidents
from duecourse.recovery import agencies, charge_offs
from duecourse.recovery import read as recovery
from duecourse.recovery import strategies as of_strategies
from duecourse.risk import read_models, registry
from duecourse.web import rights
from duecourse.web.days import today_of

from . import approvals, models, strategies
from .queue_rows import MOST, Cell, Queue
from .refused import NotDone, asked

TURNED_DOWN = "turned_down"
RECENT = timedelta(days=14)
"""For so long somebody is told on today's page that what they brought in was turned down."""
BECAME = {
    **strategies.STATES,
    "carried_out": _("carried out"),
    "undone": _("undone"),
    "live": _("went live"),
    "rolled_back": _("rolled back"),
}


class Decided(NamedTuple):
    """What became of something that was brought in: what it is and where it stands, who decided, why and when."""

    what: str
    href: str
    made_by: str
    became: str
    by: str
    reason: str
    at: datetime


def decided(request: HttpRequest) -> list[Decided]:
    """The newest decisions about what waited for a second person, of all kinds that the person may look at."""
    names = {
        "strategy": gettext("Strategy %(name)s"),
        "terms": gettext("Terms of agency %(name)s"),
        "proposal": gettext("Charge-off list %(number)s"),
    }
    found = [
        Decided(
            names[one.kind] % {"name": one.name, "number": one.id}, reverse(one.kind, args=[one.id]),
            one.made_by, one.became, one.by, one.reason, one.at,
        )
        for one in recovery.decided(most=MOST)
    ]  # fmt: skip
    found += [
        Decided(
            gettext("Incident %(number)s") % {"number": one.id}, reverse("incident", args=[one.id]),
            one.made_by, one.became, one.by, one.reason, one.at,
        )
        for one in incident_read.decided(most=MOST)
    ]  # fmt: skip
    if request.user.has_perm(rights.VIEW_MODELS):
        found += [
            Decided(
                gettext("Model %(name)s") % {"name": one.row.name}, reverse("model", args=[one.row.name]),
                one.row.trained_by, last.state, last.by, last.reason, last.recorded_at,
            )
            for one in read_models.entries()
            for last in list(one.row.states.all())[-1:]
            if last.state in BECAME
        ]  # fmt: skip
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]


def own_turned_down(request: HttpRequest) -> list[Decided]:
    """What the person brought in and another turned down of late."""
    if not request.user.has_perm(rights.VIEW_RECOVERY):
        return []
    me, since = request.user.get_username(), clock.now() - RECENT
    told = decided(request)
    return [one for one in told if one.became == TURNED_DOWN and one.made_by == me != one.by and one.at >= since]


@require_safe
def decided_page(request: HttpRequest) -> HttpResponse:
    """What was decided, the newest first."""
    told = decided(request)
    rows = [
        [
            Cell(gettext("what"), one.what, "", one.href),
            Cell(gettext("brought in by"), one.made_by),
            Cell(gettext("became"), str(BECAME[one.became]), flag="bad" if one.became == TURNED_DOWN else "good"),
            Cell(gettext("decided by"), one.by, one.reason),
            Cell(gettext("on"), one.at.date().isoformat()),
        ]
        for one in told
    ]
    about = gettext("What was approved, carried out or turned down, by whom and why; the newest first.")
    queue = Queue(gettext("Decided"), about, rows, len(rows))
    columns = [(cell.of, cell.is_number) for cell in rows[0]] if rows else []
    return render(request, "queue.html", {"queue": queue, "columns": columns, "nothing": gettext("Nothing yet.")})


def turning_down(
    name: str, work: Callable[..., Any], page: Callable[..., HttpResponse], absent: type[Exception], *, dated: bool
) -> Callable[..., HttpResponse]:
    """The view that turns down one kind of thing, by the name of its route and of the argument that says which."""

    @require_POST
    def view(request: HttpRequest, **of: Any) -> HttpResponse:
        """Turn it down, with the reason that the form gives."""
        (number,) = of.values()
        told = {name: number, "by": request.user.get_username(), "reason": request.POST.get("reason", "")}
        if dated:
            told["on"] = today_of()
        try:
            asked(lambda: work(**told))
        except NotDone as fault:
            if isinstance(fault.__cause__, absent):
                raise Http404 from fault
            return page(request, number, str(fault))
        return redirect(request.resolver_match.url_name.removesuffix("_turn_down"), number)

    return view


incident = turning_down(
    "incident", incidents.turn_down, approvals.shown_incident, incidents.NoSuchIncident, dated=False
)
proposal = turning_down(
    "proposal", charge_offs.turn_down, approvals.shown_proposal, charge_offs.NoSuchProposal, dated=True
)
strategy = turning_down("strategy", of_strategies.turn_down, strategies.shown, of_strategies.NoSuchStrategy, dated=True)
terms = turning_down("terms", agencies.turn_down, approvals.shown_terms, agencies.NoSuchAgency, dated=True)
model = turning_down("name", registry.turn_down, models.shown_model, registry.NoSuchModel, dated=False)
