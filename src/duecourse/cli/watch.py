"""Commands about watch lists: drawing one for a scored day, and what earlier ones did."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from .commands import DAY, EXISTING, console, major, operator, ready, write_csv
from .warn import last_day, warn

SHARE = click.FloatRange(0, 1, min_open=True)
COLUMNS = ("account", "place", "drawn", "chance", "owed", "avoided")
SHOWN = 10
EXPERIMENT = click.option("--experiment", help="Whose lists; an account stays in its group within one.")


@warn.command("watch")
@click.option("--capacity", type=click.IntRange(1), required=True, help="How many contacts can be made.")
@click.option("--day", type=DAY, help="A scored day; the last sealed one if not said.")
@click.option("--cost", default=0, help="What a contact costs, in minor units.", show_default=True)
@click.option("--avoided", type=SHARE, help="The share of misses that a contact is taken to avoid.")
@click.option("--measured", is_flag=True, help="Take the share that earlier lists of the experiment measured.")
@click.option("--lost", type=SHARE, help="The share of what is owed that is lost with a miss.")
@click.option("--control", type=click.FloatRange(0, 1, max_open=True), help="The share that gets nothing extra.")
@EXPERIMENT
@click.option("--currency", help="Which accounts, where there are several currencies.")
@click.option("--out", type=EXISTING, help="Write the whole list to this CSV file.")
@click.option("--by", help="Who draws it; who gives the command if not said.")
def warn_watch(
    capacity: int,
    day: datetime | None,
    cost: int,
    avoided: float | None,
    measured: bool,
    lost: float | None,
    control: float | None,
    experiment: str | None,
    currency: str | None,
    out: Path | None,
    by: str | None,
) -> None:
    """Draw the watch list of a day: whom to contact, in order of expected loss avoided, and who is kept out."""
    if measured and avoided is not None:
        raise click.UsageError("--measured and --avoided each say what a contact avoids: give one")
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.risk import watch
    from duecourse.rules import watch_terms

    on = last_day(day)
    told = watch_terms.watch_terms(on=on)
    given = {"avoided_ppm": avoided, "lost_ppm": lost, "control_ppm": control}
    told = told._replace(**{name: round(share * 1e6) for name, share in given.items() if share is not None})
    drawn = watch.draw(
        day=on, capacity=capacity, by=by or operator(), cost_minor=cost, terms=told, measured=measured,
        experiment=experiment or watch.EXPERIMENT, currency=currency,
    )  # fmt: skip
    exponent = exponents()[drawn.row.currency]
    if out:
        write_csv(out, COLUMNS, (told_row(row, exponent) for row in drawn.table.to_pylist()))
    show(drawn, on, exponent)


def told_row(row: dict[str, Any], exponent: int) -> list[object]:
    """One account of a list, with shares and amounts in major units."""
    owed, avoided = (f"{major(row[name], exponent):f}" for name in ("owed_minor", "avoided_minor"))
    return [row["account"], row["place"], row["drawn"], f"{row['chance_ppm'] / 1e6:.4f}", owed, avoided]


def show(drawn: Any, on: date, exponent: int) -> None:
    """Print the first of a list, its sums, and how long it takes to know what it did."""
    from duecourse.risk import watch

    row = drawn.row
    shown = Table("account", "place", "drawn", "chance", f"owed {row.currency}", "loss avoided")
    for one in drawn.table.slice(0, SHOWN).to_pylist():
        shown.add_row(*map(str, told_row(one, exponent)))
    console.print(shown)
    contacts, control = drawn.of(watch.CONTACT), drawn.of(watch.CONTROL)
    sums = sum(contacts.column("avoided_minor").to_pylist())
    console.print(
        f"{on}: {contacts.num_rows:,} contacts of {row.capacity:,}, {control.num_rows:,} in the control group, "
        f"expected loss avoided {major(sums, exponent):,f} {row.currency}"
    )
    console.print(
        f"taken: a contact avoids {row.avoided_ppm / 1e4:.1f}% of misses ({row.effect_from}), "
        f"a miss loses {row.lost_ppm / 1e4:.1f}% of what is owed"
    )
    needed, lists = watch.power(drawn)
    if needed:
        console.print(f"to find that effect with power 80%: {needed:,} listings, {lists:,} lists like this one")


@warn.command("uplift")
@click.option("--through", type=DAY, help="What is known on this sealed day; the last one if not said.")
@EXPERIMENT
def warn_uplift(through: datetime | None, experiment: str | None) -> None:
    """What contacts did: misses of the contacted beside those of the control group."""
    ready()
    from duecourse.risk import watch

    of, on = experiment or watch.EXPERIMENT, last_day(through)
    told = watch.measure(experiment=of, through=on)
    watch.keep(measured=told, experiment=of, through=on)
    found = told.found
    shown = Table("drawn", "listings", "missed", "share", "95% interval")
    for name, group in ((watch.CONTACT, found.contacted), (watch.CONTROL, found.control)):
        low, high = group.interval()
        shown.add_row(name, f"{group.listed:,}", f"{group.missed:,}", f"{group.share:.1%}", f"{low:.1%} to {high:.1%}")
    console.print(shown)
    console.print(
        f"contacts avoided {found.avoided:.1%} of listings ({found.low:.1%} to {found.high:.1%})"
        + (f", {found.relative:.1%} of the misses" if found.relative is not None else "")
        + (": the contacted missed more" if found.is_worse else "" if found.is_sure else ": this may be chance")
    )
    if not found.is_sure:
        wait = f"{told.lists:,} more lists like these are needed" if told.lists else "as many are known"
        console.print(f"an effect of {told.assumed:.1%} of the misses shows in {told.needed:,} listings: {wait}")
