"""Stopping messages with one click (RFC 8058): a signed address that withdraws the consent for one channel."""

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core import signing

from duecourse.borrowers import reach

from .channels import CHANNELS

SALT = "duecourse.outreach.stopping"


class NotOurs(Exception):
    """An address that nobody signed."""

    code = "stop_address_unknown"


class Stop(NamedTuple):
    """Whose messages stop, by which channel."""

    borrower: int
    channel: str


def token(*, borrower: int, channel: str) -> str:
    """What an address carries: who and which channel, signed; it holds for ever, as an old e-mail does."""
    return signing.Signer(salt=SALT, sep=".").sign(f"{borrower}-{channel}")


def address(*, borrower: int, channel: str) -> str:
    """The address at which a person stops messages by a channel."""
    return f"{settings.PUBLIC_URL}/stop/{token(borrower=borrower, channel=channel)}"


def read(*, told: str) -> Stop:
    """Who stops what, by an address's token; one that nobody signed is refused."""
    try:
        borrower, _, channel = signing.Signer(salt=SALT, sep=".").unsign(told).partition("-")
        number = int(borrower)
    except (signing.BadSignature, ValueError):
        raise NotOurs("this address was not signed by us") from None
    if channel not in CHANNELS:
        raise NotOurs(f"{channel!r} is no channel")
    return Stop(number, channel)


def withdraw(*, told: str, at: datetime) -> Stop:
    """Withdraw the consent to be reached by a channel; what the law makes us send is sent all the same."""
    stop = read(told=told)
    reach.consent(
        borrower=stop.borrower, kind="contact", given=False, at=at, by="borrower", channel=stop.channel,
        reason="stopped from a message",
    )  # fmt: skip
    return stop
