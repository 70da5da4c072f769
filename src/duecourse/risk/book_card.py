"""The model card of a model of the book: from the registry and the sealed days, as of one of them.

How it fares is measured again on its trial: the latest month that it could be tried on, by accounts kept from training.
By month the same is asked of every day whose outcomes are known, before the trial and since.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from duecourse.book import read
from duecourse.ledger.journal import Refused

from . import card_facts, drift, examples, model, registry, targets, warning
from .card_facts import TENTHS, Facts, Month, OfBook, TooFewOutcomes
from .features import PRODUCTS
from .tables import RiskModel
from .targets import TARGETS


class KnewLaterDays(Refused):
    code = "knew_later_days"


def facts(*, name: str, day: date) -> Facts:
    """What a card tells of a registered model of the book, as known on a sealed day."""
    read.require_sealed(day)
    row = registry.row_of(name)
    if row.data_to > day:
        raise KnewLaterDays(f"{name} knew what came after {day}: its card is told as of {row.data_to} or later")
    fitted = registry.load(name=name)
    card = json.loads(bytes(row.body))["card"]
    of = PRODUCTS[row.product]
    tried_on = date.fromisoformat(card["tried_on"])
    chance, missed = kept_from_training(row, fitted, tried_on, row.data_to)
    if len(missed) < TENTHS or len(np.unique(missed)) < 2:
        raise TooFewOutcomes(
            f"{len(missed)} accounts of {tried_on} with {int(missed.sum())} misses are too few for a card"
        )
    figures = card_facts.measures(chance, missed)
    telling, points = card_facts.telling(fitted, card["features"])
    return Facts(
        subject(row, card, figures, day),
        row.digest,
        len(missed),
        True,
        float(missed.mean()),
        figures,
        card_facts.tenths(chance, missed),
        drifts(row, of, day),
        [],
        {},
        list(months(row, fitted, card, day)),
        telling,
        points,
    )


def subject(row: RiskModel, card: dict[str, Any], figures: dict[str, tuple[float, float, float]], day: date) -> OfBook:
    """What the registry says of the model."""
    states = row.states.order_by("id").values_list("state", "by", "recorded_at", "reason")
    return OfBook(
        row.name,
        row.kind,
        row.product,
        row.target,
        card["trained_on"],
        card["day"],
        card["tried_on"],
        card["examples"],
        card["missed_share"],
        len(row.features),
        card["seed"],
        row.code_version,
        [(state, by, str(at.date()), reason) for state, by, at, reason in states],
        [(one.name, one.passed) for one in registry.checks(name=row.name)],
        all(round(value, 4) == card["tried"][key] for key, (value, _, _) in figures.items()),
        str(day),
    )


def kept_from_training(row: RiskModel, fitted: Any, on: date, through: date) -> tuple[Any, Any]:
    """The chances of the accounts in order on a day that are kept from training, and what was known by another day of
    what came of them."""
    told = examples.of_day(on, through, row.product, row.target)
    told = told.take(model.spread(told.account_ids, warning.HELD_OUT, salt=0) == 0)
    rows = model.columns(told.rows, PRODUCTS[row.product].features, fitted.features)
    return (fitted.chance(rows) if len(rows) else np.empty(0)), told.missed


def months(row: RiskModel, fitted: Any, card: dict[str, Any], day: date) -> Iterator[Month]:
    """Every day whose outcomes are known by a day, the earliest first: what the model learned from and was tried on as
    it was known then, what came since as it is known on the day."""
    tried_on = date.fromisoformat(card["tried_on"])
    asked = [(date.fromisoformat(one), "learned", row.data_to) for one in card["trained_on"]]
    asked.append((tried_on, "trial", row.data_to))
    asked += [(one, "later", day) for one in targets.matured(TARGETS[row.target], day) if one > tried_on]
    for on, role, through in asked:
        chance, missed = kept_from_training(row, fitted, on, through)
        if len(missed):
            yield card_facts.month(str(on), role, chance, missed)


def drifts(row: RiskModel, of: Any, day: date) -> dict[str, float]:
    """How far the accounts in order on a day are from those that the model learned from, the furthest feature first."""
    table = of.in_order(day)
    if not table.num_rows:
        return {}
    indices = drift.of_each(row.reference, model.matrix(table, of.features), of.features)
    return dict(sorted(indices.items(), key=lambda item: -item[1]))
