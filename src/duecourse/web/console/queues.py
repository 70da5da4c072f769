"""What waits for a person: today's page with a count for each queue, and a table for each that fits a phone."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from duecourse.book import aside
from duecourse.book import read as book
from duecourse.care import clocks, incident_read, incidents
from duecourse.care import waiting as care_waiting
from duecourse.care.clocks import Clock
from duecourse.care.incident_tables import Incident
from duecourse.intake import waiting as intake_waiting
from duecourse.ledger.read import exponents
from duecourse.personal import erasing
from duecourse.recovery import legal_read, work
from duecourse.recovery import read as recovery
from duecourse.risk import read_models
from duecourse.servicing import explain_words, listing
from duecourse.web import rights
from duecourse.web.days import today_of

from . import care, cases, erasures, words
from .queue_rows import MOST, Cell, Count, Queue, called, day_cell, money_cell, person_cell

AHEAD = timedelta(days=7)
"""Promises that are due within so many days are shown."""
STEPS = {
    "acknowledged": _("acknowledge receipt"),
    "answered": _("give an answer"),
    "decided": _("decide"),
    "reviewed": _("look again"),
}
OF = {"complaint": _("Complaint"), "circumstance": _("To be treated with care")}
FILES = {
    "card": _("card book"),
    "payments": _("payments"),
    "loans": _("loan book"),
    "loan_months": _("months of a loan book"),
    "debit_answers": _("answers to debit orders"),
    "acts": _("acts on accounts"),
    "bank": _("bank statement"),
    "merchant": _("merchant settlement"),
    "debts": _("debts with others"),
    "attempts": _("attempts to pay"),
    "agency": _("what an agency reports"),
    "replies": _("replies to messages"),
}


def recovery_queue(request: HttpRequest) -> Queue:
    """Treatments that wait for a person, the most expected good first."""
    sealed = book.last_sealed()
    is_mine = "mine" in request.GET
    told = work.ranked(on=sealed, owner=request.user.get_username() if is_mine else None) if sealed else []
    shown = work.told(told[:MOST], on=sealed) if sealed else []
    decimals, may_open = exponents(), request.user.has_perm(rights.VIEW_PERSON)
    known = called(request, [one.person for one in shown])
    rows = [
        [
            person_cell(request, one.person, one.account, known, cases.stage(one.stage)),
            Cell(gettext("to do"), cases.treatment(one.treatment), words.contact_channel(one.channel),
                 reverse("work", args=[one.state]) if may_open else ""),
            money_cell(gettext("expected good"), one.good_minor, one.currency, decimals[one.currency]),
            money_cell(gettext("past due"), one.past_due_minor, one.currency, decimals[one.currency]),
            Cell(gettext("days past due"), str(one.days_past_due), is_number=True),
            Cell(gettext("since"), one.since.isoformat(), one.owner),
        ]
        for one in shown
    ]  # fmt: skip
    about = gettext("Work on arrears, in order of the good it is expected to do.")
    where = reverse("queue_recovery")
    beside = (gettext("Everybody's"), where) if is_mine else (gettext("Mine and nobody's"), f"{where}?mine")
    return Queue(str(QUEUES["queue_recovery"].title), about, rows, len(told), beside=beside)


def clock_queue(request: HttpRequest) -> Queue:
    """Complaints, disputes and looks at circumstances that are not done, what ends first first."""
    today = today_of()
    told = clocks.due(on=today)
    shown = told[:MOST]
    known = called(request, [one.person for one in shown])
    numbers = listing.numbers_of(borrowers=[one.person for one in shown])
    rows = [
        [
            person_cell(request, one.person, ", ".join(numbers.get(one.person, [])[:3]), known),
            Cell(gettext("what"), what_of(one), href=where_of(one)),
            Cell(gettext("to do"), str(STEPS[one.step])),
            day_cell(gettext("to be done by"), one.ends_on, today),
            Cell(gettext("rule"), one.rule or "–", "" if one.verified else gettext("not verified")),
        ]
        for one in shown
    ]
    about = gettext(
        "Complaints, disputes and people to be treated with care: what is to be done by when, by which rule."
    )
    late = sum(one.ends_on < today for one in told)
    return Queue(str(QUEUES["queue_clocks"].title), about, rows, len(told), late)


def what_of(one: Clock) -> str:
    """What a clock is of, with its number."""
    if one.of in OF:
        return f"{OF[one.of]} {one.id}"
    return f"{gettext('Dispute')} {one.id} · {care.KINDS[one.of]}"


def where_of(one: Clock) -> str:
    """Where it is worked on."""
    if one.of == clocks.CIRCUMSTANCE:
        return reverse("person_care", args=[one.person])
    return reverse("complaint" if one.of == clocks.COMPLAINT else "dispute", args=[one.id])


def promise_queue(request: HttpRequest) -> Queue:
    """Promises that are due soon or are over their day and not judged yet."""
    today = today_of()
    told = care_waiting.promises(through=today + AHEAD, most=MOST)
    known = called(request, [one.person for one in told])
    rows = [
        [
            person_cell(request, one.person, one.account, known),
            money_cell(gettext("promised"), one.amount_minor, one.currency, one.exponent),
            day_cell(gettext("due on"), one.due_on, today),
            Cell(gettext("with grace until"), one.last_on.isoformat()),
            Cell(gettext("noted by"), one.by, one.made_on.isoformat()),
        ]
        for one in told
    ]
    about = gettext("Open promises that are due by %(day)s, the earliest first; sealed days judge them.")
    late = sum(one.due_on < today for one in told)
    return Queue(
        str(QUEUES["queue_promises"].title), about % {"day": today + AHEAD}, rows, told[0].all if told else 0, late
    )


def hardship_queue(request: HttpRequest) -> Queue:
    """Who said that they cannot pay, and has no answer yet."""
    told = care_waiting.hardships(most=MOST)
    known = called(request, [one.person for one in told])
    rows = [
        [
            person_cell(request, one.person, one.account, known),
            Cell(gettext("what"), gettext("Hardship %(number)s") % {"number": one.id}, "",
                 reverse("hardship", args=[one.id])),
            Cell(gettext("told on"), one.told_on.isoformat(), one.by),
            Cell(gettext("options shown"), str(one.offers), is_number=True),
        ]
        for one in told
    ]  # fmt: skip
    about = gettext("People who cannot pay as agreed and have no answer yet; nobody dunns them meanwhile.")
    return Queue(str(QUEUES["queue_hardship"].title), about, rows, told[0].all if told else 0)


def quarantine_queue(request: HttpRequest) -> Queue:
    """Files of which rows could not be taken."""
    told = intake_waiting.files()
    rows = [
        [
            Cell(gettext("file"), one.name, str(FILES[one.kind]), reverse("quarantine_file", args=[one.file])),
            Cell(gettext("rows waiting"), f"{one.waiting:,}", is_number=True),
            Cell(gettext("rows in the file"), f"{one.rows:,}", is_number=True),
            Cell(gettext("since"), one.at.date().isoformat()),
        ]
        for one in told
    ]
    about = gettext("Rows that could not be taken. Corrected rows come in by the same command with --retry.")
    return Queue(str(QUEUES["queue_quarantine"].title), about, rows, sum(one.waiting for one in told))


def aside_queue(request: HttpRequest) -> Queue:
    """Accounts that a close left unposted."""
    told = aside.waiting()
    rows = [
        [
            Cell(gettext("account"), one.account, "", reverse("account", args=[one.account])),
            Cell(gettext("since"), one.since.isoformat()),
            Cell(gettext("fault"), one.message),
        ]
        for one in told
    ]
    about = gettext("Accounts that a close could not run. They come back by themselves once the fault is gone.")
    return Queue(str(QUEUES["queue_aside"].title), about, rows[:MOST], len(rows))


def approval_queue(request: HttpRequest) -> Queue:
    """Whatever waits for a second person."""
    today = today_of()
    rows = [
        [
            incident_cell(one.incident),
            Cell(gettext("by"), one.incident.by, one.incident.recorded_at.date().isoformat()),
            given(one.approved_by, incidents.APPROVALS, gettext("to be undone")),
            Cell(gettext("size"), gettext("payments: %(count)s") % {"count": len(one.taken)}),
        ]
        for one in incident_read.waiting()
    ]  # fmt: skip
    for one in recovery.proposals_waiting():
        size = f"{explain_words.money(one.lost_minor, one.exponent)} {one.currency}"
        rows.append([
            Cell(gettext("what"), gettext("Charge-off list %(number)s") % {"number": one.id}, one.reason,
                 reverse("proposal", args=[one.id])),
            Cell(gettext("by"), one.by, one.at.date().isoformat()),
            Cell(gettext("approvals"), gettext("to be carried out by another person")),
            Cell(gettext("size"), gettext("accounts: %(count)s") % {"count": one.accounts}, size),
        ])  # fmt: skip
    for kind, waiting in (("strategy", recovery.strategies_waiting(on=today)), ("terms", recovery.terms_waiting())):
        name = gettext("Strategy %(name)s") if kind == "strategy" else gettext("Terms of agency %(name)s")
        rows += [
            [
                Cell(gettext("what"), name % {"name": one.name}, f"{one.id}", reverse(kind, args=[one.id])),
                Cell(gettext("by"), one.by, one.at.date().isoformat()),
                given(one.approved_by, one.needed, gettext("to go live")),
                Cell(gettext("size"), "–"),
            ]
            for one in waiting
        ]
    may_open = request.user.has_perm(rights.VIEW_PERSON)
    rows += [
        [
            Cell(gettext("what"), gettext("Proceeding %(number)s") % {"number": one.id}, one.account,
                 reverse("proceeding", args=[one.id]) if may_open else ""),
            Cell(gettext("by"), one.by, one.on.isoformat()),
            Cell(gettext("approvals"), gettext("to be filed by another person")),
            Cell(gettext("size"), "–"),
        ]
        for one in legal_read.unfiled()
    ]  # fmt: skip
    if request.user.has_perm(rights.VIEW_MODELS):
        rows += [
            [
                Cell(gettext("what"), gettext("Model %(name)s") % {"name": one.row.name}, "",
                     reverse("model", args=[one.row.name])),
                Cell(gettext("by"), one.row.trained_by, one.row.recorded_at.date().isoformat()),
                Cell(gettext("approvals"), gettext("to be let live by another person")),
                Cell(gettext("size"), "–"),
            ]
            for one in read_models.entries()
            if one.stands == "registered"
        ]  # fmt: skip
    about = gettext("Everything that one person proposed and another must approve.")
    beside = gettext("Decided"), reverse("approvals_decided")
    return Queue(str(QUEUES["queue_approvals"].title), about, rows, len(rows), beside=beside)


def incident_cell(row: Incident) -> Cell:
    """An incident, what it was, and where it is decided."""
    what = gettext("Incident %(number)s") % {"number": row.id}
    return Cell(gettext("what"), what, row.description, reverse("incident", args=[row.id]))


def given(approved_by: Sequence[str], needed: int, then: str) -> Cell:
    """How many approvals there are, by whom, and what comes after the last."""
    told = gettext("%(given)s of %(needed)s") % {"given": len(approved_by), "needed": needed}
    return Cell(gettext("approvals"), told, ", ".join(approved_by) if len(approved_by) < needed else then)


def approvals_waiting(request: HttpRequest) -> int:
    """How many things wait for a second person."""
    models = read_models.entries() if request.user.has_perm(rights.VIEW_MODELS) else []
    return (
        len(incident_read.waiting())
        + len(recovery.proposals_waiting())
        + len(recovery.strategies_waiting(on=today_of()))
        + len(recovery.terms_waiting())
        + len(legal_read.unfiled())
        + sum(one.stands == "registered" for one in models)
    )


def recovery_count(request: HttpRequest) -> Count:
    """How much work on arrears waits."""
    sealed = book.last_sealed()
    return Count(work.count(on=sealed) if sealed else 0)


def clock_count(request: HttpRequest) -> Count:
    """How many steps are to be done, and how many are over their time."""
    today = today_of()
    told = clocks.due(on=today)
    return Count(len(told), sum(one.ends_on < today for one in told))


def promise_count(request: HttpRequest) -> Count:
    """How many promises are due soon, and how many are over their day."""
    today = today_of()
    return Count(*care_waiting.promises_due(through=today + AHEAD, today=today))


def hardship_count(request: HttpRequest) -> Count:
    """How many wait for an answer."""
    return Count(care_waiting.in_hardship())


class Waits(NamedTuple):
    """A queue: its name, the right to look at it, how much waits, its rows."""

    title: Any
    right: str
    counted: Callable[[HttpRequest], Count]
    rows: Callable[[HttpRequest], Queue]


QUEUES: dict[str, Waits] = {
    "queue_recovery": Waits(_("Recovery"), rights.VIEW_RECOVERY, recovery_count, recovery_queue),
    "queue_clocks": Waits(_("Complaints and disputes"), rights.VIEW_PERSON, clock_count, clock_queue),
    "queue_promises": Waits(_("Promises due"), rights.VIEW_PERSON, promise_count, promise_queue),
    "queue_hardship": Waits(_("Hardship"), rights.VIEW_PERSON, hardship_count, hardship_queue),
    "queue_erasures": Waits(
        _("Erasures"), rights.VIEW_PERSON, lambda request: Count(erasing.asked()), erasures.erasure_queue
    ),
    "queue_approvals": Waits(
        _("Approvals"), rights.VIEW_RECOVERY, lambda request: Count(approvals_waiting(request)), approval_queue
    ),
    "queue_quarantine": Waits(
        _("Quarantine"),
        rights.VIEW_JOBS,
        lambda request: Count(sum(one.waiting for one in intake_waiting.files())),
        quarantine_queue,
    ),
    "queue_aside": Waits(
        _("Accounts set aside"), rights.VIEW_JOBS, lambda request: Count(len(aside.waiting())), aside_queue
    ),
}
"""Every queue by the name of its route."""


def queue_page(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """The page of a queue."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        """The rows that wait."""
        told = QUEUES[name].rows(request)
        columns = [(cell.of, cell.is_number) for cell in told.rows[0]] if told.rows else []
        return render(request, "queue.html", {"queue": told, "columns": columns, "is_cut": told.many > len(told.rows)})

    return page


@require_safe
def quarantine_file(request: HttpRequest, file: int) -> HttpResponse:
    """The rows of one file that wait, with field, code and reason."""
    named = next((one for one in intake_waiting.files() if one.file == file), None)
    if named is None:
        raise Http404
    rows = [
        [
            Cell(gettext("row"), str(one.row)),
            Cell(gettext("field"), one.field),
            Cell(gettext("code"), one.code),
            Cell(gettext("reason"), one.reason),
        ]
        for one in intake_waiting.rows(file=file)
    ]
    told = Queue(named.name, str(FILES[named.kind]), rows, named.waiting)
    columns = [(cell.of, cell.is_number) for cell in rows[0]]
    return render(request, "queue.html", {"queue": told, "columns": columns, "is_cut": told.many > len(rows)})
