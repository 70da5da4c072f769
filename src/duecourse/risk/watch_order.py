"""In which order accounts are contacted, where the list ends, and who is drawn into the control group."""

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa

from duecourse.kernel.money import PPM
from duecourse.rules.watch_terms import WatchTerms

CONTACT, CONTROL = "contact", "control"
"""How an account of a list is drawn."""


def in_order(table: pa.Table, terms: WatchTerms, experiment: str, capacity: int, cost_minor: int) -> pa.Table:
    """Accounts in order of expected loss avoided, as far as a contact is worth its cost and there is room."""
    ids, chance, owing = (table.column(name).to_numpy() for name in ("account_id", "chance_ppm", "owed_minor"))
    share = chance / PPM * (terms.avoided_ppm / PPM) * (terms.lost_ppm / PPM)
    avoided = np.floor(np.maximum(owing, 0) * share).astype(np.int64)
    order = np.lexsort((ids, -avoided))
    order = order[avoided[order] > cost_minor]
    out = in_control(ids[order], experiment, terms.control_ppm)
    places = np.flatnonzero(~out)
    order, out = (one[: places[capacity - 1] + 1 if len(places) >= capacity else None] for one in (order, out))
    return pa.table(
        {
            "account_id": pa.array(ids[order], pa.int64()),
            "place": pa.array(np.arange(1, len(order) + 1), pa.int64()),
            "drawn": pa.array(np.where(out, CONTROL, CONTACT), pa.string()),
            "chance_ppm": pa.array(chance[order], pa.int64()),
            "owed_minor": pa.array(owing[order], pa.int64()),
            "avoided_minor": pa.array(avoided[order], pa.int64()),
        }
    )


def in_control(account_ids: Any, experiment: str, control_ppm: int) -> Any:
    """Which accounts an experiment keeps out: those whose hash with its name is in the lowest share of all hashes."""
    limit = control_ppm * 2**64 // PPM
    return np.array([hashed(experiment, one) < limit for one in account_ids.tolist()], dtype=bool)


def hashed(experiment: str, account_id: int) -> int:
    """The first 8 bytes of the SHA-256 of an experiment's name and an account's id."""
    return int.from_bytes(hashlib.sha256(f"{experiment}:{account_id}".encode()).digest()[:8], "big")
