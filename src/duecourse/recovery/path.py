"""What becomes of a case when its strategy has spoken: the same for a night and for a trial on the past. Pure."""

from datetime import date
from typing import NamedTuple

from duecourse.risk.watch_order import hashed

from .fact_names import LONG_AGO
from .strategy import Decided

CHAMPION, CHALLENGER, CONTROL = "champion", "challenger", "control"
CLOSED = "closed"
KEPT_IN_CONTROL = ("offer_help", "demand_letter", "legal_action", "nothing")
"""Treatments that the law or a contract asks for: the control group gets these too, and nothing else."""
PPM = 10**6


class Shares(NamedTuple):
    """Which share of persons is under the challenger, and which gets nothing extra, in parts per million."""

    challenger_ppm: int = 0
    control_ppm: int = 0


class At(NamedTuple):
    """Where a case is: its stage since a day, and the day on which each treatment was last done."""

    stage: str
    since: date
    treated: tuple[tuple[str, date], ...] = ()


class Move(NamedTuple):
    """A row that a night writes: the stage, the treatment that is to be done now ("nothing": none), by which rule."""

    stage: str
    treatment: str
    channel: str
    rule: str
    arm: str


def arm_of(person: int, experiment: str, shares: Shares) -> str:
    """The arm of a person, by hash: the same one for as long as the experiment goes on."""
    place = hashed(experiment, person) * PPM // 2**64
    if place < shares.control_ppm:
        return CONTROL
    return CHALLENGER if place < shares.control_ppm + shares.challenger_ppm else CHAMPION


def seen(at: At | None, day: date) -> dict[str, object]:
    """What a strategy may look at of a case."""
    if at is None or at.stage == CLOSED:
        return {"stage": "none", "days_in_stage": 0, "days_since_treatment": LONG_AGO}
    last = max((on for _, on in at.treated), default=None)
    since = LONG_AGO if last is None else (day - last).days
    return {"stage": at.stage, "days_in_stage": (day - at.since).days, "days_since_treatment": since}


def move(at: At | None, decided: Decided, day: date, arm: str, *, is_over: bool) -> Move | None:
    """What a night writes for a case; None where nothing changes.

    is_over: nothing is past due and nothing charged off is owed. A treatment waits `every_days` until it is done again.
    """
    has_case = at is not None and at.stage != CLOSED
    if is_over:
        return Move(CLOSED, "nothing", "", "nothing is past due", arm) if has_case else None
    treatment = decided.treatment
    if arm == CONTROL and treatment not in KEPT_IN_CONTROL:
        treatment = "nothing"
    treated_on = dict(at.treated).get(treatment) if has_case and at is not None else None
    if treatment != "nothing" and treated_on is not None and (day - treated_on).days < decided.every_days:
        treatment = "nothing"
    same = has_case and at is not None and at.stage == decided.stage
    if treatment == "nothing" and (same or (not has_case and decided.stage == "none")):
        return None
    return Move(decided.stage, treatment, decided.channel if treatment != "nothing" else "", decided.rule, arm)


def after(at: At | None, moved: Move, day: date) -> At:
    """Where a case is after a move."""
    treated = dict(at.treated) if at and at.stage != CLOSED else {}
    if moved.treatment != "nothing":
        treated[moved.treatment] = day
    since = at.since if at and at.stage == moved.stage else day
    return At(moved.stage, since, tuple(sorted(treated.items())))
