"""How long lateness lasts: spells from stretches of days, curves, and what accounts that are late now have to go."""

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

pytestmark = pytest.mark.usefixtures("module_db")
LAST = 20_400


def drawn(
    seed: int, accounts: int = 60
) -> tuple[pa.Table, dict[int, dict[int, int]], dict[int, list[tuple[int, int]]]]:
    """Stretches of accounts, how many days past due each was by day (below 0: charged off), and who was sold when."""
    from duecourse.book.stretches import STRETCHES

    draw = random.Random(seed)
    rows, by_day, gone = [], {}, {}
    for account in range(1, accounts + 1):
        day, by_day[account], off = LAST - draw.randrange(150, 300), {}, False
        oldest, first_day = day - draw.choice([0, 0, 5, 40]), draw.randrange(2)
        while day <= LAST:
            until = min(day + draw.randrange(1, 60), LAST)
            off = off or draw.random() < 0.03
            rows.append((account, 1, 1, day, until, oldest, first_day, off, 100 * account))
            for one in range(day, until + 1):
                late = one - oldest + first_day if oldest and one >= oldest else 0
                by_day[account][one] = -1 if off else late
            oldest, day = (
                draw.choice([0, until + 1, until + 20, oldest, max(oldest - 3, 1) if oldest else 0]),
                until + 1,
            )
        if draw.random() < 0.2:
            since = draw.randrange(LAST - 140, LAST)
            gone[account] = [(since, since + draw.randrange(60))]
    columns = zip(STRETCHES, zip(*rows, strict=True), strict=True)
    return pa.table([pa.array(column, field.type) for field, column in columns], schema=STRETCHES), by_day, gone


def day_by_day(
    by_day: dict[int, dict[int, int]], gone: dict[int, list[tuple[int, int]]]
) -> list[tuple[int, int, int, str, tuple[int, ...]]]:
    """Account, first and last late day, how it ended, first days in each of three buckets; one day after another."""
    found = []
    for account, late in by_day.items():
        spans = gone.get(account, [])

        def is_gone(day: int, late: dict[int, int] = late, spans: list[tuple[int, int]] = spans) -> bool:
            return late.get(day, 0) < 0 or any(since <= day <= until for since, until in spans)

        running: list[int] = []
        for day in range(min(late), LAST + 2):
            if late.get(day, 0) > 0 and not is_gone(day):
                running.append(day)
                continue
            if running:
                how = "open" if day > LAST else "left" if is_gone(day) else "cured"
                reached = [next((one for one in running if late[one] > 30 * n), 0) for n in range(3)]
                found.append((account, running[0], running[-1], how, tuple(reached)))
                running = []
    return found


@pytest.mark.parametrize("seed", range(4))
def test_spells_are_what_one_finds_going_through_every_day(seed: int) -> None:
    from duecourse.risk import spells

    told, by_day, gone = drawn(seed)
    found = spells.from_stretches(told, np.zeros(told.num_rows, int), gone, LAST, 3)
    how = {spells.CURED: "cured", spells.LEFT: "left", spells.OPEN: "open"}
    rows = [
        (*row[:3], how[row[3]], tuple(row[4]))
        for row in zip(*(column.tolist() for column in (
            found.account_ids, found.first, found.last, found.how, found.reached)), strict=True)
    ]  # fmt: skip
    expected = day_by_day(by_day, gone)
    assert len({row[3] for row in expected}) == 3
    assert rows == expected
    assert [by_day[row[0]][row[1]] for row in rows] == found.late_at_first.tolist()
    assert [by_day[row[0]][row[2]] for row in rows] == found.late_at_last.tolist()
    first_seen = {account: min(days) for account, days in by_day.items()}
    before = [int(row[1] == first_seen[row[0]] and by_day[row[0]][row[1]] > 1) for row in rows]
    assert before == found.since_before.tolist()
    assert sum(before) > 0


def invented(count: int, seed: int = 0) -> Any:
    """Spells of lines and loans: loans last twice as long; some are left or open at the end."""
    from duecourse.risk import spells

    draw = np.random.default_rng(seed)
    is_loan = draw.integers(0, 2, count)
    first = LAST - draw.integers(1, 200, count)
    length = np.ceil((1 + is_loan) * 10 * draw.weibull(0.8, count)).astype(np.int64)
    last = np.minimum(first + length - 1, LAST)
    how = np.where(last == LAST, spells.OPEN, np.where(draw.random(count) < 0.1, spells.LEFT, spells.CURED))
    reached = np.stack([np.where(last - first >= 30 * n, first + 30 * n, 0) for n in range(4)], axis=1)
    nothing, one = np.zeros(count, np.int64), np.ones(count, np.int64)
    return spells.Spells(
        np.arange(1, count + 1), is_loan, first, last, one, nothing, how, last - first + 1,
        draw.integers(1_000, 90_000, count), nothing, reached,
    )  # fmt: skip


def test_a_curve_is_the_share_of_all_spells_cured_by_a_day_and_who_left_is_never_cured() -> None:
    from duecourse.risk import cure, spells

    told = invented(3_000)
    told = told.take(told.first <= LAST - 100)  # followed for 100 days at the least: shares can be counted
    lines = told.take(told.is_loan == 0)
    curve = cure.curve(lines, "line", 0, LAST)
    assert curve.left > 50
    for days, share in zip(cure.WITHIN, curve.shares, strict=True):
        counted = float(((lines.how == spells.CURED) & (lines.last - lines.first + 1 <= days)).mean())
        assert share.value == pytest.approx(counted)
        assert share.low is not None
        assert share.high is not None
        assert share.low < counted < share.high
        assert share.high - share.low < 0.1
    assert curve.median == np.median(np.where(lines.how == spells.CURED, lines.last - lines.first + 1, 999))
    later = cure.curve(lines, "line", 1, LAST)
    reached = lines.take(lines.reached[:, 1] > 0)
    within = (reached.how == spells.CURED) & (reached.last - reached.first - 30 + 1 <= 7)
    assert later.spells == len(reached.how)
    assert later.shares[0].value == pytest.approx(float(within.mean()))
    few = cure.curve(lines.take(np.arange(20)), "line", 0, LAST)
    assert (few.survival, few.median, few.shares[0].value) == (None, None, None)


def test_who_was_late_before_being_seen_counts_from_then_on() -> None:
    """All spells last 40 days; half of them are seen from the 21st day on: nobody is cured earlier for all that."""
    from duecourse.risk import cure

    told = invented(200)
    half = np.arange(200) % 2
    told = told._replace(
        how=np.zeros(200, np.int64), last=np.full(200, 20_100), first=np.where(half, 20_081, 20_061),
        late_at_first=np.where(half, 21, 1), since_before=half,
    )  # fmt: skip
    told.reached[:, 0] = told.first
    curve = cure.curve(told, "line", 0, LAST)
    assert (curve.shares[1].value, curve.median) == (0, 40)


def test_the_model_foretells_as_the_distribution_that_it_fits_and_tells_loans_from_lines() -> None:
    import pandas as pd
    from lifelines import WeibullAFTFitter

    from duecourse.risk import cure, spells

    told = invented(2_000)
    told = told._replace(how=np.where(told.how == spells.LEFT, spells.CURED, told.how))
    fitted = cure.fit(told, LAST)
    assert fitted is not None
    assert fitted.facts == ("is_loan", "owed")
    assert fitted.shape == pytest.approx(0.8, abs=0.15)  # whole days: a spell of an hour lasts one
    rows = cure.facts_of(told)[:, :2]
    scale = fitted.scale(rows)
    assert np.median(scale[told.is_loan == 1]) / np.median(scale[told.is_loan == 0]) == pytest.approx(2, rel=0.2)
    late = np.array([0, 3, 40])
    median, expected, soon = cure.by_model(fitted, rows[:3], late)
    durations, cured, _ = cure.times(told, 0, LAST)
    frame = pd.DataFrame((rows - fitted.means) / fitted.spreads, columns=["is_loan", "owed"])
    model = WeibullAFTFitter(penalizer=0.01).fit(
        frame.assign(days=durations.astype(float), cured=cured), "days", "cured"
    )
    ends = np.arange(cure.LONGEST + 1.0)
    left = model.predict_survival_function(frame.head(3), times=ends, conditional_after=late).to_numpy()
    assert soon == pytest.approx(1 - left[30], rel=1e-3)
    assert expected == pytest.approx(left[:-1].sum(axis=0), rel=1e-3)
    assert [np.flatnonzero(left[:, i] <= 0.5)[0] for i in range(3)] == np.ceil(median).tolist()
    assert cure.fit(told.take(np.arange(150)), LAST) is None


def test_without_a_model_the_curve_of_the_bucket_tells_what_is_left() -> None:
    from duecourse.risk import cure, spells

    told = invented(800)
    curves = [cure.curve(told.take(told.is_loan == 0), "line", bucket, LAST) for bucket in range(4)]
    now = told.take((told.how == spells.OPEN) & (told.is_loan == 0))
    _, expected, soon, by = cure.by_curves(now, curves, LAST)
    assert set(by) <= {"curve", ""}
    for i in np.flatnonzero(by == "curve"):
        bucket = int((now.reached[i] > 0).sum()) - 1
        survival = curves[bucket].survival
        late = LAST + 1 - now.reached[i, bucket]
        ahead = survival[min(late + 30, len(survival) - 1)] / survival[late]
        assert soon[i] == pytest.approx(1 - ahead)
        assert expected[i] <= cure.LONGEST
    loans = told.take((told.how == spells.OPEN) & (told.is_loan == 1))
    assert set(cure.by_curves(loans, curves, LAST)[3]) == {""}
