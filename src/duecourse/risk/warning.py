"""Training on sealed days, scoring a sealed day: who, now in order, will miss what falls due next, and why."""

import csv
import json
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from duecourse.book import read
from duecourse.kernel.money import PPM
from duecourse.ledger import journal
from duecourse.ledger.tables import Product
from duecourse.rules import read as rules
from duecourse.rules.read import to_date

from . import advice, baseline, drift, evaluate, examples, explain, intervals, model, registry, targets
from .features import PRODUCTS

HELD_OUT = 5
"""One client in so many is kept from training, for the trial."""
LEAST_MISSES = 50


class UnknownFileKind(journal.Refused):
    code = "unknown_file_kind"


class Trained(NamedTuple):
    """A model that was kept: its name, its card, and how its features were spread over what it learned from."""

    name: str
    card: dict[str, Any]
    reference: drift.Reference


class Scored(NamedTuple):
    """The watch list of a day: account_id, account (number), rank, chance_ppm, reasons and advice, the highest chance
    first."""

    day: date
    model: str
    product: str
    target: str
    table: pa.Table


def train(*, day: date, product: str = "line", target: str = "next", seed: int = 0) -> Trained:
    """Train on the months before a sealed day, try on the latest of them by clients not seen, and keep the model.

    product: one of `features.PRODUCTS`; target: one of `targets.TARGETS`. What is kept is the model that was tried: it
    has seen neither the latest month, nor what came after it, nor the clients held out.
    """
    of = PRODUCTS[product]
    aim = targets.TARGETS[target]
    told = examples.known(day=day, product=product, target=target)
    latest = told.days == told.days.max()
    unseen = model.spread(told.account_ids, HELD_OUT, salt=0) == 0
    seen, tried = told.take(~latest & ~unseen), told.take(latest & unseen)
    if seen.misses < LEAST_MISSES or tried.misses == 0 or tried.misses == len(tried.missed):
        raise model.TooLittleHistory(
            f"{day}: {seen.misses} {aim.events(of)} in the months before the latest, and {tried.misses} in the "
            f"latest by clients not seen; at least {LEAST_MISSES} and one are needed"
        )
    parts = model.spread(seen.account_ids, model.PARTS, salt=1)
    fitted = model.fit(seen.rows, seen.missed, parts, of.direction, seed=seed)
    chance = fitted.chance(tried.rows)
    by_rule = baseline.one_rule(seen.rows, seen.missed, tried.rows, of.features, baseline.RULES[product])
    low, high = intervals.bootstrap(intervals.auc, chance, tried.missed)
    card = {
        "product": product,
        "target": target,
        "what": f"the chance that {aim.words(of, 'en')}, as the ledger finds it",
        "what_zh": f"{aim.words(of, 'zh')}的概率（以账本为准）",
        "day": str(day),
        "trained_on": [str(to_date(int(one))) for one in np.unique(seen.days)],
        "tried_on": str(to_date(int(told.days.max()))),
        "examples": len(seen.missed),
        "missed_share": round(float(seen.missed.mean()), 4),
        "tried": {
            "examples": len(tried.missed),
            "missed_share": round(float(tried.missed.mean()), 4),
            **evaluate.measures(chance, tried.missed),
            "auc_low": round(low, 4),
            "auc_high": round(high, 4),
            "tenths": evaluate.calibration_table(chance, tried.missed),
        },
        "one_rule": evaluate.measures(by_rule, tried.missed),
        "features": dict(of.direction),
        "weights": fitted.weights(),
        "parameters": {**model.PARAMETERS, "rounds": model.ROUNDS, "trainings": model.TRAININGS},
        "seed": seed,
        "not_used": "no recorded payment status, no outcome of any file, nothing of the person",
    }
    name = model.save(fitted, day=day, card=card)
    return Trained(name, model.card_of(name), drift.reference(seen.rows, of.features))


def score(*, day: date, model_name: str | None = None, product: str = "line", target: str = "next") -> Scored:
    """The chance of every account of a product in order on a sealed day, with reasons; kept as the day's watch list.

    Without a name, the live model of the target if it knew nothing after the day, else the newest of those that knew
    nothing; with one, product and target are the model's own. The same day and model again change nothing.
    """
    read.require_sealed(day)
    name = model_name or live_on(day, product, target) or model.latest(day, product, target)
    kept = registry.has(name=name)
    fitted = registry.load(name=name) if kept else model.load(name)
    product, target = registry.foretells(name) if kept else model.foretells(name)
    of = PRODUCTS[product]
    table = of.in_order(day)
    rows = model.matrix(table, fitted.features)
    ids = table.column("account_id").to_numpy()
    exponents = dict(Product.objects.values_list("id", "exponent"))
    scale = np.array([exponents[one] for one in table.column("product_id").to_pylist()], dtype=np.int64)
    chance = fitted.chance(rows) if len(ids) else np.empty(0)
    chance_ppm = np.rint(chance * PPM).astype(np.int64)
    why = explain.reasons(rows, fitted.contributions(rows), scale, fitted.features, product) if len(ids) else []
    to_do = advice.of_rows(fitted, rows, chance, fitted.features, of.direction, product) if len(ids) else []
    order = np.lexsort((ids, -chance_ppm))
    scored = Scored(
        day,
        name,
        product,
        target,
        pa.table(
            {
                "account_id": pa.array(ids[order], pa.int64()),
                "account": read.numbers(ids[order]),
                "rank": pa.array(np.arange(1, len(ids) + 1), pa.int64()),
                "chance_ppm": pa.array(chance_ppm[order], pa.int64()),
                "reasons": pa.array([json.dumps(why[i]) for i in order], pa.string()),
                "advice": pa.array([json.dumps(to_do[i]) if to_do[i] else None for i in order], pa.string()),
            }
        ),
    )
    journal.atomically(lambda: keep(scored))
    return scored


def score_all(*, day: date, product: str | None = None, target: str = "next") -> list[Scored]:
    """The same for one product, or for each that has a model; refuses where none has."""
    asked = [product] if product else products() or ["line"]
    scored: list[Scored] = []
    for one in asked:
        try:
            scored.append(score(day=day, product=one, target=target))
        except model.NoModel:
            if one == asked[-1] and not scored:
                raise
    return scored


def live_on(day: date, product: str = "line", target: str = "next") -> str | None:
    """The live model of a target, if it knew nothing after a day."""
    name = registry.live(product=product, target=target)
    return name if name and registry.row_of(name).data_to <= day else None


def products() -> list[str]:
    """The products of which the book has had accounts."""
    kinds = {rules.product(code).kind for code in Product.objects.values_list("code", flat=True)}
    return [name for name in PRODUCTS if name in kinds]


def keep(scored: Scored) -> None:
    """Write the warnings of a day and model that are not there yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE scored (account_id bigint, rank int, chance_ppm int, reasons jsonb, advice jsonb) "
            "ON COMMIT DROP"
        )
        with cursor.copy("COPY scored FROM STDIN") as out:
            names = ("account_id", "rank", "chance_ppm", "reasons", "advice")
            columns = (scored.table.column(name).to_pylist() for name in names)
            for row in zip(*columns, strict=True):
                out.write_row(row)
        cursor.execute(
            "INSERT INTO risk_warning (day, account_id, rank, chance_ppm, reasons, advice, model, product, target) "
            "SELECT %s, account_id, rank, chance_ppm, reasons, advice, %s, %s, %s FROM scored ORDER BY rank "
            "ON CONFLICT DO NOTHING",
            [scored.day, scored.model, scored.product, scored.target],
        )
        cursor.execute("DROP TABLE scored")  # another day may be kept in the same transaction


def write(*, scored: Scored | Sequence[Scored], path: Path) -> int:
    """Write watch lists of a day as one .csv or .parquet: account, chance, rank, reasons and advice in both languages,
    the highest chance first; answers the rows."""
    if path.suffix not in (".csv", ".parquet"):
        raise UnknownFileKind(f"{path}: a watch list is written as .csv or .parquet")
    lists = [scored] if isinstance(scored, Scored) else scored
    told = pa.concat_tables(
        [one.table.append_column("product", pa.array([one.product] * one.table.num_rows, pa.string())) for one in lists]
    )
    told = told.sort_by([("chance_ppm", "descending"), ("account_id", "ascending")])
    reasons = [json.loads(one) for one in told.column("reasons").to_pylist()]
    codes = zip(told.column("advice").to_pylist(), told.column("product").to_pylist(), strict=True)
    to_do = [(json.loads(one) if one else None, product) for one, product in codes]
    table = pa.table(
        {
            "account": told.column("account"),
            "chance": pa.array([one / PPM for one in told.column("chance_ppm").to_pylist()], pa.float64()),
            "rank": pa.array(range(1, told.num_rows + 1), pa.int64()),
            "reasons_en": pa.array([explain.sentence(one, "en") for one in reasons], pa.string()),
            "reasons_zh": pa.array([explain.sentence(one, "zh") for one in reasons], pa.string()),
            "advice_en": pa.array([advice.words(one, "en", of) for one, of in to_do], pa.string()),
            "advice_zh": pa.array([advice.words(one, "zh", of) for one, of in to_do], pa.string()),
            "codes": pa.array([" ".join(reason["code"] for reason in one) for one in reasons], pa.string()),
        }
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    if path.suffix == ".parquet":
        pq.write_table(table, draft)
    else:
        with draft.open("w", encoding="utf-8", newline="") as out:
            lines = csv.writer(out)
            lines.writerow(table.column_names)
            for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
                lines.writerow([row[0], f"{row[1]:.6f}", *row[2:]])
    draft.replace(path)
    return table.num_rows
