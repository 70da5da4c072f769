"""Committed payments a second, against the same work written bare: one update and two inserts by psycopg.

    python bench/bench_payments.py

Both run in the same database, over the same accounts, in turns, with one client and with four (processes). The bare
tables have the columns of the real ones and their primary keys; no checks, no triggers, no other index; psycopg
prepares their statements after five uses, as it does by itself. A payment does what `servicing.payments.receive` does:
key, locks, limit of the open day, allocation, entry, row.
"""

import statistics
import time
from collections.abc import Callable
from datetime import date
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from random import Random
from typing import Any

import scratch

ACCOUNTS = 1_000
SECONDS = 3.0
ROUNDS = 5
DAY = date(2005, 4, 1)
BARE = """
CREATE TABLE bare_balance (LIKE ledger_balance, PRIMARY KEY (account_id)) WITH (fillfactor = 80);
CREATE TABLE bare_entry (LIKE ledger_entry INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (id));
CREATE TABLE bare_request (LIKE ledger_request, PRIMARY KEY (key));
INSERT INTO bare_balance SELECT * FROM ledger_balance;
GRANT SELECT, INSERT, UPDATE ON bare_balance, bare_entry, bare_request TO {app};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app};
"""


def prepare() -> None:
    """A book of lines that have bought, and the bare tables beside it."""
    from django.db import connections

    from duecourse.servicing import accounts, agreed, purchases

    terms = agreed.freeze(product="card_tw_2005", agreed=agreed.in_force(product="card_tw_2005", day=DAY))
    new = [accounts.New(f"B{i}", i + 1, 10**9) for i in range(ACCOUNTS)]
    for account in accounts.open_many(product="card_tw_2005", terms_id=terms, on=DAY, new=new):
        purchases.post(account=account, amount_minor=10**8, on=DAY, key=f"buy:{account}")
    with connections["owner"].cursor() as cursor:
        cursor.execute(BARE.format(app=connections["default"].settings_dict["USER"]))
        cursor.execute("VACUUM ANALYZE")


def payments(chance: Random, name: str) -> Callable[[int], None]:
    """One payment after the other, as a door would receive them."""
    from duecourse.servicing import payments

    def pay(i: int) -> None:
        payments.receive(account=chance.randint(1, ACCOUNTS), amount_minor=100, received_on=DAY, key=f"{name}:{i}")

    return pay


def bare(chance: Random, name: str) -> Callable[[int], None]:
    """One bare transaction after the other."""
    import psycopg
    from django.db import connection

    connection.ensure_connection()
    ours = ("cursor_factory", "context", "prepare_threshold")
    plain = psycopg.connect(**{k: v for k, v in connection.get_connection_params().items() if k not in ours})
    update = "UPDATE bare_balance SET unbilled = unbilled - 1, credit = %s WHERE account_id = %s"
    entry = (
        "INSERT INTO bare_entry (account_id, product_id, kind, effective_day, booked_day, currency, bearing_interest, "
        "bearing_penalty, principal, cash) VALUES (%s, 1, 4, %s, %s, 'TWD', 0, 0, %s, %s) RETURNING id"
    )
    request = "INSERT INTO bare_request (key, body, entry_id) VALUES (%s, %s, %s)"

    def pay(i: int) -> None:
        account = chance.randint(1, ACCOUNTS)
        with plain.transaction(), plain.cursor() as cursor:
            cursor.execute(update, [0, account])
            cursor.execute(entry, [account, DAY, DAY, -100, 100])
            row = cursor.fetchone()
            assert row
            cursor.execute(request, [f"{name}:{i}", bytes(32), row[0]])

    return pay


WORKS = {"payments": payments, "bare": bare}


def client(name: str, seed: int, start: Barrier, done: Any) -> None:
    """One client: in turns each work, for some seconds, beginning together with the others; tells how much was done."""
    import django

    django.setup()
    pay = {work: make(Random(seed), f"{work}:{name}") for work, make in WORKS.items()}
    for work in WORKS:
        for i in range(100):
            pay[work](-1 - i)
    count = 0
    for turn in range(ROUNDS):
        for work in WORKS:
            start.wait()
            begun, end = count, time.perf_counter() + SECONDS
            while time.perf_counter() < end:
                pay[work](count)
                count += 1
            done.put((turn, work, count - begun))


def measured(clients: int) -> dict[str, list[float]]:
    """Committed payments a second of so many clients together, by work and turn."""
    context = get_context("spawn")
    start, done = context.Barrier(clients), context.Queue()
    running = [
        context.Process(target=client, args=(f"{clients}:{i}", 100 * clients + i, start, done)) for i in range(clients)
    ]
    for process in running:
        process.start()
    found = {work: [0.0] * ROUNDS for work in WORKS}
    for _ in range(clients * ROUNDS * len(WORKS)):
        turn, work, count = done.get(timeout=300)
        found[work][turn] += count / SECONDS
    for process in running:
        process.join()
    return found


def main() -> None:
    with scratch.database():
        import django

        django.setup()
        prepare()
        for clients in (1, 4):
            found = measured(clients)
            ours, yardstick = statistics.median(found["payments"]), statistics.median(found["bare"])
            ratio = statistics.median(a / b for a, b in zip(found["payments"], found["bare"], strict=True))
            print(
                f"{clients} client{'s' * (clients > 1)}: {ours:,.0f} payments/s, bare {yardstick:,.0f}/s, "
                f"ratio {ratio:.2f} (aim 0.50)"
            )


if __name__ == "__main__":
    main()
