"""A borrower's inbox in the app: what lies in it."""

from datetime import datetime
from typing import NamedTuple

from .tables import InboxItem, Message


class Item(NamedTuple):
    """A message in the inbox, as it was sent."""

    message: int
    at: datetime
    subject: str
    text: str


def of(*, borrower: int) -> list[Item]:
    """What lies in a borrower's inbox, the newest first."""
    rows = dict(InboxItem.objects.filter(borrower_id=borrower).values_list("message_id", "at"))
    found = [Item(one.id, rows[one.id], one.subject, one.text) for one in Message.objects.filter(id__in=rows)]
    return sorted(found, key=lambda one: (one.at, one.message), reverse=True)
