"""How far accounts of a day are from those that a model was trained on: the population stability index, by feature.

PSI = sum over ranges of (share now - share then) x ln(share now / share then). Ranges are tenths of the accounts then;
a value that is not known has a range of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

TENTHS = np.linspace(0.1, 0.9, 9)
LEAST_SHARE = 1e-4
"""An empty range counts as this share: its logarithm would be without end."""

Reference = dict[str, dict[str, list[float]]]
"""For each feature: `ends` of its ranges (each but the last, its end not in it), and the `shares` of the ranges, the
last of them that of unknown values."""


def reference(rows: Any, features: Sequence[str]) -> Reference:
    """How each feature was spread over the accounts (rows) that a model was trained on, by tenths."""
    found = {}
    for i, name in enumerate(features):
        known = rows[~np.isnan(rows[:, i]), i]
        ends = np.unique(np.quantile(known, TENTHS)).tolist() if len(known) else []
        found[name] = {"ends": ends, "shares": shares(rows[:, i], ends).tolist()}
    return found


def shares(values: Any, ends: Sequence[float]) -> Any:
    """The share of the values in each range, and last the share that is not known."""
    at = np.where(np.isnan(values), len(ends) + 1, np.searchsorted(np.array(ends), values, side="right"))
    return np.bincount(at, minlength=len(ends) + 2) / max(len(values), 1)


def stability_index(then: Any, now: Any) -> float:
    """PSI of two lists of shares of the same ranges.

    >>> round(stability_index([0.5, 0.5], [0.5, 0.5]), 3), round(stability_index([0.5, 0.5], [0.8, 0.2]), 3)
    (0.0, 0.416)
    """
    before, after = (np.maximum(np.asarray(one, dtype=float), LEAST_SHARE) for one in (then, now))
    return float(((after - before) * np.log(after / before)).sum())


def of_each(spread: Mapping[str, Any], rows: Any, features: Sequence[str]) -> dict[str, float]:
    """The PSI of each feature of the rows, whose columns are the features, against a reference."""
    return {
        name: stability_index(spread[name]["shares"], shares(rows[:, i], spread[name]["ends"]))
        for i, name in enumerate(features)
        if name in spread
    }
