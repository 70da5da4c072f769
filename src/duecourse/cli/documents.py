"""Commands about documents: receipts, settlement certificates, statements as PDF, and whether one still stands."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from .commands import DAY, EXISTING, console, main, operator, ready


class Certificates(click.Group):
    """`certificate ACCOUNT` issues one; `certificate verify` is the only word that is no account."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["issue", *args]
        return super().parse_args(ctx, args)


@main.command()
@click.argument("account")
@click.argument("entry", type=int)
@click.option("--out", required=True, type=EXISTING, help="The PDF file to write.")
def receipt(account: str, entry: int, out: Path) -> None:
    """Write the receipt of a payment: what it met, due by due, and what remains due next."""
    ready()
    from duecourse.servicing import documents

    write(out, documents.receipt(account=account, entry=entry))


@main.command()
@click.argument("account")
@click.option("--cycle", required=True, type=DAY, help="The statement's cycle day.")
@click.option("--version", type=int, help="An earlier version, as it was sent.")
@click.option("--out", required=True, type=EXISTING, help="The PDF file to write.")
def statement(account: str, cycle: datetime, version: int | None, out: Path) -> None:
    """Write a statement of a line as it was sent."""
    ready()
    from duecourse.servicing import documents

    write(out, documents.statement(account=account, cycle_on=cycle.date(), version=version))


@main.group(cls=Certificates, subcommand_metavar="ACCOUNT --out FILE | verify FILE|NUMBER")
def certificate() -> None:
    """Issue a settlement certificate 结清证明 for an account on which nothing is owed, or verify one."""


@certificate.command("issue", hidden=True)
@click.argument("account")
@click.option("--out", required=True, type=EXISTING, help="The PDF file to write.")
def issue(account: str, out: Path) -> None:
    """Issue a certificate; the same facts answer the one that was issued before."""
    ready()
    from duecourse.servicing import documents

    issued = documents.issue(account=account, by=operator())
    write(out, issued.pdf)
    console.print(f"certificate {issued.number}" + (", issued before with the same facts" if issued.again else ""))


@certificate.command("verify")
@click.argument("told", metavar="FILE|NUMBER")
@click.pass_context
def verify(ctx: click.Context, told: str) -> None:
    """Say whether a certificate was issued and still stands, by its PDF or its number; ends with 1 where it is void."""
    ready()
    from duecourse.servicing import documents

    found: Any = documents.verify(told=told, by=operator())
    console.print(
        f"{found.number}: settlement certificate of account {found.account}, as of {found.day}, issued by {found.by}, "
        f"SHA-256 {found.digest}",
        highlight=False,
        soft_wrap=True,
    )
    if found.void is None:
        console.print("[green]it stands[/]: nothing is owed as of that day")
        return
    console.print("[bold red]void[/]: " + found.void, highlight=False, soft_wrap=True)
    ctx.exit(1)


def write(out: Path, content: bytes) -> None:
    """Write a file and say so."""
    out.write_bytes(content)
    console.print(f"written: {out}", highlight=False, soft_wrap=True)
