"""The effects that a simulated year assumes, made weaker and stronger: one with the others as assumed, and all."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from duecourse.recovery.strategy import Strategy
from duecourse.rules import year_terms

from . import treated
from .treated import Begun, Outcome

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
    candidates: Mapping[str, Strategy], begun: Begun, *, factors: tuple[float, ...] = FACTORS,
    length: int = treated.YEAR, progress: Callable[[int, int], None] | None = None,
) -> list[Point]:  # fmt: skip
    """Live through the year with each effect, and with all, at each factor; who contacts nobody does so once."""
    effects = [one.rule for one in year_terms.year_terms(on=begun.first).effects]
    turned = [(ALL, effects), *((one, [one]) for one in effects)]
    found: list[Point] = []
    for number, (name, candidate) in enumerate(candidates.items()):
        assumed = treated.go_on(begun, candidate, length=length)
        for at, (effect, names) in enumerate(turned):
            found.append(point(effect, name, 1.0, assumed))
            for factor in factors:
                told = dict.fromkeys(names, factor)
                one = treated.go_on(begun, candidate, factors=told, length=length) if assumed.contacts else assumed
                found.append(point(effect, name, factor, one))
            if progress:
                progress(number * len(turned) + at + 1, len(candidates) * len(turned))
    return sorted(found)


def point(effect: str, strategy: str, factor: float, one: Outcome) -> Point:
    """What an outcome says of a strategy with an effect so strong."""
    late = one.late[treated.BUCKETS[0]]
    return Point(effect, strategy, factor, sum(late) / len(late), one.complaints / one.persons)
