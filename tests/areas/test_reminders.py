"""From a due day to the reminder that is received: who is reminded of what, when, in which language, and who is not."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sending
from sending import Clock, deliver, point, somebody

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, server: object) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "LENDER", "好借银行")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400-000-0000")


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sending.Mailbox]:
    from django.conf import settings

    with sending.mail_server() as (box, port):
        monkeypatch.setattr(settings, "CHANNELS", sending.channels_file(tmp_path, mail_port=port))
        yield box


@pytest.fixture
def lines(db: str) -> dict[str, int]:
    """Lines that bought something in April and have a minimum open: of Li (Chinese), Ann (English), a stranger."""
    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, purchases

    li = somebody("li", "CN", "Asia/Shanghai", "zh")
    ann = somebody("ann", "US", "America/New_York", "en")
    nobody = people.enrol(source="test", references=["nobody"])[0]
    point(li, "email", "li@example.com")
    point(ann, "email", "ann@example.com")
    ids = {}
    for number, borrower in (("L-1001", li), ("L-1002", ann), ("L-1003", nobody)):
        ids[number] = accounts.open_line(
            number=number, borrower_id=borrower, product="card_tw_2005", limit_minor=1_000_000, on=FIRST
        )
    close.through(FIRST)
    for number, account in ids.items():
        purchases.post(account=account, amount_minor=300_000, on=FIRST + timedelta(days=1), key=number)
    close.through(date(2026, 5, 14))
    return ids


def due_of(account: int) -> tuple[date, int]:
    """The day of the oldest open due, and what is left of it."""
    from django.db import connection

    from duecourse.kernel.account import WIDTH, due_left
    from duecourse.rules.read import to_date

    with connection.cursor() as cursor:
        cursor.execute("SELECT dues FROM ledger_balance WHERE account_id = %s", [account])
        dues = cursor.fetchone()[0]
    assert len(dues) >= WIDTH
    return to_date(dues[0]), due_left(dues, 0)


def remind(day: date, **more: Any) -> dict[str, int]:
    from duecourse.book import close
    from duecourse.outreach import reminders

    close.through(day)
    return dict(reminders.queue(day=day, by="bob", **more))


def at(day: date, hour: int, zone: ZoneInfo = SHANGHAI) -> Clock:
    return Clock(datetime(day.year, day.month, day.day, hour, tzinfo=zone))


def test_from_the_due_day_to_reminders_received_in_both_languages(lines: dict[str, int], box: sending.Mailbox) -> None:
    due_on, left = due_of(lines["L-1001"])
    found = remind(due_on - timedelta(days=4))
    assert found == {"before": 2, "no_way": 1}
    assert remind(due_on - timedelta(days=4)) == {"no_way": 1}, "run again, nothing is queued twice"
    before = due_on - timedelta(days=3)
    assert deliver(at(before, 9)) == {}, "not before the hour of the house"
    assert deliver(at(before, 10)) == {"sent": 1}, "it is night in New York"
    assert deliver(at(before, 12, ZoneInfo("America/New_York"))) == {"sent": 1}
    told = dict(zip(box.to, box.taken, strict=True))
    amount = f"{left / 100:,.2f}"
    assert f"{due_on.year}年{due_on.month}月{due_on.day}日" in told["li@example.com"]["Subject"]
    assert f"{due_on:%B} {due_on.day}, {due_on.year}" in told["ann@example.com"]["Subject"]
    for mail in told.values():
        text = mail.get_body(("plain",)).get_content()
        for part in (amount, "1001" if "您" in text else "1002", "400-000-0000", "/stop/"):
            assert part in text
    assert "您好" in told["li@example.com"].get_body(("plain",)).get_content()
    assert "Hello" in told["ann@example.com"].get_body(("html",)).get_content()

    assert remind(due_on - timedelta(days=1)) == {"due": 2, "no_way": 1}
    assert deliver(at(due_on, 10)) == {"sent": 1}
    assert "今天" in box.taken[-1]["Subject"]
    assert remind(due_on) == {"after": 2, "no_way": 1}
    assert deliver(at(due_on + timedelta(days=1), 10)) == {"sent": 1, "refused": 1}, (
        "in New York the due day is over before the night is"
    )
    last = box.taken[-1].get_body(("plain",)).get_content()
    assert "1 天" in last
    assert "投诉：400-000-0000。" in last
    assert remind(due_on + timedelta(days=1)) == {}


def test_who_has_paid_meanwhile_is_not_reminded_and_who_paid_a_part_is_told_the_rest(
    lines: dict[str, int], box: sending.Mailbox
) -> None:
    from duecourse.outreach.tables import Message
    from duecourse.servicing import payments

    due_on, left = due_of(lines["L-1001"])
    remind(due_on - timedelta(days=4))
    before = due_on - timedelta(days=3)
    payments.receive(account=lines["L-1001"], amount_minor=left, received_on=before, key="p1")
    payments.receive(account=lines["L-1002"], amount_minor=1_000, received_on=before, key="p2")
    noon = at(before, 12, ZoneInfo("America/New_York"))
    assert deliver(noon) == {"over": 2, "sent": 1}
    assert box.to == ["ann@example.com"]
    assert f"{(left - 1_000) / 100:,.2f}" in box.taken[0]["Subject"]
    assert Message.objects.get(key__contains="~").amount_minor == left - 1_000


def test_the_wish_of_a_borrower_comes_before_what_the_house_does(lines: dict[str, int]) -> None:
    from duecourse.outreach import wishes
    from duecourse.outreach.tables import Message
    from duecourse.servicing.tables import Account

    due_on, _ = due_of(lines["L-1001"])
    li, ann = (Account.objects.get(number=number).borrower_id for number in ("L-1001", "L-1002"))
    told = {"by": "li", "reason": "settings"}
    wishes.wish(borrower=li, channel="app", language="en", hour=19, before_days=5, **told)
    wishes.wish(borrower=ann, before_days=0, **told)
    assert remind(due_on - timedelta(days=6)) == {"before": 1}
    assert remind(due_on - timedelta(days=4)) == {"no_way": 1}
    message = Message.objects.get()
    assert (message.channel, message.language, message.point_id) == ("app", "en", None)
    assert message.not_before == datetime.combine(due_on - timedelta(days=5), datetime.min.time(), SHANGHAI).replace(
        hour=19
    )
    with pytest.raises(wishes.WishRefused):
        wishes.wish(borrower=li, hour=24, **told)


def test_the_contact_group_of_a_watch_list_is_reminded_early_and_the_control_group_is_not(
    lines: dict[str, int],
) -> None:
    from duecourse.outreach.tables import Message
    from duecourse.risk import read as risk
    from duecourse.risk.tables import Watched, WatchList

    due_on, _ = due_of(lines["L-1001"])
    day = due_on - timedelta(days=8)
    row = WatchList.objects.create(
        day=day, experiment="first", currency="TWD", scored_by=["m"], capacity=1, cost_minor=0, effect_from="assumed",
        avoided_ppm=1, lost_ppm=1, control_ppm=1, by="bob",
    )  # fmt: skip
    for place, (number, drawn) in enumerate((("L-1001", "contact"), ("L-1002", "control")), 1):
        Watched.objects.create(
            list=row, account_id=lines[number], place=place, drawn=drawn, chance_ppm=1, owed_minor=1, avoided_minor=1
        )
    early = risk.to_contact(day=day + timedelta(days=1), experiment="first")
    assert early == {lines["L-1001"]}
    assert risk.to_contact(day=day - timedelta(days=1), experiment="first") == frozenset()
    assert risk.to_contact(day=day + timedelta(days=40), experiment="first") == frozenset()
    assert remind(day, early=early) == {"early": 1}
    assert Message.objects.get().account_id == lines["L-1001"]
    assert remind(day + timedelta(days=1), early=early) == {}, "once for a due"


def test_a_day_that_is_not_sealed_reminds_nobody(lines: dict[str, int]) -> None:
    from duecourse.book.read import NotSealed
    from duecourse.outreach import reminders

    with pytest.raises(NotSealed):
        reminders.queue(day=date(2026, 6, 30), by="bob")


def test_a_loan_is_reminded_of_its_next_installment_and_its_calendar_has_all_that_are_to_come(db: str) -> None:
    from duecourse.book import close
    from duecourse.outreach.tables import Message
    from duecourse.servicing import loan_opening, loans

    person = somebody("li")
    account = loan_opening.open_loan(
        number="C-77",
        borrower_id=person,
        product="loan_demo",
        approved_minor=1_200_000,
        on=date(2026, 1, 1),
        by="alice",
    )
    loans.draw(account=account, amount_minor=1_200_000, on=date(2026, 1, 1), by="alice", key="d1")
    close.through(date(2026, 1, 5))
    from duecourse.servicing import read

    first = read.account(number="C-77").schedule[0]
    assert remind(first.due_on - timedelta(days=4)) == {"before": 1}
    message = Message.objects.get()
    assert (message.due_on, message.amount_minor, message.channel) == (first.due_on, first.asked, "app")
    from icalendar import Calendar

    from duecourse.outreach import calendar_feed

    content = calendar_feed.drawn(calendar_feed.dues(person), "en")
    days = [event["DTSTART"].dt for event in Calendar.from_ical(content).walk("VEVENT")]
    assert days == [one.due_on for one in read.account(number="C-77").schedule]
    assert len(days) > 1
    assert content == calendar_feed.drawn(calendar_feed.dues(person), "en"), "fetched again, nothing has moved"
