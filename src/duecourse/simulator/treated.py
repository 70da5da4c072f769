"""A year of borrowers under a strategy, in memory: the lanes keep the accounts, the strategy's table decides each day.

Everyone has one line. What a borrower does by himself is drawn as in `borrowers`; each effect of a contact is an
assumption (rules/house/year.toml). All strategies see the same draws, person by person and day by day: what differs
between two runs is what contact did. Contacts count as made; the contact gate is not asked.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from duecourse.kernel import days, lanes, line_acts
from duecourse.kernel.account import WIDTH, opened
from duecourse.kernel.columns import AT, NIGHT, STANDING, Shard, account_from, fields_of
from duecourse.ledger import chart
from duecourse.recovery import path, strategy
from duecourse.recovery.fact_names import NAMES
from duecourse.recovery.path import CHAMPION, At
from duecourse.recovery.strategy import Strategy
from duecourse.rules import read as rules
from duecourse.rules import recovery_terms, year_terms
from duecourse.rules.year_terms import PPM, YearTerms
from duecourse.servicing import agreed

from . import borrowers
from .borrowers import Life, Plan, Seen
from .load import post

PRODUCT = "line_demo"
CYCLE_DAYS = (1, 6, 11, 16, 21, 26)
WARM_UP, YEAR = 90, 365
"""Days before any strategy begins, so that there are arrears to work on; and after."""
REACT, COMPLAIN, HELP, KEEP = 11, 12, 13, 14
WEEK, MONTH = 7, 30
BUCKETS = (30, 90)
AS_ASSUMED: Mapping[str, float] = MappingProxyType({})


class Outcome(NamedTuple):
    """What came of a year: by day the share of borrowers more than 30 and 90 days past due, and at its end the rest."""

    late: dict[int, list[float]]
    contacts: int
    most_in_a_week: int
    cost_minor: int
    complaints: int
    plans: int
    plans_kept: int
    treatments: Counter[str]
    persons: int
    owed_late_minor: int


class Group:
    """The borrowers of one cycle day: their places, their accounts, where they stand in life, what they mean to do."""

    def __init__(self, places: Any, cycle_day: int, who: borrowers.Borrowers, first: date, terms_id: int) -> None:
        self.places, self.cycle_day, self.who = places, cycle_day, who
        self.told = agreed.of(terms_id)
        self.calendar = lanes.calendar(self.told.calendar)
        day = rules.day_number(first) - 1
        blank = np.array(fields_of(opened(day, 0, days.next_cycle(day, cycle_day))), dtype=np.int64)
        rows = np.repeat(blank[:, None], len(places), axis=1)
        rows[AT["limit_minor"]] = who.limit_minor
        self.shard = Shard(rows, np.zeros(0, dtype=np.int64), np.zeros(len(places) + 1, dtype=np.int64))
        nothing = np.zeros(len(places), dtype=np.int64)
        self.seen = Seen(nothing, nothing, nothing, nothing)
        self.plan: Plan | None = None
        self.extra: dict[int, Any] = {}

    def post(self, who: Any, kind: int, amounts: Any, day: int) -> None:
        """One entry for each of these accounts; amounts of nothing are left out."""
        some = amounts > 0
        if some.any():
            self.shard = post(self.told, self.shard, who[some], kind, amounts[some].astype(np.int64), day)

    def evening(self, day: int) -> None:
        """Close a day of all these accounts, and read the statements it made."""
        shard, count = self.shard, self.shard.rows.shape[1]
        rows, dues = np.empty_like(shard.rows), np.empty(len(shard.dues) + WIDTH * count, np.int64)
        counts, night = np.empty(count, np.int64), np.empty((len(NIGHT), count), np.int64)
        bases = np.empty((5, count), np.int64)
        lanes.evening_lane(day, self.told.terms, self.calendar, *shard, rows, dues, counts, night, bases)
        self.shard = lanes.packed(shard, rows, dues, counts)
        if days.next_cycle(day - 1, self.cycle_day) == day:
            at = {name: night[place] for place, name in enumerate(NIGHT)}
            self.seen = Seen(at["balance"], at["minimum"], at["past_due"], at["due_on"])
            self.plan = None

    def standing(self, day: int) -> Any:
        """Days past due and what is past due of each, at the close of a day."""
        out = np.empty((len(STANDING), self.shard.rows.shape[1]), np.int64)
        lanes.standing_lane(day, self.told.terms, rules.age_rules("cn", rules.to_date(day)), *self.shard, out)
        return out[STANDING.index("days_past_due")], out[STANDING.index("past_due_minor")]

    def re_age(self, one: int, due_days: tuple[int, ...]) -> None:
        """Spread what is past due of one account over new due days, by the kernel's own function."""
        shard = self.shard
        start, stop = int(shard.offsets[one]), int(shard.offsets[one + 1])
        account = account_from(shard.rows[:, one].tolist())
        changed = line_acts.re_age(account, shard.dues[start:stop].tolist(), due_days)
        rows = shard.rows.copy()
        rows[:, one] = fields_of(changed.account)
        dues = np.concatenate([shard.dues[:start], np.array(changed.dues, np.int64), shard.dues[stop:]])
        offsets = shard.offsets.copy()
        offsets[one + 1 :] += len(changed.dues) - (stop - start)
        self.shard = Shard(rows, dues, offsets)


class Begun(NamedTuple):
    """Borrowers before a strategy is at work: who they are, their accounts, where they stand in life, the day ahead."""

    seed: int
    first: date
    who: borrowers.Borrowers
    groups: list[Group]
    life: Life
    day: int


def year(
    candidate: Strategy, *, persons: int, seed: int, first: date, factors: Mapping[str, float] = AS_ASSUMED,
    warm_up: int = WARM_UP, length: int = YEAR, progress: Callable[[int, int], None] | None = None,
) -> Outcome:  # fmt: skip
    """Live through a year of so many borrowers under a strategy; `factors`: how strong some effects are, by name."""
    begun = begin(persons=persons, seed=seed, first=first, warm_up=warm_up)
    return go_on(begun, candidate, factors=factors, length=length, progress=progress)


def begin(*, persons: int, seed: int, first: date, warm_up: int = WARM_UP) -> Begun:
    """Let so many borrowers live for some days without any strategy."""
    who = borrowers.drawn(persons, seed)
    life = borrowers.at_first(persons, seed)
    begun = Begun(seed, first, who, made(who, first), life, rules.day_number(first))
    for _ in range(warm_up):
        begun = a_day_on(begun)
    return begun


def a_day_on(begun: Begun) -> Begun:
    """A day that all groups live; at the beginning of a month life goes on."""
    day, seed, life = begun.day, begun.seed, begun.life
    today = rules.to_date(day)
    if today > begun.first and today.day == 1:
        life = borrowers.a_month_on(life, seed, today.year * 12 + today.month)
    for group in begun.groups:
        live(group, life, day, seed)
    return begun._replace(life=life, day=day + 1)


def go_on(
    begun: Begun, candidate: Strategy, *, factors: Mapping[str, float] = AS_ASSUMED, length: int = YEAR,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:  # fmt: skip
    """Live through so many days more under a strategy; what had begun stays as it is for another."""
    now = begun._replace(groups=deepcopy(begun.groups))
    terms = year_terms.year_terms(on=begun.first).scaled(factors)
    run = Run(candidate, len(begun.who.limit_minor), terms, recovery_terms.treatments(on=begun.first))
    for done in range(length):
        day = now.day
        now = a_day_on(now)
        run.night(now.groups, borrowers.is_strained(now.who, now.life), day, begun.seed)
        if progress:
            progress(done + 1, length)
    return run.outcome()


def made(who: borrowers.Borrowers, first: date) -> list[Group]:
    """The groups of borrowers by cycle day."""
    offered = agreed.in_force(product=PRODUCT, day=first)
    found = []
    for n, cycle_day in enumerate(CYCLE_DAYS):
        places = np.arange(n, len(who.limit_minor), len(CYCLE_DAYS))
        terms_id = agreed.freeze(product=PRODUCT, agreed=offered._replace(cycle_day=cycle_day))
        own = borrowers.Borrowers(*(column[places] for column in who))
        found.append(Group(places, cycle_day, own, first, terms_id))
    return found


def live(group: Group, life: Life, day: int, seed: int) -> None:
    """A day of a group: what they meant to do, what a contact brought about, the evening."""
    if group.plan is None:
        own = Life(*(column[group.places] for column in life))
        span = min(borrowers.SPAN, days.next_cycle(day, group.cycle_day) - day + 1)
        group.plan = borrowers.plan(
            group.who, own, group.seen, cycle_on=day - 1, span=span, seed=seed + group.cycle_day
        )
    now = np.flatnonzero(group.plan.days == day)
    order = now[np.argsort(group.plan.places[now], kind="stable")]
    for kind in (chart.PAYMENT, chart.PURCHASE):
        some = order[group.plan.kinds[order] == kind]
        group.post(group.plan.places[some], kind, group.plan.amounts[some], day)
    if day in group.extra:
        amounts = group.extra.pop(day)
        who = np.flatnonzero(amounts)
        group.post(who, chart.PAYMENT, amounts[who], day)
    group.evening(day)


class Run:
    """A strategy at work: where each case is, what was done, what came of it."""

    def __init__(
        self, candidate: Strategy, persons: int, terms: YearTerms, costs: recovery_terms.TreatmentTerms
    ) -> None:
        self.candidate, self.persons, self.terms, self.costs = candidate, persons, terms, costs
        self.shares = terms.shares()
        self.at: dict[int, At] = {}
        self.contacted: dict[int, list[int]] = {}
        self.plans: dict[int, int] = {}
        self.made, self.kept, self.complaints, self.cost, self.most = 0, 0, 0, 0, 0
        self.treatments: Counter[str] = Counter()
        self.late: dict[int, list[float]] = {bucket: [] for bucket in BUCKETS}
        self.owed_late = 0

    def night(self, groups: list[Group], strained: Any, day: int, seed: int) -> None:
        """Ask the strategy about everybody who is late, and let contact do what it is assumed to do."""
        draws = {
            what: borrowers.generator(seed, what, day).random(self.persons) for what in (REACT, COMPLAIN, HELP, KEEP)
        }
        late, past_due = np.zeros(self.persons, np.int64), np.zeros(self.persons, np.int64)
        for group in groups:
            late[group.places], past_due[group.places] = group.standing(day)
        for bucket in BUCKETS:
            self.late[bucket].append(float((late > bucket).mean()))
        self.owed_late = int(past_due[late > BUCKETS[0]].sum())
        self.keep_plans(late, day)
        on = rules.to_date(day)
        asked = sorted({*np.flatnonzero(late).tolist(), *self.at})
        facts = [self.facts(one, int(late[one]), int(past_due[one]), on, day) for one in asked]
        for one, said in zip(asked, strategy.decide(self.candidate, facts), strict=True):
            moved = path.move(self.at.get(one), said, on, CHAMPION, is_over=not late[one])
            if moved is None:
                continue
            self.at[one] = path.after(self.at.get(one), moved, on)
            if moved.stage == path.CLOSED:
                del self.at[one]
            elif moved.treatment != "nothing":
                group = groups[one % len(groups)]
                is_in_time = moved.treatment == "message" and late[one] <= self.terms.in_time_days
                what = "in_time" if is_in_time else moved.treatment
                self.treat(one, moved.treatment, what, group, int(past_due[one]), bool(strained[one]), day, draws)

    def facts(self, one: int, late: int, past_due: int, on: date, day: int) -> dict[str, Any]:
        """What a strategy may look at of somebody; what this year does not know is false or nothing."""
        told: dict[str, Any] = dict.fromkeys(NAMES, False)
        told |= {"days_past_due": late, "past_due_minor": past_due, "owed_minor": past_due, "accounts": 1}
        told |= {"accounts_late": int(late > 0), "charged_off_minor": 0, "kind": "line", "place": "CN"}
        told |= {"has_arrangement": one in self.plans, "contacts_in_week": self.recent(one, day, WEEK)}
        return told | path.seen(self.at.get(one), on)

    def recent(self, one: int, day: int, within: int) -> int:
        """How many contacts somebody had within so many days; they are kept as they came."""
        had = self.contacted.get(one, [])
        return len(had) - bisect_right(had, day - within)

    def treat(
        self, one: int, treatment: str, what: str, group: Group, past_due: int, is_strained: bool, day: int,
        draws: dict[int, Any],
    ) -> None:  # fmt: skip
        """One contact and what it does: a payment, a plan, a complaint, or nothing; `what`: by which share."""
        self.treatments[treatment] += 1
        self.cost += self.costs.cost_minor.get(treatment, 0)
        before = self.recent(one, day, MONTH)
        self.contacted.setdefault(one, []).append(day)
        in_week = self.recent(one, day, WEEK)
        self.most = max(self.most, in_week)
        self.complaints += bool(draws[COMPLAIN][one] < self.shares["complains"] * in_week)
        worn = (1 - self.shares["tires"]) ** before
        place = one // len(CYCLE_DAYS)
        if is_strained and treatment == "offer_help":
            if one not in self.plans and draws[HELP][one] < self.shares["helped"] * worn:
                step = [day + MONTH * part for part in range(1, self.terms.plan_parts + 1)]
                group.re_age(place, tuple(step))
                self.plans[one] = step[-1]
                self.made += 1
                self.promise(group, place, past_due, step, draws[KEEP][one])
        elif not is_strained and draws[REACT][one] < self.shares.get(what, 0.0) * worn:
            self.pays(group, place, past_due, day + 1)

    def promise(self, group: Group, place: int, past_due: int, step: list[int], drawn: float) -> None:
        """Who keeps a plan pays its parts on their days; one who does not pays none of them."""
        if drawn < self.terms.keeps_ppm / PPM:
            for number, on in enumerate(step, 1):
                self.pays(group, place, past_due * number // len(step) - past_due * (number - 1) // len(step), on)

    def pays(self, group: Group, place: int, amount: int, day: int) -> None:
        """Let somebody pay on a day to come what they would not have paid."""
        row = group.extra.setdefault(day, np.zeros(len(group.places), np.int64))
        row[place] += amount

    def keep_plans(self, late: Any, day: int) -> None:
        """Plans that are through, and plans of those who are late again."""
        for one, until in list(self.plans.items()):
            if late[one]:
                del self.plans[one]
            elif day > until:
                self.kept += 1
                del self.plans[one]

    def outcome(self) -> Outcome:
        """What came of the year."""
        contacts = sum(self.treatments.values())
        return Outcome(
            self.late, contacts, self.most, self.cost, self.complaints, self.made, self.kept, self.treatments,
            self.persons, self.owed_late,
        )  # fmt: skip
