"""rules.catalogue: what is in force where and when, what changes between two days, and which rows are refused."""

import doctest
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from duecourse.rules import catalogue, contact_rules, debit_rules, read
from duecourse.rules.read import RuleMissing
from duecourse.rules.row_shape import RuleRefused

ROW = """[[notice]]
rule = "US-MA-CFR-1"
from = 2026-01-01
products = ["any"]
days = 12
business = false
when = "varying"
by_agreement = false
zh = "金额有变动的扣款须提前十二天通知。"
en = "A debit that varies is notified twelve days before."
cite = "made up by this test"
legal_status = "made up"
verified = false
severity = "forbids"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of rules of the operator's own, empty yet."""

    def forget() -> None:
        for kept in (read.document, read.shipped, catalogue.every):
            kept.cache_clear()

    monkeypatch.setenv("DUECOURSE_RULES", str(tmp_path))
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def write(own: Path, path: str, text: str) -> None:
    """Put a file into the operator's folder."""
    place = own / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def ids(place: str, on: date, kind: str) -> list[str]:
    """The rules of a kind in force at a place on a day."""
    return [one.rule for one in catalogue.listed(place=place, on=on) if one.is_of(kind)]


def test_a_rule_is_in_force_from_its_day_until_the_eve_of_the_one_that_replaces_it() -> None:
    lpr = [one for one in catalogue.every() if one.rule == "CN-LPR-1Y"]
    assert [(one.until is None) for one in lpr] == [False] * (len(lpr) - 1) + [True]
    for before, after in pairwise(lpr):
        assert before.until is not None
        assert (after.since - before.until).days == 1
        assert before.holds(before.until)
        assert not before.holds(after.since)


def test_what_is_listed_is_what_the_readers_take() -> None:
    for place in ("cn", "us", "uk", "eu"):
        for on in (date(2012, 1, 1), date(2016, 6, 1), date(2026, 12, 1), date(2028, 1, 1)):
            assert sorted(ids(place, on, "cap")) == [one.rule for one in read.caps(place=place, on=on)]
            assert sorted(ids(place, on, "debit")) == [one.rule for one in debit_rules.laws(place=place, on=on)]


def test_a_rule_keeps_its_words_its_source_and_its_parameters() -> None:
    (found,) = [
        one for one in catalogue.listed(place="CN", on=date(2026, 1, 1)) if one.is_of("age") and one.place == "CN"
    ]
    assert (found.rule, found.topic, found.severity, found.verified) == ("CN-CLS-02", "classes", "forbids", True)
    assert dict(found.parameters) == {"special_mention": 0, "substandard": 90, "doubtful": 270, "loss": 360}
    assert "270" in found.text("zh")
    assert "270" in found.text("en")
    with pytest.raises(TypeError):
        found.parameters["loss"] = 1  # type: ignore[index]


def test_a_place_has_its_own_rules_and_those_of_the_world() -> None:
    assert "EU-IFRS-01" in ids("US", date(2026, 1, 1), "age")
    assert {one.place for one in catalogue.listed(place="UK", on=date(2026, 1, 1))} <= {"UK", "WORLD", "HOUSE"}


def test_a_place_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(RuleMissing, match="no rules of MARS"):
        catalogue.listed(place="mars", on=date(2026, 1, 1))


def test_a_state_adds_to_the_rules_of_its_country(own: Path) -> None:
    write(own, "law/us-ma/debit.toml", ROW)
    on = date(2026, 1, 1)
    assert ids("US-MA", on, "notice") == ["US-MA-CFR-1", *ids("US", on, "notice")]
    assert "US-MA-CFR-1" not in ids("US", on, "notice")
    assert ids("US-TX", on, "notice") == ids("US", on, "notice")


def test_what_changes_between_two_days_is_told_with_what_differs_and_whom_it_concerns() -> None:
    found = catalogue.changed(date(2020, 8, 19), date(2020, 8, 20), place="CN")
    (cap,) = [one for one in found if one.rule == "CN-CAP-01"]
    assert (cap.what, cap.on, cap.place, cap.concerns) == (
        "replaced",
        date(2020, 8, 20),
        "CN",
        {"lenders": ("private",)},
    )
    assert (cap.differs["rate_ppm"], cap.differs["times_lpr"]) == ((240_000, None), (None, 4))
    assert "lenders" not in cap.differs
    began = catalogue.changed(date(2025, 9, 30), date(2025, 10, 1), place="CN")
    assert ("began", "CN-CAP-03") in [(one.what, one.rule) for one in began]
    assert catalogue.changed(date(2025, 10, 1), date(2025, 10, 1)) == ()
    with pytest.raises(catalogue.DaysCrossed):
        catalogue.changed(date(2025, 10, 2), date(2025, 10, 1))


def test_what_ended_and_what_only_passed_is_told_too(own: Path) -> None:
    write(own, "law/us-ma/debit.toml", ROW.replace("from = 2026-01-01", "from = 2026-01-01\nto = 2026-03-31"))

    def told(first: date, second: date) -> list[tuple[str, str, date]]:
        return [(one.what, one.rule, one.on) for one in catalogue.changed(first, second) if one.place == "US-MA"]

    assert told(date(2026, 3, 31), date(2026, 4, 1)) == [("ended", "US-MA-CFR-1", date(2026, 4, 1))]
    assert told(date(2025, 12, 31), date(2026, 4, 1)) == [("came and went", "US-MA-CFR-1", date(2026, 1, 1))]
    assert told(date(2026, 4, 1), date(2026, 5, 1)) == []


def test_a_row_of_the_operators_replaces_the_shipped_one_from_its_day_for_every_reader(own: Path) -> None:
    row = ROW.replace("US-MA-CFR-1", "US-CFR-1005.10D").replace("days = 12", "days = 15")
    write(own, "law/us/debit.toml", row)

    def days(on: date) -> list[int]:
        return [law.notice.days for law in debit_rules.laws(place="us", on=on, law_class="other") if law.notice]

    assert (days(date(2025, 12, 31)), days(date(2026, 1, 1))) == ([10], [15])
    told = catalogue.changed(date(2025, 12, 31), date(2026, 1, 1), place="US")
    (found,) = [one for one in told if one.rule == "US-CFR-1005.10D"]
    assert (found.what, found.differs["days"]) == ("replaced", (10, 15))
    write(own, "house/calendars/weekends.toml", "closed_weekdays = [6]\nfirst_year = 2026\nlast_year = 2026\n"
          "closed = [2026-10-01]\n")  # fmt: skip
    assert read.document("house/calendars/weekends.toml")["closed_weekdays"] == [6]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('rule = "US-MA-CFR-1"\n', "", r"row 1 \(without a rule\): rule: missing"),
        ('"US-MA-CFR-1"', '"the first"', r"row 1 \(the first\): rule: .* no id"),
        ("from = 2026-01-01\n", "", r"row 1 \(US-MA-CFR-1\): from: missing"),
        ("from = 2026-01-01", "from = 2026-01-01\nto = 2025-01-01", "to: 2025-01-01 is before 2026-01-01"),
        ('"forbids"', '"forbid"', "severity: 'forbid' is none of"),
        ("verified = false", 'verified = "no"', "verified: not true or false"),
        ("verified = false\n", "", "verified: missing"),
        ('zh = "金额有变动的扣款须提前十二天通知。"\n', "", "zh: missing"),
        ('cite = "made up by this test"', 'cite = " "', "cite: not a text"),
        ("days = 12", "days = 12.5", "days: not made of whole numbers"),
        ("days = 12", 'days = "12"', "days: '12' is of another kind"),
        ("days = 12\n", "", "days: missing"),
        ("days = 12", "days = 12\nday = 12", "day: no parameter of this table"),
        ("[[notice]]", "[[notices]]", "notices: no such table; there are attempts, mandate, notice"),
        ("[[notice]]", "[notice]", "notice: not a list of rows"),
        ("days = 12", "days = ", "Invalid value"),
        (ROW, ROW + ROW, r"row 2 \(US-MA-CFR-1\): from: another row of this rule begins on 2026-01-01"),
    ],
)
def test_a_bad_row_is_refused_by_file_table_row_and_field(own: Path, old: str, new: str, named: str) -> None:
    assert old in ROW
    write(own, "law/us-ma/debit.toml", ROW.replace(old, new))
    with pytest.raises(RuleRefused, match=named) as refused:
        catalogue.listed(on=date(2026, 1, 1))
    assert "law/us-ma/debit.toml" in str(refused.value)
    assert refused.value.code == "rule_refused"


def test_a_folder_of_rules_that_is_not_there_is_refused(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUECOURSE_RULES", str(own / "nowhere"))
    with pytest.raises(RuleRefused, match="is no folder"):
        catalogue.every()


def test_the_examples_of_the_guide_hold() -> None:
    page = Path(__file__).parents[2] / "docs" / "guide" / "rules.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert (failed, tried > 3) == (0, True)


def test_a_list_of_the_operators_that_is_no_list_of_rows_stands_in_the_place_of_the_shipped_one(own: Path) -> None:
    write(own, "house/calendars/weekends.toml", "closed_weekdays = []\n")
    told = read.document("house/calendars/weekends.toml")
    assert (told["closed_weekdays"], told["first_year"]) == ([], 2000)


def test_a_rule_that_ended_does_not_give_way_to_the_one_it_replaced(own: Path) -> None:
    row = ROW.replace("US-MA-CFR-1", "US-CFR-1005.10D").replace("2026-01-01\n", "2026-01-01\nto = 2026-01-31\n")
    write(own, "law/us/debit.toml", row)
    for on, held in ((date(2025, 12, 31), True), (date(2026, 1, 31), True), (date(2026, 2, 1), False)):
        assert ("US-CFR-1005.10D" in ids("US", on, "debit")) is held
        assert ("US-CFR-1005.10D" in [law.rule for law in debit_rules.laws(place="us", on=on)]) is held


def test_what_is_listed_of_contact_is_what_the_gate_judges_by() -> None:
    for place in ("CN", "US", "US-MA", "UK", "UK-SCT", "EU", "DE"):
        for on in (date(2000, 1, 1), date(2015, 6, 1), date(2024, 6, 1), date(2027, 1, 1)):
            listed = [(one.rule, one.kind) for one in catalogue.listed(place=place, on=on) if one.topic == "contact"]
            judged = contact_rules.in_force(place=place, on=on).rules
            assert sorted(listed) == [(one.rule, one.kind) for one in judged]


def test_a_member_of_the_union_has_the_rules_of_the_union() -> None:
    on = date(2026, 12, 1)
    assert catalogue.listed(place="AT", on=on) == catalogue.listed(place="eu", on=on)
    assert [one.rule for one in catalogue.listed(place="DE", on=on) if one.place == "DE"] == ["DE-LIM.ACK", "DE-LIM"]
    assert catalogue.listed(place="gb", on=on) == catalogue.listed(place="UK", on=on)


def parameters(rule: str) -> list[tuple[date, dict[str, object]]]:
    """The rows of a rule: their first days and what code reads of them."""
    return [(one.since, dict(one.parameters)) for one in catalogue.every() if one.rule == rule]


def test_figures_are_as_their_sources_say() -> None:
    def one(rule: str, *names: str) -> list[object]:
        return [parameters(rule)[-1][1][name] for name in names]

    assert one("US-RF-13", "within_days") == [5]
    assert one("US-RF-15", "days", "assumed_receipt_business_days") == [30, 5]
    assert one("US-FC-05", "within_days") == [30]
    assert one("US-FC-03", "months", "more_days") == [84, 180]
    assert one("US-RB-01", "application_days", "counteroffer_days") == [30, 90]
    assert one("US-LF-01", "first_minor", "again_minor", "again_within_cycles") == [3_200, 4_300, 6]
    assert one("CN-COL-17", "months") == [60]
    assert one("CN-BUR-01", "months") == [60]
    assert one("CN-BUR-04", "most_minor", "repaid_by") == [1_000_000, date(2026, 3, 31)]
    assert one("CN-LIM-01", "months") == [36]
    assert (one("UK-10", "months"), one("UK-10.SCT", "months")) == ([72], [60])
    assert one("UK-08", "least_balance_minor", "contact_at_months") == [20_000, (18, 27, 36)]
    assert one("UK-09", "most_days", "once_in_months", "crisis_more_days") == [60, 12, 30]
    assert one("CN-LOAN-05", "most_minor", "self_paid_most_minor", "most_months") == [30_000_000, 50_000_000, 84]
    assert one("EU-DOD-02", "retail_minor", "other_minor", "relative_ppm") == [10_000, 50_000, 10_000]
    assert one("CN-CLS-01", "above_days") == one("CN-CLS-02", "special_mention")
    assert one("CN-CLS-03", "above_days") == one("CN-CLS-02", "substandard")


def test_what_is_recalled_is_not_verified() -> None:
    told = [one for one in catalogue.every() if one.place != "HOUSE"]
    doubtful = [one for one in told if "recalled" in one.legal_status or "secondary" in one.legal_status]
    assert len(doubtful) > 50
    assert [one.rule for one in doubtful if one.verified] == []
