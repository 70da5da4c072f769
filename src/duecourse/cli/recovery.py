"""Commands about recovery: strategies tried, approved and live; cases moved on sealed days; the queue of work."""

from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress
from rich.table import Table

from duecourse import clock

from .commands import DAY, EXISTING, console, main, major, operator, ready
from .warn import last_day

BY = click.option("--by", help="Who does it; who gives the command if not said.")
REASON = click.option("--reason", default="", help="Why.")
SHARE = click.FloatRange(0, 1, max_open=True)
SHOWN = 30
FIRST = date(2025, 1, 1)


def text_of(file: Path) -> str:
    """What a file holds; a strategy of the house is known by its name."""
    from duecourse.rules import house_strategies

    if file.is_file():
        return file.read_text(encoding="utf-8")
    if file.stem in (own := house_strategies.texts()):
        return own[file.stem]
    raise click.UsageError(f"{file}: there is no such file, and the house has {', '.join(own)}")


@main.group("strategy")
def strategy() -> None:
    """Who gets which treatment when, as decision tables: tried on the past, approved by two, measured."""


@strategy.command("add")
@click.argument("file", type=EXISTING)
@click.option("--name", help="What it is called; the file's name if not said.")
@BY
def add(file: Path, name: str | None, by: str | None) -> None:
    """Keep the strategy of FILE (JDM) if it can be read."""
    ready()
    from duecourse.recovery import strategies

    text = text_of(file)
    number = strategies.register(name=name or file.stem, text=text, by=by or operator())
    console.print(f"strategy {number}")


@strategy.command("try")
@click.argument("files", type=EXISTING, nargs=-1, required=True)
@click.option("--from", "first", type=DAY, required=True, help="The first sealed day.")
@click.option("--to", "last", type=DAY, help="The last sealed day; the last one if not said.")
def try_past(files: tuple[Path, ...], first: datetime, last: datetime | None) -> None:
    """Try the strategies of FILES on the past: who would have been treated how, how often, at what cost."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import past
    from duecourse.recovery import strategy as strategies
    from duecourse.rules import recovery_terms

    candidates = {path.stem: strategies.read(text_of(path)) for path in files}
    end = last_day(last)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("days", total=None)
        told = past.tried(
            candidates,
            first=first.date(),
            last=end,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    exponent = exponents()
    shown = Table("strategy", "stage", "treatment", "times", title=f"{first.date()} to {end}, as known on each day")
    for name, one in told.items():
        for (stage, treatment), count in sorted(one.treatments.items()):
            shown.add_row(name, stage, treatment, f"{count:,}")
    console.print(shown)
    for name, one in told.items():
        cost = ", ".join(f"{major(minor, exponent[money]):,} {money}" for money, minor in one.cost_minor.items())
        console.print(
            f"{name}: {sum(one.treatments.values()):,} treatments of {one.persons:,} persons in {one.days} days, "
            f"at most {one.most_on_a_day:,} a day and {one.most_for_a_person} for one person; cost {cost or '0'}",
            highlight=False,
        )
    terms = recovery_terms.treatments(on=end)
    console.print(f"costs are {'those of the house' if terms.verified else 'taken by us, not verified'}")
    console.print("people do in the trial what they did: it tells work and cost, nothing of what would have come in")


@strategy.command("year")
@click.argument("files", type=EXISTING, nargs=-1)
@click.option("--persons", type=click.IntRange(60), default=30_000, show_default=True, help="How many borrowers.")
@click.option("--swept", type=click.IntRange(60), default=3_000, show_default=True, help="How many to sweep with.")
@click.option("--seed", default=1, show_default=True)
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--out", type=EXISTING, required=True, help="Write the page to this HTML file.")
def year(files: tuple[Path, ...], persons: int, swept: int, seed: int, language: str, out: Path) -> None:
    """Live through a simulated year under the strategies of FILES (else the house's three), as one page.

    What contact does is assumed, not known: each effect is swept from none to twice as strong, and all at once.
    """
    ready()
    from duecourse.recovery import strategy as strategies
    from duecourse.rules import house_strategies, year_terms
    from duecourse.simulator import swept as sweeps
    from duecourse.simulator import treated, year_page

    texts = {path.stem: text_of(path) for path in files} or house_strategies.texts()
    candidates = {name: strategies.read(text) for name, text in texts.items()}
    outcomes = {}
    with Progress(console=console, transient=True) as bar:
        for name, candidate in candidates.items():
            tell = partial(bar.update, bar.add_task(name, total=None))
            outcomes[name] = treated.year(
                candidate, persons=persons, seed=seed, first=FIRST,
                progress=lambda done, of, tell=tell: tell(completed=done, total=of),  # type: ignore[misc]
            )  # fmt: skip
        tell = partial(bar.update, bar.add_task("effects swept", total=None))
        points = sweeps.sweep(
            candidates, treated.begin(persons=swept, seed=seed, first=FIRST),
            progress=lambda done, of: tell(completed=done, total=of),
        )  # fmt: skip
    out.write_text(year_page.page(outcomes, points, year_terms.year_terms(on=FIRST), language), encoding="utf-8")
    shown = Table("strategy", "30 days late", "90 days late", "contacts", "cost", "complaints", "plans kept")
    for name, one in outcomes.items():
        row = year_page.told(name, one)
        shown.add_row(name, row[1], row[2], row[4], row[6], row[7], row[8])
    console.print(shown)
    console.print(f"shares of {persons:,} simulated borrowers, average of the year; assumptions, not evidence: {out}")


@strategy.command("measure")
@click.argument("experiment", default="")
@click.option("--day", type=DAY, help="By which sealed day; the last one if not said.")
def measure(experiment: str, day: datetime | None) -> None:
    """What EXPERIMENT came to, arm by arm; the one that decides now if none is named."""
    ready()
    from duecourse.recovery import measured

    told = measured.measure(on=last_day(day), experiment=experiment)
    shown = Table(
        "arm", "persons", *(f"past due\nafter {days}" for days in measured.AFTER),
        *(f"less than\ncontrol, {days}" for days in measured.AFTER), "done", "cost", "complaints",
        title=f"{told.experiment}: {told.since} to {told.through}",
    )  # fmt: skip
    for one in told.arms:
        shares = (f"{group.share:.1%} of {group.listed:,}" if group else "–" for group in one.late)
        effects = (
            f"{effect.avoided * 100:+.1f} ({effect.low * 100:+.1f} to {effect.high * 100:+.1f})" if effect else "–"
            for effect in one.effect
        )
        shown.add_row(
            one.name, f"{one.persons:,}", *shares, *effects, f"{one.contacts:,}", f"{one.cost_minor:,}",
            f"{one.complaints:,}",
        )  # fmt: skip
    console.print(shown)
    console.print("shares of persons by when each came in; differences in points, with their 95% intervals")
    console.print(f"cost in minor units, {'as the house has it' if told.is_verified else 'taken by us, not verified'}")


@strategy.command("approve")
@click.argument("number", type=int)
@REASON
@BY
def approve(number: int, reason: str, by: str | None) -> None:
    """Approve strategy NUMBER; who brought it in may not."""
    ready()
    from duecourse.recovery import strategies

    given = strategies.approve(strategy=number, on=last_day(None), by=by or operator(), reason=reason)
    console.print(f"strategy {number}: {given} approved it")


@strategy.command("turn-down")
@click.argument("number", type=int)
@REASON
@BY
def turn_down(number: int, reason: str, by: str | None) -> None:
    """Turn down strategy NUMBER, which was never live; it is never approved afterwards."""
    ready()
    from duecourse.recovery import strategies

    strategies.turn_down(strategy=number, on=last_day(None), by=by or operator(), reason=reason)
    console.print(f"strategy {number} is turned down")


@strategy.command("live")
@click.argument("number", type=int)
@click.option("--role", type=click.Choice(["champion", "challenger"]), default="champion", show_default=True)
@click.option("--share", type=SHARE, default=0.0, help="Which share of persons is under the challenger.")
@click.option("--control", type=SHARE, default=0.0, help="Which share gets nothing extra.")
@click.option("--experiment", default="", help="Its name: a person stays in an arm within one.")
@REASON
@BY
def live(number: int, role: str, share: float, control: float, experiment: str, reason: str, by: str | None) -> None:
    """Let strategy NUMBER decide from the last sealed day on."""
    ready()
    from duecourse.recovery import strategies

    strategies.go_live(
        strategy=number, role=role, on=last_day(None), by=by or operator(), reason=reason, experiment=experiment,
        challenger_ppm=round(share * 1e6), control_ppm=round(control * 1e6),
    )  # fmt: skip
    console.print(f"strategy {number} is live as {role}")


@main.group("recovery")
def recovery() -> None:
    """Cases: one person's arrears as work, all accounts with it."""


@recovery.command("move")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
@BY
def move(day: datetime | None, by: str | None) -> None:
    """Open, move and close cases on a sealed day by the live strategy; recall what an agency may not have."""
    ready()
    from duecourse.recovery import cases, placements

    on = last_day(day)
    night = cases.move(day=on, by=by or operator())
    if on == last_day(None):
        recalled = placements.recall_due(day=on, at=clock.now(), by=by or operator())
        console.print(f"{on}: {len(recalled):,} recalled from agencies")
    console.print(
        f"{on}: {night.cases:,} open cases, {night.moves:,} moves"
        + (" (it had been moved before)" if night.again else "")
    )


@recovery.command("send")
@click.option("--day", type=DAY, help="The last day on which cases were moved; the last sealed one if not said.")
@BY
def send(day: datetime | None, by: str | None) -> None:
    """Queue the messages that cases' moves ask for; run again, nothing is queued twice. `duecourse send` sends them."""
    ready()
    from duecourse.recovery import case_messages

    on = last_day(day)
    came = case_messages.queue(day=on, by=by or operator())
    told = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in sorted(came.items()))
    console.print(f"{on}: {told or 'no message of a case waits'}")


@recovery.command("queue")
@click.option("--owner", help="Only cases of this person and of nobody.")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
def queue(owner: str | None, day: datetime | None) -> None:
    """The treatments that wait for a person, in order of the good they are expected to do."""
    ready()
    from duecourse.ledger.read import exponents
    from duecourse.recovery import work

    on = last_day(day)
    waiting = work.queue(on=on, owner=owner)
    exponent = exponents()
    shown = Table("work", "case", "account", "treatment", "since", "late", "past due", "good", "owner")
    for one in waiting[:SHOWN]:
        amounts = (f"{major(minor, exponent[one.currency]):,}" for minor in (one.past_due_minor, one.good_minor))
        shown.add_row(
            str(one.state), str(one.case), one.account, one.treatment, str(one.since), str(one.days_past_due), *amounts,
            one.owner,
        )  # fmt: skip
    console.print(shown)
    console.print(f"{len(waiting):,} treatments wait")


@recovery.command("done")
@click.argument("work", type=int)
@click.option("--left", is_flag=True, help="It was left undone; say why with --reason.")
@click.option("--decision", type=int, help="The contact decision by which it was done.")
@REASON
@BY
def done(work: int, left: bool, decision: int | None, reason: str, by: str | None) -> None:
    """Say that the treatment WORK was done, or left."""
    ready()
    from duecourse.recovery import cases

    cases.done(state=work, by=by or operator(), reason=reason, decision=decision, is_done=not left)
    console.print(f"work {work}: {'left' if left else 'done'}")


@recovery.command("own")
@click.argument("case", type=int)
@click.argument("owner")
@REASON
@BY
def own(case: int, owner: str, reason: str, by: str | None) -> None:
    """Give CASE to OWNER."""
    ready()
    from duecourse.recovery import cases

    told: dict[str, Any] = {"by": by or operator(), "reason": reason}
    cases.own(case=case, owner=owner, **told)
    console.print(f"case {case} is {owner}'s")
