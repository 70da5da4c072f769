"""Stories: a line's life as text, run through the kernel. The shape is told by the stories themselves.

The first line that is no comment gives the terms. Each line after it is a day, what happens on it (`buys 800.00`,
`pays 80.00`, `is refunded 20.00`, `is credited 5.00`) and, after an arrow, what is seen at its close. What happens on
one line happens in the order written; days between lines are closed one by one.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from duecourse.kernel import ageing, evening, posting
from duecourse.kernel.account import WIDTH, Account, available, due_left, opened, owed_total, principal_total
from duecourse.kernel.accrual import grow
from duecourse.kernel.ageing import AgeRules
from duecourse.kernel.days import FOLLOWING, Calendar, next_cycle
from duecourse.kernel.evening import Night
from duecourse.kernel.terms import FEES_FIRST, LOSE_WINDOW, PLAIN_LINE, PRINCIPAL_FIRST, PURCHASE_DAY, WHOLE_STATEMENT

EPOCH = date(1970, 1, 1)
MONEY, NUMBER, DAY = r"(-?[\d,]+\.\d\d)", r"(\d+)", r"(\d{4}-\d\d-\d\d)"
WEEKDAYS = Calendar(0, tuple(int((day + 3) % 7 < 5) for day in range(30_000)))
AGES = AgeRules(30, 90, 0, 90, 120, 360)
BUCKETS = ("current", "1-30", "31-60", "61-90", "91-120", "121-150", "151-180", "over 180")
CLASSES = ("", "normal", "special mention", "substandard", "doubtful", "loss")
DOES = {
    "buys": posting.PURCHASE,
    "is refunded": posting.REFUND,
    "is credited": posting.ADJUSTMENT,
    "pays": posting.PAYMENT,
}


def minor(text: str) -> int:
    """An amount as it is written, in minor units.

    >>> minor("-1,234.50")
    -123450
    """
    return int(text.replace(",", "").replace(".", ""))


def said(amount: int) -> str:
    """An amount in minor units as it is written.

    >>> said(-5)
    '-0.05'
    """
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100:,}.{abs(amount) % 100:02d}"


def ppm(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 10_000 + int(part.ljust(4, "0") or 0)


def day_of(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def on(day: int) -> str:
    return date.fromordinal(day + EPOCH.toordinal()).isoformat()


PERCENT = r"([\d.]+)%"
TERMS: list[tuple[str, Callable[..., dict[str, Any]]]] = [
    (rf"late {PERCENT}", lambda rate: {"late_rate_ppm": ppm(rate)}),
    (rf"statement on the {NUMBER}(?:st|nd|rd|th)", lambda day: {"cycle_day": int(day)}),
    (rf"due {NUMBER} days later", lambda days: {"due_after_days": int(days)}),
    (rf"minimum {PERCENT}", lambda share: {"minimum_share_ppm": ppm(share)}),
    (rf"at least {MONEY}", lambda floor: {"minimum_floor_minor": minor(floor)}),
    (rf"met within {PERCENT}", lambda share: {"tolerance_ppm": ppm(share)}),
    (rf"late fee {MONEY}", lambda fee: {"late_fee_minor": minor(fee)}),
    (
        rf"late fee {PERCENT} of the unmet minimum between {MONEY} and {MONEY}",
        lambda share, floor, cap: {
            "late_fee_share_ppm": ppm(share), "late_fee_floor_minor": minor(floor), "late_fee_cap_minor": minor(cap),
        },
    ),
    (rf"{NUMBER} days of grace", lambda days: {"grace_days": int(days)}),
    (rf"no income from {NUMBER} days past due", lambda days: {"nonaccrual_days": int(days)}),
    (rf"{NUMBER} days a year", lambda days: {"year_days": int(days)}),
    ("actual days a year", lambda: {"year_days": 0}),
    ("moved to the next business day", lambda: {"due_shift": FOLLOWING}),
    ("interest from the purchase day", lambda: {"interest_from": PURCHASE_DAY}),
    ("interest on the whole statement", lambda: {"interest_base": WHOLE_STATEMENT}),
    ("new purchases lose the window", lambda: {"new_purchases": LOSE_WINDOW}),
    ("interest on interest", lambda: {"compound": 1}),
    ("the whole statement past due", lambda: {"past_due_whole": 1}),
    ("the due day counts", lambda: {"first_day": 1}),
    ("refunds meet the minimum", lambda: {"refund_meets_minimum": 1}),
    ("principal first", lambda: {"order": PRINCIPAL_FIRST}),
    ("fees first", lambda: {"order": FEES_FIRST}),
    ("component first", lambda: {"oldest_first": 0}),
]  # fmt: skip


class Story:
    """One line, its terms and how far it has been closed."""

    def __init__(self, header: str) -> None:
        parts = re.split(r", (?!\d{3})", header)
        first = re.fullmatch(rf"line {MONEY} at {PERCENT} from {DAY}", parts[0])
        assert first, f"a story begins with 'line <limit> at <rate>% from <day>', not with {parts[0]!r}"
        changed: dict[str, Any] = {"rate_ppm": ppm(first[2]), "late_rate_ppm": ppm(first[2])}
        for part in parts[1:]:
            found = [tell(*match.groups()) for shape, tell in TERMS if (match := re.fullmatch(shape, part.strip()))]
            assert len(found) == 1, f"what is meant by {part!r}?"
            changed |= found[0]
        self.terms = PLAIN_LINE._replace(**changed)
        start = day_of(first[3]) - 1
        self.account: Account = opened(start, minor(first[1]), next_cycle(start, self.terms.cycle_day))
        self.dues: list[int] = []
        self.night: Night | None = None
        self.charged = {"interest": 0, "late interest": 0, "fee": 0}

    @property
    def count(self) -> int:
        return len(self.dues) // WIDTH

    def close(self, day: int) -> None:
        self.dues += [0] * WIDTH
        closed = evening.evening(self.account, self.dues, 0, self.count - 1, self.terms, WEEKDAYS, day)
        self.account, self.night = closed.account, closed.night
        self.dues = self.dues[: closed.open_dues * WIDTH]
        self.charged["interest"] += closed.night.interest
        self.charged["late interest"] += closed.night.penalty
        self.charged["fee"] += closed.night.fee

    def live(self, day: int, does: str) -> None:
        """Close the days before, and do what a line says."""
        while self.account.day < day - 1:
            self.close(self.account.day + 1)
        for act in filter(None, re.split(r", (?!\d{3})", does)):
            match = re.fullmatch(rf"(buys|pays|is refunded|is credited) {MONEY}", act.strip())
            assert match, f"what happens in {act!r}?"
            self.account = grow(self.account, self.dues, 0, self.count, self.terms, day - 1)
            posted = posting.post(
                self.account, self.dues, 0, self.count, self.terms, DOES[match[1]], minor(match[2]), day
            )
            self.account, self.dues = posted.account, self.dues[: posted.open_dues * WIDTH]
        self.close(day)

    def sees(self) -> Iterator[tuple[str, str]]:
        """Everything that may be said of the account at the close of its day, as name and value."""
        account, owed, night = self.account, self.account.owed, self.night
        assert night is not None
        if night.statement:
            yield "statement", said(night.balance)
            yield "minimum", said(night.minimum)
            yield "due", on(night.due_on) if night.due_on else "never"
        oldest = ageing.oldest_due(self.dues, 0, self.count)
        late = ageing.days_past_due(oldest, account.day, self.terms.first_day)
        missed = [at for at in range(0, len(self.dues), WIDTH) if self.dues[at] <= account.day]
        yield "past due", str(late)
        yield "overdue", said(sum(due_left(self.dues, at) for at in missed))
        yield "bucket", BUCKETS[ageing.bucket(late)]
        yield "stage", str(ageing.stage(late, AGES))
        yield "class", CLASSES[ageing.risk_class(late, AGES)]
        yield "owes", said(owed_total(account))
        yield "principal", said(principal_total(account.principal))
        yield "fees", said(owed.fee)
        yield "credit balance", said(account.credit)
        yield "available", said(available(account))
        yield "accrued", said(account.accrued.interest)
        yield "late accrued", said(account.accrued.penalty)
        yield "suspended income", said(account.suspended)
        yield "charged interest", said(night.interest)
        yield "charged late interest", said(night.penalty)
        yield "late fee", said(night.fee)
        yield "interest so far", said(self.charged["interest"] + self.charged["late interest"])
        yield "late fees so far", said(self.charged["fee"])
        # What holds on the day after, when the next purchase is asked for.
        stopped = ageing.is_suspended(oldest, account.day + 1, self.terms.grace_days)
        yield "purchases", "suspended" if stopped else "allowed"


STORIES = sorted(Path(__file__).parent.glob("*.story"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path) -> None:
    lines = [(n, line.split("#")[0].strip()) for n, line in enumerate(path.read_text().splitlines(), 1)]
    (_, header), *rest = [(n, line) for n, line in lines if line]
    while rest and not re.match(DAY, rest[0][1]):
        header += " " + rest.pop(0)[1]
    story = Story(header)
    for number, line in rest:
        told, _, seen = line.partition("→")
        match = re.fullmatch(rf"{DAY}(.*)", told.strip())
        assert match, f"{path.name}:{number}: a line begins with a day"
        story.live(day_of(match[1]), match[2].strip())
        facts = dict(story.sees())
        for part in re.split(r", (?!\d{3})", seen.strip()) if seen else []:
            name = max((name for name in facts if part.startswith(name + " ")), key=len, default=None)
            assert name, f"{path.name}:{number}: nothing is called {part!r} on {match[1]}"
            assert f"{name} {facts[name]}" == part, f"{path.name}:{number}: {name} is {facts[name]}, not {part!r}"


def test_there_are_stories() -> None:
    assert len(STORIES) >= 10
