"""Days past due, buckets, stages, classes; all computed from the oldest due not met, none stored."""

from typing import NamedTuple

from .account import Dues

PERFORMING, UNDERPERFORMING, CREDIT_IMPAIRED = 1, 2, 3
"""IFRS 9 stages."""
NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = 1, 2, 3, 4, 5
"""The five classes 正常, 关注, 次级, 可疑, 损失."""


class AgeRules(NamedTuple):
    """Borders in days past due, from the dated rules (`rules/law`).

    stage_2 and stage_3: the stage begins above so many days. special_mention, substandard, doubtful, loss: the class
    begins above so many days.
    """

    stage_2: int
    stage_3: int
    special_mention: int
    substandard: int
    doubtful: int
    loss: int


def oldest_due(dues: Dues, at: int, count: int) -> int:
    """The due day of the oldest due not met; 0 when none is open."""
    return dues[at] if count > 0 else 0


def days_past_due(oldest_due: int, today: int, first_day: int) -> int:
    """Days since the oldest due not met: 0 on the due day (first_day 0), or 1 on it (first_day 1).

    >>> days_past_due(12_900, 12_902, 0)
    2
    """
    if oldest_due == 0 or today < oldest_due:
        return 0
    return today - oldest_due + first_day


def bucket(days_past_due: int) -> int:
    """0 current, 1 for 1-30 days past due (M1), 2 for 31-60 (M2), ... and 7 for more than 180.

    >>> [bucket(d) for d in (0, 1, 30, 31, 180, 181)]
    [0, 1, 1, 2, 6, 7]
    """
    return min((days_past_due + 29) // 30, 7)


def stage(days_past_due: int, rules: AgeRules) -> int:
    """The IFRS 9 stage by the days-past-due backstops alone."""
    if days_past_due > rules.stage_3:
        return CREDIT_IMPAIRED
    return UNDERPERFORMING if days_past_due > rules.stage_2 else PERFORMING


def risk_class(days_past_due: int, rules: AgeRules) -> int:
    """The least of the five classes that the days past due demand."""
    return (
        NORMAL
        + int(days_past_due > rules.special_mention)
        + int(days_past_due > rules.substandard)
        + int(days_past_due > rules.doubtful)
        + int(days_past_due > rules.loss)
    )


def is_suspended(oldest_due: int, today: int, grace_days: int) -> bool:
    """Whether purchases on a line are suspended: its oldest due was missed and the days of grace are over.

    The line comes back by itself once nothing is past due.
    """
    return oldest_due != 0 and today > oldest_due + grace_days
