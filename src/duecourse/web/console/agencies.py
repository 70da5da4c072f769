"""The page of agencies: what each has and did since its last review, who waits for one, cases placed by shares."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from duecourse import clock
from duecourse.book import read as book
from duecourse.recovery import agencies, agency_notices, agency_review, placements
from duecourse.recovery.agencies import Held
from duecourse.recovery.agency_review import Figures
from duecourse.web import rights

from . import agency_said, cases
from .people_care import told
from .placing import tell_placed
from .queue_rows import MOST, Cell, called, person_cell
from .refused import NotDone, asked, chosen, reason_of

SOON = timedelta(days=30)
"""A review that is due so soon is marked."""


class Shown(NamedTuple):
    """One agency as the page tells it; per_1000: complaints by a thousand cases, None where it had none."""

    held: Held
    state: str
    cases: int
    figures: Figures
    since: date
    per_1000: str | None
    is_due: bool
    gets_cases: bool


def shown(held: Held, on: date) -> Shown:
    """An agency on a day, with what it did since its last review."""
    since = held.reviewed_on or on
    figures = agency_review.figures(agency=held.row.code, since=since, on=on)
    due = held.review_due_on
    return Shown(
        held, str(agency_said.STATES[held.state]), len(placements.standing(agency=held.row.id)), figures, since,
        f"{Decimal(figures.complaints_ppm).scaleb(-3):.1f}" if figures.placed else None,
        due is not None and due <= on + SOON, not held.faults(on) and held.result != agencies.NARROW,
    )  # fmt: skip


class Waits(NamedTuple):
    """A case whose strategy asks for an agency: whose, its stage, and where it is placed by hand ("": not for this
    person of the staff)."""

    who: Cell
    stage: str
    href: str


class Done(NamedTuple):
    """What placing those that wait did: by which agency how many, who was not placed and why, how many are told.

    untold: the references whose message was refused, and why.
    """

    placed: list[tuple[str, int]]
    queued: int
    nobody: int
    untold: list[tuple[str, str]]
    refused: list[tuple[int, list[str]]]


@require_http_methods(["GET", "POST"])
def agencies_page(request: HttpRequest) -> HttpResponse:
    """Every agency on the open day, and who waits for one; a form of it adds an agency, or places those that wait."""
    sealed = book.last_sealed()
    if sealed is None:
        return render(request, "no_day.html")
    if request.method == "GET":
        return page(request, sealed)
    step = chosen(request, STEPS)
    try:
        return page(request, sealed, done=asked(lambda: step(request, sealed)))
    except NotDone as fault:
        return page(request, sealed, str(fault))


def page(request: HttpRequest, sealed: date, fault: str = "", done: Done | None = None) -> HttpResponse:
    """The page; with what was refused, or what was done."""
    on = sealed + timedelta(days=1)
    rows = [shown(held, on) for held in agencies.every(on=on)]
    waiting = placements.waits(sealed)
    known = called(request, [one.person for one in waiting[:MOST]])
    may_open = request.user.has_perm(rights.VIEW_PERSON)
    shown_of = {
        "day": on,
        "rows": rows,
        "due": sum(one.is_due for one in rows),
        "cases": sum(one.cases for one in rows),
        "waiting": [
            Waits(person_cell(request, one.person, one.account, known), cases.stage(one.stage),
                  reverse("placing", args=[one.case]) if may_open else "")
            for one in waiting[:MOST]
        ],
        "many": len(waiting),
        "done": done,
        "may_act": request.user.has_perm(rights.ACT_RECOVERY),
        "typed": request.POST if fault else {},
        "fault": fault,
    }  # fmt: skip
    return render(request, "agencies.html", shown_of, status=409 if fault else 200)


def add(request: HttpRequest, sealed: date) -> None:
    """Keep an agency; it gets nothing yet."""
    agencies.add(
        code=told(request, "code"), name=told(request, "name"), contact=told(request, "contact"),
        places_of=told(request, "places").replace(",", " ").split(), by=request.user.get_username(),
        reason=reason_of(request),
    )  # fmt: skip


def place_waiting(request: HttpRequest, sealed: date) -> Done:
    """Place every case that waits for an agency, by the agencies' shares; who is refused waits on."""
    by = request.user.get_username()
    made = placements.place_waiting(day=sealed, at=clock.now(), by=by)
    placed = Counter(code for code, _reference in made.placed)
    refused = [(case, agency_said.refused(why)) for case, why in made.refused[:MOST]]
    told_now = tell_placed(by)
    how = Counter(one.how for one in told_now)
    untold = [(one.reference, one.why) for one in told_now if one.how == agency_notices.REFUSED][:MOST]
    return Done(
        sorted(placed.items()), how[agency_notices.QUEUED], how[agency_notices.NO_WAY], untold, refused
    )  # fmt: skip


STEPS: dict[str, Callable[[HttpRequest, date], Done | None]] = {"add": add, "place": place_waiting}
"""What a form of the page asks for."""
