"""The page of agencies. The cast: bob works for the lender and may view the book, charlie may not; None is nobody."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pages import client, text

sys.path.append(str(Path(__file__).parents[1] / "laws"))

import agency_book
from agency_book import NOON, OPEN, TERMS, engaged, place

pytestmark = pytest.mark.usefixtures("made", "seen_contexts")


@pytest.fixture(scope="module")
def made(module_db: str) -> None:
    """Two agencies, one suspended; the other has a case, called at night, and one complaint."""
    from django.contrib.auth.models import User

    from duecourse.care import complaints
    from duecourse.recovery import agencies, agency_reports
    from duecourse.web import staff

    staff.admit(username="bob", password="may view the book")
    User.objects.create_user("charlie", password="may not view it")
    who = agency_book.book()
    agency_book.cases_moved()
    engaged()
    engaged("south", terms=TERMS.replace("2026-12-31", "2026-05-10"))
    agencies.become(agency="south", state="suspended", on=OPEN, by="bob", reason="rang at night")
    reference = place(who["ann"])
    agency_reports.contacted(
        agency_reports.subject(agency="north", reference=reference), reference="1", told={"id": "1"},
        at=NOON - timedelta(hours=5), channel="call", result="connected", relation="self", file=1, day=OPEN, by="t",
    )  # fmt: skip
    complaints.receive(
        person=who["dai"], about="contact", text="rude", at=NOON, channel="call", by="t", reason="", key="c",
        agency="north",
    )  # fmt: skip


def test_the_page_tells_what_each_agency_has_and_did_in_both_languages() -> None:
    page = client().get("/agencies")
    north, south = page.context["rows"]
    assert (north.cases, north.figures.contacts, north.figures.breaches, north.per_1000) == (1, 1, 1, "1000.0")
    assert (north.gets_cases, south.gets_cases, south.per_1000) == (True, False, None)
    english, chinese = text(page), text(client(language="zh-Hans").get("/agencies"))
    for word in ("Collection agencies", "no new cases", "2027-01-05", "CN-COL-06", "2026-05-10"):
        assert word in english
    for word in ("催收机构", "不再派新案", "每千件投诉"):
        assert word in chinese
    assert "rude" not in english


def test_the_page_is_for_who_may_view_the_book() -> None:
    assert client("charlie").get("/agencies").status_code == 403
    assert client(None).get("/agencies").status_code == 302
