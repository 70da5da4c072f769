"""What the house takes work on arrears to do and to cost, and how many persons approve a strategy."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from .fields import TermsRefused
from .read import in_force

PATH = "house/recovery.toml"


class TreatmentTerms(NamedTuple):
    """By treatment: the share of what is past due that it brings in (per million), and its cost in minor units."""

    answered_ppm: Mapping[str, int]
    cost_minor: Mapping[str, int]
    cite: str
    verified: bool

    def good_minor(self, treatment: str, past_due_minor: int) -> int:
        """What a treatment is expected to bring in beyond its cost."""
        gain = past_due_minor * self.answered_ppm.get(treatment, 0) // 10**6
        return gain - self.cost_minor.get(treatment, 0)

    def least_minor(self, treatment: str) -> int | None:
        """The least past due of which a treatment is expected to bring in more than it costs; None where no amount is.

        >>> told = TreatmentTerms({"call": 300}, {"call": 70_000}, "", True)
        >>> told.least_minor("call"), told.good_minor("call", 4_300), told.good_minor("call", 4_299)
        (4300, 1, 0)
        """
        answered = self.answered_ppm.get(treatment, 0)
        return -(-(self.cost_minor.get(treatment, 0) + 1) * 10**6 // answered) if answered else None


def treatments(*, on: date) -> TreatmentTerms:
    """What treatments are taken to do on a day."""
    row = in_force(PATH, "treatments", on)
    return TreatmentTerms(*(row[name] for name in TreatmentTerms._fields))


def approvers(*, on: date) -> int:
    """How many persons approve a strategy."""
    return int(in_force(PATH, "approval", on)["approvers"])


def message_days(*, on: date) -> int:
    """For how many days a case's message is of use."""
    days = int(in_force(PATH, "messages", on)["of_use_days"])
    if days < 1:
        raise TermsRefused(f"{PATH}: messages: of_use_days: {days} is below 1")
    return days
