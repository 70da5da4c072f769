"""What people asked to have erased: who waits for a decision, what duty keeps, decided with a reason."""

from collections.abc import Sequence
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from duecourse.borrowers import names
from duecourse.personal import erasing
from duecourse.personal.erasing import Wished
from duecourse.servicing import listing
from duecourse.web import looked, rights
from duecourse.web.days import today_of

from . import words
from .queue_rows import MOST, Cell, Queue, called, person_cell
from .refused import NotDone, asked, chosen, reason_of

STATES = {
    erasing.ASKED: _("to be decided"),
    erasing.REFUSED: _("not granted"),
    erasing.GRANTED: _("granted, the rest is kept by duty"),
    erasing.ERASED: _("erased"),
}
REASONS = {
    erasing.DEBT: _("money is owed"),
    erasing.CREDIT: _("we owe them money"),
    erasing.DISPUTE: _("a dispute is open"),
    erasing.COMPLAINT: _("a complaint is open"),
    erasing.PROCEEDING: _("proceedings are open"),
    erasing.USABLE: _("an account can still be used"),
    erasing.PLACE: _("where they live is not known, nor which law holds"),
}
BY_RULE = {"by rule": _("by rule"), "every duty has ended": _("every duty has ended")}
STEPS = {"grant": True, "refuse": False}
"""What a form of the page decides."""


def erasure_queue(request: HttpRequest) -> Queue:
    """Those that wait for a decision, the oldest first."""
    about = gettext("People who asked to have their data erased, where a rule leaves the decision to somebody.")
    beside = gettext("All that was asked"), reverse("erasures")
    found = erasing.listed(state=erasing.ASKED)
    return Queue(gettext("Erasures"), about, rows_of(request, found[:MOST]), len(found), beside=beside)


@require_safe
def erasures_page(request: HttpRequest) -> HttpResponse:
    """All that was asked, the newest first."""
    found = erasing.listed()[::-1]
    over = due(found, today_of())
    about = gettext("All that people asked to have erased, the newest first.")
    if over:
        about += " " + gettext("Due to be erased: %(many)s; duecourse erasure due does it.") % {"many": over}
    beside = gettext("To be decided"), reverse("queue_erasures")
    queue = Queue(gettext("Erasures"), about, rows_of(request, found[:MOST]), len(found), beside=beside)
    columns = [(cell.of, cell.is_number) for cell in queue.rows[0]] if queue.rows else []
    shown = {"queue": queue, "columns": columns, "is_cut": len(found) > MOST, "nothing": gettext("Nobody asked yet.")}
    return render(request, "queue.html", shown)


def due(found: list[Wished], on: date) -> int:
    """Of how many the last duty has ended before a day."""
    return sum(one.state == erasing.GRANTED and one.until is not None and one.until < on for one in found)


def rows_of(request: HttpRequest, found: list[Wished]) -> list[list[Cell]]:
    """Each with whose it is, where it stands, and why."""
    known = called(request, [one.person for one in found])
    numbers = listing.numbers_of(borrowers=[one.person for one in found])
    return [
        [
            person_cell(request, one.person, ", ".join(numbers.get(one.person, [])[:3]), known),
            Cell(gettext("what"), gettext("Erasure %(number)s") % {"number": one.id}, "",
                 reverse("erasure", args=[one.id])),
            Cell(gettext("asked for on"), one.on.isoformat()),
            Cell(gettext("state"), str(STATES[one.state]),
                 gettext("until %(day)s") % {"day": one.until} if one.until else "",
                 flag="bad" if one.state == erasing.ASKED else "plain"),
            Cell(gettext("why"), why(one.rules)),
        ]
        for one in found
    ]  # fmt: skip


def why(rules: Sequence[str]) -> str:
    """Rules by their names, what stands against it in words."""
    return ", ".join(str(REASONS.get(one, one)) for one in rules) or "–"


@require_http_methods(["GET", "POST"])
def erasure_page(request: HttpRequest, number: int) -> HttpResponse:
    """One wish: what erasing comes to now, what duty keeps and until when, what was decided; and the decision."""
    one = erasing.found(erasure=number)
    if one is None:
        raise Http404
    looked.at(request, one.person)
    fault = ""
    if request.method == "POST":
        granted, by = chosen(request, STEPS), request.user.get_username()
        try:
            asked(
                lambda: erasing.decide(
                    erasure=number, granted=granted, on=today_of(), by=by, reason=reason_of(request)
                )
            )  # fmt: skip
            return redirect("erasure", number=number)
        except NotDone as refused:
            fault = str(refused)
    found = erasing.plan(person=one.person, on=today_of())
    shown = {
        "one": one,
        "name": names.of(borrowers=[one.person]).get(one.person, ""),
        "state": STATES[one.state],
        "is_open": one.state in (erasing.ASKED, erasing.GRANTED),
        "waits": one.state == erasing.ASKED,
        "against": [REASONS[reason] for reason in found.against],
        "undecided": [REASONS[reason] for reason in found.undecided],
        "no_place": erasing.PLACE in found.undecided,
        "until": found.until,
        "rules": [(rule, rule.text(words.language())) for rule in found.rules],
        "states": [(STATES[row.state], row, BY_RULE.get(row.reason, row.reason), why(row.rules))
                   for row in erasing.states(erasure=number)],
        "may_act": request.user.has_perm(rights.DECIDE_ERASURE),
        "fault": fault,
    }  # fmt: skip
    return render(request, "erasure.html", shown, status=409 if fault else 200)
