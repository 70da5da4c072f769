"""What keeps an account from being charged off or closed: disputes, arrangements, promises, and the like."""

from collections.abc import Collection
from datetime import date

from django.db import connection

from .facts import end_of

STANDS = """
SELECT a.id, b.kind FROM outreach_blocks(%(first)s, %(last)s, %(at)s) b
JOIN servicing_account a ON a.borrower_id = b.borrower_id AND (b.account_id IS NULL OR b.account_id = a.id)
WHERE b.since <= %(at)s AND b.kind = ANY(%(kinds)s)
UNION SELECT account_id, 'arrangement' FROM outreach_arranged(%(first)s, %(last)s, %(at)s)
WHERE 'arrangement' = ANY(%(kinds)s)
UNION SELECT account_id, 'dispute' FROM outreach_disputed(%(first)s, %(last)s) WHERE 'dispute' = ANY(%(kinds)s)
ORDER BY 1, 2
"""
EVERYBODY = (0, 2**63 - 1)


def by_account(*, kinds: Collection[str], day: date, people: tuple[int, int] = EVERYBODY) -> dict[int, list[str]]:
    """What of these kinds stands about accounts of a range of people at the end of a day, by account."""
    told = {"first": people[0], "last": people[1], "at": end_of(day), "kinds": list(kinds)}
    found: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(STANDS, told)
        for account, kind in cursor.fetchall():
            found.setdefault(account, []).append(kind)
    return found


def of_account(*, account: int, kinds: Collection[str], day: date) -> list[str]:
    """The same of one account."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT borrower_id FROM servicing_account WHERE id = %s", [account])
        person = cursor.fetchone()[0]
    return by_account(kinds=kinds, day=day, people=(person, person)).get(account, [])
