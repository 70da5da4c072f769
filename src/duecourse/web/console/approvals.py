"""What waits for a second person, each on a page that shows what approving does before it is done."""

from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from duecourse.care import incident_read, incidents
from duecourse.care.incidents import Undoing
from duecourse.ledger.read import exponents
from duecourse.recovery import agencies, agency_terms, charge_offs
from duecourse.recovery import read as recovery
from duecourse.recovery.read import Unapproved
from duecourse.risk import registry
from duecourse.servicing import explain_words, listing
from duecourse.web import rights
from duecourse.web.days import today_of

from . import agency_said, models
from .incidents import CAUSES, REFUSALS, undone
from .refused import NotDone, asked, reason_of

TRIED = 20
"""Of so many accounts what undoing would do is computed and shown."""
AT_ONCE = 50
"""So many accounts of an incident are undone by one press; pressed again, it goes on."""
SHOWN = 200
APPROVE, APPLY = "approve", "apply"


class Effect(NamedTuple):
    """What undoing an incident does to one account, or why not."""

    account: str
    payments: int
    says: list[str]
    refused: str
    is_done: bool


class NotAsShown(Exception):
    """What was approved is not what the page showed: it has changed meanwhile."""

    code = "not_as_shown"


@require_safe
def incident_page(request: HttpRequest, incident: int) -> HttpResponse:
    """An incident, what undoing it would do, who approved."""
    return shown_incident(request, incident)


def shown_incident(request: HttpRequest, incident: int, fault: str = "", told: str = "") -> HttpResponse:
    """The page; with what was refused, or with what was done."""
    try:
        stand = incident_read.stand(incident=incident)
    except incidents.NoSuchIncident as gone:
        raise Http404 from gone
    tried = list(islice(incidents.preview(incident=incident), TRIED))
    known = listing.named(accounts=[one.account for one in tried])
    accounts, undone = len({one.account_id for one in stand.taken}), stand.outcomes.get(incidents.UNDONE, 0)
    shown = {
        "stand": stand,
        "row": stand.incident,
        "cause": CAUSES[stand.incident.cause],
        "accounts": accounts,
        "effects": [effect(one, known) for one in tried],
        "digest": incidents.digest_of(stand.taken).hex() if stand.taken else "",
        "is_approved": len(stand.approved_by) >= incidents.APPROVALS,
        "needed": incidents.APPROVALS,
        "undone": undone,
        "may_approve": stand.turned_down is None and request.user.has_perm(rights.APPROVE_MONEY),
        "over": stand.turned_down,
        "is_left": not undone or undone < accounts,
        "at_once": AT_ONCE,
        "may_work": request.user.has_perm(rights.ACT_SERVICING),
        "told": told,
        "fault": fault,
    }
    return render(request, "incident.html", shown, status=409 if fault else 200)


def effect(told: Undoing, known: dict[int, listing.Named]) -> Effect:
    """What undoing does to an account, in words."""
    of = known[told.account]
    says = []
    if told.before and told.after:
        says = undone(told.before, told.after, lambda minor: explain_words.money(minor, of.exponent))
    refused = f"{told.code}: {REFUSALS.get(told.code, told.message)}" if told.code else ""
    return Effect(of.number, len(told.findings), says, refused, told.is_done)


@require_http_methods(["POST"])
def decide_incident(request: HttpRequest, incident: int) -> HttpResponse:
    """Approve an incident as it was shown, or undo the next accounts of an approved one."""
    by, reason = request.user.get_username(), request.POST.get("reason", "")

    def work() -> None:
        if request.POST.get("do") == APPLY:
            done = 0
            for one in incidents.apply(incident=incident, by=by):
                done += not one.is_done and not one.code
                if done == AT_ONCE:
                    break
            return
        taken, _ = incidents.findings_of(incident)
        if not taken or incidents.digest_of(taken).hex() != request.POST.get("digest", ""):
            raise NotAsShown(f"incident {incident}: what is found has changed since the page was shown")
        incidents.approve(incident=incident, by=by, reason=reason)

    try:
        asked(work)
    except NotDone as fault:
        return shown_incident(request, incident, str(fault))
    return redirect("incident", incident=incident)


@require_safe
def proposal_page(request: HttpRequest, proposal: int) -> HttpResponse:
    """A charge-off list: its accounts as they stood, what leaves the books."""
    return shown_proposal(request, proposal)


def shown_proposal(request: HttpRequest, proposal: int, fault: str = "") -> HttpResponse:
    """The page; with what was refused."""
    try:
        row, rows = charge_offs.named(proposal), charge_offs.rows_of(proposal=proposal)
    except charge_offs.NoSuchProposal as gone:
        raise Http404 from gone
    decimals, over = exponents(), charge_offs.turned_down(proposal=proposal)
    waiting = [one for one in rows if one["refused"] is None]
    sums: dict[str, int] = {}
    for one in waiting:
        sums[one["currency"]] = sums.get(one["currency"], 0) + one["lost_minor"]
    for one in rows:
        one["lost"] = explain_words.money(one["lost_minor"], decimals[one["currency"]])
    shown = {
        "row": row,
        "rows": rows[:SHOWN],
        "is_cut": len(rows) > SHOWN,
        "count": len(rows),
        "waiting": len(waiting),
        "sums": [f"{explain_words.money(minor, decimals[code])} {code}" for code, minor in sums.items()],
        "over": over,
        "may_approve": over is None and request.user.has_perm(rights.APPROVE_MONEY),
        "is_own": row.by == request.user.get_username(),
        "fault": fault,
    }
    return render(request, "proposal.html", shown, status=409 if fault else 200)


@require_http_methods(["POST"])
def carry_out_proposal(request: HttpRequest, proposal: int) -> HttpResponse:
    """Charge off what is left of a list; each account is refused or done by itself."""
    try:
        asked(lambda: charge_offs.carry_out(proposal=proposal, by=request.user.get_username()))
    except NotDone as fault:
        return shown_proposal(request, proposal, str(fault))
    return redirect("proposal", proposal=proposal)


@require_safe
def terms_page(request: HttpRequest, number: int) -> HttpResponse:
    """The terms of an agency, and who approved them."""
    return shown_terms(request, number)


def shown_terms(request: HttpRequest, number: int, fault: str = "") -> HttpResponse:
    """The page; with what was refused."""
    try:
        row = agencies.terms_row(number)
    except agencies.NoSuchAgency as gone:
        raise Http404 from gone
    lines = [[name, value] for name, value in agency_said.terms(agency_terms.from_plain(row.body))]
    waiting = [one for one in recovery.terms_waiting() if one.id == number]
    title = gettext("Terms of agency %(name)s") % {"name": agencies.code_of(row)}
    about = {"title": title, "by": row.by, "at": row.recorded_at}
    heads = [gettext("term"), gettext("value")]
    about["of"], about["over"] = "terms", agencies.turned_down(terms=number)
    return paper(request, number, about, heads, lines, waiting, rights.APPROVE_MONEY, fault)


@require_http_methods(["POST"])
def approve_terms(request: HttpRequest, number: int) -> HttpResponse:
    """Approve an agency's terms."""
    return approved(request, number, agencies.approve, "terms", shown_terms)


def paper(
    request: HttpRequest, number: int, about: dict[str, Any], heads: list[str], lines: list[list[str]],
    waiting: list[Unapproved], right: str, fault: str,
) -> HttpResponse:  # fmt: skip
    """A page of something that is read and approved as a whole."""
    one = waiting[0] if waiting else None
    is_full = one is not None and len(one.approved_by) >= one.needed
    may = one is not None and request.user.has_perm(right)
    shown = {
        **about,
        "approve": reverse(f"{about['of']}_approve", args=[number]),
        "turn_down": reverse(f"{about['of']}_turn_down", args=[number]) if may else "",
        "number": number,
        "heads": heads,
        "lines": lines,
        "waiting": one,
        "may_approve": may and not is_full,
        "fault": fault,
    }
    return render(request, "approve.html", shown, status=409 if fault else 200)


def approved(
    request: HttpRequest, number: int, work: Callable[..., Any], of: str, page: Callable[..., HttpResponse]
) -> HttpResponse:
    """Approve by the person who is signed in, with the reason that the form gives."""
    told: dict[str, Any] = {"on": today_of(), "by": request.user.get_username(), of: number}
    try:
        asked(lambda: work(**told, reason=reason_of(request)))
    except NotDone as fault:
        return page(request, number, str(fault))
    return redirect(of, number=number)


@require_http_methods(["POST"])
def let_live(request: HttpRequest, name: str) -> HttpResponse:
    """Let a model score from now on; the checks are on its page."""
    told = {"name": name, "by": request.user.get_username(), "reason": request.POST.get("reason", "")}
    try:
        asked(lambda: registry.go_live(**told))
    except NotDone as fault:
        if fault.code == registry.NoSuchModel.code:
            raise Http404 from fault
        return models.shown_model(request, name, str(fault))
    return redirect("model", name=name)
