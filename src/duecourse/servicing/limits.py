"""What may be bought on a line: its limit, and whether a person or a rule has suspended or closed it."""

from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger.journal import Refused

from . import changes, past_events
from .changes import Done
from .refusals import NotAnAmount


class AlreadySo(Refused):
    """The line is in that state already."""

    code = "line_already_so"


class LineClosed(Refused):
    """The line is closed to purchases."""

    code = "line_closed"


class Bar(NamedTuple):
    """What stands against purchases on a line that day: "", "suspended" or "closed"; a limit that begins that day."""

    state: str
    limit_minor: int | None
    by: str
    reason: str


STATES = {"suspend": "suspended", "close": "closed", "restore": ""}


def bar(*, account: int, on: date) -> Bar:
    """What persons and rules have said about a line by a day; the latest word holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, effective_day, (body->>'limit_minor')::bigint, by, reason FROM servicing_act a "
            f"WHERE account_id = %s AND effective_day <= %s AND kind IN ('suspend', 'close', 'restore', 'limit') "
            f"AND {past_events.STANDS} ORDER BY effective_day, id",
            [account, on],
        )
        found = cursor.fetchall()
    state, by, reason = "", "", ""
    limit_minor = None
    for kind, day, limit, who, why in found:
        if kind == "limit":
            limit_minor = limit if day == on else None
        else:
            state, by, reason = STATES[kind], who, why
    return Bar(state, limit_minor, by, reason)


def set_limit(*, account: int, limit_minor: int, on: date, by: str, reason: str, key: str) -> Done:
    """Raise or lower a limit from a day on; one below what is owed leaves the line over its limit."""
    if not 0 <= limit_minor <= AMOUNT_MAX:
        raise NotAnAmount(f"account {account}: limit {limit_minor} is not between 0 and {AMOUNT_MAX}")
    body = {"limit_minor": limit_minor}
    return changes.do(
        account=account, kind="limit", on=on, by=by, reason=reason, key=key, body=body, on_later_days=True
    )


def suspend(*, account: int, on: date, by: str, reason: str, key: str) -> Done:
    """Refuse purchases from a day on until the line is restored; what is owed is as before."""
    return say("suspend", account, on, by, reason, key)


def close(*, account: int, on: date, by: str, reason: str, key: str) -> Done:
    """Close a line to purchases from a day on; what is owed is paid as agreed."""
    return say("close", account, on, by, reason, key)


def restore(*, account: int, on: date, by: str, reason: str, key: str) -> Done:
    """Open a suspended or closed line again from a day on."""
    return say("restore", account, on, by, reason, key)


def say(kind: str, account: int, on: date, by: str, reason: str, key: str) -> Done:
    """Keep a word about a line; one that changes nothing is refused."""

    def may(stand: object) -> None:
        if bar(account=account, on=on).state == STATES[kind]:
            raise AlreadySo(f"account {account} is {STATES[kind] or 'open'} already on {on}")

    return changes.do(
        account=account, kind=kind, on=on, by=by, reason=reason, key=key, body={}, may=may, on_later_days=True
    )
