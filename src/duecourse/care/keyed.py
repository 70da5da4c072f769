"""What every request of care has: a key, asked twice it is done once; and people are dealt with one at a time."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import connection, models

from duecourse.borrowers.contact_tables import Told

Row = TypeVar("Row", bound="Keyed")


class KeyReused(Exception):
    """The key was used before for something else."""

    code = "care_key_reused"


class CareRefused(Exception):
    """Something that cannot be so; the message names the field."""

    code = "care_refused"


class Keyed(Told):
    """A row that a request made, with the request's key."""

    key = models.TextField(unique=True)

    class Meta:
        abstract = True


def before(rows: type[Row], key: str, told: Mapping[str, Any]) -> Row | None:
    """The row that an earlier request with this key made; another request under the key is refused."""
    if not key:
        raise CareRefused("key: a request has one")
    row = rows.objects.filter(key=key).first()
    for field, value in told.items() if row else ():
        if getattr(row, field) != value:
            raise KeyReused(f"key {key!r} was used with another {field}")
    return row


def alone(borrower: int) -> None:
    """Wait until nobody else writes down what this person told us; inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(9, (%s::bigint >> 10)::int)", [borrower])


def among(field: str, word: str, words: tuple[str, ...]) -> None:
    """Refuse a word that is none of these."""
    if word not in words:
        raise CareRefused(f"{field}: {word!r} is none of {', '.join(words)}")
