"""Clocks: by when a complaint or a dispute is acknowledged and answered, by which rule, and which were not kept."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from duecourse.rules.clock_terms import ClockRule, clock_rules

from . import accounts, complaints, disputes
from .complaint_tables import Complaint, ComplaintState
from .dispute_tables import Dispute, DisputeState
from .person_tables import Circumstance, CircumstanceState

COMPLAINT, CIRCUMSTANCE = "complaint", "circumstance"


class Clock(NamedTuple):
    """A step to be done by a day. of: complaint, circumstance or the kind of the dispute; done_on None: not yet."""

    ends_on: date
    of: str
    id: int
    step: str
    rule: str
    verified: bool
    person: int
    account: int | None
    began_on: date
    done_on: date | None

    def is_breached(self, on: date) -> bool:
        """Whether it was done too late, or is not done and its time is over on a day."""
        return (self.done_on or on) > self.ends_on


class Stretch(NamedTuple):
    """A time in which clocks run, from the first day or from that of opening again; what was done in it, and when."""

    began_on: date
    steps: list[tuple[str, date]]

    def done_on(self, step: str) -> date | None:
        """When a step was first done; what is answered needs no acknowledging."""
        enough = {"acknowledged": ("acknowledged", "answered", "decided")}.get(step, (step,))
        return next((on for state, on in self.steps if state in enough), None)

    @property
    def extended(self) -> int:
        """How often the time was extended."""
        return sum(state == "extended" for state, _ in self.steps)


def due(*, on: date) -> list[Clock]:
    """What is still to be done, what ends first first; those over their time on the day among them.

    A day is counted where the person lives: what came on the next day may have come already.
    """
    came_by = on + timedelta(days=1)
    open_complaints = Complaint.objects.filter(received_on__lte=came_by).annotate(
        last=newest(ComplaintState, "complaint_id")
    )
    open_complaints = open_complaints.exclude(last__in=(complaints.ANSWERED, complaints.CLOSED))
    open_disputes = Dispute.objects.filter(opened_on__lte=came_by).annotate(last=newest(DisputeState, "dispute_id"))
    open_disputes = open_disputes.exclude(last__in=disputes.OUTCOMES)
    found = [*of_complaints(open_complaints), *of_disputes(open_disputes), *reviews(on)]
    return sorted((one for one in found if one.done_on is None), key=in_order)


def newest(states: type[ComplaintState] | type[DisputeState], of: str) -> Coalesce:
    """The newest state of a row, "" where it has none."""
    rows = states.objects.filter(**{of: OuterRef("id")}).order_by("-id").values("state")
    return Coalesce(Subquery(rows[:1]), Value(""), output_field=TextField())


def breached(*, since: date, until: date) -> list[Clock]:
    """The clocks that ended from a day through another and were not kept, done late by then or not done."""
    found = [
        *of_complaints(Complaint.objects.filter(received_on__lte=until)),
        *of_disputes(Dispute.objects.filter(opened_on__lte=until)),
    ]
    late = (one for one in found if since <= one.ends_on <= until and one.is_breached(until))
    return sorted(late, key=in_order)


def in_order(one: Clock) -> tuple[object, ...]:
    """What ends first comes first."""
    return one.ends_on, one.of, one.id, one.step, one.rule


def of_complaints(rows: Iterable[Complaint]) -> Iterator[Clock]:
    """Every clock of these complaints."""
    known = list(rows)
    kinds = accounts.kinds({row.account_id for row in known})
    states = complaints.states_of([row.id for row in known])
    for row in known:
        told = clock_rules(
            of=COMPLAINT, place=row.place, on=row.received_on, channel=row.channel, kind=kinds[row.account_id]
        )
        for stretch in stretches(row.received_on, [(one.state, one.on) for one in states[row.id]]):
            yield from running(COMPLAINT, row, told, stretch)


def stretches(began_on: date, states: Iterable[tuple[str, date]]) -> list[Stretch]:
    """The times in which the clocks of a complaint or dispute run, from what became of it; opened again, a new one."""
    found = [Stretch(began_on, [])]
    for state, on in states:
        if state == complaints.REOPENED:
            found.append(Stretch(on, []))
        else:
            found[-1].steps.append(("decided" if state in disputes.OUTCOMES else state, on))
    return found


def of_disputes(rows: Iterable[Dispute]) -> Iterator[Clock]:
    """Every clock of these disputes."""
    known = list(rows)
    kinds = accounts.kinds({row.account_id for row in known})
    states = disputes.states_of([row.id for row in known])
    for row in known:
        told = clock_rules(
            of=row.kind, place=row.place, on=row.opened_on, channel=row.channel, kind=kinds[row.account_id]
        )
        for stretch in stretches(row.opened_on, [(one.state, one.on) for one in states[row.id]]):
            yield from running(row.kind, row, told, stretch)


def running(of: str, row: Complaint | Dispute, told: Sequence[ClockRule], stretch: Stretch) -> Iterator[Clock]:
    """The clocks of one stretch."""
    for one in told:
        yield Clock(
            one.ends_on(stretch.began_on, stretch.extended), of, row.id, one.step, one.rule, one.verified,
            row.borrower_id, row.account_id, stretch.began_on, stretch.done_on(one.step),
        )  # fmt: skip


def reviews(on: date) -> Iterator[Clock]:
    """When circumstances that stand are to be looked at again: as was said when they were noted or looked at last."""
    rows = list(Circumstance.objects.filter(seen_on__lte=on))
    states = CircumstanceState.objects.filter(circumstance_id__in=[row.id for row in rows])
    last = {one.circumstance_id: one for one in states.order_by("id")}
    for row in rows:
        told = last.get(row.id)
        again = row.review_on if told is None else told.review_on
        if again is not None:
            since = row.seen_on if told is None else told.on
            yield Clock(again, CIRCUMSTANCE, row.id, "reviewed", "", True, row.borrower_id, None, since, None)
