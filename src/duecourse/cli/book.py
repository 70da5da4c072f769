"""Commands about the book: close, check, a simulated one."""

import sys
from datetime import date, datetime
from typing import Any

import click
from rich.table import Table

from duecourse import clock
from duecourse.progress import bar, stages

from .commands import DAY, console, errors, main, operator, ready


@main.command()
@click.option("--through", required=True, type=DAY, help="The last day to be closed.")
@click.option("--except", "excepted", multiple=True, type=int, help="Seal although this account is set aside.")
def close(through: datetime, excepted: tuple[int, ...]) -> None:
    """Close and seal every open day up to a day; closing again changes nothing."""
    ready()
    from duecourse.book import close as book_close

    days: list[Any] = []
    with bar() as progress:
        tell = stages(progress)
        total = len(list(book_close.open_days(through.date())))
        tell("close", 0, total)

        def one_more(closed: Any) -> None:
            days.append(closed)
            tell("close", len(days), total)

        book_close.through(through.date(), by=operator(), excepted=excepted, progress=one_more)
    accounts, entries = sum(one.accounts for one in days), sum(one.entries for one in days)
    console.print(f"{len(days)} days closed, {accounts:,} accounts touched, {entries:,} entries")
    if days and not days[-1].sealed:
        errors.print(
            f"[bold red]day_not_sealed[/]: {days[-1].set_aside} accounts are set aside on {days[-1].day} "
            "(duecourse check names them)"
        )
        sys.exit(1)
    if days:
        judge_promises(days[-1].day)
        stop_charges(days[-1].day)


def stop_charges(day: date) -> None:
    """Stop what breathing spaces and identity theft stop after a day, and say where that was refused."""
    from duecourse.care import breathing_spaces, disputes

    for one in (*breathing_spaces.stop_charges(on=day, by="system"), *disputes.stop_charges(by="system")):
        errors.print(f"[bold red]{one.code}[/]: charges are not stopped: {one.said}", highlight=False, soft_wrap=True)


def judge_promises(day: date) -> None:
    """Judge promises to pay by the day that was sealed last, and say what turned."""
    from duecourse.care import promises

    turned = promises.judge(day=day, at=clock.now(), by="system").turned
    if turned:
        told = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in sorted(turned.items()))
        console.print(f"promises to pay: {told}", highlight=False)


@main.command()
def check() -> None:
    """Check the book: trial balance, balances against entries, what is accrued, the sealed days' digests."""
    ready()
    from duecourse.book import check as book_check
    from duecourse.intake import reconcile_report

    found = [*book_check.everything(), book_check.Checked(*reconcile_report.counted())]
    table = Table(title="check")
    for name in ("what", "result", "looked at", "detail"):
        table.add_column(name)
    for one in found:
        table.add_row(one.what, "[green]ok[/]" if one.ok else "[bold red]WRONG[/]", f"{one.looked_at:,}", one.detail)
    console.print(table)
    sys.exit(0 if all(one.ok for one in found) else 1)


@main.command()
@click.option("--accounts", default=30_000, show_default=True)
@click.option("--months", default=6, show_default=True)
@click.option("--seed", default=0, show_default=True)
def simulate(accounts: int, months: int, seed: int) -> None:
    """Live through some months of a simulated book of borrowers."""
    ready()
    from duecourse.simulator import run

    with bar() as progress:
        run.simulate(accounts=accounts, months=months, seed=seed, by=operator(), progress=stages(progress))
