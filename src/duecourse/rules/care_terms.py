"""What the house grants by promises to pay, and the law by breathing spaces."""

from datetime import date
from typing import NamedTuple

from . import catalogue
from .fields import whole
from .read import RuleMissing, in_force

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


class BreathingSpaceTerms(NamedTuple):
    """How long a standard breathing space lasts, within how many months there is one, how long a crisis is followed."""

    rule: str
    most_days: int
    once_in_months: int
    crisis_more_days: int


def breathing_space_terms(*, place: str, on: date) -> BreathingSpaceTerms | None:
    """What the law of a place says of breathing spaces that begin on a day; None where it knows none."""
    try:
        listed = catalogue.listed(place=place, on=on) if place else ()
    except RuleMissing:
        return None
    row = next((one for one in listed if one.kind == "breathing_space"), None)
    if row is None:
        return None
    return BreathingSpaceTerms(row.rule, *(row.parameters[name] for name in BreathingSpaceTerms._fields[1:]))
