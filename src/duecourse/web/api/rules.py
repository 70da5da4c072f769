"""Products and rules: what is offered, and what law and house ask on a day, dated and cited."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Schema

from duecourse import clock
from duecourse.ledger.tables import Product as Row
from duecourse.rules import catalogue

from . import shapes
from .fields import Day, MayBeEmpty
from .operations import Door

door = Door(tags=["rules"])
SCOPE = "book:read"


class Product(Schema):
    """A product of which accounts were opened."""

    code: str
    currency: str
    exponent: int


class Rule(Schema):
    """A rule in force, with its source; `until`: null until further notice."""

    rule: str
    place: str
    kind: str
    since: date
    until: date | None
    en: str
    zh: str
    cite: str
    legal_status: str
    verified: bool
    severity: str


@door.reads("/products", SCOPE, shapes.many(Product))
def list_products(request: HttpRequest) -> Any:
    """The products of which accounts were opened."""
    return list(Row.objects.order_by("code"))


@door.reads("/rules", SCOPE, shapes.many(Rule))
def list_rules(request: HttpRequest, on: Day | None = None, place: MayBeEmpty = "") -> Any:
    """The rules in force on a day, today if none is named; at a place, nearest first, or at all of them."""
    return list(catalogue.listed(on=on or clock.today(), place=place or None))
