"""Small balances closed by the house's rule: found on a sealed day, given up, the line closed. Credits stay."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from duecourse.book import read
from duecourse.kernel.columns import OWED
from duecourse.ledger import chart, journal
from duecourse.ledger.bulk import arrow
from duecourse.ledger.journal import Refused
from duecourse.rules.charge_off_terms import SmallTerms, small_terms
from duecourse.rules.read import product as of_code
from duecourse.servicing import limits
from duecourse.servicing import small_balances as acts

from . import kept_open
from .charge_off_tables import SmallBalance

COLUMNS = ("account_id", "credit", "apart", *OWED, "interest_to_date", "penalty_to_date")
REASON = "a small balance, closed by the house's rule"
MOVED = (chart.PURCHASE, chart.REFUND, chart.PAYMENT, chart.DRAW, chart.CHARGEBACK, chart.RECOVERY, chart.TAKE_ON)
"""Entries of what a borrower or a merchant did: an account without them is quiet."""
LAST = """
SELECT a.id, greatest(a.opened_on, (SELECT max(e.effective_day) FROM ledger_entry e WHERE e.account_id = a.id
        AND e.kind = ANY(%s) AND e.booked_day <= %s)),
    coalesce((SELECT s.kind = 'close' FROM servicing_act s WHERE s.account_id = a.id AND s.effective_day <= %s
        AND s.kind IN ('suspend', 'close', 'restore') AND NOT EXISTS (SELECT FROM servicing_act u
            WHERE u.account_id = s.account_id AND u.undoes = s.id)
        ORDER BY s.effective_day DESC, s.id DESC LIMIT 1), false),
    (SELECT max(DATE '1970-01-01' + s.rows[i]::int) FROM (SELECT rows FROM servicing_schedule s
        WHERE s.account_id = a.id ORDER BY s.id DESC LIMIT 1) s, generate_series(2, cardinality(s.rows), 11) i)
FROM servicing_account a WHERE a.id = ANY(%s)
"""
"""Of each account the last day on which something was bought or paid, whether its line is closed, and its last due day
where it has a schedule."""


class Small(NamedTuple):
    """An account with a small balance on a day: owed with what has accrued, in minor units; why it is left as it is
    ("": it is to be closed)."""

    account: int
    number: str
    product: str
    currency: str
    owed: int
    why_not: str


class Credit(NamedTuple):
    """A small credit balance: the borrower's, and left as it is."""

    account: int
    number: str
    currency: str
    credit: int


class Found(NamedTuple):
    """The small balances of a day, and the small credits, which nobody takes."""

    small: list[Small]
    credits: list[Credit]


class Closed(NamedTuple):
    """What was closed now, by currency; how many another had closed; what was refused, by code."""

    closed: int
    given_up_minor: dict[str, int]
    again: int
    refused: dict[str, int]


def found(*, day: date) -> Found:
    """The small balances of a sealed day by the house's rule of that day, with what leaves one as it is."""
    terms = small_terms(on=day)
    book = read.columns(day, list(COLUMNS), known_on=day)
    told = {name: book.column(name).to_numpy() for name in COLUMNS}
    owed = sum(told[name] for name in (*OWED, "interest_to_date", "penalty_to_date"))
    most = max([terms.otherwise_minor, *terms.most_minor.values()])
    near = np.flatnonzero(((owed > 0) & (owed <= most)) | ((told["credit"] > 0) & (told["credit"] <= most)))
    owners = arrow(
        "SELECT a.id, a.number, p.code, p.currency FROM servicing_account a "
        "JOIN ledger_product p ON p.id = a.product_id ORDER BY a.id"
    )
    ids = told["account_id"][near]
    at = np.searchsorted(owners.column("id").to_numpy(), ids)
    number, product, currency = (owners.column(name).take(at).to_pylist() for name in ("number", "code", "currency"))
    since = last_moved(ids.tolist(), day)
    kept = kept_open.by_account(kinds=terms.kept_by, day=day) if len(ids) else {}
    small, credits = [], []
    for place, one in enumerate(near.tolist()):
        account, own = int(told["account_id"][one]), int(owed[one])
        most_here = terms.most_of(currency[place])
        if 0 < int(told["credit"][one]) <= most_here:
            credits.append(Credit(account, number[place], currency[place], int(told["credit"][one])))
        elif 0 < own <= most_here:
            why = why_not(product[place], since[account], kept.get(account, []), int(told["apart"][one]), terms, day)
            small.append(Small(account, number[place], product[place], currency[place], own, why))
    return Found(small, credits)


def last_moved(accounts: list[int], day: date) -> dict[int, tuple[date, bool, date | None]]:
    """By account: when something was bought or paid last, whether its line is closed, its last due day."""
    with connection.cursor() as cursor:
        cursor.execute(LAST, [list(MOVED), day, day, accounts])
        return {account: (moved, closed, last) for account, moved, closed, last in cursor.fetchall()}


def why_not(
    product: str, since: tuple[date, bool, date | None], kept: list[str], apart: int, terms: SmallTerms, day: date
) -> str:
    """Why a small balance is left as it is; "" where it is to be closed."""
    moved, is_closed, last_due = since
    if kept:
        return ", ".join(kept)
    if apart:
        return "disputed, held or to come"
    if of_code(product).kind == "loan":
        if last_due is not None and last_due > day:
            return f"due through {last_due}"
        moved = max(moved, last_due or moved)
    quiet = (day - moved).days
    if not is_closed and quiet < terms.quiet_days:
        return f"quiet for {quiet} of {terms.quiet_days} days"
    return ""


def close(*, day: date, by: str, progress: Callable[[int, int], None] = lambda done, of: None) -> Closed:
    """Close every small balance of a sealed day, each once and in a transaction of its own, on its open day."""
    waiting = [one for one in found(day=day).small if not one.why_not]
    closed, again, given_up, refused = 0, 0, dict[str, int](), dict[str, int]()
    for count, one in enumerate(waiting, 1):
        try:
            done = journal.atomically(lambda one=one: close_one(one, by))  # type: ignore[misc]
        except Refused as fault:
            refused[type(fault).code] = refused.get(type(fault).code, 0) + 1
        else:
            if done.again:
                again += 1
            else:
                closed += 1
                given_up[one.currency] = given_up.get(one.currency, 0) + done.amount_minor
        progress(count, len(waiting))
    return Closed(closed, given_up, again, refused)


def close_one(one: Small, by: str) -> acts.GivenUp:
    """Give one small balance up under its lock and close its line; refused where something keeps it now."""
    on = journal.lock(one.account, key="", body=b"").open_day
    terms = small_terms(on=on)
    kept = kept_open.of_account(account=one.account, kinds=terms.kept_by, day=on)
    if kept:
        raise acts.KeptOpen(f"account {one.number}: {', '.join(kept)}")
    why = why_not(one.product, last_moved([one.account], on)[one.account], [], 0, terms, on)
    if why:
        raise acts.KeptOpen(f"account {one.number}: {why}")
    told: dict[str, Any] = {"account": one.account, "on": on, "by": by, "reason": REASON}
    key = f"small-balance:{one.account}:{on}"
    done = acts.close(**told, key=key)
    if done.again:
        return done
    is_line = of_code(one.product).kind == "line"
    closes = is_line and limits.bar(account=one.account, on=on).state != "closed"
    if closes:
        limits.close(**told, key=f"{key}:line")
    SmallBalance.objects.create(
        act_id=done.act, account_id=one.account, on=on, amount_minor=done.amount_minor, rule=terms.rule,
        closes_line=closes, by=by,
    )  # fmt: skip
    return done
