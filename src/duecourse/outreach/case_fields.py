"""The parts of a case as plain values: its fields by our names, its clock, its moments.

What a case says inside an object (`debt`, `borrower`, `validation`) is read as if it stood beside the other fields.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duecourse.rules import places

from . import case_words
from .asked import NotUnderstood
from .case_words import FIELDS, NAMES, is_word, plain, says_no, word

DATE = len("2026-03-05")
CLOCK = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::\d{2})?)?\s*(?:(?P<half>[ap])m)?", re.IGNORECASE)
OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?00)?", re.IGNORECASE)
NAMED = re.compile(r"\s*\[([\w/+-]+)\]$")
"""A zone's name after an instant, as in `2026-03-05T20:30-05:00[America/New_York]`."""
DEBTOR = ("debtor", "borrower", "consumer", "customer")
"""Objects about the person; a word in their place is the person's state."""
WHOLE = ("expected", "notices", "history", "consents", "blocks", "opt_outs", "inconvenient")
"""Fields whose objects are not taken apart."""
JOINED = ("history", "consents", "blocks", "opt_outs", "states", "zones", "inconvenient")
"""Fields that a case may tell in several places: all of it holds."""
NOTHING = ("", "unknown", "none", "null", "n_a", "missing", "not_known", "ambiguous")
OVER = ("no", "none", "false", "resolved", "closed", "ended", "lifted", "withdrawn", "never", "not", "", "inactive")
SO = (
    "true",
    "yes",
    "y",
    "given",
    "granted",
    "active",
    "valid",
    "express",
    "written",
    "prior_express",
    "obtained",
    "open",
)
"""Words by which a field says that what it is called is so."""
EVERY = ("any", "all", "every", "everything", "electronic", "all_channels", "every_channel", "both", "general", "")
EPOCH = 1_000_000_000
"""From here on a number is taken as seconds since 1970 (2001 and later)."""


class Fields(NamedTuple):
    """A case by our names, and the names in it that nobody knows: they are told, and not judged by."""

    told: Mapping[str, Any]
    unknown: tuple[str, ...]


def fields(told: Any) -> Fields:
    """A case with our names for its fields; null is as good as not told, and what stands outside goes first.

    A field that is called like a block (`dispute`, `sms_opt_out`) or a consent (`sms_consent`) is one.
    """
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
        elif ours is None and is_block(name, value):
            put(found, "blocks", list(standing(name, value)))
        elif ours is None and (agreed := consent_of(name)) is not None:
            put(found, "consents", list(standing(agreed, value)))
        elif isinstance(value, dict) and ours not in WHOLE:
            inside.append(in_object(ours, value))
        elif ours is None or ours == "inside":
            unknown += [] if isinstance(value, str | list | None) and ours == "inside" else [str(name)]
        elif value is not None and ours != "note":
            put(found, ours, value)
        elif value is None and ours in ("validation_notice", "zone"):
            found.setdefault(ours, None)
    for one in inside:
        within = fields(one)
        for ours, value in within.told.items():
            put(found, ours, value)
        unknown += within.unknown
    return Fields(found, tuple(unknown))


def is_block(name: str, value: Any) -> bool:
    """Whether a field is called like a block; one whose name only contains such a word must say yes, or since when."""
    if says_no(name) or case_words.listed("block", name):
        return True
    return is_word("block", name) and (value is True or isinstance(value, dict) or is_date(value))


def in_object(ours: str | None, told: Mapping[str, Any]) -> dict[str, Any]:
    """What an object of a case holds, as if it stood outside: its id is not the case's; a place's state is a region."""
    if ours == "place":
        return {"region" if plain(name) == "state" else name: value for name, value in told.items()}
    return {"id" if ours != "debt" else "debt": None, **told}


def put(found: dict[str, Any], ours: str, value: Any) -> None:
    """Take a field in: the first that is told holds; of lists, blocks and consents all do."""
    if found.get(ours) is None:
        found[ours] = value
    elif ours in JOINED and value is not None and value != found[ours]:
        found[ours] = [*kinds(found[ours]), *kinds(value)]


def standing(name: str, value: Any) -> Iterator[dict[str, Any]]:
    """The entries that a field stands for which is called like a block or a consent."""
    both_ends = isinstance(value, list) and all(map(is_clock, value))
    for one in value if isinstance(value, list) and not both_ends else [value]:
        if isinstance(one, dict):
            yield {**one, "type": plain(name), **({"finer": one["type"]} if "type" in one else {})}
        elif is_date(one):
            yield {"type": plain(name), "since": one}
        elif one is True or plain(one) in SO:
            yield {"type": plain(name)}
        elif is_word("channel", one) and case_words.listed("block", name) == "opted_out":
            yield {"type": plain(name), "channel": one}
        elif one is not None and plain(one) not in OVER:
            yield {"type": plain(name), "status": one, "window": one}


def consent_of(name: str) -> str | None:
    """What a field is a consent to, if it is called like one, as `sms_consent` or `consent_to_calls`."""
    one = plain(name)
    if is_word("consent", one) and ("consent" in one or "agreed" in one or "check" in one):
        return one
    for start, end in (("consent_to_", ""), ("consented_to_", ""), ("consent_", ""), ("agreed_", ""), ("", "_consent")):
        rest = one.removeprefix(start).removesuffix(end)
        if rest != one and (is_word("channel", rest) or is_word("purpose", rest) or is_word("consent", rest)):
            return rest
    return None


def place(told: Mapping[str, Any]) -> str:
    """The place of a case, with its region; names of countries and states stand for their codes."""
    if "place" not in told:
        raise NotUnderstood("place: missing")
    home, _, inner = re.sub(r"\s*[/,:_]\s*|\s*-\s*", "-", str(told["place"]).strip()).partition("-")
    home = NAMES["country"].get(plain(home).strip("_"), home)
    region = inner or told.get("region")
    if home not in NAMES["country"].values() and plain(home) in NAMES["region"]:
        home, region = NAMES["region"][plain(home)].split("-")
    if region is None and is_region(told.get("states"), home):
        region = told["states"]
    if region is not None:
        named_one = NAMES["region"].get(plain(region), "").partition("-")
        region = named_one[2] if named_one[2] and named_one[0] in places.lies_in(home) else str(region)
        home = region if "-" in str(region) else f"{home}-{region}"
    return places.upward(home)[0]


def is_region(told: object, home: str) -> bool:
    """Whether a word in the field `state` is a part of the country, by its code or name."""
    if not isinstance(told, str):
        return False
    country = NAMES["region"].get(plain(told), "").partition("-")[0]
    return country in places.lies_in(home) or told in places.states(home)


def clocks(told: Mapping[str, Any], home: str) -> tuple[ZoneInfo, ...]:
    """The zones in which a case is to be read, each by itself: the person's one, or all those that may be.

    A wall clock's time without a zone is on the person's own clock, whatever its zone. The offset of an instant says
    nothing of where the person is; that of a local time does.
    """
    if "local" not in told and "at" not in told:
        raise NotUnderstood("at: missing")
    if told.get("zone") is not None and plain(told["zone"]) not in NOTHING:
        return (zone_of(told["zone"]),)
    at = told_at(told)
    if named_zone := NAMED.search(str(told.get("local", told.get("at")))):
        return (zone_of(named_zone[1]),)
    if at.tzinfo is not None and "local" in told:
        return (fixed(at),)
    if at.tzinfo is None and "at" in told and (instant_of := moment(told["at"])).tzinfo is not None:
        return (fixed(at.replace(tzinfo=timezone(at - instant_of.astimezone(UTC).replace(tzinfo=None)))),)
    return tuple(zone_of(one) for one in listed(told.get("zones"))) or places.zones(home)


def clock(told: Mapping[str, Any], zone: ZoneInfo) -> datetime:
    """The instant that is asked about, in this zone of the person."""
    at = told_at(told)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def told_at(told: Mapping[str, Any]) -> datetime:
    """The moment of a case: a time of day beside a date is that day's."""
    at = told.get("local", told.get("at"))
    if is_clock(at) and told.get("date") is not None:
        return datetime.combine(moment(told["date"]).date(), time(*divmod(minute(at), 60)))
    return moment(at)


def fixed(at: datetime) -> ZoneInfo:
    """A zone that stands at the offset of an instant all year."""
    offset = at.utcoffset()
    assert offset is not None
    hours, rest = divmod(int(offset.total_seconds()), 3_600)
    if rest or not -12 <= hours <= 14:
        raise NotUnderstood(f"{at}: an offset of parts of an hour needs a zone")
    return ZoneInfo(f"Etc/GMT{-hours:+d}")  # the sign of these names is turned round


def zone_of(told: object) -> ZoneInfo:
    """A time zone by its name, or by how far it is from UTC."""
    told = NAMES["zone"].get(plain(told), told)
    offset = OFFSET.fullmatch(str(told).strip())
    if offset:
        hours = int(offset["hours"]) * (1 if offset["sign"] == "-" else -1)  # the sign of these names is turned round
        told = f"Etc/GMT{hours:+d}"
    try:
        return ZoneInfo(str(told))
    except (ZoneInfoNotFoundError, ValueError):
        raise NotUnderstood(f"zone: there is no {told!r}") from None


def moment(told: object) -> datetime:
    """An instant or a wall clock's time, as ISO 8601 writes it."""
    if isinstance(told, int | float) and told >= EPOCH:
        return datetime.fromtimestamp(told, UTC)
    try:
        return datetime.fromisoformat(NAMED.sub("", str(told).strip()).replace("/", "-"))
    except ValueError:
        raise NotUnderstood(f"{told!r} is no time like 2026-03-05T20:30") from None


def instant(told: object, zone: ZoneInfo) -> datetime:
    """A moment of a case: without an offset it is on the person's clock, a date alone begins at its midnight."""
    if isinstance(told, str) and len(told.strip()) == DATE:
        return datetime.combine(moment(told).date(), time(), zone)
    at = moment(told)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def first(one: Mapping[str, Any], names: Sequence[str], zone: ZoneInfo) -> datetime | None:
    """The first of these fields that is told, as an instant."""
    return next((instant(one[name], zone) for name in names if one.get(name) is not None), None)


def is_date(told: object) -> bool:
    """Whether a value is a date or an instant."""
    try:
        instant(told, ZoneInfo("UTC"))
    except ValueError:
        return False
    return not (isinstance(told, str) and told.strip().isdigit())


def is_clock(told: object) -> bool:
    """Whether a value is a time of day, like 22:00, 10pm, or the hour 22."""
    return (type(told) is int and 0 <= told <= 24) or (isinstance(told, str) and is_hour(told.strip()))


def is_hour(told: str) -> bool:
    """Whether a text is a time of day; a number alone is none."""
    return bool(CLOCK.fullmatch(told)) and not told.isdigit()


def minute(told: object) -> int:
    """A time of day as minutes after midnight; 24:00 is the end of the day.

    >>> minute("08:30"), minute("9 pm"), minute(22)
    (510, 1260, 1320)
    """
    found = CLOCK.fullmatch(f"{told}:00" if type(told) is int else str(told).strip())
    if found is None:
        raise NotUnderstood(f"{told!r} is no time of day like 08:00")
    hour, minutes, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise NotUnderstood(f"{told!r} is no time of day")
    hour = hour % 12 + 12 * (half == "p") if half else hour
    if minutes > 59 or hour * 60 + minutes > 24 * 60:
        raise NotUnderstood(f"{told!r} is no time of day")
    return hour * 60 + minutes


def is_so(told: object) -> bool | None:
    """Whether something is told to be so; None: not told. A date says since when it is; other words are refused.

    >>> is_so(True), is_so("no"), is_so("2026-03-05"), is_so(None)
    (True, False, True, None)
    """
    one = plain(told)
    if told is None or one in ("unknown", ""):
        return None
    if one in ("true", "yes", "y", "1", "是", "written", "open", "active") or is_date(told) or isinstance(told, dict):
        return True
    if one in ("false", "no", "n", "0", "none", "否", "never", "not", "closed"):
        return False
    raise NotUnderstood(f"{told!r} is neither yes nor no")


def named(told: object) -> str | None:
    """A name of a debt or a number."""
    return None if told is None else str(told)


def listed(told: Any) -> Sequence[Any]:
    """What may be told as one thing or a list of things."""
    return [] if told is None or told is False else told if isinstance(told, list) else [told]


def kinds(told: Any) -> Sequence[Any]:
    """Blocks or consents: a list, one, or an object that tells of each kind whether there is one, or since when.

    >>> kinds({"dispute": True, "cease": False, "attorney": "2026-03-05"})
    [{'type': 'dispute'}, {'type': 'attorney', 'since': '2026-03-05'}]
    """
    if not isinstance(told, dict) or {plain(name) for name in told} & {"kind", "type", "block", "consent", "channel"}:
        return listed(told)
    return [one for name, value in told.items() for one in standing(str(name), value)]


def parts(told: object) -> dict[str, Any]:
    """A block or consent: with fields, or told as one word, as `kind:channel`, or as `kind@2026-03-05`."""
    if isinstance(told, dict):
        return {plain(name): value for name, value in told.items() if value is not None}
    worded, _, since = str(told).partition("@")
    kind, _, rest = worded.partition(":")
    field = "window" if rest[:1].isdigit() else "channel"
    return {"kind": kind, **({field: rest} if rest else {}), **({"since": since} if since else {})}


def optional(what: str, told: object) -> str | None:
    """Our word for what is told; None for any."""
    return None if told is None or plain(told) in EVERY else word(what, told)
