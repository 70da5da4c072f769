"""Runs a book in forked children, so that a test can kill them: a line on stdin starts one, its pid and end come back.

The book's days are worked as intake works them: post what belongs to the open day under fixed keys, close it, go on.
"""

import os
import sys
from datetime import date, timedelta
from random import Random

ACCOUNTS, DAYS = 300, 31
FIRST = date(2024, 1, 10)


def days_acts(offset: int) -> list[tuple[int, int, int]]:
    """Account (from 0), kind and amount of what happens on a day: about a sixth of the accounts buy or pay."""
    chance = Random(offset)
    busy = chance.sample(range(ACCOUNTS), 50)
    return [(i, chance.choice((1, 1, 4)), chance.randrange(100, 90_000)) for i in busy]


def late_payment(offset: int) -> tuple[int, int, date] | None:
    """Account, amount and day of a payment that comes late, every fourth day from the tenth on."""
    if offset < 10 or offset % 4:
        return None
    chance = Random(-offset)
    return chance.randrange(ACCOUNTS), chance.randrange(100, 9_000), FIRST + timedelta(days=offset - 3 - offset % 5)


def work() -> None:
    """Take the book from its open day to the end."""
    import numpy as np
    from django.db import connection

    from duecourse.book import close
    from duecourse.servicing import batch, payments

    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM servicing_account ORDER BY id")
        ids = np.array([row[0] for row in cursor.fetchall()])
    while (day := open_day()) < FIRST + timedelta(days=DAYS):
        offset = (day - FIRST).days
        who, kinds, amounts = (np.array(column) for column in zip(*days_acts(offset), strict=True))
        keys = np.array([f"{offset:020d}{i:020d}".encode() for i in who], dtype="S40")
        batch.post(entries=batch.Entries(ids[who], kinds, amounts, keys), on=day)
        late = late_payment(offset)
        if late is not None:
            account, amount, on = int(ids[late[0]]), late[1], late[2]
            payments.receive(account=account, amount_minor=amount, received_on=on, key=f"late {offset}")
        close.through(day)
    close.through(FIRST + timedelta(days=DAYS - 1))


def open_day() -> date:
    """The earliest open day of any shard."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT min(open_day) FROM ledger_shard")
        return cursor.fetchone()[0]


def main() -> None:
    import django

    django.setup()
    from django.db import connections

    from duecourse.book import close, read  # noqa: F401
    from duecourse.servicing import batch, payments  # noqa: F401

    connections["default"].settings_dict["NAME"] = sys.argv[1]
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            work()
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
