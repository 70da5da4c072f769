"""Scorecards: ranges, steps of evidence, points."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def twice_told(server: Path) -> tuple[Any, Any]:
    """Clients by two features and their outcome: each rise of the first up to 1 raises the chance; from 1 to 2 only
    the second does, which rises with it."""
    drawn = np.random.default_rng(1)
    first = drawn.uniform(0, 2, 6_000)
    second = np.where(first > 1, drawn.random(6_000) < 0.8, drawn.random(6_000) < 0.1).astype(float)
    chance = 1 / (1 + np.exp(3 - 2 * np.minimum(first, 1) - 2 * second))
    return np.column_stack([first, second]), (drawn.random(6_000) < chance).astype(np.int64)


def points(card: Any, feature: str, *values: float) -> list[int]:
    """The points of these values of a feature."""
    from duecourse.risk import scorecard

    part = next(one for one in card.parts if one.feature == feature)
    return [int(one) for one in scorecard.points_of(part, np.array(values))]


def test_each_step_of_a_feature_has_a_weight_of_its_own(twice_told: tuple[Any, Any]) -> None:
    from duecourse.risk import scorecard

    rows, missed = twice_told
    found = scorecard.evidence("first", rows[:, 0], missed, 1)
    assert found is not None
    alone = np.diff(found.of(np.array([0.05, 0.95, 1.95])))
    together = -np.diff(points(scorecard.fit(rows, missed, {"first": 1, "second": 1}), "first", 0.05, 0.95, 1.95))
    assert alone[1] > 0.8 * alone[0], "alone, the first feature also tells of the rise that is the second's"
    assert 0 <= together[1] < 0.5 * together[0], "with the second known, it does not"


def test_points_never_go_against_what_the_evidence_says(twice_told: tuple[Any, Any]) -> None:
    from duecourse.risk import scorecard

    rows, missed = twice_told
    rows = np.column_stack([rows, rows[:, 0] - 2 * rows[:, 1]])  # with the others known, more of it would raise
    evidence = scorecard.evidence("less", rows[:, 2], missed, -1)
    assert evidence is not None
    card = scorecard.fit(rows, missed, {"first": 1, "second": 1, "less": -1})
    for part in card.parts:
        steps = np.diff(part.points) * {"first": 1, "second": 1, "less": -1}[part.feature]
        assert (steps <= 0).all(), part.feature


def test_a_value_that_was_known_of_everybody_has_no_points_where_it_is_not(twice_told: tuple[Any, Any]) -> None:
    from duecourse.risk import scorecard

    rows, missed = twice_told
    card = scorecard.fit(rows, missed, {"first": 1, "second": 1})
    assert {part.feature for part in card.parts} == {"first", "second"}
    for part in card.parts:
        assert part.unknown == 0
        assert abs(scorecard.points_of(part, rows[:, 1 if part.feature == "second" else 0]).mean()) < 1


def test_a_value_that_is_not_known_of_some_has_the_points_that_its_evidence_says(twice_told: tuple[Any, Any]) -> None:
    from duecourse.risk import scorecard

    rows, missed = twice_told
    hidden = np.where(missed == 1, np.arange(len(missed)) % 2 == 0, np.arange(len(missed)) % 10 == 0)
    rows = np.column_stack([np.where(hidden, np.nan, rows[:, 0]), rows[:, 1]])
    card = scorecard.fit(rows, missed, {"first": 1, "second": 1})
    part = next(one for one in card.parts if one.feature == "first")
    assert part.unknown < min(part.points)
