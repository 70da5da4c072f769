"""Commands about collection agencies: added, terms agreed and approved, cases placed and recalled, what each holds."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from duecourse import clock

from .commands import DAY, EXISTING, console, main, major, operator, ready, write_csv
from .files import show_waiting
from .warn import last_day

BY = click.option("--by", help="Who does it; who gives the command if not said.")
REASON = click.option("--reason", required=True, help="Why.")


@main.group("agency")
def agency() -> None:
    """Collection agencies: their terms, the cases they have, files out and in, commission, reviews."""


@agency.command("add")
@click.argument("code")
@click.option("--name", required=True, help="What it is called.")
@click.option("--contact", required=True, help="How it is reached.")
@click.option("--place", "places", multiple=True, required=True, help="Where it may work: CN, US-MA; often.")
@REASON
@BY
def add(code: str, name: str, contact: str, places: tuple[str, ...], reason: str, by: str | None) -> None:
    """Keep an agency under CODE; it gets nothing yet."""
    ready()
    from duecourse.recovery import agencies

    agencies.add(code=code, name=name, contact=contact, places_of=places, by=by or operator(), reason=reason)
    console.print(f"agency {code}", highlight=False)


@agency.command("terms")
@click.argument("code")
@click.argument("file", type=EXISTING)
@REASON
@BY
def terms(code: str, file: Path, reason: str, by: str | None) -> None:
    """Keep the terms of FILE (TOML) for agency CODE; two others approve them."""
    ready()
    from duecourse.recovery import agencies

    number = agencies.propose(agency=code, text=file.read_text(encoding="utf-8"), by=by or operator(), reason=reason)
    console.print(f"terms {number}", highlight=False)


@agency.command("approve")
@click.argument("number", type=int)
@REASON
@BY
def approve(number: int, reason: str, by: str | None) -> None:
    """Approve terms NUMBER; who brought them in may not."""
    ready()
    from duecourse.recovery import agencies

    given = agencies.approve(terms=number, on=clock.today(), by=by or operator(), reason=reason)
    console.print(f"terms {number}: {given} approved them", highlight=False)


@agency.command("turn-down")
@click.argument("number", type=int)
@REASON
@BY
def turn_down(number: int, reason: str, by: str | None) -> None:
    """Turn down terms NUMBER, which too few have approved; they are never approved afterwards."""
    ready()
    from duecourse.recovery import agencies

    agencies.turn_down(terms=number, on=clock.today(), by=by or operator(), reason=reason)
    console.print(f"terms {number} are turned down", highlight=False)


@agency.command("state")
@click.argument("code")
@click.argument("state", type=click.Choice(["engaged", "suspended", "ended"]))
@click.option("--day", type=DAY, help="From which day; the book's open day if not said.")
@REASON
@BY
def state(code: str, state: str, day: datetime | None, reason: str, by: str | None) -> None:
    """Say that agency CODE is engaged, suspended or ended; its cases come back with the next day's move or file."""
    ready()
    from duecourse.recovery import agencies

    on = day.date() if day else last_day(None) + timedelta(days=1)
    agencies.become(agency=code, state=state, on=on, by=by or operator(), reason=reason)
    console.print(f"{code}: {state} from {on}", highlight=False)


@agency.command("place")
@click.argument("case", type=int, required=False)
@click.argument("code", required=False)
@click.option("--waiting", is_flag=True, help="Every case whose strategy asks for an agency, by the agencies' shares.")
@click.option("--reason", help="Why, of one case.")
@BY
def place(case: int | None, code: str | None, waiting: bool, reason: str | None, by: str | None) -> None:
    """Place CASE with agency CODE from the day after the last sealed day, or every case that waits for an agency."""
    ready()
    from duecourse.recovery import placements

    day, who = last_day(None), by or operator()
    if waiting:
        done = placements.place_waiting(day=day, at=clock.now(), by=who)
        for number, why in done.refused:
            console.print(f"case {number} waits: {why}", highlight=False, soft_wrap=True)
        console.print(f"{len(done.placed):,} cases placed, {len(done.refused):,} not", highlight=False)
        tell_placed(who)
        return
    if case is None or code is None or not reason:
        raise click.UsageError("name a case, an agency and --reason, or --waiting")
    row = placements.place(case=case, agency=code, day=day, at=clock.now(), by=who, reason=reason)
    console.print(f"placement {row.reference}: with {code} from {row.on}", highlight=False)
    tell_placed(who)


@agency.command("tell")
@BY
def tell(by: str | None) -> None:
    """Tell those whose case is newly with an agency, by a message each; `agency place` does so too."""
    ready()
    tell_placed(by or operator())


def tell_placed(by: str) -> None:
    """Queue the messages of new placements, and say whom none leads to and which were refused."""
    from duecourse.outreach.compose import LenderNotNamed
    from duecourse.recovery import agency_notices

    try:
        told = agency_notices.queue(at=clock.now(), by=by)
    except LenderNotNamed as fault:
        console.print(f"nobody is told yet: {fault}; then: duecourse agency tell", highlight=False, soft_wrap=True)
        return
    for one in told:
        if one.how == agency_notices.NO_WAY:
            console.print(f"placement {one.reference}: no way leads to the person", highlight=False)
        if one.how == agency_notices.REFUSED:
            said = f"placement {one.reference}: the person is not told: {one.why}"
            console.print(said, highlight=False, soft_wrap=True, markup=False)
    queued = sum(one.how == agency_notices.QUEUED for one in told)
    console.print(f"{queued:,} messages queued: an agency works on the case", highlight=False)


@agency.command("recall")
@click.argument("reference", required=False)
@click.option("--due", is_flag=True, help="Every case that may not be with its agency any more.")
@click.option("--reason", help="Why, of one placement.")
@BY
def recall(reference: str | None, due: bool, reason: str | None, by: str | None) -> None:
    """Take placement REFERENCE back, or every one that is due; the agency is told in its next file."""
    ready()
    from duecourse.recovery import placements

    day, who = last_day(None), by or operator()
    if due:
        found = placements.recall_due(day=day, at=clock.now(), by=who)
        for one, why in found:
            console.print(f"{one}: {why}", highlight=False, soft_wrap=True)
        console.print(f"{len(found):,} recalled", highlight=False)
        return
    if reference is None or not reason:
        raise click.UsageError("name a placement and --reason, or --due")
    row = placements.recall(reference=reference, day=day, by=who, reason=reason)
    console.print(f"{reference}: recalled from {row.on}", highlight=False)


@agency.command("file")
@click.argument("code")
@click.option("--out", required=True, type=EXISTING, help="The file of cases to write.")
@click.option("--recalls", required=True, type=EXISTING, help="The file of recalls to write.")
@BY
def file(code: str, out: Path, recalls: Path, by: str | None) -> None:
    """Write the files for agency CODE: the cases that it has, with what it needs; those to stop.

    They hold numbers and addresses in clear: only who gives the command may read them.
    """
    ready()
    from duecourse.recovery import agency_out

    for path in (out, recalls):
        if not path.parent.is_dir():
            raise click.UsageError(f"{path.parent}: there is no such folder")
    if out.resolve() == recalls.resolve():
        raise click.UsageError("--out and --recalls are two files")
    told: dict[str, Any] = {"agency": code, "day": last_day(None), "at": clock.now(), "by": by or operator()}
    try:
        made = agency_out.write(cases=out, recalls=recalls, **told)
    except OSError as fault:
        raise click.ClickException(f"{fault}; made again on this day, the files say the same") from fault
    for reference, why in made.recalled:
        console.print(f"{reference} recalled: {why}", highlight=False, soft_wrap=True)
    for path, one in ((out, made.placements), (recalls, made.recalls)):
        console.print(f"{path}: {one.row.rows:,} rows, SHA-256 {one.digest}", highlight=False, soft_wrap=True)


@agency.command("take")
@click.argument("code")
@click.argument("file", type=EXISTING)
@click.option("--retry", is_flag=True, help="The file holds corrected rows, or is the same one, to be looked at again.")
@BY
def take(code: str, file: Path, retry: bool, by: str | None) -> None:
    """Take a FILE that agency CODE sends: contacts, payments, promises, complaints, disputes."""
    ready()
    from duecourse.intake import agency_file

    work = agency_file.retry if retry else agency_file.take
    taken = work(file, agency=code, at=clock.now(), by=by or operator())
    told = taken.file.summary
    kinds = ", ".join(f"{told[kind]:,} {kind}s" for kind in agency_file.KINDS)
    console.print(
        f"{taken.file.name}: {told['rows']:,} rows, {taken.new:,} new ({kinds}), {told['quarantined']:,} quarantined",
        highlight=False,
        soft_wrap=True,
    )
    show_waiting(taken.file)


@agency.command("list")
def list_() -> None:
    """List the agencies on the book's open day: state, contract, cases, when the next review is due."""
    ready()
    from duecourse.recovery import agencies, placements

    on = last_day(None) + timedelta(days=1)
    shown = Table("agency", "name", "state", "contract to", "cases", "review due", "gets cases")
    for one in agencies.every(on=on):
        faults = one.faults(on)
        shown.add_row(
            one.row.code, one.row.name, one.state, str(one.terms.contract_to if one.terms else ""),
            f"{len(placements.standing(agency=one.row.id)):,}", str(one.review_due_on or ""),
            "; ".join(faults) or "yes",
        )  # fmt: skip
    console.print(shown)


@agency.command("commission")
@click.argument("code")
@click.option("--month", required=True, type=click.DateTime(formats=["%Y-%m"]), help="A sealed month: 2026-08.")
@click.option("--out", type=EXISTING, help="Write each payment behind it to this CSV file, which the agency may see.")
@BY
def commission(code: str, month: datetime, out: Path | None, by: str | None) -> None:
    """State what agency CODE earned in a month; asked again, it says the same."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import agency_commission

    exponent = exponents()
    told = agency_commission.state(agency=code, month=month.date(), by=by or operator())
    shown = Table("currency", "payments", "came in", "taken by it", "commission", "kept back", "to pay", "carried on")
    for one in told:
        row, places = one.row, exponent[one.row.currency]
        amounts = (
            row.received_minor, row.taken_minor, row.commission_minor, one.kept_back_minor,
            row.commission_minor - one.kept_back_minor,
        )  # fmt: skip
        shown.add_row(
            row.currency, f"{row.payments:,}", *(f"{major(minor, places):,}" for minor in amounts),
            f"{major(row.carried_micro, places + 6)}",
        )  # fmt: skip
    console.print(shown)
    if out:
        lines = [
            [one.row.currency, *line]
            for one in told
            for line in agency_commission.rows(one, exponent[one.row.currency])
        ]
        write_csv(out, ("currency", *agency_commission.COLUMNS), lines)
        console.print(f"{out}: {len(lines):,} lines", highlight=False, soft_wrap=True)


@agency.command("complaint")
@click.argument("number", type=int)
@click.argument("code")
@REASON
@BY
def complaint(number: int, code: str, reason: str, by: str | None) -> None:
    """Say that complaint NUMBER turned out to be about agency CODE; it counts against it."""
    ready()
    from duecourse.care import complaints
    from duecourse.recovery import agencies

    agencies.named(agency=code)
    complaints.about_agency(complaint=number, agency=code, by=by or operator(), reason=reason)
    console.print(f"complaint {number} counts against {code}", highlight=False)


@agency.command("review")
@click.argument("code")
@click.option("--result", type=click.Choice(["continue", "narrow", "end"]), help="Without it only figures are shown.")
@click.option("--reason", help="What the result rests on.")
@BY
def review(code: str, result: str | None, reason: str | None, by: str | None) -> None:
    """Show what agency CODE did since its last review, and keep the review if a --result is given."""
    ready()
    from duecourse.recovery import agencies, agency_review

    day = last_day(None)
    held = agencies.held(agency=code, on=day)
    since = held.reviewed_on or day
    show_figures(agency_review.figures(agency=code, since=since, on=day), f"{code}, {since} to {day}")
    if result is None:
        console.print(f"the review is due on {held.review_due_on} ({held.review.rule})", highlight=False)
        return
    if not reason:
        raise click.UsageError("--reason: say what the result rests on")
    row = agency_review.review(agency=code, on=day, result=result, by=by or operator(), reason=reason)
    console.print(f"review {row.id}: {result}, the next is due on {row.next_on}", highlight=False)


def show_figures(told: Any, title: str) -> None:
    """Figures of a review as a table, amounts by currency."""
    from duecourse.ledger.read import exponents

    exponent = exponents()
    shown = Table("figure", "", title=title)
    for name, value in told._asdict().items():
        if name in ("owed_minor", "received_minor", "commission_micro"):
            more = 6 if name == "commission_micro" else 0
            sums = (f"{major(amount, exponent[money] + more):,} {money}" for money, amount in value.items())
            shown.add_row(name.rpartition("_")[0].replace("_", " "), ", ".join(sums) or "0")
        elif name == "breaches_by_rule":
            shown.add_row("by rule", ", ".join(f"{rule} {count}" for rule, count in value.items()) or "none")
        elif name == "complaints_ppm":
            shown.add_row("complaints per 1,000 cases", f"{Decimal(value).scaleb(-3):.1f}")
        else:
            shown.add_row(name.replace("_", " "), f"{value:,}")
    console.print(shown)
