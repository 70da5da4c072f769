"""200 borrowers pay and read at once, over HTTP, while a day is closed; nothing is lost and nothing is refused.

The pages are served as `duecourse serve` serves them, on a book of lines in mid-life. Each borrower
is a program with a connection of its own that in turns reads its account and pays, each payment under an idempotency
key of its own; every tenth payment is asked for twice, as after a lost answer. Half of them read in the portal, signed
in as borrowers. Meanwhile another process closes the day. The yardstick is the same load without a close. Afterwards
every payment that was answered is in the ledger once, in one sealed day, and `duecourse check` finds the book whole.

    python bench/bench_load.py [--accounts 20000] [--borrowers 200] [--seconds 30]
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import NamedTuple

import httpx

import scratch

BOOK = date(2026, 8, 20)
TIMEOUT = 60.0
AGAIN = 10
"""One of so many payments is asked for twice."""


class Borrower(NamedTuple):
    """A borrower's account, what a payment of theirs is (each of its own amount), and their cookie in the portal."""

    number: str
    amount_minor: int
    cookie: str
    reads_in_portal: bool


class Came(NamedTuple):
    """What came of a load: seconds of each answer by what was asked, answers that were none, payments by key; whether
    it is over."""

    took: dict[str, list[float]]
    faults: Counter[str]
    paid: dict[str, int]
    over: asyncio.Event


def borrowers(count: int) -> list[Borrower]:
    """So many borrowers who owe, each signed in to the portal."""
    from importlib import import_module

    from django.conf import settings

    from duecourse.ledger.tables import Balance
    from duecourse.servicing.tables import Account

    engine = import_module(settings.SESSION_ENGINE)
    owing = list(Balance.objects.filter(statement_left__gt=200_000).order_by("account_id")[:count])
    found = []
    for i, row in enumerate(Account.objects.filter(id__in=[one.account_id for one in owing]).order_by("id")):
        session = engine.SessionStore()
        session["borrower"] = row.borrower_id
        session.create()
        found.append(Borrower(row.number, 100 + i, f"{settings.SESSION_COOKIE_NAME}={session.session_key}", i % 2 == 1))
    return found


async def one(who: Borrower, address: str, key: str, on: date, name: str, i: int, came: Came) -> None:
    """A borrower reads and pays until it is over."""
    api = {"Authorization": f"Bearer {key}"}
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(base_url=address, timeout=TIMEOUT, limits=limits, trust_env=False) as client:
        count = 0
        while not came.over.is_set():
            if who.reads_in_portal:
                await asked(client, "portal page", came, f"/my/accounts/{who.number}", {"Cookie": who.cookie})
            else:
                await asked(client, "account read", came, f"/api/v1/accounts/{who.number}", api)
            count += 1
            told = {"amount_minor": who.amount_minor, "received_on": str(on)}
            for _ in range(2 if (count + i) % AGAIN == 0 else 1):
                once = {**api, "Idempotency-Key": f"{name}-{count}"}
                answer = await asked(client, "payment", came, f"/api/v1/accounts/{who.number}/payments", once, told)
                if answer is not None and answer.status_code == 200:
                    entry = answer.json()["entry_id"]
                    if came.paid.setdefault(f"{name}-{count}", entry) != entry:
                        came.faults["paid twice under one key"] += 1


async def asked(
    client: httpx.AsyncClient, what: str, came: Came, path: str, headers: dict[str, str], body: object = None
) -> httpx.Response | None:
    """Ask (with a body: to change something), and keep how long it took and whether it was answered."""
    begun = time.perf_counter()
    try:
        answer = await client.request("POST" if body else "GET", path, headers=headers, json=body)
    except httpx.HTTPError as fault:
        came.faults[f"{what}: {type(fault).__name__}"] += 1
        return None
    came.took[what].append(time.perf_counter() - begun)
    if answer.status_code != 200:
        came.faults[f"{what}: {answer.status_code} {answer.text[:120] if what == 'payment' else ''}"] += 1
    return answer


async def load(
    name: str, of: list[Borrower], address: str, key: str, on: date, seconds: float, *, closing: bool
) -> Came:  # fmt: skip
    """Let all of them read and pay for some seconds, or for as long as a close beside takes."""
    came, began = Came(defaultdict(list), Counter(), {}, asyncio.Event()), time.perf_counter()
    work = [asyncio.create_task(one(who, address, key, on, f"{name}-{i}", i, came)) for i, who in enumerate(of)]
    if not closing:
        await asyncio.sleep(seconds)
    else:
        begun = time.perf_counter()
        words = [sys.executable, "-c", f"from duecourse.cli import main; main(['close', '--through', '{on}'])"]
        night = await asyncio.create_subprocess_exec(*words, stdout=subprocess.DEVNULL)
        status = await night.wait()
        print(f"the close of {on} took {time.perf_counter() - begun:.1f} s beside the load")
        if status:
            came.faults[f"the close ended with {status}"] += 1
    came.over.set()
    await asyncio.gather(*work)
    told(came, time.perf_counter() - began)
    return came


def told(came: Came, seconds: float) -> None:
    """Print how many were answered, and how fast."""
    answers = sum(map(len, came.took.values()))
    print(f"  {answers:,} answers, {answers / seconds:,.1f} a second; {len(came.paid):,} payments by keys of their own")
    for what, times in sorted(came.took.items()):
        times.sort()
        parts = ", ".join(f"p{part} {times[int(len(times) * part / 100)] * 1e3:,.0f}" for part in (50, 95, 99))
        print(f"  {what:13} {len(times):7,}: {parts}, most {times[-1] * 1e3:,.0f} ms")
    print(f"  faults: {dict(came.faults) or 'none'}")


def lost(paid: list[int], through: date) -> list[str]:
    """What is not as it should be once all is closed: each answered payment in the ledger once, the book whole."""
    from duecourse.book import check, close
    from duecourse.ledger import chart
    from duecourse.ledger.tables import Entry

    close.through(through)
    rows = list(Entry.objects.filter(kind=chart.PAYMENT, booked_day__gt=BOOK).values_list("id", flat=True))
    found = [] if sorted(paid) == sorted(rows) else [f"{len(paid):,} payments answered, {len(rows):,} in the ledger"]
    found += [one.detail for one in check.everything() if not one.ok]
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--borrowers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    with scratch.database():
        import django

        django.setup()
        from duecourse import clock
        from duecourse.partners import keys
        from duecourse.simulator import load as simulator

        simulator.book_for_load(asked.accounts, on=BOOK)
        key = keys.add(
            partner="lender", scopes=keys.OF_PARTNERS, at=clock.now(), by="bench", reason="load",
            per_minute=keys.PER_MINUTE_MAX,
        ).key  # fmt: skip
        of = borrowers(asked.borrowers)
        shown = f"{asked.accounts:,} accounts, {len(of)} borrowers"
        print(f"{shown}; load of the machine {os.getloadavg()[0]:.1f} at the beginning")
        day = BOOK + timedelta(1)
        with scratch.served() as address:
            paid = list(asyncio.run(load("warm", of, address, key, day, 3, closing=False)).paid.values())
            for name, closing in (("without a close", False), ("while a day is closed", True)):
                print(name)
                came = asyncio.run(load(name[:5].strip(), of, address, key, day, asked.seconds, closing=closing))
                paid += came.paid.values()
        print("lost:", lost(paid, day + timedelta(1)) or "nothing", f"; load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
