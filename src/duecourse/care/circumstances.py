"""Customers in vulnerable circumstances: noted with how to treat them, looked at again, ended.

Why is health or family, and nobody needs it to act on it: it is encrypted, and how to treat the person is not.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from duecourse.borrowers import reach, secrecy
from duecourse.rules.contact_rules import CHANNELS

from . import standing_blocks
from .keyed import CareRefused, alone, among, before
from .person_tables import Circumstance, CircumstanceState

KINDS = (
    "health", "mental_health", "disability", "bereavement", "abuse", "addiction", "loss_of_income", "caring", "age",
    "language", "literacy", "digital_access", "other",
)  # fmt: skip
TREAT = (
    "more_time", "plain_words", "letters_only", "no_calls", "large_print", "interpreter", "named_contact",
    "specialist_team", "somebody_with_them", "signposted",
)  # fmt: skip
REVIEWED, ENDED = "reviewed", "ended"
SHUT: Mapping[str, tuple[str, ...]] = {
    "no_calls": ("call",),
    "letters_only": tuple(one for one in CHANNELS if one not in ("letter", "app")),
}
"""The channels that a way of treating somebody shuts: the gate refuses them as it does after a stop. The inbox, which
nobody is called to, stays open beside letters."""


class NotNoted(Exception):
    """There is no such circumstance, or it has ended."""

    code = "circumstance_not_noted"


class Noted(NamedTuple):
    """A circumstance in clear: for the one who needs to know why."""

    kind: str
    note: str
    treat: tuple[str, ...]
    review_on: date


def note(
    *, person: int, kind: str, text: str, treat: Sequence[str], review_on: date, at: datetime, by: str, key: str
) -> int:
    """Note that a person is to be treated with care, how, and when to look again. Why is kept encrypted."""
    reach.zoned("at", at)
    told = {"borrower_id": person, "treat": sorted({*treat}), "review_on": review_on}
    with transaction.atomic():
        alone(person)
        if row := before(Circumstance, key, told):
            return row.id
        among("kind", kind, KINDS)
        for word in treat:
            among("treat", word, TREAT)
        seen_on = standing_blocks.day_of(at)
        if not treat or review_on <= seen_on:
            raise CareRefused(f"treat, review_on: something is done, and looked at again after {seen_on}")
        row = Circumstance.objects.create(
            **told, kind=secrecy.seal(kind), note=secrecy.seal(text), seen_on=seen_on, by=by, reason="seen", key=key,
            block_ids=shut(person, treat, at, by),
        )  # fmt: skip
        return row.id


def shut(person: int, treat: Sequence[str], at: datetime, by: str) -> list[int]:
    """Block the channels that a way of treating somebody shuts; the ids of the blocks."""
    channels = sorted({channel for word in treat for channel in SHUT.get(word, ())})
    reason = ", ".join(word for word in sorted(set(treat)) if word in SHUT)
    return [
        reach.block(borrower=person, kind="opted_out", channel=one, since=at, by=by, reason=reason) for one in channels
    ]


def review(*, circumstance: int, review_on: date, at: datetime, by: str, reason: str) -> None:
    """Say that a circumstance was looked at and still is so, and when to look again."""
    write(circumstance, REVIEWED, at, by, reason, review_on)


def end(*, circumstance: int, at: datetime, by: str, reason: str) -> None:
    """End a circumstance: the person is treated as others are."""
    write(circumstance, ENDED, at, by, reason, None)


def write(circumstance: int, state: str, at: datetime, by: str, reason: str, review_on: date | None) -> None:
    """Write down how a circumstance goes on; refused where it has ended."""
    reach.zoned("at", at)
    on = standing_blocks.day_of(at)
    if review_on is not None and review_on <= on:
        raise CareRefused(f"review_on: {review_on} is not after {on}")
    with transaction.atomic():
        row = Circumstance.objects.filter(id=circumstance).first()
        if row is None:
            raise NotNoted(f"there is no circumstance {circumstance}")
        alone(row.borrower_id)
        if CircumstanceState.objects.filter(circumstance_id=circumstance, state=ENDED).exists():
            raise NotNoted(f"circumstance {circumstance} has ended")
        CircumstanceState.objects.create(
            circumstance_id=circumstance, state=state, on=on, review_on=review_on, by=by, reason=reason
        )
        for block in row.block_ids if state == ENDED else ():
            standing_blocks.end(borrower=row.borrower_id, block=block, at=at, by=by, reason=f"ended: {reason}")


def noted(*, person: int) -> dict[int, Noted]:
    """What stands noted of a person, in clear."""
    found = {}
    for row in Circumstance.objects.filter(borrower_id=person).order_by("id"):
        last = CircumstanceState.objects.filter(circumstance_id=row.id).order_by("-id").first()
        if last is None or last.state != ENDED:
            again = last.review_on if last and last.review_on else row.review_on
            found[row.id] = Noted(secrecy.opened(row.kind), secrecy.opened(row.note), tuple(row.treat), again)
    return found
