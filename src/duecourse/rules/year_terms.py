"""What the simulated year takes people to do when they are contacted: assumptions, not evidence."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .read import in_force

PATH = "house/year.toml"
PPM = 10**6


class YearTerms(NamedTuple):
    """Shares per million by what they are of (house/year.toml says what); how many parts a plan has."""

    answered_ppm: Mapping[str, int]
    worn_ppm: int
    helped_ppm: int
    keeps_ppm: int
    complains_ppm: int
    plan_parts: int
    cite: str
    verified: bool

    def scaled(self, scale: float) -> "YearTerms":
        """The same with every effect of contact so many times as strong; none at 0, never above certain."""
        answered = {name: min(PPM, round(share * scale)) for name, share in self.answered_ppm.items()}
        return self._replace(
            answered_ppm=answered,
            helped_ppm=min(PPM, round(self.helped_ppm * scale)),
            complains_ppm=min(PPM, round(self.complains_ppm * scale)),
        )


def year_terms(*, on: date) -> YearTerms:
    """What is taken on a day."""
    row = in_force(PATH, "year", on)
    return YearTerms(*(row[name] for name in YearTerms._fields))
