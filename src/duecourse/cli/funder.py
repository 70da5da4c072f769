"""Commands about those who fund accounts beside the lender."""

from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from .commands import DAY, EXISTING, console, main, major, operator, ready


@main.group()
def funder() -> None:
    """Who funds or owns accounts beside the lender."""


@funder.command("add")
@click.argument("code")
@click.argument("name")
def funder_add(code: str, name: str) -> None:
    """Introduce a party by a short code and its name."""
    ready()
    from duecourse.servicing import parties

    parties.introduce(code=code, name=name, by=operator())
    console.print(f"{code} is {name}")


@funder.command("statement")
@click.argument("code", metavar="FUNDER")
@click.option("--from", "since", required=True, type=DAY, help="The first booked day.")
@click.option("--through", required=True, type=DAY, help="The last booked day.")
@click.option("--by-posting", is_flag=True, help="A line for each posting, not for each day.")
@click.option("--out", required=True, type=EXISTING, help="Where the CSV goes.")
def funder_statement(code: str, since: datetime, through: datetime, by_posting: bool, out: Path) -> None:
    """Write what was booked for a funder on a span of days."""
    ready()
    from duecourse.servicing import funder_statement as statement

    told = statement.of(party=code, since=since.date(), through=through.date(), by_posting=by_posting)
    statement.write(told, out)
    table = Table(title=f"{code}, {told.since} to {told.through}")
    for name in ("currency", "passed", "earned", "paid for shares", "gain on them", "settled", "owed at the end"):
        table.add_column(name, justify="right")
    for one in told.sums:
        amounts = (major(minor, one.exponent) for minor in one[2:])
        table.add_row(one.currency, *(f"{amount:,}" for amount in amounts))
    console.print(table)
    console.print(f"{len(told.lines):,} lines in {out}")
