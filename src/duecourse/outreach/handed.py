"""What is handed over to a channel, and what it answers."""

from datetime import datetime
from typing import NamedTuple

SENT, FAILED, BOUNCED, UNKNOWN = "sent", "failed", "bounced", "unknown"
"""Taken; not taken, and may be tried again; the number or address is dead; nobody knows whether it was taken."""

DEAD = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Enhanced status codes (RFC 3463) by which a mailbox is not there or takes no mail."""


class Attached(NamedTuple):
    """A file that goes with a message."""

    name: str
    media_type: str
    content: bytes


class Letter(NamedTuple):
    """One message on its way. to: number or address in clear; mail_id: its Message-ID without the domain."""

    to: str
    subject: str
    text: str
    html: str
    key: str
    language: str
    mail_id: str
    stop_url: str
    receipt_url: str
    at: datetime
    attached: Attached | None = None


class Answer(NamedTuple):
    """What became of handing over, and in the channel's words why; never with the number or address."""

    state: str
    detail: str = ""
