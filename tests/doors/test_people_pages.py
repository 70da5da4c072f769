"""Finding anyone from any page, and a person's page: accounts, may I contact now, what stands, notes, the line of time.

What was typed to find somebody stands in no address.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pages import client, text

pytestmark = pytest.mark.usefixtures("seen_contexts")


@pytest.fixture(scope="module")
def known(book: dict[str, int]) -> dict[str, int]:
    """Of the small book Alice (L-1) and Dora (L-2) are known, with the same last digits of their numbers."""
    from duecourse.borrowers import names, reach
    from duecourse.servicing import read

    found = {number: read.borrower_of(number=number) for number in book}
    told: dict[str, Any] = {"by": "bob", "reason": "told"}
    names.call(borrower=found["L-1"], name="Alice Ng", **told)
    point: dict[str, Any] = {"at_work": False, "source": "them", **told}
    reach.reside(borrower=found["L-2"], place="CN", zone="Asia/Shanghai", language="zh", **told)
    reach.add_point(borrower=found["L-1"], kind="email", value="alice@example.org", **point)
    reach.add_point(borrower=found["L-1"], kind="phone", value="+8613800130042", **point)
    reach.add_point(borrower=found["L-2"], kind="phone", value="+8613900130042", **point)
    return found


@pytest.mark.parametrize("told", ["alice", "test:alice", "ng, alice", "ALICE@example.org", "13800130042"])
def test_one_person_is_found_and_their_page_opens(known: dict[str, int], told: str) -> None:
    response = client().post("/find", {"told": told})
    assert response["Location"] == f"/people/{known['L-1']}"
    assert "Alice Ng" in text(client().get(response["Location"]))


def test_everyone_whose_number_ends_so_is_listed(known: dict[str, int]) -> None:
    response = client().post("/find", {"told": "0042"})
    assert {one.borrower for one in response.context["people"]} == {known["L-1"], known["L-2"]}
    said = text(response)
    assert "Alice Ng last digits of the phone number L-1" in said
    assert f"person {known['L-2']} last digits of the phone number L-2" in said
    assert "手机尾号" in text(client(language="zh").post("/find", {"told": "0042"}))


def test_an_account_is_found_by_its_number_or_how_it_begins(known: dict[str, int]) -> None:
    assert client().post("/find", {"told": "L-2"})["Location"] == "/accounts/L-2"
    assert client().post("/find", {"told": "L-"}).context["numbers"] == ["L-1", "L-2", "L-3", "L-4"]


@pytest.mark.parametrize("told", ["nobody", "%", "0043", "x" * 5_000])
def test_what_leads_to_nobody_says_so(known: dict[str, int], told: str) -> None:
    response = client().post("/find", {"told": told})
    assert response.status_code == 200
    assert "Nobody and no account is found" in text(response)
    assert "A name is looked for as a whole" in text(client().post("/find", {"told": "   "}))


def test_what_was_typed_is_no_part_of_an_address_and_no_code(known: dict[str, int]) -> None:
    assert "/people/" not in client().get("/find?told=alice").content.decode()
    page = client().post("/find", {"told": '"><script>'}).content.decode()
    assert "<script>" not in page
    page = client().post("/find", {"told": "0042"}).content.decode()
    assert "told=" not in page


def test_only_people_with_the_right_find_anybody(known: dict[str, int]) -> None:
    assert client("charlie").post("/find", {"told": "alice"}).status_code == 403
    assert client(None).post("/find", {"told": "alice"}).status_code == 302


def test_who_may_not_see_people_finds_accounts_alone(known: dict[str, int]) -> None:
    from duecourse.web import staff

    staff.admit(username="rita", password=None, roles=["risk"])
    assert client("rita").post("/find", {"told": "L-2"})["Location"] == "/accounts/L-2"
    assert "Nobody and no account" in text(client("rita").post("/find", {"told": "ng, alice"}))
    assert "/people/" not in client("rita").get("/accounts/L-1").content.decode()
    assert page(known["L-1"], who="rita").status_code == 403


def test_finding_fifty_takes_no_more_queries_than_finding_one(known: dict[str, int]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from duecourse.borrowers import people, reach

    told = {"at_work": False, "source": "them", "by": "bob", "reason": "told"}
    for place, one in enumerate(people.enrol(source="many", references=[str(place) for place in range(60)])):
        reach.add_point(borrower=one, kind="phone", value=f"+86139{place:04d}5555", **told)
    counted = []
    for told_of in ("0042", "5555"):
        browser = client()
        with CaptureQueriesContext(connection) as seen:
            response = browser.post("/find", {"told": told_of})
        counted.append(len(seen))
    assert len(response.context["people"]) == 50
    assert "There may be more" in text(response)
    assert counted[0] == counted[1]


def page(person: int, more: str = "", who: str = "bob", language: str = "en") -> Any:
    return client(who, language).get(f"/people/{person}{more}")


def test_a_persons_page_has_every_account_and_what_happened_on_each(
    book: dict[str, int], known: dict[str, int]
) -> None:
    from duecourse.servicing import accounts, purchases

    second = accounts.open_line(
        number="L-2-B", borrower_id=known["L-2"], product="card_tw_2005", limit_minor=100_000, on=date(2005, 6, 10)
    )
    purchases.post(account=second, amount_minor=12_345, on=date(2005, 6, 10), key="b-2-b")
    response = page(known["L-2"])
    assert [one.number for one in response.context["accounts"]] == ["L-2", "L-2-B"]
    line = [(one.on, one.account, one.amount) for one in response.context["line"] if one.group == "money"]
    assert (date(2005, 6, 10), "L-2-B", "+123.45 TWD") in line
    assert (date(2005, 5, 26), "L-2", "+7,000.00 TWD") in line
    assert (date(2005, 5, 15), "L-2", "\N{MINUS SIGN}10.00 TWD") in line
    assert [on for on, *_ in line] == sorted((on for on, *_ in line), reverse=True)
    assert {one.account for one in page(known["L-2"], "?show=money").context["line"]} == {"L-2", "L-2-B"}


def test_the_figures_are_those_of_the_accounts_own_pages(book: dict[str, int], known: dict[str, int]) -> None:
    from duecourse.servicing import of_person, read

    for number, person in known.items():
        held = next(one for one in of_person.accounts(person=person) if one.number == number)
        told = read.account(number=number)
        assert (held.figures, held.standing, held.next_due) == (told.figures, told.standing, told.next_due)
        line = of_person.moved(accounts=[held.id], most=10_000)
        owed = held.figures["owed"] - held.figures["credit"]
        assert sum(one.owed_minor for one in line) == owed


def test_what_was_promised_and_complained_of_stands_and_is_on_the_line(known: dict[str, int]) -> None:
    from duecourse.care import complaints, promises

    now = datetime.now(UTC)
    due_on = now.date() + timedelta(days=2)
    told: dict[str, Any] = {"by": "bob", "reason": "by phone", "channel": "call", "at": now, "person": known["L-3"]}
    promises.promise(amount_minor=5_000, due_on=due_on, key="p", **told)
    complaints.receive(about="charges", text="too dear", key="c", **told)
    response = page(known["L-3"])
    said = text(response)
    assert f"50.00 by {due_on}" in said
    assert "about interest and fees" in said
    assert {row.what for row, *_ in response.context["standing"]} == {"Promise to pay 1", "Complaint 1"}
    assert {one.what for one in response.context["line"] if one.group == "care"} >= {"Promise to pay 1", "Complaint 1"}
    assert "还款承诺 1" in text(page(known["L-3"], language="zh"))


def test_whether_a_contact_is_allowed_is_what_the_gate_says_and_is_not_kept(known: dict[str, int]) -> None:
    from duecourse.borrowers.contact_tables import ContactDecision
    from duecourse.outreach import contact, would

    at = datetime.now(UTC)
    before = ContactDecision.objects.count()
    told = would.would_we(person=known["L-2"], purpose="collection", at=at)
    assert page(known["L-2"], "?purpose=service").status_code == 200
    assert ContactDecision.objects.count() == before
    for channel, answer in told.items():
        asked = contact.may_we(person=known["L-2"], channel=channel, purpose="collection", at=at, by="bob")
        assert asked.answer == answer, channel


def test_of_somebody_who_lives_nowhere_we_know_everything_is_refused(known: dict[str, int]) -> None:
    response = page(known["L-4"])
    (one,) = response.context["may"]
    assert not one.is_allowed
    assert len(one.channels) == 10
    assert "unknown_place" in text(response)
    assert "nothing may be sent" in text(response)


def test_a_note_is_kept_once_with_who_and_when_and_is_encrypted(known: dict[str, int]) -> None:
    from duecourse.care.note_tables import Note

    told = {"text": "Works nights;\ncall after six. <b>", "key": uuid4().hex}
    for _ in range(2):
        assert client().post(f"/people/{known['L-1']}/notes", told).status_code == 302
    (row,) = Note.objects.all()
    assert (row.by, row.borrower_id, b"nights" in bytes(row.text)) == ("bob", known["L-1"], False)
    said = page(known["L-1"]).content.decode()
    assert "Works nights;<br>call after six. &lt;b&gt;" in said
    refused = client().post(f"/people/{known['L-1']}/notes", {"text": "  ", "key": uuid4().hex})
    assert (refused.status_code, "care_refused" in text(refused)) == (409, True)
    assert Note.objects.count() == 1


def test_who_may_only_look_writes_nothing(known: dict[str, int]) -> None:
    from duecourse.borrowers.found_tables import Name
    from duecourse.care.note_tables import Note
    from duecourse.web import staff

    staff.admit(username="cleo", password=None, roles=["compliance"])
    before = (Note.objects.count(), Name.objects.count())
    for who, code in (("cleo", 403), ("charlie", 403), (None, 302)):
        for what, told in (("notes", {"text": "x", "key": uuid4().hex}), ("name", {"name": "Eve"})):
            assert client(who).post(f"/people/{known['L-1']}/{what}", told).status_code == code
    assert page(known["L-1"], who="charlie").status_code == 403
    assert "<textarea" not in page(known["L-1"], who="cleo").content.decode()
    assert (Note.objects.count(), Name.objects.count()) == before


def test_a_name_is_kept_and_found_and_one_that_is_none_is_refused(known: dict[str, int]) -> None:
    assert client().post(f"/people/{known['L-4']}/name", {"name": "Fay Wong"}).status_code == 302
    assert client().post("/find", {"told": "wong fay"})["Location"] == f"/people/{known['L-4']}"
    refused = client().post(f"/people/{known['L-4']}/name", {"name": "…"})
    assert (refused.status_code, "name_refused" in text(refused)) == (409, True)
    assert "Fay Wong" in text(refused)


def test_numbers_and_addresses_are_not_shown_whole(known: dict[str, int]) -> None:
    said = text(page(known["L-1"]))
    assert "…0042" in said
    assert "a…@example.org" in said
    assert "alice@example.org" not in said
    assert "80013" not in said


@pytest.mark.parametrize("more", ["?purpose=nothing", "?show=nothing"])
def test_what_is_not_there_is_not_found(known: dict[str, int], more: str) -> None:
    assert page(known["L-1"], more).status_code == 404
    assert page(10**9).status_code == 404
    assert client().post(f"/people/{10**9}/name", {"name": "Eve"}).status_code == 404
    assert client().post(f"/people/{known['L-1']}/notes", {"text": "x", "key": "1"}).status_code == 404


def test_a_page_takes_as_many_queries_however_much_there_is(book: dict[str, int], known: dict[str, int]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from duecourse.borrowers import people
    from duecourse.care import notes
    from duecourse.servicing import accounts, purchases

    (busy,) = people.enrol(source="test", references=["busy"])
    for place in range(6):
        told = {"number": f"B-{place}", "borrower_id": busy, "product": "card_tw_2005", "limit_minor": 100_000}
        number = accounts.open_line(on=date(2005, 6, 10), **told)
        purchases.post(account=number, amount_minor=100, on=date(2005, 6, 10), key=f"busy{place}")
        notes.write(person=busy, text="busy", by="bob", key=f"busy{place}")
    browser, counted = client(), []
    for person in (known["L-1"], busy):
        browser.get(f"/people/{person}")
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(f"/people/{person}").status_code == 200
        counted.append(len(seen))
    assert counted[1] <= counted[0] <= 30
