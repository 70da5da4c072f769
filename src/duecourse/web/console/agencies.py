"""The page of agencies: what each has, what it did since its last review, complaints, and when it is reviewed again."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from duecourse.book import read as book
from duecourse.recovery import agencies, agency_review, placements
from duecourse.recovery.agencies import Held
from duecourse.recovery.agency_review import Figures

STATES = {"engaged": _("at work"), "suspended": _("work suspended"), "ended": _("work ended"), "": _("not engaged")}
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
    told = agency_review.figures(agency=held.row.code, since=since, on=on)
    due = held.review_due_on
    return Shown(
        held, str(STATES[held.state]), len(placements.standing(agency=held.row.id)), told, since,
        f"{Decimal(told.complaints_ppm).scaleb(-3):.1f}" if told.placed else None,
        due is not None and due <= on + SOON, not held.faults(on) and held.result != agencies.NARROW,
    )  # fmt: skip


@require_safe
def agencies_page(request: HttpRequest) -> HttpResponse:
    """Every agency on the open day; nothing of a person."""
    sealed = book.last_sealed()
    if sealed is None:
        return render(request, "no_day.html")
    on = sealed + timedelta(days=1)
    rows = [shown(held, on) for held in agencies.every(on=on)]
    told = {"day": on, "rows": rows, "due": sum(one.is_due for one in rows), "cases": sum(one.cases for one in rows)}
    return render(request, "agencies.html", told)
