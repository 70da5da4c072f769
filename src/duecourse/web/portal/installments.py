"""A statement paid in installments: what each way costs is shown first, and what was shown is what is agreed."""

from datetime import date
from typing import NamedTuple
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from duecourse.ledger.journal import Refused
from duecourse.rules.conversion_terms import Offered, offered
from duecourse.servicing import conversions, outlook, past_events

from . import owned
from .help import BY, WHY, key_of
from .owned import Own
from .session import of_borrower

FAULTS = {
    "amount": _("Write an amount that is not more than can be paid in installments."),
    "count": _("Choose one of the ways below."),
    "stale": _("Your account has changed since this was shown. Here are new figures."),
    "again": _("This was sent already; what you changed is below. Send it again if it is another one."),
}


class Standing(NamedTuple):
    """What is paid in parts already: its act, the next part's day and amount, how many come, what ending it brings onto
    the next bill, in minor units and in words."""

    act: int
    on: date
    parts: int
    principal: str
    next: str
    end_minor: int
    end: str


class Way(NamedTuple):
    """One way to pay in parts: how many parts, what each asks at most, its cost, a year in per cent, the last day."""

    parts: int
    month: str
    cost: str
    yearly: str
    ends_on: date


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def installments_page(request: HttpRequest, borrower: int, number: str) -> HttpResponse:
    """What of the latest statement can be paid in installments, in which ways, at what cost; a POST agrees to one."""
    own = owned.account(borrower, number)
    held = outlook.held(account=own.id)
    if held.is_loan:
        raise Http404
    terms, most = offered(on=held.open_day), conversions.convertible(account=own.id)
    typed = request.GET.get("amount", "")
    amount = own.minor(typed) if typed else most
    fault = "" if not most or (amount and amount <= most) else "amount"
    if request.method == "POST":
        is_end = request.POST.get("what") == "end"
        fault = (end if is_end else agree)(request, own, terms, held.open_day, borrower)
        if not fault:
            return redirect("my_installments", number)
    shown = {
        "own": own,
        "most": own.money(most) if most else "",
        "typed": typed,
        "amount": own.money(amount) if amount else "",
        "exact": amount,
        "ways": ways(own, terms, amount, held.open_day) if most and amount and amount <= most else [],
        "share": f"{terms.way} {terms.share_ppm}",
        "standing": [standing(own, act, told) for act, told in conversions.standing(account=own.id, on=held.open_day)],
        "fault": FAULTS[fault] if fault else "",
        "key": uuid4().hex,
    }
    return render(request, "my_installments.html", shown, status=400 if fault else 200)


def ways(own: Own, terms: Offered, amount: int, on: date) -> list[Way]:
    """Each way that is offered, in words."""
    cycle_day = past_events.first_agreed(own.id).terms.cycle_day
    days = conversions.cycle_days(on, cycle_day, max(terms.counts, default=0))
    found = []
    for count in terms.counts:
        told = conversions.offer(amount_minor=amount, count=count, way=terms.way, share_ppm=terms.share_ppm, on=on)
        cost = sum(one.interest + one.fee for one in told.parts)
        yearly = f"{told.yearly.units / 10**told.yearly.places:.{told.yearly.places}f}%"
        found.append(Way(count, own.money(max(map(sum, told.parts))), own.money(cost), yearly, days[count - 1]))
    return found


def standing(own: Own, act: int, told: conversions.ToCome) -> Standing:
    """What is paid in parts already, in words."""
    end_minor = sum(conversions.ended(own.id, told))
    return Standing(
        act, told.days[0], len(told.parts), own.money(told.principal), own.money(sum(told.parts[0])), end_minor,
        own.money(end_minor),
    )  # fmt: skip


def end(request: HttpRequest, own: Own, terms: Offered, on: date, borrower: int) -> str:
    """End what was shown, at what was shown; why not, if it could not be."""
    asked = (request.POST.get("act"), request.POST.get("minor"))
    known = conversions.standing(account=own.id, on=on)
    act = next((one for one, told in known if (str(one), str(sum(conversions.ended(own.id, told)))) == asked), None)
    if act is None:
        return "stale"
    try:
        key = key_of(request, borrower, f"installments end {act}")
        conversions.end_early(account=own.id, conversion_act=act, on=on, by=BY, reason=WHY, key=key)
    except Refused:
        return "stale"
    return ""


def agree(request: HttpRequest, own: Own, terms: Offered, on: date, borrower: int) -> str:
    """Agree to what was shown: its amount, count and cost; why not, if it could not be."""
    told, minor = request.POST.get("count", ""), request.POST.get("minor", "")
    if told not in map(str, terms.counts):
        return "count"
    if request.POST.get("share") != f"{terms.way} {terms.share_ppm}" or not minor.isdecimal() or len(minor) > 15:
        return "stale"
    try:
        conversions.convert(
            account=own.id, amount_minor=int(minor), count=int(told), way=terms.way, share_ppm=terms.share_ppm, on=on,
            by=BY, reason=WHY, key=key_of(request, borrower, "installments"),
        )  # fmt: skip
    except Refused as fault:
        return "again" if fault.code == "different_body" else "stale"
    return ""
