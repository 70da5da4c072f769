"""The history, blocks and notices of a case, as the gate takes them."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .asked import Attempt, Block, NotUnderstood
from .case_agreed import At, called, opted_out
from .case_fields import first, instant, is_clock, is_date, is_so, kinds, listed, optional, parts
from .case_hours import hours, weekdays
from .case_words import is_word, of_what, plain, says_no, word

MOST_REPEATED = 1_000
"""How many equal attempts one entry of a history may stand for."""
OVER = datetime.min.replace(tzinfo=UTC)
"""The end of a block that no longer stands: the debt was verified, the attorney does not answer."""
BEGAN = (
    "since", "recorded_at", "at", "on", "start", "started", "started_at", "started_on", "starts", "starts_at", "begin",
    "began", "begins", "received_at", "received_on", "received", "given_at", "date", "opened", "opened_at", "opened_on",
    "reported_at", "filed_at", "filed_on", "effective", "effective_from", "registered_at", "created_at", "noted_at",
    "made_at", "made_on", "requested_at", "requested_on", "timestamp", "datetime", "when", "ts", "start_date", "time",
    "opted_out_at", "revoked_at", "withdrawn_at", "instant", "local", "valid_from",
)  # fmt: skip
ENDED = (
    "until", "end", "ends", "ends_at", "ends_on", "end_date", "resolved_at", "resolved_on", "resolved", "lifted_at",
    "lifted_on", "lifted", "verified_at", "verified_on", "verified", "ended_at", "ended_on", "ended", "expires",
    "expires_at", "expires_on", "expiry", "verification_sent_at", "verification_sent_on", "closed_at", "closed_on",
    "decided_at", "decided_on", "withdrawn_on", "cancelled_at", "valid_until", "through", "answered_at",
)  # fmt: skip
PROMISED = ("due", "due_date", "due_on", "due_at", "promised_for", "promised_date", "promise_date", "pay_by", "pay_on")
"""When what was promised is to be paid: the promise stands on that day too."""
ENDINGS = (
    "resolved", "ended", "lifted", "closed", "verified", "inactive", "expired", "over", "withdrawn", "cancelled",
    "canceled", "released", "dismissed", "broken", "rejected", "void", "former", "past", "removed",
)  # fmt: skip
WHEN = (
    "at", "attempted_at", "local", "local_time", "when", "time", "on", "date", "instant", "timestamp", "datetime", "ts",
    "t", "at_utc", "utc", "started_at", "called_at", "sent_at", "occurred_at", "made_at", "date_time", "date_and_time",
    "local_at", "at_local", "local_datetime", "contacted_at", "attempt_at", "start", "start_time", "created_at",
    "placed_at", "dialed_at", "dialled_at", "happened_at", "received_at", "event_time", "day", "call_time", "moment",
)  # fmt: skip
DEBT = ("debt", "about", "debt_id", "account", "account_id", "loan", "loan_id", "account_ref", "debt_ref")
POINTS = (
    "point", "number", "contact_point", "to", "phone_number", "phone", "address", "destination_address", "destination",
    "number_called", "called_number", "dialed_number", "contact_method", "to_number",
)  # fmt: skip
REACHED = ("relation", "reached", "who", "party", "recipient", "person_reached", "relationship", "contacted", "with")
OUTCOMES = ("outcome", "result", "status", "disposition", "state")
CHANNEL = ("channel", "medium", "via", "ch", "type", "kind", "means", "contact_channel")
INBOUND = ("inbound", "in", "incoming", "from_debtor", "from_consumer", "from_borrower", "received")
CRISIS_DAYS = 30
"""How long a breathing space in a mental health crisis lasts after the treatment (UK-09)."""
TALLY = re.compile(r"(?P<what>[a-z_]+?)_(?:today|so_far_today|this_day|same_day)")
"""A count of the day's attempts told as one number, as `connected_today`."""


def history(told: Any, asked: At) -> Iterator[tuple[Any, Attempt]]:
    """Each entry of a history with the attempts that it stands for; an object may count those of the day."""
    if isinstance(told, dict) and not {plain(name) for name in told} & {*WHEN, "days_ago", "hours_ago", "minutes_ago"}:
        for name, value in told.items():
            for one in tallied(plain(name), value) if type(value) is int else listed(value):
                yield from ((one, attempt) for attempt in attempts(one, asked))
        return
    for one in listed(told):
        yield from ((one, attempt) for attempt in attempts(one, asked))


def tallied(name: str, count: int) -> Iterator[dict[str, Any]]:
    """So many attempts of the day, as a name like `connected_calls_today` says; another name is refused."""
    found = TALLY.fullmatch(name)
    words = [word for word in (found["what"] if found else "").split("_") if word]
    channel = next((word for word in words if is_word("channel", word)), "call")
    outcome = next((word for word in words if is_word("outcome", word)), None)
    known = [word for word in words if word in (channel, outcome, "attempts", "contacts", "count", "number", "of")]
    if not found or not words or len(known) < len(words):
        raise NotUnderstood(f"history: {name}: no such count of attempts")
    yield {"minutes_ago": 0, "channel": channel, "count": count, **({"outcome": outcome} if outcome else {})}


def attempts(told: Any, asked: At) -> Iterator[Attempt]:
    """An entry of a history: one attempt, or as many equal ones as its `count` says."""
    one = parts(told) if isinstance(told, dict) else worded(str(told))
    channel, inbound = of_channel(one)
    outcome = next((one[name] for name in OUTCOMES if name in one), None)
    if outcome is None:
        outcome = told_by_the_call(one)
    count = one.get("count", one.get("times", 1))
    if type(count) is not int or not 0 <= count <= MOST_REPEATED:
        raise NotUnderstood(f"history: count: {count!r} is not a whole number up to {MOST_REPEATED}")
    attempt = Attempt(
        when(one, asked),
        channel,
        became(channel, None if outcome is None else word("outcome", outcome)),
        word("purpose", one.get("purpose", "collection")),
        inbound,
        called(one, DEBT),
        called(one, POINTS),
        word("relation", next((one[name] for name in REACHED if name in one), "self")),
    )
    yield from [attempt] * count


def became(channel: str, outcome: str | None) -> str:
    """What became of an attempt as its channel can have it; of a call that is not told, or told as sent, the worst."""
    if channel == "voicemail" and outcome in (None, "sent", "connected", "unanswered"):
        return "voicemail"
    if channel in ("call", "ai_call", "visit"):
        return "pending" if outcome in (None, "sent") else outcome
    return "sent" if outcome in (None, "connected", "unanswered", "voicemail") else outcome


def of_channel(one: Mapping[str, Any]) -> tuple[str, bool]:
    """The channel of an attempt, and whether the person made it; `inbound_call` tells both."""
    told = plain(next((one[name] for name in CHANNEL if name in one), "call"))
    rest = re.sub(r"^(?:inbound|incoming)_|_(?:inbound|incoming|received)$", "", told)
    if told in ("inbound", "incoming"):
        rest = "call"
    direction = plain(one.get("direction", one.get("initiated_by", one.get("by", ""))))
    theirs = direction in INBOUND or (is_word("relation", direction) and word("relation", direction) == "self")
    inbound = any(is_so(one.get(name)) for name in ("inbound", "incoming"))
    return word("channel", rest), theirs or inbound or rest != told


def told_by_the_call(one: Mapping[str, Any]) -> str | None:
    """What became of a call by whether it was answered, or how long was spoken; None: not told."""
    for name in ("connected", "answered", "effective", "conversation", "reached_person", "picked_up"):
        if isinstance(one.get(name), bool):
            return "connected" if one[name] else "unanswered"
    for name in ("duration_s", "duration", "duration_seconds", "seconds", "talk_seconds", "duration_sec", "talk_time"):
        if type(one.get(name)) in (int, float):
            return "connected" if one[name] > 0 else "unanswered"
    return None


def worded(told: str) -> dict[str, Any]:
    """An attempt written in one line: its time, then channel, outcome, number and `debt=A` in any order.

    >>> worded("2026-03-11T09:00 inbound_call connected debt=A")
    {'at': '2026-03-11T09:00', 'inbound': True, 'channel': 'call', 'outcome': 'connected', 'debt': 'A'}
    """
    at, *words = told.split()
    if words and is_clock(words[0]):
        at = f"{at}T{words.pop(0)}"
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


def when(one: Mapping[str, Any], asked: At) -> datetime:
    """When an attempt was made: its own time, or so long before what is asked."""
    told = next((one[name] for name in WHEN if name in one), None)
    if is_clock(told) and not is_date(told) and is_date(one.get("date", one.get("day"))):
        told = f"{one.get('date', one.get('day'))}T{told}"
    if told is not None:
        return instant(told, asked.zone)
    units = {unit: next((one[name] for name in (f"{unit}_ago", f"{unit}_before") if name in one), None)
             for unit in ("weeks", "days", "hours", "minutes")}  # fmt: skip
    ago = {unit: count for unit, count in units.items() if count is not None}
    if not ago:
        raise NotUnderstood("history: at: missing")
    return asked.at - timedelta(**ago)


def blocks(told: Any, asked: At, point_kind: str) -> Iterator[Block]:
    """A block, by its kind, or with when it began and ends, for which debt, channel or purpose, at which times."""
    one = parts(told)
    names = ("type", "restriction_type", "block_type", "block", "kind", "reason")
    worded = next((one[name] for name in names if name in one), None)
    if plain(worded) in PLACES:
        yield from at_a_place(one, asked, point_kind)
        return
    finer = one.get("kind", one.get("finer", one.get("subtype")))
    if not is_word("block", worded) and says_no(worded):
        one, worded = {**one, **of_what(worded)}, "opted_out"
    kind = word("block", worded)
    if kind == "breathing_space" and finer is not None and is_word("block", finer):
        kind = word("block", finer)
    window = hours(one) if kind == "inconvenient_time" else None
    by_clock = window.told_by if window else frozenset()
    dated = {name: value for name, value in one.items() if name not in by_clock and is_date(value)}
    since, until = first(dated, (*BEGAN, "from"), asked.zone), first(dated, (*ENDED, "to"), asked.zone)
    treated = first(dated, ("treatment_ended", "treatment_ends", "treatment_ended_at", "treatment_end"), asked.zone)
    if kind == "mental_health_crisis" and treated is not None:
        until = treated + timedelta(days=CRISIS_DAYS)
    promised = first(dated, PROMISED, asked.zone) if kind == "promise" else None
    if promised is not None:
        until = until or promised + timedelta(days=1)
    if is_over(one) or (kind == "promise" and plain(one.get("status")) == "kept"):
        until = until or OVER
    opens, shuts = (window.opens, window.shuts) if window else (0, 24 * 60)
    days = weekdays(one) if kind == "inconvenient_time" else None
    for block in of_channels(one, kind, since, until):
        yield block._replace(opens=opens, shuts=shuts, weekdays=days)


PLACES = ("inconvenient_place", "place", "known_inconvenient_place", "inconvenient_location", "inconvenient_places")


def at_a_place(one: Mapping[str, Any], asked: At, point_kind: str) -> Iterator[Block]:
    """A place that is inconvenient: at any time where the contact goes there, or where it is not told which place."""
    where = next((one[name] for name in ("where", "place", "point_kind", "channel", "location") if name in one), None)
    if (where is None or word("point_kind", where) == point_kind) and not is_over(one):
        yield Block("inconvenient_time", first(one, BEGAN, asked.zone), first(one, ENDED, asked.zone))


def of_channels(one: Mapping[str, Any], kind: str, since: datetime | None, until: datetime | None) -> Iterator[Block]:
    """A block of one channel and purpose, of each of several, or of any."""
    debt, channels = called(one, DEBT), listed(one.get("channels", one.get("channel")))
    scope = listed(one.get("purpose", one.get("purposes", one.get("scope"))))
    if kind == "opted_out" and not channels and scope and all(is_word("channel", told) for told in scope):
        channels, scope = scope, []
    for told in channels or [None]:
        for purpose in scope or [None]:
            if kind == "opted_out":
                yield from opted_out(since, until, optional("channel", told), optional("purpose", purpose), debt)
            else:
                about = purpose if is_word("purpose", purpose) else None  # a scope of another sort narrows nothing
                yield Block(kind, since, until, debt, optional("channel", told), optional("purpose", about))


def is_over(one: Mapping[str, Any]) -> bool:
    """Whether a block is told to stand no more."""
    ended = ("verified", "resolved", "no_reply", "unresponsive", "ended", "lifted", "expired", "withdrawn", "closed")
    stands = ("active", "in_force", "current", "open", "standing", "value")
    return (
        any(one.get(name) is True for name in ended)
        or any(one.get(name) is False for name in stands)
        or plain(one.get("status", one.get("state", ""))) in ENDINGS
    )


def said(told: Mapping[str, Any]) -> set[str]:
    """The kinds that stand among the blocks of a case, as the file calls them."""
    named_ones = (parts(one) for one in kinds(told.get("blocks")))
    return {plain(one.get("restriction_type", one.get("type", one.get("kind", "")))) for one in named_ones}


def notices(told: Mapping[str, Any], zone: ZoneInfo) -> tuple[tuple[str, datetime | None], ...]:
    """The notices and when each was sent (None: it was not), where a case says anything of them.

    None at all, where collection is told to have begun: the validation notice was not sent.
    """
    found: dict[str, datetime | None] = {}
    if "no_validation_notice" in said(told):
        found["validation"] = None
    elif "validation_notice" in told:
        found["validation"] = sent_at(told["validation_notice"], zone)
    given = told.get("notices")
    if isinstance(given, dict) and not {plain(name) for name in given} & {"kind", "type", "notice"}:
        rows: list[Any] = [{"kind": name, "sent": sent} for name, sent in given.items()]
    else:
        rows = list(listed(given))
    for row in rows:
        one = row if isinstance(row, dict) else {"kind": row}
        one = {plain(name): value for name, value in one.items()}
        kind = next((one[name] for name in ("kind", "type", "notice") if one.get(name) is not None), None)
        named = plain(kind).removesuffix("_sent").removesuffix("_notice")
        found.setdefault(word("notice", named) if is_word("notice", named) else named, sent_at(one, zone))
    if given == [] and told.get("first_communication") is not None:
        found.setdefault("validation", None)
    return tuple(found.items())


SENT = (
    "sent_at", "sent_on", "at", "on", "date", "sent", "sent_date", "date_sent", "when", "timestamp", "given_at",
    "delivered_at", "mailed_at", "mailed_on", "ts", "provided_at", "time", "datetime",
)  # fmt: skip


def sent_at(told: Any, zone: ZoneInfo) -> datetime | None:
    """When a notice was sent: None where it was not, before all time where it is told only that it was."""
    if isinstance(told, dict):
        one = {plain(name): value for name, value in told.items()}
        values = [one[name] for name in SENT if name in one]
        return sent_at(next((value for value in values if value is not None), None) if values else True, zone)
    if is_date(told):
        return instant(told, zone)
    return OVER if plain(told) in ("sent", "delivered", "mailed", "given") or is_so(told) else None
