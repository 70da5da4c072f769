"""Trying warnings on a loan book of the past: out of time and by loans that the model has not seen.

Trained is on months whose windows end before the first month tried begins; each loan tried is scored by a model that
was made without it. Beside the models stand what the application alone tells, one rule, and a constant.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from duecourse.ledger.journal import Refused
from duecourse.progress import Tell
from duecourse.risk import evaluate, model, scorecard
from duecourse.risk.features.loan import CARD, LOAN, STATIC

from . import loan_examples, loan_months
from .loan_examples import ARREARS, CHARGE_OFF, SERIOUS, Examples, Target
from .loan_holidays import IN_ORDER
from .loan_months import Book

PARAMETERS = {**model.PARAMETERS, "learning_rate": 0.06, "num_leaves": 8}
ROUNDS = 250
"""Few loans go bad: smaller trees than those of the card book."""
FOLDS = 5
EVERY = 2
"""Every second month is trained on: the months between say almost the same again."""
FIRST_SEEN = 3
"""The first month that is seen: arrears need some months to show."""
TRIED = {ARREARS.name: 12, CHARGE_OFF.name: 6}
"""The last so many months that have a whole window are tried."""
DRAWS = 400
LEAST_BAD = 10
"""Of loans that go bad, so many at least have to be among those trained on, and as many among those tried."""
RULE = "months_unpaid_12"
DIRECTION = {feature.name: feature.sign for feature in LOAN}
BOOSTED, CARD_WAY, APPLICATION, ONE_RULE, CONSTANT = (
    "LightGBM, directions held",
    "scorecard",
    "application alone (LightGBM)",
    "one rule: months without a payment in 12",
    "constant",
)
WAYS = (BOOSTED, CARD_WAY, APPLICATION, ONE_RULE, CONSTANT)
IN_ORDER_ONLY = "LightGBM, of loans in order alone"


class TooFewLoans(Refused):
    code = "too_few_loans"


class Windows(NamedTuple):
    """The months seen for training and those tried, as places in the book, in order."""

    trained: list[int]
    tried: list[int]


class Measured(NamedTuple):
    """How one way did: AUC with the bounds of 95% of draws of loans, the share of all bad in the fifth with the highest
    chances, mean distance of chance and share bad over tenths, and each tenth."""

    way: str
    auc: float
    low: float
    high: float
    recall: float
    calibration: float
    tenths: list[dict[str, float]]


class Month(NamedTuple):
    """One month tried, by the first way: loans, bad ones, and the AUC (None where all are alike)."""

    month: str
    loans: int
    bad: int
    auc: float | None


class Tried(NamedTuple):
    """One trial: what was foretold, on which months, of how many loan-months and loans, how many of them bad."""

    target: Target
    windows: Windows
    trained: int
    trained_bad_loans: int
    tried: int
    loans: int
    bad: int
    bad_loans: int
    measured: list[Measured]
    by_month: list[Month]


class Seen(NamedTuple):
    """All examples of a trial, which of them are trained on and which are tried, and what became of each.

    taught: what the models learn: serious arrears or charge-off, whichever is foretold, since charge-offs are few.
    bad: what is foretold. fold: of the loan.
    """

    told: Examples
    is_trained: Any
    is_tried: Any
    taught: Any
    bad: Any
    fold: Any


Make = Callable[[Any, Any, Sequence[str]], Callable[[Any], Any]]
"""From rows of features, what is taught and the names of the features to what scores rows, in log odds."""


def windows(book: Book, target: Target) -> Windows:
    """The latest months with a whole window are tried; trained is on those whose windows end before these begin."""
    last = book.months - 1 - target.months
    first = last - TRIED[target.name] + 1
    trained = list(range(first - 1 - target.months, FIRST_SEEN - 1, -EVERY))[::-1]
    if not trained:
        raise TooFewLoans(f"{book.months} months are too few to train and try: {target.name}")
    assert trained[-1] + target.months < first
    return Windows(trained, list(range(first, last + 1)))


def seen(book: Book, told: Examples, target: Target, holidays: Any) -> Seen:
    """The examples of a target: trained on are loans behind too, tried are those of which it speaks."""
    span = windows(book, target)
    told = told.take(np.isin(told.seen, [*span.trained, *span.tried]))
    is_trained = np.isin(told.seen, span.trained)
    if target.in_order_only:
        is_trained &= told.behind < SERIOUS
    bad = loan_examples.outcome(book, told, target, holidays)
    taught = loan_examples.outcome(book, told, target._replace(charge_off_only=False), holidays)
    is_tried = np.isin(told.seen, span.tried) & loan_examples.looked_at(told, target)
    for what, some in (("trained on", is_trained), ("tried", is_tried)):
        count = len(np.unique(told.loan[some & (bad == 1)]))
        if count < LEAST_BAD:
            raise TooFewLoans(f"{target.name}: {count} bad loans among those {what}, at least {LEAST_BAD} are needed")
    return Seen(told, is_trained, is_tried, taught, bad, loan_examples.folds(book, FOLDS)[told.loan])


def by_trees(rows: Any, taught: Any, names: Sequence[str]) -> Callable[[Any], Any]:
    """Boosted trees whose directions are held."""
    told = {**PARAMETERS, "seed": 0, "monotone_constraints": [DIRECTION[name] for name in names]}
    trees = lightgbm.train(told, lightgbm.Dataset(rows, taught, params=told), ROUNDS)
    return lambda some: trees.predict(some, raw_score=True, num_threads=1)


def by_card(rows: Any, taught: Any, names: Sequence[str]) -> Callable[[Any], Any]:
    """A scorecard."""
    card = scorecard.fit(rows, taught, {name: DIRECTION[name] for name in names})

    def score(some: Any) -> Any:
        chance = np.clip(card.chance(some), 1e-9, 1 - 1e-9)
        return np.log(chance / (1 - chance))

    return score


def by_rule(rows: Any, taught: Any, names: Sequence[str]) -> Callable[[Any], Any]:
    """The one rule: what is counted is the score."""
    return lambda some: some[:, 0]


def crossed(one: Seen, names: Sequence[str], make: Make) -> Any:
    """The score of every example by a model made without its loan (all folds but the loan's own), in log odds."""
    rows = one.told.rows[:, [list(DIRECTION).index(name) for name in names]]
    score = np.zeros(len(rows))

    def of_fold(fold: int) -> None:
        learn, here = one.is_trained & (one.fold != fold), one.fold == fold
        if here.any():
            score[here] = make(rows[learn], one.taught[learn], names)(rows[here])

    model.in_pairs(of_fold, range(FOLDS))
    return score


def chances(one: Seen, score: Any) -> Any:
    """The chance of every tried example: one line (Platt) for all loans, of the training months alone, on scores by
    models that had not seen the loan. It leaves their order as it is."""
    line = LogisticRegression(C=1e6).fit(score[one.is_trained, None], one.bad[one.is_trained])
    return line.predict_proba(score[one.is_tried, None])[:, 1]


def tried(
    book: Book, told: Examples, target: Target, holidays: Any, tell: Tell, ways: Sequence[str] = WAYS, said: str = ""
) -> Tried:
    """Try each way on one target; the first is told by month too."""
    one = seen(book, told, target, holidays)
    bad, loan = one.bad[one.is_tried], one.told.loan[one.is_tried]
    make: dict[str, Callable[[], Any]] = {
        BOOSTED: lambda: chances(one, crossed(one, list(DIRECTION), by_trees)),
        CARD_WAY: lambda: chances(one, crossed(one, CARD, by_card)),
        APPLICATION: lambda: chances(one, crossed(one, STATIC, by_trees)),
        ONE_RULE: lambda: chances(one, crossed(one, (RULE,), by_rule)),
        CONSTANT: lambda: np.full(len(bad), one.bad[one.is_trained].mean()),
    }
    told_of = {}
    for done, way in enumerate(ways):
        tell(said or target.name, done, len(ways))
        told_of[way] = make[way]()
    tell(said or target.name, len(ways), len(ways))
    measured = [measure(way, chance, bad, loan) for way, chance in told_of.items()]
    first = told_of[ways[0]]
    in_order = one.told.behind[one.is_tried] < IN_ORDER
    if not in_order.all() and bad[in_order].any():
        measured.insert(1, measure(IN_ORDER_ONLY, first[in_order], bad[in_order], loan[in_order]))
    return Tried(
        target=target,
        windows=windows(book, target),
        trained=int(one.is_trained.sum()),
        trained_bad_loans=len(np.unique(one.told.loan[one.is_trained & (one.bad == 1)])),
        tried=len(bad),
        loans=len(np.unique(loan)),
        bad=int(bad.sum()),
        bad_loans=len(np.unique(loan[bad == 1])),
        measured=measured,
        by_month=by_month(book, one.told.seen[one.is_tried], first, bad),
    )


def by_month(book: Book, at: Any, chance: Any, bad: Any) -> list[Month]:
    """Each month tried by itself."""
    found = []
    for place in np.unique(at):
        here = at == place
        is_mixed = 0 < bad[here].sum() < here.sum()
        auc = float(roc_auc_score(bad[here], chance[here])) if is_mixed else None
        found.append(Month(book.called(int(place)), int(here.sum()), int(bad[here].sum()), auc))
    return found


def measure(way: str, chance: Any, bad: Any, loan: Any) -> Measured:
    """How well chances rank and how true they are."""
    return Measured(
        way,
        float(roc_auc_score(bad, chance)),
        *bounds(chance, bad, loan),
        recall(chance, bad),
        evaluate.calibration_error(chance, bad),
        evaluate.calibration_table(chance, bad),
    )


def recall(chance: Any, bad: Any) -> float:
    """The share of all bad that the fifth with the highest chances holds; of those alike at its edge, their part.

    >>> recall(np.array([0.1, 0.1, 0.1, 0.1, 0.1]), np.array([1, 0, 0, 1, 0]))
    0.2
    """
    top = -(-len(chance) // 5)
    edge = np.sort(chance)[-top]
    above, alike = chance > edge, chance == edge
    return float((bad[above].sum() + bad[alike].sum() * (top - above.sum()) / alike.sum()) / bad.sum())


def bounds(chance: Any, bad: Any, loan: Any) -> tuple[float, float]:
    """Between which AUCs 95% of draws lie, each a draw of as many loans, with all their months (seed 0)."""
    generator = np.random.default_rng(0)
    owner = np.unique(loan, return_inverse=True)[1]
    levels, rank = np.unique(chance, return_inverse=True)
    loans, found = int(owner.max()) + 1, []
    for _ in range(DRAWS):
        times = np.bincount(generator.integers(0, loans, loans), minlength=loans)[owner]
        good_at = np.bincount(rank, times * (1 - bad), len(levels))
        bad_at = np.bincount(rank, times * bad, len(levels))
        below = np.cumsum(good_at) - good_at / 2
        if bad_at.sum() and good_at.sum():
            found.append(float((bad_at * below).sum() / (bad_at.sum() * good_at.sum())))
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


class Trial(NamedTuple):
    """All that was tried: as the holidays say, or as the files stand where there are none; serious arrears without the
    holidays (None where there are none); and the share of loans owed in the last month that are seriously behind, in
    both ways."""

    targets: list[Tried]
    without: Tried | None
    serious: float
    serious_without: float


def run(*, book: Book, holidays: Any = None, tell: Tell) -> Trial:
    """Try both targets; where there are holidays, try serious arrears without them too."""
    arrears, charge_off = windows(book, ARREARS), windows(book, CHARGE_OFF)
    places = {*arrears.trained, *arrears.tried, *charge_off.trained, *charge_off.tried}
    tell("loans as they were seen", 0, 1)
    told = loan_examples.examples(book, places, holidays)
    tell("loans as they were seen", 1, 1)
    found = [
        tried(book, told, ARREARS, holidays, tell, said="serious arrears"),
        tried(book, told, CHARGE_OFF, holidays, tell, said="charge-off"),
    ]
    without = None
    if holidays is not None:
        naive = loan_examples.examples(book, [*arrears.trained, *arrears.tried])
        without = tried(book, naive, ARREARS, None, tell, (BOOSTED, ONE_RULE), "without the holidays")
    return Trial(found, without, serious(book, holidays), serious(book, None))


def serious(book: Book, holidays: Any) -> float:
    """The share of loans still owed in the last month that are seriously behind."""
    owed = book.alive[:, -1] & (book.closing[:, -1] > 0)
    return float((loan_months.behind(book, holidays)[owed, -1] >= SERIOUS).mean())
