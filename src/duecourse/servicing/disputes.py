"""A purchase that the borrower disputes: the amount is set apart until it is decided."""

from datetime import date

from django.db import connection

from duecourse.ledger import chart
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number

from . import changes, past_events
from .changes import Done
from .fees import refuse_amount
from .tables import Act


class MoreThanBought(Refused):
    """More than the purchase is disputed."""

    code = "more_than_bought"


class NotOpenDispute(Refused):
    """There is no such dispute, or it has been decided."""

    code = "dispute_not_open"


def open_dispute(*, account: int, entry: int, amount_minor: int, on: date, by: str, reason: str, key: str) -> Done:
    """Set a disputed amount of a purchase apart: it bears no interest, is in no minimum, cannot be past due."""
    refuse_amount(account, amount_minor)
    with connection.cursor() as cursor:
        bought = past_events.found_in_force(cursor, account, entry, (chart.PURCHASE,)).line
    price = abs(bought.amounts[chart.COLUMNS.index(chart.COUNTERPART[chart.PURCHASE])])

    def may(stand: object) -> None:
        disputed = sum(
            one.body["amount"]
            for one in changes.standing_acts(account).values()
            if one.kind == "dispute" and one.body["entry"] == bought.place
        )
        if disputed + amount_minor > price:
            raise MoreThanBought(f"account {account}: {disputed} and {amount_minor} are more than the {price} bought")
        if day_number(on) < bought.day:
            raise MoreThanBought(f"account {account}: nothing was bought yet on {on}")

    body = {"entry": bought.place, "amount": amount_minor}
    return changes.do(account=account, kind="dispute", on=on, by=by, reason=reason, key=key, body=body, may=may)


def uphold(*, account: int, dispute: int, on: date, by: str, reason: str, key: str) -> Done:
    """Decide for the borrower: the merchant bears the amount."""
    opened = found(account, dispute)
    return decide("dispute_upheld", account, opened, on, by, reason, key)


def reject(*, account: int, dispute: int, on: date, by: str, reason: str, key: str) -> Done:
    """Decide for the merchant: the amount is owed again, with the interest of the time where the terms say so."""
    opened = found(account, dispute)
    return decide("dispute_rejected", account, opened, on, by, reason, key)


def found(account: int, dispute: int) -> Act:
    """A dispute of an account."""
    opened = Act.objects.filter(account_id=account, id=dispute, kind="dispute").first()
    if opened is None:
        raise NotOpenDispute(f"account {account} has no dispute {dispute}")
    return opened


def decide(kind: str, account: int, opened: Act, on: date, by: str, reason: str, key: str) -> Done:
    """Decide a dispute that is open."""

    def may(stand: object) -> None:
        stands = changes.standing_acts(account)
        if opened.id not in stands or any(one.body.get("act") == opened.id for one in stands.values()):
            raise NotOpenDispute(f"account {account}: dispute {opened.id} is not open")
        if on < opened.effective_day:
            raise NotOpenDispute(f"account {account}: dispute {opened.id} was opened later than {on}")

    body = {"act": opened.id, "amount": opened.body["amount"], "since": day_number(opened.effective_day)}
    return changes.do(account=account, kind=kind, on=on, by=by, reason=reason, key=key, body=body, may=may)
