"""A real browser before pages that are served as a lender serves them: what tests of the console and the portal share.

Who looks at a page sees that it fits a phone and a desktop, that the browser complains of nothing and, once for each
kind of page, on a phone, that axe-core finds no fault in it (WCAG 2.2 AA, contrast in the dark too). Pictures are kept
in build/pages.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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
PHONE, DESKTOP = 360, 1280
HEIGHT = 800
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
FOUND = "faults => faults.violations.map(one => [one.id, one.nodes.slice(0, 3).map(node => node.html.slice(0, 120))])"
PICTURES = Path(__file__).parents[2] / "build" / "pages"
LOOKED_AT: set[str] = set()
"""The kinds of pages in which axe-core has looked for faults."""


def found_chromium() -> str:
    """Debian's Chromium; without one these tests are skipped, unless it is required."""
    if not Path(CHROMIUM).is_file():
        if os.environ.get("DUECOURSE_BROWSER") == "required":
            pytest.fail("DUECOURSE_BROWSER=required, and no Chromium is installed")
        pytest.skip("no Chromium is installed (apt-get install chromium fonts-noto-cjk)")
    return CHROMIUM


@contextmanager
def serving(*, demo: bool = False, **more: str) -> Iterator[str]:
    """The database at hand, served by a process of its own: its address, where nothing may answer yet (`answering`)."""
    from django.conf import settings

    from duecourse.settings import HOME

    told = settings.DATABASES["default"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"
    process = subprocess.Popen(
        [sys.executable, "-c", f"from duecourse.web import serve; serve.serve(port={port}, demo={demo})"],
        env=os.environ | {"DATABASE_URL": url, "DUECOURSE_HOME": str(HOME)} | more,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(30) in (0, -15)


def answering(address: str) -> str:
    """The address, once something answers there."""
    for _ in range(480):
        try:
            with urlopen(f"{address}/login", timeout=60):
                return address
        except URLError:
            time.sleep(0.25)
    pytest.fail(f"nothing answers at {address}")


@contextmanager
def opened(address: str) -> Iterator[Any]:
    """A browser, once the pages answer; begun last and ended first, since its loop keeps Django from the database."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found_chromium(), args=FLAGS)
        answering(address)
        yield browser
        browser.close()


class Visitor:
    """Somebody before a browser of their own: on a phone or at a desk, in one language, with or without scripts."""

    def __init__(
        self, browser: Any, address: str, *, who: str = "", width: int = DESKTOP, language: str = "en",
        cookies: Any = (), scripts: bool = True,
    ) -> None:  # fmt: skip
        self.address, self.who, self.width, self.language = address, who, width, language
        self.context = browser.new_context(
            viewport={"width": width, "height": HEIGHT}, locale=language, java_script_enabled=scripts
        )
        self.context.add_cookies([*cookies])
        self.page = self.context.new_page()
        self.clicks = 0
        self.taken: set[str] = set()
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        self.page.on("requestfailed", self.failed)

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *fault: object) -> None:
        self.context.close()

    def failed(self, request: Any) -> None:
        """Keep what could not be fetched."""
        if request.failure != LEFT:
            self.complaints.append(request.url)

    @property
    def path(self) -> str:
        """Where they are."""
        return str(self.page.url).removeprefix(self.address)

    def go(self, path: str) -> Any:
        """Open an address; clicks are counted from there."""
        answer = self.page.goto(self.address + path, wait_until="load")
        assert answer.status == 200, path
        self.clicks = 0
        return self.page

    def follow(self, href: str) -> Any:
        """Click on the link that leads there, in the menu or on the page; one that is not shown cannot be clicked.

        `/audit/*`: the first that leads somewhere below.
        """
        said = f'href^="{href[:-1]}"' if href.endswith("*") else f'href="{href}"'
        links = self.page.locator(f"a[{said}]:visible")
        if not links.count() and self.page.locator(".menu summary").is_visible():
            self.page.locator(".menu summary").click()
        links.first.click()
        self.page.wait_for_load_state("load")
        self.clicks += 1
        assert self.clicks <= 3, f"{href} is {self.clicks} clicks away"
        return self.page

    def find(self, number: str) -> Any:
        """Find an account by the box to find anyone."""
        self.page.get_by_role("searchbox").fill(number)
        with self.page.expect_navigation():
            self.page.get_by_role("searchbox").press("Enter")
        self.clicks += 1
        return self.page

    def do(self, typed: dict[str, str]) -> Any:
        """Fill in the form that asks for this, press its button, and see that it was not refused."""
        asks = self.page.locator(f"[name={next(iter(typed))}]:visible" if typed else "button:visible")
        form = self.page.locator("main form.write", has=asks).first
        for name, value in typed.items():
            form.locator(f"[name={name}]").fill(datetime.now(UTC).date().isoformat() if value == "today" else value)
        with self.page.expect_navigation():
            form.locator("button").first.click()
        assert not self.page.locator("[role=alert]").count(), self.page.locator("[role=alert]").first.inner_text()
        return self.page

    def see(self, name: str = "", *, axe: bool = True) -> Any:
        """Look at the page: it fits, nothing complains, anybody can use it; a picture is kept under the name."""
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, f"{self.path} is {wide} wide"
        assert self.complaints == [], self.path
        if name and name not in self.taken:
            self.taken.add(name)
            place = PICTURES / self.who / f"{name}-{self.width}-{self.language[:2]}.jpeg"
            self.page.screenshot(path=place, full_page=True, type="jpeg", quality=70)
        if axe and self.width == PHONE and kind(self.path) not in LOOKED_AT:
            LOOKED_AT.add(kind(self.path))
            found = faults(self.page)
            assert found == [], f"{self.path}: {found}"
        return self.page


def kind(path: str) -> str:
    """The kind of a page: its address without what only says of what it is."""
    return re.sub(r"[A-Z]-\d+|\d{4}-\d\d-\d\d|\d+|(?<=/queues/)[a-z-]+|(?<=/act/)[a-z_]+|(?<=\?).*", "*", path)


def faults(page: Any) -> list[Any]:
    """What axe-core finds wrong with a page in the light, and with its colours in the dark."""
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    of_all = {"runOnly": WCAG, "resultTypes": ["violations"]}
    found = page.evaluate(f"axe.run(document, {json.dumps(of_all)}).then({FOUND})")
    page.emulate_media(color_scheme="dark")
    found += page.evaluate(f"axe.run(document, {json.dumps(CONTRAST)}).then({FOUND})")
    page.emulate_media(color_scheme="light")
    return list(found)
