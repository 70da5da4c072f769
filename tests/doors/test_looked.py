"""Every look of staff at a person or an account is kept and shown to the borrower; and pages that go by HTTPS alone."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from pages import client, text

pytestmark = pytest.mark.usefixtures("seen_contexts")
HTTPS = """
import django, json
django.setup()
from django.conf import settings
from django.test import Client
plain, safe = Client(SERVER_NAME="127.0.0.1"), Client(SERVER_NAME="127.0.0.1", headers={"x-forwarded-proto": "https"})
page = safe.get("/login")
print(json.dumps({
    "plain": [plain.get("/login").status_code, plain.get("/login").headers["location"]],
    "alive": plain.get("/healthz").status_code,
    "hsts": page.headers["Strict-Transport-Security"], "status": page.status_code,
    "cookies": {name: [bool(one["secure"]), bool(one["httponly"]), one["samesite"], one["path"], one["domain"]]
                for name, one in page.cookies.items()},
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY],
}))
"""


def signed_in(number: str, language: str = "en") -> Any:
    """A browser in which the owner of an account is signed in."""
    from duecourse.servicing import read

    browser = client(None, language)
    session = browser.session
    session["borrower"] = read.borrower_of(number=number)
    session.save()
    return browser


def kept() -> list[tuple[str, str, list[str], str]]:
    """Every look that was kept: at which account, by whom, in which roles, at what."""
    from duecourse.borrowers.reading_tables import Reading

    return list(Reading.objects.order_by("id").values_list("account", "by", "roles", "what"))


def test_a_look_at_an_account_or_a_person_is_kept_and_shown_to_its_borrower_alone(
    db_copy: str, book: dict[str, int]
) -> None:
    from duecourse.servicing import read
    from duecourse.web import staff

    staff.admit(username="carla", password=None, roles=["care", "recovery"])
    assert "Nobody has looked yet" in text(signed_in("L-2").get("/my/messages"))
    carla, person = client("carla"), read.borrower_of(number="L-2")
    for _ in range(2):
        assert carla.get("/accounts/L-2").status_code == 200
    assert carla.get(f"/people/{person}").status_code == 200
    assert kept() == [("L-2", "carla", ["care", "recovery"], "account")] * 2 + [
        ("", "carla", ["care", "recovery"], "person")
    ]
    shown = text(signed_in("L-2").get("/my/messages"))
    assert "customer care, collections account L-2 2" in shown
    assert "customer care, collections who you are and how you are reached 1" in shown
    assert "carla" not in shown
    assert "客户服务" in text(signed_in("L-2", "zh-hans").get("/my/messages"))
    assert "Nobody has looked yet" in text(signed_in("L-3").get("/my/messages"))


def test_what_is_not_answered_or_about_nobody_is_no_look(db_copy: str, book: dict[str, int]) -> None:
    from django.test import override_settings

    for username in ("charlie", None):
        client(username).get("/accounts/L-2")
    bob = client("bob")
    for place in ("/", "/rules", "/accounts/L-99", "/accounts?number=L-2", "/models"):
        bob.get(place)
    signed_in("L-2").get("/my/accounts/L-2")
    with override_settings(DEMO=True):
        client(None).get("/accounts/L-2", SERVER_NAME="127.0.0.1")
    assert kept() == []


def test_a_look_that_was_kept_stays(db_copy: str, book: dict[str, int]) -> None:
    from django.db import connections
    from django.db.utils import IntegrityError

    client("bob").get("/accounts/L-2")
    for sql in ("DELETE FROM borrowers_reading", "UPDATE borrowers_reading SET by = 'nobody'"):
        with pytest.raises(IntegrityError), connections["owner"].cursor() as cursor:
            cursor.execute(sql)
    assert len(kept()) == 1


def test_with_https_pages_keep_to_it_and_cookies_are_of_this_host_alone() -> None:
    surroundings = os.environ | {
        "DUECOURSE_HTTPS": "1", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "DUECOURSE_SECRET_KEY": "x" * 50,
        "DJANGO_SETTINGS_MODULE": "duecourse.settings",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", HTTPS], env=surroundings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["plain"] == [301, "https://127.0.0.1/login"]
    assert told["alive"] == 200
    assert told["hsts"] == "max-age=31536000"
    assert told["status"] == 200
    assert told["cookies"] == {"__Host-csrf": [True, True, "Lax", "/", ""]}
    assert told["session"] == ["__Host-session", True, True]
