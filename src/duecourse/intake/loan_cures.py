"""How long lateness lasts, tried on a loan book of the past: foretold at the end of a month by what was known then, of
loans that were not learned from, and held against what came.

A spell of lateness is of months: half an installment behind or more at a month's end, until the end of one at which it
is less or the loan is paid off. A loan that is charged off, or of which the file tells no more, is never cured. The
models are those of `risk.cure`, with a month as thirty days.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from lifelines.utils import concordance_index

from duecourse.progress import Tell
from duecourse.risk import cure
from duecourse.risk.spells import CURED, LEFT, OPEN, Spells

from . import loan_examples, loan_months
from .loan_holidays import IN_ORDER
from .loan_months import Book
from .markdown import table

WITHIN = (1, 3, 6)
"""Months within which the share cured is told."""
MONTH = 30
TRIED = 12
"""The last so many months with a whole window are tried."""
FOLDS, DRAWS = 5, 200
MODEL, CURVES, SHARE = "Weibull model of the highest bucket", "curve of the highest bucket", "one share for all"
WAYS = (MODEL, CURVES, SHARE)
LEAST = 50
"""So many late loan-months have to be tried at the least."""


class Whole(NamedTuple):
    """Every spell of a book, one row each: loan, first late month, the month at whose end it was over (the book's
    number of months: not over), how; owed and how far behind (installments) in the first month; earlier spells; the
    first month in each bucket (-1: never)."""

    loan: Any
    first: Any
    over: Any
    how: Any
    owed: Any
    behind: Any
    earlier: Any
    reached: Any


class Way(NamedTuple):
    """How one way did: concordance of who is cured sooner, with the bounds of 95% of draws of loans; by months within
    which, mean chance and share cured with its bounds."""

    way: str
    concordance: float
    low: float
    high: float
    within: list[tuple[int, float, float, float, float]]


class Tried(NamedTuple):
    """The trial: months seen, late loan-months and loans of them, each way, and fifths of the first way's chances
    within three months (count, mean chance, share cured)."""

    months: list[str]
    late: int
    loans: int
    ways: list[Way]
    fifths: list[tuple[int, float, float]]


def whole(book: Book, holidays: Any) -> Whole:
    """The spells of a book, in order of loan and month."""
    behind = loan_months.behind(book, holidays)
    owes = book.alive & (book.closing > 0)
    late = owes & (behind >= IN_ORDER)
    rows = []
    for loan in np.flatnonzero(late.any(axis=1)).tolist():
        earlier, place = 0, 0
        while place < book.months:
            if not late[loan, place]:
                place += 1
                continue
            over = place + 1
            while over < book.months and late[loan, over]:
                over += 1
            how = OPEN if over == book.months else CURED
            if over < book.months and (book.charged_off[loan, over] or not book.alive[loan, over]):
                how = LEFT
            bucket = np.clip(np.ceil(behind[loan, place:over]) - 1, 0, len(cure.BUCKETS) - 1)
            reached = [place + int((bucket >= b).argmax()) if (bucket >= b).any() else -1
                       for b in range(len(cure.BUCKETS))]  # fmt: skip
            rows.append((loan, place, over, how, book.closing[loan, place], behind[loan, place], earlier, reached))
            earlier, place = earlier + 1, over
    if not rows:
        return Whole(*(np.empty(0, np.int64) for _ in Whole._fields))
    return Whole(*(np.array(column) for column in zip(*rows, strict=True)))


def day(month: Any) -> Any:
    """The end of a month as a day number; never 0, which says never."""
    return MONTH * (month + 1)


def known(told: Whole, through: int, which: Any) -> Spells:
    """Those of some spells that had begun by the end of a month, as they were known then."""
    mine = np.flatnonzero(which & (told.first <= through))
    over = told.over[mine]
    is_over = over <= through
    how = np.where(is_over, told.how[mine], OPEN)
    reached = np.where((told.reached[mine] >= 0) & (told.reached[mine] <= through), day(told.reached[mine]), 0)
    late_at_first = np.maximum(np.round(MONTH * told.behind[mine]), 1).astype(np.int64)
    return Spells(
        account_ids=told.loan[mine], is_loan=np.ones(len(mine), np.int64), first=day(told.first[mine]),
        last=np.where(is_over, day(over) - 1, day(through)), late_at_first=late_at_first,
        since_before=np.zeros(len(mine), np.int64), how=how, late_at_last=late_at_first, owed=told.owed[mine],
        earlier=told.earlier[mine], reached=reached,
    )  # fmt: skip


def foretold(told: Whole, through: int, learn: Any, asked: Any) -> dict[str, Any]:
    """The chances of the spells that are asked about and open at a month's end, a column for each of WITHIN, by each
    way; learned from others as they were known then. NaN where a way has not enough history."""
    last = day(through) - 1
    seen = known(told, through, learn)
    now = known(told, through, asked)
    now = now.take(now.how == OPEN)
    curves = [cure.curve(seen, "loan", bucket, last) for bucket in range(len(cure.BUCKETS))]
    fitted = cure.fits(seen, last)
    days = [MONTH * months for months in WITHIN]
    usual = [share_cured(told, through, learn, months) for months in WITHIN]
    return {
        MODEL: np.column_stack([cure.within(now, fitted, curves, last, one) for one in days]),
        CURVES: np.column_stack([cure.curves_within(now, curves, last, one) for one in days]),
        SHARE: np.tile(usual, (len(now.how), 1)),
    }


def share_cured(told: Whole, through: int, learn: Any, months: int) -> float:
    """Of the spells open at the end of a month so long ago that it is known, the share cured within so many months."""
    at = through - months
    open_then = learn & (told.first <= at) & (told.over > at)
    if not open_then.any():
        return float("nan")
    return float(((told.how == CURED) & (told.over <= through))[open_then].mean())


def run(*, book: Book, holidays: Any = None, tell: Tell) -> Tried | None:
    """Try each way on the late loans of the last months; None where too few are late."""
    told = whole(book, holidays)
    last = book.months - 1 - max(WITHIN)
    places = [one for one in range(last - TRIED + 1, last + 1) if one > max(WITHIN)]
    if not len(told.loan) or not places:
        return None
    fold = loan_examples.folds(book, FOLDS)[told.loan]
    parts: list[tuple[int, Any, dict[str, Any]]] = []
    for done, place in enumerate(places):
        tell("how long lateness lasts", done, len(places))
        for own in range(FOLDS):
            asked = (fold == own) & (told.first <= place) & (told.over > place)
            if asked.any():
                parts.append((place, np.flatnonzero(asked), foretold(told, place, fold != own, asked)))
    tell("how long lateness lasts", 1, 1)
    if not parts:
        return None
    seen = np.concatenate([np.full(len(mine), place) for place, mine, _ in parts])
    mine = np.concatenate([mine for _, mine, _ in parts])
    chances = {way: np.concatenate([one[way] for _, _, one in parts]) for way in WAYS}
    is_told = np.all([~np.isnan(one).any(axis=1) for one in chances.values()], axis=0)
    if is_told.sum() < LEAST:
        return None
    seen, mine = seen[is_told], mine[is_told]
    chances = {way: one[is_told] for way, one in chances.items()}
    return measured(book, told, seen, mine, chances, places)


def measured(book: Book, told: Whole, seen: Any, mine: Any, chances: dict[str, Any], places: Sequence[int]) -> Tried:
    """What came, beside what was foretold."""
    over, how, loan = told.over[mine], told.how[mine], told.loan[mine]
    cured = [(how == CURED) & (over <= seen + months) for months in WITHIN]
    time = np.where(how == LEFT, book.months, over) - seen
    draws = drawn(loan)

    def ranks(sooner: Any, some: Any) -> float:
        return float(concordance_index(time[some], sooner[some], how[some] == CURED))

    ways = []
    for way, chance in chances.items():
        within = [
            (months, float(chance[:, at].mean()), float(cured[at].mean()),
             *bounds([float(cured[at][some].mean()) for some in draws]))
            for at, months in enumerate(WITHIN)
        ]  # fmt: skip
        everybody, sooner = np.arange(len(seen)), -chance[:, 1]
        ways.append(Way(way, ranks(sooner, everybody), *bounds([ranks(sooner, some) for some in draws]), within))
    order = np.array_split(np.argsort(chances[MODEL][:, 1], kind="stable"), 5)
    fifths = [(len(some), float(chances[MODEL][some, 1].mean()), float(cured[1][some].mean())) for some in order]
    return Tried([book.called(one) for one in places], len(seen), len(np.unique(loan)), ways, fifths)


def bounds(values: Sequence[float]) -> tuple[float, float]:
    """Between which 95% of draws lie."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def drawn(loan: Any) -> list[Any]:
    """Draws of as many loans, each with all its rows (seed 0)."""
    generator = np.random.default_rng(0)
    order = np.argsort(loan, kind="stable")
    rows = np.split(order, np.flatnonzero(np.diff(loan[order])) + 1)
    return [np.concatenate([rows[at] for at in generator.integers(0, len(rows), len(rows))]) for _ in range(DRAWS)]


def page(one: Tried | None) -> str:
    """The trial as a part of the report's page."""
    if one is None:
        return "Not enough history: too few loans are late in the months that could be tried.\n"
    said = (
        f"Late loans as they stood at the end of {one.months[0]} to {one.months[-1]}: {one.late:,} loan-months of "
        f"{one.loans:,} loans. What each has to go is foretold as `duecourse warn cure` does, by what was known at the "
        f"month's end, of other loans alone ({FOLDS} folds). A loan is late from half an installment behind on; one "
        "that is charged off or ends without a word is never cured. Concordance: of two loans, the share of pairs in "
        "which the one with the higher chance within three months was cured sooner (0.5: by lot).\n"
    )
    head = ["way", "concordance (95% of draws)"]
    for months in WITHIN:
        head.append(f"within {months} month{'s' * (months > 1)}: chance")
    ways = [
        [
            way.way,
            f"{way.concordance:.3f} ({way.low:.3f} to {way.high:.3f})",
            *(f"{part[1]:.1%}" for part in way.within),
        ]
        for way in one.ways
    ]
    came = ["what came (95% of draws)", ""]
    came += [f"{share:.1%} ({low:.1%} to {high:.1%})" for _, _, share, low, high in one.ways[0].within]
    fifths = [
        [str(i), f"{count:,}", f"{chance:.1%}", f"{share:.1%}"]
        for i, (count, chance, share) in enumerate(one.fifths, 1)
    ]
    return "\n".join([
        said, table(head, [*ways, came]), f"{MODEL}, within three months, in fifths of the chance:\n",
        table(["fifth", "loan-months", "mean chance", "share cured"], fifths),
    ])  # fmt: skip
