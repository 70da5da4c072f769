"""The main job, end to end: a card book comes in, every day is closed, accounts are aged, warned of and shown."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from duecourse import clock, embedded
from duecourse.embedded import Refused
from duecourse.progress import Tell, bar, stages

console = Console()
SIMULATED_ACCOUNTS, SIMULATED_MONTHS, SEED = 30_000, 6, 0
WATCHED, SHOWN = 10, 3
MARKER = "demo.json"


def run(*, data: Path | None, report: Path | None, by: str, ready: Callable[[], None]) -> dict[str, Any]:
    """Do the job on the given file, a copy fetched before, a download, or the simulator; answers the figures.

    What an earlier run did is reused. A home folder that holds another book is left alone: the demo then keeps its own
    beside it.
    """
    from duecourse.intake import files, samples

    took: dict[str, float] = {}
    with timed(took, "find the data"):
        place, source = find(data)
        key = files.digest(place).hex()[:16] if place else f"simulated-{SIMULATED_ACCOUNTS}-{SIMULATED_MONTHS}-{SEED}"
        home = choose_home(key)
    console.print(f"[bold]Duecourse[/]: {source}")
    if place is not None and (data is None):
        console.print(samples.CARD.licence)
    console.print(f"home folder {home}")
    with timed(took, "start the database"):
        ready()
        spare_a_real_book()
    with bar() as progress:
        figures = work(place, by, stages(progress), took)
    figures = {"source": source, **figures, "seconds": {name: round(spent, 1) for name, spent in took.items()}}
    show(figures)
    if report:
        report.write_text(json.dumps(figures, indent=1, default=str, ensure_ascii=False) + "\n")
        console.print(f"the figures are in {report}")
    return figures


class BookInUse(Refused):
    """The demo would write into a book that is not a demo's."""

    code = "book_in_use"


def spare_a_real_book() -> None:
    """Refuse a database with accounts that no demo made: entries could never be taken out of it again."""
    from duecourse.servicing.tables import Account

    other = Account.objects.exclude(number__startswith="card-").exclude(number__startswith="sim-").first()
    if other is not None:
        raise BookInUse(f"the database holds account {other.number}, which no demo made; unset DATABASE_URL")


def find(data: Path | None) -> tuple[Path | None, str]:
    """Where the card data is (None: simulate) and how to say so."""
    from duecourse.intake import samples

    if data is not None:
        return data, f"the card book {data}"
    kept = samples.cached(samples.CARD)
    if kept is not None:
        return kept, f"the card data fetched before ({kept})"
    try:
        return samples.get(samples.CARD), "the card data, fetched from the UCI repository"
    except (samples.NoNetwork, samples.WrongChecksum) as reason:
        console.print(f"no card data: {reason}", highlight=False)
        return None, f"a simulated book of {SIMULATED_ACCOUNTS:,} borrowers over {SIMULATED_MONTHS} months"


def choose_home(key: str) -> Path:
    """The home folder if it is empty or holds this demo, else one of the demo's own below it."""
    home = embedded.home()
    marker = home / MARKER
    held = json.loads(marker.read_text())["source"] if marker.exists() else None
    if held != key and ((home / "data").exists() or held is not None):
        home = home / "demos" / key
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.environ["DUECOURSE_HOME"] = str(home)
        marker = home / MARKER
    if not marker.exists():
        marker.write_text(json.dumps({"source": key}) + "\n")
    return home


def work(place: Path | None, by: str, tell: Tell, took: dict[str, float]) -> dict[str, Any]:
    """Take the book in and close it, compare, train, score, and collect the figures."""
    from duecourse.book import figures as book_figures
    from duecourse.book import read

    found: dict[str, Any] = {}
    record = None
    if place is not None:
        from duecourse.intake import agreement, card

        with timed(took, "import and close"):
            taken = card.take(place, by=by, progress=tell)
            found["file"] = taken.file.summary
            found["quarantined"] = taken.file.quarantined.filter(taken_by=None).count()
        tell("compare with the record", 0, 1)
        with timed(took, "compare with the record"):
            try:
                found["agreement"] = agreement.compare()._asdict()
            except agreement.NothingToCompare as reason:
                found["agreement"] = {"not_compared": str(reason)}
        tell("compare with the record", 1, 1)
        record = card.record()
    else:
        from duecourse.simulator import run as simulator

        with timed(took, "simulate and close"):
            simulator.simulate(accounts=SIMULATED_ACCOUNTS, months=SIMULATED_MONTHS, seed=SEED, by=by, progress=tell)
    day = read.last_sealed()
    assert day is not None, "demo: no day is sealed"
    seal = book_figures.close_of(day).digest
    kept = earlier(seal)
    if kept is not None:
        console.print("the book is as an earlier run left it: its figures are shown again")
        return kept | found
    found |= {"last_day": str(day), "days_closed": len(read.sealed_days())}
    found |= warned(record, day, by, tell, took)
    with timed(took, "figures of the day"):
        currency = book_figures.currencies(day)[0]
        book = book_figures.of_day(day, currency=currency)
        found["book"] = {
            "currency": currency,
            "exponent": book.exponent,
            "owed_minor": book.owed,
            "past_due_share_ppm": book.past_due_share_ppm,
            "use_ppm": book.use_ppm,
            **book.sums,
        }
        found["buckets"] = [part._asdict() for part in book.buckets]
    marker = embedded.home() / MARKER
    told = {**json.loads(marker.read_text()), "seal": seal, "figures": found}
    draft = marker.with_suffix(".tmp")
    draft.write_text(json.dumps(told, default=str))
    draft.replace(marker)
    return found


def warned(record: Any, day: date, by: str, tell: Tell, took: dict[str, float]) -> dict[str, Any]:
    """Train, score the day, and try it on recorded outcomes if there are any; a book too small for it says so."""
    from duecourse.risk import evaluate, model, registry, warning

    found: dict[str, Any] = {"warning": {}, "watch_list": [], "scored": 0}
    try:
        tell("train the warning", 0, 1)
        with timed(took, "train the warning"):
            trained = warning.train(day=day, seed=SEED)
            registry.register(name=trained.name, by=by, reference=trained.reference)
        tell("train the warning", 1, 1)
        tell("score the day", 0, 1)
        with timed(took, "score the day"):
            scored = warning.score(day=day)
        tell("score the day", 1, 1)
        found |= {"watch_list": watch_list(scored), "scored": scored.table.num_rows}
        found["warning"] = {"own_misses": trained.card["tried"], "tried_on": trained.card["tried_on"]}
        if record is not None and "DEFAULT" in record.column_names:
            tell("try it on the outcome", 0, 1)
            with timed(took, "try it on the outcome"):
                found["warning"]["outcome"] = evaluate.card(record=record, day=day)
            tell("try it on the outcome", 1, 1)
    except model.TooLittleHistory as reason:
        found["warning"]["too_little_history"] = str(reason)
    return found


def earlier(seal: str) -> dict[str, Any] | None:
    """The figures of an earlier run over the same last sealed day, if there are any."""
    held = json.loads((embedded.home() / MARKER).read_text())
    return held["figures"] if held.get("seal") == seal else None


def watch_list(scored: Any) -> list[dict[str, Any]]:
    """The highest chances of the day, with their reasons in both languages."""
    from duecourse.risk import explain

    rows = scored.table.slice(0, WATCHED).to_pylist()
    return [
        {
            "account": row["account"],
            "chance_ppm": row["chance_ppm"],
            "reasons": [
                {language: explain.words(one["code"], one["value"], language) for language in ("en", "zh")}
                for one in json.loads(row["reasons"])
            ],
        }
        for row in rows
    ]


def show(figures: dict[str, Any]) -> None:
    """The summary, on one screen."""
    scale = 10 ** figures["book"]["exponent"]
    top = Table(title=f"book on {figures['last_day']}, {figures['days_closed']} days closed", title_justify="left")
    for name in ("bucket", "accounts", f"owed ({figures['book']['currency']})", "share"):
        top.add_column(name, justify="left" if name == "bucket" else "right")
    for part in figures["buckets"]:
        if part["accounts"]:
            name = "current" if part["place"] == 0 else f"M{part['place']}"
            top.add_row(
                name, f"{part['accounts']:,}", f"{part['owed'] / scale:,.0f}", f"{part['share_ppm'] / 10_000:.1f}%"
            )
    console.print(top)
    if figures.get("quarantined"):
        console.print(f"rows in quarantine: {figures['quarantined']:,} (duecourse import card FILE names them)")
    agreement = figures.get("agreement", {})
    if "kappa" in agreement:
        console.print(
            f"ledger and record: agreement_late={agreement['agreement_late']:.4f} kappa={agreement['kappa']:.4f} "
            f"agreement_exact={agreement['agreement_exact']:.4f} (always in order: {agreement['always_in_order']:.4f})",
            highlight=False,
        )
    show_warning(figures["warning"])
    if figures["watch_list"]:
        show_watch_list(figures)
    spent = "  ".join(f"{name} {seconds:.1f} s" for name, seconds in figures["seconds"].items())
    console.print(f"time: {spent}  [bold]in all {sum(figures['seconds'].values()):.1f} s[/]", highlight=False)


def show_watch_list(figures: dict[str, Any]) -> None:
    """The first of the watch list, with their reasons in both languages."""
    watch = Table(title=f"watch list: {figures['scored']:,} accounts scored", title_justify="left")
    for name in ("account", "chance", "reasons"):
        watch.add_column(name, overflow="fold")
    for row in figures["watch_list"][:SHOWN]:
        told = "; ".join(one["en"] for one in row["reasons"])
        also = "；".join(one["zh"] for one in row["reasons"])
        watch.add_row(row["account"], f"{row['chance_ppm'] / 10_000:.1f}%", f"{told}\n{also}")
    console.print(watch)


def show_warning(warning: dict[str, Any]) -> None:
    """How good the first warning is: ranked by ways to make it, with what each could know."""
    if "too_little_history" in warning:
        console.print(f"too little history for the first warning: {warning['too_little_history']}", highlight=False)
    own = warning.get("own_misses")
    if own is None:
        return
    table = Table(title="first warning", title_justify="left")
    for name in ("tried on", "AUC", "in order", "top fifth", "calib."):
        table.add_column(name, justify="left" if name == "tried on" else "right", no_wrap=True)
    table.add_row(
        "next misses, clients not seen",
        "",
        f"{own['auc']:.4f}",
        f"{own['recall_top_fifth']:.4f}",
        f"{own['calibration_error']:.4f}",
    )
    for name, words in WAYS.items():
        told = warning.get("outcome", {}).get(name)
        if told:
            error = told.get("calibration", {}).get("error_in_order")
            table.add_row(
                words,
                f"{told['auc']['mean']:.4f}",
                f"{told['auc_in_order']['mean']:.4f}",
                f"{told['recall_top_fifth_in_order']['mean']:.4f}",
                "" if error is None else f"{error:.4f}",
            )
    console.print(table)
    console.print("AUC (all, in order), recall in the top fifth, calibration error; * could not be made on the day")


WAYS = {
    "honest": "outcome, the book so far",
    "honest_baseline": "outcome, raw logistic",
    "published": "outcome, all columns *",
    "published_baseline": "outcome, all, logistic *",
}


@contextmanager
def timed(took: dict[str, float], name: str) -> Iterator[None]:
    """Keep how long a stage took."""
    began = clock.seconds()
    yield
    took[name] = clock.seconds() - began
