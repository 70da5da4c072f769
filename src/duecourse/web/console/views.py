"""The pages of the console: one call for each panel, then render."""

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from duecourse.book import figures
from duecourse.book import read as book
from duecourse.ledger.journal import NoSuchAccount
from duecourse.risk import read as risk
from duecourse.servicing import documents, explain_words, in_force
from duecourse.servicing import explain as explaining
from duecourse.servicing import read as servicing
from duecourse.servicing.explain_tree import NoSuchExplanation
from duecourse.servicing.postings import NoSuchFigure
from duecourse.servicing.receipts import NotAPayment
from duecourse.servicing.refusals import AfterOpenDay, BeforeOpening
from duecourse.web import rights
from duecourse.web.days import as_day

from . import acts, beside, care, contacts, drawn, trends, words

WATCHED = 20
"""How many accounts of the watch list the day's page shows."""
CORRECTED = 50
"""How many of the accounts that were corrected since the day was sealed."""


def asked_day(request: HttpRequest) -> date | None:
    """The day that is asked for, or else the last sealed one."""
    text = request.GET.get("day")
    if not text:
        return book.last_sealed()
    try:
        return as_day(text)
    except ValueError as fault:
        raise Http404 from fault


def asked_currency(request: HttpRequest, known: list[str]) -> str:
    """The currency that is asked for, or else the one of most accounts."""
    told = request.GET.get("currency", known[0])
    if told not in known:
        raise Http404
    return told


@require_safe
def day_page(request: HttpRequest) -> HttpResponse:
    """A sealed day: the book's figures, buckets, their history, the roll of the month, the close, the watch list."""
    day = asked_day(request)
    if day is None:
        return render(request, "no_day.html")
    try:
        around = figures.neighbours(day)
    except book.NotSealed:
        return render(request, "not_sealed.html", {"day": day, "last": book.last_sealed()}, status=404)
    known = figures.currencies(day)
    currency = asked_currency(request, known)
    corrected = book.corrections(day=day)
    return render(
        request,
        "day.html",
        {
            "around": around,
            "currencies": known,
            "book": figures.of_day(day, currency=currency),
            "roll": figures.roll(day, currency=currency),
            "close": figures.close_of(day),
            "watch": risk.watch_list(day=day, count=WATCHED),
            "shapes": drawn.SHAPES,
            "trends": trends.there_are(day),
            "corrected": corrected[:CORRECTED],
            "corrected_count": len(corrected),
        },
    )


@require_safe
def chart(request: HttpRequest) -> HttpResponse:
    """The buckets over time, drawn; it changes only when the day is sealed anew."""
    day = asked_day(request)
    if day is None:
        raise Http404
    try:
        currency = asked_currency(request, figures.currencies(day))
        seal = figures.seal_of(day)
    except book.NotSealed as fault:
        raise Http404 from fault
    shape, shade = request.GET.get("shape", "wide"), request.GET.get("shade", "light")
    if shape not in drawn.SHAPES or shade not in drawn.SHADES:
        raise Http404
    drawing = drawn.buckets(day, seal, currency, shape, shade, words.language())
    return HttpResponse(
        drawing, content_type="image/svg+xml", headers={"Cache-Control": "private, max-age=300", "Vary": "Cookie"}
    )


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """An account by its number, or those whose number begins so."""
    told = request.GET.get("number", "").strip()
    found = servicing.numbers(beginning=told) if told else []
    if told in found:
        return redirect("account", number=told)
    return render(request, "search.html", {"told": told, "found": found})


@require_safe
def account_page(request: HttpRequest, number: str) -> HttpResponse:
    """One account; with ?figure= the postings that make up that figure, with ?postings=all every posting."""
    figure, every = request.GET.get("figure"), request.GET.get("postings") == "all"
    try:
        if figure or every:
            page = servicing.account_with_every_posting(number=number)
        else:
            page = servicing.account(number=number)
        behind = servicing.behind(page, figure) if figure else None
    except NoSuchAccount as fault:
        raise Http404 from fault
    except NoSuchFigure as fault:
        raise Http404 from fault
    told = in_force.of(account=page.account_id, every_act=every)
    every_contact = request.GET.get("contacts") == "all"
    borrower = servicing.borrower_of(number=number)

    def money(minor: int) -> str:
        return explain_words.money(minor, page.exponent)

    may_act = request.user.has_perm(rights.ACT_SERVICING)
    shown: dict[str, Any] = {
        "page": page,
        "borrower": borrower,
        "acts_offered": [(kind, one.title) for kind, one in acts.ACTS.items() if may_act and acts.is_for(one, page)],
        "figure": figure,
        "steps": behind,
        "ledger": servicing.totals(page),
        "statements": servicing.latest(page.statements),
        "certificates": documents.of_account(account_id=page.account_id),
        "may_issue": request.user.has_perm(rights.ISSUE_DOCUMENT),
        "beside": beside.of(told, money, page.closed),
        "barred": beside.STATES[told.bar.kind] if told.bar else "",
        "care": care.of(account=page.account_id, open_day=page.closed + timedelta(days=1), money=money),
        "acts": beside.timeline(told, money),
        "is_cut": told.is_cut,
        "contacts": contacts.of(borrower, page.account_id, every=every_contact),
        "every_contact": every_contact,
    }
    return render(request, "account.html", shown)


@require_safe
def why_page(request: HttpRequest, number: str, figure: str) -> HttpResponse:
    """One figure of an account explained, on the day that is asked for, else on the open day."""
    try:
        day = as_day(request.GET["day"]) if "day" in request.GET else explaining.open_day(account=number)
        told = explaining.explain(account=number, figure=figure, on=day)
    except (ValueError, NoSuchAccount, NoSuchExplanation, AfterOpenDay, BeforeOpening) as fault:
        raise Http404 from fault
    return render(request, "explained.html", {"told": told, "exponent": told.numbers["exponent"]})


def asked_version(request: HttpRequest) -> int | None:
    """The version of a statement that is asked for; None for the latest."""
    version = request.GET.get("version", "")
    if version and not version.isdecimal():
        raise Http404
    return int(version) if version else None


@require_safe
def statement_page(request: HttpRequest, number: str, cycle_on: date) -> HttpResponse:
    """One statement as it was sent, and the cycle that it bills."""
    try:
        told = servicing.statement(number=number, cycle_on=cycle_on, version=asked_version(request))
    except (NoSuchAccount, servicing.NoSuchStatement) as fault:
        raise Http404 from fault
    return render(request, "statement.html", {"told": told, "page": told.page, "bill": told.statement})


def as_pdf(content: bytes, name: str) -> HttpResponse:
    """A document to be kept; the browser is told its name."""
    return HttpResponse(
        content, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    )


@require_safe
def receipt_pdf(request: HttpRequest, number: str, entry: int) -> HttpResponse:
    """The receipt of a payment of this account."""
    try:
        return as_pdf(documents.receipt(account=number, entry=entry), f"receipt-{entry}")
    except (NoSuchAccount, NotAPayment) as fault:
        raise Http404 from fault


@require_safe
def statement_pdf(request: HttpRequest, number: str, cycle_on: date) -> HttpResponse:
    """A statement of this account as it was sent."""
    try:
        content = documents.statement(account=number, cycle_on=cycle_on, version=asked_version(request))
        return as_pdf(content, f"statement-{cycle_on}")
    except (NoSuchAccount, servicing.NoSuchStatement) as fault:
        raise Http404 from fault


@require_safe
def certificate_pdf(request: HttpRequest, number: str, document: str) -> HttpResponse:
    """A certificate of this account that was issued and is not void; one of another account is no page."""
    try:
        if documents.account_of(number=document) != number:
            raise Http404
        return as_pdf(documents.again(number=document), document)
    except (documents.NoSuchDocument, documents.DocumentIsVoid) as fault:
        raise Http404 from fault


@require_POST
def issue_certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Issue a settlement certificate and go to it; where the account is not settled, say what stands on it."""
    try:
        issued = documents.issue(account=number, by=request.user.get_username())
    except NoSuchAccount as fault:
        raise Http404 from fault
    except documents.NotSettled as fault:
        return render(request, "not_settled.html", {"number": number, "fault": fault}, status=409)
    return redirect("certificate_pdf", number=number, document=issued.number)
