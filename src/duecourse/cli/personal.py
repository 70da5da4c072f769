"""Commands about what people asked about their own data."""

from datetime import datetime

import click

from duecourse import clock

from .commands import console, main, operator, ready

DAY = click.DateTime(["%Y-%m-%d"])


@main.group()
def erasure() -> None:
    """What people asked to have erased."""


@erasure.command("list")
@click.option(
    "--state", type=click.Choice(["asked", "refused", "granted", "erased"]), help="Those in this state alone."
)
def erasure_list(state: str | None) -> None:
    """Each that was asked for, what became of it, and the rules or reasons."""
    ready()
    from duecourse.personal import erasing

    for one in erasing.listed(state=state):
        told = f" until {one.until}" if one.until else ""
        console.print(f"{one.id}: person {one.person}, asked {one.on}: {one.state}{told} {', '.join(one.rules)}")


@erasure.command("decide")
@click.argument("number", type=int)
@click.option("--grant/--refuse", "granted", required=True)
@click.option("--reason", required=True)
@click.option("--by", default=operator, show_default="who gives the command")
def erasure_decide(number: int, granted: bool, reason: str, by: str) -> None:
    """Grant or refuse one that waits for a decision."""
    ready()
    from duecourse.personal import erasing

    told = erasing.decide(erasure=number, granted=granted, on=clock.today(), by=by, reason=reason)
    console.print(f"{told.id}: {told.state}{f', the rest after {told.until}' if told.until else ''}")


@erasure.command("due")
@click.option("--on", "on", type=DAY, help="Today, if not said.")
@click.option("--by", default=operator, show_default="who gives the command")
def erasure_due(on: datetime | None, by: str) -> None:
    """Erase the rest of everybody whose last duty of keeping has ended, and forms begun and left for thirty days. To be
    run every day."""
    ready()
    from duecourse.care import hardship_drafts
    from duecourse.personal import erasing

    done = erasing.due(on=on.date() if on else clock.today(), by=by)
    left = hardship_drafts.expire(at=clock.now())
    console.print(f"{len(done)} erased, {left} forms removed that were begun and left")
