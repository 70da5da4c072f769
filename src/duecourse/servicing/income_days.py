"""The day of the month on which a borrower is paid, as the borrower or an employer's record tells it."""

from datetime import date
from typing import NamedTuple

from duecourse.ledger import journal
from duecourse.ledger.journal import Locked, Refused

from .refusals import AfterOpenDay
from .tables import IncomeDay


class NotADayOfMonth(Refused):
    """A day of the month is from 1 to 31; in a shorter month its last day counts."""

    code = "not_a_day_of_month"


class Receipt(NamedTuple):
    """What was told: its id, and whether it was told before under the same key."""

    id: int
    again: bool


def tell(*, account: int, day_of_month: int, on: date, by: str, reason: str, key: str) -> Receipt:
    """Keep on which day of the month income comes, as it was told on a day; what is told last counts."""
    if not 1 <= day_of_month <= 31:
        raise NotADayOfMonth(f"account {account}: {day_of_month} is no day of a month")

    def keep(locked: Locked) -> int:
        if on > locked.open_day:
            raise AfterOpenDay(f"account {account}: {on} is after the open day {locked.open_day}")
        row = IncomeDay(account_id=account, day_of_month=day_of_month, told_on=on, booked_day=locked.open_day)
        row.by, row.reason = by, reason
        row.save(force_insert=True)
        return int(row.id)

    body = {"account": account, "income_day": day_of_month, "on": on}
    return Receipt(*journal.keep_once(account, key=key, body=body, keep=keep))
