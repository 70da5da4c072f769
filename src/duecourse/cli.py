"""The command line: parse, one call, render."""

import getpass
import json
import os
import sys
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from duecourse import embedded
from duecourse.progress import bar, stages

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


def ready() -> None:
    """Start the database if it is the embedded one, and bring its tables up to date; another server is only checked."""
    import django
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    url = os.environ.get("DATABASE_URL")
    if url:
        embedded.check_server(url)
    django.setup()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(5, 0)")  # the connection's end gives it back
        executor = MigrationExecutor(connections["owner"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            if url:
                errors.print("the tables are not up to date: run [bold]duecourse migrate[/]")
                sys.exit(2)
            call_command("migrate", database="owner", verbosity=0)
    connections["owner"].close()


def operator() -> str:
    """Who gave the command."""
    return getpass.getuser()


@main.command()
def migrate() -> None:
    """Bring the tables up to date (with DATABASE_OWNER_URL where the owner's role is another)."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="owner", verbosity=1)


@main.command()
def status() -> None:
    """Say whether the embedded database runs, where, and how far the book is closed."""
    found = embedded.status(embedded.home())
    if found is None:
        console.print(f"the database under {embedded.home()} does not run")
        return
    console.print(f"the database under {embedded.home()} runs (pid {found.pid})")
    ready()
    from duecourse.book import read

    console.print(f"last sealed day: {read.last_sealed() or 'none yet'}")


@main.command()
def stop() -> None:
    """Stop the embedded database."""
    console.print("stopped" if embedded.stop(embedded.home()) else "it did not run")


@main.group("import")
def import_() -> None:
    """Take a file in."""


@import_.command("card")
@click.argument("file", type=EXISTING)
@click.option("--retry", is_flag=True, help="The file holds corrected rows of an earlier one.")
def import_card(file: Path, retry: bool) -> None:
    """Take a card book (CSV or Parquet), replay it and close every day of it."""
    ready()
    from duecourse.intake import card

    with bar() as progress:
        take = card.retry if retry else card.take
        taken = take(file, by=operator(), progress=stages(progress))
    show_taken(taken)
    show_agreement()


def show_taken(taken: Any) -> None:
    """What became of a file."""
    table = Table(title=f"{taken.file.name}: {taken.opened:,} clients opened, {taken.known:,} known before")
    table.add_column("what")
    table.add_column("count", justify="right")
    for name, value in taken.file.summary.items():
        if name != "finished":
            told = f"{value / 100:,.2f}" if name.endswith("_minor") else f"{value:,}"
            table.add_row(
                name.removesuffix("_minor").replace("_", " ") + (", sum" if name.endswith("_minor") else ""), told
            )
    console.print(table)
    show_waiting(taken.file)


def show_waiting(file: Any) -> None:
    """The rows of a file that wait in quarantine, the first of them."""
    waiting = file.quarantined.filter(taken_by=None).order_by("row", "field")
    if waiting.exists():
        table = Table(title=f"{waiting.count():,} rows in quarantine; correct them and take them with --retry")
        for name in ("row", "field", "code", "reason"):
            table.add_column(name)
        for one in waiting[:20]:
            table.add_row(str(one.row), one.field, one.code, escape(one.reason))
        console.print(table)


def show_agreement() -> None:
    """How the ageing compares with the recorded status, where the file has it."""
    from duecourse.intake import agreement

    try:
        found = agreement.compare()
    except agreement.NothingToCompare as reason:
        console.print(f"no comparison with a recorded status: {reason}")
        return
    console.print(
        f"agreement_late={found.agreement_late:.4f} kappa={found.kappa:.4f} "
        f"agreement_exact={found.agreement_exact:.4f} always_in_order={found.always_in_order:.4f} "
        f"client_months={found.client_months}"
    )
    table = Table(title="ledger and record")
    table.add_column("kind")
    table.add_column("client-months", justify="right")
    for kind, count in found.kinds.items():
        table.add_row(kind, f"{count:,}")
    console.print(table)


def amount(told: str) -> Decimal:
    """A sum as it is typed."""
    try:
        return Decimal(told)
    except InvalidOperation:
        raise click.BadParameter(f"{told!r} is no sum") from None


@main.command()
@click.argument("file", type=EXISTING)
@click.option("--retry", is_flag=True, help="The file holds corrected rows, or is the same one, to be looked at again.")
@click.option("--expect-count", type=int, help="Refuse the file unless it has so many rows.")
@click.option("--expect-total", type=amount, help="Refuse the file unless its amounts, as written, add up to this.")
@click.option("--report", type=EXISTING, help="Write what became of the file to this JSON file.")
def receive(
    file: Path, retry: bool, expect_count: int | None, expect_total: Decimal | None, report: Path | None
) -> None:
    """Take a file of payments received (CSV or Parquet) and post them; the same file again changes nothing."""
    ready()
    from duecourse.intake import receive as intake
    from duecourse.intake.payments_file import Control

    with bar() as progress:
        take = intake.retry if retry else intake.take
        received = take(file, expected=Control(expect_count, expect_total), progress=stages(progress))
    show_received(received)
    if report:
        report.write_text(json.dumps(intake.report(received), ensure_ascii=False, indent=2) + "\n")


def show_received(received: Any) -> None:
    """What became of a file of payments: its rows, its totals by channel and currency, what waits in quarantine."""
    told = received.file.summary
    console.print(
        f"{received.file.name}: {told['rows']:,} rows, {received.posted:,} posted now, {told['posted']:,} in all "
        f"({told['posted_for_earlier_days']:,} for earlier days), {told['known_before']:,} known before, "
        f"{told['repeated_in_file']:,} repeated, {told['quarantined']:,} quarantined",
        highlight=False,
        soft_wrap=True,
    )
    table = Table(title="totals")
    for name in ("channel", "currency", "posted", "amount", "known before", "amount"):
        table.add_column(name, justify="right")
    for row in told["totals"]:
        sums = [f"{Decimal(row[name]).scaleb(-row['exponent']):,}" for name in ("posted_minor", "known_before_minor")]
        table.add_row(
            str(row["channel"]), row["currency"], f"{row['posted']:,}", sums[0], f"{row['known_before']:,}", sums[1]
        )
    console.print(table)
    show_waiting(received.file)


@main.group()
def sample() -> None:
    """Real data sets that anyone may fetch."""


@sample.command("get")
@click.argument("name")
def sample_get(name: str) -> None:
    """Fetch a data set (card), check it, keep it; prints its path."""
    from duecourse.intake import samples

    found = samples.find(name)
    with bar() as progress:
        tell = stages(progress)
        place = samples.get(found, progress=lambda done, of: tell(f"fetch {name}", done, of))
    console.print(found.licence)
    click.echo(place)


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


@main.command()
def check() -> None:
    """Check the book: trial balance, balances against entries, what is accrued, the sealed days' digests."""
    ready()
    from duecourse.book import check as book_check

    found = book_check.everything()
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


@main.command()
@click.argument("file", type=EXISTING)
def vectors(file: Path) -> None:
    """Compute the published answers of a file of vectors again; ends with 1 if one differs."""
    from duecourse.vectors import run

    ran = run.file(file)
    for line in ran.lines():
        click.echo(line)
    sys.exit(0 if ran.failed == 0 else 1)


@main.group()
def warn() -> None:
    """The chance that a borrower now in order misses the next minimum."""


def last_day(told: datetime | None) -> date:
    """The day that was named, else the last sealed one."""
    from duecourse.book import read

    day = told.date() if told else read.last_sealed()
    if day is None:
        raise read.NotSealed("no day is sealed yet")
    return day


@warn.command("train")
@click.option("--day", type=DAY, help="What was known on this sealed day; the last one if not said.")
@click.option("--seed", default=0, show_default=True)
def warn_train(day: datetime | None, seed: int) -> None:
    """Train on earlier months, try on a later one by accounts not seen, and keep the model."""
    ready()
    from duecourse.intake import card
    from duecourse.risk import evaluate, warning

    on = last_day(day)
    trained = warning.train(day=on, seed=seed)
    console.print(f"kept as {trained.name}")
    console.print_json(data=trained.card)
    record = card.record()
    if record is not None and "DEFAULT" in record.column_names:
        console.print_json(data=evaluate.card(record=record, day=on))


@warn.command("score")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
@click.option("--out", type=EXISTING, help="Write account, chance and reasons to this CSV or Parquet file.")
def warn_score(day: datetime | None, out: Path | None) -> None:
    """Score every account in order on a sealed day."""
    ready()
    from duecourse.risk import warning

    scored = warning.score(day=last_day(day))
    if out:
        warning.write(scored=scored, path=out)
    console.print(f"{scored.table.num_rows:,} accounts scored")


@main.group()
def staff() -> None:
    """The lender's people."""


@staff.command("add")
@click.argument("username")
@click.password_option(help="Asked for where it is not given.")
def staff_add(username: str, password: str) -> None:
    """Let a person sign in to the console and view the book; again: give a new password."""
    ready()
    from duecourse.web import staff as people

    people.admit(username=username, password=password)
    console.print(f"{username} may view the book")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--demo", "as_demo", is_flag=True, help="Sign every visitor in as a read-only guest (loopback only).")
def serve(host: str, port: int, as_demo: bool) -> None:
    """Serve the console."""
    ready()
    from duecourse.web import serve as web

    web.serve(host=host, port=port, demo=as_demo)


@main.command()
@click.option("--data", type=EXISTING, help="A card book; else a fetched copy, a download, or the simulator.")
@click.option("--no-serve", is_flag=True, help="End after the summary.")
@click.option("--report", type=EXISTING, help="Write the summary's figures to this JSON file.")
@click.option("--port", default=8000, show_default=True)
def demo(data: Path | None, no_serve: bool, report: Path | None, port: int) -> None:
    """The main job on a real card book: import, close, age, warn, look."""
    from duecourse import demo as show

    show.run(data=data, report=report, by=operator(), ready=ready)
    if not no_serve:
        from duecourse.web import serve as web

        web.serve(host="127.0.0.1", port=port, demo=True)
