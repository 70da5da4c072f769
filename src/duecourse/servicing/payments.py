"""Payments: receive one; reverse one that bounced."""

from datetime import date

from django.db import connection

from duecourse.kernel.act_terms import NEVER_MADE
from duecourse.ledger import chart
from duecourse.rules.read import day_number

from . import changes, correction, loans, past_events
from .acts import Act, Receipt, perform, perform_as
from .refusals import NotALine, NotReversible


def receive(*, account: int, amount_minor: int, received_on: date, key: str, channel: int = 0) -> Receipt:
    """Receive a payment: the oldest minimum first, then the rest; what nothing owed can take is a credit balance.

    A payment effective before the open day is posted by replay: the account is computed again from its beginning. A
    loan shares it out by its own terms.
    """
    try:
        return perform(Act(account, chart.PAYMENT, amount_minor, received_on, key, channel))
    except NotALine:
        return loans.pay(account=account, amount_minor=amount_minor, on=received_on, key=key, channel=channel)


def reverse(*, account: int, entry: int, reason: str, by: str, key: str) -> int:
    """Undo a payment as if it had never been made (a bounced payment); the account is replayed from its day.

    Answers the id of the reversal. An entry that is no payment of this account, or is reversed, is refused.
    """
    try:
        return correction.reverse(account=account, entry=entry, kinds=(chart.PAYMENT,), reason=reason, by=by, key=key)
    except NotALine:
        return loans.undo_payment(account=account, entry=entry, by=by, reason=reason, key=key).entry_id


def receive_from(
    *, account: int, payer: str, amount_minor: int, received_on: date, by: str, key: str, channel: int = 0
) -> Receipt:
    """Receive a payment that somebody else made for the borrower; the act says who paid."""
    told = {"by": by, "reason": f"paid by {payer}"}
    try:
        return perform_as(
            Act(account, chart.PAYMENT, amount_minor, received_on, key, channel),
            kind="paid_by",
            body={"payer": payer, "channel": channel},
            **told,
        )
    except NotALine:
        return loans.pay(account=account, amount_minor=amount_minor, on=received_on, key=key, channel=channel, **told)


def bounce(*, account: int, entry: int, on: date, by: str, reason: str, key: str) -> int:
    """Take back a payment that bounced, as the account's terms say; answers the id of the entry that does it.

    Never made: it is reversed and the account replayed without it. Made until it bounced: on that day what it met is
    owed again by component, principal without a window, and due at once.
    """
    if past_events.first_agreed(account).acts.chargeback == NEVER_MADE:
        return reverse(account=account, entry=entry, reason=reason, by=by, key=key)
    with connection.cursor() as cursor:
        paid = past_events.found_in_force(cursor, account, entry, (chart.PAYMENT,)).line

    def may(stand: object) -> None:
        if any(one.body.get("payment") == paid.place for one in changes.standing_acts(account).values()):
            raise NotReversible(f"payment {entry} of account {account} has bounced already")
        if day_number(on) < paid.day:
            raise NotReversible(f"payment {entry} of account {account} cannot bounce before it was made")

    body = {"payment": paid.place}
    done = changes.do(account=account, kind="bounce", on=on, by=by, reason=reason, key=key, body=body, may=may)
    return done.entry_id or 0
