"""vectors: the life of a loan as published, computed again; each cell that differs is named."""

import json
from decimal import Decimal
from typing import Any

import pytest

from duecourse.vectors import run, servicing

INPUTS = {
    "principal": 1_000.0, "annual_rate_pct": 0.0, "interest_type": "flat", "amortization": "equal_installments",
    "interest_calc_period": "same_as_repayment_period", "repay_every": [15, "days"], "n_installments": 4,
    "submitted": "2024-01-01", "days_in_year": "actual", "days_in_month": "actual", "schedule_engine": "cumulative",
    "interest_recalculation": False, "allocation_order": ["penalty", "fee", "interest", "principal"],
}  # fmt: skip
DRAWN = {"type": "disburse", "date": "2024-01-01", "amount": 1_000.0}
PAID = {"type": "repayment", "date": "2024-01-16", "amount": 300.0, "booked_on": "2024-01-16"}
ROWS = [
    [None, None, "2024-01-01", None, 1000, None, None, 0, None, 0, 0, None, None, None],
    [1, 15, "2024-01-16", "2024-01-16", 750, 250, 0, 0, 0, 250, 250, 0, 0, 0],
    [2, 15, "2024-01-31", None, 500, 250, 0, 0, 0, 250, 50, 50, 0, 200],
    [3, 15, "2024-02-15", None, 250, 250, 0, 0, 0, 250, 0, 0, 0, 250],
    [4, 15, "2024-03-01", None, 0, 250, 0, 0, 0, 250, 0, 0, 0, 250],
]
MOVES = [
    {"date": "2024-01-16", "type": "repayment", "amount": 300.0, "principal": 300.0, "balance": 700.0},
    {"date": "2024-01-01", "type": "disbursement", "amount": 1_000.0, "balance": 1_000.0},
]


def outcome(*expected: dict[str, Any], events: Any = (DRAWN, PAID), **inputs: Any) -> run.Outcome:
    told = {"id": "V", "inputs": {**INPUTS, **inputs}, "events": list(events), "expected": list(expected)}
    return run.one(json.loads(json.dumps(told), parse_float=Decimal), 1)


def said(**figures: Any) -> str:
    return outcome({"after_events": 2, "business_date": "2024-01-16", **figures}).said


@pytest.mark.parametrize(
    "figures",
    [
        {"schedule": ROWS},
        {"schedule": ROWS[1:]},
        {"transactions": MOVES},
        {"transactions": MOVES[:1]},
        {"totals": {"due": 1_000.0, "paid": 300.0}},
        {"outstanding": 700.0, "status": "active", "overpaid": None},
    ],
    ids=["schedule", "without draws", "in any order", "an extract", "by name", "single figures"],
)
def test_what_was_published_right_passes(figures: dict[str, Any]) -> None:
    assert said(**figures) == ""


def test_a_cell_that_differs_is_named_with_both_figures() -> None:
    wrong = [ROWS[0], [*ROWS[1][:9], 251, *ROWS[1][10:]], *ROWS[2:]]
    assert said(schedule=wrong) == "expected[0].schedule[1][9]: 250.00, published 251"
    assert said(totals={"due": 1_000.0, "paid": 299.99}).startswith("expected[0].totals.paid: 300.00, published 299.99")


def test_a_row_too_few_is_a_difference() -> None:
    assert said(schedule=ROWS[:-1]) == "expected[0].schedule: 5 rows, published 4"


def test_a_transaction_that_was_not_published_is_named() -> None:
    assert said(transactions=MOVES[1:]).endswith("besides the published")


def test_a_transaction_stands_for_one_published_only() -> None:
    assert "published 2024-01-16 repayment" in said(transactions=[*MOVES, MOVES[0]])


def test_figures_are_asked_after_each_event() -> None:
    first = {"after_events": 1, "business_date": "2024-01-01", "outstanding": 1_000.0}
    assert outcome(first, {"after_events": 2, "outstanding": 700.0}).passed
    assert outcome({**first, "outstanding": 700.0}).said == "expected[0].outstanding: 1000.00, published 700.0"


def test_the_answer_is_not_in_the_question() -> None:
    published = {"after_events": 2, "dpd_by_date": {"2024-01-16": 1}}
    assert servicing.question(published, published["dpd_by_date"]) == {"after_events": 2, "keys": ["2024-01-16"]}


@pytest.mark.parametrize(
    ("told", "named"),
    [
        (outcome({"after_events": 1, "mood": "good"}), "expected: 'mood' is not known"),
        (outcome({"after_events": 2, "outstanding": 0}, events=[DRAWN, {"type": "dance"}]), "'dance' is not known"),
    ],
    ids=["a figure", "an event"],
)
def test_what_is_not_known_fails_by_its_name(told: run.Outcome, named: str) -> None:
    assert not told.passed
    assert named in told.said
