"""A calendar of a borrower's due days (iCalendar, RFC 5545), at a secret address that can be ended."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from icalendar import Alarm, Calendar, Event

from duecourse.borrowers.reach import LANGUAGES, among
from duecourse.servicing import read as servicing
from duecourse.servicing.tables import Account

from . import compose
from .tables import CalendarFeed, CalendarFeedEnd

SALT = "duecourse.outreach.calendar"
TAIL = 4
WORDS = {
    "zh": ("还款日", "还款：{amount}（尾号 {tail}）", "账户尾号 {tail}，{day} 前付 {amount}。联系：{contact}"),
    "en": ("Due days", "Due: {amount} (account {tail})", "Account {tail}: pay {amount} by {day}. Reach us: {contact}"),
}


class NoSuchFeed(Exception):
    """There is no such calendar, or it was ended."""

    code = "no_such_feed"


class Due(NamedTuple):
    """A due day that is to come: of which account, how much, in which currency."""

    number: str
    due_on: object
    minor: int
    currency: str
    exponent: int


def begin(*, borrower: int, by: str, reason: str) -> str:
    """Make a calendar for a borrower; answers its address, which only they may know."""
    row = CalendarFeed.objects.create(borrower_id=borrower, by=by, reason=reason)
    return f"{settings.PUBLIC_URL}/calendar/{signing.Signer(salt=SALT, sep='.').sign(str(row.id))}.ics"


def end(*, borrower: int, by: str, reason: str) -> int:
    """End every calendar of a borrower: their addresses answer no more. Answers how many there were."""
    ended = CalendarFeedEnd.objects.filter(borrower_id=borrower).values("feed_id")
    rows = list(CalendarFeed.objects.filter(borrower_id=borrower).exclude(id__in=ended))
    for row in rows:
        CalendarFeedEnd.objects.create(borrower_id=borrower, feed_id=row.id, by=by, reason=reason)
    return len(rows)


def content(*, token: str, language: str) -> bytes:
    """The calendar at an address; one that nobody signed, or that was ended, is refused."""
    among("language", language, LANGUAGES)
    try:
        number = int(signing.Signer(salt=SALT, sep=".").unsign(token))
    except (signing.BadSignature, ValueError):
        raise NoSuchFeed("there is no such calendar") from None
    feed = CalendarFeed.objects.filter(id=number).first()
    if feed is None or CalendarFeedEnd.objects.filter(feed_id=number).exists():
        raise NoSuchFeed("there is no such calendar, or it was ended")
    return drawn(dues(feed.borrower_id), language)


def dues(borrower: int) -> list[Due]:
    """What falls due of a borrower's accounts and is not met: what is billed, and a loan's installments to come."""
    found = []
    for number in Account.objects.filter(borrower_id=borrower).order_by("id").values_list("number", flat=True):
        page = servicing.account(number=number)
        by_day = {one.due_on: one.left for one in page.schedule if one.left > 0}
        by_day |= {one.due_on: one.left for one in page.dues if one.left > 0}
        found += [Due(number, day, minor, page.currency, page.exponent) for day, minor in sorted(by_day.items())]
    return found


def drawn(told: list[Due], language: str) -> bytes:
    """Due days as events of a whole day, each with an alarm on the day before."""
    title, summary, description = WORDS[language]
    calendar = Calendar()
    calendar.add("prodid", "-//Duecourse//due days//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{settings.LENDER} {title}".strip())
    for one in told:
        said = {
            "amount": compose.money(one.minor, one.currency, one.exponent, language),
            "tail": one.number[-TAIL:],
            "day": one.due_on,
            "contact": settings.LENDER_CONTACT,
        }
        event = Event()
        event.add("uid", f"{one.number}-{one.due_on}@duecourse")
        event.add("dtstamp", datetime(1970, 1, 1, tzinfo=UTC))  # of no use here, and so the same on each fetch
        event.add("dtstart", one.due_on)
        event.add("summary", summary.format(**said))
        event.add("description", description.format(**said))
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", timedelta(hours=-14))  # 10:00 on the day before
        alarm.add("description", summary.format(**said))
        event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
