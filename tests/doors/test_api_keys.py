"""Who the API lets in: keys with scopes, a rate and an end; what a partner's key sees; what is told of what goes wrong.

The cast: alice's key is the lender's, bob's a funder's, charlie has none, or one that may do something else.
"""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from api import AT, Caller, key_of


def told(response: Any) -> tuple[int, str]:
    """The status and the code of a refusal."""
    assert response.headers["Content-Type"] == "application/problem+json"
    said = response.json()
    assert said["status"] == response.status_code
    assert said["type"] == f"urn:duecourse:refusal:{said['code']}"
    return response.status_code, said["code"]


@pytest.fixture
def shared(db_copy: str, book: dict[str, int]) -> dict[str, int]:
    """The book, with L-1 funded by a bank from the open day on."""
    from duecourse.rules.funding_terms import Funder
    from duecourse.servicing import funding, parties

    parties.introduce(code="bank", name="A bank", by="bob")
    funding.agree(account=book["L-1"], shares=[Funder("bank", 500_000, 0)], on=date(2005, 6, 10), by="bob",
                  reason="test", key="f1")  # fmt: skip
    return book


@pytest.mark.parametrize("key", ["", "x", "dc_aaaaaaaa_" + "a" * 43, "dc_aaaaaaaa_" + "a" * 44, "dc_\0"])
def test_who_has_no_key_that_holds_is_not_known(book: dict[str, int], key: str) -> None:
    refused = Caller(key).get("/accounts")
    assert told(refused) == (401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_of_staff_is_no_key(book: dict[str, int]) -> None:
    from pages import client

    answer = client("bob").get("/api/v1/accounts", SERVER_NAME="127.0.0.1")
    assert told(answer) == (401, "not_authenticated")


def test_a_key_with_another_end_is_another_key(book: dict[str, int]) -> None:
    key = key_of()
    assert Caller(key).get("/days").status_code == 200
    assert told(Caller(key[:-1] + ("a" if key[-1] != "a" else "b")).get("/days")) == (401, "not_authenticated")


def test_a_key_is_kept_as_its_digest_alone(book: dict[str, int]) -> None:
    from django.db import connection

    key = key_of()
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM partners_api_key k")
        rows = str(cursor.fetchall())
    assert key not in rows
    assert key.split("_", 2)[2] not in rows
    assert key.split("_")[1] in rows


def test_a_key_that_was_revoked_or_is_over_lets_nobody_in(book: dict[str, int]) -> None:
    from duecourse.partners import keys

    revoked, over = key_of(), key_of("lender", until=AT + timedelta(days=1))
    keys.revoke(prefix=revoked.split("_")[1], at=AT, by="bob", reason="lost")
    for key in (revoked, over):
        assert told(Caller(key).get("/days")) == (401, "not_authenticated")
    with pytest.raises(keys.NoSuchKey):
        keys.revoke(prefix=revoked.split("_")[1], at=AT, by="bob", reason="again")
    with pytest.raises(keys.NoSuchKey):
        keys.revoke(prefix="none", at=AT, by="bob", reason="never was")


def test_a_key_may_what_its_scopes_say(book: dict[str, int]) -> None:
    charlie = Caller(key_of("lender", "care:read"))
    assert told(charlie.get("/accounts")) == (403, "api_scope_missing")
    assert told(charlie.get("/accounts/L-1")) == told(charlie.get("/accounts/L-99")) == (403, "api_scope_missing")


@pytest.mark.parametrize(("partner", "scopes", "code"), [
    ("lender", ["book:write"], "api_scope_unknown"), ("lender", [], "api_scope_unknown"),
    ("nobody", ["book:read"], "unknown_party"), ("bank", ["care:read"], "api_scope_unknown"),
])  # fmt: skip
def test_a_key_that_may_not_be_is_not_made(shared: dict[str, int], partner: str, scopes: list[str], code: str) -> None:
    from duecourse.partners import keys
    from duecourse.partners.tables import ApiKey

    before = ApiKey.objects.count()
    with pytest.raises(Exception) as refused:  # noqa: PT011
        keys.add(partner=partner, scopes=scopes, at=AT, by="bob", reason="test")
    assert type(refused.value).code == code
    with pytest.raises(keys.RateOutOfRange):
        keys.add(partner="lender", scopes=["book:read"], at=AT, by="bob", reason="test", per_minute=0)
    assert ApiKey.objects.count() == before


def test_a_funder_sees_what_it_funds_and_cannot_tell_the_rest_from_nothing(shared: dict[str, int]) -> None:
    bob = Caller(key_of("bank"))
    assert [one["number"] for one in bob.get("/accounts").json()["items"]] == ["L-1"]
    assert bob.get("/accounts/L-1").status_code == 200
    for place in ("", "/entries", "/quote", "/statements", "/explain/owed", "/in-force", "/payments/1/receipt"):
        hidden, missing = bob.get(f"/accounts/L-2{place}"), bob.get(f"/accounts/L-99{place}")
        assert told(hidden) == told(missing) == (404, "no_such_account")
        assert hidden.content.replace(b"L-2", b"L-99") == missing.content


def test_a_funder_is_not_told_who_did_what_and_why_nor_of_other_funders(shared: dict[str, int]) -> None:
    from duecourse.servicing import limits

    limits.set_limit(
        account=shared["L-1"], limit_minor=900_000, on=date(2005, 6, 10), by="alice", reason="confided an illness",
        key="l1",
    )  # fmt: skip
    lender = Caller(key_of("lender")).get("/accounts/L-1/in-force")
    assert b"confided" in lender.content
    assert len(lender.json()["funding"]) == 1
    told_bank = Caller(key_of("bank")).get("/accounts/L-1/in-force")
    assert told_bank.status_code == 200
    for word in (b"confided", b"alice", b"share_ppm"):
        assert word not in told_bank.content, word


def test_a_funder_sees_an_account_no_longer_once_it_funds_it_no_more(shared: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.servicing import funding

    bob = Caller(key_of("bank"))
    close.through(date(2005, 6, 10))
    funding.agree(account=shared["L-1"], shares=[], on=date(2005, 6, 11), by="bob", reason="test", key="f2")
    assert told(bob.get("/accounts/L-1")) == (404, "no_such_account")
    assert bob.get("/accounts").json() == {"items": [], "next_cursor": ""}


def test_an_owner_sees_an_account_from_the_day_after_its_sale(shared: dict[str, int]) -> None:
    from duecourse.book import close
    from duecourse.servicing import ownership, parties

    parties.introduce(code="fund", name="A fund", by="bob")
    bob, day = Caller(key_of("fund")), date(2005, 6, 10)
    ownership.sell(account=shared["L-2"], to="fund", price_minor=1, settles_on=day, on=day, by="bob", reason="test",
                   key="s1")  # fmt: skip
    assert told(bob.get("/accounts/L-2")) == (404, "no_such_account")
    close.through(day)
    assert bob.get("/accounts/L-2").status_code == 200
    assert [one["number"] for one in bob.get("/accounts").json()["items"]] == ["L-2"]


def test_a_key_that_asks_too_often_is_told_when_to_come_back(book: dict[str, int]) -> None:
    caller = Caller(key_of("lender", per_minute=3))
    assert [caller.get("/days").status_code for _ in range(3)] == [200] * 3
    refused = caller.get("/days")
    assert told(refused) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert Caller(key_of()).get("/days").status_code == 200


def test_the_rate_is_shared_by_all_who_serve_and_grows_back_with_time(book: dict[str, int]) -> None:
    from django.db import connections

    from duecourse.partners import keys

    held = keys.holder(key=key_of("lender", per_minute=20), at=AT)
    assert held is not None

    def ask(at: datetime) -> bool:
        try:
            return keys.use(holder=held, at=at) is None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, [AT] * 40)) == 20
        later = AT + timedelta(seconds=9)
        assert sum(pool.map(ask, [later] * 10)) == 3


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("get", "/nothing", 404, "not_found"), ("delete", "/accounts", 405, "method_not_allowed"),
    ("get", "/accounts/L-99", 404, "no_such_account"), ("get", "/accounts/L%00", 422, "fields_refused"),
    ("get", "/accounts?limit=0", 422, "fields_refused"), ("get", "/accounts/L-1/explain/hope", 404,
                                                         "no_such_explanation"),
    ("get", "/accounts/L-1/quote?day=2005-02-30", 422, "fields_refused"),
    ("get", "/accounts/L-1/quote?day=1117756800", 422, "fields_refused"),
    ("get", "/accounts/L-1/quote?day=2031-01-01", 409, "day_not_quoted"),
])  # fmt: skip
def test_what_goes_wrong_is_told_by_a_code(
    book: dict[str, int], method: str, path: str, status: int, code: str
) -> None:
    assert told(getattr(Caller(key_of()).client, method)(f"/api/v1{path}")) == (status, code)


def test_a_field_that_is_refused_is_named_and_not_repeated(book: dict[str, int]) -> None:
    said = Caller(key_of()).get("/accounts", limit="many").json()
    assert [one["field"] for one in said["errors"]] == ["query.limit"]
    assert "many" not in json.dumps(said)


def test_a_fault_of_ours_is_told_without_its_inside(
    book: dict[str, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from duecourse.book import read

    def broken() -> None:
        raise ZeroDivisionError("a secret inside")

    key = key_of()
    monkeypatch.setattr(read, "sealed_days", broken)
    with caplog.at_level(logging.DEBUG):
        answer = Caller(key).get("/days")
    assert told(answer) == (500, "server_fault")
    assert b"secret inside" not in answer.content
    assert "ZeroDivisionError" in caplog.text
    assert key.split("_", 2)[2] not in caplog.text


def test_the_commands_make_list_and_revoke_keys(book: dict[str, int]) -> None:
    from click.testing import CliRunner

    from duecourse.cli import main

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["api", "key", *words], env={"COLUMNS": "250"})
        assert done.exit_code == 0, done.output
        return done.output.strip()

    key = run("add", "lender", "--scope", "book:read", "--reason", "the app", "--by", "alice")
    prefix = key.split("_")[1]
    assert Caller(key).get("/days").status_code == 200
    shown = run("list")
    assert prefix in shown
    assert key not in shown
    run("revoke", prefix, "--reason", "lost", "--by", "alice")
    assert told(Caller(key).get("/days")) == (401, "not_authenticated")
