"""A second factor of staff: given at each sign-in, once for each code, set up by whoever must, reset by another."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pages import client, quick_passwords, text

pytestmark = pytest.mark.usefixtures("seen_contexts")
PASSWORD, HERE = "a long enough word", "203.0.113.7"


class Now:
    """A clock that the tests move, ours and that of the codes."""

    at = datetime(2026, 8, 22, 6, 30, tzinfo=UTC)


@pytest.fixture
def now(db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Now]:
    """A clock that stands; alice, bob, who operates, and charlie, who does not."""
    from allauth.mfa.totp.internal import auth
    from django.core.cache import cache

    from duecourse import clock
    from duecourse.web import staff

    with quick_passwords():
        cache.clear()
        for name, role in (("alice", "care"), ("bob", "operator"), ("charlie", "care")):
            staff.admit(username=name, password=PASSWORD, roles=[role])
        told = Now()
        monkeypatch.setattr(clock, "now", lambda: told.at)
        monkeypatch.setattr(clock, "today", lambda: told.at.date())
        monkeypatch.setattr(auth, "time", SimpleNamespace(time=lambda: told.at.timestamp()))
        yield told


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets settings for this test."""
    from django.conf import settings

    def put(**told: Any) -> None:
        for name, value in told.items():
            monkeypatch.setattr(settings, name, value)

    return put


def code_of(secret: str, now: Now) -> str:
    """What an app shows that knows the secret."""
    from allauth.mfa.totp.internal import auth

    return auth.format_hotp_value(auth.hotp_value(secret, int(now.at.timestamp()) // 30))


def sign_in(name: str = "alice", caller: str = HERE) -> tuple[Any, Any]:
    """A browser that gave name and password, and what it was answered."""
    browser = client(None)
    return browser, browser.post("/login", {"username": name, "password": PASSWORD}, REMOTE_ADDR=caller)


def second(browser: Any, code: str, caller: str = HERE) -> Any:
    """The answer to a code."""
    return browser.post("/login/second", {"code": code}, REMOTE_ADDR=caller)


def set_up(browser: Any, now: Now) -> tuple[str, list[str]]:
    """Set up an app: its secret, and the recovery codes as they are shown."""
    page = text(browser.get("/security/app"))
    (secret,) = re.findall(r"[A-Z2-7]{32}", page)
    answer = browser.post("/security/app", {"code": code_of(secret, now), "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"]) == (302, "/security/codes"), text(answer)
    return secret, re.findall(r"\b\d{8}\b", text(browser.get("/security/codes")))


def test_who_has_set_up_an_app_gives_a_code_each_time_and_each_code_once(now: Now) -> None:
    from django.core.cache import cache
    from django.db import connection

    browser, answer = sign_in()
    assert answer.headers["location"] == "/", "who has no second factor is in by name and password"
    secret, codes = set_up(browser, now)
    assert len(codes) == 10
    assert browser.get("/security/codes").status_code == 302, "they are shown once"
    assert browser.get("/").status_code == 200, "this session stands on what was just set up"
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        (kept,) = cursor.fetchone()
        cursor.execute("SELECT string_agg(session_data, ' ') FROM django_session")
        (sessions,) = cursor.fetchone()
    for told in (secret, *codes):
        assert told not in kept
        assert told not in sessions

    now.at += timedelta(minutes=2)
    right = code_of(secret, now)
    browser, answer = sign_in()
    assert answer.headers["location"] == "/login/second"
    assert browser.get("/").headers["location"].startswith("/login"), "a password alone opens no page"
    wrong = second(browser, f"{(int(right) + 1) % 10**6:06}")
    assert (wrong.status_code, "_auth_user_id" in wrong.wsgi_request.session) == (200, False)
    assert second(browser, right).headers["location"] == "/"
    assert browser.get("/").status_code == 200

    cache.clear()  # another process, or the same after a restart
    again, _ = sign_in()
    assert "used before" in text(second(again, right))
    assert second(again, codes[3]).headers["location"] == "/"
    again, _ = sign_in()
    assert second(again, codes[3]).status_code == 200
    assert second(again, codes[4]).headers["location"] == "/"


def test_five_wrong_codes_from_one_place_stop_it_and_twenty_from_many_all_but_where_one_is_at_home(now: Now) -> None:
    browser, _ = sign_in()
    secret, codes = set_up(browser, now)
    now.at += timedelta(minutes=2)
    browser, _ = sign_in()
    assert second(browser, codes[0]).status_code == 302, "here is where alice is at home"
    now.at += timedelta(minutes=2)
    browser, _ = sign_in()
    assert [second(browser, "000000").status_code for _ in range(5)] == [200] * 5
    stopped = second(browser, code_of(secret, now))
    assert (stopped.status_code, "_auth_user_id" in stopped.wsgi_request.session) == (429, False)
    now.at += timedelta(hours=1, seconds=1)
    for number in range(15):
        browser, _ = sign_in(caller=f"192.0.2.{number}")
        assert second(browser, "000000", caller=f"192.0.2.{number}").status_code == 200
    browser, _ = sign_in(caller="198.51.100.9")
    assert second(browser, code_of(secret, now), caller="198.51.100.9").status_code == 429
    browser, _ = sign_in()
    assert second(browser, code_of(secret, now)).status_code == 302


def test_where_the_house_asks_for_one_nobody_comes_further_without(now: Now, settings_of: Any) -> None:
    settings_of(SECOND_FACTOR_FROM=date(2026, 8, 23))
    browser, _ = sign_in()
    assert browser.get("/").status_code == 200
    now.at += timedelta(days=1)
    for address in ("/", "/today", "/accounts/L-1"):
        assert browser.get(address).headers["location"] == "/security"
    assert browser.post("/find", {"told": "L-1"}).headers["location"] == "/security"
    assert "then you go on" in text(browser.get("/security"))
    set_up(browser, now)
    assert browser.get("/").status_code == 200
    (held,) = browser.get("/security").context["held"]
    assert "set up another" in text(browser.post(f"/security/{held.number}/off", {"password": PASSWORD}))
    settings_of(SECOND_FACTOR_FROM=None)
    assert "The password is wrong" in text(browser.post(f"/security/{held.number}/off", {"password": "another"}))
    assert browser.post(f"/security/{held.number}/off", {"password": PASSWORD}).status_code == 302
    assert browser.get("/security").context["held"] == []
    acts = [(one.kind, one.act, one.by) for one in browser.get("/security").context["history"]]
    off = [("recovery_codes", "off", "alice"), ("totp", "off", "alice")]
    assert acts == [*off, ("recovery_codes", "on", "alice"), ("totp", "on", "alice")]


def test_nobody_turns_off_what_is_anothers(now: Now) -> None:
    browser, _ = sign_in()
    set_up(browser, now)
    (held,) = browser.get("/security").context["held"]
    charlie, _ = sign_in("charlie")
    assert "the page has changed" in text(charlie.post(f"/security/{held.number}/off", {"password": PASSWORD}))
    assert [one.number for one in browser.get("/security").context["held"]] == [held.number]


def test_an_operator_resets_anothers_with_a_reason_and_never_ones_own(now: Now) -> None:
    from django.contrib.auth.models import User

    from duecourse.web import second_factor

    browser, _ = sign_in()
    set_up(browser, now)
    users = {one.username: one for one in User.objects.all()}
    told: dict[str, Any] = {"reason": "lost the telephone", "at": now.at}
    refused = [("bob", "bob", "mine"), ("charlie", "alice", "no right"), ("bob", "nobody", "x"), ("bob", "alice", " ")]
    for by, username, reason in refused:
        with pytest.raises(second_factor.ResetRefused):
            second_factor.reset(username=username, by=users[by], **told | {"reason": reason})
    with pytest.raises(second_factor.NotProven):
        second_factor.proven_here(username="bob", password="wrong", code=lambda: "", at=now.at)
    bob = second_factor.proven_here(username="bob", password=PASSWORD, code=lambda: "", at=now.at)
    assert browser.get("/").status_code == 200
    assert second_factor.reset(username="alice", by=bob, **told) == 1
    assert browser.get("/").headers["location"] == "/login", "what was signed in by it is so no more"
    again, answer = sign_in()
    assert answer.headers["location"] == "/"
    newest = again.get("/security").context["history"][0]
    assert (newest.act, newest.by, newest.reason) == ("reset", "bob", "lost the telephone")


def test_what_a_passkey_did_not_sign_is_no_proof(now: Now, settings_of: Any) -> None:
    settings_of(ALLOWED_HOSTS=["localhost", "testserver"])
    browser, _ = sign_in()
    page = browser.get("/security/passkey", headers={"host": "localhost"})
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert json.loads(page.context["asked"])["publicKey"]["rp"]["id"] == "localhost"
    for answer in ("", "{}", "[]", "not json", '{"id": "x", "response": {}}'):
        told = {"answer": answer, "name": "key", "password": PASSWORD}
        assert "That was wrong" in text(browser.post("/security/passkey", told, headers={"host": "localhost"}))
    assert browser.get("/security").context["held"] == []
