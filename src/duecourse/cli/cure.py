"""The command about how long lateness lasts."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from .commands import DAY, EXISTING, console, ready, write_csv
from .warn import last_day, warn

WRITTEN = (
    "account", "product", "days_past_due", "days_late", "median_days_left", "expected_days_left", "cured_within_30",
    "by",
)  # fmt: skip


@warn.command("cure")
@click.option("--day", type=DAY, help="What was known on this sealed day; the last one if not said.")
@click.option("--out", type=EXISTING, help="Write each account that is late to this CSV or Parquet file.")
def warn_cure(day: datetime | None, out: Path | None) -> None:
    """How long it takes until a late account is late no more, by product and bucket, and by account."""
    ready()
    from duecourse.risk import cure

    told = cure.of(day=last_day(day))
    show(told)
    if out:
        write(told.accounts, out)
        console.print(f"{told.accounts.num_rows:,} accounts late on {told.day} in {out}", soft_wrap=True)


def show(told: Any) -> None:
    """The curves as a table of 80 columns; what is not known is told."""
    from duecourse.risk import cure

    if not told.curves:
        console.print(f"not enough history: no account was late up to {told.day}")
        return
    shown = Table("product", "late", "spells", *(f"{days} days" for days in cure.WITHIN), "median")
    little = []
    for one in told.curves:
        if one.survival is None:
            little.append(f"{one.product} {one.bucket} ({one.spells})")
            continue
        median = "-" if one.median is None else f"{one.median:.0f}"
        shown.add_row(one.product, one.bucket, f"{one.spells:,}", *(share(part) for part in one.shares), median)
    if len(little) < len(told.curves):
        console.print(f"share cured within so many days (95%), and median days, as known on {told.day}:")
        console.print(shown)
    if little:
        console.print(f"not enough history (spells; {cure.LEAST_SPELLS} are needed): {', '.join(little)}")
    known = [bucket for bucket, one in zip(cure.BUCKETS, told.fitted, strict=True) if one is not None]
    if not known:
        told_by = "by the curve of each account's bucket; the model has not enough history"
    else:
        facts = ", ".join(dict.fromkeys(name for one in told.fitted if one is not None for name in one.facts))
        told_by = f"by a model of {facts} for {', '.join(known)}"
    console.print(f"{told.accounts.num_rows:,} accounts are late; what each has to go is told {told_by}")


def share(told: Any) -> str:
    """A share with its interval, in per cent."""
    if told.value is None:
        return "-"
    return f"{100 * told.value:.0f} ({100 * told.low:.0f}-{100 * told.high:.0f})"


def write(accounts: Any, path: Path) -> None:
    """Write the accounts that are late, by CSV or Parquet."""
    from duecourse.book import parquet
    from duecourse.risk import warning

    table = accounts.select(WRITTEN)
    if path.suffix == ".parquet":
        parquet.write(table, path.resolve())
        return
    if path.suffix != ".csv":
        raise warning.UnknownFileKind(f"{path}: the accounts are written as .csv or .parquet")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    write_csv(draft, WRITTEN, (row.values() for row in table.to_pylist()))
    draft.replace(path)
