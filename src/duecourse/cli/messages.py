"""Commands about messages: reminders queued, what is queued sent, bounces taken, calendars."""

import signal
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import FrameType

import click
from rich.table import Table

from duecourse import clock
from duecourse.progress import bar, stages

from .commands import DAY, EXISTING, console, main, operator, ready
from .warn import last_day


@main.command()
@click.option("--day", type=DAY, help="The sealed day after which reminders go out; the last one if not said.")
@click.option("--experiment", help="Whose watch list of the day is reminded early; the first if not said.")
def remind(day: datetime | None, experiment: str | None) -> None:
    """Queue the reminders that follow from a sealed day; run again, nothing is queued twice.

    Where a strategy is live, `recovery send` speaks of what is past due instead.
    """
    ready()
    from duecourse.outreach import reminders
    from duecourse.recovery import strategies
    from duecourse.risk import read as risk
    from duecourse.risk import watch

    on = last_day(day)
    early = risk.to_contact(day=on, experiment=experiment or watch.EXPERIMENT)
    with bar() as progress:
        tell = stages(progress)
        found = reminders.queue(
            day=on, by=operator(), early=early, late=not strategies.is_live(on=on),
            tell=lambda done, of: tell("remind", done, of),
        )  # fmt: skip
    show(found, f"{on}: {sum(found.values()) - found[reminders.NOBODY]:,} reminders queued")


@main.command()
def send() -> None:
    """Send every message that may be sent now. Ctrl-C stops after the one at hand; run again, it goes on."""
    ready()
    from duecourse.outreach import messages
    from duecourse.outreach import send as sending
    from duecourse.recovery import sent

    asked: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    before = [(one, signal.signal(one, stop)) for one in (signal.SIGINT, signal.SIGTERM)]
    try:
        with bar() as progress:
            tell = stages(progress)
            came = sending.deliver(
                now=clock.now, seconds=clock.seconds, wait=clock.wait, by=operator(), stop=lambda: bool(asked),
                tell=lambda done, of: tell("send", done, of), ended=sent.ended,
            )  # fmt: skip
    finally:
        for one, was in before:
            signal.signal(one, was)
    show(came, f"{sum(came.values()):,} messages taken up" + (", stopped" if asked else ""))
    stand = messages.states(since=clock.now())
    if stand:
        console.print("of use still: " + ", ".join(f"{count:,} {state}" for state, count in stand.items()))


@main.command()
@click.argument("file", type=EXISTING)
def bounces(file: Path) -> None:
    """Take bounced mail from FILE (one mail, an mbox, or a Maildir): addresses that are gone are not used again."""
    ready()
    from duecourse.outreach import bounces as bouncing

    if not file.exists():
        raise click.UsageError(f"{file}: there is no such file")
    came = Counter(bouncing.take_file(path=file, at=clock.now(), by=operator()))
    show(came, f"{sum(came.values()):,} mails read")


@main.command()
@click.argument("account")
@click.option("--channel", default="", help="email, sms, im or app; the house's order if not said.")
@click.option("--language", default="", help="zh or en; that of the residence if not said.")
@click.option("--hour", type=int, help="At which hour of the person's day.")
@click.option("--before-days", type=int, help="How many days before a due day; 0 for no reminder before it.")
@click.option("--why", required=True, help="How the borrower said so.")
def wish(account: str, channel: str, language: str, hour: int | None, before_days: int | None, why: str) -> None:
    """Keep how the borrower of ACCOUNT wishes to be reminded; what is not said is as the house does it."""
    ready()
    from duecourse.outreach import wishes
    from duecourse.servicing import read

    wishes.wish(
        borrower=read.borrower_of(number=account), channel=channel, language=language, hour=hour,
        before_days=before_days, by=operator(), reason=why,
    )  # fmt: skip
    console.print("kept")


@main.group()
def calendar() -> None:
    """A borrower's calendar of due days."""


@calendar.command("begin")
@click.argument("account")
@click.option("--why", required=True, help="Who asked for it, and how.")
def calendar_begin(account: str, why: str) -> None:
    """Make a calendar for the borrower of ACCOUNT and print its secret address."""
    ready()
    from duecourse.outreach import calendar_feed
    from duecourse.servicing import read

    address = calendar_feed.begin(borrower=read.borrower_of(number=account), by=operator(), reason=why)
    console.print(address, soft_wrap=True, highlight=False)


@calendar.command("end")
@click.argument("account")
@click.option("--why", required=True, help="Why it ends.")
def calendar_end(account: str, why: str) -> None:
    """End every calendar of the borrower of ACCOUNT."""
    ready()
    from duecourse.outreach import calendar_feed
    from duecourse.servicing import read

    count = calendar_feed.end(borrower=read.borrower_of(number=account), by=operator(), reason=why)
    console.print(f"{count} calendars ended")


def show(found: Counter[str], title: str) -> None:
    """A summary by state or moment."""
    if found:
        shown = Table("what", "messages")
        for what, count in sorted(found.items()):
            shown.add_row(what.replace("_", " "), f"{count:,}")
        console.print(shown)
    console.print(title)
