"""A hardship form that a borrower has begun and not sent: sealed, for thirty days, until it is sent or thrown away."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from duecourse.borrowers import secrecy

from .hardship_tables import HardshipDraft

WAITS = timedelta(days=30)
LONGEST = {
    "account": 100, "income": 20, "spending": 20, "other_debts": 20, "adults": 3, "children": 3, "cause": 4_000
}  # fmt: skip
"""The fields that are kept, each with the most characters that it may have."""


class Draft(NamedTuple):
    """What was typed so far, by field as it was typed, and when."""

    typed: dict[str, str]
    saved_at: datetime


def save(*, borrower: int, typed: Mapping[str, str], at: datetime) -> None:
    """Keep what a borrower has typed so far, in place of what was kept before; what nobody came back to is removed."""
    body = {name: typed.get(name, "")[:most] for name, most in LONGEST.items()}
    expire(at=at)
    HardshipDraft.objects.update_or_create(
        borrower_id=borrower, defaults={"told": secrecy.seal(json.dumps(body)), "saved_at": at}
    )


def of(*, borrower: int, at: datetime) -> Draft | None:
    """What a borrower has begun within thirty days; None where there is nothing."""
    row = HardshipDraft.objects.filter(borrower_id=borrower, saved_at__gt=at - WAITS).first()
    return row and Draft(json.loads(secrecy.opened(row.told)), row.saved_at)


def expire(*, at: datetime) -> int:
    """Remove what nobody came back to within thirty days; answers how many there were."""
    return int(HardshipDraft.objects.filter(saved_at__lte=at - WAITS).delete()[0])


def drop(*, borrower: int) -> None:
    """Throw away what a borrower has begun."""
    HardshipDraft.objects.filter(borrower_id=borrower).delete()
