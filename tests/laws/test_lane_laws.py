"""Compiled equals plain, bit for bit: every lane, over drawn terms and drawn histories."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import histories as h
import numpy as np
import pytest
from effort import examples
from histories import History
from hypothesis import given
from hypothesis import strategies as st

from duecourse import kernel
from duecourse.kernel import lanes, plain
from duecourse.kernel.account import WIDTH, opened
from duecourse.kernel.ageing import AgeRules
from duecourse.kernel.columns import FIELDS, MOVES, NIGHT, STANDING, fields_of
from duecourse.kernel.days import Calendar, next_cycle
from duecourse.kernel.money import AMOUNT_MAX, RATE_MAX_PPM
from duecourse.kernel.posting import PAYMENT, PURCHASE, REFUND
from duecourse.kernel.terms import PLAIN_LINE, LineTerms

AGES = AgeRules(30, 90, 0, 90, 120, 360)
few = examples(60)


def ints(*shape: int) -> Any:
    """Fresh columns, filled so that a cell that a lane does not write is seen."""
    return np.full(shape, -7, dtype=np.int64)


class Grid:
    """Columns of Python ints, as a lane's own source reads and writes them when it is not compiled."""

    def __init__(self, columns: Any) -> None:
        self.rows, self.shape = columns.tolist(), columns.shape

    def __getitem__(self, at: tuple[int, int]) -> int:
        return self.rows[at[0]][at[1]]

    def __setitem__(self, at: tuple[int, int], value: int) -> None:
        self.rows[at[0]][at[1]] = value


class Book:
    """Some accounts as columns, closed and posted by both lanes at once; each step asserts that they agree."""

    def __init__(self, terms: LineTerms, calendar: Calendar, rows: Any) -> None:
        self.terms, self.calendar, self.rows = terms, calendar, rows
        self.dues, self.offsets = ints(0), np.zeros(rows.shape[1] + 1, dtype=np.int64)

    def fresh(self, others: int) -> list[Any]:
        n = self.rows.shape[1]
        return [ints(len(FIELDS), n), np.zeros(len(self.dues) + WIDTH * n, dtype=np.int64), ints(n), ints(others, n)]

    def pack(self, rows: Any, dues: Any, counts: Any) -> None:
        parts = []
        for i, count in enumerate(counts):
            place = self.offsets[i] + WIDTH * i
            parts.append(dues[place : place + WIDTH * count])
        self.rows, self.dues = rows, np.concatenate([ints(0), *parts])
        self.offsets = np.concatenate([[0], np.cumsum(counts * WIDTH)])

    def open_parts(self, out: list[Any]) -> list[list[int]]:
        """The dues that are open; what lies in spare slots is nobody's."""
        dues, counts = out[1], out[2]
        return [dues[self.offsets[i] + WIDTH * i :][: WIDTH * counts[i]].tolist() for i in range(len(counts))]

    def agree(self, compiled: list[Any], other: list[Any]) -> None:
        for mine, theirs in zip(compiled[:1] + compiled[2:], other[:1] + other[2:], strict=True):
            np.testing.assert_array_equal(mine, theirs)
        assert self.open_parts(compiled) == self.open_parts(other)

    def close(self, day: int) -> tuple[Any, Any]:
        outs = [[*self.fresh(len(NIGHT)), ints(5, self.rows.shape[1])] for _ in range(2)]
        given = (self.rows, self.dues, self.offsets)
        lanes.evening_lane(day, self.terms, lanes.calendar(self.calendar), *given, *outs[0])
        assert plain.evening_plain(day, self.terms, self.calendar, *given, *outs[1]) == []
        self.agree(*outs)
        self.pack(*outs[0][:3])
        return outs[0][3], outs[0][4]

    def post(self, day: int, entries: list[tuple[int, int, int]]) -> Any:
        """Entries as (account, kind, amount)."""
        columns = np.array(entries, dtype=np.int64).reshape(-1, 3)
        accounts, kinds, amounts = (np.ascontiguousarray(columns[:, k]) for k in range(3))
        outs = [[*self.fresh(0)[:3], ints(len(MOVES), len(entries))] for _ in range(2)]
        given = (day, self.terms, accounts, kinds, amounts, self.rows, self.dues, self.offsets)
        lanes.post_lane(*given, *outs[0])
        assert plain.post_plain(*given, *outs[1]) == []
        self.agree(*outs)
        self.pack(*outs[0][:3])
        return outs[0][3]

    def stand(self, day: int) -> Any:
        out = ints(len(STANDING), self.rows.shape[1])
        lanes.standing_lane(day, self.terms, AGES, self.rows, self.dues, self.offsets, out)
        grid = Grid(out)
        source = lanes.standing_lane.py_func
        source(day, self.terms, AGES, Grid(self.rows), self.dues.tolist(), self.offsets.tolist(), grid)
        assert grid.rows == out.tolist()
        return out


def new_book(terms: LineTerms, start: int, limits: list[int]) -> Book:
    accounts = [fields_of(opened(start, limit, next_cycle(start, terms.cycle_day))) for limit in limits]
    return Book(terms, h.CALENDAR, np.ascontiguousarray(np.array(accounts, dtype=np.int64).T))


@few
@given(h.terms(), st.lists(h.histories(start=h.FIRST + 60, length=150), min_size=1, max_size=6))
def test_every_lane_equals_plain_over_drawn_histories(terms: LineTerms, drawn: list[History]) -> None:
    book = new_book(terms, drawn[0].start, [history.limit for history in drawn])
    for day in range(drawn[0].start + 1, drawn[0].end + 1):
        todays = [(i, e.kind, e.amount) for i, history in enumerate(drawn) for e in history.events if e.day == day]
        if todays:
            book.post(day, todays)
        book.close(day)
        if day % 5 == 0:
            book.stand(day + 3 if not book.rows[2].any() else day)


@pytest.mark.parametrize("year_days", [0, 360, 365])
def test_lanes_agree_at_the_largest_amount_rate_and_span(year_days: int) -> None:
    terms = PLAIN_LINE._replace(
        rate_ppm=RATE_MAX_PPM, late_rate_ppm=RATE_MAX_PPM, year_days=year_days, minimum_share_ppm=1_000_000,
        interest_from=1, interest_base=1, late_fee_share_ppm=1_000_000, late_fee_cap_minor=AMOUNT_MAX,
    )  # fmt: skip
    start = h.day_number(2023, 12, 31)
    book = new_book(terms, start, [AMOUNT_MAX, AMOUNT_MAX])
    book.post(start + 1, [(0, PURCHASE, AMOUNT_MAX), (1, PURCHASE, AMOUNT_MAX)])
    for day in range(start + 1, start + 60):
        if day == start + 35:
            book.post(day, [(1, PAYMENT, AMOUNT_MAX // 3), (1, REFUND, AMOUNT_MAX // 7)])
        book.close(day)
    day = book.rows[0, 0]
    book.rows[1] = day + 366  # no cycle day, so that one jump is as long as a jump may be
    book.rows[4:9] = [[0, 0], [0, 0], [0, 0], [AMOUNT_MAX, 0], [0, AMOUNT_MAX]]
    book.dues, book.offsets = np.array([day, AMOUNT_MAX, 0, 0, 0, AMOUNT_MAX]), np.array([0, 0, 6])
    before = book.rows[[14, 16]].copy()
    book.stand(day + 366)
    book.close(day + 366)
    grown = book.rows[[9, 11]] + book.rows[[14, 16]] - before
    assert grown.max() >= AMOUNT_MAX


def test_the_faulty_account_is_left_and_named_and_the_others_are_closed() -> None:
    book = new_book(PLAIN_LINE, h.FIRST, [10_000] * 3)
    book.post(h.FIRST + 1, [(i, PURCHASE, 5_000) for i in range(3)])
    book.close(h.FIRST + 1)
    book.rows[7, 1] = -1
    out = [*book.fresh(len(NIGHT)), ints(5, 3)]
    given = (book.rows, book.dues, book.offsets)
    with pytest.raises(AssertionError):
        lanes.evening_lane(h.FIRST + 2, PLAIN_LINE, lanes.calendar(h.CALENDAR), *given, *out)
    faults = plain.evening_plain(h.FIRST + 2, PLAIN_LINE, h.CALENDAR, *given, *out)
    assert faults == [(1, "accrual: the base of ordinary interest is below zero")]
    assert out[0][0].tolist() == [h.FIRST + 2, h.FIRST + 1, h.FIRST + 2]
    assert out[0][:, 1].tolist() == book.rows[:, 1].tolist()
    assert not out[3][:, 1].any()


def test_the_faulty_entry_moves_nothing_and_the_others_are_posted() -> None:
    book = new_book(PLAIN_LINE, h.FIRST, [10_000] * 3)
    book.rows[7, 2] = -1
    accounts, kinds = np.array([0, 0, 1, 2]), np.array([PURCHASE, 9, PURCHASE, PURCHASE])
    given = (h.FIRST + 1, PLAIN_LINE, accounts, kinds, np.full(4, 300), book.rows, book.dues, book.offsets)
    out = [*book.fresh(0)[:3], ints(len(MOVES), 4)]
    with pytest.raises(AssertionError):
        lanes.post_lane(*given, *out)
    faults = plain.post_plain(*given, *out)
    assert faults == [
        (1, "posting: an unknown kind of entry"),
        (3, "accrual: the base of ordinary interest is below zero"),
    ]
    assert out[3][0].tolist() == [300, 0, 300, 0]
    assert out[0][4].tolist() == [300, 300, 0]


CHANGED = """
import numpy as np
from kernel import ageing, lanes, terms
row = np.zeros((len(lanes.FIELDS), 1), dtype=np.int64)
row[0] = 100
out = np.zeros((9, 1), dtype=np.int64)
dues = np.array([100, 500, 0, 0, 0, 500])
lanes.standing_lane(145, terms.PLAIN_LINE, ageing.AgeRules(30, 90, 0, 90, 120, 360), row, dues, np.array([0, 6]), out)
print(out[1, 0], ageing.bucket(45))
"""


@pytest.mark.slow
def test_compiled_code_follows_the_sources(tmp_path: Path) -> None:
    """numba's own cache would not notice a change in another file than the lane's. One lane is enough."""
    shutil.copytree(Path(kernel.__file__).parent, tmp_path / "kernel", ignore=shutil.ignore_patterns("__pycache__"))
    lanes = tmp_path / "kernel" / "lanes.py"
    text, left_plain = re.subn(r"@njit\(.*\n(?=def (?:evening|post)_lane)", "", lanes.read_text())
    assert left_plain == 2
    lanes.write_text(text)
    environment = {**os.environ, "DUECOURSE_CACHE": str(tmp_path / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}

    def buckets() -> str:
        told = [sys.executable, "-c", CHANGED]
        return subprocess.run(told, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True).stdout

    assert buckets() == "2 2\n"
    ageing = tmp_path / "kernel" / "ageing.py"
    text, changed = re.subn(r"\(days_past_due \+ 29\) // 30", "(days_past_due + 9) // 10", ageing.read_text())
    assert changed == 1
    ageing.write_text(text)
    assert buckets() == "5 5\n"
    assert len(list((tmp_path / "cache" / "lanes").iterdir())) == 2
