"""Replies by e-mail: what a person wrote, without what they quote, and which message of ours it answers."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html import unescape
from pathlib import Path

from django.utils.html import strip_tags

from . import bounces, messages, replies
from .replies import Inbound

AUTOMATIC, NOT_READ = "automatic", "cannot be read"
"""A mail that a program wrote (a bounce, a note of absence), and one without sender, day or text."""
QUOTED = re.compile(
    r"^(>|-{2,} ?original message|-{5,}|_{5,}|on .{0,200}wrote:\s*$|在.{0,200}写道[:：]|发件人[:：]|from: )", re.I
)
ANSWER = re.compile(r"(re|fw|fwd|aw|回复|答复|转发)\s*[:：]", re.I)
"""How the subject of an answer begins."""


def take_file(*, path: Path, now: datetime, by: str) -> list[str]:
    """Take the mails of a file: one mail, an mbox, or a folder in Maildir form. Answers what became of each."""
    return [take(raw=raw, now=now, by=by) for raw in bounces.mails(path)]


def take(*, raw: bytes, now: datetime, by: str) -> str:
    """Take one mail; what a program wrote is no reply."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    if is_automatic(mail):
        return AUTOMATIC
    try:
        return replies.take(reply=read(mail, now), now=now, by=by)
    except (replies.ReplyRefused, LookupError, UnicodeError, ValueError):
        return NOT_READ


def is_automatic(mail: EmailMessage) -> bool:
    """Whether a program wrote a mail (RFC 3834)."""
    told = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    bulk = str(mail.get("Precedence", "")).strip().lower() in ("bulk", "junk", "auto_reply")
    return told != "no" or bulk or mail.get_content_type() == "multipart/report" or "X-Autoreply" in mail


def read(mail: EmailMessage, now: datetime) -> Inbound:
    """A mail as a reply; one without sender, day or text is refused. One whose clock runs ahead was written by now."""
    sender = next((address for _, address in getaddresses([str(mail.get("From", ""))]) if "@" in address), "")
    try:
        at = parsedate_to_datetime(str(mail.get("Date", "")))
    except ValueError:
        raise replies.ReplyRefused("Date: no day stands there") from None
    part = mail.get_body(("plain", "html"))
    content = str(part.get_content()) if part is not None else ""
    own = written(content if part is None or part.get_content_subtype() == "plain" else shown(content))
    subject = str(mail.get("Subject", "")).strip()
    ours = answered(mail)
    is_answer = ours is not None or ANSWER.match(subject)
    text = own or ("" if is_answer else subject)  # a subject that is ours says nothing of theirs
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Inbound(
        "email", sender, min(at, now), text, ours.id if ours is not None else None,
        ours.borrower_id if ours is not None else None, written=at,
    )  # fmt: skip


def shown(html: str) -> str:
    """What a mail in HTML shows before what it quotes, as lines of text."""
    before = re.split(r"<blockquote|<div[^>]*quote", html, maxsplit=1, flags=re.I)[0]
    lines = re.sub(r"<(br|/p|/div|/h\d|/li)\b[^>]*>", "\n", re.sub(r"(?is)<(style|head)\b.*?</\1>", "", before))
    return unescape(strip_tags(lines))


def written(text: str) -> str:
    """What stands before the first line that is quoted."""
    own = []
    for line in text.splitlines():
        if QUOTED.match(line.strip()):
            break
        own.append(line)
    return "\n".join(own).strip()


def answered(mail: EmailMessage) -> messages.Message | None:
    """The message of ours that a mail names as the one it answers."""
    named = f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}".split()
    return next((found for one in named if (found := messages.of_mail_id(one)) is not None), None)
