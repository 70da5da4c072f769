"""Terms as agreed: kept once, frozen, read from memory; and the product, calendar and rules that go with them."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from duecourse.kernel import loan_row
from duecourse.kernel.accrual import carry_units
from duecourse.kernel.act_terms import PLAIN_ACTS, ActTerms
from duecourse.kernel.days import Calendar
from duecourse.kernel.loan_terms import LoanTerms
from duecourse.kernel.terms import LineTerms
from duecourse.ledger.tables import Product
from duecourse.rules import act_terms as act_rules
from duecourse.rules import loan_terms as loan_rules
from duecourse.rules import read as rules
from duecourse.rules.fields import TermsRefused

from . import loan_checks
from .refusals import NotALine, NotALoan
from .tables import Terms

NOT_KEPT = 0
"""The id of terms that are only looked at: no row has them yet."""


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
    """The ledger's row of a product; its currency and year basis never change.

    Loans count days as their terms say; what they accrue is kept in the same parts whatever that is.
    """
    told = rules.product(code)
    year_days = loan_row.YEAR_DAYS if told.kind == "loan" else told.year_days
    row, _ = Product.objects.get_or_create(
        code=code,
        defaults={"currency": told.currency, "exponent": told.exponent, "year_days": year_days},
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
        raise TermsRefused(f"{product}: year_days: {agreed.year_days} is not the product's {row.year_days}")
    if isinstance(agreed, LoanTerms):
        loan_checks.terms_of(agreed, product)
    body = rules.frozen(agreed) if isinstance(agreed, LineTerms) else loan_rules.frozen(agreed)
    if acts != PLAIN_ACTS:
        body = {**body, "acts": acts._asdict()}
    digest = hashlib.sha256(f"{product}\0{json.dumps(body, sort_keys=True)}".encode()).digest()
    kept, _ = Terms.objects.get_or_create(digest=digest, defaults={"product": row, "body": body})
    return kept.id


def kept(told: Agreed) -> Agreed:
    """The same terms as they are kept."""
    if told.terms_id != NOT_KEPT:
        return told
    return of(freeze(product=told.product.code, agreed=told.terms, acts=told.acts))


class Held(NamedTuple):
    """Terms as they are kept: their product and their body."""

    product: rules.Product
    product_id: int
    body: Mapping[str, Any]


@cache
def _kept(terms_id: int, database: str) -> Held:
    """Rows never change, so they stay in memory, by database."""
    kept = Terms.objects.select_related("product").get(id=terms_id)
    return Held(rules.product(kept.product.code), kept.product_id, kept.body)


def of(terms_id: int) -> Agreed:
    """The agreed terms of lines with this id; those of loans are refused."""
    if is_loan(terms_id):
        raise NotALine("the account is a loan, not a line")
    return _of(int(terms_id), connection.settings_dict["NAME"])


@cache
def _of(terms_id: int, database: str) -> Agreed:
    product, product_id, kept = _kept(terms_id, database)
    body = dict(kept)
    acts = ActTerms(**body.pop("acts", {}))
    return Agreed(terms_id, product, product_id, rules.thawed(body), rules.calendar(product.calendar), acts)


def loan(terms_id: int) -> LoanAgreed:
    """The agreed terms of loans with this id; those of lines are refused."""
    if not is_loan(terms_id):
        raise NotALoan("the account is a line, not a loan")
    return _loan(int(terms_id), connection.settings_dict["NAME"])


@cache
def _loan(terms_id: int, database: str) -> LoanAgreed:
    product, product_id, body = _kept(terms_id, database)
    return LoanAgreed(terms_id, product, product_id, loan_rules.thawed(body), rules.calendar(product.calendar))


def is_loan(terms_id: int) -> bool:
    """Whether terms are those of a loan."""
    return _kept(int(terms_id), connection.settings_dict["NAME"]).product.kind == "loan"


def loan_in_force(*, product: str, day: date) -> LoanTerms:
    """What a loan opened today would be offered."""
    return loan_rules.in_force(product, day)


def in_force(*, product: str, day: date) -> LineTerms:
    """What a line opened today would be offered."""
    return rules.line_terms(product, day)


def acts_in_force(*, product: str, day: date) -> ActTerms:
    """What would hold for acts on a line opened today."""
    return act_rules.of_product(product, day)
