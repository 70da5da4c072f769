"""Reasons in words: what of an account's own record raised its chance, in English and 中文.

Features that say the same thing are one reason. A reason is a code, which is stable, and a value of the account's; it
is given only where the value makes a true sentence and what its features add raises the chance.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from duecourse.ledger.journal import Refused

from . import beside_reasons, loan_reasons, recorded
from .features import BESIDE, LINE
from .reason import FAR, MONEY, Reason

MOST = 4
LEAST_RAISED = 0.02
"""What a reason must add at the least, in log odds; less is noise."""


class UnknownReason(Refused):
    code = "unknown_reason"


REASONS: dict[str, Reason] = {
    "past_due_before": Reason(
        "months_past_due", 1, 0, 0, FAR,
        "past due at the end of {value} of the last 5 months", "近5个月中有{value}个月末处于逾期",
    ),
    "no_payment": Reason(
        "months_unpaid", 1, 0, 0, FAR,
        "no payment in {value} of the last 5 months with a balance to pay", "近5个月中有{value}个月有欠款而未还款",
    ),
    "paid_little": Reason(
        "share_paid_recent", 100, 0, -1, 50,
        "paid {value}% of what was billed over the last 3 months", "近3个月还款为账单金额的{value}%",
    ),
    "payments_small": Reason(
        "paid_most_minor", MONEY, 0, -1, FAR,
        "paid at most {value} in any of the last 5 months", "近5个月单月还款最多为{value}",
    ),
    "round_payments": Reason(
        "months_paid_round", 1, 0, 0, FAR,
        "paid a round amount in {value} of the last 5 months", "近5个月中有{value}个月还款为整数金额",
    ),
    "near_the_minimum": Reason(
        "minimums_paid", 1, 1, -1, 3,
        "the last month's payments were {value} times the minimum due", "上月还款为最低还款额的{value}倍",
    ),
    "minimum_heavy": Reason(
        "minimum_to_usual", 100, 0, 49, 2000,
        "the next minimum due is {value}% of the usual monthly payment", "下期最低还款额为平时月还款额的{value}%",
    ),
    "seldom_in_full": Reason(
        "months_paid_in_full", 1, 0, -1, 5,
        "paid in full in {value} of the last 5 months", "近5个月中有{value}个月全额还款",
    ),
    "limit_used": Reason(
        "utilisation", 100, 0, 49, FAR,
        "uses {value}% of the limit", "已使用额度的{value}%",
    ),
    "balance_grown": Reason(
        "utilisation_change", 100, 0, 4, FAR,
        "the balance has grown by {value}% of the limit over the last 6 statements",
        "近6期账单余额增加了额度的{value}%",
    ),
    "balance_owed": Reason(
        "balance_minor", MONEY, 0, 0, FAR,
        "owes {value} on the latest statement", "最近一期账单欠款{value}",
    ),
    "little_used": Reason(
        "charged_usual_minor", MONEY, 0, -1, FAR,
        "{value} of new charges in a usual month", "平时每月新增消费与费用{value}",
    ),
    "limit_small": Reason(
        "limit_minor", MONEY, 0, 0, FAR,
        "the limit is {value}", "信用额度为{value}",
    ),
    "charged_much": Reason(
        "charged_of_balance_1", 100, 0, 0, 501,
        "new charges last month were {value}% of the balance before", "上月新增消费为此前余额的{value}%",
    ),
    "season": Reason(
        "charged_in_season", 1, 1, 1, FAR,
        "charges at this time last year were {value} times the usual", "去年同期消费为平时的{value}倍",
    ),
    "pays_late_in_time": Reason(
        "days_before_due", 1, 0, -1, 31,
        "payments come {value} days before the due day", "通常在还款日前{value}天还款",
    ),
    "short_history": Reason(
        "months_known", 1, 0, 0, 24,
        "the account is known for {value} months", "账户记录仅有{value}个月",
    ),
    "recorded_late": Reason(
        "status_late", 1, 0, 0, FAR,
        "recorded as late in {value} of the last 6 months", "近6个月中有{value}个月被记录为逾期",
    ),
    "months_idle": Reason(
        "months_without_balance", 1, 0, 0, FAR,
        "no balance in {value} of the last 6 months", "近6个月中有{value}个月无欠款",
    ),
    **beside_reasons.REASONS,
}  # fmt: skip
CODES = tuple(REASONS)
ALL = REASONS | loan_reasons.REASONS
"""The reasons of lines and of loans, by code."""
FAMILIES = {feature.name: feature.family for feature in (*LINE, *BESIDE)}
FAMILIES |= dict.fromkeys(recorded.STATUS_FEATURES, "recorded_late")
"""The family of each feature of lines: the code of the reason that it adds to."""
OF_PRODUCT: dict[str, tuple[Mapping[str, Reason], Mapping[str, str]]] = {
    "line": (REASONS, FAMILIES),
    "loan": (loan_reasons.REASONS, loan_reasons.FAMILIES),
}
"""The reasons of a kind of product, and the families of its features."""


def words(code: str, value: float, language: str) -> str:
    """A reason in words, in `en` or `zh`; a code that is not known is refused."""
    if code not in ALL:
        raise UnknownReason(f"there is no reason {code!r}")
    told = ALL[code]
    text = {"en": told.english, "zh": told.chinese}[language]
    return text.format(value=f"{value:,.{told.decimals}f}")


def sentence(reasons: list[dict[str, Any]], language: str) -> str:
    """An account's reasons as one line."""
    return {"en": "; ", "zh": "；"}[language].join(words(one["code"], one["value"], language) for one in reasons)


def reasons(
    rows: Any, contributions: Any, exponents: Any, features: Sequence[str], product: str = "line"
) -> list[list[dict[str, Any]]]:
    """Up to four reasons for each row, the strongest first, one a family.

    The columns of `rows` and `contributions` are the features of a kind of product; `exponents` are the currency's, for
    each row.
    """
    known, families = OF_PRODUCT[product]
    codes = tuple(known)
    at = {name: i for i, name in enumerate(features)}
    raised = np.full((len(rows), len(codes)), -FAR)
    values = np.zeros((len(rows), len(codes)))
    for i, (code, told) in enumerate(known.items()):
        if told.told_by not in at:
            continue
        own = rows[:, at[told.told_by]]
        value = own / 10.0**exponents if told.scale == MONEY else own * told.scale
        values[:, i] = np.round(value, told.decimals)
        says = (values[:, i] > told.more_than) & (values[:, i] < told.less_than)
        added = sum(contributions[:, at[name]] for name, family in families.items() if family == code and name in at)
        raised[:, i] = np.where(says, added, -FAR)
    best = np.argsort(-raised, axis=1, kind="stable")[:, :MOST]
    found = []
    for row, order in enumerate(best):
        found.append(
            [
                {"code": codes[i], "value": plain(values[row, i], known[codes[i]].decimals)}
                for i in order
                if raised[row, i] >= LEAST_RAISED
            ]
        )
    return found


def plain(value: float, decimals: int) -> int | float:
    """A value as it is stored: whole where it is told whole."""
    return float(value) if decimals else int(value)


def stored(told: Any) -> Any:
    """Reasons or advice as the database gives them: JSON, parsed or not, or nothing."""
    return json.loads(told) if isinstance(told, str) else told
