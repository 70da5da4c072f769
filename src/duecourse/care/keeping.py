"""Whether promises are kept, by what came in. Pure: the same money tells the same, in whatever order it was told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

OPEN, KEPT, PARTLY_KEPT, BROKEN, WITHDRAWN = "open", "kept", "partly_kept", "broken", "withdrawn"


class Promised(NamedTuple):
    """A promise as it is judged; account None: of all accounts of the person. Minor units."""

    id: int
    account: int | None
    made_on: date
    last_on: date
    amount: int
    before: Mapping[int, int] = {}


class Came(NamedTuple):
    """What came in on an account on a day; below zero where more was taken back. Minor units."""

    day: date
    account: int
    amount: int


class Verdict(NamedTuple):
    """What a promise is by the close of a day: since when, and what of it came in."""

    state: str
    on: date
    paid: int


def judged(promises: Sequence[Promised], came: Iterable[Came], through: date) -> dict[int, Verdict]:
    """What each of a person's promises is at the close of the day `through`.

    A day's money goes to the promise that ends first, what is left to the next: no unit counts twice. A promise is kept
    on the day on which all of it is in; after its last day it is partly kept or broken.

    >>> day = date(2026, 3, 1)
    >>> judged([Promised(1, None, day, date(2026, 3, 8), 500)], [Came(date(2026, 3, 7), 9, 200)], date(2026, 3, 8))
    {1: Verdict(state='partly_kept', on=datetime.date(2026, 3, 8), paid=200)}
    """
    paid = {one.id: 0 for one in promises}
    kept: dict[int, date] = {}
    in_order = sorted(promises, key=lambda one: (one.last_on, one.id))
    for day, account, amount in standing(one for one in came if one.day <= through):
        left = amount
        for one in in_order:
            if one.account not in (None, account) or not one.made_on <= day <= one.last_on:
                continue
            since = amount - one.before.get(account, 0) if day == one.made_on else left
            part = max(0, min(left, since, one.amount - paid[one.id]))
            left -= part
            paid[one.id] += part
            if part and paid[one.id] == one.amount:
                kept[one.id] = day
    return {one.id: verdict(one, paid[one.id], kept.get(one.id), through) for one in promises}


def verdict(one: Promised, paid: int, kept_on: date | None, through: date) -> Verdict:
    """What a promise is, given what of it came in."""
    if kept_on is not None:
        return Verdict(KEPT, kept_on, paid)
    if through < one.last_on:
        return Verdict(OPEN, one.made_on, paid)
    return Verdict(PARTLY_KEPT if paid else BROKEN, one.last_on, paid)


def standing(came: Iterable[Came]) -> list[Came]:
    """What came in and stayed, by day and account: what is taken back takes the newest money of its account away."""
    sums: dict[tuple[date, int], int] = {}
    for one in came:
        sums[one.day, one.account] = sums.get((one.day, one.account), 0) + one.amount
    stayed: dict[int, list[Came]] = {}
    for (day, account), amount in sorted(sums.items()):
        held = stayed.setdefault(account, [])
        while amount < 0 and held:
            last = held.pop()
            amount += last.amount
            if amount > 0:
                held.append(last._replace(amount=amount))
                amount = 0
        if amount > 0:
            held.append(Came(day, account, amount))
    return sorted(one for held in stayed.values() for one in held)
