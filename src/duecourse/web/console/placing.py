"""Placing a case with an agency: what stands against it with each, then by whom and why."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from duecourse import clock
from duecourse.book import read as book
from duecourse.borrowers import names
from duecourse.ledger.read import exponents
from duecourse.recovery import agency_read, placements
from duecourse.recovery import cases as of_cases
from duecourse.servicing import explain_words
from duecourse.web import looked, rights

from . import agency_said, cases
from .people_care import told
from .refused import NotDone, asked, reason_of


class Able(NamedTuple):
    """An agency, and in words what stands against the case being with it."""

    code: str
    name: str
    against: list[str]


@require_http_methods(["GET", "POST"])
def placing_page(request: HttpRequest, case: int) -> HttpResponse:
    """What placing the case comes to; a form of it places it, or takes it back."""
    day = last_day()
    try:
        one = agency_read.of_case(case=case, day=day, at=clock.now())
    except of_cases.NoSuchCase as gone:
        raise Http404 from gone
    looked.at(request, one.person)
    if request.method == "GET":
        return shown(request, case, one, day)
    by = request.user.get_username()

    def work() -> Any:
        if told(request, "step") == "recall" and one.placed:
            return placements.recall(reference=one.placed.reference, day=day, by=by, reason=reason_of(request))
        return placements.place(
            case=case, agency=told(request, "agency"), day=day, at=clock.now(), by=by, reason=reason_of(request)
        )

    try:
        asked(work)
    except NotDone as fault:
        return shown(request, case, one, day, str(fault))
    return redirect("placing", case=case)


def last_day() -> date:
    """The last sealed day; before there is one nothing can be placed."""
    sealed = book.last_sealed()
    if sealed is None:
        raise Http404
    return sealed


def shown(request: HttpRequest, case: int, one: agency_read.OfCase, day: date, fault: str = "") -> HttpResponse:
    """The page; with what was refused."""
    decimals = exponents()
    shown = {
        "case": case,
        "person": one.person,
        "name": names.of(borrowers=[one.person]).get(one.person, ""),
        "stage": cases.stage(one.stage),
        "late": [(row, f"{explain_words.money(row.owed_minor, decimals[row.currency])} {row.currency}")
                 for row in one.late],
        "placed": one.placed,
        "with_agency": agency_read.code_of(one.placed) if one.placed else "",
        "able": [Able(row.held.row.code, row.held.row.name, agency_said.reasons(row.found)) for row in one.against],
        "begins_on": day + timedelta(days=1),
        "may_act": request.user.has_perm(rights.ACT_RECOVERY),
        "fault": fault,
    }  # fmt: skip
    return render(request, "placing.html", shown, status=409 if fault else 200)
