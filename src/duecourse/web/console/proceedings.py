"""One proceeding: filed by another person, judged, its interest charged, enforced, ended; effects shown before."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from duecourse import clock
from duecourse.borrowers import secrecy
from duecourse.intake import act_preview
from duecourse.kernel.money import RATE_MAX_PPM
from duecourse.recovery import legal_proceedings, legal_read
from duecourse.recovery.legal_tables import Proceeding
from duecourse.servicing import of_person
from duecourse.servicing import read as servicing
from duecourse.servicing.read import Page
from duecourse.web import looked, rights

from . import acts
from .approvals import NotAsShown
from .caring import AmountUnreadable, day_of, minor_of
from .legal_said import KINDS, STAGES, money_of
from .people_care import told
from .refused import NotDone, asked, by_why, chosen

DO = "do"
ENDS = {
    "enforcement": _("a step of enforcement"),
    "satisfied": _("satisfied: nothing is owed any more"),
    "settled": _("settled by an arrangement"),
    "dismissed": _("dismissed by the court"),
    "withdrawn": _("withdrawn by us"),
}
LONGEST = 200


class RateUnreadable(Exception):
    """What was typed is no rate a year."""

    code = "rate_unreadable"


@require_http_methods(["GET", "POST"])
def proceeding_page(request: HttpRequest, proceeding: int) -> HttpResponse:
    """The page; what moves money is shown with its effect before, and done where it was seen."""
    row, page = found(proceeding)
    looked.at(request, row.borrower_id)
    if request.method == "GET":
        return shown(request, row, page)
    name = request.POST.get("step", "")
    step = chosen(request, STEPS)
    try:
        if name in MOVING and request.POST.get("then") != DO:
            seen = asked(lambda: act_preview.tried(page.number, lambda: step(request, row, page)))
            return shown(request, row, page, seen=name, effect=acts.moved(seen.before, seen.after), new=seen.answer)
        if name in MOVING:
            asked(lambda: refuse_unseen(request, row, name))
        asked(lambda: step(request, row, page))
    except NotDone as fault:
        return shown(request, row, page, str(fault))
    return redirect("proceeding", proceeding=proceeding)


def found(proceeding: int) -> tuple[Proceeding, Page]:
    """A proceeding and its account; one that is not there is no page."""
    try:
        row = legal_proceedings.found(proceeding)
    except legal_proceedings.NoSuchProceeding as fault:
        raise Http404 from fault
    return row, servicing.account(number=legal_proceedings.number_of(row))


def shown(
    request: HttpRequest, row: Proceeding, page: Page, fault: str = "", *, seen: str = "", effect: Any = None,
    new: int | None = None,
) -> HttpResponse:  # fmt: skip
    """The page; with what was refused, or with what a step would do."""
    money = money_of(page)
    stages = next(stages for one, stages in legal_proceedings.stages(account=page.number) if one.id == row.id)
    follows = legal_proceedings.FOLLOWS.get(stages[-1].stage, ())
    judged = legal_proceedings.judgment_of(row.id)
    charged, agreed = legal_read.charged(proceeding=row.id), arrangements(page)
    ends = [code for code in ENDS if code in follows and (agreed or code != legal_proceedings.SETTLED)]
    shown = {
        "row": row,
        "page": page,
        "kind": KINDS[row.kind],
        "stages": [(STAGES[one.stage], one, one.amount_minor and money(one.amount_minor),
                    one.costs_minor and money(one.costs_minor)) for one in stages],
        "now": STAGES[stages[-1].stage],
        "is_over": not follows,
        "may_file": legal_proceedings.FILED in follows,
        "is_own": row.by == request.user.get_username(),
        "may_judge": legal_proceedings.JUDGMENT in follows,
        "may_charge": judged is not None and bool(judged.interest_ppm) and bool(follows),
        "ends": [(code, ENDS[code]) for code in ends],
        "arrangements": agreed,
        "charged": [(one, money(one.amount_minor)) for one in charged],
        "owed": money(page.figures["owed"]),
        "papers": legal_read.papers(proceeding=row.id),
        "seen": seen,
        "digest": digest_of(request, row, seen) if seen else "",
        "effect": effect,
        "new": None if new is None else money(new),
        "typed": request.POST,
        "closed": page.closed,
        "open_day": page.closed + timedelta(days=1),
        "today": clock.today(),
        "may_act": request.user.has_perm(rights.ACT_RECOVERY),
        "fault": fault,
    }  # fmt: skip
    return render(request, "proceeding.html", shown, status=409 if fault else 200)


def arrangements(page: Page) -> list[int]:
    """The arrangements of the account, by which a proceeding may be settled."""
    return [plan.id for _account, plan in of_person.arranged(accounts=[page.account_id])]


def file(request: HttpRequest, row: Proceeding, page: Page) -> None:
    """File it; refused for who prepared it."""
    legal_proceedings.file(
        proceeding=row.id, at=clock.now(), reference=told(request, "reference"), **by_why(request)
    )  # fmt: skip


def judge(request: HttpRequest, row: Proceeding, page: Page) -> None:
    """Write down a judgment."""
    costs = told(request, "costs")
    award = legal_proceedings.Award(
        minor_of(told(request, "amount"), page.exponent), minor_of(costs, page.exponent) if costs else 0,
        rate_of(told(request, "rate")),
    )  # fmt: skip
    legal_proceedings.judge(
        proceeding=row.id, award=award, on=day_of(told(request, "on")), reference=told(request, "reference"),
        **by_why(request),
    )  # fmt: skip


def rate_of(percent: str) -> int:
    """A rate a year in millionths, as somebody typed it in percent; nothing typed is none."""
    if not percent:
        return 0
    try:
        rate = minor_of(percent, 4)
    except AmountUnreadable as fault:
        raise RateUnreadable(f"rate: {percent[:20]!r} is no percentage") from fault
    if rate > RATE_MAX_PPM:
        raise RateUnreadable(f"rate: {percent[:20]} is too much")
    return rate


def interest(request: HttpRequest, row: Proceeding, page: Page) -> int:
    """Charge the judgment's interest through a day; what of it is new."""
    through = day_of(told(request, "through"))
    return legal_proceedings.charge_interest(proceeding=row.id, through=through, **by_why(request))


def take_on(request: HttpRequest, row: Proceeding, page: Page) -> None:
    """Say where it is from a day on."""
    stage, arrangement = told(request, "stage"), told(request, "arrangement")
    is_settled = stage == legal_proceedings.SETTLED
    if is_settled and arrangement not in map(str, arrangements(page)):
        raise legal_proceedings.ProceedingNotSo(f"proceeding {row.id}: name an arrangement of the account")
    legal_proceedings.take_on(
        proceeding=row.id, stage=stage, on=day_of(told(request, "on")), reference=told(request, "reference"),
        arrangement=int(arrangement) if is_settled else None, **by_why(request),
    )  # fmt: skip


def attach(request: HttpRequest, row: Proceeding, page: Page) -> None:
    """Keep a paper."""
    upload = request.FILES.get("paper")
    content = upload.read(legal_proceedings.MOST_BYTES + 1) if upload else b""
    legal_proceedings.attach(
        proceeding=row.id, name=(upload.name or "")[-LONGEST:] if upload else "", content=content,
        by=request.user.get_username(),
    )  # fmt: skip


STEPS: dict[str, Callable[[HttpRequest, Proceeding, Page], int | None]] = {
    "file": file,
    "judge": judge,
    "interest": interest,
    "stage": take_on,
    "attach": attach,
}
"""What a form of the page asks for."""
MOVING = {"judge": ("amount", "costs", "rate", "on", "reference", "reason"), "interest": ("through", "reason")}
"""Steps that move money, with what is typed for each: their effect is shown before."""


def digest_of(request: HttpRequest, row: Proceeding, name: str) -> str:
    """A digest of what was typed for a step that moves money."""
    typed = [told(request, field) for field in MOVING[name]]
    return secrecy.digest(f"step of a proceeding:{json.dumps([row.id, name, *typed])}").hex()


def refuse_unseen(request: HttpRequest, row: Proceeding, name: str) -> None:
    """Refuses a step whose effect was not shown for exactly what is typed."""
    if digest_of(request, row, name) != told(request, "digest"):
        raise NotAsShown(f"proceeding {row.id}: the effect was shown for something else: look at it again")


@require_safe
def paper(request: HttpRequest, proceeding: int, number: int) -> FileResponse:
    """A paper of this proceeding, as it came in: to be kept, never shown as a page."""
    row, _page = found(proceeding)
    looked.at(request, row.borrower_id)
    try:
        name, content = legal_read.paper(proceeding=proceeding, number=number)
    except legal_proceedings.NoSuchProceeding as fault:
        raise Http404 from fault
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type="application/octet-stream")
