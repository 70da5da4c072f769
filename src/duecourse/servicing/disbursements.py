"""What becomes of a draw's money on its way to the borrower: sent, confirmed, or failed and come back.

A draw whose money came back is undone as if it had never been made, with its interest, or repaid on the day on which it
came back: a term of the product. Either way the loan can be drawn again.
"""

from collections.abc import Mapping
from datetime import date

from duecourse.kernel.loan_terms import PAYOUT_REFUND
from duecourse.ledger import journal
from duecourse.ledger.journal import Locked, NoSuchAccount, Refused
from duecourse.ledger.tables import Request
from duecourse.rules import cash_terms

from . import agreed, changes, loans
from .acts import Receipt
from .cash_tables import Disbursement
from .loan_checks import DrawIsUsed
from .refusals import AfterOpenDay, NoSuchAct, NotALoan
from .tables import Account as Contract
from .tables import Act

MAY_FOLLOW: Mapping[str, tuple[str | None, ...]] = {
    "sent": (None,),
    "confirmed": (None, "sent"),
    "failed": (None, "sent", "confirmed"),
}
"""After which state each may come; None: after the draw itself."""


class NotInThisState(Refused):
    """The money of the draw was sent, confirmed or has failed already."""

    code = "disbursement_already_so"


def sent(*, account: int, draw: int, on: date, by: str, reason: str, key: str) -> int:
    """Keep that a draw's money was sent; answers the state's id."""
    return become(account, draw, "sent", on, by, reason, key)


def confirmed(*, account: int, draw: int, on: date, by: str, reason: str, key: str) -> int:
    """Keep that a draw's money arrived; answers the state's id."""
    return become(account, draw, "confirmed", on, by, reason, key)


def failed(*, account: int, draw: int, on: date, by: str, reason: str, key: str) -> Receipt:
    """Take a draw back whose money came back on a day, once for a key; its interest too, or as the terms say.

    Refused where acts that stand need the draw (`draw_in_use`): a payment made meanwhile is reversed first.
    """

    def work() -> Receipt:
        drawn = drawn_by(account, draw)
        journal.lock(account, key="", body=b"")
        if not Request.objects.filter(key=key).exists():
            refuse(account, draw, "failed", drawn, on)
        contract = Contract.objects.select_related("product").get(id=account)
        told = cash_terms.of_product(contract.product.code, contract.opened_on)
        if told.failed_draw == cash_terms.UNTIL_FAILED:
            body = {"amount": drawn.body["amount"], "mode": PAYOUT_REFUND}
            receipt = loans.act(account=account, kind="payment", on=on, by=by, reason=reason, key=key, **body)
        else:
            refuse_use(account, draw)
            receipt = loans.undo(account=account, of=draw, on=drawn.effective_day, by=by, reason=reason, key=key)
        if not receipt.again:
            act = Act.objects.filter(account_id=account).latest("id")
            Disbursement.objects.create(
                account_id=account, draw_id=draw, kind="failed", effective_day=on, act_id=act.id, by=by, reason=reason
            )
        return receipt

    return journal.atomically(work)


def become(account: int, draw: int, kind: str, on: date, by: str, reason: str, key: str) -> int:
    """Let a draw's money become something else, once for a key; answers the state's id."""

    def keep(locked: Locked) -> int:
        if on > locked.open_day:
            raise AfterOpenDay(f"account {account}: {on} is after the open day {locked.open_day}")
        refuse(account, draw, kind, drawn_by(account, draw), on)
        made = Disbursement.objects.create(
            account_id=account, draw_id=draw, kind=kind, effective_day=on, by=by, reason=reason
        )
        return int(made.id)

    body = {"account": account, "draw": draw, "becomes": kind, "on": on}
    return journal.keep_once(account, key=key, body=body, keep=keep)[0]


def drawn_by(account: int, draw: int) -> Act:
    """The draw of a loan that an act made."""
    contract = Contract.objects.filter(id=account).first()
    if contract is None:
        raise NoSuchAccount(f"account {account} does not exist")
    if not agreed.is_loan(contract.terms_id):
        raise NotALoan(f"account {account} is a line: nothing is drawn of it")
    found = Act.objects.filter(account_id=account, id=draw, kind="draw").first()
    if found is None:
        raise NoSuchAct(f"account {account} has no draw {draw}")
    return found


def refuse(account: int, draw: int, kind: str, drawn: Act, on: date) -> None:
    """Refuse a state that cannot follow, one of a draw that was taken back, and one before the draw or the last."""
    last = Disbursement.objects.filter(draw_id=draw).order_by("-id").first()
    now = last.kind if last else None
    if now not in MAY_FOLLOW[kind]:
        raise NotInThisState(f"account {account}: the money of draw {draw} is {now}, it cannot be {kind}")
    if draw not in changes.standing_acts(account):
        raise NoSuchAct(f"account {account}: draw {draw} was taken back")
    since = last.effective_day if last else drawn.effective_day
    if on < since:
        raise NotInThisState(f"account {account}: draw {draw} was {now or 'drawn'} on {since}, later than {on}")


def refuse_use(account: int, draw: int) -> None:
    """Refuse to undo the only draw under acts that stand and need one."""
    others = [one for one in changes.standing_acts(account).values() if one.kind not in (loans.OPENED, "charge")]
    if all(one.id != draw for one in others) or any(one.kind == "draw" and one.id != draw for one in others):
        return
    used = next((one for one in others if one.id != draw), None)
    if used is not None:
        raise DrawIsUsed(
            f"account {account}: {used.kind} of {used.effective_day} (act {used.id}) stands on draw {draw}"
        )


def states_of(*, account: int) -> list[Disbursement]:
    """What became of the money of a loan's draws, in the order in which it was recorded."""
    return list(Disbursement.objects.filter(account_id=account).order_by("id"))
