"""A borrower in a real browser: signs in with a code from a real mail server, sees what is owed, pays, asks for help.

Every page is three clicks away at most, fits a phone and a desktop, complains of nothing, and has no fault that
axe-core finds (WCAG 2.2 AA).
"""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import DESKTOP, PHONE, Visitor, found_chromium, opened, serving

sys.path.append(str(Path(__file__).parents[1] / "areas"))
pytestmark = pytest.mark.slow
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
JOURNEY = (
    ("",), ("", "accounts/L-2", "accounts/L-2/why/owed"), ("", "accounts/L-2", "accounts/L-2/statements/2005-05-31"),
    ("", "accounts/L-2", "accounts/L-2/pay"), ("help", "help/promise"), ("help", "help/dispute"),
    ("help", "help/complaint"), ("help", "help/hardship"), ("messages",), ("choices",), ("data",),
)  # fmt: skip
"""What a borrower comes to, each line by clicks from the first page."""


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
    book: dict[str, int], mailbox: Any, sandbox: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The book of these tests, served; nothing may answer yet."""
    import sending

    found_chromium()
    routes = sending.channels_file(tmp_path_factory.mktemp("channels"), mail_port=mailbox[1])
    providers = tmp_path_factory.mktemp("providers") / "providers.toml"
    providers.write_text(PROVIDER.format(url=sandbox, secret=SECRET))
    of = {"DUECOURSE_CHANNELS": routes, "DUECOURSE_LENDER": "Lender", "DUECOURSE_PROVIDERS": str(providers)}
    with serving(**of) as place:
        yield place


@pytest.fixture(scope="module")
def reached(book: dict[str, int]) -> None:
    """The borrower of L-2 can be written to."""
    from duecourse.borrowers import reach
    from duecourse.servicing.tables import Account

    told = {"borrower": Account.objects.get(number="L-2").borrower_id, "by": "alice", "reason": "application"}
    reach.reside(place="CN", zone="Asia/Shanghai", language="zh", **told)
    reach.add_point(kind="email", value="dora@example.com", at_work=False, source="contract", **told)


@pytest.fixture(scope="module")
def browser(address: str, reached: None) -> Iterator[Any]:
    """The browser, once the pages answer."""
    with opened(address) as it:
        yield it


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


@pytest.mark.parametrize(("width", "language"), [(PHONE, "zh-CN"), (DESKTOP, "en")])
def test_a_borrower_comes_to_every_page_within_three_clicks_and_can_use_it(
    browser: Any, address: str, cookies: Any, width: int, language: str
) -> None:
    with Visitor(browser, address, who="borrower", width=width, language=language, cookies=cookies) as visitor:
        visitor.go("/my/")
        for line in JOURNEY:
            visitor.clicks = 0
            for step in line:
                visitor.follow(f"/my/{step}")
            visitor.see(line[-1].replace("/", "-") or "home")
        visitor.go("/my/accounts/L-2?pay=1234.50")
        visitor.see("account")
        visitor.page.locator("input[type=range]").press("End")  # the table follows, the page stays
        visitor.page.locator(".mine", has_not_text="1,234.50").wait_for()
        assert visitor.path == "/my/accounts/L-2?pay=1234.50"
        assert visitor.complaints == []


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
