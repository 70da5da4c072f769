"""Commands about reconciliation: a bank's statement, an acquirer's settlement file, what is open, what it came to."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from .commands import EXISTING, console, main, major, operator, ready, write_csv
from .files import show_waiting

OUTCOMES = {
    "matched": "matched",
    "missing_there": "ours, missing with them",
    "missing_here": "theirs, missing in the ledger",
    "amount_differs": "amount differs",
    "duplicate": "stands there twice",
    "disputed": "charged back, disputed",
}
SHOWN = 12
"""How many open items a summary shows; a file can have more."""


@main.group()
def reconcile() -> None:
    """Compare what a bank or an acquirer reports with the ledger."""


def shared(command: Any) -> Any:
    """The options that both kinds of files have."""
    for option in (
        click.option("--report", type=EXISTING, help="Write what became of the file to this JSON file."),
        click.option("--out", type=EXISTING, help="Write every difference to this CSV file."),
        click.option("--retry", is_flag=True, help="The file (CSV) holds corrected rows of an earlier one."),
        click.option("--layout", type=EXISTING, help="How the CSV is written (TOML)."),
        click.argument("file", type=EXISTING),
    ):
        command = option(command)
    return command


@reconcile.command("bank")
@shared
@click.option("--suspense", is_flag=True, help="Book money in that the ledger does not know into suspense.")
def bank(file: Path, layout: Path | None, retry: bool, out: Path | None, report: Path | None, suspense: bool) -> None:
    """Compare a bank's statement (CSV, camt.053, MT940) with payments received, refunds and disbursements."""
    ready()
    from duecourse.intake import reconcile as intake

    done = intake.bank(file, layout=layout, by=operator(), again=retry, into_suspense=suspense)
    show(done, out, report)


@reconcile.command("merchant")
@shared
def merchant(file: Path, layout: Path | None, retry: bool, out: Path | None, report: Path | None) -> None:
    """Compare an acquirer's settlement file (CSV) with purchases and refunds."""
    ready()
    from duecourse.intake import reconcile as intake

    show(intake.merchant(file, layout=layout, by=operator(), again=retry), out, report)


@reconcile.command("open")
@click.option("--out", type=EXISTING, help="Write them to this CSV file.")
def open_(out: Path | None) -> None:
    """Show every item that is open, the oldest first."""
    ready()
    from duecourse.intake import reconcile_report as told
    from duecourse.ledger import read as ledger

    found = told.differences(told.open_ones())
    console.print(f"{len(found):,} items are open")
    show_items(found, ledger.exponents())
    if out:
        write(out, found, ledger.exponents())


@reconcile.command("resolve")
@click.argument("item", type=int)
@click.option("--reason", required=True, help="What the difference came to.")
def resolve(item: int, reason: str) -> None:
    """Say what an open item is; it is open no longer."""
    ready()
    from duecourse.intake import reconcile as intake

    done = intake.resolve(item=item, by=operator(), reason=reason)
    console.print(f"item {item} resolved by {done.by}")


def show(done: Any, out: Path | None, report: Path | None) -> None:
    """What became of a file: its figures, what is open of it, what waits in quarantine."""
    from duecourse.intake import reconcile_report as intake

    file, told = done.file, done.file.summary
    console.print(
        f"{file.name}: {told['rows']:,} rows, {told['quarantined']:,} quarantined"
        + (f", {told['pending']:,} not booked yet and passed over" if told["pending"] else "")
        + (f", {told['resolved']:,} open items of earlier files explained" if told.get("resolved") else "")
        + (f", {told['in_suspense']:,} put in suspense" if told.get("in_suspense") else "")
        + ("; known before, nothing was changed" if done.again else ""),
        highlight=False,
        soft_wrap=True,
    )
    exponents = told["exponents"]
    for one in told["statements"]:
        if file.kind == "bank":
            console.print(balance(one, exponents[one["currency"]]), highlight=False, soft_wrap=True)
    table = Table(title="what the lines came to")
    for name in ("outcome", "", "lines", "theirs", "events", "ours"):
        table.add_column(name, justify="left" if name in ("outcome", "") else "right")
    for row in told["figures"]:
        sums = [shown(row[name], exponents[row["currency"]]) for name in ("theirs_minor", "ours_minor")]
        table.add_row(
            OUTCOMES[row["outcome"]], row["currency"], f"{row['lines']:,}", sums[0], f"{row['events']:,}", sums[1]
        )
    console.print(table)
    if file.kind == "merchant":
        show_merchants(intake.merchants(file), exponents)
    found = intake.differences(intake.open_of(file))
    show_items(found, exponents)
    show_waiting(file)
    if out:
        write(out, found, exponents)
    if report:
        said = intake.report(file, again=done.again)
        report.write_text(json.dumps(said, ensure_ascii=False, indent=2, default=str) + "\n")


def balance(one: dict[str, Any], exponent: int) -> str:
    """A statement's days and balances in a line."""
    days = f"{one['account'] or 'account'} {one['currency']}, {one['first_day']} to {one['last_day']}: "
    if one["opening_minor"] is None or one["closing_minor"] is None:
        return (
            days + f"no balances in the file, so they could not be proved; lines {shown(one['lines_minor'], exponent)}"
        )
    balances = [shown(one[name], exponent) for name in ("opening_minor", "lines_minor", "closing_minor")]
    left = one["left_over_minor"]
    rest = f" (the rows in quarantine should make {shown(left, exponent)})" if left is not None else ""
    return days + f"opening {balances[0]}, lines {balances[1]}, closing {balances[2]}{rest}"


def shown(minor: int | None, exponent: int) -> str:
    """An amount with its decimals; nothing for None."""
    return "" if minor is None else f"{major(minor, exponent):,}"


def show_merchants(rows: Sequence[dict[str, Any]], exponents: dict[str, int]) -> None:
    """Totals of a settlement file by merchant."""
    table = Table(title="by merchant")
    columns = ("purchase", "refund", "chargeback", "fee", "net", "open_minor")
    for name in ("merchant", *columns):
        table.add_column(name.removesuffix("_minor"), justify="left" if name == "merchant" else "right")
    for row in rows:
        table.add_row(
            escape(row["merchant"]) or "–", *(shown(row[name], exponents[row["currency"]]) for name in columns)
        )
    console.print(table)


def show_items(rows: Sequence[dict[str, Any]], exponents: dict[str, int]) -> None:
    """The first of the open items."""
    if not rows:
        return
    table = Table(title="open items")
    for name in ("item", "outcome", "day", "account", "reference or text", "theirs", "ours"):
        table.add_column(name, justify="right" if name in ("item", "theirs", "ours") else "left", overflow="fold")
    for row in rows[:SHOWN]:
        exponent = exponents[row["currency"]]
        table.add_row(
            str(row["item"]), OUTCOMES[row["outcome"]], str(row["day"]), escape(row["account"]),
            escape((row["reference"] or row["text"])[:40]), *(shown(row[one], exponent) for one in ("theirs", "ours")),
        )  # fmt: skip
    console.print(table)
    if len(rows) > SHOWN:
        console.print(f"and {len(rows) - SHOWN:,} more: --out writes every one to a CSV file")


def write(out: Path, rows: Sequence[dict[str, Any]], exponents: dict[str, int]) -> None:
    """Write open items as CSV, amounts as decimals."""
    from duecourse.intake.reconcile_report import DIFFERENCE

    lines = []
    for row in rows:
        exponent = exponents[row["currency"]]
        told = row | {name: shown(row[name], exponent).replace(",", "") for name in ("theirs", "ours")}
        lines.append([told[name] for name in DIFFERENCE])
    write_csv(out, DIFFERENCE, lines)
