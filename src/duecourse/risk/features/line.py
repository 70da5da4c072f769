"""The features of lines, over the months of `line_months.History`: the newest month is 1, amounts in minor units.

What needs a month that is not known is null; so is a share of nothing. Windows are the last 3, 6 and 12 months.
"""

from typing import Any

import ibis

from .feature import Feature
from .line_months import MONTHS, History, Month, least, most, total, total_of

RECENT, EARLIER, HALF, YEAR = 3, 5, 6, 12
"""Months that count as recent; months before which a month is known, in half a year; half a year; a year."""
MOST_TIMES, MOST_SHARE = 20, 2
"""Where ratios end: more than twenty times, or twice, says nothing more."""
NEAR = (3, 2)
"""A payment up to so many times the minimum is near it: three halves, in whole numbers, which engines count fastest."""
ONLY_INTEREST = (1, 40)
"""New charges of a month up to this share of the balance before are its interest and fees: nothing was bought."""
LITTLE = (1, 50)
"""A payment below this share of the balance is little."""
DOUBLING, FALLING = (16, 8, 4, 2, 1), (5, 4, 3, 2, 1)
"""What the last five months count for, the newest first: each twice the one before it, or one more."""


MONTHS_AGO = {1: ("in the latest month", "最近一个月"), 2: ("in the month before", "上上个月")} | {
    month: (f"{month - 1} months ago", f"{month - 1}个月前") for month in range(3, HALF + 1)
}
"""How a month is told, in English and 中文."""


def capped(value: Any, most: float) -> Any:
    """A value, or the most that counts; null stays null (engines' own `least` would take the other)."""
    return ibis.ifelse(value > most, most, value)


def limit(f: History) -> Any:
    """The limit, at least one minor unit: what shares are of."""
    return ibis.greatest(f.limit_minor, 1)


def at(column: str, month: int) -> Any:
    """The value of a column in one month."""
    return lambda f: getattr(f[month], column)


def of_limit(column: str, month: int) -> Any:
    """A column's value in one month, as a share of the limit."""
    return lambda f: getattr(f[month], column) / limit(f)


def recent_share(f: History) -> Any:
    """What was paid of the bills of the recent months together."""
    billed = total([ibis.greatest(before, 0) for before in f.each("before", 1, RECENT)])
    return capped(total(f.each("paid", 1, RECENT)) / ibis.greatest(billed, 1), MOST_SHARE)


def least_of_balance(f: History) -> Any:
    """The least that was paid in a month of half a year, to the latest balance."""
    return capped(least(f.each("paid", 1, EARLIER)) / ibis.greatest(f[1].balance, 1), MOST_SHARE)


def times_minimum(month: int) -> Any:
    """How many times its minimum a month's statement was paid; as many as count where none was asked."""

    def of(f: History) -> Any:
        asked, paid = f[month].minimum_before, f[month].paid
        times = ibis.ifelse(asked > 0, capped(paid / ibis.greatest(asked, 1), MOST_TIMES), MOST_TIMES)
        return where_known(f, times)

    return of


def where_known(f: History, value: Any) -> Any:
    """A value of the accounts of which any month is known."""
    return ibis.ifelse(f.months_known.notnull(), value, None)


def minimum_to_usual(f: History) -> Any:
    """The next minimum to what is usually paid in a month."""
    usual = total(f.each("paid", 1, RECENT)).fill_null(0) / RECENT + 1
    return capped(f[1].minimum / usual, MOST_TIMES)


def months_where(holds: Any, months: int) -> Any:
    """In how many of the last months something holds."""
    return lambda f: where_known(f, total_of([one.cast("int64") for one in f.where(holds, months)]))


def weighed(holds: Any, weights: tuple[int, ...]) -> Any:
    """What the months in which something holds count for together, the newest first."""

    def of(f: History) -> Any:
        found = f.where(holds, len(weights))
        return where_known(
            f, total_of([one.cast("int64") * weight for one, weight in zip(found, weights, strict=False)])
        )

    return of


def streak(holds: Any) -> Any:
    """For how many months in a row, the newest first, something holds."""

    def of(f: History) -> Any:
        broken = [(~one, run) for run, one in enumerate(f.where(holds, MONTHS))]
        return where_known(f, ibis.cases(*broken, else_=f.months_known))

    return of


def unpaid(m: Month) -> Any:
    """Whether something was owed and nothing was paid in a month."""
    return m.owed_before & (m.paid <= 0)


def near_minimum(m: Month) -> Any:
    """Whether what was paid in a month was something, and near the minimum."""
    return m.owed_before & (m.minimum_before > 0) & (m.paid * NEAR[1] <= m.minimum_before * NEAR[0]) & (m.paid > 0)


def little_paid(m: Month) -> Any:
    """Whether little of the balance was paid in a month."""
    return m.owed_before & (m.paid * LITTLE[1] < m.before * LITTLE[0])


def nothing_bought(m: Month) -> Any:
    """Whether a month's charges are no more than interest and fees on the balance before."""
    return m.charged * ONLY_INTEREST[1] <= ibis.greatest(m.before, 0) * ONLY_INTEREST[0]


def surge(f: History) -> Any:
    """The latest charges to those of a usual month before."""
    usual = ibis.greatest(f.mean("charged", 2, HALF), 1)
    return capped(f[1].spent / usual, MOST_TIMES)


def season(f: History) -> Any:
    """The charges of a year ago in the month to come, to those of a usual month: what usually comes now."""
    usual = ibis.greatest(f.mean("charged", 1, YEAR), 1)
    return capped(f[YEAR].spent / usual, MOST_TIMES)


def trend(column: str) -> Any:
    """The mean of a column in the recent months, less that in those before."""
    return lambda f: f.mean(column, 1, RECENT) - f.mean(column, RECENT + 1, HALF)


def swing(f: History, column: str, months: int) -> Any:
    """The most less the least of a column in the last months, as a share of the limit."""
    values = f.each(column, 1, months)
    return (most(values) - least(values)) / limit(f)


def oldest(values: list[Any]) -> Any:
    """Of values from the newest month on, that of the oldest month that is known."""
    return ibis.coalesce(*reversed(values))


LINE: tuple[Feature, ...] = (
    Feature("limit_minor", "limit_small", -1, "the limit", "信用额度", lambda f: where_known(f, f.limit_minor)),
    Feature("utilisation", "limit_used", 0, "share of the limit used now", "当前额度使用率", of_limit("balance", 1)),
    Feature(
        "utilisation_highest", "limit_used", 1, "highest share of the limit used in half a year",
        "半年内最高额度使用率",
        lambda f: most(f.each("balance", 1, HALF)) / limit(f),
    ),
    Feature(
        "utilisation_recent", "limit_used", 1, "mean share of the limit used in three months", "近3个月平均额度使用率",
        lambda f: f.mean("balance", 1, RECENT) / limit(f),
    ),
    *(
        Feature(
            f"utilisation_{month}", "limit_used", 0, f"share of the limit used {month - 1} statements ago",
            f"{month - 1}期前的额度使用率", of_limit("balance", month),
        )
        for month in range(2, HALF + 1)
    ),
    Feature(
        "headroom_minor", "limit_used", -1, "what of the limit is left", "剩余额度",
        lambda f: f.limit_minor - f[1].balance,
    ),
    Feature(
        "headroom_usual_minor", "limit_used", -1, "what of the limit is usually left", "平时剩余额度",
        lambda f: f.limit_minor - f.mean("balance", 1, HALF),
    ),
    Feature(
        "balance_swing", "balance_grown", 0, "highest less lowest balance of half a year, as a share of the limit",
        "半年内最高与最低账单余额之差占额度的比例", lambda f: swing(f, "balance", HALF),
    ),
    Feature(
        "utilisation_change", "balance_grown", 0, "rise of the share used over half a year", "半年内额度使用率的变化",
        lambda f: (f[1].balance - oldest(f.each("balance", 1, HALF))) / limit(f),
    ),
    Feature("balance_minor", "balance_owed", 0, "the latest balance", "最近一期账单余额", at("balance", 1)),
    Feature("paid_minor", "payments_small", -1, "paid in the latest month", "最近一个月还款额", at("paid", 1)),
    Feature("paid_before_minor", "payments_small", -1, "paid in the month before", "上上个月还款额", at("paid", 2)),
    Feature(
        "paid_least_minor", "payments_small", -1, "least paid in a month of the last three", "近3个月单月最低还款额",
        lambda f: least(f.each("paid", 1, RECENT)),
    ),
    Feature(
        "paid_most_minor", "payments_small", -1, "most paid in a month of half a year", "半年内单月最高还款额",
        lambda f: most(f.each("paid", 1, HALF)),
    ),
    *(
        Feature(
            f"paid_of_limit_{month}", "payments_small", -1, f"paid {MONTHS_AGO[month][0]}, as a share of the limit",
            f"{MONTHS_AGO[month][1]}还款额占额度的比例", of_limit("paid", month),
        )
        for month in range(1, HALF)
    ),
    Feature(
        "paid_least_of_balance", "payments_small", -1, "least paid in a month of half a year, to the latest balance",
        "半年内单月最低还款额与最近账单余额之比", least_of_balance,
    ),
    Feature(
        "share_paid_recent", "paid_little", -1, "share of three months' bills paid",
        "近3个月账单还款比例", recent_share,
    ),
    Feature(
        "share_paid", "paid_little", -1, "mean share of a bill paid in half a year", "半年内平均每期还款比例",
        lambda f: f.mean("share", 1, EARLIER),
    ),
    *(
        Feature(
            f"share_paid_{month}", "paid_little", -1, f"share paid of the bill {month} statements ago",
            f"{month}期前账单的还款比例", at("share_of_owed", month),
        )
        for month in range(1, HALF)
    ),
    Feature(
        "share_paid_least", "paid_little", -1, "least share paid of a bill in half a year", "半年内最低一期还款比例",
        lambda f: least(f.each("share_of_owed", 1, EARLIER)),
    ),
    Feature("share_paid_change", "paid_little", -1, "change of the share paid", "还款比例的变化", trend("share")),
    Feature(
        "months_paid_little", "paid_little", 1, "months with less than 2% of the balance paid", "还款不足余额2%的月数",
        months_where(little_paid, EARLIER),
    ),
    Feature(
        "months_unpaid", "no_payment", 1, "months with a balance and no payment", "有欠款而未还款的月数",
        months_where(unpaid, EARLIER),
    ),
    Feature(
        "months_unpaid_weighed", "no_payment", 1, "months without a payment, each counting twice the one before it",
        "未还款月数（越近权重越大，逐月加倍）", weighed(unpaid, DOUBLING),
    ),
    Feature(
        "months_unpaid_running", "no_payment", 1, "months in a row without a payment, until now", "至今连续未还款月数",
        streak(unpaid),
    ),
    Feature(
        "months_paid_in_full", "seldom_in_full", -1, "months paid in full", "全额还款的月数",
        months_where(lambda m: m.owed_before & (m.share >= 1), EARLIER),
    ),
    Feature(
        "months_paid_round", "round_payments", 0, "months in which a round amount was paid", "还款为整数金额的月数",
        months_where(lambda m: m.paid_round >= 1, EARLIER),
    ),
    Feature(
        "months_paid_very_round", "round_payments", 0, "months in which an amount of one digit and noughts was paid",
        "还款金额仅首位非零的月数", months_where(lambda m: m.paid_round >= 2, EARLIER),
    ),
    Feature(
        "months_paid_round_weighed", "round_payments", 0, "months of a round amount paid, the newer counting more",
        "还款为整数金额的月数（越近权重越大）", weighed(lambda m: m.paid_round >= 1, FALLING),
    ),
    Feature(
        "minimums_paid", "near_the_minimum", -1, "times the minimum paid last",
        "上期还款为最低还款额的倍数", times_minimum(1),
    ),
    Feature(
        "minimums_paid_before", "near_the_minimum", -1, "times the minimum paid before that",
        "再上期还款为最低还款额的倍数",
        times_minimum(2),
    ),
    Feature(
        "months_near_minimum", "near_the_minimum", 1, "months in a row near the minimum",
        "连续仅还接近最低还款额的月数",
        streak(near_minimum),
    ),
    Feature(
        "minimum_to_usual", "minimum_heavy", 1, "the next minimum to the usual payment",
        "下期最低还款额与平时还款额之比",
        minimum_to_usual,
    ),
    Feature(
        "charged_usual_minor", "little_used", -1, "new charges of a usual month", "平时每月新增消费与费用",
        lambda f: f.mean("charged", 1, EARLIER),
    ),
    Feature(
        "charged_most_minor", "little_used", -1, "most new charges in a month", "单月最高新增消费与费用",
        lambda f: most(f.each("charged", 1, EARLIER)),
    ),
    Feature(
        "months_nothing_bought", "little_used", 0, "months in which nothing was bought", "没有新增消费的月数",
        months_where(nothing_bought, EARLIER),
    ),
    *(
        Feature(
            f"charged_of_balance_{month}", "charged_much", 0,
            f"new charges {MONTHS_AGO[month][0]} to the balance before",
            f"{MONTHS_AGO[month][1]}新增消费与此前余额之比", at("charge_rate", month),
        )
        for month in range(1, HALF)
    ),
    Feature("charged_surge", "charged_much", 0, "the latest charges to usual ones", "最近消费与平时之比", surge),
    Feature(
        "charged_swing", "charged_much", 0, "most less least new charges of a month, as a share of the limit",
        "单月新增消费最多与最少之差占额度的比例", lambda f: swing(f, "charged", EARLIER),
    ),
    Feature(
        "charged_in_season", "season", 0, "charges of this season a year ago to usual",
        "去年同期消费与平时之比", season,
    ),
    Feature(
        "months_without_balance", "months_idle", 0, "months without a balance", "无欠款的月数",
        months_where(lambda m: m.balance <= 0, HALF),
    ),
    Feature("missed_now", "past_due_before", 1, "minimums missed now", "目前未还的最低还款期数", at("missed_then", 1)),
    Feature(
        "missed_most", "past_due_before", 1, "most minimums missed at a month's end", "月末未还最低还款期数的最大值",
        lambda f: most(f.each("missed_then", 1, EARLIER)),
    ),
    Feature(
        "months_past_due", "past_due_before", 1, "months past due", "逾期的月数",
        months_where(lambda m: m.missed_then > 0, EARLIER),
    ),
    Feature(
        "months_past_due_in_year", "past_due_before", 1, "months past due in a year", "一年内逾期的月数",
        months_where(lambda m: m.missed_then > 0, YEAR),
    ),
    Feature(
        "cures", "past_due_before", 0, "times that arrears were cured in a year", "一年内逾期后还清的次数",
        months_where(lambda m: (m.missed_before > 0) & (m.missed_then == 0), YEAR),
    ),
    Feature(
        "days_before_due", "pays_late_in_time", -1, "days before the due day that payments come", "通常提前还款的天数",
        lambda f: f.mean("days_early", 1, HALF),
    ),
    Feature(
        "days_before_due_change", "pays_late_in_time", -1, "change of the days before the due day",
        "提前还款天数的变化",
        trend("days_early"),
    ),
    Feature("months_known", "short_history", 0, "months that are known", "已知的月数", lambda f: f.months_known),
)  # fmt: skip
DIRECTION = {feature.name: feature.sign for feature in LINE}
"""Which way each may move the chance: 1 only up, -1 only down, 0 either way."""
