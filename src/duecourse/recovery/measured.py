"""What an experiment of strategies came to: each arm's persons, how many are still past due later, contacts and cost.

Counted are all whom the experiment could reach, treated or not (intention to treat): whoever is past due on a sealed
day while it decides, from the first such day on, in the arm that their hash gives on that day. No arm chooses its own.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from django.db import connection

from duecourse.book import read, stretches
from duecourse.ledger.journal import Refused
from duecourse.risk.uplift import Group, Uplift, difference
from duecourse.rules import recovery_terms
from duecourse.rules.read import day_number, to_date
from duecourse.servicing.tables import Account

from . import path, strategies
from .case_tables import StrategyState
from .path import CHALLENGER, CHAMPION, CONTROL

AFTER = (30, 90)
"""So many days after somebody came into it, it is looked whether they are still past due."""
ARMS = (CHAMPION, CHALLENGER, CONTROL)


class NoExperiment(Refused):
    """No strategy decided under this name by the day, or no day was sealed since."""

    code = "no_such_experiment"


class Arm(NamedTuple):
    """One arm. late: by AFTER, those of whom it is known by now (listed) and those still past due (missed); None: of
    nobody yet. effect: by AFTER, the share past due in the control group less that here, with its 95% interval.

    contacts: treatments that were done; cost_minor: what they are taken to cost; complaints: of its persons since.
    """

    name: str
    persons: int
    late: tuple[Group | None, ...]
    effect: tuple[Uplift | None, ...]
    contacts: int
    cost_minor: int
    complaints: int


class Measured(NamedTuple):
    """An experiment from a day through another, its arms, and whether the costs are the house's own."""

    experiment: str
    since: date
    through: date
    arms: tuple[Arm, ...]
    is_verified: bool


class Entry(NamedTuple):
    """Somebody who came into the experiment on a day."""

    person: int
    on: int
    arm: str


def measure(*, on: date, experiment: str = "") -> Measured:
    """What an experiment came to by a sealed day; the one that decides on the day, if none is named."""
    read.require_sealed(on)
    name = experiment or strategies.live(on=on).experiment
    days = days_of(name, on)
    if not days:
        raise NoExperiment(f"no strategy decided under {name!r} by {on}")
    late = lateness(days[0], on)
    entries = came_in(days, late)
    last = day_number(on)
    terms = recovery_terms.treatments(on=on)
    found = []
    for arm in ARMS:
        own = [one for one in entries if one.arm == arm]
        groups = tuple(still_late([one for one in own if one.on + after <= last], late, after) for after in AFTER)
        done = treated(own, on)
        cost = sum(terms.cost_minor.get(treatment, 0) * count for treatment, count in done.items())
        found.append(Arm(arm, len(own), groups, (), sum(done.values()), cost, complaints(own, on)))
    control = found[-1].late
    arms = tuple(one._replace(effect=effects(one, control)) for one in found if one.persons)
    return Measured(name, days[0], on, arms, terms.verified)


def days_of(name: str, on: date) -> list[date]:
    """The sealed days through a day on which strategies decided under a name."""
    changes = sorted(set(StrategyState.objects.filter(on__lte=on).values_list("on", flat=True)))
    found: list[date] = []
    for since, until in zip(changes, [*changes[1:], on + timedelta(days=1)], strict=True):
        if strategies.is_live(on=since) and strategies.live(on=since).experiment == name:
            found += [day for day in read.sealed_days() if since <= day < until and day <= on]
    return found


def lateness(since: date, through: date) -> dict[int, list[tuple[int, int]]]:
    """By person, the stretches of days (numbers, both ends in) on which one of their accounts was past due."""
    told = stretches.of(since=since, through=through)
    told = told.filter(np.asarray(stretches.days_late(told)) > 0)
    accounts = told.column("account_id").to_pylist()
    person = dict(Account.objects.filter(id__in=set(accounts)).values_list("id", "borrower_id"))
    oldest, first_day = told.column("oldest").to_numpy(), told.column("first_day").to_numpy()
    begins = np.maximum(told.column("from_day").to_numpy(), oldest + 1 - first_day)
    found: dict[int, list[tuple[int, int]]] = {}
    for account, first, last in zip(accounts, begins.tolist(), told.column("to_day").to_pylist(), strict=True):
        found.setdefault(person[account], []).append((first, last))
    return found


def came_in(days: Sequence[date], late: dict[int, list[tuple[int, int]]]) -> list[Entry]:
    """Who was past due on one of these days, since the first of them, in the arm of that day."""
    numbers = np.array([day_number(day) for day in days])
    lives: dict[int, strategies.Live] = {}
    found = []
    for person, spans in sorted(late.items()):
        places = ((int(np.searchsorted(numbers, first)), last) for first, last in spans)
        on = min((int(numbers[at]) for at, last in places if at < len(numbers) and numbers[at] <= last), default=None)
        if on is not None:
            if on not in lives:
                lives[on] = strategies.live(on=to_date(on))
            found.append(Entry(person, on, path.arm_of(person, lives[on].experiment, lives[on].shares)))
    return found


def still_late(own: Sequence[Entry], late: dict[int, list[tuple[int, int]]], after: int) -> Group | None:
    """Of these persons, how many are past due so many days after they came in; None of nobody."""
    if not own:
        return None
    missed = sum(any(first <= one.on + after <= last for first, last in late[one.person]) for one in own)
    return Group(len(own), missed, float(len(own)))


def effects(one: Arm, control: Sequence[Group | None]) -> tuple[Uplift | None, ...]:
    """What an arm did beside the control group."""
    if one.name == CONTROL:
        return tuple(None for _ in AFTER)
    return tuple(
        difference(mine, other) if mine and other else None for mine, other in zip(one.late, control, strict=True)
    )


TREATED = """
SELECT s.treatment, count(*) FROM recovery_case c JOIN recovery_case_state s ON s.case_id = c.id
JOIN recovery_case_work w ON w.state_id = s.id AND w.done
JOIN unnest(%(persons)s::bigint[], %(days)s::date[]) AS e (person, day) ON e.person = c.borrower_id
WHERE s."on" BETWEEN e.day AND %(on)s AND s.treatment <> 'nothing' GROUP BY 1
"""
COMPLAINTS = """
SELECT count(*) FROM care_complaint m
JOIN unnest(%(persons)s::bigint[], %(days)s::date[]) AS e (person, day) ON e.person = m.borrower_id
WHERE m.received_on BETWEEN e.day AND %(on)s
"""
"""What care keeps of complaints, read as rows."""


def asked(own: Sequence[Entry], on: date) -> dict[str, object]:
    """The persons of an arm with the day on which each came in, as a query takes them."""
    return {"persons": [one.person for one in own], "days": [to_date(one.on) for one in own], "on": on}


def treated(own: Sequence[Entry], on: date) -> dict[str, int]:
    """Treatments that were done since each came in, by kind."""
    with connection.cursor() as cursor:
        cursor.execute(TREATED, asked(own, on))
        return dict(cursor.fetchall())


def complaints(own: Sequence[Entry], on: date) -> int:
    """Complaints since each came in."""
    with connection.cursor() as cursor:
        cursor.execute(COMPLAINTS, asked(own, on))
        return int(cursor.fetchone()[0])
