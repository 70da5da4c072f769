"""Disputes and complaints: rows and blocks, and the clocks that the rules of the place let run."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
MONDAY = datetime(2026, 3, 2, 4, tzinfo=UTC)
"""Noon in Shanghai."""
DAY = date(2026, 3, 2)
SAID = {"at": MONDAY, "channel": "call", "by": "alice", "reason": "called us"}


def person_at(place: str) -> int:
    from duecourse.borrowers import people, reach

    found = people.enrol(source="test", references=[place])[0]
    reach.reside(borrower=found, place=place, zone="", language="en", by="alice", reason="application")
    return found


def line_of(person: int) -> int:
    from duecourse.servicing import accounts

    return accounts.open_line(
        number=f"L-{person}", borrower_id=person, product="line_demo", limit_minor=500_000, on=DAY
    )


def complain(person: int, **more: Any) -> int:
    from duecourse.care import complaints

    told = {**SAID, "about": "contact", "text": "They called me at my mother's.", "key": f"c{person}", **more}
    return complaints.receive(person=person, **told)


def go_on(complaint: int, state: str, after: int, **more: Any) -> None:
    from duecourse.care import complaints

    told = {"at": MONDAY + timedelta(days=after), "by": "bob", "reason": "looked into", **more}
    complaints.go_on(complaint=complaint, state=state, **told)


def dispute(person: int, kind: str = "amount", **more: Any) -> int:
    from duecourse.care import disputes

    told = {**SAID, "text": "I paid that in cash.", "key": f"d{person}{kind}", **more}
    return disputes.open_dispute(person=person, kind=kind, **told)


def clocks(on: date) -> list[tuple[str, str, date]]:
    from duecourse.care import clocks

    return [(one.rule, one.step, one.ends_on) for one in clocks.due(on=on)]


def late(until: date) -> list[tuple[str, date | None]]:
    from duecourse.care import clocks

    return [(one.rule, one.done_on) for one in clocks.breached(since=DAY, until=until)]


def refusing(person: int, about: int | None, purpose: str = "collection") -> list[str]:
    from duecourse.outreach import contact

    at = MONDAY + timedelta(hours=1)
    told = contact.may_we(person=person, channel="letter", purpose=purpose, at=at, by="alice", about=about)
    return [str(one.id) for one in told.answer.refusals]


def refused(fault: type[Exception], do: Callable[[], object]) -> None:
    """It is refused, and nothing was written."""
    from duecourse.borrowers.contact_tables import Block
    from duecourse.care.complaint_tables import Complaint, ComplaintState
    from duecourse.care.dispute_tables import Dispute, DisputeState

    tables = (Block, Complaint, ComplaintState, Dispute, DisputeState)
    before = [table.objects.count() for table in tables]
    with pytest.raises(fault):
        do()
    assert [table.objects.count() for table in tables] == before


@pytest.mark.parametrize(("place", "expected"), [
    ("CN", [("HOUSE-CARE-01", "acknowledged", date(2026, 3, 9)), ("CN-CMP-01", "answered", date(2026, 3, 17)),
            ("HOUSE-CARE-02", "answered", date(2026, 4, 1))]),
    ("UK", [("HOUSE-CARE-01", "acknowledged", date(2026, 3, 9)), ("HOUSE-CARE-02", "answered", date(2026, 4, 1)),
            ("UK-DISP-1.6.2", "answered", date(2026, 4, 27))]),
    ("DE", [("HOUSE-CARE-01", "acknowledged", date(2026, 3, 9)), ("HOUSE-CARE-02", "answered", date(2026, 4, 1))]),
    ("US-MA", [("HOUSE-CARE-01", "acknowledged", date(2026, 3, 9)), ("HOUSE-CARE-02", "answered", date(2026, 4, 1))]),
])  # fmt: skip
def test_the_clocks_of_a_complaint_are_those_of_the_place(place: str, expected: list[Any]) -> None:
    complain(person_at(place))
    assert clocks(DAY) == expected


def test_business_days_leave_out_the_holidays_of_the_place() -> None:
    complain(person_at("CN"), at=datetime(2026, 9, 30, 4, tzinfo=UTC))
    assert clocks(date(2026, 9, 30))[0] == ("HOUSE-CARE-01", "acknowledged", date(2026, 10, 14))


def test_a_complaint_sent_on_by_the_regulator_has_a_clock_of_its_own() -> None:
    complain(person_at("US"), channel="regulator")
    assert ("US-CFPB-15", "answered", date(2026, 3, 17)) in clocks(DAY)


def test_a_complaint_goes_its_way_and_ends_with_a_root_cause() -> None:
    from duecourse.care import complaints

    one = complain(person_at("CN"))
    go_on(one, "acknowledged", 1)
    assert [step for _, step, _ in clocks(DAY)] == ["answered", "answered"]
    go_on(one, "answered", 3, outcome="upheld", text="We are sorry.")
    assert clocks(DAY) == []
    go_on(one, "closed", 4, root_cause="agency_conduct")
    assert late(date(2026, 6, 1)) == []
    assert complaints.root_causes(since=DAY, until=DAY) == {"agency_conduct": 1}
    go_on(one, "reopened", 10)
    assert complaints.root_causes(since=DAY, until=DAY) == {"open": 1}
    assert clocks(DAY)[0] == ("HOUSE-CARE-01", "acknowledged", date(2026, 3, 19))


def test_an_extension_moves_the_clock_as_often_as_a_rule_allows() -> None:
    from duecourse.care import complaints

    one = complain(person_at("CN"))
    go_on(one, "extended", 10)
    assert ("CN-CMP-01", "answered", date(2026, 4, 1)) in clocks(DAY)
    go_on(one, "extended", 20)
    assert ("CN-CMP-01", "answered", date(2026, 5, 1)) in clocks(DAY)
    refused(complaints.NotNext, lambda: go_on(one, "extended", 30))


def test_what_was_not_done_in_time_is_told_and_so_is_what_was_done_late() -> None:
    one = complain(person_at("UK"))
    assert late(date(2026, 3, 9)) == []
    assert late(date(2026, 3, 10)) == [("HOUSE-CARE-01", None)]
    go_on(one, "answered", 40, outcome="rejected")
    assert late(date(2026, 6, 1)) == [("HOUSE-CARE-01", date(2026, 4, 11)), ("HOUSE-CARE-02", date(2026, 4, 11))]


def test_a_complaint_against_an_agency_is_counted_against_it() -> None:
    from duecourse.care import complaints

    complain(person_at("CN"), agency="north-recovery")
    complain(person_at("UK"))
    assert complaints.root_causes(since=DAY, until=DAY, agency="north-recovery") == {"open": 1}


@pytest.mark.parametrize(("before", "wrong"), [
    ([], ("closed", {"root_cause": "policy"})), ([], ("reopened", {})), ([], ("lost", {})),
    ([], ("answered", {})), ([], ("answered", {"outcome": "fine"})), ([], ("acknowledged", {"outcome": "upheld"})),
    ([("answered", {"outcome": "upheld"})], ("acknowledged", {})),
    ([("answered", {"outcome": "upheld"})], ("closed", {})),
    ([("acknowledged", {})], ("acknowledged", {})),
])  # fmt: skip
def test_a_step_that_cannot_come_next_is_refused(before: list[Any], wrong: tuple[str, Any]) -> None:
    from duecourse.care import complaints, keyed

    one = complain(person_at("CN"))
    for state, more in before:
        go_on(one, state, 1, **more)
    state, more = wrong
    with pytest.raises((complaints.NotNext, keyed.CareRefused)) as fault:
        go_on(one, state, 2, **more)
    refused(fault.type, lambda: go_on(one, state, 2, **more))


def test_a_step_before_the_last_one_is_refused_and_so_is_an_unknown_complaint() -> None:
    from duecourse.care import complaints, keyed

    one = complain(person_at("CN"))
    refused(keyed.CareRefused, lambda: go_on(one, "acknowledged", -1))
    refused(complaints.NotNext, lambda: go_on(99, "acknowledged", 1))


def test_what_the_person_said_is_nowhere_in_clear() -> None:
    import books

    from duecourse.care import complaints, disputes

    person = person_at("CN")
    one, other = complain(person), dispute(person, account=line_of(person), amount_minor=100)
    go_on(one, "answered", 1, outcome="upheld", text="Your mother will not be called.")
    assert "mother" not in str(books.dump())
    assert "cash" not in str(books.dump())
    assert complaints.words(complaint=one) == "They called me at my mother's."
    assert disputes.words(dispute=other) == "I paid that in cash."


def test_a_disputed_amount_is_not_dunned_for_until_it_is_decided() -> None:
    from duecourse.care import disputes

    person = person_at("CN")
    line = line_of(person)
    one = dispute(person, account=line, amount_minor=5_000)
    assert refusing(person, line) == ["HOUSE-DISPUTE"]
    assert refusing(person, line + 1) == [], "another account is not in dispute"
    assert refusing(person, line, "service") == []
    told = {"dispute": one, "by": "bob", "reason": "the receipt is there"}
    disputes.go_on(state="acknowledged", at=MONDAY, **told)
    assert refusing(person, line) == ["HOUSE-DISPUTE"]
    disputes.go_on(state="partly_upheld", amount_minor=3_000, at=MONDAY + timedelta(minutes=5), **told)
    assert refusing(person, line) == []
    refused(disputes.NotOpen, lambda: disputes.go_on(state="rejected", at=MONDAY, **told))
    refused(disputes.NotOpen, lambda: disputes.go_on(**{**told, "dispute": 9}, state="rejected", at=MONDAY))


def test_identity_theft_stops_dunning_about_every_account() -> None:
    person = person_at("CN")
    dispute(person, "identity_theft")
    assert refusing(person, line_of(person)) == ["HOUSE-DISPUTE"]
    assert refusing(person, None, "reminder_before_due") == ["HOUSE-DISPUTE"]


@pytest.mark.parametrize(("place", "kind", "expected"), [
    ("CN", "reported", [("CN-BUR-03", "decided", date(2026, 3, 22))]),
    ("US", "reported", [("US-FC-01", "decided", date(2026, 4, 1))]),
    ("US", "identity_theft", [("US-FC-01", "decided", date(2026, 4, 1))]),
    ("US", "amount", [("US-CFR-1026.13.C1", "acknowledged", date(2026, 4, 1)),
                      ("US-CFR-1026.13.C2", "decided", date(2026, 5, 31))]),
    ("DE", "reported", []),
])  # fmt: skip
def test_the_clocks_of_a_dispute_are_those_of_the_place_and_the_house(
    place: str, kind: str, expected: list[Any]
) -> None:
    person = person_at(place)
    amount = {"account": line_of(person), "amount_minor": 5_000} if kind == "amount" else {}
    dispute(person, kind, **amount)
    assert [one for one in clocks(DAY) if one[0] != "HOUSE-CARE-03"] == expected
    assert ("HOUSE-CARE-03", "decided", date(2026, 4, 1)) in clocks(DAY)


def test_the_time_of_a_dispute_is_extended_where_a_rule_allows_it() -> None:
    from duecourse.care import disputes, keyed

    told = {"state": "extended", "at": MONDAY, "by": "bob", "reason": "they sent more"}
    one, other = dispute(person_at("US"), "reported"), dispute(person_at("CN"), "reported")
    disputes.go_on(dispute=one, **told)
    assert ("US-FC-01", "decided", date(2026, 4, 16)) in clocks(DAY)
    refused(keyed.CareRefused, lambda: disputes.go_on(dispute=one, **told))
    refused(keyed.CareRefused, lambda: disputes.go_on(dispute=other, **told))


def test_a_dispute_that_cannot_be_is_refused() -> None:
    from duecourse.care import accounts, keyed

    person = person_at("CN")
    line = line_of(person)
    for wrong in ({"kind": "amount"}, {"kind": "reported", "amount_minor": 5}, {"kind": "colour"},
                  {"kind": "amount", "amount_minor": 5}, {"kind": "amount", "account": line, "amount_minor": 0},
                  {"kind": "reported", "channel": "pigeon"}, {"kind": "reported", "key": ""}):  # fmt: skip
        refused(keyed.CareRefused, lambda told=wrong: dispute(person, **told))  # type: ignore[misc]
    refused(accounts.OfAnother, lambda: dispute(person + 1, account=line, amount_minor=5))


def test_the_same_key_opens_one_dispute_and_one_complaint() -> None:
    from duecourse.care import keyed

    person = person_at("CN")
    assert dispute(person, "reported") == dispute(person, "reported")
    assert complain(person) == complain(person)
    refused(keyed.KeyReused, lambda: dispute(person, "identity_theft", key=f"d{person}reported"))
    refused(keyed.KeyReused, lambda: complain(person, about="staff"))
