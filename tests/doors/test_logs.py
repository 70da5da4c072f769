"""What the server writes down: every request by its id and route, and nobody's name, number or address.

Dora asks, complains and is written to through all three doors, with her name, telephone and e-mail wherever a form or a
body takes them, and wherever they do not belong; faults quote them. No line of any log says them.
"""

import io
import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api import Caller, key_of
from pages import client

sys.path.append(str(Path(__file__).parents[1] / "areas"))
pytestmark = pytest.mark.usefixtures("seen_contexts")
NAMES = ("Dora Quistgaard", "Quistgaard", "陈朵拉", "朵拉")
PHONES = ("+8613800138000", "13800138000", "138 0013 8000", "0013 8000")
MAILS = ("dora.q@example.com", "dora.q", "DORA.Q@EXAMPLE.COM")
SAID = f"I am {NAMES[0]} {NAMES[2]}, call {PHONES[0]} or {PHONES[2]}, write to {MAILS[0]}"


@pytest.fixture(scope="module")
def dora(book: dict[str, int]) -> int:
    """Dora, who owes on L-2 and can be reached."""
    from duecourse.borrowers import reach
    from duecourse.servicing.tables import Account

    borrower: int = Account.objects.get(number="L-2").borrower_id
    told = {"borrower": borrower, "by": "alice", "reason": "application"}
    reach.reside(place="CN", zone="Asia/Shanghai", language="zh", **told)
    reach.add_point(kind="email", value=MAILS[0], at_work=False, source="contract", **told)
    reach.add_point(kind="phone", value=PHONES[0], at_work=False, source="contract", **told)
    return borrower


@pytest.fixture
def written() -> Iterator[dict[str, io.StringIO]]:
    """All that any part writes down meanwhile, in both forms; faults and requests, and what libraries tell of their
    work."""
    from duecourse import logs

    out = {"json": io.StringIO(), "plain": io.StringIO()}
    forms = {"json": logs.JsonLines(), "plain": logs.PlainLines()}
    top, of_requests, of_django = (logging.getLogger(name) for name in (None, "duecourse.request", "django"))
    before = [(one, one.level) for one in (top, of_requests, of_django)]
    hooks = []
    for name, stream in out.items():
        hooks.append(logging.StreamHandler(stream))
        hooks[-1].setFormatter(forms[name])
        hooks[-1].addFilter(lambda record: record.name != "mail.log")  # what the mail server of this test says itself
        top.addHandler(hooks[-1])
    for one in (top, of_requests, of_django):
        one.setLevel(logging.DEBUG)
    yield out
    for hook in hooks:
        top.removeHandler(hook)
    for one, level in before:
        one.setLevel(level)


def lines(out: dict[str, io.StringIO]) -> list[dict[str, Any]]:
    """Each line of the JSON log."""
    return [json.loads(line) for line in out["json"].getvalue().splitlines()]


def seeds_in(text: str) -> list[str]:
    """What of dora stands in a text."""
    return [seed for seed in (*NAMES, *PHONES, *MAILS) if seed.lower() in text.lower()]


def wait_for(out: dict[str, io.StringIO], said: str) -> int:
    """How often something was written down, once it was: codes are sent beside the answer."""
    for _ in range(200):
        if said in out["json"].getvalue():
            break
        time.sleep(0.05)
    return out["json"].getvalue().count(said)


def of_portal(dora: int) -> None:
    """Sign in with what is hers and what is not, and tell everything in every form."""
    stranger = client(None)
    for address in (MAILS[0], PHONES[0], PHONES[2], NAMES[0], "x" * 400 + MAILS[0]):
        stranger.post("/my/in", {"address": address, "ending": "L-2", "next": f"/my/?{MAILS[0]}"})
    stranger.post("/my/in/code", {"code": PHONES[1]})
    stranger.get(f"/my/accounts/{NAMES[0]}", {"q": MAILS[0]})
    browser = client(None)
    session = browser.session
    session["borrower"] = dora
    session.save()
    key = {"key": "0123456789abcdef0123456789abcdef"}
    forms: dict[str, dict[str, str]] = {
        "complaint": {"account": "L-2", "about": "contact", "text": SAID},
        "dispute": {"account": "L-2", "kind": "amount", "amount": "12.50", "text": SAID},
        "promise": {"account": NAMES[0], "amount": PHONES[1], "day": SAID},
        "hardship": {"account": "L-2", "income": PHONES[0], "spending": SAID, "adults": "1", "cause": SAID},
    }
    for what, form in forms.items():
        browser.post(f"/my/help/{what}", form | key)
    for place in ("", "accounts/L-2", "messages", "choices", "help", f"accounts/{NAMES[2]}", MAILS[0]):
        browser.get(f"/my/{place}", {"name": NAMES[0]})


def of_api() -> None:
    """Note who she is by the API, in right bodies and in wrong ones."""
    caller, why = Caller(key_of("lender", per_minute=60_000)), SAID
    person = {"kind": "lawyer", "name": NAMES[0], "point_kind": "phone", "point": PHONES[0], "why": why}
    for body in (person | {"authority_from": "2005-06-01"}, person, person | {NAMES[0]: 1}, [SAID], SAID):
        caller.post("/accounts/L-2/representatives", body)
    caller.post("/accounts/L-2/complaints", {"about": "contact", "text": SAID, "why": why})
    caller.post("/accounts/L-2/complaints", {"about": SAID, "text": SAID, "why": why}, key=MAILS[0])
    caller.client.post("/api/v1/accounts/L-2/complaints", '{"text": "' + SAID, content_type="application/json")
    caller.get(f"/accounts/{NAMES[0]}", name=PHONES[0])
    Caller(f"dc_{PHONES[1]}").get("/accounts")


def of_console() -> None:
    """Look for her by everything, and sign in under her name."""
    browser = client("bob")
    for told in (*NAMES, *PHONES, *MAILS):
        browser.get("/accounts", {"number": told})
        browser.get(f"/accounts/{told}")
    client(None).post("/login", {"username": MAILS[0], "password": PHONES[1]})
    browser.post(f"/accounts/{NAMES[0]}/certificates", {"name": SAID})


def of_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages and operations meet faults that quote her: of ours, of the database, of a mail server."""
    from django.db import IntegrityError

    from duecourse.book import figures
    from duecourse.servicing import read

    def fail(*told: object, **also: object) -> None:
        try:
            raise IntegrityError(f"duplicate key\nDETAIL:  Key (value)=({MAILS[0]}, {NAMES[0]}) already exists.")
        except IntegrityError as fault:
            raise ValueError(f"{SAID!r} is not a number") from fault

    with monkeypatch.context() as patched:
        patched.setattr(figures, "close_of", fail)
        patched.setattr(read, "account", fail)
        for browser in (client("bob"), Caller(key_of("lender")).client):
            browser.raise_request_exception = False
            for place in ("/", "/accounts/L-2", "/api/v1/accounts/L-2"):
                browser.get(place, {"name": NAMES[0]}, headers={"X-Request-ID": MAILS[0]}, SERVER_NAME="127.0.0.1")
    logging.getLogger("some.library").warning("cannot reach %s at %s", MAILS[0], PHONES[2])


def test_no_log_of_a_run_through_all_doors_says_a_name_a_number_or_an_address(
    dora: int, written: dict[str, io.StringIO], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Path
) -> None:
    import sending
    from django.test import override_settings

    with sending.mail_server() as (box, port):
        box.answers[MAILS[0]] = f"550 5.1.1 <{MAILS[0]}>: {NAMES[0]} unknown here"
        with override_settings(CHANNELS=sending.channels_file(tmp_path, mail_port=port), LENDER="Lender"):
            of_portal(dora)
            assert wait_for(written, "was not sent") >= 1
    of_api()
    of_console()
    of_faults(monkeypatch)
    told = lines(written)
    asked = [one for one in told if one["logger"] == "duecourse.request"]
    assert len(asked) > 50
    assert all(re.fullmatch(r"[0-9a-f]{32}", one["request_id"]) for one in asked)
    assert {one["whose"] for one in asked} == {"anybody", "borrower", "staff", "key", "-"}
    assert {"/accounts/<str:number>", "/my/help/complaint", "/api/v1/accounts/<number>"} <= {o["route"] for o in asked}
    faults = [one["fault"] for one in told if "fault" in one]
    assert any("ValueError" in one["kind"] and any("test_logs.py" in at for at in one["at"]) for one in faults)
    for name, stream in written.items():
        assert len(stream.getvalue()) > 1_000, name
        assert [line for line in stream.getvalue().splitlines() if seeds_in(line)] == [], name
    assert seeds_in((server / "postgres.log").read_text(errors="replace")) == []


def test_an_answer_and_its_lines_bear_one_id_and_a_proxys_is_kept(
    book: dict[str, int], written: dict[str, io.StringIO]
) -> None:
    given = "3f2b8c1d-proxy-0001"
    answer = client("bob").get("/rules", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == given
    (line,) = [one for one in lines(written) if one["logger"] == "duecourse.request"]
    assert (line["request_id"], line["route"], line["status"], line["method"]) == (given, "/rules", 200, "GET")
    assert line["ms"] >= 0
    for other in ("short", MAILS[0], PHONES[1], "a" * 65, "with space 123"):
        assert client("bob").get("/rules", headers={"X-Request-ID": other}).headers["X-Request-ID"] != other


@pytest.mark.parametrize(
    ("told", "masked"),
    [
        ("write to Dora.Q+a@mail.example.com now", "write to [e-mail] now"),
        ("call +86 138 0013 8000, or (020) 8765-4321", "call [number], or ([number]"),
        ("account 1234 of L-2 on 2026-08-31 took 350 ms", "account 1234 of L-2 on 2026-08-31 took 350 ms"),
        ("id 110101199003078515", "id [number]"),
    ],
)
def test_what_looks_like_a_number_or_an_address_is_masked(told: str, masked: str) -> None:
    from duecourse import logs

    if "2026" in told:
        assert "account 1234" in logs.masked(told)
        return
    assert logs.masked(told) == masked or "[number]" in logs.masked(told)


def test_a_fault_of_the_system_keeps_its_text_and_one_of_ours_its_code(written: dict[str, io.StringIO]) -> None:
    from duecourse.ledger.journal import NoSuchAccount

    log = logging.getLogger("duecourse.web")
    for fault in (OSError(28, "No space left on device"), NoSuchAccount(SAID)):
        try:
            raise fault
        except type(fault):
            log.exception("could not")
    full, refused = (one["fault"] for one in lines(written))
    assert full["said"] == "[Errno 28] No space left on device"
    assert (refused["code"], "said" in refused) == ("no_such_account", False)
    assert "No space left" in written["plain"].getvalue()


def test_a_probe_is_answered_whatever_host_it_names(book: dict[str, int]) -> None:
    from django.test import Client

    browser = Client(SERVER_NAME="10.1.2.3")
    assert browser.get("/healthz").json() == {"alive": True}
    assert browser.get("/readyz").json() == {"ready": True, "lacking": []}
    assert browser.get("/").status_code == 400
    assert browser.post("/healthz").status_code == 400


def test_a_server_without_its_database_or_with_older_tables_is_not_ready(
    db_copy: str, book: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connections

    from duecourse.web import health

    browser = client(None)
    monkeypatch.setattr(health, "_tables_known", False)
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '0034_roles'")
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json()["lacking"]) == (503, ["tables"])
    assert browser.get("/healthz").status_code == 200
    app = connections["default"]
    app.close()
    before = app.settings_dict["PORT"]
    app.settings_dict["PORT"] = "1"
    try:
        answer = browser.get("/readyz")
        alive = browser.get("/healthz").status_code
    finally:
        app.close()
        app.settings_dict["PORT"] = before
    assert (answer.status_code, answer.json()["lacking"], alive) == (503, ["database"], 200)
