"""What waits for a person: today's page, each queue, and what is approved by a second person on its own page.

And the work itself: the recovery queue item after item, strategies edited, tried and let live. The cast: ada brings
things in, bob and dan work for the lender in every role, rea in recovery; charlie does not.
"""

import sys
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pages import client, text

sys.path.append(str(Path(__file__).parents[1] / "laws"))

import agency_book
from agency_book import LAST, NOON, TERMS, line

pytestmark = pytest.mark.usefixtures("seen_contexts", "waiting")
QUEUES = {"recovery": 5, "complaints": 5, "promises": 2, "hardship": 1, "approvals": 3, "quarantine": 3, "set-aside": 1,
          "erasures": 0}  # fmt: skip
"""How many rows wait in each; of quarantine, in its one file."""


@pytest.fixture(scope="module")
def waiting(module_db: str) -> dict[str, int]:
    """A book in which something waits in every queue."""
    from django.contrib.auth.models import User

    from duecourse.book.tables import SetAside
    from duecourse.borrowers import names
    from duecourse.care import circumstances, complaints, disputes, hardship, incidents, promises
    from duecourse.care.affordability import Household
    from duecourse.intake.tables import File, Quarantined
    from duecourse.recovery import agencies, strategies
    from duecourse.servicing import payments
    from duecourse.web import staff

    for name in ("ada", "bob", "dan"):
        staff.admit(username=name, password=None)
    staff.admit(username="rea", password=None, roles=["recovery"])
    User.objects.create_user("charlie", password=None)
    who = agency_book.book()
    agency_book.cases_moved()
    names.call(borrower=who["ann"], name="Ann Lee", by="t", reason="")
    now = datetime.now(UTC)
    told: dict[str, Any] = {"by": "ada", "reason": "told"}
    for name, days in (("ann", 2), ("ben", 5), ("cai", 20)):
        promises.promise(person=who[name], amount_minor=1_000, due_on=now.date() + timedelta(days=days), at=now,
                         channel="call", key=name, account=line(name), **told)  # fmt: skip
    complaints.receive(person=who["dai"], about="contact", text="rude", at=now - timedelta(days=90), channel="call",
                       key="c", account=line("dai"), **told)  # fmt: skip
    disputes.open_dispute(person=who["eve"], account=line("eve"), kind="amount", text="not so much", at=now,
                          channel="letter", key="d", amount_minor=500, **told)  # fmt: skip
    circumstances.note(person=who["fei"], kind="health", text="ill", treat=["more_time"], at=now, key="s",
                       review_on=now.date() + timedelta(days=30), by="ada")  # fmt: skip
    household = Household(2, 1, 500_000, 300_000, 0)
    hardship.take(
        borrower=who["eve"], household=household, currency="TWD", cause="ill", on=now.date(), at=now, by="ada"
    )
    text_of = files("duecourse.rules").joinpath("house/strategies/do_nothing.json").read_text(encoding="utf-8")
    strategies.register(name="quiet", text=text_of, by="ada")
    agencies.add(code="west", name="west ltd", contact="x@agency.example", places_of=["CN"], by="ada", reason="")
    agencies.propose(agency="west", text=TERMS, by="ada", reason="tender")
    paid = payments.receive(account=line("dai"), amount_minor=30_000, received_on=agency_book.OPEN, key="d", channel=3)
    at = [datetime.fromisoformat(f"2026-04-10T{hour}:00+08:00") for hour in ("09", "12")]
    number = incidents.open_incident(
        from_at=at[0], to_at=at[1], channels=[3], cause="bank", description="the gateway was down", by="ada", key="i"
    )
    incidents.add(incident=number, account=line("dai"), payment=paid.entry_id, tried_on=date(2026, 4, 10), **told)
    file = File.objects.create(kind="payments", digest=b"f", name="payments.csv", rows=40)
    for row in (3, 8, 9):
        Quarantined.objects.create(file=file, row=row, field="amount", code="not_an_amount", reason=f"row {row} is bad")
    taken = File.objects.create(kind="payments", digest=b"g", name="again.csv", rows=1)
    Quarantined.objects.create(file=file, row=1, field="amount", code="x", reason="taken since", taken_by=taken)
    SetAside.objects.create(account_id=line("fei"), shard=0, day=LAST, message="interest base below zero")
    return who


def queue(name: str, who: str = "bob", language: str = "en") -> Any:
    return client(who, language).get(f"/queues/{name}")


@pytest.mark.parametrize("name", QUEUES)
def test_each_queue_lists_what_waits_and_today_counts_it(name: str) -> None:
    told = queue(name)
    assert told.status_code == 200
    assert told.context["queue"].many == QUEUES[name]
    today = client().get("/today")
    assert {card.href.rsplit("/", 1)[1]: card.many for card in today.context["cards"]} == QUEUES
    assert today.context["sealed"] == LAST
    assert told.context["queue"].title in text(today)
    assert queue(name, language="zh").context["queue"].title != told.context["queue"].title


def test_work_is_in_order_of_the_good_it_is_expected_to_do(waiting: dict[str, int]) -> None:
    from duecourse.recovery import work

    told = work.queue(on=LAST)
    rows = queue("recovery").context["queue"].rows
    assert [row[0].href for row in rows] == [f"/people/{one.person}" for one in told]
    goods = [one.good_minor for one in told]
    assert goods == sorted(goods, reverse=True)
    assert "Ann Lee" in text(queue("recovery"))


def test_what_is_over_its_time_is_marked_and_counted() -> None:
    told = queue("complaints")
    assert told.context["queue"].late >= 1
    assert "over their time" in text(client().get("/today"))
    first = told.context["queue"].rows[0]
    assert (first[1].text, first[3].flag) == ("Complaint 1", "bad")
    assert "rude" not in text(told)


def test_only_promises_of_the_next_days_are_shown_the_earliest_first() -> None:
    days = [row[2].text for row in queue("promises").context["queue"].rows]
    assert days == sorted(days)
    assert len(days) == 2


def test_a_files_bad_rows_are_told_with_field_code_and_reason() -> None:
    told = client().get(queue("quarantine").context["queue"].rows[0][0].href)
    said = text(told)
    for word in ("payments.csv", "not_an_amount", "row 3 is bad", "row 9 is bad"):
        assert word in said
    assert "taken since" not in said
    assert client().get("/queues/quarantine/99").status_code == 404


@pytest.mark.parametrize(("role", "sees"), [
    ("care", {"complaints", "promises", "hardship", "erasures"}),
    ("recovery", {"recovery", "complaints", "promises", "hardship", "erasures", "approvals"}),
    ("risk", {"recovery", "approvals"}),
    ("finance", {"recovery", "approvals", "quarantine", "set-aside"}),
    ("operator", {"quarantine", "set-aside"}),
])  # fmt: skip
def test_each_role_sees_its_own_queues(role: str, sees: set[str]) -> None:
    from duecourse.web import staff

    staff.admit(username=f"in {role}", password=None, roles=[role])
    today = client(f"in {role}").get("/today")
    assert {card.href.rsplit("/", 1)[1] for card in today.context["cards"]} == sees
    for name in QUEUES:
        assert queue(name, f"in {role}").status_code == (200 if name in sees else 403)
    if role in ("risk", "finance"):
        assert "Ann Lee" not in text(queue("recovery", f"in {role}"))
        assert "/people/" not in queue("recovery", f"in {role}").content.decode()


def test_a_strategy_is_approved_by_two_who_did_not_bring_it_in() -> None:
    from duecourse.recovery import strategies

    href = next(row[0].href for row in queue("approvals").context["queue"].rows if "quiet" in row[0].text)
    number = int(href.rsplit("/", 1)[1])
    page = client().get(href)
    assert "Approved by 0 of 2" in text(page)
    assert "stage" in text(page)
    for who, reason, code in (
        ("ada", "mine", "strategy_not_approved"), ("bob", " ", "no_reason_given"), ("bob", "read it", ""),
        ("bob", "again", "strategy_not_approved"), ("dan", "read it too", ""),
    ):  # fmt: skip
        told = client(who).post(f"{href}/approve", {"reason": reason})
        assert (told.status_code, code in text(told)) == (409 if code else 302, True), (who, reason)
    assert strategies.approvals(number) == 2
    assert "to go live" in text(queue("approvals"))


def test_an_agencys_terms_are_read_and_approved() -> None:
    href = next(row[0].href for row in queue("approvals").context["queue"].rows if "west" in row[0].text)
    page = text(client().get(href))
    for word in ("west", "C-2026-17", "pays in all that it took", "Approved by 0 of 2"):
        assert word in page
    assert client("bob").post(f"{href}/approve", {"reason": "read"}).status_code == 302
    refused = client("bob").post(f"{href}/approve", {"reason": "read"})
    assert (refused.status_code, "agency_not_approved" in text(refused)) == (409, True)
    assert "Approved by 1 of 2: bob" in text(client().get(href))
    assert client().get("/agencies/terms/99").status_code == 404


def test_an_incident_shows_what_undoing_does_is_approved_by_two_and_undone(
    waiting: dict[str, int], db_copy: str
) -> None:
    from duecourse.care.incident_tables import IncidentApproval, IncidentUndone
    from duecourse.servicing import read

    page = client().get("/incidents/1")
    (effect,) = page.context["effects"]
    assert (effect.account, effect.payments, effect.refused) == ("dai", 1, "")
    assert any("days past due" in one or "late interest" in one for one in effect.says)
    assert not IncidentUndone.objects.exists()
    told = {"do": "approve", "reason": "seen", "digest": page.context["digest"]}
    other = client("bob").post("/incidents/1/decide", told | {"digest": "00"})
    assert (other.status_code, "not_as_shown" in text(other)) == (409, True)
    early = client("bob").post("/incidents/1/decide", {"do": "apply"})
    assert (early.status_code, "incident_not_approved" in text(early)) == (409, True)
    for who in ("bob", "dan"):
        assert client(who).post("/incidents/1/decide", told).status_code == 302
    assert IncidentApproval.objects.count() == 2
    before = read.account(number="dai").standing.days_past_due
    assert client("bob").post("/incidents/1/decide", {"do": "apply"}).status_code == 302
    assert IncidentUndone.objects.count() == 1
    assert read.account(number="dai").standing.days_past_due <= before
    assert "Incident 1" not in text(queue("approvals"))
    assert client().get("/incidents/9").status_code == 404


def test_what_is_turned_down_is_never_approved_and_its_maker_sees_why(waiting: dict[str, int], db_copy: str) -> None:

    rows = queue("approvals").context["queue"].rows
    for address, kind, why in ((row[0].href, row[0].href.split("/")[-2], f"not {row[0].text}") for row in rows):
        silent = client("dan").post(f"{address}/turn-down", {"reason": " "})
        assert silent.status_code == 409, address
        assert client("dan").post(f"{address}/turn-down", {"reason": why}).status_code == 302
        assert why in text(client("ada").get(address))
        do = "decide" if kind == "incidents" else "approve"
        told = {"do": "approve", "reason": "seen", "digest": client("bob").get(address).context.get("digest", "")}
        refused = client("bob").post(f"{address}/{do}", told)
        code = {"incidents": "incident", "strategies": "strategy", "terms": "agency_terms"}[kind] + "_turned_down"
        assert (refused.status_code, code in text(refused)) == (409, True), kind
        assert code in text(client("dan").post(f"{address}/turn-down", {"reason": "again"}))
    assert queue("approvals").context["queue"].many == 0
    told = queue("approvals/decided").context["queue"].rows
    mine = [row for row in told if row[2].text == "turned down"]
    assert {row[0].text for row in mine} == {row[0].text for row in rows}
    assert {row[3].text for row in mine} == {"dan"}
    assert client("ada").get("/today").context["own"] == client("ada").get("/today").context["own"][:3] != []
    assert client("bob").get("/today").context["own"] == []
    assert "turned down" in text(client("bob").get("/accounts/dai"))
    assert client().post("/strategies/99/turn-down", {"reason": "x"}).status_code == 404


def test_who_may_not_approve_is_shown_no_button_and_refused() -> None:
    assert '<form class="write"' not in client("rea").get("/incidents/1").content.decode()
    for address in ("/incidents/1/decide", "/agencies/terms/1/approve", "/strategies/1/turn-down"):
        assert client("rea").post(address, {"reason": "x", "do": "approve"}).status_code == 403


def test_a_queue_takes_as_many_queries_however_long_it_is(waiting: dict[str, int]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from duecourse.borrowers import names
    from duecourse.care import promises
    from duecourse.web.console import queues

    def counted() -> dict[str, int]:
        browser, found = client(), {}
        for address in ("/today", *(f"/queues/{name}" for name in QUEUES)):
            browser.get(address)
            with CaptureQueriesContext(connection) as seen:
                assert browser.get(address).status_code == 200
            found[address] = len(seen)
        return found

    before = counted()
    now = datetime.now(UTC)
    for name, person in waiting.items():
        names.call(borrower=person, name=f"{name} once more", by="t", reason="")
        if name in ("dai", "eve", "fei"):
            told = {"by": "t", "reason": "", "key": f"more {name}", "account": line(name), "channel": "call"}
            promises.promise(person=person, amount_minor=1_000, due_on=queues.today_of(), at=now, **told)
    after = counted()
    assert after == before
    assert max(after.values()) <= 42


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon in Shanghai on the open day, whatever the machine's clock says."""
    from duecourse import clock

    monkeypatch.setattr(clock, "now", lambda: NOON)


def post(address: str, who: str = "bob", **told: Any) -> Any:
    return client(who).post(address, {"key": uuid4().hex, **told})


def first_calls(who: str = "rea") -> list[str]:
    """Where the treatments of the queue that are calls are worked on, in its order."""
    rows = client(who).get("/queues/recovery").context["queue"].rows
    return [row[1].href for row in rows if row[1].text == "call"]


def refused(answer: Any, code: str) -> bool:
    return (answer.status_code, code in text(answer)) == (409, True)


def test_a_treatment_is_taken_asked_for_called_told_and_the_next_one_comes(noon: None, db_copy: str) -> None:
    from duecourse.borrowers.contact_tables import ContactDecision, ContactOutcome
    from duecourse.recovery.case_tables import CaseWork

    address = first_calls()[0]
    number = int(address.rsplit("/", 1)[1])
    assert refused(post(address, "rea", step="ask"), "case_work_refused"), "nobody has taken it"
    assert post(address, "rea", step="take")["Location"] == address
    page = client("rea").get(address)
    assert "May I contact them now?" in text(page)
    (point,) = page.context["points"]
    assert point.whole == "", "the number is shown once it may be called"
    assert refused(post(address, "dan", step="ask"), "take it first")
    assert refused(post(address, "dan", step="take"), "say why you take it over")
    assert not ContactDecision.objects.exists()
    assert post(address, "rea", step="ask", point=point.id)["Location"] == address
    page = client("rea").get(address)
    decision = page.context["pending"].id
    assert page.context["points"][0].whole in text(page)
    assert refused(post(address, "rea", step="ask"), "say first what became")
    assert refused(post(address, "rea", step="leave", reason="tired"), "say first what became")
    told = {"step": "tell", "decision": decision, "note": "pays on Friday"}
    assert refused(post(address, "rea", outcome="sent", then="done", **told), "contact_outcome_unknown")
    assert refused(post(address, "rea", outcome="not_made", then="done", **told), "case_work_refused")
    assert not CaseWork.objects.exists()
    assert not ContactOutcome.objects.exists()
    done = post(address, "rea", outcome="connected", then="done", **told)
    assert done["Location"] != address
    assert done["Location"] in [row[1].href for row in client("rea").get("/queues/recovery").context["queue"].rows]
    kept = CaseWork.objects.get(state_id=number)
    assert (kept.done, kept.decision_id, kept.by, kept.reason) == (True, decision, "rea", "pays on Friday")
    assert ContactOutcome.objects.get(decision_id=decision).outcome == "connected"
    assert "pays on Friday" in text(client("rea").get(address))
    assert refused(post(address, "rea", step="leave", reason="again"), "no_such_case")


def test_what_the_gate_refuses_is_kept_with_its_rules_and_what_is_left_says_why(
    noon: None, db_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from duecourse import clock
    from duecourse.recovery.case_tables import CaseWork

    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(hours=11))
    address = first_calls()[1]
    post(address, "rea", step="take")
    assert post(address, "rea", step="ask")["Location"] == address
    page = client("rea").get(address)
    (row,) = page.context["asked"]
    assert (row.told.allowed, page.context["pending"]) == (False, None)
    assert row.why
    assert row.next_at.hour == 8
    assert refused(post(address, "rea", step="leave", reason=""), "say why it was left")
    assert refused(post(address, "rea", step="done"), "by which contact decision")
    assert post(address, "rea", step="leave", reason="moved abroad").status_code == 302
    assert CaseWork.objects.get().reason == "moved abroad"
    assert "moved abroad" in text(client("bob").get(address))


def test_a_case_is_taken_over_with_a_reason_and_each_sees_their_own_and_nobodys(noon: None, db_copy: str) -> None:
    from duecourse.recovery import working

    address = first_calls()[0]
    post(address, "rea", step="take")
    assert address in str(client("rea").get("/queues/recovery?mine").content)
    assert address not in str(client("dan").get("/queues/recovery?mine").content)
    assert post(address, "dan", step="take", reason="rea is ill").status_code == 302
    assert address in str(client("dan").get("/queues/recovery?mine").content)
    assert "dan has this case." in text(client("rea").get(address))
    agency_book.engaged()
    agency_book.place(working.of(state=int(address.rsplit("/", 1)[1]), on=LAST).person)
    assert refused(post(address, "dan", step="ask"), "no_such_case"), "nobody of ours works on what an agency has"


def test_who_may_not_work_on_cases_sees_no_form_and_is_refused() -> None:
    from duecourse.borrowers.reading_tables import Reading
    from duecourse.web import staff

    staff.admit(username="cora", password=None, roles=["compliance"])
    address = first_calls()[0]
    before = Reading.objects.count()
    assert 'name="step"' not in client("cora").get(address).content.decode()
    assert Reading.objects.count() == before + 1, "a look at a person is kept"
    assert post(address, "cora", step="take").status_code == 403
    assert client().get("/recovery/treatments/99999").status_code == 404
    assert post(address, step="nothing").status_code == 404


def strategy_form(number: int, **changed: str) -> dict[str, Any]:
    """The form over the rows of a strategy as a browser sends it back; changed: a new value of `late`'s fields."""
    page = client().get(f"/strategies/{number}/edit")
    rows = page.context["rows"]
    told = {field: [getattr(row, field) for row in rows] for field in rows[0]._fields if field != "out"}
    place = told["id"].index("late")
    for field, value in changed.items():
        told[field][place] = value
    return {**told, "name": "calls less", "first": "2026-03-01", "last": str(LAST)}


def test_strategies_are_listed_and_read_in_words() -> None:
    page = client().get("/strategies")
    assert page.context["now"].champion == 1
    assert "champion" in text(page)
    told = text(client().get("/strategies/1"))
    for words in ("days past due [46..90]", "late collection", "again after 7 days", "a promise is open"):
        assert words in told
    assert "逾期天数 [46..90]" in text(client("bob", "zh").get("/strategies/1"))
    assert client().get("/strategies/99").status_code == 404
    assert client("rea").post("/strategies/bring-in", {"house": "do_nothing"}).status_code == 403


def test_what_waits_is_turned_down_by_commands_too(db_copy: str) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main

    for words, told in (
        ("strategy turn-down 2 --by dan --reason loud", "strategy 2 is turned down"),
        ("agency turn-down 1 --by dan --reason dear", "terms 1 are turned down"),
        ("incident turn-down 1 --by dan --why ours", "incident 1 is turned down"),
    ):
        assert told in CliRunner().invoke(main, words.split(), catch_exceptions=False).output
        again = CliRunner().invoke(main, words.split())
        assert again.exit_code != 0, words
    assert queue("approvals").context["queue"].many == 0


def test_a_strategy_is_edited_tried_brought_in_approved_and_challenges(db_copy: str) -> None:
    from duecourse.recovery import strategies
    from duecourse.recovery.case_tables import Strategy

    form = strategy_form(1, every_days="14")
    tried = post("/strategies/1/edit", **form, step="try")
    assert tried.status_code == 200
    counts = {one: (draft, live) for _, one, (draft, live) in tried.context["kinds"]}
    assert 0 < counts["call"][0] < counts["call"][1], "fewer calls than the champion makes"
    assert not tried.context["is_cut"]
    assert refused(post("/strategies/1/edit", **strategy_form(1), step="bring"), "nothing is changed")
    for field, value, code in (
        ("when", "days_past_due [46..", "row late: days_past_due"), ("when", "days_late > 3", "days_late"),
        ("every_days", "often", "row late: every_days"), ("treatment", "shout", "row late: treatment"),
        ("at", "first", "row late: place"), ("when", "days_past_due", "no condition is said"),
    ):  # fmt: skip
        assert refused(post("/strategies/1/edit", **strategy_form(1, **{field: value}), step="bring"), code), value
    assert Strategy.objects.count() == 2, "what was brought in before"
    made = post("/strategies/1/edit", "ada", **form, step="bring")["Location"]
    assert "champion" not in text(client().get(made)).split("What became of it")[0]
    live = {"role": "challenger", "challenger": "20", "control": "5", "experiment": "fewer calls", "reason": "tried"}
    assert refused(post(f"{made}/live", **live), "strategy_not_approved")
    for who in ("bob", "dan"):
        assert post(f"{made}/approve", who, reason="read it").status_code == 302
    assert refused(post(f"{made}/live", **{**live, "challenger": "99"}), "strategy_shares_refused")
    assert refused(post(f"{made}/live", **{**live, "reason": " "}), "no_reason_given")
    assert post(f"{made}/live", **live)["Location"] == made
    now = strategies.live(on=LAST)
    assert (str(now.challenger), now.experiment) == (made.rsplit("/", 1)[1], "fewer calls")
    assert now.shares == (200_000, 50_000)
    assert "fewer calls · challenger 20% · control group 5%" in text(client().get(made))
    measured = client().get("/strategies/experiment")
    assert {name for name, _, _ in measured.context["arms"]} <= {"champion", "challenger", "control group"}
    assert sum(one.persons for _, one, _ in measured.context["arms"]) == 5
    assert post(f"{made}/end", reason="too few calls").status_code == 302
    assert strategies.live(on=LAST).challenger is None
    assert refused(post(f"{made}/end", reason="again"), "no_such_strategy")
    assert client().get("/strategies/experiment?experiment=none").status_code == 409


def test_a_trial_stops_when_the_time_of_a_page_is_over_and_says_how_far_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from duecourse.web.console import strategies

    monkeypatch.setattr(strategies, "AT_ONCE", -1.0)
    told = post("/strategies/1/try", first="2026-03-01", last=str(LAST))
    assert (told.context["is_cut"], str(told.context["through"])) == (True, "2026-03-01")
    assert "Only as far as 2026-03-01" in text(told)
    assert refused(post("/strategies/1/try", first="2030-03-01", last=str(LAST)), "no_days_to_try")
    assert refused(post("/strategies/1/try", first="soon", last=str(LAST)), "day_unreadable")


def test_a_strategy_written_from_its_rows_decides_as_the_one_they_were_read_from() -> None:
    from duecourse.recovery import strategy, strategy_table
    from duecourse.rules import house_strategies

    for text_of_house in house_strategies.texts().values():
        rows = strategy_table.rows_of(text_of_house)
        again = strategy.read(strategy_table.text_of(rows))
        assert strategy_table.rows_of(again.text) == rows
        base = dict.fromkeys(strategy.read(text_of_house).inputs, 0)
        people = [
            {**base, **{name: flag for name in base if name.startswith(("is_", "has_", "in_"))}, "days_past_due": late}
            for flag in (True, False) for late in (0, 2, 20, 40, 60, 120, 300)
        ]  # fmt: skip
        assert strategy.decide(again, people) == strategy.decide(strategy.read(text_of_house), people)


def test_a_hardship_is_taken_options_shown_and_one_agreed_on_the_persons_word(
    waiting: dict[str, int], db_copy: str
) -> None:
    from duecourse.care import hardship
    from duecourse.care.hardship_tables import HardshipAnswer

    address = f"/people/{waiting['ann']}/hardship"
    told = {"account": "ann", "income": "4,500", "spending": "4,400.00", "other_debts": "", "adults": "1",
            "children": "0", "cause": "lost the second job"}  # fmt: skip
    for field, value, code in (
        ("income", "a lot", "amount_unreadable"), ("adults", "0", "hardship_refused"),
        ("children", "some", "hardship_refused"), ("account", "ben", "no_such_account"),
    ):  # fmt: skip
        assert refused(post(address, **{**told, field: value}), code), field
    assert hardship.open_of(borrower=waiting["ann"]) is None
    assert post(address, "rea", **told).status_code == 403
    made = post(address, **told)["Location"]
    assert post(address, **told)["Location"] == made, "sent twice, it is told once"
    page = client().get(made)
    assert "lost the second job" in text(page)
    offer = page.context["offers"][0]["offer"]
    assert refused(post(made, step="accept", offer=offer.id, reason=" "), "no_reason_given")
    assert post(made, step="accept", offer=99_999, reason="on the phone").status_code == 404
    assert not HardshipAnswer.objects.exists()
    assert post(made, step="accept", offer=offer.id, reason="on the phone").status_code == 302
    answer = HardshipAnswer.objects.get()
    assert (answer.answer, answer.offer_id, answer.by, answer.reason) == ("accepted", offer.id, "bob", "on the phone")
    assert "on the phone" in text(client().get(made))
    assert refused(post(made, step="decline", reason="late"), "hardship_answered")
    other = f"/hardships/{hardship.open_of(borrower=waiting['eve'])}"
    assert other in [row[1].href for row in queue("hardship").context["queue"].rows]
    assert post(other, step="options", account="eve").status_code == 302
    assert post(other, step="refer", reason="nothing fits").status_code == 302
    assert client().get("/hardships/99").status_code == 404


def test_care_representatives_and_breathing_spaces_are_noted_and_ended(
    waiting: dict[str, int], db_copy: str, noon: None
) -> None:
    from duecourse.borrowers import reach
    from duecourse.outreach import would

    person = waiting["cai"]
    address, later = f"/people/{person}/care", "2030-01-01"
    note = {"step": "note", "kind": "bereavement", "text": "her husband died", "review_on": later}
    assert refused(post(address, **note), "care_refused"), "something is done"
    assert post(address, treat="no_calls", **note).status_code == 302
    page = client().get(address)
    assert "a bereavement: her husband died" in text(page)
    assert "her husband died" not in text(client().get(f"/people/{person}")), "why is for who treats them"
    soon = NOON + timedelta(minutes=1)
    assert not would.would_we(person=person, purpose="collection", at=soon, channels=("call",))["call"].allowed
    one = page.context["standing"][0][0].id
    assert refused(post(address, step="end_circumstance", number=one, reason=""), "no_reason_given")
    assert post(f"/people/{waiting['ben']}/care", step="end_circumstance", number=one, reason="x").status_code == 404
    assert post(address, step="review", number=one, review_on="2031-01-01", reason="still").status_code == 302
    assert post(address, step="end_circumstance", number=one, reason="well again").status_code == 302
    who = {"step": "represent", "kind": "debt_adviser", "name": "Citizens Advice", "point_kind": "email",
           "point": "desk@advice.example", "since": "2026-01-01", "reason": "letter of authority"}  # fmt: skip
    assert refused(post(address, **{**who, "since": "once"}), "day_unreadable")
    assert post(address, **who).status_code == 302
    page = client().get(address)
    assert "Citizens Advice · e-mail desk@advice.example" in text(page)
    number = page.context["standing"][0][0].id
    assert post(address, step="end_representative", number=number, reason="withdrawn").status_code == 302
    space = {"step": "breathe", "kind": "standard", "since": str(NOON.date()), "reference": "BSS-1", "reason": "told"}
    assert refused(post(address, **space), "no_breathing_space_there")
    reach.reside(borrower=person, place="UK", zone="Europe/London", language="en", by="t", reason="")
    assert post(address, **space).status_code == 302
    page = client().get(address)
    assert "BSS-1" in text(page)
    number = page.context["standing"][0][0].id
    assert post(address, step="end_breathing_space", number=number, reason="cancelled").status_code == 302
    assert client().get(address).context["standing"] == []
    assert post(address, "rea", **space).status_code == 403


def test_an_incident_is_declared_and_payments_looked_for(waiting: dict[str, int], db_copy: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from duecourse.care.incident_tables import Incident

    told = {"from_at": "2026-04-10T09:00", "to_at": "2026-04-10T12:00", "channels": "3", "cause": "ours",
            "description": "our own gateway", "within_days": "14"}  # fmt: skip
    for field, value, code in (
        ("from_at", "morning", "moment_unreadable"), ("channels", "wechat", "care_refused"),
        ("to_at", "2026-04-10T08:00", "care_refused"), ("cause", "moon", "care_refused"),
    ):  # fmt: skip
        assert refused(post("/incidents", **{**told, field: value}), code), field
    assert Incident.objects.count() == 1
    made = post("/incidents", **told)["Location"]
    rows = f"account,tried_at,amount,reference\ndai,2026-04-10T10:00:00+08:00,300.00,r-1\n{'x' * 3},bad,1,r-2\n"
    file = SimpleUploadedFile("attempts.csv", rows.encode())
    found = client().post(f"{made}/work", {"do": "find", "attempts": file})
    assert "payments found now: 1 · attempts told: 1 · in quarantine: 1" in text(found)
    page = client().get("/incidents")
    assert [state for _, _, state in page.context["rows"]] == ["approved by 0 of 2"] * 2
    assert client("rea").post("/incidents", told).status_code == 403
    assert post("/incidents/99/work", do="find").status_code == 404
    assert post(f"{made}/work", do="dance").status_code == 404


def test_closes_say_how_far_each_day_came_and_lead_to_its_proof(waiting: dict[str, int], db_copy: str) -> None:
    from django.db import connections

    page = client().get("/closes")
    first = page.context["nights"][0]
    assert (first.day, first.sealed_by is not None, first.runs) == (LAST, True, 1)
    assert [(str(day), count) for day, count in page.context["open_days"]] == [("2026-04-21", 1)]
    assert "interest base below zero" in text(page)
    proof = client().get(f"/audit/{first.audit_place}")
    assert "holds" in text(proof)
    assert f"{LAST} sealed by" in text(proof)
    assert proof.context["proof"].head == client().get("/audit").context["head"]
    with connections["owner"].cursor() as cursor:  # a forger who may write as the owner
        cursor.execute("ALTER TABLE audit_leaf DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_leaf SET body = 'no' WHERE place = %s", [first.audit_place])
    forged = client().get(f"/audit/{first.audit_place}").context["proof"]
    assert (forged.is_same, forged.is_proved) == (False, False)
    rows = client().get("/audit").context["rows"]
    older = client().get(f"/audit?before={rows[-1][0].place}").context["rows"]
    assert older[0][0].place == rows[-1][0].place - 1
    for address in ("/audit/99999", "/audit?before=x"):
        assert client().get(address).status_code == 404


def test_jobs_say_what_waits_and_which_command_does_it() -> None:
    told = {one.command: one for one in client().get("/jobs").context["jobs"]}
    assert told["--retry"].waits == 3
    assert told["duecourse recovery move"].waits == 0
    assert told["duecourse recovery move"].since == LAST
    assert told["duecourse webhooks send"].waits == 0
    assert "已" in text(client("bob", "zh").get("/closes"))


def test_another_gives_and_takes_roles_with_a_reason_and_it_is_kept(waiting: dict[str, int], db_copy: str) -> None:
    from duecourse.web import staff
    from duecourse.web.staff_tables import StaffRoles

    staff.admit(username="olga", password=None, roles=["operator"])
    staff.admit(username="cora", password=None, roles=["compliance"])
    page = client("olga").get("/staff")
    assert {one.username for one, _, _ in page.context["people"]} >= {"bob", "rea", "olga", "charlie"}
    kept = StaffRoles.objects.count()
    told = {"username": "rea", "role": ["recovery", "care"], "reason": "stands in for cara"}
    for changed, code in (
        ({"reason": " "}, "roles_without_reason"), ({"username": "olga"}, "own_roles"),
        ({"username": "nobody"}, "no_such_staff"), ({"role": ["king"]}, "no_such_role"),
    ):  # fmt: skip
        assert refused(client("olga").post("/staff", {**told, **changed}), code)
    assert StaffRoles.objects.count() == kept
    assert client("cora").post("/staff", told).status_code == 403
    assert client("rea").get(f"/people/{waiting['ann']}/hardship").status_code == 200
    assert client("rea").post(f"/people/{waiting['ann']}/hardship").status_code == 403
    assert client("olga").post("/staff", told).status_code == 302
    assert client("rea").post(f"/people/{waiting['ann']}/hardship").status_code == 409, "she may, but told nothing"
    row = StaffRoles.objects.latest("id")
    assert (row.user.username, row.roles, row.by) == ("rea", ["care", "recovery"], "olga")
    assert "stands in for cara" in text(client("cora").get("/staff"))
    browser = client("rea")
    assert client("olga").post("/staff", {"username": "rea", "reason": "left us"}).status_code == 302
    assert browser.get("/today").status_code in (302, 403)
