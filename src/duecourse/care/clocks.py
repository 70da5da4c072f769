"""Clocks: by when a complaint or a dispute is acknowledged and answered, by which rule, and which were not kept."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce

from duecourse.rules.clock_terms import clock_rules

from . import accounts, complaints, disputes
from .complaint_tables import Complaint, ComplaintState
from .dispute_tables import Dispute, DisputeState
from .person_tables import Circumstance, CircumstanceState

COMPLAINT, CIRCUMSTANCE = "complaint", "circumstance"
OF_SUBJECT = ("place", "channel", "borrower_id", "account_id")


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


class Subject(NamedTuple):
    """What a clock may run for: a complaint or a dispute (`of`: its kind), whose, where, how and when it came."""

    id: int
    of: str
    place: str
    channel: str
    person: int
    account: int | None
    began_on: date


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


def of_complaints(rows: QuerySet[Complaint]) -> Iterator[Clock]:
    """Every clock of these complaints."""
    named = rows.annotate(of=Value(COMPLAINT)).values_list("id", "of", *OF_SUBJECT, "received_on")
    states = ComplaintState.objects.filter(complaint_id__in=rows.values("id")).order_by("id")
    return running(named, states.values_list("complaint_id", "state", "on"))


def stretches(began_on: date, states: Iterable[tuple[str, date]]) -> list[Stretch]:
    """The times in which the clocks of a complaint or dispute run, from what became of it; opened again, a new one."""
    found = [Stretch(began_on, [])]
    for state, on in states:
        if state == complaints.REOPENED:
            found.append(Stretch(on, []))
        else:
            found[-1].steps.append(("decided" if state in disputes.OUTCOMES else state, on))
    return found


def of_disputes(rows: QuerySet[Dispute]) -> Iterator[Clock]:
    """Every clock of these disputes."""
    named = rows.values_list("id", "kind", *OF_SUBJECT, "opened_on")
    states = DisputeState.objects.filter(dispute_id__in=rows.values("id")).order_by("id")
    return running(named, states.values_list("dispute_id", "state", "on"))


def running(named: Iterable[tuple[Any, ...]], states: Iterable[tuple[int, str, date]]) -> Iterator[Clock]:
    """The clocks of these complaints or disputes, each by the rules that held when it came."""
    known = [Subject._make(row) for row in named]
    kinds, rules = accounts.kinds({one.account for one in known}), cache(clock_rules)  # many begin alike
    became: dict[int, list[tuple[str, date]]] = defaultdict(list)
    for of, state, on in states:
        became[of].append((state, on))
    for one in known:
        told = rules(of=one.of, place=one.place, on=one.began_on, channel=one.channel, kind=kinds[one.account])
        for stretch in stretches(one.began_on, became[one.id]):
            for rule in told:
                yield Clock(
                    rule.ends_on(stretch.began_on, stretch.extended), one.of, one.id, rule.step, rule.rule,
                    rule.verified, one.person, one.account, stretch.began_on, stretch.done_on(rule.step),
                )  # fmt: skip


def reviews(on: date) -> Iterator[Clock]:
    """When circumstances that stand are to be looked at again: as was said when they were noted or looked at last."""
    noted = Circumstance.objects.filter(seen_on__lte=on)
    states = CircumstanceState.objects.filter(circumstance_id__in=noted.values("id"))
    last = {one.circumstance_id: one for one in states.order_by("id")}
    rows = noted.values_list("id", "borrower_id", "seen_on", "review_on", named=True)
    for row in rows:
        told = last.get(row.id)
        again = row.review_on if told is None else told.review_on
        if again is not None:
            since = row.seen_on if told is None else told.on
            yield Clock(again, CIRCUMSTANCE, row.id, "reviewed", "", True, row.borrower_id, None, since, None)
