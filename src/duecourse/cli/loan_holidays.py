"""Commands about payment holidays that a loan book's files do not name: propose them, confirm them by name."""

from pathlib import Path
from typing import Any

import click
from rich.table import Table

from duecourse import clock

from .commands import EXISTING, console
from .warn import warn


@warn.command("holidays")
@click.argument("loans", type=EXISTING)
@click.argument("months", type=EXISTING)
@click.option("--out", required=True, type=EXISTING, help="Write what is proposed to this JSON file.")
def warn_holidays(loans: Path, months: Path, out: Path) -> None:
    """Propose payment holidays that the files of a loan book do not name; nothing follows until a person confirms."""
    from duecourse.intake import loan_holidays, loan_months

    book = loan_months.read(loans, months)
    found = loan_holidays.find(book)
    loan_holidays.write(found=found, book=book, path=out)
    show_found(found)
    console.print(
        f"{len(found.events):,} loan-months proposed in {out}; confirm with: duecourse warn confirm {out} --by NAME",
        highlight=False,
        soft_wrap=True,
    )


@warn.command("confirm")
@click.argument("proposal", type=EXISTING)
@click.option("--by", required=True, help="Who confirms.")
@click.option("--out", type=EXISTING, help="Write the confirmed holidays here; else into the file itself.")
def warn_confirm(proposal: Path, by: str, out: Path | None) -> None:
    """Confirm the payment holidays that a PROPOSAL holds, in a person's name; take out first what was none."""
    from duecourse.intake import loan_holidays

    count = loan_holidays.confirm(path=proposal, by=by, on=clock.today(), out=out or proposal)
    console.print(f"{count:,} loan-months confirmed by {by} in {out or proposal}", highlight=False, soft_wrap=True)


def show_found(found: Any) -> None:
    """The months that are unusual, and by how many standard deviations they are above the usual ones."""
    unusual = [one for one in found.looked if one.is_unusual]
    table = Table(title=f"{len(unusual)} of {len(found.looked)} months unusual: loans that paid nothing")
    for name in ("month", "in order", "unpaid", "usual", "above", "behind", "unpaid", "above"):
        table.add_column(name, justify="left" if name == "month" else "right", no_wrap=True)
    for one in unusual:
        table.add_row(
            one.month, f"{one.in_order:,}", f"{one.unpaid:.1%}", f"{one.expected:.1%}", f"{one.above:.1f}",
            f"{one.behind:,}", f"{one.unpaid_behind:.1%}", f"{one.above_behind or 0:.1f}",
        )  # fmt: skip
    console.print(table)
