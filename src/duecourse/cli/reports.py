"""Commands that try warnings on a book of the past and write what they found as a page."""

from pathlib import Path

import click

from duecourse.progress import bar, stages

from .commands import EXISTING, console, settings_known
from .warn import warn


@warn.group("report")
def report() -> None:
    """Try warnings on a book of the past, and write a page of it."""


@report.command("loans")
@click.argument("loans", type=EXISTING)
@click.argument("months", type=EXISTING)
@click.option("--holidays", type=EXISTING, help="Payment holidays that a person confirmed (duecourse warn confirm).")
@click.option("--out", required=True, type=EXISTING, help="Write the page (Markdown) here.")
def report_loans(loans: Path, months: Path, holidays: Path | None, out: Path) -> None:
    """Who of a loan book will fall behind: tried out of time and by unseen loans, with the holidays and without."""
    settings_known()
    from duecourse.intake import loan_advice, loan_cures, loan_holidays, loan_months, loan_report, loan_trial

    with bar() as progress:
        tell = stages(progress)
        tell("read the files", 0, 1)
        book = loan_months.read(loans, months)
        known = loan_holidays.confirmed(path=holidays, book=book) if holidays else None
        stood = known.stood if known else None
        trial = loan_trial.run(book=book, holidays=stood, tell=tell)
        cures = loan_cures.run(book=book, holidays=stood, tell=tell)
        advised = loan_advice.run(book=book, holidays=stood, tell=tell)
    found = loan_holidays.find(book)
    files = [loans, months]
    more = {"cures": loan_cures.page(cures), "advised": loan_advice.page(advised)}
    page = loan_report.page(book=book, trial=trial, found=found, holidays=known, files=files, **more)
    keep_page(page, out)


@report.command("card")
@click.argument("file", type=EXISTING)
@click.option("--out", required=True, type=EXISTING, help="Write the page (Markdown) here.")
def report_card(file: Path, out: Path) -> None:
    """Who of a card file misses the next payment: tried five-fold by client, by what a ledger knows and by all."""
    settings_known()
    from duecourse.intake import card_clients, card_trial

    with bar() as progress:
        told = card_clients.read(file, progress=stages(progress))
        tried = card_trial.run(told=told, progress=stages(progress))
    page = card_trial.page(told=told, tried=tried, path=file)
    keep_page(page, out)


def keep_page(page: str, out: Path) -> None:
    """Write a page, and show it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    console.print(page, highlight=False, markup=False, soft_wrap=True)
