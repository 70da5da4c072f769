"""Places: which rules hold there, in which time zones a person may be, which days are public holidays."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from .read import RuleMissing, document

ZONES = "house/zones.toml"
SAME = {"GB": "UK"}
HOLIDAYS = {"UK": "GB"}
"""What the library of holidays calls a place."""


class UnknownPlace(ValueError):
    """No rules are kept for this place."""

    code = "unknown_place"


def lies_in(place: str) -> tuple[str, ...]:
    """A place and those it lies in, the nearest first: a state, its country, and the Union for a member.

    >>> lies_in("us-ma")
    ('US-MA', 'US')
    >>> lies_in("DE")
    ('DE', 'EU')
    """
    country, _, state = place.strip().upper().replace("_", "-").partition("-")
    country = SAME.get(country, country)
    above = ("EU",) if country in members() else ()
    return ((f"{country}-{state}",) if state else ()) + (country, *above)


def upward(place: str) -> tuple[str, ...]:
    """The places whose law holds for a person there, nearest first; one without rules on contact is refused."""
    told = lies_in(place)
    try:
        document(f"law/{told[-1].lower()}/contact.toml")
    except RuleMissing:
        raise UnknownPlace(f"{place!r}: no rules on contact are kept for this place") from None
    return told


@cache
def members() -> frozenset[str]:
    """The member states of the European Union, by their ISO 3166-1 codes."""
    return frozenset(next(row["countries"] for row in document(ZONES)["place"] if row["place"] == "EU"))


@cache
def zones(place: str) -> tuple[ZoneInfo, ...]:
    """Every time zone in which a person of a place may be; a state's where the place names one."""
    told = upward(place)
    country, _, state = told[0].partition("-")
    states = document(ZONES)["states"].get(country, {})
    if state and states:
        if state not in states:
            raise UnknownPlace(f"{place!r}: {country} has no {state}")
        return tuple(map(ZoneInfo, states[state]))
    row: Mapping[str, Any] = next((row for row in document(ZONES)["place"] if row["place"] == country), {})
    names = row.get("zones") or [name for one in row.get("countries", [country]) for name in of_country(one)]
    if not names:
        raise UnknownPlace(f"{place!r}: no time zone is known")
    return tuple(map(ZoneInfo, names))


def states(place: str) -> frozenset[str]:
    """The states of a place, by the letters that follow its own."""
    return frozenset(document(ZONES)["states"].get(upward(place)[0].partition("-")[0], {}))


@cache
def of_country(code: str) -> tuple[str, ...]:
    """The zones that the time zone database lists for an ISO 3166-1 code (its zone.tab)."""
    rows = files("tzdata").joinpath("zoneinfo/zone.tab").read_text().splitlines()
    told = (row.split("\t") for row in rows if not row.startswith("#"))
    return tuple(fields[2] for fields in told if fields[0] == code)


@cache
def closed(place: str, year: int) -> frozenset[date]:
    """The public holidays of a place in a year, by the library `holidays`; a state's own among them."""
    told = upward(place)[0]
    country, _, state = told.partition("-")
    country = HOLIDAYS.get(country, country)
    if country == "EU":  # the Union has none: those of its central bank's payment system
        return frozenset(holidays.financial_holidays("ECB", years=year))
    return frozenset(holidays.country_holidays(country, subdiv=state or None, years=year))


def business_day_after(place: str, day: date, count: int) -> date:
    """The business day that comes so many after a day: weekends and the place's public holidays are none.

    >>> business_day_after("US", date(2026, 7, 1), 2)  # the 3rd is kept as Independence Day in 2026
    datetime.date(2026, 7, 6)
    """
    while count > 0:
        day += timedelta(days=1)
        count -= int(day.weekday() < 5 and day not in closed(place, day.year))
    return day
