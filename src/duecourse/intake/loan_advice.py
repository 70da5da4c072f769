"""Advice tried on a loan book of the past: who did what would lower the chance most, and what became of them.

What advice does cannot be known from a book in which nobody was advised: who pays ahead differs from who does not in
more than that. What is shown is an association: of loans for which the model would advise a thing, those that then did
it beside those with the same chance that did not. Done is looked at in the three months after, outcomes in the six
months after those, among loans that were still in order between: so nothing is counted twice.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from duecourse.kernel.money import PPM
from duecourse.progress import Tell
from duecourse.risk import advice

from . import loan_cures, loan_examples, loan_months
from .loan_examples import ARREARS, Target
from .loan_holidays import IN_ORDER
from .loan_months import Book
from .loan_trial import DIRECTION, TooFewLoans, by_trees, seen, windows
from .markdown import table

DOING, AFTER = 3, 6
"""Months in which a thing is done or not, and in which its outcome is looked at."""
BANDS = 20
"""Loans are held beside those of the same twentieth of the chance."""
FOLDS, LEAST = 5, 30
AHEAD = 1.05
"""So much of what is asked, at the least, is paid by who pays ahead."""
LATE = 1.0
"""The outcome: so many installments behind at a month's end, or charged off."""


class Followed(NamedTuple):
    """One thing: loan-months for which it was the advice, their mean chance and what the model says after it; how many
    of them then did it, and did not; the share late of each; the difference with the same chance, and 95% of draws."""

    code: str
    advised: int
    chance: float
    after: float
    did: int
    did_not: int
    late_did: float
    late_did_not: float
    difference: float
    low: float
    high: float


class Tried(NamedTuple):
    """The trial: months seen; loan-months, of them with advice; by how much doing anything raised a chance at the most,
    in the model; each thing."""

    months: list[str]
    looked_at: int
    advised: int
    most_raised: float
    things: list[Followed]


class Fold(NamedTuple):
    """A model with what is usual of who pays, as `advice.of_rows` asks for it."""

    score: Any
    slope: float
    intercept: float
    usual: dict[str, float]

    def chance(self, rows: Any) -> Any:
        """The chance of each row."""
        return 1 / (1 + np.exp(-(self.slope * self.score(rows) + self.intercept)))


def run(*, book: Book, holidays: Any = None, tell: Tell) -> Tried | None:
    """Advise every loan in order of the months tried, by models that have not seen it; None where that is too few."""
    target = Target(ARREARS.name, max(ARREARS.months, DOING + AFTER), False, True)
    try:
        span = windows(book, target)
        tell("advice", 0, 1)
        told = loan_examples.examples(book, [*span.trained, *span.tried], holidays)
        one = seen(book, told, target, holidays)
    except TooFewLoans:
        return None
    names = list(DIRECTION)
    tried = np.flatnonzero(one.is_tried)
    chance = np.zeros(len(tried))
    said: list[Any] = [None] * len(tried)
    most = -1.0
    for fold in range(FOLDS):
        learn, mine = one.is_trained & (one.fold != fold), np.flatnonzero(one.fold[tried] == fold)
        if not len(mine):
            continue
        made = fitted(one.told.rows[learn], one.taught[learn], names)
        rows = one.told.rows[tried[mine]]
        chance[mine] = made.chance(rows)
        advised = advice.of_rows(made, rows, chance[mine], names, DIRECTION, "loan")
        every = advice.followed(made, rows, names, DIRECTION, "loan").values()
        most = max([most, *(float((after - chance[mine]).max()) for after in every)])
        for at, what in zip(mine.tolist(), advised, strict=True):
            said[at] = what
    tell("advice", 1, 1)
    place, loan = one.told.seen[tried], one.told.loan[tried]
    things = followed(book, holidays, place, loan, chance, said)
    months = [book.called(month) for month in span.tried]
    return Tried(months, len(tried), sum(what is not None for what in said), most, things)


def fitted(rows: Any, taught: Any, names: Sequence[str]) -> Fold:
    """Trees whose directions are held, the line that makes chances of their scores, and what is usual."""
    from sklearn.linear_model import LogisticRegression

    score = by_trees(rows, taught, names)
    line = LogisticRegression(C=1e6).fit(score(rows)[:, None], taught)
    return Fold(score, float(line.coef_[0, 0]), float(line.intercept_[0]), advice.usual(rows, taught, DIRECTION))


def done(book: Book, holidays: Any, code: str, loan: Any, place: Any) -> Any:
    """Whether each loan did a thing in the months after one; None of a thing that months do not show."""
    stood = np.zeros(book.owed.shape, bool) if holidays is None else holidays
    asked = np.where(stood, 0, book.asked)
    months = [place + ahead for ahead in range(1, DOING + 1)]
    each = [(book.paid[loan, month], asked[loan, month]) for month in months]
    if code == "pay_every_month":
        return np.all([(paid > 0) | (due == 0) for paid, due in each], axis=0)
    if code == "pay_in_full":
        return np.all([paid >= due for paid, due in each], axis=0)
    if code == "pay_ahead":
        return sum(paid for paid, _ in each) >= AHEAD * sum(due for _, due in each)
    return None


def followed(book: Book, holidays: Any, place: Any, loan: Any, chance: Any, said: Sequence[Any]) -> list[Followed]:
    """What became of those who did what was advised, and of those who did not."""
    behind = loan_months.behind(book, holidays)
    late = (book.alive & (behind >= LATE)) | book.charged_off
    codes = np.array(["" if one is None else one["code"] for one in said])
    after = np.array([np.nan if one is None else one["chance_ppm"] / PPM for one in said])
    between = place + DOING
    in_order = book.alive[loan, between] & (book.closing[loan, between] > 0) & (behind[loan, between] < IN_ORDER)
    bad = np.any([late[loan, between + ahead] for ahead in range(1, AFTER + 1)], axis=0)
    band = np.minimum((np.argsort(np.argsort(chance, kind="stable")) * BANDS) // max(len(chance), 1), BANDS - 1)
    things = []
    for code in dict.fromkeys(codes[codes != ""].tolist()):
        mine = codes == code
        did = done(book, holidays, code, loan, place)
        if did is None:
            continue
        here = np.flatnonzero(mine & in_order)
        yes, no = here[did[here]], here[~did[here]]
        if min(len(yes), len(no)) < LEAST:
            continue
        draws = [
            difference(bad[here[some]], did[here[some]], band[here[some]]) for some in loan_cures.drawn(loan[here])
        ]
        told = [one for one in draws if not np.isnan(one)]
        low, high = loan_cures.bounds(told) if told else (float("nan"), float("nan"))
        things.append(
            Followed(
                code, int(mine.sum()), float(chance[mine].mean()), float(after[mine].mean()), len(yes), len(no),
                float(bad[yes].mean()), float(bad[no].mean()), difference(bad[here], did[here], band[here]), low, high,
            )
        )  # fmt: skip
    return sorted(things, key=lambda one: -one.advised)


def difference(bad: Any, did: Any, band: Any) -> float:
    """The share late of those who did less that of those who did not, band by band of the chance, each band by how many
    of those who did are in it; bands without one of either are left out. NaN where none is left.

    >>> difference(np.array([0, 1, 1, 1]), np.array([True, True, False, False]), np.zeros(4, int))
    -0.5
    """
    counts = [np.bincount(band[which], minlength=BANDS) for which in (did, ~did)]
    hits = [np.bincount(band[which], bad[which], minlength=BANDS) for which in (did, ~did)]
    both = (counts[0] > 0) & (counts[1] > 0)
    if not both.any():
        return float("nan")
    shares = [hit[both] / count[both] for hit, count in zip(hits, counts, strict=True)]
    return float(np.average(shares[0] - shares[1], weights=counts[0][both]))


def page(one: Tried | None) -> str:
    """The trial as a part of the report's page."""
    if one is None:
        return "Not enough history to train and to see what was done and what came of it.\n"
    said = (
        "**This is an association, no effect.** Nobody in this book was advised, so what advice does cannot be known "
        "from it: who pays ahead is somebody else than who does not, in more than that. Only a control group tells "
        "(`duecourse warn watch`, `warn uplift`).\n\n"
        f"Loans in order at the end of {one.months[0]} to {one.months[-1]}: {one.looked_at:,} loan-months, of which "
        f"{one.advised:,} have a thing that would lower the chance by half a point or more. Whether it was done is "
        f"looked at in the next {DOING} months, the outcome (an installment behind at a month's end, or charged off) "
        f"in the {AFTER} after those, of loans still owed and in order between. The chance is that of serious arrears "
        f"or charge-off within {DOING + AFTER} months, by models that have not seen the loan. Compared are loans of "
        "the same twentieth of it; the interval holds 95% of draws of loans. In the model, of every loan and "
        f"everything that can be done, the most by which a chance rises is {max(one.most_raised, 0.0):.6f}.\n"
    )
    if not one.things:
        return said + f"\nOf no thing were there {LEAST} who did it and {LEAST} who did not.\n"
    rows = [
        [
            thing(one.code), f"{one.advised:,}", f"{one.chance:.1%} → {one.after:.1%}",
            f"{one.late_did:.1%} of {one.did:,}", f"{one.late_did_not:.1%} of {one.did_not:,}",
            f"{100 * one.difference:+.1f} points ({100 * one.low:+.1f} to {100 * one.high:+.1f})",
        ]
        for one in one.things
    ]  # fmt: skip
    head = ["advice", "loan-months", "chance, after it by the model", "late: did it", "late: did not",
            "difference at the same chance"]  # fmt: skip
    return said + "\n" + table(head, rows)


def thing(code: str) -> str:
    """What can be done, in English."""
    return advice.THINGS["loan"][code].english
