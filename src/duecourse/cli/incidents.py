"""Commands about incidents: opened, whom they concern found, what undoing does seen, approved by two, undone, told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from duecourse import clock

from .commands import DAY, EXISTING, console, main, major, operator, ready, write_csv
from .files import show_waiting

SHOWN = 20
INSTANT = "An instant with its zone, 2026-08-31T09:00:00+08:00."
WHO = click.option("--by", help="Who does it; whoever is logged in if not said.")
COLUMNS = (
    "account", "payments", "tried_on", "counted_from", "currency", "fees_before", "fees_after", "interest_before",
    "interest_after", "late_interest_before", "late_interest_after", "owed_before", "owed_after",
    "days_past_due_before", "days_past_due_after", "refused", "why",
)  # fmt: skip
MONTHS = ("account", "on", "days_past_due_before", "days_past_due_after", "bucket_before", "bucket_after",
          "stage_before", "stage_after", "class_before", "class_after")  # fmt: skip


@main.group()
def incident() -> None:
    """Incidents: payments that came late because of a fault of ours or of others, undone as one act."""


def instant(told: str) -> datetime:
    """An instant that names its zone."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError as fault:
        raise click.BadParameter(f"{told!r}: {INSTANT}") from fault
    if at.tzinfo is None:
        raise click.BadParameter(f"{told!r} names no zone: {INSTANT}")
    return at


@incident.command("open")
@click.option("--from", "from_at", required=True, type=instant, help=INSTANT)
@click.option("--to", "to_at", required=True, type=instant, help=INSTANT)
@click.option("--channel", "channels", required=True, multiple=True, type=int, help="A channel's number; may be given "
              "several times. 0 is that of auto-debit.")  # fmt: skip
@click.option("--cause", required=True, type=click.Choice(["ours", "bank", "partner"]))
@click.option("--description", required=True, help="What happened, in a sentence.")
@click.option("--within-days", default=14, show_default=True, help="A payment of the amount that was tried counts as "
              "that one for so many days after the window.")  # fmt: skip
@click.option("--key", help="The request's key; without one, made of what is asked: asked twice it is done once.")
@WHO
def incident_open(
    from_at: datetime, to_at: datetime, channels: tuple[int, ...], cause: str, description: str, within_days: int,
    key: str | None, by: str | None,
) -> None:  # fmt: skip
    """Note an incident and print its number."""
    ready()
    from duecourse.care import incidents

    made = f"incident:{from_at.isoformat()}:{to_at.isoformat()}:{sorted(set(channels))}:{cause}:{within_days}"
    number = incidents.open_incident(
        from_at=from_at, to_at=to_at, channels=channels, cause=cause, description=description,
        within_days=within_days, by=by or operator(), key=key or made,
    )  # fmt: skip
    console.print(f"incident {number}")


@incident.command("find")
@click.argument("number", type=int)
@click.option("--attempts", type=EXISTING, help="A file (CSV or Parquet) of what was tried: account, tried_at, amount, "
              "reference.")  # fmt: skip
@click.option("--reason-code", "reason_codes", multiple=True, help="Of failed debit orders, only those with this "
              "reason of the bank's; may be given several times.")  # fmt: skip
@WHO
def incident_find(number: int, attempts: Path | None, reason_codes: tuple[str, ...], by: str | None) -> None:
    """Find the payments that came late because of incident NUMBER; run again, only what is new is added."""
    ready()
    from duecourse.care import incident_finding, incidents
    from duecourse.intake import attempts_file

    if attempts:
        taken = attempts_file.take(attempts, incident=number, by=by or operator())
        told = taken.file.summary
        console.print(f"{taken.file.name}: {told['rows']:,} rows, {taken.told:,} attempts now, "
                      f"{told['quarantined']:,} quarantined", highlight=False, soft_wrap=True)  # fmt: skip
        show_waiting(taken.file)
    found = incident_finding.find(incident=incidents.get(number), by=by or operator(), reason_codes=reason_codes)
    without = [one for one in found.waiting if not one.in_time]
    if without:
        names = numbers([one.account for one in without])
        table = Table(title=f"{len(without):,} tried without a payment yet" + first(len(without)))
        for column in ("account", "tried on", "what shows it"):
            table.add_column(column)
        for one in without[:SHOWN]:
            table.add_row(names[one.account][0], str(one.tried_on), escape(one.source[:40]))
        console.print(table)
    show_findings(number)
    in_time = len(found.waiting) - len(without)
    console.print(f"incident {number}: {found.new:,} payments found now, {in_time:,} were in time after all")


@incident.command("add")
@click.argument("number", type=int)
@click.argument("account")
@click.option("--payment", required=True, type=int, help="The number of the payment's first entry.")
@click.option("--tried-on", required=True, type=DAY, help="The day of the window on which it was tried.")
@click.option("--why", required=True, help="What shows it.")
@WHO
def incident_add(number: int, account: str, payment: int, tried_on: datetime, why: str, by: str | None) -> None:
    """Add a payment of ACCOUNT to incident NUMBER by hand."""
    ready()
    from duecourse.care import incidents
    from duecourse.servicing import read

    found = incidents.add(
        incident=number, account=read.id_of(number=account), payment=payment, tried_on=tried_on.date(),
        by=by or operator(), reason=why,
    )  # fmt: skip
    console.print(f"finding {found}")


@incident.command("leave-out")
@click.argument("finding", type=int)
@click.option("--why", required=True)
@click.option(
    "--take-in", is_flag=True, help="Take it in again instead, and undo it even where that makes a figure worse."
)
@WHO
def incident_leave_out(finding: int, why: str, take_in: bool, by: str | None) -> None:
    """Leave a FINDING out: it is not because of the incident."""
    ready()
    from duecourse.care import incidents

    (incidents.take_in if take_in else incidents.leave_out)(finding=finding, by=by or operator(), reason=why)
    console.print("kept")


@incident.command("preview")
@click.argument("number", type=int)
@click.option("--out", type=EXISTING, help="Write a row for each account to this CSV file.")
@click.option("--months", type=EXISTING, help="Write how each account stood at each month's end to this CSV file.")
def incident_preview(number: int, out: Path | None, months: Path | None) -> None:
    """Show what undoing incident NUMBER does to each account: fees, interest, days past due, status. Writes nothing."""
    ready()
    from duecourse.care import incidents

    show_accounts(incidents.preview(incident=number), f"incident {number}, what undoing it does", out, months)


@incident.command("approve")
@click.argument("number", type=int)
@click.option("--why", required=True, help="On what grounds.")
@WHO
def incident_approve(number: int, why: str, by: str | None) -> None:
    """Approve to undo what incident NUMBER has found now; two must, neither being who opened it."""
    ready()
    from duecourse.care import incidents

    count = incidents.approve(incident=number, by=by or operator(), reason=why)
    console.print(f"{count} of {incidents.APPROVALS} approvals")


@incident.command("turn-down")
@click.argument("number", type=int)
@click.option("--why", required=True, help="On what grounds.")
@WHO
def incident_turn_down(number: int, why: str, by: str | None) -> None:
    """Turn incident NUMBER down: what is left of it is never approved and never undone."""
    ready()
    from duecourse.care import incidents

    incidents.turn_down(incident=number, by=by or operator(), reason=why)
    console.print(f"incident {number} is turned down")


@incident.command("apply")
@click.argument("number", type=int)
@click.option("--out", type=EXISTING, help="Write a row for each account to this CSV file.")
@click.option("--months", type=EXISTING, help="Write how each account stood at each month's end to this CSV file.")
@WHO
def incident_apply(number: int, out: Path | None, months: Path | None, by: str | None) -> None:
    """Undo incident NUMBER as approved; run again it goes on where it stopped, and undoes nothing twice."""
    ready()
    from duecourse.care import incidents

    show_accounts(incidents.apply(incident=number, by=by or operator()), f"incident {number} undone", out, months)


@incident.command("tell")
@click.argument("number", type=int)
@click.option("--out", type=EXISTING, help="Write a row for each payment to this CSV file: who is told, and how.")
@WHO
def incident_tell(number: int, out: Path | None, by: str | None) -> None:
    """Queue a message to each borrower whose payment incident NUMBER moved; run again, nobody is told twice."""
    ready()
    from duecourse.care import incident_notices

    rows = [
        (one.number, one.finding.tried_on, one.finding.paid_on, major(one.finding.amount_minor, one.exponent),
         one.currency, one.how)
        for one in incident_notices.tell(incident=number, at=clock.now(), by=by or operator())
    ]  # fmt: skip
    if out:
        write_csv(out, ("account", "tried_on", "paid_on", "amount", "currency", "told"), rows)
    counts = Counter(str(row[-1]) for row in rows)
    console.print(", ".join(f"{count:,} {how.replace('_', ' ')}" for how, count in counts.items()) or "nobody to tell")


@incident.command("list")
@click.argument("number", type=int, required=False)
def incident_list(number: int | None) -> None:
    """List the incidents and how far each came, or the findings of incident NUMBER."""
    ready()
    from duecourse.care import incident_read

    if number is not None:
        show_findings(number)
        return
    table = Table("incident", "from", "to", "channels", "cause", "found", "approved by", "accounts")
    for one in incident_read.every():
        told = one.incident
        channels = ", ".join(map(str, told.channels))
        accounts = ", ".join(f"{count:,} {code}" for code, count in one.outcomes.items())
        window = [f"{at:%Y-%m-%d %H:%M}Z" for at in (told.from_at, told.to_at)]
        table.add_row(str(told.id), *window, channels, told.cause, f"{len(one.taken):,}",
                      escape(", ".join(one.approved_by)), accounts)  # fmt: skip
    console.print(table)


def numbers(accounts: Iterable[int]) -> dict[int, tuple[str, str, int]]:
    """The number, currency and its decimals of accounts."""
    from duecourse.book import read

    return read.named(sorted(set(accounts)))


def first(count: int) -> str:
    """What a title says where not all is shown."""
    return f", the first {SHOWN}" if count > SHOWN else ""


def show_findings(number: int) -> None:
    """What an incident has found, and what was left out."""
    from duecourse.care import incident_read

    stand = incident_read.stand(incident=number)
    rows = [(one, "") for one in stand.taken] + [(one, "left out") for one in stand.left_out]
    names = numbers(one.account_id for one, _ in rows)
    table = Table(title=f"{len(stand.taken):,} payments came late because of incident {number}" + first(len(rows)))
    for column in ("finding", "account", "amount", "tried on", "counted from", "what shows it", ""):
        table.add_column(column, justify="right" if column in ("finding", "amount") else "left")
    for one, out in rows[:SHOWN]:
        name, currency, exponent = names[one.account_id]
        table.add_row(str(one.id), name, f"{major(one.amount_minor, exponent):,} {currency}", str(one.tried_on),
                      str(one.paid_on), escape(one.evidence[:60]), out)  # fmt: skip
    console.print(table)


def show_accounts(found: Iterable[Any], title: str, out: Path | None, months: Path | None) -> None:
    """Accounts before and after: the first on the screen, all in files where these are asked for."""
    accounts = list(found)
    names = numbers(one.account for one in accounts)
    if out:
        write_csv(out, COLUMNS, (row(one, names) for one in accounts))
    if months:
        write_csv(months, MONTHS, (line for one in accounts for line in month_rows(one, names)))
    table = Table(title=f"{title}: {len(accounts):,} accounts" + first(len(accounts)))
    for column in ("account", "fees", "interest", "late interest", "days past due", ""):
        table.add_column(column, justify="left" if column in ("account", "") else "right")
    for one in accounts[:SHOWN]:
        name, _, exponent = names[one.account]
        if one.code:
            table.add_row(name, "", "", "", "", f"{one.code}: {escape(one.message)}")
            continue
        moved = [
            f"{major(was, exponent):,} → {major(now, exponent):,}"
            for was, now in zip(one.before[1:4], one.after[1:4], strict=True)
        ]
        late = f"{one.before.now.days_past_due} → {one.after.now.days_past_due}"
        table.add_row(name, *moved, late, "undone before" if one.is_done else "")
    console.print(table)
    refused = sum(bool(one.code) for one in accounts)
    done = sum(one.is_done for one in accounts)
    console.print(f"{len(accounts) - refused:,} accounts, of which {done:,} were undone before; {refused:,} refused")


def row(one: Any, names: dict[int, tuple[str, str, int]]) -> Sequence[object]:
    """An account as a row of COLUMNS."""
    name, currency, exponent = names[one.account]
    days = [min(x.tried_on for x in one.findings), max(x.paid_on for x in one.findings)]
    head = (name, len(one.findings), *days, currency)
    if one.before is None:
        return (*head, *[None] * 10, one.code, one.message)
    pairs = ((was, now) for was, now in zip(one.before[1:4], one.after[1:4], strict=True))
    money = [major(amount, exponent) for pair in pairs for amount in pair]
    owed = [major(one.before.owed_minor, exponent), major(one.after.owed_minor, exponent)]
    return (*head, *money, *owed, one.before.now.days_past_due, one.after.now.days_past_due, one.code, one.message)


def month_rows(one: Any, names: dict[int, tuple[str, str, int]]) -> list[Sequence[object]]:
    """How an account stood at each month's end, before and after, as rows of MONTHS."""
    if one.before is None:
        return []
    return [
        (names[one.account][0], was.on, *(value for pair in zip(was[1:], now[1:], strict=True) for value in pair))
        for was, now in zip(one.before.months, one.after.months, strict=True)
    ]
