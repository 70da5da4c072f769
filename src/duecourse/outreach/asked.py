"""What the contact gate is asked, and what it is told of the person: plain values, no database."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duecourse.rules.contact_rules import BLOCKS, CHANNELS, CONSENTS, CONTENTS, OUTCOMES, POINTS, PURPOSES, RELATIONS


class NotUnderstood(ValueError):
    """A word that the contact gate does not know: it refuses."""

    code = "contact_not_understood"


class Attempt(NamedTuple):
    """A contact made or tried before, by us or (`inbound`) by the person; `debt` and `point` None: not known which."""

    at: datetime
    channel: str
    outcome: str
    purpose: str = "collection"
    inbound: bool = False
    debt: str | None = None
    point: str | None = None
    relation: str = "self"


class Consent(NamedTuple):
    """What the person agreed to; None: whichever channel, purpose or number. `at` None: not told when.

    opens, shuts: of agreed hours, minutes after midnight, the end not included.
    """

    kind: str
    channel: str | None = None
    purpose: str | None = None
    at: datetime | None = None
    until: datetime | None = None
    point: str | None = None
    opens: int = 0
    shuts: int = 24 * 60


class Block(NamedTuple):
    """What stands against contact; None: any debt, channel or purpose, or no known beginning or end.

    opens, shuts: of an inconvenient time, minutes after midnight, the end not included; weekdays: 0 is Monday.
    """

    kind: str
    since: datetime | None = None
    until: datetime | None = None
    debt: str | None = None
    channel: str | None = None
    purpose: str | None = None
    opens: int = 0
    shuts: int = 24 * 60
    weekdays: frozenset[int] | None = None


class Running(NamedTuple):
    """A debt for which the time to sue has run for long: since the oldest due not met, and the payments after it."""

    debt: str
    missed_on: date
    paid_on: tuple[date, ...] = ()


class Person(NamedTuple):
    """What is known of a person when a contact is asked for.

    `zone` None: not known, then `zones` are those that may be, where fewer than the place has. `states`: lost,
    deceased, incapable, where told; `notices`: when each was sent, None where it was not; a notice that is not named is
    not known of. `unnoticed`: debts whose validation notice was not sent, and when collection first reached the person
    about each. `knows_points`: whether a number is dead is told of each number, so one dead number alone means nothing.
    """

    place: str
    zone: ZoneInfo | None = None
    zones: tuple[ZoneInfo, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    consents: tuple[Consent, ...] = ()
    blocks: tuple[Block, ...] = ()
    states: frozenset[str] = frozenset()
    notices: tuple[tuple[str, datetime | None], ...] = ()
    unnoticed: tuple[tuple[str | None, datetime], ...] = ()
    knows_points: bool = False
    running: tuple[Running, ...] = ()


class Asked(NamedTuple):
    """One contact that somebody wants to make. `point`: which number or address; `point_kind`: own, work or invalid.

    `content`: about the debt, limited (a voicemail that says nothing), whereabouts only, or a suit that it threatens.
    `discloses` None: not told. `time_barred`: whether the time to sue is over; `paid_at`: the last payment or
    acknowledgement, from which it runs; neither told: it follows from what the person has not met.
    `text`: what is to be said, where it is known already; `offers_opt_out`: whether it says how to opt out.
    """

    channel: str
    purpose: str
    at: datetime
    debt: str | None = None
    relation: str = "self"
    point: str | None = None
    point_kind: str = "own"
    content: str = "debt"
    discloses: bool | None = None
    time_barred: bool | None = None
    paid_at: datetime | None = None
    forbearance_offered: bool | None = None
    text: str = ""
    offers_opt_out: bool | None = None


def understood(person: Person, asked: Asked) -> None:
    """Refuse words that no rule knows, and times without a zone: a rule could not see what they stand for."""
    known(asked.channel, CHANNELS, "channel")
    known(asked.purpose, PURPOSES, "purpose")
    known(asked.relation, RELATIONS, "relation")
    known(asked.point_kind, POINTS, "kind of contact point")
    known(asked.content, CONTENTS, "content")
    for block in person.blocks:
        known(block.kind, BLOCKS, "block")
    for consent in person.consents:
        known(consent.kind, CONSENTS, "consent")
    for attempt in person.attempts:
        known(attempt.channel, CHANNELS, "channel of an attempt")
        known(attempt.outcome, OUTCOMES, "outcome of an attempt")
    for at in (asked.at, *(attempt.at for attempt in person.attempts)):
        if at.tzinfo is None:
            raise NotUnderstood(f"{at} has no zone")


def known(word: str, among: Collection[str], what: str) -> None:
    """Refuse a word that is none of these."""
    if word not in among:
        raise NotUnderstood(f"{what}: {word!r} is none of {', '.join(among)}")
