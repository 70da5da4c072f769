"""The borrower's pages about money: what is owed, what comes next, what paying this much comes to, statements."""

from datetime import date
from typing import NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from duecourse.book import read as book
from duecourse.outreach import inbox
from duecourse.partners import providers
from duecourse.servicing import documents, in_force, outlook, payoff
from duecourse.servicing import explain as explaining
from duecourse.servicing import read as servicing
from duecourse.servicing.explain_tree import NoSuchExplanation
from duecourse.servicing.outlook import Held, Outlook
from duecourse.servicing.postings import COMPONENTS, running
from duecourse.servicing.receipts import NotAPayment
from duecourse.servicing.refusals import AfterOpenDay, BeforeOpening

from ..console import views
from ..days import as_day
from ..middleware import with_updates
from . import owned
from .owned import Own
from .session import of_borrower

FRAME = {
    "frame": "my_base.html",
    "at": {
        "account": "my_account",
        "why": "my_why",
        "statement_pdf": "my_statement_pdf",
        "receipt_pdf": "my_receipt_pdf",
    },
}
"""What a page that staff see too needs to be a borrower's."""
MOVES = 12
LONG_MONTHS = 24
"""Longer than this, a way to pay is told in years."""


class Way(NamedTuple):
    """One way to pay: what is paid on the next due day, what it comes to in all, its cost, until when."""

    name: str
    first: str
    total: str
    cost: str
    ends_on: date | None
    years: int
    left: str
    is_late: bool


class Shown(NamedTuple):
    """An account on the first page: what is owed, what comes next, what is left of the limit."""

    own: Own
    page: servicing.Page
    owed: str
    past_due: str
    next_amount: str
    available: str
    limit: str


def shown(own: Own) -> Shown:
    """An account with its amounts in words."""
    page = servicing.account(number=own.number)
    stands, coming = page.standing, page.next_due
    return Shown(
        own,
        page,
        own.money(page.figures["owed"]),
        own.money(stands.past_due) if stands.past_due else "",
        own.money(coming.amount) if coming else "",
        own.money(max(0, stands.available)),
        own.money(stands.limit),
    )


@require_safe
@of_borrower
def home(request: HttpRequest, borrower: int) -> HttpResponse:
    """What I owe now and what comes next, account by account."""
    told = [shown(one) for one in owned.accounts(borrower)]
    coming = sorted((one for one in told if one.page.next_due), key=lambda one: one.page.next_due.due_on)  # type: ignore[union-attr]
    return render(
        request,
        "my_home.html",
        {
            "accounts": told,
            "next": coming[0] if coming else None,
            "late": [one for one in told if one.past_due],
            "messages": inbox.of(borrower=borrower)[:3],
            "day": book.last_sealed(),
        },
    )


@require_safe
@of_borrower
def account_page(request: HttpRequest, borrower: int, number: str) -> HttpResponse:
    """One account: what is due, what paying this much comes to, statements, payments, what was agreed."""
    own = owned.account(borrower, number)
    told = shown(own)
    asked = request.GET.get("pay", "")
    amount = own.minor(asked) if asked else None
    held = outlook.held(account=own.id)
    paid = ways(own, held, told.page, amount)
    answer = render(
        request,
        "my_account.html",
        {
            "told": told,
            "page": told.page,
            "own": own,
            "ways": [one for one, _ in paid],
            "asked": asked,
            "is_no_amount": bool(asked) and amount is None,
            "slide": slider(told.page, paid),
            "payoff": payoff_of(own, held.open_day),
            "dues": [(one, own.money(one.left)) for one in told.page.dues],
            "schedule": [(one, own.money(one.asked), own.money(one.left)) for one in told.page.schedule],
            "statements": [
                (one, own.money(one.balance), own.money(one.minimum))
                for one in servicing.latest(told.page.statements)[:12]
            ],
            "certificates": documents.of_account(account_id=own.id),
            "moves": [
                (step.line, own.money(step.amount))
                for step in reversed(running(told.page.lines, (*COMPONENTS, "credit"), 1))
                if step.amount
            ][:MOVES],
            "can_pay": bool(providers.providers()) and told.page.figures["owed"] > 0,
            "barred": in_force.of(account=own.id).bar,
        },
    )
    return with_updates(answer)


def payoff_of(own: Own, day: date) -> str:
    """What pays the account off today; nothing where nothing is owed."""
    amount = payoff.quote(number=own.number, day=day).quote.payoff
    return own.money(amount) if amount > 0 else ""


def slider(page: servicing.Page, paid: list[tuple[Way, int]]) -> dict[str, int] | None:
    """The ends of a slider from nothing to all of a line, in major units, and what its next due day asks."""
    asked = next((first for one, first in paid if one.name == "minimum"), None)
    if asked is None:
        return None
    scale: int = 10**page.exponent
    most = -(-max(page.figures["owed"], asked) // scale)
    return {"most": most, "at": -(-asked // scale), "step": max(1, most // 100)}


def ways(own: Own, held: Held, page: servicing.Page, amount: int | None) -> list[tuple[Way, int]]:
    """What it comes to when on the next due day the minimum, half or all is paid, or an amount; then what is asked.

    With each, what is paid on that day, in minor units.
    """
    agreed = outlook.look_at(held, None)
    if not agreed.payments or page.figures["owed"] <= 0:
        return []
    asked = agreed.payments[0].amount_minor
    if held.is_loan:
        return [(way(own, "as agreed", agreed, False), asked)]
    firsts = [("half", max(asked, page.figures["owed"] // 2)), ("all", page.figures["owed"] * 2)]
    told = [("mine", amount)] if amount is not None else []
    seen = {name: outlook.if_paid(at=held, first_minor=first) for name, first in [*told, *firsts]}
    found = [("minimum", agreed), *seen.items()]
    found.sort(key=lambda one: one[0] != "mine")
    return [
        (way(own, name, one, name == "mine" and (amount or 0) < asked), one.payments[0].amount_minor)
        for name, one in found
        if one.payments
    ]


def way(own: Own, name: str, seen: Outlook, is_late: bool) -> Way:
    """A way to pay in words."""
    first, last = seen.payments[0], seen.payments[-1]
    months = (last.due_on.year - first.due_on.year) * 12 + last.due_on.month - first.due_on.month
    return Way(
        name,
        own.money(first.amount_minor),
        own.money(seen.total_minor),
        own.money(seen.cost_minor),
        last.due_on,
        months // 12 if months > LONG_MONTHS else 0,
        own.money(seen.left_minor) if seen.left_minor else "",
        is_late,
    )


@require_safe
@of_borrower
def why_page(request: HttpRequest, borrower: int, number: str, figure: str) -> HttpResponse:
    """One figure explained, down to each posting."""
    owned.account(borrower, number)
    try:
        day = as_day(request.GET["day"]) if "day" in request.GET else explaining.open_day(account=number)
        told = explaining.explain(account=number, figure=figure, on=day)
    except (ValueError, NoSuchExplanation, AfterOpenDay, BeforeOpening) as fault:
        raise Http404 from fault
    return render(request, "explained.html", {"told": told, "exponent": told.numbers["exponent"], **FRAME})


@require_safe
@of_borrower
def statement_page(request: HttpRequest, borrower: int, number: str, cycle_on: date) -> HttpResponse:
    """A statement as it was sent."""
    owned.account(borrower, number)
    try:
        told = servicing.statement(number=number, cycle_on=cycle_on, version=views.asked_version(request))
    except servicing.NoSuchStatement as fault:
        raise Http404 from fault
    return render(request, "statement.html", {"told": told, "page": told.page, "bill": told.statement, **FRAME})


@require_safe
@of_borrower
def statement_pdf(request: HttpRequest, borrower: int, number: str, cycle_on: date) -> HttpResponse:
    """A statement to be kept."""
    owned.account(borrower, number)
    try:
        content = documents.statement(account=number, cycle_on=cycle_on, version=views.asked_version(request))
    except servicing.NoSuchStatement as fault:
        raise Http404 from fault
    return views.as_pdf(content, f"statement-{cycle_on}")


@require_safe
@of_borrower
def receipt_pdf(request: HttpRequest, borrower: int, number: str, entry: int) -> HttpResponse:
    """The receipt of a payment."""
    owned.account(borrower, number)
    try:
        return views.as_pdf(documents.receipt(account=number, entry=entry), f"receipt-{entry}")
    except NotAPayment as fault:
        raise Http404 from fault


@require_safe
@of_borrower
def certificate_pdf(request: HttpRequest, borrower: int, number: str, document: str) -> HttpResponse:
    """A settlement certificate that was issued."""
    owned.account(borrower, number)
    try:
        if documents.account_of(number=document) != number:
            raise Http404
        return views.as_pdf(documents.again(number=document), document)
    except (documents.NoSuchDocument, documents.DocumentIsVoid) as fault:
        raise Http404 from fault
