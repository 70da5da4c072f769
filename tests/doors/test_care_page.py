"""What stands of care on an account, on its page: with who, when and why, in both languages.

The cast: bob works for the lender and may view the book.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pages import client, text

FIRST, TODAY = date(2026, 3, 2), date(2026, 3, 14)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODE = re.compile(r"\b(?:[a-z]+_)+[a-z]+\b")
"""A name of the program, such as `partly_kept`."""

pytestmark = pytest.mark.usefixtures("seen_contexts", "cared_for")


def said(reason: str, key: str = "") -> dict[str, Any]:
    """Who noted something when and why, and under which key."""
    return {"at": NOON, "by": "alice", "reason": reason} | ({"key": key} if key else {})


@pytest.fixture(scope="module")
def cared_for(module_db: str) -> str:
    """A line of somebody of whom much is noted, another line of theirs, and one of somebody who said nothing."""
    from duecourse.book import close
    from duecourse.borrowers import people, reach
    from duecourse.care import breathing_spaces, circumstances, complaints, disputes, legal_states, promises
    from duecourse.care import representatives as who
    from duecourse.servicing import accounts, payments, purchases
    from duecourse.web import staff

    person, quiet = people.enrol(source="test", references=["1", "2"])
    for one in (person, quiet):
        reach.reside(borrower=one, place="UK", zone="Europe/London", language="en", by="alice", reason="application")
    line, _, _ = (
        accounts.open_line(number=number, borrower_id=one, product="line_demo", limit_minor=500_000, on=FIRST)
        for number, one in (("L-1", person), ("L-2", person), ("L-3", quiet))
    )
    purchases.post(account=line, amount_minor=300_000, on=FIRST, key="buy")
    told = {"person": person, "channel": "call", "account": line}
    promises.promise(amount_minor=20_000, due_on=date(2026, 3, 6), **told, **said("wages on Friday", "p1"))
    promises.promise(amount_minor=30_000, due_on=date(2026, 3, 30), **told, **said("a bonus", "p2"))
    payments.receive(account=line, amount_minor=5_000, received_on=FIRST, key="paid")
    disputes.open_dispute(kind="amount", amount_minor=1_234, text="I paid it in cash", **told, **said("called", "d1"))
    theft = disputes.open_dispute(
        person=person, channel="letter", kind="identity_theft", text="not me", **said("wrote", "d2")
    )
    disputes.go_on(dispute=theft, state="rejected", **said("the signature is theirs"))
    complaint = complaints.receive(about="contact", agency="North Recovery", text="My mother was called", **told,
                                   **said("called", "c1"))  # fmt: skip
    complaints.go_on(complaint=complaint, state="answered", outcome="upheld", **said("the recording says so"))
    complaints.receive(about="charges", text="Too much", **told, **said("called again", "c2"))
    circumstances.note(person=person, kind="bereavement", text="Her husband died", treat=["letters_only", "more_time"],
                       review_on=date(2026, 3, 12), at=NOON, by="carol", key="v")  # fmt: skip
    who.represent(person=person, kind="debt_adviser", name="Citizens Advice", point_kind="email", point="a@b.example",
                  authority_from=FIRST, by="alice", reason="letter of authority", key="r")  # fmt: skip
    breathing_spaces.begin(person=person, kind="standard", begins_on=FIRST, reference="BSS-77", by="alice",
                           reason="the register", key="b")  # fmt: skip
    legal_states.minor(person=person, of_age_on=date(2026, 9, 1), **said("passport"))
    close.through(TODAY - timedelta(days=1))
    promises.judge(day=TODAY - timedelta(days=1), at=NOON + timedelta(days=12), by="system")
    staff.admit(username="bob", password="may view the book")
    return module_db


EXPECTED = [
    ("L-1", "en", [
        "Promise to pay 2 open", "300.00 by 2026-03-30", "a bonus", "partly kept", "50.00 came in",
        "part of what was promised came in", "Dispute 1 open", "of an amount", "12.34",
        "decide by 2026-04-01 (HOUSE-CARE-03)", "rejected", "the signature is theirs", "Complaint 1 answered",
        "about how we contact them", "against North Recovery", "upheld", "Complaint 2 over its time",
        "acknowledge by 2026-03-09 (HOUSE-CARE-01)", "To be treated with care 1 over its time",
        "letters only, give more time", "look again on 2026-03-12", "carol", "by a debt adviser", "letter of authority",
        "Breathing space 1 in force", "BSS-77 (UK-09)", "until 2026-04-30", "not of age", "for every account"]),
    ("L-1", "zh-hans", [
        "还款承诺 2 进行中", "2026-03-30 前还 300.00", "部分履行", "到账 50.00", "承诺款项部分到账", "争议 1 进行中",
        "对金额有异议", "投诉 1 已答复", "针对 North Recovery", "投诉 2 已超时限", "只寄信函", "由债务顾问代理",
        "债务喘息期 1", "未成年", "适用于所有账户", "系统"]),
    ("L-2", "en", ["identity theft", "Breathing space 1", "by a debt adviser"]),
    ("L-3", "en", ["Nothing stands."]),
    ("L-3", "zh-hans", ["关怀", "目前没有。"]),
]  # fmt: skip


@pytest.mark.parametrize(("number", "language", "words"), EXPECTED)
def test_the_page_says_what_stands_and_how_it_came_about(number: str, language: str, words: list[str]) -> None:
    told = text(client(language=language).get(f"/accounts/{number}"))
    assert [one for one in words if one not in told] == [], told
    assert CODE.findall(told) == [], told


def test_what_was_confided_and_where_a_representative_is_reached_is_not_on_the_page() -> None:
    told = text(client().get("/accounts/L-1"))
    for secret in ("husband", "ereave", "mother", "cash", "Citizens Advice", "a@b.example"):
        assert secret not in told


def test_what_is_about_another_account_is_not_on_the_page() -> None:
    told = text(client().get("/accounts/L-2"))
    assert "300.00 by 2026-03-30" not in told
    assert "North Recovery" not in told


def test_the_panel_costs_one_query_more_however_much_stands() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, asked = client(), {}
    for number in ("L-1", "L-2", "L-3"):
        browser.get(f"/accounts/{number}")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(f"/accounts/{number}")
        asked[number] = len(queries)
        assert sum("care_promise" in one["sql"] for one in queries) == 1
    assert len({*asked.values()}) == 1, asked


def test_every_word_of_care_has_one_for_the_page() -> None:
    from duecourse.care import breathing_spaces, circumstances, complaints, disputes, legal_states, representatives
    from duecourse.rules.contact_rules import BLOCKS
    from duecourse.web.console import care

    kinds = {*disputes.KINDS, *complaints.ABOUT, *representatives.RELATIONS, *breathing_spaces.BLOCKS}
    kinds |= {*legal_states.STATES, *BLOCKS} - {*care.read.OWN}
    assert kinds - {*care.KINDS} == set()
    states = {*disputes.STATES, *complaints.FOLLOWS, *complaints.OUTCOMES, "kept", "partly_kept", "broken", "reviewed"}
    assert states - {"received"} - {*care.STATES} == set()
    assert {*circumstances.TREAT} == {*care.TREAT}
    assert {*complaints.ROOT_CAUSES} == {*care.CAUSES}
