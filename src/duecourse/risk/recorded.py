"""Recorded columns of a card file that a ledger could not know on the day, for comparison with printed results.

The statuses of the last months speak of payments that come after the day. A model that uses them is named so. What a
person is (sex, age, education, marriage) never enters a model that is kept: it is here for the published setting alone.
"""

from typing import Any

import numpy as np

OUTCOME = "DEFAULT"
MONTHS = range(1, 7)
RAW = ("LIMIT_BAL", *(f"BILL_AMT{k}" for k in MONTHS), *(f"PAY_AMT{k}" for k in MONTHS))
STATUSES = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
PERSON = ("SEX", "EDUCATION", "MARRIAGE", "AGE")

STATUS_FEATURES = {
    "status_most": 1,
    "status_sum": 1,
    "status_late": 1,
    "status_very_late": 1,
    "status_in_full": 0,
    "status_unused": 0,
    "status_recent": 1,
    **{f"status_{name.lower()}": 0 for name in STATUSES},
}
"""What follows from the recorded statuses, with its direction."""


def statuses(recorded: Any) -> dict[str, Any]:
    """STATUS_FEATURES from the columns STATUSES, as columns of floats (clients, statuses)."""
    late = np.maximum(recorded, 0)
    return {
        "status_most": late.max(axis=1),
        "status_sum": late.sum(axis=1),
        "status_late": (late > 0).sum(axis=1),
        "status_very_late": (late > 1).sum(axis=1),
        "status_in_full": (recorded == -1).sum(axis=1),
        "status_unused": (recorded == -2).sum(axis=1),
        "status_recent": late @ np.arange(len(STATUSES), 0, -1),
        **{f"status_{name.lower()}": recorded[:, i] for i, name in enumerate(STATUSES)},
    }
