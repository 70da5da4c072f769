"""The consents and optings out of a case, as the gate takes them, and which of them a later word undid."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from .asked import Block, Consent
from .case_fields import first, is_date, kinds, listed, named, optional, parts
from .case_hours import OPENS, SHUTS, WEEKDAYS, WINDOW, hours, weekdays
from .case_words import is_word, of_what, plain, word

GIVEN = (
    "at", "recorded_at", "given", "given_at", "given_on", "given_date", "date_given", "on", "since", "date",
    "obtained", "obtained_at", "obtained_on", "granted", "granted_at", "granted_on", "date_granted", "grant_date",
    "checked_at", "consented", "consented_at", "consented_on", "consent_date", "consent_at", "consent_given_at",
    "timestamp", "datetime", "date_time", "ts", "t", "time", "when", "agreed", "agreed_at", "agreed_on",
    "signed", "signed_at", "signed_on", "opted_in", "opted_in_at", "opt_in_at", "opt_in_date", "accepted_at",
    "received_at", "received_on", "created", "created_at", "confirmed_at", "instant", "local", "local_time", "start",
    "started_at", "from", "effective", "effective_from", "valid_from", "recorded_on", "last_consent_at", "last_used",
    "last_used_at", "provided_at", "captured_at",
)  # fmt: skip
"""When a consent was given."""
UNTIL = (
    "until", "expires", "expires_at", "expires_on", "expiry", "expiry_date", "expired_at", "valid_until", "valid_to",
    "valid_through", "end", "ends", "ends_at", "end_date", "ended_at", "to",
)  # fmt: skip
WITHDRAWN = (
    "revoked_at", "withdrawn_at", "revoked_on", "withdrawn_on", "revoked", "withdrawn", "revocation_date", "revocation",
    "revocation_at", "withdrawal_date", "withdrawal_at", "withdrawal", "cancelled_at", "canceled_at", "opted_out_at",
    "stopped_at", "stop_at", "opt_out_at", "revoke_date", "date_revoked",
)  # fmt: skip
POINT = ("point", "number", "contact_point", "phone_number", "phone", "address", "destination_address", "destination")
CHECKED = ("reassigned_checked", "number_checked", "reassigned_number_checked_at", "reassigned_checked_at")
KIND = ("kind", "type", "consent_type", "consent", "for", "agreed_to", "what")
PURPOSE = ("purpose", "scope", "purposes")
CHANNEL = ("channel", "channels", "medium", "via", "ch")
STATE = ("given", "status", "state", "granted", "active", "valid", "consented", "agreed", "opted_in", "in_force")
BESIDE = (
    "note", "notes", "source", "method", "how", "by", "id", "text", "form", "evidence", "written", "in_writing",
    "express", "word", "words", "debt", "revoked", "withdrawn", "expired", "days_ago", "until_revoked", "place",
    "zone", "tz", "record", "reference", "ref", "version", "language", "prior", "explicit", "direct",
)  # fmt: skip
"""What may stand in a consent and changes nothing, or is asked for by name."""
KNOWN = {*GIVEN, *UNTIL, *WITHDRAWN, *POINT, *CHECKED, *KIND, *PURPOSE, *CHANNEL, *STATE, *BESIDE, *WEEKDAYS}
REVOKED = {"revoked", "withdrawn", "opted_out", "refused", "denied", "stopped", "cancelled", "declined"}
LAPSED = {"false", "no", "expired", "lapsed", "inactive", "invalid", "ended", "pending", "unknown", "none", "never"}
STOP = {
    "stop", "quit", "end", "revoke", "opt_out", "optout", "cancel", "unsubscribe", "stopall", "stop_all", "td", "t",
    "退订", "拒收",
}  # fmt: skip
"""What a person writes who wants no more of it (47 CFR 64.1200(a)(10); TD and T are those of Chinese operators)."""
AS_CALLS = ("ai_call", "voicemail")
"""Who wants no calls wants none by a robot and no message on the answering machine."""


class At(NamedTuple):
    """At which instant is asked, in which zone of the person."""

    zone: ZoneInfo
    at: datetime


def called(one: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these names that an entry has."""
    return next((named(one[name]) for name in names if one.get(name) is not None), None)


def consents(told: Any, asked: At) -> Iterator[Consent | Block]:
    """A consent, by its kind, its channel or its purpose; one to be contacted that was withdrawn is an opting out.

    One that tells no time, and has a field that nobody knows, is not understood: it permits nothing. Consent to calls
    is direct prior consent to more of them too, as long as its rule says.
    """
    one = parts(told)
    purposes = listed(one.pop("purposes", None)) or listed(next((one[name] for name in PURPOSE if name in one), None))
    channels = listed(one.pop("channels", None)) or listed(next((one[name] for name in CHANNEL if name in one), None))
    for channel in channels or [None]:
        for purpose in purposes or [None]:
            of_both = {"channel": channel, "purpose": purpose}
            yield from of_channel({**one, **{name: told for name, told in of_both.items() if told is not None}}, asked)


def of_channel(one: dict[str, Any], asked: At) -> Iterator[Consent | Block]:
    """A consent to one channel, or to any."""
    kind, channel, purpose = words(one)
    window = hours(one)
    by_clock = window.told_by if window else frozenset()
    dated = {name: value for name, value in one.items() if name not in by_clock and is_date(value)}
    since = first(dated, GIVEN, asked.zone)
    if since is None and type(one.get("days_ago")) in (int, float):
        since = asked.at - timedelta(days=one["days_ago"])
    until, withdrawn = first(dated, UNTIL, asked.zone), first(dated, WITHDRAWN, asked.zone)
    state = standing(one)
    if kind == "contact" and (state == "revoked" or withdrawn is not None):
        yield from opted_out(withdrawn or since, None, channel, purpose)
    unread = set(one) - KNOWN - by_clock
    unclear = kind == "hours" and any(
        name in one and name not in by_clock and not is_date(one[name]) for name in (*OPENS, *SHUTS, *WINDOW)
    )
    if unclear or state != "given" or (unread and (since is None or kind == "hours")) or not on_day(one, window, asked):
        return
    until = min((end for end in (until, withdrawn) if end), default=None)
    point = called(one, POINT if "to" in by_clock or "to" in dated else (*POINT, "to"))
    opens, shuts = (window.opens, window.shuts) if window else (0, 24 * 60)
    yield Consent(kind, channel, purpose, since, until, point, opens, shuts)
    if kind == "contact" and channel == "call" and since is not None:
        yield Consent("call_again", channel, purpose, since, until, point, opens, shuts)
    checked = first(dated, CHECKED, asked.zone)
    if checked is not None:
        yield Consent("number_checked", channel, purpose, checked, None, point)


def standing(one: Mapping[str, Any]) -> str:
    """Whether a consent is given, was revoked, or is none: it lapsed, or is told not to be."""
    told = {name: plain(one[name]) for name in (*STATE, "revoked", "withdrawn", "expired") if name in one}
    words = {told[name] for name in STATE if name in told}
    taken_back = {told.get("revoked"), told.get("withdrawn")} & {"true", "yes"}
    if taken_back or words & REVOKED or told.get("given") in ("false", "no"):
        return "revoked"
    return "none" if words & LAPSED or told.get("expired") in ("true", "yes") else "given"


def words(one: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    """The kind, channel and purpose of a consent, whichever of them its words are; a name that adds nothing is left."""
    channel, purpose, kind = one.get("channel"), one.get("purpose"), None
    for told in (one[name] for name in KIND if one.get(name) is not None):
        if channel is None and is_word("channel", told):
            channel = told
        elif purpose is None and is_word("purpose", told):
            purpose = told
        else:
            kind = kind or told
    if purpose is not None and not is_word("purpose", purpose) and kind is None and is_word("consent", purpose):
        kind, purpose = purpose, None
    return word("consent", kind or "contact"), optional("channel", channel), optional("purpose", purpose)


def on_day(one: Mapping[str, Any], window: Any, asked: At) -> bool:
    """Whether a consent holds on the day of the week on which is asked; one over midnight is of the day it began."""
    days = weekdays(one)
    if days is None:
        return True
    now = asked.at.astimezone(asked.zone)
    began = now
    if window and window.shuts <= window.opens and now.hour * 60 + now.minute < window.shuts:
        began = now - timedelta(days=1)
    return began.weekday() in days


def opted_out(
    since: datetime | None, until: datetime | None, channel: str | None, purpose: str | None, debt: str | None = None
) -> Iterator[Block]:
    """An opting out of a channel and a purpose, None: of any."""
    for one in (channel, *(AS_CALLS if channel == "call" else ())):
        yield Block("opted_out", since, until, debt, one, purpose)


def optings_out(told: Any, asked: At) -> Iterator[Mapping[str, Any]]:
    """The optings out of a case, each as an entry of a block: channels, purposes, or all, told by word or by field."""
    if isinstance(told, dict) and not {plain(name) for name in told} & {*CHANNEL, *PURPOSE, *KIND, *GIVEN}:
        told = kinds(told)
    for one in listed(told):
        entry = {"at": one} if is_date(one) else parts("all" if one is True else one)
        kind = next((entry.pop(name) for name in KIND if entry.get(name) is not None), None)
        for channel in listed(entry.pop("channels", None)) or [None]:
            whole = {**entry, "type": "opted_out", **of_what("all" if kind is None else kind)}
            yield {**whole, "channel": channel} if channel is not None else whole


def stopped(history: Any, attempts: Any) -> Iterator[Block]:
    """The optings out that the person wrote to us: a message that came in and says STOP."""
    one = parts(history) if isinstance(history, dict) else {}
    said = next((one[name] for name in ("text", "body", "message", "content", "says", "said") if name in one), None)
    for attempt in attempts:
        if attempt.inbound and said is not None and plain(str(said).strip(" .!?。！")) in STOP:
            yield from opted_out(attempt.at, None, attempt.channel, None)


def renewed(blocks: list[Block], given: list[Consent], channel: str, purpose: str, at: datetime) -> list[Block]:
    """The blocks without the optings out that a later consent to the same undid: the newest word holds."""

    def undone(block: Block) -> bool:
        return block.kind == "opted_out" and any(
            one.kind == "contact"
            and one.at is not None
            and block.since is not None
            and block.since < one.at <= at
            and (one.until is None or at < one.until)
            and (one.channel == block.channel or (block.channel is None and one.channel == channel))
            and (one.purpose == block.purpose or (block.purpose is None and one.purpose == purpose))
            for one in given
        )

    return [block for block in blocks if not undone(block)]
