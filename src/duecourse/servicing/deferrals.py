"""Due days that move: one deferral; what is past due in new dues."""

from collections.abc import Sequence
from datetime import date, timedelta

from duecourse.kernel.account import WIDTH
from duecourse.kernel.days import next_cycle
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number, to_date

from . import changes, past_events
from .changes import Coming, Done
from .rates import PAUSED
from .steps import Stand

A_YEAR = timedelta(days=365)


class NothingDueThen(Refused):
    """No due that is open and not yet past falls on that day."""

    code = "nothing_due_then"


class DeferredTooFar(Refused):
    """A due day moves later, and by no more days than the terms allow."""

    code = "deferred_too_far"


class TooManyThisYear(Refused):
    """The terms allow so many in a year."""

    code = "too_many_this_year"


class NothingPastDue(Refused):
    """Nothing is past due."""

    code = "nothing_past_due"


class NotDueDays(Refused):
    """New dues fall on later days, in order, and not on more of them than the terms allow."""

    code = "not_due_days"


def refuse_count(account: int, kind: str, on: date, most: int) -> None:
    """Refuse one act of a kind more than the terms allow in the year that ends today."""
    done = sum(
        one.kind == kind and on - A_YEAR < one.effective_day <= on for one in changes.standing_acts(account).values()
    )
    if done >= most:
        raise TooManyThisYear(f"account {account}: {done} times {kind} within a year; the terms allow {most}")


def defer(*, account: int, due_on: date, until: date, on: date, by: str, reason: str, key: str) -> Done:
    """Move the dues of a day that is still to come to a later day.

    By the terms what was to be paid bears interest from the day after its first due day, or it is free of interest:
    then the window goes on as far as the next statement, and from there no interest grows until the new day.
    """
    told = past_events.first_agreed(account)
    acts, free = told.acts, told.acts.deferral_bears == 0
    statement_on = to_date(next_cycle(day_number(due_on), told.terms.cycle_day))

    def may(stand: Stand) -> None:
        dues = stand.dues
        if due_on < on or not any(dues[at] == day_number(due_on) for at in range(0, len(dues), WIDTH)):
            raise NothingDueThen(f"account {account}: nothing is due on {due_on}")
        if not timedelta(0) < until - due_on <= timedelta(days=acts.deferral_days):
            raise DeferredTooFar(f"account {account}: from {due_on} to {until}; at most {acts.deferral_days} days")
        refuse_count(account, "deferral", on, acts.deferrals_a_year)

    def follows(act: int) -> list[Coming]:
        if not free or until < statement_on:
            return []
        return [
            Coming("relief", statement_on, {"terms": PAUSED, "act": act}),
            Coming("relief_end", until + timedelta(days=1), {"act": act}),
        ]

    body = {
        "due_on": day_number(due_on),
        "until": day_number(until),
        "window_until": day_number(until if free else due_on),
        "fee": acts.deferral_fee_minor,
    }
    return changes.do(
        account=account, kind="deferral", on=on, by=by, reason=reason, key=key, body=body, may=may, follows=follows
    )


def re_age(*, account: int, due_days: Sequence[date], on: date, by: str, reason: str, key: str) -> Done:
    """Make what is past due one new due, or several in equal parts; days past due begin again with them."""
    acts = past_events.first_agreed(account).acts

    def may(stand: Stand) -> None:
        dues = stand.dues
        if not any(dues[at] <= stand.account.day for at in range(0, len(dues), WIDTH)):
            raise NothingPastDue(f"account {account}: nothing is past due on {on}")
        if not due_days or len(due_days) > acts.re_age_parts or list(due_days) != sorted({*due_days}):
            raise NotDueDays(f"account {account}: from 1 to {acts.re_age_parts} days in order")
        if due_days[0] <= on:
            raise NotDueDays(f"account {account}: {due_days[0]} is not after {on}")
        refuse_count(account, "re_age", on, acts.re_ages_a_year)

    body = {"due_days": [day_number(one) for one in due_days]}
    return changes.do(account=account, kind="re_age", on=on, by=by, reason=reason, key=key, body=body, may=may)
