"""Models of a file of clients in the registry: the model file itself, byte by byte, under the same rules as the book's.

A model file is registered with the file that it was made from: its trial is held again, and only what comes out again
is written down. What is scored by the registry is what the model file scores.
"""

import hashlib
from typing import Any

import pyarrow as pa

from duecourse.ledger.journal import Refused, atomically

from . import drift, evaluate, intervals, model, model_file, registry
from .registry import FILE, OtherKindOfModel
from .tables import ModelState, RiskModel

NEAR = 0.0002
"""So far may a figure lie from the model file's, which is rounded: another machine may round the other way."""


class TrialDiffers(Refused):
    code = "trial_differs"


class CodeNotTold(Refused):
    code = "code_not_told"


def register(*, body: bytes, table: pa.Table, missed: Any, data_digest: str, by: str) -> RiskModel:
    """Keep a model file whole in the registry; the same file again changes nothing.

    table: the features of the clients that it was made from, one row a client; missed: their outcome. data_digest: the
    SHA-256 of the file that holds them. Refused where the trial does not come out as the model file has it. The figures
    that the checks look at are of what is scored: the champion, with the card for thin histories.
    """
    person = registry.named(by)
    kept = model_file.parse(body, "the model file")
    card = kept.card
    if "code_version" not in card:
        raise CodeNotTold("the model file does not say by which code it was made: train it again")
    ids = table.column("account_id").to_numpy()
    if card.get("clients_digest") != model_file.clients_digest(ids):
        raise TrialDiffers("the model file was not made from these clients")
    rows = model_file.columns(table, list(card["features"]))
    unseen = model_file.held_out(ids)
    found = model_file.trial(kept.models, card["features"], rows, missed, unseen)
    told = [(kind, key) for kind, measures in card["tried"].items() for key in measures]
    apart = [f"{kind} {key}" for kind, key in told if abs(found[kind][key] - card["tried"][kind][key]) > NEAR]
    if apart:
        raise TrialDiffers(f"the trial does not come out as the model file has it: {', '.join(apart)}")
    chance = model_file.chances(kept=kept, table=table.filter(pa.array(unseen)))[0]
    low, high = intervals.bootstrap(intervals.auc, chance, missed[unseen])
    digest = hashlib.sha256(body).hexdigest()
    name = f"{FILE}-{digest[:8]}"

    def keep() -> RiskModel:
        registry.lock()
        there = RiskModel.objects.filter(name=name).first()
        if there is not None:
            return there
        row = RiskModel.objects.create(
            name=name,
            kind=kept.champion,
            product=FILE,
            digest=digest,
            body=body,
            data_digest=data_digest,
            data_rows=len(ids),
            code_version=card["code_version"],
            features=list(card["features"]),
            metrics={
                "tried": {
                    **evaluate.measures(chance, missed[unseen]),
                    "auc_low": round(low, 4),
                    "auc_high": round(high, 4),
                    "examples": int(unseen.sum()),
                },
                "one_rule": found["one_rule"],
                "examples": int((~unseen).sum()),
            },
            reference=drift.reference(rows[~unseen], list(card["features"])),
            trained_by=card.get("trained_by") or person,
        )
        ModelState.objects.create(model=row, state="registered", by=person, reason="its trial came out again")
        return row

    return atomically(keep)


def load(*, name: str) -> model_file.Kept:
    """A model of a file from the registry alone; refuses content that is not what was registered."""
    row = registry.row_of(name)
    if row.product != FILE:
        raise OtherKindOfModel(f"{name} is of the book: `duecourse warn score --day DAY` scores by the live one")
    return model_file.parse(registry.content(row), name)


def live() -> str:
    """The model of files that is live; refuses where none is."""
    name = registry.live(product=FILE)
    if name is None:
        raise model.NoModel("no model of a file is live: `duecourse warn live` lets one go live; --model names one")
    return name
