"""Commands about what comes back of charge-offs: cohorts against their targets, and targets that persons set."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

import click
from rich.table import Table

from .commands import DAY, console, major, operator, ready
from .recovery import BY, recovery
from .warn import last_day

MONTH = click.DateTime(formats=["%Y-%m"])
RECENT = 24


def numbers(told: str, option: str) -> list[float]:
    """Numbers between commas."""
    try:
        return [float(one) for one in told.split(",")]
    except ValueError as fault:
        raise click.UsageError(f"{option}: {told!r} is not numbers between commas") from fault


def share(ppm: int) -> str:
    """A share in hundredths."""
    return f"{ppm / 10_000:.1f}%"


@recovery.command("cohorts")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
@click.option("--product", help="Only this product.")
@click.option("--by-place", is_flag=True, help="By where the borrowers live now, too.")
@click.option("--months", is_flag=True, help="What came in month by month after the charge-off.")
@click.option("--all", "every", is_flag=True, help=f"Every cohort, not only the newest {RECENT} of a product.")
def cohorts(day: datetime | None, product: str | None, by_place: bool, months: bool, every: bool) -> None:
    """What came back of each month's charge-offs, as known on a sealed day, against its target."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import cohorts as of
    from duecourse.recovery import targets

    on = last_day(day)
    found = of.of_day(day=on, product=product, by_place=by_place)
    told = targets.against(found.rows, day=on)
    for (code, place), rows in groupby(told, lambda one: (one.cohort.product, one.cohort.place)):
        own = list(rows)
        part = own if every else own[-RECENT:]
        title = " ".join(word for word in (code, place, f"{part[0].cohort.currency}, as known on {on}") if word)
        console.print(by_month(part, title) if months else overview(part, title))
        if len(part) < len(own):
            console.print(f"{len(own) - len(part)} earlier cohorts are shown with --all")
    behind = sum(one.is_behind for one in told)
    console.print(f"{len(told):,} cohorts, {behind:,} behind their target")
    if any(not one.expected.by and not one.expected.curve.verified for one in told):
        console.print("the house's targets are taken by us, not verified")
    exponent = exponents()
    fees: dict[str, int] = {}
    for one in told:
        fees[one.cohort.currency] = fees.get(one.cohort.currency, 0) + one.cohort.commission
    for money, minor in sorted(fees.items()):
        if minor:
            console.print(f"commissions of agencies on what came in: {major(minor, exponent[money]):,} {money}")
    for money, minor in sorted(found.of_no_cohort.items()):
        console.print(f"got back of loans written off without a charge-off: {major(minor, exponent[money]):,} {money}")


def whole(minor: int, exponent: int) -> str:
    """An amount in whole major units: the page and the ledger have the rest."""
    return f"{major(minor, exponent):,.0f}"


def overview(rows: Sequence[Any], title: str) -> Table:
    """Cohorts of one product and place: amounts, share back, target."""
    shown = Table("month", "accounts", "charged off", "came in", "share", "target", "at end", title=title)
    for one in rows:
        own = one.cohort
        target = share(one.target_ppm) + (" behind" if one.is_behind else "")
        shown.add_row(
            f"{own.month:%Y-%m}", f"{own.accounts:,}", whole(own.lost, own.exponent), whole(own.back, own.exponent),
            share(one.actual_ppm), target, share(one.expected_ppm),
        )  # fmt: skip
    return shown


def by_month(rows: Sequence[Any], title: str) -> Table:
    """Cohorts of one product and place: the share that was back so many months after."""
    after = (0, 1, 2, 3, 6, 9, 12, 18, 24, 36)
    shown = Table("month", *map(str, after), title=f"{title}: share back after so many months")
    for one in rows:
        own = one.cohort
        shown.add_row(
            f"{own.month:%Y-%m}", *(share(own.share_ppm(month)) if month < len(own.came_in) else "" for month in after)
        )
    return shown


@recovery.command("target")
@click.argument("product")
@click.option("--since", type=MONTH, required=True, help="Of charge-offs from this month on: 2026-01.")
@click.option("--months", required=True, help="So many months after the charge-off: 1,3,6,12,24.")
@click.option("--shares", required=True, help="What is to be back by then, per cent: 1,3,5.5,9,13.")
@click.option("--reason", required=True, help="Why.")
@BY
def target(product: str, since: datetime, months: str, shares: str, reason: str, by: str | None) -> None:
    """Set what is to be back of PRODUCT's charge-offs from a month on, in place of the house's own."""
    ready()
    from duecourse.recovery import targets

    told = numbers(months, "--months")
    if any(one != int(one) for one in told):
        raise click.UsageError(f"--months: {months!r} is not whole months")
    number = targets.set_target(
        product=product, since=date(since.year, since.month, 1), months=[int(one) for one in told],
        share_ppm=[round(one * 10_000) for one in numbers(shares, "--shares")], by=by or operator(), reason=reason,
    )  # fmt: skip
    console.print(f"target {number} of {product}")
