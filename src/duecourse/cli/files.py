"""Commands about files: card books, payments, data sets that anyone may fetch, vectors."""

import json
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from duecourse.progress import bar, stages

from .commands import EXISTING, console, main, major, operator, ready


@main.group("import")
def import_() -> None:
    """Take a file in."""


@import_.command("card")
@click.argument("file", type=EXISTING)
@click.option("--retry", is_flag=True, help="The file holds corrected rows of an earlier one.")
def import_card(file: Path, retry: bool) -> None:
    """Take a card book (CSV or Parquet), replay it and close every day of it."""
    ready()
    from duecourse.intake import card

    with bar() as progress:
        take = card.retry if retry else card.take
        taken = take(file, by=operator(), progress=stages(progress))
    show_taken(taken)
    show_agreement()


def show_taken(taken: Any) -> None:
    """What became of a file."""
    table = Table(title=f"{taken.file.name}: {taken.opened:,} clients opened, {taken.known:,} known before")
    table.add_column("what")
    table.add_column("count", justify="right")
    for name, value in taken.file.summary.items():
        if name != "finished":
            told = f"{value / 100:,.2f}" if name.endswith("_minor") else f"{value:,}"
            table.add_row(
                name.removesuffix("_minor").replace("_", " ") + (", sum" if name.endswith("_minor") else ""), told
            )
    console.print(table)
    show_waiting(taken.file)


def show_waiting(file: Any) -> None:
    """The rows of a file that wait in quarantine, the first of them."""
    waiting = file.quarantined.filter(taken_by=None).order_by("row", "field")
    if waiting.exists():
        table = Table(title=f"{waiting.count():,} rows in quarantine; correct them and take them with --retry")
        for name in ("row", "field", "code", "reason"):
            table.add_column(name)
        for one in waiting[:20]:
            table.add_row(str(one.row), one.field, one.code, escape(one.reason))
        console.print(table)


def show_agreement() -> None:
    """How the ageing compares with the recorded status, where the file has it."""
    from duecourse.intake import agreement

    try:
        found = agreement.compare()
    except agreement.NothingToCompare as reason:
        console.print(f"no comparison with a recorded status: {reason}")
        return
    console.print(
        f"agreement_late={found.agreement_late:.4f} kappa={found.kappa:.4f} "
        f"agreement_exact={found.agreement_exact:.4f} always_in_order={found.always_in_order:.4f} "
        f"client_months={found.client_months}"
    )
    table = Table(title="ledger and record")
    table.add_column("kind")
    table.add_column("client-months", justify="right")
    for kind, count in found.kinds.items():
        table.add_row(kind, f"{count:,}")
    console.print(table)


def amount(told: str) -> Decimal:
    """A sum as it is typed."""
    try:
        return Decimal(told)
    except InvalidOperation:
        raise click.BadParameter(f"{told!r} is no sum") from None


@main.command()
@click.argument("file", type=EXISTING)
@click.option("--retry", is_flag=True, help="The file holds corrected rows, or is the same one, to be looked at again.")
@click.option("--expect-count", type=int, help="Refuse the file unless it has so many rows.")
@click.option("--expect-total", type=amount, help="Refuse the file unless its amounts, as written, add up to this.")
@click.option("--suspense", is_flag=True, help="Book the money of rows whose account is not there into suspense.")
@click.option("--report", type=EXISTING, help="Write what became of the file to this JSON file.")
def receive(
    file: Path,
    retry: bool,
    expect_count: int | None,
    expect_total: Decimal | None,
    suspense: bool,
    report: Path | None,
) -> None:
    """Take a file of payments received (CSV or Parquet) and post them; the same file again changes nothing."""
    ready()
    from duecourse.intake import receive as intake
    from duecourse.intake.payments_file import Control

    with bar() as progress:
        take = intake.retry if retry else intake.take
        control = Control(expect_count, expect_total)
        received = take(file, expected=control, progress=stages(progress), suspense=suspense, by=operator())
    show_received(received)
    if report:
        report.write_text(json.dumps(intake.report(received), ensure_ascii=False, indent=2) + "\n")


def show_received(received: Any) -> None:
    """What became of a file of payments: its rows, its totals by channel and currency, what waits in quarantine."""
    told = received.file.summary
    console.print(
        f"{received.file.name}: {told['rows']:,} rows, {received.posted:,} posted now, {told['posted']:,} in all "
        f"({told['posted_for_earlier_days']:,} for earlier days), {told['known_before']:,} known before, "
        f"{told['repeated_in_file']:,} repeated, {told['quarantined']:,} quarantined"
        + (f", {told['in_suspense']:,} of them in suspense" if told["in_suspense"] else ""),
        highlight=False,
        soft_wrap=True,
    )
    table = Table(title="totals")
    for name in ("channel", "currency", "posted", "amount", "known before", "amount"):
        table.add_column(name, justify="right")
    for row in told["totals"]:
        sums = [f"{major(row[name], row['exponent']):,}" for name in ("posted_minor", "known_before_minor")]
        table.add_row(
            str(row["channel"]), row["currency"], f"{row['posted']:,}", sums[0], f"{row['known_before']:,}", sums[1]
        )
    console.print(table)
    show_waiting(received.file)


@main.group()
def sample() -> None:
    """Real data sets that anyone may fetch."""


@sample.command("get")
@click.argument("name")
def sample_get(name: str) -> None:
    """Fetch a data set (card), check it, keep it; prints its path."""
    from duecourse.intake import samples

    found = samples.find(name)
    with bar() as progress:
        tell = stages(progress)
        place = samples.get(found, progress=lambda done, of: tell(f"fetch {name}", done, of))
    console.print(found.licence)
    click.echo(place)


@main.command()
@click.argument("file", type=EXISTING)
def vectors(file: Path) -> None:
    """Compute the published answers of a file of vectors again; ends with 1 if one differs."""
    from duecourse.vectors import run

    ran = run.file(file)
    for line in ran.lines():
        click.echo(line)
    sys.exit(0 if ran.failed == 0 else 1)
