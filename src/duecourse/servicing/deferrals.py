"""Due days that move: one deferral, a payment holiday for all that a rule names, what is past due in new dues."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from duecourse.kernel.account import WIDTH
from duecourse.kernel.days import next_cycle
from duecourse.ledger import balances
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Product
from duecourse.rules import read as rules
from duecourse.rules.read import day_number, to_date

from . import changes, replay, standing
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
    told = replay.first_agreed(account)
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
    acts = replay.first_agreed(account).acts

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


class Rule(NamedTuple):
    """Whom a payment holiday is for: lines of a product or a place, by days past due, or those of a list."""

    name: str
    product: str | None = None
    place: str | None = None
    least_days_past_due: int = 0
    most_days_past_due: int = 0
    accounts: Sequence[int] | None = None


class Given(NamedTuple):
    """A holiday that was given: the acts by account, and why those that the rule names did not get one."""

    acts: dict[int, int]
    refused: dict[int, str]


def named_by(rule: Rule, on: date) -> list[tuple[int, date]]:
    """The lines that a rule names, each with its next due day that is still to come."""
    products = [
        row.id
        for row in Product.objects.all()
        if rules.product(row.code).kind == "line"
        and rule.product in (None, row.code)
        and rule.place in (None, rules.product(row.code).place)
    ]
    if not products:
        return []
    where = f"product_id IN ({', '.join(map(str, products))})"
    if rule.accounts is not None:
        where += f" AND account_id = ANY('{{{', '.join(str(int(one)) for one in rule.accounts)}}}'::bigint[])"
    book = balances.read(where)
    late = standing.of(book, on - timedelta(days=1))[0] if len(book.ids) else np.empty(0)
    found = []
    for i in np.flatnonzero((late >= rule.least_days_past_due) & (late <= rule.most_days_past_due)):
        days = book.shard.dues[book.shard.offsets[i] : book.shard.offsets[i + 1] : WIDTH]
        coming = days[days >= day_number(on)]
        if len(coming):
            found.append((int(book.ids[i]), to_date(int(coming[0]))))
    return found


def holiday(*, rule: Rule, days: int, on: date, by: str, reason: str, key: str) -> Given:
    """Defer the next due day of every line that a rule names by so many days: one act for each account.

    An account that cannot have it is named with the reason, and the others get theirs. Asked again under the same key,
    those that have it are passed over.
    """
    acts: dict[int, int] = {}
    refused: dict[int, str] = {}
    have = changes.made_under(f"{key}:")
    for account, due_on in named_by(rule, on):
        if account in have:
            continue
        try:
            done = defer(
                account=account,
                due_on=due_on,
                until=due_on + timedelta(days=days),
                on=on,
                by=by,
                reason=f"{rule.name}: {reason}",
                key=f"{key}:{account}",
            )
            acts[account] = done.act
        except Refused as fault:
            refused[account] = f"{fault.code}: {fault}"
    return Given(acts, refused)
