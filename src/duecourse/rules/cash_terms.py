"""The terms of money that comes in unattributed and of money that comes back: rows `cash` in a product's file.

They are not kept with an account: those in force on the day of its opening hold for its life. A product without them
has the plain ones.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from .fields import TermsRefused, word
from .read import document, in_force

FROM_RECEIPT, FROM_ATTRIBUTION = 0, 1
"""From which day money that lay in suspense counts: the day on which it came, or the day on which it was attributed."""
NEVER_MADE, UNTIL_FAILED = 0, 1
"""What a draw counts as whose money came back: never made, or made until the day on which it failed."""
WORDS = {
    "suspense": {"received": FROM_RECEIPT, "attributed": FROM_ATTRIBUTION},
    "failed_draw": {"never_made": NEVER_MADE, "until_failed": UNTIL_FAILED},
}


class CashTerms(NamedTuple):
    """From when unattributed money counts, and what a draw counts as whose money came back."""

    suspense: int = FROM_RECEIPT
    failed_draw: int = NEVER_MADE


def of_product(code: str, opened_on: date) -> CashTerms:
    """What holds for an account of this product that was opened on a day."""
    path = f"house/products/{code}.toml"
    if "cash" not in document(path):
        return CashTerms()
    return parse(in_force(path, "cash", opened_on), where=path)


def parse(told: Mapping[str, Any], *, where: str) -> CashTerms:
    """Terms from words; what is not said is as in the plain ones, what is too much is refused by name."""
    read = {}
    for field, value in told.items():
        if field in ("from", "note"):
            continue
        if field not in WORDS:
            raise TermsRefused(f"{where}: {field}: not a term of cash")
        read[field] = word(WORDS[field], value, f"{where}: {field}")
    return CashTerms(**read)
