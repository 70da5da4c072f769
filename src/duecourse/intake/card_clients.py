"""A card file as what a model learns from: each client's features, what was recorded of it, and its outcome."""

from pathlib import Path
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from duecourse.progress import Tell
from duecourse.risk import recorded
from duecourse.risk.evaluate import NoOutcome
from duecourse.risk.features import LINE, History

from . import card_file, card_lived
from .card_file import Clients
from .files import BadRow, ColumnsMissing

EXPONENT = 2


class Told(NamedTuple):
    """The clients of a file, in order of their number, with their features by what a ledger knows; and bad rows."""

    path: Path
    clients: Clients
    features: pa.Table
    bad: list[BadRow]


def read(path: Path, *, progress: Tell) -> Told:
    """Read a file and live its clients' months through."""
    progress("read the file", 0, 1)
    clients, bad = card_file.read(path)
    order = np.argsort(clients.ids, kind="stable")
    clients = clients.take(order)
    months = card_lived.months(clients, progress=progress)
    progress("features", 0, 1)
    facts = ibis.memtable(months)
    history = History(facts)
    of_each = {feature.name: feature.of(history) for feature in LINE}
    table = facts.select("account_id", **of_each).order_by("account_id").to_pyarrow()
    progress("features", 1, 1)
    return Told(path, clients, table, bad)


def with_information(told: Told, information: str) -> pa.Table:
    """The features that a kind of information has: a ledger's own, or with what was recorded."""
    if information == "ledger":
        return told.features
    values = told.clients.values
    missing = [name for name in recorded.STATUSES if name not in values]
    if missing:
        raise ColumnsMissing(f"{told.path}: no column {', '.join(missing)}, which `all` information needs")
    table = told.features
    columns = np.column_stack([values[name] for name in recorded.STATUSES])
    for name, column in recorded.statuses(columns).items():
        table = table.append_column(name, pa.array(column.astype(np.float64)))
    return table


def outcome(told: Told) -> Any:
    """1 for each client whose next payment was missed."""
    if recorded.OUTCOME not in told.clients.values:
        raise NoOutcome(f"{told.path}: no column {recorded.OUTCOME}: there is nothing to learn from")
    return told.clients.values[recorded.OUTCOME]


def person(told: Told) -> dict[str, Any]:
    """The columns of the person that a file has, for a page about fairness; they are no features."""
    return {name: told.clients.values[name] for name in ("SEX", "AGE", "EDUCATION") if name in told.clients.values}
