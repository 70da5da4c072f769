"""Replies: a wish to stop is done at once for everybody who has the number; the rest waits for a person, encrypted."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sending
from sending import NOON, Clock, deliver, point, queue, somebody

from duecourse.rules import reply_terms

ON = date(2026, 9, 2)
PHONE = "+86 138-0000-0001"


@pytest.mark.parametrize(
    ("text", "place", "kind"),
    [
        ("STOP", "US", "stop"), ("Stop!!", "UK", "stop"),
        ("please stop, thanks", "US", "stop"), ("Quit.", "US", "stop"),
        ("opt-out", "US", "stop"), ("Stop texting me, I have paid", "US", "stop"), ("Don’t text me", "UK", "stop"),
        ("ＳＴＯＰ", "CN", "stop"),
        ("TD", "CN", "stop"), ("td ", "CN", "stop"), ("T", "CN", "stop"), ("退订", "CN", "stop"),
        ("请退订，谢谢", "CN", "stop"), ("停", "CN", "stop"),
        ("不要再发短信给我了", "CN", "stop"), ("退订", "US", "stop"),
        ("T", "US", "text"), ("R", "UK", "text"), ("T", "", "stop"),
        ("I will stop by the bank to pay", "US", "text"), ("End of month I will pay", "US", "text"),
        ("this is not the end", "UK", "text"), ("我月底还", "CN", "text"),
        ("HELP", "US", "help"), ("帮助", "CN", "help"),
    ],
)  # fmt: skip
def test_a_reply_means_to_stop_where_all_of_it_says_so(text: str, place: str, kind: str) -> None:
    assert reply_terms.reading(text=text, places_of=[place], on=ON).kind == kind


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        ("I lost my job, and I never borrowed this", ("dispute", "hardship")),
        ("他上个月去世了", ("deceased",)), ("你打错了，我不认识他", ("wrong_person",)),
        ("Talk to my solicitor", ("represented",)), ("I will stop by the bank", ("stop",)),
        ("还不起了，不想活了", ("hardship", "vulnerable")),
        ("I'll pay on Friday, still here", ()),
    ],
)  # fmt: skip
def test_what_a_reply_hints_at_is_proposed(text: str, hints: tuple[str, ...]) -> None:
    assert reply_terms.reading(text=text, places_of=["UK"], on=ON) == ("text", "", hints)


def lines(path: Path, *told: dict[str, Any] | str) -> Path:
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in told) + "\n")
    return path


def said(text: str, sender: str = "13800000001", **more: Any) -> dict[str, Any]:
    return {"channel": "sms", "from": sender, "at": (NOON - timedelta(hours=1)).isoformat(), "text": text} | more


def take(path: Path) -> dict[str, int]:
    from duecourse.intake import replies_file

    return dict(replies_file.take(path, now=NOON, by="bob").came)


def refusing(person: int, channel: str = "sms", at: datetime = NOON) -> list[str]:
    """The rules that refuse a reminder at a moment."""
    from duecourse.outreach import contact

    told = contact.may_we(person=person, channel=channel, purpose="reminder_before_due", at=at, by="bob")
    return [one.id for one in told.answer.refusals]


def consents() -> int:
    from duecourse.borrowers.contact_tables import Consent

    return Consent.objects.count()


def test_a_number_that_two_share_stops_for_both_once_however_it_is_written(db: str, tmp_path: Path) -> None:
    from duecourse.borrowers.contact_tables import InboundContact
    from duecourse.outreach import replies

    both = [somebody("1"), somebody("2")]
    for one, told in zip(both, (PHONE, "13800000001"), strict=True):
        point(one, "phone", told)
    other = somebody("3")
    point(other, "phone", "+8613800000002")
    file = lines(tmp_path / "in.jsonl", said("退订"))
    assert take(file) == {"stop": 1}
    assert all("HOUSE-OPT-OUT" in refusing(one) for one in both)
    assert "HOUSE-OPT-OUT" not in refusing(other)
    assert "HOUSE-OPT-OUT" not in refusing(both[0], "email"), "by that channel alone"
    assert sorted(InboundContact.objects.values_list("borrower_id", "channel", "outcome")) == [
        (one, "sms", "sent") for one in both
    ]
    assert take(file) == {"known": 1}
    assert take(lines(tmp_path / "again.jsonl", said("退订"), said("I shall pay"))) == {"known": 1, "text": 1}
    assert consents() == 2
    assert [one.text for one in replies.unread()] == ["I shall pay"], "what was done needs no reader"


IN_BOSTON = datetime(2026, 9, 2, 15, tzinfo=UTC)


@pytest.fixture
def lender(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lender that has a name: it may confirm."""
    from django.conf import settings

    monkeypatch.setattr(settings, "LENDER", "Bank")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400")


def in_boston(name: str, number: int) -> int:
    """Somebody in Boston who has a number."""
    borrower = somebody(name, place="US-MA", zone="America/New_York", language="en")
    point(borrower, "phone", f"+1 617 555 012{number}")
    return borrower


def wrote_stop(number: int, *, minutes: int = 1) -> str:
    """STOP from that number so many minutes ago, taken now."""
    from duecourse.outreach import replies

    at = IN_BOSTON - timedelta(minutes=minutes)
    told = replies.Inbound(channel="sms", sender=f"+1617555012{number}", at=at, text="STOP")
    return replies.take(reply=told, now=IN_BOSTON, by="bob")


def confirmed() -> list[int]:
    """To whom a confirmation is queued."""
    from duecourse.outreach.tables import Message

    return list(Message.objects.filter(moment="stopped").order_by("id").values_list("borrower_id", flat=True))


@pytest.mark.usefixtures("lender")
def test_one_text_confirms_a_stop_in_the_united_states_within_five_minutes_and_no_other_passes() -> None:
    from duecourse.outreach import contact, send
    from duecourse.outreach.tables import Message

    at = IN_BOSTON
    abroad = in_boston("1", 0)
    point(somebody("2"), "phone", "+1 617 555 0121")
    in_boston("3", 2)
    wrote_stop(0)
    wrote_stop(0, minutes=0)
    wrote_stop(1)
    wrote_stop(2, minutes=5)
    (sent,) = Message.objects.filter(moment="stopped")
    assert (sent.borrower_id, sent.text) == (
        abroad,
        "Bank: You asked us to stop: no more messages to this number, but for notices that the law asks for. "
        "Questions: 400.",
    )
    assert send.letter(sent, "", at).stop_url == "", "there is nothing left to stop"
    asked = {"person": abroad, "channel": "sms", "purpose": "service", "by": "t", "text": sent.text}

    def refused(minutes: int, content: str) -> list[str]:
        told = contact.may_we(at=at + timedelta(minutes=minutes), content=content, **asked)
        return [one.id for one in told.answer.refusals]

    assert refused(0, "debt") == ["US-TC-02"], "nothing else goes out"
    assert refused(5, "stop_confirmed") == ["US-TC-02"], "not later"
    assert refused(1, "stop_confirmed") == []
    assert refused(2, "stop_confirmed") == ["US-TC-02"], "once"


@pytest.mark.usefixtures("lender")
def test_a_number_that_two_share_gets_one_confirmation_and_none_where_one_of_them_had_stopped() -> None:
    from duecourse.borrowers import reach

    first, _ = in_boston("1", 0), in_boston("2", 0)
    in_boston("3", 1)
    before = in_boston("4", 1)
    reach.consent(
        borrower=before, kind="contact", given=False, at=IN_BOSTON - timedelta(days=9), by="borrower", reason="click",
        channel="sms",
    )  # fmt: skip
    assert [wrote_stop(number) for number in (0, 1)] == ["stop", "stop"]
    assert confirmed() == [first]
    assert consents() == 5


@pytest.mark.usefixtures("lender")
def test_what_goes_wrong_with_a_confirmation_never_undoes_the_stop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from django.conf import settings

    from duecourse.borrowers.contact_tables import Residence

    people = [in_boston(str(number), number) for number in range(3)]
    Residence.objects.create(
        borrower_id=people[0], place="US-MA", zone="America/New_York", language="fr", by="t", reason=""
    )
    done = [wrote_stop(0)]
    monkeypatch.setattr(settings, "LENDER", "")
    done.append(wrote_stop(1))
    monkeypatch.setattr(settings, "LENDER", "Bank\0")
    done.append(wrote_stop(2))
    assert done == ["stop"] * 3, "no words in that language, no lender, a text that no database keeps"
    assert (confirmed(), consents()) == ([], 3)
    told = [one.getMessage() for one in caplog.records]
    assert [one.partition(": ")[2] for one in told] == [
        "stopped, but not confirmed: FileNotFoundError", "stopped, but not confirmed: DataError",
    ]  # fmt: skip
    assert not any("617" in one for one in told)


@pytest.mark.usefixtures("lender")
@pytest.mark.parametrize(
    ("language", "law"), [("en", "otices that the law asks for"), ("zh", "法律规定必须发送的通知")]
)
def test_a_confirmation_carries_no_stop_link_and_says_what_is_still_sent(language: str, law: str) -> None:
    from duecourse.outreach import compose

    about = compose.About(1, "US-MA", ON, "service", "", 0, "", 0, ON)

    def made(moment: str, channel: str) -> compose.Words:
        also = {"agency": "x", "agency_contact": "y"}
        return compose.words(
            moment=moment, channel=channel, language=language, about=about, around=compose.NOTICE, also=also
        )

    for channel in ("sms", "email"):
        stopped, other = made(compose.CONFIRMS_STOP, channel), made("agency", channel)
        for text in filter(None, (stopped.text, stopped.html)):
            assert "/stop/" not in text
            assert "href" not in text
            assert law in text
        assert "/stop/" in other.text


def test_a_later_consent_is_not_taken_back_by_an_older_stop(db: str, tmp_path: Path) -> None:
    from duecourse.borrowers import reach
    from duecourse.outreach import replies

    person = somebody()
    point(person, "phone", PHONE)
    reach.consent(
        borrower=person, kind="contact", given=True, at=NOON - timedelta(minutes=5), by="borrower", reason="signed up",
        channel="sms",
    )  # fmt: skip
    assert take(lines(tmp_path / "in.jsonl", said("STOP"))) == {"agreed since": 1}
    assert refusing(person) == []
    assert [one.kind for one in replies.unread()] == ["stop"], "a person looks at it"


def test_what_is_no_stop_waits_for_a_person_and_is_encrypted(db: str, tmp_path: Path) -> None:
    from django.db import connection

    from duecourse.outreach import replies

    person = somebody()
    point(person, "phone", PHONE)
    file = tmp_path / "in.csv"
    file.write_text(
        "渠道,号码,时间,内容\n"
        f'sms,{PHONE},{(NOON - timedelta(hours=2)).isoformat()},"我失业了\n还不起"\n'
        f"sms,+8613999999999,{(NOON - timedelta(hours=1)).isoformat()},不想活了\n"
    )
    assert take(file) == {"text": 1, "unknown sender": 1}
    assert consents() == 0
    harm, job = replies.unread()
    assert (harm.people, harm.hints, harm.sender) == ((), ("vulnerable",), "+8613999999999")
    assert (job.people, job.hints, job.text) == ((person,), ("hardship",), "我失业了\n还不起")
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT json_agg(r) FROM outreach_reply r)::text")
        kept = cursor.fetchone()[0]
    for part in ("失业", "13800000001", "13999999999"):
        assert part not in kept
    with pytest.raises(replies.ReplyRefused):
        replies.mark_read(reply=job.id, by="dan", reason=" ")
    replies.mark_read(reply=job.id, by="dan", reason="called back: a plan")
    with pytest.raises(replies.NoSuchReply):
        replies.mark_read(reply=job.id, by="eve", reason="again")
    assert [one.id for one in replies.unread()] == [harm.id]


def test_rows_that_cannot_be_read_wait_with_field_and_reason_and_keep_no_other(db: str, tmp_path: Path) -> None:
    from duecourse.intake import files, replies_file
    from duecourse.outreach.reply_tables import Reply

    point(somebody(), "phone", PHONE)
    file = lines(
        tmp_path / "in.jsonl", said("STOP", channel="fax"), said(""), said("STOP", at="yesterday"), "{not json",
        said("STOP", at="2026-09-02T10:00:00"), said("STOP", at=(NOON + timedelta(days=1)).isoformat()), said("STOP"),
    )  # fmt: skip
    taken = replies_file.take(file, now=NOON, by="bob")
    assert dict(taken.came) == {"stop": 1}
    bad = list(taken.file.quarantined.order_by("row").values_list("row", "field", "code"))
    assert bad == [
        (1, "channel", "reply_refused"), (2, "text", "reply_refused"), (3, "at", "reply_refused"),
        (4, "channel", "reply_refused"), (5, "at", "reply_refused"), (6, "at", "reply_refused"),
    ]  # fmt: skip
    assert not any("STOP" in one for one in taken.file.quarantined.values_list("reason", flat=True))
    replies_file.take(file, now=NOON, by="bob")
    assert (taken.file.quarantined.count(), Reply.objects.count()) == (6, 1)
    later = replies_file.take(file, now=NOON + timedelta(days=2), by="bob")
    assert later.came["stop"] == 1, "its time has come"
    assert later.file.quarantined.filter(taken_by=None).count() == 5
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("channel,from,text\nsms,1,STOP\n")
    with pytest.raises(files.ColumnsMissing, match="at"):
        take(wrong)


@pytest.fixture
def sent(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Any]:
    """A mail that a server took: the borrower, and the mail."""
    from django.conf import settings

    with sending.mail_server() as (box, port):
        monkeypatch.setattr(settings, "CHANNELS", sending.channels_file(tmp_path, mail_port=port))
        person = somebody()
        queue(person, point(person, "email", "li@example.com"))
        assert deliver(Clock()) == {"sent": 1}
    return person, box.taken[0]


def mail(text: str, to: Any, sender: str = "Li <LI@example.com>", subject: str = "Re: 账单", more: str = "") -> bytes:
    head = (
        f"From: {sender}\r\nTo: pay@lender.example\r\nSubject: {subject}\r\nDate: Wed, 02 Sep 2026 05:00:00 +0000\r\n"
    )
    ours = f"In-Reply-To: {to['Message-ID']}\r\n" if to is not None else ""
    quoted = "\r\nOn Wed, 2 Sep 2026, Lender wrote:\r\n> To stop these messages, open ...\r\n"
    kind = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return f"{head}{ours}{more}{kind}\r\n{text}\r\n{quoted}".encode()


def take_mail(raw: bytes) -> str:
    from duecourse.outreach import reply_mail

    return reply_mail.take(raw=raw, now=NOON + timedelta(hours=3), by="bob")


def test_a_mail_is_read_without_what_it_quotes_and_stops_by_address_or_by_the_message_that_it_answers(
    sent: tuple[int, Any],
) -> None:
    from duecourse.outreach import replies
    from duecourse.outreach.reply_tables import Reply

    person, ours = sent
    assert take_mail(mail("I shall pay on Friday.", ours)) == "text"
    assert [(one.text, one.people) for one in replies.unread()] == [("I shall pay on Friday.", (person,))]
    assert take_mail(mail("Unsubscribe", None)) == "stop"
    assert "HOUSE-OPT-OUT" in refusing(person, "email", NOON + timedelta(hours=2))
    other = mail("STOP", ours, sender="li.at.home@example.org")
    assert take_mail(other) == "stop"
    assert take_mail(other) == "known"
    assert Reply.objects.filter(message_id__isnull=False).count() == 2
    assert take_mail(mail("STOP", None, sender="stranger@example.org")) == "unknown sender"


def test_a_mail_whose_clock_runs_ahead_stops_now_and_is_known_when_it_comes_again(sent: tuple[int, Any]) -> None:
    from duecourse.outreach import reply_mail
    from duecourse.outreach.reply_tables import Reply

    written = datetime(2026, 9, 2, 5, 0, tzinfo=UTC)
    raw = mail("Unsubscribe", sent[1])
    now = written - timedelta(minutes=1)
    assert reply_mail.take(raw=raw, now=now, by="bob") == "stop"
    assert Reply.objects.get().at == now
    assert "HOUSE-OPT-OUT" in refusing(sent[0], "email", now)
    for later in (now + timedelta(seconds=5), written + timedelta(hours=1)):
        assert reply_mail.take(raw=raw, now=later, by="bob") == "known"
    assert consents() == 1


def test_a_mail_in_html_alone_is_read_too(sent: tuple[int, Any]) -> None:
    from duecourse.outreach import replies

    def html(text: str) -> bytes:
        return mail(text, sent[1]).replace(b"text/plain", b"text/html")

    page = "<html><head><style>p {color: red}</style></head><body><p>Li&amp;Co</p><div>I pay<br>soon</div>"
    assert take_mail(html(page + "<blockquote>To stop, open ...</blockquote></body></html>")) == "text"
    assert [one.text for one in replies.unread()] == ["Li&Co\nI pay\nsoon"]
    assert take_mail(html("<p>unsubscribe</p><blockquote>Pay now</blockquote>")) == "stop"


@pytest.mark.parametrize(
    "more", ["Auto-Submitted: auto-replied\r\n", "Precedence: auto_reply\r\n", "X-Autoreply: yes\r\n"]
)
def test_what_a_program_wrote_is_no_reply(sent: tuple[int, Any], more: str) -> None:
    assert take_mail(mail("unsubscribe", sent[1], more=more)) == "automatic"
    assert consents() == 0


def test_a_mail_that_cannot_be_read_and_one_that_says_nothing_are_told(sent: tuple[int, Any]) -> None:
    assert take_mail(b"nothing\r\n") == "cannot be read"
    assert take_mail(mail("", sent[1])) == "cannot be read"
    assert take_mail(mail("", None, subject="STOP")) == "stop", "what is written in the subject is theirs"
    assert consents() == 1


def test_the_command_takes_files_shows_what_waits_and_marks_it_as_read(db: str, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main

    point(somebody(), "phone", PHONE)
    file = tmp_path / "in.jsonl"
    now = "2020-01-01T00:00:00+00:00"
    lines(file, said("STOP", at=now), said("[red]我失业了[/red]", at=now), said("x", channel="fax"))

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["replies", *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    told = run(str(file))
    assert "3 rows, 1 in quarantine" in told
    assert "row 3: channel: 'fax'" in told
    shown = run()
    assert "1 replies to be read" in shown
    assert "[red]" in shown
    assert "hardship" in shown
    number = next(word for word in shown.split() if word.isdecimal())
    assert f"reply {number}: read" in run("--read", number, "--why", "called back")
    assert "0 replies to be read" in run()
