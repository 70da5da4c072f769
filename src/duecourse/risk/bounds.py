"""How sure a chance is: what became of the examples that scored alike, and which outcome cannot be ruled out.

Both come from chances that were made out of fold: by a model that had not seen the example.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

GROUPS = 40
"""Into how many groups of alike chances the examples are divided, at the most."""
LEAST = 100
"""Examples in a group, at the least."""
Z = 1.96
"""95% bounds."""
ALPHA = 0.1
"""An outcome is ruled out where fewer than this share of its own examples looked as unlikely."""
QUANTILES = 199


class Bounds(NamedTuple):
    """Bounds by group of chances, and the chances of those who missed and of those who met, as quantiles.

    upto: the highest chance of each group but the last. low, high: Wilson's 95% interval of the share missed in it.
    """

    upto: list[float]
    low: list[float]
    high: list[float]
    missed: list[float]
    met: list[float]

    def of(self, chance: Any) -> tuple[Any, Any]:
        """The bounds of each chance, low and high; the chance itself lies within."""
        at = np.searchsorted(self.upto, chance, side="left")
        return np.minimum(np.array(self.low)[at], chance), np.maximum(np.array(self.high)[at], chance)

    def unsure(self, chance: Any) -> Any:
        """Whether neither outcome can be ruled out at 90%: conformal by outcome (Vovk, Gammerman, Shafer 2005)."""
        as_missed = np.searchsorted(self.missed, chance, side="right") / (len(self.missed) + 1)
        as_met = 1 - np.searchsorted(self.met, chance, side="left") / (len(self.met) + 1)
        return (as_missed > ALPHA) & (as_met > ALPHA)

    @classmethod
    def from_body(cls, body: Mapping[str, Any]) -> "Bounds":
        """Bounds that were kept."""
        return cls(**body)


def of_examples(chance: Any, missed: Any) -> Bounds:
    """Bounds from chances made out of fold and what became of them (1: missed)."""
    order = np.argsort(chance, kind="stable")
    groups = np.array_split(order, max(1, min(GROUPS, len(order) // LEAST)))
    intervals = [wilson(float(missed[group].sum()), len(group)) for group in groups]
    upto = [float(chance[group].max()) for group in groups[:-1]]
    steps = np.linspace(0, 1, QUANTILES)
    by_outcome = [np.quantile(chance[missed == outcome], steps).tolist() for outcome in (1, 0)]
    return Bounds(upto, [low for low, _ in intervals], [high for _, high in intervals], *by_outcome)


def wilson(hits: float, count: float) -> tuple[float, float]:
    """Wilson's 95% interval of a share (Wilson 1927).

    >>> [round(one, 3) for one in wilson(10, 100)]
    [0.055, 0.174]
    """
    middle = (hits + Z * Z / 2) / (count + Z * Z)
    reach = Z / (count + Z * Z) * float(np.sqrt(hits * (count - hits) / count + Z * Z / 4))
    return max(0.0, middle - reach), min(1.0, middle + reach)
