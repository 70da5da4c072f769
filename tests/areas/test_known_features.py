"""Features know of every past day what was known on the day that is scored, and nothing that came later."""

from datetime import date, timedelta
from typing import Any

import pytest

FIRST, BEFORE, LATE, AFTER = date(2026, 1, 1), date(2026, 6, 15), date(2026, 6, 20), date(2026, 6, 25)
PAID_ON = date(2026, 2, 15)
DUE = date(2026, 2, 20)
ENDS = [date(2026, month + 1, 1) - timedelta(days=1) for month in range(1, 6)]


@pytest.fixture
def line(db: str) -> int:
    """A line whose minimums of a spring are missed, closed to the middle of June."""
    from duecourse.book import close
    from duecourse.servicing import accounts, purchases

    account = accounts.open_line(number="L", borrower_id=1, product="card_tw_2005", limit_minor=1_000_000, on=FIRST)
    purchases.authorise(account=account, amount_minor=90_000, on=FIRST, key="buy")
    close.through(BEFORE)
    return account


def features_on(day: date) -> list[dict[str, Any]]:
    from duecourse.risk import features

    found: list[dict[str, Any]] = features.LINES.made(day).arrow().to_pylist()
    return found


def missed_at_ends(account: int, known_on: date) -> list[int]:
    from duecourse.book import read

    return [
        {row["account_id"]: row["missed"] for row in read.day(end, known_on=known_on).to_pyarrow().to_pylist()}[account]
        for end in ENDS
    ]


def outcome(account: int, known_on: date) -> int:
    """Whether the due day's minimum was missed, as the examples to learn from have it."""
    from duecourse.risk import next_due

    found = {row["account_id"]: row for row in next_due.missed_on(DUE, known_on).to_pylist()}
    return int(found[account]["missed_next"])


def test_a_payment_that_comes_late_changes_no_earlier_scoring_and_every_later_one(line: int) -> None:
    from duecourse.book import close
    from duecourse.servicing import payments

    days = [date(2026, 4, 10), *ENDS, BEFORE]
    told = {day: features_on(day) for day in days}
    close.through(LATE - timedelta(days=1))
    payments.receive(account=line, amount_minor=30_000, received_on=PAID_ON, key="late")
    close.through(AFTER)
    assert {day: features_on(day) for day in days} == told

    sealed, known = missed_at_ends(line, BEFORE), missed_at_ends(line, AFTER)
    assert known[1] == 0 < sealed[1]
    (scored,) = features_on(AFTER)
    months = [scored["missed"], *known[:-1]]  # of the latest month what stands on the day itself
    assert scored["months_past_due"] == sum(missed > 0 for missed in months)
    assert scored["missed_most"] == max(months)
    assert sum(missed > 0 for missed in known) < sum(missed > 0 for missed in sealed)


def test_what_is_learnt_of_a_due_day_is_what_is_known_when_it_is_learnt(line: int) -> None:
    from duecourse.book import close
    from duecourse.servicing import payments

    close.through(LATE - timedelta(days=1))
    payments.receive(account=line, amount_minor=30_000, received_on=PAID_ON, key="late")
    close.through(AFTER)
    assert outcome(line, BEFORE) == 1
    assert outcome(line, AFTER) == 0
