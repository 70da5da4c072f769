"""The command that explains a figure: the tree of what it is made of."""

from datetime import datetime
from typing import Any

import click
from rich.markup import escape
from rich.tree import Tree

from .commands import DAY, console, main, ready

LINES = 40
"""How many lines a tree may have before its deeper levels are left out."""


@main.command()
@click.argument("account")
@click.argument("figure")
@click.option("--day", required=True, type=DAY, help="What was known on this day.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--depth", type=click.IntRange(1), help="Show so many levels; without it, as many as fit a screen.")
def explain(account: str, figure: str, day: datetime, language: str, depth: int | None) -> None:
    """Say why a figure of an account is what it is: owed, principal, interest, fee, penalty, credit,
    interest_charged, penalty_charged, accrued_interest, accrued_penalty, minimum_due, next_due, next_installment,
    days_past_due, available, payoff."""
    ready()
    from duecourse.servicing import explain as explaining

    told = explaining.explain(account=account, figure=figure, on=day.date())
    exponent = told.numbers["exponent"]
    levels = depth or next((level for level in range(12, 1, -1) if lines(told, level) <= LINES), 1)
    tree = Tree(f"{told.numbers['account']} · {told.numbers['on']} · {told.numbers['currency']}")
    grow(tree, told, exponent, language, levels)
    console.print(tree, highlight=False)


def lines(told: Any, levels: int) -> int:
    """How many lines a tree takes to a depth."""
    return 1 + sum(lines(one, levels - 1) for one in (*told.parts, *told.because) if levels)


def grow(tree: Tree, told: Any, exponent: int, language: str, levels: int) -> None:
    """Put a node under a tree, and so many levels below it; what only explains stands dim."""
    from duecourse.servicing import explain_words as words

    below = (*told.parts, *told.because)
    more = "" if levels or not below else " …"
    sentence = escape(words.sentence(told, exponent, language))
    branch = tree.add(f"[bold]{escape(words.amount(told, exponent, language))}[/]  {sentence}{more}")
    if not levels:
        return
    for part in told.parts:
        grow(branch, part, exponent, language, levels - 1)
    for part in told.because:
        reason = Tree("")
        grow(reason, part, exponent, language, levels - 1)
        for one in reason.children:
            one.label = f"[dim]∵[/] {one.label}"
            branch.children.append(one)
