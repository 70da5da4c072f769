"""The terms of acts as dated data: rows `acts` in a product's file; a product without them has the plain ones."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from duecourse.kernel.act_terms import NEVER_MADE, PLAIN_ACTS, UNTIL_BOUNCED, ActTerms
from duecourse.kernel.money import AMOUNT_MAX, PPM

from . import fields
from .fields import TermsRefused
from .read import document, in_force

WORDS = {"chargeback": {"never_made": NEVER_MADE, "until_bounced": UNTIL_BOUNCED}}
RANGES = {
    "hold_days": (1, 60),
    "deferral_fee_minor": (0, AMOUNT_MAX),
    "deferral_days": (1, 366),
    "deferrals_a_year": (0, 366),
    "re_ages_a_year": (0, 366),
    "re_age_parts": (1, 60),
    "arrangement_parts": (1, 120),
    "conversion_floor_minor": (0, AMOUNT_MAX),
    "conversion_fee_back_ppm": (0, PPM),
}


def of_product(code: str, day: date) -> ActTerms:
    """What an account of this product opened on a day gets."""
    path = f"house/products/{code}.toml"
    if "acts" not in document(path):
        return PLAIN_ACTS
    told = {name: value for name, value in in_force(path, "acts", day).items() if name not in ("from", "note")}
    return parse(told, where=path)


def parse(told: Mapping[str, Any], *, where: str) -> ActTerms:
    """Terms of acts from words and numbers; what is not said is as in the plain ones, what is too much is refused."""
    read: dict[str, int] = {}
    for field, value in told.items():
        if field not in ActTerms._fields:
            raise TermsRefused(f"{where}: {field}: not a term of acts")
        read[field] = fields.term(value, f"{where}: {field}", WORDS.get(field), RANGES.get(field))
    return PLAIN_ACTS._replace(**read)
