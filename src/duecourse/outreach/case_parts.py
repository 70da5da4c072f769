"""The history, consents and blocks of a case, as the gate takes them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .asked import Attempt, Block, Consent, NotUnderstood
from .case_fields import first, instant, is_clock, is_word, kinds, minute, named, optional, parts
from .case_words import plain, word

MOST_REPEATED = 1_000
"""How many equal attempts one entry of a history may stand for."""
OVER = datetime.min.replace(tzinfo=UTC)
"""The end of a block that no longer stands: the debt was verified, the attorney does not answer."""
GIVEN = (
    "at",
    "recorded_at",
    "given",
    "given_at",
    "given_on",
    "on",
    "since",
    "date",
    "obtained_at",
    "granted_at",
    "checked_at",
)
BEGAN = ("since", "recorded_at", "at", "on", "start", "started", "started_at", "received_at", "given_at", "date")
ENDED = (
    "until",
    "end",
    "ends",
    "ends_at",
    "resolved_at",
    "lifted_at",
    "verified_at",
    "ended_at",
    "expires_at",
    "verification_sent_at",
)
WHEN = ("at", "attempted_at", "local", "local_time", "when", "time", "on", "date", "instant")
DEBT = ("debt", "about", "debt_id", "account", "account_id", "loan")
POINT = ("point", "number", "contact_point", "to", "phone_number", "address", "destination_address", "number_called")
CHECKED = ("reassigned_checked", "number_checked", "reassigned_number_checked_at", "reassigned_checked_at")
CRISIS_DAYS = 30
"""How long a breathing space in a mental health crisis lasts after the treatment (UK-09)."""


def called(one: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these names that an entry has."""
    return next((named(one[name]) for name in names if one.get(name) is not None), None)


def attempts(told: Any, zone: ZoneInfo | None, at: datetime) -> Iterator[Attempt]:
    """An entry of a history: one attempt, or as many equal ones as its `count` says."""
    one = parts(told) if isinstance(told, dict) else worded(str(told))
    channel = word("channel", one.get("channel", "call"))
    outcome = next((one[name] for name in ("outcome", "result", "status") if name in one), None)
    if outcome is None and isinstance(one.get("connected"), bool):
        outcome = "connected" if one["connected"] else "unanswered"
    unsaid = "pending" if channel in ("call", "ai_call") else "sent"
    read = unsaid if outcome is None else word("outcome", outcome)
    count = one.get("count", one.get("times", 1))
    if type(count) is not int or not 0 <= count <= MOST_REPEATED:
        raise NotUnderstood(f"history: count: {count!r} is not a whole number up to {MOST_REPEATED}")
    attempt = Attempt(
        when(one, zone, at),
        channel,
        read,
        word("purpose", one.get("purpose", "collection")),
        plain(one.get("direction", "outbound")) in ("inbound", "in", "incoming") or bool(one.get("inbound")),
        called(one, DEBT),
        called(one, POINT),
        word("relation", one.get("relation", one.get("reached", one.get("who", "self")))),
    )
    yield from [attempt] * count


def worded(told: str) -> dict[str, Any]:
    """An attempt written in one line: its time, then channel, outcome, number and `debt=A` in any order.

    >>> worded("2026-03-11T09:00 inbound_call connected debt=A")
    {'at': '2026-03-11T09:00', 'inbound': True, 'channel': 'call', 'outcome': 'connected', 'debt': 'A'}
    """
    at, *words = told.split()
    one: dict[str, Any] = {"at": at}
    for said in words:
        name, _, value = said.partition("=")
        if value:
            one[name] = value
        elif plain(said).startswith("inbound"):
            one["inbound"] = True
            one["channel"] = plain(said).removeprefix("inbound").strip("_") or "call"
        elif is_word("channel", said):
            one["channel"] = said
        elif is_word("outcome", said):
            one["outcome"] = said
        else:
            one["point"] = said
    return one


def when(one: Mapping[str, Any], zone: ZoneInfo | None, at: datetime) -> datetime:
    """When an attempt was made: its own time, or so long before what is asked."""
    told = next((one[name] for name in WHEN if name in one), None)
    if told is not None:
        return instant(told, zone)
    ago = {unit: one[f"{unit}_ago"] for unit in ("days", "hours", "minutes") if f"{unit}_ago" in one}
    if not ago:
        raise NotUnderstood("history: at: missing")
    return at - timedelta(**ago)


def consents(told: Any, zone: ZoneInfo | None) -> Iterator[Consent | Block]:
    """A consent, by its kind, its channel or its purpose; one that was withdrawn is an opting out.

    Consent to calls is direct prior consent to more of them too, as long as its rule says.
    """
    one = parts(told)
    kind = one.get("kind", one.get("type", one.get("consent_type", one.get("consent"))))
    channel, purpose = one.get("channel"), one.get("purpose", one.get("scope"))
    if kind is not None and channel is None and is_word("channel", kind):
        kind, channel = None, kind
    if kind is not None and purpose is None and is_word("purpose", kind):
        kind, purpose = None, kind
    channel, purpose = optional("channel", channel), optional("purpose", purpose)
    hours = {name: one[name] for name in ("from", "to", "until") if is_clock(one.get(name))}
    dated = {name: value for name, value in one.items() if name not in hours and not isinstance(value, bool)}
    since = first(dated, (*GIVEN, "from"), zone)
    until = first(dated, ("until", "expires", "expires_at", "valid_until"), zone)
    withdrawn = first(dated, ("revoked_at", "withdrawn_at", "revoked_on", "withdrawn_on", "revoked"), zone)
    state = plain(one.get("given", one.get("status", one.get("state", "given"))))
    if state in ("false", "no", "revoked", "withdrawn", "opted_out", "refused") or one.get("revoked") is True:
        yield Block("opted_out", since, None, None, channel, purpose)
        return
    until = min((end for end in (until, withdrawn) if end), default=None)
    point = called(one, ("point", "number", "phone_number") if "to" in hours else POINT)
    found = word("consent", kind or "contact")
    if found == "hours" and hours:
        opens, shuts = minute(hours.get("from", "00:00")), minute(hours.get("to", hours.get("until", "24:00")))
        yield Consent("hours", channel, purpose, since, until, point, opens, shuts)
        return
    yield Consent(found, channel, purpose, since, until, point)
    if found == "contact" and channel == "call" and since is not None:
        yield Consent("call_again", channel, purpose, since, until, point)
    checked = first(one, CHECKED, zone)
    if checked is not None:
        yield Consent("number_checked", channel, purpose, checked, None, point)


def block(told: Any, zone: ZoneInfo | None) -> Block:
    """A block, by its kind, or with when it began and ends, for which debt, channel or purpose, at which times."""
    one = parts(told)
    names = ("type", "restriction_type", "block_type", "block", "kind")
    kind = word("block", next((one[name] for name in names if name in one), None))
    finer = one.get("kind", one.get("subtype"))
    if kind == "breathing_space" and finer is not None and is_word("block", finer):
        kind = word("block", finer)
    clocks = kind == "inconvenient_time"
    opens, shuts = (one.get(name) for name in (("from", "to") if clocks else ("opens", "shuts")))
    dated = {name: value for name, value in one.items() if not isinstance(value, bool)}
    since = first(dated, BEGAN if clocks else (*BEGAN, "from", "started_at"), zone)
    until = first(dated, ENDED if clocks else (*ENDED, "to"), zone)
    treated = first(dated, ("treatment_ended", "treatment_ends", "treatment_ended_at", "treatment_end"), zone)
    if kind == "mental_health_crisis" and treated is not None:
        until = treated + timedelta(days=CRISIS_DAYS)
    if any(one.get(name) is True for name in ("verified", "resolved", "no_reply", "unresponsive", "ended", "lifted")):
        until = OVER
    if plain(one.get("status", "")) in ("resolved", "ended", "lifted", "closed", "verified"):
        until = until or OVER
    return Block(
        kind,
        since,
        until,
        called(one, DEBT),
        optional("channel", one.get("channel")),
        optional("purpose", one.get("purpose", one.get("scope"))),
        0 if opens is None else minute(opens),
        24 * 60 if shuts is None else minute(shuts),
        None if one.get("weekdays") is None else frozenset(one["weekdays"]),
    )


def said(told: Mapping[str, Any]) -> set[str]:
    """The kinds that stand among the blocks of a case, as the file calls them."""
    named_ones = (parts(one) for one in kinds(told.get("blocks")))
    return {plain(one.get("restriction_type", one.get("type", one.get("kind", "")))) for one in named_ones}


def notices(told: Mapping[str, Any], zone: ZoneInfo | None) -> tuple[tuple[str, datetime | None], ...]:
    """The validation notice and when it was sent (None: it was not), where a case says anything of it."""
    if "no_validation_notice" in said(told):
        return (("validation", None),)
    if "validation_notice" in told:
        sent = told["validation_notice"]
        at = OVER if sent is True else None if not sent else instant(sent, zone)
        return (("validation", at),)
    found: list[tuple[str, datetime | None]] = []
    given = told.get("notices")
    rows = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    if isinstance(given, dict):
        rows = [given] if "kind" in given else [{"kind": name, "sent": sent} for name, sent in given.items()]
    for row in rows:
        one = parts(row)
        sent = one.get("sent", True)
        at = first(one, ("sent_at", "sent_on", "at", "on") + (() if isinstance(sent, bool) else ("sent",)), zone)
        kind = plain(one["kind"]).removesuffix("_sent").removesuffix("_notice")
        found.append((kind, at or (OVER if sent else None)))
    return tuple(found)
