"""Examples to learn from: accounts in order on an earlier sealed day, and whether what is foretold came to them."""

from datetime import date
from typing import Any, NamedTuple

import numpy as np

from duecourse.book import read
from duecourse.rules.read import day_number

from . import model, targets
from .features import LINES, PRODUCTS
from .targets import NEXT, TARGETS


class Examples(NamedTuple):
    """One row an account and day: the day's number, the features, and 1 where it came true (a due that was missed)."""

    days: Any
    account_ids: Any
    rows: Any
    missed: Any

    def take(self, mask: Any) -> "Examples":
        """The examples for which the mask is true."""
        return Examples(*(column[mask] for column in self))

    @property
    def misses(self) -> int:
        """How often it came true."""
        return int(self.missed.sum())


def known(*, day: date, product: str = LINES.name, target: str = NEXT.name) -> Examples:
    """Every example to train and try on whose outcome is known on a sealed day, the earliest first, each day's in order
    of account."""
    read.require_sealed(day)
    parts = [of_day(earlier, day, product, target) for earlier in targets.to_learn(TARGETS[target], day)]
    parts = [part for part in parts if len(part.missed)]
    if not parts:
        told = TARGETS[target].nothing(PRODUCTS[product])
        raise model.TooLittleHistory(f"{told} in the months before {day}")
    return Examples(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def of_day(on: date, through: date, product: str = LINES.name, target: str = NEXT.name) -> Examples:
    """The accounts in order on a sealed day whose outcome is known on a later one."""
    of = PRODUCTS[product]
    table = of.in_order(on)
    ends = targets.outcome(TARGETS[target], table, on, through, of)
    rows = table.join(ends, "account_id", join_type="inner").sort_by("account_id")
    return Examples(
        np.full(rows.num_rows, day_number(on)),
        rows.column("account_id").to_numpy(),
        model.matrix(rows, of.features),
        rows.column("missed_next").to_numpy(),
    )
