"""Sealing a day: every shard in, none set aside, the trial balance zero, accrued income posted, the digest logged."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.audit import log
from duecourse.kernel import accrual
from duecourse.ledger import chart, journal
from duecourse.ledger.bulk import arrow
from duecourse.rules.read import day_number

from . import marks, parquet


class File(NamedTuple):
    """What a file of a day keeps: columns of a table, in an order; `mark` names the field of `Marks` for its ids."""

    columns: str
    table: str
    mark: str
    order: str


FILES = {
    "entries": File(
        "id, account_id, product_id, kind, effective_day, booked_day, reverses, stands_for, owner, channel, "
        f"{', '.join(chart.COLUMNS)}",
        "ledger_entry",
        "entry",
        "id",
    ),
    "statements": File(
        "account_id, cycle_on, version, due_on, balance, minimum, past_due, principal, interest, fee, penalty, "
        "credit, limit_minor, interest_charged, penalty_charged, booked_day",
        "servicing_statement",
        "statement",
        "account_id",
    ),
}


class NotClosed(journal.Refused):
    code = "day_not_closed"


class FileChanged(journal.Refused):
    code = "file_changed"


class TrialBalanceNotZero(journal.Refused):
    code = "trial_balance_not_zero"


class NotCleared(journal.Refused):
    """What one party's ledger has against another's does not agree."""

    code = "parties_not_cleared"


class Totals(NamedTuple):
    """Sums of one product over a day: base moves of entries, then those of runs and corrections."""

    entries_interest: int
    entries_penalty: int
    during_interest: int
    during_penalty: int
    after_interest: int
    after_penalty: int
    jump_interest: int
    jump_penalty: int


class Yearly(NamedTuple):
    """What the accrual asks of a product."""

    id: int
    code: str
    currency: str
    year_days: int


class Bears(NamedTuple):
    """What a product bears after a day (principal x rate, per million) and the fractions not yet posted."""

    interest: int
    penalty: int
    interest_carry: int
    penalty_carry: int


class Booked(NamedTuple):
    """What the entries of a day add up to before its income is accrued.

    sums: by currency, of each control account. bearing: by product, how they moved what bears interest and penalty.
    """

    sums: dict[str, Counter[str]]
    bearing: dict[int | None, tuple[int, int]]


def seal(day: date, *, by: str, since: marks.Marks, excepted: tuple[int, ...] = ()) -> None:
    """Seal a closed day, once. `excepted` lists accounts that a named person seals the day without.

    since: the ids after which the rows of the day are.
    """
    journal.atomically(lambda: _seal(day, by, since, excepted))
    parquet.sweep(day)
    if is_month_end(day):
        from . import read

        read.materialise(day)


def _seal(day: date, by: str, since: marks.Marks, excepted: tuple[int, ...]) -> None:
    rows = {name: of_day(file.table, day, getattr(since, file.mark)) for name, file in FILES.items()}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4, 0)")
        cursor.execute(
            "SELECT EXISTS (SELECT FROM book_day WHERE day = %s), "
            "(SELECT min(shard) FROM ledger_shard WHERE open_day <= %s), "
            f"{', '.join(f'EXISTS (SELECT {of_file})' for of_file in rows.values())}",
            [day, day],
        )
        is_sealed, behind, *are_any = cursor.fetchone()
        is_any = dict(zip(rows, are_any, strict=True))
        if is_sealed:
            return
        if behind is not None:
            raise NotClosed(f"shard {behind} has not closed {day}")
        with ThreadPoolExecutor(1) as pen:  # the files are made while PostgreSQL adds up
            kept = {
                name: pen.submit(parquet.write, table, parquet.folder(day) / f"{name}.parquet")
                for name, table in happened(rows, is_any)
            }
            found = booked(cursor, day, since.entry) if is_any["entries"] else Booked({}, {})
            bearing, posted = accrue(cursor, day, found)
            totals = trial_balance(day, found.sums, posted)
            files = {name: written.result() for name, written in kept.items()} | changes(cursor, day)
        body = json.dumps(
            {
                "day": str(day),
                "sealed_by": by,
                "excepted": list(excepted),
                "files": {name: digest.hex() for name, digest in files.items()},
                "totals": totals,
                "bearing": bearing,
            },
            sort_keys=True,
        ).encode()
        leaf = log.append(body)
        cursor.execute(
            "INSERT INTO book_day (day, sealed_by, excepted, digest, audit_place, entry_mark, statement_mark) "
            f"SELECT %s, %s, %s::jsonb, %s, %s, {marks.NOW}",
            [day, by, json.dumps(excepted), leaf.digest, leaf.place],
        )


def happened(rows: Mapping[str, str], is_any: Mapping[str, bool]) -> Iterator[tuple[str, pa.Table]]:
    """The entries booked and the statements issued on a day for accounts, as tables named by their files.

    rows: for each file the rows of its table that were booked on the day, in SQL; is_any: whether there are any.
    """
    for name, file in FILES.items():
        of_accounts = f"SELECT {file.columns} {rows[name]} AND account_id IS NOT NULL ORDER BY {file.order}"
        yield name, arrow(of_accounts) if is_any[name] else nothing(name)


def of_day(table: str, day: date, since: int) -> str:
    """Rows that were booked on a day, in SQL; none of them has an id up to `since`."""
    return f"FROM {table} WHERE id > {since} AND booked_day = DATE '{day}'"


@cache
def nothing(name: str) -> pa.Table:
    """The table of a day on which nothing of its kind happened: the same for every such day."""
    return arrow(f"SELECT {FILES[name].columns} FROM {FILES[name].table} LIMIT 0")


def booked(cursor: CursorWrapper, day: date, since: int) -> Booked:
    """Add up the entries booked on a day that have a higher id than `since`."""
    columns = ", ".join(f"coalesce(sum({one}), 0)" for one in ("bearing_interest", "bearing_penalty", *chart.COLUMNS))
    cursor.execute(
        f"SELECT currency, product_id, {columns} FROM ledger_entry WHERE id > %s AND booked_day = %s "
        "GROUP BY currency, product_id",
        [since, day],
    )
    sums: dict[str, Counter[str]] = {}
    bearing: dict[int | None, tuple[int, int]] = {}
    for currency, product_id, interest, penalty, *of_columns in cursor.fetchall():
        add(sums, currency, of_columns)
        bearing[product_id] = (int(interest), int(penalty))
    return Booked(sums, bearing)


def add(sums: dict[str, Counter[str]], currency: str, of_columns: Sequence[int | None]) -> None:
    """Add amounts, one for each control account, to the sums of their currency."""
    sums.setdefault(currency, Counter()).update(
        {name: int(amount or 0) for name, amount in zip(chart.COLUMNS, of_columns, strict=True)}
    )


def trial_balance(
    day: date, sums: dict[str, Counter[str]], accruals: Sequence[tuple[Any, ...]]
) -> dict[str, dict[str, int]]:
    """The sums of a day's entries by currency and control account, with its accruals as they were posted; refuses sums
    that are not zero together."""
    for currency, *of_columns in accruals:
        add(sums, currency, of_columns)
    for currency, of_day in sums.items():
        if sum(of_day.values()) != 0:
            raise TrialBalanceNotZero(f"the entries booked on {day} in {currency} sum to {sum(of_day.values())}")
        open_sums = {name: of_day[name] for name in chart.BETWEEN_PARTIES if of_day[name] != 0}
        if open_sums:
            raise NotCleared(f"on {day} in {currency} is not cleared between the parties: {open_sums}")
    return {currency: dict(of_day) for currency, of_day in sums.items()}


def changes(cursor: CursorWrapper, day: date) -> dict[str, bytes]:
    """The digests of a day's files of changes and corrections; each must be as its run left it."""
    places = [place for kind in ("changes", "corrections") for place in parquet.of_kind(day, kind)]
    found = {place.stem: parquet.digest_of(place) for place in places}
    cursor.execute("SELECT shard, digest, corrections FROM book_run WHERE day = %s", [day])
    for shard, digest, corrections in cursor.fetchall():
        part = f"{shard:06d}"
        for place, written in (
            (parquet.changes_file(day, part), digest),
            (parquet.corrections_file(day, part), corrections),
        ):
            if (found.get(place.stem) or b"") != bytes(written):
                raise FileChanged(f"{place} is not what its run wrote")
    return {name: digest for name, digest in found.items() if digest is not None}


def is_month_end(day: date) -> bool:
    """Whether the next day begins a month."""
    return date.fromordinal(day.toordinal() + 1).day == 1


def accrue(
    cursor: CursorWrapper, day: date, found: Booked
) -> tuple[dict[str, dict[str, str]], Sequence[tuple[Any, ...]]]:
    """Post an accrual entry for each product's income of the day, from its sum of principal x rate.

    What entries moved counts from this day on; what evenings moved, from the next. The fraction is carried. Answers
    what each product bears from now on, by its code, and the entries as they were posted: currency, then what each
    control account got.
    """
    bearing, posted = [], []
    products = grown(cursor, day, found)
    for product, last, moved in products:
        units = accrual.carry_units(product.year_days)
        parts = accrual.parts_a_day(product.year_days, day_number(day))
        interest = last.interest + moved.entries_interest + moved.during_interest
        penalty = last.penalty + moved.entries_penalty + moved.during_penalty
        interest_grown = interest * parts + moved.jump_interest + last.interest_carry
        penalty_grown = penalty * parts + moved.jump_penalty + last.penalty_carry
        interest_income, interest_carry = divmod(interest_grown, units)
        penalty_income, penalty_carry = divmod(penalty_grown, units)
        bearing.append(
            Bears(interest + moved.after_interest, penalty + moved.after_penalty, interest_carry, penalty_carry)
        )
        if interest_income or penalty_income:
            posted.append(
                [
                    product.id, chart.ACCRUAL, day, day, product.currency, interest_income + penalty_income,
                    -interest_income or None, -penalty_income or None,
                ]
            )  # fmt: skip
    if bearing:
        kept = [[day, product.id, *bears] for (product, _, _), bears in zip(products, bearing, strict=True)]
        insert(cursor, "book_bearing (day, product_id, interest, penalty, interest_carry, penalty_carry)", kept)
    entries: Sequence[tuple[Any, ...]] = ()
    if posted:
        insert(
            cursor,
            "ledger_entry (product_id, kind, effective_day, booked_day, currency, accrued, interest_income, "
            "penalty_income)",
            posted,
            returning=f"currency, {', '.join(chart.COLUMNS)}",
        )
        entries = cursor.fetchall()
    told = {
        product.code: {name: str(number) for name, number in bears._asdict().items()}
        for (product, _, _), bears in zip(products, bearing, strict=True)
    }
    return told, entries


def insert(cursor: CursorWrapper, into: str, rows: list[list[Any]], *, returning: str = "") -> None:
    """Insert a few rows by one statement, which may answer columns of them."""
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    cursor.execute(
        f"INSERT INTO {into} VALUES {', '.join([row] * len(rows))}{f' RETURNING {returning}' if returning else ''}",
        [value for one in rows for value in one],
    )


def grown(cursor: CursorWrapper, day: date, found: Booked) -> list[tuple[Yearly, Bears, Totals]]:
    """The products, what each bore after the day before, and what moved that on a day."""
    moves = ("during_interest", "during_penalty", "after_interest", "after_penalty", "jump_interest", "jump_penalty")
    sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in moves)
    cursor.execute(
        f"SELECT p.id, p.code, p.currency, p.year_days, b.interest, b.penalty, b.interest_carry, b.penalty_carry, "
        f"{', '.join(f's.{name}' for name in moves)} FROM ledger_product p LEFT JOIN LATERAL "
        "(SELECT * FROM book_bearing WHERE product_id = p.id AND day < %s ORDER BY day DESC LIMIT 1) b ON true "
        f"LEFT JOIN (SELECT product_id, {sums} FROM ledger_shift WHERE booked_day = %s GROUP BY product_id) s "
        "ON s.product_id = p.id ORDER BY p.id",
        [day, day],
    )
    answer = []
    for product_id, code, currency, year_days, *numbers in cursor.fetchall():
        bore, moved = [[int(number or 0) for number in part] for part in (numbers[:4], numbers[4:])]
        entries = found.bearing.get(product_id, (0, 0))
        answer.append((Yearly(product_id, code, currency, year_days), Bears(*bore), Totals(*entries, *moved)))
    return answer
