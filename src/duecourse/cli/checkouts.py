"""Commands about payments through a provider: list them, ask after those of which nothing was told, a sandbox."""

import os
import time
from decimal import Decimal

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock

from .commands import console, main, ready, settings_known

PORT = 8200


@main.group("checkouts")
def checkouts() -> None:
    """Payments of borrowers through a payment provider."""


@checkouts.command("list")
@click.option("--state", default="", help="Only those that stand so: begun, unreached, paid, failed, expired.")
def list_checkouts(state: str) -> None:
    """List the newest payments through providers."""
    ready()
    from duecourse.partners import checkouts as paying

    shown = Table("begun", "reference", "account", "asked", "came", "provider", "state", "why")
    for one in paying.listed(state=state):
        asked, came = (
            "" if minor is None else f"{Decimal(minor).scaleb(-one.exponent):,}"
            for minor in (one.amount_minor, one.paid_minor)
        )
        why = f"{one.why} (suspense {one.suspense})" if one.suspense else one.why
        shown.add_row(
            f"{one.at:%Y-%m-%d %H:%M}", one.reference[:8], escape(one.number), asked, came, one.provider, one.state,
            escape(why),
        )  # fmt: skip
    console.print(shown)


@checkouts.command("settle")
@click.option("--keep-on", is_flag=True, help="Go on, asking every minute, until it is ended.")
def settle(keep_on: bool) -> None:
    """Ask providers after payments that were begun and of which they told nothing; money that came is posted."""
    ready()
    from duecourse.partners import checkouts as paying

    while True:
        came = paying.settle(at=clock.now(), by="system")
        console.print("; ".join(f"{count} {state}" for state, count in came.items()) or "nothing to ask after")
        if not keep_on:
            return
        clock.wait(60)


@main.command("sandbox")
@click.option("--port", default=PORT, show_default=True, help="Where it listens, on this machine alone.")
@click.option("--late", default=20.0, show_default=True, help="Seconds after which what is told late is told.")
def sandbox(port: int, late: float) -> None:
    """Serve a payment provider to try with; no money moves. DUECOURSE_SANDBOX_KEY opens it, _SECRET signs for it."""
    settings_known()
    from duecourse.simulator import provider

    key, secret = os.environ.get("DUECOURSE_SANDBOX_KEY", ""), os.environ.get("DUECOURSE_SANDBOX_SECRET", "")
    if not key or not secret:
        raise click.UsageError("set DUECOURSE_SANDBOX_KEY and DUECOURSE_SANDBOX_SECRET (whsec_ and Base64)")
    with provider.serving(provider.Sandbox(key, secret, late), port) as address:
        console.print(f"the sandbox is at {address} (Ctrl-C ends)", highlight=False)
        while True:
            time.sleep(3_600)
