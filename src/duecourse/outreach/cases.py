"""Cases of contact in a file (JSON lines), each judged by the gate and compared with what it expects.

A case that cannot be read is refused as any contact would be that could not be judged, and its fault is told.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duecourse.rules import places
from duecourse.rules.contact_rules import minutes

from . import gate
from .asked import Asked, Attempt, Block, Consent, NotUnderstood, Person
from .case_words import FIELDS, plain, word
from .gate import Answer

MOST_REPEATED = 1_000
"""How many equal attempts one entry of a history may stand for."""
ADULT = 18


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

    @property
    def passed(self) -> bool:
        """The verdict is as expected, and every expected rule is among those that refuse."""
        found = {refusal.id for refusal in self.answer.refusals}
        return self.expected == self.answer.allowed and (self.answer.allowed or set(self.rules) <= found)


def judged(lines: Iterable[str]) -> Iterator[Judged]:
    """Each case of a file, judged; blank lines are left out."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield judge(number, line)


def judge(number: int, line: str) -> Judged:
    """One line of a file of cases, judged."""
    name, expected = f"line {number}", None
    rules: tuple[str, ...] = ()
    try:
        told = fields(json.loads(line))
        name = str(told.get("id", name))
        expected, rules = expectation(told)
        person, asked = read(told)
    except Exception as fault:  # a case that cannot be read is a contact that cannot be judged: refused, with its fault
        code = getattr(type(fault), "code", type(fault).__name__)
        return Judged(
            number, name, expected, rules, Answer(False, (gate.Refusal(None, None),), None, f"{code}: {fault}")
        )
    return Judged(number, name, expected, rules, gate.decide(person, asked))


def fields(told: Any) -> dict[str, Any]:
    """A case with our names for its fields; null is as good as not told."""
    if not isinstance(told, dict):
        raise NotUnderstood("a case is an object with named fields")
    found: dict[str, Any] = {}
    for name, value in told.items():
        ours = FIELDS.get(plain(name))
        if ours is None:
            raise NotUnderstood(f"{name}: not a field of a case; there are {', '.join(dict.fromkeys(FIELDS.values()))}")
        if value is None or ours == "note":
            continue
        if ours in found and ours != "id":
            raise NotUnderstood(f"{name}: {ours} is told twice")
        found[ours] = value
    return found


def expectation(told: Mapping[str, Any]) -> tuple[bool, tuple[str, ...]]:
    """Whether the case expects the contact to be allowed, and the rules it expects among those that refuse."""
    expected, rule = told.get("expected"), told.get("rule", ())
    if isinstance(expected, dict):
        rule = next((expected[name] for name in ("rule", "rule_id", "rules", "id") if expected.get(name)), rule)
        expected = next(
            (expected[name] for name in ("verdict", "allowed", "answer", "decision") if name in expected), None
        )
    try:
        verdict = word("verdict", expected)
    except NotUnderstood as fault:
        raise NotExpecting(str(fault)) from None
    rules = (rule,) if isinstance(rule, str) else tuple(rule or ())
    return verdict == "allowed", rules


def read(told: Mapping[str, Any]) -> tuple[Person, Asked]:
    """A case as what the gate is told of the person and what it is asked."""
    for field in ("place", "channel", "purpose"):
        if field not in told:
            raise NotUnderstood(f"{field}: missing")
    place = "-".join(places.upward(told["place"])[:1])
    zone, at = clock(told, place)
    blocks: list[Block] = []
    consents: list[Consent] = []
    for one in listed(told.get("blocks")):
        blocks.append(block(one, zone))
    for one in listed(told.get("opt_outs")):
        blocks.append(block({"kind": "opted_out", **(one if isinstance(one, dict) else {"channel": one})}, zone))
    for one in listed(told.get("consents")):
        agreed = consent(one, zone)
        if isinstance(agreed, Consent):
            consents.append(agreed)
        else:
            blocks.append(agreed)
    if told.get("employer_prohibits"):
        blocks.append(Block("employer_prohibits"))
    if told.get("age") is not None and told["age"] < ADULT:
        blocks.append(Block("minor"))
    states = {
        word("state", one) for one in listed(told.get("states")) if plain(one) not in ("reachable", "normal", "alive")
    }
    states |= {"lost"} if told.get("lost") else set()
    person = Person(
        place,
        zone,
        tuple(attempt for one in listed(told.get("history")) for attempt in attempts(one, zone, at)),
        tuple(consents),
        tuple(blocks),
        frozenset(states),
        notices(told.get("notices"), zone),
    )
    return person, asked_of(told, at)


def asked_of(told: Mapping[str, Any], at: datetime) -> Asked:
    """What a case asks."""
    relation = word("relation", told.get("relation", "self"))
    if relation == "spouse" and told.get("family_debt"):
        relation = "joint_spouse"
    if relation == "parent" and told.get("age") is not None and told["age"] < ADULT:
        relation = "parent_of_minor"
    return Asked(
        word("channel", told["channel"]),
        word("purpose", told["purpose"]),
        at,
        named(told.get("debt")),
        relation,
        named(told.get("point")),
        word("point_kind", told.get("point_kind", "own")),
        word("content", told.get("content", "debt")),
        told.get("discloses"),
        bool(told.get("time_barred")),
        told.get("forbearance_offered"),
    )


def named(told: object) -> str | None:
    """A name of a debt or a number."""
    return None if told is None else str(told)


def listed(told: Any) -> Sequence[Any]:
    """What may be told as one thing or a list of things."""
    return [] if told is None else told if isinstance(told, list) else [told]


def clock(told: Mapping[str, Any], place: str) -> tuple[ZoneInfo | None, datetime]:
    """The person's zone and the instant. A local time without a zone is the person's own clock, whatever the zone.

    An instant with an offset of its own tells the local clock too; one in UTC does not.
    """
    zone = zone_of(told["zone"]) if "zone" in told else None
    if "local" not in told and "at" not in told:
        raise NotUnderstood("at: missing")
    at = moment(told.get("local", told.get("at")))
    if zone is None and at.tzinfo is None:
        zone = of_place(place) or ZoneInfo("UTC")
    elif zone is None and at.utcoffset():
        zone = fixed(at)
    return zone, at if at.tzinfo else at.replace(tzinfo=zone)


def of_place(place: str) -> ZoneInfo | None:
    """The zone of a place that has one alone."""
    zones = places.zones(place)
    return zones[0] if len(zones) == 1 else None


def fixed(at: datetime) -> ZoneInfo:
    """A zone that stands at the offset of an instant all year."""
    offset = at.utcoffset()
    assert offset is not None
    hours, rest = divmod(int(offset.total_seconds()), 3_600)
    if rest:
        raise NotUnderstood(f"{at}: an offset of parts of an hour needs a zone")
    return ZoneInfo(f"Etc/GMT{-hours:+d}")  # the sign of these names is turned round


def zone_of(told: object) -> ZoneInfo:
    """A time zone by its name."""
    try:
        return ZoneInfo(str(told))
    except (ZoneInfoNotFoundError, ValueError):
        raise NotUnderstood(f"zone: there is no {told!r}") from None


def moment(told: object) -> datetime:
    """An instant or a wall clock's time, as ISO 8601 writes it."""
    try:
        return datetime.fromisoformat(str(told))
    except ValueError:
        raise NotUnderstood(f"{told!r} is no time like 2026-03-05T20:30") from None


def instant(told: object, zone: ZoneInfo | None) -> datetime:
    """A moment of a case; without an offset it is on the person's clock."""
    at = moment(told)
    if at.tzinfo is None and zone is None:
        raise NotUnderstood(f"{told!r} has no zone and the person's is not told")
    return at if at.tzinfo else at.replace(tzinfo=zone)


def attempts(told: Any, zone: ZoneInfo | None, at: datetime) -> Iterator[Attempt]:
    """An entry of a history: one attempt, or as many equal ones as its `count` says."""
    if not isinstance(told, dict):
        raise NotUnderstood(f"history: {told!r} is no attempt with fields")
    one = {plain(name): value for name, value in told.items() if value is not None}
    channel = word("channel", one.get("channel", "call"))
    spoken = channel in ("call", "ai_call")
    outcome = one.get("outcome", one.get("result", one.get("status")))
    if outcome is None and isinstance(one.get("connected"), bool):
        outcome = "connected" if one["connected"] else "unanswered"
    read = word("outcome", outcome) if outcome is not None else "pending" if spoken else "sent"
    count = one.get("count", one.get("times", 1))
    if type(count) is not int or not 0 <= count <= MOST_REPEATED:
        raise NotUnderstood(f"history: count: {count!r} is not a whole number up to {MOST_REPEATED}")
    attempt = Attempt(
        when(one, zone, at),
        channel,
        read,
        word("purpose", one.get("purpose", "collection")),
        plain(one.get("direction", "outbound")) in ("inbound", "in", "incoming") or bool(one.get("inbound")),
        named(one.get("debt", one.get("about", one.get("debt_id")))),
        named(one.get("point", one.get("number", one.get("contact_point")))),
        word("relation", one.get("relation", "self")),
    )
    yield from [attempt] * count


def when(one: Mapping[str, Any], zone: ZoneInfo | None, at: datetime) -> datetime:
    """When an attempt was made: its own time, or so long before what is asked."""
    for name in ("at", "local", "local_time", "when", "time", "on", "date"):
        if name in one:
            return instant(one[name], zone)
    ago = {unit: one[f"{unit}_ago"] for unit in ("days", "hours", "minutes") if f"{unit}_ago" in one}
    if not ago:
        raise NotUnderstood("history: at: missing")
    return at - timedelta(**ago)


def consent(told: Any, zone: ZoneInfo | None) -> Consent | Block:
    """A consent, by its kind, its channel or its purpose; one that was withdrawn is an opting out."""
    one = {plain(name): value for name, value in told.items()} if isinstance(told, dict) else kind_of(told)
    kind, channel, purpose = one.get("kind", one.get("type")), one.get("channel"), one.get("purpose")
    if kind is not None and channel is None and is_word("channel", kind):
        kind, channel = None, kind
    if kind is not None and purpose is None and is_word("purpose", kind):
        kind, purpose = None, kind
    channel = None if channel is None else word("channel", channel)
    purpose = None if purpose is None else word("purpose", purpose)
    since = first(one, ("at", "on", "given_at", "given_on", "since", "from", "date"), zone)
    until = first(one, ("until", "to", "expires", "expires_at"), zone)
    withdrawn = first(one, ("revoked_at", "withdrawn_at", "revoked_on", "withdrawn_on"), zone)
    state = plain(one.get("given", one.get("status", one.get("state", "given"))))
    if state in ("false", "no", "revoked", "withdrawn", "opted_out", "refused") or one.get("revoked") is True:
        return Block("opted_out", since, None, None, channel, purpose)
    until = min((end for end in (until, withdrawn) if end), default=None)
    return Consent(word("consent", kind or "contact"), channel, purpose, since, until)


def is_word(what: str, told: object) -> bool:
    """Whether a word is one of these."""
    try:
        word(what, told)
    except NotUnderstood:
        return False
    return True


def block(told: Any, zone: ZoneInfo | None) -> Block:
    """A block, by its kind, or with when it began and ends, for which debt, channel or purpose, at which times."""
    one = {plain(name): value for name, value in told.items()} if isinstance(told, dict) else kind_of(told)
    kind = word("block", one.get("kind", one.get("type", one.get("block"))))
    clocks = kind == "inconvenient_time"
    opens, shuts = (one.get(name) for name in (("from", "to") if clocks else ("opens", "shuts")))
    since = first(one, ("since", "at", "on", "start", "started") + (() if clocks else ("from",)), zone)
    until = first(one, ("until", "end", "ends", "resolved_at", "lifted_at") + (() if clocks else ("to",)), zone)
    if one.get("verified") is True or one.get("resolved") is True or one.get("no_reply") is True:
        until = datetime.min.replace(tzinfo=UTC)  # the debt was verified, or the attorney does not answer: it is over
    return Block(
        kind,
        since,
        until,
        named(one.get("debt", one.get("about", one.get("debt_id")))),
        None if one.get("channel") in (None, "any", "all") else word("channel", one["channel"]),
        None if one.get("purpose") in (None, "any", "all") else word("purpose", one["purpose"]),
        0 if opens is None else minutes(opens, "blocks: from"),
        24 * 60 if shuts is None else minutes(shuts, "blocks: to"),
        None if one.get("weekdays") is None else frozenset(one["weekdays"]),
    )


def kind_of(told: object) -> dict[str, Any]:
    """A block or consent told as one word, or as `kind:channel`."""
    kind, _, channel = plain(told).partition(":")
    return {"kind": kind, "channel": channel or None}


def first(one: Mapping[str, Any], names: Sequence[str], zone: ZoneInfo | None) -> datetime | None:
    """The first of these fields that is told, as an instant; a date alone begins at its midnight."""
    for name in names:
        if one.get(name) is not None:
            told = one[name]
            if isinstance(told, str) and len(told) == len("2026-03-05"):
                return datetime.combine(date.fromisoformat(told), time(), zone or UTC)
            return instant(told, zone)
    return None


def notices(told: Any, zone: ZoneInfo | None) -> tuple[tuple[str, datetime | None], ...]:
    """Notices and when they were sent: by name (a time, or true or false), or as a list of kinds with their times."""
    named_ones = [told] if isinstance(told, dict) and "kind" in told else listed(told)
    if isinstance(told, dict) and "kind" not in told:
        named_ones = [{"kind": name, "sent": value} for name, value in told.items()]
    found: list[tuple[str, datetime | None]] = []
    for one in named_ones:
        given = one if isinstance(one, dict) else {"kind": one, "sent": True}
        sent = given.get("sent", True)
        at = first(given, ("sent_at", "sent_on", "at", "on") + (() if isinstance(sent, bool) else ("sent",)), zone)
        kind = plain(given["kind"]).removesuffix("_sent").removesuffix("_notice")
        found.append((kind, at or (datetime.min.replace(tzinfo=UTC) if sent else None)))
    return tuple(found)
