"""Commands about partners' programs: the keys by which the API knows them."""

from datetime import UTC, datetime

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock

from .commands import DAY, console, main, operator, ready

BY = click.option("--by", help="Who does it; who gives the command if not said.")
REASON = click.option("--reason", required=True, help="Why.")


@main.group("api")
def api() -> None:
    """The API: partners' programs and their keys."""


@api.group("key")
def key() -> None:
    """Keys by which programs are known."""


@key.command("add")
@click.argument("partner")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do: book:read, …; often.")
@click.option("--per-minute", type=click.IntRange(1), help="How many requests a minute; 600 if not said.")
@click.option("--until", type=DAY, help="The first day on which it no longer holds, in UTC.")
@REASON
@BY
def add(
    partner: str, scopes: tuple[str, ...], per_minute: int | None, until: datetime | None, reason: str, by: str | None
) -> None:
    """Make a key of PARTNER, `lender` or the code of a party, and print it: it is shown once."""
    ready()
    from duecourse.partners import keys

    made = keys.add(
        partner=partner, scopes=scopes, at=clock.now(), by=by or operator(), reason=reason,
        per_minute=per_minute or keys.PER_MINUTE, until=until.replace(tzinfo=UTC) if until else None,
    )  # fmt: skip
    click.echo(made.key)


@key.command("list")
def list_keys() -> None:
    """List every key: whose, what it may, since when, and how it ended."""
    ready()
    from duecourse.partners import keys

    shown = Table("key", "partner", "may", "a minute", "since", "until", "by and why", "revoked")
    shown.columns[0].no_wrap = True
    for one in keys.listed():
        ended = f"{one.ended_at:%Y-%m-%d} {one.ended_by}: {one.ended_reason}" if one.ended_at else ""
        until = f"{one.until:%Y-%m-%d}" if one.until else ""
        shown.add_row(
            one.prefix, one.partner, " ".join(one.scopes), str(one.per_minute), f"{one.since:%Y-%m-%d}", until,
            escape(f"{one.by}: {one.reason}"), escape(ended),
        )  # fmt: skip
    console.print(shown)


@key.command("revoke")
@click.argument("prefix")
@REASON
@BY
def revoke(prefix: str, reason: str, by: str | None) -> None:
    """End the key that is listed as PREFIX: from now on it lets nobody in."""
    ready()
    from duecourse.partners import keys

    keys.revoke(prefix=prefix, at=clock.now(), by=by or operator(), reason=reason)
    console.print(f"{prefix} is revoked", highlight=False)
