"""A form that was sent after the session ended is shown again to whoever sent it, and to nobody else.

The cast: bob works for the lender, so does ann; alice is a borrower.
"""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from pages import client, text

KEY = {"key": "00000000000000000000000000000001"}


pytestmark = pytest.mark.usefixtures("seen_contexts")


def promise() -> dict[str, str]:
    """A promise that may be made today."""
    from duecourse.web import days

    return {"account": "L-1", "amount": "12.50", "due_on": str(days.today_of() + timedelta(days=5)), "channel": "call",
            "reason": "will pay on <b>pay day</b>"}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def ann(book: dict[str, int]) -> None:
    """Another of the lender's people."""
    from django.contrib.auth.models import User

    from duecourse.web import staff

    staff.admit(username="ann", password="may view the book")
    User.objects.filter(username="bob").update(last_login=None)


def signed_out(browser: Any) -> Any:
    """The browser, whose session has ended."""
    browser.session.flush()
    del browser.cookies["sessionid"]
    return browser


def sign_in(browser: Any, username: str, answer: Any) -> Any:
    """Sign in at the page to which an answer leads, and go where that leads."""
    told = {"username": username, "password": "may view the book"}
    return browser.post(answer.url, told | {"next": answer.url.partition("next=")[2]}, follow=True)


def sent_after_the_end(path: str = "/people/1/promise", told: dict[str, str] | None = None) -> tuple[Any, Any]:
    """Bob's browser, and what it is answered when he sends a form after his session has ended."""
    browser = client("bob")
    assert browser.get("/today").status_code == 200
    return browser, signed_out(browser).post(path, (told or promise()) | KEY)


def fields_of(page: Any) -> dict[str, str]:
    """What the page that shows a kept form would send."""
    found = re.findall(r'<textarea name="(\w+)" hidden>([^<]*)</textarea>', page.content.decode())
    return {name: html.unescape(value) for name, value in found}


def test_what_was_typed_is_shown_after_signing_in_and_done_once_it_is_sent_again(book: dict[str, int]) -> None:
    from django.contrib.sessions.models import Session

    from duecourse.care.promise_tables import Promise

    browser, answer = sent_after_the_end()
    assert answer.url == "/login?next=/kept"
    assert not any(
        "pay day" in one.session_data or "pay day" in str(one.get_decoded()) for one in Session.objects.all()
    )
    page = sign_in(browser, "bob", answer)
    assert page.status_code == 200
    assert "12.50" in text(page)
    assert "&lt;b&gt;pay day" in page.content.decode()
    assert not Promise.objects.exists(), "nothing is done by keeping it"
    shown = [name for name, value in page.context["form"].typed]
    assert shown == ["amount", "by which day", "Why"], "what was chosen is not shown by its code"
    assert fields_of(page) == promise() | KEY
    assert browser.post("/people/1/promise", fields_of(page)).status_code == 302
    assert Promise.objects.count() == 1
    assert browser.get("/kept").url == "/", "once it is sent it is kept no longer"


def test_a_form_is_kept_no_longer_once_it_is_left(book: dict[str, int]) -> None:
    browser, answer = sent_after_the_end()
    assert 'href="?leave"' in sign_in(browser, "bob", answer).content.decode()
    assert browser.get("/kept?leave").url == "/"
    assert "kept_form" not in browser.session


def test_what_was_confirmed_is_looked_at_anew(book: dict[str, int]) -> None:
    path = "/accounts/L-1/act/goodwill"
    told = {"amount": "1.00", "on": "2005-06-10", "reason": "so it is", "step": "do"}
    browser, answer = sent_after_the_end(path, told)
    fields = fields_of(sign_in(browser, "bob", answer))
    assert "step" not in fields
    shown = browser.post(path, fields)
    assert shown.status_code == 200
    assert shown.context["effect"], "shown, and not done"


def test_somebody_else_who_signs_in_there_is_not_shown_it(book: dict[str, int]) -> None:
    browser, answer = sent_after_the_end()
    page = sign_in(browser, "ann", answer)
    assert page.redirect_chain[-1][0] == "/"
    assert "12.50" not in text(page)
    assert "kept_form" not in browser.session


def test_nothing_is_kept_of_a_stranger_of_a_decision_of_a_secret_or_of_what_is_too_long(book: dict[str, int]) -> None:
    assert client(None).post("/people/1/promise", promise() | KEY).url == "/login?next=/"
    for path, told in (
        ("/erasures/1", {"step": "grant", "reason": "the law says so"}),
        ("/proceedings/1", {"step": "stage", "stage": "withdrawn", "on": "2005-06-01", "reason": "as agreed"}),
        ("/security/app", {"password": "secret", "code": "1"}),
        ("/people/1/notes", {"text": "x" * 30_000}),
    ):
        assert sent_after_the_end(path, told)[1].url == "/login?next=/"


def test_four_thousand_chinese_characters_are_kept(book: dict[str, int]) -> None:
    assert sent_after_the_end("/people/1/notes", {"text": "字" * 4_000})[1].url == "/login?next=/kept"


def test_it_is_shown_for_half_an_hour(book: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse import clock

    browser, answer = sent_after_the_end()
    sent_at = clock.now()
    assert sign_in(browser, "bob", answer).redirect_chain[-1][0] == "/kept"
    for minutes, status in ((29, 200), (31, 302)):
        monkeypatch.setattr(clock, "now", lambda late=minutes: sent_at + timedelta(minutes=late))
        assert browser.get("/kept").status_code == status, minutes


def test_a_form_that_is_refused_keeps_what_was_typed(book: dict[str, int]) -> None:
    told = {"step": "represent", "name": "Mr Lee", "point_kind": "phone", "point": "no number", "since": "no day",
            "reason": "told by letter", "kind": "attorney"}  # fmt: skip
    page = client("bob").post("/people/1/care", told | KEY)
    assert page.status_code == 409
    for typed in ("Mr Lee", "no number", "no day", "told by letter"):
        assert f'value="{typed}"' in page.content.decode()
    assert page.content.decode().count("told by letter") == 1, "in the form that was sent alone"


def as_borrower(browser: Any, borrower: int) -> Any:
    """The browser, in which a borrower signs in."""
    from django.conf import settings
    from django.test import RequestFactory

    from duecourse.web.portal import session

    request = RequestFactory().get("/my/in")
    request.session = browser.session
    session.enter(request, borrower)
    request.session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return browser


def test_a_borrower_sees_their_own_form_again_and_not_that_of_another(book: dict[str, int]) -> None:
    from duecourse.servicing import read

    alice, dora = (read.borrower_of(number=number) for number in ("L-1", "L-2"))
    told = {"about": "charges", "text": "too dear", **KEY}
    for who, status in ((alice, 200), (dora, 302)):
        browser = as_borrower(client(None), alice)
        assert browser.get("/my/help").status_code == 200
        assert signed_out(browser).post("/my/help/complaint", told).url == "/my/in?next=%2Fmy%2Fkept"
        page = as_borrower(browser, who).get("/my/kept")
        assert page.status_code == status
        assert ("too dear" in page.content.decode()) == (who == alice)
    for path, told in (
        ("/my/accounts/L-1/pay", {"much": "other", "amount": "10"}),
        ("/my/help/hardship/1/answer", {"what": "accept", "offer": "1"}),
    ):
        browser = as_borrower(client(None), alice)
        assert browser.get("/my/help").status_code == 200
        assert signed_out(browser).post(path, told | KEY).url == "/my/in", path
