"""Commands about replies to messages: taken from a file, shown to who reads them, marked as read."""

from collections import Counter
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from duecourse import clock

from .commands import EXISTING, console, main, operator, ready
from .messages import show

SHOWN = 30
MAILS = (".eml", ".mbox", ".mail")


@main.command()
@click.argument("file", type=EXISTING, required=False)
@click.option("--read", "read", type=int, help="The reply with this number was read; say what follows with --why.")
@click.option("--why", default="", help="What follows from the reply that was read.")
def replies(file: Path | None, read: int | None, why: str) -> None:
    """Take the replies of FILE: texts as CSV or JSON lines (channel, from, at, text), or mails (an .eml, an mbox, a
    Maildir). Without FILE: those that a person is to read."""
    ready()
    from duecourse.outreach import replies as answers

    if read is not None:
        answers.mark_read(reply=read, by=operator(), reason=why)
        console.print(f"reply {read}: read")
    elif file is not None:
        take(file)
    else:
        listed()


def take(file: Path) -> None:
    """Take a file, and tell what its replies came to."""
    from duecourse.intake import replies_file
    from duecourse.outreach import reply_mail

    if file.is_dir() or file.suffix in MAILS:
        if not file.exists():
            raise click.UsageError(f"{file}: there is no such file")
        came = Counter(reply_mail.take_file(path=file, now=clock.now(), by=operator()))
        show(came, f"{sum(came.values()):,} mails")
        return
    taken = replies_file.take(file, now=clock.now(), by=operator())
    show(taken.came, f"{taken.file.rows:,} rows, {taken.file.summary['quarantined']:,} in quarantine")
    for one in taken.file.quarantined.filter(taken_by=None).order_by("row")[:SHOWN]:
        console.print(f"row {one.row}: {one.field}: {one.reason}", highlight=False)


def listed() -> None:
    """The replies that wait for a reader."""
    from duecourse.outreach import replies as answers

    waiting = answers.unread(most=SHOWN)
    shown = Table("reply", "at", "by", "from", "hints at", "text")
    for one in waiting:
        who = ", ".join(map(str, one.people)) or "nobody known"
        hints = ", ".join(hint.replace("_", " ") for hint in one.hints) or ("" if one.kind == "text" else one.kind)
        shown.add_row(
            str(one.id), f"{one.at:%Y-%m-%d %H:%M}", one.channel, Text(f"{one.sender} ({who})"), hints, Text(one.text)
        )
    console.print(shown)
    console.print(f"{len(waiting)} replies to be read" + (" or more" if len(waiting) == SHOWN else ""))
