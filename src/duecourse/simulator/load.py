"""A large book in mid-life, straight into PostgreSQL, to load-test with.

Lives are run in memory through the kernel's lanes; what they come to is taken on by COPY, as a lender would take over a
book: what had accrued before the opening day is left behind. The opening day is closed and sealed the ordinary way.
"""

import hashlib
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.book import close
from duecourse.kernel import days, lanes
from duecourse.kernel.account import WIDTH, opened
from duecourse.kernel.columns import AT, FIELDS, MOVES, NIGHT, PRINCIPALS, Shard, account_from, fields_of
from duecourse.kernel.evening import next_event
from duecourse.ledger import balances, chart, journal
from duecourse.ledger.bulk import Column, copy, copy_columns, encode
from duecourse.ledger.journal import Group, Refused
from duecourse.rules.read import day_number
from duecourse.servicing import accounts as contracts
from duecourse.servicing import agreed

from . import margins

PRODUCT = "line_demo"
CYCLE_DAYS = 28
LIVED_DAYS = 170
SHARES = (0.29, 0.48, 0.08, 0.15)
"""Who pays in full, who the minimum, who is dormant, who has missed the last one to four minimums."""
FULL, MINIMUM, DORMANT, LATE = range(4)


class BookNotEmpty(Refused):
    code = "book_not_empty"


class Lived(NamedTuple):
    """Accounts under the same terms at the close of the eve: their state, and what bears interest from then on."""

    told: agreed.Agreed
    shard: Shard
    bearing: Any


def book_for_load(
    accounts: int, *, on: date, seed: int = 1, progress: Callable[[str, int, int], None] | None = None
) -> None:
    """Write a book of so many lines that opens on `on`, into a database that has none, and close that day."""
    tell = progress or (lambda stage, done, of: None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM servicing_account LIMIT 1) held")
        if cursor.fetchone()[0]:
            raise BookNotEmpty("a book for load goes into a database that has no accounts")
    tell("live", 0, accounts)
    offered = agreed.in_force(product=PRODUCT, day=on)
    lived = []
    for group in range(CYCLE_DAYS):
        terms_id = agreed.freeze(product=PRODUCT, agreed=offered._replace(cycle_day=group + 1))
        told = agreed.of(terms_id)
        lived.append(live(told, len(range(group, accounts, CYCLE_DAYS)), day_number(on), seed * CYCLE_DAYS + group))
    tell("write", 0, accounts)
    journal.atomically(partial(write, lived, accounts, on, seed))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE ledger_balance, ledger_agenda, ledger_entry, servicing_account")
    tell("close the opening day", 0, accounts)
    close.through(on)
    tell("close the opening day", accounts, accounts)


def live(told: agreed.Agreed, count: int, today: int, seed: int) -> Lived:
    """Half a year of lines under the same terms: purchases each month, a payment by habit, their evenings."""
    random = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    habit = random.choice(len(SHARES), count, p=SHARES)
    missed = random.integers(1, 5, count)
    deviate = random.standard_normal(count)
    limit = np.rint(np.interp(deviate, margins.DEVIATES, margins.LIMITS)).astype(np.int64) // 1_000 * 10_000
    cycle_on = days.next_cycle(today - LIVED_DAYS, told.terms.cycle_day)
    blank = np.array(fields_of(opened(cycle_on, 0, days.next_cycle(cycle_on, told.terms.cycle_day))), dtype=np.int64)
    rows = np.repeat(blank[:, None], count, axis=1)
    rows[AT["limit_minor"]] = limit
    shard = Shard(rows, np.zeros(0, dtype=np.int64), np.zeros(count + 1, dtype=np.int64))
    while cycle_on + 2 < today:
        following = days.next_cycle(cycle_on, told.terms.cycle_day)
        due_on = int(shard.rows[AT["due_on"]].max())
        months_left = (today - cycle_on) // 30
        buying = (habit != DORMANT) & ~((habit == LATE) & (missed > months_left + 1))
        who = np.flatnonzero(buying)
        share = np.where(habit == MINIMUM, 0.07, 0.10) * random.uniform(0.2, 1.8, count)
        amounts = np.maximum((limit * share).astype(np.int64), 1_000)[who]
        shard = post(told, shard, who, chart.PURCHASE, amounts, cycle_on + 2)
        if 0 < due_on < today:
            left = shard.rows[AT["statement_left"]]
            pays = (habit != LATE) | (missed <= months_left)
            amounts = np.where(habit == FULL, left, np.minimum(dues_left(shard), left)) * pays
            who = np.flatnonzero(amounts > 0)
            shard = post(told, shard, who, chart.PAYMENT, amounts[who], due_on - 1)
            shard, _ = evening(told, shard, due_on)
        if following < today:
            shard, _ = evening(told, shard, following)
        cycle_on = following
    shard = post(told, shard, np.empty(0, np.int64), chart.PAYMENT, np.empty(0, np.int64), today)
    for name in ("accrued_interest", "accrued_penalty", "interest_carry", "penalty_carry"):
        shard.rows[AT[name]] = 0
    return Lived(told, shard, evening(told, shard, today)[1][:2])


def dues_left(shard: Shard) -> Any:
    """What is left of all open dues of each account."""
    dues = shard.dues.reshape(-1, WIDTH)
    total = np.concatenate([[0], np.cumsum(dues[:, 1:5].sum(axis=1))])
    return total[shard.offsets[1:] // WIDTH] - total[shard.offsets[:-1] // WIDTH]


def post(told: agreed.Agreed, shard: Shard, who: Any, kind: int, amounts: Any, on: int) -> Shard:
    """One entry for each of these accounts, through the lane."""
    count = shard.rows.shape[1]
    rows, dues = np.empty_like(shard.rows), np.empty(len(shard.dues) + WIDTH * count, np.int64)
    counts, moves = np.empty(count, np.int64), np.empty((len(MOVES), len(who)), np.int64)
    lanes.post_lane(
        on, told.terms, who.astype(np.int64), np.full(len(who), kind), amounts, *shard, rows, dues, counts, moves
    )
    return lanes.packed(shard, rows, dues, counts)


def evening(told: agreed.Agreed, shard: Shard, on: int) -> tuple[Shard, Any]:
    """The evening of all these accounts, and the bases that the lane tells of."""
    count = shard.rows.shape[1]
    rows, dues = np.empty_like(shard.rows), np.empty(len(shard.dues) + WIDTH * count, np.int64)
    counts, night, bases = (
        np.empty(count, np.int64),
        np.empty((len(NIGHT), count), np.int64),
        np.empty((5, count), np.int64),
    )
    lanes.evening_lane(on, told.terms, lanes.calendar(told.calendar), *shard, rows, dues, counts, night, bases)
    return lanes.packed(shard, rows, dues, counts), bases


def write(lived: list[Lived], accounts: int, on: date, seed: int) -> None:
    """Write contracts, balances, the agenda, the entries and states taken on; accounts in turn of cycle day."""
    order = np.argsort(np.concatenate([np.arange(g, accounts, CYCLE_DAYS) for g in range(CYCLE_DAYS)]))
    whole = balances.joined([one.shard for one in lived])
    terms = np.repeat([one.told.terms_id for one in lived], [one.shard.rows.shape[1] for one in lived])
    product_id = lived[0].told.product_id
    products = np.full(accounts, product_id, dtype=np.int64)
    rates = np.stack([[one.told.terms.rate_ppm, one.told.terms.late_rate_ppm] for one in lived])
    bearing = np.concatenate([one.bearing * rates[i][:, None] for i, one in enumerate(lived)], axis=1)[:, order]
    with connection.cursor() as cursor:
        ids = reserve(cursor, "servicing_account_id", accounts)
        book = balances.select(balances.Book(np.zeros(accounts, np.int64), products, terms, whole), order)
        book = book._replace(ids=ids)
        contracts.open_shards(cursor, sorted(set((ids // balances.SHARD_SIZE).tolist())), on)
        write_contracts(cursor, book, on, seed)
        told = {one.told.terms_id: one.told for one in lived}
        for first in range(0, accounts, balances.SHARD_SIZE):
            places = np.arange(first, min(first + balances.SHARD_SIZE, accounts))
            write_accounts(cursor, balances.select(book, places), bearing[:, places], told, day_number(on))


def reserve(cursor: CursorWrapper, sequence: str, count: int) -> Any:
    """So many numbers of a sequence, in one stretch."""
    cursor.execute(
        f"SELECT min(n), max(n) FROM (SELECT nextval('{sequence}') AS n FROM generate_series(1, %s)) drawn", [count]
    )
    first, last = cursor.fetchone()
    assert last - first + 1 == count, "simulator: somebody else draws numbers"
    return np.arange(first, last + 1, dtype=np.int64)


def write_contracts(cursor: CursorWrapper, book: balances.Book, on: date, seed: int) -> None:
    """People who are nobody, one a line, and their contracts."""
    count = len(book.ids)
    persons = reserve(cursor, "borrowers_borrower_id_seq", count)
    names = [f"load-{seed:04d}-{account:09d}".encode() for account in book.ids.tolist()]
    identities = b"".join(hashlib.sha256(name).digest() for name in names)
    columns = [Column("id", "int8", persons), Column("identity", "char", np.frombuffer(identities, dtype="V32"))]
    copy_columns(cursor, "borrowers_borrower", columns, count)
    columns = [
        Column("id", "int8", book.ids),
        Column("number", "char", np.array(names)),
        Column("borrower_id", "int8", persons),
        Column("product_id", "int2", book.products),
        Column("terms_id", "int4", book.terms),
        Column("limit_minor", "int8", book.shard.rows[AT["limit_minor"]]),
        Column("opened_on", "date", day_number(on)),
    ]
    copy_columns(cursor, "servicing_account", columns, count)


def write_accounts(
    cursor: CursorWrapper, book: balances.Book, bearing: Any, told: dict[int, agreed.Agreed], today: int
) -> None:
    """The balance rows of some accounts, the states they begin with, their agenda, and what they owe as entries."""
    held, openings = [], []
    lengths = np.diff(book.shard.offsets)
    for length in np.unique(lengths):
        places = np.flatnonzero(lengths == length)
        rows = book.shard.rows[:, places]
        dues = Column("dues", "int8[]", book.shard.dues[book.shard.offsets[places][:, None] + np.arange(length)])
        account = Column("account_id", "int8", book.ids[places])
        numbers = [Column(field, "int8", rows[i]) for i, field in enumerate(FIELDS)]
        terms = [Column("product_id", "int2", book.products[places]), Column("terms_id", "int4", book.terms[places])]
        held.append(encode([account, *terms, *numbers, dues], len(places)))
        openings.append(encode([account, Column("fields", "int8[]", np.ascontiguousarray(rows.T)), dues], len(places)))
    copy(cursor, "ledger_balance", ("account_id", "product_id", "terms_id", *FIELDS, "dues"), held)
    copy(cursor, "servicing_opening", ("account_id", "fields", "dues"), openings)
    coming = np.array(
        [
            next_event(account_from(row), book.shard.dues, start, count // WIDTH, told[terms].terms)
            for row, start, count, terms in zip(
                book.shard.rows.T.tolist(),
                book.shard.offsets[:-1].tolist(),
                lengths.tolist(),
                book.terms.tolist(),
                strict=True,
            )
        ]
    )
    for when in (today, coming):
        columns = [Column("day", "date", when), Column("account_id", "int8", book.ids)]
        copy_columns(cursor, "ledger_agenda", columns, len(book.ids))
    rows = book.shard.rows
    amounts = {
        "principal": rows[[AT[name] for name in PRINCIPALS]].sum(axis=0),
        "interest": rows[AT["interest"]],
        "fee": rows[AT["fee"]],
        "penalty": rows[AT["penalty"]],
        "credit": -rows[AT["credit"]],
        "suspended": -rows[AT["suspended"]],
    }
    amounts["take_on"] = -np.sum(list(amounts.values()), axis=0)
    earning = 1 - rows[AT["nonaccrual"]]
    group = Group(
        chart.TAKE_ON, today, book.ids, book.products, amounts, bearing[0] * earning, bearing[1] * earning,
        reserve(cursor, "ledger_entry_id_seq", len(book.ids)),
    )  # fmt: skip
    currencies = {one.product_id: one.product.currency for one in told.values()}
    journal.post_groups(cursor, [group], booked_day=today, run_id=None, currencies=currencies)
