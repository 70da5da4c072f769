"""Contacts with a borrower in words: when, by which way, for what, what became of each, and which rules refused."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from duecourse.outreach import made
from duecourse.outreach.made import Made
from duecourse.rules import catalogue

from . import words

STATES = {
    "coming": _("still to be sent"),
    "refused": _("not made"),
    "sent": _("sent"),
    "delivered": _("delivered"),
    "connected": _("spoken with"),
    "unanswered": _("not answered"),
    "voicemail": _("voicemail"),
    "not_connected": _("not connected"),
    "not_made": _("not made"),
    "pending": _("not told yet"),
    "failed": _("failed"),
    "bounced": _("bounced"),
    "unknown": _("not known"),
}
PURPOSES = {
    "reminder_before_due": _("reminder before the due day"),
    "collection": _("collection"),
    "service": _("service"),
    "legal_notice": _("notice that the law asks for"),
    "marketing": _("marketing"),
}
SECRET = re.compile(r"(/stop/)[\w.-]+")
"""What in a message lets whoever has it act for the borrower: not for those who only look."""
BAD = ("refused", "failed", "bounced", "unknown")


class Why(NamedTuple):
    """A rule that refused, and what it says."""

    rule: str
    words: str


class Contact(NamedTuple):
    """One contact as a page shows it; its times are on the person's clock, in UTC where the zone is not known."""

    made: Made
    at: datetime
    next_at: datetime | None
    zone: str
    text: str
    channel: str
    purpose: str
    state: str
    is_bad: bool
    why: list[Why]


def of(borrower: int, account: int | None, *, every: bool) -> list[Contact]:
    """The contacts about an account, or about any of the borrower, the newest first."""
    told = made.of(borrower=borrower, account=account, every=every)
    return [
        Contact(
            one,
            there(one.at, one.zone),
            there(one.next_at, one.zone) if one.next_at else None,
            one.zone,
            SECRET.sub(r"\1…", one.text),
            words.contact_channel(one.channel),
            str(PURPOSES.get(one.purpose, one.purpose)),
            str(STATES.get(one.state, one.state)),
            one.state in BAD,
            [Why(why.rule, said(why.rule)) for why in one.refusals],
        )
        for one in told
    ]


def there(at: datetime, zone: str) -> datetime:
    """A time on the person's clock, as a time that the page does not move."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def said(rule: str) -> str:
    """What a rule says, in the language of the page; nothing where it stands in no file any more."""
    return texts().get(rule, {}).get(words.language(), "")


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """The newest words of every rule, by its id; of a rule in parts those of the first part."""
    found: dict[str, dict[str, str]] = {}
    for one in sorted(catalogue.every(), key=lambda one: (one.since, one.rule), reverse=True):
        for name in (one.rule, one.rule.partition(".")[0]):
            found.setdefault(name, {"zh": one.zh, "en": one.en})
    return found
