"""Whether a cost is within the caps of a place, by how much, and by which rule."""

from datetime import date
from typing import NamedTuple

from duecourse.kernel import cost
from duecourse.kernel.apr import Flow, Rate, Yearly
from duecourse.kernel.cost import CapRoom, DayOwed, ShortTermCost

from . import read
from .read import Cap


class NoFigure(Exception):
    """A cap without the figure that is asked for: a rule that leaves it to others, or one of another kind."""

    code = "cap_without_figure"


class Judged(NamedTuple):
    """A cost against one cap: kept or not, the room left in parts per million a year (below zero: broken), the rule."""

    within: bool
    room_ppm: int
    cap: Cap


class JudgedCost(NamedTuple):
    """A cost against the UK's cost cap: kept or not, the room below each part in minor units, the rule."""

    within: bool
    room: CapRoom
    cap: Cap


class JudgedApr(NamedTuple):
    """A disclosed APR against the exact one: within tolerance or not, how far off in parts per million, the rule."""

    within: bool
    off_ppm: int
    tolerance_ppm: int
    cite: str
    verified: bool


def judge(*, flows: tuple[Flow, ...], year: Yearly, cap: Cap) -> Judged:
    """A rate against a cap on rates. The flows hold all that the cap counts; the border is decided exactly."""
    if cap.rate_ppm is None:
        raise NoFigure(f"{cap.rule}: no yearly rate is named ({cap.cite})")
    found = cost.within_rate(flows, cap.measure, year, cap.rate_ppm)
    return Judged(bool(found.within), found.room, cap)


def judge_cost(*, lent_minor: int, owed: tuple[DayOwed, ...], charged: ShortTermCost, cap: Cap) -> JudgedCost:
    """What was charged against a cost cap."""
    if cap.cost is None:
        raise NoFigure(f"{cap.rule}: no cost cap is named ({cap.cite})")
    room = cost.short_term_room(lent_minor, owed, charged, cap.cost)
    return JudgedCost(bool(room.within), room, cap)


def judge_apr(*, disclosed: Rate, flows: tuple[Flow, ...], year: Yearly, on: date) -> JudgedApr:
    """A disclosed US APR against the exact one, with the tolerance of a regular or an irregular transaction."""
    told = read.apr_tolerance(on=on)
    allowed = told.irregular_ppm if cost.irregular(flows) else told.regular_ppm
    disclosed_ppm = disclosed.units * 10**4 // 10**disclosed.places
    exact = cost.within_rate(flows, read.MEASURES["reg_z"], year, disclosed_ppm)
    return JudgedApr(abs(exact.room) <= allowed, exact.room, allowed, told.cite, told.verified)
