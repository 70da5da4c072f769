"""Commands about money in suspense: list it, attribute it to an account, return it to who paid."""

from datetime import datetime
from decimal import Decimal

import click
from rich.markup import escape
from rich.table import Table

from .commands import DAY, console, main, major, operator, ready
from .files import amount as typed

KEY = click.option("--key", help="The request's key; without one, made of what is asked: asked twice it is done once.")


@main.group()
def suspense() -> None:
    """Money that came and cannot be attributed yet."""


@suspense.command("list")
@click.option("--on", type=DAY, help="Aged on this day; on the book's open day if not said.")
@click.option("--limit", default=20, show_default=True, help="How many are shown, the oldest first.")
def suspense_list(on: datetime | None, limit: int) -> None:
    """List what lies in suspense, the oldest first, with its age."""
    ready()
    from duecourse.servicing import suspense as held

    items = held.open_items(on=on.date() if on else None)
    if not items:
        console.print("nothing lies in suspense")
        return
    sums: dict[str, Decimal] = {}
    table = Table(title=f"{len(items):,} in suspense" + (f", the oldest {limit}" if len(items) > limit else ""))
    for name in ("item", "left", "currency", "came on", "days", "channel", "reference", "payer"):
        table.add_column(name, justify="right" if name in ("item", "left", "days", "channel") else "left")
    for place, one in enumerate(items):
        left = major(one.left_minor, one.exponent)
        sums[one.currency] = sums.get(one.currency, Decimal()) + left
        if place < limit:
            told = (str(one.channel), escape(one.reference[:24]), escape(one.payer[:24]))
            table.add_row(str(one.id), f"{left:,}", one.currency, str(one.received_on), str(one.age_days), *told)
    console.print(table)
    console.print("in all " + ", ".join(f"{total:,} {currency}" for currency, total in sums.items()), highlight=False)


@suspense.command("receive")
@click.option("--amount", required=True, type=typed, help="What came (100.00).")
@click.option("--on", required=True, type=DAY, help="The day on which it came, up to the open day.")
@click.option("--reference", required=True, help="What the payment says.")
@click.option("--payer", default="", help="Who paid, as far as it is known.")
@click.option("--channel", default=0, show_default=True, help="The number of the channel by which it came.")
@click.option("--currency", help="The book's, where it has one alone.")
@KEY
def suspense_receive(
    amount: Decimal, on: datetime, reference: str, payer: str, channel: int, currency: str | None, key: str | None
) -> None:
    """Take money that cannot be attributed yet."""
    ready()
    from duecourse.servicing import suspense as held

    item = held.receive(
        amount_minor=minor(amount, held.decimals_of(currency=currency)),
        received_on=on.date(),
        reference=reference,
        payer=payer,
        key=key or ":".join(map(str, ("suspense", on.date(), amount, channel, reference, payer))),
        channel=channel,
        currency=currency,
    )
    console.print(f"item {item} in suspense")


def minor_of(item: int, told: Decimal | None) -> int | None:
    """A sum as typed, in minor units of an item's currency; None means all that is left."""
    from duecourse.servicing import suspense as held

    return None if told is None else minor(told, held.exponent_of(item=item))


def minor(told: Decimal, exponent: int) -> int:
    """A sum as typed, in minor units of a currency with so many decimals."""
    found = told.scaleb(exponent)
    if not found.is_finite() or found != int(found):
        raise click.BadParameter(f"{told} has more decimals than the currency", param_hint="--amount")
    return int(found)


def key_of(item: int, *asked: object) -> str:
    """The key of a request without one: what is asked, and how often something of the item was taken back before."""
    from duecourse.servicing import suspense as held

    back = sum(one.kind == "taken_back" for one in held.moves_of(item=item))
    return ":".join(map(str, ("suspense", item, *asked, back)))


@suspense.command("attribute")
@click.argument("item", type=int)
@click.argument("account")
@click.option("--on", required=True, type=DAY, help="The day of the attribution, up to the open day.")
@click.option("--reason", required=True)
@click.option("--amount", type=typed, help="A part of it (100.00); all that is left if not said.")
@KEY
def suspense_attribute(
    item: int, account: str, on: datetime, reason: str, amount: Decimal | None, key: str | None
) -> None:
    """Move money of ITEM to ACCOUNT as a payment, effective on the day on which it came."""
    ready()
    from duecourse.servicing import read
    from duecourse.servicing import suspense as held

    done = held.attribute(
        item=item,
        account=read.id_of(number=account),
        on=on.date(),
        by=operator(),
        reason=reason,
        key=key or key_of(item, account, on.date(), amount or "all"),
        amount_minor=minor_of(item, amount),
    )
    console.print(f"attributed to account {account}: payment {done.payment_id}{', as before' if done.again else ''}")


@suspense.command("return")
@click.argument("item", type=int)
@click.option("--on", required=True, type=DAY, help="The day on which it goes back, up to the open day.")
@click.option("--reason", required=True)
@click.option("--amount", type=typed, help="A part of it (100.00); all that is left if not said.")
@KEY
def suspense_return(item: int, on: datetime, reason: str, amount: Decimal | None, key: str | None) -> None:
    """Return money of ITEM to who paid it."""
    ready()
    from duecourse.servicing import suspense as held

    done = held.return_to_payer(
        item=item,
        on=on.date(),
        by=operator(),
        reason=reason,
        key=key or key_of(item, "return", on.date(), amount or "all"),
        amount_minor=minor_of(item, amount),
    )
    console.print(f"returned: entry {done.entry_id}{', as before' if done.again else ''}")


@suspense.command("take-back")
@click.argument("item", type=int)
@click.argument("account")
@click.option("--reason", required=True)
def suspense_take_back(item: int, account: str, reason: str) -> None:
    """Undo the newest attribution of ITEM to ACCOUNT: the payment is reversed, the money lies in suspense again."""
    ready()
    from duecourse.servicing import read
    from duecourse.servicing import suspense as held

    move = held.newest_attribution(item=item, account=read.id_of(number=account))
    done = held.take_back(move=move, by=operator(), reason=reason, key=f"suspense:{item}:back:{move}")
    console.print(f"taken back: entry {done.entry_id}{', as before' if done.again else ''}")
