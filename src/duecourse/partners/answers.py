"""A request that changes something is done once: its answer is kept with what it did, under its idempotency key."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from django.db import connection

from duecourse.ledger import journal
from duecourse.ledger.journal import Refused

from .tables import ApiAnswer


class DifferentRequest(Refused):
    """The idempotency key was used before for another request."""

    code = "idempotency_key_reused"


class Answer(NamedTuple):
    """What a request was answered; `again`: it had been answered before."""

    status: int
    body: bytes
    again: bool


def once(*, partner: str, key: str, asked: bytes, do: Callable[[], tuple[int, bytes]]) -> Answer:
    """Do what a request asks, once for its key, in one transaction with the answer that is kept of it.

    The same request at the same time waits, and gets the same answer. What is refused leaves nothing behind: it may be
    asked again under its key. Another request under the key is refused.
    """
    digest = hashlib.sha256(asked).digest()

    def work() -> Answer:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(21, hashtext(%s))", [f"{partner}\n{key}"])
        before = ApiAnswer.objects.filter(partner=partner, key=key).first()
        if before is not None:
            if bytes(before.digest) != digest:
                raise DifferentRequest(f"the idempotency key {key!r} was used before for another request")
            return Answer(before.status, bytes(before.body), True)
        status, body = do()
        ApiAnswer.objects.create(partner=partner, key=key, digest=digest, status=status, body=body)
        return Answer(status, body, False)

    return journal.atomically(work)
