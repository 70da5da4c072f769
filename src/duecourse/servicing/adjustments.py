"""Credits that a lender gives: goodwill, corrections of what came in wrong; a credit balance paid out."""

from datetime import date

from duecourse.ledger import chart
from duecourse.ledger.journal import Refused

from . import changes, loans
from .acts import Act, Receipt, perform, perform_as
from .changes import Done
from .fees import refuse_amount
from .refusals import NotALine
from .steps import Stand


def credit(*, account: int, amount_minor: int, on: date, key: str) -> Receipt:
    """Credit an account at the lender's cost; it meets what is owed as a payment would."""
    return perform(Act(account, chart.ADJUSTMENT, amount_minor, on, key))


def goodwill(*, account: int, amount_minor: int, on: date, by: str, reason: str, key: str) -> Receipt:
    """Credit an account as a gesture of the lender's, with who gave it and why.

    It meets what is owed as a payment would. What a line does not owe is a credit balance; a loan takes no more than is
    owed.
    """
    try:
        asked = Act(account, chart.ADJUSTMENT, amount_minor, on, key)
        return perform_as(asked, kind="goodwill", by=by, reason=reason, body={"amount": amount_minor})
    except NotALine:
        return loans.give(account=account, amount_minor=amount_minor, on=on, by=by, reason=reason, key=key)


class MoreThanCredit(Refused):
    """Never more is paid out than there is of a credit balance."""

    code = "more_than_credit_balance"


def pay_out(*, account: int, amount_minor: int, on: date, by: str, reason: str, key: str) -> Done:
    """Pay a credit balance back to the borrower, or a part of it."""
    refuse_amount(account, amount_minor)

    def may(stand: Stand) -> None:
        if amount_minor > stand.account.credit:
            there = stand.account.credit
            raise MoreThanCredit(f"account {account}: {amount_minor} is more than the credit balance of {there}")

    body = {"amount": amount_minor}
    return changes.do(account=account, kind="credit_refund", on=on, by=by, reason=reason, key=key, body=body, may=may)
