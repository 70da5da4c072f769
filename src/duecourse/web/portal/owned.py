"""What belongs to the borrower who is signed in: their accounts, and no other person's."""

from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.http import Http404

from duecourse.outreach import compose
from duecourse.servicing.tables import Account

from ..console import words

AMOUNT_MAX_DIGITS = 13


class Own(NamedTuple):
    """One of the borrower's accounts, and how amounts are written in its currency."""

    id: int
    number: str
    product: str
    currency: str
    exponent: int

    def money(self, minor: int) -> str:
        """An amount as the page's language writes it."""
        return compose.money(minor, self.currency, self.exponent, words.language())

    def minor(self, told: str) -> int | None:
        """An amount as somebody typed it, in minor units; None for what is no amount of this currency."""
        try:
            amount = Decimal(told.strip().replace(",", "").replace("，", ""))
        except InvalidOperation:
            return None
        if not amount.is_finite() or amount < 0 or amount.adjusted() > AMOUNT_MAX_DIGITS:
            return None
        scaled = amount.scaleb(self.exponent)
        return int(scaled) if scaled == scaled.to_integral_value() else None


def accounts(borrower: int) -> list[Own]:
    """A borrower's accounts, in the order in which they were opened."""
    rows = Account.objects.filter(borrower_id=borrower).select_related("product").order_by("id")
    return [Own(row.id, row.number, row.product.code, row.product.currency, row.product.exponent) for row in rows]


def account(borrower: int, number: str) -> Own:
    """A borrower's account with this number; one of somebody else is no page, as one that is not there."""
    found = next((one for one in accounts(borrower) if one.number == number), None)
    if found is None:
        raise Http404
    return found
