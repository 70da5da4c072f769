"""When the house charges off, what it expects back after it, and which small balances it closes."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from duecourse.kernel.money import PPM

from .fields import TermsRefused, whole
from .read import RuleMissing, in_force, rows_in_force

PATH = "house/charge_off.toml"
MONTHS_MAX = 240


class ChargeOffTerms(NamedTuple):
    """From how many days past due on, what keeps an account from it, how many persons it takes, how long proposals
    hold."""

    rule: str
    days: Mapping[str, int]
    products: Mapping[str, int]
    kept_by: tuple[str, ...]
    persons: int
    holds_days: int
    verified: bool

    def days_of(self, *, kind: str, product: str) -> int:
        """From how many days past due on a product's accounts are due to be charged off."""
        return self.products.get(product, self.days[kind])


class Curve(NamedTuple):
    """The share that is to be back so many months after charge-off, per million: straight lines between the months."""

    rule: str
    months: tuple[int, ...]
    share_ppm: tuple[int, ...]
    verified: bool

    @property
    def end(self) -> int:
        """The last month that the curve speaks of."""
        return self.months[-1]

    def at(self, month: int) -> int:
        """The share that is to be back at the end of a month after charge-off; after the last one, that of the last.

        >>> Curve("", (1, 3), (10, 40), False).at(2), Curve("", (2, 3), (10, 40), False).at(1)
        (25, 5)
        """
        points = [(0, 0), *zip(self.months, self.share_ppm, strict=True)]
        for (first, low), (last, high) in pairwise(points):
            if month <= last:
                return low + (high - low) * (month - first) // (last - first)
        return self.share_ppm[-1]


class SmallTerms(NamedTuple):
    """How little a small balance is, for how long the account is quiet, what keeps it open."""

    rule: str
    most_minor: Mapping[str, int]
    otherwise_minor: int
    quiet_days: int
    kept_by: tuple[str, ...]
    verified: bool

    def most_of(self, currency: str) -> int:
        """The most that is a small balance in a currency, in minor units; 0: none is."""
        return self.most_minor.get(currency, self.otherwise_minor)


def charge_off_terms(*, on: date) -> ChargeOffTerms:
    """When the house charges off, by the rule of a day."""
    row = in_force(PATH, "charge_off", on)
    days = {kind: whole((1, 3_650), row["days"].get(kind), f"{PATH}: days: {kind}") for kind in ("line", "loan")}
    products = {code: whole((1, 3_650), told, f"{PATH}: products: {code}") for code, told in row["products"].items()}
    persons = whole((1, 2), row.get("persons"), f"{PATH}: persons")
    holds = whole((0, 366), row.get("holds_days"), f"{PATH}: holds_days")
    return ChargeOffTerms(row["rule"], days, products, tuple(row["kept_by"]), persons, holds, row["verified"])


def curve(*, kind: str, on: date) -> Curve:
    """What the house expects back of the charge-offs of a day, by kind of account."""
    for row in reversed(rows_in_force(PATH, "curve", on)):
        if row["kind"] == kind:
            months, shares = curve_of(row["months"], row["share_ppm"], f"{PATH}: {row['rule']}")
            return Curve(row["rule"], months, shares, row["verified"])
    raise RuleMissing(f"{PATH}: no 'curve' of {kind} is in force on {on}")


def curve_of(months: Sequence[int], shares: Sequence[int], where: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Months and shares that are a curve: months rise from 1, shares never fall and are no more than the whole."""
    if not months or len(months) != len(shares):
        raise TermsRefused(f"{where}: as many shares as months, and one at least")
    for month, share in zip(months, shares, strict=True):
        whole((1, MONTHS_MAX), month, f"{where}: months")
        whole((0, PPM), share, f"{where}: share_ppm")
    if any(first >= last for first, last in pairwise(months)):
        raise TermsRefused(f"{where}: months: each is later than the one before")
    if any(first > last for first, last in pairwise(shares)):
        raise TermsRefused(f"{where}: share_ppm: none is lower than the one before")
    return tuple(months), tuple(shares)


def small_terms(*, on: date) -> SmallTerms:
    """Which small balances the house closes, by the rule of a day."""
    row = in_force(PATH, "small_balance", on)
    most = {code: whole((0, 10**6), told, f"{PATH}: most_minor: {code}") for code, told in row["most_minor"].items()}
    otherwise = whole((0, 10**6), row.get("otherwise_minor"), f"{PATH}: otherwise_minor")
    quiet = whole((0, 3_650), row.get("quiet_days"), f"{PATH}: quiet_days")
    return SmallTerms(row["rule"], most, otherwise, quiet, tuple(row["kept_by"]), row["verified"])
