"""How long each page takes: every page of the lender's people and of the portal, on a book of 100,000 accounts.

A book of lines in mid-life with names, telephone numbers, promises, disputes, complaints, hardships, cases, contacts,
messages and webhooks in it, and two accounts with two years behind them. Every page is asked for through the whole of
Django (middleware, session, rights, templates) in this process, in turns, as somebody who may see all of it; pages
about one account or person go round fifty of them. The yardstick, in the same turns, is a page that reads one row.
Figures are 95th percentiles: milliseconds by the clock, and of the processor, this process and its PostgreSQL backend
together, which the clock shows too where nothing else runs. Aims: 200 ms of the lender's pages, 100 of the portal's.

    python bench/bench_pages.py [--accounts 100000] [--turns 40] [--only person]
"""

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import bench_page
import scratch

BOOK = bench_page.BOOK
AIMS = {"staff": 200.0, "portal": 100.0}
SPREAD = 50
"""So many accounts and persons are looked at in turn."""
FILL = (
    """INSERT INTO borrowers_residence (borrower_id, place, zone, language, by, reason)
    SELECT b, 'CN', 'Asia/Shanghai', 'zh', 'bench', '' FROM generate_series(%(first)s, %(last)s) b""",
    """INSERT INTO borrowers_name (borrower_id, value, digest, by, reason)
    SELECT b, n.value, decode(md5(b::text), 'hex'), 'bench', ''
    FROM generate_series(%(first)s, %(last)s) b, (SELECT value FROM borrowers_name LIMIT 1) n""",
    """INSERT INTO borrowers_contact_point (borrower_id, kind, value, digest, at_work, source, by, reason)
    SELECT b, 'phone', p.value, decode(md5(b::text), 'hex'), false, 'bench', 'bench', ''
    FROM generate_series(%(first)s, %(last)s) b, (SELECT value FROM borrowers_contact_point LIMIT 1) p""",
    """INSERT INTO borrowers_phone_end (point_id, borrower_id, digest)
    SELECT id, borrower_id, decode(md5((borrower_id %% 10000)::text), 'hex') FROM borrowers_contact_point
    WHERE id NOT IN (SELECT point_id FROM borrowers_phone_end)""",
    """INSERT INTO borrowers_contact_decision (borrower_id, channel, purpose, relation, at, allowed, refusals, fault,
        inputs, rule_set, key, by)
    SELECT b, (ARRAY['sms', 'call'])[1 + b %% 2], 'collection', 'self', %(at)s - (n * 9 + b %% 9) * interval '1 day',
        b %% 4 <> 0, '[]', '', '{}', '', '', 'bench'
    FROM generate_series(%(first)s, %(last)s) b, generate_series(1, 3) n""",
    """INSERT INTO borrowers_contact_outcome (decision_id, outcome, at, by, note)
    SELECT id, CASE channel WHEN 'sms' THEN 'sent' ELSE 'unanswered' END, at, 'bench', ''
    FROM borrowers_contact_decision WHERE allowed""",
    """INSERT INTO partners_webhook_event (kind, source_id, account_id, body)
    SELECT 'payment.received', id, account_id, '{"type": "payment.received"}' FROM ledger_entry LIMIT 100000""",
    """INSERT INTO partners_webhook_delivery (event_id, endpoint_id)
    SELECT e.id, w.id FROM partners_webhook_event e, partners_webhook_endpoint w""",
    """INSERT INTO partners_webhook_try (delivery_id, number, outcome, status, detail, by, at)
    SELECT id, 1, 'delivered', 200, '', 'system', %(at)s - (id %% 90) * interval '1 hour'
    FROM partners_webhook_delivery""",
    "VACUUM ANALYZE",
)
KEPT = {"promises": 3_000, "disputes": 600, "complaints": 600, "circumstances": 600, "hardships": 300}


class Address(NamedTuple):
    """A page: whose, what it is called, and the addresses that are asked for in turn."""

    of: str
    name: str
    places: list[str]
    client: Any


class Spent(NamedTuple):
    """Milliseconds, by the clock and of the processor."""

    clock: float
    processor: float


class Found(NamedTuple):
    """A page: its median and 95th percentile, and how many queries it asks."""

    page: Address
    median: Spent
    p95: Spent
    queries: int


def one_row(request: Any) -> Any:
    """A page that reads one row."""
    from django.db import connection
    from django.http import HttpResponse

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM ledger_balance WHERE account_id = %s", [1])
        cursor.fetchone()
    return HttpResponse("read")


def filled(now: datetime) -> list[int]:
    """Write who the borrowers are and what they said; answers persons of whom there is most to tell."""
    from django.db import connections, transaction

    from duecourse.borrowers import names, people, reach
    from duecourse.care import circumstances, complaints, disputes, hardship, offers, promises
    from duecourse.care.affordability import Household
    from duecourse.partners import endpoints
    from duecourse.servicing.tables import Account

    said: dict[str, Any] = {"by": "bench", "reason": "said so"}
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT min(borrower_id), max(borrower_id) FROM servicing_account")
        first, last = cursor.fetchone()
    names.call(borrower=first, name="王小明", **said)
    reach.add_point(borrower=first, kind="phone", value="+8613800000000", at_work=False, source="bench", **said)
    endpoints.add(partner="lender", url="http://127.0.0.1:9/hook", kinds=[], **said)
    with connections["owner"].cursor() as cursor:
        for sql in FILL[:6]:
            cursor.execute(sql, {"first": first + 1, "last": last, "at": now})
    rows = list(Account.objects.order_by("id").values_list("id", "number", "borrower_id")[: KEPT["promises"]])
    at = now - timedelta(days=1)
    with transaction.atomic():
        people.enrol(source="bench", references=["1"])
        for i, (account, _, person) in enumerate(rows):
            told: dict[str, Any] = {"person": person, "account": account, "at": at, "channel": "call", **said}
            due_on = (now + timedelta(days=i % 9)).date()
            promises.promise(amount_minor=1_000 + i, due_on=due_on, key=f"p{i}", **told)
            if i < KEPT["disputes"]:
                disputes.open_dispute(kind="amount", amount_minor=100, text="too much", key=f"d{i}", **told)
            if i < KEPT["complaints"]:
                complaints.receive(about="charges", text="too much", key=f"c{i}", **told)
            if i < KEPT["circumstances"]:
                circumstances.note(
                    person=person, kind="health", text="ill", treat=["more_time"], at=at, by="bench",
                    review_on=(now + timedelta(days=i % 60)).date(), key=f"v{i}",
                )  # fmt: skip
            if i < KEPT["hardships"]:
                household = Household(2, 1, 900_000, 700_000, 50_000)
                one = hardship.take(
                    borrower=person, household=household, currency="CNY", cause="ill", on=BOOK + timedelta(1), at=at,
                    by="bench",
                ).id  # fmt: skip
                if i < 20:
                    offers.propose(hardship=one, account=account, by="bench")
    with connections["owner"].cursor() as cursor:
        for sql in FILL[6:]:
            cursor.execute(sql, {"at": now} if "%(" in sql else None)
    return [person for _, _, person in rows]


def a_strategy_at_work() -> None:
    """The house's strategy decides, and the cases of the sealed day are moved."""
    from duecourse.recovery import cases, strategies
    from duecourse.rules import house_strategies

    number = strategies.register(name="default", text=house_strategies.texts()["default"], by="bench")
    for by in ("ann", "ben"):
        strategies.approve(strategy=number, on=BOOK, by=by, reason="tried")
    strategies.go_live(strategy=number, role=strategies.CHAMPION, on=BOOK, by="ann", reason="tried")
    cases.move(day=BOOK, by="bench")


def addresses(persons: list[int]) -> list[Address]:
    """Every page that a GET answers, by the table of rights, with what stands in its address filled in."""
    from django.contrib.auth.models import User
    from django.test import Client
    from django.urls import reverse

    from duecourse.care.complaint_tables import Complaint
    from duecourse.care.dispute_tables import Dispute
    from duecourse.care.hardship_tables import Offer
    from duecourse.servicing.tables import Account, Statement
    from duecourse.web import rights, staff

    staff.admit(username="bob", password=None)
    bob = Client(SERVER_NAME="127.0.0.1")
    bob.force_login(User.objects.get(username="bob"))
    own = Account.objects.filter(borrower_id__in=persons[:: max(1, len(persons) // SPREAD)][:SPREAD])
    numbers = [*own.order_by("id").values_list("number", flat=True), bench_page.OLD_LINE, bench_page.OLD_LOAN]
    billed = list(
        Account.objects.raw(
            "SELECT a.id, a.number, s.cycle_on FROM servicing_statement s JOIN servicing_account a "
            "ON a.id = s.account_id ORDER BY s.id LIMIT %s", [SPREAD]
        )
    ) if Statement.objects.exists() else []  # fmt: skip
    hardships = Offer.objects.order_by("hardship_id").values_list("hardship_id", flat=True).distinct()
    told: dict[str, list[dict[str, Any]]] = {
        "person": [{"person": one} for one in persons[: SPREAD * 2 : 2]],
        "promise": [{"person": one} for one in persons[:SPREAD]],
        "complaint": [{"number": one} for one in Complaint.objects.values_list("id", flat=True)[:SPREAD]],
        "dispute": [{"number": one} for one in Dispute.objects.values_list("id", flat=True)[:SPREAD]],
        "account": [{"number": one} for one in numbers],
        "act": [{"number": one, "kind": "waiver"} for one in numbers[:SPREAD]],
        "why": [{"number": one, "figure": "owed"} for one in numbers],
        "statement": [{"number": one.number, "cycle_on": one.cycle_on} for one in billed],
        "my_options": [{"number": one} for one in hardships],
    }
    for name in ("account", "why", "statement"):
        told[f"my_{name}"] = told[name]
    told["my_pay"] = told["my_look"] = told["account"]
    owners = dict(Account.objects.values_list("number", "borrower_id").filter(number__in=[
        one["number"] for rows in told.values() for one in rows if isinstance(one.get("number"), str)
    ]))  # fmt: skip
    found = [Address("yardstick", "one_row", ["/bench/one-row"], [bob])]
    for name, way in rights.ROUTES.items():
        rows = told.get(name, [{}])
        try:
            places = [reverse(name, kwargs=one) for one in rows]
        except Exception:
            continue  # what is found by an id that this book has none of: files, incidents, models, lists
        if way.of == rights.STAFF and name not in ("my_look", "one_row"):
            found.append(Address("staff", name, places, [bob]))
        elif way.of == rights.BORROWER:
            whose = [owners.get(str(one.get("number")), persons[i % 10]) for i, one in enumerate(rows)]
            if name == "my_options":
                whose = [person_of(one["number"]) for one in rows]
            found.append(Address("portal", name, places, [borrower(one) for one in whose]))
    found.append(Address("staff", "account, every posting", [f"/accounts/{bench_page.OLD_LINE}?postings=all"], [bob]))
    return found


def person_of(number: int) -> int:
    """Whose a hardship is."""
    from duecourse.care import hardship

    return hardship.read(hardship=number).borrower


def borrower(person: int) -> Any:
    """A browser in which a borrower is signed in."""
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    session = client.session
    session["borrower"] = person
    session.save()
    return client


def spent(backend: int) -> Spent:
    """What has been spent so far, here and by the backend."""
    with open(f"/proc/{backend}/schedstat") as told:
        nanoseconds = int(told.read().split()[0])
    return Spent(time.perf_counter() * 1e3, time.process_time() * 1e3 + nanoseconds / 1e6)


def share(times: list[Spent], part: float) -> Spent:
    """The time that this part of all are below, by the clock and of the processor."""
    at = int(len(times) * part)
    return Spent(sorted(one.clock for one in times)[at], sorted(one.processor for one in times)[at])


def measured(pages: list[Address], turns: int) -> Iterator[Found]:
    """Each page, asked for in turns; one that does not answer with 200 is told of and left out."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    took: dict[str, list[Spent]] = {one.name: [] for one in pages}
    queries: dict[str, int] = {}
    for turn in range(turns + 2):
        for page in pages:
            if page.name not in took:
                continue
            i = turn % len(page.places)
            client = page.client[i % len(page.client)]
            with CaptureQueriesContext(connection) if turn == 1 else nullcontext() as asked:
                begun = spent(backend)
                answer = client.get(page.places[i])
                ended = spent(backend)
            if turn == 1:
                queries[page.name] = len(asked)
            if answer.status_code != 200:
                print(f"left out: {page.name} {page.places[i]} answered {answer.status_code}")
                del took[page.name]
            elif turn >= 2:
                took[page.name].append(Spent(ended.clock - begun.clock, ended.processor - begun.processor))
    for page in pages:
        if times := took.get(page.name):
            yield Found(page, share(times, 0.5), share(times, 0.95), queries[page.name])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--only", default="", help="only pages with this in their name")
    asked = parser.parse_args()
    with scratch.database():
        import django

        django.setup()
        from django.urls import path

        from duecourse import clock
        from duecourse.simulator import load
        from duecourse.web import rights, urls, wsgi  # noqa: F401  (as it is served)

        urls.urlpatterns.insert(0, path("bench/one-row", one_row, name="one_row"))
        rights.ROUTES["one_row"] = rights.BOOK
        load.book_for_load(asked.accounts, on=BOOK)
        today = BOOK + timedelta(1)
        bench_page.a_line_with_a_past(today)
        bench_page.a_loan_with_a_past()
        persons = filled(clock.now())
        a_strategy_at_work()
        pages = [one for one in addresses(persons) if asked.only in one.name or one.of == "yardstick"]
        found = list(measured(pages, asked.turns))
        bare = found[0]
        print(f"{asked.accounts:,} accounts, {asked.turns} turns, load of the machine {os.getloadavg()[0]:.1f}")
        for one in sorted(found, key=lambda one: -one.p95.processor):
            aim = AIMS.get(one.page.of, 0.0)
            flag = f"  above the aim of {aim:.0f} ms" if aim and one.p95.processor >= aim else ""
            print(
                f"{one.page.of:9} {one.page.name:22} processor p50 {one.median.processor:6.1f} ms, "
                f"p95 {one.p95.processor:6.1f} ms, clock p95 {one.p95.clock:7.1f} ms, "
                f"{one.p95.processor / bare.p95.processor:5.1f} times one row, {one.queries:3} queries{flag}"
            )


if __name__ == "__main__":
    main()
