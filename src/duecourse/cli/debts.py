"""The command that takes a file of debts with others."""

from pathlib import Path

import click

from .commands import EXISTING, console, main, ready
from .files import show_waiting


@main.command()
@click.argument("file", type=EXISTING)
@click.option("--retry", is_flag=True, help="The file holds corrected rows, or is the same one, to be looked at again.")
def debts(file: Path, retry: bool) -> None:
    """Take a file (CSV or Parquet) of debts with others: account, as_of, source, lenders, balance, payment,
    worst_days_past_due, enquiries."""
    ready()
    from duecourse.intake import debts_file

    taken = debts_file.retry(file) if retry else debts_file.take(file)
    told = taken.file.summary
    console.print(
        f"{taken.file.name}: {told['rows']:,} rows, {taken.reported:,} reports now, {told['known_before']:,} known "
        f"before, {told['quarantined']:,} quarantined",
        highlight=False,
        soft_wrap=True,
    )
    show_waiting(taken.file)
