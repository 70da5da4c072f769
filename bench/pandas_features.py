"""The features of lines as a good engineer would write them in pandas: the yardstick of bench_features.

One frame with a row an account and month, joined from the same tables, then filters and group-by for each window. Each
filter takes the columns that are asked of it and no others, and only months that are asked for are taken out.
"""

from typing import Any

import numpy as np
import pandas as pd

OF_WINDOW = ["account_id", "balance", "paid", "share", "share_of_owed", "charged", "missed_then", "days_early"]
OF_MONTH = [
    "account_id", "balance", "paid", "minimum", "minimum_before", "share_of_owed", "charge_rate", "spent",
    "missed_then",
]  # fmt: skip


def months(told: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The facts of each account and month, with those of the month before."""
    now, calendar = told["now"], told["months"]
    each = now.merge(calendar, on=["terms_id", "awaits_statement"])
    each = each[each.opened_on <= each.ends_on]
    each = each[
        ["account_id", "limit_minor", "missed", "owed_minor", "awaits_statement", "month", "ends_on", "begins_after"]
    ]
    bills = told["statements"]
    each = each.merge(bills[["account_id", "ends_on", "balance", "minimum"]], on=["account_id", "ends_on"], how="left")
    due = bills[["account_id", "ends_on", "due_on"]].rename(columns={"ends_on": "begins_after", "due_on": "due_before"})
    each = each.merge(due, on=["account_id", "begins_after"], how="left")
    each = each.merge(in_months(told["payments"], each), on=["account_id", "month"], how="left")
    each = each.merge(told["missed"], on=["account_id", "ends_on"], how="left")
    coming = each.awaits_statement & (each.month == 1)
    each["balance"] = np.where(coming, each.owed_minor, each.balance.fillna(0))
    each["minimum"] = each.minimum.fillna(0)
    each["paid"] = each.paid.fillna(0)
    each["missed_then"] = np.where(each.month == 1, each.missed, each.missed_then)
    return beside_before(each.sort_values(["account_id", "month"], ignore_index=True))


def in_months(payments: pd.DataFrame, each: pd.DataFrame) -> pd.DataFrame:
    """What was paid in each month, and how many days early: each payment is placed by the month that it falls into."""
    ends = each[["account_id", "month", "ends_on", "begins_after", "due_before"]].sort_values("ends_on")
    paid = payments.rename(columns={"payer": "account_id"}).sort_values("effective_day")
    placed = pd.merge_asof(
        paid, ends, left_on="effective_day", right_on="ends_on", by="account_id", direction="forward"
    )
    placed = placed[placed.begins_after < placed.effective_day]
    placed["weighed"] = (placed.due_before - placed.effective_day).dt.days * placed.amount
    by_month = placed.groupby(["account_id", "month"])
    sums = by_month[["amount", "weighed"]].sum(min_count=1).reset_index().rename(columns={"amount": "paid"})
    sums["days_early"] = sums.weighed / sums.paid
    return sums.drop(columns="weighed")


def beside_before(f: pd.DataFrame) -> pd.DataFrame:
    """Each month beside the one before it."""
    older = f.groupby("account_id")
    f["before"] = older.balance.shift(-1)
    f["minimum_before"] = older.minimum.shift(-1)
    f["missed_before"] = older.missed_then.shift(-1)
    owed = f.before > 0
    one = f.before.clip(lower=1)
    f["share"] = np.where(f.before.isna(), np.nan, np.where(owed, (f.paid / one).clip(upper=1.0), 1.0))
    f["share_of_owed"] = (f.paid / one).clip(upper=2.0).where(owed)
    f["charged"] = f.balance - f.before + f.paid
    f["spent"] = f.charged.clip(lower=0)
    f["charge_rate"] = (f.charged / one).clip(upper=5.0).where(owed)
    f["paid"] = f.paid.where(f.before.notna())
    f["paid_round"] = how_round(f.paid.fillna(0))
    unbilled = (f.month == 1) & (f.minimum == 0)
    f["minimum"] = np.where(unbilled, f.minimum_before.fillna(0), f.minimum)
    return f


def how_round(paid: pd.Series) -> Any:
    """2 for an amount with one digit before its noughts, 1 for one with two, 0 for any other."""
    unit = 10 ** np.maximum(np.floor(np.log10(paid.clip(lower=1))).astype(np.int64) - 1, 0)
    digits = np.where(paid % (unit * 10) == 0, 2, np.where(paid % unit == 0, 1, 0))
    return np.where(paid > 0, digits, 0)


def features(told: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row an account of the sealed day, its features as columns."""
    f = months(told)
    month = {m: f.loc[f.month == m, OF_MONTH].set_index("account_id") for m in (1, 2, 3, 4, 5, 6, 12)}
    last = {n: f.loc[f.month <= n, OF_WINDOW].groupby("account_id") for n in (3, 5, 6, 12)}
    accounts = f.groupby("account_id")
    out = pd.DataFrame(index=pd.Index(f.account_id.unique(), name="account_id"))
    limit = accounts.limit_minor.max()
    at_least = limit.clip(lower=1)

    def count(holds: Any, months: int) -> Any:
        return holds[f.month <= months].groupby(f.account_id[f.month <= months]).sum()

    def weighed(holds: Any, weights: tuple[int, ...]) -> Any:
        weight = np.where(holds, np.append(weights, 0)[np.minimum(f.month - 1, len(weights))], 0)
        return pd.Series(weight, f.index).groupby(f.account_id).sum()

    def streak(holds: Any) -> Any:
        broken = f.month[~holds].groupby(f.account_id[~holds]).min()
        return (broken - 1).reindex(out.index).fillna(accounts.month.max())

    def mean_between(column: str, first: int, end: int) -> Any:
        chosen = f.month.between(first, end)
        return f.loc[chosen, column].groupby(f.account_id[chosen]).mean()

    owed = f.before > 0
    out["limit_minor"] = limit
    out["utilisation"] = month[1].balance / at_least
    out["utilisation_highest"] = last[6].balance.max() / at_least
    out["utilisation_recent"] = last[3].balance.mean() / at_least
    for m in range(2, 7):
        out[f"utilisation_{m}"] = month[m].balance / at_least
    out["headroom_minor"] = limit - month[1].balance
    out["headroom_usual_minor"] = limit - last[6].balance.mean()
    out["balance_swing"] = (last[6].balance.max() - last[6].balance.min()) / at_least
    out["utilisation_change"] = (month[1].balance - last[6].balance.last()) / at_least
    out["balance_minor"] = month[1].balance
    out["paid_minor"] = month[1].paid
    out["paid_before_minor"] = month[2].paid
    out["paid_least_minor"] = last[3].paid.min()
    out["paid_most_minor"] = last[6].paid.max()
    for m in range(1, 6):
        out[f"paid_of_limit_{m}"] = month[m].paid / at_least
    out["paid_least_of_balance"] = (last[5].paid.min() / month[1].balance.clip(lower=1)).clip(upper=2)
    billed = f.before.clip(lower=0)[f.month <= 3].groupby(f.account_id[f.month <= 3]).sum(min_count=1)
    out["share_paid_recent"] = (last[3].paid.sum(min_count=1) / billed.clip(lower=1)).clip(upper=2)
    out["share_paid"] = last[5].share.mean()
    for m in range(1, 6):
        out[f"share_paid_{m}"] = month[m].share_of_owed
    out["share_paid_least"] = last[5].share_of_owed.min()
    out["share_paid_change"] = last[3].share.mean() - mean_between("share", 4, 6)
    out["months_paid_little"] = count(owed & (f.paid < f.before * 0.02), 5)
    unpaid = owed & (f.paid <= 0)
    out["months_unpaid"] = count(unpaid, 5)
    out["months_unpaid_weighed"] = weighed(unpaid, (16, 8, 4, 2, 1))
    out["months_unpaid_running"] = streak(unpaid)
    out["months_paid_in_full"] = count(owed & (f.share >= 1), 5)
    out["months_paid_round"] = count(f.paid_round >= 1, 5)
    out["months_paid_very_round"] = count(f.paid_round >= 2, 5)
    out["months_paid_round_weighed"] = weighed(f.paid_round >= 1, (5, 4, 3, 2, 1))
    for m, name in ((1, "minimums_paid"), (2, "minimums_paid_before")):
        asked = month[m].minimum_before
        out[name] = (month[m].paid / asked.clip(lower=1)).clip(upper=20).where(asked > 0, 20).reindex(out.index)
        out[name] = out[name].where(out.index.isin(month[m].index), 20)
    out["months_near_minimum"] = streak(
        owed & (f.minimum_before > 0) & (f.paid <= f.minimum_before * 1.5) & (f.paid > 0)
    )
    out["minimum_to_usual"] = (month[1].minimum / (last[3].paid.sum() / 3 + 1)).clip(upper=20)
    out["charged_usual_minor"] = last[5].charged.mean()
    out["charged_most_minor"] = last[5].charged.max()
    out["months_nothing_bought"] = count(f.charged <= f.before.clip(lower=0) * 0.025, 5)
    for m in range(1, 6):
        out[f"charged_of_balance_{m}"] = month[m].charge_rate
    out["charged_surge"] = (
        month[1].spent / mean_between("charged", 2, 6).reindex(out.index).fillna(1).clip(lower=1)
    ).clip(upper=20)
    out["charged_swing"] = (last[5].charged.max() - last[5].charged.min()) / at_least
    out["charged_in_season"] = (month[12].spent / last[12].charged.mean().fillna(1).clip(lower=1)).clip(upper=20)
    out["months_without_balance"] = count(f.balance <= 0, 6)
    out["missed_now"] = month[1].missed_then
    out["missed_most"] = last[5].missed_then.max()
    out["months_past_due"] = count(f.missed_then > 0, 5)
    out["months_past_due_in_year"] = count(f.missed_then > 0, 12)
    out["cures"] = count((f.missed_before > 0) & (f.missed_then == 0), 12)
    out["days_before_due"] = last[6].days_early.mean()
    out["days_before_due_change"] = last[3].days_early.mean() - mean_between("days_early", 4, 6)
    out["months_known"] = accounts.month.max()
    return out.reset_index()
