"""A borrower in a real browser: signs in with a code from a real mail server, sees what is owed, asks for help.

Every page fits a phone, complains of nothing, and has no fault that axe-core finds (WCAG 2.2 AA).
"""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_console_browser import FLAGS, LEFT, answering, chromium

sys.path.append(str(Path(__file__).parents[1] / "areas"))
pytestmark = pytest.mark.slow
__all__ = ["chromium"]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROVIDER = """
[[provider]]
name = "sandbox"
kind = "hosted"
url = "{url}"
key = "key"
secret = "{secret}"
channel = 7
"""
PAGES = (
    "", "accounts/L-2", "accounts/L-2?pay=1234.50", "accounts/L-2/why/owed", "accounts/L-2/statements/2005-05-31",
    "accounts/L-2/pay", "help", "help/promise", "help/dispute", "help/complaint", "messages", "choices",
)  # fmt: skip


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Any]:
    """A real mail server, and its port."""
    import sending

    with sending.mail_server() as told:
        yield told


@pytest.fixture(scope="module")
def sandbox(module_db: str) -> Iterator[str]:
    """A payment provider to try with, and its address."""
    from duecourse.simulator import provider

    with provider.serving(provider.Sandbox("key", SECRET)) as told:
        yield told


@pytest.fixture(scope="module")
def address(
    chromium: str, book: dict[str, int], mailbox: Any, sandbox: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The book of these tests, whose borrower of L-2 can be written to, served by a process of its own."""
    import sending
    from django.conf import settings

    from duecourse.borrowers import reach
    from duecourse.servicing.tables import Account
    from duecourse.settings import HOME

    told = {"borrower": Account.objects.get(number="L-2").borrower_id, "by": "alice", "reason": "application"}
    reach.reside(place="CN", zone="Asia/Shanghai", language="zh", **told)
    reach.add_point(kind="email", value="dora@example.com", at_work=False, source="contract", **told)
    routes = sending.channels_file(tmp_path_factory.mktemp("channels"), mail_port=mailbox[1])
    providers = tmp_path_factory.mktemp("providers") / "providers.toml"
    providers.write_text(PROVIDER.format(url=sandbox, secret=SECRET))
    base = settings.DATABASES["default"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://{base['USER']}:{base['PASSWORD']}@/{base['NAME']}?host={base['HOST']}&port={base['PORT']}"
    serving = subprocess.Popen(
        [sys.executable, "-c", f"from duecourse.web import serve; serve.serve(port={port}, demo=False)"],
        env=os.environ
        | {
            "DATABASE_URL": url,
            "DUECOURSE_HOME": str(HOME),
            "DUECOURSE_CHANNELS": routes,
            "DUECOURSE_LENDER": "Lender",
            "DUECOURSE_PROVIDERS": str(providers),
        },
    )
    try:
        yield answering(f"http://127.0.0.1:{port}")
    finally:
        serving.terminate()
        assert serving.wait(30) in (0, -15)


@pytest.fixture(scope="module")
def browser(chromium: str, address: str) -> Iterator[Any]:
    """The browser, driven by Playwright; begun last and ended first, since its loop keeps Django from the database."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


def code_of(box: Any, before: int) -> str:
    """The code of the letter that came after so many."""
    for _ in range(400):
        if len(box.taken) > before:
            return str(re.findall(r"\d{6}", box.taken[-1].get_content())[0])
        time.sleep(0.05)
    raise AssertionError("no letter came")


@pytest.fixture(scope="module")
def cookies(browser: Any, address: str, mailbox: Any) -> Any:
    """What a browser without scripts holds after a borrower has signed in with a code."""
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page, before = context.new_page(), len(mailbox[0].taken)
    page.goto(f"{address}/my/accounts/L-2")
    page.locator("input[name=address]").fill("dora@example.com")
    page.locator("input[name=ending]").fill("L-2")
    page.get_by_role("button", name="发送验证码").click()
    page.locator("input[name=code]").fill(code_of(mailbox[0], before))
    page.get_by_role("button", name="登录").click()
    assert page.url == f"{address}/my/accounts/L-2", "where one wanted to go"
    found = context.cookies()
    context.close()
    return [one for one in found if one["name"] == "sessionid"]


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "zh-CN", "light"), (1280, "en", "dark")])
def test_every_page_fits_complains_of_nothing_and_can_be_used_by_everybody(
    browser: Any, address: str, cookies: Any, width: int, language: str, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 800}, locale=language, color_scheme=scheme)
    context.add_cookies(cookies)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("requestfailed", lambda request: complaints.append(request.url) if request.failure != LEFT else None)
    for path in PAGES:
        assert page.goto(f"{address}/my/{path}", wait_until="load").status == 200, path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert complaints == [], path
        found = Axe().run(page, options=WCAG).response["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == [], path
    context.close()


def test_a_borrower_on_a_phone_pays_through_a_provider_that_tells_twice(
    browser: Any, address: str, cookies: Any, sandbox: str
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800}, locale="zh-CN", java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{address}/my/accounts/L-2")
    page.get_by_role("link", name="现在还款").click()
    page.get_by_label("其他金额").check()
    page.locator("input[name=amount]").fill("1.50")
    page.get_by_role("button", name="去付款").click()
    assert page.url.startswith(f"{sandbox}/pay/"), refused
    assert "1.50" in page.locator("main").inner_text()
    page.get_by_role("button", name="通知两次").click()
    assert page.url.startswith(f"{address}/my/accounts/L-2/paid/")
    assert "款项已到账" in page.locator("main").inner_text()
    time.sleep(1)
    page.get_by_role("link", name="我现在欠多少").click()
    assert page.locator(".moves").inner_text().count("1.50") == 1
    context.close()


def test_a_borrower_on_a_phone_asks_for_help_and_agrees_without_a_script(
    browser: Any, address: str, cookies: Any
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800}, locale="zh-CN", java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{address}/my/")
    page.get_by_role("link", name="我还不上").click()
    for name, told in (("income", "9000"), ("spending", "5000")):
        page.locator(f"input[name={name}]").fill(told)
    page.get_by_role("button", name="看看有什么办法").click()
    assert "/my/help/hardship/" in page.url
    page.get_by_role("button", name="同意这个方案").first.click()
    assert "已达成" in page.locator("main").inner_text()
    page.get_by_role("button", name="退出").click()
    assert page.goto(f"{address}/my/").url.startswith(f"{address}/my/in"), "signed out"
    context.close()
