"""Receipts: what a service tells later of a message that it took, at a signed address of that message.

A route asks for them by `{receipt}` in its URL. The word of the service is kept; it sends nothing again.
"""

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction

from . import contact, messages
from .tables import Message

SALT = "duecourse.outreach.receipts"
WORDS = {"delivered": messages.DELIVERED, "failed": messages.BOUNCED}
"""What a service may say, and the step that it becomes."""


class ReceiptRefused(Exception):
    """A receipt at an address that nobody signed, or with a word that nothing knows."""

    code = "receipt_refused"


def address(message: Message) -> str:
    """Where a service tells what became of a message."""
    return f"{settings.PUBLIC_URL}/receipt/{signing.Signer(salt=SALT, sep='.').sign(str(message.id))}"


def take(*, token: str, state: str, detail: str, at: datetime, by: str) -> bool:
    """Take a receipt; answers whether it was new. What was told of a message first stands."""
    if state not in WORDS:
        raise ReceiptRefused(f"state: {state!r} is none of {', '.join(WORDS)}")
    try:
        number = int(signing.Signer(salt=SALT, sep=".").unsign(token))
    except (signing.BadSignature, ValueError):
        raise ReceiptRefused("this address was not signed by us") from None
    message = Message.objects.get(id=number)
    before = messages.last(number)
    if before is None or before.step not in (messages.SENT, messages.UNKNOWN):
        return False
    with transaction.atomic():
        messages.add(message, before, WORDS[state], at=at, by=by, detail=detail[:200], decision=before.decision_id)
        if before.decision_id is not None:
            outcome = "sent" if state == "delivered" else "not_connected"
            contact.tell(decision=before.decision_id, outcome=outcome, at=at, by=by, note="receipt")
    return True
