"""Who a request comes from: a partner's key as a bearer token, with the scope that the operation asks for."""

import math
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from duecourse import clock
from duecourse.partners import keys
from duecourse.partners.keys import Holder

from .errors import ScopeMissing, TooMany


class PartnerKey(HttpBearer):
    """Lets a request in whose key holds, has the scope, and has not used up its rate."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The holder of the key; None for one that does not hold."""
        now = clock.now()
        holder = keys.holder(key=token, at=now)
        if holder is None:
            return None
        wait = keys.use(holder=holder, at=now)
        if wait is not None:
            raise TooMany(math.ceil(wait.total_seconds()))
        if self.scope not in holder.scopes:
            raise ScopeMissing(f"this key has not the scope {self.scope}")
        return holder


def holder_of(request: HttpRequest) -> Holder:
    """Whose key a request came with, once it was let in."""
    found = request.auth
    assert isinstance(found, Holder)
    return found
