"""What the ledger knows of the money that a bank or an acquirer reports: its events, and which of them lines name."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.rules.read import day_number

from . import payments_file
from .bank_match import Event

BANK, MERCHANT = "bank", "merchant"
CONTROLS = {BANK: ("cash", 1), MERCHANT: ("merchant", -1)}
"""By side the control account that the file is about, and the sign in which the file tells it."""


class Known(NamedTuple):
    """Events of the ledger by id, their accounts and currencies, and the event to which each entry belongs."""

    events: dict[int, Event]
    accounts: dict[int, int | None]
    of_entry: dict[int, int]


class Posted(NamedTuple):
    """An entry that moves the control account; `root` names its event."""

    id: int
    root: int
    reverses: int | None
    account_id: int | None
    number: str
    effective_day: date
    booked_day: date
    channel: int
    amount: int


def events(side: str, currency: str, since: date, last: date, channels: Sequence[int] = ()) -> Known:
    """The events of a side and currency that count from a day between two, or were booked after the first.

    Money attributed out of suspense moved no cash then: of it the event is the day on which it came into suspense.
    An event that was corrected and stands is one event; one that was taken back is two: itself on its day, and its
    taking back on the day that was booked.
    """
    column, sign = CONTROLS[side]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.id, coalesce(o.stands_for, o.id, e.stands_for, e.id), e.reverses, e.account_id, "
            f"coalesce(a.number, ''), e.effective_day, e.booked_day, e.channel, e.{column} * %s "
            "FROM ledger_entry e LEFT JOIN ledger_entry o ON o.id = e.reverses "
            "LEFT JOIN servicing_account a ON a.id = e.account_id "
            f"WHERE e.owner = 0 AND e.{column} IS NOT NULL AND e.currency = %s AND e.effective_day <= %s "
            "AND (e.effective_day >= %s OR e.booked_day >= %s) AND (%s = '{}' OR e.channel = ANY(%s)) ORDER BY e.id",
            [sign, currency, last, since, since, list(channels), list(channels)],
        )
        rows = [Posted(*row) for row in cursor.fetchall()]
        groups: dict[int, list[Posted]] = {}
        for row in rows:
            groups.setdefault(row.root, []).append(row)
        older = [root for root, group in groups.items() if not is_whole(group)]
        gone = taken_back(older, groups)
        held = attributed(cursor, list(groups))
    found = Known({}, {}, {})
    for root, group in groups.items():
        for entry in group:
            found.of_entry[entry.id] = held.get(root, root)
        if root in held:
            continue
        if root in older:
            back = group[-1]
            if root in gone and back.booked_day <= last:
                add(found, back, back.id, back.booked_day, back.amount)
            continue
        first, net = group[0], sum(entry.amount for entry in group)
        add(found, first, root, first.effective_day, net or first.amount)
        if not net and len(group) > 1:
            back = [entry for entry in group if entry.reverses][-1]
            if back.booked_day <= last:
                add(found, back, back.id, back.booked_day, -first.amount, takes_back=root)
    return found


def add(found: Known, entry: Posted, event: int, day: date, amount: int, *, takes_back: int = 0) -> None:
    """Keep an event."""
    found.events[event] = Event(event, day_number(day), amount, entry.number, entry.channel, takes_back)
    found.accounts[event] = entry.account_id


def attributed(cursor: CursorWrapper, roots: Sequence[int]) -> dict[int, int]:
    """Payments out of suspense, and the entries by which that left it, with the entry by which it had come."""
    cursor.execute(
        "SELECT m.entry_id, m.payment_id, s.entry_id FROM servicing_suspense_move m "
        "JOIN servicing_suspense s ON s.id = m.item_id WHERE m.kind = 'attributed' AND m.payment_id = ANY(%s)",
        [list(roots)],
    )
    return {one: came for left, paid, came in cursor.fetchall() for one in (left, paid)}


def is_whole(group: Sequence[Posted]) -> bool:
    """Whether the first entry of an event is among those that were read: nothing is reversed that is not there."""
    ids = {entry.id for entry in group}
    return all(entry.reverses is None or entry.reverses in ids for entry in group)


def taken_back(older: Sequence[int], groups: dict[int, list[Posted]]) -> set[int]:
    """Of events of which only later entries were read, those of which no entry is in force."""
    gone = set()
    for root in older:
        group = groups[root]
        reversed_ids = {entry.reverses for entry in group}
        if not any(entry.reverses is None and entry.id not in reversed_ids for entry in group):
            gone.add(root)
    return gone


def named(references: Iterable[tuple[int, Sequence[str]]], known: Known) -> dict[int, tuple[int, ...]]:
    """For each line the events that its references are the request keys of.

    A payment of a file has a key of its channel and reference (`payments_file.request_keys`); others their reference.
    """
    told = [(line, reference) for line, here in references for reference in here]
    if not told:
        return {}
    lines = np.array([line for line, _ in told])
    texts = pa.array([reference for _, reference in told], pa.string())
    keys = [list(texts.to_pylist())]
    for channel in sorted({0, *(event.channel for event in known.events.values())}):
        made = payments_file.request_keys(np.full(len(told), channel), texts)
        keys.append([key.decode() for key in made.tolist()])
        keys.append([f"suspense:{key}" for key in keys[-1]])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, entry_id FROM ledger_request WHERE key = ANY(%s)",
            [sorted({key for column in keys for key in column})],
        )
        answered = dict(cursor.fetchall())
    found: dict[int, tuple[int, ...]] = {}
    for column in keys:
        for line, key in zip(lines.tolist(), column, strict=True):
            entry = answered.get(key)
            event = known.of_entry.get(entry) if entry is not None else None
            if event is not None and event not in found.get(line, ()):
                found[line] = (*found.get(line, ()), event)
    return found
