"""A caller of the API for tests: a key, and requests as a program sends them."""

import itertools
from datetime import UTC, datetime
from typing import Any

COUNT = itertools.count()
AT = datetime(2020, 1, 1, tzinfo=UTC)


def key_of(partner: str = "lender", *scopes: str, **more: Any) -> str:
    """A new key of a partner, with these scopes or all that it may have."""
    from duecourse.partners import keys

    own = scopes or (keys.OF_LENDER if partner == "lender" else keys.OF_PARTNERS)
    return keys.add(partner=partner, scopes=own, at=AT, by="bob", reason="test", **more).key


class Caller:
    """A program that calls the API with a key."""

    def __init__(self, key: str = "") -> None:
        from django.test import Client

        self.key = key
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self.client = Client(headers=headers, SERVER_NAME="127.0.0.1", raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        """The answer to a GET."""
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, told: Any, key: str | None = None, **headers: str) -> Any:
        """The answer to a POST, under an idempotency key of its own unless one is named ("": none)."""
        key = f"k{next(COUNT)}" if key is None else key
        given = {"Idempotency-Key": key, **headers} if key else headers
        return self.client.post(f"/api/v1{path}", told, content_type="application/json", headers=given)
