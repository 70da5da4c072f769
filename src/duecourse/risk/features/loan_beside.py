"""The features of loans from what stands beside their months: relief, debts with others, the day on which income comes,
contacts, disputes.

As those of lines (`line_beside`), with the amount approved and the loan's own installment where a line has its limit.
What was moved to a later day is told by the months themselves (`holidays`); a loan has no purchases to dispute, but
amounts, what is reported of it, and that it was ever taken.
"""

from typing import Any

from . import line_beside
from .feature import Feature
from .line_beside import CONTACTED, RAISED, counted, of_limit

ACTS = ("arranged_now", "arrangements_failed", "reliefs_in_year")
SIZES = ("limit_minor", "usual")
"""What debts with others are held against: the amount approved, and the loan's usual installment."""


def as_of_lines(*names: str) -> tuple[Feature, ...]:
    """The features of lines of these names: they are those of loans to the word."""
    return tuple(feature for feature in line_beside.BESIDE if feature.name in names)


BESIDE: tuple[Feature, ...] = (
    *as_of_lines("arranged_now", "arrangements_failed"),
    Feature(
        "reliefs_in_year", "relieved", 0, "new installments made, interest eased in a year",
        "一年内重组与减息的次数", counted("reliefs_in_year"),
    ),
    *as_of_lines("lenders_elsewhere"),
    Feature(
        "owed_elsewhere", "debt_elsewhere", 1, "debt with others to the amount approved", "他行负债与批准金额之比",
        of_limit(lambda f: f.owed_elsewhere_minor),
    ),
    Feature(
        "payment_elsewhere", "debt_elsewhere", 1, "payments due to others in the month, in installments",
        "当月应还他行款项相当的期数", lambda f: f.payment_elsewhere_minor / f.usual,
    ),
    *as_of_lines("late_elsewhere", "enquiries_elsewhere", "lenders_elsewhere_change"),
    Feature(
        "owed_elsewhere_change", "debt_grown", 1, "rise of debt with others over three months, to the amount approved",
        "近3个月他行负债增加与批准金额之比",
        of_limit(lambda f: f.owed_elsewhere_minor - f.owed_elsewhere_before_minor),
    ),
    *as_of_lines("income_to_due"),
    *CONTACTED,
    *RAISED,
)  # fmt: skip
DIRECTION = {feature.name: feature.sign for feature in BESIDE}


def joined(table: Any, sizes: Any, facts: list[tuple[tuple[str, ...], Any]]) -> Any:
    """A table of loans with these features beside its own: one expression on every engine.

    sizes: account_id and SIZES of each loan. facts: as `line_beside.joined` takes them.
    """
    sized = table.left_join(sizes.select(*SIZES, sized_id="account_id"), [("account_id", "sized_id")])
    return line_beside.joined(sized.drop("sized_id"), facts, BESIDE).drop(*SIZES)
