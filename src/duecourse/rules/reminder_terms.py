"""When the house reminds of a due, by which channels, in which words; what a message must state by law."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from . import catalogue, places
from .contact_rules import CHANNELS
from .fields import TermsRefused
from .read import RuleMissing, document, in_force

PATH = "house/reminders.toml"
SPELT = {"in_app": "app"}
"""What rows of law call a channel otherwise."""
CREDITOR, COLLECTOR = "creditor", "debt_collector"


class ReminderTerms(NamedTuple):
    """Days before and after a due day, and the hour of the person's day at which a reminder goes out."""

    before_days: int
    early_days: int
    after_days: tuple[int, ...]
    hour: int


class HouseWords(NamedTuple):
    """What every reminder of a language says besides; acts_as: the lender writes as creditor or debt_collector."""

    sender: str
    pay: str
    help: str
    acts_as: str


class Statement(NamedTuple):
    """What a message must state, and the rule that asks for it."""

    rule: str
    states: tuple[str, ...]


def reminder_terms(*, on: date) -> ReminderTerms:
    """When reminders go out on a day."""
    row = in_force(PATH, "reminders", on)
    told = ReminderTerms(row["before_days"], row["early_days"], tuple(row["after_days"]), row["hour"])
    if min(told.before_days, told.early_days, *told.after_days) < 0 or not 0 <= told.hour < 24:
        raise TermsRefused(f"{PATH}: {told}: days are 0 or more, the hour is one of the day")
    return told


def channel_order(*, place: str, on: date) -> tuple[str, ...]:
    """The channels by which a person at a place is reminded, in order."""
    near = places.upward(place)
    rows = [row for row in document(PATH)["order"] if set(row["places"]) & set(near) and holds(row, on)]
    if not rows:
        raise RuleMissing(f"{PATH}: no order of channels for {place} on {on}")
    channels = tuple(max(rows, key=lambda row: row["from"])["channels"])
    if unknown := [one for one in channels if one not in CHANNELS]:
        raise TermsRefused(f"{PATH}: order: no such channel: {', '.join(unknown)}")
    return channels


def house_words(*, on: date, language: str) -> HouseWords:
    """What every reminder says in a language: zh or en."""
    row = in_force(PATH, "words", on)
    if row["acts_as"] not in (CREDITOR, COLLECTOR):
        raise TermsRefused(f"{PATH}: acts_as: {row['acts_as']!r} is none of {CREDITOR}, {COLLECTOR}")
    sender, pay, how_to_get_help = (row[f"{field}_{language}"] for field in ("sender", "pay", "help"))
    return HouseWords(sender, pay, how_to_get_help, row["acts_as"])


def required(
    *, place: str, on: date, purpose: str, channel: str, lender: str = CREDITOR
) -> tuple[Statement, ...]:  # fmt: skip
    """What a message must state at a place, by the rules of law of that place; `lender`: creditor or debt_collector."""
    found = []
    for one in catalogue.listed(place=places.upward(place)[0], on=on):
        told = one.parameters
        if one.topic != "required" or one.kind != "statement" or lender not in told.get("lenders", (lender,)):
            continue
        channels = {SPELT.get(name, name) for name in told["channels"]}
        if purpose in told["purposes"] and channels & {channel, "any"}:
            found.append(Statement(one.rule, tuple(told["must_state"])))
    return tuple(found)


def holds(row: Mapping[str, Any], on: date) -> bool:
    """Whether a row of the house is in force on a day."""
    return bool(row["from"] <= on <= row.get("to", on))
