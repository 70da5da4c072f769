"""Keeping statements: as an evening makes them, and a later version beside one that would now read differently."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.backends.utils import CursorWrapper

from duecourse.kernel.account import principal_total
from duecourse.kernel.columns import account_from
from duecourse.ledger import read
from duecourse.ledger.journal import Locked
from duecourse.rules.read import to_date

from .replay import Bill
from .tables import Statement


def keep_bills(cursor: CursorWrapper, bills: Iterable[tuple[int, Bill]], booked_day: date) -> None:
    """Keep statements of accounts (account id, bill) as a replay makes them; their entries are in already."""
    mark = read.last_id(cursor)
    Statement.objects.bulk_create(
        Statement(
            account_id=account_id,
            cycle_on=to_date(bill.cycle_on),
            booked_day=booked_day,
            entry_mark=mark,
            **bill_fields(bill),
        )
        for account_id, bill in bills
    )


def restate(locked: Locked, bills: Sequence[Bill], entry_mark: int) -> None:
    """Keep a later version beside each statement that would now read differently; what was sent stays as it was.

    entry_mark: the id of the correction's last entry.
    """
    newest: dict[date, Statement] = {}
    for sent in Statement.objects.filter(account_id=locked.account_id).order_by("version"):
        newest[sent.cycle_on] = sent
    says_now = {to_date(bill.cycle_on): bill_fields(bill) for bill in bills}
    for cycle_on in sorted(says_now | newest):
        says = says_now.get(cycle_on, nothing_billed(locked))
        sent = newest.get(cycle_on)
        if sent is None or any(getattr(sent, name) != value for name, value in says.items()):
            Statement.objects.create(
                account_id=locked.account_id,
                cycle_on=cycle_on,
                version=sent.version + 1 if sent else 1,
                booked_day=locked.open_day,
                entry_mark=entry_mark,
                **says,
            )


def nothing_billed(locked: Locked) -> dict[str, Any]:
    """What the correction of a statement says that would not have been issued: nothing was owed that day."""
    sums = ("balance", "minimum", "past_due", "principal", "interest", "fee", "penalty", "credit")
    charged = ("interest_charged", "penalty_charged")
    return {**dict.fromkeys(sums + charged, 0), "due_on": None, "limit_minor": account_from(locked.fields).limit}


def bill_fields(bill: Bill) -> dict[str, Any]:
    """What a statement says."""
    account, night = bill.account, bill.night
    return {
        "due_on": to_date(night.due_on) if night.due_on else None,
        "balance": night.balance,
        "minimum": night.minimum,
        "past_due": night.past_due,
        "principal": principal_total(account.principal),
        "interest": account.owed.interest,
        "fee": account.owed.fee,
        "penalty": account.owed.penalty,
        "credit": account.credit,
        "limit_minor": account.limit,
        "interest_charged": night.interest,
        "penalty_charged": night.penalty,
    }
