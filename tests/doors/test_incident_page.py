"""What an incident did to an account, on its page, in both languages.

The cast: bob works for the lender and may view the book.
"""

import re
from datetime import date, datetime

import pytest
from pages import client, text

FIRST, DUE, PAID = date(2024, 1, 10), date(2024, 2, 21), date(2024, 3, 5)
CODE = re.compile(r"\b(?:[a-z]+_)+[a-z]+\b")
"""A name of the program, such as `left_out`."""
pytestmark = pytest.mark.usefixtures("seen_contexts", "undone")


@pytest.fixture(scope="module")
def undone(module_db: str) -> int:
    """Two lines that paid late because a bank was down: one undone, one not yet, since late interest was waived."""
    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.care import incidents
    from duecourse.servicing import accounts, fees, payments, purchases
    from duecourse.web import staff

    at = [datetime.fromisoformat(f"{DUE}T{hour}:00+08:00") for hour in ("09:00", "12:00")]
    number = incidents.open_incident(
        from_at=at[0], to_at=at[1], channels=[3], cause="bank", description="the gateway was down", by="ann", key="i"
    )
    ids = [
        accounts.open_line(number=name, borrower_id=person, product="line_demo", limit_minor=500_000, on=FIRST)
        for name, person in zip(("I-1", "I-2"), people.enrol(source="test", references=["1", "2"]), strict=True)
    ]
    for one in ids:
        purchases.post(account=one, amount_minor=100_000, on=FIRST, key=f"buy{one}")
    close.through(date(2024, 3, 4))
    for one in ids:
        paid = payments.receive(account=one, amount_minor=5_000, received_on=PAID, key=f"pay{one}", channel=3)
        told = {"incident": number, "account": one, "payment": paid.entry_id, "by": "ann"}
        incidents.add(tried_on=DUE, reason="the gateway's log", **told)
    told = {"component": "interest", "amount_minor": 1, "by": "bob", "reason": "asked", "key": "w"}
    close.through(date(2024, 4, 2))
    fees.waive(account=ids[1], on=date(2024, 4, 3), **told)
    for by in ("bob", "cyd"):
        incidents.approve(incident=number, by=by, reason="seen")
    list(incidents.apply(incident=number, by="bob"))
    staff.admit(username="bob", password="may view the book")
    return number


def test_the_page_says_what_came_late_and_what_was_undone() -> None:
    page = text(client("bob").get("/accounts/I-1"))
    for said in (
        "Incident", "an outage at a bank", "50.00 came on 2024-03-05, tried on 2024-02-21", "late interest",
        "days past due on 2024-02-29: 8, now 0", "undone", "the gateway was down",
    ):  # fmt: skip
        assert said in page, said
    assert "Nothing stands." in page


def test_what_could_not_be_undone_stands_with_why() -> None:
    page = text(client("bob").get("/accounts/I-2"))
    assert "not undone" in page
    assert "charges were waived or credited since" in page
    assert "Nothing stands." not in page


@pytest.mark.parametrize("number", ["I-1", "I-2"])
def test_the_page_says_it_in_chinese_without_names_of_the_program(number: str) -> None:
    response = client("bob").get(f"/accounts/{number}", headers={"accept-language": "zh-CN"})
    page = text(response)
    assert "银行故障" in page
    assert "50.00 于 2024-03-05 到账，曾于 2024-02-21 尝试付款" in page
    assert not CODE.findall(page.partition("关怀")[2].partition("已做的事")[0])
