"""How late a loan is: from its oldest due not met, with grace and pauses, as a whole and by installment."""

from collections.abc import Sequence
from typing import NamedTuple

from .loan_dues import Due

WITHIN, WHOLE = 0, 1
"""Which days of a pause are taken off: those on which the due was late, or all of them whatever the due."""


class Pause(NamedTuple):
    """Days on which lateness does not grow: from `start` on until `stop`."""

    start: int
    stop: int


class Standing(NamedTuple):
    """How late something is on a day: since when (0: it is not), the days past due, those that count, the amount past
    due. `since` is the oldest due day, or the day of a chargeback that has not been met."""

    since: int
    past_due_days: int
    counted_days: int
    amount: int


def resumed(pauses: Sequence[Pause], day: int) -> list[Pause]:
    """Pauses when lateness grows again from a day: the one that runs then ends.

    >>> resumed([Pause(10, 30)], 20)
    [Pause(start=10, stop=20)]
    """
    return [pause._replace(stop=day) if pause.start <= day <= pause.stop else pause for pause in pauses]


def paused_days(pauses: Sequence[Pause], since: int, day: int, taken: int) -> int:
    """The days of pauses before a day, from `since` on or all.

    >>> paused_days([Pause(10, 30)], 15, 40, WITHIN), paused_days([Pause(10, 30)], 15, 40, WHOLE)
    (15, 20)
    """
    first = since if taken == WITHIN else 0
    return sum(max(min(pause.stop, day) - max(pause.start, first), 0) for pause in pauses if pause.start < day)


def is_paused(pauses: Sequence[Pause], day: int) -> bool:
    """Whether a pause runs on a day; its first and last day belong to it."""
    return any(pause.start <= day <= pause.stop for pause in pauses)


def unmet_since(due: Due) -> int:
    """The day from which a due that is not met is late: its due day, or that of the first chargeback in it that what
    was paid on the due does not cover."""
    rest = sum(due.paid)
    for day, amount in due.credits:
        rest -= amount
        if rest < 0:
            return min(day, due.due_on)
    return due.due_on


def of_due(due: Due, day: int, grace: int, pauses: Sequence[Pause], taken: int, first_day: int = 0) -> Standing:
    """How late one due is on a day. `first_day` is 1 where the due day itself is the first day past due."""
    since = unmet_since(due) if due.left else 0
    late = since != 0 and since < day + first_day
    if not late:
        return Standing(0, 0, 0, 0)
    days = day - since + first_day
    counted = days - grace
    if counted > 0:
        counted -= paused_days(pauses, since, day, taken)
    amount = due.left if due.due_on < day + first_day else min(due.left, sum(amount for _, amount in due.credits))
    return Standing(since, days, max(counted, 0), amount)


def of_loan(
    dues: Sequence[Due], day: int, grace: int, pauses: Sequence[Pause] = (), taken: int = WITHIN, first_day: int = 0
) -> Standing:
    """How late a loan is on a day: by its oldest due not met, with the amount of all that is past due.

    >>> of_loan([Due(0, 70, 100, 5_000, 200), Due(0, 100, 130, 5_000, 0)], 110, 3)
    Standing(since=100, past_due_days=10, counted_days=7, amount=5200)
    """
    found = [each for each in (of_due(due, day, grace, pauses, taken, first_day) for due in dues) if each.since]
    if not found:
        return Standing(0, 0, 0, 0)
    return found[0]._replace(amount=sum(each.amount for each in found))
