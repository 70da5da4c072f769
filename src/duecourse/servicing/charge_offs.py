"""The whole debt: due at once (acceleration); off the books and still owed (charge-off), payments then recovered."""

from datetime import date

from duecourse.kernel.account import owed_total

from . import changes
from .changes import Done
from .refusals import AlreadyChargedOff, NothingOwed
from .steps import Stand


def accelerate(*, account: int, on: date, by: str, reason: str, key: str) -> Done:
    """Make all that is owed due today, what has accrued too; what is past due keeps its days.

    Refused where nothing is owed, and where the debt was charged off.
    """

    def may(stand: Stand) -> None:
        refuse_without_debt(account, stand)

    return changes.do(account=account, kind="acceleration", on=on, by=by, reason=reason, key=key, body={}, may=may)


def refuse_without_debt(account: int, stand: Stand) -> None:
    """Refuse an act on the whole debt of an account that owes nothing or has left the books."""
    if stand.account.beside.charged_off > 0:
        raise AlreadyChargedOff(f"account {account} is charged off")
    if owed_total(stand.account) == 0:
        raise NothingOwed(f"account {account} owes nothing")


def charge_off(*, account: int, on: date, by: str, reason: str, key: str) -> Done:
    """Take what is owed off the books; the borrower owes it as before.

    What has accrued is charged first. By the terms all of it is due at once or as agreed, and bears interest or no
    more. The loss is what is owed less the income that was never recognised; payments after it are recoveries.
    """

    def may(stand: Stand) -> None:
        refuse_without_debt(account, stand)

    return changes.do(account=account, kind="charge_off", on=on, by=by, reason=reason, key=key, body={}, may=may)
