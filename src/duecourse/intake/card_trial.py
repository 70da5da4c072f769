"""Models of a card file tried by clients that they have not seen, and the page that says how they did."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedKFold

from duecourse.progress import Tell
from duecourse.risk import baseline, evaluate, model, model_file, recorded, scorecard
from duecourse.risk.features.line import DIRECTION

from . import card_clients, files
from .card_clients import Told

FOLDS = 5
SEED = 0
PUBLISHED = "published"
"""All columns of the file as printed results use them, the person's with them. No model that is kept may."""
SETTINGS = ("ledger", "all", PUBLISHED)
KINDS = ("constant", "one rule", "scorecard", "boosted")


class Tried(NamedTuple):
    """Chances out of fold by setting and kind, the outcome, who is in order by the ledger, and each fold's clients;
    seconds to fit and score everybody once, by the clock and of the processors, by kind."""

    chances: dict[tuple[str, str], Any]
    missed: Any
    in_order: Any
    folds: list[Any]
    seconds: dict[str, tuple[float, float]]


def run(*, told: Told, progress: Tell) -> Tried:
    """Try each kind of model with each kind of information, five-fold by client with seed 0."""
    missed = card_clients.outcome(told)
    if min(missed.sum(), len(missed) - missed.sum()) < FOLDS * model_file.LEAST_MISSES:
        raise model.TooLittleHistory(f"{len(missed)} clients, {int(missed.sum())} missed: too few for five folds")
    splits = list(StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(np.zeros(len(missed)), missed))
    chances: dict[tuple[str, str], Any] = {}
    seconds: dict[str, tuple[float, float]] = {}
    have = [setting for setting in SETTINGS if has(told, setting)]
    for at, setting in enumerate(have):
        rows, ways = matrix(told, setting)
        for step, kind in enumerate(KINDS):
            progress("five folds of each", at * len(KINDS) + step, len(have) * len(KINDS))
            if kind in ("constant", "one rule") and setting != "ledger":
                continue
            chances[setting, kind] = out_of_fold(rows, missed, told.clients.ids, ways, kind, splits)
            if setting == "ledger":
                begun, used = time.perf_counter(), time.process_time()
                fitted(rows, missed, told.clients.ids, ways, kind)(rows)
                seconds[kind] = time.perf_counter() - begun, time.process_time() - used
    progress("five folds of each", 1, 1)
    in_order = told.features.column("missed_now").to_numpy() == 0
    return Tried(chances, missed, in_order, [unseen for _, unseen in splits], seconds)


def has(told: Told, setting: str) -> bool:
    """Whether a file has the columns of a setting."""
    needed = {"ledger": (), "all": recorded.STATUSES, PUBLISHED: (*recorded.STATUSES, *recorded.PERSON)}[setting]
    return all(name in told.clients.values for name in needed)


def matrix(told: Told, setting: str) -> tuple[Any, dict[str, int]]:
    """The columns of a setting as rows of floats, and their directions; those that say nothing left out."""
    ways = dict(DIRECTION) if setting == "ledger" else model_file.directions("all")
    rows = model.matrix(card_clients.with_information(told, "ledger" if setting == "ledger" else "all"), list(ways))
    if setting == PUBLISHED:
        raw = [*recorded.RAW[1:], *recorded.PERSON]
        rows = np.column_stack([rows, *(told.clients.values[name].astype(float) for name in raw)])
        ways |= {name: -1 if name.startswith("PAY_AMT") else 0 for name in raw}
    useful = model_file.telling(rows, ways)
    names = list(ways)
    return rows[:, [names.index(name) for name in useful]], useful


def fitted(rows: Any, missed: Any, ids: Any, ways: Mapping[str, int], kind: str) -> Any:
    """A function from rows to chances, by a model of one kind."""
    if kind == "constant":
        return lambda unseen: baseline.constant(missed, len(unseen))
    if kind == "one rule":
        return lambda unseen: baseline.one_rule(rows, missed, unseen, tuple(ways))
    if kind == "scorecard":
        return scorecard.fit(rows, missed, ways).chance
    return model.fit(rows, missed, model.spread(ids, model.PARTS, salt=1), ways, seed=SEED).chance


def out_of_fold(
    rows: Any, missed: Any, ids: Any, ways: Mapping[str, int], kind: str, splits: Sequence[tuple[Any, Any]]
) -> Any:
    """The chance of each client by a model that has not seen it."""
    chance = np.empty(len(missed))

    def one(split: tuple[Any, Any]) -> tuple[Any, Any]:
        seen, unseen = split
        return unseen, fitted(rows[seen], missed[seen], ids[seen], ways, kind)(rows[unseen])

    for unseen, told in model.in_pairs(one, splits):
        chance[unseen] = told
    return chance


MEASURES = ("auc", "recall_top_fifth", "brier")
HEAD = "| model | clients | AUC | recall in the top fifth | Brier | calibration error, folds together |"
SAID = {
    "ledger": "What a ledger knows on the day: balances, payments, the arrears that it finds itself",
    "all": "With the recorded statuses, which speak of payments after the day: it could not be used",
    PUBLISHED: "The published setting: all columns, statuses and person: it could not and may not be used",
}


def page(*, told: Told, tried: Tried, path: Path) -> str:
    """What was tried, as a page of Markdown: each figure the mean of five folds with its standard deviation."""
    lines = [
        "# The card data: who misses the next payment",
        "",
        f"Written by `duecourse warn report card FILE` from a file with SHA-256 {files.digest(path).hex()[:16]}: "
        f"{len(tried.missed):,} clients, {tried.missed.mean():.1%} missed; {int(tried.in_order.sum()):,} in order by "
        f"the ledger, {tried.missed[tried.in_order].mean():.1%} missed. Five-fold by client, seed {SEED}: each client "
        "is scored by a model that has not seen it. In brackets the standard deviation over the folds.",
        "",
        "The features and the parameters of the models were chosen on the same clients, by folds of other seeds for "
        "the most part: the figures are a little kind to them. The outcome is one month of one bank in 2005.",
    ]
    for setting in dict.fromkeys(setting for setting, _ in tried.chances):
        lines += ["", f"## {SAID[setting]}", "", *table(tried, setting)]
    lines += ["", "## Calibration of what a ledger knows, clients in order, by tenths of the chance", ""]
    lines += ["| model | " + " | ".join(str(tenth) for tenth in range(1, 11)) + " |", "|---|" + "---|" * 10]
    for kind in ("scorecard", "boosted"):
        tenths = evaluate.calibration_table(tried.chances["ledger", kind][tried.in_order], tried.missed[tried.in_order])
        lines.append(f"| {kind}: chance | " + " | ".join(f"{one['chance']:.3f}" for one in tenths) + " |")
        lines.append(f"| {kind}: missed | " + " | ".join(f"{one['missed']:.3f}" for one in tenths) + " |")
    lines += ["", "## Time", ""]
    timed = [(kind, tried.seconds[kind]) for kind in ("scorecard", "boosted")]
    lines += [
        f"Fit and score all {len(tried.missed):,} clients once: "
        + ", ".join(f"{kind} {clock:.1f} s ({used:.1f} s)" for kind, (clock, used) in timed)
        + ", by the clock (of the processors), features apart."
    ]
    return "\n".join(lines) + "\n"


def table(tried: Tried, setting: str) -> list[str]:
    """The rows of one setting: for all clients and for those in order."""
    everybody = np.ones(len(tried.missed), dtype=bool)
    lines = [HEAD, "|---|---|---|---|---|---|"]
    for whom, among in (("all", everybody), ("in order", tried.in_order)):
        for kind in KINDS:
            if (setting, kind) not in tried.chances:
                continue
            chance = tried.chances[setting, kind]
            found = [
                evaluate.measures(chance[fold][among[fold]], tried.missed[fold][among[fold]]) for fold in tried.folds
            ]
            told = (np.array([one[name] for one in found]) for name in MEASURES)
            error = evaluate.calibration_error(chance[among], tried.missed[among])
            means = " | ".join(f"{one.mean():.4f} ({one.std():.4f})" for one in told)
            lines.append(f"| {kind} | {whom} | {means} | {error:.4f} |")
    return lines
