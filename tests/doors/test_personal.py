"""A person's own data: given to them alone and whole, and erased where the law lets, while the book stays as it was.

The cast: dora owes on L-2; fay owes nothing on L-4 and asks to be erased; gil owns L-5, and nobody knows his place.
"""

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pages import client, text

pytestmark = pytest.mark.usefixtures("seen_contexts")
FIRST, TODAY = date(2005, 4, 1), date(2005, 4, 10)
MAIL, PHONE, NAME = "fay@example.com", "+8613800138777", "Fay Quistgaard"
NOTE, WHY, AUNT, AUNTS_MAIL, TEXT, CAUSE = (
    "fay called twice", "fay limps", "Aunt Quistgaard", "aunt@example.com", "fay never bought it", "fay lost her job",
)  # fmt: skip
SEEDED = (MAIL, PHONE, NAME, NOTE, WHY, AUNT, AUNTS_MAIL, TEXT, CAUSE)


@pytest.fixture(scope="module")
def own(module_db: str) -> dict[str, int]:
    """Three borrowers with a line each, closed for three days, and whatever can be kept of a person kept of fay."""
    from duecourse.book import close
    from duecourse.borrowers import names, people, reach
    from duecourse.care import circumstances, complaints, disputes, hardship, notes, representatives
    from duecourse.care.affordability import Household
    from duecourse.outreach import calendar_feed, wishes
    from duecourse.servicing import accounts, purchases

    found = dict(
        zip(("dora", "fay", "gil"), people.enrol(source="test", references=["dora", "fay", "gil"]), strict=True)
    )
    lines = {
        name: accounts.open_line(
            number=number, borrower_id=found[name], product="card_tw_2005", limit_minor=1_000_000, on=FIRST
        )
        for name, number in (("dora", "L-2"), ("fay", "L-4"), ("gil", "L-5"))
    }
    close.through(FIRST)
    purchases.post(account=lines["dora"], amount_minor=500_000, on=FIRST + timedelta(days=1), key="b")
    close.through(FIRST + timedelta(days=2))
    at = datetime(2005, 4, 9, 9, tzinfo=UTC)
    for name, place in (("dora", "UK"), ("fay", "UK")):
        told: dict[str, Any] = {"borrower": found[name], "by": "alice", "reason": "application"}
        reach.reside(place=place, zone="Europe/London", language="en", **told)
    reach.add_point(kind="email", value=MAIL, at_work=False, source="contract", **told)
    reach.add_point(kind="phone", value=PHONE, at_work=False, source="contract", **told)
    names.call(name=NAME, **told)
    wishes.wish(channel="email", language="en", hour=9, before_days=3, **told)
    calendar_feed.begin(**told)
    care: dict[str, Any] = {"person": found["fay"], "by": "alice"}
    notes.write(text=NOTE, key="n", **care)
    review = {"review_on": TODAY + timedelta(days=30), "at": at}
    circumstances.note(kind="health", text=WHY, treat=["more_time"], key="c", **review, **care)
    representatives.represent(
        kind="named_person", name=AUNT, point_kind="email", point=AUNTS_MAIL, authority_from=TODAY, key="r",
        reason="told", **care,
    )  # fmt: skip
    of = {"account": lines["fay"], "at": at, "channel": "call", "reason": "told", **care}
    complaints.receive(about="charges", text=TEXT, key="k", **of)
    disputes.open_dispute(kind="reported", text=TEXT, key="d", **of)
    household = Household(2, 1, 500_000, 300_000, 50_000)
    hardship.take(borrower=found["fay"], household=household, currency="TWD", cause=CAUSE, on=TODAY, at=at, by="alice")
    return found


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that stands."""
    from duecourse import clock

    monkeypatch.setattr(clock, "today", lambda: TODAY)


def of(borrower: int) -> Any:
    """A browser in which a borrower is signed in."""
    browser = client(None)
    session = browser.session
    session["borrower"] = borrower
    session.save()
    return browser


def seen_in_the_database() -> set[str]:
    """What of what was seeded anybody with the keys could still read, in whatever column of whatever table."""
    from django.db import connections

    from duecourse.borrowers import secrecy

    found: set[str] = set()
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c JOIN "
            "information_schema.tables t USING (table_schema, table_name) WHERE c.table_schema = 'public' AND "
            "t.table_type = 'BASE TABLE' AND c.data_type IN ('text', 'character varying', 'bytea', 'jsonb')"
        )
        for table, column, kind in cursor.fetchall():
            read = f'"{column}"' if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT DISTINCT {read} FROM {table} WHERE "{column}" IS NOT NULL')
            for (value,) in cursor.fetchall():
                told = value
                if kind == "bytea":
                    try:
                        told = secrecy.opened(bytes(value))
                    except (secrecy.Unreadable, UnicodeDecodeError):
                        told = bytes(value).decode("latin-1")
                found |= {one for one in SEEDED if one in told}
    return found


def entries() -> Any:
    """Every entry of the ledger, statements and sealed days' digests, as they are."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT jsonb_agg(to_jsonb(e) ORDER BY id) FROM ledger_entry e)::text, "
            "(SELECT jsonb_agg(to_jsonb(d) ORDER BY day) FROM book_day d)::text, (SELECT count(*) FROM audit_leaf)"
        )
        return cursor.fetchone()


def test_everything_that_is_about_a_person_is_given_or_named_as_withheld(own: dict[str, int]) -> None:
    from django.db import connection

    from duecourse.personal.kept import KEPT, WITHHELD

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND column_name IN ('borrower_id', 'account_id')"
        )
        there_are = {table for (table,) in cursor.fetchall()}
    given = [one.table for one in KEPT]
    assert there_are - {*given, *WITHHELD} == set(), "say in personal.kept whether a person is given these, or why not"
    assert len(given) == len({*given, *WITHHELD}) - len(WITHHELD)


def test_a_person_downloads_all_of_their_own_and_nobody_elses(own: dict[str, int]) -> None:
    from duecourse.personal.tables import Export

    answer = of(own["fay"]).post("/my/data/export")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="my-data-{TODAY}.zip"'
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    told = json.loads(packed.read("data.json"))
    whole = json.dumps(told, ensure_ascii=False)
    assert [one for one in SEEDED if one not in whole] == []
    assert {one["number"] for one in told["tables"]["servicing_account"]} == {"L-4"}
    assert "alice" not in whole
    assert "risk_watched" in told["withheld"]
    points = packed.read("csv/borrowers_contact_point.csv").decode("utf-8-sig")
    assert f"'{PHONE}" in points, "a spreadsheet would take it for a sum"
    kept = Export.objects.get(borrower_id=own["fay"])
    assert kept.rows == sum(map(len, told["tables"].values()))

    other = json.dumps(
        json.loads(zipfile.ZipFile(io.BytesIO(of(own["dora"]).post("/my/data/export").content)).read("data.json"))
    )
    assert [one for one in (*SEEDED, "L-4") if one in other] == []
    assert client(None).post("/my/data/export").url == "/my/in"
    assert of(own["fay"]).get("/my/data/export").status_code == 405


def test_each_place_keeps_what_its_rules_say() -> None:
    from duecourse.personal import erasing

    told = {
        place: {(one.rule, one.parameters["months"]) for one in erasing.duties(place, date(2026, 8, 22))}
        for place in ("CN", "UK", "US-NY", "DE")
    }
    assert told == {
        "CN": {("CN-COL-17", 60)},
        "UK": {("UK-DISP-1.9", 36), ("UK-MLR-40", 60)},
        "US-NY": {("US-RF-16", 36)},
        "DE": {("EU-AML-40", 60)},
    }


def test_who_owes_is_refused_with_the_reason_and_keeps_everything(own: dict[str, int]) -> None:
    from duecourse.personal import erasing

    page = of(own["dora"]).get("/my/data")
    assert "You owe something" in text(page)
    assert 'name="sure"' not in page.content.decode()
    of(own["dora"]).post("/my/data", {"sure": "yes"})
    wished = erasing.newest(person=own["dora"])
    assert wished is not None
    assert (wished.state, wished.rules) == ("refused", ["debt"])


@pytest.mark.usefixtures("seen_contexts")
def test_where_nobody_knows_whose_law_holds_somebody_decides_and_says_why(own: dict[str, int]) -> None:
    from duecourse.personal import erasing
    from duecourse.web import staff

    wished = erasing.ask(person=own["gil"], on=TODAY, by="borrower")
    assert (wished.state, set(wished.rules)) == ("asked", {"usable_account", "place_unknown"})
    assert erasing.ask(person=own["gil"], on=TODAY, by="borrower").id == wished.id, "asked twice, asked once"
    with pytest.raises(erasing.ErasureRefused, match="why"):
        erasing.decide(erasure=wished.id, granted=False, on=TODAY, by="bob", reason=" ")
    address = f"/erasures/{wished.id}"
    for name, role in (("cora", "compliance"), ("carl", "care")):
        staff.admit(username=name, password=None, roles=[role])
    queue = client("cora").get("/queues/erasures").context["queue"]
    why = "an account can still be used, where they live is not known, nor which law holds"
    assert [(row[1].href, row[4].text) for row in queue.rows] == [(address, why)]
    assert client("carl").get(address).context["may_act"] is False
    assert client("carl").post(address, {"step": "refuse", "reason": "he asked"}).status_code == 403
    for step, reason, code in (("grant", "he asked", "lives"), ("refuse", " ", "reason")):
        answer = client("cora").post(address, {"step": step, "reason": reason})
        assert (answer.status_code, code in text(answer)) == (409, True)
    done = client("cora").post(address, {"step": "refuse", "reason": "he is another's guarantor"})
    assert done["Location"] == address
    assert "未同意" in text(client("cora", language="zh").get(address))
    told = erasing.newest(person=own["gil"])
    assert told is not None
    assert (told.by, told.reason, erasing.asked()) == ("cora", "he is another's guarantor", 0)
    assert (told.state, told.reason) == ("refused", "he is another's guarantor")
    with pytest.raises(erasing.ErasureRefused, match="waits for nobody"):
        erasing.decide(erasure=wished.id, granted=True, on=TODAY, by="bob", reason="after all")


def test_what_was_not_granted_nobody_erases(own: dict[str, int]) -> None:
    from django.db import IntegrityError, transaction

    from duecourse.personal import erasing
    from duecourse.personal.tables import Erasure

    asked = Erasure.objects.create(borrower_id=own["dora"], on=TODAY, by="borrower")
    erasing.become(asked.id, erasing.REFUSED, TODAY, "bob", "by rule")
    with pytest.raises(IntegrityError, match="not granted"), transaction.atomic():
        erasing.run(asked.id, "later")


def test_who_owes_nothing_is_erased_at_once_and_after_the_last_duty_and_the_book_stays(own: dict[str, int]) -> None:
    from duecourse.book import check
    from duecourse.borrowers import names, reach
    from duecourse.care import complaints, disputes, hardship
    from duecourse.care.complaint_tables import Complaint
    from duecourse.care.dispute_tables import Dispute
    from duecourse.care.hardship_tables import Hardship
    from duecourse.personal import erasing

    fay, before = own["fay"], entries()
    assert seen_in_the_database() == {*SEEDED}
    page = text(of(fay).get("/my/data"))
    assert "A dispute is open" in page
    assert "A complaint is open" in page
    at = datetime(2005, 4, 10, 9, tzinfo=UTC)
    dispute, complaint = Dispute.objects.get(borrower_id=fay).id, Complaint.objects.get(borrower_id=fay).id
    told: dict[str, Any] = {"at": at, "by": "alice", "reason": "looked into"}
    disputes.go_on(dispute=dispute, state="rejected", **told)
    complaints.go_on(complaint=complaint, state="answered", outcome="rejected", text=TEXT, **told)
    complaints.go_on(complaint=complaint, state="closed", root_cause="none_found", **told)
    page = text(of(fay).get("/my/data"))
    assert "An account can still be used" in page
    assert "After 2008-04-09" in page
    assert "UK-DISP-1.9" in page
    of(fay).post("/my/data")
    assert erasing.newest(person=fay) is None, "nothing is asked by a page that was not ticked"
    of(fay).post("/my/data", {"sure": "yes"})
    wished = erasing.newest(person=fay)
    assert wished is not None
    done = erasing.decide(erasure=wished.id, granted=True, on=TODAY, by="bob", reason="her line is closed")
    assert done.state == "granted"
    assert done.until is not None
    left = seen_in_the_database()
    assert MAIL not in left
    assert PHONE not in left
    assert NAME in left
    assert reach.having(kind="email", value=MAIL) == []
    assert {one.state for one in reach.points(borrower=fay)} == {"dead"}
    assert re.search("done as far as the law lets", text(of(fay).get("/my/data")))

    assert erasing.due(on=done.until, by="job") == []
    assert erasing.due(on=done.until + timedelta(days=1), by="job") == [fay]
    assert seen_in_the_database() == set()
    assert erasing.due(on=done.until + timedelta(days=2), by="job") == []
    assert names.of(borrowers=[fay]) == {fay: erasing.GONE}
    assert hardship.read(hardship=Hardship.objects.get(borrower_id=fay).id).cause == erasing.GONE
    assert entries() == before
    assert [one.what for one in check.everything() if not one.ok] == []
