"""The model card of a model of a file of clients: what it is, how it fares on a file with outcomes, and for whom.

Columns of the person are read for this page alone: they never enter a model. Where the file has the clients that the
model was made from, only those are counted that were kept from training.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from . import card_facts, drift, model, model_file
from .card_facts import Facts, Group, OfFile, TooFewOutcomes

LEAST_GROUP = 100
"""Clients in a group, at the least, for its figures to be told."""
TOP = 0.2
"""The share of all clients, those with the highest chances, that counts as selected: whom contact would reach first."""
AGES = ((0, 24), (25, 34), (35, 44), (45, 54), (55, 200))


def facts(
    *,
    kept: model_file.Kept,
    digest: str,
    table: pa.Table,
    missed: Any,
    person: Mapping[str, Any],
    exponent: int,
    use: str | None = None,
) -> Facts:
    """What a card tells of a model on clients with their outcome (1: missed).

    table: the features of the model's information, one row a client. person: columns of the person to look at, as
    far as the law lets the lender, in the order of the table. use: the kind that the card is of, if not the champion.
    """
    kind = use or kept.champion
    ids = table.column("account_id").to_numpy()
    held_out_only = kept.card.get("clients_digest") == model_file.clients_digest(ids)
    counted = np.ones(len(ids), dtype=bool)
    if held_out_only:
        counted = model_file.held_out(ids)
    table, missed = table.filter(pa.array(counted)), missed[counted]
    person = {name: values[counted] for name, values in person.items()}
    if len(missed) < LEAST_GROUP or len(np.unique(missed)) < 2:
        raise TooFewOutcomes(f"{len(missed)} clients with {int(missed.sum())} misses are too few for a card")
    chance = model_file.score(kept=kept, table=table, exponent=exponent, use=kind).chance
    spread = kept.card.get("spread", {})
    names = [name for name in spread if name in table.column_names]
    indices = drift.of_each(spread, model.matrix(table, names), names) if names else {}
    groups, gaps = by_group(chance, missed, person)
    telling, points = card_facts.telling(kept.models[kind], kept.card["features"])
    return Facts(
        OfFile(kept, kind),
        digest,
        len(missed),
        held_out_only,
        float(missed.mean()),
        card_facts.measures(chance, missed),
        card_facts.tenths(chance, missed),
        dict(sorted(indices.items(), key=lambda item: -item[1])),
        groups,
        gaps,
        [],
        telling,
        points,
    )


def by_group(chance: Any, missed: Any, person: Mapping[str, Any]) -> tuple[list[Group], dict[str, dict[str, float]]]:
    """The figures of each group of each column, and the largest differences between groups that are large enough."""
    from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate

    selected = np.zeros(len(chance), dtype=np.int64)
    selected[np.argsort(-chance, kind="stable")[: int(np.ceil(TOP * len(chance)))]] = 1
    groups: list[Group] = []
    gaps = {}
    for column, values in person.items():
        names = in_words(column, values)
        large = [name for name in np.unique(names) if (names == name).sum() >= LEAST_GROUP]
        here = np.isin(names, large)
        if not here.any():
            continue
        frame = MetricFrame(
            metrics={"selected": selection_rate, "found": true_positive_rate},
            y_true=missed[here],
            y_pred=selected[here],
            sensitive_features=names[here],
        )
        gaps[column] = {name: float(value) for name, value in frame.difference().items()}
        for name in sorted(np.unique(names), key=lambda name: values[names == name].min()):
            own = names == name
            if name not in large:
                groups.append(Group(column, name, int(own.sum()), None, None, None, None))
                continue
            row = frame.by_group.loc[name]
            groups.append(
                Group(
                    column,
                    name,
                    int(own.sum()),
                    float(missed[own].mean()),
                    float(chance[own].mean()),
                    float(row["selected"]),
                    float(row["found"]) if missed[own].any() else None,
                )
            )
    return groups, gaps


def in_words(column: str, values: Any) -> Any:
    """The group of each client: a band of age, or what the file's code book calls the value."""
    if column == "AGE":
        bands = np.array([f"{low}-{high}" if low and high < 200 else f"<{high + 1}" if not low else f"{low}+"
                          for low, high in AGES])  # fmt: skip
        return bands[np.searchsorted([high for _, high in AGES], values, side="left").clip(0, len(AGES) - 1)]
    known = {"SEX": (1, 2), "EDUCATION": (1, 2, 3)}[column]
    return np.where(
        np.isin(values, known), np.char.add(f"{column.lower()}_", values.astype(str)), f"{column.lower()}_other"
    )
