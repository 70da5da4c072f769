"""Recovery: the treatments that wait, whose a case is, what was done; the watch list."""

from typing import Any

from django.http import HttpRequest
from ninja import Schema
from pydantic import Field, StrictBool

from duecourse.book import read as book
from duecourse.recovery import cases, work
from duecourse.risk import read as risk

from . import shapes
from .act_shapes import Asked
from .care import Done
from .cursors import Limit
from .fields import Day, Id, IdInPath, MayBeEmpty, Why, Word
from .keys import holder_of
from .operations import Door

door = Door(tags=["recovery"])
READ, WRITE = "recovery:read", "recovery:write"

Waiting = shapes.of(work.Waiting, without=("person",))


class NewOwner(Asked):
    """Whose a case is from now on."""

    owner: Word
    why: Why


class Worked(Asked):
    """That a treatment was done, by which allowed contact if it is one; or that it was left, and why."""

    done: StrictBool = True
    decision: Id | None = None
    why: MayBeEmpty = ""


class Watched(Schema):
    """One account of a watch list: its place, the chance that its next payment is missed, why, in both languages."""

    account: str
    rank: int
    chance: float = Field(ge=0, le=1)
    product: str
    reasons_en: list[str]
    reasons_zh: list[str]
    advice_en: str
    advice_zh: str


def asked_or_last(day: Day | None) -> Any:
    """The sealed day that is asked for, else the last one."""
    if day is not None:
        book.require_sealed(day)
        return day
    last = book.last_sealed()
    if last is None:
        raise book.NotSealed("no day is sealed yet")
    return last


@door.reads("/queue", READ, shapes.many(Waiting))
def list_queue(request: HttpRequest, day: Day | None = None, owner: MayBeEmpty = "") -> Any:
    """The treatments that wait for a person, the most good first; of one owner's cases and nobody's where named."""
    return work.queue(on=asked_or_last(day), owner=owner or None)


@door.writes("/cases/{case}/owner", WRITE, Done)
def own_case(request: HttpRequest, case: IdInPath, told: NewOwner) -> dict[str, Any]:
    """Give a case to somebody."""
    cases.own(case=case, owner=told.owner, by=holder_of(request).name, reason=told.why)
    return {}


@door.writes("/queue/{state}/done", WRITE, Done)
def finish_treatment(request: HttpRequest, state: IdInPath, told: Worked) -> dict[str, Any]:
    """Say that a treatment was done, or left."""
    cases.done(
        state=state, by=holder_of(request).name, reason=told.why, decision=told.decision, is_done=told.done
    )  # fmt: skip
    return {}


@door.reads("/watch-list", "risk:read", shapes.many(Watched))
def list_watched(request: HttpRequest, day: Day | None = None, limit: Limit = 100) -> Any:
    """The accounts in order on a sealed day that are likeliest to miss their next payment, with reasons."""
    return [
        {
            "account": one.account, "rank": one.rank, "chance": one.chance, "product": one.product,
            "reasons_en": one.words("en"), "reasons_zh": one.words("zh"), "advice_en": one.to_do("en"),
            "advice_zh": one.to_do("zh"),
        }
        for one in risk.watch_list(day=asked_or_last(day), count=limit)
    ]  # fmt: skip
