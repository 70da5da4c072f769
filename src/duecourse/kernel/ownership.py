"""Who owns a loan when: a sale and a buyback, each asked for first and settled when its day has been closed."""

from collections.abc import Sequence
from typing import NamedTuple

SALE, BUYBACK = 0, 1
EVER = 2_932_896
"""The last day of the year 9999: no end is known."""


class Owning(NamedTuple):
    """One line of the history of a loan's owners: a sale or buyback, its settlement day, and from when to when it
    stands as it is. A sale stands as asked for until it is settled, and from the day after as settled."""

    kind: int
    settles_on: int
    since: int
    until: int
    settled: int


def asked(history: Sequence[Owning], kind: int, day: int, settles_on: int) -> list[Owning]:
    """The history when a sale or buyback is asked for.

    >>> asked([], SALE, 100, 120)
    [Owning(kind=0, settles_on=120, since=100, until=2932896, settled=0)]
    """
    return [*history, Owning(kind, settles_on, day, EVER, 0)]


def closed(history: Sequence[Owning], through: int) -> list[Owning]:
    """The history when all days through one have been closed: what settles on them has been settled."""
    made = list(history)
    for line in history:
        if line.settled or line.until != EVER or line.settles_on > through:
            continue
        if line.kind == BUYBACK:
            made = [each._replace(until=line.settles_on) if each.until == EVER else each for each in made]
        else:
            made = [each._replace(until=line.settles_on) if each == line else each for each in made]
            made.append(Owning(SALE, line.settles_on, line.settles_on + 1, EVER, 1))
    return made


def is_sold(history: Sequence[Owning], day: int) -> bool:
    """Whether another than the lender owns the loan on a day."""
    return any(line.settled and line.kind == SALE and line.since <= day <= line.until for line in history)
