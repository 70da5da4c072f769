"""The pages on which a borrower signs in: an address and the end of an account's number, then a code."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from duecourse import clock
from duecourse.ledger.journal import NoSuchAccount
from duecourse.outreach import sign_in
from duecourse.outreach.handed import SENT
from duecourse.servicing import read as servicing

from ..console import words
from ..middleware import caller_of, is_from_here
from . import session

LOG = logging.getLogger("duecourse.web")
BESIDE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sign-in")
"""Codes are sent beside the answer: how long it takes tells nobody whether an address is known."""
LONGEST = 200


@require_http_methods(["GET", "HEAD", "POST"])
def ask_page(request: HttpRequest) -> HttpResponse:
    """Ask for a code; the answer is the same whoever asks."""
    back = request.POST.get("next") or request.GET.get("next", "")
    if request.method != "POST":
        if session.borrower_of(request) is not None:
            return redirect("my_home")
        return render(request, "my_sign_in.html", {"next": back})
    told, ending = (request.POST.get(name, "").replace("\0", "").strip()[:LONGEST] for name in ("address", "ending"))
    now = clock.now()
    try:
        asked = sign_in.ask(told=told, ending=ending, caller=caller_of(request), at=now)
    except sign_in.TooOften:
        return render(request, "my_sign_in.html", {"next": back, "too_often": True}, status=429)
    BESIDE.submit(send, asked, words.language(), now)
    request.session[session.ASKED] = asked.id
    request.session.set_expiry(session.IDLE_SECONDS)
    return render(request, "my_code.html", {"next": back})


def send(asked: sign_in.Asked, language: str, at: datetime) -> None:
    """Send a code, on a connection of its own; what went wrong is told to the operator, without the address."""
    try:
        answer = sign_in.send(asked, language=language, at=at)
    except Exception as fault:
        LOG.error("sign-in code %s was not sent: %s", asked.id, type(fault).__name__)
        return
    finally:
        connection.close()
    if answer is not None and answer.state != SENT:
        LOG.error("sign-in code %s was not sent: %s %s", asked.id, answer.state, answer.detail)


@require_POST
def code_page(request: HttpRequest) -> HttpResponse:
    """Take the code; a right one signs in."""
    back = request.POST.get("next", "")
    asked = request.session.get(session.ASKED)
    if asked is None:
        return redirect("my_sign_in")
    try:
        borrower = sign_in.prove(asked=asked, code=request.POST.get("code", "")[:LONGEST], at=clock.now())
    except sign_in.NotProven:
        return render(request, "my_code.html", {"next": back, "is_wrong": True}, status=403)
    session.enter(request, borrower)
    is_ours = back.startswith("/my/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else "my_home")


@require_POST
def look(request: HttpRequest, number: str) -> HttpResponse:
    """In a demo, and nowhere else: see an account as its borrower does. The visitor stays who looks at the console."""
    if not settings.DEMO or not is_from_here(request):
        raise Http404
    try:
        borrower = servicing.borrower_of(number=number)
    except NoSuchAccount as fault:
        raise Http404 from fault
    session.enter(request, borrower)
    return redirect("my_home")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    session.leave(request)
    return redirect("my_sign_in")
