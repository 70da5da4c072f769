"""How far a measure may be off: intervals from samples drawn with repetition (bootstrap, Efron 1979)."""

from collections.abc import Callable
from typing import Any

import numpy as np

DRAWS = 200
LOW, HIGH = 2.5, 97.5
"""The percentiles of a 95% interval."""


def auc(chance: Any, missed: Any) -> float:
    """The chance that one who missed scored higher than one who met, a tie counting half (Mann and Whitney 1947).

    >>> auc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 0, 1, 1]))
    0.875
    """
    from scipy.stats import rankdata

    hits = int(missed.sum())
    ranks = rankdata(chance)[missed == 1].sum()
    return float((ranks - hits * (hits + 1) / 2) / (hits * (len(missed) - hits)))


def bootstrap(measure: Callable[[Any, Any], float], chance: Any, missed: Any, *, seed: int = 0) -> tuple[float, float]:
    """The 95% interval of a measure of chances and what became of them; the same seed gives the same interval.

    Those who missed and those who met are drawn apart, so that no draw lacks one of them.
    """
    drawn = np.random.default_rng(seed)
    groups = [np.flatnonzero(missed == outcome) for outcome in (0, 1)]
    found = []
    for _ in range(DRAWS):
        places = np.concatenate([drawn.choice(group, len(group)) for group in groups])
        found.append(measure(chance[places], missed[places]))
    low, high = np.percentile(found, [LOW, HIGH])
    return float(low), float(high)
