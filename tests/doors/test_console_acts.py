"""Acts from the console: what each would do is shown before, is what it then does, and a refusal says its code.

The cast: bob works for the lender and may act, cleo may only look, charlie may nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pages import client, text

pytestmark = pytest.mark.usefixtures("seen_contexts", "cast")


@pytest.fixture(scope="module")
def cast(book: dict[str, int]) -> None:
    from duecourse.web import staff

    staff.admit(username="cleo", password=None, roles=["compliance"])


def form(**told: Any) -> dict[str, Any]:
    return {"key": uuid4().hex, "on": "2005-06-10", "reason": "asked at the counter", **told}


def figures(number: str) -> tuple[dict[str, int], Any, Any]:
    from duecourse.servicing import read

    page = read.account(number=number)
    return dict(page.figures), page.standing, page.next_due


def entries() -> int:
    from duecourse.ledger.tables import Entry

    return Entry.objects.count()


@pytest.mark.parametrize(("kind", "told"), [
    ("paid_by", {"amount": "1,000.00", "payer": "her brother"}), ("goodwill", {"amount": "20"}),
    ("fee", {"amount": "5.50"}), ("suspend", {}),
])  # fmt: skip
def test_what_an_act_would_do_is_what_it_then_does(book: dict[str, int], kind: str, told: dict[str, str]) -> None:
    typed, browser, address = form(**told), client(), f"/accounts/L-2/act/{kind}"
    before, count = figures("L-2"), entries()
    seen = browser.post(address, {**typed, "step": "look"})
    assert seen.status_code == 200
    assert (figures("L-2"), entries()) == (before, count)
    effect = {one.name: one.after for one in seen.context["effect"]}
    assert any(one.is_moved for one in seen.context["effect"])
    done = browser.post(address, {**typed, "step": "do"})
    assert done["Location"] == "/accounts/L-2"
    now, standing, _ = figures("L-2")
    assert effect["owed in all"] == f"{now['owed'] / 100:,.2f}"
    assert effect["past due"] == f"{standing.past_due / 100:,.2f}"
    barred = kind == "suspend" or standing.suspended
    assert effect["purchases"] == ("suspended" if barred else "allowed")
    after = entries()
    assert browser.post(address, {**typed, "step": "do"}).status_code == 302
    assert entries() == after
    again = browser.post(address, {**typed, "step": "look"})
    assert "done already" in text(again)
    page = text(browser.get("/accounts/L-2?postings=all"))
    assert "asked at the counter" in page or "her brother" in page


@pytest.mark.parametrize(("kind", "told", "code"), [
    ("waiver", {"component": "fee", "amount": "999999"}, "more_than_charged"),
    ("paid_by", {"amount": "ten", "payer": "x"}, "field_unreadable"),
    ("paid_by", {"amount": "0", "payer": "x"}, "not_an_amount"),
    ("paid_by", {"amount": "5", "payer": "x", "on": "2005-07-01"}, "effective_after_open_day"),
    ("paid_by", {"amount": "5", "payer": "x", "reason": " "}, "act_without_reason"),
    ("goodwill", {"amount": "5", "on": "soon"}, "field_unreadable"),
])  # fmt: skip
@pytest.mark.parametrize("step", ["look", "do"])
def test_what_is_refused_says_its_code_and_moves_nothing(
    book: dict[str, int], kind: str, told: dict[str, str], code: str, step: str
) -> None:
    before, count = figures("L-1"), entries()
    refused = client().post(f"/accounts/L-1/act/{kind}", {**form(**told), "step": step})
    assert (refused.status_code, code in text(refused)) == (409, True), text(refused)[:400]
    assert (figures("L-1"), entries()) == (before, count)


def test_each_act_has_a_form_in_both_languages_and_others_are_no_page(book: dict[str, int]) -> None:
    page = client().get("/accounts/L-1")
    offered = [kind for kind, _ in page.context["acts_offered"]]
    assert offered == ["paid_by", "waiver", "goodwill", "fee", "suspend", "restore"]
    for kind in offered:
        assert client().get(f"/accounts/L-1/act/{kind}").status_code == 200
    assert "查看影响" in text(client(language="zh").get("/accounts/L-1/act/waiver"))
    for address in ("/accounts/L-1/act/charge_off", "/accounts/none/act/paid_by"):
        assert client().get(address).status_code == 404
    assert client().post("/accounts/L-1/act/paid_by", form(key="1", step="do")).status_code == 404


def test_who_may_only_look_acts_on_nothing(book: dict[str, int]) -> None:
    count = entries()
    assert client("cleo").get("/accounts/L-1").context["acts_offered"] == []
    for who, code in (("cleo", 403), ("charlie", 403), (None, 302)):
        told = form(amount="5", payer="x", step="do")
        assert client(who).post("/accounts/L-1/act/paid_by", told).status_code == code
    assert entries() == count


def test_a_promise_is_noted_once_and_refused_with_its_code(book: dict[str, int]) -> None:
    from duecourse.care.promise_tables import Promise
    from duecourse.servicing import read

    person, today = read.borrower_of(number="L-2"), datetime.now(UTC).date()
    told = {"account": "L-2", "amount": "200.00", "due_on": f"{today + timedelta(days=3)}", "channel": "call",
            "reason": "rang", "key": uuid4().hex}  # fmt: skip
    for _ in range(2):
        assert client().post(f"/people/{person}/promise", told)["Location"] == f"/people/{person}"
    row = Promise.objects.get(borrower_id=person)
    assert (row.amount_minor, row.account_id, row.by, row.reason) == (20_000, book["L-2"], "bob", "rang")
    for more, code in (
        ({"amount": "much"}, "amount_unreadable"), ({"due_on": "soon"}, "day_unreadable"),
        ({"due_on": f"{today + timedelta(days=400)}"}, "care_refused"), ({"amount": "0"}, "care_refused"),
    ):  # fmt: skip
        refused = client().post(f"/people/{person}/promise", told | {"key": uuid4().hex} | more)
        assert (refused.status_code, code in text(refused)) == (409, True), code
    stranger = client().post(f"/people/{person}/promise", told | {"key": uuid4().hex, "account": "L-1"})
    assert stranger.status_code == 404
    assert Promise.objects.count() == 1
    assert client("cleo").post(f"/people/{person}/promise", told).status_code == 403


def test_a_complaint_goes_on_step_by_step_in_the_words_of_the_person(book: dict[str, int]) -> None:
    from duecourse.borrowers.reading_tables import Reading
    from duecourse.care import complaints
    from duecourse.servicing import read

    number = complaints.receive(
        person=read.borrower_of(number="L-1"), about="charges", text="far <too> dear", at=datetime.now(UTC),
        channel="call", by="ada", reason="rang", key="c", account=book["L-1"],
    )  # fmt: skip
    address = f"/complaints/{number}"
    page = client().get(address)
    assert "far &lt;too&gt; dear" in page.content.decode()
    assert [code for code, _ in page.context["steps"]] == ["acknowledged", "extended", "answered"]
    for told, code in (
        ({"state": "closed", "root_cause": "policy"}, "complaint_not_so"), ({"state": "acknowledged"}, ""),
        ({"state": "answered"}, "care_refused"), ({"state": "answered", "outcome": "upheld", "text": "sorry"}, ""),
        ({"state": "closed", "root_cause": "wrong_figure"}, ""),
    ):  # fmt: skip
        done = client().post(address, {"reason": "seen", **told})
        assert (done.status_code, code in text(done)) == (409 if code else 302, True), told
    looks = Reading.objects.filter(borrower_id=read.borrower_of(number="L-1"), what="complaint")
    assert looks.count() == 1, "one page was answered; a refused step is none"
    assert [one.state for one in complaints.states_of([number])[number]] == ["acknowledged", "answered", "closed"]
    assert client("cleo").post(address, {"state": "reopened", "reason": "x"}).status_code == 403
    assert '<form class="write"' not in client("cleo").get(address).content.decode()
    assert client().get("/complaints/99").status_code == 404


def test_a_dispute_is_decided_with_how_much_is_not_owed(book: dict[str, int]) -> None:
    from duecourse.care import disputes
    from duecourse.servicing import read

    number = disputes.open_dispute(
        person=read.borrower_of(number="L-3"), account=book["L-3"], kind="amount", text="half of it", by="ada",
        at=datetime.now(UTC), channel="letter", reason="wrote", key="d", amount_minor=5_000,
    )  # fmt: skip
    address = f"/disputes/{number}"
    assert "half of it" in text(client().get(address))
    too_much = client().post(address, {"state": "upheld", "amount": "50.01", "reason": "seen"})
    assert (too_much.status_code, "care_refused" in text(too_much)) == (409, True)
    assert client().post(address, {"state": "upheld", "amount": "25", "reason": "seen"}).status_code == 302
    assert disputes.states_of([number])[number][0].amount_minor == 2_500
    over = client().post(address, {"state": "rejected", "reason": "seen"})
    assert (over.status_code, "care_dispute_not_open" in text(over)) == (409, True)
    assert client().get(address).context["steps"] == []
    assert client().get("/disputes/99").status_code == 404
