"""Correcting an account's past: replayed with an event more or less, and the difference posted in the open booked day.

Every entry that comes out differently is reversed and posted as it should be; the statements it changes get a version.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import account_from, fields_of
from duecourse.kernel.evening import next_event
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Entry, Locked
from duecourse.rules.read import day_number, to_date

from . import agreed, steps
from .bearing import moved_by, shift
from .past_events import Kept, acts_of, beginning, events_of, first_agreed, found_in_force, in_force, in_order
from .refusals import BeforeOpening, CloseBehind, Faulty
from .replay import EVENTS, Event, Line, run
from .statements import restate
from .tables import Change


def correct(
    cursor: CursorWrapper,
    locked: Locked,
    told: agreed.Agreed,
    *,
    key: str,
    body: bytes,
    added: Event | None = None,
    without: Collection[int] = (),
    channel: int = 0,
    by: str = "system",
    reason: str = "effective on an earlier day",
    may: Callable[[steps.Stand], None] | None = None,
    otherwise: int = 0,
) -> int:
    """Replay a locked account with an event more or less and post the difference.

    Answers the id of the new event's entry, or of the reversal of the event that is taken out; `otherwise` (less the id
    of an act) where no entry changes. An event that is taken out and added with its own place moves to another day.
    """
    held = account_from(locked.fields)
    if next_event(held, locked.dues, 0, len(locked.dues) // WIDTH, told.terms) < day_number(locked.open_day):
        raise CloseBehind(f"account {locked.account_id} is set aside, or its close is behind: its past stays as it is")
    kept = in_force(cursor, locked.account_id)
    first_told = first_agreed(locked.account_id)
    start, start_dues = beginning(locked.account_id, first_told)
    if added is not None and added.day <= start.day:
        raise BeforeOpening(f"account {locked.account_id}: {to_date(added.day)} is before its opening")
    acts = acts_of(cursor, locked.account_id, locked.open_day)
    events = [event for event in (*events_of(kept), *acts) if event.place not in without]
    if added is not None:
        events.append(added)
    events.sort(key=in_order)
    through = day_number(locked.open_day) - 1
    result = run(start, start_dues, first_told, events, through, may=may)

    wanted = Counter(result.lines)
    stale = []
    for entry in kept:
        if wanted[entry.line]:
            wanted[entry.line] -= 1
        else:
            stale.append(entry)
    missing = list(wanted.elements())
    channels = {entry.line.place: entry.channel for entry in kept} | {None: channel}
    entries = [undo(locked, told, entry) for entry in stale]
    entries += [redo(locked, told, line, channels[line.place] if line.kind in EVENTS else 0) for line in missing]
    own = -added.deed.id if added is not None and added.deed is not None else None
    if own is not None:
        entries.sort(key=lambda entry: entry.reverses is None and entry.stands_for == own)
    elif added is not None:
        place = added.place
        entries.sort(key=lambda entry: entry.reverses is None and entry.stands_for == place and entry.kind in EVENTS)
    else:
        entries.sort(key=lambda entry: entry.reverses is not None and entry.reverses == last_of(kept, without))
    moved = moved_by(
        told,
        through,
        (held, locked.dues),
        (result.account, result.dues),
        [(entry.kind, entry.amounts) for entry in entries],
        then=result.told,
    )
    shift(locked, moved)
    days_moved = [entry.line.day for entry in stale] + [line.day for line in missing]
    days_of_acts = [act.day for act in acts if act.place in without]  # an act may move no money, and change the past
    if own is not None and added is not None:
        days_of_acts.append(added.day)
    first = min(days_moved + days_of_acts, default=through + 1)
    Change.objects.create(
        account_id=locked.account_id, since_day=to_date(first), booked_day=locked.open_day, by=by, reason=reason
    )
    coming = next_event(result.account, result.dues, 0, len(result.dues) // WIDTH, result.told.terms)
    touched = own is not None or not entries
    answer = write(
        cursor,
        locked,
        result.told,
        entries,
        fields_of(result.account),
        result.dues,
        key=key,
        body=body,
        wake_on=through + 1 if touched else max(coming, through + 1),
        otherwise=otherwise,
    )
    restate(locked, result.bills, answer)
    return answer


def write(
    cursor: CursorWrapper,
    locked: Locked,
    told: agreed.Agreed,
    entries: list[Entry],
    fields: tuple[int, ...],
    dues: list[int],
    *,
    key: str,
    body: bytes,
    wake_on: int,
    otherwise: int,
) -> int:
    """Write an account's row, its entries, its terms where they changed, its agenda and the request's key.

    Answers the last entry's id, or `otherwise` (below zero) where there is none.
    """
    if told.terms_id != locked.terms_id:
        cursor.execute(
            "UPDATE ledger_balance SET terms_id = %s WHERE account_id = %s", [told.terms_id, locked.account_id]
        )
    row: dict[str, Any] = {"fields": fields, "dues": dues, "key": key, "body": body, "wake_on": to_date(wake_on)}
    if entries:
        return journal.post(entries, **row)()
    return journal.restate(locked.account_id, answer=otherwise, **row)


def last_of(kept: Sequence[Kept], places: Collection[int]) -> int | None:
    """The id of the entry in force of an event."""
    return next((entry.id for entry in kept if entry.line.place in places), None)


def undo(locked: Locked, told: agreed.Agreed | agreed.LoanAgreed, entry: Kept) -> Entry:
    """The reversal of an entry."""
    amounts = {name: -amount for name, amount in zip(chart.COLUMNS, entry.line.amounts, strict=True)}
    return Entry(
        locked.account_id,
        locked.product_id,
        entry.line.kind,
        to_date(entry.line.day),
        locked.open_day,
        told.product.currency,
        amounts,
        reverses=entry.id,
        stands_for=entry.line.place,
    )


def redo(locked: Locked, told: agreed.Agreed | agreed.LoanAgreed, line: Line, channel: int) -> Entry:
    """An entry as it should have been."""
    return Entry(
        locked.account_id,
        locked.product_id,
        line.kind,
        to_date(line.day),
        locked.open_day,
        told.product.currency,
        dict(zip(chart.COLUMNS, line.amounts, strict=True)),
        stands_for=line.place,
        channel=channel,
    )


def copy_lines(
    cursor: CursorWrapper, lines: Iterable[tuple[int, Line]], told: agreed.Agreed | agreed.LoanAgreed, booked_day: date
) -> None:
    """COPY lines of accounts (account id, line) as entries, each effective on its own day."""
    head = "account_id, product_id, kind, effective_day, booked_day, stands_for, currency"
    with cursor.copy(f"COPY ledger_entry ({head}, {', '.join(chart.COLUMNS)}) FROM STDIN") as out:
        for account_id, line in lines:
            days = (to_date(line.day), booked_day)
            of_act = line.place if line.place is not None and line.place < 0 else None
            told_of = (account_id, told.product_id, line.kind, *days, of_act, told.product.currency)
            out.write_row((*told_of, *(amount or None for amount in line.amounts)))


def reverse(*, account: int, entry: int, kinds: Sequence[int], reason: str, by: str, key: str) -> int:
    """Take an event out of an account's past; answers the id of the reversal of its entry."""
    body = journal.body_hash({"account": account, "reverses": entry})

    def work() -> int:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=body)
            if locked.answered is not None:
                return locked.answered
            told = agreed.of(locked.terms_id)
            found = found_in_force(cursor, account, entry, kinds)
            gone = (found.line.place or found.id,)
            return correct(cursor, locked, told, key=key, body=body, without=gone, by=by, reason=reason)

    try:
        return journal.atomically(work)
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault
