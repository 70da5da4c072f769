"""Commands about care: promises to pay, disputes, complaints, what is to be done by when."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock

from .commands import DAY, console, main, major, operator, ready
from .files import amount as typed
from .hardship import of_number
from .suspense import minor
from .warn import last_day

Command = TypeVar("Command", bound=Callable[..., Any])
INSTANT = click.DateTime(formats=["%Y-%m-%dT%H:%M%z"])
REASON = click.option("--reason", required=True, help="Why, or how they said so; kept in clear.")
AT = click.option("--at", type=INSTANT, help="When: 2026-03-02T10:00+08:00; now if not said.")
KEY = click.option("--key", help="The request's key; without one, made of what is asked: asked twice it is done once.")
TEXT = click.option("--text", required=True, help="In their own words; kept encrypted. -: read from standard input.")
CHANNEL = click.option("--channel", default="call", show_default=True, help="How they told us.")
EVERY = click.option("--all-accounts", "every", is_flag=True, help="About all accounts of the borrower.")


@main.group("care")
def care() -> None:
    """What borrowers tell us and what we owe them: promises, disputes, complaints, people in need of care."""


def moment(told: datetime | None) -> datetime:
    """The instant that was named, else now."""
    return told or clock.now()


def words(told: str) -> str:
    """A text as given, or from standard input, so that it stays out of the shell's history."""
    return sys.stdin.read() if told == "-" else told


def key_of(told: str | None, at: datetime, *asked: object) -> str:
    """The key of a request without one: what is asked, and on which day."""
    return told or ":".join(("care", str(at.date()), *map(str, asked)))


@care.command("promise")
@click.argument("account")
@click.option("--amount", required=True, type=typed, help="How much (100.00).")
@click.option("--by-day", required=True, type=DAY, help="The day by which it comes.")
@REASON
@CHANNEL
@EVERY
@AT
@KEY
def promise(
    account: str, amount: Decimal, by_day: datetime, reason: str, channel: str, every: bool, at: datetime | None,
    key: str | None,
) -> None:  # fmt: skip
    """Note what the borrower of ACCOUNT promises to pay; nobody dunns for it until its grace is over."""
    ready()
    from duecourse.care import promises

    found, when = of_number(account), moment(at)
    made = promises.promise(
        person=found.borrower, account=None if every else found.id, amount_minor=minor(amount, found.exponent),
        due_on=by_day.date(), at=when, channel=channel, by=operator(), reason=reason,
        key=key_of(key, when, "promise", account, every, amount, by_day.date()),
    )  # fmt: skip
    before = ", as before" if made.again else ""
    console.print(f"promise {made.promise}: until {made.last_on}, its grace included{before}", highlight=False)


@care.command("judge")
@click.option("--day", type=DAY, help="The sealed day; the last one if not said.")
def judge(day: datetime | None) -> None:
    """Judge promises by what came in, as a sealed day knows it; run again, it writes nothing new."""
    ready()
    from duecourse.care import promises

    told = promises.judge(day=last_day(day), at=clock.now(), by="system")
    turned = ", ".join(f"{count:,} {state.replace('_', ' ')}" for state, count in sorted(told.turned.items()))
    console.print(f"{told.day}: {told.looked_at:,} promises looked at; {turned or 'none turned'}", highlight=False)


@care.command("dispute")
@click.argument("account")
@click.option("--kind", required=True, help="amount, reported or identity_theft.")
@click.option("--amount", type=typed, help="The disputed amount (100.00).")
@TEXT
@REASON
@CHANNEL
@EVERY
@AT
@KEY
def dispute(
    account: str, kind: str, amount: Decimal | None, text: str, reason: str, channel: str, every: bool,
    at: datetime | None, key: str | None,
) -> None:  # fmt: skip
    """Note what the borrower of ACCOUNT disputes, but a purchase (that is an act of the account)."""
    ready()
    from duecourse.care import disputes

    found, when = of_number(account), moment(at)
    number = disputes.open_dispute(
        person=found.borrower, account=None if every else found.id, kind=kind,
        amount_minor=None if amount is None else minor(amount, found.exponent), text=words(text), at=when,
        channel=channel, by=operator(), reason=reason, key=key_of(key, when, "dispute", account, every, kind, amount),
    )  # fmt: skip
    console.print(f"dispute {number}", highlight=False)


@care.command("complaint")
@click.argument("account")
@click.option("--about", required=True, help="What it is about; a word that is none is answered with those there are.")
@click.option("--agency", default="", help="Against which agency, if it is.")
@TEXT
@REASON
@CHANNEL
@AT
@KEY
def complaint(
    account: str, about: str, agency: str, text: str, reason: str, channel: str, at: datetime | None, key: str | None
) -> None:
    """Note a complaint of the borrower of ACCOUNT; its clocks begin."""
    ready()
    from duecourse.care import complaints
    from duecourse.recovery import agencies

    if agency:
        agencies.named(agency=agency)
    found, when = of_number(account), moment(at)
    number = complaints.receive(
        person=found.borrower, account=found.id, about=about, agency=agency, text=words(text), at=when,
        channel=channel, by=operator(), reason=reason, key=key_of(key, when, "complaint", account, about, agency),
    )  # fmt: skip
    console.print(f"complaint {number}", highlight=False)


@care.command("step")
@click.argument("what", type=click.Choice(["complaint", "dispute"]))
@click.argument("number", type=int)
@click.argument("state")
@REASON
@click.option("--outcome", default="", help="Of an answered complaint: upheld, partly_upheld, rejected, withdrawn.")
@click.option("--root-cause", default="", help="Of a complaint that is closed.")
@click.option("--text", default="", help="The answer; kept encrypted. -: read from standard input.")
@click.option("--amount", type=typed, help="Of a dispute that is upheld: how much is not owed (100.00).")
@AT
def step(
    what: str, number: int, state: str, reason: str, outcome: str, root_cause: str, text: str, amount: Decimal | None,
    at: datetime | None,
) -> None:  # fmt: skip
    """Say how it goes on: acknowledged, extended, then answered, closed, reopened; or upheld, rejected, withdrawn."""
    ready()
    from duecourse.care import complaints, disputes

    said: dict[str, Any] = {"state": state, "at": moment(at), "by": operator(), "reason": reason}
    if what == "complaint":
        if amount is not None:
            raise click.UsageError("--amount is of a dispute")
        complaints.go_on(complaint=number, outcome=outcome, root_cause=root_cause, text=words(text), **said)
    else:
        if outcome or root_cause or text:
            raise click.UsageError("--outcome, --root-cause and --text are of a complaint")
        told = None if amount is None else minor(amount, disputes.exponent_of(dispute=number))
        disputes.go_on(dispute=number, amount_minor=told, **said)
    console.print(f"{what} {number}: {state}", highlight=False)


@care.command("clocks")
@click.option("--day", type=DAY, help="On which day; today if not said.")
@click.option("--breached-since", type=DAY, help="Instead: the clocks that ended since then and were not kept.")
def clocks(day: datetime | None, breached_since: datetime | None) -> None:
    """List what is to be done by when, what ends first first, and by which rule."""
    ready()
    from duecourse.care import clocks as running
    from duecourse.servicing import holidays

    on = day.date() if day else clock.today()
    since = breached_since.date() if breached_since else None
    found = running.breached(since=since, until=on) if since else running.due(on=on)
    numbers = holidays.numbers_of([one.account for one in found if one.account is not None])
    shown = Table("by", "what", "step", "account", "since", "done", "rule")
    for one in found:
        ends = f"[bold red]{one.ends_on}[/]" if one.is_breached(on) else str(one.ends_on)
        account = "person " + str(one.person) if one.account is None else escape(numbers[one.account])
        rule = one.rule + ("" if one.verified else " (not verified)")
        shown.add_row(ends, f"{one.of} {one.id}", one.step, account, str(one.began_on), str(one.done_on or ""), rule)
    if found:
        console.print(shown)
    late = sum(one.is_breached(on) for one in found)
    console.print(f"{len(found):,} to be done, {late:,} over their time" if not since else f"{late:,} not kept")


@care.command("causes")
@click.option("--from", "since", required=True, type=DAY, help="Complaints received from this day …")
@click.option("--to", "until", required=True, type=DAY, help="… through this one.")
@click.option("--agency", help="Only those against this agency.")
def causes(since: datetime, until: datetime, agency: str | None) -> None:
    """Count complaints by their root cause."""
    ready()
    from duecourse.care import complaints

    found = complaints.root_causes(since=since.date(), until=until.date(), agency=agency)
    for cause, count in found.most_common():
        console.print(f"{count:>6,}  {cause}", highlight=False)
    console.print(f"{found.total():>6,}  in all", highlight=False)


@care.command("show")
@click.argument("account")
@click.option("--all", "every", is_flag=True, help="Show what is over too.")
def show(account: str, every: bool) -> None:
    """Show what stands on ACCOUNT and its borrower: who noted it, when, why, and what is to be done by when."""
    ready()
    from duecourse.care import read

    found = of_number(account)
    shown = Table("what", "says", "since", "until", "by and why", "now", "to be done")
    count = 0
    for one in read.of(account=found.id, on=found.open_day):
        if one.is_standing or every:
            count += 1
            says = [one.kind, *(said(name, value, found.exponent) for name, value in one.says.items())]
            now = one.states[-1].state if one.states else "stands"
            to_do = f"{one.ends.step} by {one.ends.on} {one.ends.rule}" if one.ends else ""
            why = f"{one.by}: {one.reason}"
            told = (f"{one.what} {one.id}", ", ".join(filter(None, says)), str(one.since), day_of(one.until), why, now)
            shown.add_row(*map(escape, told), to_do)
    console.print(shown if count else "nothing stands")


def said(name: str, value: Any, exponent: int) -> str:
    """A number or word of a row, in one word."""
    if name == "amount_minor":
        return f"{major(value, exponent):,}"
    return " ".join(value) if isinstance(value, list) else str(value)


def day_of(told: date | None) -> str:
    """A day, if there is one."""
    return str(told or "")


@care.command("read")
@click.argument("what", type=click.Choice(["complaint", "dispute"]))
@click.argument("number", type=int)
def read_words(what: str, number: int) -> None:
    """Print in clear what a person said: for the one who looks into it."""
    ready()
    from duecourse.care import complaints, disputes

    text = complaints.words(complaint=number) if what == "complaint" else disputes.words(dispute=number)
    console.print(text, highlight=False, markup=False, soft_wrap=True)
