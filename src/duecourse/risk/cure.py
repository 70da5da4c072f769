"""How long lateness lasts: the share cured by day, with intervals, and how long each account late now has to go.

Kaplan-Meier curves by product and bucket: time runs from the day on which a spell came into the bucket (or beyond it at
once), so that the curve of 31-60 says what became of those who got so far. Accounts that were late already when they
were first seen count from then on (late entry). Spells that are open are censored at the last sealed day. A spell that
was left (charged off, written off, sold) is not cured, ever: it stays among those at risk to the last sealed day, so
that the share cured is one of all spells (the cumulative incidence of Fine and Gray, whose censoring is known here).

Where enough spells have reached a bucket, a Weibull model of accelerated failure times (lifelines) foretells those
whose highest bucket it is, by a few facts of the day on which they fell late, time running from when they came into it;
else the curve of the bucket does. One model for all buckets took those who are late long for those who just fell late.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from lifelines import KaplanMeierFitter, WeibullAFTFitter

from duecourse.book import read
from duecourse.rules.read import day_number

from . import spells
from .features import PRODUCTS
from .spells import CURED, LEFT, OPEN, Spells

WITHIN = (7, 30, 60, 90)
"""Days within which the share cured is told."""
BUCKETS = ("1-30", "31-60", "61-90", "over 90")
LEAST_SPELLS = 30
"""Spells that a curve needs, at the least."""
LEAST_CURED, LEAST_MODELLED = 100, 200
"""Cured spells, and spells in all, that the model needs."""
LONGEST = 365
"""Days to which what is left is counted: who is not cured by then counts as this long."""
FACTS = ("is_loan", "owed", "earlier", "late_at_first")
"""What the model knows of a spell: its product, what was owed on its first day (in logarithms of minor units), how many
spells the account had before, and how many days past due it began."""


class Share(NamedTuple):
    """The share cured within some days, with its 95% interval; None where the curve does not reach so far."""

    value: float | None
    low: float | None
    high: float | None


class Curve(NamedTuple):
    """One product and bucket: how many spells came so far and how they ended; shares cured, median days (None: half are
    not cured in the time that is known). `survival`: the share not cured by the close of each day from 0, None where
    there is not enough history."""

    product: str
    bucket: str
    spells: int
    cured: int
    left: int
    shares: tuple[Share, ...]
    median: float | None
    survival: Any


class Fitted(NamedTuple):
    """The Weibull model: which facts, their means and spreads, coefficients (the last is the constant), and shape."""

    facts: tuple[str, ...]
    means: Any
    spreads: Any
    weights: Any
    shape: float

    def scale(self, rows: Any) -> Any:
        """The scale of each spell's distribution, in days."""
        return np.exp(((rows - self.means) / self.spreads) @ self.weights[:-1] + self.weights[-1])


class Cures(NamedTuple):
    """What is known of a sealed day. `fitted`: the model of each bucket, None where there is not enough. `accounts`:
    one row an account that is late at its close: account_id, account, product, days_past_due, days_late (of its spell),
    median_days_left, expected_days_left, cured_within_30, by (model, curve; empty and nulls: not enough history)."""

    day: date
    curves: list[Curve]
    fitted: tuple[Fitted | None, ...]
    accounts: pa.Table


def of(*, day: date) -> Cures:
    """How long lateness lasts, by what was known on a sealed day."""
    told = spells.of(day=day, buckets=len(BUCKETS))
    last = day_number(day)
    curves = [
        curve(told.take(told.is_loan == number), product, bucket, last)
        for number, product in enumerate(PRODUCTS)
        if (told.is_loan == number).any()
        for bucket in range(len(BUCKETS))
    ]
    fitted = fits(told, last)
    return Cures(day, curves, fitted, remaining(told, curves, fitted, last))


def times(told: Spells, bucket: int, last: int) -> tuple[Any, Any, Any]:
    """Of spells that reached a bucket: days from when they did until they were cured or are known of, whether they were
    cured, and since how many of these days they are known."""
    since = told.reached[:, bucket]
    cured = told.how == CURED
    until = np.where(cured, told.last, last) + 1
    known = np.where(
        (told.since_before == 1) & (since == told.first), told.late_at_first - 1 - bucket * spells.BUCKET, 0
    )
    return until - since + known, cured, known


def curve(told: Spells, product: str, bucket: int, last: int) -> Curve:
    """The curve of one product's spells in one bucket."""
    told = told.take(told.reached[:, bucket] > 0)
    count, cured, left = (len(told.how), int((told.how == CURED).sum()), int((told.how == LEFT).sum()))
    if count < LEAST_SPELLS:
        nothing = tuple(Share(None, None, None) for _ in WITHIN)
        return Curve(product, BUCKETS[bucket], count, cured, left, nothing, None, None)
    durations, ended, known = times(told, bucket, last)
    fitted = KaplanMeierFitter().fit(durations, ended, entry=known if known.any() else None)
    ends = np.arange(int(durations.max()) + 1)
    survival = np.asarray(fitted.survival_function_at_times(ends), dtype=float)
    bounds = fitted.confidence_interval_survival_function_
    shares = []
    for days in WITHIN:
        if days >= len(ends):
            shares.append(Share(None, None, None))
            continue
        low, high = bounds.iloc[np.searchsorted(bounds.index.to_numpy(), days, side="right") - 1]
        shares.append(Share(1 - float(survival[days]), 1 - float(high), 1 - float(low)))
    median = float(fitted.median_survival_time_)
    return Curve(
        product, BUCKETS[bucket], count, cured, left, tuple(shares), median if np.isfinite(median) else None, survival
    )


def facts_of(told: Spells) -> Any:
    """The FACTS of spells as rows of floats."""
    owed = np.log1p(np.maximum(told.owed, 0))
    return np.column_stack([told.is_loan, owed, told.earlier, told.late_at_first]).astype(float)


def fits(told: Spells, last: int) -> tuple[Fitted | None, ...]:
    """The model of each bucket."""
    return tuple(fit(told, last, bucket) for bucket in range(len(BUCKETS)))


def fit(told: Spells, last: int, bucket: int = 0) -> Fitted | None:
    """The model over the spells that reached a bucket, from when they did, or None where there are too few; facts that
    are the same of all are left out. Of a spell that lasts no time yet nothing is known."""
    told = told.take(told.reached[:, bucket] > 0)
    told = told.take(times(told, bucket, last)[0] > 0)
    if len(told.how) < LEAST_MODELLED or (told.how == CURED).sum() < LEAST_CURED:
        return None
    durations, cured, known = times(told, bucket, last)
    rows = facts_of(told)
    varied = np.flatnonzero(rows.std(axis=0) > 1e-9)  # what is the same of all may differ in the last bit
    means, spreads = rows[:, varied].mean(axis=0), rows[:, varied].std(axis=0)
    names = tuple(FACTS[i] for i in varied)
    frame = pd.DataFrame((rows[:, varied] - means) / spreads, columns=list(names))
    frame = frame.assign(days=durations.astype(float), cured=cured.astype(int), known=known.astype(float))
    model = WeibullAFTFitter(penalizer=0.01).fit(frame, "days", "cured", entry_col="known")
    weights = np.array([model.params_["lambda_", name] for name in (*names, "Intercept")])
    return Fitted(names, means, spreads, weights, float(np.exp(model.params_["rho_", "Intercept"])))


def remaining(told: Spells, curves: list[Curve], fitted: Sequence[Fitted | None], last: int) -> pa.Table:
    """The accounts that are late at the close of the last day, and how long each has to go."""
    now = told.take(told.how == OPEN)
    durations, _, _ = times(now, 0, last)
    median, expected, soon, by = by_curves(now, curves, last)
    for mine, one, rows, late in modelled(now, fitted, last):
        median[mine], expected[mine], soon[mine] = by_model(one, rows, late)
        by[mine] = "model"
    columns = {
        "account_id": pa.array(now.account_ids, pa.int64()),
        "account": read.numbers(now.account_ids),
        "product": pa.array([tuple(PRODUCTS)[one] for one in now.is_loan], pa.string()),
        "days_past_due": pa.array(now.late_at_last, pa.int64()),
        "days_late": pa.array(durations, pa.int64()),
        "median_days_left": pa.array(median, pa.float64(), from_pandas=True),
        "expected_days_left": pa.array(expected, pa.float64(), from_pandas=True),
        "cured_within_30": pa.array(soon, pa.float64(), from_pandas=True),
        "by": pa.array(by, pa.string()),
    }
    return pa.table(columns)


def by_model(fitted: Fitted, rows: Any, late: Any) -> tuple[Any, Any, Any]:
    """Median and expected days left, and the chance to be cured within 30, of spells that have lasted so many days.

    S(u | late) = exp((late / scale)^shape - ((late + u) / scale)^shape); a median beyond LONGEST is not told (NaN).
    """
    scale, shape = fitted.scale(rows), fitted.shape
    so_far = (late / scale) ** shape
    median = scale * (so_far + np.log(2)) ** (1 / shape) - late
    expected = np.zeros(len(late))
    for days in range(LONGEST):
        expected += np.exp(so_far - ((late + days) / scale) ** shape)
    soon = model_within(fitted, rows, late, 30)
    return np.where(median <= LONGEST, median, np.nan), expected, soon


def modelled(now: Spells, fitted: Sequence[Fitted | None], last: int) -> Iterator[tuple[Any, Fitted, Any, Any]]:
    """Spells whose highest bucket has a model: their places, the model, their facts, days since they came into it."""
    highest = (now.reached > 0).sum(axis=1) - 1
    for bucket, one in enumerate(fitted):
        mine = np.flatnonzero(highest == bucket)
        if one is not None and len(mine):
            here = now.take(mine)
            rows = facts_of(here)[:, [FACTS.index(name) for name in one.facts]]
            yield mine, one, rows, times(here, bucket, last)[0]


def within(now: Spells, fitted: Sequence[Fitted | None], curves: list[Curve], last: int, days: int) -> Any:
    """The chance to be cured within some days by what `remaining` goes by; NaN where there is not enough history."""
    found = curves_within(now, curves, last, days)
    for mine, one, rows, late in modelled(now, fitted, last):
        found[mine] = model_within(one, rows, late, days)
    return found


def model_within(fitted: Fitted, rows: Any, late: Any, days: int) -> Any:
    """The chance to be cured within some days, of spells that have lasted so many already, by the model."""
    scale = fitted.scale(rows)
    return 1 - np.exp((late / scale) ** fitted.shape - ((late + days) / scale) ** fitted.shape)


def by_curves(now: Spells, curves: list[Curve], last: int) -> tuple[Any, Any, Any, Any]:
    """The same by the curve of the highest bucket that each spell has reached; NaN where there is none.

    Beyond the longest time that a curve knows nobody is cured: what is expected is then rather too long.
    """
    median, expected, soon = (np.full(len(now.how), np.nan) for _ in range(3))
    by = np.full(len(now.how), "", dtype=object)
    for mine, left in lefts(now, curves, last):
        half = np.flatnonzero(left <= 0.5)
        median[mine] = half[0] if len(half) else np.nan
        expected[mine], soon[mine], by[mine] = left[:LONGEST].sum(), 1 - left[30], "curve"
    return median, expected, soon, by


def curves_within(now: Spells, curves: list[Curve], last: int, days: int) -> Any:
    """The chance to be cured within some days by the same curves; NaN where there is none."""
    found = np.full(len(now.how), np.nan)
    for mine, left in lefts(now, curves, last):
        found[mine] = 1 - left[days]
    return found


def lefts(now: Spells, curves: list[Curve], last: int) -> Iterator[tuple[Any, Any]]:
    """Spells that are alike to the curves, as places, and the share of such that is not cured by each day to come."""
    known = {(one.product, BUCKETS.index(one.bucket)): one.survival for one in curves}
    highest = (now.reached > 0).sum(axis=1) - 1
    for number, product in enumerate(PRODUCTS):
        for bucket in range(len(BUCKETS)):
            survival = known.get((product, bucket))
            places = np.flatnonzero((now.is_loan == number) & (highest == bucket))
            if survival is None or not len(places):
                continue
            late = times(now.take(places), bucket, last)[0]
            for days in np.unique(late):
                left = survival_after(survival, int(days))
                if left is not None:
                    yield places[late == days], left


def survival_after(survival: Any, late: int) -> Any:
    """The share not cured by each of the next LONGEST days of those not cured so far; None where nobody is known."""
    reached = survival[min(late, len(survival) - 1)]
    if reached <= 0 or late >= len(survival):
        return None
    return survival[np.minimum(late + np.arange(LONGEST + 1), len(survival) - 1)] / reached
