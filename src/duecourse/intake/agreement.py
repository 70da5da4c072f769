"""How the ageing that our ledger finds compares with the status that the card data recorded.

A recorded status of 2 or more says that minimums are outstanding after the due day of that month's statement: status
k means k - 1 of them. The ledger says the same from its open dues, on the day after the due day. Compared are the
statements of May to August (PAY_5 to PAY_2); April's status set the opening arrears, September's payment is not in the
file.
"""

from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from duecourse.book import read
from duecourse.ledger.journal import Refused

from . import card
from .card_file import BILLS, PAYMENTS, STATUSES

COMPARED = (1, 2, 3, 4)
"""The months that are compared: 1 is May."""


class NothingToCompare(Refused):
    code = "nothing_to_compare"


class Agreement(NamedTuple):
    """Shares and Cohen's kappa over all client-months, the same by month, and the kinds of differences with counts."""

    client_months: int
    agreement_late: float
    kappa: float
    agreement_exact: float
    always_in_order: float
    by_month: list[dict[str, Any]]
    kinds: dict[str, int]


def day_after_due(month: int) -> date:
    """The day after the due day of a month's statement."""
    return date(2005, 5 + month, 21)


def compare() -> Agreement:
    """Compare every taken client whose statuses are in the file, over the months that are compared."""
    record = card.record()
    if record is None or any(name not in record.column_names for name in STATUSES[:5]):
        raise NothingToCompare("no card file with the columns PAY_2 to PAY_6 was taken")
    record = record.sort_by("account_id")
    ids = record.column("account_id").to_numpy()
    ledger = np.stack([missed_on(day_after_due(month), ids) for month in (0, *COMPARED)])
    seen = (ledger >= 0).all(axis=0)
    recorded = np.stack([np.maximum(column(record, STATUSES[month]), 0) for month in (0, *COMPARED)])
    ledger, recorded = ledger[:, seen], recorded[:, seen]
    found = np.where(ledger > 0, ledger + 1, 0)
    by_month = [
        {"month": f"2005-{4 + month:02d}", **measures(found[i], recorded[i])} for i, month in enumerate(COMPARED, 1)
    ]
    bills = np.stack([column(record, BILLS[month])[seen] for month in COMPARED])
    paid = np.stack([column(record, PAYMENTS[month + 1])[seen] for month in COMPARED])
    total = measures(found[1:].ravel(), recorded[1:].ravel())
    return Agreement(
        int(found[1:].size),
        total["agreement_late"],
        total["kappa"],
        total["agreement_exact"],
        total["always_in_order"],
        by_month,
        kinds(found, recorded, bills, paid),
    )


def column(record: pa.Table, name: str) -> Any:
    """A recorded column."""
    return record.column(name).to_numpy()


def missed_on(day: date, ids: Any) -> Any:
    """How many minimums of each account are missed at the close of a sealed day; -1 for an account not in it."""
    table = read.day(day).select("account_id", "missed").to_pyarrow().sort_by("account_id")
    known = table.column("account_id").to_numpy()
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    return np.where(known[place] == ids, table.column("missed").to_numpy()[place], -1)


def measures(found: Any, recorded: Any) -> dict[str, float]:
    """Late or not: agreement and kappa; the exact code; and what saying 'in order' always would reach."""
    late, was_late = found > 0, recorded > 0
    agree = float((late == was_late).mean())
    chance = float(late.mean() * was_late.mean() + (1 - late.mean()) * (1 - was_late.mean()))
    return {
        "agreement_late": agree,
        "kappa": (agree - chance) / (1 - chance) if chance < 1 else 1.0,
        "agreement_exact": float((found == recorded).mean()),
        "always_in_order": float((~was_late).mean()),
    }


def kinds(found: Any, recorded: Any, bills: Any, paid: Any) -> dict[str, int]:
    """Where code and record differ, by what happened; each client-month counts once, and the kinds add up to all."""
    counts: dict[str, int] = {}
    for i in range(1, len(found)):
        now, then = found[i], recorded[i]
        before, was = found[i - 1], recorded[i - 1]
        nothing_paid = paid[i - 1] == 0
        cases = [
            ("agree", now == then),
            ("both late, the ledger deeper", (now > 0) & (then > 0) & (now > then)),
            ("both late, the record deeper", (now > 0) & (then > 0) & (now < then)),
            ("recorded late with nothing billed", (then > 0) & (bills[i - 1] <= 0)),
            ("recorded late though the statement was paid in full", (then > 0) & (paid[i - 1] >= bills[i - 1])),
            ("recorded late, the ledger cured it", (then > 0) & (before > 0)),
            ("recorded late, the difference carried from before", (then > 0) & (was > 0)),
            ("recorded newly late though the minimum was met", then > 0),
            ("in order on record, newly late with nothing paid", (before == 0) & nothing_paid),
            ("in order on record, newly late with too little paid", before == 0),
            ("cured on record, still late by the ledger", was > 0),
            ("in order on record, late by the ledger since before", now > 0),
        ]
        left = np.ones(len(now), dtype=bool)
        for name, holds in cases:
            counts[name] = counts.get(name, 0) + int((left & holds).sum())
            left &= ~holds
        assert not left.any(), "agreement: a difference of no kind"
    return counts
