"""Commands about the first warning: on the book's sealed days, and on a file of clients."""

import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from duecourse.progress import bar, stages

from .commands import DAY, EXISTING, console, main, operator, ready, settings_known, write_csv

KIND = click.Choice(["boosted", "scorecard"])
SCORED = ("id", "chance", "low", "high", "unsure", "by", "reasons_en", "reasons_zh", "advice_en", "advice_zh", "codes")
INFORMATION = click.Choice(["ledger", "all"])
TARGETS = ("next", "late30_3m", "late30_6m", "late30_12m", "late90_3m", "late90_6m", "late90_12m")
TARGET = click.option(
    "--target",
    type=click.Choice(TARGETS),
    default="next",
    show_default=True,
    metavar="TARGET",
    help=f"What is foretold: {', '.join(TARGETS)}.",
)
PRODUCT = click.option("--product", type=click.Choice(["line", "loan"]), help="Which accounts; all if not said.")


@main.group()
def warn() -> None:
    """The chance that a borrower now in order misses the next minimum or installment."""


def last_day(told: datetime | None) -> date:
    """The day that was named, else the last sealed one."""
    from duecourse.book import read

    day = told.date() if told else read.last_sealed()
    if day is None:
        raise read.NotSealed("no day is sealed yet")
    return day


@warn.command("train")
@click.option("--day", type=DAY, help="What was known on this sealed day; the last one if not said.")
@PRODUCT
@TARGET
@click.option("--data", type=EXISTING, help="Train on this file of clients, not on the book.")
@click.option("--out", type=EXISTING, help="With --data: where the model file goes.")
@click.option("--information", type=INFORMATION, default="ledger", show_default=True, help="With --data: what it uses.")
@click.option("--champion", type=KIND, default="boosted", show_default=True, help="With --data: which kind scores.")
@click.option("--seed", default=0, show_default=True)
@click.option("--by", help="Who trains; who gives the command if not said.")
def warn_train(
    day: datetime | None,
    product: str | None,
    target: str,
    data: Path | None,
    out: Path | None,
    information: str,
    champion: str,
    seed: int,
    by: str | None,
) -> None:
    """Train on earlier months, try on a later one by accounts not seen, and keep the model."""
    if data or out:
        if not (data and out):
            raise click.UsageError("--data and --out go together: a file of clients gives a model file")
        train_on_file(data, out, information, champion, seed, by or operator())
        return
    ready()
    from duecourse.intake import card
    from duecourse.risk import evaluate

    on = last_day(day)
    train_on_book(on, product, target, seed, by or operator())
    record = card.record()
    if product != "loan" and target == "next" and record is not None and evaluate.OUTCOME in record.column_names:
        console.print_json(data=evaluate.card(record=record, day=on))


def train_on_book(day: date, product: str | None, target: str, seed: int, by: str) -> None:
    """Train a model for each product, and register it; refuses where the book has too little history of every one."""
    from duecourse.risk import model, registry, warning

    asked = [product] if product else warning.products()
    little: list[model.TooLittleHistory] = []
    for one in asked:
        try:
            trained = warning.train(day=day, product=one, target=target, seed=seed)
        except model.TooLittleHistory as refused:
            little.append(refused)
            continue
        registry.register(name=trained.name, by=by, reference=trained.reference)
        console.print(f"kept as {trained.name} ({one}, {target})")
        console.print_json(data=trained.card)
    if len(little) == len(asked):
        raise little[0]
    for reason in little:
        console.print(f"not enough history: {reason}")


def train_on_file(data: Path, out: Path, information: str, champion: str, seed: int, by: str) -> None:
    """Train on a file of clients with their outcome, and keep the models as a file."""
    settings_known()
    from duecourse.intake import card_clients
    from duecourse.risk import model_file

    with bar() as progress:
        told = card_clients.read(data, progress=stages(progress))
        table = card_clients.with_information(told, information)
        missed = card_clients.outcome(told)
        kept = model_file.train(
            table=table, missed=missed, information=information, champion=champion, seed=seed, by=by
        )
    digest = model_file.write(kept=kept, path=out)
    told_bad(told)
    shown = Table("model", "AUC", "recall in the top fifth", "Brier", "calibration error")
    for name, measures in kept.card["tried"].items():
        label = f"{name} (champion)" if name == kept.champion else name
        shown.add_row(
            label, *(f"{measures[key]:.3f}" for key in ("auc", "recall_top_fifth", "brier", "calibration_error"))
        )
    console.print(
        f"{kept.card['clients']:,} clients, {kept.card['missed_share']:.1%} missed; "
        f"tried on {kept.card['tried_on']:,} that no model has seen, by {information} information:"
    )
    console.print(shown)
    console.print(f"kept in {out} (SHA-256 {digest[:16]})")


@warn.command("score")
@click.option("--day", type=DAY, help="A sealed day; the last one if not said.")
@PRODUCT
@TARGET
@click.option("--out", type=EXISTING, help="Write account, chance and reasons to this CSV or Parquet file.")
@click.option("--model", "model_named", help="With --data: by this model file, or model of files by its name.")
@click.option("--data", type=EXISTING, help="Score this file of clients, not the book.")
@click.option("--use", type=KIND, help="With --model: this kind instead of its champion.")
def warn_score(
    day: datetime | None,
    product: str | None,
    target: str,
    out: Path | None,
    model_named: str | None,
    data: Path | None,
    use: str | None,
) -> None:
    """Score every account in order on a sealed day, or every client of a file; a file by the live model of files, if
    no other is named."""
    if data or model_named:
        if not (data and out):
            raise click.UsageError("--data and --out go together, --model with them")
        score_file(model_named, data, out, use)
        return
    ready()
    from duecourse.risk import warning

    scored = warning.score_all(day=last_day(day), product=product, target=target)
    if out:
        warning.write(scored=scored, path=out)
    for one in scored:
        console.print(f"{one.table.num_rows:,} {one.product}s scored by {one.model}")


def is_a_file(named: str) -> bool:
    """Whether a model is named by its file; a name in the registry has no suffix."""
    return Path(named).exists() or bool(Path(named).suffix)


def named_model(named: str | None) -> tuple[Any, bytes]:
    """A model of files and its content: of a model file, or of the registry by its name; else the live one."""
    settings_known()
    from duecourse.risk import model_file

    if named and is_a_file(named):
        place = Path(named)
        body = model_file.content(place)
        return model_file.parse(body, str(place)), body
    ready()
    from duecourse.risk import file_registry, registry

    name = named or file_registry.live()
    return file_registry.load(name=name), registry.content(registry.row_of(name))


def score_file(named: str | None, data: Path, out: Path, use: str | None) -> None:
    """Score a file of clients by a model of files; writes id, chance, its bounds, which model, and reasons."""
    kept = named_model(named)[0]
    from duecourse.intake import card_clients
    from duecourse.risk import advice, explain, model_file

    with bar() as progress:
        told = card_clients.read(data, progress=stages(progress))
        table = card_clients.with_information(told, kept.information)
        scores = model_file.score(kept=kept, table=table, exponent=card_clients.EXPONENT, use=use)
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    rows = (
        [client, *(f"{told[i]:.6f}" for told in (scores.chance, scores.low, scores.high)),
         int(scores.unsure[i]), scores.by[i], explain.sentence(why, "en"), explain.sentence(why, "zh"),
         *(advice.words(scores.advice[i], language) for language in ("en", "zh")),
         " ".join(one["code"] for one in why)]
        for i, (client, why) in enumerate(zip(scores.account_ids.tolist(), scores.reasons, strict=True))
    )  # fmt: skip
    write_csv(draft, SCORED, rows)
    draft.replace(out)
    told_bad(told)
    console.print(f"{len(scores.account_ids):,} clients scored into {out}")


def told_bad(told: Any) -> None:
    """Say which rows of a file could not be used, the first of them by field and reason."""
    if told.bad:
        first = told.bad[0]
        console.print(f"{len(told.bad):,} rows left out; the first: row {first.row}, {first.field}: {first.reason}")
