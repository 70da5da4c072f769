"""The contact gate by published rules: files of cases, the words a file may use, rules that cannot be read."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from duecourse.outreach import case_words, cases, gate
from duecourse.outreach.asked import Asked, Person
from duecourse.rules import contact_rules, places
from duecourse.rules.fields import TermsRefused

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "contact_cases").glob("*.jsonl"))
CALL = {"place": "CN", "local": "2026-11-24T10:00", "channel": "call", "purpose": "collection", "expected": "allowed"}
ROW = {"rule": "X-1", "from": date(2020, 1, 1), "verified": True, "zh": "", "en": "", "cite": "", "severity": "guides"}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_is_judged_as_its_author_says(path: Path) -> None:
    told = list(cases.judged(path.read_text(encoding="utf-8").splitlines()))
    assert len(told) > 40
    assert [f"{case.name}: {case.answer}" for case in told if not case.passed] == []
    assert {name for case in told for name in case.unknown} == set()


def test_there_are_cases_of_every_place_and_many_of_each_verdict() -> None:
    told = [case for path in CASES for case in cases.judged(path.read_text(encoding="utf-8").splitlines())]
    assert len(told) > 250
    assert sum(case.expected is True for case in told) > 100
    assert sum(case.expected is False for case in told) > 100
    refusing = {refusal.id for case in told for refusal in case.answer.refusals}
    known = {
        rule.id
        for place in ("CN", "US-MA", "UK-SCT", "DE")
        for rule in contact_rules.in_force(place=place, on=date(2026, 12, 1)).rules
    }
    assert known - refusing == set(), "each rule refuses in some case"


def judged(*told: dict[str, Any]) -> list[cases.Judged]:
    return list(cases.judged(json.dumps(one) for one in told))


def test_a_case_passes_only_if_the_verdict_and_the_rule_are_found() -> None:
    night = {**CALL, "local": "2026-11-24T23:00"}
    told = judged(
        CALL,
        night,
        {**night, "expected": "refused"},
        {**night, "expected": "refused", "rule": "CN-COL-02"},
        {**night, "expected": "refused", "rule": "CN-COL-03"},
        {**night, "expected": {"verdict": "refused", "rules": ["CN-COL-02", "CN-COL-03"]}},
        {**night, "expected": "refused: CN-COL-11"},
        {**night, "expected": "refused: CN-COL-03"},
    )
    assert [case.passed for case in told] == [True, False, True, True, False, False, True, False]


def test_a_text_confirms_an_opting_out_and_no_automatic_call_does() -> None:
    asked = {
        "place": "US-NY", "zone": "America/New_York", "at": "2026-09-15T15:02:00Z", "purpose": "service",
        "content": "stop_confirmed", "consents": [{"kind": "contact", "given_at": "2026-09-15T14:00:00Z"}],
    }  # fmt: skip
    both = [
        {**asked, "channel": one, "blocks": [{"kind": "opted_out", "channel": one, "since": "2026-09-15T15:01:00Z"}]}
        for one in ("sms", "ai_call")
    ]
    text, call = judged(*({**one, "expected": "allowed"} for one in both))
    assert text.answer.allowed
    assert [one.id for one in call.answer.refusals] == ["US-TC-02"]


def test_what_cannot_be_read_is_refused_with_its_fault_and_the_others_are_judged() -> None:
    told = list(cases.judged(["{", json.dumps(CALL), "[1]", json.dumps({"expected": "refused", "place": "CN"}), ""]))
    assert [case.answer.allowed for case in told] == [False, True, False, False]
    assert [case.passed for case in told] == [False, True, False, True]
    assert [case.answer.fault.partition(":")[0] for case in told] == [
        "JSONDecodeError", "", "contact_not_understood", "contact_not_understood",
    ]  # fmt: skip


def test_a_field_that_nobody_knows_is_told() -> None:
    (told,) = judged({**CALL, "moon": "full"})
    assert (told.passed, told.unknown) == (True, ("moon",))


def test_the_guide_names_every_field_of_a_case() -> None:
    guide = (ROOT / "docs" / "guide" / "contact.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in guide.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert set(case_words.TOLD["field"]) - {"inside"} <= named


def test_a_case_is_judged_alike_alone_and_beside_others_and_a_missing_zone_is_named() -> None:
    morning = {**CALL, "place": "US", "local": None, "at": "2026-11-24T10:00:00-05:00"}
    told = judged(morning, {**morning, "zone": "America/New_York"})
    assert [case.answer.allowed for case in told] == [False, True]
    assert judged(morning)[0].answer == told[0].answer
    assert [one.id for one in told[0].answer.refusals] == ["HOUSE-ZONE", "US-RF-04", "US-RF-05"]
    early = {**CALL, "place": "US", "local": "2026-11-24T07:00"}
    (alone,) = judged(early)
    assert [one.id for one in alone.answer.refusals] == ["HOUSE-ZONE", "US-RF-04", "US-RF-05"]
    assert judged({**early, "local": "2026-11-24T10:00"})[0].answer.allowed


def test_what_errs_inside_refuses() -> None:
    asked = Asked("call", "collection", datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    broken = Person("CN", blocks=(object(),))  # type: ignore[arg-type]
    answer = gate.decide(broken, asked)
    assert (answer.allowed, answer.refusals[0].id, answer.next_at) == (False, gate.ERROR, None)
    assert answer.fault.startswith("AttributeError")
    assert not gate.decide(Person("CN"), asked._replace(at=datetime(2026, 11, 24, 10, 0))).allowed


def test_rules_are_those_of_the_day_and_a_decision_names_their_version() -> None:
    before = contact_rules.in_force(place="CN", on=date(2025, 2, 27))
    after = contact_rules.in_force(place="CN", on=date(2025, 2, 28))
    assert "CN-COL-02" not in {rule.rule for rule in before.rules}
    assert "CN-COL-02@2025-02-28" in {gate.Refusal(rule, None).version for rule in after.rules}
    assert before.digest != after.digest
    assert after.digest == contact_rules.in_force(place="CN", on=date(2025, 3, 1)).digest


def test_a_state_adds_to_its_country_and_a_member_to_the_union() -> None:
    assert places.upward("US-MA") == ("US-MA", "US")
    assert places.upward("gb") == ("UK",)
    rules = {rule.rule for rule in contact_rules.in_force(place="US-MA", on=date(2026, 1, 1)).rules}
    assert {"US-MA-704", "US-RF-01", "HOUSE-OPT-OUT"} <= rules
    assert "US-MA-704" not in {rule.rule for rule in contact_rules.in_force(place="US-NY", on=date(2026, 1, 1)).rules}
    with pytest.raises(places.UnknownPlace, match="no rules on contact"):
        places.upward("XX")


@pytest.mark.parametrize(
    ("kind", "row", "message"),
    [
        ("hour", {}, "x.toml: hour: no such kind of rule on contact"),
        ("zone", {"most": 1}, "X-1: most: not a field of zone"),
        ("reach", {"purposes": ["collection"]}, "X-1: allowed: missing"),
        ("reach", {"purposes": ["dunning"], "allowed": ["self"]}, r"X-1: purposes: \['dunning'\]"),
        ("reach", {"purposes": ["any"], "allowed": []}, "X-1: allowed: "),
        ("gap", {"purposes": ["any"], "channels": ["call"], "counted": ["any"], "per": "debt", "days": -1}, "days: -1"),
        ("gap", {"purposes": ["any"], "channels": ["call"], "counted": ["any"], "per": "week", "days": 1}, "'week'"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused_by_file_kind_rule_and_field(
    kind: str, row: dict[str, Any], message: str
) -> None:
    with pytest.raises(TermsRefused, match=message):
        contact_rules.parsed(kind, {**ROW, **row}, place="CN", where=f"x.toml: {kind}")


def test_business_days_leave_out_weekends_and_the_holidays_of_the_place() -> None:
    assert places.business_day_after("US", date(2026, 7, 1), 2) == date(2026, 7, 6)
    assert places.business_day_after("CN", date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert places.business_day_after("UK", date(2026, 12, 24), 1) == date(2026, 12, 29)


def test_a_case_that_cannot_be_judged_passes_where_any_refusal_is_expected_and_is_counted_apart(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main

    plain = {"place": "CN", "local": "2026-11-24T10:00", "channel": "sms", "purpose": "service"}
    told = [
        plain | {"expected": "allowed"}, plain | {"place": "Atlantis", "expected": "refused"},
        plain | {"place": "Atlantis", "expected": "refused", "rule": "CN-COL-02"}, plain,
    ]  # fmt: skip
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in told))
    done = CliRunner().invoke(main, ["contact", "check", str(file)], catch_exceptions=False)
    assert done.exit_code == 1
    assert "1 of those that passed were refused because they could not be judged\n" in done.output
    assert done.output.endswith("2 passed, 2 failed\n")
