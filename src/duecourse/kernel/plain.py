"""The plain lane: what `lanes` does, account by account and with Python's own ints. Knows no numba.

Same columns in, same columns out. It is the lane for one account, and the one to run again when a compiled lane
raises: a faulty account is left as it came and named with its message, all others are done.
"""

from typing import Any, NamedTuple

from . import accrual, ageing, evening, posting
from .account import WIDTH, Account, available, principal_total
from .columns import Array, account_from, fields_of
from .days import Calendar
from .terms import LineTerms

Fault = tuple[int, str]
"""The place of an account (or of an entry), and what was wrong with it."""


class Held(NamedTuple):
    """One account taken out of its columns: its open dues as a list with one spare slot, and how many are open."""

    account: Account
    dues: list[int]
    open_dues: int


def account_of(rows: Any, dues: Any, offsets: Any, i: int) -> Held:
    """The account in column i, as Python ints."""
    start, stop = int(offsets[i]), int(offsets[i + 1])
    own = dues[start:stop].tolist()
    return Held(account_from(rows[:, i].tolist()), own + [0] * WIDTH, len(own) // WIDTH)


def write_back(rows: Any, dues: Any, counts: Any, offsets: Any, i: int, held: Held) -> None:
    """Write an account into column i of a lane's output, whose dues have one spare slot an account."""
    place = int(offsets[i]) + WIDTH * i
    rows[:, i] = fields_of(held.account)
    counts[i] = held.open_dues
    own = held.dues[: WIDTH * held.open_dues]
    dues[place : place + len(own)] = own


def said(fault: Exception) -> str:
    """What is wrong, for a person."""
    return str(fault) or type(fault).__name__


def evening_plain(
    day: int,
    agreed: LineTerms,
    calendar: Calendar,
    rows: Array,
    dues: Array,
    offsets: Array,
    out_rows: Array,
    out_dues: Array,
    out_counts: Array,
    out_night: Array,
    out_bases: Array,
) -> list[Fault]:
    """`lanes.evening_lane`, and the accounts that raised: their rows and dues are as they came, their night is zero."""
    faults: list[Fault] = []
    calendar = Calendar(int(calendar.first), tuple(int(is_open) for is_open in calendar.open))
    for i in range(rows.shape[1]):
        try:
            account, own, count = account_of(rows, dues, offsets, i)
            base = accrual.bases(account, own, 0, count, agreed)
            closed = evening.evening(account, own, 0, count, agreed, calendar, day)
            after, open_dues = closed.account, closed.open_dues
            then = accrual.bases(after, own, 0, open_dues, agreed)
            next_event = evening.next_event(after, own, 0, open_dues, agreed)
            write_back(out_rows, out_dues, out_counts, offsets, i, Held(after, own, open_dues))
            out_night[:, i] = closed.night
            out_bases[:, i] = (base.ordinary, base.late, then.ordinary, then.late, next_event)
        except Exception as fault:  # whatever it is, the others' night goes on
            leave(rows, dues, offsets, out_rows, out_dues, out_counts, i)
            out_night[:, i] = 0
            out_bases[:, i] = 0
            faults.append((i, said(fault)))
    return faults


def post_plain(
    day: int,
    agreed: LineTerms,
    of_account: Array,
    kinds: Array,
    amounts: Array,
    rows: Array,
    dues: Array,
    offsets: Array,
    out_rows: Array,
    out_dues: Array,
    out_counts: Array,
    out_moves: Array,
) -> list[Fault]:
    """`lanes.post_lane`, and the entries that raised: they move nothing, other entries of their account are posted.

    An account that cannot even be grown to the day before stays as it came, and all its entries are faults.
    """
    held: list[Held | str] = []
    asked = {int(i) for i in of_account}
    for i in range(rows.shape[1]):
        try:
            account, own, count = account_of(rows, dues, offsets, i)
            coming = evening.next_event(account, own, 0, count, agreed)
            assert i not in asked or coming >= day, "posting: an evening of the account was left out"
            now = Held(accrual.grow(account, own, 0, count, agreed, day - 1), own, count)
            write_back(out_rows, out_dues, out_counts, offsets, i, now)
            held.append(now)
        except Exception as fault:  # whatever it is, the others' entries are posted
            leave(rows, dues, offsets, out_rows, out_dues, out_counts, i)
            held.append(said(fault))
    faults: list[Fault] = []
    for e in range(len(of_account)):
        i = int(of_account[e])
        before = held[i]
        out_moves[:, e] = 0
        if isinstance(before, str):
            faults.append((e, before))
            continue
        try:
            own = list(before.dues)
            oldest = ageing.oldest_due(own, 0, before.open_dues)
            asked_of = (available(before.account), int(ageing.is_suspended(oldest, day, agreed.grace_days)))
            came = evening.next_event(before.account, own, 0, before.open_dues, agreed)
            base = accrual.bases(before.account, own, 0, before.open_dues, agreed)
            posted = posting.post(before.account, own, 0, before.open_dues, agreed, int(kinds[e]), int(amounts[e]), day)
            after = posted.account
            then = accrual.bases(after, own, 0, posted.open_dues, agreed)
            change = moved(before.account, after)
            coming = evening.next_event(after, own, 0, posted.open_dues, agreed)
            bases = (then.ordinary - base.ordinary, then.late - base.late)
            moves = (*change[:6], *bases, change[6], *asked_of, came, coming)
        except Exception as fault:  # whatever it is, the others' entries are posted
            faults.append((e, said(fault)))
            continue
        out_moves[:, e] = moves
        now = Held(after, own, posted.open_dues)
        write_back(out_rows, out_dues, out_counts, offsets, i, now)
        held[i] = now
    return faults


def moved(before: Account, after: Account) -> tuple[int, int, int, int, int, int, int]:
    """By how much an entry moved the control accounts of `ledger.chart.OF_ACCOUNT`; a debit is positive."""
    return (
        principal_total(after.principal) - principal_total(before.principal),
        after.owed.interest - before.owed.interest,
        after.owed.fee - before.owed.fee,
        after.owed.penalty - before.owed.penalty,
        before.credit - after.credit,
        before.suspended - after.suspended,
        before.beside.charged_off - after.beside.charged_off,
    )


def leave(rows: Any, dues: Any, offsets: Any, out_rows: Any, out_dues: Any, out_counts: Any, i: int) -> None:
    """Copy column i to a lane's output as it came."""
    start, stop = int(offsets[i]), int(offsets[i + 1])
    place = start + WIDTH * i
    out_rows[:, i] = rows[:, i]
    out_dues[place : place + stop - start] = dues[start:stop]
    out_counts[i] = (stop - start) // WIDTH
