"""The yearly review: figures from rows, complaints counted, a result that decides what the agency gets."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import agency_book
import pytest
from agency_book import FIRST, LAST, NOON, OPEN, TERMS, case_of, cases_moved, engaged, line, place


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    who = agency_book.book()
    cases_moved()
    return who


@pytest.fixture
def who(made: dict[str, int], db_copy: str) -> dict[str, int]:
    engaged()
    return made


def complain(person: int, key: str, agency: str = "") -> int:
    from duecourse.care import complaints

    return complaints.receive(
        person=person, about="contact", text="too often", at=NOON, channel="letter", by="t", reason="", key=key,
        agency=agency,
    )  # fmt: skip


def test_figures_are_counted_from_what_was_placed_reported_paid_and_complained_of(
    who: dict[str, int], tmp_path: Path
) -> None:
    from duecourse.care import complaints
    from duecourse.intake import agency_file
    from duecourse.recovery import agency_review, placements
    from duecourse.servicing import payments

    ann, ben = place(who["ann"]), place(who["ben"])
    place(who["cai"])
    path = tmp_path / "a.csv"
    at = "2026-04-21T{}:00+08:00"
    path.write_text(
        "id,kind,reference,at,channel,result,amount,due_on,about,text\n"
        f"1,contact,{ann},{at.format('09:00')},call,connected,,,,\n"
        f"2,contact,{ann},{at.format('23:30')},call,unanswered,,,,\n"
        f"3,payment,{ann},{at.format('10:00')},,,100.00,,,\n"
        f"4,complaint,{ben},{at.format('10:00')},call,,,,contact,rude\n"
    )
    agency_file.take(path, agency="north", at=NOON + timedelta(days=9), by="bob")
    payments.receive(account=line("cai"), amount_minor=5_000, received_on=OPEN, key="us")
    found = complain(who["dai"], "later")
    complain(who["eve"], "other")
    complaints.about_agency(complaint=found, agency="north", by="bob", reason="they named it")
    complaints.about_agency(complaint=found, agency="north", by="bob", reason="again")
    placements.recall_due(day=LAST, at=NOON, by="t")
    told = agency_review.figures(agency="north", since=FIRST, on=OPEN + timedelta(days=9))
    assert (told.placed, told.newly_placed, told.recalled) == (3, 3, 1)
    assert (told.contacts, told.breaches) == (2, 1)
    assert told.breaches_by_rule == {"CN-COL-02": 1, "CN-COL-11": 1}
    assert told.received_minor == {"TWD": 15_000}
    assert told.commission_micro == {"TWD": 15_000 * 150_001}
    assert (told.complaints, told.complaints_upheld, told.complaints_ppm) == (2, 0, 666_666)
    assert (told.files, told.files_late) == (1, 1)
    assert complaints.root_causes(since=FIRST, until=NOON.date(), agency="north") == {"open": 2}
    alone = agency_review.figures(agency="north", since=OPEN + timedelta(days=20), on=OPEN + timedelta(days=21))
    assert (alone.contacts, alone.complaints, alone.received_minor) == (0, 0, {})


def test_a_review_is_kept_with_its_figures_and_says_when_the_next_is_due(who: dict[str, int]) -> None:
    from duecourse.recovery import agencies, agency_review
    from duecourse.recovery.agency_tables import AgencyReview

    place(who["ann"])
    told: dict[str, Any] = {"agency": "north", "on": OPEN, "by": "bob"}
    for wrong in ({"result": "fine", "reason": "x"}, {"result": "continue", "reason": " "}):
        with pytest.raises(agencies.AgencyRefused):
            agency_review.review(**told, **wrong)
    assert AgencyReview.objects.count() == 0
    row = agency_review.review(**told, result="continue", reason="calm calls, few complaints")
    assert (row.since, row.on, row.next_on, row.rule) == (FIRST, OPEN, date(2026, 12, 31), "CN-COL-06")
    assert row.figures["placed"] == 1
    assert agencies.held(agency="north", on=OPEN).reviewed_on == OPEN
    with pytest.raises(agencies.AgencyRefused, match="reviewed on"):
        agency_review.review(**told, result="end", reason="again")


def test_a_review_that_narrows_leaves_what_there_is_and_one_that_ends_brings_it_back(who: dict[str, int]) -> None:
    from duecourse.recovery import agencies, agency_review, placements

    reference = place(who["ann"])
    told: dict[str, Any] = {"agency": "north", "by": "bob", "reason": "complaints"}
    agency_review.review(on=OPEN, result="narrow", **told)
    with pytest.raises(agencies.AgencyNotReady, match="narrow"):
        place(who["ben"])
    assert placements.recall_due(day=LAST, at=NOON, by="t") == []
    from duecourse.book import close

    close.through(OPEN)
    agency_review.review(on=OPEN + timedelta(days=1), result="end", **told)
    assert placements.recall_due(day=OPEN, at=NOON + timedelta(days=1), by="t") == [
        (reference, "the review of 2026-04-22 ended it")
    ]
    with pytest.raises(agencies.AgencyNotReady, match="end"):
        placements.place(
            case=case_of(who["ben"]), agency="north", day=OPEN, at=NOON + timedelta(days=1), by="bob", reason=""
        )


def test_terms_that_follow_on_others_want_a_review_first(who: dict[str, int]) -> None:
    from duecourse.recovery import agencies, agency_review

    text = TERMS.replace("2026-01-01", "2027-01-01").replace("2026-12-31", "2027-12-31")
    number = agencies.propose(agency="north", text=text, by="ada", reason="")
    with pytest.raises(agencies.AgencyNotApproved, match="not reviewed since 2026-01-01"):
        agencies.approve(terms=number, on=OPEN, by="bob", reason="")
    agency_review.review(agency="north", on=OPEN, result="continue", by="bob", reason="good")
    assert agencies.approve(terms=number, on=OPEN, by="bob", reason="") == 1
