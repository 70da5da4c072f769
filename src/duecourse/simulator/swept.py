"""The effects that a simulated year assumes, made weaker and stronger: one with the others as assumed, and all."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import NamedTuple

from duecourse.recovery.strategy import Strategy
from duecourse.rules import year_terms

from . import treated
from .treated import Outcome

ALL = "all"
FACTORS = (0.0, 0.5, 2.0)
"""How strong an effect is taken beside what is assumed (1)."""


class Point(NamedTuple):
    """What a strategy came to with one effect (or ALL) so strong.

    late: the share of persons more than 30 days past due, average of the days; complaints: for a person.
    """

    effect: str
    strategy: str
    factor: float
    late: float
    complaints: float


def sweep(
    candidates: Mapping[str, Strategy], *, persons: int, seed: int, first: date, factors: tuple[float, ...] = FACTORS,
    warm_up: int = treated.WARM_UP, length: int = treated.YEAR,
    progress: Callable[[int, int], None] | None = None,
) -> list[Point]:  # fmt: skip
    """Live through the year with each effect, and with all, at each factor; who contacts nobody does so once."""
    effects = [one.rule for one in year_terms.year_terms(on=first).effects]
    turned = [(ALL, effects), *((one, [one]) for one in effects)]
    found: list[Point] = []
    total, done = len(candidates) * (1 + len(turned) * len(factors)), 0
    for name, candidate in candidates.items():
        said = {"persons": persons, "seed": seed, "first": first, "warm_up": warm_up, "length": length}
        assumed = treated.year(candidate, **said)
        for effect, names in turned:
            found.append(point(effect, name, 1.0, assumed))
            for factor in factors:
                does = assumed.contacts > 0
                one = treated.year(candidate, factors=dict.fromkeys(names, factor), **said) if does else assumed
                found.append(point(effect, name, factor, one))
                done += 1
                if progress:
                    progress(done + 1, total)
    return sorted(found)


def point(effect: str, strategy: str, factor: float, one: Outcome) -> Point:
    """What an outcome says of a strategy with an effect so strong."""
    late = one.late[treated.BUCKETS[0]]
    return Point(effect, strategy, factor, sum(late) / len(late), one.complaints / one.persons)
