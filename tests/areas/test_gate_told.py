"""What the gate is told by the rows: whether the time to sue is over, and whether a message says how to stop it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sending
from sending import NOON, Clock, deliver, point, queue, somebody

from duecourse.outreach.asked import Asked, Person, Running
from duecourse.outreach.gate import decide

pytestmark = pytest.mark.usefixtures("db")
MISSED = date(2020, 3, 1)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sending.Mailbox]:
    from django.conf import settings

    with sending.mail_server() as (box, port):
        monkeypatch.setattr(settings, "CHANNELS", sending.channels_file(tmp_path, mail_port=port))
        yield box


def owes(borrower: int, missed: date = MISSED, left: int = 5_000, number: str = "L-1") -> int:
    """An account of which a due has not been met since a day."""
    from duecourse.ledger.tables import Balance
    from duecourse.rules.read import day_number
    from duecourse.servicing import accounts

    account = accounts.open_line(
        number=number, borrower_id=borrower, product="card_tw_2005", limit_minor=10**6, on=date(2019, 1, 1)
    )
    dues = [day_number(missed), left, 0, 0, 0, 0]
    assert Balance.objects.filter(account_id=account).update(dues=dues) == 1
    return account


def paid(account: int, on: date, reverses: int | None = None) -> int:
    """A payment that was posted on a day, or the reversal of one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_entry (account_id, product_id, kind, effective_day, booked_day, currency, cash, "
            "credit, reverses) SELECT id, product_id, 4, %s, %s, 'TWD', %s, %s, %s FROM servicing_account "
            "WHERE id = %s RETURNING id",
            [on, on, -100 if reverses else 100, 100 if reverses else -100, reverses, account],
        )
        return int(cursor.fetchone()[0])


def refusing(person: int, account: int | None, at: datetime, channel: str = "email", **more: Any) -> list[str]:
    from duecourse.outreach import contact

    told = contact.may_we(
        person=person, channel=channel, purpose=more.pop("purpose", "collection"), at=at, by="bob", about=account,
        **more,
    )  # fmt: skip
    return [one.id for one in told.answer.refusals]


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_a_debt_of_which_the_time_is_over_is_not_collected_and_nobody_has_to_tell() -> None:
    person = somebody(place="UK", zone="Europe/London", language="en")
    account = owes(person)
    last = date(2026, 2, 28)
    assert "UK-10" not in refusing(person, account, noon(last))
    assert "UK-10" in refusing(person, account, noon(last + timedelta(days=1)))
    assert "UK-10" in refusing(person, None, noon(last + timedelta(days=1))), "about all debts: about this one too"
    assert "UK-10" not in refusing(person, account + 1, noon(last + timedelta(days=1)))
    assert "UK-10" not in refusing(person, account, noon(last + timedelta(days=1)), purpose="service")
    assert "UK-10" not in refusing(person, account, noon(last + timedelta(days=1)), time_barred=False), (
        "who knows better"
    )


def test_a_payment_starts_the_time_anew_unless_it_came_too_late_or_was_taken_back() -> None:
    person = somebody(place="UK", zone="Europe/London", language="en")
    account = owes(person)
    after = noon(date(2026, 4, 1))
    late = paid(account, date(2026, 3, 20))
    assert "UK-10" in refusing(person, account, after), "what came after the end brings nothing back"
    in_time = paid(account, date(2025, 6, 1))
    assert "UK-10" not in refusing(person, account, after)
    paid(account, date(2025, 6, 2), reverses=in_time)
    assert "UK-10" in refusing(person, account, after)
    assert late


@pytest.mark.parametrize(
    ("place", "zone", "years"),
    [("UK", "Europe/London", 6), ("UK-SCT", "Europe/London", 5), ("CN", "Asia/Shanghai", 99)],
)
def test_each_place_has_its_own_time(place: str, zone: str, years: int) -> None:
    person = somebody(place=place, zone=zone)
    account = owes(person)
    for gone in (4, 5, 6, 7):
        at = noon(date(MISSED.year + gone, 3, 2))
        assert any(one.startswith("UK-10") for one in refusing(person, account, at)) == (gone >= years)


def test_where_the_law_of_a_state_is_not_known_no_legal_notice_goes_out_about_an_old_debt() -> None:
    person = somebody(place="US-NY", zone="America/New_York", language="en")
    old = owes(person)
    young = owes(person, date(2025, 1, 1), number="L-2")
    at = datetime(2026, 4, 1, 16, tzinfo=UTC)
    told: dict[str, Any] = {"purpose": "legal_notice", "channel": "letter"}
    assert "US-RF-17" in refusing(person, old, at, **told)
    assert "US-RF-17" not in refusing(person, young, at, **told)
    assert "US-RF-17" not in refusing(person, old, at, time_barred=False, **told)
    assert "US-RF-17" not in refusing(person, old, at, purpose="collection", channel="letter")


def test_the_day_is_the_persons_own_and_one_of_february_counts_from_the_28th() -> None:
    person = Person("UK", running=(Running("1", date(2020, 2, 29)),))
    asked = Asked("letter", "collection", noon(date(2026, 2, 27)), debt="1")
    assert decide(person, asked).allowed
    assert [one.id for one in decide(person, asked._replace(at=noon(date(2026, 2, 28)))).refusals] == ["UK-10"]


def test_a_message_about_a_debt_of_which_the_time_is_over_is_refused_when_it_would_leave(box: sending.Mailbox) -> None:
    from duecourse.outreach import messages

    person = somebody(place="UK", zone="Europe/London", language="en")
    at = point(person, "email", "ann@example.com")
    account = owes(person)
    day = noon(date(2026, 4, 1))
    more: dict[str, Any] = {"purpose": "collection", "not_before": day, "not_after": day + timedelta(days=1)}
    number = queue(person, at, account_id=account, text="Your account is past due.", **more)
    assert deliver(Clock(day)) == {"refused": 1}
    step = messages.last(number)
    assert step is not None
    assert "UK-10" in step.detail
    assert box.taken == []


def test_a_message_that_does_not_say_how_to_stop_is_refused_where_the_law_asks_it(box: sending.Mailbox) -> None:
    from duecourse.borrowers import reach
    from duecourse.outreach import messages, stopping

    person = somebody(place="US-NY", zone="America/New_York", language="en")
    at = point(person, "email", "ann@example.com")
    reach.notice(borrower=person, kind="validation", sent_at=NOON - timedelta(days=60), by="t", reason="sent")
    ours = stopping.address(borrower=person, channel="email")
    others = stopping.address(borrower=person + 1, channel="email")
    clock = Clock(NOON + timedelta(hours=12))
    texts = {"k1": "Please pay.", "k2": f"Please pay. Stop: {others}", "k3": f"Please pay. Stop: {ours}"}
    numbers = {key: queue(person, at, key=key, purpose="collection", text=text) for key, text in texts.items()}
    assert deliver(clock) == {"refused": 2, "sent": 1}
    for key in ("k1", "k2"):
        step = messages.last(numbers[key])
        assert step is not None
        assert "US-RF-08" in step.detail
    assert len(box.taken) == 1
