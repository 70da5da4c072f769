"""What contacts did: misses among those contacted beside misses in a control group, and how long to wait to know.

Groups are compared as they were drawn, whoever was reached in the end (intention to treat).
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

from .bounds import wilson

POWER = 0.8
"""How surely an effect of the assumed size is to be found."""
LEVEL = 0.05
"""How often an effect is found where there is none, at the most."""


class Group(NamedTuple):
    """Those of a group whose outcome is known: how many times an account was listed, and how often it then missed.

    counting: how many listings of different accounts tell as much. One account's listings are alike, so they tell less
    than their number (design effect of Rao and Scott 1992, Biometrics 48; never taken below 1).
    """

    listed: int
    missed: int
    counting: float

    @property
    def share(self) -> float:
        """The share that missed."""
        return self.missed / self.listed

    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the share."""
        return wilson(self.share * self.counting, self.counting)


class Uplift(NamedTuple):
    """What contacts avoided: the share missed in the control group less that among the contacted, with its interval.

    relative: of the misses that would have come, the share avoided; None where the control group had none.
    """

    contacted: Group
    control: Group
    avoided: float
    low: float
    high: float

    @property
    def relative(self) -> float | None:
        return self.avoided / self.control.share if self.control.missed else None

    @property
    def is_sure(self) -> bool:
        """Whether contacts surely avoid misses: the whole interval is above none."""
        return self.low > 0

    @property
    def is_worse(self) -> bool:
        """Whether those contacted surely miss more: the whole interval is below none."""
        return self.high < 0


def group(accounts: Any, missed: Any) -> Group:
    """A group from its listings: whose each is, and whether that account then missed.

    >>> group(np.array([1, 2, 3, 4]), np.array([1, 0, 0, 0]))
    Group(listed=4, missed=1, counting=4.0)
    """
    listed, hits = len(missed), int(missed.sum())
    each = np.unique(accounts, return_inverse=True)[1] if listed else np.empty(0, np.int64)
    clusters = int(each.max()) + 1 if listed else 0
    if clusters < 2 or not 0 < hits < listed:
        return Group(listed, hits, float(clusters))
    share = hits / listed
    spread = np.bincount(each, missed) - share * np.bincount(each)
    effect = max(float(spread @ spread) / (listed * share * (1 - share)), 1.0)
    return Group(listed, hits, round(listed / effect, 6))


def difference(contacted: Group, control: Group) -> Uplift:
    """The share missed in the control group less that among the contacted, with Newcombe's 95% interval.

    The hybrid score interval, method 10 of Newcombe (1998), Statistics in Medicine 17, 873-890.

    >>> found = difference(Group(80, 48, 80), Group(70, 56, 70))
    >>> [round(one, 4) for one in (found.avoided, found.low, found.high)]
    [0.2, 0.0524, 0.3339]
    """
    (low_of, high_of), (low, high) = contacted.interval(), control.interval()
    avoided = control.share - contacted.share
    return Uplift(
        contacted,
        control,
        avoided,
        avoided - math.hypot(control.share - low, high_of - contacted.share),
        avoided + math.hypot(high - control.share, contacted.share - low_of),
    )


def listings_needed(missed: float, avoided: float, control: float) -> int:
    """How many listings, both groups together, find an effect at LEVEL (two-sided) with POWER.

    missed: the share that misses without a contact. avoided: the share of those misses that a contact avoids. control:
    the control group's share of the listings. The normal approximation for groups of unequal size (Fleiss, Levin and
    Paik 2003, Statistical Methods for Rates and Proportions, 4.2), without correction for continuity.

    >>> listings_needed(0.6, 1 / 6, 0.5)  # 60% against 50%, equal groups: 388 each
    775
    """
    contacted = missed * (1 - avoided)
    mean = (1 - control) * contacted + control * missed
    by_chance = mean * (1 - mean) * (1 / (1 - control) + 1 / control)
    by_effect = contacted * (1 - contacted) / (1 - control) + missed * (1 - missed) / control
    quantile = NormalDist().inv_cdf
    reach = quantile(1 - LEVEL / 2) * math.sqrt(by_chance) + quantile(POWER) * math.sqrt(by_effect)
    return math.ceil((reach / (missed - contacted)) ** 2)


def lists_needed(listings: int, sizes: Sequence[int]) -> int:
    """How many lists of a usual size hold so many listings."""
    return math.ceil(listings / max(float(np.median(sizes)), 1.0))
