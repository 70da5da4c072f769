"""Trying the warning: how well chances rank and how true they are; and the card data's own outcome as a yardstick."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import examples, features, intervals, model, recorded
from .features import DIRECTION, FEATURES
from .recorded import OUTCOME, PERSON, RAW, STATUS_FEATURES, STATUSES

FOLDS = 5
BARS = {"auc": 0.74, "auc_in_order": 0.705, "recall_in_order": 0.40, "published_auc": 0.785}
"""What the card data must reach; nothing here depends on them."""
OF_ARREARS = ("missed_now", "missed_most", "months_past_due")


class NoOutcome(model.Refused):
    code = "no_outcome"


class Fold(NamedTuple):
    """What was scored in one fold: the places of its clients, and each way's score of them."""

    places: Any
    chance: Any
    baseline: Any
    published: Any
    published_baseline: Any


def recall_in_top_fifth(chance: Any, missed: Any) -> float:
    """The share of all misses that the fifth with the highest chances holds."""
    top = np.argsort(-chance, kind="stable")[: int(np.ceil(len(chance) / 5))]
    return float(missed[top].sum() / missed.sum())


def brier(chance: Any, missed: Any) -> float:
    """The mean squared distance of chance and outcome (Brier 1950)."""
    return float(np.mean((chance - missed) ** 2))


def calibration_error(chance: Any, missed: Any) -> float:
    """Over tenths in order of chance: the mean distance of mean chance and share missed (ECE)."""
    tenths = np.array_split(np.argsort(chance, kind="stable"), 10)
    return float(sum(abs(chance[t].mean() - missed[t].mean()) * len(t) for t in tenths if len(t)) / len(chance))


def calibration_table(chance: Any, missed: Any) -> list[dict[str, float]]:
    """Mean chance and share missed in each tenth, the lowest chances first."""
    tenths = np.array_split(np.argsort(chance, kind="stable"), 10)
    return [
        {"accounts": len(t), "chance": round(float(chance[t].mean()), 4), "missed": round(float(missed[t].mean()), 4)}
        for t in tenths
        if len(t)
    ]


def measures(chance: Any, missed: Any) -> dict[str, float]:
    """How well chances rank and how true they are."""
    return {
        "auc": round(intervals.auc(chance, missed), 4),
        "recall_top_fifth": round(recall_in_top_fifth(chance, missed), 4),
        "brier": round(brier(chance, missed), 4),
        "calibration_error": round(calibration_error(chance, missed), 4),
    }


def card(*, record: pa.Table, day: date) -> dict[str, Any]:
    """Try the warning on the card data by the outcome that it recorded, and on the misses that the ledger found.

    Five-fold by client. `honest` uses the book up to the day alone: bills, payments, the arrears that the ledger found.
    `published` uses all recorded columns with the statuses, as printed results do; it could not be made on the day.
    Each figure is a mean over the folds with its standard deviation.
    """
    if OUTCOME not in record.column_names:
        raise NoOutcome(f"the card file has no column {OUTCOME}")
    told = features.LINES.made(day).arrow("ORDER BY account_id")
    known = pc.is_in(record.column("account_id"), told.column("account_id"))
    record = record.filter(pc.and_(known, pc.is_valid(record.column(OUTCOME)))).sort_by("account_id")
    ids = record.column("account_id").to_numpy()
    table = told.take(pa.array(np.searchsorted(told.column("account_id").to_numpy(), ids)))
    missed = record.column(OUTCOME).to_numpy().astype(np.int64)
    if min(missed.sum(), len(missed) - missed.sum()) < FOLDS * model.PARTS:
        raise model.TooLittleHistory(f"{len(missed)} clients with {int(missed.sum())} recorded misses are too few")
    in_order = (table.column("missed").to_numpy() == 0) & (table.column("days_past_due").to_numpy() == 0)
    folds = in_folds(record, table, ids, missed)
    honest = over_folds(folds, missed, in_order, "chance")
    report = {
        "day": str(day),
        "clients": len(missed),
        "in_order": int(in_order.sum()),
        "missed_share": round(float(missed.mean()), 4),
        "missed_share_in_order": round(float(missed[in_order].mean()), 4),
        "honest": honest | {"calibration": pooled_calibration(folds, missed, in_order)},
        "honest_baseline": over_folds(folds, missed, in_order, "baseline"),
        "ledger_misses": ledger_misses(day, ids, model.matrix(table, FEATURES), missed, in_order),
        "bars": BARS,
    }
    if folds[0].published is not None:
        report["published"] = over_folds(folds, missed, in_order, "published") | {"usable_on_the_day": False}
        report["published_baseline"] = over_folds(folds, missed, in_order, "published_baseline") | {
            "usable_on_the_day": False
        }
    return report


def in_folds(record: pa.Table, table: pa.Table, ids: Any, missed: Any) -> list[Fold]:
    """Score each client by models that were made without it."""
    from sklearn.model_selection import StratifiedKFold

    rows = model.matrix(table, FEATURES)
    raw = model.matrix(record, RAW)
    printed = published(record, table)
    everything = model.matrix(record, [*RAW, *STATUSES, *PERSON]) if printed else raw

    def one(split: tuple[Any, Any]) -> Fold:
        train, test = split
        parts = model.spread(ids[train], model.PARTS, salt=1)
        fitted = model.fit(rows[train], missed[train], parts, DIRECTION)
        by_all = by_baseline = None
        if printed:
            trees = model.grow(printed[0][train], missed[train], printed[1], seed=0)
            by_all = trees.predict(printed[0][test], num_threads=1)
            by_baseline = logistic(everything[train], missed[train], everything[test])
        baseline = logistic(raw[train], missed[train], raw[test])
        return Fold(test, fitted.chance(rows[test]), baseline, by_all, by_baseline)

    return model.in_pairs(one, list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(rows, missed)))


def logistic(rows: Any, missed: Any, unseen: Any) -> Any:
    """The chance of unseen rows by a logistic regression on standardised columns."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000)).fit(rows, missed)
    return line.predict_proba(unseen)[:, 1]


def published(record: pa.Table, table: pa.Table) -> tuple[Any, Mapping[str, int]] | None:
    """Every recorded column and what follows from it, as printed results use them; None where columns are missing."""
    if any(name not in record.column_names for name in (*STATUSES, *PERSON)):
        return None
    own = {name: way for name, way in DIRECTION.items() if name not in OF_ARREARS}
    columns = [*RAW[1:], *PERSON]
    own_statuses = recorded.statuses(model.matrix(record, STATUSES))
    rows = np.column_stack([model.matrix(table, list(own)), model.matrix(record, columns), *own_statuses.values()])
    ways = {name: -1 if name.startswith("PAY_AMT") else 0 for name in columns}
    return rows, own | ways | STATUS_FEATURES


def over_folds(folds: list[Fold], missed: Any, in_order: Any, way: str) -> dict[str, Any]:
    """Means and standard deviations over the folds of one way's figures, for all clients and for those in order."""
    found: dict[str, list[float]] = {}
    for fold in folds:
        chance, here = getattr(fold, way), missed[fold.places]
        ordered = in_order[fold.places]
        for name, value in measures(chance, here).items():
            found.setdefault(name, []).append(value)
        for name, value in measures(chance[ordered], here[ordered]).items():
            found.setdefault(f"{name}_in_order", []).append(value)
    return {name: mean_and_sd(values) for name, values in found.items()}


def pooled_calibration(folds: list[Fold], missed: Any, in_order: Any) -> dict[str, Any]:
    """The calibration of the honest chances, all folds together."""
    chance = np.empty(len(missed))
    for fold in folds:
        chance[fold.places] = fold.chance
    return {
        "error": round(calibration_error(chance, missed), 4),
        "error_in_order": round(calibration_error(chance[in_order], missed[in_order]), 4),
        "tenths_in_order": calibration_table(chance[in_order], missed[in_order]),
    }


def ledger_misses(day: date, ids: Any, rows: Any, outcome: Any, in_order: Any) -> dict[str, Any]:
    """The ledger's own misses: trained on earlier months, tried on the latest one by clients not seen, five-fold.

    Beside it the same models, which have seen no recorded outcome, against that outcome for the clients in order.
    """
    told = examples.known(day=day)
    latest = told.days == told.days.max()
    if latest.all() or told.take(latest).misses < FOLDS:
        raise model.TooLittleHistory(f"{day}: the outcomes of two months are needed, with misses in the latest")
    fold, fold_on_day = (model.spread(one, FOLDS, salt=0) for one in (told.account_ids, ids))

    def one(number: int) -> tuple[Any, Any, Any, Any]:
        seen, tried = told.take(~latest & (fold != number)), told.take(latest & (fold == number))
        trees = model.grow(seen.rows, seen.missed, DIRECTION, seed=0)
        here = in_order & (fold_on_day == number)
        score, on_day = (trees.predict(one, raw_score=True, num_threads=1) for one in (tried.rows, rows[here]))
        return score, tried.missed, on_day, outcome[here]

    scored = model.in_pairs(one, range(FOLDS))
    found = {
        "auc": [intervals.auc(score, missed) for score, missed, _, _ in scored],
        "recall_top_fifth": [recall_in_top_fifth(score, missed) for score, missed, _, _ in scored],
        "outcome_auc_in_order": [intervals.auc(score, missed) for _, _, score, missed in scored],
        "outcome_recall_in_order": [recall_in_top_fifth(score, missed) for _, _, score, missed in scored],
    }
    return {
        "examples": int((~latest).sum()),
        "tried": int(latest.sum()),
        "missed_share": round(float(told.missed[latest].mean()), 4),
        **{name: mean_and_sd(values) for name, values in found.items()},
    }


def mean_and_sd(values: list[float]) -> dict[str, float]:
    """The mean over folds and its standard deviation."""
    return {"mean": round(float(np.mean(values)), 4), "sd": round(float(np.std(values)), 4)}
