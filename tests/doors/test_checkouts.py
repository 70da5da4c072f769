"""Paying through a provider: begun once, told of once, asked after, and in nobody else's name.

The provider is the sandbox, a real HTTP server; what it tells is signed and posted to the address that it was given.
The cast: dora owes on L-2; alice owes on L-1; bob works for the lender.
"""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pages import client, text

KEY, SECRET = "the key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
pytestmark = pytest.mark.usefixtures("seen_contexts", "db_copy")
FILE = """
[[provider]]
name = "sandbox"
kind = "hosted"
url = "{url}"
key = "${{TEST_PROVIDER_KEY}}"
secret = "{secret}"
channel = 7
"""


@pytest.fixture
def sandbox(book: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, str]]:
    """The sandbox, set up as the provider of this book, and its address."""
    from django.test import override_settings

    from duecourse.simulator import provider

    monkeypatch.setenv("TEST_PROVIDER_KEY", KEY)
    held = provider.Sandbox(KEY, SECRET)
    with provider.serving(held) as url:
        (tmp_path / "providers.toml").write_text(FILE.format(url=url, secret=SECRET))
        with override_settings(PROVIDERS=str(tmp_path / "providers.toml"), LENDER="Lender"):
            yield held, url


def borrower(number: str = "L-2", language: str = "en") -> Any:
    """A browser in which the borrower of an account is signed in."""
    from duecourse.servicing import read

    browser = client(None, language)
    session = browser.session
    session["borrower"] = read.borrower_of(number=number)
    session.save()
    return browser


def begun(browser: Any, number: str = "L-2", **told: str) -> Any:
    """What the form answers, filled in as a browser would."""
    page = browser.get(f"/my/accounts/{number}/pay")
    key = re.search(r'name="key" value="(\w+)"', page.content.decode())[1]
    return browser.post(f"/my/accounts/{number}/pay", {"key": key, "much": "other", **told})


def ended(page: str, how: str) -> str:
    """Where the provider sends a payer who ends the payment in a way, as a path of ours."""
    answer = httpx.post(page, data={"how": how}, trust_env=False)
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix("http://testserver").removeprefix("http://127.0.0.1")


def tells(one: dict[str, Any], *, secret: str = SECRET, at: int | None = None, **other: Any) -> Any:
    """What we answer to a telling of a session, signed."""
    from duecourse.partners import signing
    from duecourse.simulator.provider import public

    body = json.dumps({**public(one), **other}).encode()
    signed = signing.headers(secret=secret, message="msg_1", seconds=at or int(time.time()), body=body)
    return client(None).post("/providers/sandbox", body, content_type="application/json", headers=signed)


def paid(one: dict[str, Any]) -> dict[str, Any]:
    """A session that was paid now."""
    return {**one, "state": "paid", "at": datetime.now(UTC).isoformat()}


def payments(number: str, channel: int = 7) -> list[int]:
    """What came in on an account through the provider."""
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry
    from duecourse.servicing.tables import Account

    rows = Entry.objects.filter(
        account_id=Account.objects.get(number=number).id, kind=chart.PAYMENT, channel=channel, reverses=None
    )
    return list(rows.order_by("id").values_list("cash", flat=True))


def states() -> list[str]:
    from duecourse.partners.checkout_tables import CheckoutState

    return list(CheckoutState.objects.order_by("id").values_list("state", flat=True))


def test_a_borrower_pays_and_sees_it_though_the_provider_never_told(sandbox: tuple[Any, str]) -> None:
    held, url = sandbox
    browser = borrower()
    page = browser.get("/my/accounts/L-2/pay")
    assert f"form-action 'self' {url};" in page.headers["content-security-policy"]
    for said in ("what is past due", "all that is owed"):
        assert said in text(page)
    answer = begun(browser, amount="100.00")
    assert (answer.status_code, answer.url.startswith(f"{url}/pay/")) == (302, True)
    (session,) = held.sessions.values()
    assert (session["amount_minor"], session["currency"], session["title"]) == (10_000, "TWD", "Lender")
    shown = httpx.get(answer.url, trust_env=False).text
    assert session["shown"] in shown
    back = ended(answer.url, "never")
    told = text(browser.get(back))
    assert "Your payment came in" in told
    assert payments("L-2") == [10_000]
    assert text(browser.get(back)) == told
    assert payments("L-2") == [10_000]
    receipt = re.search(r'href="(\S+receipts\S+)"', browser.get(back).content.decode())[1]
    assert browser.get(receipt).content.startswith(b"%PDF")
    assert "款项已到账" in text(borrower(language="zh-hans").get(back))


def test_what_is_told_again_or_by_many_at_once_is_one_payment(sandbox: tuple[Any, str]) -> None:
    from django.db import connections

    held, _ = sandbox
    begun(borrower(), amount="50")
    one = paid(next(iter(held.sessions.values())))

    def once(_: int) -> int:
        try:
            return int(tells(one).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(once, range(8))) == {200}
    assert payments("L-2") == [5_000]
    assert states() == ["begun", "paid"]


@pytest.mark.parametrize("wrong", [
    {"secret": "whsec_" + "A" * 32}, {"at": 1_600_000_000}, {"state": "stolen"}, {"amount_minor": -5},
    {"amount_minor": 5.0}, {"at_": "2026-01-01"}, {"reference": "another"},
])  # fmt: skip
def test_what_is_not_the_providers_own_or_makes_no_sense_changes_nothing(
    sandbox: tuple[Any, str], wrong: dict[str, Any]
) -> None:
    held, _ = sandbox
    begun(borrower(), amount="50")
    body = paid(next(iter(held.sessions.values()))) | ({"at": wrong["at_"]} if "at_" in wrong else {})
    answer = tells(body, **{name: value for name, value in wrong.items() if name != "at_"})
    expected = (404, "no_such_checkout") if "reference" in wrong else (400, "not_the_provider")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert (payments("L-2"), states()) == ([], ["begun"])


def test_a_refused_payment_can_be_tried_again_and_one_that_came_after_all_counts(sandbox: tuple[Any, str]) -> None:
    held, _ = sandbox
    browser = borrower()
    back = ended(begun(browser, amount="50").url, "fail")
    said = text(browser.get(back))
    assert "The payment was refused" in said
    assert "Nothing was taken" in said
    assert tells(paid(next(iter(held.sessions.values())))).json() == {"state": "paid"}
    assert "Your payment came in" in text(browser.get(back))
    assert payments("L-2") == [5_000]


def test_a_provider_that_does_not_answer_costs_nothing_and_the_same_form_goes_on_later(
    sandbox: tuple[Any, str], tmp_path: Path
) -> None:
    held, url = sandbox
    file = tmp_path / "providers.toml"
    file.write_text(FILE.format(url="http://127.0.0.1:9", secret=SECRET))
    browser = borrower()
    answer = begun(browser, amount="50")
    assert answer.status_code == 422
    assert "does not answer" in text(answer)
    assert states() == ["unreached"]
    key = re.search(r'name="key" value="(\w+)"', answer.content.decode())[1]
    file.write_text(FILE.format(url=url, secret=SECRET))
    told = {"key": key, "much": "other", "amount": "50"}
    assert browser.post("/my/accounts/L-2/pay", told).url.startswith(url)
    assert states() == ["unreached", "begun"]
    assert browser.post("/my/accounts/L-2/pay", told).url.startswith(url)
    assert len(held.sessions) == 1
    assert browser.post("/my/accounts/L-2/pay", {**told, "amount": "51"}).status_code == 422


def test_what_nobody_told_of_is_asked_after(sandbox: tuple[Any, str]) -> None:
    from duecourse.partners import checkouts

    browser, now = borrower(), datetime.now(UTC)
    pages = [begun(browser, amount=amount).url for amount in ("50", "60", "70")]
    ended(pages[0], "never")
    ended(pages[1], "leave")
    assert checkouts.settle(at=now, by="system") == {}
    later = now + timedelta(minutes=10)
    assert checkouts.settle(at=later, by="system") == {"paid": 1, "expired": 1, "open": 1}
    assert payments("L-2") == [5_000]
    assert checkouts.settle(at=later, by="system") == {"open": 1}
    assert checkouts.settle(at=later + checkouts.GIVEN_UP, by="system") == {}


def test_what_cannot_be_asked_after_leaves_the_others(sandbox: tuple[Any, str]) -> None:
    from duecourse.partners import checkouts

    held, _ = sandbox
    browser, later = borrower(), datetime.now(UTC) + timedelta(minutes=10)
    for amount in ("50", "60"):
        ended(begun(browser, amount=amount).url, "never")
    next(iter(held.sessions.values()))["currency"] = "XXX"
    assert checkouts.settle(at=later, by="system") == {"currency_unknown": 1, "paid": 1}
    assert payments("L-2") == [6_000]


def test_money_that_the_account_cannot_take_lies_in_suspense(sandbox: tuple[Any, str]) -> None:
    from duecourse.partners import checkouts
    from duecourse.servicing import suspense

    held, _ = sandbox
    browser = borrower()
    begun(browser, amount="50")
    early = {**paid(next(iter(held.sessions.values()))), "at": "2001-01-01T00:00:00+00:00"}
    assert tells(early).json() == {"state": "paid"}
    (item,) = suspense.open_items()
    (one,) = checkouts.listed()
    assert (item.amount_minor, item.id, one.why) == (5_000, one.suspense, "effective_before_opening")
    assert "you need do nothing" in text(browser.get(f"/my/accounts/L-2/paid/{one.reference}"))


def test_nobody_pays_more_than_is_owed_or_sees_what_is_another_ones(sandbox: tuple[Any, str]) -> None:
    held, _ = sandbox
    browser = borrower()
    for amount in ("1000000", "0", "-5", "abc", "1.001", ""):
        assert begun(browser, amount=amount).status_code == 422
    assert held.sessions == {}
    begun(browser, much="all")
    (session,) = held.sessions.values()
    path = session["return_url"].partition("/my/")[2]
    assert browser.get(f"/my/{path}").status_code == 200
    other = borrower("L-1")
    for place in (f"/my/{path}", f"/my/{path.replace('L-2', 'L-1')}", "/my/accounts/L-2/pay"):
        assert other.get(place).status_code == 404
    assert other.post("/my/accounts/L-2/pay", {"much": "all"}).status_code == 404
    assert borrower("L-4").get("/my/accounts/L-4/pay").status_code == 404, "nothing is owed"


def test_only_so_many_payments_are_begun_in_an_hour(sandbox: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from duecourse.partners import checkouts

    monkeypatch.setattr(checkouts, "MOST_AN_HOUR", 2)
    browser = borrower()
    assert [begun(browser, amount="5").status_code for _ in range(3)] == [302, 302, 422]


def test_without_a_provider_there_is_no_way_to_pay(book: dict[str, int]) -> None:
    browser = borrower()
    assert "/my/accounts/L-2/pay" not in browser.get("/my/accounts/L-2").content.decode()
    assert browser.get("/my/accounts/L-2/pay").status_code == 404
    assert client(None).post("/providers/sandbox", b"{}", content_type="application/json").status_code == 404


@pytest.mark.parametrize(("change", "said"), [
    ("channel = 7", "channel = 0"), ('kind = "hosted"', 'kind = "other"'), ('name = "sandbox"', 'name = "A B"'),
    ("channel = 7", ""), ("${TEST_PROVIDER_KEY}", "${NOT_THERE}"), ("http://127.0.0.1", "http://pay.example"),
    ("channel = 7", "channel = 7\nmore = 1"), ("[[provider]]", "[[provider"),
])  # fmt: skip
def test_a_file_of_providers_that_cannot_be_so_is_refused_by_name(
    sandbox: tuple[Any, str], tmp_path: Path, change: str, said: str
) -> None:
    from duecourse.partners import providers

    file = tmp_path / "providers.toml"
    file.write_text(file.read_text().replace(change, said))
    with pytest.raises(providers.ProvidersRefused, match=r"sandbox|A B|DUECOURSE_PROVIDERS"):
        providers.providers()


def test_commands_list_and_settle(sandbox: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from duecourse.cli import commands, main
    from duecourse.partners import checkouts

    monkeypatch.setattr(commands.console, "_width", 200)
    monkeypatch.setattr(checkouts, "ASKED_AFTER", timedelta(0))
    ended(begun(borrower(), amount="50").url, "never")
    for words, said in ((["list"], "begun"), (["settle"], "1 paid"), (["list", "--state", "paid"], "50.00")):
        told = CliRunner().invoke(main, ["checkouts", *words], catch_exceptions=False)
        assert said in told.output
