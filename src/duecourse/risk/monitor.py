"""Watching the live model on a sealed day: drift of what it scores, and what became of the days that it could score.

Days whose outcomes count are sealed ones a month apart whose whole horizon is sealed by then, after the last that the
model learned from. What lies beyond its limits raises an alarm, which names the role that must look.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from duecourse.ledger.journal import Refused, atomically

from . import bounds, drift, evaluate, examples, intervals, model, registry, targets
from .features import PRODUCTS
from .tables import Alarm, AlarmSeen, Monitoring, RiskModel
from .targets import TARGETS

MOST_DRIFT = 0.25
"""PSI above which accounts are no longer those that the model was trained on (a usual rule of the trade)."""
MOST_UNKNOWN = 0.1
"""By how much more of a feature's values may be unknown than when the model was trained."""
LOOKS = {"drift": "model owner", "not known": "model owner", "mean chance": "risk officer", "AUC": "model owner"}
"""Who must look when a figure is beyond its limits."""


class NoLiveModel(Refused):
    code = "no_live_model"


class NoSuchAlarm(Refused):
    code = "no_such_alarm"


class Figure(NamedTuple):
    """One figure and its limits; `of_day` is the day that it speaks of, `feature` is empty where it is of no one."""

    what: str
    feature: str
    of_day: date
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def beyond(self) -> bool:
        """Whether the figure is outside its limits."""
        return self.distance > 0

    @property
    def distance(self) -> float:
        """How far the figure is beyond the limit that it is furthest beyond; 0 where it is within."""
        below = self.least - self.value if self.least is not None else 0.0
        above = self.value - self.most if self.most is not None else 0.0
        return max(below, above, 0.0)


class Watched(NamedTuple):
    """What was found of the live model on a day."""

    day: date
    model: str
    figures: list[Figure]


class Raised(NamedTuple):
    """An alarm that nobody has looked at yet."""

    id: int
    day: date
    model: str
    figure: Figure
    role: str


def watch(*, day: date, product: str = "line", target: str = "next") -> Watched:
    """Watch the live model of a target on a sealed day; a day that was watched already is answered as it was found
    then."""
    name = registry.live(product=product, target=target)
    if name is None:
        raise NoLiveModel(f"no model of {product}, {target} is live: `duecourse warn live` lets one go live")
    row = registry.row_of(name)
    if row.data_to > day:
        raise NoLiveModel(f"{name} knew what came after {day}: it is not watched on that day")
    there = found(day, name)
    if there:
        return Watched(day, name, there)
    fitted = registry.load(name=name)
    figures = [*drifted(row, day), *came_true(row, fitted, day)]
    atomically(lambda: keep(Watched(day, name, figures)))
    return Watched(day, name, found(day, name))


def watch_all(*, day: date, product: str | None = None, target: str | None = None) -> list[Watched]:
    """The same for every live model, or those of a product or a target; one that knew later days is left out where
    another is watched."""
    asked = [key for key in registry.lives() if product in (None, key[0]) and target in (None, key[1])]
    watched: list[Watched] = []
    refused = NoLiveModel("no model is live: `duecourse warn live` lets one go live")
    for key in asked:
        try:
            watched.append(watch(day=day, product=key[0], target=key[1]))
        except NoLiveModel as reason:
            refused = reason
    if not watched:
        raise refused
    return watched


def drifted(row: RiskModel, day: date) -> list[Figure]:
    """How far the accounts in order on a day are from those that the model was trained on, by feature.

    Of a feature that was known of nobody and is known of nobody there is nothing to say.
    """
    of = PRODUCTS[row.product]
    table = of.in_order(day)
    if not table.num_rows:
        return []
    rows = model.matrix(table, of.features)
    indices = drift.of_each(row.reference, rows, of.features)
    unknown = drift.not_known(row.reference, rows, of.features)
    return [
        *(Figure("drift", feature, day, value, most=MOST_DRIFT) for feature, value in indices.items()),
        *(
            Figure("not known", name, day, now, most=then + MOST_UNKNOWN)
            for name, (then, now) in unknown.items()
            if now and min(then, now) < 1
        ),
    ]


def came_true(row: RiskModel, fitted: model.Model, day: date) -> list[Figure]:
    """For each day whose outcomes are known: mean chance against the share missed, calibration error, AUC."""
    told: list[Figure] = []
    last_learned = date.fromisoformat(row.metrics["last_learned"])
    for on in (one for one in targets.matured(TARGETS[row.target], day) if one > last_learned):
        known = examples.of_day(on, day, row.product, row.target)
        if len(known.missed):
            chance = fitted.chance(model.columns(known.rows, PRODUCTS[row.product].features, fitted.features))
            told += of_outcomes(on, chance, known.missed, row.metrics["one_rule"]["auc"])
    return told


def of_outcomes(on: date, chance: Any, missed: Any, rule_auc: float) -> list[Figure]:
    """The figures of one day's chances and what became of them.

    The mean chance should lie in Wilson's 95% interval of the share missed; the AUC, as far as the bootstrap's upper
    bound tells, above that of one rule in the trial.
    """
    low, high = bounds.wilson(float(missed.sum()), len(missed))
    told = [
        Figure("accounts", "", on, len(missed)),
        Figure("share missed", "", on, float(missed.mean())),
        Figure("mean chance", "", on, float(chance.mean()), low, high),
        Figure("calibration error", "", on, evaluate.calibration_error(chance, missed)),
    ]
    if len(np.unique(missed)) == 2:
        value = intervals.auc(chance, missed)
        upper = intervals.bootstrap(intervals.auc, chance, missed)[1]
        told.append(Figure("AUC", "", on, value, least=max(0.0, rule_auc - (upper - value))))
    return told


def keep(watched: Watched) -> None:
    """Write down what was found, and an alarm for what is beyond its limits; what is there already stays."""
    loud = alarming(watched.figures)
    with connection.cursor() as cursor:
        for one in watched.figures:
            cursor.execute(
                "INSERT INTO risk_monitoring (day, model, what, feature, of_day, value, least, most) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
                [watched.day, watched.model, *one],
            )
            written = cursor.fetchone()
            if written and one in loud:
                Alarm.objects.create(monitoring_id=written[0], role=LOOKS[one.what])


def alarming(figures: Sequence[Figure]) -> list[Figure]:
    """The figures that raise an alarm: of those of one kind and day beyond their limits, the furthest beyond.

    Where accounts have become others, many features move at once: one alarm tells it, the figures tell the rest.
    """
    worst: dict[tuple[str, date], Figure] = {}
    for one in figures:
        key = (one.what, one.of_day)
        if one.beyond and (key not in worst or one.distance > worst[key].distance):
            worst[key] = one
    return list(worst.values())


def found(day: date, name: str) -> list[Figure]:
    """What was found of a model on a day, in the order in which it was."""
    rows = Monitoring.objects.filter(day=day, model=name).order_by("id")
    return [figure(one) for one in rows]


def figure(row: Monitoring) -> Figure:
    """A stored figure."""
    return Figure(row.what, row.feature, row.of_day, row.value, row.least, row.most)


def alarms() -> list[Raised]:
    """The alarms that nobody has looked at, the oldest first."""
    rows = Alarm.objects.filter(seen=None).select_related("monitoring").order_by("id")
    return [Raised(one.id, one.monitoring.day, one.monitoring.model, figure(one.monitoring), one.role) for one in rows]


def seen(*, alarm: int, by: str, reason: str) -> None:
    """A named person looked at an alarm and says what came of it."""
    person, why = registry.named(by), registry.reasoned(reason)
    if not Alarm.objects.filter(id=alarm).exists():
        raise NoSuchAlarm(f"there is no alarm {alarm}")
    AlarmSeen.objects.create(alarm_id=alarm, by=person, reason=why)
