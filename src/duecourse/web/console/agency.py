"""One agency: its terms, cases, files, commission and reviews; a form of the page does each step, with a reason."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from duecourse.ledger.read import exponents
from duecourse.recovery import agencies, agency_commission, agency_read, agency_review, placements
from duecourse.recovery.agencies import Held
from duecourse.recovery.agency_commission import Stated
from duecourse.servicing import explain_words
from duecourse.web import rights

from . import agency_said, cases
from .people_care import told
from .placing import last_day
from .queue_rows import MOST, called, person_cell
from .refused import NotDone, asked, by_why, chosen


class MonthUnreadable(Exception):
    """What was typed is no month."""

    code = "month_unreadable"


def held_of(code: str, on: date) -> Held:
    """An agency on a day; one that is not there is no page."""
    try:
        return agencies.held(agency=code, on=on)
    except agencies.NoSuchAgency as fault:
        raise Http404 from fault


@require_http_methods(["GET", "POST"])
def agency_page(request: HttpRequest, code: str) -> HttpResponse:
    """The page; a form of it brings in terms, engages or ends, recalls a case, states a month, reviews."""
    held_of(code, last_day())
    if request.method == "GET":
        return shown(request, code)
    step = chosen(request, STEPS)
    try:
        asked(lambda: step(request, code))
    except NotDone as fault:
        return shown(request, code, str(fault))
    return redirect("agency", code=code)


def shown(request: HttpRequest, code: str, fault: str = "", taken: Any = None) -> HttpResponse:
    """The page; with what was refused, or with what taking a file came to."""
    day = last_day()
    on = day + timedelta(days=1)
    held = held_of(code, on)
    rows = agency_read.has(agency=held.row.id, most=MOST)
    known = called(request, [one.person for one in rows])
    since = min(held.reviewed_on or day, day)
    figures = agency_review.figures(agency=code, since=since, on=day)
    shown = {
        "held": held,
        "state": agency_said.STATES[held.state],
        "follows": [(name, agency_said.BECOME[name]) for name in agencies.FOLLOWS[held.state]],
        "against": agency_said.reasons(placements.not_ready(held, on)),
        "terms": agency_said.terms(held.terms) if held.terms else [],
        "papers": agency_read.terms_of(agency=held.row.id),
        "cases": [(person_cell(request, one.person, ", ".join(one.accounts), known), cases.stage(one.stage), one)
                  for one in rows],
        "many": len(placements.standing(agency=held.row.id)),
        "files": [(agency_said.FILES[one.kind], one, bytes(one.digest).hex())
                  for one in agency_read.files_of(agency=held.row.id, most=20)],
        "statements": [in_words(one) for one in agency_read.statements_of(agency=held.row.id)],
        "month": agency_said.months_of(day),
        "since": since,
        "day": day,
        "figures": agency_said.figures(figures),
        "reviews": [(agency_said.RESULTS[one.result], one) for one in agency_read.reviews_of(agency=held.row.id)],
        "results": agency_said.RESULTS.items(),
        "taken": taken,
        "typed": request.POST,
        "may_act": request.user.has_perm(rights.ACT_RECOVERY),
        "may_hand_over": request.user.has_perms([rights.ACT_RECOVERY, rights.VIEW_PERSON]),
        "fault": fault,
    }  # fmt: skip
    return render(request, "agency.html", shown, status=409 if fault else 200)


def in_words(one: Stated) -> dict[str, Any]:
    """A statement with its amounts in words."""
    row = one.row
    places = exponents()[row.currency]

    def money(minor: int) -> str:
        return f"{explain_words.money(minor, places)} {row.currency}"

    return {
        "row": row,
        "came": money(row.received_minor),
        "taken": money(row.taken_minor),
        "commission": money(row.commission_minor),
        "kept": money(one.kept_back_minor),
        "to_pay": money(row.commission_minor - one.kept_back_minor),
    }


def propose(request: HttpRequest, code: str) -> None:
    """Bring in terms; two others approve them."""
    agencies.propose(agency=code, text=request.POST.get("text", ""), **by_why(request))


def become(request: HttpRequest, code: str) -> None:
    """Engage, suspend or end it from the open day on."""
    on = last_day() + timedelta(days=1)
    state = told(request, "state")
    if state not in agencies.FOLLOWS[held_of(code, on).state]:
        raise Http404
    agencies.become(agency=code, state=state, on=on, **by_why(request))


def recall(request: HttpRequest, code: str) -> None:
    """Take a case back from it."""
    reference = told(request, "placement")
    row = placements.found(reference=reference)
    if row.agency_id != agencies.named(agency=code).id:
        raise Http404
    placements.recall(reference=reference, day=last_day(), **by_why(request))


def state_month(request: HttpRequest, code: str) -> None:
    """State what it earned in a month."""
    typed = told(request, "month")
    try:
        month = datetime.strptime(typed, "%Y-%m").date()
    except ValueError as fault:
        raise MonthUnreadable(f"{typed[:20]!r} is no month") from fault
    agency_commission.state(agency=code, month=month, by=request.user.get_username())


def review(request: HttpRequest, code: str) -> None:
    """Keep a review, with the figures as computed now."""
    agency_review.review(agency=code, on=last_day(), result=told(request, "result"), **by_why(request))


STEPS: dict[str, Callable[[HttpRequest, str], None]] = {
    "terms": propose,
    "become": become,
    "recall": recall,
    "month": state_month,
    "review": review,
}
"""What a form of the page asks for."""
