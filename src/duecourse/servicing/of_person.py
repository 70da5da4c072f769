"""All accounts of one person: where each stands, and what happened to the money on any of them. One query for each."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from duecourse.kernel.columns import FIELDS, account_from
from duecourse.ledger import chart
from duecourse.ledger.balances import SHARD_SIZE

from . import agreed, in_force
from .account_standing import NextDue, Standing, figures_of, next_due, open_dues, standing
from .in_force import Agreed, Deed

NEWEST = 40
"""How many entries and acts of each account are looked at for the newest of the person."""
ACCOUNTS = (
    "SELECT a.id, a.number, p.code, p.currency, p.exponent, a.opened_on, s.open_day, b.terms_id, b.dues, "
    + ", ".join(f'b."{field}"' for field in FIELDS)
    + " FROM servicing_account a JOIN ledger_product p ON p.id = a.product_id "
    "JOIN ledger_balance b ON b.account_id = a.id "
    f"JOIN ledger_shard s ON s.shard = a.id / {SHARD_SIZE} WHERE a.borrower_id = %s ORDER BY a.id"
)
OWED = " + ".join(f"coalesce(e.{name}, 0)" for name in ("principal", "interest", "fee", "penalty"))
MOVED = f"""
SELECT e.id, e.account_id, e.kind, e.effective_day, e.booked_day, {OWED} + coalesce(e.credit, 0), e.reverses,
    EXISTS (SELECT FROM ledger_entry r WHERE r.account_id = e.account_id AND r.reverses = e.id)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS a (id, place), LATERAL (SELECT * FROM ledger_entry
    WHERE account_id = a.id AND {chart.OF_BORROWER} ORDER BY id DESC LIMIT %s) e
ORDER BY e.effective_day DESC, e.id DESC LIMIT %s
"""
ACTS = """
SELECT row_to_json(t), t.account_id, s.open_day,
    (SELECT u.id FROM servicing_act u WHERE u.account_id = t.account_id AND u.undoes = t.id LIMIT 1)
FROM unnest(%s::bigint[]) AS a (id), LATERAL (SELECT * FROM servicing_act
    WHERE account_id = a.id AND kind <> ALL(%s) ORDER BY id DESC LIMIT %s) t, ledger_shard s
WHERE s.shard = a.id / %s ORDER BY t.effective_day DESC, t.id DESC LIMIT %s
"""

ARRANGED = (
    f"SELECT a.id, s.open_day, {in_force.ARRANGEMENTS} FROM servicing_account a "
    "JOIN ledger_shard s ON s.shard = a.id / %s WHERE a.id = ANY(%s) ORDER BY a.id"
)


class Held(NamedTuple):
    """An account of the person, as its page tells it in short. Amounts in minor units of `currency`."""

    id: int
    number: str
    product: str
    currency: str
    exponent: int
    opened_on: date
    open_day: date
    is_loan: bool
    figures: dict[str, int]
    standing: Standing
    next_due: NextDue | None


class Moved(NamedTuple):
    """An entry of one of the accounts: by how much it changed what is owed, less credit; whether it was taken back."""

    id: int
    account: int
    kind: int
    effective_day: date
    booked_day: date
    owed_minor: int
    reverses: int | None
    is_undone: bool


def accounts(*, person: int) -> list[Held]:
    """A person's accounts in the order in which they were opened."""
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, [person])
        rows = cursor.fetchall()
    return [held_from(row) for row in rows]


def held_from(row: Sequence[Any]) -> Held:
    """An account from its row."""
    account, number, product, currency, exponent, opened_on, open_day, terms_id, dues, *numbers = row
    is_loan = agreed.is_loan(terms_id)
    told = agreed.loan(terms_id) if is_loan else agreed.of(terms_id)
    closed, held = open_day - timedelta(days=1), account_from(numbers)
    stands, coming = standing(held, dues, told, closed), next_due(open_dues(dues, told, closed))
    about = (account, number, product, currency, exponent, opened_on, open_day, is_loan)
    return Held(*about, figures_of(held), stands, coming)


def moved(*, accounts: Sequence[int], most: int = NEWEST) -> list[Moved]:
    """The newest entries of these accounts, the newest effective day first."""
    with connection.cursor() as cursor:
        cursor.execute(MOVED, [list(accounts), most, most])
        return [Moved._make(row) for row in cursor.fetchall()]


def done(*, accounts: Sequence[int], most: int = NEWEST) -> list[tuple[int, Deed]]:
    """The newest acts on these accounts, each with its account, the newest day first."""
    with connection.cursor() as cursor:
        cursor.execute(ACTS, [list(accounts), list(in_force.LEFT_OUT), most, SHARD_SIZE, most])
        rows = cursor.fetchall()
    return [
        (account, in_force.deed_from(in_force.loaded(row), undone_by, open_day))
        for row, account, open_day, undone_by in rows
    ]


def arranged(*, accounts: Sequence[int]) -> list[tuple[int, Agreed]]:
    """The arrangements of these accounts, each with its account and what became of it."""
    with connection.cursor() as cursor:
        cursor.execute(ARRANGED, [SHARD_SIZE, list(accounts)])
        rows = cursor.fetchall()
    return [
        (account, in_force.arrangement_from(one, open_day))
        for account, open_day, told in rows
        for one in in_force.loaded(told)
    ]
