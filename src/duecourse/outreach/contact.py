"""May we contact this person: decided for one contact at a time under the person's lock, kept whatever the answer.

A contact that is allowed counts as made until its outcome is told: who asks next meets it.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from psycopg.types.numeric import Int8

from duecourse.borrowers.contact_tables import ContactDecision, ContactOutcome
from duecourse.ledger.journal import atomically, run
from duecourse.rules import contact_rules, places

from . import gate, known, stopping
from .asked import Asked, Person
from .gate import Answer

LOOKS_BACK = timedelta(days=90)
"""How far back attempts are brought; no rule looks further."""
OUTCOMES_OF_CALLS = ("connected", "unanswered", "voicemail", "not_connected", "invalid", "not_made")
OUTCOMES_OF_MESSAGES = ("sent", "not_connected", "invalid", "not_made")
"""What may become of an allowed contact; a call told as sent would be counted by no cap."""
PLAIN = (str, int, bool)
INSERT = """
INSERT INTO borrowers_contact_decision (borrower_id, account_id, channel, purpose, relation, point_id, at, allowed,
    refusals, next_at, fault, inputs, rule_set, key, by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id
"""
FACTS = "SELECT outreach_contact_facts($1, $2, $3, $4, $5)"
BEFORE = "SELECT id FROM borrowers_contact_decision WHERE key = $1 AND NOT key = ''"


class NotDecided(Exception):
    """There is no such decision, or it did not allow the contact."""

    code = "contact_not_allowed"


class OutcomeUnknown(Exception):
    """A word for an outcome that nothing knows."""

    code = "contact_outcome_unknown"


class OtherContact(Exception):
    """The key has been used for another contact."""

    code = "contact_key_reused"


class Decision(NamedTuple):
    """What was decided and kept. `is_new`: not the answer that an earlier request with the same key got."""

    id: int
    answer: Answer
    is_new: bool


def may_we(
    *,
    person: int,
    channel: str,
    purpose: str,
    at: datetime,
    by: str,
    about: int | None = None,
    relation: str = "self",
    point: int | None = None,
    content: str = "debt",
    discloses: bool | None = None,
    time_barred: bool | None = None,
    paid_at: datetime | None = None,
    forbearance_offered: bool = False,
    text: str = "",
    offers_opt_out: bool | None = None,
    key: str = "",
) -> Decision:
    """Whether a contact may be made, decided and kept. `about`: an account, None: all. `key`: asked twice, kept once.

    Not told: whether the time to sue is over follows from the dues that were not met, whether a text offers to opt out
    from whether the person's own address for it (stopping) stands in it.

    Whatever fails inside refuses, and is kept as a refusal; only a database that cannot be reached raises.
    """

    def work() -> Decision:
        told = facts(person=person, channel=channel, purpose=purpose, at=at)
        if key and (earlier := run(BEFORE, [key], prepare=True)()):
            row = ContactDecision.objects.get(id=earlier[0])
            return kept(row, (person, channel, purpose, about, relation, point))
        offers = offers_opt_out
        if offers is None and text:
            offers = stopping.address(borrower=person, channel=channel) in text
        asked = Asked(
            channel, purpose, at, known.name(about), relation, known.name(point),
            known.point_kind(told["points"], point), content, discloses, time_barred, paid_at, forbearance_offered,
            text, offers,
        )  # fmt: skip
        return keep(person, about, told, asked, point=point, key=key, by=by)

    return atomically(work)


def facts(*, person: int, channel: str, purpose: str, at: datetime) -> dict[str, Any]:
    """What is stored of a person that bears on contact, under the person's lock till the end of the transaction."""
    connection.ensure_connection()
    row = run(FACTS, [Int8(person), channel, purpose, at, at - LOOKS_BACK], prepare=True)()
    assert row is not None
    told: dict[str, Any] = row[0]
    return told


def keep(
    person: int, about: int | None, told: dict[str, Any], asked: Asked, *, point: int | None, key: str, by: str
) -> Decision:
    """Decide one contact by what is told of the person, and keep the decision."""
    known_of, answer = decided(told, asked)
    row = run(
        INSERT,
        [Int8(person), number(about), asked.channel, asked.purpose, asked.relation, number(point), asked.at,
         answer.allowed, json.dumps(refusals(answer)), answer.next_at, answer.fault,
         json.dumps(inputs(known_of, asked)), rule_set(known_of, asked.at), key, by],
        prepare=True,
    )()  # fmt: skip
    assert row is not None
    return Decision(row[0], answer, True)


def number(told: int | None) -> Int8 | None:
    """A number of a row, if there is one."""
    return None if told is None else Int8(told)


def decided(told: dict[str, Any], asked: Asked) -> tuple[Person, Answer]:
    """The gate's answer to what is stored; what cannot be read refuses too."""
    try:
        person = known.person(told)
    except Exception as fault:
        return Person(known.NO_PLACE), Answer(
            False, (gate.Refusal(None, None),), None, f"{type(fault).__name__}: {fault}"
        )
    return person, gate.decide(person, asked)


def kept(row: ContactDecision, asked: tuple[Any, ...]) -> Decision:
    """The answer that an earlier request with the same key got; another contact under that key is refused."""
    before = (row.borrower_id, row.channel, row.purpose, row.account_id, row.relation, row.point_id)
    if before != asked:
        raise OtherContact(f"key {row.key!r} was used for decision {row.id}, which is of another contact")
    rules = {gate.Refusal(rule, None).version: rule for rule in rules_of(row)}
    found = tuple(gate.Refusal(rules.get(version), stamp(until)) for _, version, until in row.refusals)
    return Decision(row.id, Answer(row.allowed, found, row.next_at, row.fault), False)


def rules_of(row: ContactDecision) -> tuple[contact_rules.ContactRule, ...]:
    """The rules at the place of a decision on its day there, as they are read now; none that cannot be read."""
    try:
        told = row.inputs["person"]
        zones = (ZoneInfo(told["zone"]),) if "zone" in told else places.zones(told["place"])
        days = sorted({row.at.astimezone(zone).date() for zone in zones})
        sets = [contact_rules.in_force(place=told["place"], on=day).rules for day in days]
    except Exception:  # the answer is of its day: rules that cannot be read now name nothing, and change nothing
        return ()
    return tuple(rule for rules in sets for rule in rules)


def stamp(told: str | None) -> datetime | None:
    """A time as it was kept."""
    return None if told is None else datetime.fromisoformat(told)


def refusals(answer: Answer) -> list[list[str | None]]:
    """The rules that refuse, with their versions and until when each does."""
    return [[one.id, one.version, one.until.isoformat() if one.until else None] for one in answer.refusals]


def inputs(person: Person, asked: Asked) -> dict[str, Any]:
    """What the gate was asked and told, as plain values that say what they are; of a text its digest alone."""
    digest = "sha256:" + hashlib.sha256(asked.text.encode()).hexdigest() if asked.text else ""
    return {"person": plain(person), "asked": plain(asked._replace(text=digest))}


def plain(told: Any) -> Any:
    """Named values as an object without what is not told; times as ISO 8601, sets as lists in order."""
    kind: Any = type(told)
    if told is None or kind in PLAIN:
        return told
    if issubclass(kind, tuple):
        if not hasattr(kind, "_fields"):
            return [plain(one) for one in told]
        defaults = kind._field_defaults
        return {
            field: plain(value)
            for field, value in zip(kind._fields, told, strict=True)
            if value is not None and value != defaults.get(field)
        }
    return sorted(told) if kind is frozenset else str(told)


_KEPT: set[tuple[str, str]] = set()
"""The rule sets that this process knows to be in the database: its name, their digests."""


def rule_set(person: Person, at: datetime) -> str:
    """The digest of the rules at the person's place on the day, kept word for word once.

    "" without a place, or where the rules cannot be read: then the gate has refused for it.
    """
    try:
        zone = person.zone or places.zones(person.place)[0]
        rules = contact_rules.in_force(place=person.place, on=at.astimezone(zone).date())
    except Exception:  # as in the gate, whatever went wrong: the refusal is kept all the same
        return ""
    told = (connection.settings_dict["NAME"], rules.digest)
    if told not in _KEPT:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO borrowers_rule_set (digest, place, rules) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [rules.digest, person.place, json.dumps([plain(rule) for rule in rules.rules])],
            )
        transaction.on_commit(lambda: _KEPT.add(told))
    return rules.digest


def tell(*, decision: int, outcome: str, at: datetime, by: str, note: str = "") -> None:
    """Say what became of an allowed contact; `not_made` takes it out of what the rules count."""
    row = ContactDecision.objects.filter(id=decision, allowed=True).first()
    if row is None:
        raise NotDecided(f"decision {decision} allowed no contact")
    refuse_outcome(row.channel, outcome)
    ContactOutcome.objects.create(decision_id=decision, outcome=outcome, at=at, by=by, note=note)


def refuse_outcome(channel: str, outcome: str) -> None:
    """Refuse an outcome that a contact by this channel cannot have."""
    of_channel = OUTCOMES_OF_CALLS if channel in ("call", "ai_call", "voicemail", "visit") else OUTCOMES_OF_MESSAGES
    if outcome not in of_channel:
        raise OutcomeUnknown(f"outcome: {outcome!r}: of a {channel} there are {', '.join(of_channel)}")
