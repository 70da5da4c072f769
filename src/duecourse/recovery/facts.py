"""What a strategy may look at: the facts of persons at the close of a sealed day, as they were known on that day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from duecourse.book import read
from duecourse.kernel.columns import OWED
from duecourse.ledger.bulk import arrow
from duecourse.rules import lender
from duecourse.rules.read import product as of_code

from .fact_names import OF_BLOCKS

BLOCKS = """
SELECT b.borrower_id, b.kind FROM outreach_blocks(0, 9223372036854775807, timestamptz '{at}') b
WHERE b.since <= timestamptz '{at}' AND b.channel = '' AND b.purpose IN ('', 'collection')
UNION SELECT a.borrower_id, 'arrangement' FROM outreach_arranged(0, 9223372036854775807, timestamptz '{at}') a
UNION SELECT d.borrower_id, 'dispute' FROM outreach_disputed(0, 9223372036854775807) d
"""
CONTACTS = """
SELECT borrower_id, count(*) FROM (
    SELECT borrower_id, at FROM borrowers_contact_decision WHERE allowed UNION ALL
    SELECT borrower_id, at FROM borrowers_contact_breach) c
WHERE at > timestamptz '{week}' AND at <= timestamptz '{at}' GROUP BY borrower_id
"""


class Facts(NamedTuple):
    """The facts of a day: for each person, by name, what the book and the blocks say; and the currency of amounts."""

    person: int
    currency: str
    told: dict[str, Any]


def end_of(day: date) -> datetime:
    """The instant at which the lender's day is over."""
    zone = lender.clock(on=day).zone
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def of_day(day: date, *, also: Sequence[int] = ()) -> list[Facts]:
    """The facts of everybody with something past due or charged off at the close of a sealed day, and of some others.

    Blocks are those that stood at the end of the day by what is recorded now; arrangements and disputes as they stand.
    """
    names = [
        "account_id",
        "days_past_due",
        "past_due_minor",
        "charged_off",
        *OWED,
        "interest_to_date",
        "penalty_to_date",
    ]
    book = read.columns(day, names, known_on=day)
    owners = arrow(
        "SELECT a.id, a.borrower_id, p.currency, p.code FROM servicing_account a "
        "JOIN ledger_product p ON p.id = a.product_id ORDER BY a.id"
    )
    ids = book.column("account_id").to_numpy()
    at = np.searchsorted(owners.column("id").to_numpy(), ids)
    person = owners.column("borrower_id").to_numpy()[at]
    late = book.column("days_past_due").to_numpy()
    off = book.column("charged_off").to_numpy()
    wanted = np.isin(person, np.union1d(person[(late > 0) | (off > 0)], np.array(also, dtype=np.int64)))
    owed = sum(book.column(name).to_numpy() for name in (*OWED, "interest_to_date", "penalty_to_date"))
    rows: dict[int, list[tuple[int, ...]]] = {}
    columns = (person, late, book.column("past_due_minor").to_numpy(), owed, off, at)
    for one in np.flatnonzero(wanted).tolist():
        rows.setdefault(int(person[one]), []).append(tuple(int(column[one]) for column in columns[1:]))
    if not rows:
        return []
    currency, product = (owners.column(name).to_pylist() for name in ("currency", "code"))
    standing, contacts, places = beside(day, sorted(rows))
    found = []
    for who in sorted(rows):
        worst = max(rows[who], key=lambda row: (row[0], row[3], row[1]))
        money = currency[worst[4]]
        own = [row for row in rows[who] if currency[row[4]] == money]
        told = {
            "days_past_due": worst[0],
            "past_due_minor": sum(row[1] for row in own),
            "owed_minor": sum(row[2] for row in own),
            "accounts": len(rows[who]),
            "accounts_late": sum(row[0] > 0 for row in rows[who]),
            "charged_off_minor": sum(row[3] for row in own),
            "kind": of_code(product[worst[4]]).kind,
            "place": places.get(who, ""),
            **{name: (who, kind) in standing for name, kind in OF_BLOCKS.items()},
            "contacts_in_week": contacts.get(who, 0),
        }
        found.append(Facts(who, money, told))
    return found


def beside(day: date, people: Sequence[int]) -> tuple[set[tuple[int, str]], dict[int, int], dict[int, str]]:
    """What stood against contact, how many contacts there were in a week, and where people live."""
    at = end_of(day)
    told = {"at": at.isoformat(), "week": (at - timedelta(days=7)).isoformat()}
    with connection.cursor() as cursor:
        cursor.execute(BLOCKS.format(**told))
        standing = {(who, kind) for who, kind in cursor.fetchall()}
        cursor.execute(CONTACTS.format(**told))
        contacts = dict(cursor.fetchall())
        cursor.execute(
            "SELECT DISTINCT ON (borrower_id) borrower_id, place FROM borrowers_residence WHERE borrower_id = ANY(%s) "
            "ORDER BY borrower_id, id DESC",
            [list(people)],
        )
        places = dict(cursor.fetchall())
    return standing, contacts, places
