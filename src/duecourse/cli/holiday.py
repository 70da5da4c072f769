"""Commands about payment holidays: give one to all that a rule names."""

import tomllib
from datetime import datetime
from pathlib import Path

import click
from rich.markup import escape

from duecourse.progress import bar, stages

from .commands import DAY, EXISTING, console, errors, main, ready


@main.command()
@click.argument("rule", type=EXISTING)
@click.option("--on", required=True, type=DAY, help="The open day, or an earlier one.")
@click.option("--days", required=True, type=click.IntRange(1, 366), help="By how many days the next due day moves.")
@click.option("--by", required=True, help="Who gives it.")
@click.option("--reason", default="payment holiday", show_default=True)
@click.option("--dry-run", is_flag=True, help="Try each account and change none.")
def holiday(rule: Path, on: datetime, days: int, by: str, reason: str, dry_run: bool) -> None:
    """Move the next due day of every account that a RULE (a TOML file) names; again, it goes on where it stopped.

    RULE has a name and any of: product, place, kind (line or loan), least_days_past_due and most_days_past_due (both 0
    if not said), accounts (a list of numbers).
    """
    ready()
    from duecourse.servicing import holidays

    try:
        told = tomllib.loads(rule.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise holidays.RuleUnreadable(f"{rule}: {fault}") from fault
    asked = holidays.rule_from(told)
    with bar() as progress:
        tell = stages(progress)
        given = holidays.holiday(
            rule=asked,
            days=days,
            on=on.date(),
            by=by,
            reason=reason,
            key=f"holiday:{asked.name}:{on.date()}:{days}",
            dry_run=dry_run,
            progress=lambda done, of: tell("holiday", done, of),
        )
    would = "would get" if dry_run else "got"
    console.print(
        f"{len(given.acts):,} accounts {would} {days} days, {given.before:,} had them, {len(given.refused):,} refused"
    )
    numbers = holidays.numbers_of(given.refused)
    for account, why in given.refused.items():
        errors.print(f"{escape(numbers[account])}: {escape(why)}", highlight=False, soft_wrap=True)
