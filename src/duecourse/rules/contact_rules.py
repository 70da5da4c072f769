"""The rules on contact in force at a place on a day, as frozen values: what outreach.gate judges by.

A kind of rule is a table of the files `law/<place>/contact.toml` and `house/contact.toml`; each field is checked, and a
word that no rule knows is refused by file, table and rule.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, time
from functools import cache
from typing import Any, NamedTuple

from . import places
from .fields import TermsRefused
from .read import RuleMissing, document

ANY = "any"
PURPOSES = ("collection", "reminder_before_due", "legal_notice", "service", "marketing")
CHANNELS = ("call", "ai_call", "voicemail", "sms", "email", "im", "app", "letter", "visit", "social")
OUTCOMES = ("connected", "unanswered", "voicemail", "not_connected", "invalid", "sent", "pending")
"""`not_connected`: busy, switched off; `invalid`: no such number; `pending`: not told yet, taken as the worst."""
RELATIONS = (
    "self", "co_borrower", "guarantor", "spouse", "joint_spouse", "parent", "parent_of_minor", "guardian", "executor",
    "attorney", "representative", "contact_person", "relative", "friend", "colleague", "employer", "neighbour", "other",
)  # fmt: skip
"""Who is reached; `joint_spouse`: where the debt served the family."""
BLOCKS = (
    "dispute", "identity_theft", "promise", "arrangement", "hardship", "breathing_space", "mental_health_crisis",
    "represented", "deceased", "minor", "incapacity", "insolvency", "cease", "employer_prohibits", "inconvenient_time",
    "opted_out", "third_party_refused",
)  # fmt: skip
CONSENTS = ("contact", "hours", "more_calls", "call_again", "work_email", "number_checked")
POINTS = ("own", "work", "invalid")
CONTENTS = ("debt", "limited", "whereabouts", "suit", "stop_confirmed")
STATES = ("lost", "deceased", "incapable")
NOTICES = ("validation", "negative_report")
WORDS: Mapping[str, tuple[str, ...]] = {
    "purposes": PURPOSES,
    "counted": PURPOSES,
    "channels": CHANNELS,
    "outcomes": OUTCOMES,
    "allowed": RELATIONS,
    "apart": RELATIONS,
    "relations": RELATIONS,
    "except_relations": RELATIONS,
    "blocks": BLOCKS,
    "kinds": CONSENTS,
    "points": POINTS,
    "contents": CONTENTS,
    "except_contents": CONTENTS,
    "only_if": STATES,
}
ONE_OF: Mapping[str, tuple[str, ...]] = {
    "lifted_by": CONSENTS,
    "notice": NOTICES,
    "per": ("person", "debt", "point"),
}
TOLD = ("from", "to", "rule", "zh", "en", "cite", "legal_status", "verified", "severity", "places", "note")
"""Fields of every rule, which the gate does not judge by."""


class ContactRule(NamedTuple):
    """One rule of a kind; which of the other fields it has depends on the kind. Sets of words; None: not limited.

    open, shut: minutes after midnight; days: calendar days of the person; most: how many may have been made before.
    confirm_minutes: for how long after an opting out one message may confirm it.
    """

    rule: str
    kind: str
    place: str
    since: date
    verified: bool
    purposes: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    open: int = 0
    shut: int = 24 * 60
    shut_included: bool = False
    most: int = 0
    days: int = 0
    per: str = "person"
    counted: frozenset[str] | None = None
    outcomes: frozenset[str] | None = None
    inbound_only: bool = False
    allowed: frozenset[str] | None = None
    apart: frozenset[str] | None = None
    relations: frozenset[str] | None = None
    except_relations: frozenset[str] = frozenset()
    except_contents: frozenset[str] = frozenset()
    only_if: frozenset[str] | None = None
    failed_dials: int = 0
    ends_when_refused: bool = False
    blocks: frozenset[str] | None = None
    lasts_days: int = 0
    kinds: frozenset[str] | None = None
    within_days: int = 0
    points: frozenset[str] | None = None
    contents: frozenset[str] | None = None
    years: int = 0
    notice: str = ""
    lifted_by: str = ""
    lifted_days: int = 0
    confirm_minutes: int = 0

    @property
    def id(self) -> str:
        """The id of the rule of which this row is one part: US-RF-10.S is a part of US-RF-10."""
        return self.rule.partition(".")[0]


KINDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "hours": (("purposes", "channels", "open", "shut", "shut_included"), ("lifted_by",)),
    "count": (
        ("purposes", "channels", "counted", "outcomes", "per", "most", "days"),
        ("lifted_by", "lifted_days"),
    ),
    "gap": (("purposes", "channels", "counted", "per", "days"), ("inbound_only", "lifted_by", "lifted_days")),
    "reach": (("purposes", "allowed"), ()),
    "third_party": (("apart", "only_if", "failed_dials", "ends_when_refused"), ()),
    "block": (("blocks", "purposes"), ("except_relations", "except_contents", "relations", "points", "lasts_days")),
    "opt_out": (("channels", "purposes"), ("confirm_minutes",)),
    "offer": (("channels", "purposes"), ()),
    "consent": (("channels", "purposes", "kinds"), ("within_days",)),
    "point": (("channels", "points", "purposes"), ("lifted_by",)),
    "content": (("channels", "contents"), ("relations",)),
    "notice": (("purposes", "notice", "days"), ()),
    "time_barred": (("purposes",), ("contents", "years")),
    "forbearance_first": (("purposes",), ()),
    "zone": ((), ()),
}
"""The kinds of rule, and for each the fields it must have and those it may have."""


class RuleSet(NamedTuple):
    """The rules of a place on a day, and the digest by which a decision names them."""

    rules: tuple[ContactRule, ...]
    digest: str


@cache
def of_file(path: str, place: str) -> tuple[tuple[ContactRule, Mapping[str, Any]], ...]:
    """Every rule of a file beside its row; a place without a file has none."""
    try:
        told = document(path)
    except RuleMissing:
        return ()
    return tuple(
        (parsed(kind, row, place=place, where=f"{path}: {kind}"), row) for kind, rows in told.items() for row in rows
    )


@cache
def in_force(*, place: str, on: date) -> RuleSet:
    """The rules on contact at a place on a day: the state's, the country's or the Union's, and the house's."""
    told = places.upward(place)
    found: dict[object, tuple[ContactRule, date]] = {}
    for path, home in (*((f"law/{one.lower()}/contact.toml", one) for one in told), ("house/contact.toml", "HOUSE")):
        for rule, row in of_file(path, home):
            here = "places" not in row or set(row["places"]) & set(told)
            if here and row["from"] <= on:
                same = (rule.rule, rule.kind)
                if same not in found or found[same][0].since <= rule.since:
                    found[same] = (rule, row.get("to", on))  # one that ended does not give way to the row it replaced
    standing = (rule for rule, through in found.values() if on <= through)
    rules = tuple(sorted(standing, key=lambda rule: (rule.rule, rule.kind)))
    told_whole = "\n".join(repr(tuple(map(plain, rule))) for rule in rules)
    return RuleSet(rules, hashlib.sha256(told_whole.encode()).hexdigest()[:16])


@cache
def about(*, place: str, on: date, channel: str, purpose: str) -> tuple[ContactRule, ...]:
    """Of the rules in force those that may refuse this channel and purpose."""
    return tuple(
        rule
        for rule in in_force(place=place, on=on).rules
        if (rule.channels is None or channel in rule.channels) and (rule.purposes is None or purpose in rule.purposes)
    )


def plain(value: object) -> object:
    """A field in a form whose text is the same on each run: sets in order."""
    return sorted(value) if isinstance(value, frozenset) else str(value)


def parsed(kind: str, row: Mapping[str, Any], *, place: str, where: str) -> ContactRule:
    """A row of a file as a rule; fields too few, too many or with a word that nothing knows are refused by name."""
    named = f"{where}: {row.get('rule')}"
    if kind not in KINDS:
        raise TermsRefused(f"{where}: no such kind of rule on contact; there are {', '.join(KINDS)}")
    must, may = KINDS[kind]
    given = set(row) - set(TOLD)
    for name in sorted((set(must) - given) | (given - set(must) - set(may))):
        raise TermsRefused(f"{named}: {name}: {'missing' if name in must else f'not a field of {kind}'}")
    read = {name: field(name, row[name], f"{named}: {name}") for name in given}
    return ContactRule(row["rule"], kind, place, row["from"], row["verified"], **read)


def field(name: str, value: Any, where: str) -> Any:
    """One field: words as a set (None for any), a clock time as minutes, a whole number, true or false."""
    if name in WORDS:
        return words(name, value, where)
    if name in ONE_OF:
        if value not in ONE_OF[name]:
            raise TermsRefused(f"{where}: {value!r} is none of {', '.join(ONE_OF[name])}")
        return value
    if name in ("open", "shut"):
        return minutes(value, where)
    if type(value) is not type(ContactRule._field_defaults[name]) or (isinstance(value, int) and value < 0):
        raise TermsRefused(f"{where}: {value!r} is not what this field holds")
    return value


def words(name: str, value: Any, where: str) -> frozenset[str] | None:
    """A list of words as a set; ["any"] sets no limit."""
    if value == [ANY]:
        return None
    unknown = [one for one in value if one not in WORDS[name]] if isinstance(value, list) else [value]
    if unknown or not value:
        raise TermsRefused(f"{where}: {unknown!r}: there are {', '.join(WORDS[name])}")
    return frozenset(value)


def minutes(value: Any, where: str) -> int:
    """A clock time as minutes after midnight."""
    try:
        told = time.fromisoformat(value)
    except (TypeError, ValueError):
        raise TermsRefused(f"{where}: {value!r} is no time of day like 08:00") from None
    return told.hour * 60 + told.minute
