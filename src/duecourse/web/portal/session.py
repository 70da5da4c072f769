"""Who is signed in to the portal: a borrower, in a session of their own that no staff account has a part in."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

BORROWER, ASKED, KEPT = "borrower", "sign_in", "kept_form"
SAFE = ("GET", "HEAD")
IDLE_SECONDS = 30 * 60
"""After so long without a page one has to sign in again."""


def enter(request: HttpRequest, borrower: int) -> None:
    """Sign a borrower in; whatever the session held before is gone, its key too, but a form that was kept, which is
    shown to whoever sent it alone."""
    kept = request.session.get(KEPT)
    request.session.flush()
    request.session[BORROWER] = borrower
    if kept is not None:
        request.session[KEPT] = kept
    request.session.set_expiry(IDLE_SECONDS)


def leave(request: HttpRequest) -> None:
    """Sign whoever it is out."""
    request.session.flush()


def borrower_of(request: HttpRequest) -> int | None:
    """The borrower who is signed in."""
    if request.user.is_authenticated and not settings.DEMO:
        return None  # who has signed in as staff since is no borrower
    found = request.session.get(BORROWER)
    return int(found) if found is not None else None


def asked_to_sign_in(back: str) -> HttpResponse:
    """To the page where one signs in, and from there to the address that is told, if one is."""
    return redirect(f"{reverse('my_sign_in')}{'?' if back else ''}{urlencode({'next': back} if back else {})}")


def of_borrower(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of a borrower who is signed in, given who it is; others are asked to sign in and come back.

    In a demo nothing can be changed by it.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        borrower = borrower_of(request)
        if borrower is None:
            return asked_to_sign_in("")
        if settings.DEMO and request.method not in SAFE:
            raise PermissionDenied
        request.session.set_expiry(IDLE_SECONDS)
        return view(request, borrower, *args, **named)

    return page
