"""Bounced mail: a final failure is told of the message, and an address that is gone is not used again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sending
from sending import NOON, Clock, deliver, point, queue, somebody, steps

pytestmark = pytest.mark.usefixtures("db")
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, Any]:
    """A mail that a server took: the borrower, the message, and the mail."""
    from django.conf import settings

    with sending.mail_server() as (box, port):
        monkeypatch.setattr(settings, "CHANNELS", sending.channels_file(tmp_path, mail_port=port))
        person = somebody()
        message = queue(person, point(person, "email", "li@example.com"))
        assert deliver(Clock()) == {"sent": 1}
    return person, message, box.taken[0]


def bounce(mail_id: str, action: str = "failed", status: str = "5.1.1", whole: bool = True) -> bytes:
    """What a mail server tells of a mail (RFC 3464), with the mail or its headers."""
    back = f"Message-ID: {mail_id}\r\nSubject: x\r\n" + ("\r\nhello\r\n" if whole else "")
    told = f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; li@example.com\r\nAction: {action}\r\n"
    parts = (
        ("text/plain", "I could not deliver your message.\r\n"),
        ("message/delivery-status", f"{told}Status: {status}\r\n"),
        ("message/rfc822" if whole else "text/rfc822-headers", back),
    )
    body = "".join(f"--B\r\nContent-Type: {kind}\r\n\r\n{text}\r\n" for kind, text in parts)
    head = "From: MAILER-DAEMON@mx.example\r\nMIME-Version: 1.0\r\nSubject: Undelivered Mail\r\n"
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n'
    return f"{head}{kind}\r\n{body}--B--\r\n".encode()


def take(raw: bytes) -> str:
    from duecourse.outreach import bounces

    return bounces.take(raw=raw, at=LATER, by="bob")


def state_of(person: int) -> str:
    from duecourse.borrowers import reach

    return reach.points(borrower=person)[0].state


@pytest.mark.parametrize("whole", [True, False])
def test_an_address_that_is_gone_is_dead_once_its_mail_has_bounced(sent: Any, whole: bool) -> None:
    from duecourse.borrowers.contact_tables import ContactOutcome

    person, message, mail = sent
    raw = bounce(mail["Message-ID"], whole=whole)
    assert take(raw) == "bounced"
    assert take(raw) == "known"
    assert steps(message) == ["trying", "sent", "bounced"]
    assert state_of(person) == "dead"
    assert list(ContactOutcome.objects.order_by("id").values_list("outcome", flat=True)) == ["sent", "not_connected"]


def test_a_full_mailbox_bounces_and_stays_alive(sent: Any) -> None:
    person, message, mail = sent
    assert take(bounce(mail["Message-ID"], status="5.2.2")) == "bounced"
    assert (steps(message)[-1], state_of(person)) == ("bounced", "")


def test_what_is_not_final_not_ours_or_no_bounce_changes_nothing(sent: Any) -> None:
    person, message, mail = sent
    number, _, rest = mail["Message-ID"].strip("<>").partition(".")
    assert take(bounce(mail["Message-ID"], action="delayed", status="4.4.1")) == "not final"
    assert take(bounce(f"<{number}.0000{rest[4:]}>")) == "not ours", "nobody else can name a message of ours"
    assert take(bounce("<somebody@else>")) == "not ours"
    assert take(mail.as_bytes()) == "no bounce"
    assert (steps(message), state_of(person)) == (["trying", "sent"], "")


def test_a_file_of_many_mails_is_taken_mail_by_mail(sent: Any, tmp_path: Path) -> None:
    from duecourse.outreach import bounces

    _, message, mail = sent
    mails = [bounce(mail["Message-ID"]), bounce("<somebody@else>")]
    (tmp_path / "in.mbox").write_bytes(b"".join(b"From MAILER-DAEMON\n" + one + b"\n\n" for one in mails))
    assert bounces.take_file(path=tmp_path / "in.mbox", at=LATER, by="bob") == ["bounced", "not ours"]
    (tmp_path / "one.eml").write_bytes(mails[0])
    assert bounces.take_file(path=tmp_path / "one.eml", at=LATER, by="bob") == ["known"]
    assert steps(message)[-1] == "bounced"
