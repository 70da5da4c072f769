"""Cases: opened, moved and closed on a sealed day by the strategy that is live; owned and worked on by persons."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.book import read
from duecourse.borrowers.contact_tables import ContactDecision
from duecourse.ledger.journal import Refused

from . import case_messages, facts, path, strategies, strategy
from .case_tables import Case, CaseDay, CaseOwner, CaseState, CaseWork
from .facts import Facts
from .path import CHALLENGER, At, Move
from .strategies import Live

NOTHING = "nothing"
OF_CONTACT = ("call", "visit")
"""Treatments that are contacts: how they were done is a decision of the contact gate."""


OPEN = """
SELECT c.id, c.borrower_id, now.stage, since.since, treated.names, treated.days
FROM recovery_case c
JOIN LATERAL (SELECT stage FROM recovery_case_state WHERE case_id = c.id ORDER BY "on" DESC LIMIT 1) now
    ON now.stage <> 'closed'
JOIN LATERAL (SELECT min("on") AS since FROM recovery_case_state WHERE case_id = c.id AND "on" > coalesce(
    (SELECT max("on") FROM recovery_case_state WHERE case_id = c.id AND stage <> now.stage), '-infinity')) since ON true
JOIN LATERAL (SELECT coalesce(array_agg(treatment), '{}') AS names, coalesce(array_agg(last), '{}') AS days
    FROM (SELECT treatment, max("on") AS last FROM recovery_case_state
          WHERE case_id = c.id AND treatment <> 'nothing' GROUP BY treatment) each) treated ON true
ORDER BY c.id
"""


class NoSuchCase(Refused):
    """There is no such case, or no such treatment of it waits."""

    code = "no_such_case"


class WorkRefused(Refused):
    """What is said of a treatment cannot be so."""

    code = "case_work_refused"


class CasesBehind(Refused):
    """An earlier or later day has been moved: cases move day by day, in order."""

    code = "cases_out_of_order"


class Night(NamedTuple):
    """What a day's move did: how many cases there are, and the rows written; `again`: the day had been moved."""

    cases: int
    moves: int
    again: bool


class Stood(NamedTuple):
    """An open case: its id, its person, where it is."""

    id: int
    person: int
    at: At


def move(*, day: date, by: str) -> Night:
    """Move every case on a sealed day, all of them or none; a day that has been moved is left as it is."""
    read.require_sealed(day)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(13, 1)")
        before = CaseDay.objects.filter(day=day).first()
        if before is not None:
            return Night(before.cases, before.moves, True)
        if CaseDay.objects.filter(day__gt=day).exists():
            raise CasesBehind(f"{day}: a later day has been moved")
        live = strategies.live(on=day)
        stood = open_cases()
        people = facts.of_day(day, also=[one.person for one in stood.values()])
        moves = decided(people, {person: one.at for person, one in stood.items()}, live, day)
        write(moves, stood, live, day, by)
        case_messages.withdraw_old(people=[one.person for one, _, _, _ in moves], at=facts.end_of(day))
        cases = len(open_cases())
        CaseDay.objects.create(day=day, cases=cases, moves=len(moves), by=by)
    return Night(cases, len(moves), False)


def open_cases() -> dict[int, Stood]:
    """The open cases by person, each with its stage, since when, and on which day each treatment last was its move.

    Of a closed case its newest state alone is looked at.
    """
    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        rows = cursor.fetchall()
    return {
        person: Stood(case, person, At(stage, since, tuple(sorted(zip(treatments, days, strict=True)))))
        for case, person, stage, since, treatments, days in rows
    }


def decided(
    people: Sequence[Facts], at: dict[int, At], live: Live, day: date
) -> list[tuple[Facts, Move, int, dict[str, object]]]:
    """What the live strategies move: the person, the move, the strategy, and the facts it saw. One call of each."""
    seen = {one.person: {**one.told, **path.seen(at.get(one.person), day)} for one in people}
    arms = {one.person: path.arm_of(one.person, live.experiment, live.shares) for one in people}
    found = []
    for number in dict.fromkeys((live.champion, live.challenger)):
        if number is None:
            continue
        read_in = strategy.read(strategies.named(strategy=number).body)
        own = [
            one
            for one in people
            if (arms[one.person] == CHALLENGER and live.challenger is not None) == (number == live.challenger)
        ]
        told = strategy.decide(read_in, [seen[one.person] for one in own])
        for one, said in zip(own, told, strict=True):
            moved = path.move(at.get(one.person), said, day, arms[one.person], is_over=is_over(one))
            if moved is not None:
                found.append((one, moved, number, {name: seen[one.person][name] for name in read_in.inputs}))
    return found


def is_over(one: Facts) -> bool:
    """Whether a person owes nothing that is past due or charged off."""
    return not one.told["days_past_due"] and not one.told["charged_off_minor"]


def write(
    moves: Sequence[tuple[Facts, Move, int, dict[str, object]]], stood: dict[int, Stood], live: Live, day: date, by: str
) -> None:
    """Write the moves of a day; a person without a case gets one."""
    new = [one.person for one, _, _, _ in moves if one.person not in stood]
    made = Case.objects.bulk_create(Case(borrower_id=person, opened_on=day) for person in new)
    ids = {person: one.id for person, one in stood.items()} | {one.borrower_id: one.id for one in made}
    CaseState.objects.bulk_create(
        CaseState(
            case_id=ids[one.person], on=day, stage=moved.stage, treatment=moved.treatment, channel=moved.channel,
            arm=moved.arm, strategy_id=number, rule=moved.rule, currency=one.currency,
            facts={**seen, "past_due_minor": one.told["past_due_minor"], "days_past_due": one.told["days_past_due"]},
            by=by,
        )
        for one, moved, number, seen in moves
    )  # fmt: skip


def own(*, case: int, owner: str, by: str, reason: str) -> None:
    """Give a case to somebody."""
    if not Case.objects.filter(id=case).exists():
        raise NoSuchCase(f"there is no case {case}")
    CaseOwner.objects.create(case_id=case, owner=owner, by=by, reason=reason)


def done(*, state: int, by: str, reason: str, decision: int | None = None, is_done: bool = True) -> None:
    """Say that a treatment on the queue was done, or that it was left and why; once.

    A call or a visit was done by a contact that the gate allowed: its decision is of the case's person.
    """
    row = CaseState.objects.filter(id=state).exclude(treatment=NOTHING).first()
    later = row is not None and CaseState.objects.filter(case_id=row.case_id, id__gt=state).exists()
    if row is None or later or CaseWork.objects.filter(state_id=state).exists():
        raise NoSuchCase(f"no treatment {state} waits")
    if not is_done and not reason.strip():
        raise WorkRefused(f"treatment {state}: say why it was left")
    person = Case.objects.values_list("borrower_id", flat=True).get(id=row.case_id)
    if message := case_messages.waits(person=person, state=state):
        raise WorkRefused(f"treatment {state}: message {message} is queued, and what comes of it will be written")
    if decision is None and is_done and row.treatment in OF_CONTACT:
        raise WorkRefused(f"treatment {state}: a {row.treatment} was done by which contact decision?")
    if decision is not None:
        made = ContactDecision.objects.filter(id=decision, borrower_id=person, allowed=True)
        if not made.exists():
            raise WorkRefused(f"decision {decision} allowed no contact with person {person}")
    CaseWork.objects.create(state_id=state, done=is_done, decision_id=decision, by=by, reason=reason)
