"""Telling partners: each message signed, tried until it is taken or there is no use; told again when asked.

A message may come twice (its answer was lost): its id is the same. Two who deliver at once take different messages.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

import httpx
from django.db import connection, transaction

from duecourse import telemetry
from duecourse.borrowers import secrecy
from duecourse.ledger.journal import Refused

from . import endpoints, signing
from .endpoints import EndpointRefused, Place
from .webhook_tables import WebhookDelivery, WebhookEndpointEnd, WebhookTry

DELIVERED, FAILED, DEAD, REPLAY = "delivered", "failed", "dead", "replay"
BACKOFF = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
"""How long after each failure the next try comes, as Standard Webhooks suggests; after the last it is dead."""
SECONDS = 15.0
"""How long a receiver may take in all, from the connection to the first line of its answer."""


class NoSuchDelivery(Refused):
    """There is no such delivery, or its endpoint has ended."""

    code = "no_such_webhook_delivery"


class Answer(NamedTuple):
    """What a receiver answered: its status, None where there was none, and why not."""

    status: int | None
    detail: str


class Listed(NamedTuple):
    """A delivery as it is listed, with its newest try."""

    id: int
    kind: str
    partner: str
    url: str
    endpoint: int
    account: str
    at: datetime
    outcome: str
    tries: int
    status: int | None
    detail: str
    next_at: datetime | None


@telemetry.job("webhooks")
def deliver(*, now: Callable[[], datetime], by: str, most: int = 10_000) -> Counter[str]:
    """Try every delivery that is due; how many came to what. One at a time, each in its own transaction.

    Who does not answer once is asked nothing more in this run: the others wait for it once, not for each message.
    """
    came: Counter[str] = Counter()
    silent: set[int] = set()
    for _ in range(most):
        outcome = deliver_one(now(), by, silent)
        if outcome is None:
            break
        came[outcome] += 1
    return came


def deliver_one(at: datetime, by: str, silent: set[int]) -> str | None:
    """Try the delivery that has been due longest and that nobody else has in hand; None where there is none.

    `silent`: endpoints that are left out; one that does not answer joins them.
    """
    with transaction.atomic():
        due = WebhookDelivery.objects.filter(next_at__lte=at).exclude(endpoint_id__in=silent).order_by("next_at", "id")
        row = due.select_for_update(skip_locked=True, of=("self",)).select_related("event", "endpoint").first()
        if row is None:
            return None
        if WebhookEndpointEnd.objects.filter(endpoint=row.endpoint).exists():
            return keep(row, DEAD, Answer(None, "the endpoint has ended"), at, by, None)
        answer = told(row, at)
        if answer.status is not None and 200 <= answer.status < 300:
            return keep(row, DELIVERED, answer, at, by, None)
        if answer.status is None:
            silent.add(row.endpoint_id)
        failures = failed_since_asked(row)
        if failures >= len(BACKOFF) or answer.status == 410:
            return keep(row, DEAD, answer, at, by, None)
        return keep(row, FAILED, answer, at, by, at + BACKOFF[failures])


def failed_since_asked(row: WebhookDelivery) -> int:
    """How many tries have failed since it began, or since somebody asked for it again."""
    tries = WebhookTry.objects.filter(delivery=row)
    asked = tries.filter(outcome=REPLAY).order_by("-number").first()
    return tries.filter(outcome=FAILED, number__gt=asked.number if asked else 0).count()


def keep(row: WebhookDelivery, outcome: str, answer: Answer, at: datetime, by: str, next_at: datetime | None) -> str:
    """Write a try down, and when the next one comes."""
    number = WebhookTry.objects.filter(delivery=row).count() + 1
    WebhookTry.objects.create(
        delivery=row, number=number, outcome=outcome, status=answer.status, detail=answer.detail, by=by, at=at,
    )  # fmt: skip
    row.next_at = next_at
    row.save(update_fields=["next_at"])
    return outcome


def told(row: WebhookDelivery, at: datetime) -> Answer:
    """Send a message; a redirect is not followed, what the receiver says is not kept."""
    body = json.dumps(row.event.body, ensure_ascii=False, separators=(",", ":")).encode()
    secret = secrecy.opened(row.endpoint.secret)
    signed = signing.headers(secret=secret, message=f"evt_{row.event_id}", seconds=int(at.timestamp()), body=body)
    try:
        return asyncio.run(sent(endpoints.resolved(row.endpoint.url), body, signed))
    except EndpointRefused as fault:
        return Answer(None, str(fault))
    except (httpx.HTTPError, TimeoutError) as fault:
        return Answer(None, type(fault).__name__)


async def sent(place: Place, body: bytes, signed: dict[str, str]) -> Answer:
    """Send to the machine that was looked at, under the name that was asked for, within SECONDS in all."""
    to = httpx.URL(place.url).copy_with(host=place.address)
    host = httpx.URL(place.url).netloc.decode()
    own = {"content-type": "application/json", "user-agent": "Duecourse", "host": host}
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST", to, content=body, headers=own | signed, extensions={"sni_hostname": place.host}
        ) as answer,
    ):  # fmt: skip
        return Answer(answer.status_code, phrase(answer.status_code))


def phrase(status: int) -> str:
    """What a status means, in the standard's words; the receiver's own may say anything."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def replay(*, delivery: int, at: datetime, by: str) -> None:
    """Tell an endpoint again, at once; with the same id, so that who has it knows it."""
    with transaction.atomic():
        row = WebhookDelivery.objects.select_for_update().filter(id=delivery).first()
        if row is None or WebhookEndpointEnd.objects.filter(endpoint=row.endpoint_id).exists():
            raise NoSuchDelivery(f"there is no delivery {delivery}, or its endpoint has ended")
        keep(row, REPLAY, Answer(None, ""), at, by, at)


def listed(*, newest: int = 100, outcome: str = "", endpoint: int | None = None) -> list[Listed]:
    """The newest deliveries, of one outcome or endpoint where that is asked; `queued`: not tried yet."""
    with connection.cursor() as cursor:
        cursor.execute(LIST, {"outcome": outcome, "endpoint": endpoint, "newest": newest})
        return [Listed(*row) for row in cursor.fetchall()]


LIST = """
SELECT d.id, e.kind, p.partner, p.url, p.id, coalesce(e.body -> 'data' ->> 'account', ''), e.recorded_at,
    coalesce(t.outcome, 'queued'), coalesce(t.number, 0), t.status, coalesce(t.detail, ''), d.next_at
FROM partners_webhook_delivery d JOIN partners_webhook_event e ON e.id = d.event_id
JOIN partners_webhook_endpoint p ON p.id = d.endpoint_id
LEFT JOIN LATERAL (SELECT * FROM partners_webhook_try t WHERE t.delivery_id = d.id ORDER BY t.number DESC LIMIT 1) t
    ON true
WHERE (%(outcome)s = '' OR coalesce(t.outcome, 'queued') = %(outcome)s)
    AND (%(endpoint)s::bigint IS NULL OR p.id = %(endpoint)s)
ORDER BY d.id DESC LIMIT %(newest)s
"""
