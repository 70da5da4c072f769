"""How the lender helps: what a household keeps, which options are computed, what is taken to come of them."""

from datetime import date
from typing import Any, NamedTuple

from . import places
from .read import RuleMissing, document

PATH = "house/hardship.toml"
EVERYWHERE = "WORLD"


class Protected(NamedTuple):
    """What a household keeps each month before it pays debts, in minor units: one adult, each further one, a child."""

    place: str
    currency: str
    adult_minor: int
    further_adult_minor: int
    child_minor: int
    cite: str
    verified: bool

    def of(self, *, adults: int, children: int) -> int:
        """What a household of so many keeps."""
        return self.adult_minor + max(0, adults - 1) * self.further_adult_minor + children * self.child_minor


class OptionTerms(NamedTuple):
    """Which options are computed: numbers of installments, shares of the rate, days, shares that settle a debt."""

    installments: tuple[int, ...]
    rate_shares_ppm: tuple[int, ...]
    past_due_installments: tuple[int, ...]
    longer_by: tuple[int, ...]
    grace_installments: tuple[int, ...]
    deferral_days: int
    settlement_shares_ppm: tuple[int, ...]
    settlement_months: tuple[int, ...]
    most_offered: int


class Expected(NamedTuple):
    """What is taken to come: parts per million; `recovered`: from so many days past due on, the share that comes in."""

    kept_ppm: int
    strain_ppm: int
    discount_ppm: int
    recovered: tuple[tuple[int, int], ...]
    recovered_months: int
    cite: str
    verified: bool

    def recovered_ppm(self, days_past_due: int) -> int:
        """The share of what is owed that comes in when nothing is done."""
        return [share for since, share in self.recovered if since <= days_past_due][-1]


class Adviser(NamedTuple):
    """Where free advice on debt is to be had."""

    name: str
    reach: str
    cite: str
    verified: bool


def protected(*, place: str, currency: str, on: date) -> Protected:
    """What a household keeps at a place, in this currency; where no figure is kept, nothing beyond what it spends."""
    for home in (*places.upward(place), EVERYWHERE):
        rows = [row for row in rows_of("protected", on) if row["place"] == home and row["currency"] in ("", currency)]
        if rows:
            return Protected(**{field: rows[-1][field] for field in Protected._fields})
    raise RuleMissing(f"{PATH}: no 'protected' is in force on {on}")


def options(*, on: date) -> OptionTerms:
    """Which options are computed on a day."""
    row = rows_of("options", on)[-1]
    return OptionTerms(*(frozen(row[field]) for field in OptionTerms._fields))


def expected(*, on: date) -> Expected:
    """What is taken to come of options on a day."""
    row = rows_of("expected", on)[-1]
    return Expected(*(frozen(row[field]) for field in Expected._fields))


def adviser(*, place: str, on: date) -> Adviser | None:
    """Where free advice is to be had at a place."""
    for home in places.upward(place):
        rows = [row for row in rows_of("advice", on) if row["place"] == home]
        if rows:
            return Adviser(**{field: rows[-1][field] for field in Adviser._fields})
    return None


def rows_of(table: str, on: date) -> list[dict[str, Any]]:
    """The rows of a table that have begun by a day, the oldest first."""
    found = sorted((row for row in document(PATH)[table] if row["from"] <= on), key=lambda row: row["from"])
    if not found:
        raise RuleMissing(f"{PATH}: no {table!r} is in force on {on}")
    return [dict(row) for row in found]


def frozen(value: Any) -> Any:
    """Lists as tuples."""
    return tuple(frozen(one) for one in value) if isinstance(value, list) else value
