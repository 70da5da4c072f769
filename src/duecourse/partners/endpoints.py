"""Where partners are told of events: over HTTPS at a public address, or on this machine; begun and ended by rows."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction

from duecourse.borrowers import secrecy
from duecourse.ledger import read as ledger
from duecourse.ledger.journal import Refused
from duecourse.servicing import parties

from . import signing
from .events import KINDS, OF_LENDER, READER
from .webhook_tables import WebhookEndpoint, WebhookEndpointEnd

URL_MAX = 500
TRANSLATED = tuple(
    map(ip_network, ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10"))
)
"""IPv6 addresses that stand for IPv4 ones (RFC 4291, 6052, 8215, 4380, 3056), and site-local ones (RFC 3879)."""


class EndpointRefused(Refused):
    """An address that nobody may be told at, or a kind of event that there is not or the partner may not have."""

    code = "webhook_endpoint_refused"


class NoSuchEndpoint(Refused):
    """There is no such endpoint, or it has ended."""

    code = "no_such_webhook_endpoint"


class Made(NamedTuple):
    """A new endpoint: its number, and the secret that its messages are signed with, shown once."""

    id: int
    secret: str


class Place(NamedTuple):
    """Where a message goes: the address as it is told, the machine that it is sent to, whether it is encrypted."""

    url: str
    host: str
    address: str
    port: int
    is_encrypted: bool


def add(*, partner: str, url: str, kinds: Sequence[str], by: str, reason: str, secret: str = "") -> Made:
    """Tell a partner of events from now on; no kinds: of all that it may have. `secret`: its own, else a new one."""
    parties.ids_of([partner])
    resolved(url)
    allowed = [kind for kind in KINDS if partner == parties.LENDER or kind not in OF_LENDER]
    for kind in kinds:
        if kind not in allowed:
            raise EndpointRefused(f"{kind!r} is none of {', '.join(allowed)} that {partner} may be told of")
    secret = secret or signing.new_secret()
    signing.key_of(secret)
    with transaction.atomic(), connection.cursor() as cursor:
        ledger.begin_now(cursor, reader=READER)
        row = WebhookEndpoint.objects.create(
            partner=partner, url=url, kinds=sorted(set(kinds)), secret=secrecy.seal(secret), by=by, reason=reason
        )
    return Made(row.id, secret)


def end(*, endpoint: int, by: str, reason: str) -> None:
    """Tell an endpoint nothing more."""
    if endpoint not in {row.id for row in standing()}:
        raise NoSuchEndpoint(f"there is no endpoint {endpoint}, or it has ended")
    WebhookEndpointEnd.objects.get_or_create(endpoint_id=endpoint, defaults={"by": by, "reason": reason})


def standing() -> list[WebhookEndpoint]:
    """The endpoints that are told of events."""
    return list(WebhookEndpoint.objects.filter(webhookendpointend=None).order_by("id"))


def resolved(url: str) -> Place:
    """The machine behind an address; refused unless it is public and encrypted, or this machine's own.

    What is checked is what is connected to: a name that leads elsewhere a moment later leads nowhere else.
    """
    told = urlsplit(url)
    try:
        port = told.port or (443 if told.scheme == "https" else 80)
    except ValueError:
        raise EndpointRefused("the address names no port that there is") from None
    if told.scheme not in ("http", "https") or not told.hostname or told.username or len(url) > URL_MAX:
        raise EndpointRefused("an address is https://…, without a name or password in it")
    try:
        found = socket.getaddrinfo(told.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise EndpointRefused(f"{told.hostname} cannot be found: {fault}") from fault
    addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    is_own = is_here(told.hostname) and all(one.is_loopback for one in addresses)
    if told.scheme == "http" and not is_own:
        raise EndpointRefused("an address on another machine is https://…")
    if not is_own and not settings.WEBHOOKS_PRIVATE and not all(is_public(one) for one in addresses):
        raise EndpointRefused(f"{told.hostname} is no public address (DUECOURSE_WEBHOOKS_PRIVATE)")
    return Place(url, told.hostname, str(addresses[0]), port, told.scheme == "https")


def is_here(host: str) -> bool:
    """Whether a name is this machine's by what it says: what another's name leads to is another's to say."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is reached over the internet and stands for no other: none that a translator leads inside."""
    return address.is_global and not address.is_multicast and not any(address in one for one in TRANSLATED)
