"""Every operation of the API, walked by who may not: without a key, with the wrong scope, about another's account."""

import json
from datetime import date
from typing import Any

import pytest
from api import Caller, key_of

PUBLIC = ("/api/v1/", "/api/v1/openapi.json")
"""What says nothing about anybody."""


def operations() -> list[tuple[str, str, str]]:
    """Every operation: its method, its path and the scope that it asks for."""
    from duecourse.web.api import api

    return [
        (method, path.removeprefix("/api/v1"), told["x-scope"])
        for path, methods in api.schema()["paths"].items()
        for method, told in methods.items()
    ]


def filled(path: str, number: str) -> str:
    """A path with an account and numbers in it."""
    for name, value in (("{number}", number), ("{account}", number), ("{day}", "2005-06-01"), ("{figure}", "owed")):
        path = path.replace(name, value)
    path = path.replace("{cycle_on}", "2005-05-20").replace(f"/hardships/{number}", "/hardships/1")
    for part in [part for part in path.split("/") if part.startswith("{")]:
        path = path.replace(part, "1")
    return path


def ask(caller: Caller, method: str, path: str, number: str = "L-2") -> Any:
    """The answer to an operation, with a body that is none."""
    place = filled(path, number)
    return caller.get(place) if method == "get" else caller.post(place, {})


def test_no_route_of_the_api_is_unknown_to_this_walk(book: dict[str, int]) -> None:
    """What Django serves under /api/ is the operations of the schema and what is public, no more."""
    from duecourse.web.api import api

    served = {str(one.pattern) for one in api.urlpatterns}
    in_schema = {path.removeprefix("/").replace("{", "<").replace("}", ">") for _, path, _ in operations()}
    assert {place.removeprefix("/api/v1/") for place in PUBLIC} | in_schema == served


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_public_says_nothing_about_anybody(book: dict[str, int], path: str) -> None:
    answer = Caller().client.get(path)
    assert answer.status_code == 200
    assert "L-1" not in answer.content.decode()


def test_without_a_key_nothing_answers(book: dict[str, int]) -> None:
    anonymous = Caller()
    for method, path, _ in operations():
        answer = ask(anonymous, method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), (method, path)


def test_with_every_other_scope_nothing_answers(book: dict[str, int]) -> None:
    from duecourse.partners import keys

    others = {
        scope: Caller(key_of("lender", *(one for one in keys.OF_LENDER if one != scope), per_minute=60_000))
        for scope in keys.OF_LENDER
    }
    for method, path, scope in operations():
        answer = ask(others[scope], method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "api_scope_missing"), (method, path)


def test_about_another_partners_account_nothing_is_to_be_learned(db_copy: str, book: dict[str, int]) -> None:
    from duecourse.rules.funding_terms import Funder
    from duecourse.servicing import funding, parties

    parties.introduce(code="bank", name="A bank", by="bob")
    funding.agree(account=book["L-1"], shares=[Funder("bank", 500_000, 0)], on=date(2005, 6, 10), by="bob",
                  reason="test", key="f1")  # fmt: skip
    charlie = Caller(key_of("bank", per_minute=60_000))
    walked = 0
    for method, path, _ in operations():
        if "{number}" not in path or "/hardships/" in path:
            continue
        hidden, missing = ask(charlie, method, path, "L-2"), ask(charlie, method, path, "L-99")
        assert hidden.status_code == missing.status_code in (403, 404, 422), (method, path)
        assert hidden.content.replace(b"L-2", b"L-99") == missing.content, (method, path)
        walked += hidden.status_code == 404
    assert walked >= 12


def test_the_page_of_the_api_names_every_operation(book: dict[str, int]) -> None:
    from duecourse.web.api import api

    page = Caller().client.get("/api/v1/").content.decode()
    for methods in api.schema()["paths"].values():
        for told in methods.values():
            assert f'id="{told["operationId"]}"' in page
    assert "<script" not in page
    names = json.loads(Caller().client.get("/api/v1/openapi.json").content)["components"]["schemas"]
    assert all(f'id="shape-{name}"' in page for name in names)


def test_the_page_of_webhooks_shows_deliveries_and_tells_again_for_who_may(db_copy: str, book: dict[str, int]) -> None:
    from django.contrib.auth.models import User
    from pages import client, text

    from duecourse.partners import deliver, endpoints, events
    from duecourse.servicing import payments
    from duecourse.web import staff

    def page(username: str | None, language: str = "en", **query: str) -> Any:
        return client(username, language).get("/webhooks", query, SERVER_NAME="127.0.0.1")

    from datetime import UTC, datetime

    now = datetime.now(UTC)
    staff.admit(username="bob", password=None)
    endpoints.add(partner="lender", url="http://127.0.0.1:9/hook", kinds=[], by="bob", reason="test")
    payments.receive(account=book["L-2"], amount_minor=100, received_on=date(2005, 6, 10), key="p")
    events.gather(at=now)
    deliver.deliver(now=lambda: now, by="system")
    assert "payment.received" in text(page("bob"))
    assert "tried again" in text(page("bob"))
    assert "将重试" in text(page("bob", "zh-hans"))
    assert "None is like that" in text(page("bob", outcome="dead"))
    assert page("bob", outcome="odd").status_code == 404
    assert page("charlie").status_code == 403
    assert page(None).status_code == 302
    (one,) = deliver.listed()
    place = f"/webhooks/{one.id}/replay"
    User.objects.create_user("dora")
    User.objects.get(username="dora").groups.add(staff.group("guests"))
    for username, status in (("charlie", 403), ("dora", 403), (None, 302)):
        assert client(username).post(place, SERVER_NAME="127.0.0.1").status_code == status
    assert deliver.listed()[0].outcome == "failed"
    assert client("bob").post(place, SERVER_NAME="127.0.0.1").status_code == 302
    assert deliver.listed()[0].outcome == "replay"
    assert client("bob").post("/webhooks/99/replay", SERVER_NAME="127.0.0.1").status_code == 404
