"""Accounts that a close set aside and that have not returned, for a page."""

from datetime import date
from typing import NamedTuple

from django.db import connection


class Aside(NamedTuple):
    """An account that was left unposted since a day, with its fault."""

    account: str
    since: date
    message: str


def waiting() -> list[Aside]:
    """The accounts set aside, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.number, s.day, s.message FROM book_set_aside s JOIN servicing_account a ON a.id = s.account_id "
            "WHERE s.returned_on IS NULL ORDER BY s.day, a.number"
        )
        return [Aside._make(row) for row in cursor.fetchall()]
