"""Lives of loans kept in memory, so that acts that come in order need not live all the past again.

A life is a pure function of terms, beginning and events. What is kept is used only where all three are what was lived:
the acts are read from the database each time, and a life that they do not begin with is lived from its beginning.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple

from duecourse.kernel import loan_events
from duecourse.kernel.loan_events import Event
from duecourse.kernel.loan_terms import LoanTerms

from .loan_life import Begun, Lived, Reached, beginning, close, reach

MOST = 256
"""So many lives are kept, those that were asked for last."""


class Kept(NamedTuple):
    """A life as far as it has been lived, with what it was lived from."""

    terms: LoanTerms
    begun: Begun
    reached: Reached


_kept: OrderedDict[int, Kept] = OrderedDict()
_lock = Lock()


def live(account: int, terms: LoanTerms, begun: Begun, events: Iterable[Event], through: int) -> Lived:
    """What `loan_life.live` gives, from where the life of this account was left if its events only went on since."""
    log = sorted(events, key=lambda event: event.seq)
    passing = loan_events.in_order(log)
    since = of(account, Kept(terms, begun, beginning(terms, begun)), passing)
    reached = reach(since.reached, log, passing)
    lived = close(reached, log, through)
    with _lock:
        _kept[account] = since._replace(reached=reached)
        _kept.move_to_end(account)
        if len(_kept) > MOST:
            _kept.popitem(last=False)
    return lived


def of(account: int, fresh: Kept, passing: list[loan_events.Placed]) -> Kept:
    """The life kept of an account where these events begin with those that it has passed; else the fresh one."""
    with _lock:
        kept = _kept.get(account, fresh)
    passed = kept.reached.passed
    is_same = (kept.terms, kept.begun) == (fresh.terms, fresh.begun) and passing[: len(passed)] == passed
    return kept if is_same else fresh
