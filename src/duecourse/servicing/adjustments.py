"""Credits that a lender gives: goodwill, corrections of what came in wrong."""

from datetime import date

from duecourse.ledger import chart

from .acts import Act, Receipt, perform


def credit(*, account: int, amount_minor: int, on: date, key: str) -> Receipt:
    """Credit an account at the lender's cost; it meets what is owed as a payment would."""
    return perform(Act(account, chart.ADJUSTMENT, amount_minor, on, key))
