"""A form that was sent after the session had ended: kept, sealed, and shown again to whoever sent it once they have
signed in. Nothing is done by it until they send it themselves.

What was typed lies in no browser: it waits in the session of the server, sealed, for half an hour at most. Who sent it
is known by a signed cookie that holds a digest alone; somebody else who signs in at the same machine is not shown it.
"""

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from duecourse import clock
from duecourse.borrowers import secrecy

from .portal import session
from .portal.session import KEPT

COOKIE = "__Host-last" if settings.HTTPS else "last"
WAITS = timedelta(minutes=30)
SIGNED_FOR = 24 * 60 * 60
LONGEST = 20_000
UNSAID = ("csrfmiddlewaretoken", "key", "step", "then", "do", "number", "digest", "decision", "offer", "next", "told")
"""Fields that nobody typed, and the box to find anyone: they are not shown."""
SECRET = ("password", "code", "answer")
"""Fields by which one of these forms is not kept at all."""
NAMES = {
    "account": _("account"), "amount": _("amount"), "reason": _("Why"), "on": _("Counts from"),
    "due_on": _("by which day"), "day": _("by which day"), "text": _("what happened"),
    "cause": _("what happened"), "channel": _("told by"),
    "income": _("comes in each month"), "spending": _("is spent for living"), "other_debts": _("goes to other lenders"),
    "adults": _("Adults who live on this"), "children": _("Children"), "payer": _("who paid"), "note": _("Remark"),
    "name": _("name"), "kind": _("kind"), "about": _("about"), "state": _("step"), "component": _("of what"),
    "description": _("what happened, in a sentence"), "since": _("from"), "until": _("to"), "outcome": _("outcome"),
}  # fmt: skip


class Form(NamedTuple):
    """A form that was kept: where it goes, every field with its value."""

    path: str
    fields: list[tuple[str, str]]

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What somebody typed, each under its name."""
        return [(str(NAMES.get(name, name)), value) for name, value in self.fields if value and name not in UNSAID]


def who_of(request: HttpRequest) -> str:
    """A digest of who is signed in: staff or a borrower; "" for nobody."""
    if request.user.is_authenticated and request.user.pk:
        return secrecy.digest(f"kept form of staff:{request.user.pk}").hex()
    borrower = session.borrower_of(request)
    return secrecy.digest(f"kept form of borrower:{borrower}").hex() if borrower is not None else ""


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Let the browser know again who was signed in, by a digest; asked of each page."""
    if not hasattr(request, "user") or not hasattr(request, "session") or settings.DEMO:
        return
    who = who_of(request)
    if who and who != before(request):
        response.set_signed_cookie(
            COOKIE, who, salt=KEPT, max_age=SIGNED_FOR, secure=settings.HTTPS, httponly=True, samesite="Lax"
        )


def before(request: HttpRequest) -> str:
    """Who was signed in last at this browser; "" where that is not known."""
    return str(request.get_signed_cookie(COOKIE, default="", salt=KEPT, max_age=SIGNED_FOR))


def keep(request: HttpRequest) -> bool:
    """Keep what was sent; False where nothing was typed, who it was is not known, or it is a secret or too long."""
    who = before(request)
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name != UNSAID[0]]
    form = Form(request.path, fields)
    if not who or not form.typed or any(name in SECRET for name, value in fields):
        return False
    text = json.dumps({"who": who, "at": clock.now().isoformat(), **form._asdict()})
    if len(text) > LONGEST:
        return False
    request.session[KEPT] = secrecy.seal(text).decode()
    return True


def of(request: HttpRequest) -> Form | None:
    """The form that whoever is signed in sent before; None where there is none, or it waits too long."""
    sealed = request.session.get(KEPT)
    if sealed is None:
        return None
    told: dict[str, Any] = json.loads(secrecy.opened(sealed.encode()))
    if told["who"] != who_of(request) or datetime.fromisoformat(told["at"]) + WAITS < clock.now():
        del request.session[KEPT]
        return None
    return Form(told["path"], [(name, value) for name, value in told["fields"]])


def page(template: str, home: str) -> Any:
    """The page that shows such a form and sends it on; without one, the first page."""

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        form = of(request)
        return render(request, template, {"form": form, "home": home}) if form else redirect(home)

    return view
