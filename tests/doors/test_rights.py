"""Every route, walked by everybody: each role of staff, a borrower, a partner's key, a stranger, and charlie.

What each may is read from the one table, `web.rights`; a route that the table does not know is named here.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from api import key_of

FILLED = {"number": "L-2", "account": "L-2", "figure": "owed", "cycle_on": "2005-05-20", "day": "2005-06-01"}
NO_ROLE = "charlie"


class Route(NamedTuple):
    """A route: its name, its pattern, an address on it."""

    name: str
    pattern: str
    address: str


def routes() -> Iterator[Route]:
    """Every route that Django serves, with each variable part filled in."""
    from django.urls import get_resolver

    return below(get_resolver(), "", "/")


def below(resolver: Any, before: str, address: str) -> Iterator[Route]:
    """The routes of a resolver and of those in it."""
    from django.urls.resolvers import URLResolver

    for one in resolver.url_patterns:
        told = str(one.pattern)
        filled = told
        for name, converter in one.pattern.converters.items():
            number = "1" if converter.regex == "[0-9]+" else "x"
            kind = next(prefix for prefix in ("", "int:", "str:", "day:", "slug:", "uuid:", "path:")
                        if f"<{prefix}{name}>" in told)  # fmt: skip
            value = FILLED.get(name, "1" if before.startswith("api/") else number)
            filled = filled.replace(f"<{kind}{name}>", "1" if converter.regex == "[0-9]+" else value)
        if isinstance(one, URLResolver):
            yield from below(one, before + told, address + filled)
        else:
            yield Route(one.name or "", before + told, address + filled)


@pytest.fixture(scope="module")
def people(book: dict[str, int]) -> dict[str, Any]:
    """A browser of each who comes: of staff in each role, of a borrower, with a key, of nobody."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from duecourse.servicing import read
    from duecourse.web import rights, staff

    found: dict[str, Any] = {}
    for role in rights.ROLES:
        found[role] = Client()
        found[role].force_login(staff.admit(username=f"one of {role}", password=None, roles=[role]))
    found[NO_ROLE] = Client()
    found[NO_ROLE].force_login(User.objects.get(username=NO_ROLE))
    found["stranger"] = Client()
    found["partner"] = Client(headers={"authorization": f"Bearer {key_of('lender', per_minute=60_000)}"})
    found["borrower"], found["another borrower"] = Client(), Client()
    for name, number in (("borrower", "L-2"), ("another borrower", "L-1")):
        session = found[name].session
        session["borrower"] = read.borrower_of(number=number)
        session.save()
        found[name].cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return found


def ask(browser: Any, method: str, route: Route) -> Any:
    """What a route answers."""
    how = {"content_type": "application/json"} if method == "post" and route.pattern.startswith("api/") else {}
    return getattr(browser, method)(route.address, **how, SERVER_NAME="127.0.0.1")


def where_to(answer: Any) -> str:
    """Where an answer sends its reader, without the query."""
    return answer.headers.get("location", "").partition("?")[0] if answer.status_code == 302 else ""


def test_every_route_says_who_may_come_and_the_table_names_no_other(book: dict[str, int]) -> None:
    from duecourse.web import rights

    unknown = []
    for route in routes():
        try:
            rights.way(route.name, route.pattern)
        except rights.RouteWithoutRights:
            unknown.append(f"{route.name!r}: {route.pattern}")
    assert unknown == [], "say in web.rights.ROUTES who may come to these"
    assert set(rights.ROUTES) - {route.name for route in routes()} == set()


def test_names_of_the_api_and_of_pages_are_not_the_same(book: dict[str, int]) -> None:
    """Else the table's entry of a page would hold for an operation."""
    from duecourse.web import rights

    public = {"api_page", "openapi"}
    of_api = {route.name for route in routes() if route.pattern.startswith(rights.OF_API)}
    assert of_api & set(rights.ROUTES) == public


def test_a_route_that_the_table_does_not_know_answers_nobody(
    people: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from duecourse.web import rights

    monkeypatch.delitem(rights.ROUTES, "rules")
    assert people["staff"].get("/rules", SERVER_NAME="127.0.0.1").status_code == 403
    assert "route_without_rights" in caplog.text
    assert "'rules'" in caplog.text


def test_pages_of_staff_answer_those_with_the_right_and_no_other(people: dict[str, Any]) -> None:
    from duecourse.web import rights

    walked = 0
    for route in routes():
        way = rights.way(route.name, route.pattern)
        if way.of != rights.STAFF:
            continue
        answered: Counter[str] = Counter()
        for who, browser in people.items():
            has = rights.ROLES.get(who, ())
            for method, asked in (("get", {way.look}), ("post", {way.look, way.act} - {""})):
                if who in rights.ROLES and asked <= set(has):
                    answered[method] += 1
                    if answered[method] > 2:
                        continue  # what two who may got is made for the others alike
                answer = ask(browser, method, route)
                told = (who, method, route.address, answer.status_code)
                if who not in rights.ROLES and who != NO_ROLE:
                    assert where_to(answer) == "/login", told
                elif not asked <= set(has):
                    assert answer.status_code == 403, told
                elif method == "post" and not way.act:
                    assert answer.status_code == 405, told
                else:
                    assert answer.status_code not in (401, 403, 500), told
                    assert where_to(answer) != "/login", told
                    walked += answer.status_code == 200
    assert walked > 50


def test_pages_of_borrowers_answer_them_about_what_is_theirs(people: dict[str, Any]) -> None:
    from duecourse.web import rights

    own = 0
    for route in routes():
        if rights.way(route.name, route.pattern).of != rights.BORROWER:
            continue
        for who, browser in people.items():
            for method in ("get", "post"):
                answer = ask(browser, method, route)
                told = (who, method, route.address, answer.status_code)
                if who not in ("borrower", "another borrower"):
                    assert where_to(answer) == "/my/in", told
                    continue
                assert answer.status_code not in (401, 403, 500), told
                assert where_to(answer) != "/my/in", told
                if who == "another borrower" and "L-2" in route.address:
                    assert answer.status_code in (404, 405), told
                own += who == "borrower" and answer.status_code == 200
    assert own >= 10


def test_operations_of_the_api_answer_keys_alone(people: dict[str, Any]) -> None:
    from duecourse.web import rights

    for route in routes():
        if rights.way(route.name, route.pattern).of != rights.KEY:
            continue
        for who, browser in people.items():
            answer = ask(browser, "get", route)
            if answer.status_code == 405:
                answer = ask(browser, "post", route)
            told = (who, route.address, answer.status_code)
            assert (answer.status_code == 401) == (who != "partner"), told
            assert answer.status_code != 500, told


def test_what_is_open_to_anybody_says_nothing_about_anybody(people: dict[str, Any]) -> None:
    from duecourse.web import rights

    opened = [route for route in routes() if rights.way(route.name, route.pattern).of == rights.ANYBODY]
    assert len(opened) > 5
    for route in opened:
        for method in ("get", "post"):
            answer = ask(people["stranger"], method, route)
            assert answer.status_code in (200, 302, 400, 403, 404, 405), (method, route.address)
            assert b"L-2" not in getattr(answer, "content", b"").replace(route.address.encode(), b"")


def test_nobody_has_a_right_that_there_is_not_and_no_right_is_nobodys() -> None:
    from duecourse.web import rights

    there_are = {*rights.LOOKS, *rights.ACTS}
    given = {right for role in rights.ROLES.values() for right in role}
    assert given == there_are
    asked = {right for way in rights.ROUTES.values() for right in (way.look, way.act) if right}
    assert asked <= there_are
    assert not set(rights.ROLES[rights.GUESTS]) & set(rights.ACTS)
    named = {right for name, right in vars(rights).items() if name.isupper() and str(right).startswith("duecourse.")}
    assert named == there_are
