"""Sending: each message once, allowed at that moment, to a real mail server and a real HTTP receiver."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sending
from sending import NOON, Clock, deliver, point, queue, somebody, steps

pytestmark = pytest.mark.usefixtures("db")
SENDER = """
import django
django.setup()
from datetime import datetime, UTC
from duecourse.outreach import send
send.deliver(now=lambda: datetime(2026, 9, 2, 4, tzinfo=UTC), seconds=lambda: 0.0, wait=lambda _: None, by="eve")
"""


@pytest.fixture
def box(tmp_path: Path, settings_of: Any) -> Iterator[sending.Mailbox]:
    with sending.mail_server() as (box, port):
        settings_of(CHANNELS=sending.channels_file(tmp_path, mail_port=port))
        yield box


@pytest.fixture
def gateway(tmp_path: Path, settings_of: Any) -> Iterator[sending.Gateway]:
    with sending.http_gateway() as (gateway, port):
        settings_of(CHANNELS=sending.channels_file(tmp_path, http_port=port))
        yield gateway


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    from django.conf import settings

    def change(**told: object) -> None:
        for name, value in told.items():
            monkeypatch.setattr(settings, name, value)

    return change


def decisions() -> list[Any]:
    from duecourse.borrowers.contact_tables import ContactDecision

    return list(ContactDecision.objects.order_by("id"))


def outcomes() -> list[str]:
    from duecourse.borrowers.contact_tables import ContactOutcome

    return list(ContactOutcome.objects.order_by("id").values_list("outcome", flat=True))


def test_an_email_arrives_once_with_text_html_and_the_headers_that_bulk_mail_needs(box: sending.Mailbox) -> None:
    from duecourse.outreach import messages, stopping
    from duecourse.outreach.tables import Message

    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"))
    clock = Clock()
    assert deliver(clock) == {"sent": 1}
    assert deliver(clock) == {}
    (mail,) = box.taken
    assert (box.to, steps(message), outcomes()) == (["li@example.com"], ["trying", "sent"], ["sent"])
    assert mail["Subject"] == "账单"
    assert mail["From"] == "Lender <pay@lender.example>"
    assert mail["Message-ID"] == f"<{messages.mail_id(Message.objects.get(id=message))}@lender.example>"
    assert mail["Date"] == "Wed, 02 Sep 2026 04:00:00 +0000"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = mail["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert stopping.read(told=token) == (person, "email")
    assert mail.get_body(("plain",)).get_content().strip() == "您的账单即将到期。"
    assert box.raw[0].isascii(), "no relay has to write it anew after it was signed"
    assert max(map(len, box.raw[0].splitlines())) <= 320
    assert "<p>" in mail.get_body(("html",)).get_content()


def test_the_same_key_is_queued_once_and_another_message_under_it_is_refused() -> None:
    from duecourse.outreach import messages

    person = somebody()
    at = point(person, "email", "li@example.com")
    first = messages.queue(draft=sending.draft(person, at))
    assert messages.queue(draft=sending.draft(person, at)) == (first[0], False)
    with pytest.raises(messages.OtherMessage):
        messages.queue(draft=sending.draft(somebody("2"), at))
    with pytest.raises(messages.MessageRefused, match="channel"):
        messages.queue(draft=sending.draft(person, at, "fax", key="k2"))


def test_at_night_a_message_waits_for_the_morning_and_the_refusal_is_kept(box: sending.Mailbox) -> None:
    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"), purpose="collection")
    clock = Clock(NOON + timedelta(hours=11))
    assert deliver(clock) == {"waits": 1}
    assert deliver(clock) == {}
    assert (box.taken, steps(message)) == ([], ["waits"])
    assert [one.allowed for one in decisions()] == [False]
    clock.at = NOON + timedelta(hours=20)
    assert deliver(clock) == {"sent": 1}
    assert (len(box.taken), steps(message)) == (1, ["waits", "trying", "sent"])


def test_a_message_whose_use_ends_before_it_would_be_allowed_ends_with_the_rules_that_refuse(
    box: sending.Mailbox,
) -> None:
    from duecourse.outreach import messages

    person = somebody()
    until = NOON + timedelta(hours=11, minutes=30)
    message = queue(person, point(person, "email", "li@example.com"), purpose="collection", not_after=until)
    assert deliver(Clock(NOON + timedelta(hours=11))) == {"refused": 1}
    step = messages.last(message)
    assert step is not None
    assert "CN-COL-02" in step.detail
    assert box.taken == []


def test_who_opted_out_of_a_channel_gets_nothing_by_it_but_what_the_law_asks_for(box: sending.Mailbox) -> None:
    from duecourse.outreach import stopping

    person = somebody()
    at = point(person, "email", "li@example.com")
    stopping.withdraw(told=stopping.token(borrower=person, channel="email"), at=NOON - timedelta(days=1))
    queue(person, at, purpose="reminder_before_due")
    queue(person, at, purpose="legal_notice", key="k2", subject="通知")
    assert deliver(Clock()) == {"refused": 1, "sent": 1}
    assert [mail["Subject"] for mail in box.taken] == ["通知"]


def test_a_message_with_prohibited_words_is_not_sent(box: sending.Mailbox) -> None:
    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"), text="再不还款就报警抓你")
    assert deliver(Clock()) == {"refused": 1}
    assert (box.taken, steps(message)) == ([], ["refused"])
    assert "CN-COL-19" in str(decisions()[0].refusals)


def test_a_server_that_is_busy_is_tried_again_later_and_later(box: sending.Mailbox) -> None:
    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"))
    box.data_answers = ["451 4.3.0 later", "452 4.3.1 later"]
    clock = Clock()
    assert deliver(clock) == {"waits": 1}
    assert deliver(clock) == {}
    clock.move(minutes=1)
    assert deliver(clock) == {"waits": 1}
    clock.move(minutes=1)
    assert deliver(clock) == {}
    clock.move(minutes=1)
    assert deliver(clock) == {"sent": 1}
    assert steps(message) == ["trying", "failed", "trying", "failed", "trying", "sent"]
    assert outcomes() == ["not_made", "not_made", "sent"]
    assert len(box.taken) == 1


def test_a_server_that_is_away_all_day_ends_the_message_as_failed(tmp_path: Path, settings_of: Any) -> None:
    settings_of(CHANNELS=sending.channels_file(tmp_path))
    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"))
    clock, came = Clock(), []
    for _ in range(6):
        came.append(deliver(clock))
        clock.move(hours=1)
    assert came == [{"waits": 1}] * 5 + [{"failed": 1}]
    assert deliver(clock) == {}
    assert set(outcomes()) == {"not_made"}
    assert steps(message)[-1] == "failed"


def test_an_address_that_is_refused_for_good_is_dead_and_is_not_written_to_again(box: sending.Mailbox) -> None:
    from duecourse.borrowers import reach

    person = somebody()
    at = point(person, "email", "gone@example.com")
    box.answers["gone@example.com"] = "550 5.1.1 no such user"
    first, second = queue(person, at), queue(person, at, key="k2")
    assert deliver(Clock()) == {"bounced": 1, "refused": 1}
    assert (steps(first), steps(second)) == (["trying", "bounced"], ["refused"])
    assert [one.state for one in reach.points(borrower=person)] == ["dead"]


def test_a_refusal_of_the_content_leaves_the_address_alive(box: sending.Mailbox) -> None:
    from duecourse.borrowers import reach

    person = somebody()
    box.data_answers = ["554 5.7.1 looks like spam"]
    queue(person, point(person, "email", "li@example.com"))
    assert deliver(Clock()) == {"waits": 1}
    assert [one.state for one in reach.points(borrower=person)] == [""]


def test_a_sender_that_died_while_handing_over_sends_nothing_twice(box: sending.Mailbox) -> None:
    from duecourse.outreach import send

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"))
    answered, send.answered = send.answered, lambda *told: die()
    try:
        with pytest.raises(Killed):
            deliver(Clock())
    finally:
        send.answered = answered
    assert (len(box.taken), steps(message)) == (1, ["trying"])
    assert deliver(Clock()) == {"unknown": 1}
    assert deliver(Clock(NOON + timedelta(hours=2))) == {}
    assert len(box.taken) == 1
    assert outcomes() == [], "it counts as the worst that it may have been"


def test_a_sender_that_is_killed_while_the_server_takes_the_mail_sends_nothing_twice(box: sending.Mailbox) -> None:
    from django.conf import settings

    from duecourse.settings import HOME

    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"))
    box.answers_late = True
    told = settings.DATABASES["default"]
    url = f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"
    sender = subprocess.Popen(
        [sys.executable, "-c", SENDER],
        env=os.environ | {"DATABASE_URL": url, "DUECOURSE_HOME": str(HOME), "DUECOURSE_CHANNELS": settings.CHANNELS},
    )
    assert box.took.wait(60)
    assert deliver(Clock()) == {"elsewhere": 1}, "while it lives, the message is its own"
    sender.kill()
    sender.wait()
    assert came_to({"unknown": 1})
    assert (len(box.taken), steps(message)) == (1, ["trying", "unknown"])


def came_to(wanted: dict[str, int]) -> bool:
    """Whether sending comes to this, once the database has seen that the other's connection ended."""
    for _ in range(50):
        if deliver(Clock()) == wanted:
            return True
        time.sleep(0.1)
    return False


def test_a_sender_that_died_sends_again_where_the_receiver_knows_the_key(tmp_path: Path, settings_of: Any) -> None:
    from duecourse.outreach import messages
    from duecourse.outreach.tables import Message

    with sending.http_gateway() as (gateway, port):
        path = Path(sending.channels_file(tmp_path, http_port=port))
        path.write_text(path.read_text() + "\ntakes_key = true\n")
        settings_of(CHANNELS=str(path))
        person = somebody()
        message = queue(person, point(person, "phone", "+8613900000000"), "sms")
        messages.add(Message.objects.get(id=message), None, "trying", at=NOON, by="bob")
        assert deliver(Clock()) == {"sent": 1}
        assert [(one["to"], one["header"]) for one in gateway.got] == [("+8613900000000", "k1")]


def test_two_senders_at_once_send_once(box: sending.Mailbox) -> None:
    from django.db import connections

    people = [somebody(str(number)) for number in range(8)]
    for person in people:
        queue(person, point(person, "email", f"p{person}@example.com"), key=f"k{person}")
    start, came = threading.Barrier(3), []

    def work() -> None:
        start.wait()
        came.append(deliver(Clock()))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(box.to) == sorted(f"p{person}@example.com" for person in people)
    assert sum(one.get("sent", 0) for one in came) == 8


def test_what_another_sender_is_at_work_on_is_left_to_it(box: sending.Mailbox) -> None:
    from django.db import connections

    from duecourse.outreach import send

    person = somebody()
    message = queue(person, point(person, "email", "li@example.com"))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with send.alone(message):
            held.set()
            done.wait()
        connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    held.wait()
    assert deliver(Clock()) == {"elsewhere": 1}
    done.set()
    other.join()
    assert deliver(Clock()) == {"sent": 1}


def test_a_gateway_gets_a_text_by_webhook_and_a_refusal_is_tried_again(gateway: sending.Gateway) -> None:
    person = somebody()
    message = queue(person, point(person, "phone", "+8613900000000"), "sms")
    gateway.answers = [429]
    clock = Clock()
    assert deliver(clock) == {"waits": 1}
    clock.move(minutes=1)
    assert deliver(clock) == {"sent": 1}
    assert [(one["to"], one["message"]) for one in gateway.got] == [("+8613900000000", "您的账单即将到期。")] * 2
    assert steps(message) == ["trying", "failed", "trying", "sent"]


def test_an_answer_after_which_nobody_knows_is_told_as_unknown_and_not_sent_again(gateway: sending.Gateway) -> None:
    person = somebody()
    message = queue(person, point(person, "phone", "+8613900000000"), "sms")
    gateway.answers = [502]
    clock = Clock()
    assert deliver(clock) == {"unknown": 1}
    clock.move(hours=1)
    assert deliver(clock) == {}
    assert (len(gateway.got), steps(message)) == (1, ["trying", "unknown"])


def test_the_inbox_needs_no_route_and_gets_a_message_exactly_once() -> None:
    from duecourse.outreach import inbox

    person = somebody()
    message = queue(person, None, "app")
    assert deliver(Clock()) == {"sent": 1}
    assert deliver(Clock()) == {}
    assert [(one.message, one.subject) for one in inbox.of(borrower=person)] == [(message, "账单")]
    assert inbox.of(borrower=somebody("2")) == []


def test_a_message_that_something_is_wrong_with_does_not_keep_the_others(
    box: sending.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.fernet import Fernet
    from django.conf import settings

    from duecourse.outreach import messages

    first, second = somebody(), somebody("2")
    broken = queue(first, point(first, "email", "li@example.com"))
    monkeypatch.setattr(settings, "PII_KEYS", [Fernet.generate_key().decode()])
    queue(second, point(second, "email", "wang@example.com"), key="k2")
    assert deliver(Clock()) == {"faulty": 1, "sent": 1}
    assert box.to == ["wang@example.com"]
    step = messages.last(broken)
    assert step is not None
    assert (step.step, step.detail) == ("waits", "secret_unreadable")


def test_an_address_that_cannot_be_written_is_tried_like_a_server_that_is_away(box: sending.Mailbox) -> None:
    person = somebody()
    queue(person, point(person, "email", "li@example.com\r\nRCPT TO:<eve@example.com>"))
    assert deliver(Clock()) == {"waits": 1}
    assert box.to == []
    assert outcomes() == ["not_made"]


def test_a_notice_that_the_law_asks_for_has_no_address_to_stop_it(box: sending.Mailbox) -> None:
    person = somebody()
    queue(person, point(person, "email", "li@example.com"), purpose="legal_notice")
    assert deliver(Clock()) == {"sent": 1}
    assert box.taken[0]["List-Unsubscribe"] is None


def test_the_routes_of_the_guide_are_routes_and_their_services_are_known(
    tmp_path: Path, settings_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import apprise

    from duecourse.outreach import channels

    guide = (Path(__file__).parents[2] / "docs" / "guide" / "messages.md").read_text()
    (tmp_path / "c.toml").write_text(guide.partition("```toml\n")[2].partition("```")[0])
    settings_of(CHANNELS=str(tmp_path / "c.toml"))
    for name, value in (("SMTP_PASSWORD", "p"), ("TWILIO_SID", "AC" + "0" * 32), ("TWILIO_TOKEN", "0" * 32)):
        monkeypatch.setenv(name, value)
    routes = {one.name: one for one in channels.routes()}
    assert set(routes) == {"mail", "own gateway", "texts", "wecom", "dingtalk", "feishu", "inbox"}
    for route in routes.values():
        if route.url:
            url = route.url.replace("{to}", "8613900000000").replace("{key}", "k").replace("{language}", "zh")
            assert apprise.Apprise().add(url), route
    assert channels.route_for("sms", "+8613900000000", list(routes.values())) is routes["own gateway"]
    assert channels.route_for("sms", "+15550100", list(routes.values())) is routes["texts"]
    assert channels.route_for("im", "feishu:token", list(routes.values())) is routes["feishu"]


def test_without_a_route_a_message_waits_and_no_contact_is_counted() -> None:
    person = somebody()
    message = queue(person, point(person, "phone", "+8613900000000"), "sms")
    assert deliver(Clock()) == {"waits": 1}
    assert (steps(message), decisions()) == (["waits"], [])


def test_messages_are_paced_and_sending_can_be_stopped_and_goes_on(tmp_path: Path, settings_of: Any) -> None:
    with sending.mail_server() as (box, port):
        path = Path(sending.channels_file(tmp_path, mail_port=port))
        path.write_text(path.read_text().replace("per_second = 1000", "per_second = 2"))
        settings_of(CHANNELS=str(path))
        for name in "1234":
            person = somebody(name)
            queue(person, point(person, "email", f"p{name}@example.com"), key=name)
        clock = Clock()
        assert deliver(clock, stop=lambda: len(box.taken) == 3) == {"sent": 3}
        assert clock.waited == 1.0
        assert deliver(clock) == {"sent": 1}


def test_what_is_sent_is_never_changed_not_even_by_the_owner_of_the_tables() -> None:
    from django.db import DatabaseError, connections

    queue(somebody(), None, "app")
    for role, message in (("default", "permission denied"), ("owner", "append_only")):
        with pytest.raises(DatabaseError, match=message), connections[role].cursor() as cursor:
            cursor.execute("UPDATE outreach_message SET text = ''")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ('name = "x"\nchannel = "fax"\nurl = "json://x"', "channels are"),
        ('name = "x"\nchannel = "sms"\nurl = "json://${NO_SUCH_SECRET}"', "NO_SUCH_SECRET is not in the environment"),
        ('name = "x"\nchannel = "sms"\nhost = "h"\nurl = "json://x"', "either url or host"),
        ('name = "x"\nchannel = "sms"\nhost = "h"', "a host is for e-mail"),
        ('name = "x"\nchannel = "sms"\nurl = "json://x"\nper_second = 0', "not above 0"),
        ('name = "x"\nchannel = "sms"\nurl = "json://x"\npace = 3', "pace: not a field"),
    ],
)
def test_a_file_of_channels_that_cannot_be_so_is_refused(tmp_path: Path, settings_of: Any, told: str, why: str) -> None:
    from duecourse.outreach import channels

    (tmp_path / "c.toml").write_text(f"[[route]]\n{told}\n")
    settings_of(CHANNELS=str(tmp_path / "c.toml"))
    with pytest.raises(channels.ChannelRefused, match=why):
        channels.routes()


def test_a_route_is_shown_without_its_secrets(
    tmp_path: Path, settings_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.outreach import channels

    monkeypatch.setenv("BOT_KEY", "very-secret")
    (tmp_path / "c.toml").write_text(
        '[[route]]\nname = "wecom"\nchannel = "im"\nbegins = "wecom:"\nurl = "wecombot://${BOT_KEY}"\n'
    )
    settings_of(CHANNELS=str(tmp_path / "c.toml"))
    (route, inbox) = channels.routes()
    assert route.url == "wecombot://very-secret"
    assert "secret" not in repr(route)
    assert channels.route_for("im", "wecom:1", [route, inbox]) is route
    assert channels.route_for("im", "feishu:1", [route, inbox]) is None


def test_ctrl_c_stops_after_the_message_at_hand_and_the_next_command_goes_on(
    box: sending.Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.cli import messages as commands

    monkeypatch.setattr(commands, "ready", lambda: None)
    monkeypatch.setattr(commands.clock, "now", lambda: NOON)
    for name in "123":
        person = somebody(name)
        queue(person, point(person, "email", f"p{name}@example.com"), key=name)
    box.answers_late = True
    press = threading.Thread(target=lambda: box.took.wait(60) and os.kill(os.getpid(), signal.SIGINT))
    press.start()
    first = CliRunner().invoke(main, ["send"], catch_exceptions=False)
    press.join()
    box.answers_late = False
    assert (first.exit_code, len(box.taken)) == (0, 1)
    assert "1 messages taken up, stopped" in first.output
    assert "2 queued, 1 sent" in first.output
    second = CliRunner().invoke(main, ["send"], catch_exceptions=False)
    assert "2 messages taken up" in second.output
    assert len(box.taken) == 3
