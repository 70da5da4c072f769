"""Acts on an account from its page: what it takes, what it would do, and only then done, once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from duecourse.intake import act_kinds, act_preview
from duecourse.intake.act_kinds import Asked
from duecourse.intake.act_preview import Seen
from duecourse.ledger.journal import NoSuchAccount
from duecourse.servicing import explain_words
from duecourse.servicing import read as servicing
from duecourse.servicing.read import Page

from . import words
from .refused import NotDone, asked, key_of

DO, LOOK = "do", "look"


class Offered(NamedTuple):
    """An act as the page offers it: its name, its fields beside day and reason, and of which kinds of account."""

    title: Any
    fields: tuple[str, ...]
    of_line: bool = True
    of_loan: bool = True


ACTS = {
    "paid_by": Offered(_("Payment"), ("amount", "payer")),
    "waiver": Offered(_("Waiver"), ("component", "amount")),
    "goodwill": Offered(_("Goodwill"), ("amount",)),
    "fee": Offered(_("Fee"), ("amount",), of_loan=False),
    "suspend": Offered(_("Suspend purchases"), (), of_loan=False),
    "restore": Offered(_("Let purchases again"), (), of_loan=False),
}
"""The acts that pages offer; every other one is an act of the command line and of the API."""
FIELDS = {"amount": _("amount"), "payer": _("who paid"), "component": _("of what")}
COMPONENTS = {"interest": _("interest"), "fee": _("fees"), "penalty": _("late interest")}
FIGURES = ("owed", "principal", "interest", "fee", "penalty", "credit")
LONGEST = 400


class Moved(NamedTuple):
    """A figure of the account before and after."""

    name: str
    before: str
    after: str
    is_moved: bool


@require_http_methods(["GET", "POST"])
def act_page(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """One act: a form; its effect for what was typed; and done, where that was seen and confirmed."""
    offered = ACTS.get(kind)
    try:
        page = servicing.account(number=number)
    except NoSuchAccount as fault:
        raise Http404 from fault
    if offered is None or not is_for(offered, page):
        raise Http404
    told = {name: request.POST.get(name, "").strip()[:LONGEST] for name in (*offered.fields, "on", "reason")}
    open_day = page.closed + timedelta(days=1)
    shown: dict[str, Any] = {
        "page": page,
        "offered": offered,
        "kind": kind,
        "fields": [(name, FIELDS[name], told[name]) for name in offered.fields],
        "components": [item for item in COMPONENTS.items() if not (page.is_loan and item[0] == "fee")],
        "on": told["on"] or open_day.isoformat(),
        "open_day": open_day,
        "reason": told["reason"],
        "key": request.POST.get("key") or uuid4().hex,
        "effect": [],
    }
    if request.method == "GET":
        return render(request, "act.html", shown)
    wanted = Asked(
        number, kind, told["on"], request.user.get_username(), told["reason"], key_of(request, kind, number),
        {name: told[name].replace(",", "") if name == "amount" else told[name] for name in offered.fields},
    )  # fmt: skip
    try:
        if request.POST.get("step") == DO:
            asked(with_reason(wanted, lambda: act_kinds.do(wanted)))
            return redirect("account", number=number)
        seen = asked(with_reason(wanted, lambda: act_preview.preview(wanted)))
    except NotDone as fault:
        return render(request, "act.html", {**shown, "fault": str(fault)}, status=409)
    return render(request, "act.html", {**shown, "effect": moved(seen.before, seen.after), "again": seen.answer.again})


def is_for(offered: Offered, page: Page) -> bool:
    """Whether an act is one of this kind of account."""
    return offered.of_loan if page.is_loan else offered.of_line


def with_reason(told: Asked, work: Callable[[], Any]) -> Callable[[], Any]:
    """Work that is refused where no reason is given: somebody did it, and the row says why."""

    def do() -> Any:
        if not told.why:
            raise ReasonMissing("reason: an act says why it is done")
        return work()

    return do


class ReasonMissing(Exception):
    """An act without a reason."""

    code = "act_without_reason"


def moved(before: Seen, after: Seen) -> list[Moved]:
    """What an act does to the figures of an account, each as it is and as it would be."""

    def row(name: str, was: str, now: str) -> Moved:
        return Moved(name, was, now, was != now)

    exponent = before.page.exponent

    def money(minor: int) -> str:
        return explain_words.money(minor, exponent)

    was, now = before.page, after.page
    rows = [row(str(words.FIGURES[name]), money(was.figures[name]), money(now.figures[name])) for name in FIGURES]
    rows.append(row(gettext("past due"), money(was.standing.past_due), money(now.standing.past_due)))
    late = (str(was.standing.days_past_due), str(now.standing.days_past_due))
    rows.append(row(gettext("days past due"), *late))
    if not was.is_loan:
        rows.append(row(gettext("available"), money(was.standing.available), money(now.standing.available)))
        rows.append(row(gettext("purchases"), purchases(before), purchases(after)))
    due = [f"{money(one.next_due.amount)} · {one.next_due.due_on}" if one.next_due else "–" for one in (was, now)]
    rows.append(row(gettext("next due"), *due))
    return rows


def purchases(told: Seen) -> str:
    """Whether purchases are allowed."""
    return gettext("suspended") if told.is_barred or told.page.standing.suspended else gettext("allowed")
