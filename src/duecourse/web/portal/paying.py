"""Paying through a provider: the borrower chooses an amount, is sent on, comes back, and sees what became of it."""

from uuid import uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duecourse import clock
from duecourse.ledger.journal import DifferentBody, Refused
from duecourse.partners import checkouts, providers
from duecourse.servicing import outlook, payoff
from duecourse.servicing import read as servicing

from ..console import words
from . import owned
from .help import key_of
from .owned import Own
from .session import of_borrower

BY = "borrower"
FAULTS = {
    "amount": _("Write an amount above zero and not more than is owed."),
    "unavailable": _("The payment service does not answer now. Nothing was taken. Try again in a few minutes."),
    "too_many": _("Too many payments were begun within an hour. Wait a little, or write to us."),
    "again": _("This was sent already; what you changed is below. Send it again if it is another payment."),
}
LONGEST_BODY = 65_536


def amounts(own: Own) -> dict[str, int]:
    """What may be paid, in minor units: what is past due, what is asked next, all that is owed; each once."""
    page = servicing.account(number=own.number)
    all_of_it = payoff.quote(number=own.number, day=outlook.held(account=own.id).open_day).quote.payoff
    told = {"late": page.standing.past_due, "next": page.next_due.amount if page.next_due else 0, "all": all_of_it}
    found: dict[str, int] = {}
    for name, amount in told.items():
        if 0 < amount <= all_of_it and amount not in found.values():
            found[name] = amount
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def pay_page(request: HttpRequest, borrower: int, number: str) -> HttpResponse:
    """Choose how much to pay and go on to the provider's page."""
    own = owned.account(borrower, number)
    known = providers.providers()
    told = amounts(own)
    if not known or not told:
        raise Http404
    if request.method != "POST":
        return form(request, own, told)
    chosen = request.POST.get("much", "")
    amount = told.get(chosen) if chosen != "other" else own.minor(request.POST.get("amount", ""))
    if not amount or amount > max(told.values()):
        return form(request, own, told, "amount")
    try:
        begun = checkouts.begin(
            account=own.id, amount_minor=amount, most_minor=max(told.values()), shown=own.money(amount),
            provider=request.POST.get("provider") or next(iter(known)), title=settings.LENDER or "Duecourse",
            language=words.language(), urls=lambda reference: back_and_told(request, own, reference), at=clock.now(),
            by=BY, key=key_of(request, borrower, "pay"),
        )  # fmt: skip
    except providers.NoSuchProvider as fault:
        raise Http404 from fault
    except providers.ProviderUnavailable:
        return form(request, own, told, "unavailable")
    except checkouts.TooManyCheckouts:
        return form(request, own, told, "too_many")
    except DifferentBody:
        return form(request, own, told, "again")
    return redirect(begun.url) if begun.state == checkouts.BEGUN else redirect("my_paid", number, begun.reference)


def back_and_told(request: HttpRequest, own: Own, reference: str) -> tuple[str, str]:
    """Where the payer comes back to, and where the provider tells."""
    name = request.POST.get("provider") or next(iter(providers.providers()))
    return (
        request.build_absolute_uri(reverse("my_paid", args=(own.number, reference))),
        request.build_absolute_uri(reverse("provider_told", args=(name,))),
    )


def form(request: HttpRequest, own: Own, told: dict[str, int], fault: str = "") -> HttpResponse:
    """The form; its policy lets it lead to the providers' pages and nowhere else."""
    known = providers.providers()
    shown = {
        "own": own,
        "amounts": [(name, own.money(amount)) for name, amount in told.items()],
        "providers": list(known),
        "key": uuid4().hex if fault in ("", "again") else request.POST.get("key", ""),
        "typed": request.POST,
        "fault": FAULTS[fault] if fault else "",
    }
    answer = render(request, "my_pay.html", shown, status=422 if fault else 200)
    answer.headers["Content-Security-Policy"] = policy({one.place for one in known.values()})
    return answer


def policy(places: set[str]) -> str:
    """The content policy of every page, with forms that may lead to these places too."""
    from ..middleware import POLICY

    return POLICY.replace("form-action 'self'", " ".join(("form-action 'self'", *sorted(places))))


@require_safe
@of_borrower
def paid_page(request: HttpRequest, borrower: int, number: str, reference: str) -> HttpResponse:
    """What became of a payment; its provider is asked where it has told nothing yet."""
    own = owned.account(borrower, number)
    try:
        checkouts.of(account=own.id, reference=reference)
    except checkouts.NoSuchCheckout as fault:
        raise Http404 from fault
    seen = checkouts.ask_after(reference=reference, by="system")
    amount = own.money(seen.amount_minor if seen.paid_minor is None else seen.paid_minor)
    return render(request, "my_paid.html", {"own": own, "seen": seen, "amount": amount})


@csrf_exempt  # a provider's program posts to it; its signature is what counts
@require_POST
def told(request: HttpRequest, provider: str) -> HttpResponse:
    """What a provider tells of a payment, signed; told again, it changes nothing."""
    if len(request.body) > LONGEST_BODY:
        return HttpResponse(status=413)
    try:
        state = checkouts.tell(provider=provider, body=request.body, headers=dict(request.headers), by=provider)
    except (providers.NoSuchProvider, checkouts.NoSuchCheckout) as fault:
        return JsonResponse({"code": fault.code}, status=404)
    except Refused as fault:
        return JsonResponse({"code": fault.code}, status=400)
    return JsonResponse({"state": state})
