"""What is stored of a person, as the contact gate takes it: rows of the database to plain values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .asked import Attempt, Block, Consent, Person, Running

NO_PLACE = ""
"""The place of a person whose residence is not known: no rules can be found, so the gate refuses."""


def person(told: Mapping[str, Any]) -> Person:
    """A person from what `outreach_contact_facts` answers.

    `unnoticed`: accounts without a validation notice, and when collection first reached the person about each.
    """
    place, zone = told["residence"] or (NO_PLACE, "")
    attempts = [attempt(row) for row in told["attempts"] or ()]
    attempts += [received(row) for row in told["inbound"] or ()]
    consents = told["consents"] or ()
    blocks = [block(row) for row in told["blocks"] or ()]
    blocks += [Block("arrangement", debt=str(account)) for account in told["arranged"] or ()]
    blocks += [Block("dispute", debt=str(account)) for account in told["disputed"] or ()]
    blocks += list(withdrawn(consents))
    return Person(
        place,
        ZoneInfo(zone) if zone else None,
        (),
        tuple(attempts),
        tuple(consent(row) for row in consents if row[3] and not is_over(row, consents)),
        tuple(blocks),
        frozenset(["lost"] if is_lost(told.get("points") or ()) else ()),
        (),
        tuple((name(account), at_of(at)) for account, at in told["unnoticed"] or ()),
        True,
        tuple(running(row) for row in told.get("running") or ()),
    )


def running(row: Sequence[Any]) -> Running:
    """A debt for which the time to sue has run for long."""
    account, missed, paid = row
    days = (date.fromisoformat(one) for one in sorted((paid or "").split(",")) if one)
    return Running(str(account), missed if isinstance(missed, date) else date.fromisoformat(missed), tuple(days))


def attempt(row: Sequence[Any]) -> Attempt:
    """A contact of ours that was allowed, with what became of it."""
    at, channel, outcome, purpose, account, point, relation = row
    return Attempt(at_of(at), channel, outcome, purpose, False, name(account), name(point), relation)


def received(row: Sequence[Any]) -> Attempt:
    """A contact that the person made."""
    at, channel, outcome, account = row
    return Attempt(at_of(at), channel, outcome, "service", True, name(account))


def consent(row: Sequence[Any]) -> Consent:
    """What the person agreed to."""
    kind, channel, purpose, _, at, until, opens, shuts, _ = row
    hours = {"opens": opens, "shuts": shuts}
    return Consent(kind, channel or None, purpose or None, instant(at), instant(until), **hours)


def is_over(row: Sequence[Any], rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a later word of the same kind says otherwise: what was given was taken back, or the other way round.

    All rows are of the channel and purpose that is asked about, or of any.
    """
    return any(later[0] == row[0] and later[3] != row[3] and later[8] > row[8] for later in rows)


def withdrawn(rows: Sequence[Sequence[Any]]) -> Iterator[Block]:
    """A consent to be contacted that was withdrawn is an opting out."""
    for row in rows:
        kind, channel, purpose, given, at = row[:5]
        if kind == "contact" and not given and not is_over(row, rows):
            yield Block("opted_out", instant(at), channel=channel or None, purpose=purpose or None)


def block(row: Sequence[Any]) -> Block:
    """What stands against contact."""
    kind, since, until, account, channel, purpose, opens, shuts, weekdays = row
    days = None if weekdays is None else frozenset(json.loads(weekdays))
    return Block(
        kind, instant(since), instant(until), name(account), channel or None, purpose or None, opens, shuts, days
    )


def is_lost(points: Sequence[Sequence[Any]]) -> bool:
    """Whether every phone number of the person is known to be dead."""
    phones = [state for _, kind, _, state in points if kind == "phone"]
    return bool(phones) and all(state == "dead" for state in phones)


def point_kind(points: Sequence[Sequence[Any]] | None, point: int | None) -> str:
    """What the gate calls the kind of a contact point; it does not know one that is not the person's, and refuses."""
    for one, _, at_work, state in points or ():
        if one == point:
            return "invalid" if state == "dead" else "work" if at_work else "own"
    return "own" if point is None else "of another"


def name(told: int | None) -> str | None:
    """The name of an account or a contact point."""
    return None if told is None else str(told)


def at_of(told: str | datetime) -> datetime:
    """A time of a row."""
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


def instant(told: str | datetime | None) -> datetime | None:
    """A time of a row, if there is one."""
    return None if told is None else at_of(told)
