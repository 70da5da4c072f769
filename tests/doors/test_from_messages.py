"""What links in messages lead to: stopping with one click, a calendar; and contacts on an account's page, and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pages import client, text

pytestmark = pytest.mark.usefixtures("seen_contexts")
NOON = datetime(2026, 9, 2, 4, 0, tzinfo=UTC)
NIGHT = NOON + timedelta(hours=12)


@pytest.fixture(scope="module")
def borrower(book: dict[str, int]) -> int:
    """The borrower of L-2, who lives in China and has an address."""
    from duecourse.borrowers import reach
    from duecourse.servicing.tables import Account

    found = Account.objects.get(number="L-2").borrower_id
    told = {"borrower": found, "by": "alice", "reason": "application"}
    reach.reside(place="CN", zone="Asia/Shanghai", language="zh", **told)
    return int(found)


def stopped(borrower: int) -> list[tuple[str, bool, str]]:
    from duecourse.borrowers.contact_tables import Consent

    rows = Consent.objects.filter(borrower_id=borrower).order_by("id")
    return list(rows.values_list("channel", "given", "by"))


def path_of(borrower: int, channel: str) -> str:
    from duecourse.outreach import stopping

    return stopping.address(borrower=borrower, channel=channel).partition("8000")[2]


@pytest.mark.parametrize(
    ("language", "ask"), [("en", "Stop messages by e-mail?"), ("zh-hans", "停止通过电子邮件接收消息？")]
)
def test_a_person_who_signs_in_nowhere_is_asked_and_nothing_stops_by_looking(
    borrower: int, language: str, ask: str
) -> None:
    before = stopped(borrower)
    page = client(None, language).get(path_of(borrower, "email"))
    assert page.status_code == 200
    assert ask in text(page)
    assert stopped(borrower) == before


def test_a_mail_program_stops_messages_with_one_click_and_no_cookie(borrower: int) -> None:
    from django.test import Client

    from duecourse.outreach import contact

    strict = Client(enforce_csrf_checks=True)
    told = strict.post(path_of(borrower, "email"), "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert told.status_code == 200
    assert stopped(borrower)[-1] == ("email", False, "borrower")
    later = datetime.now(UTC) + timedelta(days=1)
    noon = later.replace(hour=4, minute=0)
    asked = {"person": borrower, "at": noon, "by": "bob"}
    assert not contact.may_we(channel="email", purpose="reminder_before_due", **asked).answer.allowed
    assert contact.may_we(channel="email", purpose="legal_notice", **asked).answer.allowed
    assert contact.may_we(channel="sms", purpose="reminder_before_due", **asked).answer.allowed


def test_an_address_that_nobody_signed_stops_nothing(borrower: int) -> None:
    before = stopped(borrower)
    good = path_of(borrower, "email")
    for bad in (good[:-3] + "abc", good.replace("-email", "-sms"), f"/stop/{borrower}-email", "/stop/x"):
        assert client(None).post(bad).status_code == 404
    assert stopped(borrower) == before


def test_a_calendar_has_the_due_days_until_it_is_ended(borrower: int) -> None:
    from icalendar import Calendar

    from duecourse.outreach import calendar_feed
    from duecourse.servicing import read

    address = calendar_feed.begin(borrower=borrower, by="alice", reason="asked by phone")
    path = address.partition("8000")[2]
    answer = client(None, "zh-hans").get(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    dues = read.account(number="L-2").dues
    assert dues
    assert [event["DTSTART"].dt for event in events] == [one.due_on for one in dues]
    assert f"{dues[0].left / 100:,.2f}" in events[0]["SUMMARY"]
    assert "还款" in events[0]["SUMMARY"]
    assert "Due:" in Calendar.from_ical(client(None).get(path).content).walk("VEVENT")[0]["SUMMARY"]
    assert client(None).get(path.replace("/calendar/", "/calendar/9")).status_code == 404
    assert calendar_feed.end(borrower=borrower, by="alice", reason="phone was lost") == 1
    assert client(None).get(path).status_code == 404
    assert calendar_feed.end(borrower=borrower, by="alice", reason="again") == 0


def test_a_service_tells_once_what_became_of_a_message(borrower: int) -> None:
    from duecourse.outreach import messages, receipts, send
    from duecourse.outreach.tables import Message, MessageStep

    draft = messages.Draft(
        key="receipt", borrower_id=borrower, purpose="service", moment="before", channel="app", language="zh",
        template="before.zh", template_version="1", values={}, subject="账单", text="账单", html="", not_before=NOON,
        not_after=NOON + timedelta(days=1), by="bob",
    )  # fmt: skip
    number, _ = messages.queue(draft=draft)
    path = receipts.address(Message.objects.get(id=number)).partition("8000")[2]
    told = {"data": {"state": "delivered"}, "content_type": "application/json"}
    assert client(None).post(path, **told).status_code == 204
    assert messages.last(number) is None, "of what was not sent nothing can have arrived"
    send.deliver(now=lambda: NOON, seconds=lambda: 0.0, wait=lambda _: None, by="bob")
    for body in ({"state": "lost"}, {}, {"state": "delivered", "x": [1]}):
        assert client(None).post(path[:-2] + "xx", body).status_code == 400
    assert client(None).post(path, "[]", content_type="application/json").status_code == 400
    assert client(None).post(path, "{", content_type="application/json").status_code == 400
    assert client(None).get(path).status_code == 405
    assert client(None).post(path, **told).status_code == 204
    assert client(None).post(path, {"state": "failed", "detail": "no such number"}).status_code == 204
    steps = MessageStep.objects.filter(message_id=number).order_by("number").values_list("step", flat=True)
    assert list(steps) == ["sent", "delivered"], "the first receipt stands"


def contacted(borrower: int, account: int) -> None:
    """A message that was sent, one that the night refused, and one that is to come."""
    from duecourse.outreach import messages, send, stopping

    link = stopping.address(borrower=borrower, channel="app")

    for key, at, channel in (("a", NOON, "app"), ("b", NIGHT, "app"), ("c", NOON + timedelta(days=9), "app")):
        draft = messages.Draft(
            key=f"contacts:{key}", borrower_id=borrower, purpose="collection", moment="after", channel=channel,
            language="zh", template="after.zh", template_version="1", values={}, subject=f"账单 {key}",
            text=f"您的账单已过到期日。{link}", html="", not_before=at, not_after=at + timedelta(minutes=30), by="bob",
            account_id=account,
        )  # fmt: skip
        messages.queue(draft=draft)
        if key != "c":
            send.deliver(now=lambda at=at: at, seconds=lambda: 0.0, wait=lambda _: None, by="bob")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "sent",
                "not made",
                "still to be sent",
                "CN-COL-02",
                "2026-09-03 00:00",
                "Asia/Shanghai",
                "22:00",
                "collection",
                "inbox of the app",
            ),
        ),
        (
            "zh-hans",
            (
                "已发送",
                "未发出",
                "待发送",
                "CN-COL-02",
                "2026-09-03 00:00",
                "Asia/Shanghai",
                "22:00",
                "催收",
                "应用内收件箱",
            ),
        ),
    ],
)
def test_an_accounts_page_shows_each_contact_made_or_not_and_why(
    borrower: int, book: dict[str, int], language: str, words: tuple[str, ...]
) -> None:
    contacted(borrower, book["L-2"])
    page = client("bob", language).get("/accounts/L-2?contacts=all")
    told = text(page)
    start = told.index("联系记录" if language == "zh-hans" else "Contacts")
    for word in (*words, "账单 a", "账单 b", "账单 c", "您的账单已过到期日。"):
        assert word in told[start:], word
    assert "/stop/…" in told, "who looks may not stop messages in the borrower's name"
    assert "/stop/1" not in told.replace(f"/stop/{borrower}", "/stop/1")
    other = text(client("bob", language).get("/accounts/L-1"))
    assert ("Nobody was contacted yet." if language == "en" else "尚无联系。") in other


def test_commands_remind_send_and_take_bounces(db: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner
    from django.conf import settings

    from duecourse.book import close
    from duecourse.borrowers import people, reach
    from duecourse.cli import main
    from duecourse.cli import messages as commands
    from duecourse.outreach.tables import InboxItem
    from duecourse.servicing import accounts, purchases

    monkeypatch.setattr(settings, "LENDER", "Bank")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400")
    monkeypatch.setattr(commands, "ready", lambda: None)
    first = date(2026, 4, 1)
    person = people.enrol(source="test", references=["li"])[0]
    reach.reside(borrower=person, place="CN", zone="Asia/Shanghai", language="zh", by="alice", reason="application")
    account = accounts.open_line(
        number="L-1", borrower_id=person, product="card_tw_2005", limit_minor=1_000_000, on=first
    )
    close.through(first)
    purchases.post(account=account, amount_minor=300_000, on=first + timedelta(days=1), key="b")
    close.through(date(2026, 5, 14))
    from duecourse.servicing import read

    due_on = read.account(number="L-1").dues[0].due_on
    close.through(due_on - timedelta(days=4))

    def run(*words: str) -> str:
        told = CliRunner().invoke(main, list(words), catch_exceptions=False)
        assert told.exit_code == 0, told.output
        return told.output

    run("wish", "L-1", "--channel", "app", "--hour", "11", "--why", "asked by phone")
    assert "1 reminders queued" in run("remind")
    assert "0 reminders queued" in run("remind", "--day", str(due_on - timedelta(days=4)))
    at = datetime.combine(due_on - timedelta(days=3), datetime.min.time(), UTC) + timedelta(hours=4)
    monkeypatch.setattr(commands.clock, "now", lambda: at)
    assert "1 messages taken up" in run("send")
    assert "0 messages taken up" in run("send")
    assert InboxItem.objects.count() == 1
    (tmp_path / "m").write_text("Subject: hello\n\nhi\n")
    assert "no bounce" in run("bounces", str(tmp_path / "m"))
    address = run("calendar", "begin", "L-1", "--why", "asked by phone")
    assert "/calendar/1." in address
    assert "1 calendars ended" in run("calendar", "end", "L-1", "--why", "asked by phone")
