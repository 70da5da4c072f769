"""What a model card tells, of a model of a file as of a model of the book; figures alone, words come later."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from duecourse.ledger.journal import Refused

from . import bounds, evaluate, intervals, model_file
from .scorecard import Scorecard

TENTHS = 10
MEASURES = {
    "auc": intervals.auc,
    "recall_top_fifth": evaluate.recall_in_top_fifth,
    "brier": evaluate.brier,
    "calibration_error": evaluate.calibration_error,
}
LEAST_EACH = 10
"""So many who missed, and so many who met, must a month have for its AUC to be told."""


class TooFewOutcomes(Refused):
    code = "too_few_outcomes"


class Tenth(NamedTuple):
    """A tenth of the clients, in order of chance: how many, mean chance, share missed with its interval, and lift (the
    share missed over that of all)."""

    clients: int
    chance: float
    missed: float
    low: float
    high: float
    lift: float


class Group(NamedTuple):
    """One group of clients by a column of the person; figures are None where the group is too small.

    selected: the share with a chance among the highest fifth of all. found: of those who missed, the share selected.
    """

    column: str
    value: str
    clients: int
    missed: float | None
    chance: float | None
    selected: float | None
    found: float | None


class Month(NamedTuple):
    """One day of the book whose outcomes are known, a month from the next, by accounts kept from training.

    role: `learned` (other accounts' outcomes of it were learned from), `trial`, or `later`. missed: the share missed,
    with Wilson's interval. auc: value, low, high; None where too few missed, or met.
    """

    day: str
    role: str
    accounts: int
    chance: float
    missed: float
    low: float
    high: float
    auc: tuple[float, float, float] | None


class Telling(NamedTuple):
    """A feature of trees: its share of all that they gained by dividing, and its direction (1: more of it raises the
    chance, -1: lowers it, 0: either)."""

    feature: str
    share: float
    direction: int


class OfFile(NamedTuple):
    """A model of a file of clients, and which of its models the card is of."""

    kept: model_file.Kept
    kind: str


class OfBook(NamedTuple):
    """A model of the book, as the registry has it.

    learned: the days that it learned from. known_on: the day whose knowledge it had. states: what became of it, as
    state, who, on which day, why. checks: each check before it goes live, and whether it passes now. as_registered:
    whether the trial's figures, computed again, are those that were registered. day: as of which sealed day it is told.
    """

    name: str
    kind: str
    product: str
    target: str
    learned: Sequence[str]
    known_on: str
    tried_on: str
    examples: int
    missed_share: float
    features: int
    seed: int
    code_version: str
    states: Sequence[tuple[str, str, str, str]]
    checks: Sequence[tuple[str, bool]]
    as_registered: bool
    day: str


class Facts(NamedTuple):
    """All that a card tells. `measures`: value, low, high. `gaps`: by column, the largest difference between groups.

    months: empty where outcomes are of one month alone. points: the scorecard, where the model is one; else `telling`.
    """

    subject: OfFile | OfBook
    digest: str
    clients: int
    held_out_only: bool
    missed_share: float
    measures: dict[str, tuple[float, float, float]]
    tenths: list[Tenth]
    drifts: dict[str, float]
    groups: list[Group]
    gaps: dict[str, dict[str, float]]
    months: list[Month]
    telling: list[Telling]
    points: Scorecard | None


def measures(chance: Any, missed: Any) -> dict[str, tuple[float, float, float]]:
    """Each measure of chances and what became of them: its value and its 95% interval."""
    return {name: (one(chance, missed), *intervals.bootstrap(one, chance, missed)) for name, one in MEASURES.items()}


def tenths(chance: Any, missed: Any) -> list[Tenth]:
    """The clients by tenths, the lowest chances first."""
    found = []
    for places in np.array_split(np.argsort(chance, kind="stable"), TENTHS):
        hits = float(missed[places].sum())
        low, high = bounds.wilson(hits, len(places))
        share = hits / len(places)
        found.append(Tenth(len(places), float(chance[places].mean()), share, low, high, share / float(missed.mean())))
    return found


def month(day: str, role: str, chance: Any, missed: Any) -> Month:
    """The figures of one day's accounts."""
    hits = int(missed.sum())
    low, high = bounds.wilson(float(hits), len(missed))
    auc = None
    if min(hits, len(missed) - hits) >= LEAST_EACH:
        auc = (intervals.auc(chance, missed), *intervals.bootstrap(intervals.auc, chance, missed))
    return Month(day, role, len(missed), float(chance.mean()), hits / len(missed), low, high, auc)


def telling(fitted: Any, directions: Mapping[str, int]) -> tuple[list[Telling], Scorecard | None]:
    """What tells most in a model: the features of trees, the largest share first; of a scorecard, its points."""
    if isinstance(fitted, Scorecard):
        return [], fitted
    shares = fitted.weights()
    return [Telling(name, share, directions.get(name, 0)) for name, share in shares.items() if share > 0], None
