"""What an experiment of strategies came to: each arm's persons, how many are still past due later, contacts and cost.

Counted are all whom the experiment could reach, treated or not (intention to treat): whoever is past due on a sealed
day while it decides, from the first such day on, in the arm that their hash gives on that day. No arm chooses its own.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import Max

from duecourse.book import read, stretches
from duecourse.ledger import journal
from duecourse.ledger.journal import Refused
from duecourse.risk.uplift import Group, Uplift, difference
from duecourse.rules import recovery_terms
from duecourse.rules.read import day_number, to_date

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


class Late(NamedTuple):
    """Stretches of days on which one of a person's accounts was past due, as columns (int64) in order of person.

    first, last: days (numbers, both ends in).
    """

    person: Any
    first: Any
    last: Any


class Entries(NamedTuple):
    """Who came into the experiment, on which day (a number), in which arm; columns in order of person."""

    person: Any
    on: Any
    arm: Any


def measure(*, on: date, experiment: str = "") -> Measured:
    """What an experiment came to by a sealed day; the one that decides on the day, if none is named."""
    read.require_sealed(on)
    name = experiment or strategies.live(on=on).experiment
    days = days_of(name, on)
    if not days:
        raise NoExperiment(f"no strategy decided under {name!r} by {on}")
    newest = StrategyState.objects.aggregate(newest=Max("id"))["newest"]
    entries, missed = entered(str(connection.settings_dict["NAME"]), tuple(days), on, newest)
    known = [entries.on + after <= day_number(on) for after in AFTER]
    terms = recovery_terms.treatments(on=on)
    done, complained = treated(entries, on), complaints(entries, on)
    found = []
    for arm in ARMS:
        own = entries.arm == arm
        groups = tuple(group_of(own & told, of_all) for told, of_all in zip(known, missed, strict=True))
        counts = {treatment: count for one, treatment, count in done if one == arm}
        cost = sum(terms.cost_minor.get(treatment, 0) * count for treatment, count in counts.items())
        found.append(Arm(arm, int(own.sum()), groups, (), sum(counts.values()), cost, complained.get(arm, 0)))
    control = found[-1].late
    arms = tuple(one._replace(effect=effects(one, control)) for one in found if one.persons)
    return Measured(name, days[0], on, arms, terms.verified)


@lru_cache(maxsize=16)
def entered(database: str, days: tuple[date, ...], through: date, newest: int) -> tuple[Entries, tuple[Any, ...]]:
    """Who came into an experiment on its days, and of each AFTER whether they were still late then.

    Sealed days stay as they are: asked again of a database in which no strategy's state is newer, it is the same.
    """
    late = lateness(days[0], through)
    entries = came_in(days, late)
    return entries, tuple(still_late(entries, late, after) for after in AFTER)


def days_of(name: str, on: date) -> list[date]:
    """The sealed days through a day on which strategies decided under a name."""
    changes = sorted(set(StrategyState.objects.filter(on__lte=on).values_list("on", flat=True)))
    found: list[date] = []
    for since, until in zip(changes, [*changes[1:], on + timedelta(days=1)], strict=True):
        if strategies.is_live(on=since) and strategies.live(on=since).experiment == name:
            found += [day for day in read.sealed_days() if since <= day < until and day <= on]
    return found


def lateness(since: date, through: date) -> Late:
    """When somebody had an account past due between two sealed days."""
    told = stretches.of(since=since, through=through)
    told = told.filter(np.asarray(stretches.days_late(told)) > 0)
    oldest, first_day = told.column("oldest").to_numpy(), told.column("first_day").to_numpy()
    begins = np.maximum(told.column("from_day").to_numpy(), oldest + 1 - first_day)
    person = whose(told.column("account_id").to_numpy())
    order = np.argsort(person, kind="stable")
    return Late(person[order], begins[order], told.column("to_day").to_numpy()[order])


def whose(accounts: Any) -> Any:
    """Whose each account is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, borrower_id FROM servicing_account WHERE id = ANY(%s::bigint[]) ORDER BY id",
            [journal.array(np.unique(accounts).tolist())],
        )
        told = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return told[np.searchsorted(told[:, 0], accounts), 1]


def came_in(days: Sequence[date], late: Late) -> Entries:
    """Who was past due on one of these days, since the first of them, in the arm of that day."""
    numbers = np.array([day_number(day) for day in days])
    at = np.searchsorted(numbers, late.first)
    on = numbers[np.minimum(at, len(numbers) - 1)]
    was = (at < len(numbers)) & (on <= late.last)
    person, on = late.person[was], on[was]
    order = np.lexsort((on, person))
    person, first = np.unique(person[order], return_index=True)
    on = on[order][first]
    lives = {one: strategies.live(on=to_date(one)) for one in np.unique(on).tolist()}
    arms = [
        path.arm_of(who, lives[day].experiment, lives[day].shares)
        for who, day in zip(person.tolist(), on.tolist(), strict=True)
    ]
    return Entries(person, on, np.array(arms, dtype=object))


def still_late(entries: Entries, late: Late, after: int) -> Any:
    """Whether each of these persons is past due so many days after they came in (bool)."""
    at = np.searchsorted(entries.person, late.person)
    there = at < len(entries.person)
    there[there] = entries.person[at[there]] == late.person[there]
    then = entries.on[at[there]] + after
    is_late = (late.first[there] <= then) & (then <= late.last[there])
    found = np.zeros(len(entries.person), bool)
    found[at[there][is_late]] = True
    return found


def group_of(known: Any, missed: Any) -> Group | None:
    """How many persons of whom it is known are still past due; None of nobody."""
    count = int(known.sum())
    return Group(count, int((known & missed).sum()), float(count)) if count else None


def effects(one: Arm, control: Sequence[Group | None]) -> tuple[Uplift | None, ...]:
    """What an arm did beside the control group."""
    if one.name == CONTROL:
        return tuple(None for _ in AFTER)
    return tuple(
        difference(mine, other) if mine and other else None for mine, other in zip(one.late, control, strict=True)
    )


ENTERED = (
    "unnest(%(persons)s::bigint[], %(days)s::date[], %(arms)s::text[]) AS e (person, day, arm) "
    "ON e.person = borrower_id"
)
TREATED = f"""
SELECT e.arm, s.treatment, count(*) FROM recovery_case c JOIN recovery_case_state s ON s.case_id = c.id
JOIN recovery_case_work w ON w.state_id = s.id AND w.done JOIN {ENTERED}
WHERE s."on" BETWEEN e.day AND %(on)s AND s.treatment <> 'nothing' GROUP BY 1, 2
"""
COMPLAINTS = f"""
SELECT e.arm, count(*) FROM care_complaint m JOIN {ENTERED}
WHERE m.received_on BETWEEN e.day AND %(on)s GROUP BY 1
"""
"""What care keeps of complaints, read as rows."""


def asked(entries: Entries, on: date) -> dict[str, object]:
    """Who came in, on which day and in which arm, as a query takes them."""
    days = np.datetime_as_string(entries.on.astype("datetime64[D]")).tolist()
    return {
        "persons": journal.array(entries.person.tolist()),
        "days": f"{{{','.join(days)}}}",
        "arms": f"{{{','.join(entries.arm.tolist())}}}",
        "on": on,
    }


def treated(entries: Entries, on: date) -> list[tuple[str, str, int]]:
    """Treatments that were done since each came in: arm, kind, how many."""
    with connection.cursor() as cursor:
        cursor.execute(TREATED, asked(entries, on))
        return list(cursor.fetchall())


def complaints(entries: Entries, on: date) -> dict[str, int]:
    """Complaints since each came in, by arm."""
    with connection.cursor() as cursor:
        cursor.execute(COMPLAINTS, asked(entries, on))
        return dict(cursor.fetchall())
