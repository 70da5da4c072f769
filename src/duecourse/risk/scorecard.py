"""A scorecard: points for each feature's range of values, added up; the chance follows from the sum.

Ranges are chosen by optbinning so that the chance rises or falls along them where the feature has a sign. The steps of
weight of evidence from each range to the next go into a logistic regression, each with a weight of its own that is not
below zero: a range's points may move as much as the others leave to say, never against its evidence. Points are whole
numbers. To score, a kept card needs neither: the table of points is the model.
"""

import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from . import advice
from .model import TooLittleHistory

POINTS_TO_DOUBLE = 40
"""So many points more halve the odds of a miss."""
MOST_RANGES = 8
LEAST_SHARE = 0.025
"""Of all examples that a range holds at the least."""
LEAST_VALUE = 0.01
"""Information value below which a feature is left out; so is one of less than four times what chance alone gives (the
number of its ranges less one, times the sum of one over misses and one over meets)."""
ALIKE = 0.97
"""Of two features whose evidence is correlated more than this, the one that tells less is left out."""
MOST_FEATURES = 60
RIDGE = 10.0
TREND = {1: "ascending", -1: "descending", 0: "auto_heuristic"}


class Part(NamedTuple):
    """One feature of a card: where its ranges end (each but the last, its end not in it), the points of each range,
    and of a value that is not known."""

    feature: str
    ends: list[float]
    points: list[int]
    unknown: int


class Scorecard:
    """A table of points. chance = 1 / (1 + exp(slope x points + intercept)).

    usual: what is usual of borrowers who pay, by feature (`advice.usual`).
    """

    kind = "scorecard"

    def __init__(
        self,
        features: Sequence[str],
        parts: Sequence[Part],
        slope: float,
        intercept: float,
        usual: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self.features, self.parts, self.usual = tuple(features), list(parts), dict(usual)
        self.slope, self.intercept = slope, intercept
        self.places = [self.features.index(part.feature) for part in self.parts]

    def points(self, rows: Any) -> Any:
        """The points of each part (rows, parts); the columns of `rows` are the features, null is NaN."""
        return np.column_stack(
            [points_of(part, rows[:, place]) for part, place in zip(self.parts, self.places, strict=True)]
        )

    def chance(self, rows: Any) -> Any:
        """The chance of each row."""
        return 1 / (1 + np.exp(self.slope * self.points(rows).sum(axis=1) + self.intercept))

    def contributions(self, rows: Any) -> Any:
        """The log odds that each feature adds (rows, features): its points lost, against the most that it gives."""
        lost = np.zeros((len(rows), len(self.features)))
        best = np.array([max(part.points) for part in self.parts])
        lost[:, self.places] = self.slope * (best - self.points(rows))
        return lost

    def body(self) -> dict[str, Any]:
        """What is kept."""
        parts = [part._asdict() for part in self.parts]
        return {
            "features": list(self.features), "parts": parts, "slope": self.slope, "intercept": self.intercept,
            "usual": self.usual,
        }  # fmt: skip

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Scorecard":
        """A card that was kept."""
        parts = [Part(**part) for part in body["parts"]]
        return cls(body["features"], parts, body["slope"], body["intercept"], body.get("usual", {}))


def points_of(part: Part, values: Any) -> Any:
    """The points of each value of one feature."""
    table = np.array([*part.points, part.unknown])
    at = np.searchsorted(np.array(part.ends), values, side="right")
    return table[np.where(np.isnan(values), len(part.points), at)]


class Evidence(NamedTuple):
    """A feature's ranges with their weight of evidence (the log of the share of all misses over the share of all
    meets in a range: above zero where more is missed), that of unknown values, the share of all examples in each range
    and unknown, and the information value."""

    feature: str
    ends: list[float]
    woe: Any
    unknown: float
    shares: Any
    value: float

    def of(self, values: Any) -> Any:
        """The evidence of each value."""
        return np.append(self.woe, self.unknown)[self.ranges(values)]

    def ranges(self, values: Any) -> Any:
        """The range of each value; one more than the last where it is not known."""
        at = np.searchsorted(np.array(self.ends), values, side="right")
        return np.where(np.isnan(values), len(self.woe), at)

    def steps(self) -> Any:
        """The steps of evidence that lead from the first range to each one, and to unknown (ranges and one, steps)."""
        count = len(self.woe)
        table = np.zeros((count + 1, count))
        table[:count, : count - 1] = np.tri(count, count - 1, -1) * np.diff(self.woe)
        table[count, count - 1] = self.unknown - self.woe[0]
        return table


def fit(rows: Any, missed: Any, directions: Mapping[str, int]) -> Scorecard:
    """A scorecard of rows whose columns are the features of `directions`; refuses too few misses to tell anything."""
    if min(missed.sum(), len(missed) - missed.sum()) < 2 * MOST_RANGES:
        raise TooLittleHistory(f"{len(missed)} examples with {int(missed.sum())} misses are too few for a scorecard")
    found = [evidence(name, rows[:, i], missed, sign) for i, (name, sign) in enumerate(directions.items())]
    by_chance = 1 / missed.sum() + 1 / (len(missed) - missed.sum())
    telling = sorted(
        (one for one in found if one and one.value >= max(LEAST_VALUE, 4 * len(one.ends) * by_chance)),
        key=lambda one: -one.value,
    )
    from sklearn.linear_model import LogisticRegression

    at = {name: i for i, name in enumerate(directions)}
    kept = unlike(telling, {one.feature: one.of(rows[:, at[one.feature]]) for one in telling})
    if not kept:
        raise TooLittleHistory(f"{len(missed)} examples with {int(missed.sum())} misses tell nothing of others")
    weights = non_negative(np.hstack([one.steps()[one.ranges(rows[:, at[one.feature]])] for one in kept]), missed)
    of_each = np.split(weights, np.cumsum([len(one.woe) for one in kept])[:-1])
    parts = [in_points(one, own) for one, own in zip(kept, of_each, strict=True)]
    parts = [part for part in parts if len({*part.points, part.unknown}) > 1]
    total = Scorecard(tuple(directions), parts, 0.0, 0.0).points(rows).sum(axis=1)
    final = LogisticRegression(C=1e6).fit(total[:, None] / POINTS_TO_DOUBLE, missed)
    slope = -float(final.coef_[0, 0]) / POINTS_TO_DOUBLE
    return Scorecard(
        tuple(directions), parts, slope, -float(final.intercept_[0]), advice.usual(rows, missed, directions)
    )


def non_negative(columns: Any, missed: Any) -> Any:
    """The weights, none below zero, of a logistic regression on steps of evidence: none counts against what it says.

    Ridge-penalised maximum likelihood, by L-BFGS with bounds (Byrd, Lu, Nocedal, Zhu 1995).
    """
    from scipy.optimize import minimize

    wide = np.column_stack([columns, np.ones(len(columns))])

    def loss(weights: Any) -> tuple[float, Any]:
        raw = wide @ weights
        chance = 1 / (1 + np.exp(-raw))
        penalty = RIDGE * weights[:-1]
        slope = wide.T @ (chance - missed)
        slope[:-1] += penalty
        return float(np.logaddexp(0, raw).sum() - raw @ missed + penalty @ weights[:-1] / 2), slope

    start = np.append(np.full(columns.shape[1], 0.3), np.log(missed.mean() / (1 - missed.mean())))
    bounds = [(0.0, None)] * columns.shape[1] + [(None, None)]
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x[:-1]


def evidence(name: str, values: Any, missed: Any, sign: int) -> Evidence | None:
    """The ranges of one feature; None where it has but one."""
    known = ~np.isnan(values)
    if len(np.unique(values[known])) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from optbinning import OptimalBinning

        ranges = OptimalBinning(
            name, max_n_bins=MOST_RANGES, min_bin_size=LEAST_SHARE, monotonic_trend=TREND[sign], max_n_prebins=20
        ).fit(values[known], missed[known])
    ends = [float(end) for end in ranges.splits]
    if not ends:
        return None
    at = np.where(known, np.searchsorted(np.array(ends), values, side="right"), len(ends) + 1)
    bad = np.bincount(at, missed, len(ends) + 2)
    good = np.bincount(at, 1 - missed, len(ends) + 2)
    share_bad, share_good = (bad + 0.5) / (missed.sum() + 1), (good + 0.5) / ((1 - missed).sum() + 1)
    woe = np.log(share_bad / share_good)
    is_known = bad + good > 0
    woe = np.where(is_known, woe, 0.0)
    value = float(((share_bad - share_good) * woe)[is_known].sum())
    return Evidence(name, ends, woe[:-1], float(woe[-1]), (bad + good) / len(missed), value)


def unlike(telling: Sequence[Evidence], columns: Mapping[str, Any]) -> list[Evidence]:
    """The features that tell most, without those that say what another has said; `columns` is the evidence of each."""
    kept: list[Evidence] = []
    for one in telling:
        column = columns[one.feature]
        if len(kept) < MOST_FEATURES and all(
            abs(np.corrcoef(column, columns[other.feature])[0, 1]) < ALIKE for other in kept
        ):
            kept.append(one)
    return kept


def in_points(one: Evidence, weights: Any) -> Part:
    """A feature's evidence as whole points, its steps weighed: fewer where more is missed, and on average none.

    A value that is not known, where each example's was, has none either.
    """
    raised = one.steps() @ weights
    usual = one.shares @ raised
    if one.shares[-1] == 0:
        raised[-1] = usual
    *points, unknown = (round(float(usual - own) * POINTS_TO_DOUBLE / np.log(2)) for own in raised)
    return Part(one.feature, one.ends, points, unknown)
