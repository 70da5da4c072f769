"""Replies to messages: who wrote is found by the number or address, a wish to stop is done at once, the rest is for a
person to read.

A number that several borrowers share stops for all of them. Who nobody knows is kept apart. One message confirms it,
where the law of the place allows one and it is soon enough; what goes wrong with it never undoes the stop.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import reach, secrecy
from duecourse.borrowers.contact_tables import Consent
from duecourse.rules import reply_terms
from duecourse.rules.reply_terms import STOP

from . import stop_confirmed
from .channels import POINT_KINDS
from .reply_tables import Reply, ReplyPerson, ReplyRead

KNOWN, UNKNOWN_SENDER, AGREED_SINCE = "known", "unknown sender", "agreed since"
"""Taken before; from nobody whom we know; a wish to stop that a later consent has overtaken."""
BY = "borrower"
LOG = logging.getLogger(__name__)
INSERT = """
INSERT INTO outreach_reply (digest, channel, at, sender, text, kind, word, hints, message_id, by)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (digest) DO NOTHING RETURNING id
"""
PLACES = """
SELECT DISTINCT ON (borrower_id) place FROM borrowers_residence WHERE borrower_id = ANY(%s)
ORDER BY borrower_id, id DESC
"""


class ReplyRefused(Exception):
    """A reply that cannot be so; the text names the field."""

    code = "reply_refused"


class NoSuchReply(Exception):
    """There is no such reply, or somebody has read it."""

    code = "no_such_reply"


class Inbound(NamedTuple):
    """A message that came in. message: the one of ours that it answers, and whose it was, where it names one.

    written: when its sender's clock says that it was written, where that is not `at`.
    """

    channel: str
    sender: str
    at: datetime
    text: str
    message: int | None = None
    borrower: int | None = None
    written: datetime | None = None


class Unread(NamedTuple):
    """A reply that a person is to read, in clear."""

    id: int
    channel: str
    at: datetime
    sender: str
    text: str
    kind: str
    hints: tuple[str, ...]
    people: tuple[int, ...]


def take(*, reply: Inbound, now: datetime, by: str) -> str:
    """Take a reply once: what it was taken for, KNOWN, or from an UNKNOWN_SENDER. Refuses what cannot be so.

    A wish to stop withdraws the consent to be reached by its channel, of everybody who has that number or address.
    """
    check(reply, now)
    said = f"reply:{reply.channel}\0{reply.sender.strip()}\0{(reply.written or reply.at).isoformat()}\0{reply.text}"
    people = senders(reply)
    reading = reply_terms.reading(text=reply.text, places_of=homes(people), on=reply.at.date())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [secrecy.digest(said), reply.channel, reply.at, secrecy.seal(reply.sender), secrecy.seal(reply.text),
             reading.kind, reading.word, json.dumps(reading.hints), reply.message, by],
        )  # fmt: skip
        row = cursor.fetchone()
        if row is None:
            return KNOWN
        stopped = overtaken = False
        for borrower in people:
            consent = None
            if reading.kind == STOP:
                stopped = stopped or is_stopped(borrower, reply.channel)
                consent = stop(borrower, reply, reading.word, row[0])
                overtaken = overtaken or consent is None
            ReplyPerson.objects.create(reply_id=row[0], borrower_id=borrower, consent_id=consent)
            reach.inbound(
                borrower=borrower, channel=reply.channel, outcome="sent", at=reply.at, by=by, reason=f"reply {row[0]}"
            )
        if reading.kind == STOP and not stopped and not overtaken:
            confirm(people, reply, row[0], now, by)
    return UNKNOWN_SENDER if not people else AGREED_SINCE if overtaken else reading.kind


def confirm(people: Sequence[int], reply: Inbound, number: int, now: datetime, by: str) -> bool:
    """Queue one message that confirms a stop, to the first of those who share the number that may have one.

    Whatever goes wrong with it, nothing is confirmed and the stop stays done.
    """
    try:
        with transaction.atomic():
            return any(
                stop_confirmed.queue(
                    borrower=borrower, channel=reply.channel, number=reply.sender, stopped_at=reply.at, now=now,
                    key=f"stopped:{number}:{borrower}", by=by,
                )
                for borrower in people
            )  # fmt: skip
    except Exception as fault:
        if connection.needs_rollback:  # the connection is lost, and with it the stop: whoever asked must know
            raise
        LOG.error("reply %s: stopped, but not confirmed: %s", number, type(fault).__name__)
        return False


def check(reply: Inbound, now: datetime) -> None:
    """Refuse a channel that nobody writes by, a sender or text that says nothing, and a time that has not come."""
    if reply.channel not in POINT_KINDS:
        raise ReplyRefused(f"channel: {reply.channel!r} is none of {', '.join(POINT_KINDS)}")
    if not reply.sender.strip():
        raise ReplyRefused("from: nothing stands there")
    if not reply.text.strip():
        raise ReplyRefused("text: nothing stands there")
    if reply.at.tzinfo is None:
        raise ReplyRefused("at: an instant has a zone")
    if reply.at > now:
        raise ReplyRefused(f"at: {reply.at.isoformat()} has not come yet")


def senders(reply: Inbound) -> list[int]:
    """The borrowers who have the number or address that a reply came from, and whose message it answers."""
    found = reach.having(kind=POINT_KINDS[reply.channel], value=reply.sender)
    return sorted({*found, *([reply.borrower] if reply.borrower is not None else [])})


def homes(people: list[int]) -> list[str]:
    """Where people live; "" where it is not known."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [people])
        found = [row[0] for row in cursor.fetchall()]
    return found + [""] * (len(people) - len(found))


def stop(borrower: int, reply: Inbound, word: str, number: int) -> int | None:
    """Withdraw a borrower's consent to be reached by the channel; None where they agreed anew since they wrote."""
    agreed = Consent.objects.filter(
        borrower_id=borrower, kind="contact", given=True, channel__in=("", reply.channel), purpose="", at__gt=reply.at
    )
    if agreed.exists():
        return None
    return reach.consent(
        borrower=borrower, kind="contact", given=False, at=reply.at, by=BY, channel=reply.channel,
        reason=f"reply {number}: {word}",
    )  # fmt: skip


def is_stopped(borrower: int, channel: str) -> bool:
    """Whether a borrower's newest word on being reached by a channel is no: then nothing is left to confirm."""
    told = Consent.objects.filter(borrower_id=borrower, kind="contact", channel__in=("", channel), purpose="")
    newest = told.order_by("-id").first()
    return newest is not None and not newest.given


def unread(*, most: int = 100) -> list[Unread]:
    """The replies that a person is to read, the oldest first; who hints at harm to themselves before all others.

    A wish to stop that was done needs no reader.
    """
    read = ReplyRead.objects.values("reply_id")
    done = ReplyPerson.objects.filter(consent_id__isnull=False).values("reply_id")
    rows = list(Reply.objects.exclude(id__in=read).exclude(kind=STOP, id__in=done).order_by("id"))
    rows.sort(key=lambda row: ("vulnerable" not in row.hints, row.id))
    rows = rows[:most]
    people: dict[int, list[int]] = {}
    told = ReplyPerson.objects.filter(reply_id__in=[row.id for row in rows]).order_by("borrower_id")
    for reply, borrower in told.values_list("reply_id", "borrower_id"):
        people.setdefault(reply, []).append(borrower)
    return [
        Unread(
            row.id, row.channel, row.at, secrecy.opened(row.sender), secrecy.opened(row.text), row.kind,
            tuple(row.hints), tuple(people.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


def mark_read(*, reply: int, by: str, reason: str) -> None:
    """Say that a person has read a reply, and what follows."""
    if not reason.strip():
        raise ReplyRefused("reason: say what follows from it")
    if not Reply.objects.filter(id=reply).exists():
        raise NoSuchReply(f"there is no reply {reply}")
    _, is_new = ReplyRead.objects.get_or_create(reply_id=reply, defaults={"by": by, "reason": reason})
    if not is_new:
        raise NoSuchReply(f"reply {reply} has been read")
