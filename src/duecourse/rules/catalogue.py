"""Every rule of law, and every rule of contact of the house: in force on a day, and what changes between two days.

The place of a rule is its folder in upper case (law/us-ma: US-MA), HOUSE for the house's own. What holds at a place is
its own rules, those of its country where it is a state, those of WORLD and of HOUSE. A later row of a rule replaces the
one before it, within its file and table.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from .places import lies_in
from .read import RuleMissing, document, own_folder
from .row_shape import SAID

EVERYWHERE = ("WORLD", "HOUSE")
"""The places whose rules hold at every other: what all countries share, and what the lender asks of itself."""
CONCERNS = ("lenders", "products", "kinds", "borrowers", "purposes", "channels")
"""The parameters by which a row says whom it is about."""
BEGAN, ENDED, REPLACED, PASSED = "began", "ended", "replaced", "came and went"


class DaysCrossed(ValueError):
    """The first of two days lies after the second."""

    code = "days_crossed"


class Rule(NamedTuple):
    """One row: the rule as it stands from `since` through `until` (None: until further notice)."""

    rule: str
    place: str
    file: str
    kind: str
    since: date
    until: date | None
    zh: str
    en: str
    cite: str
    legal_status: str
    verified: bool
    severity: str
    parameters: Mapping[str, Any]

    @property
    def topic(self) -> str:
        """The name of its file: contact, cost, debit, …"""
        return self.file.rpartition("/")[2].removesuffix(".toml")

    def text(self, language: str) -> str:
        """The rule in words: zh or en."""
        return self.zh if language == "zh" else self.en

    def holds(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.since <= on and (self.until is None or on <= self.until)

    @property
    def only_at(self) -> frozenset[str] | None:
        """The places to which a row limits itself; None: it does not. (The `places` of a measure are decimals.)"""
        told = self.parameters.get("places")
        return frozenset(told) if isinstance(told, tuple) else None

    def is_of(self, kind: str) -> bool:
        """Whether it is of this kind: the name of its table, or of its file."""
        return kind in (self.kind, self.topic)


class Change(NamedTuple):
    """What becomes of a rule between two days; `differs` holds each field that is not as it was, before and after."""

    what: str
    rule: str
    place: str
    kind: str
    on: date
    before: Rule | None
    after: Rule | None
    differs: Mapping[str, tuple[Any, Any]]
    concerns: Mapping[str, tuple[str, ...]]


@cache
def every() -> tuple[Rule, ...]:
    """Every row of every file, whenever it is in force, by place, file, table, rule and day."""
    return tuple(one for path in paths() for one in rules_of(path))


def paths() -> list[str]:
    """The files that hold rows of the shape, shipped and the operator's, by their paths under rules/."""
    found = set()
    for folder in (files("duecourse.rules"), *own_folder()):
        law = folder.joinpath("law")
        for place in law.iterdir() if law.is_dir() else ():
            found |= {f"law/{place.name}/{one.name}" for one in place.iterdir() if one.name.endswith(".toml")}
        if folder.joinpath("house", "contact.toml").is_file():
            found.add("house/contact.toml")
    return sorted(found)


def rules_of(path: str) -> Iterator[Rule]:
    """The rows of a file as rules, each ended on the eve of the one that replaces it."""
    place = path.split("/")[1].upper() if path.startswith("law/") else "HOUSE"
    for table, rows in sorted(document(path).items()):
        versions: dict[str, dict[date, Mapping[str, Any]]] = {}
        for row in rows:
            versions.setdefault(row["rule"], {})[row["from"]] = row
        for _, told in sorted(versions.items()):
            for since, row in sorted(told.items()):
                later = [day - timedelta(days=1) for day in told if day > since]
                until = min([*later, *([row["to"]] if "to" in row else [])], default=None)
                yield rule_from(row, place, path, table, until)


def rule_from(row: Mapping[str, Any], place: str, path: str, table: str, until: date | None) -> Rule:
    """One row as a value."""
    texts = {field: row[field] for field in ("zh", "en", "cite", "legal_status", "verified", "severity")}
    own = {field: frozen(value) for field, value in row.items() if field not in SAID}
    return Rule(row["rule"], place, path, table, row["from"], until, **texts, parameters=MappingProxyType(own))


def frozen(value: Any) -> Any:
    """The same value, which cannot be changed."""
    if isinstance(value, list):
        return tuple(frozen(one) for one in value)
    if isinstance(value, dict):
        return MappingProxyType({name: frozen(one) for name, one in value.items()})
    return value


def places() -> list[str]:
    """Every place that has rules, in order."""
    return sorted({one.place for one in every()})


def holding_at(place: str) -> tuple[str, ...]:
    """The places whose rules hold at a place, the nearest first; one of which nothing is known is refused.

    >>> holding_at("us-ma")
    ('US-MA', 'US', 'WORLD', 'HOUSE')
    >>> holding_at("DE")
    ('DE', 'EU', 'WORLD', 'HOUSE')
    """
    own = lies_in(place)
    if not {*own} & {*places()}:
        raise RuleMissing(f"no rules of {place.upper()} are known; there are those of {', '.join(places())}")
    return tuple(dict.fromkeys((*own, *EVERYWHERE)))


def listed(*, on: date, place: str | None = None) -> tuple[Rule, ...]:
    """The rules in force on a day, at a place (nearest first) or at all places."""
    return tuple(one for one in at(place) if one.holds(on))


def at(place: str | None) -> tuple[Rule, ...]:
    """Every row that holds at a place, nearest first; without a place all rows.

    A row that names `places` (one of the house's) holds at those alone.
    """
    if place is None:
        return every()
    near = holding_at(place)
    found = [one for one in every() if one.place in near and (one.only_at is None or one.only_at & {*near})]
    return tuple(sorted(found, key=lambda one: near.index(one.place)))


def changed(first: date, second: date, *, place: str | None = None) -> tuple[Change, ...]:
    """What began, ended or was replaced from one day to another, by the day of it; without a place, everywhere.

    A rule whose new row says what the old one said has not changed. One that came and went between the days is told.
    """
    if second < first:
        raise DaysCrossed(f"{first} lies after {second}")
    lives: dict[tuple[str, str, str], list[Rule]] = {}
    for one in at(place):
        lives.setdefault((one.place, f"{one.file}:{one.kind}", one.rule), []).append(one)
    found = [change for life in lives.values() if (change := between(life, first, second))]
    return tuple(sorted(found, key=lambda one: (one.on, one.place, one.rule)))


def between(life: list[Rule], first: date, second: date) -> Change | None:
    """What becomes of one rule, given all its rows, from one day to another."""
    before = next((one for one in life if one.holds(first)), None)
    after = next((one for one in life if one.holds(second)), None)
    if before and after:
        differs = differing(before, after)
        return change(REPLACED, after.since, before, after, differs) if differs else None
    if after:
        return change(BEGAN, after.since, None, after, {})
    if before and before.until:
        ended = max(one.until for one in life if one.until and one.since <= second)
        return change(ENDED, ended + timedelta(days=1), before, None, {})
    within = [one for one in life if first < one.since <= second]
    return change(PASSED, within[0].since, None, within[-1], {}) if within else None


def change(
    what: str, on: date, before: Rule | None, after: Rule | None, differs: Mapping[str, tuple[Any, Any]]
) -> Change:
    """A change as a value, with whom it concerns: those that the old row and the new one name, together."""
    rows = [one for one in (before, after) if one is not None]
    concerns = {
        name: tuple(dict.fromkeys(who for one in rows for who in one.parameters.get(name, ())))
        for name in CONCERNS
        if any(name in one.parameters for one in rows)
    }
    told = rows[-1]
    return Change(what, told.rule, told.place, told.kind, on, before, after, differs, concerns)


def differing(before: Rule, after: Rule) -> dict[str, tuple[Any, Any]]:
    """Each parameter, then each other field, in which two rows of a rule differ; None where one does not say it."""
    names = dict.fromkeys((*before.parameters, *after.parameters))
    own = {name: (before.parameters.get(name), after.parameters.get(name)) for name in names}
    fields = ("severity", "verified", "legal_status", "cite", "zh", "en")
    said = {name: (getattr(before, name), getattr(after, name)) for name in fields}
    return {name: pair for name, pair in (own | said).items() if pair[0] != pair[1]}
