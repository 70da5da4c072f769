"""Commands about the way to court: the limitation clock, the checks before it, the demand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from .care import AT
from .commands import DAY, EXISTING, console, main, operator, ready

BY = click.option("--by", help="Who does it; who gives the command if not said.")
REASON = click.option("--reason", required=True, help="Why.")
KEY = click.option("--key", help="The request's key: the same again answers what was done.")
OUT = click.option("--out", required=True, type=EXISTING, help="The file to write.")


@main.group("legal")
def legal() -> None:
    """The way to court: clock, checks, demand, proceedings, evidence."""


@legal.command("clock")
@click.argument("account")
@click.option("--day", type=DAY, help="On which day; today if not said.")
def clock(account: str, day: datetime | None) -> None:
    """By when the debt of ACCOUNT must be sued for, by which rule, and what started the time anew."""
    ready()
    from duecourse.recovery import legal_limitation

    told = legal_limitation.limitation(account=account, on=(day or datetime.now(UTC)).date())
    if told.rule is None:
        console.print(f"no limitation is kept for {told.place or 'an unknown place'}")
        return
    verified = "" if told.rule.verified else ", not verified"
    console.print(f"{told.rule.rule}: {told.rule.months} months, then {told.rule.effect}{verified}", highlight=False)
    if told.begun_on is None:
        console.print("nothing is past due: no time runs")
        return
    console.print(f"late since {told.default_on}; the time runs from {told.begun_on} and ends on {told.ends_on}")
    if told.underway:
        console.print("a proceeding is under way")
    elif told.is_over:
        console.print(f"[bold red]over[/] since {-int(told.days_left or 0)} days")
    else:
        console.print(f"{told.days_left} days left")
    if told.interruptions:
        shown = Table("day", "what", "row", "starts the time anew")
        for one in told.interruptions:
            shown.add_row(str(one.on), one.kind, str(one.row), f"yes, {told.rule.interruption}" if one.counts else "no")
        console.print(shown)


@legal.command("checks")
@click.argument("account")
@AT
@click.pass_context
def checks(ctx: click.Context, account: str, at: datetime | None) -> None:
    """What must hold before a debt goes to court; ends with 1 where something does not."""
    ready()
    from duecourse.recovery import legal_checks

    found = legal_checks.checks(account=account, at=at or datetime.now(UTC))
    show(found)
    if not all(one.passed for one in found):
        ctx.exit(1)


def show(found: Any) -> None:
    """Checks as a table."""
    shown = Table("check", "", "why", "rule")
    for one in found:
        shown.add_row(one.name, "[green]passed[/]" if one.passed else "[bold red]failed[/]", one.reason, one.rule)
    console.print(shown)


@legal.command("acknowledge")
@click.argument("account")
@click.option("--kind", type=click.Choice(["written", "spoken"]), required=True)
@click.option("--day", type=DAY, required=True)
@click.option("--source", required=True, help="Where it is kept: a letter, a recording.")
@REASON
@KEY
@BY
def acknowledge(
    account: str, kind: str, day: datetime, source: str, reason: str, key: str | None, by: str | None
) -> None:
    """Note that the person owned the debt of ACCOUNT on a day."""
    ready()
    from duecourse.recovery import legal_limitation

    told = legal_limitation.acknowledge(
        account=account, kind=kind, on=day.date(), source=source, by=by or operator(), reason=reason,
        key=key or f"acknowledge:{account}:{kind}:{day.date()}",
    )  # fmt: skip
    console.print(f"acknowledgement {told}")


@legal.command("help")
@click.argument("account")
@click.option("--what", required=True, help="What was offered.")
@click.option("--channel", required=True)
@click.option("--day", type=DAY, required=True)
@REASON
@KEY
@BY
def offer_help(
    account: str, what: str, channel: str, day: datetime, reason: str, key: str | None, by: str | None
) -> None:
    """Note help that was offered to who owes ACCOUNT, beside a computed plan."""
    ready()
    from duecourse.recovery import legal_checks

    told = legal_checks.offer_help(
        account=account, what=what, channel=channel, on=day.date(), by=by or operator(), reason=reason,
        key=key or f"help:{account}:{day.date()}",
    )  # fmt: skip
    console.print(f"help offer {told}")


@legal.command("demand")
@click.argument("account")
@OUT
@REASON
@AT
@KEY
@BY
def demand(account: str, out: Path, reason: str, at: datetime | None, key: str | None, by: str | None) -> None:
    """Write the letter that asks for what ACCOUNT owes before court, as PDF; the contact gate is asked."""
    ready()
    from duecourse.recovery import legal_demand

    now = at or datetime.now(UTC)
    told = legal_demand.write(
        account=account, at=now, by=by or operator(), reason=reason, key=key or f"demand:{account}:{now.date()}"
    )
    out.write_bytes(told.pdf)
    console.print(f"demand {told.number}" + (", written before" if told.again else ""))
    console.print(f"written: {out}", highlight=False, soft_wrap=True)


@legal.command("send")
@click.argument("number")
@AT
@BY
def send(number: str, at: datetime | None, by: str | None) -> None:
    """Queue demand NUMBER as an e-mail with its PDF, where the person agreed to that; it is posted once it is taken."""
    ready()
    from duecourse.recovery import legal_demand, legal_demand_mail

    message, is_new = legal_demand_mail.queue(
        demand=legal_demand.id_of(number), at=at or datetime.now(UTC), by=by or operator()
    )
    console.print(f"{number}: message {message}" + ("" if is_new else ", queued before"))


@legal.command("posted")
@click.argument("number")
@click.option("--reference", required=True, help="The post's own number.")
@AT
@BY
def posted(number: str, reference: str, at: datetime | None, by: str | None) -> None:
    """Say that demand NUMBER was posted; its notice runs from that day."""
    ready()
    from duecourse.recovery import legal_demand

    sent = legal_demand.post(
        demand=legal_demand.id_of(number), at=at or datetime.now(UTC), reference=reference, by=by or operator()
    )
    console.print(f"{number}: the notice runs through {sent.pay_by}")
