"""A simulated book, day by day: open the accounts, then each day post what borrowers do, close, read the statements.

Nothing of a borrower is kept but what the seed gives and what the book says, so an interrupted run goes on from the
book's open day to the same end. A day's entries carry request keys of the day: what was posted is not posted again.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.db import connection

from duecourse.book import close
from duecourse.borrowers import people
from duecourse.kernel import days
from duecourse.ledger import balances, chart
from duecourse.ledger.bulk import arrow, ints
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import accounts as contracts
from duecourse.servicing import agreed, batch
from duecourse.servicing.tables import Account as Contract

from . import borrowers, margins, merchants
from .borrowers import Borrowers, Life, Plan, Seen

PRODUCT = "line_demo"
CYCLE_DAYS = (1, 6, 11, 16, 21, 26)
FIRST = date(2025, 1, 1)
WORDS = {chart.PURCHASE: b"buy", chart.REFUND: b"ref", chart.PAYMENT: b"pay"}

Progress = Callable[[str, int, int], None]


class NotThatBook(Refused):
    code = "simulation_differs"


class SimulationStopped(Refused):
    code = "simulation_stopped"


class Simulated(NamedTuple):
    """What a run did: accounts, days closed and entries posted now, purchases declined over all days."""

    accounts: int
    days: int
    entries: int
    declined: int
    first: date
    last: date


class Group(NamedTuple):
    """The borrowers of one cycle day: their places, the cycle day that their plan follows, the plan in order of day."""

    places: Any
    cycle_day: int
    cycle_on: int
    plan: Plan


def simulate(
    *,
    accounts: int,
    months: int,
    seed: int,
    start: date | None = None,
    by: str = "system",
    progress: Progress | None = None,
) -> Simulated:
    """Simulate so many borrowers for so many months, or go on with a run that was interrupted.

    A book that has accounts already takes the new ones on its open day; otherwise it begins on `start`.
    """
    if accounts < 1 or months < 1:
        raise NotThatBook(f"a simulation has accounts and months, not {accounts} and {months}")
    tell = progress or (lambda stage, done, of: None)
    kept = Kept.begin(accounts=accounts, seed=seed, start=balances.book_day() or start or FIRST)
    who = borrowers.drawn(accounts, seed)
    tell("open accounts", 0, accounts)
    ids = open_accounts(who, seed, kept.start)
    last = months_on(kept.start, months) - timedelta(days=1)
    days_of_run = Days(who, ids, seed, kept)
    closed, entries = 0, 0
    total = (last - kept.start).days + 1
    while (day := balances.book_day()) is not None and day <= last:
        tell("simulate and close", (day - kept.start).days, total)
        entries += days_of_run.post(day)
        if not close.through(day, by=by)[-1].sealed:
            raise SimulationStopped(f"{day} has accounts set aside: return them, then go on")
        closed += 1
    tell("simulate and close", total, total)
    return Simulated(accounts, closed, entries, sum(kept.declined.values()), kept.start, last)


def months_on(day: date, months: int) -> date:
    """The same day of the month so many months later; in a month too short for it, the month's last day."""
    month = day.year * 12 + day.month - 1 + months
    return to_date(days.on_cycle_day(month // 12, month % 12 + 1, day.day))


class Kept:
    """What the book cannot say again: when the run began, and how many purchases were declined on each day."""

    def __init__(self, place: Path, start: date, declined: dict[str, int]) -> None:
        self.place, self.start, self.declined = place, start, declined

    @classmethod
    def begin(cls, *, accounts: int, seed: int, start: date) -> "Kept":
        """What was kept of this run, or a new one; the same seed with another number of accounts is refused."""
        place = Path(settings.HOME) / "simulator" / str(connection.settings_dict["NAME"]) / f"run-{seed}.json"
        if place.exists():
            told = json.loads(place.read_text())
            if told["accounts"] != accounts:
                raise NotThatBook(f"seed {seed} was begun with {told['accounts']} accounts, not {accounts}")
            return cls(place, date.fromisoformat(told["start"]), told["declined"])
        kept = cls(place, start, {})
        kept.save(accounts)
        return kept

    def save(self, accounts: int) -> None:
        """Write it so that it appears complete."""
        self.place.parent.mkdir(parents=True, exist_ok=True)
        draft = self.place.with_suffix(".tmp")
        draft.write_text(json.dumps({"accounts": accounts, "start": str(self.start), "declined": self.declined}))
        draft.replace(self.place)


def number(seed: int, place: int) -> str:
    """The account number of a simulated borrower."""
    return f"sim-{seed}-{place:07d}"


def open_accounts(who: Borrowers, seed: int, on: date) -> Any:
    """Open the accounts, a group of one cycle day at a time; answers their ids in order of place."""
    count = len(who.payday)
    offered = agreed.in_force(product=PRODUCT, day=on)
    numbers = [number(seed, place) for place in range(count)]
    known = dict(Contract.objects.filter(number__startswith=f"sim-{seed}-").values_list("number", "id"))
    persons = people.enrol(source="simulator", references=numbers) if len(known) < count else []
    for group, cycle_day in enumerate(CYCLE_DAYS):
        places = [place for place in range(group, count, len(CYCLE_DAYS)) if numbers[place] not in known]
        if places:
            terms_id = agreed.freeze(product=PRODUCT, agreed=offered._replace(cycle_day=cycle_day))
            new = [contracts.New(numbers[i], persons[i], int(who.limit_minor[i])) for i in places]
            opened = contracts.open_many(product=PRODUCT, terms_id=terms_id, on=on, new=new)
            known |= {numbers[i]: account for i, account in zip(places, opened, strict=True)}
    return np.array([known[told] for told in numbers], dtype=np.int64)


class Days:
    """The days of a run: which borrowers do what on each."""

    def __init__(self, who: Borrowers, ids: Any, seed: int, kept: Kept) -> None:
        self.who, self.ids, self.seed, self.kept = who, ids, seed, kept
        self.tastes = merchants.tastes(len(ids), seed)
        self.lives: dict[int, Life] = {0: borrowers.at_first(len(ids), seed)}
        self.groups: list[Group] = []

    def post(self, day: date) -> int:
        """Post what borrowers do on the open day; answers how many entries were posted."""
        today = day_number(day)
        if not self.groups:
            self.groups = [self.begin(group, today) for group in range(len(CYCLE_DAYS))]
        self.groups = [
            self.planned(group, today - 1) if self.cycle_before(group.cycle_day, today) > group.cycle_on else group
            for group in self.groups
        ]
        told = one_a_day(of_day(self.groups, today))
        keys = request_keys(self.seed, self.ids[told.places], day, told.kinds)
        fresh = ~in_shards_posted(self.ids[told.places], keys)
        told, keys = Plan(*(column[fresh] for column in told)), keys[fresh]
        asking = told.asks == 1
        allowed = np.ones(len(asking), dtype=bool)
        allowed[asking] = batch.authorised(accounts=self.ids[told.places[asking]], amounts=told.amounts[asking], on=day)
        if str(day) not in self.kept.declined:
            self.kept.declined[str(day)] = int((~allowed).sum())
            self.kept.save(len(self.ids))
        told, keys = Plan(*(column[allowed] for column in told)), keys[allowed]
        entries = batch.Entries(
            self.ids[told.places], told.kinds, told.amounts, keys, categories=self.categories(told, today)
        )
        taken = batch.post(entries=entries, on=day)
        assert not taken.faults, taken.faults[:3]
        return taken.posted

    def categories(self, told: Plan, today: int) -> Any:
        """What the merchants of a day's purchases sell; 0 of all else that borrowers do."""
        life = self.life(month_number(today) - month_number(day_number(self.kept.start) - 1))
        bought = merchants.categories(self.tastes, life, told.places, seed=self.seed, day=today)
        return np.where(told.kinds == chart.PURCHASE, bought, 0)

    def cycle_before(self, cycle_day: int, today: int) -> int:
        """The last cycle day before `today`; before the first one, the eve of the run."""
        eve = day_number(self.kept.start) - 1
        cycle_on = eve
        while (following := days.next_cycle(cycle_on, cycle_day)) < today:
            cycle_on = following
        return cycle_on

    def begin(self, group: int, today: int) -> Group:
        """A group as the book left it: planned from its last statement, or from nothing before the first one."""
        places = np.arange(group, len(self.ids), len(CYCLE_DAYS))
        nothing = Plan(*(np.zeros(0, dtype=np.int64) for _ in Plan._fields))
        empty = Group(places, CYCLE_DAYS[group], 0, nothing)
        return self.planned(empty, self.cycle_before(CYCLE_DAYS[group], today))

    def planned(self, group: Group, cycle_on: int) -> Group:
        """A group with what its borrowers do after the statements of a cycle day."""
        eve = day_number(self.kept.start) - 1
        span = min(days.next_cycle(cycle_on, group.cycle_day) - cycle_on, borrowers.SPAN)
        who = Borrowers(*(column[group.places] for column in self.who))
        life = Life(*(column[group.places] for column in self.life(month_number(cycle_on) - month_number(eve))))
        seen = statements(self.ids[group.places], cycle_on)
        plan = borrowers.plan(who, life, seen, cycle_on=cycle_on, span=span, seed=self.seed)
        order = np.argsort(plan.days, kind="stable")
        plan = Plan(group.places[plan.places], *plan[1:])
        return Group(group.places, group.cycle_day, cycle_on, Plan(*(column[order] for column in plan)))

    def life(self, month: int) -> Life:
        """Where all borrowers stand in a month of the run; the last two months stay in memory."""
        for later in range(max(self.lives) + 1, month + 1):
            self.lives[later] = borrowers.a_month_on(self.lives[later - 1], self.seed, later)
            self.lives.pop(later - 3, None)
        return self.lives[month]


def month_number(day: int) -> int:
    """Calendar months since year 0."""
    told = days.civil(day)
    return told.year * 12 + told.month


def statements(ids: Any, cycle_on: int) -> Seen:
    """What the statements of a cycle day say, zero where none was sent."""
    seen = Seen(*(np.zeros(len(ids), dtype=np.int64) for _ in Seen._fields))
    told = arrow(
        "SELECT account_id, balance, minimum, past_due, coalesce(due_on, cycle_on) AS due_on FROM servicing_statement "
        f"WHERE cycle_on = DATE '{to_date(cycle_on)}' AND booked_day = cycle_on AND version = 1 "
        f"AND account_id BETWEEN {ids.min()} AND {ids.max()}"
    )
    order = np.argsort(ids)
    accounts = ints(told, "account_id")
    near = np.minimum(np.searchsorted(ids[order], accounts), len(ids) - 1)
    own = ids[order][near] == accounts
    for name, column in zip(Seen._fields, seen, strict=True):
        column[order[near[own]]] = ints(told, name)[own]
    return seen


def of_day(groups: list[Group], today: int) -> Plan:
    """What is planned for a day, over all groups."""
    parts = []
    for group in groups:
        first, end = np.searchsorted(group.plan.days, [today, today + 1])
        parts.append([column[first:end] for column in group.plan])
    return Plan(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def one_a_day(told: Plan) -> Plan:
    """Add up what one borrower does of one kind on one day; the merchant asks if it would have asked once."""
    where, first, back = np.unique(told.places * 8 + told.kinds, return_index=True, return_inverse=True)
    amounts, asks = np.zeros(len(where), dtype=np.int64), np.zeros(len(where), dtype=np.int64)
    np.add.at(amounts, back, told.amounts)
    np.maximum.at(asks, back, told.asks)
    return Plan(told.places[first], told.days[first], told.kinds[first], amounts, asks)


def request_keys(seed: int, accounts: Any, day: date, kinds: Any) -> Any:
    """Request keys: the seed, the account, the day and what it is, always 40 characters."""
    head, on = f"sim:{seed % 10**10:010d}:", f":{day:%Y%m%d}:"
    told = [
        f"{head}{account:012d}{on}".encode() + WORDS[kind]
        for account, kind in zip(accounts.tolist(), kinds.tolist(), strict=True)
    ]
    return np.array(told, dtype=f"S{batch.KEY_LENGTH}")


def in_shards_posted(accounts: Any, keys: Any) -> Any:
    """Which entries lie in a shard whose batch of the day was posted before: all of a shard's entries, or none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM ledger_request WHERE key = ANY(%s)", [[key.decode() for key in keys.tolist()]])
        known = [row[0].encode() for row in cursor.fetchall()]
    shards = accounts // balances.SHARD_SIZE
    return np.isin(shards, shards[np.isin(keys, np.array(known, dtype=keys.dtype))])


def check(*, accounts: int, seed: int) -> list[margins.Margin]:
    """The margins of a simulated book beside those of the card data (at least four months of it)."""
    kept = Kept.begin(accounts=accounts, seed=seed, start=FIRST)
    known = dict(Contract.objects.filter(number__startswith=f"sim-{seed}-").values_list("number", "id"))
    ids = np.array([known[number(seed, place)] for place in range(accounts)], dtype=np.int64)
    cycle_days = np.array(CYCLE_DAYS)[np.arange(accounts) % len(CYCLE_DAYS)]
    today = balances.book_day()
    assert today is not None, "simulator: there is no book"
    return margins.check(ids, cycle_days, first=day_number(kept.start), last=day_number(today) - 1)
