"""What the house grants by promises to pay."""

from datetime import date
from typing import NamedTuple

from .fields import whole
from .read import in_force

PATH = "house/care.toml"
RANGES = {"grace_days": (0, 30), "longest_days": (1, 366), "most_open": (1, 100)}


class PromiseTerms(NamedTuple):
    """Days after a promised one in which the money may come, how far away that day may be, how many may be open."""

    grace_days: int
    longest_days: int
    most_open: int


def promise_terms(*, on: date) -> PromiseTerms:
    """What holds for a promise that is made on a day."""
    row = in_force(PATH, "promise", on)
    return PromiseTerms(*(whole(RANGES[name], row.get(name), f"{PATH}: {name}") for name in PromiseTerms._fields))
