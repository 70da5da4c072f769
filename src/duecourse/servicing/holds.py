"""Authorisations: an amount is held, then captured as a purchase, voided, or it expires by the terms."""

from datetime import date, timedelta

from duecourse.ledger import journal
from duecourse.ledger.journal import Refused
from duecourse.rules.read import to_date

from . import agreed, changes, purchases
from .acts import Receipt
from .changes import Coming, Done
from .fees import refuse_amount
from .steps import Stand
from .tables import Account as Contract
from .tables import Act


class HoldEnded(Refused):
    """The hold was captured, voided or has expired, or there never was one."""

    code = "hold_ended"


def place(*, account: int, amount_minor: int, on: date, by: str, key: str, reason: str = "authorised") -> Done:
    """Authorise an amount and hold it: it counts against what is available until it is captured, voided or expires.

    Refused when the line is suspended or closed, or its limit does not allow it.
    """
    refuse_amount(account, amount_minor)
    contract = Contract.objects.filter(id=account).first()
    days = agreed.of(contract.terms_id).acts.hold_days if contract and not agreed.is_loan(contract.terms_id) else 1

    def may(stand: Stand) -> None:
        purchases.refuse(account, amount_minor, stand.account, stand.dues, stand.told, on)

    def follows(act: int) -> list[Coming]:
        return [Coming("release", on + timedelta(days=days), {"amount": amount_minor, "act": act})]

    body = {"amount": amount_minor}
    return changes.do(
        account=account, kind="hold", on=on, by=by, reason=reason, key=key, body=body, may=may, follows=follows
    )


def expiry(account: int, hold: int) -> Act:
    """The expiry of a hold that is still to come; refused where the hold has ended."""
    stands = {one.id: one for one in changes.told_of(account=account)}
    undone = {one.undoes for one in stands.values()}
    found = next(
        (
            one
            for one in stands.values()
            if one.kind == "release" and one.body.get("act") == hold and one.id not in undone
        ),
        None,
    )
    if found is None:
        raise HoldEnded(f"account {account} has no hold {hold} that is open")
    return found


def end(account: int, hold: int, on: date, by: str, reason: str, key: str) -> int:
    """End a hold today, inside the caller's transaction; answers the amount that was held."""
    hashed = Act.objects.filter(account_id=account, id=hold, kind="hold").first()
    if hashed is None:
        raise HoldEnded(f"account {account} has no hold {hold}")
    amount = int(hashed.body["amount"])

    def may(stand: Stand) -> None:
        still = expiry(account, hold)
        if still.effective_day <= to_date(stand.account.day):
            raise HoldEnded(f"account {account}: hold {hold} expired on {still.effective_day}")
        changes.call_off(account=account, act=still.id, by=by, reason=reason)

    body = {"amount": amount, "hold": hold}
    changes.do(account=account, kind="release", on=on, by=by, reason=reason, key=key, body=body, may=may)
    return amount


def capture(*, account: int, hold: int, amount_minor: int, on: date, by: str, key: str, category: int = 0) -> Receipt:
    """Post the purchase that was authorised, of any amount; the hold ends. One that ended before is refused."""

    def work() -> Receipt:
        end(account, hold, on, by, "captured", f"{key}:hold")
        return purchases.post(account=account, amount_minor=amount_minor, on=on, key=key, category=category)

    return journal.atomically(work)


def void(*, account: int, hold: int, on: date, by: str, reason: str, key: str) -> None:
    """Give an authorised amount free again."""
    journal.atomically(lambda: end(account, hold, on, by, reason, key))
