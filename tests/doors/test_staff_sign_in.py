"""Staff sign in; whoever guesses is stopped, learns nothing of names, and shuts nobody out for long or from afar."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pages import client, quick_passwords, text

pytestmark = pytest.mark.usefixtures("seen_contexts")
RIGHT = "a long enough word"
HERE, THERE = "203.0.113.7", "198.51.100.9"


class Now:
    """A clock that the tests move."""

    at = datetime(2026, 8, 22, 6, 30, tzinfo=UTC)


@pytest.fixture
def now(db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Now]:
    """A clock that stands, and bob, who may come in."""
    from duecourse import clock
    from duecourse.web import staff

    with quick_passwords():
        staff.admit(username="bob", password=RIGHT, roles=["care"])
        told = Now()
        monkeypatch.setattr(clock, "now", lambda: told.at)
        yield told


def sign_in(name: str = "bob", password: str = RIGHT, caller: str = HERE) -> Any:
    """The answer to a name and a password."""
    return client(None).post("/login", {"username": name, "password": password}, REMOTE_ADDR=caller)


def test_ten_wrong_passwords_from_one_place_stop_it_for_a_while_even_with_the_right_one(now: Now) -> None:
    answers = [sign_in(password=f"wrong {number}").status_code for number in range(10)]
    assert answers == [200] * 10
    stopped = sign_in()
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "900")
    assert "quarter of an hour" in text(stopped)
    assert "_auth_user_id" not in stopped.wsgi_request.session
    assert sign_in(caller=THERE).status_code == 302, "from elsewhere bob comes in"
    now.at += timedelta(minutes=15, seconds=1)
    assert sign_in().status_code == 302


def test_a_name_that_there_is_not_is_answered_in_the_same_way(now: Now) -> None:
    for number in range(12):
        there_is, there_is_not = (sign_in(name, "wrong", f"192.0.2.{number % 2}") for name in ("bob", "nobody"))
        assert there_is.status_code == there_is_not.status_code
        assert text(there_is) == text(there_is_not)


def test_who_was_right_begins_anew(now: Now) -> None:
    for _ in range(3):
        assert [sign_in(password="wrong").status_code for _ in range(9)] == [200] * 9
        assert sign_in().status_code == 302
        now.at += timedelta(seconds=1)


def test_one_place_does_not_try_many_names(now: Now) -> None:
    assert {sign_in(f"name {number}", "wrong").status_code for number in range(50)} == {200}
    assert sign_in("another").status_code == 429
    assert sign_in("another", caller=THERE).status_code == 200


def test_a_name_guessed_at_from_many_places_still_answers_where_it_is_at_home(
    now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    from duecourse.web import tries

    monkeypatch.setattr(tries, "PASSWORDS", tries.PASSWORDS._replace(of_name=20))
    assert sign_in().status_code == 302
    now.at += timedelta(days=2)
    for number in range(20):
        assert sign_in(password="wrong", caller=f"192.0.2.{number}").status_code == 200
    assert sign_in(caller=THERE).status_code == 429
    assert sign_in().status_code == 302


def test_tries_at_the_same_time_are_not_more(now: Now) -> None:
    from django.db import connections

    from duecourse.borrowers import secrecy
    from duecourse.web import tries

    name, caller = secrecy.digest("staff:bob"), secrecy.digest(f"caller:{HERE}")

    def one(_: int) -> bool:
        try:
            return tries.tried(name=name, caller=caller, at=now.at, limits=tries.PASSWORDS)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(24))) == 10
