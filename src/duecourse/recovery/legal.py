"""What every legal step begins with: the account and whose it is, a request done once, one person at a time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from django.db import connection

from duecourse.borrowers import reach
from duecourse.ledger.journal import Refused
from duecourse.rules import lender
from duecourse.servicing import read

from .legal_tables import OfAccount

Row = TypeVar("Row", bound=OfAccount)


class LegalRefused(Refused):
    """Something of a legal step that cannot be so; the message names the field."""

    code = "legal_refused"


class LegalKeyReused(Refused):
    """The key was used before for something else."""

    code = "legal_key_reused"


class Subject(NamedTuple):
    """An account on the way to court: its page, whose it is, where they live ("": not known) and in which language."""

    page: read.Page
    borrower: int
    place: str
    language: str

    @property
    def account(self) -> int:
        """The account's id."""
        return self.page.account_id


def subject(*, number: str) -> Subject:
    """The account with this number, with every posting that it ever had."""
    page = read.account_with_every_posting(number=number)
    borrower = read.borrower_of(number=number)
    home = reach.residence(borrower=borrower)
    return Subject(page, borrower, home.place if home else "", home.language if home else "en")


def day_of(at: datetime) -> date:
    """The lender's calendar day of an instant; one without a zone is refused."""
    if at.tzinfo is None:
        raise LegalRefused(f"at: {at} has no zone")
    return at.astimezone(lender.clock(on=at.date()).zone).date()


def before(rows: type[Row], key: str, told: Mapping[str, Any]) -> Row | None:
    """The row that an earlier request with this key made; another request under the key is refused."""
    if not key:
        raise LegalRefused("key: a request has one")
    row = rows.objects.filter(key=key).first()
    for field, value in told.items() if row else ():
        if getattr(row, field) != value:
            raise LegalKeyReused(f"key {key!r} was used with another {field}")
    return row


def alone(borrower: int) -> None:
    """Wait until nobody else takes a legal step about this person; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(17, (%s::bigint >> 10)::int)", [borrower])


def said(field: str, text: str) -> str:
    """A text that must say something."""
    if not text.strip():
        raise LegalRefused(f"{field}: nothing is said")
    return text
