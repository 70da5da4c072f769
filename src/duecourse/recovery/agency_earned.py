"""What an agency earns of what came in, entry by entry: the window that a payment lies in, and its rate. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

PPM = 10**6


class Window(NamedTuple):
    """An account with an agency: from a day until the day of a recall (None: it still is), the days after it that earn.

    commission_ppm: of what counts from within.
    """

    agency: int
    placed_account: int
    since: date
    until: date | None
    tail_days: int
    commission_ppm: int

    def holds(self, day: date) -> bool:
        """Whether the agency had the account on a day."""
        return self.since <= day and (self.until is None or day < self.until)

    def trails(self, day: date) -> bool:
        """Whether a day lies in the tail after the recall of a placement that began."""
        if self.until is None or self.until <= self.since:
            return False
        return self.until <= day < self.until + timedelta(days=self.tail_days)


class Received(NamedTuple):
    """Money that came in on an account (below zero: that was taken back), and the day from which it counts.

    What takes a payment back counts from the day of the payment, so that it takes its commission back. refund: of a
    credit balance that was refunded, and of what undid that, the entry of the refund.
    """

    entry: int
    account: int
    currency: str
    amount_minor: int
    counted_on: date
    by_agency: bool
    booked_on: date
    refund: int | None = None


class Earned(NamedTuple):
    """What one entry earns: in millionths of a minor unit, exactly."""

    received: Received
    window: Window

    @property
    def micro(self) -> int:
        """The amount times the rate."""
        return self.received.amount_minor * self.window.commission_ppm


def window_of(windows: Iterable[Window], day: date) -> Window | None:
    """The window of an account that a payment of a day earns in: of who has it, else of who had it last, in its tail.

    >>> one = Window(1, 1, date(2026, 1, 1), date(2026, 2, 1), 10, 100_000)
    >>> other = one._replace(agency=2, since=date(2026, 2, 5), until=None)
    >>> [found and found.agency for found in (window_of([one, other], date(2026, 2, d)) for d in (1, 4, 5))]
    [1, 1, 2]
    """
    told = list(windows)
    holding = [one for one in told if one.holds(day)]
    assert len(holding) <= 1, "agencies: an account was with two at once"
    trailing = sorted((one for one in told if one.trails(day)), key=lambda one: (one.until or day, one.since))
    return next(iter([*holding, *trailing[-1:]]), None)


Came = tuple[date, bool]
"""When a payment counts from, and whether it came through the agency."""


def given_back(received: Iterable[Received]) -> Iterator[Received]:
    """Entries in their order, with each refund as the parts of the payments that it gives back, the newest first.

    A part counts from the day of its payments, so that it takes their commission back; what undoes the refund gives the
    same parts again. A payment that bounces after it was refunded takes its commission back once: the refund then is of
    other payments, and of none where none is left. An entry has one part of payments of one day that came in one way.

    >>> day = date(2026, 1, 1)
    >>> paid = Received(1, 7, "CNY", 500, day, False, day)
    >>> later = paid._replace(entry=2, amount_minor=300, counted_on=date(2026, 2, 1))
    >>> back = paid._replace(entry=3, amount_minor=-400, counted_on=date(2026, 3, 1), refund=3)
    >>> bounced = later._replace(entry=4, amount_minor=-300)
    >>> [(one.entry, one.amount_minor, one.counted_on.month) for one in given_back([paid, later, back, bounced])][2:]
    [(3, -300, 2), (3, -100, 1), (4, -300, 1)]
    """
    paid: dict[int, Counter[Came]] = defaultdict(Counter)
    refunds: dict[int, dict[int, tuple[date, int]]] = defaultdict(dict)
    before: dict[int, Counter[Came]] = defaultdict(Counter)
    for one in received:
        moved: Counter[Came] = Counter()
        if one.refund is None:
            moved[one.counted_on, one.by_agency] = one.amount_minor
            paid[one.account].update(moved)
        elif one.entry == one.refund:
            refunds[one.account][one.refund] = (one.counted_on, -one.amount_minor)
        else:
            refunds[one.account].pop(one.refund, None)
        now = shared_out(paid[one.account], refunds[one.account].values())
        moved.update(before[one.account])
        moved.subtract(now)
        before[one.account] = now
        for came in sorted(moved, reverse=True):
            if moved[came]:
                yield one._replace(amount_minor=moved[came], counted_on=came[0], by_agency=came[1])


def shared_out(paid: Mapping[Came, int], refunds: Iterable[tuple[date, int]]) -> Counter[Came]:
    """How much of each payment refunds give back, in their order: of what was paid by their day, the newest first."""
    given: Counter[Came] = Counter()
    for through, amount in refunds:
        for came in sorted(paid, reverse=True):
            part = min(amount, paid[came] - given[came])
            if came[0] <= through and part > 0:
                amount -= part
                given[came] += part
    return given


def earned(received: Iterable[Received], windows: Mapping[int, Iterable[Window]]) -> list[Earned]:
    """What each of these entries earns, those that earn nothing for anybody left out. `windows`: by account."""
    parts = given_back(received)
    found = ((one, window_of(windows.get(one.account, ()), one.counted_on)) for one in parts)
    return [Earned(one, window) for one, window in found if window is not None]


def split(exact_micro: int, brought_micro: int) -> tuple[int, int]:
    """Whole minor units, and the rest that goes on: nothing is lost, and what is taken back is taken whole.

    >>> split(-1, 0)
    (-1, 999999)
    """
    commission, carried = divmod(brought_micro + exact_micro, PPM)
    assert commission * PPM + carried == brought_micro + exact_micro, "agencies: a remainder was lost"
    return commission, carried
