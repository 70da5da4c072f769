"""vectors: a file of published answers, computed again; what is not known fails by its name."""

import doctest
import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from duecourse.vectors import run

APRC = "EU/UK APRC: sum C(1+X)^-t = sum D(1+X)^-s"
REG_Z = "RegZ actuarial"


def vector(method: str, published: float | None, places: int, described: str = "", /, **inputs: Any) -> dict[str, Any]:
    told = {"id": "V", "method": method, "description": described, "inputs": inputs}
    return {**told, "published": published, "published_dp": places, "disclosure_dp": min(places, 2)}


def outcome(told: Any) -> run.Outcome:
    return run.one(json.loads(json.dumps(told), parse_float=run.Decimal), 1)


def at(amount: float, **time: Any) -> dict[str, Any]:
    return {"amount": amount, **time}


@pytest.mark.parametrize("name", ["run", "apr", "flows", "repayments"])
def test_the_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"duecourse.vectors.{name}")).failed == 0


LENT = [at(1_000, t_years=0)]
RIGHT = {  # the same published answers in every shape that a file may have
    "a list of payments": vector(APRC, 13.07, 2, advances=LENT, payments=[at(600, t_years=1), at(600, t_years=2)]),
    "plain numbers": vector(APRC, 13.07, 2, advances=[1_000], payments=[600, 600], step_years=1),
    "a number and a count": vector(APRC, 13.07, 2, principal=1_000, payment=600, n_payments=2, step_years=1),
    "one series": vector(APRC, 13.07, 2, advances=LENT, payments=at(600, count=2, step_years=1)),
    "a series and an extra payment": vector(
        APRC,
        13.07,
        2,
        advances=LENT,
        payments_at_0=0,
        payment_series=[at(600, count=1, first_t_years=1, step_years=1)],
        extra_payments=[at(600, t_years=2)],
    ),
    "months": vector(APRC, 13.07, 2, advances=LENT, payments=[at(600, month=12), at(600, t_months=24)]),
    "days of the calendar": vector(
        APRC,
        13.07,
        2,
        advances=[at(1_000, date="2001-03-01")],
        payments=[at(600, date="2002-03-01"), at(600, date="2003-03-01")],
    ),
    "a day's fraction in ten decimals": vector(
        APRC, 324.436, 3, advances=[at(500, t_years=0)], payments=[at(510, t_years=0.0136986301)]
    ),
    "a rate above any bound": vector(
        APRC, 82400.5, 1, advances=[at(200, t_years=0)], payments=[at(350, t_years=0.0833333333)]
    ),
    "a fee at the start": vector(
        "compound annualisation = (1+monthly IRR)^12 - 1",
        13.58,
        2,
        principal=100_000,
        upfront_fee=1_000,
        net_advance=99_000,
        payments=[at(8_833.3, count=12, first_month=1)],
    ),
    "the simple way": vector(
        "simple = 12 x monthly IRR", 12.80, 2, principal=100_000, upfront_fee=1_000, payment=8_833.3, count=12
    ),
    "unit-periods": vector(
        REG_Z,
        10.34,
        2,
        advances=[at(5_000, full_unit_periods=0, fraction=0)],
        payment_series=[at(219.17, count=24, first_full_unit_periods=0, fraction=0.4)],
        unit_periods_per_year=24,
    ),
    "the dates of the first payments": vector(
        REG_Z,
        10.34,
        2,
        advances=[at(5_000)],
        payment_series=[at(219.17, count=24)],
        unit_periods_per_year=24,
        dates={"advance": "1978-02-23", "first_payment": "1978-03-01", "then": "1st and 16th"},
    ),
    "every two months from dates": vector(
        REG_Z,
        7.30,
        2,
        advances=[at(8_000)],
        payment_series=[at(449.36, count=1), at(465, count=18), at(200, count=1)],
        unit_periods_per_year=6,
        dates={"advance": "1978-01-10", "first_payment": "1978-03-01", "second": "1978-05-01"},
    ),
    "a single payment below a year": vector(
        REG_Z, 8.80, 2, advances=[at(1_000, date="1978-01-10")], payments=[at(1_044, date="1978-07-10")]
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_published_answer_comes_out_in_every_shape_of_inputs(name: str) -> None:
    assert outcome(RIGHT[name]) == run.Outcome("V", True, "")


@pytest.mark.parametrize("name", RIGHT)
def test_the_same_shapes_fail_when_another_answer_was_printed(name: str) -> None:
    told = RIGHT[name]
    wrong = {**told, "published": told["published"] + 3 * 10 ** -told["published_dp"]}
    assert not outcome(wrong).passed


def by_rule(
    published: float, rule: str, described: str, lent: int, number: int, first: list[float], last: float
) -> Any:
    return vector(
        APRC,
        published,
        6,
        described,
        rule=rule,
        advances=[at(lent, t_years=0)],
        n_payments=number,
        first_payments=first,
        last_payment=last,
    )


RULES = {  # European Commission, examples of the APRC, January 2015
    "equal capital": by_rule(
        6.476009, "monthly: 833.33 capital + interest 6%/12", "", 200_000, 241, [4_000, 1_833.33, 1_829.17], 837.5
    ),
    "a card's minimum": by_rule(
        6.695965, "monthly: max(2% of (capital+interest),300)", "", 200_000, 229, [4_000, 4_020, 3_959.3], 274.76
    ),
    "a charge every second year": by_rule(
        6.523259,
        "833.33 + interest; +100 at months 1,25,...",
        "",
        200_000,
        241,
        [4_000, 1_933.33, 1_829.17],
        837.5,
    ),
    "interest only, then equal capital": by_rule(
        7.302956, "effective 7%", "5y interest-only then equal capital", 30_000, 181, [600, 169.62, 169.62], 251.41
    ),
    "a rate that rises": by_rule(
        11.542158, "effective rates", "rises to 8.39% from month 7", 30_000, 13, [600, 2_669.62, 2_655.49], 2_516.84
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_payments_are_built_from_a_rule_in_words(name: str) -> None:
    assert outcome(RULES[name]) == run.Outcome("V", True, "")


def test_a_rule_that_does_not_give_the_payments_printed_beside_it_is_not_guessed() -> None:
    told = by_rule(6.476009, "833.33 capital + interest 6%/12", "", 200_000, 241, [4_000, 1_833.33, 1_829.17], 837.6)
    found = outcome(told)
    assert not found.passed
    assert "inputs.rule" in found.said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (vector("magic", 1, 2, advances=LENT, payments=[600]), "method: 'magic'"),
        (vector(APRC, 1, 2, advances=LENT, payments=[at(600, moons=1)]), "inputs.payments[0].moons"),
        (vector(APRC, 1, 2, advances=LENT, payments=[at("much", t_years=1)]), "inputs.payments[0].amount"),
        (vector(APRC, 1, 2, advances=LENT, payments=[{"t_years": 1}]), "inputs.payments[0].amount: missing"),
        (vector(APRC, 1, 2, advances=LENT), "inputs.payments"),
        (vector(APRC, 1, 2, payments=[600]), "inputs.advances"),
        (vector(APRC, 1, 2, advances=LENT, payments=[600], luck=7), "inputs.luck"),
        (vector(APRC, 1, 2, advances=LENT, payments=[at(600, date="someday")]), "inputs.payments[0].date"),
        (vector(APRC, 1, 2, principal=100, upfront_fee=1, net_advance=98, payment=50, count=3), "inputs.net_advance"),
        (vector(APRC, 1, 2, advances=LENT, payments_at_0=1_000, payments=[at(6, t_years=1)]), "rate_missing"),
        (vector(APRC, None, 2, advances=LENT, payments=[at(1_100, t_years=1)]), "published: nothing to compare with"),
        ({"id": "V"}, "no known shape"),
        ([], "it is no object"),
        ({"id": "V", "method": APRC, "inputs": 3}, "inputs: they are no object"),
    ],
)
def test_what_is_not_known_fails_by_its_name_and_never_by_a_crash(told: Any, said: str) -> None:
    found = outcome(told)
    assert not found.passed
    assert said in found.said


def test_a_rate_that_the_cents_leave_open_passes_with_a_remark_and_one_beyond_does_not() -> None:
    """European Commission 2015, example 38: the source worked with unrounded payments."""
    paid = [at(60, t_years=0), at(24.12, t_months=1), at(24.12, t_months=2), at(3_024.12, t_months=3)]
    told = vector(APRC, 19.429412, 6, advances=[at(3_000)], payments=paid)
    found = outcome({**told, "disclosure_dp": 1})
    assert found.passed
    assert "computed 19.429575" in found.said
    assert not outcome({**told, "disclosure_dp": 1, "published": 19.430612}).passed


def test_what_was_published_does_not_move_what_is_computed() -> None:
    for published in (1, 12.9, 1_307):
        assert outcome({**RIGHT["plain numbers"], "published": published}).said.endswith("13.07 computed")


def test_the_command_counts_last_and_ends_with_one_when_an_answer_differs(tmp_path: Path) -> None:
    from duecourse.cli import main

    file = tmp_path / "rates.json"
    file.write_text(json.dumps({"vectors": list(RIGHT.values())}))
    told = CliRunner().invoke(main, ["vectors", str(file)])
    assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, f"{len(RIGHT)} passed, 0 failed")
    wrong = {**RIGHT["plain numbers"], "id": "wrong", "published": 13.08}
    file.write_text(json.dumps([wrong, RIGHT["months"]]))
    told = CliRunner().invoke(main, ["vectors", str(file)])
    assert told.exit_code == 1
    assert told.stdout.splitlines() == [
        "FAILED wrong: published: 13.08 was printed, 13.07 computed",
        "1 passed, 1 failed",
    ]


@pytest.mark.parametrize("body", ["{}", "[]", "no json", '{"vectors": 3}'])
def test_a_file_without_vectors_is_refused_by_code(tmp_path: Path, body: str) -> None:
    file = tmp_path / "rates.json"
    file.write_text(body)
    with pytest.raises(run.NoVectors):
        run.file(file)
    with pytest.raises(run.NoVectors):
        run.file(tmp_path / "none.json")


def test_expected_blocks_are_compared_cell_by_cell() -> None:
    wanted = {"expected": [{"after_events": 1, "totals": {"due": 5.0}, "rows": [[1, "a"], [2, None]]}]}
    assert run.compare([{"totals": {"due": 5}, "rows": [[1, "a"], [2, None]]}], wanted) == ("", "")
    different = run.compare([{"totals": {"due": 5}, "rows": [[1, "a"], [3, None]]}], wanted)
    assert different == ("expected[0].rows[1][0]: 2 expected, 3 computed", "")
    assert "1 rows, 2 expected" in run.compare([{"totals": {"due": 5}, "rows": [[1, "a"]]}], wanted)[0]
    assert "instead of a list" in run.compare([{"totals": {"due": 5}}], wanted)[0]
