"""Messages: queued once by a key, and what is known of each."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import secrecy
from duecourse.rules.contact_rules import PURPOSES

from .channels import CHANNELS
from .handed import Attached
from .tables import Attachment, Message, MessageStep

TRYING, SENT, FAILED, BOUNCED, UNKNOWN = "trying", "sent", "failed", "bounced", "unknown"
WAITS, REFUSED, OVER, DELIVERED = "waits", "refused", "over", "delivered"
ENDS = (SENT, DELIVERED, BOUNCED, UNKNOWN, REFUSED, OVER)
"""Steps after which nothing follows; `failed` ends too where it names no next time."""
QUEUED = "queued"
"""What a message is called that has no step yet."""


class MessageRefused(Exception):
    """A message that cannot be queued; the text names the field."""

    code = "message_refused"


class OtherMessage(Exception):
    """The key was used before for another message."""

    code = "message_key_reused"


class Draft(NamedTuple):
    """A message before it is queued; the fields are those of tables.Message."""

    key: str
    borrower_id: int
    purpose: str
    moment: str
    channel: str
    language: str
    template: str
    template_version: str
    values: dict[str, Any]
    subject: str
    text: str
    html: str
    not_before: datetime
    not_after: datetime
    by: str
    account_id: int | None = None
    due_on: date | None = None
    amount_minor: int | None = None
    point_id: int | None = None


def queue(*, draft: Draft, attached: Attached | None = None) -> tuple[int, bool]:
    """Keep a message to be sent; the same key again gives the first one. Answers its id, and whether it is new.

    `attached`: a file that goes with it, by e-mail alone.
    """
    check(draft)
    if attached is not None and draft.channel != "email":
        raise MessageRefused(f"channel: nothing is attached to a message by {draft.channel}")
    with transaction.atomic():
        number, is_new = queue_all(drafts=[draft])[draft.key]
        if attached is not None and is_new:
            Attachment.objects.create(
                message_id=number, name=attached.name, media_type=attached.media_type,
                content=secrecy.seal_bytes(attached.content), digest=hashlib.sha256(attached.content).digest(),
            )  # fmt: skip
    return number, is_new


def attached(*, message: int) -> Attached | None:
    """The file that goes with a message, in clear; None where there is none."""
    row = Attachment.objects.filter(message_id=message).first()
    return Attached(row.name, row.media_type, secrecy.opened_bytes(row.content)) if row else None


def queue_all(*, drafts: list[Draft]) -> dict[str, tuple[int, bool]]:
    """The same for many: the id of each by its key, and whether it is new; nothing is queued if one is refused."""
    for draft in drafts:
        check(draft)
    keys = [draft.key for draft in drafts]
    before = {row.key: row for row in Message.objects.filter(key__in=keys)}
    for draft in drafts:
        if draft.key in before:
            same(before[draft.key], draft)
    new = [Message(**draft._asdict()) for draft in drafts if draft.key not in before]
    Message.objects.bulk_create(new, ignore_conflicts=True, batch_size=1_000)
    ids = dict(Message.objects.filter(key__in=keys).values_list("key", "id"))
    return {key: (ids[key], key not in before) for key in keys}


def check(draft: Draft) -> None:
    """Refuse a message that could not be sent, or not be told from others."""
    if not draft.key or not draft.text:
        raise MessageRefused("key, text: a message has both")
    if draft.channel not in CHANNELS:
        raise MessageRefused(f"channel: {draft.channel!r} is none of {', '.join(CHANNELS)}")
    if draft.purpose not in PURPOSES:
        raise MessageRefused(f"purpose: {draft.purpose!r} is none of {', '.join(PURPOSES)}")
    if (draft.point_id is None) != (draft.channel == "app"):
        raise MessageRefused(f"point: a message by {draft.channel} {'has none' if draft.point_id else 'needs one'}")
    if draft.not_before.tzinfo is None or draft.not_after < draft.not_before:
        raise MessageRefused("not_before, not_after: times with a zone, in this order")


def same(row: Message, draft: Draft) -> None:
    """Refuse a key under which another message was queued: to somebody else, for something else."""
    told = ("borrower_id", "account_id", "purpose", "moment", "due_on")
    if any(getattr(row, field) != getattr(draft, field) for field in told):
        raise OtherMessage(f"key {draft.key!r} is of message {row.id}, which is another")


def last(message: int) -> MessageStep | None:
    """The newest step of a message."""
    return MessageStep.objects.filter(message_id=message).order_by("-number").first()


def newest_at(*, message: int) -> datetime:
    """When a message's newest step was; of one without a step, from when it may go out."""
    step = last(message)
    return step.at if step else Message.objects.values_list("not_before", flat=True).get(id=message)


def add(
    message: Message, before: MessageStep | None, step: str, *, at: datetime, by: str, detail: str = "",
    next_at: datetime | None = None, decision: int | None = None,
) -> MessageStep:  # fmt: skip
    """Write down what became of a message. Of two who write the same number, one fails: nobody acts twice."""
    return MessageStep.objects.create(
        message_id=message.id, number=before.number + 1 if before else 1, step=step, at=at, next_at=next_at,
        decision_id=decision, detail=detail, by=by,
    )  # fmt: skip


def ends(step: MessageStep) -> bool:
    """Whether nothing follows a step."""
    return step.step in ENDS or (step.step == FAILED and step.next_at is None)


UNDER_WAY = """
SELECT m.id, m.key, s.number, s.decision_id FROM outreach_message m
LEFT JOIN LATERAL (SELECT number, step, next_at, decision_id FROM outreach_message_step
    WHERE message_id = m.id ORDER BY number DESC LIMIT 1) s ON true
WHERE m.borrower_id = ANY(%s) AND starts_with(m.key, %s)
  AND (s.step IS NULL OR (s.step IN ('waits', 'failed') AND s.next_at IS NOT NULL))
ORDER BY m.id
"""


def under_way(*, people: Sequence[int], prefix: str) -> dict[int, str]:
    """The messages to people that wait, by number, with their keys, of those whose key begins so."""
    with connection.cursor() as cursor:
        cursor.execute(UNDER_WAY, [list(people), prefix])
        return {number: key for number, key, _, _ in cursor.fetchall()}


def withdraw(*, people: Sequence[int], numbers: Collection[int], at: datetime, by: str, why: str) -> int:
    """End messages to people that wait still: they are true no longer. One that is being handed over now is left to it.

    Answers how many ended here.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNDER_WAY, [list(people), ""])
        found = [row for row in cursor.fetchall() if row[0] in numbers]
    steps = [
        MessageStep(message_id=number, number=(before or 0) + 1, step=OVER, at=at, decision_id=decision, detail=why,
                    by=by)
        for number, _, before, decision in found
    ]  # fmt: skip
    MessageStep.objects.bulk_create(steps, ignore_conflicts=True)  # who wrote the same step first goes on with it
    ended = MessageStep.objects.filter(message_id__in=[one.message_id for one in steps], step=OVER, detail=why, by=by)
    return ended.count()


def mail_id(message: Message) -> str:
    """The stable part of a message's Message-ID: its number, and a keyed digest so that nobody else can make one."""
    return f"{message.id}.{secrecy.digest(f'mail:{message.id}:{message.key}')[:12].hex()}"


def of_mail_id(told: str) -> Message | None:
    """The message that a Message-ID names; None where it is none of ours."""
    left = told.strip().strip("<>").partition("@")[0]
    number = left.partition(".")[0]
    found = Message.objects.filter(id=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    return found if found and mail_id(found) == left else None


STATES = """
SELECT coalesce(CASE WHEN s.step = 'failed' AND s.next_at IS NOT NULL THEN 'waits' ELSE s.step END, 'queued'), count(*)
FROM outreach_message m LEFT JOIN LATERAL (SELECT step, next_at FROM outreach_message_step
    WHERE message_id = m.id ORDER BY number DESC LIMIT 1) s ON true
WHERE m.not_after > %s GROUP BY 1 ORDER BY 1
"""


def states(*, since: datetime) -> dict[str, int]:
    """How many messages stand how, of those whose use was not over at an instant."""
    with connection.cursor() as cursor:
        cursor.execute(STATES, [since])
        return dict(cursor.fetchall())
