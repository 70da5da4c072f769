"""The console in a real browser, served as a lender serves it: what each role does in a day, from the first page, at a
desk and on a phone, in both languages; every page fits, draws, and complains of nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from browsing import DESKTOP, HEIGHT, PHONE, Visitor, found_chromium, opened, serving
from work_book import PASSWORD, ROLES, cookies, waits

PAGES = ("/", "/?day=2005-04-30", "/accounts/L-2?figure=owed", "/accounts?number=L", "/find",
         "/rules?place=US&on=2026-06-01&unverified=1", "/rules/changes?place=US&first=1970-01-01",
         "/trends", "/api/v1/")  # fmt: skip
"""Pages that no journey comes to, and that the visitor of a demo may see."""
OF_PEOPLE = ("/", "/people/2?purpose=service&show=money", "/disputes/1", "/strategies/2", "/security",
             "/accounts/L-1/statements/2005-05-31", "/security/app", "/queues/approvals/decided",
             "/accounts/L-2/legal")  # fmt: skip
"""Pages that no journey comes to, and that bob may see, who may do everything."""
JOURNEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "care": (
        ("/today", "/queues/complaints", "/complaints/1"),
        ("/today", "/queues/promises"),
        ("/today", "/queues/hardship"),
        ("find L-1", "/people/1", "/people/1/promise"),
        ("find L-2", "/people/2", "/people/2/hardship"),
        ("find L-3", "/people/3", "/people/3/care"),
    ),
    "recovery": (
        ("/today", "/queues/recovery", "/recovery/treatments/1"),
        ("/charge-offs",),
        ("/agencies", "/agencies/west"),
    ),
    "risk": (("/models",), ("/strategies", "/strategies/1", "/strategies/1/edit")),
    "finance": (
        ("/today", "/queues/approvals", "/incidents/1"),
        ("/today", "/queues/quarantine", "/queues/quarantine/1"),
        ("/today", "/queues/set-aside"),
        ("find L-2", "/accounts/L-2/act/paid_by"),
        ("/incidents",),
    ),
    "compliance": (
        ("/today", "/queues/approvals", "/agencies/terms/1"),
        ("/audit", "/audit/*"),
        ("/rules",),
        ("/today", "/queues/erasures", "/erasures/1"),
    ),
    "operator": (("/closes",), ("/jobs",), ("/staff",), ("/webhooks",)),
}
"""What each role does, each line by clicks from the first page; `find` is the box to find anyone."""
DONE: dict[str, dict[str, str]] = {
    "/complaints/1": {"reason": "read"},
    "/people/1/promise": {"amount": "12.50", "due_on": "today", "reason": "on the phone"},
    "/recovery/treatments/1": {},
    "/incidents/1": {"reason": "the bank confirms it"},
    "/agencies/terms/1": {"reason": "read"},
}
"""What is done there, on the phone: what is typed before the button is pressed."""
DRAWN = """([image, isNarrow, isDark]) => image.complete && image.naturalWidth > 200
    && image.currentSrc.includes("shape=narrow") === isNarrow && image.currentSrc.includes("shade=dark") === isDark"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(book: dict[str, int]) -> Iterator[str]:
    """The book of these tests, served as a demo; nothing may answer yet."""
    found_chromium()
    with serving(demo=True) as place:
        yield place


@pytest.fixture(scope="module")
def signed_in(book: dict[str, int], address: str) -> dict[str, dict[str, str]]:
    """Something waits in the queues; the cookies by which bob and somebody of each role are signed in."""
    waits(book)
    return cookies(address)


@pytest.fixture(scope="module")
def browser(address: str, signed_in: object) -> Iterator[Any]:
    """The browser, once the pages answer."""
    with opened(address) as it:
        yield it


@pytest.mark.parametrize(("width", "language"), [(PHONE, "en"), (DESKTOP, "zh-CN")])
@pytest.mark.parametrize("pages", [PAGES, OF_PEOPLE], ids=["demo", "bob"])
def test_pages_fit_and_complain_of_nothing(
    browser: Any, address: str, signed_in: Any, width: int, language: str, pages: tuple[str, ...]
) -> None:
    cookie = [signed_in["bob"]] if pages is OF_PEOPLE else []
    with Visitor(browser, address, width=width, language=language, cookies=cookie) as visitor:
        for path in pages:
            visitor.go(path)
            visitor.see(axe=pages is OF_PEOPLE)


@pytest.mark.parametrize(("width", "language"), [(DESKTOP, "en"), (PHONE, "zh-CN")])
@pytest.mark.parametrize("role", ROLES)
def test_each_role_comes_to_what_it_does_daily_within_three_clicks(
    browser: Any, address: str, signed_in: Any, role: str, width: int, language: str
) -> None:
    with Visitor(browser, address, who=role, width=width, language=language, cookies=[signed_in[role]]) as visitor:
        visitor.go("/")
        for line in JOURNEYS[role]:  # every page has the first one's menu
            visitor.clicks = 0
            for step in line:
                visitor.find(step.removeprefix("find ")) if step.startswith("find ") else visitor.follow(step)
                visitor.see(step.strip("/").replace("/", "-").replace(" ", "-").replace("*", "one"))
            if width == PHONE and line[-1] in DONE:
                visitor.do(DONE[line[-1]])


def test_the_buckets_over_time_are_drawn(browser: Any, address: str) -> None:
    with Visitor(browser, address) as visitor:
        chart = visitor.go("/").locator("img.chart")
        for width in (PHONE, DESKTOP):
            for scheme in ("light", "dark"):
                visitor.page.set_viewport_size({"width": width, "height": HEIGHT})
                visitor.page.emulate_media(color_scheme=scheme)
                visitor.page.wait_for_function(DRAWN, arg=[chart.element_handle(), width == PHONE, scheme == "dark"])


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
    context.add_cookies([signed_in["bob"]])
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
    page.emulate_media(media="print")
    assert effect.is_visible(), "on paper the effect stays"
    assert not page.locator("main form :is(input, button):visible").count()
    page.emulate_media(media="screen")
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
