"""Commands about hardship: what a borrower tells, what is offered for it, and the answer."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from .commands import EXISTING, console, main, major, operator, ready

BY = click.option("--by", help="Who does it; who gives the command if not said.")
REASON = click.option("--reason", default="", help="Why.")


class Amount(click.ParamType):
    """An amount in major units."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        """The amount as it was written; anything else is refused."""
        try:
            amount = Decimal(value)
        except ArithmeticError:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is no amount like 1234.50", param, ctx)
        return amount


@main.group("hardship")
def hardship() -> None:
    """Who cannot pay as agreed: what they tell, the options that fit, what is agreed."""


@hardship.command("take")
@click.argument("account")
@click.option("--income", type=Amount(), required=True, help="What comes in each month.")
@click.option("--spending", type=Amount(), required=True, help="Rent, food, power, travel to work, care each month.")
@click.option("--other-debts", type=Amount(), default="0", help="What is paid to other lenders each month.")
@click.option("--adults", type=click.IntRange(1), default=1, show_default=True)
@click.option("--children", type=click.IntRange(0), default=0, show_default=True)
@click.option("--cause", default="", help="In the borrower's words.")
@click.option("--document", "documents", type=EXISTING, multiple=True, help="A file to keep with it, encrypted.")
@BY
def take(
    account: str,
    income: Decimal,
    spending: Decimal,
    other_debts: Decimal,
    adults: int,
    children: int,
    cause: str,
    documents: tuple[Path, ...],
    by: str | None,
) -> None:
    """Take what the borrower of an account tells; from now on there is no dunning until there is an answer."""
    ready()
    from duecourse.care import hardship as hardships
    from duecourse.care.affordability import Household

    found, who = of_number(account), by or operator()
    minor = [int(amount.scaleb(found.exponent)) for amount in (income, spending, other_debts)]
    told = hardships.take(
        borrower=found.borrower, household=Household(adults, children, *minor), currency=found.currency, cause=cause,
        on=found.open_day, at=datetime.now(UTC), by=who,
    )  # fmt: skip
    for path in documents:
        hardships.attach(hardship=told.id, name=path.name, content=path.read_bytes(), by=who)
    left = told.left
    kept = "what the place protects" if left.is_protected_more else "what is spent"
    console.print(f"hardship {told.id}: {money(left.minor, found)} a month is left after {kept}")
    if not told.protected.verified:
        unknown = f"where the borrower lives is not known (duecourse reach {account} --place …)"
        console.print(f"[yellow]not verified:[/] {told.protected.cite or unknown}")


@hardship.command("options")
@click.argument("number", type=int)
@click.argument("account")
@click.option("--all", "every", is_flag=True, help="Show what does not fit or is beaten too.")
@BY
def options(number: int, account: str, every: bool, by: str | None) -> None:
    """Compute the options of ACCOUNT for hardship NUMBER; those that fit are offered and kept as they are shown."""
    ready()
    from duecourse.care import offers
    from duecourse.rules import hardship_terms

    found = of_number(account)
    proposed = offers.propose(hardship=number, account=found.id, by=by or operator())
    columns = ["offer", "kind", "most a month", "times", "until", "in all", "cost", "chance"]
    columns += ["lender's value"] if every else []
    shown = Table(title=f"{money(proposed.left_minor, found)} a month can be paid", padding=(0, 0))
    for column in columns:
        shown.add_column(column, overflow="fold", justify="left" if column in ("offer", "kind") else "right")
    rows: list[tuple[str, Any]] = [("as agreed", proposed.found.as_agreed)]
    rows += [(str(offer), one) for offer, one in proposed.offers]
    if every:
        offered = [one for _, one in proposed.offers]
        rows += [
            ("too much" if not one.fits else "beaten" if one.beaten else "", one)
            for one in proposed.found.computed
            if one not in offered
        ]
    for name, one in rows:
        told = one.shown
        figures = (told.most_in_a_month, told.total_minor + told.left_minor, told.cost_minor, one.value_minor)
        month, total, cost, value = (f"{major(figure, found.exponent):,}" for figure in figures)
        chance = f"{one.chance_ppm / 1e4:.0f}%"
        row = [
            name,
            one.kind.replace("_", " "),
            month,
            str(one.installments),
            str(told.ends_on or ""),
            total,
            cost,
            chance,
        ]
        shown.add_row(*row, *([value] if every else []))
    console.print(shown)
    if not proposed.offers:
        fits = proposed.found.as_agreed.fits
        console.print("it can be paid as agreed" if fits else f"nothing fits: duecourse hardship refer {number}")
    if every:
        console.print(f"nothing done is worth {money(proposed.found.nothing_minor, found)} to the lender")
    told = hardship_terms.expected(on=found.open_day)
    console.print(f"chance and value are estimates{'' if told.verified else ', not verified'}: {told.cite}")
    for kind, code in proposed.found.not_possible:
        console.print(f"{kind}: not possible here ({code})")
    if proposed.adviser:
        console.print(f"free advice: {proposed.adviser.name}, {proposed.adviser.reach}")


@hardship.command("show")
@click.argument("offer", type=int)
def show(offer: int) -> None:
    """What OFFER asks, by day, as it was shown."""
    ready()
    from duecourse.care import offers
    from duecourse.ledger.read import exponents

    told = offers.shown(offer=offer)
    exponent = exponents()[told.currency]
    shown = Table("pay by", f"amount {told.currency}", title=f"offer {offer}: {told.kind.replace('_', ' ')}")
    for day, minor in told.payments:
        shown.add_row(day, f"{major(minor, exponent):,}")
    console.print(shown)


@hardship.command("accept")
@click.argument("offer", type=int)
@REASON
@BY
def accept(offer: int, reason: str, by: str | None) -> None:
    """The borrower accepts OFFER: it is agreed as it was shown, or refused if its figures no longer hold."""
    ready()
    from duecourse.care import offers

    told = offers.accept(offer=offer, at=datetime.now(UTC), by=by or operator(), reason=reason, key=f"offer:{offer}")
    console.print(f"arrangement {told} is agreed")


@hardship.command("decline")
@click.argument("number", type=int)
@REASON
@BY
def decline(number: int, reason: str, by: str | None) -> None:
    """The borrower wants none of what was offered for hardship NUMBER."""
    ready()
    from duecourse.care import offers

    now = datetime.now(UTC)
    offers.decline(hardship=number, on=now.date(), at=now, by=by or operator(), reason=reason)
    console.print(f"hardship {number}: declined")


@hardship.command("refer")
@click.argument("number", type=int)
@REASON
@BY
def refer(number: int, reason: str, by: str | None) -> None:
    """Nothing fits hardship NUMBER: the borrower is told where free advice on debt is to be had."""
    ready()
    from duecourse.care import offers

    now = datetime.now(UTC)
    adviser = offers.refer(hardship=number, on=now.date(), at=now, by=by or operator(), reason=reason)
    to = f"to {adviser.name}, {adviser.reach}" if adviser else "; no adviser is kept for where the borrower lives"
    console.print(f"hardship {number}: referred {to}")


def of_number(account: str) -> Any:
    """An account by its number."""
    from duecourse.care import offers

    return offers.account_of(number=account)


def money(minor: int, found: Any) -> str:
    """An amount with its currency."""
    return f"{major(minor, found.exponent):,} {found.currency}"
