"""What may be asked about an account: where it stands, its statements, and every posting behind a figure."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection

from duecourse.kernel.columns import FIELDS, account_from
from duecourse.kernel.loan_row import INSTALLMENT
from duecourse.ledger import chart
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import NoSuchAccount, Refused
from duecourse.rules.read import day_number, to_date

from . import agreed
from .account_standing import NextDue, OpenDue, Standing, figures_of, next_due, open_dues, standing
from .postings import COMPONENTS, ENTRY, EPOCH, FIGURES, Line, NoSuchFigure, Step, entries_of, running, touches


class NoSuchStatement(Refused):
    code = "no_such_statement"


class Statement(NamedTuple):
    """A statement as it was sent; a later version corrects it. Entries above `entry_mark` came after it."""

    cycle_on: date
    version: int
    due_on: date | None
    balance: int
    minimum: int
    past_due: int
    principal: int
    interest: int
    fee: int
    penalty: int
    credit: int
    limit_minor: int
    interest_charged: int
    penalty_charged: int
    booked_day: date
    entry_mark: int


class Breach(NamedTuple):
    """A purchase that was posted over the limit or on a suspended line."""

    effective_day: date
    rule: str
    amount_minor: int


class Change(NamedTuple):
    """A change of an account's past: since which day, on which booked day, by whom and why."""

    since_day: date
    booked_day: date
    by: str
    reason: str


class Installment(NamedTuple):
    """One installment of a loan: what it asks by component, what is left of it, and the day it was met."""

    number: int
    start: date
    due_on: date
    principal: int
    interest: int
    charges: int
    asked: int
    left: int
    met_on: date | None
    is_missed: bool


class Page(NamedTuple):
    """One account. Amounts in minor units of `currency`; `closed` is the last closed day.

    `lines`, `statements`, `breaches` and `changes` are the newest, or all where every posting was asked for; `is_cut`
    says that there are earlier entries. `schedule` holds the installments of a loan.
    """

    account_id: int
    number: str
    product: str
    currency: str
    exponent: int
    opened_on: date
    closed: date
    figures: Mapping[str, int]
    standing: Standing
    dues: list[OpenDue]
    next_due: NextDue | None
    statements: list[Statement]
    lines: list[Line]
    is_cut: bool
    breaches: list[Breach]
    changes: list[Change]
    is_loan: bool
    schedule: list[Installment]


class Movement(NamedTuple):
    """What the entries of one kind did to what is owed within a cycle."""

    kind: int
    times: int
    amount: int


class StatementPage(NamedTuple):
    """A statement with the cycle that it bills. `opening` and the movements add up to `closing`, its balance."""

    page: Page
    statement: Statement
    versions: list[Statement]
    first_day: date
    opening: int
    movements: list[Movement]
    lines: list[Step]
    closing: int


DAYS = ("cycle_on", "due_on", "booked_day")
STATEMENT = ", ".join(f"t.{name} - {EPOCH}" if name in DAYS else f"t.{name}" for name in Statement._fields)
NEWEST = 20
"""How many entries, statements, breaches and changes an account's page brings unless every one is asked for."""
EVERY = 2**31
PAGE = (
    "SELECT a.id, a.number, p.code, p.currency, p.exponent, a.opened_on, s.open_day, b.terms_id, b.dues, "
    f"({ENTRY}), "
    f"(SELECT array_agg(ARRAY[{STATEMENT}] ORDER BY t.cycle_on, t.version) FROM (SELECT * FROM servicing_statement "
    "WHERE account_id = a.id ORDER BY cycle_on DESC, version DESC LIMIT %s) t), "
    "(SELECT json_agg(r ORDER BY r.id) FROM (SELECT * FROM servicing_breach "
    "WHERE account_id = a.id ORDER BY id DESC LIMIT %s) r), "
    "(SELECT json_agg(c ORDER BY c.id) FROM (SELECT * FROM servicing_change "
    "WHERE account_id = a.id ORDER BY id DESC LIMIT %s) c), "
    "(SELECT c.rows FROM servicing_schedule c WHERE c.account_id = a.id ORDER BY c.id DESC LIMIT 1), "
    + ", ".join(f'b."{field}"' for field in FIELDS)
    + " FROM servicing_account a JOIN ledger_product p ON p.id = a.product_id "
    "JOIN ledger_balance b ON b.account_id = a.id "
    f"JOIN ledger_shard s ON s.shard = a.id / {SHARD_SIZE} WHERE a.number = %s"
)


def account(*, number: str) -> Page:
    """The account with this number and its newest postings and statements, in one round trip."""
    return page_of(number, NEWEST)


def account_with_every_posting(*, number: str) -> Page:
    """The account with this number and every posting that it ever had."""
    return page_of(number, EVERY)


def page_of(number: str, newest: int) -> Page:
    """An account with so many of its newest entries, statements, breaches and changes."""
    with connection.cursor() as cursor:
        cursor.execute(PAGE, [newest + 1, newest, newest, newest, number])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchAccount(f"there is no account {number}")
    account_id, number, product, currency, exponent, opened_on, open_day, terms_id, dues = row[:9]
    told = agreed.loan(terms_id) if agreed.is_loan(terms_id) else agreed.of(terms_id)
    closed = open_day - timedelta(days=1)
    held = account_from(row[14:])
    lines = entries_of(row[9] or [])
    coming = open_dues(dues, told, closed)
    return Page(
        account_id,
        number,
        product,
        currency,
        exponent,
        opened_on,
        closed,
        figures_of(held),
        standing(held, dues, told, closed),
        coming,
        next_due(coming),
        [statement_from(numbers) for numbers in row[10] or []],
        lines[-newest:],
        len(lines) > newest,
        [Breach(as_day(one["effective_day"]), one["rule"], one["amount_minor"]) for one in loaded(row[11])],
        [
            Change(as_day(one["since_day"]), as_day(one["booked_day"]), one["by"], one["reason"])
            for one in loaded(row[12])
        ],
        isinstance(told, agreed.LoanAgreed),
        installments(row[13] or [], closed, told.terms.first_day),
    )


def installments(numbers: Sequence[int], closed: date, first_day: int) -> list[Installment]:
    """A loan's installments from its newest schedule; those missed by the last closed day are marked."""
    found = []
    for number, at in enumerate(range(0, len(numbers), INSTALLMENT), 1):
        start, due_on, *told = numbers[at : at + INSTALLMENT]
        asked, done, met_on = told[:4], told[4:8], told[8]
        left = sum(asked) - sum(done)
        found.append(
            Installment(
                number,
                to_date(start),
                to_date(due_on),
                asked[0],
                asked[1],
                asked[2] + asked[3],
                sum(asked),
                left,
                to_date(met_on) if met_on else None,
                left > 0 and due_on < day_number(closed) + first_day,
            )
        )
    return found


def id_of(*, number: str) -> int:
    """The id of the account with this number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM servicing_account WHERE number = %s", [number])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchAccount(f"there is no account {number}")
    return int(row[0])


def borrower_of(*, number: str) -> int:
    """The borrower of the account with this number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT borrower_id FROM servicing_account WHERE number = %s", [number])
        row = cursor.fetchone()
    if row is None:
        raise NoSuchAccount(f"there is no account {number}")
    return int(row[0])


def numbers(*, beginning: str, limit: int = 20) -> list[str]:
    """The first account numbers that begin so."""
    pattern = beginning.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM servicing_account WHERE number LIKE %s ORDER BY number LIMIT %s", [pattern, limit]
        )
        return [row[0] for row in cursor.fetchall()]


def behind(page: Page, figure: str) -> list[Step]:
    """The postings that make up a figure of an account; the last total is the figure."""
    if figure not in FIGURES:
        raise NoSuchFigure(f"{figure!r} is none of {', '.join(FIGURES)}")
    columns, sign = FIGURES[figure]
    steps = running([line for line in page.lines if any(name in line.amounts for name in columns)], columns, sign)
    total = steps[-1].total if steps else 0
    assert total == page.figures[figure], f"ledger: the postings of {page.number} do not add up to its {figure}"
    return steps


def statement(*, number: str, cycle_on: date, version: int | None = None) -> StatementPage:
    """A statement of an account, its latest version or the one asked for, with the cycle that it bills.

    What was posted after a version is not in it: it reads as it was known then.
    """
    page = account_with_every_posting(number=number)
    versions = [one for one in page.statements if one.cycle_on == cycle_on]
    shown = next((one for one in reversed(versions) if version in (None, one.version)), None)
    if shown is None:
        raise NoSuchStatement(f"account {number} has no such statement of {cycle_on}")
    before = [one.cycle_on for one in page.statements if one.cycle_on < cycle_on]
    first_day = max(before) + timedelta(days=1) if before else page.opened_on
    known = [line for line in page.lines if line.id <= shown.entry_mark and line.effective_day <= cycle_on]
    columns = (*COMPONENTS, "credit")
    earlier = [line for line in known if line.effective_day < first_day]
    within = [line for line in known if line.effective_day >= first_day and touches(line, columns)]
    opening = sum(step.amount for step in running(earlier, columns, 1))
    lines = running(sorted(within, key=lambda line: (line.effective_day, line.id)), columns, 1, opening)
    movements: dict[int, Movement] = {}
    for step in lines:
        kind = step.line.kind
        sofar = movements.get(kind, Movement(kind, 0, 0))
        movements[kind] = Movement(kind, sofar.times + 1, sofar.amount + step.amount)
    closing = lines[-1].total if lines else opening
    moved = [one for one in movements.values() if one.amount]
    return StatementPage(page, shown, versions, first_day, opening, moved, lines, closing)


def totals(page: Page) -> dict[str, int]:
    """What stands on each of the account's own control accounts that its postings touch, debit positive."""
    return {
        name: page.figures[name] * FIGURES[name][1]
        for name in chart.OF_ACCOUNT
        if any(name in line.amounts for line in page.lines)
    }


def latest(statements: Sequence[Statement]) -> list[Statement]:
    """Of each statement the latest version, the newest cycle first."""
    return sorted({one.cycle_on: one for one in statements}.values(), key=lambda one: one.cycle_on, reverse=True)


def statement_from(row: Sequence[Any]) -> Statement:
    """A row of STATEMENT."""
    told = Statement(*row)
    return told._replace(
        cycle_on=to_date(row[0]), due_on=None if row[2] is None else to_date(row[2]), booked_day=to_date(row[14])
    )


def loaded(rows: Any) -> list[dict[str, Any]]:
    """A column of JSON rows; none is null."""
    if isinstance(rows, str):
        rows = json.loads(rows)
    return list(rows or [])


def as_day(text: str) -> date:
    """The day that an ISO date names."""
    return date.fromisoformat(text)
