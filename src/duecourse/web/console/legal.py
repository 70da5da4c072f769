"""The way to court of one account: what stands against it, its clock, the demand, how to begin, the evidence pack."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duecourse import clock
from duecourse.ledger.journal import NoSuchAccount
from duecourse.recovery import (
    evidence,
    legal_checks,
    legal_demand,
    legal_demand_mail,
    legal_limitation,
    legal_proceedings,
    legal_read,
)
from duecourse.recovery import legal as of_legal
from duecourse.web import rights

from . import contacts, words
from .approvals import NotAsShown
from .caring import channels, day_of
from .contacts import Why
from .legal_said import ANEW, CHECKS, COMPONENTS, EFFECTS, KINDS, MAILS, STAGES, money_of, reasons
from .people_care import told
from .refused import NotDone, asked, by_why, chosen, key_of, reason_of
from .views import as_pdf

LOOK = "look"


class Standing(NamedTuple):
    """A check before court as the page tells it: what must hold, whether it does, why, by which rule."""

    what: str
    passed: bool
    says: list[str]
    rule: str


class Draft(NamedTuple):
    """A demand as it would be written: its figures in words, and what the contact gate says of the letter."""

    body: dict[str, Any]
    digest: str
    owed: str
    past_due: str
    parts: list[tuple[str, str]]
    is_allowed: bool
    why: list[Why]
    fault: str


@require_http_methods(["GET", "POST"])
def legal_page(request: HttpRequest, number: str) -> HttpResponse:
    """The page; a form of it acknowledges, notes help, looks at or writes a demand, posts it, prepares a proceeding."""
    if request.method == "GET":
        return shown(request, number)
    if request.POST.get("step") == LOOK:
        return looked_at(request, number)
    step = chosen(request, STEPS)
    subject_of(number)
    try:
        asked(lambda: step(request, number))
    except NotDone as fault:
        return shown(request, number, str(fault))
    return redirect("legal", number=number)


def subject_of(number: str) -> of_legal.Subject:
    """The account; one that is not there is no page."""
    try:
        return of_legal.subject(number=number)
    except NoSuchAccount as fault:
        raise Http404 from fault


def shown(request: HttpRequest, number: str, fault: str = "", draft: Draft | None = None) -> HttpResponse:
    """The page; with what was refused, or with a demand that is looked at."""
    subject, at = subject_of(number), clock.now()
    money = money_of(subject.page)
    checks = [
        Standing(str(CHECKS[one.name]), one.passed, reasons(one, money), one.rule)
        for one in legal_checks.of(subject, at)
    ]
    limitation = legal_limitation.of(subject, of_legal.day_of(at))
    proceedings = legal_proceedings.stages(account=number)
    shown = {
        "page": subject.page,
        "borrower": subject.borrower,
        "checks": checks,
        "against": sum(not one.passed for one in checks),
        "clock": limitation,
        "place": words.PLACES.get(subject.place, subject.place),
        "effect_of": EFFECTS.get(limitation.rule.effect, "") if limitation.rule else "",
        "anew": [(str(ANEW.get(one.kind, one.kind)), one) for one in limitation.interruptions],
        "demands": [(one, str(MAILS.get(one.mail, one.mail))) for one in legal_read.demands(account=subject.account)],
        "proceedings": [(row, KINDS[row.kind], STAGES[stages[-1].stage], stages[-1]) for row, stages in proceedings],
        "is_open": any(stages[-1].stage not in legal_proceedings.ENDED for _, stages in proceedings),
        "packs": legal_read.packs(account=subject.account),
        "kinds": KINDS.items(),
        "channels": channels(),
        "language": words.language(),
        "draft": draft,
        "typed": request.POST,
        "today": of_legal.day_of(at),
        "key": request.POST.get("key") or uuid4().hex,
        "may_act": request.user.has_perm(rights.ACT_RECOVERY),
        "fault": fault,
    }
    return render(request, "legal.html", shown, status=409 if fault else 200)


def looked_at(request: HttpRequest, number: str) -> HttpResponse:
    """The page with the demand as it would be written; nothing of it is kept."""
    subject = subject_of(number)
    money = money_of(subject.page)
    by = request.user.get_username()
    try:
        seen = asked(lambda: legal_demand.preview(account=number, at=clock.now(), by=by))
    except NotDone as fault:
        return shown(request, number, str(fault))
    body, answer = seen.body, seen.answer
    parts = [(str(COMPONENTS[one["name"]]), money(one["amount"])) for one in body["parts"]]
    why = [Why(str(one.id), contacts.said(str(one.id))) for one in answer.refusals]
    digest, owed, past_due = legal_demand.digest_of(body).hex(), money(body["owed"]), money(body["past_due"])
    draft = Draft(body, digest, owed, past_due, parts, answer.allowed, why, answer.fault)
    return shown(request, number, draft=draft)


def acknowledge(request: HttpRequest, number: str) -> None:
    """Note that the person owned the debt."""
    legal_limitation.acknowledge(
        account=number, kind=told(request, "kind"), on=day_of(told(request, "on")), source=told(request, "source"),
        by=request.user.get_username(), reason=reason_of(request), key=key_of(request, "acknowledge", number),
    )  # fmt: skip


def offer_help(request: HttpRequest, number: str) -> None:
    """Note help that was offered."""
    legal_checks.offer_help(
        account=number, what=told(request, "what"), channel=told(request, "channel"), on=day_of(told(request, "on")),
        by=request.user.get_username(), reason=reason_of(request), key=key_of(request, "help", number),
    )  # fmt: skip


def write(request: HttpRequest, number: str) -> None:
    """Write the demand that was looked at."""
    when = now_by(request)
    seen = legal_demand.preview(account=number, at=when["at"], by=when["by"])
    if legal_demand.digest_of(seen.body).hex() != told(request, "digest"):
        raise NotAsShown(f"account {number}: the demand would say something else by now: look at it again")
    legal_demand.write(account=number, key=key_of(request, "demand", number), **when)


def own_demand(request: HttpRequest, number: str) -> int:
    """The demand of this account that the form names; another is no page."""
    return demand_of(number, told(request, "demand"))


def demand_of(number: str, demand: str) -> int:
    """A demand of this account by its number."""
    rows = legal_read.demands(account=subject_of(number).account)
    found = next((one.row.id for one in rows if one.row.number == demand), None)
    if found is None:
        raise Http404
    return int(found)


def post(request: HttpRequest, number: str) -> None:
    """Say that a demand was posted now."""
    legal_demand.post(
        demand=own_demand(request, number), at=clock.now(), by=request.user.get_username(),
        reference=of_legal.said("reference", told(request, "reference")),
    )  # fmt: skip


def mail(request: HttpRequest, number: str) -> None:
    """Queue a demand as an e-mail."""
    legal_demand_mail.queue(demand=own_demand(request, number), at=clock.now(), by=request.user.get_username())


def prepare(request: HttpRequest, number: str) -> None:
    """Prepare a way to court; another person files it."""
    legal_proceedings.prepare(
        account=number, kind=told(request, "kind"), key=key_of(request, "prepare", number), **now_by(request)
    )


def now_by(request: HttpRequest) -> dict[str, Any]:
    """When, by whom and why: of a step that is taken now."""
    return {"at": clock.now(), **by_why(request)}


STEPS: dict[str, Callable[[HttpRequest, str], None]] = {
    "acknowledge": acknowledge,
    "help": offer_help,
    "demand": write,
    "post": post,
    "mail": mail,
    "prepare": prepare,
}
"""What a form of the page asks for."""


@require_safe
def demand_pdf(request: HttpRequest, number: str, demand: str) -> HttpResponse:
    """A demand of this account, with the address that the person has now."""
    demand_of(number, demand)
    return as_pdf(legal_demand.again(number=demand), demand)


@require_POST
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """Make the evidence pack and hand it over; that it was made, by whom and why, is kept."""
    subject_of(number)
    by, language = request.user.get_username(), request.POST.get("language", "")
    try:
        made = asked(
            lambda: evidence.pack(account=number, language=language, by=by, reason=told(request, "reason"))
        )  # fmt: skip
    except NotDone as fault:
        return shown(request, number, str(fault))
    where = f'attachment; filename="evidence-{made.id}.zip"'
    return HttpResponse(made.content, content_type="application/zip", headers={"Content-Disposition": where})
