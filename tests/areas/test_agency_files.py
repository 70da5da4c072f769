"""Files out hold what an agency needs and nothing else; files in are checked, judged, and taken once."""

import csv
import io
import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import agency_book
import pytest
from agency_book import LAST, NOON, OPEN, cases_moved, engaged, line, place


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    who = agency_book.book()
    cases_moved()
    return who


@pytest.fixture
def who(made: dict[str, int], db_copy: str) -> dict[str, int]:
    engaged()
    return made


def out(agency: str = "north", at: datetime = NOON) -> Any:
    from duecourse.recovery import agency_out

    return agency_out.make(agency=agency, day=LAST, at=at, by="bob")


def rows(file: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.content.decode())))


def test_a_file_has_a_line_for_each_late_account_with_what_the_agency_needs(who: dict[str, int]) -> None:
    from duecourse.audit.tables import Leaf
    from duecourse.recovery.agency_out import COLUMNS
    from duecourse.recovery.agency_tables import AgencyFile

    reference = place(who["ben"])
    told = out()
    assert told.placements.content.decode().splitlines()[0] == ",".join(COLUMNS)
    first, other = rows(told.placements)
    assert (first["reference"], other["reference"]) == (f"{reference}-1", f"{reference}-2")
    assert (first["phone"], first["email"]) == ("+86 1390000001", "ben@example.org")
    assert (first["language"], first["currency"], first["zones"]) == ("zh", "TWD", "Asia/Shanghai")
    assert (first["hours_from"], first["hours_to"], first["channels"]) == ("08:00", "22:00", "call sms email")
    amounts = {name: Decimal(first[name]) for name in ("principal", "interest", "fees", "late_interest")}
    assert Decimal(first["past_due"]) == sum(amounts.values())
    assert amounts["principal"] > 0
    assert amounts["fees"] > 0
    assert first["days_past_due"] == "69"
    file = AgencyFile.objects.get(kind="placements")
    leaf = json.loads(bytes(Leaf.objects.get(place=file.audit_place).body))
    assert leaf == {
        "kind": "agency_file", "agency": "north", "of": "placements", "day": "2026-04-20", "rows": 2,
        "sha256": told.placements.digest, "by": "bob",
    }  # fmt: skip
    assert out("north").placements.digest == told.placements.digest, "made again, it is the same"


def test_a_point_that_may_not_be_used_is_not_handed_over(who: dict[str, int]) -> None:
    from duecourse.borrowers import reach
    from duecourse.recovery.agency_tables import Recall

    for name in ("ann", "ben", "cai", "dai"):
        place(who[name])
    told: dict[str, Any] = {"by": "t", "reason": ""}
    phone, _ = (point.id for point in reach.points(borrower=who["ann"]))
    reach.mark_point(borrower=who["ann"], point=phone, state="dead", **told)
    reach.block(borrower=who["ben"], kind="opted_out", channel="email", since=NOON - timedelta(days=1), **told)
    office = {"borrower": who["cai"], "at_work": True, "source": "contract", **told}
    reach.add_point(kind="phone", value="+86 1388888888", **office)
    reach.add_point(borrower=who["cai"], kind="email", value="=cmd|x", at_work=False, source="x", **told)
    for point in reach.points(borrower=who["dai"]):
        reach.mark_point(borrower=who["dai"], point=point.id, state="dead", **told)
    made = out()
    found = {row["phone"] or row["email"]: row for row in rows(made.placements)}
    assert set(found) == {"ann@example.org", "+86 1390000001", "+86 1390000002"}
    assert found["ann@example.org"]["channels"] == "email"
    assert found["+86 1390000001"]["email"] == ""
    assert found["+86 1390000002"]["email"] == "", "what is no address is not handed over"
    assert [why for _, why in made.recalled] == ["no contact point of theirs may be used, or nothing is past due"]
    assert Recall.objects.get().kind == "unreached"
    assert len(rows(made.recalls)) == 1


def test_every_recall_shows_in_the_next_file_and_why_does_not(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.borrowers import reach
    from duecourse.recovery import agency_out, placements

    first, other = place(who["ann"]), place(who["cai"])
    out()
    placements.recall(reference=first, day=LAST, by="bob", reason="the mother died")
    reach.block(borrower=who["cai"], kind="deceased", since=NOON, by="t", reason="")
    made = out(at=NOON + timedelta(hours=1))
    assert made.recalled == [(other, "deceased stands")]
    assert rows(made.placements) == []
    assert rows(made.recalls) == [
        {"reference": one, "stop_from": "2026-04-21", "delete_by": "2026-07-20"} for one in (first, other)
    ]
    assert rows(out(at=NOON + timedelta(hours=2)).recalls) == rows(made.recalls), "the same day's file is the same"
    close.through(OPEN)
    later = agency_out.make(agency="north", day=OPEN, at=NOON + timedelta(days=1), by="bob")
    assert rows(later.recalls) == []


def test_where_a_file_cannot_be_written_nothing_is_told_and_the_next_file_has_the_recalls(
    who: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.audit.tables import Leaf
    from duecourse.recovery import agency_out, placements
    from duecourse.recovery.agency_tables import AgencyFile, AgencyFileRow

    reference = place(who["ann"])
    placements.recall(reference=reference, day=LAST, by="bob", reason="x")
    leaves = Leaf.objects.count()
    cases, stop = tmp_path / "cases.csv", tmp_path / "stop.csv"
    told: dict[str, Any] = {"agency": "north", "day": LAST, "at": NOON, "by": "bob", "cases": cases}
    for bad in (tmp_path / "none" / "stop.csv", tmp_path):
        with pytest.raises(OSError, match=str(bad.parent)):
            agency_out.write(recalls=bad, **told)
        assert list(tmp_path.iterdir()) == [], "nor is a part of it left"
        counts = (AgencyFile.objects.count(), AgencyFileRow.objects.count(), Leaf.objects.count())
        assert counts == (0, 0, leaves)
    made = agency_out.write(recalls=stop, **told)
    assert [row["reference"] for row in rows(made.recalls)] == [reference]
    assert (cases.read_bytes(), stop.read_bytes()) == (made.placements.content, made.recalls.content)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases.csv", "stop.csv"]


FIELDS = ("id", "kind", "reference", "at", "channel", "result", "reached", "amount", "due_on", "about", "text")


def written(path: Path, *told: dict[str, str]) -> Path:
    with path.open("w", newline="") as file:
        lines = csv.DictWriter(file, FIELDS)
        lines.writeheader()
        lines.writerows(told)
    return path


def take(path: Path, at: datetime = NOON + timedelta(days=1), **more: Any) -> Any:
    from duecourse.intake import agency_file

    work = agency_file.retry if more.pop("retry", False) else agency_file.take
    return work(path, agency="north", at=at, by="bob", **more)


def call(number: str, reference: str, at: str, **more: str) -> dict[str, str]:
    told = {"id": number, "kind": "contact", "reference": reference, "at": at, "channel": "call", "result": "connected"}
    return {**told, **more}


def reports() -> dict[str, Any]:
    from duecourse.recovery.agency_tables import AgencyReport

    return {one.reference: one for one in AgencyReport.objects.all()}


def test_contacts_of_an_agency_count_and_each_is_judged_as_of_its_moment(who: dict[str, int], tmp_path: Path) -> None:
    from duecourse.borrowers.contact_tables import ContactBreach, ContactDecision
    from duecourse.outreach import contact, made

    reference = place(who["ann"])
    path = written(
        tmp_path / "a.csv",
        call("4", reference, "2026-04-21T13:03:00+08:00"),
        call("1", reference, "2026-04-21T13:00:00+08:00"),
        call("2", f"{reference}-1", "2026-04-21T13:01:00+08:00"),
        call("3", reference, "2026-04-21T13:02:00+08:00"),
        call("5", reference, "2026-04-21T23:00:00+08:00", channel="email", result="sent"),
        call("6", reference, "2026-04-22T09:00:00+08:00", channel="visit", result="unanswered"),
        call("7", reference, "2026-04-20T09:00:00+08:00", result="unanswered"),
        call("8", reference, "2026-04-22T09:05:00+08:00", result="unanswered", reached="employer"),
    )
    taken = take(path)
    assert (taken.new, taken.file.summary["quarantined"]) == (8, 0)
    found = reports()
    rules = {name: [one.partition("@")[0].partition(".")[0] for one in row.breaches] for name, row in found.items()}
    assert rules["1"] == rules["2"] == rules["3"] == []
    assert "CN-COL-03" in rules["4"], "the fourth conversation of a day"
    assert {"CN-COL-02", "CN-COL-11"} <= set(rules["5"]), "an hour before midnight"
    assert "TERMS-CHANNEL" in rules["6"]
    assert "NOT-PLACED" in rules["7"]
    assert "CN-COL-04" in rules["8"], "an employer"
    assert [found[name].late for name in ("1", "7")] == [False, False]
    assert ContactBreach.objects.count() == 3
    assert ContactDecision.objects.filter(by="agency north").count() == 8
    evening = datetime.fromisoformat("2026-04-21T21:00:00+08:00")
    ours = contact.may_we(person=who["ann"], channel="call", purpose="collection", at=evening, by="dan")
    assert "CN-COL-03" in {one.id for one in ours.answer.refusals}, "our own cap counts the agency's calls"
    states = {one.state for one in made.of(borrower=who["ann"]) if one.by == "agency north"}
    assert states == {"connected", "sent", "unanswered"}, "what was made is not shown as refused"
    again = take(path)
    assert (again.new, ContactDecision.objects.filter(by="agency north").count()) == (0, 8)


def test_a_breach_counts_for_the_next_contact_too(who: dict[str, int], tmp_path: Path) -> None:
    from duecourse.outreach import contact

    reference = place(who["ann"])
    calls = [call(str(i), reference, f"2026-04-21T22:3{i}:00+08:00") for i in range(4)]
    take(written(tmp_path / "a.csv", *calls))
    assert all(row.breaches for row in reports().values()), "all were at night"
    noon = datetime.fromisoformat("2026-04-21T12:00:00+08:00")
    ours = contact.may_we(person=who["ann"], channel="call", purpose="collection", at=noon, by="dan")
    assert "CN-COL-03" in {one.id for one in ours.answer.refusals}


def test_a_contact_after_a_recall_that_was_told_is_a_breach_and_one_that_is_told_late_is_late(
    who: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.recovery import placements

    reference = place(who["ann"])
    placements.recall(reference=reference, day=LAST, by="bob", reason="x")
    out()
    take(
        written(
            tmp_path / "a.csv",
            call("1", reference, "2026-04-21T20:00:00+08:00"),
            call("2", reference, "2026-04-23T09:00:00+08:00"),
        ),
        at=NOON + timedelta(days=3),
    )
    found = reports()
    assert [("RECALLED" in found[name].breaches, found[name].late) for name in ("1", "2")] == [
        (False, True), (True, False),
    ]  # fmt: skip


def said(number: str, kind: str, reference: str, **more: str) -> dict[str, str]:
    return {"id": number, "kind": kind, "reference": reference, "at": "2026-04-21T11:00:00+08:00", **more}


def test_payments_promises_complaints_and_disputes_reach_those_who_keep_them(
    who: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.care.complaint_tables import Complaint
    from duecourse.care.dispute_tables import Dispute
    from duecourse.care.promise_tables import Promise
    from duecourse.ledger.tables import Entry
    from duecourse.recovery import placements

    ann, ben, cai = place(who["ann"]), place(who["ben"]), place(who["cai"])
    taken = take(
        written(
            tmp_path / "a.csv",
            said("1", "payment", f"{ben}-2", amount="1200"),
            said("2", "promise", ann, channel="call", amount="500", due_on="2026-04-25"),
            said("3", "complaint", cai, channel="call", about="contact", text="You rang my mother."),
            said("4", "dispute", ben, channel="call", about="identity_theft", text="I never borrowed."),
        )
    )
    assert taken.file.summary == {
        "finished": True, "agency": "north", "rows": 4, "contact": 0, "payment": 1, "promise": 1, "complaint": 1,
        "dispute": 1, "quarantined": 0,
    }  # fmt: skip
    entry = Entry.objects.get(id=reports()["1"].row_id)
    assert (entry.account_id, entry.cash, entry.channel) == (line("ben2"), 120_000, 90)
    promise = Promise.objects.get()
    assert (promise.borrower_id, promise.amount_minor, promise.by) == (who["ann"], 50_000, "agency north")
    assert (Complaint.objects.get().agency, Complaint.objects.get().borrower_id) == ("north", who["cai"])
    assert Dispute.objects.get().borrower_id == who["ben"]
    gone = dict(placements.recall_due(day=LAST, at=NOON, by="t"))
    assert gone == {ann: "promise stands", ben: "identity_theft stands", cai: "complaint stands"}


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ({"id": ""}, "id", "missing"),
        ({"kind": "gift"}, "kind", "unknown_word"),
        ({"at": "2026-04-21T11:00:00"}, "at", "not_an_instant"),
        ({"at": "2027-04-21T11:00:00+08:00"}, "at", "not_yet"),
        ({"reference": "P0"}, "", "no_such_placement"),
        ({"amount": "0"}, "amount", "not_positive"),
        ({"amount": "1.555"}, "amount", "not_a_number"),
        ({"amount": ""}, "amount", "missing"),
        ({"kind": "contact", "channel": "call", "result": "sent"}, "", "contact_outcome_unknown"),
        ({"kind": "contact", "channel": "call", "result": "not_made"}, "result", "unknown_word"),
        ({"kind": "complaint", "channel": "call", "about": "weather", "text": "x"}, "about", "unknown_word"),
        ({"kind": "promise", "channel": "call", "due_on": "soon"}, "due_on", "not_a_day"),
        ({"kind": "promise", "channel": "call", "due_on": "2026-01-01"}, "", "care_refused"),
        ({"kind": "dispute", "channel": "call", "about": "amount", "text": "x", "amount": ""}, "amount", "missing"),
    ],
)
def test_a_row_that_cannot_be_taken_waits_with_field_and_reason_and_moves_nothing(
    who: dict[str, int], tmp_path: Path, row: dict[str, str], field: str, code: str
) -> None:
    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.intake.tables import Quarantined
    from duecourse.ledger.tables import Entry

    reference = place(who["ann"])
    before = (Entry.objects.count(), ContactDecision.objects.count())
    take(written(tmp_path / "a.csv", {**said("1", "payment", reference, amount="5"), **row}))
    (waits,) = Quarantined.objects.all()
    assert (waits.row, waits.field, waits.code) == (1, field, code)
    assert reports() == {}
    assert (Entry.objects.count(), ContactDecision.objects.count()) == before


OTHERS: list[dict[str, str]] = [
    {"kind": "payment", "amount": "5"},
    {"kind": "promise", "channel": "call", "amount": "5", "due_on": "2026-04-25"},
    {"kind": "complaint", "channel": "call", "about": "contact", "text": "x"},
    {"kind": "dispute", "channel": "call", "about": "identity_theft", "text": "x"},
]


def test_what_is_told_of_a_day_before_the_agency_had_the_case_moves_nothing_until_it_is_corrected(
    who: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.intake.tables import Quarantined
    from duecourse.ledger.tables import Entry

    reference = place(who["ann"])
    before = Entry.objects.count()
    told = [{**said(str(i), "", reference), **row} for i, row in enumerate(OTHERS)]
    early = [{**row, "at": "2026-04-20T23:59:00+08:00" if row["id"] == "0" else "2025-04-21T11:00:00+08:00"}
             for row in told]  # fmt: skip
    assert take(written(tmp_path / "a.csv", *early)).new == 0
    waits = Quarantined.objects.order_by("row")
    assert [(one.row, one.field, one.code) for one in waits] == [(i, "at", "outside_placement") for i in range(1, 5)]
    assert "before 2026-04-21" in waits[0].reason
    assert (Entry.objects.count(), reports()) == (before, {})
    assert take(written(tmp_path / "b.csv", *told), retry=True).new == 4
    assert not Quarantined.objects.filter(taken_by=None).exists()


def test_what_is_told_of_a_day_after_the_recall_and_its_tail_waits(who: dict[str, int], tmp_path: Path) -> None:
    from duecourse.intake.tables import Quarantined
    from duecourse.recovery import placements

    reference = place(who["ann"])
    placements.recall(reference=reference, day=LAST, by="bob", reason="x")
    tail = [
        {**said(name, "complaint", reference, channel="call", about="contact", text="x"), "at": f"2026-05-{at}+08:00"}
        for name, at in (("last", "20T23:59:00"), ("after", "21T00:00:00"))
    ]  # fmt: skip
    later = NOON + timedelta(days=40)
    assert take(written(tmp_path / "a.csv", {**tail[1], "id": "untold"}), at=later).new == 1, "no file told of it"
    out()
    assert take(written(tmp_path / "b.csv", *tail), at=later).new == 1
    assert set(reports()) == {"untold", "last"}
    (waits,) = Quarantined.objects.all()
    assert (waits.row, waits.field, waits.code) == (2, "at", "outside_placement")


def test_a_row_of_several_accounts_says_which_and_another_agencys_placement_is_not_known(
    who: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.intake.tables import Quarantined

    engaged("south")
    ben, cai = place(who["ben"]), place(who["cai"], "south")
    take(
        written(
            tmp_path / "a.csv", said("1", "payment", ben, amount="5"), said("2", "payment", f"{ben}-3", amount="5"),
            said("3", "payment", cai, amount="5"),
        )
    )  # fmt: skip
    codes = list(Quarantined.objects.order_by("row").values_list("code", flat=True))
    assert codes == ["agency_account_unclear", "no_such_placement", "no_such_placement"]


def test_a_quarantined_row_is_taken_once_when_it_is_corrected(who: dict[str, int], tmp_path: Path) -> None:
    from duecourse.intake.files import NothingToRetry
    from duecourse.intake.tables import Quarantined
    from duecourse.ledger.tables import Entry

    reference = place(who["ann"])
    good = said("1", "payment", reference, amount="100")
    with pytest.raises(NothingToRetry):
        take(written(tmp_path / "a.csv", good), retry=True)
    take(written(tmp_path / "a.csv", good, said("2", "payment", reference, amount="x")))
    count = Entry.objects.count()
    assert Quarantined.objects.get().reference == "north:2"
    corrected = written(tmp_path / "b.csv", said("2", "payment", reference, amount="200"), good)
    assert take(corrected, retry=True).new == 1
    assert Entry.objects.count() == count + 1
    assert Quarantined.objects.get().taken_by is not None
    assert take(corrected).new == 0
    other = written(tmp_path / "c.csv", said("2", "payment", reference, amount="300"))
    take(other)
    assert Quarantined.objects.get(taken_by=None).code == "agency_report_reused"
    assert Entry.objects.count() == count + 1
