"""The console in a real browser, served as a lender serves it: it fits a phone, draws, and complains of nothing."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
         "--disable-background-networking", "--disable-component-update"]  # fmt: skip
LEFT = "net::ERR_ABORTED"
"""What is still being fetched, such as the icon, when the next page is opened."""
PAGES = ("/", "/?day=2005-04-30", "/accounts/L-1", "/accounts/L-2?figure=owed", "/accounts/L-1/statements/2005-05-31",
         "/accounts?number=L", "/find", "/models", "/rules", "/rules?place=US&on=2026-06-01&unverified=1",
         "/rules/changes?place=US&first=1970-01-01", "/webhooks", "/api/v1/")  # fmt: skip
OF_PEOPLE = ("/people/1", "/people/2?purpose=service&show=money", "/find")
"""Pages that the visitor of a demo may not see: bob is signed in. They have no fault that axe-core finds."""
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
        yield answering(f"http://127.0.0.1:{port}")
    finally:
        serving.terminate()
        assert serving.wait(30) in (0, -15)


@pytest.fixture(scope="module")
def signed_in(book: dict[str, int], address: str) -> dict[str, str]:
    """The cookie by which bob is signed in, who works for the lender."""
    from pages import client

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


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", [360, 1280])
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
        if pages is OF_PEOPLE:
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
