"""Placing a case with an agency: what stands against it with each, then by whom and why."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from duecourse import clock
from duecourse.book import read as book
from duecourse.borrowers import names
from duecourse.ledger.read import exponents
from duecourse.outreach import compose
from duecourse.recovery import agency_notices, agency_read, placements
from duecourse.recovery import cases as of_cases
from duecourse.recovery.agency_read import OfCase
from duecourse.servicing import explain_words
from duecourse.web import looked, rights

from . import agency_said, cases
from .people_care import told
from .refused import NotDone, asked, chosen, reason_of


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
    step = chosen(request, STEPS)
    try:
        asked(lambda: step(request, case, one, day))
    except NotDone as fault:
        return shown(request, case, one, day, str(fault))
    return redirect("placing", case=case)


def place(request: HttpRequest, case: int, one: OfCase, day: date) -> None:
    """Place the case, and tell the person."""
    by = request.user.get_username()
    placements.place(
        case=case, agency=told(request, "agency"), day=day, at=clock.now(), by=by, reason=reason_of(request)
    )
    tell_placed(by)


def recall(request: HttpRequest, case: int, one: OfCase, day: date) -> None:
    """Take it back from the agency that has it."""
    if one.placed is None:
        raise Http404
    by = request.user.get_username()
    placements.recall(reference=one.placed.reference, day=day, by=by, reason=reason_of(request))


def tell(request: HttpRequest, case: int, one: OfCase, day: date) -> None:
    """Queue the messages of new placements."""
    agency_notices.queue(at=clock.now(), by=request.user.get_username())


STEPS: dict[str, Callable[[HttpRequest, int, OfCase, date], None]] = {"place": place, "recall": recall, "tell": tell}
"""What a form of the page asks for."""


def tell_placed(by: str) -> tuple[int, int]:
    """Queue the messages that tell of new placements: how many now, and how many persons no way leads to.

    A lender that has no name yet tells nobody; the page of a case says that its person is not told.
    """
    try:
        made = [how for _reference, how in agency_notices.queue(at=clock.now(), by=by)]
    except compose.LenderNotNamed:
        return 0, 0
    return made.count(agency_notices.QUEUED), made.count(agency_notices.NO_WAY)


def last_day() -> date:
    """The last sealed day; before there is one nothing can be placed."""
    sealed = book.last_sealed()
    if sealed is None:
        raise Http404
    return sealed


def shown(request: HttpRequest, case: int, one: OfCase, day: date, fault: str = "") -> HttpResponse:
    """The page; with what was refused."""
    decimals, how = exponents(), agency_read.told_of(one.placed) if one.placed else ""
    shown = {
        "case": case,
        "person": one.person,
        "name": names.of(borrowers=[one.person]).get(one.person, ""),
        "stage": cases.stage(one.stage),
        "late": [(row, f"{explain_words.money(row.owed_minor, decimals[row.currency])} {row.currency}")
                 for row in one.late],
        "placed": one.placed,
        "is_told": bool(how),
        "told": agency_said.TOLD.get(how, how),
        "with_agency": agency_read.code_of(one.placed) if one.placed else "",
        "able": [Able(row.held.row.code, row.held.row.name, agency_said.reasons(row.found)) for row in one.against],
        "begins_on": day + timedelta(days=1),
        "may_act": request.user.has_perm(rights.ACT_RECOVERY),
        "fault": fault,
    }  # fmt: skip
    return render(request, "placing.html", shown, status=409 if fault else 200)
