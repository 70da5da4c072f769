"""A model of the chance: boosted trees whose directions are held, calibrated on scores that they made out of fold.

The parameters were chosen on the card data. Trees grow on one thread each, two models at a time: on
a busy machine threads that wait for one another cost ten times what they save, and one thread gives the same trees on
every machine. Who only reads a kept model's card loads neither LightGBM nor scikit-learn.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db import connection

from duecourse.ledger.journal import Refused

from . import advice
from .trees import mean_of

if TYPE_CHECKING:
    import lightgbm

PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.04,
    "num_leaves": 8,
    "min_data_in_leaf": 100,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.3,
    "lambda_l2": 20,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
ROUNDS = 330
TRAININGS = 2
"""A model is the mean of so many trainings, which differ in what is drawn by lot."""
PARTS = 3
WORKERS = 2


class NoModel(Refused):
    code = "no_model"


class TooLittleHistory(Refused):
    code = "too_little_history"


class Model:
    """Trees with their calibration: chance = 1 / (1 + exp(-(slope x raw score + intercept))).

    usual: what is usual of borrowers who pay, by feature (`advice.usual`).
    """

    kind = "boosted"

    def __init__(
        self, trees: str, slope: float, intercept: float, usual: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        self.trees, self.slope, self.intercept, self.usual = trees, slope, intercept, dict(usual)

    @cached_property
    def booster(self) -> "lightgbm.Booster":
        """The trees, ready to score."""
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    @property
    def features(self) -> tuple[str, ...]:
        """The features that a row's columns are, in order."""
        return tuple(self.booster.feature_name())

    def raw(self, rows: Any) -> Any:
        """The uncalibrated score of each row, in log odds."""
        return self.booster.predict(rows, raw_score=True, num_threads=1)

    def chance(self, rows: Any) -> Any:
        """The calibrated chance of each row."""
        return self.calibrated(self.raw(rows))

    def calibrated(self, raw: Any) -> Any:
        """The chance that an uncalibrated score stands for."""
        return 1 / (1 + np.exp(-(self.slope * raw + self.intercept)))

    def contributions(self, rows: Any) -> Any:
        """By how much each feature moved each row's score from the average one, in calibrated log odds."""
        booster = self.booster
        told = in_pairs(
            lambda part: booster.predict(part, pred_contrib=True, num_threads=1),
            [part for part in np.array_split(rows, WORKERS) if len(part)],
        )
        return self.slope * np.concatenate(told)[:, :-1]

    def weights(self) -> dict[str, float]:
        """Each feature's share of what the trees gained, the largest first."""
        gain = self.booster.feature_importance("gain")
        shares = {name: round(float(one / gain.sum()), 4) for name, one in zip(self.features, gain, strict=True)}
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    def body(self) -> dict[str, Any]:
        """What is kept."""
        return {"trees": self.trees, "slope": self.slope, "intercept": self.intercept, "usual": self.usual}

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Model":
        """A model that was kept."""
        return cls(body["trees"], body["slope"], body["intercept"], body.get("usual", {}))


def in_pairs(work: Callable[[Any], Any], over: Sequence[Any]) -> list[Any]:
    """Do the same work over several things, two at a time; answers in their order."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, over))


def grow(rows: Any, missed: Any, directions: Mapping[str, int], *, seed: int) -> "lightgbm.Booster":
    """Trees on rows whose columns are the features of `directions`, in that order; another `seed` draws other lots."""
    import lightgbm

    told = {**PARAMETERS, "monotone_constraints": list(directions.values())}
    columns = lightgbm.Dataset(rows, missed, feature_name=list(directions), params=told)
    lots = range(seed * TRAININGS, (seed + 1) * TRAININGS)
    return mean_of([lightgbm.train({**told, "seed": lot}, columns, ROUNDS) for lot in lots])


def fit(rows: Any, missed: Any, parts: Any, directions: Mapping[str, int], *, seed: int = 0) -> Model:
    """Train on rows and calibrate (Platt) on the scores of each part by trees grown on the other parts.

    `parts` numbers each row's part from 0 to PARTS - 1; all rows of one account are of one part.
    """
    return fit_with_chances(rows, missed, parts, directions, seed=seed)[0]


def fit_with_chances(
    rows: Any, missed: Any, parts: Any, directions: Mapping[str, int], *, seed: int = 0
) -> tuple[Model, Any]:
    """The same, with the chance of each row by trees that have not seen its part."""
    from sklearn.linear_model import LogisticRegression

    left = [parts != part for part in range(PARTS)]
    if any(mask.all() or len(np.unique(missed[mask])) < 2 for mask in left):
        raise TooLittleHistory(f"{len(rows)} examples with {int(np.sum(missed))} misses are too few to calibrate on")
    grown = in_pairs(
        lambda mask: grow(rows[mask], missed[mask], directions, seed=seed), [*left, np.ones(len(rows), dtype=bool)]
    )
    out_of_fold = np.empty(len(rows))
    for mask, booster in zip(left, grown, strict=False):
        out_of_fold[~mask] = booster.predict(rows[~mask], raw_score=True, num_threads=1)
    line = LogisticRegression(C=1e6).fit(out_of_fold[:, None], missed)
    slope, intercept = float(line.coef_[0, 0]), float(line.intercept_[0])
    if slope <= 0:
        raise TooLittleHistory(f"{len(rows)} examples with {int(np.sum(missed))} misses tell nothing of others")
    made = Model(grown[-1].model_to_string(), slope, intercept, advice.usual(rows, missed, directions))
    return made, made.calibrated(out_of_fold)


def spread(account_ids: Any, over: int, salt: int) -> Any:
    """Spread accounts evenly over so many parts, by their id alone."""
    mixed = (account_ids.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return ((mixed ^ (mixed >> np.uint64(32))) % np.uint64(over)).astype(np.int64)


def folder() -> Path:
    """Where the models of this database lie, one folder each."""
    return Path(settings.HOME) / "risk" / str(connection.settings_dict["NAME"])


def save(model: Model, *, day: date, card: Mapping[str, Any]) -> str:
    """Keep a model and its card in a folder named by its day and content; answers the name.

    The same model again changes nothing. The folder appears complete.
    """
    body = {**card, "slope": model.slope, "intercept": model.intercept, "usual": model.usual}
    digest = hashlib.sha256(model.trees.encode() + json.dumps(body, sort_keys=True).encode()).hexdigest()
    name = f"{day}-{digest[:8]}"
    place = folder() / name
    if not place.exists():
        draft = folder() / f".{name}.{os.getpid()}"
        draft.mkdir(parents=True)
        (draft / "model.txt").write_text(model.trees)
        (draft / "card.json").write_text(json.dumps({"name": name, **body}, indent=2, ensure_ascii=False) + "\n")
        try:
            draft.rename(place)
        except OSError:
            shutil.rmtree(draft)
            if not place.exists():
                raise
    return name


def load(name: str) -> Model:
    """A kept model by its name."""
    if name not in names():
        raise NoModel(f"there is no model {name}: `duecourse warn train` makes one")
    card = card_of(name)
    return Model.from_body({"trees": (folder() / name / "model.txt").read_text(), **card})


def card_of(name: str) -> dict[str, Any]:
    """The model card of a kept model."""
    card: dict[str, Any] = json.loads((folder() / name / "card.json").read_text())
    return card


def names() -> list[str]:
    """The kept models, by the last day that they were trained on, then by when they were made; the newest last."""
    places = [place for place in folder().glob("[0-9]*") if (place / "card.json").exists()]
    places.sort(key=lambda place: (place.name[:10], place.stat().st_mtime_ns, place.name))
    return [place.name for place in places]


def latest(day: date, product: str = "line", target: str = "next") -> str:
    """The newest model of a product and target that knew nothing after a day."""
    fitting = [
        name for name in names() if date.fromisoformat(name[:10]) <= day and foretells(name) == (product, target)
    ]
    if not fitting:
        raise NoModel(
            f"no model of {product}, {target} was trained on {day} or before: `duecourse warn train` makes one"
        )
    return fitting[-1]


def foretells(name: str) -> tuple[str, str]:
    """The product and the target of a kept model."""
    card = card_of(name)
    return card.get("product", "line"), card.get("target", "next")


def matrix(table: Any, features: Sequence[str]) -> Any:
    """The features of an Arrow table as rows of floats; null is NaN."""
    return np.column_stack([
        table.column(name).cast("float64").to_numpy(zero_copy_only=False) for name in features
    ])  # fmt: skip


def columns(rows: Any, features: Sequence[str], wanted: Sequence[str]) -> Any:
    """The columns of rows that a model wants, in its order: one trained before knows fewer features."""
    at = {name: i for i, name in enumerate(features)}
    return rows[:, [at[name] for name in wanted]]
