"""How far accounts of a day are from those that a model was trained on: the population stability index, by feature.

PSI = sum over ranges of (share now - share then) x ln(share now / share then). Ranges are tenths of the accounts then;
values that are not known are told apart: while a book is young, more becomes known each month, and that is no drift.
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
    """The PSI of each feature's known values against a reference; without those of which nothing is known then or now.

    The columns of the rows are the features.
    """
    found = {}
    for i, name in enumerate(features):
        if name not in spread:
            continue
        then = np.array(spread[name]["shares"])[:-1]
        now = shares(rows[:, i], spread[name]["ends"])[:-1]
        if then.sum() > 0 and now.sum() > 0:
            found[name] = stability_index(then / then.sum(), now / now.sum())
    return found


def not_known(spread: Mapping[str, Any], rows: Any, features: Sequence[str]) -> dict[str, tuple[float, float]]:
    """The share of each feature's values that is not known: in the reference, and in the rows."""
    return {
        name: (spread[name]["shares"][-1], float(np.isnan(rows[:, i]).mean()))
        for i, name in enumerate(features)
        if name in spread
    }
