"""Explanations by command and on a page. bob works for the lender and may view the book, charlie may not."""

import re
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from pages import client, text

LAST = date(2005, 6, 9)


pytestmark = pytest.mark.usefixtures("seen_contexts")


def command(*words: str) -> Any:
    from duecourse.cli import main

    return CliRunner().invoke(main, ["explain", *words], catch_exceptions=False)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_figure_on_an_account_page_leads_to_its_explanation(book: dict[str, int], language: str) -> None:
    browser = client(language=language)
    page = browser.get("/accounts/L-1")
    leads = set(re.findall(r'href="(/accounts/L-1/why/\w+)"', page.content.decode()))
    names = {lead.rsplit("/", 1)[1] for lead in leads}
    assert {"owed", "principal", "interest", "days_past_due", "next_due", "available", "minimum_due"} <= names
    for lead in leads:
        assert browser.get(lead).status_code == 200


@pytest.mark.parametrize("figure", ["owed", "next_due", "minimum_due", "accrued_interest", "available", "credit"])
def test_a_figure_stands_on_the_account_page_beside_the_link_to_its_explanation(
    book: dict[str, int], figure: str
) -> None:
    lead = f"/accounts/L-1/why/{figure}"
    page = client().get("/accounts/L-1").content.decode()
    shown = re.search(rf'<(?:dd|p)[^>]*>(?:<a [^>]*>)?([\d,.]+)(?:</a>)?<a [^>]*href="{lead}"', page)
    assert shown is not None
    assert client().get(lead).context["told"].amount == round(float(shown[1].replace(",", "")) * 100)


def test_a_page_says_the_figure_of_the_account_page_and_its_parts(book: dict[str, int]) -> None:
    owed = client().get("/accounts/L-1").context["page"].figures["owed"]
    response = client().get("/accounts/L-1/why/owed")
    assert response.context["told"].amount == owed == sum(part.amount for part in response.context["told"].parts)
    assert "<details" in response.content.decode()
    assert "Owed in all" in text(response)
    assert "purchase, entry" in text(response)
    assert "欠款合计" in text(client(language="zh-hans").get("/accounts/L-1/why/owed"))


def test_a_page_can_be_asked_of_an_earlier_day(book: dict[str, int]) -> None:
    told = client().get("/accounts/L-1/why/owed?day=2005-04-10").context["told"]
    assert told.amount == 300_000


@pytest.mark.parametrize(
    "place",
    ["L-9/why/owed", "L-1/why/nothing", "L-1/why/payoff", "L-1/why/owed?day=soon", "L-1/why/owed?day=2035-01-01"],
)
def test_what_cannot_be_explained_is_no_page(book: dict[str, int], place: str) -> None:
    assert client().get(f"/accounts/{place}").status_code == 404


def test_who_may_not_view_the_book_sees_no_explanation(book: dict[str, int]) -> None:
    assert client("charlie").get("/accounts/L-1/why/owed").status_code == 403
    assert client(None).get("/accounts/L-1/why/owed").status_code == 302


def test_the_command_prints_the_tree_in_both_languages_and_fits_a_screen(book: dict[str, int]) -> None:
    told = command("L-1", "days_past_due", "--day", str(LAST))
    assert told.exit_code == 0
    assert "Days past due at the close of 2005-06-09" in told.output
    assert "days from the due day" in told.output
    assert "逾期天数" in command("L-1", "days_past_due", "--day", str(LAST), "--language", "zh").output
    shallow = command("L-1", "owed", "--day", str(LAST), "--depth", "1").output
    assert "Statement cycle" in shallow
    assert "entry" not in shallow
    for figure in ("owed", "minimum_due", "next_due"):
        assert len(command("L-1", figure, "--day", str(LAST)).output.splitlines()) < 60


def test_the_command_refuses_by_code(book: dict[str, int]) -> None:
    told = command("L-1", "nothing", "--day", str(LAST))
    assert told.exit_code == 2
    assert command("L-9", "owed", "--day", str(LAST)).exit_code == 2
