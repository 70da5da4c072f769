"""The pictures of the guides: a simulated book is served and photographed, in English and Chinese, wide and on a phone.

No real person is in them: borrowers, names and what they say are made up. Everything is gone afterwards but the files.

    python docs/pictures.py [--only NAME]
"""

import argparse
import io
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

sys.path.append(str(Path(__file__).parents[1] / "bench"))

OUT = Path(__file__).parent / "guide" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
COLOURS = 96
MONTHS, BORROWERS = 5, 240
FAMILY, GIVEN = "王李张刘陈杨赵黄", ("小明", "文静", "志强", "美玲", "建国")
SAID: Any = {"by": "ann", "reason": "told on the telephone"}


class Picture(NamedTuple):
    """A picture: its file, who looks (staff, borrower, nobody), at which address, in which language, how large."""

    name: str
    of: str
    place: str
    language: str
    size: dict[str, int]


def pictures(person: int, number: str, hardship: int) -> list[Picture]:
    """All of them, for one borrower and their account."""
    own = f"/my/accounts/{number}"
    return [
        Picture("portal-home", "borrower", "/my/", "zh-CN", PHONE),
        Picture("portal-account", "borrower", own, "en-GB", WIDE),
        Picture("portal-account-phone", "borrower", own, "zh-CN", PHONE),
        Picture("portal-options", "borrower", f"/my/help/hardship/{hardship}", "en-GB", PHONE),
        Picture("console-today", "staff", "/today", "en-GB", WIDE),
        Picture("console-person", "staff", f"/people/{person}", "en-GB", WIDE),
        Picture("console-queue-phone", "staff", "/queues/recovery", "zh-CN", PHONE),
        Picture("console-act-phone", "staff", f"/accounts/{number}/act/waiver", "en-GB", PHONE),
        Picture("operate-day", "staff", "/", "en-GB", WIDE),
        Picture("operate-day-phone", "staff", "/", "zh-CN", PHONE),
        Picture("operate-webhooks", "staff", "/webhooks?outcome=delivered", "en-GB", WIDE),
        Picture("api", "nobody", "/api/v1/", "en-GB", WIDE),
        Picture("api-phone", "nobody", "/api/v1/", "en-GB", PHONE),
    ]


def began(today: date) -> date:
    """So many months before today, so that the last day that is closed is yesterday or one before it."""
    year, month = divmod(today.year * 12 + today.month - 1 - MONTHS, 12)
    return date(year, month + 1, min(today.day, 28))


class Listener(BaseHTTPRequestHandler):
    """A partner that takes whatever it is told."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *told: object) -> None:
        """Say nothing."""


def book(hook: str) -> tuple[int, str, int]:
    """Simulate a book, let some of its borrowers say something; whose pages are shown, their account and hardship."""
    from duecourse import clock
    from duecourse.book import read
    from duecourse.borrowers import names, people, reach
    from duecourse.care import complaints, disputes, hardship, offers, promises
    from duecourse.care.affordability import Household
    from duecourse.partners import deliver, endpoints, events
    from duecourse.recovery import cases, strategies
    from duecourse.rules import house_strategies
    from duecourse.servicing.tables import Account
    from duecourse.simulator import run
    from duecourse.web import staff

    now = clock.now()
    endpoints.add(partner="lender", url=hook, kinds=[], **SAID)
    run.simulate(accounts=BORROWERS, months=MONTHS, seed=4, start=began(clock.today()))
    day = read.last_sealed()
    assert day is not None, "pictures: nothing is sealed"
    number = strategies.register(name="default", text=house_strategies.texts()["default"], by="ann")
    for by in ("ben", "cleo"):
        strategies.approve(strategy=number, on=day, by=by, reason="tried on the past")
    strategies.go_live(strategy=number, role=strategies.CHAMPION, on=day, by="ben", reason="tried on the past")
    cases.move(day=day, by="ann")
    people.enrol(source="pictures", references=["1"])
    late = late_accounts(day)
    for i, (account, person) in enumerate(late):
        names.call(borrower=person, name=f"{FAMILY[i % len(FAMILY)]}{GIVEN[i % len(GIVEN)]}", **SAID)
        reach.reside(borrower=person, place="CN", zone="Asia/Shanghai", language="zh", **SAID)
        told: dict[str, Any] = {"person": person, "account": account, "at": now, "channel": "call", **SAID}
        if i % 3 == 1:
            due_on = (now + timedelta(days=i % 7)).date()
            promises.promise(amount_minor=50_000 + 1_000 * i, due_on=due_on, key=f"p{i}", **told)
        if i % 9 == 2:
            complaints.receive(about="charges", text="interest was charged twice", key=f"c{i}", **told)
        if i % 9 == 3:
            disputes.open_dispute(kind="amount", amount_minor=12_000, text="I paid this", key=f"d{i}", **told)
    account, person = late[0]
    reach.add_point(borrower=person, kind="phone", value="+8613800000000", at_work=False, source="contract", **SAID)
    one = hardship.take(
        borrower=person, household=Household(2, 1, 900_000, 780_000, 20_000), currency="CNY", cause="less work",
        on=day + timedelta(1), at=now, by="borrower",
    )  # fmt: skip
    offers.propose(hardship=one.id, account=account, by="borrower")
    events.gather(at=now)
    deliver.deliver(now=clock.now, by="system", most=40)
    staff.admit(username="bob", password=None)
    return person, Account.objects.get(id=account).number, one.id


def late_accounts(day: date) -> list[tuple[int, int]]:
    """Accounts that are a little late, with their borrowers."""
    from duecourse.book import read
    from duecourse.servicing.tables import Account

    rows = read.day(day)
    told = rows.filter(rows.days_past_due > 3).order_by(rows.days_past_due).limit(40).to_pyarrow().to_pylist()
    owner = dict(Account.objects.values_list("id", "borrower_id"))
    return [(row["account_id"], owner[row["account_id"]]) for row in told]


def cookies(person: int) -> dict[str, str]:
    """The sessions of bob, who works for the lender, and of the borrower."""
    from django.contrib.auth.models import User
    from django.test import Client

    bob, borrower = Client(), Client()
    bob.force_login(User.objects.get(username="bob"))
    session = borrower.session
    session["borrower"] = person
    session.save()
    return {"staff": bob.session.session_key, "borrower": session.session_key, "nobody": ""}


def taken(address: str, sessions: dict[str, str], wanted: list[Picture]) -> Iterator[tuple[str, bytes]]:
    """Each picture as the browser draws it."""
    from django.conf import settings
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for one in wanted:
            context = browser.new_context(viewport=one.size, locale=one.language)
            if sessions[one.of]:
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": sessions[one.of], "url": address}])
            page = context.new_page()
            answer = page.goto(address + one.place, wait_until="networkidle", timeout=120_000)
            assert getattr(answer, "ok", False), one.name
            yield one.name, page.screenshot()
            context.close()
        browser.close()


def small(drawn: bytes) -> bytes:
    """A picture with few colours, as small as a PNG can be."""
    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(drawn)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


def main() -> None:
    import scratch

    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="only pictures with this in their name")
    asked = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    with scratch.database():
        import django

        django.setup()
        listener = HTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        person, number, hardship = book(f"http://127.0.0.1:{listener.server_port}/hook")
        wanted = [one for one in pictures(person, number, hardship) if asked.only in one.name]
        with scratch.served() as address:
            for name, drawn in taken(address, cookies(person), wanted):
                (OUT / f"{name}.png").write_bytes(small(drawn))
                print(f"{name}.png, {len(small(drawn)):,} bytes")


if __name__ == "__main__":
    main()
