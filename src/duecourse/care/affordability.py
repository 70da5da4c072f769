"""What a household can pay each month: its income less what it spends, never below what the place protects. Pure."""

from typing import NamedTuple

from duecourse.rules.hardship_terms import Protected


class Household(NamedTuple):
    """Who lives on the income, and what comes in and goes out each month, in minor units of one currency.

    essential: rent, food, power, travel to work, care; other_debts: what is paid to other lenders.
    """

    adults: int
    children: int
    income_minor: int
    essential_minor: int
    other_debts_minor: int


class Affordable(NamedTuple):
    """What is left for debts with us each month (never below zero), what was kept for living, and why so much.

    short_minor: what is missing for living; above zero nothing can be paid.
    """

    minor: int
    kept_minor: int
    short_minor: int
    is_protected_more: bool


def affordable(household: Household, protected: Protected) -> Affordable:
    """What is left each month after living and other debts; the protected minimum stands where spending is below it.

    >>> rule = Protected("US", "USD", 130_417, 45_833, 45_833, "", False)
    >>> affordable(Household(1, 0, 200_000, 110_000, 20_000), rule)
    Affordable(minor=49583, kept_minor=130417, short_minor=0, is_protected_more=True)
    """
    least = protected.of(adults=household.adults, children=household.children)
    kept = max(household.essential_minor, least)
    left = household.income_minor - kept - household.other_debts_minor
    return Affordable(max(0, left), kept, max(0, -left), least > household.essential_minor)
