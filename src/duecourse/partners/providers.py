"""Payment providers: where a borrower is sent to pay, and how a provider tells that money came.

DUECOURSE_PROVIDERS names a TOML file of `[[provider]]` tables (docs/guide/providers.md); `${NAME}` is taken from the
environment. A provider of another make is one more class with the methods of `Provider`, named in KINDS.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from duecourse import operator_file
from duecourse.ledger.journal import Refused

SECONDS = 8.0
OPEN, PAID, FAILED, EXPIRED = "open", "paid", "failed", "expired"
STATES = (OPEN, PAID, FAILED, EXPIRED)
CHANNEL_MAX = 32_767


class ProvidersRefused(Exception):
    """The file of providers says something that cannot be so; the message names the provider and the field."""

    code = "providers_refused"


class NoSuchProvider(Refused):
    """No provider of this name is set up."""

    code = "no_such_provider"


class ProviderUnavailable(Refused):
    """The provider could not be reached, or did not answer as it should."""

    code = "provider_unavailable"


class NotTheProvider(Refused):
    """What came in the provider's name is not signed with its secret, is old, or says what cannot be so."""

    code = "not_the_provider"


class Asked(NamedTuple):
    """What a provider is asked to take: an amount in minor units (`shown`: as the payer reads it), for what, in which
    language, where the payer comes back to, and where what became of it is told."""

    reference: str
    amount_minor: int
    currency: str
    shown: str
    title: str
    language: str
    return_url: str
    tell_url: str


class Begun(NamedTuple):
    """What the provider knows it by, and the page on which the payer goes on."""

    session: str
    url: str


class Told(NamedTuple):
    """What a provider says of a session, at which instant that was so."""

    session: str
    reference: str
    state: str
    amount_minor: int
    currency: str
    at: datetime
    why: str = ""


class Provider(Protocol):
    """One provider. `channel`: what payments through it carry on the ledger; `place`: the origin of its pages."""

    name: str
    channel: int
    place: str

    def begin(self, asked: Asked) -> Begun:
        """Begin a session; asked twice with one reference it is one session. Refuses with ProviderUnavailable."""

    def state_of(self, session: str) -> Told:
        """What became of a session. Refuses with ProviderUnavailable."""

    def read(self, body: bytes, headers: Mapping[str, str]) -> Told:
        """What the provider tells, proven to be its own. Refuses with NotTheProvider."""


class Hosted:
    """A provider with a page of its own: JSON over HTTPS, told by messages signed as Standard Webhooks asks."""

    def __init__(self, name: str, url: str, key: str, secret: str, channel: int) -> None:
        self.name, self.url, self.key, self.secret, self.channel = name, url.rstrip("/"), key, secret, channel
        told = urlsplit(url)
        self.place = f"{told.scheme}://{told.netloc}"

    def begin(self, asked: Asked) -> Begun:
        """POST /sessions, with the reference as idempotency key."""
        told = self.ask("POST", "/sessions", asked._asdict(), {"idempotency-key": asked.reference})
        url = told.get("url")
        if not isinstance(told.get("id"), str) or not isinstance(url, str) or not url.startswith(f"{self.place}/"):
            raise ProviderUnavailable(f"{self.name} answered without a session or with a page that is not its own")
        return Begun(told["id"], url)

    def state_of(self, session: str) -> Told:
        """GET /sessions/{id}."""
        try:
            return told_of(self.ask("GET", f"/sessions/{session}", None, {}))
        except NotTheProvider as fault:
            raise ProviderUnavailable(f"{self.name}: {fault}") from fault

    def ask(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> dict[str, Any]:
        """What it answers to a request."""
        own = {"authorization": f"Bearer {self.key}", **headers}
        try:
            with httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
                answer = client.request(method, self.url + path, json=body, headers=own)
            told = answer.json() if answer.status_code in (200, 201) else None
        except (httpx.HTTPError, ValueError) as fault:
            raise ProviderUnavailable(f"{self.name} did not answer: {type(fault).__name__}") from fault
        if not isinstance(told, dict):
            raise ProviderUnavailable(f"{self.name} answered {answer.status_code}")
        return told

    def read(self, body: bytes, headers: Mapping[str, str]) -> Told:
        """The body of a message, once its signature holds and it is not older than five minutes."""
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            Webhook(self.secret).verify(body, lower)
            told = json.loads(body)
        except (WebhookVerificationError, ValueError) as fault:
            raise NotTheProvider(f"{self.name}: its signature does not hold, or it is old") from fault
        return told_of(told)


def told_of(told: Any) -> Told:
    """What a provider says of a session, each field looked at."""
    try:
        found = Told(
            str(told["id"]), str(told["reference"]), str(told["state"]), told["amount_minor"], str(told["currency"]),
            datetime.fromisoformat(told["at"]), str(told.get("why", "")),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as fault:
        raise NotTheProvider(f"what came is no session: {fault}") from fault
    if found.state not in STATES or type(found.amount_minor) is not int or found.amount_minor <= 0:
        raise NotTheProvider(f"a session is {', '.join(STATES)}, of a whole amount above nothing")
    if found.at.tzinfo is None:
        raise NotTheProvider("at: an instant has a zone")
    return found


KINDS = {"hosted": Hosted}
FIELDS = {"name": str, "kind": str, "url": str, "key": str, "secret": str, "channel": int}


def providers() -> dict[str, Provider]:
    """The providers of the operator's file, by name; none without a file."""
    if not settings.PROVIDERS:
        return {}
    told = operator_file.read(settings.PROVIDERS, "DUECOURSE_PROVIDERS", ProvidersRefused)
    found = [parsed(row) for row in told.get("provider", [])]
    return {one.name: one for one in found}


def parsed(row: Mapping[str, Any]) -> Provider:
    """A table of the file as a provider; what it must not say is refused by name."""
    name = str(row.get("name", "?"))
    for field in {*row, *FIELDS}:
        if field not in FIELDS or field not in row or type(row[field]) is not FIELDS[field]:
            raise ProvidersRefused(f"provider {name}: {field}: not a field, missing, or not what it holds")
    if not re.fullmatch(r"[a-z0-9-]{1,30}", name) or row["kind"] not in KINDS:
        raise ProvidersRefused(f"provider {name}: a name of a-z, 0-9 and -; kind is one of {', '.join(KINDS)}")
    if not 0 < row["channel"] <= CHANNEL_MAX:
        raise ProvidersRefused(f"provider {name}: channel: from 1 to {CHANNEL_MAX}")
    place = urlsplit(row["url"])
    if place.scheme != "https" and (place.scheme, place.hostname) not in (("http", "127.0.0.1"), ("http", "localhost")):
        raise ProvidersRefused(f"provider {name}: url: https://…, or http:// on this machine")
    key, secret = (
        operator_file.filled(row[field], f"provider {name}: {field}", ProvidersRefused) for field in ("key", "secret")
    )
    return KINDS[row["kind"]](name, row["url"], key, secret, row["channel"])


def named(name: str) -> Provider:
    """The provider of this name."""
    found = providers().get(name)
    if found is None:
        raise NoSuchProvider(f"no provider {name!r} is set up (DUECOURSE_PROVIDERS)")
    return found
