"""The command about corrected days: what is known otherwise since a day was sealed."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from .commands import DAY, console, main, major, ready, write_csv

SHOWN = 30
"""How many accounts the table shows."""
COUNTED = ("days_past_due", "bucket")
"""Figures that are no amounts."""


@main.command()
@click.option("--day", required=True, type=DAY, help="A sealed day.")
@click.option("--known-on", type=DAY, help="As known on this sealed day; the last one if not said.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write all that differs to this CSV.")
def changed(day: datetime, known_on: datetime | None, out: Path | None) -> None:
    """Say which accounts are known otherwise than a day was sealed: what differs, since when, by whom and why."""
    ready()
    from duecourse.book import read

    on = known_on.date() if known_on else read.last_sealed()
    found = read.corrections(day=day.date(), known_on=on)
    if out:
        write(found, out)
    table = Table(title=f"{day.date()} as known on {on}: {len(found):,} accounts corrected since it was sealed")
    for name in ("account", "what differs", "since", "booked", "by", "why"):
        table.add_column(name, no_wrap=name in ("since", "booked"))
    for one in found[:SHOWN]:
        figures = "\n".join(f"{name} {told(one, name, 0)} → {told(one, name, 1)}" for name in one.moved)
        columns = zip(*((str(why.since), str(why.booked), why.by, why.reason) for why in one.changes), strict=True)
        table.add_row(escape(one.number), figures, *("\n".join(map(escape, lines)) for lines in columns))
    console.print(table)
    if len(found) > SHOWN:
        console.print(f"and {len(found) - SHOWN:,} more; --out FILE writes them all")


def told(correction: Any, name: str, place: int) -> str:
    """A figure before (0) or after (1) its correction; a dash where the account was not there."""
    value = correction.moved[name][place]
    if value is None:
        return "–"
    return str(value) if name in COUNTED else f"{major(value, correction.exponent):,}"


def write(found: list[Any], out: Path) -> None:
    """One row for each figure that differs; amounts in whole units of the currency."""
    rows = []
    for one in found:
        why = [
            "; ".join(map(str, lines))
            for lines in zip(*((why.since, why.booked, why.by, why.reason) for why in one.changes), strict=True)
        ]
        for name in one.moved:
            before, after = ("" if one.moved[name][at] is None else plain(one, name, at) for at in (0, 1))
            rows.append([one.number, one.currency, name, before, after, *why])
    write_csv(out, ["account", "currency", "figure", "before", "after", "since", "booked", "by", "why"], rows)


def plain(correction: Any, name: str, place: int) -> str:
    """A figure as a file holds it, without separators."""
    return told(correction, name, place).replace(",", "")
