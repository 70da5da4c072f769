"""Purchases and merchants' refunds on a line."""

from collections.abc import Callable
from datetime import date

from django.db import connection

from duecourse.kernel.account import Account, available
from duecourse.kernel.ageing import is_suspended, oldest_due
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Locked, Refused
from duecourse.ledger.tables import Entry
from duecourse.rules.read import day_number, to_date

from . import limits
from .acts import Act, Receipt, perform
from .agreed import Agreed
from .refusals import OverLimit, Suspended
from .tables import Breach, PurchaseCategory

CATEGORY_MAX = 9_999


def is_line_suspended(account: Account, dues: list[int], told: Agreed, day: int) -> bool:
    """Whether the rule suspends purchases on a line that day: past due beyond its days of grace."""
    return is_suspended(oldest_due(dues, 0, len(dues) // 6), day, told.terms.grace_days)


def refuse(account: int, amount_minor: int, now: Account, dues: list[int], told: Agreed, on: date) -> None:
    """Refuse a purchase on a line that is suspended or closed, or whose limit does not allow it."""
    bar = limits.bar(account=account, on=on)
    if bar.state == "closed":
        raise limits.LineClosed(f"account {account} was closed to purchases by {bar.by}: {bar.reason}")
    if bar.state == "suspended":
        raise Suspended(f"account {account} was suspended by {bar.by}: {bar.reason}")
    if is_line_suspended(now, dues, told, day_number(on)):
        raise Suspended(f"account {account} is suspended: the minimum due on {to_date(dues[0])} is not met")
    left = available(now)
    if bar.limit_minor is not None:
        left += bar.limit_minor - now.limit
    if amount_minor > left:
        raise OverLimit(f"account {account}: {amount_minor} is above the {left} that is available")


class NotACategory(Refused):
    """A merchant category of ISO 18245 is a number of four digits; 0 says that none was told."""

    code = "not_a_merchant_category"


def authorise(*, account: int, amount_minor: int, on: date, key: str, category: int = 0) -> Receipt:
    """Authorise and post a purchase: refused when the line is suspended or closed, or its limit does not allow it.

    category: what the merchant sells (ISO 18245), where it is told.
    """

    def may(locked: Locked, grown: Account, told: Agreed, day: int) -> None:
        refuse(account, amount_minor, grown, locked.dues, told, to_date(day))

    return bought(Act(account, chart.PURCHASE, amount_minor, on, key), may, category)


def post(*, account: int, amount_minor: int, on: date, key: str, category: int = 0) -> Receipt:
    """Post a purchase that was already made; one that breaks the limit or a suspension is posted and marked so."""

    def mark(locked: Locked, grown: Account, told: Agreed, day: int) -> None:
        broken = []
        if limits.bar(account=account, on=to_date(day)).state or is_line_suspended(grown, locked.dues, told, day):
            broken.append("suspended")
        if amount_minor > available(grown):
            broken.append("over_limit")
        Breach.objects.using(connection.alias).bulk_create(
            Breach(account_id=account, effective_day=on, rule=rule, amount_minor=amount_minor) for rule in broken
        )

    return bought(Act(account, chart.PURCHASE, amount_minor, on, key), mark, category)


def bought(act: Act, may: Callable[[Locked, Account, Agreed, int], None], category: int) -> Receipt:
    """Post a purchase, and keep with its entry what the merchant sells where that was told."""
    if not 0 <= category <= CATEGORY_MAX:
        raise NotACategory(f"account {act.account}: {category} is no merchant category")
    if not category:
        return perform(act, may=may)

    def work() -> Receipt:
        receipt = perform(act, may=may)
        if not receipt.again:
            entry = Entry.objects.only("booked_day").get(id=receipt.entry_id)
            PurchaseCategory.objects.create(
                entry_id=receipt.entry_id,
                account_id=act.account,
                category=category,
                amount_minor=act.amount_minor,
                effective_day=act.on,
                booked_day=entry.booked_day,
            )
        return receipt

    return journal.atomically(work)


def refund(*, account: int, amount_minor: int, on: date, key: str) -> Receipt:
    """Give back what a merchant refunds: off the open cycle first, then off what is billed; the rest is a credit."""
    return perform(Act(account, chart.REFUND, amount_minor, on, key))
