"""Agencies: terms approved by two, cases placed with one at a time, recalled when they may not be there any more."""

from datetime import date, timedelta
from typing import Any

import agency_book
import pytest
from agency_book import LAST, NOON, OPEN, TERMS, case_of, cases_moved, engaged, line, place

from duecourse.recovery import agency_terms


@pytest.fixture(scope="module")
def made(module_db: str) -> dict[str, int]:
    who = agency_book.book()
    cases_moved()
    return who


@pytest.fixture
def who(made: dict[str, int], db_copy: str) -> dict[str, int]:
    engaged()
    return made


def changed(**told: str) -> str:
    """The terms with some fields otherwise; None left out."""
    lines = [one for one in TERMS.splitlines() if one.split(" =")[0] not in told]
    return "\n".join([*(f"{name} = {value}" for name, value in told.items() if value), *lines])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("agreement = ", "not a TOML file"),
        (changed(agreement=""), "agreement: missing"),
        (changed(agreement='" "'), "agreement: nothing is said"),
        (changed(bonus="1"), "bonus: not a term"),
        (changed(basis='"sold"'), "basis: 'sold'"),
        (changed(contract_to="2025-12-31"), "contract_to: 2025-12-31 is before"),
        (changed(channels='["pigeon"]'), "channels"),
        (changed(tail_days="-1"), "tail_days"),
        (changed(capacity="0"), "capacity"),
        (TERMS.replace("from_days_past_due = 91", 'stage = "late"'), "by days past due or by stage"),
        (TERMS.replace("from_days_past_due = 91", "from_days_past_due = 1"), "each once"),
        (TERMS.replace("from_days_past_due = 1\n", "from_days_past_due = 5\n"), "begins at 0 or 1"),
        (TERMS.replace("250_000", "1_000_001"), "ppm"),
    ],
)
def test_terms_that_an_agency_cannot_have_are_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(agency_terms.AgencyTermsRefused, match=message):
        agency_terms.read(text)


def test_terms_are_the_same_after_they_were_kept() -> None:
    read = agency_terms.read(TERMS)
    assert agency_terms.from_plain(agency_terms.plain(read)) == read
    rates = [agency_terms.rate(read, days_past_due=days, stage="late") for days in (0, 1, 90, 91, 400)]
    assert rates == [150_001, 150_001, 150_001, 250_000, 250_000]


def test_an_agency_is_engaged_only_under_terms_that_two_others_approved(made: dict[str, int], db_copy: str) -> None:
    from duecourse.recovery import agencies

    agencies.add(code="n", name="n", contact="c", places_of=["CN"], by="ada", reason="")
    with pytest.raises(agencies.AgencyRefused, match="code"):
        agencies.add(code="n", name="n", contact="c", places_of=["CN"], by="ada", reason="")
    for wrong in ({"code": "a:b"}, {"code": ""}, {"name": " "}, {"places_of": []}):
        with pytest.raises(agencies.AgencyRefused, match=next(iter(wrong)).partition("_")[0]):
            agencies.add(
                **{"code": "m", "name": "n", "contact": "c", "places_of": ["CN"], "by": "", "reason": ""} | wrong
            )
    assert agencies.Agency.objects.count() == 1
    number = agencies.propose(agency="n", text=TERMS, by="ada", reason="")
    assert agencies.propose(agency="n", text=TERMS, by="bob", reason="") == number
    told: dict[str, Any] = {"on": OPEN, "reason": "won"}
    assert agencies.approve(terms=number, by="bob", **told) == 1
    for by in ("ada", "bob"):
        with pytest.raises(agencies.AgencyNotApproved):
            agencies.approve(terms=number, by=by, **told)
    with pytest.raises(agencies.AgencyNotReady, match="no approved terms"):
        agencies.become(agency="n", state="engaged", by="bob", **told)
    agencies.approve(terms=number, by="carol", **told)
    with pytest.raises(agencies.AgencyRefused, match="state"):
        agencies.become(agency="n", state="suspended", by="bob", **told)
    agencies.become(agency="n", state="engaged", by="bob", **told)
    assert agencies.held(agency="n", on=OPEN).faults(OPEN) == []
    assert agencies.held(agency="n", on=OPEN - timedelta(days=1)).state == ""
    with pytest.raises(agencies.NoSuchAgency):
        agencies.held(agency="m", on=OPEN)


def test_a_case_goes_to_an_agency_with_all_its_late_accounts_and_to_one_only(who: dict[str, int]) -> None:
    from django.db import connection, transaction
    from django.db.utils import IntegrityError

    from duecourse.personal import shared
    from duecourse.recovery import placements, work
    from duecourse.recovery.agency_tables import PlacedAccount, Placement

    engaged("south")
    reference = place(who["ben"])
    row = Placement.objects.get(reference=reference)
    assert (row.on, row.stage, row.borrower_id) == (OPEN, "late", who["ben"])
    accounts = PlacedAccount.objects.filter(placement_id=row.id).order_by("number")
    assert [(one.number, one.days_past_due, one.commission_ppm) for one in accounts] == [
        (1, 69, 150_001), (2, 69, 150_001),
    ]  # fmt: skip
    assert all(one.owed_minor > 20_000 for one in accounts)
    with pytest.raises(placements.PlacementRefused, match="with an agency since 2026-04-21"):
        place(who["ben"], "south")
    with pytest.raises(IntegrityError, match="recovery_one_agency"), transaction.atomic():
        Placement.objects.create(
            reference="x", agency_id=1, terms_id=1, case_id=1, borrower_id=who["ben"], on=OPEN, stage="", by="",
            reason="",
        )  # fmt: skip
    assert connection.is_usable()
    assert who["ben"] not in {one.person for one in work.queue(on=LAST)}, "we do not call beside the agency"
    told = [(one.kind, one.on, one.until, one.who) for one in shared.of(person=who["ben"], on=OPEN)]
    assert told == [("agency", OPEN, None, "north ltd")] * 2, "the person is told of both accounts"
    placements.recall(reference=reference, day=LAST, by="bob", reason="paid elsewhere")
    assert shared.of(person=who["ben"], on=OPEN) == [], "taken back before it began"
    assert shared.of(person=who["fei"], on=OPEN) == []


def block(person: int, kind: str) -> None:
    from duecourse.borrowers import reach

    reach.block(borrower=person, kind=kind, since=NOON - timedelta(hours=1), by="t", reason="")


def complain(person: int) -> None:
    from duecourse.care import complaints

    complaints.receive(
        person=person, about="contact", text="too often", at=NOON, channel="call", by="t", reason="", key=f"c{person}"
    )


def circumstance(person: int) -> None:
    from duecourse.care import circumstances

    circumstances.note(
        person=person, kind="health", text="x", treat=["more_time"], review_on=date(2026, 9, 1), at=NOON, by="t",
        key=f"c{person}",
    )  # fmt: skip


def silence(person: int) -> None:
    """No number of theirs works and they do not want mail."""
    from duecourse.borrowers import reach

    for one in reach.points(borrower=person):
        reach.mark_point(borrower=person, point=one.id, state="dead", by="t", reason="")


def move_away(person: int) -> None:
    from duecourse.borrowers import reach

    reach.reside(borrower=person, place="UK", zone="", language="en", by="t", reason="")


@pytest.mark.parametrize(
    ("do", "message"),
    [
        *((lambda person, kind=kind: block(person, kind), f"{kind} stands") for kind in (
            "dispute", "promise", "hardship", "breathing_space", "represented", "deceased", "insolvency", "cease",
        )),
        (complain, "complaint stands"),
        (circumstance, "circumstance stands"),
        (silence, "no contact point of theirs may be used"),
        (move_away, "north does not work at UK"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_keeps_a_case_with_us_and_brings_it_back(
    who: dict[str, int], do: Any, message: str
) -> None:
    from duecourse.recovery import agencies, placements
    from duecourse.recovery.agency_tables import Placement, Recall

    first, other = place(who["ann"]), place(who["cai"])
    for name in ("ann", "dai"):
        do(who[name])
    with pytest.raises(placements.PlacementRefused, match=message):
        place(who["dai"])
    assert Placement.objects.count() == 2
    if do is silence:
        return  # the next file brings it back: it asks how each may be reached
    ((reference, why),) = placements.recall_due(day=LAST, at=NOON, by="t")
    assert (reference, why) == (first, message)
    assert Recall.objects.get().on == OPEN
    assert [one.reference for one in placements.standing(agency=agencies.named(agency="north").id)] == [other]
    assert placements.recall_due(day=LAST, at=NOON, by="t") == []


def test_a_case_is_refused_while_nothing_is_late_or_an_arrangement_stands(who: dict[str, int]) -> None:
    from duecourse.recovery import cases, placements
    from duecourse.recovery.agency_tables import Placement
    from duecourse.servicing import payments

    with pytest.raises(cases.NoSuchCase):
        placements.place(case=999, agency="north", day=LAST, at=NOON, by="bob", reason="")
    with pytest.raises(placements.PlacementRefused, match="2026-04-20 is sealed already"):
        placements.place(
            case=case_of(who["ann"]), agency="north", day=LAST - timedelta(days=1), at=NOON, by="bob", reason=""
        )
    reference = place(who["cai"])
    for name in ("ann", "cai"):
        payments.receive(account=agency_book.line(name), amount_minor=900_000, received_on=OPEN, key=name)
    with pytest.raises(placements.PlacementRefused, match="nothing is past due"):
        place(who["ann"])
    assert Placement.objects.count() == 1
    assert placements.recall_due(day=LAST, at=NOON, by="t") == [(reference, "nothing is past due")]


def test_an_agency_without_contract_review_or_room_gets_no_case_and_loses_those_it_has(who: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.recovery import agencies, placements

    engaged("small", capacity=1, terms=TERMS.replace("share = 1", "share = 1\ncapacity = 1"))
    place(who["ann"], "small")
    with pytest.raises(agencies.AgencyNotReady, match="as many cases as it may"):
        place(who["ben"], "small")
    reference = place(who["cai"])
    agencies.become(agency="north", state="suspended", on=OPEN, by="bob", reason="rang at night")
    with pytest.raises(agencies.AgencyNotReady, match="it is suspended since 2026-04-21"):
        place(who["ben"])
    assert placements.recall_due(day=LAST, at=NOON, by="t") == [(reference, "north is suspended since 2026-04-21")]
    agencies.become(agency="north", state="engaged", on=OPEN, by="bob", reason="has explained")
    again = place(who["cai"])
    assert again != reference
    later = date(2026, 12, 31)
    close.through(later)
    held = agencies.held(agency="north", on=later + timedelta(days=1))
    assert held.terms is None
    assert [why for _, why in placements.recall_due(day=later, at=NOON + timedelta(days=256), by="t")] == [
        "the contract with north is over", "the contract with small is over",
    ]  # fmt: skip


def test_an_agency_that_was_not_reviewed_within_a_year_gets_no_case(who: dict[str, int]) -> None:
    from duecourse.recovery import agencies

    held = agencies.held(agency="north", on=OPEN)
    assert held.review_due_on == date(2027, 1, 5)
    assert held.review.rule == "CN-COL-06"
    assert agencies.held(agency="north", on=date(2027, 1, 5)).faults(date(2027, 1, 5)) == [
        "no approved terms hold on 2027-01-05"
    ]
    assert "its review was due on 2027-01-05 (CN-COL-06)" in agencies.held(agency="north", on=date(2027, 1, 6)).faults(
        date(2027, 1, 6)
    )


def waiting(people: dict[str, int]) -> None:
    """The strategy of these people's cases asks for an agency."""
    from duecourse.recovery.case_tables import CaseState

    for person in people.values():
        last = CaseState.objects.filter(case_id=case_of(person)).order_by("-id").first()
        assert last is not None
        last.id, last.on, last.treatment, last.rule = None, LAST + timedelta(days=1), "agency", "outside"
        last.save(force_insert=True)


def test_cases_that_wait_are_split_by_shares_and_their_work_is_done(who: dict[str, int]) -> None:
    from duecourse.recovery import placements
    from duecourse.recovery.case_tables import CaseWork

    late = {name: who[name] for name in ("ann", "ben", "cai", "dai", "eve")}
    waiting(late)
    block(who["eve"], "dispute")
    engaged("south", terms=TERMS.replace("share = 1", "share = 3"))
    engaged("idle", terms=TERMS.replace("share = 1", "share = 0"))
    done = placements.place_waiting(day=LAST, at=NOON, by="t")
    assert done.placed == [], "nothing waits yet: the treatment is of the next day"
    from duecourse.book import close

    close.through(OPEN)
    at = NOON + timedelta(days=1)
    done = placements.place_waiting(day=OPEN, at=at, by="t")
    assert len(done.placed) == 4
    assert {code for code, _ in done.placed} <= {"north", "south"}
    assert [case for case, why in done.refused if "dispute stands" in why] == [case_of(who["eve"])]
    assert CaseWork.objects.count() == 4
    assert placements.place_waiting(day=OPEN, at=at, by="t").placed == []


def test_shares_are_drawn_by_hash(who: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.recovery import placements

    engaged("south", terms=TERMS.replace("share = 1", "share = 3"))
    monkeypatch.setattr(placements, "home", lambda person: "CN")
    drawn = [placements.choose(person, OPEN).row.code for person in range(1_000, 1_120)]
    assert drawn[:20] == [placements.choose(person, OPEN).row.code for person in range(1_000, 1_020)]
    assert abs(drawn.count("south") - 90) < 20


def test_a_recalled_case_says_by_whom_and_why_and_is_recalled_once(who: dict[str, int]) -> None:
    from duecourse.recovery import placements, work

    reference = place(who["ann"])
    with pytest.raises(placements.PlacementRefused, match="why"):
        placements.recall(reference=reference, day=LAST, by="bob", reason=" ")
    row = placements.recall(reference=reference, day=LAST, by="bob", reason="they wrote to us")
    assert (row.kind, row.on, row.by) == ("person", OPEN, "bob")
    with pytest.raises(placements.NoSuchPlacement, match="was recalled on"):
        placements.recall(reference=reference, day=LAST, by="bob", reason="again")
    with pytest.raises(placements.NoSuchPlacement):
        placements.recall(reference="nothing", day=LAST, by="bob", reason="again")
    assert who["ann"] in {one.person for one in work.queue(on=LAST)}, "it is ours to work on again"


def test_the_person_is_told_once_who_works_on_the_case_and_not_after_a_recall(
    who: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from duecourse.borrowers.contact_tables import Residence
    from duecourse.outreach import compose, contact, messages
    from duecourse.outreach.tables import Message
    from duecourse.recovery import agency_notices, placements

    references = [place(who[name]) for name in ("ann", "cai", "ben")]
    Residence.objects.create(
        borrower_id=who["cai"], place="XX", zone="Asia/Shanghai", language="zh", by="t", reason="moved"
    )
    told: dict[str, Any] = {"at": NOON, "by": "bob"}
    monkeypatch.setattr(settings, "LENDER", "")
    with pytest.raises(compose.LenderNotNamed):
        agency_notices.queue(**told)
    assert not Message.objects.filter(moment="agency").exists(), "nobody is told by nobody"
    monkeypatch.setattr(settings, "LENDER", "银行")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400")
    with CaptureQueriesContext(connection) as asked_for, transaction.atomic(), connection.cursor() as cursor:
        first, refused, third = agency_notices.queue(**told)
        cursor.execute(
            "SELECT count(*) FROM pg_locks"
            " WHERE (locktype, classid, objid, pid) = ('advisory', 13, 2, pg_backend_pid())"
        )
        assert cursor.fetchone() == (1,), "no recall comes between"
    assert sum("FROM outreach_wish" in one["sql"] for one in asked_for) == 1, "the people of all are asked for at once"
    assert [first, third] == [(one, "queued", "") for one in (references[0], references[2])]
    assert (refused.reference, refused.how) == (references[1], "refused"), "one keeps no other back"
    assert "XX" in refused.why
    assert agency_notices.queue(**told) == [refused], "it is tried again"
    sms, both = Message.objects.filter(moment="agency").order_by("id")
    assert (sms.channel, sms.borrower_id, sms.account_id) == ("sms", who["ann"], line("ann"))
    assert "委托north ltd（desk@agency.example）处理您尾号ann的账户" in sms.text
    assert "尾号ben、ben2" in both.text
    asked = contact.may_we(
        person=who["ann"], channel="sms", purpose=sms.purpose, at=NOON, by="t", about=sms.account_id,
        point=sms.point_id, text=sms.text,
    )  # fmt: skip
    assert asked.answer.allowed, asked.answer
    placements.recall(reference=references[0], day=LAST, by="bob", reason="x")
    steps = [messages.last(one.id) for one in (sms, both)]
    assert [step and (step.step, step.detail, step.at) for step in steps] == [
        ("over", agency_notices.RECALLED, NOON), None,
    ], "not before it was queued"  # fmt: skip


def test_a_notice_by_mail_names_no_amount_and_says_the_same_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from duecourse.outreach import compose

    monkeypatch.setattr(settings, "LENDER", "Bank")
    monkeypatch.setattr(settings, "LENDER_CONTACT", "400")
    about = compose.About(1, "US-MA", OPEN, "collection", "1234", 0, "USD", 2, OPEN, accounts=((1, ""),))
    also = {"agency": "North & Co", "agency_contact": "+1 555"}
    told = compose.words(moment="agency", channel="email", language="en", about=about, around=compose.NOTICE, also=also)
    assert "From April 21, 2026 on, North & Co works for us on your account 1234" in told.text
    assert "North &amp; Co works for us" in told.html
    for text in (told.text, told.html):
        assert "Amount" not in text
        assert "Counted from" not in text
        assert "1234" in text
