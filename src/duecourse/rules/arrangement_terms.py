"""What the law of a place says about arrangements: how long a plan of installments may go on."""

from datetime import date
from typing import NamedTuple

from duecourse.kernel import days

from .read import RuleMissing, day_number, in_force, to_date


class Longest(NamedTuple):
    """The longest that a plan may go on: so many months, so to that day, by that rule."""

    months: int
    last: date
    cite: str


def longest(place: str, kind: str, day: date) -> Longest | None:
    """How long a plan agreed on a day for this kind of account may go on; None where no rule of the place says it."""
    try:
        rule = in_force(f"law/{place}/arrangements.toml", "longest", day)
    except RuleMissing:
        return None
    if kind not in rule["kinds"]:
        return None
    year, month, on = days.civil(day_number(day))
    later = month - 1 + rule["months"]
    last = days.on_cycle_day(year + later // 12, later % 12 + 1, on)
    return Longest(rule["months"], to_date(last), rule["cite"])
