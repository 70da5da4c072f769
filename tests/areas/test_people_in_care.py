"""People in care: vulnerable circumstances, representatives, breathing spaces, the dead and the young."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""Noon in London; a Monday."""
DAY = date(2026, 3, 2)
SAID = {"by": "alice", "reason": "told us"}


def person_at(place: str = "UK", zone: str = "Europe/London") -> int:
    from duecourse.borrowers import people, reach

    found = people.enrol(source="test", references=[place])[0]
    reach.reside(borrower=found, place=place, zone=zone, language="en", by="alice", reason="application")
    return found


def refusing(person: int, at: datetime = NOON, **more: Any) -> list[str]:
    """The rules that refuse a letter of collection."""
    from duecourse.outreach import contact

    told = contact.may_we(person=person, channel="letter", purpose="collection", at=at, by="alice", **more)
    return [str(one.id) for one in told.answer.refusals]


def refused(fault: type[Exception], do: Callable[[], object]) -> None:
    """It is refused, and nothing was written."""
    import books

    before = books.dump()
    with pytest.raises(fault):
        do()
    assert books.dump() == before


def breathe(person: int, begins_on: date = DAY, kind: str = "standard", **more: Any) -> int:
    from duecourse.care import breathing_spaces

    told = {**SAID, "reference": "BSS-1", "key": f"b{begins_on}{kind}", **more}
    return breathing_spaces.begin(person=person, kind=kind, begins_on=begins_on, **told)


def test_a_standard_breathing_space_lasts_sixty_days_by_law() -> None:
    one = person_at()
    breathe(one)
    assert refusing(one) == ["HOUSE-BREATHING", "UK-09"]
    assert refusing(one, relation="representative") == []
    assert refusing(one, NOON + timedelta(days=59)) == ["HOUSE-BREATHING", "UK-09"]
    assert refusing(one, NOON + timedelta(days=60)) == []


@pytest.mark.parametrize(("begins_on", "is_allowed"), [
    (date(2026, 5, 1), False), (date(2027, 4, 29), False), (date(2027, 4, 30), True), (date(2025, 12, 1), False),
])  # fmt: skip
def test_there_is_one_standard_breathing_space_in_twelve_months(begins_on: date, is_allowed: bool) -> None:
    from duecourse.care import breathing_spaces

    one = person_at()
    breathe(one)  # through 2026-04-30
    if is_allowed:
        assert breathe(one, begins_on)
    else:
        refused(breathing_spaces.TooSoon, lambda: breathe(one, begins_on))
    assert breathe(one, DAY, "mental_health_crisis")


def test_one_that_was_cancelled_ends_that_day_and_counts_from_then() -> None:
    from duecourse.care import breathing_spaces

    one = person_at()
    space = breathe(one)
    later = NOON + timedelta(days=9)
    breathing_spaces.end(breathing_space=space, at=later, **SAID)
    assert refusing(one, later + timedelta(hours=1)) == []
    refused(breathing_spaces.NotStanding, lambda: breathing_spaces.end(breathing_space=space, at=later, **SAID))
    refused(breathing_spaces.NotStanding, lambda: breathing_spaces.end(breathing_space=77, at=later, **SAID))
    assert breathe(one, date(2027, 3, 11))


def test_one_in_a_crisis_lasts_the_treatment_and_thirty_days() -> None:
    from duecourse.care import breathing_spaces

    one = person_at()
    space = breathe(one, kind="mental_health_crisis")
    later = NOON + timedelta(days=100)
    assert refusing(one, later) == ["HOUSE-BREATHING", "UK-09"]
    told = {"breathing_space": space, "on": later.date(), "at": later, **SAID}
    assert breathing_spaces.treatment_ended(**told) == later.date() + timedelta(days=30)
    assert refusing(one, later + timedelta(days=30)) == ["HOUSE-BREATHING", "UK-09"]
    assert refusing(one, later + timedelta(days=31)) == []
    refused(breathing_spaces.NotStanding, lambda: breathing_spaces.treatment_ended(**told))
    breathing_spaces.end(breathing_space=space, at=later + timedelta(days=3), **SAID)
    assert refusing(one, later + timedelta(days=4)) == []


def test_where_no_law_knows_a_breathing_space_there_is_none() -> None:
    from duecourse.care import breathing_spaces, keyed

    elsewhere = person_at("CN", "Asia/Shanghai")
    refused(breathing_spaces.NoneThere, lambda: breathe(elsewhere))
    one = person_at()
    refused(keyed.CareRefused, lambda: breathe(one, kind="long"))
    assert breathe(one) == breathe(one)


def represent(person: int, kind: str = "debt_adviser", **more: Any) -> int:
    from duecourse.care import representatives

    told = {**SAID, "name": "Citizens Advice", "point_kind": "email", "point": "case@advice.example",
            "authority_from": DAY, "key": f"r{kind}", **more}  # fmt: skip
    return representatives.represent(person=person, kind=kind, **told)


def test_a_debt_adviser_is_spoken_to_instead_as_long_as_the_authority_holds() -> None:
    from duecourse.care import representatives

    one = person_at()
    represent(one, authority_to=DAY + timedelta(days=30))
    assert refusing(one) == ["HOUSE-REPRESENTED"]
    assert refusing(one, relation="representative") == []
    (told,) = representatives.who(person=one, on=DAY)
    assert told[1:] == ("representative", "Citizens Advice", "email", "case@advice.example")
    assert refusing(one, NOON + timedelta(days=30)) == ["HOUSE-REPRESENTED"]
    assert refusing(one, NOON + timedelta(days=31)) == []
    assert representatives.who(person=one, on=DAY + timedelta(days=31)) == []


def test_an_authority_ends_by_a_row_and_the_person_is_spoken_to_again() -> None:
    from duecourse.care import representatives

    one = person_at()
    adviser = represent(one)
    told = {"representative": adviser, "at": NOON + timedelta(days=1), **SAID}
    representatives.end(**told)
    assert refusing(one, NOON + timedelta(days=2)) == []
    assert representatives.who(person=one, on=DAY + timedelta(days=1)) == []
    refused(representatives.NoAuthority, lambda: representatives.end(**told))
    refused(representatives.NoAuthority, lambda: representatives.end(**{**told, "representative": 99}))


def test_somebody_whom_the_person_named_and_an_executor_block_nothing_by_themselves() -> None:
    from duecourse.care import representatives

    one = person_at()
    represent(one, "named_person")
    represent(one, "executor")
    assert refusing(one) == []
    assert [told.relation for told in representatives.who(person=one, on=DAY)] == ["representative", "executor"]


def test_a_representative_of_an_account_is_one_of_that_account() -> None:
    from duecourse.care import representatives
    from duecourse.servicing import accounts

    one = person_at()
    line = accounts.open_line(number="L", borrower_id=one, product="line_demo", limit_minor=500_000, on=DAY)
    represent(one, "attorney", account=line)
    assert refusing(one, about=line) == ["HOUSE-REPRESENTED"]
    assert refusing(one, about=line + 1) == []
    assert representatives.who(person=one, on=DAY, account=line + 1) == []


def test_a_representative_who_cannot_be_is_refused() -> None:
    from duecourse.care import accounts, keyed

    one = person_at()
    for wrong in ({"kind": "uncle"}, {"point_kind": "pigeon"}, {"name": " "}, {"point": ""}, {"key": ""},
                  {"authority_to": DAY - timedelta(days=1)}):  # fmt: skip
        refused(keyed.CareRefused, lambda told=wrong: represent(one, **told))  # type: ignore[misc]
    refused(accounts.OfAnother, lambda: represent(one, account=99))


def note(person: int, **more: Any) -> int:
    from duecourse.care import circumstances

    told = {"kind": "bereavement", "text": "Her husband died in January.", "treat": ["more_time", "letters_only"],
            "review_on": date(2026, 6, 1), "at": NOON, "by": "alice", "key": "v", **more}  # fmt: skip
    return circumstances.note(person=person, **told)


def test_how_to_treat_a_person_is_in_clear_and_why_is_not() -> None:
    import books

    from duecourse.care import circumstances

    one = person_at()
    noted = note(one)
    stored = str(books.dump())
    assert "letters_only" in stored
    assert "bereavement" not in stored
    assert "husband" not in stored
    told = circumstances.noted(person=one)[noted]
    assert told == ("bereavement", "Her husband died in January.", ("letters_only", "more_time"), date(2026, 6, 1))


def test_a_circumstance_is_looked_at_again_on_its_day_and_ends_by_a_row() -> None:
    from duecourse.care import circumstances, clocks, keyed

    one = person_at()
    noted = note(one)
    (clock,) = clocks.due(on=DAY)
    assert (clock.of, clock.step, clock.ends_on, clock.person) == ("circumstance", "reviewed", date(2026, 6, 1), one)
    said = {"circumstance": noted, "at": NOON, "by": "bob", "reason": "still so"}
    circumstances.review(review_on=date(2026, 9, 1), **said)
    assert [clock.ends_on for clock in clocks.due(on=DAY)] == [date(2026, 9, 1)]
    refused(keyed.CareRefused, lambda: circumstances.review(review_on=DAY, **said))
    circumstances.end(**said)
    assert clocks.due(on=DAY) == []
    assert circumstances.noted(person=one) == {}
    refused(circumstances.NotNoted, lambda: circumstances.end(**said))
    refused(circumstances.NotNoted, lambda: circumstances.end(**{**said, "circumstance": 99}))


@pytest.mark.parametrize(
    ("treat", "shut", "opened"),
    [
        ("no_calls", ("call",), ("sms", "letter")),
        ("letters_only", ("call", "sms", "email", "visit"), ("letter", "app")),
    ],
)
def test_who_is_to_be_left_alone_on_a_channel_is_until_the_circumstance_ends(
    treat: str, shut: tuple[str, ...], opened: tuple[str, ...]
) -> None:
    from duecourse.care import circumstances

    one = person_at()
    before = {channel: refusals_of(one, channel) for channel in (*shut, *opened)}
    noted = note(one, treat=[treat], at=NOON - timedelta(hours=2))
    now = {channel: refusals_of(one, channel) for channel in (*shut, *opened)}
    assert all(set(now[channel]) > set(before[channel]) for channel in shut), now
    assert all(now[channel] == before[channel] for channel in opened), now
    circumstances.end(circumstance=noted, at=NOON - timedelta(hours=1), by="bob", reason="better")
    assert {channel: refusals_of(one, channel) for channel in (*shut, *opened)} == before


def refusals_of(person: int, channel: str) -> list[str]:
    """The rules that refuse to collect from a person by a channel."""
    from duecourse.outreach import would

    told = would.would_we(person=person, purpose="collection", at=NOON, channels=[channel])
    return sorted(str(one.id) for one in told[channel].refusals)


def test_a_circumstance_that_cannot_be_is_refused() -> None:
    from duecourse.care import keyed

    one = person_at()
    for wrong in ({"kind": "sad"}, {"treat": ["kindly"]}, {"treat": []}, {"review_on": DAY}, {"key": ""}):
        refused(keyed.CareRefused, lambda told=wrong: note(one, **told))  # type: ignore[misc]


def test_nobody_collects_from_the_dead_and_a_mistake_is_ended_by_a_row() -> None:
    from duecourse.borrowers import reach
    from duecourse.care import legal_states

    one = person_at()
    said = {"person": one, "at": NOON - timedelta(hours=2), **SAID}
    legal_states.deceased(**said)
    assert refusing(one) == ["HOUSE-DECEASED"]
    assert refusing(one, relation="executor") == []
    refused(legal_states.AlreadySo, lambda: legal_states.deceased(**said))
    legal_states.end(kind="deceased", **{**said, "at": NOON - timedelta(hours=1)})
    assert refusing(one) == []
    refused(reach.NoSuchBlock, lambda: legal_states.end(kind="deceased", **said))


def test_a_minor_is_spoken_to_when_of_age() -> None:
    from duecourse.care import legal_states

    one = person_at()
    legal_states.minor(person=one, of_age_on=date(2026, 4, 1), at=NOON - timedelta(hours=1), **SAID)
    assert refusing(one) == ["HOUSE-MINOR"]
    assert refusing(one, NOON + timedelta(days=29)) == ["HOUSE-MINOR"]
    assert refusing(one, NOON + timedelta(days=30)) == []


def test_who_lacks_capacity_or_is_insolvent_is_not_dunned() -> None:
    from duecourse.care import legal_states

    one = person_at()
    said = {"person": one, "at": NOON - timedelta(hours=1), **SAID}
    legal_states.incapacity(**said)
    assert refusing(one) == ["HOUSE-INCAPACITY", "UK-11"]
    legal_states.insolvency(**said)
    assert "HOUSE-INSOLVENT" in refusing(one)
