"""Which accounts there are: all, those of one person, those that are late."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection

from duecourse.ledger.balances import SHARD_SIZE

from . import read
from .read import Page

LISTED = f"""
SELECT a.number, count(*) OVER () FROM servicing_account a
JOIN ledger_balance b ON b.account_id = a.id JOIN ledger_shard s ON s.shard = a.id / {SHARD_SIZE}
WHERE (%(person)s::bigint IS NULL OR a.borrower_id = %(person)s)
  AND (NOT %(late)s OR b.dues[1] < s.open_day - 1 - date '1970-01-01')
ORDER BY a.number LIMIT %(most)s OFFSET %(after)s
"""
"""Late: the oldest open due lies before the last closed day."""


class Listed(NamedTuple):
    """Some accounts, as their pages are, and how many there are of the kind that was asked for."""

    pages: list[Page]
    all: int


def accounts(*, person_of: str | None = None, late: bool = False, most: int = 20, after: int = 0) -> Listed:
    """The accounts by number, so many after so many; of the person of an account, and of the late ones, if asked.

    Refuses an account that there is not.
    """
    person = None if person_of is None else read.borrower_of(number=person_of)
    with connection.cursor() as cursor:
        cursor.execute(LISTED, {"person": person, "late": late, "most": most, "after": after})
        rows = cursor.fetchall()
    return Listed([read.account(number=number) for number, _ in rows], rows[0][1] if rows else 0)


def numbers_of(*, borrowers: Sequence[int]) -> dict[int, list[str]]:
    """The account numbers of each of these borrowers, in the order of opening."""
    found: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT borrower_id, number FROM servicing_account WHERE borrower_id = ANY(%s) ORDER BY id",
            [list(borrowers)],
        )
        for borrower, number in cursor.fetchall():
            found.setdefault(borrower, []).append(number)
    return found


class Named(NamedTuple):
    """How an account is called and its amounts are written."""

    number: str
    currency: str
    exponent: int


def named(*, accounts: Sequence[int]) -> dict[int, Named]:
    """The numbers and currencies of these accounts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.number, p.currency, p.exponent FROM servicing_account a "
            "JOIN ledger_product p ON p.id = a.product_id WHERE a.id = ANY(%s)",
            [list(accounts)],
        )
        return {account: Named(*rest) for account, *rest in cursor.fetchall()}
