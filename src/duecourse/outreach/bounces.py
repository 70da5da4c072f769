"""Bounces: what a mail server tells later of a mail that it took (RFC 3464), read from a file of one or many mails."""

import mailbox
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from duecourse.borrowers import reach

from . import contact, messages
from .handed import DEAD

OURS, NOT_OURS, LATER, NOT_A_BOUNCE = "bounced", "not ours", "not final", "no bounce"
KNOWN = "known"
"""A bounce that was taken before."""


class Report(NamedTuple):
    """What a bounce says: of which Message-ID, failed for good or not, by which status code."""

    mail_id: str
    is_final: bool
    status: str


def take_file(*, path: Path, at: datetime, by: str) -> list[str]:
    """Take the mails of a file: one mail, an mbox, or a folder in Maildir form. Answers what became of each."""
    return [take(raw=raw, at=at, by=by) for raw in mails(path)]


def mails(path: Path) -> Iterator[bytes]:
    """The mails of a file or folder."""
    if path.is_dir():
        yield from (bytes(one) for one in mailbox.Maildir(path, create=False))
    elif path.read_bytes()[:5] == b"From ":
        with closing(mailbox.mbox(path, create=False)) as box:
            yield from (bytes(one) for one in box)
    else:
        yield path.read_bytes()


def take(*, raw: bytes, at: datetime, by: str) -> str:
    """Take one mail. A final failure is told of the message; an address that is not there any more is dead."""
    report = read(raw)
    if report is None:
        return NOT_A_BOUNCE
    if not report.is_final:
        return LATER
    message = messages.of_mail_id(report.mail_id)
    if message is None:
        return NOT_OURS
    before = messages.last(message.id)
    if before is None or before.step == messages.BOUNCED:
        return KNOWN
    with transaction.atomic():
        messages.add(message, before, messages.BOUNCED, at=at, by=by, detail=report.status, decision=before.decision_id)
        if before.decision_id is not None:
            contact.tell(decision=before.decision_id, outcome="not_connected", at=at, by=by, note="bounced")
        if message.point_id is not None and report.status in DEAD:
            reach.mark_point(
                borrower=message.borrower_id, point=message.point_id, state="dead", by=by,
                reason=f"bounced {report.status}",
            )  # fmt: skip
    return OURS


def read(raw: bytes) -> Report | None:
    """What a mail says of another that could not be delivered; None where it is no such report."""
    mail = message_from_bytes(raw, policy=policy.default)
    if mail.get_content_type() != "multipart/report" or mail.get_param("report-type") != "delivery-status":
        return None
    status, is_final, named = "", False, ""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            for fields in told(part):
                action = str(fields.get("Action", "")).strip().lower()
                if action:
                    is_final = is_final or action == "failed"
                    status = str(fields.get("Status", status)).split()[0] if fields.get("Status") else status
        elif part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            named = named or original(part)
    return Report(named, is_final, status) if named else None


def told(part: Message) -> Iterator[Message]:
    """The groups of fields of a delivery status."""
    content = part.get_payload()
    yield from (one for one in content if isinstance(one, Message)) if isinstance(content, list) else ()


def original(part: Message) -> str:
    """The Message-ID of the mail that came back, whole or by its headers."""
    content = part.get_payload()
    if isinstance(content, list) and content and isinstance(content[0], Message):
        return str(content[0].get("Message-ID", ""))
    text = part.get_content() if isinstance(part, EmailMessage) else ""
    raw = text.encode() if isinstance(text, str) else bytes(text)
    return str(message_from_bytes(raw, policy=policy.default).get("Message-ID", ""))
