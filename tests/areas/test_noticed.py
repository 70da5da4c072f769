"""The notice before bad information goes to a bureau: recorded, and asked after by the rule of the borrower's place."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from duecourse.rules.notice_terms import report_notice

pytestmark = pytest.mark.usefixtures("db")
EVENING = datetime(2026, 9, 1, 17, 0, tzinfo=UTC)
"""01:00 on 2 September in Shanghai, 13:00 on 1 September in New York."""


def somebody(place: str, zone: str) -> int:
    from duecourse.borrowers import people, reach

    borrower = people.enrol(source="test", references=[place])[0]
    reach.reside(borrower=borrower, place=place, zone=zone, language="en", by="alice", reason="application")
    return borrower


def told(borrower: int, **when: Any) -> Any:
    from duecourse.borrowers import noticed

    return noticed.negative_report(borrower=borrower, account=7, **when)


def send(borrower: int, kind: str = "negative_report", account: int | None = None) -> None:
    from duecourse.borrowers import reach

    reach.notice(borrower=borrower, kind=kind, sent_at=EVENING, account=account, by="alice", reason="sent")


def test_in_china_the_notice_comes_before_the_report() -> None:
    borrower = somebody("CN", "Asia/Shanghai")
    send(borrower, kind="validation")
    send(borrower, account=8)
    before = told(borrower, on=date(2026, 9, 2))
    assert (before.rule.rule, before.sent_on, before.may) == ("CN-BUR-02", None, False)
    send(borrower, account=7)
    after = told(borrower, on=date(2026, 9, 2))
    assert (after.sent_on, after.may) == (date(2026, 9, 2), True), "the day is the borrower's own"
    assert not told(borrower, on=date(2026, 9, 1)).may
    assert not told(borrower, on=date(2026, 9, 5), reported_on=date(2026, 9, 1)).may, "it came after the report"


def test_in_the_united_states_it_may_come_thirty_days_after() -> None:
    borrower = somebody("US-NY", "America/New_York")
    reported = date(2026, 8, 2)
    on_the_last = told(borrower, on=reported + timedelta(days=30), reported_on=reported)
    assert (on_the_last.rule.rule, on_the_last.last_on, on_the_last.may) == ("US-FC-05", date(2026, 9, 1), True)
    assert not told(borrower, on=reported + timedelta(days=31), reported_on=reported).may
    send(borrower)
    assert told(borrower, on=reported + timedelta(days=31), reported_on=reported).may
    assert not told(borrower, on=date(2026, 9, 2), reported_on=reported - timedelta(days=1)).may, "sent too late"


def test_where_no_rule_is_known_nobody_can_say_that_it_may_be_reported() -> None:
    from duecourse.borrowers import people

    assert not told(somebody("UK", "Europe/London"), on=date(2026, 9, 2)).may
    assert told(people.enrol(source="test", references=["nowhere"])[0], on=date(2026, 9, 2)).place == ""
    assert report_notice(place="UK", on=date(2026, 9, 2)) is None
