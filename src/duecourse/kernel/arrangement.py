"""Whether a plan of dated amounts is kept: by what came in, day by day, with the tolerance that was agreed.

Pure: everything follows from the amounts, what came in by day, and what a person decided. Looked at again with a
payment that was recorded late, it tells what the right order would have told.
"""

from collections.abc import Collection, Sequence
from itertools import accumulate
from typing import NamedTuple

AGREED, BROKEN, CURED, FULFILLED, ENDED = 0, 1, 2, 3, 4
"""How an arrangement stands. It stands while it is agreed or cured."""


class Amount(NamedTuple):
    """What is to be paid by a day, in minor units."""

    due_on: int
    amount: int


class Tolerance(NamedTuple):
    """So many days after its own may an amount come, so much may be missing of all asked until then; so many days after
    it was broken does money that makes up for all that is missing cure an arrangement."""

    days: int = 0
    minor: int = 0
    cure_days: int = 0


class Receipt(NamedTuple):
    """What came in on a day: below zero where more was taken back."""

    day: int
    amount: int


class Turn(NamedTuple):
    """An arrangement stands otherwise from a day on. `short`: what was missing by then of what had been asked."""

    state: int
    day: int
    short: int = 0


def stands(state: int) -> bool:
    """Whether an arrangement in this state holds."""
    return state in (AGREED, CURED)


def turns(
    amounts: Sequence[Amount],
    tolerance: Tolerance,
    receipts: Sequence[Receipt],
    through: int,
    *,
    cured_on: Collection[int] = (),
    ended_on: int = 0,
) -> list[Turn]:
    """The turns of an arrangement up to the close of the day `through`, in order of their days.

    An amount is met if by the last day that the tolerance leaves it as much came in as all amounts up to it ask, less
    what may be missing. With all of it in, on whatever day, the arrangement is fulfilled. Broken, it is cured within
    the window once nothing that has been asked is missing; or by a person (`cured_on`): then what was missed is asked
    again with the next amount. `ended_on` (0: it is not): the day on which a person ended it.

    >>> plan = [Amount(10, 500), Amount(40, 500)]
    >>> turns(plan, Tolerance(days=3), [Receipt(13, 500), Receipt(41, 500)], 60)
    [Turn(state=3, day=41, short=0)]
    >>> turns(plan, Tolerance(cure_days=5), [Receipt(12, 500)], 39)
    [Turn(state=1, day=10, short=500), Turn(state=2, day=12, short=0)]
    """
    asked = list(accumulate(one.amount for one in amounts))
    judged = [one.due_on + tolerance.days for one in amounts]
    came: dict[int, int] = {}
    for day, amount in receipts:
        came[day] = came.get(day, 0) + amount
    found: list[Turn] = []
    state, since, came_in, excused = AGREED, 0, 0, 0
    for day in sorted({*came, *judged, *cured_on, *([ended_on] if ended_on else [])}):
        if day > through:
            break
        came_in += came.get(day, 0)
        reached = sum(last <= day for last in judged)
        need = asked[reached - 1] if reached > excused else 0
        short = max(0, need - tolerance.minor - came_in)
        if state == BROKEN:
            if day in cured_on:
                excused, short = reached, 0
            if day in cured_on or (not short and day <= since + tolerance.cure_days):
                state = turn(found, CURED, day)
        elif short:
            state, since = turn(found, BROKEN, day, short), day
        if stands(state) and came_in >= asked[-1] - tolerance.minor:
            state = turn(found, FULFILLED, day)
        elif state == FULFILLED and came_in < asked[-1] - tolerance.minor:
            state = turn(found, AGREED, day)
        if day == ended_on and state != FULFILLED:
            turn(found, ENDED, day)
            break
    return found


def turn(found: list[Turn], state: int, day: int, short: int = 0) -> int:
    """Note a turn; answers the new state."""
    found.append(Turn(state, day, short))
    return state
