"""Commands about models: which there are, which is live, how it fares; and the card of a model file."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Column, Table

from duecourse.progress import bar, stages

from .commands import DAY, EXISTING, console, operator, ready
from .warn import KIND, PRODUCT, TARGET, TARGETS, is_a_file, last_day, named_model, told_bad, warn

BY = click.option("--by", required=True, help="Who decides.")
WHY = click.option("--why", required=True, help="Why, in words.")


@warn.command("models")
def warn_models() -> None:
    """The registry: each model, its trial, who trained it, who let it go live."""
    ready()
    from duecourse.risk import registry

    shown = Table(
        Column("model", no_wrap=True), Column("stands", width=11), Column("AUC (95%), one rule, error", width=14),
        Column("data", width=10), Column("by", width=10, overflow="fold"),
    )  # fmt: skip
    for one in registry.models():
        tried = one.metrics["tried"]
        shown.add_row(
            one.name,
            f"{one.stands}: {one.product}, {one.target}",
            f"{tried['auc']:.3f} ({tried['auc_low']:.3f}-{tried['auc_high']:.3f}), "
            f"{one.metrics['one_rule']['auc']:.3f}, {tried['calibration_error']:.3f}",
            f"{one.data_from} to {one.data_to}" if one.data_from else f"{one.data_rows:,} of {one.data_digest[:10]}",
            f"trained: {one.trained_by}" + (f", approved: {one.approved_by}" if one.approved_by else ""),
        )
    console.print(shown)


@warn.command("register")
@click.option("--model", type=EXISTING, required=True, help="A file of `duecourse warn train --data`.")
@click.option("--data", type=EXISTING, required=True, help="The file of clients that it was made from.")
@click.option("--by", help="Who registers; who gives the command if not said.")
def warn_register(model: Path, data: Path, by: str | None) -> None:
    """Take a model file into the registry, once its trial has come out again on the file that it was made from."""
    ready()
    from duecourse.intake import card_clients
    from duecourse.risk import file_registry, model_file

    body = model_file.content(model)
    kept = model_file.parse(body, str(model))
    with bar() as progress:
        told = card_clients.read(data, progress=stages(progress))
    row = file_registry.register(
        body=body,
        table=card_clients.with_information(told, kept.information),
        missed=card_clients.outcome(told),
        data_digest=hashlib.sha256(data.read_bytes()).hexdigest(),
        by=by or operator(),
    )
    told_bad(told)
    console.print(f"registered as {row.name}: {row.data_rows:,} clients of {data.name}")


@warn.command("live")
@click.argument("name")
@BY
@WHY
def warn_live(name: str, by: str, why: str) -> None:
    """Let a model score from now on, once its checks pass; its trainer cannot decide alone."""
    ready()
    from duecourse.risk import registry

    shown = Table("check", "found", "needed")
    for check in registry.go_live(name=name, by=by, reason=why):
        shown.add_row(check.name, check.found, check.needed)
    console.print(shown)
    console.print(f"{name} is live")


@warn.command("turn-down")
@click.argument("name")
@BY
@WHY
def warn_turn_down(name: str, by: str, why: str) -> None:
    """Turn a model down that was never live; it never goes live afterwards."""
    ready()
    from duecourse.risk import registry

    registry.turn_down(name=name, by=by, reason=why)
    console.print(f"{name} is turned down")


@warn.command("rollback")
@click.option("--product", type=click.Choice(["line", "loan", "file"]), default="line", show_default=True)
@TARGET
@BY
@WHY
def warn_rollback(product: str, target: str, by: str, why: str) -> None:
    """Let the model that was live before score again."""
    ready()
    from duecourse.risk import registry

    console.print(f"{registry.roll_back(product=product, target=target, by=by, reason=why)} is live again")


@warn.command("monitor")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
@PRODUCT
@click.option("--target", type=click.Choice(TARGETS), metavar="TARGET", help="Of which target; all if not said.")
def warn_monitor(day: datetime | None, product: str | None, target: str | None) -> None:
    """Watch the live models on a sealed day: drift, and what became of the days that they could score."""
    ready()
    from duecourse.risk import monitor

    for watched in monitor.watch_all(day=last_day(day), product=product, target=target):
        show_watched(watched)
    waiting = monitor.alarms()
    if waiting:
        roles = sorted({one.role for one in waiting})
        console.print(f"{len(waiting)} alarms wait for: {', '.join(roles)} (`duecourse warn alarms`)")


def show_watched(watched: Any) -> None:
    """What was found of one model, as a table."""
    drifts = sorted((one for one in watched.figures if one.what == "drift"), key=lambda one: -one.value)
    shown = Table("what", "of", "value", "limits", "")
    others = [one for one in watched.figures if one.what != "drift" and (one.beyond or one.what != "not known")]
    for one in [*others, *drifts[:10]]:
        value = f"{one.value:,.0f}" if one.what == "accounts" else f"{one.value:.3f}"
        shown.add_row(
            one.what, one.feature or str(one.of_day), value, limits(one.least, one.most), "ALARM" if one.beyond else ""
        )
    console.print(shown)
    beyond = [one for one in drifts if one.beyond]
    console.print(
        f"{watched.model} on {watched.day}: {len(drifts)} features, {len(beyond)} with a PSI above its limit"
        + ("; the ten that moved most are shown" if len(drifts) > 10 else "")
    )


def limits(least: float | None, most: float | None) -> str:
    """Limits in words."""
    if least is not None and most is not None:
        return f"{least:.3f}–{most:.3f}"
    if least is not None:
        return f"≥ {least:.3f}"
    return f"≤ {most:.3f}" if most is not None else ""


@warn.command("alarms")
def warn_alarms() -> None:
    """The alarms that nobody has looked at yet, and who must."""
    ready()
    from duecourse.risk import monitor

    shown = Table("alarm", "day", "what", Column("of", overflow="fold"), "value", "limits", "who must look")
    for one in monitor.alarms():
        told = one.figure
        shown.add_row(
            str(one.id), str(one.day), told.what, told.feature or str(told.of_day), f"{told.value:.3f}",
            limits(told.least, told.most), one.role,
        )  # fmt: skip
    console.print(shown)


@warn.command("seen")
@click.argument("alarm", type=int)
@click.option("--by", help="Who looked; who gives the command if not said.")
@WHY
def warn_seen(alarm: int, by: str | None, why: str) -> None:
    """Say that an alarm was looked at, and what came of it."""
    ready()
    from duecourse.risk import monitor

    monitor.seen(alarm=alarm, by=by or operator(), reason=why)
    console.print(f"alarm {alarm} is seen")


@warn.command("card")
@click.argument("model")
@click.option("--data", type=EXISTING, help="Of a model of a file: a file of clients with their outcome.")
@click.option("--day", type=DAY, help="Of a model of the book: as known on this sealed day; the last one if not said.")
@click.option("--out", type=EXISTING, help="The folder for the pages and PDFs; of a registered model none is needed.")
@click.option("--use", type=KIND, help="With --data: the card of this kind instead of the champion's.")
@click.option("--no-person", is_flag=True, help="Leave sex, age and education unread: no fairness is told.")
def warn_card(
    model: str, data: Path | None, day: datetime | None, out: Path | None, use: str | None, no_person: bool
) -> None:
    """The model card, as a page and a PDF, in English and 中文: of a model of the book by its name, or of a model of
    files, by its name or file, and how it fares on a file of clients. Of a registered model it is kept, and shown in
    the console."""
    if data is None:
        card_of_book(model, day, out)
    else:
        card_of_file(model, data, out, use, no_person)


def card_of_book(name: str, day: datetime | None, out: Path | None) -> None:
    """The card of a registered model, from the book's sealed days."""
    ready()
    from duecourse.risk import book_card, kept_cards

    on = last_day(day)
    facts = book_card.facts(name=name, day=on)
    kept_cards.keep(name=name, facts=facts, day=on)
    write_card(facts, out)


def card_of_file(model: str, data: Path, out: Path | None, use: str | None, no_person: bool) -> None:
    """The card of a model of files, from a file of clients with their outcome."""
    is_registered = not is_a_file(model)
    if out is None and not is_registered:
        raise click.UsageError("--out says where the card of a model file goes")
    kept, content = named_model(model)
    from duecourse.intake import card_clients
    from duecourse.risk import kept_cards, model_card

    with bar() as progress:
        told = card_clients.read(data, progress=stages(progress))
        facts = model_card.facts(
            kept=kept,
            digest=hashlib.sha256(content).hexdigest(),
            table=card_clients.with_information(told, kept.information),
            missed=card_clients.outcome(told),
            person={} if no_person else card_clients.person(told),
            exponent=card_clients.EXPONENT,
            use=use,
        )
    if is_registered:
        kept_cards.keep(name=model, facts=facts, data_digest=hashlib.sha256(data.read_bytes()).hexdigest())
    write_card(facts, out)
    told_bad(told)


def write_card(facts: Any, out: Path | None) -> None:
    """Write a card into a folder, and say where; or that the console has it."""
    from duecourse import clock
    from duecourse.risk import card_page

    if out is None:
        console.print("kept: the console's page of models shows it")
        return
    for path in card_page.write(facts=facts, out=out, as_of=str(clock.today())):
        console.print(str(path), soft_wrap=True)
