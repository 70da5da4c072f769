"""The lender's daily work from the console, over one book: the recovery queue worked, item after item.

The cast: ada brings things in, bob and dan work for the lender in every role, rea in recovery; charlie does not.
"""

import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pages import client, text

sys.path.append(str(Path(__file__).parents[1] / "laws"))

import agency_book
from agency_book import NOON

pytestmark = pytest.mark.usefixtures("seen_contexts", "noon", "people")


@pytest.fixture(scope="module")
def people(module_db: str) -> dict[str, int]:
    """Six people, five of them late, whose cases were moved by the default strategy."""
    from django.contrib.auth.models import User

    from duecourse.borrowers import names
    from duecourse.web import staff

    for name in ("ada", "bob", "dan"):
        staff.admit(username=name, password=None)
    staff.admit(username="rea", password=None, roles=["recovery"])
    User.objects.create_user("charlie", password=None)
    who = agency_book.book()
    agency_book.cases_moved()
    names.call(borrower=who["ann"], name="Ann Lee", by="t", reason="")
    return who


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


def test_a_treatment_is_taken_asked_for_called_told_and_the_next_one_comes(
    people: dict[str, int], db_copy: str
) -> None:
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
    people: dict[str, int], db_copy: str, monkeypatch: pytest.MonkeyPatch
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


def test_a_case_is_taken_over_with_a_reason_and_each_sees_their_own_and_nobodys(
    people: dict[str, int], db_copy: str
) -> None:
    address = first_calls()[0]
    post(address, "rea", step="take")
    assert address in str(client("rea").get("/queues/recovery?mine").content)
    assert address not in str(client("dan").get("/queues/recovery?mine").content)
    assert post(address, "dan", step="take", reason="rea is ill").status_code == 302
    assert address in str(client("dan").get("/queues/recovery?mine").content)
    assert "dan has this case." in text(client("rea").get(address))


def test_who_may_not_work_on_cases_sees_no_form_and_is_refused(people: dict[str, int]) -> None:
    from duecourse.borrowers.reading_tables import Reading
    from duecourse.web import staff

    staff.admit(username="cora", password=None, roles=["compliance"])
    address = first_calls()[0]
    before = Reading.objects.count()
    assert 'name="step"' not in client("cora").get(address).content.decode()
    assert Reading.objects.count() == before + 1, "a look at a person is kept"
    assert post(address, "cora", step="take").status_code == 403
    assert client().get("/recovery/work/99999").status_code == 404
    assert post(address, step="nothing").status_code == 404
