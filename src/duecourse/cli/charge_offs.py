"""Commands about charge-offs by rule, proposed and carried out, and small balances that are closed."""

import sys
from datetime import datetime

import click
from rich.progress import Progress
from rich.table import Table

from .commands import DAY, console, errors, major, operator, ready
from .recovery import BY, recovery
from .warn import last_day

SHOWN = 30
WHY = click.option("--reason", required=True, help="Why.")


@recovery.group("charge-off")
def charge_off() -> None:
    """Accounts that are due to be charged off: proposed by one person, carried out by another."""


@charge_off.command("due")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
def due(day: datetime | None) -> None:
    """Who is due to be charged off on a sealed day, with what would leave the books, and who is kept and why."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import charge_offs
    from duecourse.rules.charge_off_terms import charge_off_terms

    on = last_day(day)
    found = charge_offs.due(day=on)
    exponent = exponents()
    shown = Table("account", "late", "owed", "would leave", "", "kept by", title=f"{on}: due to be charged off")
    for one in found[:SHOWN]:
        owed = one.principal + one.interest + one.fee + one.penalty
        kept = ", ".join(one.kept) or (f"proposal {one.proposal}" if one.proposal else "")
        shown.add_row(
            one.number, str(one.days_past_due), f"{major(owed, exponent[one.currency]):,}",
            f"{major(one.lost, exponent[one.currency]):,}", one.currency, kept,
        )  # fmt: skip
    console.print(shown)
    free = [one for one in found if not one.kept and not one.proposal]
    totals: dict[str, int] = {}
    for one in free:
        totals[one.currency] = totals.get(one.currency, 0) + one.lost
    sums = ", ".join(f"{major(minor, exponent[money]):,} {money}" for money, minor in sorted(totals.items()))
    kept_count = sum(bool(one.kept) for one in found)
    console.print(
        f"{len(found):,} due, {kept_count:,} kept, {len(found) - kept_count - len(free):,} proposed already; "
        f"{len(free):,} to be proposed: {sums or '0'}",
        highlight=False,
    )
    terms = charge_off_terms(on=on)
    if not terms.verified:
        console.print(f"rule {terms.rule} is the house's, not verified")


@charge_off.command("propose")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
@WHY
@BY
def propose(day: datetime | None, reason: str, by: str | None) -> None:
    """Propose all who are due on a sealed day and neither kept nor proposed; nothing is charged off by it."""
    ready()
    from duecourse.recovery import charge_offs

    on = last_day(day)
    number = charge_offs.propose(day=on, by=by or operator(), reason=reason)
    count = len(charge_offs.rows_of(proposal=number))
    console.print(f"proposal {number}: {count:,} accounts; carried out by duecourse recovery charge-off do {number}")


@charge_off.command("show")
@click.argument("proposal", type=int)
def show(proposal: int) -> None:
    """The accounts of PROPOSAL and what became of them."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import charge_offs

    exponent = exponents()
    rows = charge_offs.rows_of(proposal=proposal)
    shown = Table("account", "late", "proposed", "charged off", "", "refused")
    for one in rows[:SHOWN]:
        done = f"{major(one['done_minor'], exponent[one['currency']]):,}" if one["act_id"] else ""
        shown.add_row(
            one["number"], str(one["days_past_due"]), f"{major(one['lost_minor'], exponent[one['currency']]):,}", done,
            one["currency"], one["refused"] or "",
        )  # fmt: skip
    console.print(shown)
    waiting = sum(one["refused"] is None for one in rows)
    done_count = sum(one["act_id"] is not None for one in rows)
    console.print(f"{len(rows):,} accounts: {done_count:,} charged off, {waiting:,} wait")


@charge_off.command("turn-down")
@click.argument("proposal", type=int)
@WHY
@BY
def turn_down(proposal: int, reason: str, by: str | None) -> None:
    """Turn down what is left of PROPOSAL; its accounts may be proposed anew."""
    ready()
    from duecourse.recovery import charge_offs

    charge_offs.turn_down(proposal=proposal, on=last_day(None), by=by or operator(), reason=reason)
    console.print(f"what was left of proposal {proposal} is turned down")


@charge_off.command("do")
@click.argument("proposal", type=int)
@BY
def carry_out(proposal: int, by: str | None) -> None:
    """Charge off the accounts of PROPOSAL; stopped, the same command goes on where it was."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import charge_offs

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("charge-offs", total=None)
        done = charge_offs.carry_out(
            proposal=proposal,
            by=by or operator(),
            progress=lambda count, of: bar.update(task, completed=count, total=of),
        )
    exponent = exponents()
    sums = ", ".join(f"{major(minor, exponent[money]):,} {money}" for money, minor in sorted(done.lost_minor.items()))
    console.print(
        f"proposal {proposal}: {done.done:,} charged off ({sums or '0'}), {done.refused:,} refused, "
        f"{done.before:,} settled before",
        highlight=False,
    )
    if done.refused:
        errors.print(f"why: duecourse recovery charge-off show {proposal}")


@recovery.command("small")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
@click.option("--apply", "is_applied", is_flag=True, help="Close them; else they are only shown.")
@BY
def small(day: datetime | None, is_applied: bool, by: str | None) -> None:
    """Small balances that the house's rule closes; small credits are shown and stay the borrower's."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import small_balances

    on = last_day(day)
    exponent = exponents()
    if is_applied:
        with Progress(console=console, transient=True) as bar:
            task = bar.add_task("small balances", total=None)
            done = small_balances.close(
                day=on,
                by=by or operator(),
                progress=lambda count, of: bar.update(task, completed=count, total=of),
            )
        sums = ", ".join(f"{major(minor, exponent[money]):,} {money}" for money, minor in done.given_up_minor.items())
        refused = ", ".join(f"{code} {count:,}" for code, count in sorted(done.refused.items()))
        console.print(
            f"{on}: {done.closed:,} small balances closed ({sums or '0'}), {done.again:,} had been, "
            f"refused: {refused or 'none'}",
            highlight=False,
        )
        sys.exit(1 if done.refused else 0)
    found = small_balances.found(day=on)
    shown = Table("account", "owed", "", "left as it is by", title=f"{on}: small balances")
    for one in found.small[:SHOWN]:
        shown.add_row(one.number, f"{major(one.owed, exponent[one.currency]):,}", one.currency, one.why_not)
    console.print(shown)
    free = sum(not one.why_not for one in found.small)
    console.print(f"{len(found.small):,} small balances, {free:,} to be closed by duecourse recovery small --apply")
    if found.credits:
        console.print(
            f"{len(found.credits):,} small credit balances are their borrowers': paid out by the act credit_refund, "
            "never taken"
        )
