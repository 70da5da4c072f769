"""What the simulated year takes people to do when they are contacted: assumptions, not evidence."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .read import in_force, rows_in_force

PATH = "house/year.toml"
PPM = 10**6


class Effect(NamedTuple):
    """One effect of contact: what it is, where it is taken from, and its shares per million by what they are of."""

    rule: str
    zh: str
    en: str
    ppm: Mapping[str, int]
    cite: str
    verified: bool

    def text(self, language: str) -> str:
        """The effect in words: zh or en."""
        return self.zh if language == "zh" else self.en

    def times(self, factor: float) -> "Effect":
        """The same effect so many times as strong: none at 0, never above certain."""
        return self._replace(ppm={name: min(PPM, round(share * factor)) for name, share in self.ppm.items()})


class YearTerms(NamedTuple):
    """The effects of contact, of how many days of lateness a message is in time, what is kept of a plan, its parts."""

    effects: tuple[Effect, ...]
    in_time_days: int
    keeps_ppm: int
    plan_parts: int
    cite: str
    verified: bool

    def scaled(self, factors: Mapping[str, float]) -> "YearTerms":
        """The same with some effects, by their names, so many times as strong."""
        return self._replace(effects=tuple(one.times(factors.get(one.rule, 1.0)) for one in self.effects))

    def shares(self) -> dict[str, float]:
        """The share of each thing that an effect is about."""
        return {name: share / PPM for one in self.effects for name, share in one.ppm.items()}


def year_terms(*, on: date) -> YearTerms:
    """What is taken on a day."""
    effects = tuple(Effect(*(row[name] for name in Effect._fields)) for row in rows_in_force(PATH, "effect", on))
    row = in_force(PATH, "year", on)
    return YearTerms(effects, *(row[name] for name in YearTerms._fields[1:]))
