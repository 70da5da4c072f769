"""Cases of contact in a file (JSON lines), each judged by the gate and compared with what it expects.

A case that cannot be read is refused as any contact would be that could not be judged, and its fault is told. A file
may say things in words of its own (case_words.toml); a field that nobody knows is told beside the case.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from . import case_parts, gate
from .asked import Asked, Attempt, Block, Consent, NotUnderstood, Person
from .case_fields import Fields, clock, fields, first, instant, is_word, kinds, listed, named, place, zone_of
from .case_words import plain, word
from .gate import Answer

ADULT = 18
RULE_ID = r"\b[A-Z]{2,}(?:-[A-Z0-9][A-Z0-9.]*)+"
"""An id of a rule within a verdict, as in `refused: US-RF-01`."""
NO_BLOCKS = {"time_barred", "timebarred", "statute_barred", "no_validation_notice", "validation_notice_not_sent"}
"""What a file may name among the blocks that is told to the gate otherwise."""
HERE = ("reachable", "normal", "alive", "ok", "active")
"""States of a debtor that change nothing."""


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
    """Each case of a file, judged; blank lines are left out."""
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    read = [(number, parsed(line)) for number, line in rows]
    has_zones = any(isinstance(told, Fields) and told.told.get("zone") is not None for _, told in read)
    for number, told in read:
        yield judge(number, told, has_zones=has_zones)


def parsed(line: str) -> Fields | Exception:
    """A line's fields, or why they cannot be read."""
    try:
        return fields(json.loads(line))
    except ValueError as fault:
        return fault


def judge(number: int, told: Fields | Exception, *, has_zones: bool) -> Judged:
    """One case of a file, judged."""
    name, expected = f"line {number}", None
    rules: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    try:
        if isinstance(told, Exception):
            raise told
        name, unknown = str(told.told.get("id", name)), told.unknown
        expected, rules = expectation(told.told)
        person, asked = read(told.told, has_zones=has_zones)
    except Exception as fault:  # a case that cannot be read is a contact that cannot be judged: refused, with its fault
        code = getattr(type(fault), "code", type(fault).__name__)
        answer = Answer(False, (gate.Refusal(None, None),), None, f"{code}: {fault}")
        return Judged(number, name, expected, rules, answer, unknown)
    return Judged(number, name, expected, rules, gate.decide(person, asked), unknown)


def expectation(told: Mapping[str, Any]) -> tuple[bool, tuple[str, ...]]:
    """Whether the case expects the contact to be allowed, and the rules it expects among those that refuse."""
    expected, rule = told.get("expected"), told.get("rule")
    if isinstance(expected, dict):
        given = {plain(name): value for name, value in expected.items()}
        rule = next((given[name] for name in ("rule", "rule_id", "rules", "rule_ids", "id") if given.get(name)), rule)
        names = ("verdict", "allowed", "answer", "decision", "outcome", "result")
        expected = next((given[name] for name in names if name in given), None)
    if isinstance(expected, str) and (ids := re.findall(RULE_ID, expected)):
        expected, rule = expected.split(":")[0].split()[0], ids
    try:
        verdict = word("verdict", expected)
    except NotUnderstood as fault:
        raise NotExpecting(str(fault)) from None
    return verdict == "allowed", tuple(str(one) for one in listed(rule) if plain(one) not in ("none", ""))


def read(told: Mapping[str, Any], *, has_zones: bool) -> tuple[Person, Asked]:
    """A case as what the gate is told of the person and what it is asked."""
    home = place(told)
    zone, at = clock(told, home, has_zones=has_zones)
    standing = [one for one in kinds(told.get("blocks")) if not case_parts.said({"blocks": [one]}) & NO_BLOCKS]
    blocks = [case_parts.block(one, zone) for one in standing]
    for one in listed(told.get("inconvenient")):
        hours = case_parts.parts(one)
        opens, shuts = (hours.get(name, hours.get(other)) for name, other in (("from", "start"), ("to", "end")))
        blocks.append(case_parts.block({"type": "inconvenient_time", "from": opens, "to": shuts}, zone))
    for one in listed(told.get("opt_outs")):
        given = one if isinstance(one, dict) else {} if one is True else {"channel": one}
        blocks.append(case_parts.block({"type": "opted_out", **given}, zone))
    consents: list[Consent] = []
    for one in kinds(told.get("consents")):
        for agreed in case_parts.consents(one, zone):
            if isinstance(agreed, Consent):
                consents.append(agreed)
            else:
                blocks.append(agreed)
    blocks += [Block(kind) for kind in ("employer_prohibits", "represented", "minor") if told.get(kind)]
    if told.get("age") is not None and told["age"] < ADULT:
        blocks.append(Block("minor"))
    attempts = [attempt for one in listed(told.get("history")) for attempt in case_parts.attempts(one, zone, at)]
    begun = first(told, ("first_communication",), zone)
    if begun is not None:
        attempts.append(Attempt(begun, "letter", "sent"))
    person = Person(
        home,
        zone,
        tuple(zone_of(one) for one in listed(told.get("zones"))),
        tuple(attempts),
        tuple(consents),
        tuple(blocks),
        states(told),
        case_parts.notices(told, zone),
    )
    return person, asked_of(told, at, person)


def states(told: Mapping[str, Any]) -> frozenset[str]:
    """What became of the debtor, as a case tells it; whose own number is invalid is lost."""
    given = told.get("states")
    region = isinstance(given, str) and "region" not in told and given.isupper() and len(given) == 2
    found = set() if region else {word("state", one) for one in listed(given) if plain(one) not in HERE}
    found |= {state for state in ("lost", "deceased", "incapable") if told.get(state) is True}
    if told.get("own_number_valid") is False or told.get("own_number_invalid") is True:
        found.add("lost")
    return frozenset(found)


def asked_of(told: Mapping[str, Any], at: datetime, person: Person) -> Asked:
    """What a case asks."""
    for field in ("channel", "purpose"):
        if field not in told:
            raise NotUnderstood(f"{field}: missing")
    relation = word("relation", told.get("relation", "self"))
    if relation == "spouse" and told.get("family_debt"):
        relation = "joint_spouse"
    if relation == "parent" and any(block.kind == "minor" for block in person.blocks):
        relation = "parent_of_minor"
    at_work = plain(told["channel"]) in ("work_email", "work_phone", "work_call")
    channel = {"work_email": "email", "work_phone": "call", "work_call": "call"}.get(plain(told["channel"]))
    tells = plain(told.get("content")) in ("debt_details", "debt_detail", "full_details")
    return Asked(
        channel or word("channel", told["channel"]),
        word("purpose", told["purpose"]),
        at,
        named(told.get("debt")),
        relation,
        named(told.get("point")),
        "work" if at_work else word("point_kind", told.get("point_kind", "own")),
        word("content", told["content"]) if is_word("content", told.get("content")) else "debt",
        True if tells else told.get("discloses"),
        bool(told.get("time_barred") or case_parts.said(told) & {"time_barred", "timebarred", "statute_barred"}),
        None if told.get("last_payment") is None else instant(told["last_payment"], person.zone),
        told.get("forbearance_offered"),
        str(told.get("text", "")),
        None if told.get("offers_opt_out") is None else plain(told["offers_opt_out"]) in ("true", "yes"),
    )
