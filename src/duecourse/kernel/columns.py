"""Accounts as columns: what the lanes, the ledger's rows and the sealed days agree on. Knows no numba."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .account import Account, Accrued, Beside, Kept, Owed, Principal
from .evening import Night

FIELDS = (
    "day", "statement_on", "due_on", "limit_minor",
    "unbilled", "bearing", "window", "revolving", "past_due",
    "interest", "fee", "penalty", "unbilled_fee", "credit",
    "accrued_interest", "interest_carry", "accrued_penalty", "penalty_carry",
    "kept_unbilled", "kept_window", "paid_in_window", "paid_bearing",
    "statement_left", "suspended", "nonaccrual",
    "apart", "in_full", "charged_off",
)  # fmt: skip
"""The numbers of an account, in the order of `account.Account` read from left to right."""
PRINCIPALS = FIELDS[4:9]
"""The numbers that add up to an account's principal."""
OWED = (*PRINCIPALS, "interest", "fee", "penalty")
"""The numbers that add up to what an account owes, without what has grown since its row was written."""
AT = {field: i for i, field in enumerate(FIELDS)}
NIGHT = Night._fields
STANDING = (
    "days_past_due", "bucket", "stage", "risk_class",
    "interest_to_date", "penalty_to_date", "past_due_minor", "missed",
)  # fmt: skip
"""What follows from the day alone: the rows of `lanes.standing_lane`."""

MOVES = (
    "principal", "interest", "fee", "penalty", "credit", "suspended", "ordinary", "late", "charged_off",
    "available", "is_suspended", "came", "coming",
)  # fmt: skip
"""The rows of `lanes.post_lane`'s moves: by how much an entry moves an account; then what was available and whether
purchases were suspended before it; and the next day on which something happens, before it and after."""

Array = Any
"""An int64 array. Not said more closely: the kernel's plain lane hands the same functions lists."""


class Shard(NamedTuple):
    """Accounts as columns: `rows` (len(FIELDS), n), the flat dues and their offsets (n + 1)."""

    rows: Array
    dues: Array
    offsets: Array


def account_from(fields: Sequence[int]) -> Account:
    """The account whose numbers, in the order of FIELDS, these are."""
    day, statement_on, due_on, limit, unbilled, bearing, window, revolving, past_due = fields[:9]
    interest, fee, penalty, unbilled_fee, credit = fields[9:14]
    accrued_interest, interest_carry, accrued_penalty, penalty_carry = fields[14:18]
    kept_unbilled, kept_window, paid_in_window, paid_bearing = fields[18:22]
    statement_left, suspended, nonaccrual = fields[22:25]
    return Account(
        day,
        statement_on,
        due_on,
        limit,
        Principal(unbilled, bearing, window, revolving, past_due),
        Owed(interest, fee, penalty, unbilled_fee),
        credit,
        Accrued(accrued_interest, interest_carry, accrued_penalty, penalty_carry),
        Kept(kept_unbilled, kept_window, paid_in_window, paid_bearing),
        statement_left,
        suspended,
        nonaccrual,
        Beside(*fields[25:]),
    )


def fields_of(account: Account) -> tuple[int, ...]:
    """The numbers of an account in the order of FIELDS."""
    return (
        *account[0:4],
        *account.principal,
        *account.owed,
        account.credit,
        *account.accrued,
        *account.kept,
        *account[9:12],
        *account.beside,
    )
