"""The notice that the law asks for before or after bad information about a person goes to a bureau."""

from datetime import date, timedelta
from typing import NamedTuple

from .legal_terms import nearest


class ReportNotice(NamedTuple):
    """The notice comes before the report (`must_precede`), or at the latest so many calendar days after it."""

    rule: str
    must_precede: bool
    within_days: int
    verified: bool

    def last_on(self, reported_on: date) -> date:
        """The last day on which the notice may be sent, for a report of this day."""
        return reported_on if self.must_precede else reported_on + timedelta(days=self.within_days)


def report_notice(*, place: str, on: date) -> ReportNotice | None:
    """The rule of the nearest law of a place on a day; None where none is kept."""
    row = nearest(place, on, "negative_report")
    if row is None:
        return None
    return ReportNotice(row.rule, row.parameters["must_precede"], row.parameters["within_days"], row.verified)
