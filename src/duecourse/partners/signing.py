"""Signing what a partner is told, as Standard Webhooks 1 asks: HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
import secrets

from duecourse.ledger.journal import Refused

PREFIX = "whsec_"


class SecretUnreadable(Refused):
    """A secret is `whsec_` and 24 to 64 bytes in Base64."""

    code = "webhook_secret_unreadable"


def new_secret() -> str:
    """A secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise SecretUnreadable(f"a secret is {PREFIX} and 24 to 64 bytes in Base64")
    return key


def headers(*, secret: str, message: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers of a message with this id at a time (seconds since 1970).

    >>> headers(secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", message="msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...         seconds=1614265330, body=b'{"test": 2432232314}')["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    told = f"{message}.{seconds}.".encode() + body
    signature = base64.b64encode(hmac.new(key_of(secret), told, hashlib.sha256).digest()).decode()
    return {"webhook-id": message, "webhook-timestamp": str(seconds), "webhook-signature": f"v1,{signature}"}
