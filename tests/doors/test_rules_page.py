"""The page of rules: by place and day, in the page's language, the unverified marked; for whoever may view the book.

The cast: bob works for the lender and may view the book, charlie may not; anonymous is nobody.
"""

import re
from datetime import date

import pytest
from pages import client, text

from duecourse.rules import catalogue

ON = date(2026, 6, 1)
NAMED = re.compile(r"<b>(.*?)</b>")
pytestmark = pytest.mark.usefixtures("seen_contexts", "people")


@pytest.fixture(scope="module")
def people(module_db: str) -> None:
    from django.contrib.auth.models import User

    from duecourse.web import staff

    staff.admit(username="bob", password="may view the book")
    User.objects.create_user("charlie", password="may not view it")


def rows(page: str) -> dict[str, str]:
    """The rows of the page by their rules."""
    return {found[1]: row for row in page.split("<tr>") if (found := NAMED.search(row))}


def test_rules_are_shown_with_words_source_and_whether_they_are_verified() -> None:
    page = client().get(f"/rules?place=UK&on={ON}").content.decode()
    shown = rows(page)
    held = catalogue.listed(place="UK", on=ON)
    assert set(shown) == {one.rule for one in held}
    marked = [(found[1], "not verified" not in row) for row in page.split("<tr>") if (found := NAMED.search(row))]
    assert sorted(marked) == sorted((one.rule, one.verified) for one in held)
    assert "statute barred after 6 years" in shown["UK-10"]
    assert "Limitation Act 1980 s. 5" in shown["UK-10"]
    assert "since 1981-05-01" in shown["UK-10"]


def test_rules_are_in_the_language_of_the_page() -> None:
    chinese = text(client(language="zh-Hans").get(f"/rules?place=CN&on={ON}&topic=limitation"))
    english = text(client(language="en").get(f"/rules?place=CN&on={ON}&topic=limitation"))
    assert "诉讼时效为三年" in chinese
    assert "未核实" in chinese
    assert "凭记忆" in chinese
    assert "limitation period is 3 years" in english
    assert "诉讼时效为三年" not in english


def test_rules_are_sifted_by_topic_day_words_and_certainty() -> None:
    def shown(asked: str) -> set[str]:
        return set(rows(client().get(f"/rules?{asked}").content.decode()))

    assert shown(f"place=US&on={ON}&topic=limitation") == {"US-RF-17"}
    assert shown("place=US&on=2021-11-29&topic=limitation") == set()
    assert "US-RF-13" in shown(f"place=US&on={ON}&topic=notices")
    assert "US-RF-13" not in shown(f"place=US&on={ON}&topic=notices&unverified=1")
    assert shown(f"place=US&on={ON}&words=1006.34+receiv") == {"US-RF-15"}
    assert "No rule is like that" in text(client().get(f"/rules?place=US&on={ON}&words=nowhere+at+all"))
    assert client().get("/rules").context["place"] == "CN"


@pytest.mark.parametrize("asked", ["place=MARS", "on=yesterday", "topic=nonsense", "place=CN%00"])
def test_what_there_is_not_is_not_found(asked: str) -> None:
    assert client().get(f"/rules?{asked}").status_code == 404


def test_what_changes_is_shown_with_what_was_and_whom_it_concerns() -> None:
    page = client().get("/rules/changes?place=CN&first=2020-08-19&second=2020-08-20").content.decode()
    (row,) = rows(page).values()
    for said in (
        "CN-CAP-01",
        "not verified",
        "replaced",
        "2020-08-20",
        "240000 → –",
        "– → 4",
        "private",
        "up to 24% a year",
    ):
        assert said in row
    chinese = text(client(language="zh-Hans").get("/rules/changes?place=CN&first=2025-02-27&second=2025-02-28"))
    for said in ("CN-COL-08", "终止", "CN-COL-01", "开始生效", "2025年2月28日的规则变化"):
        assert said in chinese.replace(" ", "")
    turned = client().get("/rules/changes?place=CN&first=2020-08-20&second=2020-08-19")
    assert (turned.context["first"], turned.context["second"]) == (date(2020, 8, 19), date(2020, 8, 20))
    assert "No rule changes" in text(client().get("/rules/changes?place=UK&first=2020-08-19&second=2020-08-20"))
    assert client().get("/rules/changes?first=never").status_code == 404
    assert client().get("/rules/changes").status_code == 200


def test_only_those_who_may_view_the_book_see_it() -> None:
    assert client("charlie").get("/rules").status_code == client("charlie").get("/rules/changes").status_code == 403
    assert client(None).get("/rules").status_code == 302
    assert client("bob").post("/rules").status_code == 405
    assert 'href="/rules"' in client("bob").get("/rules").content.decode()


def test_what_is_asked_is_shown_again_and_never_as_markup() -> None:
    page = client().get("/rules", {"words": '"><script>', "on": str(ON)}).content.decode()
    assert "<script>" not in page
    assert 'value="2026-06-01"' in page


def test_every_topic_and_place_of_the_shipped_rules_has_a_name() -> None:
    from duecourse.web.console import rules, words

    assert {one.topic for one in catalogue.every()} <= set(rules.TOPICS)
    assert {one.place for one in catalogue.every()} <= set(words.PLACES)
