"""The group of commands, and what they share: the database made ready, who gave the command, how things are told."""

import csv
import getpass
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from duecourse import embedded

console = Console()
errors = Console(stderr=True)
DAY = click.DateTime(formats=["%Y-%m-%d"])
EXISTING = click.Path(path_type=Path)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "duecourse.settings")


class Commands(click.Group):
    """Commands whose refusals are told by code and message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as fault:
            code = getattr(type(fault), "code", None)
            if not isinstance(code, str):
                raise
            errors.print(f"[bold red]{code}[/]: {fault}", highlight=False, soft_wrap=True)
            sys.exit(2)


@click.group(cls=Commands)
@click.version_option(package_name="duecourse")
def main() -> None:
    """Duecourse: consumer credit, from the application to the last payment."""


def settings_known() -> None:
    """Make the settings and tables known, for what needs no database."""
    import django

    django.setup()


def ready() -> None:
    """Start the database if it is the embedded one, and bring its tables up to date; another server is only checked."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    from duecourse import clock, telemetry

    url = os.environ.get("DATABASE_URL")
    if url:
        embedded.check_server(url)
    django.setup()
    with migrating_alone():
        executor = MigrationExecutor(connections["owner"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            if url:
                errors.print("the tables are not up to date: run [bold]duecourse migrate[/]")
                sys.exit(2)
            call_command("migrate", database="owner", verbosity=0)
    telemetry.begin(url=settings.OTLP, role="command", seconds=clock.seconds)


@contextmanager
def migrating_alone() -> Iterator[None]:
    """Let one command after the other bring the tables up to date: each waits until the one before has ended."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")  # on a busy machine the tables may take longer than a lock ever should
        cursor.execute("SELECT pg_advisory_lock(5, 0)")  # the connection's end gives it back
        cursor.execute("RESET lock_timeout")
    try:
        yield
    finally:
        connections["owner"].close()


def major(minor: int, exponent: int) -> Decimal:
    """An amount of minor units in major ones, with all its decimals."""
    return Decimal(minor).scaleb(-exponent)


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under a header to a CSV file; None is written as nothing."""
    with path.open("w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(columns)
        lines.writerows(rows)


def operator() -> str:
    """Who gave the command."""
    return getpass.getuser()
