"""What must hold before a debt is taken to court: limitation and notice by the law, and the house's own terms."""

from datetime import date
from typing import NamedTuple

from . import catalogue, places
from .catalogue import Rule
from .fields import whole
from .read import RuleMissing, in_force, rows_in_force

PATH = "house/legal.toml"
RANGES = {
    "receipt_business_days": (0, 30),
    "notice_business_days": (0, 250),
    "demand_holds_days": (1, 3660),
    "looked_at_days": (1, 3660),
}


class LegalTerms(NamedTuple):
    """The house's days: until a letter has arrived, of notice, for which a demand holds, since care was last taken."""

    receipt_business_days: int
    notice_business_days: int
    demand_holds_days: int
    looked_at_days: int


class LimitationRule(NamedTuple):
    """After so many months a debt is barred or extinguished; what starts them anew, and by which rule."""

    rule: str
    months: int
    effect: str
    counted_from: str
    interrupted_by: tuple[str, ...]
    interruption: str
    verified: bool


class DemandWords(NamedTuple):
    """What a demand says in a language: how to pay, how to get help, how to dispute it."""

    pay: str
    help: str
    dispute: str


def legal_terms(*, on: date) -> LegalTerms:
    """The house's terms on a day."""
    row = in_force(PATH, "terms", on)
    return LegalTerms(*(whole(RANGES[name], row.get(name), f"{PATH}: {name}") for name in LegalTerms._fields))


def least_minor(*, currency: str, on: date) -> int:
    """The least that is sued for in a currency, in minor units."""
    row = in_force(PATH, "least", on)
    return int(row["least_minor"].get(currency, row["otherwise_minor"]))


def demand_words(*, language: str, on: date) -> DemandWords:
    """What a demand says in a language: zh or en."""
    row = in_force(PATH, "words", on)
    return DemandWords(*(row[f"{name}_{language}"] for name in DemandWords._fields))


def limitation_rule(*, place: str, on: date) -> LimitationRule | None:
    """The limitation of the nearest law of a place; None where none is kept."""
    row, again = nearest(place, on, "limitation"), nearest(place, on, "interruption")
    if row is None:
        return None
    told = row.parameters
    return LimitationRule(
        row.rule,
        told["months"],
        told["effect"],
        told["counted_from"],
        again.parameters["interrupted_by"] if again else (),
        again.rule if again else "",
        row.verified and (again is None or again.verified),
    )


def notice_rule(*, place: str, on: date) -> tuple[str, int]:
    """The law's days of notice before all of a debt is demanded, and the rule; none is 0 days by no rule."""
    row = nearest(place, on, "default_notice")
    return (row.rule, row.parameters["days"]) if row else ("", 0)


def demand_by_mail(*, place: str, on: date) -> bool:
    """Whether a demand may go by e-mail to a person at a place who agreed to it."""
    rows = rows_in_force(PATH, "demand_by_mail", on)
    return bool(rows) and bool(set(rows[-1]["places"]) & set(places.upward(place)))


def help_rule(*, place: str, on: date) -> str:
    """The rule by which help is offered before enforcement; "" where the law of a place has none."""
    rows = [one for one in listed(place, on) if one.topic == "forbearance" and one.kind in ("options", "duty")]
    return next((one.rule for one in rows if one.severity == "forbids"), "")


def nearest(place: str, on: date, kind: str) -> Rule | None:
    """The first row of a kind that holds at a place, the nearest first."""
    return next((one for one in listed(place, on) if one.kind == kind), None)


def listed(place: str, on: date) -> tuple[Rule, ...]:
    """The rules in force at a place; none where nothing is kept of it."""
    try:
        return catalogue.listed(place=place, on=on) if place else ()
    except RuleMissing:
        return ()
