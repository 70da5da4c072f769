"""The features of installment loans, from facts by month (`intake.loan_months.facts`), the newest month 1.

Arrears are in installments of the loan's own, below 0 where it was paid in advance. A month in which a holiday stood
asked nothing: its share paid is null and counts in no mean. Windows are the last 3, 6 and 12 months. A loan shorter
than a window is looked at for as long as it is.
"""

from typing import Any

from .feature import Feature

RECENT, HALF, YEAR, LONG_AGO = 3, 6, 12, 60
"""Months that count as recent; half a year; a year; what stands for never."""
LATE = 0.5
"""From so many installments a loan is behind."""
WHOLE, ALL_BUT = 1.02, 0.98
"""A payment above the first is more than was asked, below the second is less."""


def now(column: str) -> Any:
    """The value of a column in the newest month."""
    return lambda f: f[column].max(where=f.month == 1)


def most(column: str, months: int) -> Any:
    """The highest value of a column in the last months."""
    return lambda f: f[column].max(where=f.month <= months)


def usual(column: str, months: int) -> Any:
    """The mean of a column over the last months."""
    return lambda f: f[column].mean(where=f.month <= months)


def months_where(holds: Any, months: int) -> Any:
    """In how many of the last months something holds."""
    return lambda f: ((f.month <= months) & holds(f)).fill_null(False).sum()


def since(holds: Any) -> Any:
    """How many months ago something held last; 0 in the newest month."""
    return lambda f: (f.month.min(where=holds(f).fill_null(False)) - 1).fill_null(LONG_AGO)


def risen(column: str, months: int) -> Any:
    """By how much a column rose over so many months; null where the loan is younger."""
    return lambda f: f[column].max(where=f.month == 1) - f[column].max(where=f.month == months + 1)


def own(column: str) -> Any:
    """What the application told."""
    return lambda f: f[column].max()


def paid_nothing(f: Any) -> Any:
    """Something was asked, and nothing was paid."""
    return (f.asked > 0) & (f.paid <= 0)


def paid_less(f: Any) -> Any:
    """Something was paid, but less than was asked."""
    return (f.share > 0) & (f.share < ALL_BUT)


def paid_more(f: Any) -> Any:
    """More was paid than was asked."""
    return f.share > WHOLE


def paid_as_asked(f: Any) -> Any:
    """What was asked was paid."""
    return (f.share >= ALL_BUT) & (f.share <= WHOLE)


def is_behind(f: Any) -> Any:
    """At the month's end the loan was behind."""
    return f.installments_behind >= LATE


def cures(f: Any) -> Any:
    """Months at whose end a loan was in order, with arrears made good in them."""
    moved = f.installments_behind - f.asked_installments + f.paid_installments
    return ((f.installments_behind < LATE) & (moved >= LATE)).fill_null(False).sum()


def share_trend(f: Any) -> Any:
    """The share paid of late, less that of the year before."""
    return f.share.mean(where=f.month <= RECENT) - f.share.mean(where=f.month.between(RECENT + 1, YEAR))


def days_from_usual(f: Any) -> Any:
    """How many days of interest ahead of the loan's own usual state; a late payer falls behind it."""
    return f.days_ahead.max(where=f.month == 1) - f.days_ahead.median()


def unpaid_in_season(f: Any) -> Any:
    """Months with nothing paid among those of the coming half year, a year ago."""
    return (f.month.between(HALF + 1, YEAR) & paid_nothing(f)).fill_null(False).sum()


LOAN: tuple[Feature, ...] = (
    Feature("behind_now", "arrears", 1, "installments behind now", "当前拖欠期数", now("installments_behind")),
    *(
        Feature(
            f"behind_most_{months}", "arrears", 1, f"most installments behind in {months} months",
            f"近{months}个月最高拖欠期数", most("installments_behind", months),
        )
        for months in (RECENT, HALF, YEAR)
    ),
    Feature(
        "behind_most_ever", "arrears", 1, "most installments behind so far", "历史最高拖欠期数",
        lambda f: f.installments_behind.max(),
    ),
    *(
        Feature(
            f"behind_usual_{months}", "arrears", 1, f"mean installments behind over {months} months",
            f"近{months}个月平均拖欠期数", usual("installments_behind", months),
        )
        for months in (RECENT, HALF, YEAR)
    ),
    *(
        Feature(
            f"months_behind_{months}", "arrears", 1, f"months behind in {months}", f"近{months}个月拖欠月数",
            months_where(is_behind, months),
        )
        for months in (RECENT, HALF, YEAR)
    ),
    Feature(
        "behind_risen_3", "arrears_rising", 1, "rise of arrears over three months", "近3个月拖欠期数的增加",
        risen("installments_behind", RECENT),
    ),
    Feature(
        "behind_risen_6", "arrears_rising", 1, "rise of arrears over half a year", "近半年拖欠期数的增加",
        risen("installments_behind", HALF),
    ),
    Feature(
        "months_since_behind", "arrears", -1, "months since it was last behind", "距上次拖欠月数",
        since(is_behind),
    ),
    Feature("cures", "cures", 1, "times that arrears were made good", "拖欠后补足的次数", cures),
    *(
        Feature(
            f"share_paid_{months}", "share_paid", -1, f"share of what was asked paid in {months} months",
            f"近{months}个月应还款的还款比例", usual("share", months),
        )
        for months in (1, RECENT, HALF, YEAR)
    ),
    Feature("share_paid_change", "share_paid", -1, "change of the share paid", "还款比例的变化", share_trend),
    Feature(
        "share_paid_spread", "share_paid", 1, "spread of the shares paid in half a year", "近半年还款比例的波动",
        lambda f: f.share.std(where=f.month <= HALF),
    ),
    *(
        Feature(
            f"months_unpaid_{months}", "months_unpaid", 1, f"months without a payment in {months}",
            f"近{months}个月未还款月数", months_where(paid_nothing, months),
        )
        for months in (1, RECENT, HALF, YEAR)
    ),
    Feature(
        "share_unpaid_ever", "months_unpaid", 1, "share of all months without a payment", "历史未还款月份占比",
        lambda f: paid_nothing(f).fill_null(False).cast("float64").mean(),
    ),
    Feature(
        "months_since_unpaid", "months_unpaid", -1, "months since nothing was paid", "距上次未还款月数",
        since(paid_nothing),
    ),
    *(
        Feature(
            f"months_paid_less_{months}", "paid_less", 1, f"months with less paid than asked in {months}",
            f"近{months}个月还款不足月数", months_where(paid_less, months),
        )
        for months in (RECENT, HALF, YEAR)
    ),
    Feature(
        "months_as_asked_6", "paid_less", -1, "months with exactly what was asked paid, in half a year",
        "近半年按期足额还款月数", months_where(paid_as_asked, HALF),
    ),
    *(
        Feature(
            f"months_paid_more_{months}", "prepaid", 0, f"months with more paid than asked in {months}",
            f"近{months}个月超额还款月数", months_where(paid_more, months),
        )
        for months in (HALF, YEAR)
    ),
    Feature(
        "in_advance", "prepaid", -1, "installments paid in advance", "提前还款期数",
        lambda f: (-f.installments_behind).max(where=(f.month == 1) & (f.installments_behind < 0)).fill_null(0),
    ),
    Feature(
        "days_from_usual", "pays_late_in_time", -1, "days of interest met ahead of usual", "已还利息领先平时的天数",
        days_from_usual,
    ),
    Feature(
        "days_gained_3", "pays_late_in_time", -1, "days of interest gained in three months",
        "近3个月已还利息天数的变化", risen("days_ahead", RECENT),
    ),
    Feature(
        "days_spread", "pays_late_in_time", 1, "spread of days of interest met in half a year",
        "近半年已还利息天数的波动", lambda f: f.days_ahead.std(where=f.month <= HALF),
    ),
    Feature(
        "balance_share", "balance_left", 1, "balance left of what was lent", "剩余本金占放款额的比例",
        now("balance_share"),
    ),
    Feature(
        "balance_installments", "balance_left", 1, "balance in installments", "剩余本金相当的期数",
        now("balance_installments"),
    ),
    Feature("months_since_made", "life", 0, "months since the loan was made", "放款至今月数", now("age")),
    Feature(
        "unpaid_in_season", "season", 1, "months without a payment in the coming season a year ago",
        "去年同季未还款月数", unpaid_in_season,
    ),
    Feature("holidays", "holidays", 0, "payment holidays taken", "已享受的延期还款月数", lambda f: f.holiday.sum()),
    Feature(
        "holidays_recent", "holidays", 0, "payment holidays in three months", "近3个月延期还款月数",
        lambda f: f.holiday.sum(where=f.month <= RECENT),
    ),
    Feature("rate", "terms", 1, "yearly rate", "年利率", own("rate")),
    Feature("score", "terms", -1, "score at the application", "申请时信用评分", own("score")),
    Feature("payment_to_income", "terms", 1, "installment to income", "月供收入比", own("payment_to_income")),
    Feature("loan_to_value", "terms", 1, "amount lent to the car's value", "贷款价值比", own("loan_to_value")),
)  # fmt: skip
STATIC = ("rate", "score", "payment_to_income", "loan_to_value")
"""What the application alone tells."""
CARD = (
    "behind_now", "months_behind_12", "behind_risen_6", "months_since_behind", "share_paid_6", "share_paid_spread",
    "months_unpaid_12", "months_since_unpaid", "months_as_asked_6", "days_from_usual", "days_spread", "balance_share",
    *STATIC,
)  # fmt: skip
"""What a scorecard is made of: one or a few of each family."""
FACTS = (
    "account_id", "month", "asked", "paid", "share", "asked_installments", "paid_installments", "installments_behind",
    "days_ahead", "holiday", "balance_share", "balance_installments", "age", *STATIC,
)  # fmt: skip
"""The columns that the features read."""
