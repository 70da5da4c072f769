"""Breathing spaces: standard ones for so many days by law, ones in a mental health crisis as long as the treatment."""

from calendar import monthrange
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from duecourse.borrowers import reach
from duecourse.rules.care_terms import breathing_space_terms

from . import freezes, standing_blocks
from .freezes import Cause, NotStopped
from .keyed import CareRefused, alone, among, before
from .person_tables import BreathingSpace, BreathingSpaceState

STANDARD, CRISIS = "standard", "mental_health_crisis"
BLOCKS = {STANDARD: "breathing_space", CRISIS: "mental_health_crisis"}
TREATMENT_ENDED, ENDED = "treatment_ended", "ended"


class NoneThere(Exception):
    """The law of the place knows no breathing space."""

    code = "no_breathing_space_there"


class TooSoon(Exception):
    """The person was in a standard breathing space within the months in which there is one."""

    code = "breathing_space_too_soon"


class NotStanding(Exception):
    """There is no such breathing space, or it is over, or no treatment is under way."""

    code = "breathing_space_over"


def begin(*, person: int, kind: str, begins_on: date, reference: str, by: str, reason: str, key: str) -> int:
    """Begin a breathing space as the register tells it; nobody is dunned in it, and no interest or late charge grows on
    what was owed (`freezes`).

    A standard one lasts the days of the law, its first among them. Refused where the person was in a standard one in
    the months before.
    """
    told = {"borrower_id": person, "kind": kind, "begins_on": begins_on, "reference": reference}
    with transaction.atomic():
        alone(person)
        if row := before(BreathingSpace, key, told):
            return row.id
        among("kind", kind, tuple(BLOCKS))
        place = standing_blocks.place_of(person)
        terms = breathing_space_terms(place=place, on=begins_on)
        if terms is None:
            raise NoneThere(f"person {person}: no rule at {place or 'an unknown place'} knows a breathing space")
        last_on = None
        if kind == STANDARD:
            last_on = begins_on + timedelta(days=terms.most_days - 1)
            refuse_soon(person, begins_on, terms.once_in_months)
        block = blocked(person, kind, begins_on, last_on, by, reason)
        row = BreathingSpace.objects.create(
            **told, last_on=last_on, place=place, rule=terms.rule, block_id=block, by=by, reason=reason, key=key
        )
        freezes.bring(cause_of(row), by=by, reason=reason)
        return row.id


def cause_of(row: BreathingSpace) -> Cause:
    """Why charges stop, as it is known: through its last day."""
    last_on = last_day(row)
    return Cause(freezes.BREATHING_SPACE, row.id, row.borrower_id, None, row.begins_on, last_on, True)


def not_stopped(*, breathing_space: int) -> list[int]:
    """The accounts on which charges are not stopped for a breathing space: by refusal, or since its day is to come."""
    return freezes.missing(cause_of(BreathingSpace.objects.get(id=breathing_space)))


def stop_charges(*, on: date, by: str) -> tuple[NotStopped, ...]:
    """Bring what breathing spaces that are not over on a day stop to what it should be; answers what was refused."""
    failed: list[NotStopped] = []
    for row in BreathingSpace.objects.filter(Q(last_on=None) | Q(last_on__gte=on)).order_by("id"):
        with transaction.atomic():
            alone(row.borrower_id)
            failed += freezes.bring(cause_of(row), by=by, reason=row.reason)
    return tuple(failed)


def refuse_soon(person: int, begins_on: date, months: int) -> None:
    """Refuse a standard breathing space where another one was under way in the months before."""
    year, month = divmod(begins_on.year * 12 + begins_on.month - 1 - months, 12)
    since = date(year, month + 1, min(begins_on.day, monthrange(year, month + 1)[1]))
    for row in BreathingSpace.objects.filter(borrower_id=person, kind=STANDARD):
        until = last_day(row)
        assert until is not None
        if until > since:
            raise TooSoon(f"person {person}: one lasted until {until}, less than {months} months before {begins_on}")


def blocked(person: int, kind: str, begins_on: date, last_on: date | None, by: str, reason: str) -> int:
    """The block of a breathing space, by the person's own days."""
    until = None if last_on is None else standing_blocks.end_of(person, last_on)
    since = standing_blocks.start_of(person, begins_on)
    return reach.block(borrower=person, kind=BLOCKS[kind], since=since, until=until, by=by, reason=reason)


def last_day(row: BreathingSpace) -> date | None:
    """The last day of a breathing space as it is known; None while the treatment lasts."""
    last = newest(row.id)
    return last.last_on if last else row.last_on


def newest(breathing_space: int) -> BreathingSpaceState | None:
    """What became of a breathing space last."""
    return BreathingSpaceState.objects.filter(breathing_space_id=breathing_space).order_by("-id").first()


def treatment_ended(*, breathing_space: int, on: date, at: datetime, by: str, reason: str) -> date:
    """Say on which day the treatment of a crisis ended; answers the last day of the breathing space, by law."""
    with transaction.atomic():
        row = standing(breathing_space, at)
        terms = breathing_space_terms(place=row.place, on=row.begins_on)
        if row.kind != CRISIS or newest(row.id) is not None or terms is None:
            raise NotStanding(f"breathing space {breathing_space}: no treatment is under way")
        if on < row.begins_on:
            raise CareRefused(f"on: {on} is before {row.begins_on}")
        last_on = on + timedelta(days=terms.crisis_more_days)
        standing_blocks.end(borrower=row.borrower_id, block=row.block_id, at=at, by=by, reason=reason)
        block = blocked(row.borrower_id, row.kind, row.begins_on, last_on, by, reason)
        BreathingSpaceState.objects.create(
            breathing_space_id=row.id, state=TREATMENT_ENDED, on=on, last_on=last_on, block_id=block, by=by,
            reason=reason,
        )  # fmt: skip
        freezes.bring(cause_of(row), by=by, reason=reason)
        return last_on


def end(*, breathing_space: int, at: datetime, by: str, reason: str) -> None:
    """End a breathing space before its time, as the register tells it (cancelled, or the person asked)."""
    with transaction.atomic():
        row = standing(breathing_space, at)
        on, last = standing_blocks.day_of(at), newest(row.id)
        BreathingSpaceState.objects.create(
            breathing_space_id=row.id, state=ENDED, on=on, last_on=max(on, row.begins_on), by=by, reason=reason
        )
        block = last.block_id if last else row.block_id
        standing_blocks.end(borrower=row.borrower_id, block=block, at=at, by=by, reason=reason)
        freezes.bring(cause_of(row), by=by, reason=reason)


def standing(breathing_space: int, at: datetime) -> BreathingSpace:
    """A breathing space that is not over; inside the caller's transaction."""
    reach.zoned("at", at)
    row = BreathingSpace.objects.filter(id=breathing_space).first()
    if row is None:
        raise NotStanding(f"there is no breathing space {breathing_space}")
    alone(row.borrower_id)
    last, until = newest(row.id), last_day(row)
    if (last and last.state == ENDED) or (until is not None and until < standing_blocks.day_of(at)):
        raise NotStanding(f"breathing space {breathing_space} was over on {until}")
    return row
