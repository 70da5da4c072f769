"""The contact gate: whether a contact is allowed, by which rules it is not, and when it next would be. Pure.

Every rule in force refuses by itself, a rule that nobody has verified too. What errs, refuses.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from duecourse.rules import contact_rules, places, wording_rules
from duecourse.rules.catalogue import Rule
from duecourse.rules.contact_rules import ContactRule

from .asked import Asked, Person, understood
from .refusing import ENDLESS, REFUSING, Case

ERROR = "GATE-ERROR"
"""Named instead of a rule where the gate could not judge."""
MOST_STEPS = 100
"""How many times the next allowed moment is looked for."""


class Refusal(NamedTuple):
    """A rule that refuses, and until when it alone does (None: no waiting helps)."""

    rule: ContactRule | Rule | None
    until: datetime | None

    @property
    def id(self) -> str:
        """The rule's id; of a rule in parts that of the whole."""
        return self.rule.rule.partition(".")[0] if self.rule else ERROR

    @property
    def version(self) -> str:
        """Which row of the rule, and the day from which its wording holds."""
        return f"{self.rule.rule}@{self.rule.since}" if self.rule else ERROR


class Answer(NamedTuple):
    """Allowed, or refused by these; `next_at` is the first moment at which it would be allowed, if there is one.

    `fault` says what the gate could not judge.
    """

    allowed: bool
    refusals: tuple[Refusal, ...] = ()
    next_at: datetime | None = None
    fault: str = ""


def decide(person: Person, asked: Asked) -> Answer:
    """May this contact be made? Any error refuses, with its message in `fault`."""
    try:
        understood(person, asked)
        found = refusals(person, asked)
        if not found:
            return Answer(True)
        return Answer(False, found, next_allowed(person, asked, found))
    except Exception as fault:  # whatever went wrong: a contact that was not judged is not made
        code = getattr(type(fault), "code", type(fault).__name__)
        return Answer(False, (Refusal(None, None),), None, f"{code}: {fault}")


def refusals(person: Person, asked: Asked) -> tuple[Refusal, ...]:
    """Every rule that refuses, each once, in the order of their ids; in any zone where the person may be."""
    zones = (person.zone,) if person.zone else person.zones or places.zones(person.place)
    found: dict[str, Refusal] = {}
    of_zone: list[ContactRule] = []
    for zone in zones:
        case = Case(asked, person, zone, asked.at.astimezone(zone))
        rules = contact_rules.about(
            place=person.place, on=case.now.date(), channel=asked.channel, purpose=asked.purpose
        )
        of_zone = [rule for rule in rules if rule.kind == "zone"]
        for rule in rules:
            until = REFUSING[rule.kind](rule, case)
            if until is not None:
                later(found, rule, until)
        for prohibited in wording_rules.found(asked.text, place=person.place, on=case.now.date()) if asked.text else ():
            for worded in prohibited.rules:
                later(found, worded, ENDLESS)
    if found and len(zones) > 1 and any(refusal.until for refusal in found.values()):
        last = max(refusal.until or ENDLESS for refusal in found.values())
        for rule in of_zone:
            later(found, rule, last)
    return tuple(found[name] for name in sorted(found))


def of_all_zones(answers: Sequence[Answer], *, place: str, on: date) -> Answer:
    """One answer for a person whose zone is not known, of those in each zone: allowed only if each is.

    Where it is a matter of the time, the place's rules on zones refuse beside those that do.
    """
    refused = [answer for answer in answers if not answer.allowed]
    if not refused:
        return Answer(True)
    found: dict[str, Refusal] = {}
    for answer in refused:
        for one in answer.refusals:
            before = found.get(one.id)
            if before is None or (before.until is not None and (one.until is None or one.until > before.until)):
                found[one.id] = one
    ends = [answer.next_at for answer in refused]
    last = None if None in ends else max(end for end in ends if end is not None)
    if any(one.until for one in found.values()):
        rules = (rule for rule in contact_rules.in_force(place=place, on=on).rules if rule.kind == "zone")
        found |= {one.id: one for one in (Refusal(rule, last) for rule in rules)}
    fault = next((answer.fault for answer in refused if answer.fault), "")
    return Answer(False, tuple(found[name] for name in sorted(found)), last, fault)


def later(found: dict[str, Refusal], rule: ContactRule | Rule, until: datetime) -> None:
    """Take a refusal in; of two of one rule the one that lasts longer."""
    refusal = Refusal(rule, None if until == ENDLESS else until)
    before = found.get(refusal.id)
    if before is None or (before.until is not None and until > before.until):
        found[refusal.id] = refusal


def next_allowed(person: Person, asked: Asked, found: tuple[Refusal, ...]) -> datetime | None:
    """The first moment at which nothing refuses; None where waiting does not help or none is near.

    Each refusal holds until its own end, so the first moment is not before the last of the ends: from there the gate is
    asked again.
    """
    for _ in range(MOST_STEPS):
        ends = [refusal.until for refusal in found]
        if None in ends:
            return None
        at = max(end for end in ends if end is not None)
        found = refusals(person, asked._replace(at=at))
        if not found:
            return at.astimezone(UTC)
    return None
