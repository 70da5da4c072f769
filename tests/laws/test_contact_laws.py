"""Laws of the contact gate: no history passes a cap, the next allowed moment is the first, what blocks is obeyed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from duecourse.outreach import gate
from duecourse.outreach.asked import Asked, Attempt, Block, Consent, Person

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ZONES = {
    "CN": ("Asia/Shanghai",),
    "US": ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu"),
    "US-MA": ("America/New_York",),
    "UK": ("Europe/London",),
    "DE": ("Europe/Berlin",),
}
CALLS = ("call", "ai_call")
COME = st.tuples(
    st.integers(1, 240),
    st.sampled_from(["call", "call", "ai_call", "sms", "email"]),
    st.sampled_from(["connected", "unanswered", "unanswered", "not_connected", "voicemail", "pending"]),
    st.sampled_from(["A", "B"]),
    st.sampled_from(["one", "two"]),
    st.sampled_from(["collection", "collection", "reminder_before_due", "service"]),
)
"""Minutes after the one before, channel, what becomes of it, debt, number, purpose."""


def lived(place: str, zone: ZoneInfo, coming: list[tuple[int, str, str, str, str, str]]) -> list[Attempt]:
    """What was done of what somebody wanted to do: each asked of the gate, made only where it was allowed."""
    made: list[Attempt] = []
    at = START
    consents = (Consent("contact"),)
    for minutes, channel, outcome, debt, point, purpose in coming:
        at += timedelta(minutes=minutes)
        person = Person(place, zone, attempts=tuple(made), consents=consents)
        if gate.decide(person, Asked(channel, purpose, at, debt, point=point)).allowed:
            became = outcome if channel in CALLS else "sent"
            made.append(Attempt(at, channel, became, purpose, False, debt, point))
    return made


@given(st.lists(COME, min_size=15, max_size=60))
def test_no_history_passes_the_caps_of_china(coming: list[tuple[int, str, str, str, str, str]]) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    made = [one for one in lived("CN", zone, coming) if one.purpose != "service"]
    days = [(one, one.at.astimezone(zone).date()) for one in made if one.channel in CALLS]
    connected = Counter(day for one, day in days if one.outcome == "connected")
    missed = Counter(
        (day, one.point) for one, day in days if one.outcome in ("unanswered", "not_connected", "voicemail")
    )
    assert max(connected.values(), default=0) <= 3
    assert max(missed.values(), default=0) <= 6
    assert all(8 <= one.at.astimezone(zone).hour < 22 for one in made)


@given(st.lists(COME, min_size=15, max_size=60), st.sampled_from(ZONES["US"]))
def test_no_history_passes_the_caps_of_the_united_states(
    coming: list[tuple[int, str, str, str, str, str]], name: str
) -> None:
    zone = ZoneInfo(name)
    made = [one for one in lived("US", zone, coming) if one.purpose != "service"]
    for debt in "AB":
        calls = [
            (one.at.astimezone(zone).date(), one.outcome) for one in made if one.channel in CALLS and one.debt == debt
        ]
        rung = [day for day, outcome in calls if outcome != "not_connected"]
        assert all(sum(0 <= (day - first).days < 7 for day in rung) <= 7 for first in rung)
        for place, (day, outcome) in enumerate(calls):
            later = [(other - day).days for other, _ in calls[place + 1 :]]
            assert outcome != "connected" or all(gap >= 7 for gap in later)


@given(st.lists(COME, min_size=15, max_size=60), st.sampled_from(["UK", "DE"]))
def test_no_history_passes_three_calls_a_day_in_the_united_kingdom_and_the_union(
    coming: list[tuple[int, str, str, str, str, str]], place: str
) -> None:
    zone = ZoneInfo(ZONES[place][0])
    made = [one for one in lived(place, zone, coming) if one.purpose != "service" and one.channel in CALLS]
    rung = Counter(one.at.astimezone(zone).date() for one in made if one.outcome != "not_connected")
    assert max(rung.values(), default=0) <= 3


@given(st.lists(COME, min_size=15, max_size=60))
def test_no_history_passes_two_calls_and_texts_a_week_in_massachusetts(
    coming: list[tuple[int, str, str, str, str, str]],
) -> None:
    zone = ZoneInfo("America/New_York")
    made = [one for one in lived("US-MA", zone, coming) if one.purpose != "service" and one.channel != "email"]
    for debt in "AB":
        days = [one.at.astimezone(zone).date() for one in made if one.debt == debt and one.outcome != "not_connected"]
        assert all(sum(0 <= (day - first).days < 7 for day in days) <= 2 for first in days)


@given(st.lists(COME, min_size=30, max_size=60), st.sampled_from([(key, name) for key in ZONES for name in ZONES[key]]))
def test_no_history_passes_five_messages_a_day_anywhere(
    coming: list[tuple[int, str, str, str, str, str]], where: tuple[str, str]
) -> None:
    zone = ZoneInfo(where[1])
    often = [(minutes // 8 + 1, *rest) for minutes, *rest in coming]
    made = [one for one in lived(where[0], zone, often) if one.purpose != "service" and one.channel not in CALLS]  # type: ignore[arg-type]
    days = Counter(one.at.astimezone(zone).date() for one in made)
    assert max(days.values(), default=0) <= 5


@given(
    st.sampled_from([(place, name) for place, names in ZONES.items() for name in names]),
    st.lists(COME, max_size=30),
    st.integers(1, 5_000),
    st.sampled_from(["collection", "reminder_before_due", "marketing", "legal_notice"]),
    st.sampled_from(["call", "sms", "email", "letter"]),
    st.integers(0, 100),
)
def test_the_next_allowed_moment_is_allowed_and_none_before_it_is(
    where: tuple[str, str],
    coming: list[tuple[int, str, str, str, str, str]],
    minutes: int,
    purpose: str,
    channel: str,
    share: int,
) -> None:
    place, zone = where[0], ZoneInfo(where[1])
    made = lived(place, zone, coming)
    at = (made[-1].at if made else START) + timedelta(minutes=minutes)
    person = Person(place, zone, attempts=tuple(made), consents=(Consent("contact"),))
    asked = Asked(channel, purpose, at, "A", point="one")
    answer = gate.decide(person, asked)
    assert not answer.fault
    if answer.allowed:
        return
    assert answer.next_at is not None
    assert answer.next_at > at
    assert gate.decide(person, asked._replace(at=answer.next_at)).allowed
    between = at + (answer.next_at - at) * share / 101
    assert not gate.decide(person, asked._replace(at=between)).allowed


@given(
    st.sampled_from(list(ZONES)),
    st.sampled_from(["dispute", "promise", "arrangement", "breathing_space", "hardship", "identity_theft"]),
    st.integers(0, 60 * 24 * 50),
    st.sampled_from(["call", "ai_call", "sms", "email", "im", "app", "letter", "visit", "voicemail"]),
    st.sampled_from([None, "A"]),
    st.booleans(),
)
def test_who_is_in_dispute_promise_arrangement_or_breathing_space_is_never_dunned_for_it(
    place: str, kind: str, minutes: int, channel: str, debt: str | None, has_zone: bool
) -> None:
    zone = ZoneInfo(ZONES[place][0]) if has_zone else None
    consents = tuple(Consent(one) for one in ("contact", "hours", "more_calls", "call_again"))
    person = Person(place, zone, consents=consents, blocks=(Block(kind, START, debt=debt),))
    asked = Asked(channel, "collection", START + timedelta(minutes=minutes), "A")
    assert not gate.decide(person, asked).allowed


@given(
    st.sampled_from(list(ZONES)),
    st.sampled_from(["sms", "email", "call", "im"]),
    st.integers(0, 60 * 24),
)
def test_where_the_zone_is_not_known_what_is_allowed_is_allowed_in_each(place: str, channel: str, minutes: int) -> None:
    from duecourse.rules import places

    consents = (Consent("contact"),)
    asked = Asked(channel, "collection", START + timedelta(minutes=minutes), "A")
    each = [gate.decide(Person(place, zone, consents=consents), asked).allowed for zone in places.zones(place)]
    assert gate.decide(Person(place, None, consents=consents), asked).allowed == all(each)
