"""Who of the lender's people looked at a borrower: kept each time, and shown to the borrower by day."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import NamedTuple

from django.db.models import Count, Max
from django.db.models.functions import TruncDate

from .reading_tables import Reading

MOST = 100
"""So many lines are shown, the newest first."""


class Looked(NamedTuple):
    """On a day (UTC) people in these roles looked so often at an account, or at the person where it is empty."""

    day: date
    roles: tuple[str, ...]
    account: str
    times: int


def note(*, borrower: int, account: str, by: str, roles: Sequence[str], what: str) -> None:
    """Keep that somebody looked."""
    Reading.objects.create(borrower_id=borrower, account=account, by=by, roles=sorted(roles), what=what)


def of(*, borrower: int) -> list[Looked]:
    """Who looked at a borrower, by day; in which role and not by which name, since staff are persons too."""
    rows = (
        Reading.objects.filter(borrower_id=borrower)
        .values("roles", "account", day=TruncDate("recorded_at", tzinfo=UTC))
        .annotate(times=Count("id"), last=Max("id"))
        .order_by("-day", "-last")[:MOST]
    )
    return [Looked(row["day"], tuple(row["roles"]), row["account"], row["times"]) for row in rows]
