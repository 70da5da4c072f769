"""What may be asked of the journal: its entries in a safe order, by readers that keep bookmarks; debits and credits.

An entry with a lower id can become visible later than one with a higher id, so a reader that keeps an id would lose
entries. Readers go by transaction: they see entries of transactions older than every one that is still running, in the
order (transaction, id), and keep the last such pair.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from .chart import COLUMNS, OF_BORROWER
from .tables import Product

WINDOW = 4_096
"""How many transactions are looked through at first; doubled until there are entries enough."""
NUMBER = "(xid::text)::bigint"
"""A transaction's number, written as in the index `ledger_entry_read`."""


def exponents() -> dict[str, int]:
    """How many decimals each currency of the book's products has."""
    return dict(Product.objects.order_by("id").values_list("currency", "exponent"))


class Written(NamedTuple):
    """An entry as a reader gets it: where it stands, what it says, and the control accounts that it touches."""

    xid: int
    id: int
    account_id: int | None
    product_id: int | None
    kind: int
    effective_day: date
    booked_day: date
    run_id: int | None
    reverses: int | None
    stands_for: int | None
    owner: int
    channel: int
    currency: str
    recorded_at: datetime
    amounts: dict[str, int]


class Posting(NamedTuple):
    """One debit (above zero) or credit (below) of an account."""

    entry_id: int
    kind: int
    effective_day: date
    booked_day: date
    currency: str
    control: str
    amount_minor: int


HEAD = (
    f"{NUMBER}, id, account_id, product_id, kind, effective_day, booked_day, run_id, reverses, stands_for, owner, "
    "channel, currency, recorded_at"
)


def last_id(cursor: CursorWrapper) -> int:
    """The last entry id given out; a sequence that was never used stands at 1 without having given it."""
    cursor.execute("SELECT last_value - (NOT is_called)::int FROM ledger_entry_id_seq")
    return int(cursor.fetchone()[0])


def entries_since(*, reader: str, limit: int) -> list[Written]:
    """Up to `limit` entries that this reader has not passed, in a safe order; `advance` keeps how far it has come.

    Inside a transaction that also advances, readers of the same name take turns.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {NUMBER}, entry_id FROM ledger_bookmark WHERE reader = %s"
            + (" FOR UPDATE" if connection.in_atomic_block else ""),
            [reader],
        )
        xid, entry_id = cursor.fetchone() or (0, 0)
        return after(cursor, xid, entry_id, limit)


def after(cursor: CursorWrapper, xid: int, entry_id: int, limit: int) -> list[Written]:
    """Entries after a place, looked for in growing windows of transactions: no read sorts a whole backlog."""
    cursor.execute(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, "
        f"(SELECT {NUMBER} FROM ledger_entry ORDER BY id LIMIT 1)"
    )
    safe, first = cursor.fetchone()
    start, window = (xid, WINDOW) if xid or first is None else (0, first + 1)
    found: list[Written] = []
    while start < safe and len(found) < limit:
        stop = min(start + window, safe)
        cursor.execute(
            f"SELECT {HEAD}, {', '.join(COLUMNS)} FROM ledger_entry "
            f"WHERE {NUMBER} >= %s AND {NUMBER} < %s AND ({NUMBER}, id) > (%s, %s) ORDER BY {NUMBER}, id LIMIT %s",
            [start, stop, xid, entry_id, limit - len(found)],
        )
        found += [written(row) for row in cursor.fetchall()]
        start, window = stop, max(WINDOW, 2 * window) if start else WINDOW
    return found


def written(row: tuple[Any, ...]) -> Written:
    """A row of the query in `after`."""
    head, amounts = row[: len(Written._fields) - 1], row[len(Written._fields) - 1 :]
    touched = {name: amount for name, amount in zip(COLUMNS, amounts, strict=True) if amount is not None}
    return Written._make((*head, touched))


def entries_of(*, account: int, after: int, limit: int) -> list[Written]:
    """The entries of an account that say what its borrower owes and did, with ids above `after`, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {HEAD}, {', '.join(COLUMNS)} FROM ledger_entry WHERE account_id = %s AND id > %s "
            f"AND {OF_BORROWER} ORDER BY id LIMIT %s",
            [account, after, limit],
        )
        return [written(row) for row in cursor.fetchall()]


def advance(*, reader: str, last: Written) -> None:
    """Keep that a reader has passed everything up to and with this entry; a bookmark never goes back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_bookmark (reader, xid, entry_id) VALUES (%s, %s::text::xid8, %s) "
            "ON CONFLICT (reader) DO UPDATE SET xid = excluded.xid, entry_id = excluded.entry_id "
            "WHERE (ledger_bookmark.xid, ledger_bookmark.entry_id) < (excluded.xid, excluded.entry_id)",
            [reader, last.xid, last.id],
        )


def begin_now(cursor: CursorWrapper, *, reader: str) -> None:
    """Let a new reader begin with what is committed from now on; one that has a bookmark goes on from there."""
    cursor.execute(
        "INSERT INTO ledger_bookmark (reader, xid, entry_id) "
        "VALUES (%s, (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text::xid8, %s) "
        "ON CONFLICT (reader) DO NOTHING",
        [reader, 2**63 - 1],
    )


def postings(*, account: int) -> list[Posting]:
    """The debits and credits of an account, in the order in which they were posted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry_id, kind, effective_day, booked_day, currency, control, amount FROM ledger_posting "
            "WHERE account_id = %s ORDER BY entry_id",
            [account],
        )
        return [Posting(*row) for row in cursor.fetchall()]


def trial_balances(*, through: date | None = None) -> dict[tuple[int, str], dict[str, int]]:
    """The sums of each owner's ledger, by owner and currency, of entries booked up to a day; owner 0 is the lender.

    Each comes to zero. What one party has against another, in BETWEEN_PARTIES, comes to zero over all owners.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT owner, currency, "
            + ", ".join(f"coalesce(sum({column}), 0)" for column in COLUMNS)
            + " FROM ledger_entry WHERE %s::date IS NULL OR booked_day <= %s GROUP BY 1, 2 ORDER BY 1, 2",
            [through, through],
        )
        return {(row[0], row[1]): dict(zip(COLUMNS, map(int, row[2:]), strict=True)) for row in cursor.fetchall()}
