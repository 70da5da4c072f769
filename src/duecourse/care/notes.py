"""Notes that staff keep about a person: what was said or seen and belongs nowhere else; encrypted at rest."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from duecourse.borrowers import secrecy

from . import accounts
from .keyed import CareRefused, alone, before
from .note_tables import Note

LONGEST = 4_000
"""Signs of a note."""
MOST = 50


class Noted(NamedTuple):
    """A note in clear: about which account (None: the person), by whom, when it was written down."""

    id: int
    account: int | None
    text: str
    by: str
    at: datetime


def write(*, person: int, text: str, by: str, key: str, account: int | None = None) -> int:
    """Keep a note about a person, or about an account of theirs; it is never changed, a later one may correct it."""
    told = {"borrower_id": person, "account_id": account}
    with transaction.atomic():
        alone(person)
        if row := before(Note, key, told):
            return row.id
        if not text.strip() or len(text) > LONGEST:
            raise CareRefused(f"text: a note says something, in at most {LONGEST} signs")
        accounts.own(person, account)
        row = Note.objects.create(**told, text=secrecy.seal(text.strip()), by=by, reason="", key=key)
        return row.id


def of(*, person: int, most: int = MOST) -> list[Noted]:
    """The newest notes about a person, the newest first."""
    rows = Note.objects.filter(borrower_id=person).order_by("-id")[:most]
    return [Noted(row.id, row.account_id, secrecy.opened(row.text), row.by, row.recorded_at) for row in rows]
