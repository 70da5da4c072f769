"""Drawn terms and drawn histories of a line, and the ways to run them. Used by the kernel's laws."""

from itertools import permutations
from typing import NamedTuple

from drawn import seen
from hypothesis import strategies as st

from duecourse.kernel import accrual, evening, posting
from duecourse.kernel.account import WIDTH, Account, opened
from duecourse.kernel.days import Calendar, civil, day_number, next_cycle
from duecourse.kernel.evening import Night
from duecourse.kernel.posting import ADJUSTMENT, PAYMENT, PURCHASE, REFUND
from duecourse.kernel.terms import NEVER, LineTerms, Order

ORDERS = [Order(*parts) for parts in permutations((1, 2, 3, 4))]
FIRST = day_number(2023, 9, 1)
CALENDAR = Calendar(
    FIRST, tuple(int((day + 3) % 7 < 5 and civil(day).month != 10) for day in range(FIRST, FIRST + 1400))
)
"""Mondays to Fridays, and the whole of October closed: long holidays move a due day far."""


def flag() -> st.SearchStrategy[int]:
    return st.sampled_from((0, 1))


def terms() -> st.SearchStrategy[LineTerms]:
    """Terms over all of their choices."""
    return st.builds(
        LineTerms,
        rate_ppm=st.sampled_from((0, 1, 180_000, 239_900, 1_000_000)),
        late_rate_ppm=st.sampled_from((0, 180_000, 360_000, 1_000_000)),
        year_days=st.sampled_from((0, 360, 365)),
        cycle_day=st.integers(1, 31),
        due_after_days=st.sampled_from((1, 9, 20, 27, 40)),
        due_shift=st.sampled_from((0, 1, 2)),
        minimum_share_ppm=st.sampled_from((0, 10_000, 100_000, 333_333, 1_000_000)),
        minimum_floor_minor=st.sampled_from((0, 1, 2_500)),
        minimum_has_interest=flag(),
        minimum_has_fees=flag(),
        minimum_has_penalty=flag(),
        minimum_has_over_limit=flag(),
        tolerance_ppm=st.sampled_from((0, 50_000)),
        interest_from=flag(),
        interest_base=flag(),
        new_purchases=flag(),
        compound=flag(),
        past_due_whole=flag(),
        late_fee_minor=st.sampled_from((0, 700, 2_500)),
        late_fee_share_ppm=st.sampled_from((0, 0, 50_000, 1_000_000)),
        late_fee_floor_minor=st.sampled_from((0, 100)),
        late_fee_cap_minor=st.sampled_from((500, 10**9)),
        grace_days=st.sampled_from((0, 3, 45)),
        nonaccrual_days=st.sampled_from((1, 31, 90, NEVER)),
        first_day=flag(),
        oldest_first=flag(),
        refund_meets_minimum=flag(),
        order=st.sampled_from(ORDERS),
    )


class Event(NamedTuple):
    day: int
    kind: int
    amount: int


class History(NamedTuple):
    """Events in order, from the day after `start` through `end`."""

    start: int
    end: int
    limit: int
    events: tuple[Event, ...]


@st.composite
def histories(draw: st.DrawFn, start: int | None = None, length: int | None = None) -> History:
    """Purchases, refunds, adjustments and payments over some months, many of them close together."""
    begin = FIRST + draw(st.integers(0, 300)) if start is None else start
    span = draw(st.integers(60, 400)) if length is None else length
    kinds = st.sampled_from((PURCHASE, PURCHASE, PURCHASE, PAYMENT, PAYMENT, REFUND, ADJUSTMENT))
    amounts = st.one_of(st.integers(1, 300), st.integers(1, 200_000), st.sampled_from((5_000, 10_000)))
    drawn = draw(st.lists(st.tuples(st.integers(1, span), kinds, amounts), max_size=14))
    events = sorted(Event(begin + offset, kind, amount) for offset, kind, amount in drawn)
    seen("line", len(events), 0)
    return History(begin, begin + span, draw(st.sampled_from((20_000, 10**7))), tuple(events))


class Touch(NamedTuple):
    """A moment of a history: the account and its dues before and after an entry (night is None) or an evening."""

    before: Account
    dues_before: list[int]
    event: Event | None
    night: Night | None
    after: Account
    dues: list[int]


def run(agreed: LineTerms, history: History, *, jump: bool = False) -> list[Touch]:
    """Every touch of a history: evenings day by day, or only on the days when something happens."""
    account = opened(history.start, history.limit, next_cycle(history.start, agreed.cycle_day))
    return run_from(agreed, account, [], history.events, history.end, jump=jump)


def run_from(
    agreed: LineTerms,
    account: Account,
    open_dues: list[int],
    events: tuple[Event, ...],
    end: int,
    *,
    jump: bool = False,
) -> list[Touch]:
    """The same from an account on."""
    now, dues, coming, touches = account, list(open_dues), list(events), list[Touch]()
    while now.day < end:
        count = len(dues) // WIDTH
        close_on = evening.next_event(now, dues, 0, count, agreed) if jump else now.day + 1
        before, dues_before = now, list(dues)
        if coming and coming[0].day <= close_on:
            event = coming.pop(0)
            now = accrual.grow(now, dues, 0, count, agreed, event.day - 1)
            before = now
            posted = posting.post(now, dues, 0, count, agreed, event.kind, event.amount, event.day)
            now, dues = posted.account, dues[: posted.open_dues * WIDTH]
            touches.append(Touch(before, dues_before, event, None, now, list(dues)))
            continue
        if close_on > end:
            now = accrual.grow(now, dues, 0, count, agreed, end)
            touches.append(Touch(before, dues_before, None, None, now, list(dues)))
            break
        dues += [0] * WIDTH
        closed = evening.evening(now, dues, 0, count, agreed, CALENDAR, close_on)
        now, dues = closed.account, dues[: closed.open_dues * WIDTH]
        touches.append(Touch(before, dues_before, None, closed.night, now, list(dues)))
    return touches
