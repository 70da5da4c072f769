"""What the ledger knows of a file's payments: their accounts, their currencies, and which were posted before.

All of a file's rows are asked for at once: long texts are bound as one value, and answers come as arrays.
"""

from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pyarrow as pa
from django.db import connection

from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import balances, chart
from duecourse.ledger.tables import Product
from duecourse.rules import read as rules
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import acts, batch

from . import payments_file
from .files import BadRow
from .payments_file import ONE, Incoming, Payments


class Known(NamedTuple):
    """Payments with what the ledger knows of them: account ids, minor units, keys, products, open days by shard."""

    payments: Payments
    ids: Any
    minor: Any
    keys: Any
    products: Any
    open_days: Any

    def take(self, mask: Any) -> "Known":
        """The payments for which the mask is true."""
        return Known(self.payments.take(mask), *(one[mask] for one in self[1:]))


class Before(NamedTuple):
    """Which payments a request key answered before: this file's own, those that came earlier, those that differ."""

    own: Any
    earlier: Any
    other: Any


def with_accounts(incoming: Incoming) -> tuple[Known, list[BadRow]]:
    """Find the accounts, turn amounts into minor units, and set aside the rows that no account can take."""
    found = incoming.payments
    ids, products = contracts_of(found.accounts)
    currencies, exponents = products_by_id()
    said = np.array(found.currencies.fill_null("").to_pylist(), dtype=object)
    factor = np.where(incoming.in_minor, 1, ONE // 10 ** exponents[products])
    open_days = open_day_of(ids // balances.SHARD_SIZE)
    amount = "amount_minor" if incoming.in_minor else "amount"
    sieve = payments_file.Sieve(found.rows, lambda i: reference_of(found, i))
    sieve.reject(ids == 0, "account", "no_such_account", lambda i: f"there is no account {found.accounts[i].as_py()}")
    sieve.reject(
        (said != "") & (said != currencies[products]),
        "currency",
        "wrong_currency",
        lambda i: f"{said[i]}, but the account's is {currencies[products[i]]}",
    )
    sieve.reject(
        found.amounts % factor != 0,
        amount,
        "below_exponent",
        lambda i: (
            f"{Decimal(int(found.amounts[i])) / ONE}: {currencies[products[i]]} has {exponents[products[i]]} decimals"
        ),
    )
    minor = found.amounts // factor
    sieve.reject(minor > AMOUNT_MAX, amount, "amount_too_large", lambda i: f"above {AMOUNT_MAX:,} in minor")
    sieve.reject(
        found.days > open_days,
        "received_on",
        "after_open_day",
        lambda i: f"{to_date(int(found.days[i]))} is after the open day {to_date(int(open_days[i]))}",
    )
    known = Known(found, ids, minor, found.keys, products, open_days)
    return known.take(sieve.good), [*incoming.bad, *sieve.bad]


def reference_of(found: Payments, i: int) -> str:
    """What a quarantined row is known by: its channel and its reference."""
    return f"{found.channels[i]}:{found.references[i].as_py()}"


def bad_row(known: Known, i: int, field: str, code: str, reason: str) -> BadRow:
    """A row that the ledger refuses."""
    return BadRow(int(known.payments.rows[i]), field, code, reason, reference_of(known.payments, i))


def bound(sql: str, values: list[Any]) -> Any:
    """The one row of a question whose long values are bound and whose long answers come in binary form."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return psycopg.RawCursor(connection.connection).execute(sql, values, binary=True).fetchone()


def contracts_of(numbers: pa.Array) -> tuple[Any, Any]:
    """The account id and the product of each account number; 0 where there is no such account."""
    coded = numbers.dictionary_encode()
    row = bound(
        "SELECT array_agg(coalesce(a.id, 0) ORDER BY n.place), array_agg(coalesce(a.product_id, 0) ORDER BY n.place) "
        "FROM unnest(string_to_array($1, E'\\x1f')) WITH ORDINALITY n (number, place) "
        "LEFT JOIN servicing_account a ON a.number = n.number",
        ["\x1f".join(coded.dictionary.to_pylist())],
    )
    places = coded.indices.to_numpy()
    ids, products = (np.array(column or [], dtype=np.int64) for column in row)
    return ids[places], products[places]


def products_by_id() -> tuple[Any, Any]:
    """The currency and the exponent of each product, by its id."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, currency, exponent FROM ledger_product")
        rows = cursor.fetchall()
    size = max((row[0] for row in rows), default=0) + 1
    currencies, exponents = np.full(size, "", dtype=object), np.zeros(size, dtype=np.int64)
    for product_id, currency, exponent in rows:
        currencies[product_id], exponents[product_id] = currency, exponent
    return currencies, exponents


def loan_products() -> list[int]:
    """The products that are loans."""
    return [row.id for row in Product.objects.all() if rules.product(row.code).kind == "loan"]


def open_day_of(shards: Any) -> Any:
    """The open day of each of these shards, as day numbers; 0 for one without accounts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT shard, open_day FROM ledger_shard")
        days = {shard: day_number(day) for shard, day in cursor.fetchall()}
    distinct, group = np.unique(shards, return_inverse=True)
    return np.array([days.get(int(shard), 0) for shard in distinct], dtype=np.int64)[group]


def asked_before(known: Known, entry_mark: int) -> Before:
    """What the ledger knows by the payments' keys: entries above the mark are this file's own, from an earlier run."""
    size = len(known.ids)
    own, earlier, other = (np.zeros(size, dtype=bool) for _ in range(3))
    row = bound(
        "SELECT array_agg(n.place ORDER BY n.place), string_agg(r.body, '' ORDER BY n.place), "
        "array_agg(r.entry_id ORDER BY n.place) "
        "FROM unnest(string_to_array($1, E'\\x1f')) WITH ORDINALITY n (key, place) "
        "JOIN ledger_request r ON r.key = n.key",
        [b"\x1f".join(known.keys.tolist()).decode()],
    )
    if row[0] is None:
        return Before(own, earlier, other)
    places = np.array(row[0], dtype=np.int64) - 1
    told = np.frombuffer(row[1], dtype="V32")
    wanted = bodies(known, places)
    for i in np.flatnonzero(told != wanted).tolist():
        place = int(places[i])
        other[place] = told[i].tobytes() != act_of(known, place).body
    own[places] = np.array(row[2], dtype=np.int64) > entry_mark
    earlier[places] = ~own[places]
    return Before(own & ~other, earlier & ~other, other)


def bodies(known: Known, places: Any) -> Any:
    """What the keys of payments that were posted in bulk stand for."""
    entries = batch.Entries(known.ids, np.full(len(known.ids), chart.PAYMENT), known.minor, known.keys)
    return batch.bodies(entries, places, known.payments.days[places])


def act_of(known: Known, i: int) -> acts.Act:
    """A payment as the single path is asked for it."""
    return acts.Act(
        int(known.ids[i]),
        chart.PAYMENT,
        int(known.minor[i]),
        to_date(int(known.payments.days[i])),
        known.keys[i].decode(),
        int(known.payments.channels[i]),
    )
