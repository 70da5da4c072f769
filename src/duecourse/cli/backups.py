"""Commands that keep an installation safe: backup, restore, doctor."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock, embedded
from duecourse.progress import bar, stages

from .commands import EXISTING, console, main, migrating_alone, ready


@main.command()
@click.option("--out", required=True, type=EXISTING, help="The file to be written; there must be none.")
def backup(out: Path) -> None:
    """Write the whole book to one file: database, sealed days, models, with their hashes. Not the keys."""
    ready()
    from duecourse.backup import make

    with bar() as progress:
        made = make.backup(out=out, at=clock.now(), tell=stages(progress))
    console.print(
        f"{made.out}: {made.size:,} bytes, {made.files:,} files, sealed through {made.last_sealed or 'no day'}"
    )
    console.print(f"SHA-256 {made.sha256}", soft_wrap=True)
    console.print(
        f"Keep secret_key and pii_key of {embedded.home()} (or what the environment says) elsewhere: without them"
        " nobody can read what is encrypted, nor restore this."
    )


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Though the database has rows: they are removed.")
def restore(file: Path, replace: bool) -> None:
    """Bring a backup back: verify it, exchange the tables in one transaction, check the book."""
    import django

    django.setup()
    from duecourse.backup import restore as bringing

    with migrating_alone(), bar() as progress:
        done = bringing.restore(file=file, replace=replace, tell=stages(progress))
    console.print(checked(done.checks))
    told: dict[str, Any] = done.manifest
    console.print(
        f"restored: made {told['made_at']} by {told['release']}, sealed through {told['last_sealed'] or 'no day'}"
    )
    sys.exit(0 if done.is_right else 1)


@main.command("rotate-keys")
def rotate_keys() -> None:
    """Seal everything anew under the first of DUECOURSE_PII_KEYS; may be stopped at any time, and goes on."""
    ready()
    from duecourse.borrowers import rotation, secrecy

    with bar() as progress:
        done = rotation.rotate(tell=stages(progress))
    first = secrecy.keys()[0].id
    console.print(f"{done.rows:,} rows sealed anew; {done.under.get(first, 0):,} values are under {first}")
    left = {key: count for key, count in done.under.items() if key != first}
    for key, count in sorted(left.items()):
        console.print(f"{count:,} values came meanwhile under {key or 'a key without a name'}: run this again")
    if not left:
        console.print("No other key is needed any more, but for backups that were made before.")
    sys.exit(1 if left else 0)


def checked(checks: Any) -> Table:
    """What every check found, as a table."""
    table = Table(title="check")
    for name in ("what", "result", "looked at", "detail"):
        table.add_column(name)
    for one in checks:
        table.add_row(one.what, "[green]ok[/]" if one.ok else "[bold red]WRONG[/]", f"{one.looked_at:,}", one.detail)
    return table


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
def doctor(as_json: bool) -> None:
    """Look whether this installation is sound, and say what to do; exit code 1 where something is bad."""
    told = looked()
    is_bad = any(one["state"] == "bad" for one in told)
    if as_json:
        click.echo(json.dumps({"ok": not is_bad, "found": told}, indent=1, ensure_ascii=False))
    else:
        table = Table(title="doctor")
        for name in ("what", "", "found", "what to do"):
            table.add_column(name, overflow="fold")
        for one in told:
            colour = {"ok": "green", "mind": "yellow"}.get(one["state"], "bold red")
            table.add_row(one["what"], f"[{colour}]{one['state']}[/]", escape(one["said"]), escape(one["to_do"]))
        console.print(table)
    sys.exit(1 if is_bad else 0)


def looked() -> list[dict[str, str]]:
    """What was found; where not even the settings can be made, that alone."""
    import django

    try:
        django.setup()
    except embedded.Refused as fault:
        return [{"what": "database", "state": "bad", "said": f"{fault.code}: {fault}", "to_do": "mend that first"}]
    from duecourse import doctor as looking

    return [one._asdict() for one in looking.look(at=clock.now())]
