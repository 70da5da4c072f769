"""Hardship from the console: what a person tells of income and spending, what is offered for it, and their answer."""

from datetime import date
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from duecourse import clock
from duecourse.care import hardship, offers, option_words
from duecourse.care.affordability import Household
from duecourse.care.keyed import alone
from duecourse.ledger.journal import NoSuchAccount
from duecourse.rules.hardship_terms import adviser
from duecourse.servicing import explain_words
from duecourse.servicing.of_person import Held
from duecourse.web import looked, rights
from duecourse.web.days import today_of

from . import words
from .caring import LONGEST, minor_of
from .person import held_of, numbered
from .refused import NotDone, asked, chosen, reason_of

AMOUNTS = ("income", "spending", "other_debts")
PEOPLE = ("adults", "children")


def number_of(field: str, told: str) -> int:
    """A whole number of people, as somebody typed it."""
    if not told.isdecimal() or len(told) > 2:
        raise hardship.HardshipRefused(f"{field}: {told[:20]!r} is no number of people")
    return int(told)


@require_http_methods(["GET", "POST"])
def take_page(request: HttpRequest, person: int) -> HttpResponse:
    """Take what a person tells; from then on nobody dunns them until there is an answer."""
    held = held_of(person)
    number = hardship.open_of(borrower=person)
    if number is not None:
        return redirect("hardship", number=number)
    names = ("account", *AMOUNTS, *PEOPLE, "cause")
    typed = {name: request.POST.get(name, "").strip() for name in names}
    shown: dict[str, Any] = {"person": person, "accounts": [*held.values()], "typed": typed, "longest": LONGEST}
    if request.method == "GET":
        return render(request, "hardship_take.html", shown)

    def work() -> tuple[int, int]:
        of = numbered(held, typed["account"])
        if of is None:
            raise NoSuchAccount(f"the person has no account {typed['account'][:40]!r}")
        amounts = [minor_of(typed[name] or "0", of.exponent) for name in AMOUNTS]
        household = Household(*(number_of(name, typed[name]) for name in PEOPLE), *amounts)
        return taken(request, person, of, household, typed["cause"][:LONGEST]), of.id

    try:
        number, account = asked(work)
    except NotDone as fault:
        return render(request, "hardship_take.html", {**shown, "fault": str(fault)}, status=409)
    try:
        asked(lambda: offers.propose(hardship=number, account=account, by=request.user.get_username()))
    except NotDone as fault:  # what was told is kept all the same
        return shown_hardship(request, hardship.read(hardship=number), str(fault))
    return redirect("hardship", number=number)


def taken(request: HttpRequest, person: int, of: Held, household: Household, cause: str) -> int:
    """Keep what was told, once however often the form is sent."""
    by = request.user.get_username()
    with transaction.atomic():
        alone(person)
        before = hardship.open_of(borrower=person)
        if before is not None:
            return before
        told = hardship.take(
            borrower=person, household=household, currency=of.currency, cause=cause, on=of.open_day, at=clock.now(),
            by=by,
        )  # fmt: skip
    return told.id


@require_http_methods(["GET", "POST"])
def hardship_page(request: HttpRequest, number: int) -> HttpResponse:
    """A hardship: what was told, what is offered and was answered; and the answer, on the person's word."""
    try:
        told = hardship.read(hardship=number)
    except hardship.NoSuchHardship as gone:
        raise Http404 from gone
    looked.at(request, told.borrower)
    fault = ""
    if request.method == "POST":
        step = chosen(request, STEPS)
        try:
            asked(lambda: step(request, told))
            return redirect("hardship", number=number)
        except NotDone as refused:
            fault = str(refused)
    return shown_hardship(request, told, fault)


def shown_hardship(request: HttpRequest, told: hardship.Told, fault: str) -> HttpResponse:
    """The page; with what was refused."""
    held = held_of(told.borrower)
    of_currency = next((one for one in held.values() if one.currency == told.currency), None)
    exponent = of_currency.exponent if of_currency else 2
    language = words.language()
    shown = {
        "told": told,
        "amounts": [
            (name, f"{explain_words.money(minor, exponent)} {told.currency}")
            for name, minor in zip(AMOUNTS, told.household[2:], strict=True)
        ],
        "left": f"{explain_words.money(max(0, told.left.minor), exponent)} {told.currency}",
        "offers": [offered(one, held[one.account], language) for one in offers.made(hardship=told.id)
                   if one.account in held],
        "answers": hardship.answers_of(hardship=told.id),
        "documents": hardship.documents(hardship=told.id),
        "is_over": hardship.open_of(borrower=told.borrower) != told.id,
        "waiting": [held[one] for one in offers.waiting(told.borrower) if one in held],
        "adviser": None if told.place == hardship.NO_PLACE else adviser(place=told.place, on=told.on),
        "may_act": request.user.has_perm(rights.ACT_CARE),
        "fault": fault,
    }  # fmt: skip
    return render(request, "hardship.html", shown, status=409 if fault else 200)


def offered(one: offers.Made, of: Held, language: str) -> dict[str, Any]:
    """An offer as it was shown, in words."""

    def money(minor: int) -> str:
        return f"{explain_words.money(minor, of.exponent)} {of.currency}"

    return {
        "offer": one,
        "account": of.number,
        "what": option_words.kind(one.kind, language),
        "month": money(one.most_in_a_month),
        "total": money(one.total_minor),
        "cost": money(one.cost_minor),
        "record": option_words.record(one.kind, one.in_order_on, one.offered_on, language),
        "chance": one.chance_ppm // 10_000,
        "payments": [(date.fromisoformat(day), money(minor)) for day, minor in one.payments],
    }


def options(request: HttpRequest, told: hardship.Told) -> None:
    """Compute the options of an account anew."""
    of = numbered(held_of(told.borrower), request.POST.get("account", ""))
    if of is None:
        raise Http404
    offers.propose(hardship=told.id, account=of.id, by=request.user.get_username())


def accept(request: HttpRequest, told: hardship.Told) -> None:
    """Agree on an offer as it was shown."""
    offer = next((one for one in offers.made(hardship=told.id) if str(one.id) == request.POST.get("offer")), None)
    if offer is None:
        raise Http404
    offers.accept(
        offer=offer.id, at=clock.now(), by=request.user.get_username(), reason=reason_of(request),
        key=f"offer:{offer.id}",
    )  # fmt: skip


def decline(request: HttpRequest, told: hardship.Told) -> None:
    """The person wants none of them."""
    by = request.user.get_username()
    offers.decline(hardship=told.id, on=today_of(), at=clock.now(), by=by, reason=reason_of(request))


def refer(request: HttpRequest, told: hardship.Told) -> None:
    """Nothing fits: the person is told where free advice is to be had."""
    by = request.user.get_username()
    offers.refer(hardship=told.id, on=today_of(), at=clock.now(), by=by, reason=reason_of(request))


STEPS = {"options": options, "accept": accept, "decline": decline, "refer": refer}
"""What a form of the page asks for."""
