"""Commands about auto-debit: what is to be sent on a day, the notices to be given, what the bank answered."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from .commands import DAY, EXISTING, console, main, major, ready, write_csv
from .files import show_waiting

SHOWN = 15
ORDER_COLUMNS = ("order", "account", "due_on", "attempt", "day", "amount", "amount_minor", "currency", "source_kind",
                 "last4", "source_key")  # fmt: skip
NOTICE_COLUMNS = ("account", "due_on", "take_on", "amount", "amount_minor", "currency", "source_kind", "last4",
                  "given_on", "rule")  # fmt: skip


def order_row(one: Any) -> tuple[object, ...]:
    """An order as a row of ORDER_COLUMNS."""
    amount = (major(one.amount_minor, one.exponent), one.amount_minor, one.currency)
    return (one.key, one.number, one.due_on, one.attempt, one.day, *amount, one.source_kind, one.last4, one.source_key)


def notice_row(one: Any) -> tuple[object, ...]:
    """A notice as a row of NOTICE_COLUMNS."""
    amount = (major(one.amount_minor, one.exponent), one.amount_minor, one.currency)
    return (one.number, one.due_on, one.take_on, *amount, one.source_kind, one.last4, one.given_on, one.rule)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], exact: Sequence[int]) -> None:
    """The first rows on a screen, some of their columns."""
    table = Table(title=title + (f", the first {SHOWN}" if len(rows) > SHOWN else ""))
    for place in exact:
        table.add_column(columns[place].replace("_", " "), justify="right" if columns[place] == "amount" else "left")
    for row in rows[:SHOWN]:
        cells = (f"{row[place]:,}" if columns[place] == "amount" else str(row[place]) for place in exact)
        table.add_row(*map(escape, cells))
    console.print(table)


def show_orders(orders: Sequence[Any], title: str) -> None:
    """Orders on one screen."""
    show(f"{len(orders):,} {title}", ORDER_COLUMNS, [order_row(one) for one in orders], (0, 1, 2, 5, 7, 8, 9))


@main.group()
def debit() -> None:
    """Auto-debit: mandates, orders to the bank, notices to borrowers, answers."""


@debit.command("due")
@click.option("--day", required=True, type=DAY, help="The open day; of an earlier one, the orders without an answer.")
@click.option("--out", type=EXISTING, help="Write the orders to this CSV file, for the bank.")
def debit_due(day: datetime, out: Path | None) -> None:
    """Decide what is debited on the open day; asked again it lists the same orders until the bank has answered."""
    ready()
    from duecourse.servicing import debits

    found = debits.due(day=day.date())
    if out:
        write_csv(out, ORDER_COLUMNS, [order_row(one) for one in found.orders])
    show_orders(found.orders, f"orders of {found.day}")
    if found.left_out:
        rows = [(one.number, one.due_on, one.code, one.rule or one.detail) for one in found.left_out]
        show(f"{len(rows):,} not debited", ("account", "due_on", "why", "by"), rows, (0, 1, 2, 3))


@debit.command("announce")
@click.option("--day", required=True, type=DAY, help="The open day.")
@click.option("--ahead", default=0, show_default=True, help="Give notices so many days earlier than needed.")
@click.option("--out", type=EXISTING, help="Write the notices to this CSV file, for whoever sends them.")
def debit_announce(day: datetime, ahead: int, out: Path | None) -> None:
    """Keep and list the notices to be given on the open day: what is taken, when, from which source."""
    ready()
    from duecourse.servicing import debit_notices

    rows = [notice_row(one) for one in debit_notices.announce(day=day.date(), ahead=ahead)]
    if out:
        write_csv(out, NOTICE_COLUMNS, rows)
    show(f"{len(rows):,} notices of {day.date()}", NOTICE_COLUMNS, rows, (0, 1, 2, 3, 5, 6, 7, 9))


@debit.command("take")
@click.argument("file", type=EXISTING)
@click.option("--retry", is_flag=True, help="The file holds corrected rows, or is the same one, to be looked at again.")
def debit_take(file: Path, retry: bool) -> None:
    """Take a file of the bank's answers (CSV or Parquet): order, result, on, amount, reason_code."""
    ready()
    from duecourse.intake import debit_answers

    taken = debit_answers.retry(file) if retry else debit_answers.take(file)
    told = taken.file.summary
    console.print(
        f"{taken.file.name}: {told['rows']:,} rows, {taken.answered:,} answers now: {told['paid']:,} paid, "
        f"{told['failed']:,} failed, {told['unknown']:,} unknown, {told['known_before']:,} known before, "
        f"{told['quarantined']:,} quarantined",
        highlight=False,
        soft_wrap=True,
    )
    show_waiting(taken.file)


@debit.command("open")
def debit_open() -> None:
    """List the orders that the bank has not answered, or answered with a time-out; their accounts are not debited."""
    ready()
    from duecourse.servicing import debits

    show_orders(debits.unresolved(), "orders without an answer")
