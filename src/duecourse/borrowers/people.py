"""Finding and adding borrowers by keyed identity."""

import hashlib
import hmac
from collections.abc import Sequence

from django.conf import settings
from django.db import connection


def identity(*, source: str, reference: str) -> bytes:
    """The keyed identity of a person as a source calls them; without the key it cannot be guessed back."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{source}\0{reference}".encode(), hashlib.sha256).digest()


def enrol(*, source: str, references: Sequence[str]) -> list[int]:
    """The ids of these people, in order; who is new is added, in order too. The same person twice gets one id."""
    keys = [identity(source=source, reference=reference) for reference in references]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO borrowers_source (code) VALUES (%s) ON CONFLICT (code) DO NOTHING", [source])
        cursor.execute(
            "INSERT INTO borrowers_borrower (identity) SELECT unnest(%s::bytea[]) ON CONFLICT (identity) DO NOTHING",
            [list(dict.fromkeys(keys))],
        )
        cursor.execute("SELECT identity, id FROM borrowers_borrower WHERE identity = ANY(%s)", [keys])
        ids = {bytes(key): borrower for key, borrower in cursor.fetchall()}
    return [ids[key] for key in keys]
