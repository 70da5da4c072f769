"""What was known of an account on a day: its terms, the entries in force then, its acts."""

import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from duecourse.kernel.columns import FIELDS, account_from
from duecourse.kernel.evening import next_event
from duecourse.ledger import chart
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import NoSuchAccount
from duecourse.rules.read import day_number, to_date

from . import agreed
from .explain_tree import Node, node, summed
from .past_events import Kept
from .postings import COMPONENTS
from .refusals import AfterOpenDay, BeforeOpening, CloseBehind
from .replay import EVENTS, Line

OF_POSTINGS = {
    "owed": (COMPONENTS, 1),
    **{name: ((name,), 1) for name in COMPONENTS},
    "credit": (("credit",), -1),
    "suspended": (("suspended",), -1),
    "charged_off": (("charged_off",), -1),
}
"""The figures that postings make up: their control accounts, and the sign in which they are said."""


class Subject(NamedTuple):
    """An account as it is asked about: `on` is the day asked for, `closed` the last day of it that is closed."""

    account_id: int
    number: str
    product: str
    currency: str
    exponent: int
    opened_on: date
    terms_id: int
    first_terms_id: int
    on: date
    closed: date

    @property
    def shown(self) -> dict[str, Any]:
        """What the words of every figure of it need to know."""
        return {
            "account": self.number,
            "currency": self.currency,
            "exponent": self.exponent,
            "on": self.on,
            "closed": self.closed,
        }


class Posted(NamedTuple):
    """An entry in force, and the day on which it was booked."""

    kept: Kept
    booked_day: date


def open_day(number: str) -> date:
    """The open day of the account with a number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.open_day FROM servicing_account a JOIN ledger_shard s ON s.shard = a.id / %s WHERE a.number = %s",
            [SHARD_SIZE, number],
        )
        row = cursor.fetchone()
    if row is None:
        raise NoSuchAccount(f"there is no account {number}")
    found: date = row[0]
    return found


def find(number: str, on: date, *, ahead: bool) -> Subject:
    """The account with a number, asked about on a day; only where `ahead` may that day be still to come."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.number, p.code, p.currency, p.exponent, a.opened_on, b.terms_id, a.terms_id, s.open_day, "
            + "b.dues, "
            + ", ".join(f'b."{field}"' for field in FIELDS)
            + " FROM servicing_account a JOIN ledger_product p ON p.id = a.product_id "
            "JOIN ledger_balance b ON b.account_id = a.id JOIN ledger_shard s ON s.shard = a.id / %s "
            "WHERE a.number = %s",
            [SHARD_SIZE, number],
        )
        row = cursor.fetchone()
    if row is None:
        raise NoSuchAccount(f"there is no account {number}")
    today, dues, held = row[8], list(row[9]), account_from(row[10:])
    if on > today and not ahead:
        raise AfterOpenDay(f"account {number}: {on} is after the open day {today}")
    if on < row[5]:
        raise BeforeOpening(f"account {number}: {on} is before its opening on {row[5]}")
    if agreed.is_loan(row[6]):
        behind = held.statement_on < day_number(today) and held.day < day_number(today) - 1
    else:
        terms = agreed.of(row[6]).terms
        behind = next_event(held, dues, 0, len(dues) // 6, terms) < day_number(today)
    if behind:
        raise CloseBehind(f"account {number} is set aside, or its close is behind: its figures wait for its return")
    return Subject._make((*row[:8], on, min(on, today - timedelta(days=1))))


def posted(subject: Subject) -> list[Posted]:
    """The entries of an account that were in force on a day: effective and booked by it, and not reversed by then."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, kind, effective_day, booked_day, stands_for, channel, {', '.join(chart.COLUMNS)} "
            "FROM ledger_entry e WHERE account_id = %s AND effective_day <= %s AND booked_day <= %s "
            f"AND {chart.OF_BORROWER} AND reverses IS NULL AND NOT EXISTS "
            "(SELECT FROM ledger_entry r WHERE r.account_id = e.account_id "
            "AND r.reverses = e.id AND r.booked_day <= %s) ORDER BY effective_day, coalesce(stands_for, id), id",
            [subject.account_id, subject.on, subject.on, subject.on],
        )
        rows = cursor.fetchall()
    found = []
    for entry_id, kind, effective, booked, stands_for, channel, *amounts in rows:
        place = stands_for or (entry_id if kind in EVENTS else None)
        line = Line(kind, day_number(effective), place, tuple(amount or 0 for amount in amounts))
        found.append(Posted(Kept(entry_id, line, channel), booked))
    return found


def last_evening(subject: Subject, since: date) -> date | None:
    """The last closed day from `since` on that is on an account's agenda; None where none is.

    Asked day by day, as the agenda's index has it; whatever is on a closed day was there when it closed.
    """
    days = [since + timedelta(days=at) for at in range((subject.closed - since).days + 1)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(day) FROM ledger_agenda WHERE day = ANY(%s::date[]) AND account_id = %s",
            [days, subject.account_id],
        )
        found: date | None = cursor.fetchone()[0]
    return found


def acts(subject: Subject, kinds: Sequence[str] | None = None) -> list[tuple[Any, ...]]:
    """The acts of an account recorded by a day, as (id, kind, effective, booked, body, mark, undoes), by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind, effective_day, booked_day, body, entry_mark, undoes FROM servicing_act "
            "WHERE account_id = %s AND booked_day <= %s AND (%s::text[] IS NULL OR kind = ANY(%s)) ORDER BY id",
            [subject.account_id, subject.on, kinds and list(kinds), kinds and list(kinds)],
        )
        return [
            (*row[:4], json.loads(row[4]) if isinstance(row[4], str) else row[4], *row[5:]) for row in cursor.fetchall()
        ]


class Said(NamedTuple):
    """Who did an act of a kind on a day, and why; the arrangement whose part it is."""

    act: int
    kind: str
    on: date
    by: str
    reason: str
    arrangement: int | None


def who_and_why(subject: Subject) -> dict[int, Said]:
    """The acts that were effective and recorded by a day and not taken back by then, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kind, effective_day, by, reason, part_of FROM servicing_act a WHERE account_id = %s "
            "AND effective_day <= %s AND booked_day <= %s AND NOT EXISTS (SELECT FROM servicing_act u "
            "WHERE u.account_id = a.account_id AND u.undoes = a.id AND u.booked_day <= %s) ORDER BY id",
            [subject.account_id, subject.on, subject.on, subject.on],
        )
        return {row[0]: Said(*row) for row in cursor.fetchall()}


def by_act(told: Said | None, kind: str, on: date, amount: int = 0) -> Node:
    """What an act changed, with who did it and why, and the arrangement whose part it is."""
    numbers: dict[str, Any] = {"act": kind, "on": on, "by": told.by if told else "", "reason": ""}
    if told:
        numbers |= {"act_id": told.act, "reason": told.reason}
    if told and told.arrangement:
        return node("due_by_arrangement", amount, **numbers, arrangement=told.arrangement)
    return node("due_by_act", amount, **numbers)


def arranged(subject: Subject) -> list[Node]:
    """The arrangement under which an account was on a day, as it was known then: who agreed it, how it stood."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.id, r.agreed_on, s.state, s.on, c.by, c.reason FROM servicing_arrangement r "
            "JOIN servicing_act c ON c.id = r.id JOIN LATERAL (SELECT * FROM servicing_arrangement_state s "
            "WHERE s.arrangement_id = r.id AND s.on <= %(on)s AND s.booked_day <= %(on)s ORDER BY s.id DESC LIMIT 1) s "
            "ON true WHERE r.account_id = %(account)s AND NOT EXISTS (SELECT FROM servicing_act u "
            "WHERE u.account_id = r.account_id AND u.undoes = r.id AND u.booked_day <= %(on)s) "
            "AND s.state = ANY(%(states)s) ORDER BY r.id DESC LIMIT 1",
            {"on": subject.on, "account": subject.account_id, "states": ["agreed", "cured", "broken"]},
        )
        return [
            node("under_arrangement", 0, arrangement=number, agreed_on=on, state=state, since=since, by=by, reason=why)
            for number, on, state, since, by, why in cursor.fetchall()
        ]


def of_postings(
    subject: Subject,
    figure: str,
    found: Sequence[Posted],
    period: Callable[[int], tuple[int, int]],
    why: Callable[[Posted, str], Sequence[Node]],
    grouped: str,
) -> Node:
    """A figure as the sum of its postings by period; `period` gives the days of the one in which a day lies, `why`
    what explains a posting further."""
    columns, sign = OF_POSTINGS[figure]
    places = [chart.COLUMNS.index(name) for name in columns]
    groups: dict[tuple[int, int], list[Node]] = {}
    for one in found:
        line = one.kept.line
        amount = sign * sum(line.amounts[place] for place in places)
        moved = [name for name, place in zip(columns, places, strict=True) if line.amounts[place]]
        if not moved:
            continue
        because = [told for name in moved for told in why(one, name)]
        days = period(line.day)
        groups.setdefault(days, []).append(
            node(
                "posting", amount, because=because, kind=line.kind, entry=one.kept.id, effective=to_date(line.day),
                booked=one.booked_day,
            )
        )  # fmt: skip
    nodes = [
        summed(grouped, postings, first=to_date(days[0]), last=to_date(days[1])) for days, postings in groups.items()
    ]
    return summed(figure, nodes, **subject.shown)
