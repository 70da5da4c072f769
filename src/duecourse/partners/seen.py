"""Which accounts a key sees: the lender's own every one; a party's those that it owns or funds on the open day."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import NoSuchAccount
from duecourse.servicing import agreed, ownership, parties

from .keys import Holder


class Seen(NamedTuple):
    """An account that the holder of a key may see."""

    id: int
    number: str
    borrower_id: int
    product: str
    currency: str
    exponent: int
    is_loan: bool
    opened_on: date
    open_day: date


COLUMNS = (
    "SELECT a.id, a.number, a.borrower_id, p.code, p.currency, p.exponent, a.terms_id, a.opened_on, s.open_day "
    "FROM servicing_account a JOIN ledger_product p ON p.id = a.product_id "
    f"JOIN ledger_shard s ON s.shard = a.id / {SHARD_SIZE} "
)
FUNDED = (
    "%(party)s = ANY((SELECT f.parties FROM servicing_funding f WHERE f.account_id = a.id "
    "AND f.from_day <= s.open_day ORDER BY f.from_day DESC, f.id DESC LIMIT 1)::smallint[])"
)
"""Whether a party funds a share of the account on its open day, by the agreement that holds then."""
LISTED = COLUMNS + (
    "WHERE a.id > %(after)s AND (%(product)s = '' OR p.code = %(product)s) "
    f"AND (%(party)s = 0 OR a.id = ANY(%(owned)s::bigint[]) OR {FUNDED}) ORDER BY a.id LIMIT %(limit)s"
)
ONE = COLUMNS + f"WHERE a.number = %(number)s AND (%(party)s = 0 OR a.id = ANY(%(owned)s::bigint[]) OR {FUNDED})"


def account(*, holder: Holder, number: str) -> Seen:
    """The account with a number; one that the key may not see is refused in the same words as one that there is not."""
    rows = [] if "\0" in number else asked(ONE, holder, number=number)
    if not rows:
        raise NoSuchAccount(f"there is no account {number}")
    return rows[0]


def accounts(*, holder: Holder, after: int, limit: int, product: str = "") -> list[Seen]:
    """The accounts that a key sees whose id is above `after`, in order of id; of one product where it is named."""
    return asked(LISTED, holder, after=after, limit=limit, product=product)


def party(*, holder: Holder, code: str) -> str:
    """The code of a party whose shares the key may see; for a party's key any other is as one that there is not."""
    if holder.party and code != holder.partner:
        raise parties.UnknownParty(f"no party {code} was introduced")
    return code


AMONG = (
    f"SELECT a.id FROM servicing_account a JOIN ledger_shard s ON s.shard = a.id / {SHARD_SIZE} "
    f"WHERE a.id = ANY(%(ids)s::bigint[]) AND (a.id = ANY(%(owned)s::bigint[]) OR {FUNDED})"
)


def among(*, partner: str, accounts: Collection[int]) -> frozenset[int]:
    """Those of some accounts that a partner may see now."""
    (party,) = parties.ids_of([partner])
    if not party or not accounts:
        return frozenset(accounts)
    with connection.cursor() as cursor:
        cursor.execute(AMONG, {"ids": list(accounts), "owned": owned(party), "party": party})
        return frozenset(row[0] for row in cursor.fetchall())


def asked(sql: str, holder: Holder, **told: object) -> list[Seen]:
    """The rows of a query about accounts, for a key."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"party": holder.party, "owned": owned(holder.party), **told})
        rows = cursor.fetchall()
    return [Seen._make((*row[:6], agreed.is_loan(row[6]), *row[7:])) for row in rows]


def owned(party: int) -> list[int]:
    """The accounts that a party owns on their open days; none are asked for of the lender."""
    if not party:
        return []
    among = f"account_id IN (SELECT account_id FROM servicing_sale WHERE party_id = {int(party)})"
    with connection.cursor() as cursor:
        cursor.execute("SELECT shard, open_day FROM ledger_shard")
        days = dict(cursor.fetchall())
        sold = ownership.asked_among(cursor, among)
    return [
        account
        for account, history in sold.items()
        if ownership.owner_on(history, days[account // SHARD_SIZE]) == party
    ]
