"""Keys by which partners' programs are known: made once and shown once, kept as a digest, revoked by a row."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from duecourse.ledger.journal import Refused
from duecourse.servicing import parties

from .tables import ApiKey, ApiKeyEnd

LENDER = parties.LENDER
OF_PARTNERS = ("book:read", "documents:read", "servicing:write")
"""What a party's key may be allowed, about the accounts that it owns or funds."""
OF_LENDER = (
    *OF_PARTNERS, "accounts:write", "documents:write", "suspense:write", "debits:write", "care:read", "care:write",
    "contact:read", "contact:write", "recovery:read", "recovery:write", "risk:read", "legal:read", "legal:write",
    "incidents:read", "incidents:write", "incidents:approve",
)  # fmt: skip
"""What the lender's own key may be allowed: what is about persons, with all that they have, is the lender's alone."""
PER_MINUTE = 600
PER_MINUTE_MAX = 60_000
WRITTEN = re.compile(r"dc_([0-9a-z]{8})_[0-9A-Za-z_-]{43}")
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class UnknownScope(Refused):
    """A scope that there is not, or that only the lender's own keys have."""

    code = "api_scope_unknown"


class RateOutOfRange(Refused):
    """A key is allowed between one request a minute and PER_MINUTE_MAX."""

    code = "api_rate_out_of_range"


class NoSuchKey(Refused):
    """No key has this prefix, or it was revoked."""

    code = "no_such_api_key"


class Made(NamedTuple):
    """A new key: its prefix, and the whole of it, which is nowhere to be found again."""

    prefix: str
    key: str


class Holder(NamedTuple):
    """Whose key a request came with, and what it may do. party: the owner's id in the ledger, 0 for the lender."""

    key_id: int
    partner: str
    party: int
    prefix: str
    scopes: frozenset[str]
    per_minute: int

    @property
    def name(self) -> str:
        """Who an act that came with this key is written down to."""
        return f"{self.partner} (key {self.prefix})"


class Listed(NamedTuple):
    """A key as it is listed: all but the key itself. ended_at: when it was revoked."""

    partner: str
    prefix: str
    scopes: tuple[str, ...]
    since: datetime
    until: datetime | None
    per_minute: int
    by: str
    reason: str
    ended_at: datetime | None
    ended_by: str
    ended_reason: str


def add(
    *,
    partner: str,
    scopes: Sequence[str],
    at: datetime,
    by: str,
    reason: str,
    per_minute: int = PER_MINUTE,
    until: datetime | None = None,
) -> Made:
    """Make a key of the lender or of a party; refuses one that was not introduced, and scopes that it may not have."""
    parties.ids_of([partner])
    allowed = OF_LENDER if partner == LENDER else OF_PARTNERS
    for scope in scopes:
        if scope not in allowed:
            raise UnknownScope(f"{scope!r} is none of {', '.join(allowed)} that a key of {partner} may have")
    if not scopes:
        raise UnknownScope("a key without a scope could do nothing")
    if not 1 <= per_minute <= PER_MINUTE_MAX:
        raise RateOutOfRange(f"{per_minute} a minute is not between 1 and {PER_MINUTE_MAX}")
    if until is not None and until <= at:
        raise RateOutOfRange(f"a key that ends at {until} would never hold")
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(8))
    key = f"dc_{prefix}_{secrets.token_urlsafe(32)}"
    ApiKey.objects.create(
        partner=partner, prefix=prefix, digest=digest(key), scopes=sorted(set(scopes)), since=at, until=until,
        per_minute=per_minute, by=by, reason=reason,
    )  # fmt: skip
    return Made(prefix, key)


def digest(key: str) -> bytes:
    """What is kept of a key. Its 256 random bits need no slow digest."""
    return hashlib.sha256(key.encode()).digest()


FIND = """
SELECT k.id, k.partner, coalesce(p.id, 0), k.prefix, k.digest, k.scopes, k.per_minute, k.since, k.until,
    EXISTS (SELECT FROM partners_api_key_end e WHERE e.key_id = k.id)
FROM partners_api_key k LEFT JOIN servicing_party p ON p.code = k.partner WHERE k.prefix = %s
"""
NO_DIGEST = bytes(32)


def holder(*, key: str, at: datetime) -> Holder | None:
    """Whose key this is at an instant; None for one that there is not, is over, or was revoked.

    The digests are compared in constant time, whether or not the prefix is known.
    """
    written = WRITTEN.fullmatch(key)
    if written is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(FIND, [written[1]])
        row = cursor.fetchone()
    is_it = hmac.compare_digest(bytes(row[4]) if row else NO_DIGEST, digest(key))
    if not is_it or row[9] or at < row[7] or (row[8] is not None and at >= row[8]):
        return None
    return Holder(row[0], row[1], row[2], row[3], frozenset(row[5]), row[6])


def revoke(*, prefix: str, at: datetime, by: str, reason: str) -> None:
    """End a key at once; refuses one that there is not, or that has ended."""
    found = ApiKey.objects.filter(prefix=prefix).first()
    if found is None:
        raise NoSuchKey(f"no key begins with {prefix!r}")
    _, is_new = ApiKeyEnd.objects.get_or_create(key=found, defaults={"at": at, "by": by, "reason": reason})
    if not is_new:
        raise NoSuchKey(f"the key {prefix} was revoked before")


def listed() -> list[Listed]:
    """Every key that was ever made, the newest first."""
    rows = ApiKey.objects.select_related("apikeyend").order_by("-id")
    found = []
    for row in rows:
        end = getattr(row, "apikeyend", None)
        ended = (end.at, end.by, end.reason) if end else (None, "", "")
        found.append(
            Listed(
                row.partner, row.prefix, tuple(row.scopes), row.since, row.until, row.per_minute, row.by, row.reason,
                *ended,
            )
        )  # fmt: skip
    return found


USE = """
INSERT INTO partners_api_allowance AS a (key_id, used_until) VALUES (%(key)s, %(at)s + %(each)s)
ON CONFLICT (key_id) DO UPDATE SET used_until = greatest(a.used_until, %(at)s) + %(each)s
    WHERE a.used_until <= %(at)s + %(ahead)s
RETURNING used_until
"""


def use(*, holder: Holder, at: datetime) -> timedelta | None:
    """Count a request of a key; None where it may be made, else how long to wait.

    A minute's requests may come at once; then each waits for its part of a minute. Every server of the book counts in
    the same row (the generic cell rate algorithm).
    """
    each = timedelta(minutes=1) / holder.per_minute
    ahead = timedelta(minutes=1) - each
    with connection.cursor() as cursor:
        cursor.execute(USE, {"key": holder.key_id, "at": at, "each": each, "ahead": ahead})
        if cursor.fetchone() is not None:
            return None
        cursor.execute("SELECT used_until FROM partners_api_allowance WHERE key_id = %s", [holder.key_id])
        used_until: datetime = cursor.fetchone()[0]
    return max(used_until - ahead - at, each)
