"""Training on sealed days, scoring a sealed day: who, now in order, will miss the next minimum, and why."""

import csv
import json
import os
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from duecourse.kernel.money import PPM
from duecourse.ledger import journal
from duecourse.ledger.bulk import arrow
from duecourse.ledger.tables import Product
from duecourse.rules.read import to_date

from . import baseline, drift, evaluate, examples, explain, features, intervals, model, registry
from .features import DIRECTION, FEATURES

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
    """The watch list of a day: account_id, account (number), rank, chance_ppm and reasons, the highest chance first."""

    day: date
    model: str
    table: pa.Table


def train(*, day: date, seed: int = 0) -> Trained:
    """Train on the months before a sealed day, try on the latest of them by clients not seen, and keep the model.

    What is kept is the model that was tried: it has seen neither the latest month nor the clients held out.
    """
    told = examples.known(day=day)
    latest = told.days == told.days.max()
    unseen = model.spread(told.account_ids, HELD_OUT, salt=0) == 0
    seen, tried = told.take(~latest & ~unseen), told.take(latest & unseen)
    if seen.misses < LEAST_MISSES or tried.misses == 0 or tried.misses == len(tried.missed):
        raise model.TooLittleHistory(
            f"{day}: {seen.misses} missed minimums in the months before the latest, and {tried.misses} in the latest "
            f"by clients not seen; at least {LEAST_MISSES} and one are needed"
        )
    parts = model.spread(seen.account_ids, model.PARTS, salt=1)
    fitted = model.fit(seen.rows, seen.missed, parts, DIRECTION, seed=seed)
    chance = fitted.chance(tried.rows)
    by_rule = baseline.one_rule(seen.rows, seen.missed, tried.rows, FEATURES)
    low, high = intervals.bootstrap(intervals.auc, chance, tried.missed)
    card = {
        "what": "the chance that an account in order misses its next minimum, as the ledger finds it",
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
        "features": dict(DIRECTION),
        "weights": weights(fitted),
        "parameters": {**model.PARAMETERS, "rounds": model.ROUNDS},
        "seed": seed,
        "not_used": "no recorded payment status, no outcome of any file, nothing of the person",
    }
    name = model.save(fitted, day=day, card=card)
    return Trained(name, model.card_of(name), drift.reference(seen.rows, FEATURES))


def weights(fitted: model.Model) -> dict[str, float]:
    """Each feature's share of what the trees gained, the largest first."""
    gain = fitted.booster.feature_importance("gain")
    shares = {name: round(float(one / gain.sum()), 4) for name, one in zip(FEATURES, gain, strict=True)}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def score(*, day: date, model_name: str | None = None) -> Scored:
    """The chance of every account in order on a sealed day, with reasons; kept as the day's watch list.

    Without a name, the live model if it knew nothing after the day, else the newest of those that knew nothing. The
    same day and model again change nothing.
    """
    table = features.table(day).filter(ibis._.in_order).order_by("account_id").to_pyarrow()
    name = model_name or live_on(day) or model.latest(day)
    fitted = registry.load(name=name) if registry.has(name=name) else model.load(name)
    rows = model.matrix(table, FEATURES)
    numbers = arrow("SELECT id AS account_id, number AS account FROM servicing_account ORDER BY id")
    ids = table.column("account_id").to_numpy()
    account = numbers.column("account").take(pa.array(np.searchsorted(numbers.column("account_id").to_numpy(), ids)))
    exponents = dict(Product.objects.values_list("id", "exponent"))
    scale = np.array([exponents[one] for one in table.column("product_id").to_pylist()], dtype=np.int64)
    chance_ppm = np.rint(fitted.chance(rows) * PPM).astype(np.int64) if len(ids) else np.empty(0, np.int64)
    why = explain.reasons(rows, fitted.contributions(rows), scale, FEATURES) if len(ids) else []
    order = np.lexsort((ids, -chance_ppm))
    scored = Scored(
        day,
        name,
        pa.table(
            {
                "account_id": pa.array(ids[order], pa.int64()),
                "account": account.combine_chunks().take(pa.array(order)),
                "rank": pa.array(np.arange(1, len(ids) + 1), pa.int64()),
                "chance_ppm": pa.array(chance_ppm[order], pa.int64()),
                "reasons": pa.array([json.dumps(why[i]) for i in order], pa.string()),
            }
        ),
    )
    journal.atomically(lambda: keep(scored))
    return scored


def live_on(day: date) -> str | None:
    """The live model, if it knew nothing after a day."""
    name = registry.live()
    return name if name and registry.row_of(name).data_to <= day else None


def keep(scored: Scored) -> None:
    """Write the warnings of a day and model that are not there yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE scored (account_id bigint, rank int, chance_ppm int, reasons jsonb) ON COMMIT DROP"
        )
        with cursor.copy("COPY scored FROM STDIN") as out:
            columns = (
                scored.table.column(name).to_pylist() for name in ("account_id", "rank", "chance_ppm", "reasons")
            )
            for row in zip(*columns, strict=True):
                out.write_row(row)
        cursor.execute(
            "INSERT INTO risk_warning (day, account_id, rank, chance_ppm, reasons, model) "
            "SELECT %s, account_id, rank, chance_ppm, reasons, %s FROM scored ORDER BY rank ON CONFLICT DO NOTHING",
            [scored.day, scored.model],
        )
        cursor.execute("DROP TABLE scored")  # another day may be kept in the same transaction


def write(*, scored: Scored, path: Path) -> int:
    """Write a watch list as .csv or .parquet: account, chance, rank and reasons in both languages; answers the rows."""
    if path.suffix not in (".csv", ".parquet"):
        raise UnknownFileKind(f"{path}: a watch list is written as .csv or .parquet")
    reasons = [json.loads(one) for one in scored.table.column("reasons").to_pylist()]
    table = pa.table(
        {
            "account": scored.table.column("account"),
            "chance": pa.array([one / PPM for one in scored.table.column("chance_ppm").to_pylist()], pa.float64()),
            "rank": scored.table.column("rank"),
            "reasons_en": pa.array([explain.sentence(one, "en") for one in reasons], pa.string()),
            "reasons_zh": pa.array([explain.sentence(one, "zh") for one in reasons], pa.string()),
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
