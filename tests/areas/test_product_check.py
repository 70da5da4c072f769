"""A product's file is checked: every refusal at once, contradictions, samples, and caps by the exact test."""

import json
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from duecourse.rules import product_check, read
from duecourse.rules.product_sample import LATE_ONCE

ON = date(2026, 8, 1)
HOUSE = sorted(
    path.name.removesuffix(".toml") for path in files("duecourse.rules").joinpath("house/products").iterdir()
)


def changed(code: str, head: dict[str, Any] | None = None, **terms: Any) -> dict[str, Any]:
    """A product of the house with some fields and terms changed; None leaves one out."""
    told = {**product_check.load(code), **(head or {})}
    told["terms"] = [{**row, **terms} for row in told["terms"]]
    told["terms"] = [{name: value for name, value in row.items() if value is not None} for row in told["terms"]]
    return {name: value for name, value in told.items() if value is not None}


def wrong(told: dict[str, Any]) -> str:
    found = product_check.check(told=told, on=ON)
    assert not found.is_right
    assert found.samples == ()
    return "\n".join(found.wrong)


@pytest.mark.parametrize("code", HOUSE)
def test_every_product_of_the_house_passes_its_own_check(code: str) -> None:
    found = product_check.check(told=product_check.load(code), on=ON)
    assert found.wrong == ()
    assert found.doubts == ()
    assert found.samples
    assert found.costs
    assert found.is_right


@pytest.mark.parametrize("code", HOUSE)
def test_what_the_house_accepts_and_the_check_agree(code: str) -> None:
    from duecourse.rules import loan_terms

    told = read.product(code)
    accepted = read.line_terms(code, ON) if told.kind == "line" else loan_terms.in_force(code, ON)
    row = product_check.in_force(product_check.load(code), ON)
    assert row is not None
    assert product_check.parse_all(told.kind, product_check.load(code), row) == (accepted, [])


def test_every_refusal_of_a_line_is_told_at_once() -> None:
    told = changed("line_demo", {"currency": "yuan", "colour": "red"}, rate_ppm=2_000_000, cycle_day=0, bonus=1,
                   grace_days=None, due_shift="sideways", order=["principal"], compound="yes")  # fmt: skip
    found = wrong(told)
    for field in (
        "currency",
        "colour",
        "rate_ppm",
        "cycle_day",
        "bonus",
        "grace_days",
        "due_shift",
        "order",
        "compound",
    ):
        assert f"{field}: " in found, field
    assert len(found.splitlines()) == 9


def test_every_refusal_of_a_loan_is_told_at_once() -> None:
    found = wrong(
        changed("loan_demo", {"kind": "loan", "place": "mars"}, rate_ppm=-1, unit="years", bonus=1, order=["x"])
    )
    for field in ("place", "rate_ppm", "unit", "bonus", "order"):
        assert f"{field}: " in found, field
    assert len(found.splitlines()) == 5


def test_the_terms_of_acts_are_checked_too() -> None:
    found = wrong({**changed("line_demo"), "acts": [{"from": date(2020, 1, 1), "hold_days": 0, "magic": True}]})
    assert "hold_days: " in found
    assert "magic: " in found


@pytest.mark.parametrize(
    ("code", "terms", "field"),
    [
        ("line_demo", {"minimum_share_ppm": 0, "minimum_floor_minor": 0}, "minimum_share_ppm"),
        ("line_demo", {"minimum_share_ppm": 10_000, "minimum_has_interest": False}, "minimum_share_ppm"),
        ("line_demo", {"grace_days": 40}, "grace_days"),
        ("line_demo", {"tolerance_ppm": 1_000_000}, "tolerance_ppm"),
        (
            "line_demo",
            {"late_fee_share_ppm": 1, "late_fee_floor_minor": 2, "late_fee_cap_minor": 1},
            "late_fee_floor_minor",
        ),
        ("loan_demo", {"down_payment_ppm": 1_000_000}, "down_payment_ppm"),
        ("loan_demo", {"grace_principal": 12}, "grace_principal"),
        ("loan_demo", {"interest_free": 13}, "interest_free"),
        ("loan_demo", {"grace_days": 31}, "grace_days"),
        ("loan_demo", {"installments": 0, "installment_minor": 13_000}, "installment_minor"),
        ("loan_demo", {"installments": 12, "installment_minor": 13_000}, "installment_minor"),
        ("loan_demo", {"installments": 0}, "installments"),
    ],
)
def test_terms_that_contradict_each_other_are_told_by_field(code: str, terms: dict[str, Any], field: str) -> None:
    assert f"{field}: " in wrong(changed(code, **terms))


def test_what_is_lawful_and_strange_is_a_doubt_and_no_refusal() -> None:
    found = product_check.check(told=changed("line_demo", late_rate_ppm=0), on=ON)
    assert found.is_right
    assert "late_rate_ppm" in found.doubts[0]


def test_a_day_before_all_terms_is_told() -> None:
    found = product_check.check(told=product_check.load("line_demo"), on=date(2019, 12, 31))
    assert found.wrong == ("terms: none is in force on 2019-12-31; the first is from 2020-01-01",)


def test_paying_in_full_costs_nothing_and_paying_late_costs_most() -> None:
    found = product_check.check(told=product_check.load("line_demo"), on=ON)
    minimum, full, late = found.samples
    assert (full.cost, len(full.rows), late.name) == (0, 1, LATE_ONCE)
    assert 0 < minimum.cost < late.cost
    assert len(minimum.rows) == 12
    assert minimum.cost > sum(row.interest + row.charges for row in minimum.rows)  # and what the last days accrued


def test_a_loan_of_ten_thousand_is_repaid_over_its_term() -> None:
    found = product_check.check(told=product_check.load("loan_demo"), on=ON)
    (sample,) = found.samples
    assert sample.lent == 1_000_000
    assert sample.cost == sum(row.interest for row in sample.rows) == 91_254
    assert sample.rows[-1].balance == 0
    assert [(one.measure, product_check.shown(one.figure)) for one in found.costs] == [
        ("cn_compound", "17.73%"),
        ("cn_simple", "16.44%"),
    ]


def test_a_cap_is_decided_exactly_and_only_a_verified_one_fails_the_product() -> None:
    told = changed("loan_demo", installments=1, unit="months", every=12, form="bullet", interest_by="periods",
                   day_count="30/360", rate_ppm=240_000, late_rate_ppm=360_000)  # fmt: skip
    kept = {one.rule: one.is_kept for one in product_check.check(told=told, on=ON).caps}
    assert kept["CN-CAP-02"] is True
    told["terms"][0]["rate_ppm"] = 240_001
    found = product_check.check(told=told, on=ON, amount_minor=100_000_000)
    assert {one.rule: one.is_kept for one in found.caps}["CN-CAP-02"] is False
    assert found.is_right
    verified = found._replace(caps=tuple(one._replace(is_verified=True) for one in found.caps))
    assert not verified.is_right


def run(*words: str) -> Result:
    from duecourse.cli import main

    return CliRunner().invoke(main, ["product", "check", *words], catch_exceptions=False)


def test_the_command_prints_what_it_found_and_writes_a_report(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    told = run("loan_demo", "--on", "2026-08-01", "--amount", "5000", "--report", str(report))
    assert told.exit_code == 0
    assert "5,000.00" in told.stdout
    assert "CN-CAP-02" in told.stdout
    found = json.loads(report.read_text())
    assert (found["is_right"], found["samples"][0]["lent_minor"], len(found["samples"][0]["rows"])) == (
        True,
        500_000,
        12,
    )


def test_the_command_ends_with_1_for_refused_terms_and_2_for_no_product(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    source = files("duecourse.rules").joinpath("house/products/line_demo.toml").read_text()
    bad.write_text(source.replace("cycle_day = 1 ", "cycle_day = 99 ").replace("cycle_day = 1\n", "cycle_day = 99\n"))
    told = run(str(bad), "--on", "2026-08-01")
    assert told.exit_code == 1
    assert "cycle_day" in told.stderr
    bad.write_text("= nothing")
    told = run(str(bad))
    assert told.exit_code == 2
    assert "product_unreadable" in told.stderr
    assert "product_unreadable" in run("no_such_product").stderr


def funded(**changed: Any) -> dict[str, Any]:
    """A loan whose file names two funders and a guarantor."""
    shares = [
        {"party": "north", "share_ppm": 500_000, "rate_ppm": 60_000},
        {"party": "south", "share_ppm": 300_000, "rate_ppm": 48_000},
    ]
    stated = {"guarantor": "lender", "guarantee_days": 30, "guarantee_cap_ppm": 100_000}
    return {**read.document("house/products/loan_demo.toml"), "funding": [
        {"from": date(2024, 1, 1), "funders": shares, "pool": "spring", **stated, **changed}
    ]}  # fmt: skip


def test_funders_that_a_file_names_are_told(tmp_path: Path) -> None:
    found = product_check.check(told=funded(), on=ON)
    assert found.is_right
    assert [one.party for one in found.funding.funders] == ["north", "south"]
    assert product_check.report(found)["funding"]["guarantee"]["days"] == 30
    assert not product_check.check(told=funded(**{"from": date(2099, 1, 1)}), on=ON).funding.funders
    head = files("duecourse.rules").joinpath("house/products/loan_demo.toml").read_text()
    rows = '[[funding]]\nfrom = 2024-01-01\nfunders = [{ party = "north", share_ppm = 500_000, rate_ppm = 60_000 }]\n'
    (tmp_path / "shared.toml").write_text(f"{head}\n{rows}")
    printed = run(str(tmp_path / "shared.toml"), "--on", str(ON))
    assert printed.exit_code == 0
    assert "north" in printed.output
    assert "50.0000%" in printed.output


NORTH = {"party": "north", "share_ppm": 500_000, "rate_ppm": 60_000}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"funders": "north"}, "funders: 'north' is not a list"),
        ({"funders": [{**NORTH, "share_ppm": 0}]}, "funders: 1: share_ppm: 0 is not a whole number between 1 and"),
        ({"funders": [{**NORTH, "rate_ppm": True}]}, "funders: 1: rate_ppm: True is not a whole number"),
        ({"funders": [{"party": "north", "rate_ppm": 1}]}, "funders: 1: share_ppm: missing"),
        ({"funders": [{**NORTH, "color": 1}]}, "funders: 1: color: not a term of a funder"),
        ({"funders": [{**NORTH, "party": ""}]}, "funders: 1: party: no party is named"),
        ({"funders": [NORTH, NORTH]}, "funders: 2: party: 'north' is the lender, or stands twice"),
        ({"funders": [{**NORTH, "party": "lender"}]}, "funders: 1: party: 'lender' is the lender"),
        ({"funders": [NORTH, {**NORTH, "party": "a", "share_ppm": 500_001}]}, "the shares come to 1000001"),
        ({"funders": [{**NORTH, "rate_ppm": 400_000}]}, "their rates come to 200000 of the whole"),
        ({"pool": 1}, "pool: 1 is not words"),
        ({"guarantee_days": 0}, "guarantee_days: 0 is not a whole number between 1 and"),
        ({"guarantee_cap": 0}, "guarantee_cap: not a term of funding"),
    ],
)  # fmt: skip
def test_funders_that_cannot_be_are_told_by_field(changed: dict[str, Any], said: str) -> None:
    found = product_check.check(told=funded(**changed), on=ON)
    assert not found.is_right
    assert any(said in one and one.startswith("funding of 2024-01-01") for one in found.wrong), found.wrong


def test_a_guarantee_is_told_whole_or_not_at_all() -> None:
    told = funded()
    del told["funding"][0]["guarantor"]
    found = product_check.check(told=told, on=ON)
    assert found.wrong == ("funding of 2024-01-01: guarantor: missing, where guarantee_days is said",)
