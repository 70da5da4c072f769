"""kernel.ageing."""

import pytest

from duecourse.kernel import ageing
from duecourse.kernel.ageing import AgeRules

RULES = AgeRules(stage_2=30, stage_3=90, special_mention=0, substandard=90, doubtful=120, loss=360)


@pytest.mark.parametrize(
    ("late", "bucket", "stage", "risk_class"),
    [
        (0, 0, 1, ageing.NORMAL),
        (1, 1, 1, ageing.SPECIAL_MENTION),
        (30, 1, 1, ageing.SPECIAL_MENTION),
        (31, 2, 2, ageing.SPECIAL_MENTION),
        (60, 2, 2, ageing.SPECIAL_MENTION),
        (61, 3, 2, ageing.SPECIAL_MENTION),
        (90, 3, 2, ageing.SPECIAL_MENTION),
        (91, 4, 3, ageing.SUBSTANDARD),
        (120, 4, 3, ageing.SUBSTANDARD),
        (121, 5, 3, ageing.DOUBTFUL),
        (180, 6, 3, ageing.DOUBTFUL),
        (181, 7, 3, ageing.DOUBTFUL),
        (360, 7, 3, ageing.DOUBTFUL),
        (361, 7, 3, ageing.LOSS),
    ],
)
def test_days_past_due_give_bucket_stage_and_class(late: int, bucket: int, stage: int, risk_class: int) -> None:
    assert (ageing.bucket(late), ageing.stage(late, RULES), ageing.risk_class(late, RULES)) == (
        bucket,
        stage,
        risk_class,
    )


@pytest.mark.parametrize(
    ("oldest", "today", "first_day", "expected"),
    [(0, 500, 0, 0), (0, 500, 1, 0), (500, 499, 1, 0), (500, 500, 0, 0), (500, 500, 1, 1), (500, 501, 0, 1)],
)
def test_days_past_due_count_from_the_oldest_due(oldest: int, today: int, first_day: int, expected: int) -> None:
    assert ageing.days_past_due(oldest, today, first_day) == expected


@pytest.mark.parametrize(
    ("oldest", "today", "grace", "expected"),
    [(0, 500, 0, False), (500, 500, 0, False), (500, 501, 0, True), (500, 503, 3, False), (500, 504, 3, True)],
)
def test_a_line_is_suspended_once_grace_is_over(oldest: int, today: int, grace: int, expected: bool) -> None:
    assert ageing.is_suspended(oldest, today, grace) is expected


def test_the_oldest_due_comes_first() -> None:
    assert ageing.oldest_due([90, 1, 0, 0, 0, 1, 120, 1, 0, 0, 0, 1], 0, 2) == 90
    assert ageing.oldest_due([90, 1, 0, 0, 0, 1], 0, 1) == 90
    assert ageing.oldest_due([7, 0, 0, 0, 0, 0, 90, 1, 0, 0, 0, 1], 6, 1) == 90
    assert ageing.oldest_due([90, 1, 0, 0, 0, 1], 0, 0) == 0
