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
@click.option("--all", "every", is_flag=True, help="Show every option, with why it is not offered.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@BY
def options(number: int, account: str, every: bool, language: str, by: str | None) -> None:
    """Compute the options of ACCOUNT for hardship NUMBER; those that fit are offered and kept as they are shown.

    What is not offered is told with the reason.
    """
    ready()
    from duecourse.care import offers
    from duecourse.care import option_words as words

    found = of_number(account)
    proposed = offers.propose(hardship=number, account=found.id, by=by or operator())

    def say(name: str, **figures: object) -> str:
        return words.said(words.SENTENCES[name], language, **figures)

    def amount(minor: int) -> str:
        return money(minor, found)

    console.print(table_of(proposed, found, every, language, say("left", minor=amount(proposed.left.minor))))
    left, told = proposed.left, proposed.found
    if left.others:
        arranged = amount(left.arranged_minor)
        console.print(say("shared", household=amount(left.household_minor), arranged=arranged, others=left.others))
    if told.as_agreed.shown.left_minor:
        console.print(say("not_over", left=amount(told.as_agreed.shown.left_minor), years=offers.YEARS_AHEAD))
    if not proposed.offers and told.as_agreed.fits:
        console.print(say("as_agreed_fits"))
    elif not proposed.offers and told.computed:
        least = min(one.shown.most_in_a_month for one in told.computed)
        console.print(say("nothing_fits", least=amount(least), minor=amount(left.minor)))
    if told.left_out:
        console.print(say("why"))
    for line in words.grouped(told.left_out, language, amount):
        console.print(f"  {line}", markup=False, highlight=False)
    if every:
        console.print(say("nothing_done", minor=amount(told.nothing_minor)))
    expected = proposed.expected
    unverified = "" if expected.verified else say("unverified")
    console.print(say("estimates", unverified=unverified, cite=expected.cite))
    adviser = f"{proposed.adviser.name}, {proposed.adviser.reach}" if proposed.adviser else say("no_adviser")
    console.print(say("refer", adviser=adviser, hardship=number))


def table_of(proposed: Any, found: Any, every: bool, language: str, title: str) -> Table:
    """The options as a table: as agreed, what is offered, and with `every` the others with their reasons."""
    from duecourse.care import option_words as words

    names = [
        "offer",
        "kind",
        "most",
        "times",
        "until",
        "in_all",
        "cost",
        "record",
        "chance",
        *(["value", "why"] if every else []),
    ]
    table = Table(title=title, padding=(0, 0))
    for name in names:
        left = name in ("offer", "kind", "why")
        table.add_column(words.said(words.HEADS[name], language), overflow="fold", justify="left" if left else "right")
    rows = [("", proposed.found.as_agreed, "")] + [(str(offer), one, "") for offer, one in proposed.offers]
    if every:
        rows += [
            ("", one.option, words.why(one, language, lambda minor: money(minor, found)))
            for one in proposed.found.left_out
            if one.option
        ]
    for name, one, why in rows:
        told = one.shown
        figures = (told.most_in_a_month, told.total_minor + told.left_minor, told.cost_minor, one.value_minor)
        month, total, cost, value = (f"{major(figure, found.exponent):,}" for figure in figures)
        times = f"{one.installments}{'+' if told.left_minor else ''}"
        late = f"{told.in_order_on:%m-%d}" if told.in_order_on and told.in_order_on > proposed.on else ""
        row = [name, words.kind(one.kind, language), month, times, str(told.ends_on or ""), total, cost, late]
        table.add_row(*row, f"{one.chance_ppm / 1e4:.0f}%", *([value, why] if every else []))
    return table


@hardship.command("show")
@click.argument("offer", type=int)
def show(offer: int) -> None:
    """What OFFER asks, by day, as it was shown."""
    ready()
    from duecourse.care import offers
    from duecourse.care import option_words as words
    from duecourse.ledger.read import exponents

    told = offers.shown(offer=offer)
    exponent = exponents()[told.currency]
    shown = Table("pay by", f"amount {told.currency}", title=f"offer {offer}: {words.kind(told.kind, 'en')}")
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
