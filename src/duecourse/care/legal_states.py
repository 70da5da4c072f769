"""What a person is before the law: deceased, a minor, without capacity, insolvent. Each is a block, and its end."""

from datetime import date, datetime

from django.db import transaction

from duecourse.borrowers import reach
from duecourse.borrowers.contact_tables import Block, BlockEnd

from . import standing_blocks
from .keyed import alone

STATES = ("deceased", "minor", "incapacity", "insolvency")


class AlreadySo(Exception):
    """It stands noted already."""

    code = "already_noted"


def deceased(*, person: int, at: datetime, by: str, reason: str) -> int:
    """Note that a person has died: nobody collects; executors are who may be written to."""
    return noted(person, "deceased", at, by, reason)


def minor(*, person: int, of_age_on: date, at: datetime, by: str, reason: str) -> int:
    """Note that a person is not of age before a day: guardians are who may be spoken to."""
    return noted(person, "minor", at, by, reason, standing_blocks.start_of(person, of_age_on))


def incapacity(*, person: int, at: datetime, by: str, reason: str) -> int:
    """Note that a person lacks capacity: guardians and representatives are who may be spoken to."""
    return noted(person, "incapacity", at, by, reason)


def insolvency(*, person: int, at: datetime, by: str, reason: str) -> int:
    """Note that a person is in an insolvency procedure: nobody collects."""
    return noted(person, "insolvency", at, by, reason)


def noted(person: int, kind: str, at: datetime, by: str, reason: str, until: datetime | None = None) -> int:
    """Block for what a person has become; refused where that stands already."""
    with transaction.atomic():
        alone(person)
        if block := standing(person, kind, at):
            raise AlreadySo(f"person {person}: {kind} stands noted by block {block}")
        return reach.block(borrower=person, kind=kind, since=at, until=until, by=by, reason=reason)


def standing(person: int, kind: str, at: datetime) -> int | None:
    """The block of this kind that has not ended by an instant."""
    for row in Block.objects.filter(borrower_id=person, kind=kind).order_by("id"):
        if (row.until is None or row.until > at) and not BlockEnd.objects.filter(block_id=row.id).exists():
            return int(row.id)
    return None


def end(*, person: int, kind: str, at: datetime, by: str, reason: str) -> None:
    """End what was noted (it was a mistake, or is over); refused where nothing stands."""
    with transaction.atomic():
        alone(person)
        block = standing(person, kind, at)
        if block is None:
            raise reach.NoSuchBlock(f"person {person}: no {kind} stands noted")
        reach.end_block(borrower=person, block=block, at=at, by=by, reason=reason)
