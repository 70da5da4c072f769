"""A borrower turns a statement into installments: the cost is shown first, and what was shown is what is agreed."""

from datetime import date, timedelta

import pytest
from pages import client, text

pytestmark = pytest.mark.usefixtures("seen_contexts")
FIRST = date(2005, 4, 1)
PAGE = "/my/accounts/L-1/installments"


@pytest.fixture
def own(db: str) -> dict[str, int]:
    """A line of 5,000.00 bought and billed, its due day to come; another person's, on which nothing was bought."""
    from duecourse.book import close
    from duecourse.borrowers import people
    from duecourse.servicing import accounts, purchases

    who = people.enrol(source="test", references=["ann", "ben"])
    lines = [
        accounts.open_line(number=number, borrower_id=one, product="card_tw_2005", limit_minor=1_000_000, on=FIRST)
        for number, one in zip(("L-1", "L-2"), who, strict=True)
    ]
    close.through(FIRST)
    purchases.post(account=lines[0], amount_minor=500_000, on=FIRST + timedelta(days=1), key="b")
    close.through(date(2005, 5, 5))
    return {"ann": who[0], "ben": who[1], "L-1": lines[0]}


def test_a_statement_is_paid_in_installments_at_the_cost_that_was_shown(own: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.servicing import conversions
    from duecourse.servicing.tables import Act

    ann, ben = (signed_in(own[name]) for name in ("ann", "ben"))
    assert ben.get(PAGE).status_code == 404
    assert ben.post(PAGE, {"count": "3", "minor": "1", "share": "x"}).status_code == 404
    assert "Nothing can be paid in installments now" in text(ben.get("/my/accounts/L-2/installments"))
    assert f'href="{PAGE}"' in ann.get("/my/accounts/L-1").content.decode()
    page = ann.get(PAGE)
    assert [(one.parts, one.cost) for one in page.context["ways"]] == [
        (3, "NT$90.00"), (6, "NT$180.00"), (12, "NT$360.00"),
    ]  # fmt: skip
    assert page.context["ways"][0].yearly == "11.32%"
    for amount in ("0", "5,000.01", "x"):
        assert ann.get(PAGE, {"amount": amount}).status_code == 400, amount
    part = ann.get(PAGE, {"amount": "3,000"})
    form = {name: part.context[name] for name in ("key", "share")} | {"minor": part.context["exact"], "count": "3"}
    for bad in ({"count": "4"}, {"share": "fee_per_period 1"}, {"minor": "500001"}, {"minor": "-1"}):
        assert ann.post(PAGE, form | bad).status_code == 400, bad
    assert not Act.objects.filter(kind="conversion").exists()
    for _ in range(2):
        assert ann.post(PAGE, form).url == PAGE
    act = Act.objects.get(kind="conversion")
    assert (act.account_id, act.body["amount"], act.body["count"], act.by) == (own["L-1"], 300_000, 3, "borrower")
    assert conversions.convertible(account=own["L-1"]) == 200_000
    (stands,) = ann.get(PAGE).context["standing"]
    assert stands[1:5] == (date(2005, 5, 31), 3, "NT$3,000.00", part.context["ways"][0].month)
    assert ann.post(PAGE, form | {"count": "6"}).status_code == 400, "the same form, something else"
    close.through(date(2005, 5, 31))
    page = ann.get(PAGE)
    (stands,) = page.context["standing"]
    assert (stands.parts, stands.principal) == (2, "NT$2,000.00")
    end = {"what": "end", "key": page.context["key"], "act": stands.act}
    assert ann.post(PAGE, end | {"minor": stands.end_minor + 1}).status_code == 400, "not what was shown"
    assert ben.post("/my/accounts/L-2/installments", end | {"minor": stands.end_minor}).status_code == 400
    assert ann.post(PAGE, end | {"minor": stands.end_minor}).url == PAGE
    over = Act.objects.get(kind="conversion_end")
    assert sum(over.body[name] for name in ("principal", "interest", "fee")) == stands.end_minor >= 200_000
    assert ann.get(PAGE).context["standing"] == []


def signed_in(borrower: int):  # type: ignore[no-untyped-def]
    """A browser in which a borrower is signed in."""
    browser = client(None)
    session = browser.session
    session["borrower"] = borrower
    session.save()
    return browser
