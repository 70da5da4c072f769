"""What has happened to an account, as it is kept: how it began, its entries in force, its events and acts in order.

Order is effective day, then the id of the event's first entry, for an act the last id before it.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from duecourse.kernel import days
from duecourse.kernel.account import Account, opened
from duecourse.kernel.columns import account_from
from duecourse.ledger import chart, journal
from duecourse.rules.read import day_number

from . import agreed, steps
from .refusals import NotReversible
from .replay import EVENTS, Event, Line
from .tables import Account as Contract
from .tables import Opening


class Kept(NamedTuple):
    """An entry in force: its id, what it says, and the channel by which it came."""

    id: int
    line: Line
    channel: int


def in_force(cursor: CursorWrapper, account_id: int) -> list[Kept]:
    """The entries of an account that no reversal undoes, without its take-on, in order."""
    cursor.execute(
        f"SELECT id, kind, effective_day, stands_for, channel, {', '.join(chart.COLUMNS)} FROM ledger_entry e "
        f"WHERE account_id = %s AND kind <> %s AND {chart.OF_BORROWER} AND reverses IS NULL AND NOT EXISTS "
        "(SELECT FROM ledger_entry r WHERE r.account_id = e.account_id AND r.reverses = e.id) "
        "ORDER BY effective_day, coalesce(stands_for, id)",
        [account_id, chart.TAKE_ON],
    )
    kept = []
    for row in cursor.fetchall():
        place = row[3] or (row[0] if row[1] in EVENTS else None)
        amounts = tuple(amount or 0 for amount in row[5:])
        kept.append(Kept(row[0], Line(row[1], day_number(row[2]), place, amounts), row[4]))
    return kept


def found_in_force(cursor: CursorWrapper, account: int, entry: int, kinds: Sequence[int]) -> Kept:
    """The entry in force of an event, by its id or that of its first entry; one of another kind is refused."""
    found = next((kept for kept in in_force(cursor, account) if entry in (kept.id, kept.line.place)), None)
    if found is None or found.line.kind not in kinds:
        names = ", ".join(chart.KINDS[kind][0] for kind in kinds)
        raise NotReversible(f"entry {entry} of account {account} is no {names} in force")
    return found


def beginning(account_id: int, told: agreed.Agreed) -> tuple[Account, list[int]]:
    """The state that an account began with."""
    taken = Opening.objects.filter(account_id=account_id).first()
    if taken:
        return account_from(taken.fields), list(taken.dues)
    contract = Contract.objects.get(id=account_id)
    return fresh(contract.opened_on, contract.limit_minor, told), []


def first_agreed(account_id: int) -> agreed.Agreed:
    """The terms that an account was opened with."""
    terms_id = Contract.objects.filter(id=account_id).values_list("terms_id", flat=True).first()
    if terms_id is None:
        raise journal.NoSuchAccount(f"account {account_id} does not exist")
    return agreed.of(terms_id)


def fresh(on: date, limit_minor: int, told: agreed.Agreed) -> Account:
    """A line that opens on a day, at the close of the day before."""
    day = day_number(on) - 1
    return opened(day, limit_minor, days.next_cycle(day, told.terms.cycle_day))


def events_of(kept: Sequence[Kept]) -> list[Event]:
    """The events among entries, with their amounts."""
    found = []
    for entry in kept:
        if entry.line.kind in EVENTS:
            other = chart.COLUMNS.index(chart.COUNTERPART[entry.line.kind])
            found.append(Event(entry.line.kind, entry.line.day, abs(entry.line.amounts[other]), entry.line.place))
    return found


STANDS = "NOT EXISTS (SELECT FROM servicing_act u WHERE u.account_id = a.account_id AND u.undoes = a.id)"
"""A condition on an act `a`: nothing has taken it back."""


def acts_of(cursor: CursorWrapper, account_id: int, before: date) -> list[Event]:
    """The acts that stand and change an account; of those that the close applies, those effective before a day."""
    cursor.execute(
        "SELECT id, kind, effective_day, body, entry_mark, effective_day > booked_day FROM servicing_act a "
        "WHERE account_id = %s AND (effective_day <= booked_day OR effective_day < %s) AND kind = ANY(%s) "
        f"AND {STANDS} ORDER BY id",
        [account_id, before, list(steps.STEPS)],
    )
    found = []
    for act_id, kind, day, body, mark, by_close in cursor.fetchall():
        told = json.loads(body) if isinstance(body, str) else body
        found.append(Event(0, day_number(day), 0, -act_id, steps.Deed(act_id, kind, told, mark, by_close)))
    return found


def in_order(event: Event) -> tuple[int, bool, bool, int, int]:
    """Where an event stands among those of an account."""
    deed = event.deed
    if deed is None:
        return event.day, False, event.place is None, event.place or 0, 0
    return event.day, deed.by_close, event.place is None, deed.mark, deed.id


def given_by(first: agreed.Agreed, acts: Sequence[Event]) -> tuple[steps.Given, ...]:
    """What acts have changed of an account's terms; the account itself does not matter to it."""
    given: tuple[steps.Given, ...] = ()
    for event in sorted(acts, key=in_order):
        if event.deed is not None and event.deed.kind in steps.OF_TERMS:
            given = steps.regiven(given, first, event.deed)
    return given
