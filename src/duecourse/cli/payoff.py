"""Commands about one account: what pays it off."""

from datetime import datetime

import click
from rich.table import Table

from .commands import DAY, console, main, major, ready


@main.command()
@click.argument("account")
@click.option("--day", required=True, type=DAY, help="The open day, or one within a year of it.")
def quote(account: str, day: datetime) -> None:
    """Say what pays an account off on a day; paying it on that day leaves nothing."""
    ready()
    from duecourse.servicing import payoff

    told = payoff.quote(number=account, day=day.date())

    def shown(minor: int) -> str:
        return f"{major(minor, told.exponent):,}"

    table = Table(title=f"account {told.number}: payoff on {told.day}, {told.currency}")
    table.add_column("what")
    table.add_column("amount", justify="right")
    parts = told.quote
    for what in ("principal", "interest", "fee", "penalty"):
        table.add_row(what, shown(getattr(parts, what)))
    if parts.credit:
        table.add_row("less what is to the good", shown(-parts.credit))
    table.add_row("[bold]to be paid[/]", f"[bold]{shown(max(parts.payoff, 0))}[/]", end_section=True)
    table.add_row("of it accrued and not charged yet", shown(told.accrued))
    console.print(table)
    if told.apart:
        console.print(f"not in it: {shown(told.apart)} that is disputed, held, or to come in installments")
