"""Models of a file of clients: trained from one file, kept as one file, and used on others of the same shape.

`ledger` information is what a ledger knows on the day: balances, payments and the arrears that it finds. `all` adds the
recorded statuses, which speak of what comes after the day; nothing of the person is in either. A file holds a champion
and a challenger (boosted trees and a scorecard), a card for thin histories, and what it was tried on.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from duecourse.ledger.journal import Refused

from . import advice, baseline, bounds, drift, evaluate, explain, model, recorded, scorecard
from .code_version import code_version
from .features.line import DIRECTION, HALF

FORMAT = 1
KINDS: dict[str, Any] = {"boosted": model.Model, "scorecard": scorecard.Scorecard}
INFORMATION = ("ledger", "all")
HELD_OUT = 5
"""One client in so many is kept from training, for the trial; the model that is kept is the one that was tried."""
LEAST_MISSES = 50
THIN = ("limit_minor", "utilisation", "balance_minor", "paid_minor", "share_paid_1", "minimums_paid", "missed_now")
"""What the simpler model of a thin history looks at: nothing that needs more than a month."""
HISTORY = 3
"""So many months that are known make a history; fewer are thin."""
NO_HISTORY = "not enough history"
"""Said of an account that never owed anything: nothing of it can tell how it pays. Its chance is that of its like, by
the model for thin histories, and without reasons."""


class NotAModel(Refused):
    code = "not_a_model_file"


class FeaturesMissing(Refused):
    code = "features_missing"


class Kept(NamedTuple):
    """A model file: the information it needs, which kind is the champion, the models by kind, the model for thin
    histories, the bounds by kind, and the card of what it was made from and tried on."""

    information: str
    champion: str
    models: dict[str, Any]
    thin: scorecard.Scorecard
    bounds: dict[str, bounds.Bounds]
    card: dict[str, Any]


def directions(information: str) -> dict[str, int]:
    """The features of a kind of information, with their directions."""
    return DIRECTION | (recorded.STATUS_FEATURES if information == "all" else {})


def columns(table: pa.Table, names: Sequence[str]) -> Any:
    """These features of a table as rows of floats; refuses a table that lacks one."""
    missing = [name for name in names if name not in table.column_names]
    if missing:
        raise FeaturesMissing(f"the file lacks what the model needs for {', '.join(missing)}")
    return model.matrix(table, names)


def train(*, table: pa.Table, missed: Any, information: str, champion: str, seed: int = 0, by: str = "") -> Kept:
    """Train both kinds on four clients in five, try them on the fifth, and keep what was tried.

    table: account_id and the features of the information, one row a client. missed: 1 where the next was missed. by:
    who trains.
    """
    ways = directions(information)
    rows, ids = columns(table, list(ways)), table.column("account_id").to_numpy()
    unseen = held_out(ids)
    seen, told = rows[~unseen], missed[~unseen]
    if told.sum() < LEAST_MISSES or len(np.unique(missed[unseen])) < 2:
        raise model.TooLittleHistory(
            f"{int(missed.sum())} misses of {len(missed)} clients are too few: {LEAST_MISSES} are needed, one held out"
        )
    useful = telling(seen, ways)
    at = [list(ways).index(name) for name in useful]
    parts = model.spread(ids[~unseen], model.PARTS, salt=1)
    boosted, out_of_fold = model.fit_with_chances(seen[:, at], told, parts, useful, seed=seed)
    carded = scorecard.fit(seen[:, at], told, useful)
    thin_at = [list(useful).index(name) for name in THIN if name in useful]
    thin = scorecard.fit(seen[:, at][:, thin_at], told, {list(useful)[i]: useful[list(useful)[i]] for i in thin_at})
    models: dict[str, Any] = {"boosted": boosted, "scorecard": carded}
    sure = {
        "boosted": bounds.of_examples(out_of_fold, told),
        "scorecard": bounds.of_examples(carded.chance(seen[:, at]), told),
    }
    card = {
        "what": "the chance that the next payment is missed, as the file's outcome has it",
        "information": information,
        "clients": len(missed),
        "missed_share": round(float(missed.mean()), 4),
        "tried_on": int(unseen.sum()),
        "tried": trial(models, useful, rows[:, at], missed, unseen),
        "constant": round(float(told.mean()), 4),
        "features": useful,
        "spread": drift.reference(seen[:, at], list(useful)),
        "clients_digest": clients_digest(ids),
        "left_out": [name for name in ways if name not in useful],
        "seed": seed,
        "code_version": code_version(),
        "trained_by": by,
        "not_used": "nothing of the person" + ("" if information == "all" else "; no recorded payment status"),
    }
    return Kept(information, champion, models, thin, sure, card)


def trial(
    models: Mapping[str, Any], features: Mapping[str, int], rows: Any, missed: Any, unseen: Any
) -> dict[str, dict[str, float]]:
    """How each kind fares on the clients held out, and one rule beside them; a row has the features as its columns."""
    tried, outcome, names = rows[unseen], missed[unseen], tuple(features)
    by_rule = baseline.one_rule(rows[~unseen], missed[~unseen], tried, names)
    found = {
        kind: evaluate.measures(one.chance(model.columns(tried, names, one.features)), outcome)
        for kind, one in models.items()
    }
    return found | {"one_rule": evaluate.measures(by_rule, outcome)}


def held_out(ids: Any) -> Any:
    """Which clients are kept from training, for the trial."""
    return model.spread(ids, HELD_OUT, salt=0) == 0


def clients_digest(ids: Any) -> str:
    """By what a model file knows the clients that it was made from, in whatever file: the SHA-256 of their ids."""
    return hashlib.sha256(np.sort(ids).astype("<i8").tobytes()).hexdigest()


def telling(rows: Any, ways: Mapping[str, int]) -> dict[str, int]:
    """The features whose columns hold more than one value; the others tell nothing here."""
    return {name: way for i, (name, way) in enumerate(ways.items()) if len(np.unique(rows[:, i])) > 1}


class Scores(NamedTuple):
    """The chance of each client with its bounds, which model gave it, whether neither outcome can be ruled out,
    reasons, and what would lower the chance most."""

    account_ids: Any
    chance: Any
    low: Any
    high: Any
    unsure: Any
    by: list[str]
    reasons: list[list[dict[str, Any]]]
    advice: list[dict[str, Any] | None]


def chances(*, kept: Kept, table: pa.Table, use: str | None = None) -> tuple[Any, Any, Any]:
    """The chance of each client as it is scored, the places of those whom the card for thin histories scores, and who
    never owed anything."""
    fitted = kept.models[use or kept.champion]
    chance = fitted.chance(columns(table, fitted.features))
    known, idle = (columns(table, [name])[:, 0] for name in ("months_known", "months_without_balance"))
    never_owed = idle >= np.minimum(known, HALF)
    few = np.flatnonzero((known < HISTORY) | never_owed)
    if len(few):
        chance[few] = kept.thin.chance(columns(table, kept.thin.features)[few])
    return chance, few, never_owed


def score(*, kept: Kept, table: pa.Table, exponent: int, use: str | None = None) -> Scores:
    """Score clients by the champion, or by the kind that is named; thin histories by the simpler card."""
    kind = use or kept.champion
    fitted = kept.models[kind]
    rows = columns(table, fitted.features)
    chance, few, never_owed = chances(kept=kept, table=table, use=kind)
    by = np.full(len(rows), kind, dtype=object)
    why = explain.reasons(rows, fitted.contributions(rows), np.full(len(rows), exponent), fitted.features)
    to_do = advice.of_rows(fitted, rows, chance, fitted.features, kept.card["features"])
    if len(few):
        own = columns(table, kept.thin.features)[few]
        by[few] = "thin history"
        told = explain.reasons(own, kept.thin.contributions(own), np.full(len(few), exponent), kept.thin.features)
        for place, reasons in zip(few.tolist(), told, strict=True):
            why[place] = [] if never_owed[place] else reasons
            to_do[place] = None
    by[never_owed] = NO_HISTORY
    low, high = kept.bounds[kind].of(chance)
    unsure = kept.bounds[kind].unsure(chance) | never_owed
    return Scores(table.column("account_id").to_numpy(), chance, low, high, unsure, by.tolist(), why, to_do)


def write(*, kept: Kept, path: Path) -> str:
    """Keep a model file; the same model gives the same bytes. Answers the digest of its content."""
    body = {
        "format": FORMAT,
        "information": kept.information,
        "champion": kept.champion,
        "models": {kind: one.body() for kind, one in kept.models.items()},
        "thin": kept.thin.body(),
        "bounds": {kind: one._asdict() for kind, one in kept.bounds.items()},
        "card": kept.card,
    }
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, indent=1) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> Kept:
    """A model file that was kept; refuses any other file."""
    return parse(content(path), str(path))


def content(path: Path) -> bytes:
    """The bytes of a model file; refuses one that cannot be read."""
    try:
        return path.read_bytes()
    except OSError as fault:
        raise NotAModel(f"{path}: {fault.strerror or fault}") from None


def parse(body: bytes, path: str) -> Kept:
    """The models of what a model file holds; `path` is what a refusal calls it."""
    try:
        told = json.loads(body)
        if told["format"] != FORMAT:
            raise NotAModel(f"{path}: format {told['format']!r} is not the one that is read here ({FORMAT})")
        return Kept(
            told["information"],
            told["champion"],
            {kind: KINDS[kind].from_body(one) for kind, one in told["models"].items()},
            scorecard.Scorecard.from_body(told["thin"]),
            {kind: bounds.Bounds.from_body(one) for kind, one in told["bounds"].items()},
            told["card"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise NotAModel(
            f"{path}: not a model file of `duecourse warn train` ({type(fault).__name__}: {fault})"
        ) from None
