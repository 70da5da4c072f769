"""By which way a message leaves: routes from the operator's file, and handing one message over to one of them.

DUECOURSE_CHANNELS names a TOML file of `[[route]]` tables (docs/guide/messages.md). A route serves one channel; of
several the first whose `begins` the number or address begins with. `${NAME}` is taken from the environment.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import apprise
from django.conf import settings

from duecourse import operator_file

from .handed import FAILED, SENT, UNKNOWN, Answer, Letter

CHANNELS = ("sms", "email", "im", "app")
"""Channels by which a message can be sent; the others are a person's work."""
POINT_KINDS = {"sms": "phone", "email": "email", "im": "im"}
"""Which kind of contact point a channel needs; the inbox needs none."""
INBOX = "inbox"
SECURITY = ("starttls", "ssl", "none")
WORDS = ("name", "channel", "url", "begins", "host", "security", "user", "password", "sender", "domain")
NOT_CONNECTED = re.compile(r"Failed to establish a new connection|NameResolutionError|ConnectTimeout")
REFUSED_BY_SERVICE = re.compile(r"error=(\d+)")
MAYBE_TAKEN = frozenset({500, 502, 504})
"""Answers after which nobody knows: what stands before the service failed, or the service while it worked."""


class ChannelRefused(Exception):
    """The file of channels says something that cannot be so; the message names the route and the field."""

    code = "channel_refused"


class Route(NamedTuple):
    """One way out. url: an Apprise URL with {to}, {key}, {language}, {receipt}; else an SMTP server by host and port.

    per_second: how many messages at most. takes_key: whoever receives knows a message by its key, so that one of which
    nobody knows whether it was taken may be sent again.
    """

    name: str
    channel: str
    url: str = ""
    begins: str = ""
    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    domain: str = ""
    per_second: float = 10.0
    takes_key: bool = False

    @property
    def is_smtp(self) -> bool:
        """Whether it is a mail server."""
        return bool(self.host)

    def __repr__(self) -> str:
        """Its name alone: the rest holds secrets."""
        return f"Route({self.name!r}, {self.channel!r})"


def routes() -> tuple[Route, ...]:
    """The routes of the operator's file, and the inbox."""
    inbox = Route(INBOX, "app", per_second=1e9)
    if not settings.CHANNELS:
        return (inbox,)
    told = operator_file.read(settings.CHANNELS, "DUECOURSE_CHANNELS", ChannelRefused)
    return (*(parsed(row) for row in told.get("route", [])), inbox)


def parsed(row: Mapping[str, Any]) -> Route:
    """A table of the file as a route; what it must not say is refused by name."""
    name = str(row.get("name", "?"))
    for field, value in row.items():
        if field not in Route._fields or not isinstance(value, holds(field)):
            raise ChannelRefused(f"route {name}: {field}: not a field, or not what it holds")
    filled: dict[str, Any] = {
        field: operator_file.filled(value, f"route {name}: {field}", ChannelRefused) if field in WORDS else value
        for field, value in row.items()
    }
    if "name" not in row or "channel" not in row or filled["channel"] not in CHANNELS:
        raise ChannelRefused(f"route {name}: name and channel are needed; channels are {', '.join(CHANNELS)}")
    route = Route(**filled)
    if bool(route.url) == bool(route.host):
        raise ChannelRefused(f"route {name}: either url or host is needed")
    if route.is_smtp and (route.channel != "email" or not route.sender or route.security not in SECURITY):
        raise ChannelRefused(f"route {name}: a host is for e-mail, with a sender, security one of {SECURITY}")
    if route.per_second <= 0:
        raise ChannelRefused(f"route {name}: per_second: {route.per_second} is not above 0")
    return route


def holds(field: str) -> type | tuple[type, ...]:
    """What kind of value a field of a route holds."""
    told = type(Route._field_defaults.get(field, ""))
    return (int, float) if told is float else told


def route_for(channel: str, to: str, among: Sequence[Route]) -> Route | None:
    """The first route of a channel for a number or address."""
    return next((one for one in among if one.channel == channel and to.startswith(one.begins)), None)


def by_apprise(route: Route, letter: Letter) -> Answer:
    """Hand a message over by an Apprise URL, and read from what Apprise tells whether it may have been taken.

    Apprise answers yes or no. A no is `failed` where the service refused or could not be connected to: it did not take
    the message. After any other no it may have.
    """
    if letter.attached:
        return Answer(FAILED, f"route {route.name}: carries no files")
    told = {
        "to": letter.to.removeprefix(route.begins),
        "key": letter.key,
        "language": letter.language,
        "receipt": letter.receipt_url,
    }
    url = route.url
    for name, value in told.items():
        url = url.replace("{" + name + "}", quote(value, safe=""))
    carrier = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, storage_mode="memory"))
    if not carrier.add(url):
        return Answer(FAILED, f"route {route.name}: Apprise knows no such URL")
    given = carrier.notify(
        letter.text, title=letter.subject, body_format=apprise.NotifyFormat.TEXT, log_level=logging.DEBUG
    )
    if given:
        return Answer(SENT)
    said = "\n".join(str(one.message) for one in given.logs())
    refused = REFUSED_BY_SERVICE.search(said)
    if refused and int(refused[1]) not in MAYBE_TAKEN:
        return Answer(FAILED, f"the service answered {refused[1]}")
    if NOT_CONNECTED.search(said):
        return Answer(FAILED, "the service cannot be connected to")
    return Answer(UNKNOWN, f"the service answered {refused[1]}" if refused else "the service did not answer")
