"""Purchases and merchants' refunds on a line."""

from datetime import date

from django.db import connection

from duecourse.kernel.account import Account, available
from duecourse.kernel.ageing import is_suspended, oldest_due
from duecourse.ledger import chart
from duecourse.ledger.journal import Locked
from duecourse.rules.read import to_date

from .acts import Act, Receipt, perform
from .agreed import Agreed
from .refusals import OverLimit, Suspended
from .tables import Breach


def is_line_suspended(account: Account, dues: list[int], told: Agreed, day: int) -> bool:
    """Whether the rule suspends purchases on a line that day: past due beyond its days of grace."""
    return is_suspended(oldest_due(dues, 0, len(dues) // 6), day, told.terms.grace_days)


def authorise(*, account: int, amount_minor: int, on: date, key: str) -> Receipt:
    """Authorise and post a purchase: refused when the line is suspended or its limit does not allow it."""

    def may(locked: Locked, grown: Account, told: Agreed, day: int) -> None:
        if is_line_suspended(grown, locked.dues, told, day):
            oldest = to_date(locked.dues[0])
            raise Suspended(f"account {account} is suspended: the minimum due on {oldest} is not met")
        if amount_minor > available(grown):
            raise OverLimit(f"account {account}: {amount_minor} is above the {available(grown)} that is available")

    return perform(Act(account, chart.PURCHASE, amount_minor, on, key), may=may)


def post(*, account: int, amount_minor: int, on: date, key: str) -> Receipt:
    """Post a purchase that was already made; one that breaks the limit or a suspension is posted and marked so."""

    def mark(locked: Locked, grown: Account, told: Agreed, day: int) -> None:
        broken = []
        if is_line_suspended(grown, locked.dues, told, day):
            broken.append("suspended")
        if amount_minor > available(grown):
            broken.append("over_limit")
        Breach.objects.using(connection.alias).bulk_create(
            Breach(account_id=account, effective_day=on, rule=rule, amount_minor=amount_minor) for rule in broken
        )

    return perform(Act(account, chart.PURCHASE, amount_minor, on, key), may=mark)


def refund(*, account: int, amount_minor: int, on: date, key: str) -> Receipt:
    """Give back what a merchant refunds: off the open cycle first, then off what is billed; the rest is a credit."""
    return perform(Act(account, chart.REFUND, amount_minor, on, key))
