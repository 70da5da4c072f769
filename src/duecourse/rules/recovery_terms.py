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
