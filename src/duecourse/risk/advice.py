"""What would lower the chance most, among what a borrower can do.

For each thing to do, the features that it moves are set to what is usual of borrowers who pay, and the model is asked
again; the thing after which it gives the lowest chance is told. It is what the model says of an account that is alike
and has done so for some months: neither a promise nor a measured effect.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from duecourse.kernel.money import PPM

from .explain import OF_PRODUCT, UnknownReason

LEAST = 0.005
"""By how much the chance must be lower at the least; less is not worth a word."""
USUAL = {1: 25, -1: 75}
"""Of those who met their due, the percentile that counts as usual of who pays: the good quarter on the good side."""


class Thing(NamedTuple):
    """Something a borrower can do: the families of features that it moves, and its words."""

    families: tuple[str, ...]
    english: str
    chinese: str


THINGS: dict[str, dict[str, Thing]] = {
    "line": {
        "pay_every_month": Thing(
            ("no_payment", "past_due_before"),
            "pay by the due day every month, if only the minimum", "每月在还款日前还款，哪怕只还最低还款额",
        ),
        "pay_more": Thing(
            ("paid_little", "payments_small", "near_the_minimum", "minimum_heavy", "seldom_in_full"),
            "pay more than the minimum", "每月多还一些，高于最低还款额",
        ),
        "owe_less": Thing(
            ("limit_used", "balance_grown", "balance_owed"),
            "bring down what is owed", "减少欠款余额",
        ),
        "spend_less": Thing(
            ("charged_much",),
            "spend less until the due day", "在还款日前减少消费",
        ),
        "pay_earlier": Thing(
            ("pays_late_in_time",),
            "pay some days before the due day", "提前几天还款",
        ),
    },
    "loan": {
        "pay_every_month": Thing(
            ("loan_months_unpaid", "loan_arrears", "loan_arrears_rising", "loan_cures"),
            "pay an installment every month", "每月按期还款",
        ),
        "pay_in_full": Thing(
            ("loan_share_paid", "loan_paid_less"),
            "pay each installment in full", "每期足额还款",
        ),
        "pay_ahead": Thing(
            ("loan_prepaid", "loan_balance_left"),
            "pay a little more than is asked when you can", "宽裕时多还一些",
        ),
        "pay_earlier": Thing(
            ("loan_pays_late_in_time",),
            "pay some days before the due day", "提前几天还款",
        ),
    },
}  # fmt: skip
"""What can be done, by kind of product."""


def usual(rows: Any, missed: Any, directions: Mapping[str, int]) -> dict[str, float]:
    """What is usual of borrowers who pay, for each feature that has a direction and was known of any of them."""
    found = {}
    met = rows[missed == 0]
    for i, (name, sign) in enumerate(directions.items()):
        known = met[:, i][~np.isnan(met[:, i])]
        if sign and len(known):
            found[name] = float(np.percentile(known, USUAL[sign], method="nearest"))
    return found


def of_rows(
    fitted: Any, rows: Any, chance: Any, features: Sequence[str], directions: Mapping[str, int], product: str = "line"
) -> list[dict[str, Any] | None]:
    """For each row the thing to do after which the model gives the lowest chance: its code, and that chance in parts
    per million; None where none would lower it by LEAST.

    chance: what the model gives each row as it is. Of a feature the better of its own value and the usual one is taken;
    one that is not known stays so.
    """
    after = followed(fitted, rows, features, directions, product)
    if not after:
        return [None] * len(rows)
    codes, chances = list(after), np.column_stack(list(after.values()))
    best = chances.argmin(axis=1)
    lowest = chances[np.arange(len(rows)), best]
    return [
        {"code": codes[at], "chance_ppm": round(float(low) * PPM)} if now - low >= LEAST else None
        for at, low, now in zip(best.tolist(), lowest.tolist(), np.asarray(chance).tolist(), strict=True)
    ]


def followed(
    fitted: Any, rows: Any, features: Sequence[str], directions: Mapping[str, int], product: str
) -> dict[str, Any]:
    """What the model gives each row after each thing to do that moves a feature which it knows."""
    families = OF_PRODUCT[product][1]
    after = {}
    for code, thing in THINGS[product].items():
        moved = [
            (i, name)
            for i, name in enumerate(features)
            if families.get(name) in thing.families and name in fitted.usual
        ]
        if moved:
            done = rows.copy()
            for i, name in moved:
                better = np.fmin if directions[name] > 0 else np.fmax
                done[:, i] = np.where(np.isnan(rows[:, i]), np.nan, better(rows[:, i], fitted.usual[name]))
            after[code] = fitted.chance(done)
    return after


def words(told: Mapping[str, Any] | None, language: str, product: str = "line") -> str:
    """A thing to do in words, in `en` or `zh`, with the chance after it; nothing where there is none."""
    if told is None:
        return ""
    if told["code"] not in THINGS[product]:
        raise UnknownReason(f"there is no thing to do {told['code']!r}")
    thing = THINGS[product][told["code"]]
    share = f"{told['chance_ppm'] / PPM:.1%}"
    if language == "zh":
        return f"{thing.chinese}（坚持下去，可能性约为{share}）"
    return f"{thing.english} (kept up, the chance would be about {share})"
