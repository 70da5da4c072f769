"""Commands about rules: what is in force at a place on a day, and what changes between two days."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock

from .commands import DAY, console, main, write_csv

LANGUAGE = click.Choice(["en", "zh"])
CSV = click.Path(path_type=Path, dir_okay=False)
UNVERIFIED = "not verified"
FIELDS = (
    "rule", "place", "topic", "kind", "from", "through", "severity", "verified", "zh", "en", "cite", "legal_status",
    "parameters",
)  # fmt: skip


@main.group()
def rules() -> None:
    """What laws ask, by place and day. Needs no database."""


@rules.command("list")
@click.option("--place", help="CN, US, US-MA, UK, EU, …: with what holds everywhere; all places if not said.")
@click.option("--on", type=DAY, help="The day; today if not said.")
@click.option("--kind", help="Only those of a kind or topic, such as notices, cap, wording.")
@click.option("--unverified", is_flag=True, help="Only those that are not verified.")
@click.option("--language", type=LANGUAGE, default="en", show_default=True)
@click.option("--csv", "out", type=CSV, help="Write them, with source and parameters, to this file.")
def rules_list(
    place: str | None, on: datetime | None, kind: str | None, unverified: bool, language: str, out: Path | None
) -> None:
    """List the rules in force at a place on a day."""
    from duecourse.rules import catalogue

    day = on.date() if on else clock.today()
    if kind is not None and not any(one.is_of(kind) for one in catalogue.every()):
        topics = ", ".join(sorted({one.topic for one in catalogue.every()}))
        raise click.BadParameter(f"{kind!r} is no table of a file, and none of {topics}", param_hint="--kind")
    found = [
        one
        for one in catalogue.listed(place=place, on=day)
        if (kind is None or one.is_of(kind)) and not (unverified and one.verified)
    ]
    if out:
        write_csv(out, FIELDS, [row_of(one) for one in found])
    table = table_of(f"rules in force {'at ' + place.upper() if place else 'everywhere'} on {day}", "what it says")
    for one in found:
        about = [f"{one.topic}: {one.kind}", f"since {one.since}", sure(one)]
        table.add_row("\n".join([escape(one.rule), *about]), f"{escape(one.text(language))} [dim]({one.severity})[/]")
    console.print(table)
    doubtful = sum(not one.verified for one in found)
    console.print(f"{len(found):,} rules, {doubtful:,} of them {UNVERIFIED}: not yet compared with the law's own text")


@rules.command("diff")
@click.argument("first", type=DAY)
@click.argument("second", type=DAY)
@click.option("--place", help="A place, with what holds everywhere; all places if not said.")
@click.option("--language", type=LANGUAGE, default="en", show_default=True)
@click.option("--csv", "out", type=CSV, help="Write one row for each field that differs to this file.")
def rules_diff(first: datetime, second: datetime, place: str | None, language: str, out: Path | None) -> None:
    """Say what changes between two days: what begins, ends or is replaced, what differs, and for whom."""
    from duecourse.rules import catalogue

    days = first.date(), second.date()
    found = catalogue.changed(*days, place=place)
    if out:
        columns = ("on", "place", "rule", "what", "kind", "field", "before", "after", "for", "verified")
        write_csv(out, columns, [row for one in found for row in rows_of(one)])
    table = table_of(f"what changes from {days[0]} to {days[1]}", "what, and for whom")
    for one in found:
        told = one.after or one.before
        assert told is not None  # a change has a row before it or after it
        about = [f"{told.topic}: {told.kind}", f"{one.what} {one.on}", sure(told)]
        table.add_row("\n".join([escape(one.rule), *about]), escape("\n".join(lines_of(one, told, language))))
    console.print(table)
    console.print(f"rules that change: {len(found):,}")


def table_of(title: str, says: str) -> Table:
    """A table of rules that fits a narrow screen."""
    table = Table(title=title, show_lines=True)
    table.add_column("rule", overflow="fold", min_width=22)
    table.add_column(says, overflow="fold")
    return table


def sure(rule: Any) -> str:
    """Whether a rule was compared with the text of the law."""
    return "[green]verified[/]" if rule.verified else f"[bold yellow]{UNVERIFIED}[/]"


def lines_of(change: Any, told: Any, language: str) -> list[str]:
    """What a rule says now (or said), each parameter that is not as it was, and whom it concerns."""
    differs = [
        f"{name}: {shown(before)} → {shown(after)}"
        for name, (before, after) in change.differs.items()
        if name not in ("zh", "en", "cite")
    ]
    concerns = [change.place, *(f"{name} {', '.join(who)}" for name, who in change.concerns.items())]
    return [told.text(language), *differs, f"for {'; '.join(concerns)}"]


def row_of(rule: Any) -> list[str]:
    """A rule as a row of a file."""
    parameters = "; ".join(f"{name}={shown(value)}" for name, value in rule.parameters.items())
    through = str(rule.until) if rule.until else ""
    said = [rule.rule, rule.place, rule.topic, rule.kind, str(rule.since), through, rule.severity]
    return [*said, shown(rule.verified), rule.zh, rule.en, rule.cite, rule.legal_status, parameters]


def rows_of(change: Any) -> list[list[str]]:
    """A change as rows of a file: one for each field that differs, one without a field where a rule begins or ends."""
    told = change.after or change.before
    start = [str(change.on), change.place, change.rule, change.what, change.kind]
    end = ["; ".join(f"{name}: {', '.join(who)}" for name, who in change.concerns.items()), shown(told.verified)]
    if not change.differs:
        before, after = ("" if one is None else one.en for one in (change.before, change.after))
        return [[*start, "", before, after, *end]]
    return [[*start, name, shown(before), shown(after), *end] for name, (before, after) in change.differs.items()]


def shown(value: Any) -> str:
    """A parameter as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(shown, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {shown(one)}" for name, one in value.items())
    return "–" if value is None else str(value)
