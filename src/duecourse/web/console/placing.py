"""Placing a case with an agency: what stands against it with each, then by whom and why."""

from collections.abc import Callable, Sequence
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
        untold = asked(lambda: step(request, case, one, day))
    except NotDone as fault:
        return shown(request, case, one, day, str(fault))
    if untold:
        return shown(request, case, agency_read.of_case(case=case, day=day, at=clock.now()), day, untold=untold)
    return redirect("placing", case=case)


def place(request: HttpRequest, case: int, one: OfCase, day: date) -> str:
    """Place the case, and tell the person; why they could not be told."""
    by = request.user.get_username()
    row = placements.place(
        case=case, agency=told(request, "agency"), day=day, at=clock.now(), by=by, reason=reason_of(request)
    )
    return untold_of(row.reference, tell_placed(by))


def recall(request: HttpRequest, case: int, one: OfCase, day: date) -> str:
    """Take it back from the agency that has it."""
    if one.placed is None:
        raise Http404
    by = request.user.get_username()
    placements.recall(reference=one.placed.reference, day=day, by=by, reason=reason_of(request))
    return ""


def tell(request: HttpRequest, case: int, one: OfCase, day: date) -> str:
    """Queue the messages of new placements; why the person of this one could not be told."""
    made = agency_notices.queue(at=clock.now(), by=request.user.get_username())
    return untold_of(one.placed.reference if one.placed else "", made)


def untold_of(reference: str, made: Sequence[agency_notices.Told]) -> str:
    """Why the message of a placement was refused; "": it was not."""
    return next((each.why for each in made if each.reference == reference), "")


STEPS: dict[str, Callable[[HttpRequest, int, OfCase, date], str]] = {"place": place, "recall": recall, "tell": tell}
"""What a form of the page asks for."""


def tell_placed(by: str) -> list[agency_notices.Told]:
    """Queue the messages that tell of new placements, and what came of each.

    A lender that has no name yet tells nobody; the page of a case says that its person is not told.
    """
    try:
        return agency_notices.queue(at=clock.now(), by=by)
    except compose.LenderNotNamed:
        return []


def last_day() -> date:
    """The last sealed day; before there is one nothing can be placed."""
    sealed = book.last_sealed()
    if sealed is None:
        raise Http404
    return sealed


def shown(request: HttpRequest, case: int, one: OfCase, day: date, fault: str = "", untold: str = "") -> HttpResponse:
    """The page; with what was refused, or why the person of a placement that was made could not be told."""
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
        "untold": untold,
    }  # fmt: skip
    return render(request, "placing.html", shown, status=409 if fault else 200)
