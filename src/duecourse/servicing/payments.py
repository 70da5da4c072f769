"""Payments: receive one; reverse one that bounced."""

from datetime import date

from duecourse.ledger import chart

from . import replay
from .acts import Act, Receipt, perform


def receive(*, account: int, amount_minor: int, received_on: date, key: str, channel: int = 0) -> Receipt:
    """Receive a payment: the oldest minimum first, then the rest; what nothing owed can take is a credit balance.

    A payment effective before the open day is posted by replay: the account is computed again from its beginning.
    """
    return perform(Act(account, chart.PAYMENT, amount_minor, received_on, key, channel))


def reverse(*, account: int, entry: int, reason: str, by: str, key: str) -> int:
    """Undo a payment as if it had never been made (a bounced payment); the account is replayed from its day.

    Answers the id of the reversal. An entry that is no payment of this account, or is reversed, is refused.
    """
    return replay.reverse(account=account, entry=entry, kinds=(chart.PAYMENT,), reason=reason, by=by, key=key)
