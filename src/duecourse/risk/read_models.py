"""Asking: every model with its life, how the live ones fared day by day, who has looked, what watch lists did."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Prefetch

from duecourse.kernel.money import PPM

from . import registry
from .monitor import Figure, figure
from .tables import Alarm, AlarmSeen, ModelState, Monitoring, RiskModel, UpliftFound, WatchList
from .uplift import Group, Uplift

LISTS = 24
"""How many watch lists are shown, the newest first."""


class Life(NamedTuple):
    """A time in which a model scored: since when, who let it and why; until when and what ended it (None: it does)."""

    since: datetime
    by: str
    why: str
    until: datetime | None
    ended: str


class Entry(NamedTuple):
    """A model of the registry: where it stands, and every time in which it was live.

    stands: live, before, or registered (see `registry.where`), rolled_back or turned_down. challengers: of a live one,
    the models of its product and target that were registered after it and wait to go live, the newest first.
    """

    row: RiskModel
    stands: str
    lives: list[Life]
    challengers: list[str]

    @property
    def approved_by(self) -> str:
        """Who let it go live last."""
        return self.lives[-1].by if self.lives else ""


class Watch(NamedTuple):
    """One day on which a model was watched: of how many features, how many drifted beyond their limit, the worst."""

    day: date
    features: int
    beyond: int
    worst: str
    drift: float
    limit: float
    alarms: int
    waiting: int


class Outcome(NamedTuple):
    """What became of one day's accounts, as it was found last; `least` is the AUC's limit."""

    of_day: date
    accounts: int
    missed: float
    chance: float
    low: float
    high: float
    error: float
    auc: float | None
    least: float | None

    @property
    def is_off(self) -> bool:
        """Whether the mean chance lies outside the interval of the share missed."""
        return not self.low <= self.chance <= self.high


class Told(NamedTuple):
    """An alarm: what was beyond its limits, who must look, and who did (None: nobody yet)."""

    id: int
    day: date
    model: str
    product: str
    figure: Figure
    role: str
    seen: AlarmSeen | None


class Part(NamedTuple):
    """One group of a watch list: how many, their mean chance; of whom the outcome is known, mean chance and misses."""

    drawn: str
    accounts: int
    chance: float
    avoided_minor: int
    known: int
    known_chance: float
    missed: int

    @property
    def missed_share(self) -> float:
        """The share that missed, of those of whom it is known."""
        return self.missed / self.known


class Listed(NamedTuple):
    """A watch list with its groups."""

    row: WatchList
    parts: list[Part]


class Looked(NamedTuple):
    """What the lists of an experiment did, as it was found on a day; needed, lists: how long to wait to know."""

    day: date
    experiment: str
    found: Uplift
    needed: int
    lists: int


def entries() -> list[Entry]:
    """Every model, those of a product and target together: the live one first, then the newest."""
    by_id = ModelState.objects.order_by("id")
    rows = RiskModel.objects.defer("body", "reference").prefetch_related(Prefetch("states", queryset=by_id))
    found: list[Entry] = []
    groups: dict[tuple[str, str], list[RiskModel]] = {}
    for row in rows.order_by("-id"):
        groups.setdefault((row.product, row.target), []).append(row)
    for key, those in sorted(groups.items(), key=lambda item: (registry.FILE in item[0], item[0])):
        stack = registry.lived(*key)
        told = [of_row(row, those, stack) for row in those]
        found += sorted(told, key=lambda one: one.stands != "live")
    return found


def of_row(row: RiskModel, those: Sequence[RiskModel], stack: Sequence[str]) -> Entry:
    """One model among those of its product and target."""
    lives, stands = lives_of(row), registry.where(row.name, stack)
    if stands == "registered" and lives:
        stands = lives[-1].ended
    elif is_turned_down(row):
        stands = registry.TURNED_DOWN
    newer = [one.name for one in those if one.id > row.id and not lives_of(one) and not is_turned_down(one)]
    return Entry(row, stands, lives, newer if stands == "live" else [])


def is_turned_down(row: RiskModel) -> bool:
    """Whether somebody turned a model down."""
    return any(state.state == registry.TURNED_DOWN for state in row.states.all())


def lives_of(row: RiskModel) -> list[Life]:
    """Every time in which a model scored, the first one first; what ends one is retiring or rolling back."""
    told: list[Life] = []
    for state in row.states.all():
        if state.state == "live":
            told.append(Life(state.recorded_at, state.by, state.reason, None, ""))
        elif told and told[-1].until is None and state.state in ("retired", "rolled_back"):
            told[-1] = told[-1]._replace(until=state.recorded_at, ended=state.state)
    return told


def entry(*, name: str) -> Entry | None:
    """One model; None where the registry has none of this name."""
    return next((one for one in entries() if one.row.name == name), None)


def watched(*, name: str) -> list[Watch]:
    """The days on which a model was watched, the first one first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.day, count(*) FILTER (WHERE what = 'drift'), "
            "count(*) FILTER (WHERE what = 'drift' AND value > most), "
            "(array_agg(feature ORDER BY value DESC) FILTER (WHERE what = 'drift'))[1], "
            "max(value) FILTER (WHERE what = 'drift'), max(most) FILTER (WHERE what = 'drift'), "
            "count(a.id), count(a.id) FILTER (WHERE NOT EXISTS "
            "(SELECT 1 FROM risk_alarm_seen s WHERE s.alarm_id = a.id)) "
            "FROM risk_monitoring m LEFT JOIN risk_alarm a ON a.monitoring_id = m.id "
            "WHERE m.model = %s GROUP BY m.day ORDER BY m.day",
            [name],
        )
        rows = cursor.fetchall()
    return [
        Watch(day, features, beyond, worst or "", drift or 0.0, limit or 0.0, raised, waiting)
        for day, features, beyond, worst, drift, limit, raised, waiting in rows
    ]


def outcomes(*, name: str) -> list[Outcome]:
    """What became of each day's accounts, by the last day on which it was looked at; the first day first."""
    found: dict[date, dict[str, Monitoring]] = {}
    rows = Monitoring.objects.filter(model=name, feature="").exclude(what__in=("drift", "not known")).order_by("id")
    for row in rows:
        found.setdefault(row.of_day, {})[row.what] = row
    told = []
    for day, by_what in sorted(found.items()):
        chance, auc = by_what["mean chance"], by_what.get("AUC")
        told.append(
            Outcome(
                day, int(by_what["accounts"].value), by_what["share missed"].value, chance.value, chance.least,
                chance.most, by_what["calibration error"].value, auc.value if auc else None, auc.least if auc else None,
            )
        )  # fmt: skip
    return told


def drifted(*, name: str, day: date) -> list[Figure]:
    """The features that drifted beyond their limit on a day, the furthest first."""
    rows = Monitoring.objects.filter(model=name, day=day, what="drift").order_by("-value", "feature")
    return [one for one in map(figure, rows) if one.beyond]


def alarms(*, name: str | None = None, waiting: bool = False) -> list[Told]:
    """The alarms of a model, or of all; those that nobody has looked at alone, if asked. The newest first."""
    rows = Alarm.objects.select_related("monitoring").prefetch_related("seen").order_by("-id")
    rows = rows.filter(monitoring__model=name) if name is not None else rows
    rows = rows.filter(seen=None) if waiting else rows
    products = dict(RiskModel.objects.values_list("name", "product"))
    return [
        Told(
            row.id, row.monitoring.day, row.monitoring.model, products.get(row.monitoring.model, "line"),
            figure(row.monitoring), row.role, next(iter(row.seen.all()), None),
        )
        for row in rows
    ]  # fmt: skip


def lists() -> list[Listed]:
    """The newest watch lists with their groups, and what is known of them by the last look at their experiment."""
    rows = list(WatchList.objects.order_by("-day", "-id")[:LISTS])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT list_id, drawn, count(*), avg(chance_ppm)::float8, sum(avoided_minor)::bigint FROM risk_watched "
            "WHERE list_id = ANY(%s) GROUP BY list_id, drawn ORDER BY list_id, drawn",
            [[one.id for one in rows]],
        )
        groups = cursor.fetchall()
    known = {(part["list"], part["drawn"]): part for part in last_parts({one.experiment for one in rows})}
    return [Listed(row, [part(one, known.get((row.id, one[1]))) for one in groups if one[0] == row.id]) for row in rows]


def part(group: Sequence[Any], known: dict[str, Any] | None) -> Part:
    """One group of a list."""
    _, drawn, accounts, chance, avoided = group
    told = known or {"listed": 0, "chance": 0.0, "missed": 0}
    return Part(drawn, accounts, chance / PPM, avoided, told["listed"], told["chance"], told["missed"])


def last_parts(experiments: Iterable[str]) -> list[dict[str, Any]]:
    """List by list, what was found the last time that it was asked for."""
    last = [UpliftFound.objects.filter(experiment=one).order_by("day").last() for one in experiments]
    return [part for row in last if row is not None for part in row.parts]


def looked() -> list[Looked]:
    """Each time that it was asked what watch lists did, the newest first."""
    rows = UpliftFound.objects.order_by("-day", "-id")
    return [
        Looked(
            row.day, row.experiment,
            Uplift(Group(**row.contacted), Group(**row.control), row.avoided, row.low, row.high), row.needed, row.lists,
        )
        for row in rows
    ]  # fmt: skip
