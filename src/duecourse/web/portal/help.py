"""Help for the borrower: who cannot pay as agreed, a promise, a dispute, a complaint, and how each goes on."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duecourse import clock
from duecourse.care import complaints, disputes, hardship, hardship_drafts, offers, option_words, promises, read
from duecourse.care.affordability import Household
from duecourse.care.keyed import CareRefused, KeyReused, alone
from duecourse.ledger.journal import Refused
from duecourse.rules.hardship_terms import adviser

from ..console import care as told_of_care
from ..console import words
from ..days import today_of
from . import owned
from .owned import Own
from .session import of_borrower

BY, WHY = "borrower", "in the portal"
LONGEST = 4_000
MOST_DOCUMENTS = 5
AMOUNTS = ("income", "spending", "other_debts")
SHOWN = (read.PROMISE, read.DISPUTE, read.COMPLAINT)
"""What the borrower told us, with how it goes on; what staff note of a person, and who, is not shown here."""
ABOUT = {
    "charges": _("interest or fees"),
    "balance": _("what I am said to owe"),
    "payments": _("a payment of mine"),
    "contact": _("how or how often I was contacted"),
    "staff": _("how somebody behaved"),
    "help_when_in_need": _("help that I asked for"),
    "wording": _("words that were used"),
    "personal_data": _("my personal data"),
    "reporting": _("what was reported about me"),
    "service": _("the service or this site"),
    "selling": _("how the credit was sold to me"),
    "other": _("something else"),
}
DISPUTES = {
    "amount": _("an amount is wrong"),
    "reported": _("what was reported to a credit bureau is wrong"),
    "identity_theft": _("this is not my debt: somebody used my name"),
}
OFFERS = {
    "deferral": _("the next due day moves"),
    "past_due_spread": _("what is past due is spread over months"),
    "installments": _("all of it in equal parts"),
    "rate_relief": _("parts at a lower rate"),
    "interest_freeze": _("parts without interest"),
    "fees_forgiven": _("parts without interest or past fees"),
    "longer": _("more and smaller installments"),
    "no_principal": _("interest only for a while"),
    "re_age": _("new installments from now on"),
    "settlement": _("less than all, and it is over"),
}
FAULTS = {
    "account": _("Choose one of your accounts."),
    "amount": _("Write an amount like 1,200.50."),
    "day": _("Choose a day from today on, not too far away."),
    "text": _("Say in your own words what happened."),
    "household": _("Write how many people live on this money, at least one."),
    "documents": _("Up to five files of at most 10 MB each: PDF, JPEG or PNG."),
    "too_many": _("You have as many open promises as there may be. Keep or take back one first."),
    "kind": _("Choose what it is about."),
    "refused": _("This cannot be done as it stands now. Write to us and a person will look at it."),
    "again": _("This was sent already; what you changed is below. Send it again if it is another one."),
    "looked_at": _("You told us this of the account before. Write to us if something is new: a person looks at it."),
    "stale": _("Your account has changed since this was shown. Here are new figures."),
}


@require_safe
@of_borrower
def help_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """What help there is, and how what the borrower told us goes on."""
    today = today_of()
    now: list[Any] = []
    before: list[Any] = []
    seen: set[tuple[str, int]] = set()
    for own in owned.accounts(borrower):
        for one in read.of(account=own.id, on=today):
            if one.what in SHOWN and (one.what, one.id) not in seen:
                seen.add((one.what, one.id))
                row = told_of_care.row_of(one, own.money, today)
                ours = row if row.by == BY else row._replace(by="", reason="")
                (now if one.is_standing else before).append(ours)
    number = hardship.open_of(borrower=borrower)
    draft = hardship_drafts.of(borrower=borrower, at=clock.now()) if number is None else None
    return render(request, "my_help.html", {"now": now, "before": before, "hardship": number, "draft": draft})


def form(request: HttpRequest, template: str, borrower: int, fault: str = "", **more: Any) -> HttpResponse:
    """A form with what was typed, and what is wrong with it."""
    shown = {
        "accounts": owned.accounts(borrower),
        "key": uuid4().hex if fault == "again" else request.POST.get("key") or uuid4().hex,
        "typed": request.POST or request.GET,
        "fault": FAULTS[fault] if fault else "",
        "today": today_of(),
        **more,
    }
    return render(request, template, shown, status=400 if fault else 200)


def key_of(request: HttpRequest, borrower: int, what: str) -> str:
    """The key of a form: sent twice, it is done once; nobody else's can be met."""
    try:
        return f"portal:{what}:{borrower}:{UUID(request.POST.get('key', '')).hex}"
    except ValueError:
        return f"portal:{what}:{borrower}:{uuid4().hex}"


def chosen(request: HttpRequest, borrower: int) -> Own | None:
    """The account that a form names, of the borrower's own."""
    told = request.POST.get("account", "")
    return next((one for one in owned.accounts(borrower) if one.number == told), None)


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def hardship_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """Tell that one cannot pay as agreed; from then on there is no dunning until there is an answer."""
    number = hardship.open_of(borrower=borrower)
    if number is not None:
        return redirect("my_options", number=number)
    draft = hardship_drafts.of(borrower=borrower, at=clock.now())
    if request.method != "POST":
        begun: dict[str, Any] = {"draft": draft}
        if draft:
            begun |= {"typed": {**draft.typed, **request.GET.dict()}, "is_saved": "saved" in request.GET}
        return form(request, "my_hardship.html", borrower, **begun)
    if request.POST.get("step") == "save":
        hardship_drafts.save(borrower=borrower, typed=request.POST, at=clock.now())
        return redirect(f"{request.path}?saved")
    if request.POST.get("step") == "forget":
        hardship_drafts.drop(borrower=borrower)
        return redirect("my_help")
    own = chosen(request, borrower)
    if own is None:
        return form(request, "my_hardship.html", borrower, "account", draft=draft)
    amounts = [own.minor(request.POST.get(name, "") or ("0" if name == "other_debts" else "")) for name in AMOUNTS]
    people = [request.POST.get(name, "") for name in ("adults", "children")]
    if any(amount is None for amount in amounts):
        return form(request, "my_hardship.html", borrower, "amount", draft=draft)
    if not all(one.isdecimal() and len(one) <= 2 for one in people):
        return form(request, "my_hardship.html", borrower, "household", draft=draft)
    files = request.FILES.getlist("documents")
    if len(files) > MOST_DOCUMENTS or any((file.size or 0) > hardship.MOST_BYTES for file in files):
        return form(request, "my_hardship.html", borrower, "documents", draft=draft)
    household = Household(int(people[0]), int(people[1]), *(amount or 0 for amount in amounts))
    cause, on = request.POST.get("cause", "")[:LONGEST], offers.account_of(number=own.number).open_day
    try:
        with transaction.atomic():
            alone(borrower)  # sent twice, it is told once
            number = hardship.open_of(borrower=borrower)
            if number is None:
                number = hardship.take(
                    borrower=borrower, household=household, currency=own.currency, cause=cause, on=on, at=clock.now(),
                    by=BY,
                ).id  # fmt: skip
                hardship_drafts.drop(borrower=borrower)
                for file in files:
                    name = str(file.name).replace("\0", "")[:200]
                    hardship.attach(hardship=number, name=name, content=file.read(), by=BY)
    except hardship.DocumentNotTaken:
        return form(request, "my_hardship.html", borrower, "documents", draft=draft)
    except hardship.HardshipRefused:
        return form(request, "my_hardship.html", borrower, "household", draft=draft)
    propose(number, own)
    return redirect("my_options", number=number)


def propose(number: int, own: Own) -> bool:
    """Compute and keep the options of an account; False where it has none."""
    try:
        return bool(offers.propose(hardship=number, account=own.id, by=BY).offers)
    except Refused:
        return False


def own_hardship(borrower: int, number: int) -> hardship.Told:
    """A hardship of the borrower's own; another person's is no page."""
    try:
        told = hardship.read(hardship=number)
    except hardship.NoSuchHardship as fault:
        raise Http404 from fault
    if told.borrower != borrower:
        raise Http404
    return told


@require_safe
@of_borrower
def options_page(request: HttpRequest, borrower: int, number: int) -> HttpResponse:
    """What is offered, with what each asks and costs; and where free advice is to be had."""
    told = own_hardship(borrower, number)
    accounts = {one.id: one for one in owned.accounts(borrower)}
    answers = hardship.answers_of(hardship=number)
    shown = [
        {
            "offer": one,
            "own": (own := accounts[one.account]),
            "what": OFFERS.get(one.kind, one.kind),
            "month": own.money(one.most_in_a_month),
            "total": own.money(one.total_minor),
            "cost": own.money(one.cost_minor),
            "record": option_words.record(one.kind, one.in_order_on, one.offered_on, words.language()),
            "chance": one.chance_ppm // 10_000,
            "payments": [(date.fromisoformat(day), own.money(minor)) for day, minor in one.payments],
        }
        for one in offers.made(hardship=number)
    ]
    first = next(iter(accounts.values()))
    money = next((one for one in accounts.values() if one.currency == told.currency), first)
    return render(
        request,
        "my_options.html",
        {
            "number": number,
            "offers": shown,
            "left": money.money(max(0, told.left.minor)),
            "answers": answers,
            "is_over": hardship.open_of(borrower=borrower) != number,
            "adviser": None if told.place == hardship.NO_PLACE else adviser(place=told.place, on=told.on),
            "fault": FAULTS.get(request.GET.get("fault", ""), ""),
            "waiting": [accounts[one] for one in offers.waiting(borrower) if one in accounts],
        },
    )


@require_POST
@of_borrower
def answer(request: HttpRequest, borrower: int, number: int) -> HttpResponse:
    """Accept an offer, decline all, or ask for the options of another account."""
    own_hardship(borrower, number)
    now, what, fault = clock.now(), request.POST.get("what", ""), ""
    try:
        if what == "accept":
            offer = next(
                (one for one in offers.made(hardship=number) if str(one.id) == request.POST.get("offer")), None
            )
            if offer is None:
                raise Http404
            offers.accept(offer=offer.id, at=now, by=BY, reason=WHY, key=f"offer:{offer.id}")
        elif what == "decline":
            offers.decline(hardship=number, on=today_of(), at=now, by=BY, reason=WHY)
        elif what == "options" and (own := chosen(request, borrower)):
            hardship.refuse_over(number)
            propose(number, own)
    except offers.OfferStale:
        propose(number, next(one for one in owned.accounts(borrower) if one.id == offer.account))  # type: ignore[union-attr]
        fault = "?fault=stale"
    except Refused:
        fault = "?fault=refused"
    return redirect(f"{request.path.removesuffix('/answer')}{fault}")


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def promise_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """Promise an amount by a day."""
    if request.method != "POST":
        return form(request, "my_promise.html", borrower)
    own = chosen(request, borrower)
    if own is None:
        return form(request, "my_promise.html", borrower, "account")
    amount = own.minor(request.POST.get("amount", ""))
    if not amount:
        return form(request, "my_promise.html", borrower, "amount")
    try:
        due_on = date.fromisoformat(request.POST.get("day", ""))
        promises.promise(
            person=borrower, amount_minor=amount, due_on=due_on, at=clock.now(), channel="app", by=BY, reason=WHY,
            key=key_of(request, borrower, "promise"), account=own.id,
        )  # fmt: skip
    except (ValueError, CareRefused):
        return form(request, "my_promise.html", borrower, "day")
    except KeyReused:
        return form(request, "my_promise.html", borrower, "again")
    except promises.TooManyPromises:
        return form(request, "my_promise.html", borrower, "too_many")
    return redirect("my_help")


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def dispute_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """Dispute an amount, a report, or that the debt is one's own."""
    shown: dict[str, Any] = {"kinds": DISPUTES}
    if request.method != "POST":
        return form(request, "my_dispute.html", borrower, **shown)
    own, kind, text = chosen(request, borrower), request.POST.get("kind", ""), request.POST.get("text", "").strip()
    amount = own.minor(request.POST.get("amount", "")) if own and kind == "amount" else None
    fault = (
        "account" if own is None else "kind" if kind not in DISPUTES else "text" if not text
        else "amount" if kind == "amount" and not amount else ""
    )  # fmt: skip
    if fault or own is None:
        return form(request, "my_dispute.html", borrower, fault, **shown)
    key = key_of(request, borrower, "dispute")
    if kind == "identity_theft" and disputes.told_before(person=borrower, account=own.id, kind=kind, but=key):
        return form(request, "my_dispute.html", borrower, "looked_at", **shown)
    try:
        disputes.open_dispute(
            person=borrower, kind=kind, text=text[:LONGEST], at=clock.now(), channel="app", by=BY, reason=WHY,
            key=key, account=own.id, amount_minor=amount,
        )  # fmt: skip
    except CareRefused:
        return form(request, "my_dispute.html", borrower, "amount", **shown)
    except KeyReused:
        return form(request, "my_dispute.html", borrower, "again", **shown)
    return redirect("my_help")


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def complaint_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """Complain; the clock of the answer begins."""
    shown: dict[str, Any] = {"abouts": ABOUT}
    if request.method != "POST":
        return form(request, "my_complaint.html", borrower, **shown)
    about, text = request.POST.get("about", ""), request.POST.get("text", "").strip()
    fault = "kind" if about not in ABOUT else "" if text else "text"
    if fault:
        return form(request, "my_complaint.html", borrower, fault, **shown)
    own = chosen(request, borrower)
    try:
        complaints.receive(
            person=borrower, about=about, text=text[:LONGEST], at=clock.now(), channel="app", by=BY, reason=WHY,
            key=key_of(request, borrower, "complaint"), account=own.id if own else None,
        )  # fmt: skip
    except KeyReused:
        return form(request, "my_complaint.html", borrower, "again", **shown)
    return redirect("my_help")
