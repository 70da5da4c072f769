"""The borrower's messages, every contact with them and why, and how they wish to be reached."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from duecourse import clock
from duecourse.borrowers import reach, readings
from duecourse.outreach import calendar_feed, inbox, wishes
from duecourse.personal import shared

from ..console import contacts, words
from .session import of_borrower

WHO, WHY = "borrower", "in the portal"
CHANNELS = ("email", "sms", "im", "app")
LANGUAGES = {"zh": "中文", "en": "English"}
SHARED = {
    shared.AGENCY: _(
        "A collection agency works on it for us: what is past due and since when, how you are reached; not your name, "
        "not the account's number."
    ),
    shared.OWNER: _("We sold it: the whole account is theirs, and we keep it for them."),
    shared.FUNDER: _(
        "Bears a part of it with us: amounts and days, by the account's number; not your name, not how you are reached."
    ),
    shared.MESSAGES: _("Their programs were told what happened on it: amounts and days, by the account's number."),
    shared.COURT: _("We filed a claim with a court: the contract, the account, contacts, and who you are."),
    shared.ARBITRATION: _("We filed a claim with an arbitrator: the contract, the account, contacts, and who you are."),
}
BEFORE_DAYS = (1, 2, 3, 5, 7)


@require_safe
@of_borrower
def messages_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """What lies in the inbox, and every contact with the borrower, made or not, and why."""
    told = contacts.of(borrower, None, every=request.GET.get("contacts") == "all")
    return render(
        request,
        "my_messages.html",
        {
            "inbox": inbox.of(borrower=borrower),
            "contacts": told,
            "looked": looked_at(borrower),
            "shared": [(one, SHARED[one.kind]) for one in shared.of(person=borrower, on=clock.today())],
        },
    )


def looked_at(borrower: int) -> list[tuple[readings.Looked, str]]:
    """Who of the lender's people looked at the borrower, and in which roles in words."""
    return [
        (one, ", ".join(str(words.ROLES.get(role, words.ROLES["staff"])) for role in one.roles or ("staff",)))
        for one in readings.of(borrower=borrower)
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@of_borrower
def choices_page(request: HttpRequest, borrower: int) -> HttpResponse:
    """Channel, language, hour and days of reminders; which channels are stopped; a calendar of due days."""
    more: dict[str, Any] = {}
    if request.method == "POST":
        feed = choose(request, borrower)
        if feed is None:
            return redirect("my_choices")
        more = {"feed": feed}
    stops = reach.stopped(borrower=borrower, channels=CHANNELS)
    return render(
        request,
        "my_choices.html",
        {
            "wish": wishes.newest(borrower=borrower),
            "channels": [(code, words.contact_channel(code), stops[code]) for code in CHANNELS],
            "languages_told": LANGUAGES.items(),
            "hours": range(8, 21),
            "days": BEFORE_DAYS,
            **more,
        },
    )  # fmt: skip


def choose(request: HttpRequest, borrower: int) -> str | None:
    """Keep what the borrower chose; the address of a calendar if they asked for one."""
    what, now = request.POST.get("what", ""), clock.now()
    told: dict[str, Any] = {"borrower": borrower, "by": WHO, "reason": WHY}
    if what == "wish":
        hour, days = (number(request.POST.get(name, "")) for name in ("hour", "before_days"))
        wishes.wish(
            channel=one_of(request.POST.get("channel", ""), CHANNELS),
            language=one_of(request.POST.get("language", ""), tuple(LANGUAGES)),
            hour=hour if hour is not None and hour < 24 else None,
            before_days=days if days is not None and days <= wishes.MOST_DAYS else None,
            **told,
        )
    elif what in ("stop", "start") and (channel := one_of(request.POST.get("channel", ""), CHANNELS)):
        reach.consent(kind="contact", given=what == "start", at=now, channel=channel, **told)
    elif what == "calendar":
        return calendar_feed.begin(**told)
    elif what == "no_calendar":
        calendar_feed.end(**told)
    return None


def number(told: str) -> int | None:
    """A small whole number as a form says it; None where it says none."""
    return int(told) if told.isdecimal() and len(told) < 4 else None


def one_of(told: str, known: tuple[str, ...]) -> str:
    """A word if it is one of these, else nothing."""
    return told if told in known else ""
