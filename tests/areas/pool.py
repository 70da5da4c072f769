"""A made pool of loans, month by month: some pay as agreed, some slip a month, some end unpaid; holidays where told."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FIRST = 2017 * 12 + 4
SCHEDULED, RATE = 30_000, 0.06


def last_of(month: int) -> date:
    return date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)


def made(
    count: int, months: int, *, seed: int = 0, holidays: dict[int, float] | None = None, worse: float = 0.12
) -> tuple[dict[str, Any], dict[str, Any], set[tuple[str, int]]]:
    """Columns of the two files, and the holidays that were given: (loan, place). holidays: place to the share given.

    Each loan has a weakness of its own, that its score tells in part: it misses months by it, and a few fall ill, miss
    more and more, and are charged off after five months without a payment. A holiday is given to loans in order alone,
    and what it left unpaid is not made good.
    """
    draw = np.random.default_rng(seed)
    weak = draw.beta(1, 12, count)
    falls = np.where(draw.random(count) < worse, draw.integers(2, months, count), months + 99)
    balance = np.full(count, 1_400_000)
    behind, missed, ended = np.zeros(count), np.zeros(count, int), np.zeros(count, bool)
    given: set[tuple[str, int]] = set()
    rows: dict[str, list[Any]] = {name: [] for name in ("loan_id", "period_end", "balance_end", "principal", "payment")}
    for place in range(months):
        on_holiday = (draw.random(count) < (holidays or {}).get(place, 0)) & (behind == 0) & (place > 0)
        ill = place >= falls
        pays = draw.random(count) > np.where(ill, 0.75, weak)
        whole = np.where(pays & (behind > 0) & (draw.random(count) < 0.7), 2, 1)
        paid = np.where(pays & ~on_holiday, np.minimum(whole, behind + 1), 0) * SCHEDULED if place else np.zeros(count)
        interest = np.minimum(balance * RATE / 12, paid).astype(int)
        principal = np.minimum(paid.astype(int) - interest, balance)
        behind = np.where(on_holiday | (place == 0), behind, behind + 1 - paid / SCHEDULED)
        missed = np.where((paid > 0) | (place == 0) | on_holiday, 0, missed + 1)
        lost = missed >= 5
        left = np.where(lost, 0, balance - principal)
        for i in np.flatnonzero(~ended):
            cells = (
                f"M-{i:04d}",
                last_of(FIRST + place),
                left[i] / 100,
                principal[i] / 100,
                (interest + principal)[i] / 100,
            )
            for name, cell in zip(rows, cells, strict=True):
                rows[name].append(cell)
        given |= {(f"M-{i:04d}", place) for i in np.flatnonzero(on_holiday & ~ended)}
        balance, ended = left, ended | (left <= 0)
    loans = {
        "loan_id": [f"M-{i:04d}" for i in range(count)],
        "originalInterestRatePercentage": [RATE] * count,
        "reportingPeriodScheduledPaymentAmount": [SCHEDULED / 100] * count,
        "obligorCreditScore": (760 - 400 * weak + draw.normal(0, 20, count)).round().tolist(),
        "paymentToIncomePercentage": draw.uniform(0.02, 0.2, count).round(4).tolist(),
        "originalLoanAmount": [15_000.0] * count,
        "vehicleValueAmount": draw.integers(12_000, 20_000, count).tolist(),
        "initialLoanAge": [6] * count,
    }
    return loans, rows, given


def write(folder: Path, loans: dict[str, Any], months: dict[str, Any]) -> tuple[Path, Path]:
    """The two files."""
    paths = folder / "loans.parquet", folder / "months.parquet"
    for path, columns in zip(paths, (loans, months), strict=True):
        pq.write_table(pa.table(columns), path)
    return paths
