"""The parts of a case as plain values: its fields by our names, its clock, its moments.

What a case says inside an object (`debt`, `borrower`, `validation`) is read as if it stood beside the other fields.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duecourse.rules import places

from .asked import NotUnderstood
from .case_words import FIELDS, plain, word

REGIONS = {"scotland": "SCT", "england": "ENG", "wales": "WLS", "northern_ireland": "NIR"}
DATE = len("2026-03-05")
DEBTOR = ("debtor", "borrower", "consumer", "customer")
"""Objects about the person; a word in their place is the person's state."""


class Fields(NamedTuple):
    """A case by our names, and the names in it that nobody knows: they are told, and not judged by."""

    told: Mapping[str, Any]
    unknown: tuple[str, ...]


def fields(told: Any) -> Fields:
    """A case with our names for its fields; null is as good as not told, and what stands outside goes first."""
    if not isinstance(told, dict):
        raise NotUnderstood("a case is an object with named fields")
    found: dict[str, Any] = {}
    unknown: list[str] = []
    inside: list[Mapping[str, Any]] = []
    for name, value in told.items():
        ours = FIELDS.get(plain(name))
        if ours == "inside" and isinstance(value, str):
            ours = "text" if plain(name) == "message" else "states" if plain(name) in DEBTOR else ours
        if isinstance(value, dict) and plain(name) == "validation":
            inside.append({"validation_notice" if one == "sent_at" else one: sent for one, sent in value.items()})
        elif isinstance(value, dict) and ours not in ("expected", "notices", "history", "consents", "blocks"):
            inside.append({"id" if ours != "debt" else "debt": None, **value} if ours != "place" else value)
        elif ours is None or ours == "inside":
            unknown += [] if isinstance(value, str | list | None) and ours == "inside" else [str(name)]
        elif value is not None and ours != "note" and ours not in found:
            found[ours] = value
        elif value is None and ours in ("validation_notice", "zone"):
            found.setdefault(ours, None)
    for one in inside:
        within = fields(one)
        found = {**within.told, **found}
        unknown += within.unknown
    return Fields(found, tuple(unknown))


def place(told: Mapping[str, Any]) -> str:
    """The place of a case, with its region."""
    if "place" not in told:
        raise NotUnderstood("place: missing")
    home, region = str(told["place"]), told.get("region")
    if region is None and isinstance(told.get("states"), str) and told["states"].upper() in places.states(home):
        region = told["states"]
    if region is not None and "-" not in home:
        home = f"{home}-{REGIONS.get(plain(region), str(region))}"
    return places.upward(home)[0]


def clock(told: Mapping[str, Any], home: str, *, has_zones: bool) -> tuple[ZoneInfo | None, datetime]:
    """The person's zone and the instant. A local time without a zone is on the person's own clock, whatever its zone.

    In a file that never tells a zone the offset of an instant is the person's clock; where other cases tell one, a case
    without it is of a person whose zone is not known.
    """
    if "local" not in told and "at" not in told:
        raise NotUnderstood("at: missing")
    zone = None if told.get("zone") is None else zone_of(told["zone"])
    at = moment(told.get("local", told.get("at")))
    if at.tzinfo is None and zone is None:
        zone = alone(home) or ZoneInfo("UTC")
    elif zone is None and at.utcoffset() and not has_zones:
        zone = fixed(at)
    return zone, at if at.tzinfo else at.replace(tzinfo=zone)


def alone(home: str) -> ZoneInfo | None:
    """The zone of a place that has one alone."""
    zones = places.zones(home)
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
    """A moment of a case: without an offset it is on the person's clock, a date alone begins at its midnight."""
    if isinstance(told, str) and len(told) == DATE:
        return datetime.combine(date.fromisoformat(told), time(), zone or UTC)
    at = moment(told)
    if at.tzinfo is None and zone is None:
        raise NotUnderstood(f"{told!r} has no zone and the person's is not told")
    return at if at.tzinfo else at.replace(tzinfo=zone)


def first(one: Mapping[str, Any], names: Sequence[str], zone: ZoneInfo | None) -> datetime | None:
    """The first of these fields that is told, as an instant."""
    return next((instant(one[name], zone) for name in names if one.get(name) is not None), None)


def is_clock(told: object) -> bool:
    """Whether a value is a time of day, like 22:00."""
    return isinstance(told, str) and ":" in told and len(told) <= len("22:00:00")


def minute(told: object) -> int:
    """A time of day as minutes after midnight; 24:00 is the end of the day."""
    try:
        hours, minutes = str(told).split(":")[:2]
        found = int(hours) * 60 + int(minutes)
    except ValueError:
        raise NotUnderstood(f"{told!r} is no time of day like 08:00") from None
    if not 0 <= found <= 24 * 60:
        raise NotUnderstood(f"{told!r} is no time of day")
    return found


def named(told: object) -> str | None:
    """A name of a debt or a number."""
    return None if told is None else str(told)


def listed(told: Any) -> Sequence[Any]:
    """What may be told as one thing or a list of things."""
    return [] if told is None or told is False else told if isinstance(told, list) else [told]


def kinds(told: Any) -> Sequence[Any]:
    """Blocks or consents: a list, one, or an object that tells of each kind whether there is one, or since when.

    >>> kinds({"dispute": True, "cease": False, "attorney": "2026-03-05"})
    [{'kind': 'dispute'}, {'kind': 'attorney', 'since': '2026-03-05'}]
    """
    if not isinstance(told, dict) or {plain(name) for name in told} & {"kind", "type", "block", "consent", "channel"}:
        return listed(told)
    found: list[Any] = []
    for name, value in told.items():
        if value is True:
            found.append({"kind": name})
        elif isinstance(value, dict):
            found.append({"kind": name, **value})
        elif value:
            found.append({"kind": name, "since": value})
    return found


def parts(told: object) -> dict[str, Any]:
    """A block or consent: with fields, or told as one word, as `kind:channel`, or as `kind@2026-03-05`."""
    if isinstance(told, dict):
        return {plain(name): value for name, value in told.items() if value is not None}
    worded, _, since = str(told).partition("@")
    kind, _, channel = worded.partition(":")
    return {"kind": kind, **({"channel": channel} if channel else {}), **({"since": since} if since else {})}


def optional(what: str, told: object) -> str | None:
    """Our word for what is told; None for any."""
    return None if told is None or plain(told) in ("any", "all") else word(what, told)


def is_word(what: str, told: object) -> bool:
    """Whether a word is one of these."""
    try:
        word(what, told)
    except NotUnderstood:
        return False
    return True
