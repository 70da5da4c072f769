"""What is not charged while a borrower is let breathe, or while somebody else may have borrowed in their name.

The stop is done by acts of the account (a relief of a line, pauses of a loan), which `bring` brings to what they should
be: when the cause begins, changes or ends, and after each close, so that a day that had not come is not forgotten. One
that is told late, or ends otherwise than was thought, comes to the same as one that was known from the first.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from duecourse.ledger import journal
from duecourse.ledger.journal import Locked, Refused
from duecourse.rules.read import day_number
from duecourse.servicing import agreed, changes, loans, rates
from duecourse.servicing.tables import STOPS_FOR, Account, Act

from .freeze_tables import Freeze

BREATHING_SPACE, IDENTITY_THEFT = STOPS_FOR
AHEAD_DAYS = 366
"""A stop whose end nobody knows is done for so long, and again before that is over."""
LEAST_AHEAD_DAYS = 62
NO_LATE_FEES = {"late_fee_minor": 0, "late_fee_share_ppm": 0}


class Cause(NamedTuple):
    """Why charges stop on a person's accounts (account None: all that were open), from a day through another.

    last None: nobody knows yet. all_interest: nothing grows at all; else nothing that being late costs.
    """

    what: str
    id: int
    person: int
    account: int | None
    first: date
    last: date | None
    all_interest: bool


class NotStopped(NamedTuple):
    """An account on which charges could not be stopped, with the code and words of the refusal."""

    account: int
    code: str
    said: str


def bring(cause: Cause, *, by: str, reason: str) -> tuple[NotStopped, ...]:
    """Bring the stops of a cause to what they should be on each account; answers where that was refused.

    A stop that begins after the open day of a loan waits for that day. Inside the caller's transaction, or its own.
    """
    failed = []
    for account in accounts_of(cause):
        try:
            with transaction.atomic():
                bring_one(account, cause, by, reason)
        except Refused as fault:
            failed.append(NotStopped(account, fault.code, str(fault)))
    return tuple(failed)


def accounts_of(cause: Cause) -> list[int]:
    """The accounts that a cause is about: those that were open when it began."""
    rows = Account.objects.filter(borrower_id=cause.person, opened_on__lte=cause.first)
    if cause.account is not None:
        rows = rows.filter(id=cause.account)
    return list(rows.order_by("id").values_list("id", flat=True))


def bring_one(account: int, cause: Cause, by: str, reason: str) -> None:
    """The same for one account, locked."""
    locked = journal.lock(account, key="", body=b"")
    rows = list(Freeze.objects.filter(of=cause.what, of_id=cause.id, account_id=account).order_by("id"))
    standing = changes.standing_acts(account)
    have = [row for row in rows if row.act_id in standing]
    is_loan = agreed.is_loan(locked.terms_id)
    last = cause.last or ahead(cause.first, locked.open_day)
    if have and all(row.last_on == last for row in have):
        return
    key = f"{cause.what}:{cause.id}:{account}:{len(rows)}"
    for row in reversed(have):
        take_back(account, is_loan, standing[row.act_id], by=by, reason=reason, key=f"{key}:undo:{row.act_id}")
    if last < cause.first or (is_loan and cause.first > locked.open_day):
        return
    for kind, body in wanted(cause, locked, is_loan, last):
        of = f"{cause.what} {cause.id}"  # why is with it, for those who may read it; an act is read by more
        said: dict[str, Any] = {"account": account, "by": by, "reason": of, "key": f"{key}:{kind}"}
        if is_loan:
            loans.act(kind=kind, on=cause.first, **said, until=body["until"])
        else:
            rates.relieve(terms=body, first=cause.first, last=last, **said)
        made = Act.objects.filter(account_id=account, kind=kind).latest("id")
        Freeze.objects.create(
            of=cause.what, of_id=cause.id, account_id=account, act_id=made.id, first_on=cause.first, last_on=last,
            by=by, reason=reason,
        )  # fmt: skip


def ahead(first: date, open_day: date) -> date:
    """Until when charges are stopped while nobody knows the end: the same day all the time, until it comes near."""
    last = first + timedelta(days=AHEAD_DAYS)
    while last < open_day + timedelta(days=LEAST_AHEAD_DAYS):
        last += timedelta(days=AHEAD_DAYS)
    return last


def wanted(cause: Cause, locked: Locked, is_loan: bool, last: date) -> list[tuple[str, Mapping[str, int]]]:
    """The acts that stop what is to be stopped, each with its numbers: a line's terms, a loan's last day."""
    if not is_loan:
        if cause.all_interest:
            return [("relief", {**rates.PAUSED, **NO_LATE_FEES})]
        rate_ppm = agreed.of(locked.terms_id).terms.rate_ppm
        return [("relief", {"late_rate_ppm": rate_ppm, **NO_LATE_FEES})]
    until = {"until": day_number(last)}
    found: list[tuple[str, Mapping[str, int]]] = [("late_pause", until)]
    if cause.all_interest and loans.held(account=locked.account_id).loan.rows is not None:
        found.insert(0, ("interest_pause", until))
    return found


def take_back(account: int, is_loan: bool, act: Act, *, by: str, reason: str, key: str) -> None:
    """Take a stop back as if it had never been."""
    if is_loan:
        loans.undo(account=account, of=act.id, on=act.effective_day, by=by, reason=reason, key=key)
    else:
        changes.undo(account=account, act=act.id, by=by, reason=reason, key=key)


def missing(cause: Cause) -> list[int]:
    """The accounts that a cause is about on which no act stops anything."""
    found = []
    for account in accounts_of(cause):
        acts = Freeze.objects.filter(of=cause.what, of_id=cause.id, account_id=account).values_list("act_id", flat=True)
        if not set(acts) & set(changes.standing_acts(account)):
            found.append(account)
    return found
