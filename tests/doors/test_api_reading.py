"""Reading by the API: as the areas tell it, page by page, to whoever may see it."""

from typing import Any

import pytest
from api import Caller, key_of


@pytest.fixture(scope="module")
def caller(book: dict[str, int]) -> Caller:
    return Caller(key_of())


def test_an_account_is_told_as_it_stands(caller: Caller) -> None:
    from duecourse.servicing import read

    told = caller.get("/accounts/L-2").json()
    page = read.account(number="L-2")
    assert told["figures"]["owed_minor"] == page.figures["owed"] > 0
    assert told["standing"]["days_past_due"] == page.standing.days_past_due > 0
    assert told["standing"]["past_due_minor"] == page.standing.past_due
    assert told["closed"] == "2005-06-09"
    assert [due["left_minor"] for due in told["dues"]] == [due.left for due in page.dues]
    assert "borrower_id" not in told


@pytest.mark.parametrize("place", ["", "/statements", "/entries", "/explain/owed", "/quote", "/outlook", "/in-force",
                                   "/days/2005-05-21", "/installments"])  # fmt: skip
def test_every_view_of_an_account_answers(caller: Caller, place: str) -> None:
    told = caller.get(f"/accounts/L-1{place}")
    assert told.status_code == 200, told.content


def test_a_figure_is_explained_by_parts_that_add_up_to_it(caller: Caller) -> None:
    told = caller.get("/accounts/L-2/explain/owed").json()
    assert told["amount"] == caller.get("/accounts/L-2").json()["figures"]["owed_minor"]
    assert sum(one["amount"] for one in told["parts"]) == told["amount"]
    assert told["zh"] == "欠款合计"


def test_a_day_is_told_as_it_was_known_and_as_it_is_known(caller: Caller) -> None:
    """The payment of 15 May bounced on 5 June: on 31 May it was not late, as was known then."""
    then = caller.get("/accounts/L-1/days/2005-05-31", known_on="2005-05-31").json()
    now = caller.get("/accounts/L-1/days/2005-05-31").json()
    assert (then["days_past_due"], now["days_past_due"] > 0) == (0, True)
    assert now["known_on"] == "2005-06-09"
    missing = caller.get("/accounts/L-1/days/2031-01-01")
    assert (missing.status_code, missing.json()["code"]) == (404, "day_not_sealed")


def test_a_statement_is_told_and_printed(caller: Caller) -> None:
    one = caller.get("/accounts/L-2/statements").json()[0]
    again = caller.get(f"/accounts/L-2/statements/{one['cycle_on']}").json()
    assert again == one
    assert one["balance_minor"] >= one["minimum_minor"] > 0
    printed = caller.get(f"/accounts/L-2/statements/{one['cycle_on']}/pdf")
    assert printed.headers["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF")


def every(caller: Caller, path: str, limit: int) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        told = caller.get(path, limit=limit, cursor=cursor).json()
        assert len(told["items"]) <= limit
        found += told["items"]
        if not (cursor := told["next_cursor"]):
            return found


@pytest.mark.parametrize("path", ["/accounts", "/accounts/L-1/entries"])
def test_a_list_is_the_same_whatever_the_length_of_its_pages(caller: Caller, path: str) -> None:
    whole = every(caller, path, 500)
    assert len(whole) > 3
    assert every(caller, path, 1) == every(caller, path, len(whole)) == whole


def test_entries_sum_to_zero_and_make_up_the_figures(caller: Caller) -> None:
    entries = every(caller, "/accounts/L-1/entries", 500)
    assert {sum(one["amounts"].values()) for one in entries} == {0}
    owed = sum(one["amounts"].get(name, 0) for one in entries for name in ("principal", "interest", "fee", "penalty"))
    assert owed == caller.get("/accounts/L-1").json()["figures"]["owed_minor"]


@pytest.mark.parametrize("cursor", ["x", "W10=", "WyJhY2NvdW50cyIsICJ4Il0=", "WyJlbnRyaWVzIiwgMV0=", "é", "A" * 200])
def test_a_cursor_of_another_list_is_refused_by_name(caller: Caller, cursor: str) -> None:
    told = caller.get("/accounts", cursor=cursor)
    assert (told.status_code, told.json()["code"]) == (422, "cursor_unreadable")
