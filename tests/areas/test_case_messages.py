"""A case's messages: queued once after a move, true when they leave; the treatment's work follows from what came."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import sending
from sending import Clock, point

FIRST, DAY = date(2024, 1, 5), date(2024, 2, 20)
NOON = datetime(2024, 2, 21, 10, 30, tzinfo=UTC)
"""Half past ten in London of the day after the move, half past six in Shanghai."""
NAMES = ("late", "two", "nowhere", "english", "stopped")
TERMS = {
    "late_rate_ppm": 240_000, "late_fee_minor": 500, "tolerance_ppm": 0, "cycle_day": 1, "due_after_days": 9,
    "nonaccrual_days": 90,
}  # fmt: skip


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch, server: object) -> None:
    from django.conf import settings

    monkeypatch.setattr(settings, "LENDER", "好借银行")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400-000-0000")


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[sending.Gateway, sending.Mailbox]]:
    from django.conf import settings

    with sending.http_gateway() as (gateway, http_port), sending.mail_server() as (box, mail_port):
        monkeypatch.setattr(settings, "CHANNELS", sending.channels_file(tmp_path, mail_port, http_port))
        yield gateway, box


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    """Lines of which the minimum of February was missed, on the day of the move ten days ago; one has two of them."""
    from duecourse.book import close
    from duecourse.borrowers import people, reach
    from duecourse.recovery import strategies
    from duecourse.servicing import accounts, purchases

    who = dict(zip(NAMES, people.enrol(source="test", references=NAMES), strict=True))
    for name, person in who.items():
        if name != "nowhere":
            place = ("UK", "Europe/London", "en") if name == "english" else ("CN", "Asia/Shanghai", "zh")
            reach.reside(borrower=person, place=place[0], zone=place[1], language=place[2], by="t", reason="")
            point(person, "phone", f"+8613800000{person:03}")
    point(who["english"], "email", "ann@example.com")
    for name, number in [(name, name) for name in NAMES] + [("two", "two again")]:
        line = accounts.open_line(
            number=number, borrower_id=who[name], product="card_tw_2005", limit_minor=5_000_000, on=FIRST, **TERMS
        )
        purchases.post(account=line, amount_minor=1_000_000, on=FIRST, key=number)
        who[f"line {number}"] = line
    close.through(DAY)
    text = files("duecourse.rules").joinpath("house/strategies/default.json").read_text(encoding="utf-8")
    strategy = strategies.register(name="default", text=text, by="alice")
    for by in ("bob", "carol"):
        strategies.approve(strategy=strategy, on=FIRST, by=by, reason="tried")
    strategies.go_live(strategy=strategy, role="champion", on=FIRST, by="bob", reason="")
    return who


@pytest.fixture
def moved(made: dict[str, int], db_copy: str) -> dict[str, int]:
    from duecourse.recovery import cases

    assert cases.move(day=DAY, by="system").cases == len(NAMES)
    return made


def deliver(at: datetime = NOON) -> dict[str, int]:
    from duecourse.recovery import case_messages

    return sending.deliver(Clock(at), ended=case_messages.ended)


def queued(day: date = DAY) -> dict[str, int]:
    from duecourse.recovery import case_messages

    return dict(case_messages.queue(day=day, by="bob"))


def messages_to(person: int) -> list[Any]:
    from duecourse.outreach.tables import Message

    return list(Message.objects.filter(borrower_id=person).order_by("id"))


def work_of(person: int) -> list[tuple[bool, str, str]]:
    from duecourse.recovery.case_tables import Case, CaseState, CaseWork

    states = CaseState.objects.filter(case_id__in=Case.objects.filter(borrower_id=person).values("id")).values("id")
    return list(CaseWork.objects.filter(state_id__in=states).order_by("id").values_list("done", "by", "reason"))


def test_a_move_becomes_one_message_and_what_comes_of_it_is_the_work(
    moved: dict[str, int], gateway: tuple[sending.Gateway, sending.Mailbox]
) -> None:
    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.recovery.case_tables import CaseWork

    assert queued() == {"queued": 4, "no_way": 1}
    assert work_of(moved["nowhere"]) == [(False, "system", "no_way")]
    assert queued() == {"queued before": 4}
    (two,) = messages_to(moved["two"])
    assert (two.account_id, two.moment, two.purpose, two.channel) == (None, "case_early", "collection", "sms")
    assert "two、gain" in two.text
    assert "NT$800.00" in two.text
    assert two.amount_minor == 2 * messages_to(moved["late"])[0].amount_minor == 80_000
    (english,) = messages_to(moved["english"])
    assert english.text.startswith(
        "好借银行: NT$400.00 on your account lish is past due, the oldest part since 10 February"
    )
    assert deliver() == {"sent": 4}
    assert len(gateway[0].got) == 4
    assert deliver() == {}
    assert work_of(moved["two"])[0][:2] == (True, "system")
    done = CaseWork.objects.filter(done=True)
    decided = {one.id: one for one in ContactDecision.objects.all()}
    assert len(done) == 4
    assert all(decided[one.decision_id].allowed for one in done if one.decision_id)
    assert all(one.decision_id for one in done)


def test_what_was_paid_before_it_leaves_is_not_sent_and_the_treatment_is_left(
    moved: dict[str, int], gateway: tuple[sending.Gateway, sending.Mailbox]
) -> None:
    from duecourse.servicing import payments

    queued()
    (late,) = messages_to(moved["late"])
    (two,) = messages_to(moved["two"])
    for number, amount, key in (("late", late.amount_minor, "all"), ("two", 1_000, "a part")):
        payments.receive(
            account=moved[f"line {number}"], amount_minor=amount, received_on=DAY + timedelta(days=1), key=key
        )
    assert deliver() == {"over": 2, "sent": 3}
    assert work_of(moved["late"]) == [(False, "system", f"over: paid (message {late.id})")]
    before, now = messages_to(moved["two"])
    assert (before.id, now.amount_minor) == (two.id, two.amount_minor - 1_000)
    assert work_of(moved["two"]) == [(True, "system", f"sent (message {now.id})")]


def test_the_rules_that_refuse_stand_with_the_treatment_that_was_left(
    moved: dict[str, int], gateway: tuple[sending.Gateway, sending.Mailbox]
) -> None:
    from duecourse.outreach import stopping

    queued()
    told = stopping.token(borrower=moved["stopped"], channel="sms")
    stopping.withdraw(told=told, at=NOON - timedelta(hours=1))
    assert deliver() == {"refused": 1, "sent": 3}
    ((done, by, reason),) = work_of(moved["stopped"])
    assert (done, by) == (False, "system")
    assert reason.startswith("refused: HOUSE-OPT-OUT ")


def test_a_case_that_moves_on_ends_the_message_of_its_older_move(
    moved: dict[str, int], gateway: tuple[sending.Gateway, sending.Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from duecourse.book import close
    from duecourse.borrowers import reach
    from duecourse.recovery import cases

    queued()
    with monkeypatch.context() as nowhere:
        nowhere.setattr(settings, "CHANNELS", "")
        assert deliver() == {"waits": 4}
    reach.block(
        borrower=moved["late"], kind="hardship", since=NOON, by="t", reason="asked for help", purpose="collection"
    )
    close.through(DAY + timedelta(days=1))
    cases.move(day=DAY + timedelta(days=1), by="system")
    (late,) = messages_to(moved["late"])
    assert sending.steps(late.id) == ["waits", "over"]
    assert work_of(moved["late"]) == [(False, "system", f"over: the case moved on (message {late.id})")]
    assert work_of(moved["two"]) == []
    assert deliver(NOON + timedelta(days=1)) == {"sent": 3}


def test_only_the_last_moved_day_is_sent_and_a_queued_message_is_not_told_as_work_done_by_hand(
    moved: dict[str, int],
) -> None:
    from duecourse.outreach.tables import Message
    from duecourse.recovery import case_messages, cases
    from duecourse.recovery.case_tables import CaseWork

    with pytest.raises(case_messages.NotMoved):
        queued(DAY - timedelta(days=1))
    assert not Message.objects.exists()
    queued()
    before = CaseWork.objects.count()
    state = case_messages.state_of(messages_to(moved["late"])[0].key)
    with pytest.raises(cases.WorkRefused, match="is queued"):
        cases.done(state=state, by="dan", reason="called instead")
    assert CaseWork.objects.count() == before


def test_a_sender_that_died_leaves_the_treatment_when_the_next_one_finds_it(
    moved: dict[str, int], gateway: tuple[sending.Gateway, sending.Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.outreach import send

    queued()

    def dies(*told: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(send.Sender, "hand_over", dies)
    with pytest.raises(KeyboardInterrupt):
        deliver()
    monkeypatch.undo()
    first = min(messages_to(moved[name])[0].id for name in NAMES if messages_to(moved[name]))
    assert sending.steps(first) == ["trying"]
    assert deliver()["unknown"] == 1
    assert sending.steps(first) == ["trying", "unknown"]
    work = [told for name in NAMES for told in work_of(moved[name]) if f"message {first})" in told[2]]
    assert len(work) == 1
    assert work[0][0] is False
    assert work[0][2].startswith("unknown: ")


def test_where_a_strategy_is_live_its_messages_speak_of_what_is_past_due_and_reminders_do_not(
    moved: dict[str, int],
) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main
    from duecourse.outreach.tables import Message

    day = DAY.replace(day=11) - timedelta(days=1)  # one day after it the dues are a day late
    for command in (["remind", "--day", str(day)], ["recovery", "send", "--day", str(DAY)]):
        done = CliRunner().invoke(main, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert "4 queued" in done.output
    assert set(Message.objects.values_list("moment", flat=True)) == {"case_early"}


def test_of_an_account_that_was_charged_off_all_that_it_owes_is_told(
    moved: dict[str, int], gateway: tuple[sending.Gateway, sending.Mailbox]
) -> None:
    from duecourse.ledger.tables import Balance
    from duecourse.outreach import compose
    from duecourse.recovery.case_tables import CaseDay, CaseState

    line = moved["line late"]
    Balance.objects.filter(account_id=line).update(charged_off=1_000_000)
    before = CaseState.objects.filter(case_id__gt=0, on=DAY).order_by("id").values()
    (own,) = [row for row in before if row["case_id"] == case_of(moved["late"])]
    day = DAY + timedelta(days=1)
    CaseState.objects.create(**own | {"id": None, "on": day, "stage": "after_charge_off"})
    CaseDay.objects.create(day=day, cases=5, moves=1, by="t")
    assert queued(day) == {"queued": 4, "no_way": 1}
    (late,) = messages_to(moved["late"])
    assert (late.moment, late.amount_minor) == ("case_charged_off", compose.left_on([(line, "")]))
    assert late.amount_minor > messages_to(moved["stopped"])[0].amount_minor
    assert "可以分期付或协商结清" in late.text
    assert deliver(NOON + timedelta(days=1))["sent"] == 4


def case_of(person: int) -> int:
    from duecourse.recovery.case_tables import Case

    return int(Case.objects.get(borrower_id=person).id)
