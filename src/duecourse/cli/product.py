"""Commands about products: look at a product's file before it is offered."""

import json
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock

from .commands import DAY, EXISTING, console, errors, main, major
from .files import amount as typed


@main.group()
def product() -> None:
    """What is offered to borrowers."""


@product.command("check")
@click.argument("file")
@click.option("--on", type=DAY, help="The day of the contract; today if not said.")
@click.option("--amount", type=typed, help="What the sample buys (1,000.00) or borrows (10,000.00).")
@click.option("--report", type=EXISTING, help="Write what was found to this JSON file.")
def product_check(file: str, on: datetime | None, amount: Decimal | None, report: Path | None) -> None:
    """Say what is wrong with a product's FILE (or a product of the house), what it costs, and which cap it breaks.

    Ends with 1 where the terms are refused or a verified cap is broken.
    """
    from duecourse.rules import product_check as rules
    from duecourse.rules.read import to_date

    told = rules.load(file)
    exponent = told.get("exponent", 2)
    bought = int(amount.scaleb(exponent if type(exponent) is int else 2)) if amount is not None else None
    if bought is not None and bought <= 0:
        raise click.BadParameter(f"{amount} is not above zero", param_hint="--amount")
    found = rules.check(told=told, on=on.date() if on else clock.today(), amount_minor=bought)
    if report:
        report.write_text(json.dumps(rules.report(found), ensure_ascii=False, indent=2) + "\n")
    console.print(
        f"{escape(found.code)}: a {found.kind or 'product'} in {found.currency}, {found.place}, on {found.on}"
    )
    for one in found.wrong:
        errors.print(f"[bold red]terms_refused[/] {escape(one)}", highlight=False, soft_wrap=True)
    for one in found.doubts:
        console.print(f"[yellow]doubtful[/] {escape(one)}", highlight=False, soft_wrap=True)
    for sample in found.samples:
        show_sample(sample, found, rules.shown, to_date)
    if found.caps:
        show_caps(found)
    if found.funding.funders:
        show_funding(found)
    sys.exit(0 if found.is_right else 1)


def show_funding(found: Any) -> None:
    """Who funds an account that opens on that day, and who guarantees it."""
    table = Table(title=f"funders of an account that opens on {found.on}")
    for name in ("funder", "share", "rate a year"):
        table.add_column(name, justify="left" if name == "funder" else "right")
    for one in found.funding.funders:
        table.add_row(
            escape(one.party), f"{Decimal(one.share_ppm).scaleb(-4)}%", f"{Decimal(one.rate_ppm).scaleb(-4)}%"
        )
    console.print(table)
    if found.funding.guarantee:
        guarantor, days, cap = found.funding.guarantee
        of = f"of what the pool {found.funding.pool} was given" if found.funding.pool else "of what it was given"
        told = f"  {guarantor} pays what is unpaid at {days} days past due, up to {Decimal(cap).scaleb(-4)}% {of}"
        console.print(escape(told), highlight=False, soft_wrap=True)


def show_sample(sample: Any, found: Any, shown: Any, to_date: Any) -> None:
    """The first and last rows of a sample, what it costs in all, and what that is by the measures of the place."""

    def money(minor: int) -> str:
        return f"{major(minor, found.exponent):,}"

    table = Table(title=f"{money(sample.lent)} paid {sample.name}" if found.kind == "line" else f"{money(sample.lent)}")
    for name in ("", "statement" if found.kind == "line" else "from", "due"):
        table.add_column(name)
    for name in ("balance" if found.kind == "line" else "left", "to pay", "interest in it", "charges"):
        table.add_column(name, justify="right")
    last = len(sample.rows)
    for number, row in enumerate(sample.rows, 1):
        if number <= 3 or number == last:
            sums = [money(one) for one in row[2:]]
            table.add_row(str(number), str(to_date(row.day)), str(to_date(row.due_on)) if row.due_on else "", *sums)
        elif number == 4:
            table.add_row("…")
    console.print(table)
    costs = [
        f"{one.measure} {shown(one.figure)}{'' if one.is_verified else ' (rule not verified)'}{escape(one.why)}"
        for one in found.costs
        if one.sample == sample.name
    ]
    paid = f"paid in all {money(sample.paid)}, total cost {money(sample.cost)}"
    console.print(f"  {'; '.join([paid, *costs])}", highlight=False, soft_wrap=True)


def show_caps(found: Any) -> None:
    """Each cap of the place on that day, and the sample that comes nearest to it."""
    table = Table(title=f"caps in force at {found.place} on {found.on}, decided exactly")
    for name in ("rule", "lenders", "cap", "kept", "least room", "by the sample", "rule verified"):
        table.add_column(name)
    for rule in dict.fromkeys((one.rule, one.lenders) for one in found.caps):
        of_rule = [one for one in found.caps if (one.rule, one.lenders) == rule]
        least = min(of_rule, key=lambda one: (one.is_kept is not False, one.room_ppm))
        kept = {None: "no yearly rate named", True: "[green]yes[/]", False: "[bold red]BROKEN[/]"}[least.is_kept]
        cap = f"{Decimal(least.cap_ppm).scaleb(-4)}%" if least.cap_ppm is not None else ""
        room = f"{Decimal(least.room_ppm).scaleb(-4)}" if least.is_kept is not None else ""
        verified = "yes" if least.is_verified else "not verified"
        table.add_row(least.rule, ", ".join(least.lenders), cap, kept, room, least.sample, verified)
    console.print(table)
