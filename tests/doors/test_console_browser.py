"""The console in a real browser, served as a lender serves it: it fits a phone, draws, and complains of nothing."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

sys.path.append(str(Path(__file__).parents[1] / "laws"))
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
LEFT = "net::ERR_ABORTED"
"""What is still being fetched, such as the icon, when the next page is opened."""
PAGES = ("/", "/?day=2005-04-30", "/accounts/L-1", "/accounts/L-2?figure=owed", "/accounts/L-1/statements/2005-05-31",
         "/accounts?number=L", "/find", "/models", "/rules", "/rules?place=US&on=2026-06-01&unverified=1",
         "/rules/changes?place=US&first=1970-01-01", "/webhooks", "/trends", "/api/v1/")  # fmt: skip
OF_PEOPLE = ("/people/1", "/people/2?purpose=service&show=money", "/find", "/people/1/promise", "/today",
             "/queues/recovery", "/queues/complaints", "/queues/promises", "/queues/hardship", "/queues/approvals",
             "/queues/quarantine", "/queues/set-aside", "/complaints/1", "/disputes/1", "/incidents/1", "/strategies/1",
             "/agencies/terms/1", "/accounts/L-1/act/paid_by", "/accounts/L-1/act/waiver", "/security",
             "/security/app", "/strategies/1/edit", "/people/1/care", "/people/1/hardship", "/closes", "/audit/1",
             "/staff", "/accounts/L-2/legal", "/agencies", "/agencies/west", "/erasures/1")  # fmt: skip
"""Pages that the visitor of a demo may not see: bob is signed in. They have no fault that axe-core finds."""
PASSWORD = "pia has a passkey"
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium() -> str:
    """Debian's Chromium; without one these tests are skipped, unless it is required."""
    if not Path(CHROMIUM).is_file():
        if os.environ.get("DUECOURSE_BROWSER") == "required":
            pytest.fail("DUECOURSE_BROWSER=required, and no Chromium is installed")
        pytest.skip("no Chromium is installed (apt-get install chromium fonts-noto-cjk)")
    return CHROMIUM


@pytest.fixture(scope="module")
def address(chromium: str, book: dict[str, int]) -> Iterator[str]:
    """The book of these tests, served as a demo by a process of its own."""
    from django.conf import settings

    from duecourse.settings import HOME

    told = settings.DATABASES["default"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"
    serving = subprocess.Popen(
        [sys.executable, "-c", f"from duecourse.web import serve; serve.serve(port={port}, demo=True)"],
        env=os.environ | {"DATABASE_URL": url, "DUECOURSE_HOME": str(HOME)},
    )
    try:
        place = answering(f"http://127.0.0.1:{port}")
        for first in ("/", "/charts/buckets.svg"):  # the first of each reads what later ones find read
            urlopen(place + first, timeout=300).close()
        yield place
    finally:
        serving.terminate()
        assert serving.wait(30) in (0, -15)


@pytest.fixture(scope="module")
def waiting(book: dict[str, int]) -> None:
    """Something waits in most of the queues."""
    from importlib.resources import files

    from agency_book import TERMS

    from duecourse.book.tables import SetAside
    from duecourse.care import complaints, disputes, incidents, promises
    from duecourse.intake.tables import File, Quarantined
    from duecourse.personal import erasing
    from duecourse.recovery import agencies, strategies
    from duecourse.servicing import payments, read

    now, today = datetime.now(UTC), datetime.now(UTC).date()
    told: dict[str, Any] = {"by": "ada", "reason": "told by somebody at some length, so that the row is long"}
    of = {"account": book["L-1"], "person": read.borrower_of(number="L-1"), "at": now, "channel": "call", **told}
    promises.promise(amount_minor=1_000, due_on=today + timedelta(days=2), key="p", **of)
    complaints.receive(about="charges", text="too dear " * 40, key="c", **of)
    disputes.open_dispute(kind="amount", text="not mine", amount_minor=500, key="d", **of)
    text = files("duecourse.rules").joinpath("house/strategies/default.json").read_text(encoding="utf-8")
    strategies.register(name="default", text=text, by="ada")
    agencies.add(code="west", name="west ltd", contact="x@agency.example", places_of=["CN"], **told)
    agencies.propose(agency="west", text=TERMS, **told)
    erasing.ask(person=read.borrower_of(number="L-4"), on=today, by="borrower")
    paid = payments.receive(
        account=book["L-2"], amount_minor=5_000, received_on=date(2005, 6, 10), key="late", channel=3
    )
    number = incidents.open_incident(
        from_at=datetime(2005, 6, 1, 1, tzinfo=UTC), to_at=datetime(2005, 6, 1, 4, tzinfo=UTC), channels=[3],
        cause="bank", description="the gateway was down", by="ada", key="i",
    )  # fmt: skip
    incidents.add(incident=number, account=book["L-2"], payment=paid.entry_id, tried_on=date(2005, 6, 1), **told)
    file = File.objects.create(kind="payments", digest=b"f", name="payments-of-a-long-name-2005-06.csv", rows=40)
    Quarantined.objects.create(file=file, row=3, field="amount", code="not_an_amount", reason="it is no amount " * 8)
    SetAside.objects.create(
        account_id=book["L-4"], shard=0, day=date(2005, 6, 9), message="interest base below zero " * 5
    )


@pytest.fixture(scope="module")
def signed_in(waiting: None, address: str) -> dict[str, str]:
    """The cookie by which bob is signed in, who works for the lender."""
    from pages import client

    from duecourse.web import staff

    staff.admit(username="pia", password=PASSWORD, roles=["care"])
    cookie = client("bob").cookies["sessionid"]
    return {"name": "sessionid", "value": cookie.value, "url": address}


@pytest.fixture(scope="module")
def browser(chromium: str, address: str, signed_in: dict[str, str]) -> Iterator[Any]:
    """The browser, driven by Playwright; begun last and ended first, since its loop keeps Django from the database."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


def answering(address: str) -> str:
    """The address, once something answers there."""
    for _ in range(480):
        try:
            with urlopen(f"{address}/login", timeout=60):
                return address
        except URLError:
            time.sleep(0.25)
    pytest.fail(f"nothing answers at {address}")


@pytest.mark.parametrize(("width", "language"), [(360, "en"), (1280, "zh-CN")])
@pytest.mark.parametrize("pages", [PAGES, OF_PEOPLE], ids=["demo", "bob"])
def test_pages_fit_and_complain_of_nothing(
    browser: Any, address: str, signed_in: Any, width: int, language: str, pages: tuple[str, ...]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 800}, locale=language)
    if pages is OF_PEOPLE:
        context.add_cookies([signed_in])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("requestfailed", lambda request: complaints.append(request.url) if request.failure != LEFT else None)
    for path in pages:
        assert page.goto(address + path, wait_until="load").status == 200
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"
        assert complaints == []
        if pages is OF_PEOPLE and width == 360:
            found = Axe().run(page, options=WCAG).response["violations"]
            assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == [], path
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_buckets_over_time_are_drawn(browser: Any, address: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address, wait_until="load")
    chart = page.locator("img.chart")
    assert chart.evaluate("image => image.complete && image.naturalWidth > 200")
    source = chart.evaluate("image => image.currentSrc")
    assert ("shape=narrow" in source) == (width == 360)
    assert ("shade=dark" in source) == (scheme == "dark")
    context.close()


def test_a_person_finds_an_account_and_what_makes_up_a_figure(browser: Any, address: str) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="English").click()
    page.get_by_role("searchbox").fill("L-1")
    page.get_by_role("button", name="Find").click()
    principal = page.locator("a[href^='?figure=principal']")
    figure = principal.inner_text()
    principal.click()
    assert page.locator("#postings tfoot td").last.inner_text() == figure
    assert page.locator("#postings tbody tr").last.locator("td").last.inner_text() == figure
    page.get_by_role("link", name="2005-05-31").first.click()
    assert "Statement of 31 May 2005" in page.locator("h1").inner_text()
    context.close()


def test_staff_find_a_person_keep_a_note_and_see_what_a_payment_does_before_it_is_done_by_keyboard_alone(
    browser: Any, address: str, signed_in: Any
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800}, locale="en", java_script_enabled=False)
    context.add_cookies([signed_in])
    page = context.new_page()
    page.goto(f"{address}/today")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("L-3")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("link", name="the person").click()
    person = page.url
    page.get_by_label("A note about this person").focus()
    page.keyboard.type("called twice")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == person
    assert "called twice" in page.locator("#notes").inner_text()
    page.goto(f"{address}/accounts/L-3/act/paid_by")
    page.get_by_label("amount").fill("12.50")
    page.get_by_label("who paid").fill("a friend")
    page.get_by_label("Why").fill("at the counter")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    effect = page.locator("table.effect")
    credit = effect.get_by_role("row", name="credit balance").inner_text().split()[-1]
    page.get_by_role("button", name="Do it").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url == f"{address}/accounts/L-3"
    assert credit in page.locator(".tiles").inner_text()
    context.close()


def test_staff_set_up_a_passkey_and_sign_in_by_it(browser: Any, address: str) -> None:
    place = address.replace("127.0.0.1", "localhost")  # browsers know passkeys of names alone
    context = browser.new_context(viewport={"width": 375, "height": 800}, locale="en")
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
              "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})

    def by_password() -> None:
        page.goto(f"{place}/login")
        page.get_by_label("Name", exact=True).fill("pia")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()

    by_password()
    page.goto(f"{place}/security")
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_label("What you call it").fill("this laptop")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Turn on").click()
    page.wait_for_url(f"{place}/security/codes")
    assert page.locator(".recovery li").count() == 10
    page.goto(f"{place}/security")
    assert "this laptop" in page.locator(".factors").inner_text()
    context.clear_cookies()
    by_password()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{place}/")
    page.goto(f"{place}/security")
    assert "last used on" in page.locator(".factors").inner_text()
    context.close()
