"""The command that lists accounts."""

import click
from rich.table import Table

from .commands import console, main, major, ready


@main.command()
@click.option("--person", metavar="ACCOUNT", help="Only those of the person who has ACCOUNT.")
@click.option("--late", is_flag=True, help="Only those with something past due.")
@click.option("--most", type=click.IntRange(1, 200), default=20, show_default=True, help="How many are shown.")
@click.option("--after", type=click.IntRange(0), default=0, help="Leave out so many at the beginning.")
def accounts(person: str | None, late: bool, most: int, after: int) -> None:
    """Accounts by number: product, state, what is owed and past due after the last closed day."""
    ready()
    from duecourse.servicing import listing

    found = listing.accounts(person_of=person, late=late, most=most, after=after)
    shown = Table("account", "product", "state")
    for name in ("owed", "past due"):
        shown.add_column(name, justify="right")
    shown.add_column("currency")
    for one in found.pages:
        stands = one.standing
        late_by = f"{stands.days_past_due} day{'s' if stands.days_past_due != 1 else ''} late"
        off = "charged off" if one.figures["charged_off"] else ""
        state = ", ".join(part for part in (off, late_by if stands.days_past_due else "") if part) or "in order"
        amounts = (f"{major(minor, one.exponent):,}" for minor in (one.figures["owed"], stands.past_due))
        shown.add_row(one.number, one.product, state, *amounts, one.currency)
    if found.pages:
        console.print(shown)
    seen = after + len(found.pages)
    more = f"; {found.all - seen:,} more with --after {seen}" if found.all > seen else ""
    console.print(f"{found.all:,} accounts{more}" if found.pages else "no accounts")
