"""Commands about webhooks: where partners are told of events, telling them, telling them again."""

import sys

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock

from .commands import console, main, operator, ready

BY = click.option("--by", help="Who does it; who gives the command if not said.")
REASON = click.option("--reason", required=True, help="Why.")


@main.group("webhooks")
def webhooks() -> None:
    """Telling partners of events, signed by Standard Webhooks."""


@webhooks.command("add")
@click.argument("partner")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, help="Which events: payment.received, …; often. All, if not said.")
@REASON
@BY
def add(partner: str, url: str, kinds: tuple[str, ...], reason: str, by: str | None) -> None:
    """Tell PARTNER of events at URL from now on, and print the secret of its signatures: it is shown once."""
    ready()
    from duecourse.partners import endpoints

    made = endpoints.add(partner=partner, url=url, kinds=kinds, by=by or operator(), reason=reason)
    console.print(f"endpoint {made.id}", highlight=False)
    click.echo(made.secret)


@webhooks.command("list")
@click.option("--outcome", default="", help="Only deliveries that came to this: queued, failed, dead, delivered.")
@click.option("--endpoint", type=int, help="Only those of this endpoint.")
def list_deliveries(outcome: str, endpoint: int | None) -> None:
    """List the endpoints and the newest deliveries."""
    ready()
    from duecourse.partners import deliver, endpoints

    places = Table("endpoint", "partner", "address", "told of")
    for row in endpoints.standing():
        places.add_row(str(row.id), row.partner, escape(row.url), " ".join(row.kinds) or "all")
    console.print(places)
    shown = Table("delivery", "event", "account", "endpoint", "came to", "tries", "answer", "next")
    for one in deliver.listed(outcome=outcome, endpoint=endpoint):
        answer = " ".join(str(part) for part in (one.status, one.detail) if part)
        coming = f"{one.next_at:%Y-%m-%d %H:%M:%S}" if one.next_at else ""
        shown.add_row(
            str(one.id), one.kind, escape(one.account), str(one.endpoint), one.outcome, str(one.tries), escape(answer),
            coming,
        )  # fmt: skip
    console.print(shown)


@webhooks.command("end")
@click.argument("endpoint", type=int)
@REASON
@BY
def end(endpoint: int, reason: str, by: str | None) -> None:
    """Tell ENDPOINT nothing more."""
    ready()
    from duecourse.partners import endpoints

    endpoints.end(endpoint=endpoint, by=by or operator(), reason=reason)
    console.print(f"endpoint {endpoint} is told nothing more", highlight=False)


@webhooks.command("send")
@click.option("--keep-on", is_flag=True, help="Go on until Ctrl-C, looking every five seconds.")
def send(keep_on: bool) -> None:
    """Tell endpoints what happened since the last time, and try again what is due."""
    ready()
    from duecourse.partners import deliver, events

    while True:
        new = events.gather(at=clock.now())
        came = deliver.deliver(now=clock.now, by=operator())
        if new or came or not keep_on:
            told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(came.items()))
            console.print(f"{new.total():,} new events; {told or 'nothing to tell'}", highlight=False)
        if not keep_on:
            return
        clock.wait(5)


@webhooks.command("replay")
@click.argument("delivery", type=int, required=False)
@click.option("--dead", type=int, metavar="ENDPOINT", help="Instead: all of an endpoint's deliveries that are dead.")
@BY
def replay(delivery: int | None, dead: int | None, by: str | None) -> None:
    """Tell DELIVERY again with the next send; its message keeps its id."""
    ready()
    from duecourse.partners import deliver

    if (delivery is None) == (dead is None):
        raise click.UsageError("name a delivery, or an endpoint with --dead")
    if dead is not None:
        numbers = [one.id for one in deliver.listed(newest=sys.maxsize, outcome=deliver.DEAD, endpoint=dead)]
    else:
        numbers = [delivery] if delivery is not None else []
    for number in numbers:
        deliver.replay(delivery=number, at=clock.now(), by=by or operator())
    console.print(f"{len(numbers):,} to be told again", highlight=False)
