"""What every model stands beside: a constant, and one rule that anybody could name."""

from typing import Any

import numpy as np

RULE = "months_unpaid"
"""The rule: months with a balance and no payment, or minimums missed at a month's end, whichever is more."""
OTHER = "months_past_due"


def constant(missed: Any, unseen: int) -> Any:
    """The share missed of all examples, for everybody."""
    return np.full(unseen, float(missed.mean()))


def one_rule(rows: Any, missed: Any, unseen: Any, features: tuple[str, ...]) -> Any:
    """The share missed of the examples with as many bad months, for each unseen row."""
    seen, told = bad_months(rows, features), bad_months(unseen, features)
    shares = {}
    for months in np.unique(seen):
        shares[months] = float(missed[seen == months].mean())
    return np.array([shares.get(months, float(missed.mean())) for months in told])


def bad_months(rows: Any, features: tuple[str, ...]) -> Any:
    """Months in the last five without a payment, or past due at their end, whichever is more."""
    return np.nanmax([rows[:, features.index(name)] for name in (RULE, OTHER)], axis=0)
