"""The contact gate on the database: decisions are kept, two at once pass no cap, what is stored is obeyed."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("db")
NOON = datetime(2026, 9, 2, 4, 0, tzinfo=UTC)
"""Noon in Shanghai; a Wednesday."""


def tables() -> Any:
    from duecourse.borrowers import contact_tables

    return contact_tables


def reach() -> Any:
    from duecourse.borrowers import reach

    return reach


def contact() -> Any:
    from duecourse.outreach import contact

    return contact


def somebody(place: str = "CN", zone: str = "Asia/Shanghai", name: str = "1") -> int:
    from duecourse.borrowers import people

    borrower = people.enrol(source="test", references=[name])[0]
    reach().reside(borrower=borrower, place=place, zone=zone, language="zh", by="alice", reason="application")
    return borrower


def ask(person: int, channel: str = "call", purpose: str = "collection", at: datetime = NOON, **more: Any) -> Any:
    return contact().may_we(person=person, channel=channel, purpose=purpose, at=at, by="alice", **more)


def ids(decision: Any) -> list[str]:
    return [one.id for one in decision.answer.refusals]


def test_a_decision_is_kept_with_its_inputs_and_rules_whatever_it_says() -> None:
    person = somebody()
    yes, no = ask(person), ask(person, at=NOON + timedelta(hours=11))
    assert yes.answer.allowed
    assert ids(no) == ["CN-COL-02", "CN-COL-11"]
    assert no.answer.next_at == datetime(2026, 9, 3, 0, 0, tzinfo=UTC)
    rows = {row.id: row for row in tables().ContactDecision.objects.all()}
    assert rows[yes.id].allowed
    kept = rows[no.id]
    assert [(rule, version) for rule, version, _ in kept.refusals] == [
        ("CN-COL-02", "CN-COL-02@2025-02-28"),
        ("CN-COL-11", "CN-COL-11@2026-01-30"),
    ]
    assert kept.inputs["person"]["zone"] == "Asia/Shanghai"
    assert kept.inputs["asked"]["channel"] == "call"
    assert "CN-COL-02" in str(tables().RuleSet.objects.get(digest=kept.rule_set).rules)


def test_three_connected_calls_a_day_and_no_more() -> None:
    person = somebody()
    for minute in range(3):
        told = ask(person, at=NOON + timedelta(minutes=minute))
        assert told.answer.allowed
        with pytest.raises(contact().OutcomeUnknown):
            contact().tell(decision=told.id, outcome="sent", at=NOON, by="alice")
        contact().tell(decision=told.id, outcome="connected", at=NOON, by="alice")
    assert ids(ask(person, at=NOON - timedelta(hours=1))) == ["CN-COL-03"], "not by asking about an earlier moment"
    fourth = ask(person, at=NOON + timedelta(minutes=9))
    assert ids(fourth) == ["CN-COL-03"]
    assert fourth.answer.next_at == datetime(2026, 9, 3, 0, 0, tzinfo=UTC)
    assert ask(person, at=fourth.answer.next_at).answer.allowed


def test_a_call_whose_outcome_is_not_told_counts_and_one_not_made_does_not() -> None:
    person = somebody()
    asked = [ask(person, at=NOON + timedelta(minutes=minute)) for minute in range(3)]
    assert ids(ask(person, at=NOON + timedelta(minutes=9))) == ["CN-COL-03"]
    contact().tell(decision=asked[0].id, outcome="not_made", at=NOON, by="alice")
    assert ask(person, at=NOON + timedelta(minutes=9)).answer.allowed


def test_a_person_without_a_residence_is_not_contacted() -> None:
    from duecourse.borrowers import people

    person = people.enrol(source="test", references=["nowhere"])[0]
    told = ask(person, purpose="service")
    assert ids(told) == ["GATE-ERROR"]
    assert "unknown_place" in told.answer.fault


def test_a_word_that_no_rule_knows_refuses_and_is_kept() -> None:
    told = ask(somebody(), channel="fax")
    assert ids(told) == ["GATE-ERROR"]
    assert tables().ContactDecision.objects.get(id=told.id).fault.startswith("contact_not_understood: channel: 'fax'")


def test_the_same_key_gets_the_first_answer_and_another_contact_under_it_is_refused() -> None:
    person = somebody()
    first = ask(person, key="sms-1", at=NOON + timedelta(hours=11))
    again = ask(person, key="sms-1")
    assert (again.id, again.answer, again.is_new) == (first.id, first.answer, False)
    assert tables().ContactDecision.objects.count() == 1
    for other in ({"channel": "sms"}, {"relation": "employer"}, {"purpose": "service"}):
        with pytest.raises(contact().OtherContact):
            ask(person, **other, key="sms-1")


def test_a_key_asked_again_names_the_rule_on_its_first_day_where_the_person_is() -> None:
    person = somebody()
    first = datetime(2025, 2, 27, 17, 0, tzinfo=UTC)  # 01:00 on 28 February 2025 in Shanghai, the rule's first day
    assert ids(ask(person, key="first-day", at=first)) == ["CN-COL-02"]
    assert ids(ask(person, key="first-day", at=first)) == ["CN-COL-02"]


def test_rules_that_cannot_be_read_refuse_and_the_refusal_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from duecourse.rules import contact_rules, read

    def forget() -> None:
        for known in (read.document, contact_rules.of_file, contact_rules.in_force, contact_rules.about):
            known.cache_clear()

    person = somebody()
    broken = tmp_path / "law" / "cn" / "contact.toml"
    broken.parent.mkdir(parents=True)
    broken.write_text("[[hours]]\nrule = ", encoding="utf-8")
    monkeypatch.setenv("DUECOURSE_RULES", str(tmp_path))
    forget()
    try:
        told, again = ask(person, key="broken"), ask(person, key="broken")
    finally:
        monkeypatch.delenv("DUECOURSE_RULES")
        forget()
    kept = tables().ContactDecision.objects.get(id=told.id)
    assert (kept.allowed, kept.rule_set, ids(told), ids(again)) == (False, "", ["GATE-ERROR"], ["GATE-ERROR"])
    assert kept.fault
    assert ask(person).answer.allowed


def test_a_withdrawn_consent_is_an_opting_out_but_for_a_mandatory_notice() -> None:
    person = somebody("US", "America/New_York")
    at = datetime(2026, 9, 2, 16, 0, tzinfo=UTC)
    said = {"borrower": person, "kind": "contact", "channel": "sms", "at": at, "by": "alice", "reason": "form"}
    reach().consent(given=True, **said)
    assert ask(person, "sms", at=at).answer.allowed
    reach().consent(given=False, **said)
    assert ids(ask(person, "sms", at=at)) == ["HOUSE-OPT-OUT", "US-RF-08", "US-RF-09", "US-TC-02"]
    assert ask(person, "sms", "legal_notice", at=at).answer.allowed
    assert ask(person, "email", at=at).answer.allowed


def test_a_block_stands_until_it_ends_and_its_end_is_a_row() -> None:
    person = somebody("UK", "Europe/London")
    said = {"by": "alice", "reason": "register"}
    block = reach().block(borrower=person, kind="breathing_space", since=NOON - timedelta(days=2), **said)
    later = NOON + timedelta(hours=5)
    told = ask(person, at=later)
    assert ids(told) == ["HOUSE-BREATHING", "UK-09"]
    reach().end_block(borrower=person, block=block, at=NOON + timedelta(hours=1), **said)
    assert ask(person, at=later).answer.allowed
    with pytest.raises(reach().NoSuchBlock):
        reach().end_block(borrower=person, block=block, at=NOON, **said)


def test_a_call_of_the_borrower_starts_the_gap_of_seven_days() -> None:
    person = somebody("US", "America/New_York")
    at = datetime(2026, 9, 2, 16, 0, tzinfo=UTC)
    said = {"by": "alice", "reason": "asked about the balance"}
    reach().notice(borrower=person, kind="validation", sent_at=at, **said)
    reach().inbound(borrower=person, channel="call", outcome="connected", at=at, account=7, **said)
    told = ask(person, at=at + timedelta(days=6), about=7)
    assert ids(told) == ["US-RF-01", "US-RF-02"]
    assert told.answer.next_at == datetime(2026, 9, 9, 12, 0, tzinfo=UTC)
    assert ask(person, at=at + timedelta(days=6), about=8).answer.allowed


def test_agreed_hours_have_ends_and_what_was_agreed_is_over_when_it_is_taken_back() -> None:
    person, night = somebody(), NOON + timedelta(hours=10, minutes=15)
    said = {"borrower": person, "kind": "hours", "at": NOON - timedelta(days=3), "by": "alice", "reason": "asked"}
    with pytest.raises(reach().ReachRefused, match="from when to when"):
        reach().consent(given=True, **said)
    reach().consent(given=True, channel="call", opens=8 * 60, shuts=22 * 60 + 30, **said)
    assert ask(person, at=night).answer.allowed
    assert not ask(person, at=night + timedelta(minutes=30)).answer.allowed
    reach().consent(given=False, **said)
    assert ids(ask(person, at=night)) == ["CN-COL-02", "CN-COL-11"]


def test_who_opted_out_of_all_gets_nothing_by_electronic_means() -> None:
    person = somebody("UK", "Europe/London")
    said = {"borrower": person, "kind": "contact", "at": NOON - timedelta(days=3), "by": "alice", "reason": "asked"}
    reach().consent(given=False, **said)
    later = NOON + timedelta(hours=5)
    assert [ids(ask(person, channel, at=later)) for channel in ("sms", "email", "letter")] == [
        ["HOUSE-OPT-OUT"], ["HOUSE-OPT-OUT"], [],
    ]  # fmt: skip
    reach().consent(given=True, channel="sms", purpose="collection", **said)
    assert ids(ask(person, "sms", at=later)) == []


def test_a_validation_notice_is_of_its_debt_and_what_was_not_told_counts_as_having_reached() -> None:
    person, at = somebody("US", "America/New_York"), datetime(2026, 9, 2, 16, 0, tzinfo=UTC)
    assert ask(person, "letter", at=at, about=7).answer.allowed
    assert ids(ask(person, "letter", at=at + timedelta(days=6), about=7)) == ["US-RF-13"]
    assert ids(ask(person, "letter", at=at + timedelta(days=6), about=8)) == []
    reach().notice(borrower=person, kind="validation", sent_at=at, account=8, by="alice", reason="")
    assert ids(ask(person, "letter", at=at + timedelta(days=6), about=7)) == ["US-RF-13"]
    reach().notice(borrower=person, kind="validation", sent_at=at, account=7, by="alice", reason="")
    assert ids(ask(person, "letter", at=at + timedelta(days=6), about=7)) == []


def test_a_number_of_somebody_else_is_not_used() -> None:
    person, other = somebody(), somebody(name="2")
    point = reach().add_point(
        borrower=other, kind="phone", value="123", at_work=False, source="form", by="alice", reason=""
    )
    assert ids(ask(person, point=point)) == ["GATE-ERROR"]


def test_numbers_are_encrypted_and_a_dead_one_is_not_used() -> None:
    person = somebody()
    said = {"by": "alice", "reason": "application"}
    point = reach().add_point(
        borrower=person, kind="phone", value="+86 139 0000 0000", at_work=False, source="contract", **said
    )
    assert b"139" not in bytes(tables().ContactPoint.objects.get(id=point).value)
    assert [one.value for one in reach().points(borrower=person)] == ["+86 139 0000 0000"]
    reach().mark_point(borrower=person, point=point, state="dead", **said)
    assert ids(ask(person, point=point)) == ["HOUSE-INVALID"]
    friend = ask(person, "call", "service", relation="contact_person", discloses=False, content="whereabouts")
    assert friend.answer.allowed, "the debtor is lost: every number is dead"
    assert "139" not in str(list(tables().ContactDecision.objects.values()))


def test_two_at_once_do_not_pass_a_cap() -> None:
    person = somebody()
    from django.db import connections

    start, told = threading.Barrier(4), []

    def call() -> None:
        start.wait()
        for _ in range(3):
            told.append(ask(person).answer.allowed)
        connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (told.count(True), len(told)) == (3, 12)


def test_decisions_are_never_changed_not_even_by_the_owner_of_the_tables() -> None:
    from django.db import DatabaseError, connections

    told = ask(somebody())
    change = "UPDATE borrowers_contact_decision SET allowed = false WHERE id = %s"
    for role, message in (("default", "permission denied"), ("owner", "append_only")):
        with pytest.raises(DatabaseError, match=message), connections[role].cursor() as cursor:
            cursor.execute(change, [told.id])
