"""Cases of contact in a file (JSON lines), each judged by the gate and compared with what it expects.

A case that cannot be read is refused as any contact would be that could not be judged, and its fault is told. A file
may say things in words of its own (case_words.toml); a field that nobody knows is told beside the case.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from . import case_agreed, case_parts, gate
from .asked import Asked, Attempt, Block, Consent, NotUnderstood, Person
from .case_agreed import At
from .case_fields import (
    Fields,
    clock,
    clocks,
    fields,
    first,
    instant,
    is_region,
    is_so,
    kinds,
    listed,
    named,
    place,
    zone_of,
)
from .case_words import is_word, plain, word
from .gate import Answer

ADULT = 18
RULE_ID = r"\b[A-Z]{2,}(?:-[A-Z0-9][A-Z0-9.]*)+"
"""An id of a rule within a verdict, as in `refused: US-RF-01`."""
NO_BLOCKS = {"time_barred", "timebarred", "statute_barred", "no_validation_notice", "validation_notice_not_sent"}
"""What a file may name among the blocks that is told to the gate otherwise."""
HERE = (
    "reachable", "normal", "alive", "ok", "active", "adult", "living", "capable", "competent", "reached", "contactable",
    "current", "overdue", "past_due", "delinquent", "in_arrears", "arrears", "default", "in_default", "none", "open",
)  # fmt: skip
"""States of a debtor that change nothing."""
BLOCK_OF = {"deceased": "deceased", "incapable": "incapacity"}
"""States in which nobody asks the debtors themselves."""


class NotExpecting(NotUnderstood):
    """The case does not say what it expects."""

    code = "case_without_verdict"


class Judged(NamedTuple):
    """A case: its line in the file, what it is called, what it expects (None: unreadable), and what the gate said."""

    line: int
    name: str
    expected: bool | None
    rules: tuple[str, ...]
    answer: Answer
    unknown: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """The verdict is as expected, and every expected rule is among those that refuse."""
        found = {refusal.id for refusal in self.answer.refusals}
        return self.expected == self.answer.allowed and (self.answer.allowed or set(self.rules) <= found)


def judged(lines: Iterable[str]) -> Iterator[Judged]:
    """Each case of a file, judged by itself; blank lines are left out."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield judge(number, parsed(line))


def parsed(line: str) -> Fields | Exception:
    """A line's fields, or why they cannot be read."""
    try:
        return fields(json.loads(line.lstrip("\ufeff")))
    except ValueError as fault:
        return fault


def judge(number: int, told: Fields | Exception) -> Judged:
    """One case of a file, judged."""
    name, expected = f"line {number}", None
    rules: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    try:
        if isinstance(told, Exception):
            raise told
        name, unknown = str(told.told.get("id", name)), told.unknown
        expected, rules = expectation(told.told)
        answer = answered(told.told)
    except Exception as fault:  # a case that cannot be read is a contact that cannot be judged: refused, with its fault
        code = getattr(type(fault), "code", type(fault).__name__)
        answer = Answer(False, (gate.Refusal(None, None),), None, f"{code}: {fault}")
    return Judged(number, name, expected, rules, answer, unknown)


def answered(told: Mapping[str, Any]) -> Answer:
    """What the gate says to a case: in each zone of the person's in which it may have to be read, the same."""
    home = place(told)
    zones = clocks(told, home)
    each = [gate.decide(*read(told, home, zone)) for zone in zones]
    return each[0] if len(zones) == 1 else gate.of_all_zones(each, place=home, on=clock(told, zones[0]).date())


def expectation(told: Mapping[str, Any]) -> tuple[bool, tuple[str, ...]]:
    """Whether the case expects the contact to be allowed, and the rules it expects among those that refuse."""
    expected, rule = told.get("expected"), told.get("rule")
    if isinstance(expected, dict):
        given = {plain(name): value for name, value in expected.items()}
        rule = next((given[name] for name in ("rule", "rule_id", "rules", "rule_ids", "id") if given.get(name)), rule)
        names = ("verdict", "allowed", "answer", "decision", "outcome", "result")
        expected = next((given[name] for name in names if name in given), None)
    if isinstance(expected, list):
        expected = " ".join(map(str, expected))
    if isinstance(expected, str) and (ids := re.findall(RULE_ID, expected)):
        expected, rule = re.split(r"[\s:(,]+", expected.strip())[0], rule or ids
    try:
        verdict = word("verdict", expected)
    except NotUnderstood as fault:
        raise NotExpecting(str(fault)) from None
    named_ones = [str(one) for one in listed(rule) if plain(one) not in ("none", "", "n_a", "null")]
    return verdict == "allowed", tuple(id for one in named_ones for id in of_whole(one))


def of_whole(told: str) -> list[str]:
    """The ids of rules in a text, each of the whole rule of which it may name a part; else the text."""
    return [one.partition(".")[0] for one in re.findall(RULE_ID, told.upper())] or [told]


def read(told: Mapping[str, Any], home: str, zone: ZoneInfo) -> tuple[Person, Asked]:
    """A case, read in a zone, as what the gate is told of the person and what it is asked."""
    at = clock(told, zone)
    when = At(zone, at)
    attempts = list(case_parts.history(told.get("history"), when))
    begun = first(told, ("first_communication",), zone)
    consents, blocks = agreed(told, when)
    blocks += standing(told, when)
    for entry, attempt in attempts:
        blocks += case_agreed.stopped(entry, [attempt])
    states = known_states(told, home)
    asked = asked_of(told, at, zone, blocks)
    if asked.relation == "self":
        blocks += [Block(BLOCK_OF[state]) for state in sorted(states) if state in BLOCK_OF]
    person = Person(
        home,
        zone,
        tuple(zone_of(one) for one in listed(told.get("zones"))),
        (*(attempt for _, attempt in attempts), *(() if begun is None else (Attempt(begun, "letter", "sent"),))),
        tuple(consents),
        tuple(case_agreed.renewed(blocks, consents, asked.channel, asked.purpose, at)),
        states,
        case_parts.notices(told, zone),
    )
    return person, asked


def agreed(told: Mapping[str, Any], when: At) -> tuple[list[Consent], list[Block]]:
    """The consents of a case, and the blocks that those which were withdrawn have become."""
    found = [one for given in kinds(told.get("consents")) for one in case_agreed.consents(given, when)]
    return [one for one in found if isinstance(one, Consent)], [one for one in found if isinstance(one, Block)]


def standing(told: Mapping[str, Any], when: At) -> list[Block]:
    """What stands against contact, as the fields of a case tell it."""
    here = point_kind(told)
    found: list[Block] = []
    for one in kinds(told.get("blocks")):
        if not case_parts.said({"blocks": [one]}) & NO_BLOCKS:
            found += case_parts.blocks(one, when, here)
    for one in listed(told.get("inconvenient")):
        entry = case_parts.parts(one) if isinstance(one, dict) else {"window": one}
        found += case_parts.blocks({**entry, "type": "inconvenient_time"}, when, here)
    for one in case_agreed.optings_out(told.get("opt_outs"), when):
        found += case_parts.blocks(one, when, here)
    for one in listed(told.get("states")):
        if plain(one) not in HERE and not is_word("state", one) and is_word("block", one):
            found += case_parts.blocks(one, when, here)
    found += [Block(kind) for kind in ("employer_prohibits", "represented", "minor") if is_so(told.get(kind))]
    if told.get("age") is not None and float(told["age"]) < ADULT:
        found.append(Block("minor"))
    return found


def known_states(told: Mapping[str, Any], home: str) -> frozenset[str]:
    """What became of the debtor, as a case tells it; whose own number is invalid is lost."""
    given = told.get("states")
    words = [one for one in listed(given) if plain(one) not in HERE and not is_region(one, home)]
    found = {word("state", one) for one in words if is_word("state", one) or not is_word("block", one)}
    found |= {state for state in ("lost", "deceased", "incapable") if is_so(told.get(state))}
    if is_so(told.get("alive")) is False:
        found.add("deceased")
    if is_so(told.get("own_number_valid")) is False or is_so(told.get("own_number_invalid")):
        found.add("lost")
    return frozenset(found)


def point_kind(told: Mapping[str, Any]) -> str:
    """The kind of the number or address that a case goes to."""
    at_work = plain(told.get("channel")) in ("work_email", "work_phone", "work_call")
    return "work" if at_work else word("point_kind", told.get("point_kind", "own"))


def asked_of(told: Mapping[str, Any], at: datetime, zone: ZoneInfo, blocks: Iterable[Block]) -> Asked:
    """What a case asks."""
    for field in ("channel", "purpose"):
        if field not in told:
            raise NotUnderstood(f"{field}: missing")
    relation = word("relation", told.get("relation", "self"))
    if relation == "spouse" and is_so(told.get("family_debt")):
        relation = "joint_spouse"
    if relation == "parent" and any(block.kind == "minor" for block in blocks):
        relation = "parent_of_minor"
    channel = {"work_email": "email", "work_phone": "call", "work_call": "call"}.get(plain(told["channel"]))
    tells = plain(told.get("content")) in ("debt_details", "debt_detail", "full_details")
    return Asked(
        channel or word("channel", told["channel"]),
        word("purpose", told["purpose"]),
        at,
        named(told.get("debt")),
        relation,
        named(told.get("point")),
        point_kind(told),
        word("content", told["content"]) if is_word("content", told.get("content")) else "debt",
        True if tells else is_so(told.get("discloses")),
        bool(is_so(told.get("time_barred")) or case_parts.said(told) & {"time_barred", "timebarred", "statute_barred"}),
        None if told.get("last_payment") is None else instant(told["last_payment"], zone),
        bool(is_so(told.get("forbearance_offered"))),
        str(told.get("text", "")),
        is_so(told.get("offers_opt_out")),
    )
