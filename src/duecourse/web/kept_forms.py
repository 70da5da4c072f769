"""A form that was sent after the session had ended: kept, sealed, and shown again to whoever sent it once they have
signed in. Nothing is done by it until they send it themselves.

What was typed lies in no browser: it lies in the session of the server, sealed, and is shown for half an hour. Who sent
it is known by a signed cookie that holds a digest alone; somebody else who signs in at the same machine is not shown
it. A form in which a reason and days alone were typed is not kept: what it does is chosen anew, where it is seen.
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

LEAVE = "leave"
COOKIE = "__Host-last" if settings.HTTPS else "last"
WAITS = timedelta(minutes=30)
SIGNED_FOR = 24 * 60 * 60
LONGEST = 20_000
TOKEN, REASON = "csrfmiddlewaretoken", "reason"
CONFIRMS = ("step", "then"), "do"
"""Fields that say with this value that an effect was seen: they are not kept, so that it is looked at anew."""
PAYS = "/pay"
"""Where a path ends so, one is led on to a payment provider: such a form is begun anew."""
SECRET = ("password", "code", "answer")
"""Fields by which one of these forms is not kept at all."""
NAMES = {
    "amount": _("amount"), REASON: _("Why"), "on": _("Counts from"), "due_on": _("by which day"),
    "day": _("by which day"), "text": _("what happened"), "cause": _("what happened"),
    "income": _("comes in each month"), "spending": _("is spent for living"), "other_debts": _("goes to other lenders"),
    "adults": _("Adults who live on this"), "children": _("Children"), "payer": _("who paid"), "note": _("Remark"),
    "name": _("name"), "description": _("what happened, in a sentence"), "since": _("from"), "until": _("to"),
}  # fmt: skip
"""Fields that somebody types freely, as the page calls them; what was chosen is kept and not shown."""
SLIGHT = (REASON, "on", "since", "until")
"""Fields that do not say what is done: where no more was typed, the form is not kept."""


class Form(NamedTuple):
    """A form that was kept: where it goes, every field with its value."""

    path: str
    fields: list[tuple[str, str]]

    @property
    def typed(self) -> list[tuple[str, str]]:
        """What somebody typed, each under its name; the cause of an incident is chosen, and described beside it."""
        chosen = "cause" if any(name == "description" for name, value in self.fields) else ""
        return [(str(NAMES[name]), value) for name, value in self.fields if value and name in NAMES and name != chosen]

    @property
    def is_worth_keeping(self) -> bool:
        """Whether more was typed than a reason and days, nothing of it is a secret, and it leads to no provider."""
        is_secret = any(name in SECRET for name, value in self.fields)
        says = any(value and name in NAMES and name not in SLIGHT for name, value in self.fields)
        return says and not is_secret and not self.path.endswith(PAYS)


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
    """Keep what was sent; False where it is not worth keeping, who it was is not known, or it is too long."""
    who = before(request)
    names, does = CONFIRMS
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values
        if name != TOKEN and not (name in names and value == does)
    ]  # fmt: skip
    form = Form(request.path, fields)
    if not who or not form.is_worth_keeping:
        return False
    text = json.dumps({"who": who, "at": clock.now().isoformat(), **form._asdict()}, ensure_ascii=False)
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
        drop(request)
        return None
    return Form(told["path"], [(name, value) for name, value in told["fields"]])


def drop(request: HttpRequest) -> None:
    """Keep it no longer."""
    del request.session[KEPT]


def sent(request: HttpRequest) -> None:
    """Drop the form once whoever is signed in sends one to where it goes."""
    is_theirs = request.method == "POST" and who_of(request) != ""
    if is_theirs and (form := of(request)) and form.path == request.path:
        drop(request)


def page(template: str, home: str) -> Any:
    """The page that shows such a form and sends it on, or leaves it; without one, the first page."""

    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        form = of(request)
        if form and LEAVE in request.GET:
            drop(request)
            return redirect(home)
        return render(request, template, {"form": form, "home": home}) if form else redirect(home)

    return view
