"""Within how long a complaint or a dispute is acknowledged and answered: by the law of the place, and by the house."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from . import catalogue, places
from .care_terms import PATH
from .read import RuleMissing, rows_in_force

HOUSE = "HOUSE"
OF_BUREAU = ("reported", "identity_theft")
"""The disputes that a place's rules of bureau objections are about."""


class ClockRule(NamedTuple):
    """By when a step is to be done: so many days after the first, and by how many more each extension takes it."""

    rule: str
    place: str
    step: str
    days: int
    more_days: tuple[int, ...]
    is_business: bool
    verified: bool

    def ends_on(self, began_on: date, extended: int) -> date:
        """The last day in time, after so many extensions."""
        days = self.days + sum(self.more_days[:extended])
        if self.is_business:
            return places.business_day_after(self.place, began_on, days)
        return began_on + timedelta(days=days)


def clock_rules(*, of: str, place: str, on: date, channel: str, kind: str) -> tuple[ClockRule, ...]:
    """The clocks that begin on a day: of a complaint, or a dispute of that kind, at a place ("": not known).

    `kind`: line or loan; "" where it is about no account.
    """
    return tuple(found(of, place, on, channel, kind))


def extensions(told: Iterable[ClockRule]) -> int:
    """How often the time of these clocks can be extended, by the rule that allows it most often."""
    return max((len(one.more_days) for one in told), default=0)


def found(of: str, place: str, on: date, channel: str, kind: str) -> Iterator[ClockRule]:
    """The same, one after the other: those of the law, then those of the house."""
    try:
        listed = catalogue.listed(place=place, on=on) if place else ()
    except RuleMissing:
        listed = ()
    for one in listed:
        told = one.parameters
        if one.kind == "objection" and of in OF_BUREAU:
            more = (told["more_days"],) if told["more_days"] else ()
            yield ClockRule(one.rule, place, "decided", told["days"], more, False, one.verified)
        elif one.kind == "complaint" and of in told["of"]:
            heard = {"any", channel} & {*told["channels"]}
            if heard and (not kind or kind in told["kinds"]):
                is_business = told["counted"] == "business"
                yield ClockRule(
                    one.rule, place, told["step"], told["days"], told["more_days"], is_business, one.verified
                )
    for row in rows_in_force(PATH, "clock", on):
        if of in row["of"]:
            more = tuple(row["more_days"])
            is_business = row["counted"] == "business" and bool(place)
            yield ClockRule(row["rule"], place, row["step"], row["days"], more, is_business, row["verified"])
