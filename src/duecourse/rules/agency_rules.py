"""What is asked before a case goes to an agency: by the house, and by the law of the places where the agency works."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from .fields import whole
from .legal_terms import nearest
from .read import in_force

PATH = "house/agencies.toml"
HOUSE = "HOUSE"
YEAR_DAYS = 365
RANGES = {
    "approvers": (1, 9),
    "review_within_days": (1, 3_660),
    "longest_contract_days": (1, 36_600),
    "notice_days": (1, 60),
}


class HouseTerms(NamedTuple):
    """How many persons approve an agency's terms, for how many days a review holds and a contract may run."""

    approvers: int
    review_within_days: int
    longest_contract_days: int


class ReviewRule(NamedTuple):
    """A review holds for so many days, and whether one comes before the contract ends; by which rule."""

    rule: str
    within_days: int
    before_contract_ends: bool
    verified: bool

    def due_on(self, reviewed_on: date) -> date:
        """The last day on which a review of a day still holds."""
        return reviewed_on + timedelta(days=self.within_days)


class SharingRule(NamedTuple):
    """Whether a person consents separately before their data goes to another who decides over it; by which rule."""

    rule: str
    separate_consent: bool
    verified: bool


def house_terms(*, on: date) -> HouseTerms:
    """The house's terms on a day."""
    row = in_force(PATH, "terms", on)
    return HouseTerms(*(whole(RANGES[name], row.get(name), f"{PATH}: {name}") for name in HouseTerms._fields))


def notice_days(*, on: date) -> int:
    """For how many days a message that tells a person of an agency is of use: the house's choice."""
    return whole(RANGES["notice_days"], in_force(PATH, "notice", on).get("days"), f"{PATH}: days")


def review_rule(*, places: Iterable[str], on: date) -> ReviewRule:
    """The rule that asks for a review the soonest: of the house, or of the law of one of the places."""
    found = [ReviewRule(HOUSE, house_terms(on=on).review_within_days, True, True)]
    for place in places:
        row = nearest(place, on, "agency_review")
        if row is not None:
            told = row.parameters
            found.append(
                ReviewRule(row.rule, YEAR_DAYS // told["least_each_year"], told["before_contract_ends"], row.verified)
            )
    return min(found, key=lambda one: one.within_days)


def sharing_rule(*, place: str, on: date) -> SharingRule | None:
    """The law of a place on handing a person's data to another; None where none is kept."""
    row = nearest(place, on, "sharing")
    return SharingRule(row.rule, row.parameters["separate_consent"], row.verified) if row else None
