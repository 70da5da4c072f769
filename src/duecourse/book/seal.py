"""Sealing a day: every shard in, none set aside, the trial balance zero, accrued income posted, the digest logged."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import NamedTuple

import pyarrow as pa
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.audit import log
from duecourse.kernel import accrual
from duecourse.ledger import chart, journal
from duecourse.ledger.bulk import arrow
from duecourse.ledger.tables import Product
from duecourse.rules.read import day_number

from . import marks, parquet
from .tables import Bearing, Day, Run

STATEMENT = (
    "account_id, cycle_on, version, due_on, balance, minimum, past_due, principal, interest, fee, penalty, credit, "
    "limit_minor, interest_charged, penalty_charged, booked_day"
)


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


class Booked(NamedTuple):
    """What the entries of a day add up to before its income is accrued: `last` is the last of their ids.

    sums: by currency, of each control account. bearing: by product, how they moved what bears interest and penalty.
    """

    last: int
    sums: dict[str, Counter[str]]
    bearing: dict[int | None, tuple[int, int]]


def seal(day: date, *, by: str, excepted: tuple[int, ...] = ()) -> None:
    """Seal a closed day, once. `excepted` lists accounts that a named person seals the day without."""
    journal.atomically(lambda: _seal(day, by, excepted))
    parquet.sweep(day)
    if is_month_end(day):
        from . import read

        read.materialise(day)


def _seal(day: date, by: str, excepted: tuple[int, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(4, 0)")
        if Day.objects.filter(day=day).exists():
            return
        cursor.execute("SELECT shard FROM ledger_shard WHERE open_day <= %s LIMIT 1", [day])
        behind = cursor.fetchone()
        if behind:
            raise NotClosed(f"shard {behind[0]} has not closed {day}")
        since = marks.before(day)
        with ThreadPoolExecutor(1) as pen:  # the files are made while PostgreSQL adds up
            kept = {
                name: pen.submit(parquet.write, table, parquet.folder(day) / f"{name}.parquet")
                for name, table in happened(day, since)
            }
            found = booked(cursor, day, since.entry)
            bearing = {product.code: accrue(cursor, product, day, found) for product in Product.objects.order_by("id")}
            totals = trial_balance(cursor, day, found)
            files = {name: written.result() for name, written in kept.items()} | changes(day)
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
        given = marks.now(cursor)
        Day.objects.create(
            day=day,
            sealed_by=by,
            excepted=list(excepted),
            digest=leaf.digest,
            audit_place=leaf.place,
            entry_mark=given.entry,
            statement_mark=given.statement,
        )


def happened(day: date, since: marks.Marks) -> Iterator[tuple[str, pa.Table]]:
    """The entries booked and the statements issued on a day, as tables named by their files."""
    yield (
        "entries",
        arrow(
            "SELECT id, account_id, product_id, kind, effective_day, booked_day, reverses, stands_for, "
            f"owner, channel, {', '.join(chart.COLUMNS)} FROM ledger_entry "
            f"WHERE id > {since.entry} AND booked_day = DATE '{day}' AND account_id IS NOT NULL ORDER BY id"
        ),
    )
    yield (
        "statements",
        arrow(
            f"SELECT {STATEMENT} FROM servicing_statement "
            f"WHERE id > {since.statement} AND booked_day = DATE '{day}' ORDER BY account_id"
        ),
    )


def booked(cursor: CursorWrapper, day: date, since: int) -> Booked:
    """Add up the entries booked on a day that have a higher id than `since`."""
    columns = ", ".join(f"coalesce(sum({one}), 0)" for one in ("bearing_interest", "bearing_penalty", *chart.COLUMNS))
    cursor.execute(
        f"SELECT currency, product_id, max(id), {columns} FROM ledger_entry WHERE id > %s AND booked_day = %s "
        "GROUP BY currency, product_id",
        [since, day],
    )
    last = since
    sums: dict[str, Counter[str]] = {}
    bearing: dict[int | None, tuple[int, int]] = {}
    for currency, product_id, newest, interest, penalty, *of_columns in cursor.fetchall():
        last = max(last, newest)
        sums.setdefault(currency, Counter()).update(dict(zip(chart.COLUMNS, map(int, of_columns), strict=True)))
        bearing[product_id] = (int(interest), int(penalty))
    return Booked(last, sums, bearing)


def trial_balance(cursor: CursorWrapper, day: date, before: Booked) -> dict[str, dict[str, int]]:
    """The sums of a day's entries by currency and control account, accruals with them; refuses sums that are not zero
    together."""
    found = before.sums
    for currency, sums in booked(cursor, day, before.last).sums.items():
        found.setdefault(currency, Counter()).update(sums)
    for currency, sums in found.items():
        if sum(sums.values()) != 0:
            raise TrialBalanceNotZero(f"the entries booked on {day} in {currency} sum to {sum(sums.values())}")
        open_sums = {name: sums[name] for name in chart.BETWEEN_PARTIES if sums[name] != 0}
        if open_sums:
            raise NotCleared(f"on {day} in {currency} is not cleared between the parties: {open_sums}")
    return {currency: dict(sums) for currency, sums in found.items()}


def changes(day: date) -> dict[str, bytes]:
    """The digests of a day's files of changes and corrections; each must be as its run left it."""
    places = [place for kind in ("changes", "corrections") for place in parquet.of_kind(day, kind)]
    found = {place.stem: parquet.digest_of(place) for place in places}
    for run in Run.objects.filter(day=day):
        part = f"{run.shard:06d}"
        for place, written in (
            (parquet.changes_file(day, part), run.digest),
            (parquet.corrections_file(day, part), run.corrections),
        ):
            if (found.get(place.stem) or b"") != bytes(written):
                raise FileChanged(f"{place} is not what its run wrote")
    return {name: digest for name, digest in found.items() if digest is not None}


def is_month_end(day: date) -> bool:
    """Whether the next day begins a month."""
    return date.fromordinal(day.toordinal() + 1).day == 1


def accrue(cursor: CursorWrapper, product: Product, day: date, found: Booked) -> dict[str, str]:
    """Post one accrual entry for a product's income of the day, from its sum of principal x rate.

    What entries moved counts from this day on; what evenings moved, from the next. The fraction is carried.
    """
    last = Bearing.objects.filter(product_id=product.id, day__lt=day).order_by("-day").first()
    moved = totals(cursor, product.id, day, found)
    units = accrual.carry_units(product.year_days)
    parts = accrual.parts_a_day(product.year_days, day_number(day))
    interest = (int(last.interest) if last else 0) + moved.entries_interest + moved.during_interest
    penalty = (int(last.penalty) if last else 0) + moved.entries_penalty + moved.during_penalty
    interest_grown = interest * parts + moved.jump_interest + (int(last.interest_carry) if last else 0)
    penalty_grown = penalty * parts + moved.jump_penalty + (int(last.penalty_carry) if last else 0)
    kept = Bearing(
        day=day,
        product_id=product.id,
        interest=interest + moved.after_interest,
        penalty=penalty + moved.after_penalty,
        interest_carry=interest_grown % units,
        penalty_carry=penalty_grown % units,
    )
    kept.save(force_insert=True)
    interest_income, penalty_income = interest_grown // units, penalty_grown // units
    if interest_income or penalty_income:
        cursor.execute(
            "INSERT INTO ledger_entry (product_id, kind, effective_day, booked_day, currency, accrued, "
            "interest_income, penalty_income) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                product.id, chart.ACCRUAL, day, day, product.currency, interest_income + penalty_income,
                -interest_income or None, -penalty_income or None,
            ],
        )  # fmt: skip
    return {name: str(int(getattr(kept, name))) for name in ("interest", "penalty", "interest_carry", "penalty_carry")}


def totals(cursor: CursorWrapper, product_id: int, day: date, found: Booked) -> Totals:
    """What moved a product's base of interest on a day."""
    names = ("during_interest", "during_penalty", "after_interest", "after_penalty", "jump_interest", "jump_penalty")
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in names)
    cursor.execute(f"SELECT {sums} FROM ledger_shift WHERE booked_day = %s AND product_id = %s", [day, product_id])
    return Totals(*found.bearing.get(product_id, (0, 0)), *map(int, cursor.fetchone()))
