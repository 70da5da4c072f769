"""What reaches a person, encrypted at rest: Fernet (AES-128-CBC with HMAC-SHA256), its keys from the settings.

What is sealed begins with the id of its key and a colon, so that it is known which key a row still needs; what an
earlier release sealed has no id, and any key may open it. By `index` something sealed is found again: its keys follow
those of sealing and are exchanged with them (`rotation`). `digest` is keyed by the secret key of the installation,
which stays: by it things are recognised of which no clear text is kept.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

NAMED = re.compile(r"[0-9A-Za-z_-]{1,32}")


class Unreadable(Exception):
    """Stored under a key that is not at hand."""

    code = "secret_unreadable"


class KeyRefused(Exception):
    """A key of the settings that cannot be one; the message says which by its place and not what it is."""

    code = "secret_key_refused"


class Key(NamedTuple):
    """A key: what it is called, how it opens and seals, by what it finds. own: its name where none was given."""

    id: str
    own: str
    material: str
    fernet: Fernet
    search: bytes

    def __repr__(self) -> str:
        """Its name alone: the rest is secret."""
        return f"Key({self.id!r})"


def keys() -> tuple[Key, ...]:
    """The keys at hand: the first seals, each opens. Refuses what is no key, and two of one name."""
    return ring(tuple(settings.PII_KEYS))


@cache
def ring(told: Sequence[str]) -> tuple[Key, ...]:
    """Keys as the settings tell them: `id:key`, or the key alone."""
    found = tuple(parsed(one, number) for number, one in enumerate(told, 1))
    if not found or len({key.id for key in found}) < len(found):
        raise KeyRefused("DUECOURSE_PII_KEYS: at least one key is needed, each with a name of its own")
    return found


def parsed(told: str, number: int) -> Key:
    """One key as the settings tell it; number: its place."""
    name, colon, material = told.strip().rpartition(":")
    try:
        fernet = Fernet(material)
    except ValueError as fault:
        raise KeyRefused(f"DUECOURSE_PII_KEYS: number {number} is no Fernet key") from fault
    own = hashlib.sha256(material.encode()).hexdigest()[:8]
    if colon and not NAMED.fullmatch(name):
        raise KeyRefused(f"DUECOURSE_PII_KEYS: number {number}: an id has letters and digits, at most 32")
    search = hmac.new(material.encode(), b"duecourse search", hashlib.sha256).digest()
    return Key(name or own, own, material, fernet, search)


def seal(value: str) -> bytes:
    """Encrypt a text under the first of the keys."""
    return seal_bytes(value.encode())


def seal_bytes(content: bytes) -> bytes:
    """Encrypt what a file holds under the first of the keys."""
    key = keys()[0]
    return mark(key) + key.fernet.encrypt(content)


def mark(key: Key) -> bytes:
    """How everything begins that is sealed under a key."""
    return f"{key.id}:".encode()


def opened(sealed: bytes) -> str:
    """A text that was encrypted under any of the keys."""
    return opened_bytes(sealed).decode()


def opened_bytes(sealed: bytes) -> bytes:
    """What a file holds that was encrypted under any of the keys."""
    name, colon, token = bytes(sealed).rpartition(b":")
    told = name.decode(errors="replace")
    for key in keys():
        if not colon or told in (key.id, key.own):
            try:
                return key.fernet.decrypt(token)
            except InvalidToken:
                continue
    which = f"the key {told!r} is not at hand" if colon else "none of the keys"
    raise Unreadable(f"{which}: DUECOURSE_PII_KEYS opens this not")


def index(value: str) -> bytes:
    """A keyed digest by which a sealed text is found again, under the first of the keys."""
    return by(keys()[0].search, value)


def indexes(value: str) -> list[bytes]:
    """The digests under which a text may have been kept: by each key at hand, and as earlier releases kept it."""
    return [*(by(key.search, value) for key in keys()), digest(value)]


def digest(value: str) -> bytes:
    """A keyed digest by which the same text is recognised; without the key it cannot be guessed back."""
    return by(settings.SECRET_KEY.encode(), value)


def by(key: bytes, value: str) -> bytes:
    """The HMAC-SHA256 of a text."""
    return hmac.new(key, value.encode(), hashlib.sha256).digest()
