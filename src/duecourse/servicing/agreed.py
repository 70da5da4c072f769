"""Terms as agreed: kept once, frozen, read from memory; and the product, calendar and rules that go with them."""

import hashlib
import json
from datetime import date
from functools import cache
from typing import NamedTuple

from django.db import connection

from duecourse.kernel.accrual import carry_units
from duecourse.kernel.act_terms import PLAIN_ACTS, ActTerms
from duecourse.kernel.days import Calendar
from duecourse.kernel.loan_terms import LoanTerms
from duecourse.kernel.terms import LineTerms
from duecourse.ledger.tables import Product
from duecourse.rules import act_terms as act_rules
from duecourse.rules import loan_terms as loan_rules
from duecourse.rules import read as rules

from . import loan_checks
from .refusals import NotALine
from .tables import Terms


class Agreed(NamedTuple):
    """The frozen terms of some accounts, with the product's identity."""

    terms_id: int
    product: rules.Product
    product_id: int
    terms: LineTerms
    calendar: Calendar
    acts: ActTerms = PLAIN_ACTS

    @property
    def units(self) -> int:
        """Into how many parts a carry divides a minor unit."""
        return carry_units(self.terms.year_days)


def product_row(code: str) -> Product:
    """The ledger's row of a product; its currency and year basis never change."""
    told = rules.product(code)
    row, _ = Product.objects.get_or_create(
        code=code,
        defaults={"currency": told.currency, "exponent": told.exponent, "year_days": told.year_days},
    )
    return row


class LoanAgreed(NamedTuple):
    """The frozen terms of some loans, with the product's identity."""

    terms_id: int
    product: rules.Product
    product_id: int
    terms: LoanTerms
    calendar: Calendar


def freeze(*, product: str, agreed: LineTerms | LoanTerms, acts: ActTerms = PLAIN_ACTS) -> int:
    """Keep terms; the same terms of the same product are kept once. A line's year basis is the product's.

    `acts`: what holds for acts on a line.
    """
    row = product_row(product)
    if isinstance(agreed, LineTerms) and agreed.year_days != row.year_days:
        raise rules.TermsRefused(f"{product}: year_days: {agreed.year_days} is not the product's {row.year_days}")
    if isinstance(agreed, LoanTerms):
        loan_checks.terms_of(agreed, row.year_days, product)
    body = rules.frozen(agreed) if isinstance(agreed, LineTerms) else loan_rules.frozen(agreed)
    if acts != PLAIN_ACTS:
        body = {**body, "acts": acts._asdict()}
    digest = hashlib.sha256(f"{product}\0{json.dumps(body, sort_keys=True)}".encode()).digest()
    kept, _ = Terms.objects.get_or_create(digest=digest, defaults={"product": row, "body": body})
    return kept.id


def of(terms_id: int) -> Agreed:
    """The agreed terms of lines with this id; those of loans are refused."""
    return _of(int(terms_id), connection.settings_dict["NAME"])


@cache
def _of(terms_id: int, database: str) -> Agreed:
    """Rows never change, so they stay in memory, by database."""
    kept = Terms.objects.select_related("product").get(id=terms_id)
    product = rules.product(kept.product.code)
    if product.kind == "loan":
        raise NotALine(f"{product.code} is a loan, not a line")
    body = dict(kept.body)
    acts = ActTerms(**body.pop("acts", {}))
    return Agreed(terms_id, product, kept.product_id, rules.thawed(body), rules.calendar(product.calendar), acts)


def loan(terms_id: int) -> LoanAgreed:
    """The agreed terms of loans with this id."""
    return _loan(int(terms_id), connection.settings_dict["NAME"])


@cache
def _loan(terms_id: int, database: str) -> LoanAgreed:
    """As `_of`, for loans."""
    kept = Terms.objects.select_related("product").get(id=terms_id)
    product = rules.product(kept.product.code)
    terms = loan_rules.thawed(kept.body)
    return LoanAgreed(terms_id, product, kept.product_id, terms, rules.calendar(product.calendar))


def is_loan(terms_id: int) -> bool:
    """Whether terms are those of a loan."""
    return _is_loan(int(terms_id), connection.settings_dict["NAME"])


@cache
def _is_loan(terms_id: int, database: str) -> bool:
    code: str = Terms.objects.values_list("product__code", flat=True).get(id=terms_id)
    return rules.product(code).kind == "loan"


def loan_in_force(*, product: str, day: date) -> LoanTerms:
    """What a loan opened today would be offered."""
    return loan_rules.in_force(product, day)


def in_force(*, product: str, day: date) -> LineTerms:
    """What a line opened today would be offered."""
    return rules.line_terms(product, day)


def acts_in_force(*, product: str, day: date) -> ActTerms:
    """What would hold for acts on a line opened today."""
    return act_rules.of_product(product, day)
