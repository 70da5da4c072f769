"""How a borrower can be reached and what they said about it; each call adds rows, none changes any."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction
from django.db.models import QuerySet

from duecourse.rules import places
from duecourse.rules.contact_rules import BLOCKS, CHANNELS, CONSENTS, NOTICES, PURPOSES

from . import secrecy
from .contact_tables import Block, BlockEnd, Consent, ContactPoint, InboundContact, Notice, PointState, Residence
from .found_tables import PhoneEnd

KINDS = ("phone", "email", "address", "im")
POINT_STATES = ("works", "dead")
LANGUAGES = ("zh", "en")
DAY_MINUTES = 24 * 60
END = 4
"""How many last digits of a telephone number are enough to look for it."""
NUMBERING = (("86", r"1\d{10}", ""), ("1", r"[2-9]\d{9}", ""), ("44", r"[1-9]\d{8,9}", "0"))
"""A country's code, its mobile or whole national numbers, and what stands before them at home."""


class ReachRefused(Exception):
    """Something about reaching a borrower that cannot be so; the message names the field."""

    code = "reach_refused"


class NoSuchBlock(Exception):
    """The borrower has no such block, or it has ended."""

    code = "no_such_block"


class Point(NamedTuple):
    """A contact point in clear. state: works, dead, or "" where nobody knows yet."""

    id: int
    kind: str
    value: str
    at_work: bool
    state: str


def residence(*, borrower: int) -> Residence | None:
    """Where a borrower lives, as it was said last; None where nobody knows."""
    return Residence.objects.filter(borrower_id=borrower).order_by("-id").first()


def reside(*, borrower: int, place: str, zone: str, language: str, by: str, reason: str) -> int:
    """Say where a borrower lives: the place whose rules hold, the time zone ("": not known), the language."""
    home = places.upward(place)[0]
    if zone:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ReachRefused(f"zone: there is no {zone!r}") from None
    among("language", language, LANGUAGES)
    row = Residence.objects.create(borrower_id=borrower, place=home, zone=zone, language=language, by=by, reason=reason)
    return row.id


def add_point(*, borrower: int, kind: str, value: str, at_work: bool, source: str, by: str, reason: str) -> int:
    """Keep a number or address; the same one of the same borrower is kept once."""
    among("kind", kind, KINDS)
    told = value.strip()
    if not told:
        raise ReachRefused("value: a contact point is not empty")
    with transaction.atomic():
        known = secrecy.indexes(f"{kind}:{plain(kind, value)}")
        before = ContactPoint.objects.filter(borrower_id=borrower, kind=kind, digest__in=known).first()
        if before is not None:
            return int(before.id)
        row, is_new = ContactPoint.objects.get_or_create(
            borrower_id=borrower,
            kind=kind,
            digest=index_of(kind, value),
            defaults={"value": secrecy.seal(told), "at_work": at_work, "source": source, "by": by, "reason": reason},
        )
        end = end_of(told) if kind == "phone" and is_new else None
        if end is not None:
            PhoneEnd.objects.create(point_id=row.id, borrower_id=borrower, digest=end)
    return int(row.id)


def index_of(kind: str, value: str) -> bytes:
    """The keyed digest by which a number or address is found."""
    return secrecy.index(f"{kind}:{plain(kind, value)}")


def end_of(number: str) -> bytes | None:
    """The keyed digest of the last digits of a telephone number; None where there are too few."""
    digits = re.sub(r"\D", "", number)
    return secrecy.index(f"phone_end:{digits[-END:]}") if len(digits) >= END else None


def plain(kind: str, value: str) -> str:
    """A number or address as it is looked for: small letters; of a telephone number the digits, and + before a country.

    >>> plain("phone", " +86 138-0000-0001"), plain("email", "Li@Example.com "), plain("phone", "0044 20 7946 0000")
    ('+8613800000001', 'li@example.com', '+442079460000')
    """
    told = value.strip().lower()
    if kind != "phone" or not (digits := re.sub(r"\D", "", told)):
        return told
    if digits.startswith("00"):
        return "+" + digits[2:]
    return ("+" if told.startswith("+") else "") + digits


def alike(kind: str, value: str) -> set[str]:
    """The ways in which the same number may have been kept: with its country or without, by the plans of CN, US, UK."""
    one = plain(kind, value)
    if kind != "phone":
        return {one}
    digits = one.removeprefix("+")
    found = {one, digits, "+" + digits}
    for country, national, lead in NUMBERING:
        if digits.startswith(country) and re.fullmatch(national, rest := digits.removeprefix(country)):
            found |= {lead + rest}
        if not one.startswith("+") and digits.startswith(lead) and re.fullmatch(national, rest := digits[len(lead) :]):
            found |= {"+" + country + rest, country + rest}
    return found


def having(*, kind: str, value: str) -> list[int]:
    """The borrowers who have a number or address, however it was written."""
    return sorted(set(kept_as(kind, value).values_list("borrower_id", flat=True)))


def point_of(*, borrower: int, kind: str, value: str) -> int | None:
    """The contact point of a borrower that is a number or address, however it was written; the newest."""
    rows = kept_as(kind, value).filter(borrower_id=borrower).order_by("-id")
    return rows.values_list("id", flat=True).first()


def kept_as(kind: str, value: str) -> QuerySet[ContactPoint]:
    """Every row of a number or address, however it was written."""
    written = {*alike(kind, value), value.strip().lower()}
    digests = [digest for one in written for digest in secrecy.indexes(f"{kind}:{one}")]
    return ContactPoint.objects.filter(kind=kind, digest__in=digests)


def mark_point(*, borrower: int, point: int, state: str, by: str, reason: str) -> None:
    """Say that a contact point works, or is dead."""
    among("state", state, POINT_STATES)
    if not ContactPoint.objects.filter(borrower_id=borrower, id=point).exists():
        raise ReachRefused(f"point: borrower {borrower} has no contact point {point}")
    PointState.objects.create(borrower_id=borrower, point_id=point, state=state, by=by, reason=reason)


def points(*, borrower: int) -> list[Point]:
    """The contact points of a borrower, in clear: for the one who is about to use them."""
    states = {row.point_id: row.state for row in PointState.objects.filter(borrower_id=borrower).order_by("id")}
    return [
        Point(row.id, row.kind, secrecy.opened(row.value), row.at_work, states.get(row.id, ""))
        for row in ContactPoint.objects.filter(borrower_id=borrower).order_by("id")
    ]


def consent(
    *,
    borrower: int,
    kind: str,
    given: bool,
    at: datetime,
    by: str,
    reason: str,
    channel: str = "",
    purpose: str = "",
    until: datetime | None = None,
    opens: int = 0,
    shuts: int = DAY_MINUTES,
) -> int:
    """Record what a borrower agreed to, or that they withdraw it; the newest of a kind, channel and purpose counts.

    opens, shuts: of agreed hours, minutes after midnight; agreed hours have both.
    """
    among("kind", kind, CONSENTS)
    if kind == "hours" and given and (opens, shuts) == (0, DAY_MINUTES):
        raise ReachRefused("opens, shuts: agreed hours say from when to when")
    if not (0 <= opens < DAY_MINUTES and 0 <= shuts <= DAY_MINUTES):
        raise ReachRefused(f"opens, shuts: {opens} and {shuts} are not minutes of a day")
    about(channel, purpose)
    zoned("at", at)
    row = Consent.objects.create(
        borrower_id=borrower, kind=kind, channel=channel, purpose=purpose, given=given, at=at, until=until,
        opens=opens, shuts=shuts, by=by, reason=reason,
    )  # fmt: skip
    return row.id


def stopped(*, borrower: int, channels: Sequence[str]) -> dict[str, bool]:
    """Whether a borrower has stopped messages by each of these channels: the newest word on it counts."""
    rows = Consent.objects.filter(borrower_id=borrower, kind="contact", purpose="", channel__in=("", *channels))
    last = {row.channel: row for row in rows.order_by("id")}
    every = last.get("")
    found = {}
    for channel in channels:
        own = [row for row in (every, last.get(channel)) if row is not None]
        found[channel] = any(not row.given for row in own)
    return found


def block(
    *,
    borrower: int,
    kind: str,
    since: datetime,
    by: str,
    reason: str,
    account: int | None = None,
    channel: str = "",
    purpose: str = "",
    until: datetime | None = None,
    opens: int = 0,
    shuts: int = DAY_MINUTES,
    weekdays: Sequence[int] | None = None,
) -> int:
    """Set something against contact; it stands until it ends by itself or is ended."""
    among("kind", kind, BLOCKS)
    about(channel, purpose)
    zoned("since", since)
    if not (0 <= opens < DAY_MINUTES and 0 <= shuts <= DAY_MINUTES):
        raise ReachRefused(f"opens, shuts: {opens} and {shuts} are not minutes of a day")
    row = Block.objects.create(
        borrower_id=borrower, kind=kind, account_id=account, channel=channel, purpose=purpose, since=since, until=until,
        opens=opens, shuts=shuts, weekdays=None if weekdays is None else list(weekdays), by=by, reason=reason,
    )  # fmt: skip
    return row.id


def end_block(*, borrower: int, block: int, at: datetime, by: str, reason: str) -> None:
    """End a block; one that has ended is refused."""
    zoned("at", at)
    with transaction.atomic():
        stands = Block.objects.filter(borrower_id=borrower, id=block).exists()
        if not stands or BlockEnd.objects.filter(block_id=block).exists():
            raise NoSuchBlock(f"borrower {borrower}: no block {block} stands")
        BlockEnd.objects.create(borrower_id=borrower, block_id=block, at=at, by=by, reason=reason)


def notice(*, borrower: int, kind: str, sent_at: datetime, by: str, reason: str, account: int | None = None) -> int:
    """Record that a notice which a rule asks for was sent."""
    among("kind", kind, NOTICES)
    zoned("sent_at", sent_at)
    row = Notice.objects.create(
        borrower_id=borrower, kind=kind, account_id=account, sent_at=sent_at, by=by, reason=reason
    )
    return row.id


def inbound(
    *, borrower: int, channel: str, outcome: str, at: datetime, by: str, reason: str, account: int | None = None
) -> int:
    """Record that the borrower contacted us: `connected` for a conversation, `sent` for a message of theirs."""
    among("channel", channel, CHANNELS)
    among("outcome", outcome, ("connected", "sent"))
    zoned("at", at)
    row = InboundContact.objects.create(
        borrower_id=borrower, channel=channel, outcome=outcome, at=at, account_id=account, by=by, reason=reason
    )
    return row.id


def about(channel: str, purpose: str) -> None:
    """Refuse a channel or purpose that nobody knows; "" is any."""
    if channel:
        among("channel", channel, CHANNELS)
    if purpose:
        among("purpose", purpose, PURPOSES)


def among(field: str, word: str, words: Sequence[str]) -> None:
    """Refuse a word that is none of these."""
    if word not in words:
        raise ReachRefused(f"{field}: {word!r} is none of {', '.join(words)}")


def zoned(field: str, at: datetime) -> None:
    """Refuse a time without a zone."""
    if at.tzinfo is None:
        raise ReachRefused(f"{field}: {at} has no zone")
