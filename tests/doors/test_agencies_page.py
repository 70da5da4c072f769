"""The pages of agencies. Bob works for the lender, rea in recovery, fin in finance; charlie may see nothing."""

import io
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pages import client, text

sys.path.append(str(Path(__file__).parents[1] / "laws"))

import agency_book
from agency_book import LAST, NOON, OPEN, TERMS, case_of, engaged, place

pytestmark = pytest.mark.usefixtures("made", "seen_contexts")


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    """Two agencies, one suspended; the other has a case, called at night, and one complaint."""
    from django.contrib.auth.models import User

    from duecourse.care import complaints
    from duecourse.recovery import agencies, agency_reports
    from duecourse.web import staff

    staff.admit(username="bob", password="may view the book")
    for name, role in (("rea", "recovery"), ("fin", "finance"), ("cleo", "compliance"), ("ced", "compliance")):
        staff.admit(username=name, password=None, roles=[role])
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
    return who


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


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noon in Shanghai on the open day."""
    from duecourse import clock

    monkeypatch.setattr(clock, "now", lambda: NOON)


def post(address: str, who: str = "rea", **told: Any) -> Any:
    return client(who).post(address, {"reason": "tender", **told})


def refused(answer: Any, code: str) -> bool:
    return (answer.status_code, code in text(answer)) == (409, True)


def test_an_agency_is_kept_its_terms_approved_by_two_others_and_then_it_gets_cases(noon: None) -> None:
    from duecourse.recovery import agencies

    told = {"step": "add", "code": "east", "name": "East Ltd", "contact": "desk@east.example", "places": "CN"}
    assert refused(post("/agencies", **{**told, "code": "e:st"}), "agency_refused")
    assert post("/agencies", **told).status_code == 200
    assert "no approved terms hold on 2026-04-21" in text(client("rea").get("/agencies/east"))
    assert refused(post("/agencies/east", step="terms", text="share = 1"), "agency_terms_refused")
    assert post("/agencies/east", step="terms", text=TERMS).status_code == 302
    number = agencies.AgencyTerms.objects.order_by("-id")[0].id
    assert post(f"/agencies/terms/{number}/approve").status_code == 403, "recovery brings in, and does not approve"
    assert refused(post("/agencies/east", step="become", state="engaged"), "agency_not_ready")
    for who in ("cleo", "ced"):
        assert post(f"/agencies/terms/{number}/approve", who).status_code == 302
    assert post("/agencies/east", step="become", state="ended").status_code == 404
    assert post("/agencies/east", step="become", state="engaged")["Location"] == "/agencies/east"
    page = client("rea", language="zh").get("/agencies/east")
    assert "可接新案" in text(page)
    assert ("佣金 · 逾期 91 天起", "25%") in page.context["terms"]


def test_a_case_is_placed_where_nothing_stands_against_it_and_taken_back(
    made: dict[str, int], noon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings

    from duecourse.outreach import compose
    from duecourse.recovery.agency_tables import Placement, Recall

    address = f"/recovery/cases/{case_of(made['ben'])}/agency"
    page = client("rea").get(address)
    assert [(one.code, one.against) for one in page.context["able"]] == [
        ("east", []), ("north", []),
        ("south", ["work suspended since 2026-04-21"]),
    ]  # fmt: skip
    with monkeypatch.context() as unworded:
        for name, said in (("LENDER", "Bank"), ("LENDER_CONTACT", "400")):
            unworded.setattr(settings, name, said)
        unworded.setattr(compose, "STATEMENTS", {})
        placed = post(address, agency="north", step="place")
    row = Placement.objects.get(borrower_id=made["ben"])
    assert (placed.status_code, placed.context["untold"][:18]) == (200, "statement_missing:")
    assert "It is with an agency" in text(placed), "placed all the same"
    assert "The person could not be told" in text(placed)
    assert (row.by, row.reason) == ("rea", "tender")
    assert "It is with an agency" in text(client("rea").get(address))
    assert refused(post(address, step="tell"), "lender_not_named")
    monkeypatch.setattr(settings, "LENDER", "Bank")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400")
    assert post(address, step="tell")["Location"] == address
    assert "the message to the person still to be sent" in text(client("rea").get(address))
    assert refused(post(address, agency="east", step="place"), "placement_refused")
    assert client("fin").get(address).status_code == 403
    fin = client("fin").get("/agencies/north")
    assert "/people/" not in fin.content.decode()
    assert "ben, ben2" in text(fin)
    assert post("/agencies/east", step="recall", placement=row.reference).status_code == 404
    assert refused(post("/agencies/north", step="recall", placement=row.reference, reason=" "), "reason")
    assert not Recall.objects.exists()
    assert post("/agencies/north", step="recall", placement=row.reference)["Location"] == "/agencies/north"
    assert Recall.objects.get().placement_id == row.id
    dai = client("rea", language="zh").get(f"/recovery/cases/{case_of(made['dai'])}/agency")
    assert dai.context["able"][0].against == ["有阻碍事项：投诉"]


def test_files_go_out_as_one_zip_and_come_in_row_by_row(made: dict[str, int], noon: None) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from duecourse.recovery.agency_tables import AgencyFile, AgencyReport, Placement

    assert post("/agencies/north/hand-over", "fin").status_code == 403
    made_of = zipfile.ZipFile(io.BytesIO(post("/agencies/north/hand-over").content))
    assert "+86 1390000000" in made_of.read("cases.csv").decode()
    assert len(made_of.read("recalls.csv").decode().splitlines()) == 2
    assert AgencyFile.objects.filter(by="rea").count() == 2
    reference = Placement.objects.get(borrower_id=made["ann"]).reference
    rows = [
        "id,kind,reference,at,channel,result,amount",
        f"7,contact,{reference},2026-04-21T10:00:00+08:00,call,connected,",
        f"8,payment,{reference}-1,2026-04-21T10:05:00+08:00,,,12.00",
        f"9,payment,{reference}-1,2026-04-21T10:06:00+08:00,,,twelve",
    ]
    for new in (2, 0):
        sent = SimpleUploadedFile("north.csv", "\n".join(rows).encode())
        page = client("rea").post("/agencies/north/take", {"reported": sent})
        assert page.context["taken"].new == new
    said = text(page)
    assert "in quarantine 1" in said
    assert "not_a_number" in said
    assert AgencyReport.objects.filter(reference__in=["7", "8"]).count() == 2
    assert "No file was sent" in text(client("rea").post("/agencies/north/take", {}))
    broken = SimpleUploadedFile("north.csv", b"a,b\n1,2")
    assert refused(client("rea").post("/agencies/north/take", {"reported": broken}), "columns_missing")


def test_a_month_is_stated_and_an_agency_reviewed(noon: None) -> None:
    from duecourse.recovery.agency_tables import AgencyReview, CommissionStatement

    assert refused(post("/agencies/north", step="month", month="2026-4x"), "month_unreadable")
    assert refused(post("/agencies/north", step="month", month="2026-04"), "commission_refused")
    assert post("/agencies/north", step="month", month="2026-03")["Location"] == "/agencies/north"
    statement = CommissionStatement.objects.get()
    lines = client("fin").get(f"/agencies/north/commission/{statement.id}.csv")
    assert lines.content.decode().splitlines() == [
        "reference,counted_on,amount,commission_ppm,commission_exact,paid_to"
    ]
    assert client("fin").get(f"/agencies/south/commission/{statement.id}.csv").status_code == 404
    assert refused(post("/agencies/north", step="review", result="continue", reason=" "), "reason")
    assert post("/agencies/north", step="review", result="narrow", reason="rang at night")["Location"]
    kept = AgencyReview.objects.get()
    assert (kept.on, kept.result, kept.figures["breaches"]) == (LAST, "narrow", 0)
    assert "keeps what it has, gets no more" in text(client("fin").get("/agencies/north"))
    assert post("/agencies/north", "fin", step="review", result="continue").status_code == 403
    assert client("fin").get("/agencies/nobody").status_code == 404


def test_a_complaint_that_is_about_an_agency_counts_against_it(made: dict[str, int], noon: None) -> None:
    from duecourse.care import complaints
    from duecourse.recovery import agency_review

    number = complaints.receive(
        person=made["cai"], about="staff", text="rude", at=NOON, channel="call", by="t", reason="", key="c2"
    )
    address = f"/complaints/{number}"
    assert post(address, agency="north").status_code == 403
    assert post(address, "bob", agency="nobody").status_code == 404
    before = agency_review.figures(agency="south", since=LAST, on=OPEN).complaints
    assert post(address, "bob", agency="south", reason="she named it")["Location"] == address
    assert complaints.agencies_of(complaint=number) == ["south"]
    assert agency_review.figures(agency="south", since=LAST, on=OPEN).complaints == before + 1
    assert "It counts against an agency: south" in text(client("bob").get(address))


def test_contacts_are_drawn_by_month_and_told_as_tables() -> None:
    """Two were made: one at night, that the gate refuses, of the day after the last sealed one."""
    from duecourse.book import close
    from duecourse.outreach import outcomes

    assert "Nobody was to be contacted by this day" in text(client("fin").get("/"))
    close.through(OPEN)
    counted = outcomes.by_month(since=OPEN.replace(day=1), through=OPEN)
    assert [(one.became, one.many) for one in counted] == [("spoken", 2)]
    page = client("fin").get("/")
    assert "charts/trends/contacts.svg?day=2026-04-21" in page.content.decode()
    assert "No plan was agreed by this day" in text(page)
    drawn = client("fin", language="zh").get("/charts/trends/contacts.svg?day=2026-04-21&shape=narrow")
    assert (drawn["Content-Type"], "已通话" in drawn.content.decode()) == ("image/svg+xml", True)
    told = client("fin").get("/trends?day=2026-04-21")
    assert [(rows[0][1], rows[0][2]) for _, _, rows in told.context["tables"] if rows] == [([2, 0, 0, 0, 0, 0], 2)]
    for path in ("/charts/trends/luck.svg", "/charts/trends/plans.svg?shape=round", "/trends?day=2026-05-01"):
        assert client("fin").get(path).status_code == 404
    assert client("charlie").get("/trends").status_code == 403
