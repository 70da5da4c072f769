"""What reaches a person, encrypted at rest: Fernet (AES-128-CBC with HMAC-SHA256), its keys from the settings."""

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """Stored under a key that is not at hand."""

    code = "secret_unreadable"


def seal(value: str) -> bytes:
    """Encrypt a text under the first of the keys."""
    return keys().encrypt(value.encode())


def seal_bytes(content: bytes) -> bytes:
    """Encrypt what a file holds under the first of the keys."""
    return keys().encrypt(content)


def opened(sealed: bytes) -> str:
    """A text that was encrypted under any of the keys."""
    return opened_bytes(sealed).decode()


def opened_bytes(sealed: bytes) -> bytes:
    """What a file holds that was encrypted under any of the keys."""
    try:
        return keys().decrypt(bytes(sealed))
    except InvalidToken:
        raise Unreadable("none of the keys in DUECOURSE_PII_KEYS opens this") from None


def digest(value: str) -> bytes:
    """A keyed digest by which the same text is found again; without the key it cannot be guessed back."""
    return hmac.new(settings.SECRET_KEY.encode(), value.encode(), hashlib.sha256).digest()


def keys() -> MultiFernet:
    """The keys: the first encrypts, each decrypts, so that a new one can be put before the old."""
    return MultiFernet([Fernet(key) for key in settings.PII_KEYS])
