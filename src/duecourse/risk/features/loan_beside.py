"""The features of loans from what stands beside their months: relief, debts with others, the day on which income comes,
contacts.

As those of lines (`line_beside`), with the amount approved and the loan's own installment where a line has its limit.
What was moved to a later day is told by the months themselves (`holidays`); a loan has no purchases to dispute.
"""

from typing import Any

import ibis

from . import line_beside
from .feature import Feature
from .line_beside import CONTACTED, counted, told

ACTS = ("arranged_now", "arrangements_failed", "reliefs_in_year")
SIZES = ("limit_minor", "usual")
"""What debts with others are held against: the amount approved, and the loan's usual installment."""


def of_approved(amount: Any) -> Any:
    """An amount as a share of what was approved."""
    return lambda f: amount(f) / ibis.greatest(f.limit_minor, 1)


BESIDE: tuple[Feature, ...] = (
    Feature("arranged_now", "arranged", 0, "an arrangement stands", "现有协商还款安排", counted("arranged_now")),
    Feature(
        "arrangements_failed", "arrangements_failed", 1, "arrangements broken in a year", "一年内违约的协商还款安排",
        counted("arrangements_failed"),
    ),
    Feature(
        "reliefs_in_year", "relieved", 0, "new installments made, interest eased in a year",
        "一年内重组与减息的次数", counted("reliefs_in_year"),
    ),
    Feature("lenders_elsewhere", "debt_elsewhere", 1, "other lenders", "其他贷款机构数", told("lenders")),
    Feature(
        "owed_elsewhere", "debt_elsewhere", 1, "debt with others to the amount approved", "他行负债与批准金额之比",
        of_approved(lambda f: f.owed_elsewhere_minor),
    ),
    Feature(
        "payment_elsewhere", "debt_elsewhere", 1, "payments due to others in the month, in installments",
        "当月应还他行款项相当的期数", lambda f: f.payment_elsewhere_minor / f.usual,
    ),
    Feature(
        "late_elsewhere", "late_elsewhere", 1, "worst days past due with others", "在他行的最大逾期天数",
        told("late_elsewhere"),
    ),
    Feature(
        "enquiries_elsewhere", "enquiries", 1, "enquiries for credit in three months", "近3个月信贷审批查询次数",
        told("enquiries"),
    ),
    Feature(
        "lenders_elsewhere_change", "debt_grown", 1, "more lenders than three months before", "近3个月新增贷款机构数",
        lambda f: f.lenders - f.lenders_before,
    ),
    Feature(
        "owed_elsewhere_change", "debt_grown", 1, "rise of debt with others over three months, to the amount approved",
        "近3个月他行负债增加与批准金额之比",
        of_approved(lambda f: f.owed_elsewhere_minor - f.owed_elsewhere_before_minor),
    ),
    Feature(
        "income_to_due", "income_to_due", 0, "days from income to the due day", "发薪日至还款日的天数",
        told("income_to_due"),
    ),
    *CONTACTED,
)  # fmt: skip
DIRECTION = {feature.name: feature.sign for feature in BESIDE}


def joined(table: Any, sizes: Any, facts: list[tuple[tuple[str, ...], Any]]) -> Any:
    """A table of loans with these features beside its own: one expression on every engine.

    sizes: account_id and SIZES of each loan. facts: as `line_beside.joined` takes them.
    """
    sized = table.left_join(sizes.select(*SIZES, sized_id="account_id"), [("account_id", "sized_id")])
    return line_beside.joined(sized.drop("sized_id"), facts, BESIDE).drop(*SIZES)
