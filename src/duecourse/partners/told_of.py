"""What partners were told of an account, and when: the messages that they took."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Min

from .deliver import DELIVERED
from .keys import Holder
from .webhook_tables import WebhookDelivery


class Told(NamedTuple):
    """A message that a partner took: when first, what of, and what it said."""

    at: datetime
    partner: str
    kind: str
    body: dict[str, Any]


def account(*, holder: Holder, account: int) -> list[Told]:
    """The messages about an account that were taken, oldest first; for a party, those to it."""
    taken = WebhookDelivery.objects.filter(event__account_id=account, webhooktry__outcome=DELIVERED)
    if holder.party:
        taken = taken.filter(endpoint__partner=holder.partner)
    rows = taken.annotate(at=Min("webhooktry__at")).select_related("event", "endpoint").order_by("at", "id")
    return [Told(row.at, row.endpoint.partner, row.event.kind, row.event.body) for row in rows]
