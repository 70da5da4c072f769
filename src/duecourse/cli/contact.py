"""Commands about contact: files of cases judged by the contact gate."""

import sys
from collections import Counter
from pathlib import Path

import click
from rich.table import Table

from .commands import EXISTING, console, errors, main, settings_known

SHOWN = 40


@main.group("contact")
def contact() -> None:
    """May we contact this person: the gate, and cases that try it."""


@contact.command("check")
@click.argument("file", type=EXISTING)
@click.option("--all", "every", is_flag=True, help="Show the cases that passed too.")
def contact_check(file: Path, every: bool) -> None:
    """Judge the cases of FILE (JSON lines, docs/guide/contact.md) by the rules, and compare with what they expect."""
    settings_known()
    from duecourse.outreach import cases

    if not file.is_file():
        raise click.UsageError(f"{file}: there is no such file")
    with file.open(encoding="utf-8") as lines:
        told = list(cases.judged(lines))
    failed = [case for case in told if not case.passed]
    shown = Table("line", "case", "expected", "found", "next allowed")
    for case in told if every else failed[:SHOWN]:
        answer = case.answer
        found = "allowed" if answer.allowed else "refused " + ", ".join(one.id for one in answer.refusals)
        expected = {True: "allowed", False: "refused", None: "?"}[case.expected] + " " + ", ".join(case.rules)
        at = f"{answer.next_at:%Y-%m-%d %H:%M}Z" if answer.next_at else ""
        shown.add_row(str(case.line), case.name, expected, f"{found} {answer.fault}".strip(), at)
    if shown.row_count:
        console.print(shown)
    if len(failed) > SHOWN and not every:
        console.print(f"and {len(failed) - SHOWN} more (--all shows every case)")
    for case in told:
        if case.passed and case.answer.fault:
            errors.print(f"line {case.line}: refused, not judged: {case.answer.fault}", highlight=False)
    count = sum(bool(case.passed and case.answer.fault) for case in told)
    if count:
        console.print(f"{count} of those that passed were refused because they could not be judged", highlight=False)
    unknown = Counter(name for case in told for name in case.unknown)
    if unknown:
        names = ", ".join(f"{name} ({count:,} cases)" for name, count in unknown.items())
        errors.print(f"fields that nobody knows were not judged by: {names}", highlight=False)
    console.print(f"{len(told) - len(failed)} passed, {len(failed)} failed", highlight=False)
    sys.exit(1 if failed else 0)
