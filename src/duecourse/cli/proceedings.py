"""Commands about proceedings: prepared, filed, judged, enforced, ended."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from .care import AT
from .commands import DAY, EXISTING, console, major, operator, ready
from .hardship import Amount
from .legal import BY, KEY, OUT, REASON, legal

PROCEEDING = click.argument("proceeding", type=int)
ON = click.option("--day", type=DAY, required=True, help="From which day.")
REFERENCE = click.option("--reference", required=True, help="The court's, arbitrator's or bailiff's own.")


@legal.command("prepare")
@click.argument("account")
@click.option("--kind", type=click.Choice(["court", "arbitration"]), required=True)
@REASON
@AT
@KEY
@BY
def prepare(account: str, kind: str, reason: str, at: datetime | None, key: str | None, by: str | None) -> None:
    """Prepare a way to court for ACCOUNT: every check must pass."""
    ready()
    from duecourse.recovery import legal_proceedings

    now = at or datetime.now(UTC)
    one = legal_proceedings.prepare(
        account=account, kind=kind, at=now, by=by or operator(), reason=reason,
        key=key or f"prepare:{account}:{now.date()}",
    )  # fmt: skip
    console.print(f"proceeding {one} is prepared; another person files it")


@legal.command("file")
@PROCEEDING
@REFERENCE
@REASON
@AT
@BY
def file(proceeding: int, reference: str, reason: str, at: datetime | None, by: str | None) -> None:
    """File PROCEEDING; not by who prepared it."""
    ready()
    from duecourse.recovery import legal_proceedings

    legal_proceedings.file(
        proceeding=proceeding, at=at or datetime.now(UTC), reference=reference, by=by or operator(), reason=reason
    )
    console.print(f"proceeding {proceeding} is filed")


@legal.command("judgment")
@PROCEEDING
@ON
@click.option("--amount", type=Amount(), required=True, help="What is awarded of the debt.")
@click.option("--costs", type=Amount(), default="0", help="What is awarded for costs.")
@click.option("--rate", type=Amount(), default="0", help="Interest on the amount, percent a year.")
@REFERENCE
@REASON
@BY
def judgment(
    proceeding: int, day: datetime, amount: Decimal, costs: Decimal, rate: Decimal, reference: str, reason: str,
    by: str | None,
) -> None:  # fmt: skip
    """Write down the judgment of PROCEEDING: costs are charged, interest as agreed stops."""
    ready()
    from duecourse.recovery import legal_proceedings

    page = page_of(proceeding)
    award = legal_proceedings.Award(
        int(amount.scaleb(page.exponent)), int(costs.scaleb(page.exponent)), int(rate * 10_000)
    )
    legal_proceedings.judge(
        proceeding=proceeding, award=award, on=day.date(), reference=reference, by=by or operator(), reason=reason
    )
    console.print(f"proceeding {proceeding}: {amount:,} {page.currency} awarded, costs {costs:,}, {rate}% a year")


@legal.command("interest")
@PROCEEDING
@click.option("--through", type=DAY, required=True)
@REASON
@BY
def interest(proceeding: int, through: datetime, reason: str, by: str | None) -> None:
    """Charge the interest of the judgment of PROCEEDING through a day."""
    ready()
    from duecourse.recovery import legal_proceedings

    new = legal_proceedings.charge_interest(
        proceeding=proceeding, through=through.date(), by=by or operator(), reason=reason
    )
    page = page_of(proceeding)
    console.print(f"{major(new, page.exponent):,} {page.currency} charged through {through.date()}")


@legal.command("stage")
@PROCEEDING
@click.argument("stage", type=click.Choice(["enforcement", "satisfied", "settled", "dismissed", "withdrawn"]))
@ON
@click.option("--reference", default="", help="The bailiff's or court's own; of a settlement, its arrangement.")
@REASON
@BY
def stage(proceeding: int, stage: str, day: datetime, reference: str, reason: str, by: str | None) -> None:
    """Say where PROCEEDING is from a day on."""
    ready()
    from duecourse.recovery import legal_proceedings

    is_settled = stage == legal_proceedings.SETTLED
    if is_settled and not reference.isdecimal():
        raise click.BadParameter("the number of the arrangement", param_hint="--reference")
    legal_proceedings.take_on(
        proceeding=proceeding, stage=stage, on=day.date(), reference=reference,
        arrangement=int(reference) if is_settled else None, by=by or operator(), reason=reason,
    )  # fmt: skip
    console.print(f"proceeding {proceeding} is {stage}")


@legal.command("attach")
@PROCEEDING
@click.argument("path", type=EXISTING)
@BY
def attach(proceeding: int, path: Path, by: str | None) -> None:
    """Keep a paper of PROCEEDING, encrypted."""
    ready()
    from duecourse.recovery import legal_proceedings

    one = legal_proceedings.attach(
        proceeding=proceeding, name=path.name, content=path.read_bytes(), by=by or operator()
    )
    console.print(f"document {one}")


@legal.command("show")
@click.argument("account")
def show(account: str) -> None:
    """The proceedings about ACCOUNT, stage by stage."""
    ready()
    from duecourse.recovery import legal_proceedings

    found = legal_proceedings.stages(account=account)
    if not found:
        console.print("no proceeding")
        return
    shown = Table("proceeding", "stage", "from", "reference", "by", "why")
    for row, stages in found:
        for one in stages:
            shown.add_row(f"{row.id} ({row.kind})", one.stage, str(one.on), one.reference, one.by, one.reason)
    console.print(shown)


@legal.command("pack")
@click.argument("account")
@OUT
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="Of the PDF.")
@REASON
@BY
def pack(account: str, out: Path, language: str, reason: str, by: str | None) -> None:
    """Write the evidence pack of ACCOUNT: a ZIP with PDF, CSV, JSON, hashes and proofs. That it was made is kept."""
    ready()
    from duecourse.recovery import evidence

    made = evidence.pack(account=account, language=language, by=by or operator(), reason=reason)
    out.write_bytes(made.content)
    console.print(f"pack {made.id}: {out}, SHA-256 {made.digest}", highlight=False, soft_wrap=True)


@legal.command("verify")
@click.argument("path", type=EXISTING)
@click.pass_context
def verify(ctx: click.Context, path: Path) -> None:
    """Say whether an evidence pack agrees with its hashes and proofs; ends with 1 where it does not."""
    ready()
    from duecourse.recovery import evidence

    found = list(evidence.faults(path.read_bytes()))
    for fault in found:
        console.print(f"[bold red]{fault}[/]", highlight=False)
    if found:
        ctx.exit(1)
    console.print("[green]whole[/]: each file has its hash, each sealed day its proof")


def page_of(proceeding: int) -> Any:
    """The account that a proceeding is about."""
    from duecourse.recovery import legal_proceedings
    from duecourse.servicing import read

    return read.account(number=legal_proceedings.number_of(legal_proceedings.found(proceeding)))
