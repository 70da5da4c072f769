"""The command that does any act of servicing: one on the command line, or those of a file."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from duecourse.progress import bar, stages

from .commands import DAY, console, main, operator, ready
from .files import show_waiting

SHOWN = 50
"""How many of a file's acts the table shows."""


def values_of(words: tuple[str, ...]) -> dict[str, Any]:
    """Fields from `--name value` or `--name=value`; one that begins with { or [ is JSON, with @ a file of it."""
    found: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if not word.startswith("--"):
            raise click.UsageError(f"{word!r} is no field: --name value")
        name, given, value = word.removeprefix("--").partition("=")
        if not given:
            if not left:
                raise click.UsageError(f"--{name} has no value")
            value = left.pop(0)
        name = name.replace("-", "_")
        if name in found:
            raise click.UsageError(f"--{name} is given twice")
        found[name] = plain(name, value)
    return found


def plain(name: str, value: str) -> Any:
    """A value as typed, or what it says as JSON."""
    try:
        text = Path(value[1:]).read_text(encoding="utf-8") if value.startswith("@") else value
        return json.loads(text, parse_float=Decimal) if text.lstrip()[:1] in ("{", "[") else text
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as fault:
        raise click.BadParameter(str(fault), param_hint=f"--{name}") from None


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="ACCOUNT KIND [--FIELD VALUE]... | FILE")
@click.option("--on", type=DAY, help="The day on which it counts, where the act has one.")
@click.option("--reason", help="Why; needed for a single act.")
@click.option("--key", help="The request's key; without one, made of what is asked: asked twice it is done once.")
@click.option(
    "--retry", is_flag=True, help="The file holds corrected lines, or is the same one, to be looked at again."
)
@click.option("--kinds", is_flag=True, help="List every act with its fields, and do nothing.")
def act(
    words: tuple[str, ...], on: datetime | None, reason: str | None, key: str | None, retry: bool, kinds: bool
) -> None:
    """Do one act of KIND to ACCOUNT, or every act of FILE (JSON, one object on each line).

    Amounts are told in major units (100.00), days as 2026-08-31, a list between commas, a plan as JSON or as @FILE.
    A line of FILE has account, kind, on, why, key, by (whoever gives the command, if left out) and fields.
    """
    if kinds:
        show_kinds()
    elif len(words) == 1:
        if on or reason or key:
            raise click.UsageError("--on, --reason and --key are of a single act; a file has them on each line")
        take_file(Path(words[0]), retry)
    elif len(words) > 1 and not retry:
        one(words[0], words[1], words[2:], on, reason, key)
    else:
        raise click.UsageError("an ACCOUNT and a KIND, or a FILE; --kinds lists the kinds")


def one(
    account: str, kind: str, words: tuple[str, ...], on: datetime | None, reason: str | None, key: str | None
) -> None:
    """Do one act and show it."""
    if not reason:
        raise click.UsageError("--reason says why")
    fields = values_of(words)
    ready()
    from duecourse.intake import act_kinds

    day = str(on.date()) if on else None
    said = json.dumps(fields, sort_keys=True, default=str)
    asked = act_kinds.Asked(account, kind, day, operator(), reason, key or f"act:{account}:{kind}:{day}:{said}", fields)
    show_done("done", [(None, act_kinds.do(asked))])


def take_file(path: Path, retry: bool) -> None:
    """Do the acts of a file and show them, the sums, and what waits."""
    ready()
    from duecourse.intake import acts

    with bar() as progress:
        take = acts.retry if retry else acts.take
        taken = take(path, by=operator(), progress=stages(progress))
    told = taken.file.summary
    console.print(
        f"{taken.file.name}: {told['rows']:,} lines, {told['done']:,} done, {told['known_before']:,} known before, "
        f"{told['quarantined']:,} quarantined",
        highlight=False,
        soft_wrap=True,
    )
    if taken.done:
        title = f"{len(taken.done):,} acts" + (f", the first {SHOWN}" if len(taken.done) > SHOWN else "")
        show_done(title, list(taken.done.items())[:SHOWN])
    show_waiting(taken.file)


def show_done(title: str, done: Sequence[tuple[int | None, Any]]) -> None:
    """Acts in a table: the line, the account, what was done on which day, what it made."""
    table = Table(title=title)
    for name in ("line", "account", "act", "on", "made", "")[done[0][0] is None :]:
        table.add_column(name, justify="right" if name == "line" else "left")
    for row, told in done:
        cells = (told.account, told.kind, str(told.on or ""), told.made, "as before" if told.again else "")
        table.add_row(*([str(row)] if row is not None else []), *map(escape, cells))
    console.print(table)


def show_kinds() -> None:
    """Every act with its fields; those that may be left out end in a question mark."""
    ready()
    from duecourse.intake import act_kinds

    table = Table(title="acts; fields with ? may be left out")
    for name in ("act", "of", "day", "fields"):
        table.add_column(name)
    for name, kind, of in act_kinds.known_kinds():
        fields = "; ".join(f"{one.name}{'' if one.needed else '?'}: {one.what}" for one in kind.fields)
        table.add_row(name, of, "on" if kind.day else "", escape(fields))
    console.print(table)
