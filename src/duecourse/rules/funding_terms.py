"""Who funds the accounts of a product when they open: rows `funding` in its file; without them the lender alone does.

[[funding]]
from = 2024-01-01
pool = "spring"
guarantor = "lender"
guarantee_days = 30
guarantee_cap_ppm = 100_000
funders = [{ party = "north", share_ppm = 500_000, rate_ppm = 60_000 }]
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from duecourse.kernel.money import PPM, RATE_MAX_PPM
from duecourse.kernel.terms import NEVER

from .fields import TermsRefused, whole
from .read import document, in_force

LENDER = "lender"
"""The code of the lender itself: it may guarantee, and holds what no funder does."""
RANGES = {"share_ppm": (1, PPM), "rate_ppm": (0, RATE_MAX_PPM)}
GUARANTEE = {"guarantee_days": (1, NEVER), "guarantee_cap_ppm": (1, PPM)}


class Funder(NamedTuple):
    """A funder's share of an account and the yearly rate that it earns on it, both per million."""

    party: str
    share_ppm: int
    rate_ppm: int


class Guarantee(NamedTuple):
    """Who pays the funders what is unpaid of an account `days` past due, up to `cap_ppm` of what the pool was given."""

    guarantor: str
    days: int
    cap_ppm: int


class FundingTerms(NamedTuple):
    """Who funds an account: shares in order (none: the lender alone), the pool ("": the account alone), a guarantee."""

    funders: tuple[Funder, ...] = ()
    pool: str = ""
    guarantee: Guarantee | None = None


def of_product(code: str, opened_on: date) -> FundingTerms:
    """Who funds an account of this product that opens on a day."""
    path = f"house/products/{code}.toml"
    rows = document(path).get("funding", [])
    if all(row["from"] > opened_on for row in rows):
        return FundingTerms()
    return parse(in_force(path, "funding", opened_on), where=path)


def parse(told: Mapping[str, Any], *, where: str) -> FundingTerms:
    """Who funds, from a row of a file; what it cannot say is refused by name."""
    for name in told:
        if name not in ("from", "note", "funders", "pool", "guarantor", *GUARANTEE):
            raise TermsRefused(f"{where}: {name}: not a term of funding")
    funders = shares(told.get("funders"), f"{where}: funders")
    pool = text(told.get("pool", ""), f"{where}: pool")
    stated = [name for name in ("guarantor", *GUARANTEE) if name in told]
    if not stated:
        return FundingTerms(funders, pool)
    for name in ("guarantor", *GUARANTEE):
        if name not in told:
            raise TermsRefused(f"{where}: {name}: missing, where {stated[0]} is said")
    days, cap = (whole(between, told[name], f"{where}: {name}") for name, between in GUARANTEE.items())
    return FundingTerms(funders, pool, Guarantee(party(told["guarantor"], f"{where}: guarantor"), days, cap))


def shares(rows: Any, where: str) -> tuple[Funder, ...]:
    """The funders of a row, in order: each once, none the lender, together at most the whole."""
    if not isinstance(rows, list) or not all(isinstance(one, Mapping) for one in rows):
        raise TermsRefused(f"{where}: {rows!r} is not a list of {{party, share_ppm, rate_ppm}}")
    found: list[Funder] = []
    for number, one in enumerate(rows, 1):
        here = f"{where}: {number}"
        for name in sorted(set(one) ^ set(Funder._fields)):
            raise TermsRefused(f"{here}: {name}: {'missing' if name in Funder._fields else 'not a term of a funder'}")
        numbers = (whole(between, one[name], f"{here}: {name}") for name, between in RANGES.items())
        found.append(Funder(party(one["party"], f"{here}: party"), *numbers))
        if found[-1].party == LENDER or found[-1].party in [other.party for other in found[:-1]]:
            raise TermsRefused(f"{here}: party: {found[-1].party!r} is the lender, or stands twice")
    if sum(one.share_ppm for one in found) > PPM:
        raise TermsRefused(f"{where}: the shares come to {sum(one.share_ppm for one in found)}, more than {PPM}")
    return tuple(found)


def party(value: Any, where: str) -> str:
    """The code of a party."""
    if text(value, where) == "":
        raise TermsRefused(f"{where}: no party is named")
    return str(value)


def text(value: Any, where: str) -> str:
    """Words."""
    if not isinstance(value, str):
        raise TermsRefused(f"{where}: {value!r} is not words")
    return value


def asks(funders: Sequence[Funder]) -> int:
    """What the funders' rates on their shares come to of the whole, per million a year, rounded up.

    >>> asks([Funder("north", 500_000, 60_000), Funder("south", 1, 1)])
    30001
    """
    return -(-sum(one.share_ppm * one.rate_ppm for one in funders) // PPM)
