"""What every model stands beside: a constant, and one rule that anybody could name."""

from typing import Any

import numpy as np

RULES = {"line": ("months_unpaid", "months_past_due"), "loan": ("months_unpaid_6", "months_behind_6")}
"""The rule, by product: months with something to pay and no payment, or months past due, whichever is more."""


def constant(missed: Any, unseen: int) -> Any:
    """The share missed of all examples, for everybody."""
    return np.full(unseen, float(missed.mean()))


def one_rule(
    rows: Any, missed: Any, unseen: Any, features: tuple[str, ...], rule: tuple[str, ...] = RULES["line"]
) -> Any:
    """The share missed of the examples with as many bad months, for each unseen row."""
    seen, told = bad_months(rows, features, rule), bad_months(unseen, features, rule)
    shares = {}
    for months in np.unique(seen):
        shares[months] = float(missed[seen == months].mean())
    return np.array([shares.get(months, float(missed.mean())) for months in told])


def bad_months(rows: Any, features: tuple[str, ...], rule: tuple[str, ...]) -> Any:
    """Bad months of late: of the features of the rule the highest; none where nothing is known."""
    return np.nan_to_num(np.array([rows[:, features.index(name)] for name in rule])).max(axis=0)
