"""A strategy tried on the past: who would have been treated how on each sealed day, how often, at what cost.

It sees what was known on each day, and its own moves of the days before. It does not see what its treatments would have
changed: people do in the trial what they did. So it tells work and cost, and nothing of what would have come in.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from duecourse.book import read
from duecourse.ledger.journal import Refused
from duecourse.rules import recovery_terms

from . import facts, path, strategy
from .cases import is_over
from .path import CHAMPION, CLOSED, At
from .strategy import Strategy


class NoDays(Refused):
    """No day of the stretch is sealed."""

    code = "no_days_to_try"


class Tried(NamedTuple):
    """What a strategy would have done: treatments by stage and kind, cost by currency, persons, days, most on a day.

    through: the last day that was tried.
    """

    treatments: Counter[tuple[str, str]]
    cost_minor: Counter[str]
    persons: int
    days: int
    most_on_a_day: int
    most_for_a_person: int
    stages_at_end: Counter[str]
    through: date


def days_between(first: date, last: date) -> list[date]:
    """The sealed days of a stretch; the last must be sealed."""
    read.require_sealed(last)
    return [day for day in read.sealed_days() if first <= day <= last]


def tried(
    candidates: dict[str, Strategy],
    *,
    first: date,
    last: date,
    progress: Callable[[int, int], None] | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> dict[str, Tried]:
    """Try strategies on the same days, each going its own way from a book without cases.

    enough: asked after each day; where it says so, the days after are left out.
    """
    days = days_between(first, last)
    if not days:
        raise NoDays(f"no day is sealed from {first} to {last}")
    at: dict[str, dict[int, At]] = {name: {} for name in candidates}
    count: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in candidates}
    cost: dict[str, Counter[str]] = {name: Counter() for name in candidates}
    of_person: dict[str, Counter[int]] = {name: Counter() for name in candidates}
    busiest = dict.fromkeys(candidates, 0)
    terms = recovery_terms.treatments(on=last)
    for done, day in enumerate(days, 1):
        also = sorted({person for one in at.values() for person, told in one.items() if told.stage != CLOSED})
        people = facts.of_day(day, also=also)
        for name, candidate in candidates.items():
            on_day = 0
            for one, moved in moves(candidate, people, at[name], day):
                at[name][one.person] = path.after(at[name].get(one.person), moved, day)
                if moved.treatment != "nothing":
                    on_day += 1
                    count[name][moved.stage, moved.treatment] += 1
                    cost[name][one.currency] += terms.cost_minor.get(moved.treatment, 0)
                    of_person[name][one.person] += 1
            busiest[name] = max(busiest[name], on_day)
        if progress:
            progress(done, len(days))
        if enough():
            break
    return {
        name: Tried(
            count[name],
            cost[name],
            len(at[name]),
            done,
            busiest[name],
            max(of_person[name].values(), default=0),
            Counter(told.stage for told in at[name].values() if told.stage != CLOSED),
            day,
        )
        for name in candidates
    }


def moves(
    candidate: Strategy, people: list[facts.Facts], at: dict[int, At], day: date
) -> Iterator[tuple[facts.Facts, path.Move]]:
    """What a strategy moves on a day, as champion of everybody."""
    seen = [{**one.told, **path.seen(at.get(one.person), day)} for one in people]
    for one, said in zip(people, strategy.decide(candidate, seen), strict=True):
        moved = path.move(at.get(one.person), said, day, CHAMPION, is_over=is_over(one))
        if moved is not None:
            yield one, moved
