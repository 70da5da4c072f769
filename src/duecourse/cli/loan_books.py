"""Commands about loan books that were kept elsewhere."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from duecourse.progress import bar, stages

from .commands import EXISTING, console, operator, ready
from .files import import_


@import_.command("loans")
@click.argument("loans", type=EXISTING)
@click.argument("months", type=EXISTING)
@click.option("--day", type=click.IntRange(1, 31), help="Every payment on this day; else the day that interest tells.")
@click.option("--report", type=EXISTING, help="Write the figures to this JSON file.")
def import_loans(loans: Path, months: Path, day: int | None, report: Path | None) -> None:
    """Take a loan book (CSV or Parquet): LOANS has a row a loan, MONTHS a row a loan and month."""
    ready()
    from duecourse.intake import loan_agreement, loan_days
    from duecourse.intake import loans as intake

    with bar() as progress:
        day_of = partial(loan_days.on_same_day, day) if day else loan_days.told_by_interest
        taken = intake.take(loans, months, by=operator(), day_of=day_of, progress=stages(progress))
    found = loan_agreement.compare(taken.book.loans)
    show_loans(taken, found)
    if report:
        figures = {**intake.report(taken), **loan_agreement.report(found)}
        report.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")


def show_loans(taken: Any, found: Any) -> None:
    """What became of a loan book, and how its months compare with the record, on one screen."""
    console.print(
        f"{taken.files[0].name}: {taken.opened:,} loans opened, {taken.known:,} known before, "
        f"{taken.quarantined:,} rows in quarantine",
        highlight=False,
        soft_wrap=True,
    )
    for reason, count in taken.reasons().items():
        console.print(f"  {count:,} {reason}", highlight=False)
    if not found.loan_months:
        return
    table = Table(title=f"{found.loan_months:,} loan-months of {found.loans:,} loans against the record")
    for name in ("share", "within 1", "within 0.1%"):
        table.add_column(name, justify="right" if "within" in name else "left")
    principal = (found.principal_within_1, found.principal_within_0_1_percent)
    balance = (found.balance_within_1, found.balance_within_0_1_percent)
    for name, pair in (("principal part", principal), ("closing balance", balance)):
        table.add_row(name, *(f"{100 * share:.2f}%" for share in pair))
    console.print(table)
    kinds = Table(title="by what was found")
    kinds.add_column("kind")
    kinds.add_column("loan-months", justify="right")
    for name, count in found.kinds.items():
        kinds.add_row(name, f"{count:,}")
    console.print(kinds)
