"""Acts on a line: one way in for all of them, with who, when and why.

An act of the open day is applied at once; one of an earlier day, by replay; one of a later day is kept as a row and
applied by the close of that day, after the day's entries and before its evening. What cannot be applied then lapses,
with the reason.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.account import WIDTH
from duecourse.kernel.columns import account_from, fields_of
from duecourse.kernel.evening import next_event
from duecourse.ledger import journal, read
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import Entry, Locked, Refused
from duecourse.rules.read import day_number, to_date

from . import agreed, bearing, correction, past_events, replay, steps
from .refusals import AfterOpenDay, BeforeOpening, CloseBehind, Faulty, NoSuchAct, NotALine
from .steps import Deed, Stand
from .tables import Account as Contract
from .tables import Act

May = Callable[[Stand], None]


class Done(NamedTuple):
    """What an act did: its id, its last entry if it made one, and whether it was done before under the same key."""

    act: int
    entry_id: int | None
    again: bool


class Coming(NamedTuple):
    """An act that follows from another and is to happen on a later day."""

    kind: str
    on: date
    body: Mapping[str, Any]


def do(
    *,
    account: int,
    kind: str,
    on: date,
    by: str,
    reason: str,
    key: str,
    body: Mapping[str, Any],
    may: May | None = None,
    follows: Callable[[int], list[Coming]] = lambda act: [],
    on_later_days: bool = False,
    part_of: int | None = None,
) -> Done:
    """Do an act once: the same request key with the same body answers what was done the first time.

    `may` looks at the account as it stands before the act and refuses by raising. `follows` tells what is to happen
    later because of it, given its id. `on_later_days`: whether it may be told in advance. `part_of`: the arrangement to
    which it belongs.
    """
    hashed = journal.body_hash({"account": account, "act": kind, "on": on, **body})

    def work() -> Done:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=hashed)
            if locked.answered is not None:
                return answered(account, locked.answered)
            if agreed.is_loan(locked.terms_id):
                raise NotALine(f"account {account} is a loan: this is an act on a line")
            act_id, mark = next_act(cursor), read.last_id(cursor)
            deed = Deed(act_id, kind, body, mark)
            if on > locked.open_day:
                if not on_later_days:
                    raise AfterOpenDay(f"account {account}: {on} is after the open day {locked.open_day}")
                answer = keep_for(cursor, locked, on, key=key, hashed=hashed, otherwise=-act_id)
            else:
                answer = apply(cursor, locked, deed, on, may=may, key=key, hashed=hashed, by=by, reason=reason)
            row(deed, locked, on, answer=answer, by=by, reason=reason, part_of=part_of)
            for coming in follows(act_id):
                if coming.on > locked.open_day:
                    later(cursor, locked, coming, by=by, reason=reason)
                else:
                    at_last(
                        cursor,
                        account,
                        coming,
                        by=by,
                        reason=reason,
                        key=f"{key}:{coming.kind}:{coming.on}",
                        hashed=hashed,
                    )
            return Done(act_id, answer if answer > 0 else None, False)

    try:
        return journal.atomically(work)
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault


def answered(account: int, answer: int) -> Done:
    """What a request did the first time."""
    found = Act.objects.filter(account_id=account)
    act = found.get(id=-answer) if answer < 0 else found.filter(entry_id=answer).earliest("id")
    return Done(act.id, act.entry_id, True)


def next_act(cursor: CursorWrapper) -> int:
    """The id of a new act."""
    cursor.execute("SELECT nextval('servicing_act_id_seq')")
    return int(cursor.fetchone()[0])


def row(
    deed: Deed,
    locked: Locked,
    on: date,
    *,
    answer: int | None,
    by: str,
    reason: str,
    undoes: int | None = None,
    part_of: int | None = None,
) -> None:
    """Keep an act."""
    Act.objects.create(
        id=deed.id,
        account_id=locked.account_id,
        kind=deed.kind,
        effective_day=on,
        booked_day=locked.open_day,
        body=dict(deed.body),
        entry_id=answer if answer and answer > 0 else None,
        entry_mark=deed.mark,
        undoes=undoes,
        part_of=part_of,
        by=by,
        reason=reason,
    )


def later(cursor: CursorWrapper, locked: Locked, coming: Coming, *, by: str, reason: str) -> None:
    """Keep an act of a later day, and put the account on the agenda of that day."""
    deed = Deed(next_act(cursor), coming.kind, coming.body, read.last_id(cursor), True)
    assert coming.on > locked.open_day, "acts: what is to come later is not after the open day"
    row(deed, locked, coming.on, answer=None, by=by, reason=reason)
    cursor.execute("INSERT INTO ledger_agenda (day, account_id) VALUES (%s, %s)", [coming.on, locked.account_id])


def record(*, account: int, kind: str, on: date, entry: int, by: str, reason: str, body: Mapping[str, Any]) -> None:
    """Keep who made an entry and why; inside the caller's transaction, which holds the account's lock."""
    with connection.cursor() as cursor:
        locked = journal.lock(account, key="", body=b"")
        deed = Deed(next_act(cursor), kind, body, read.last_id(cursor))
        row(deed, locked, on, answer=entry, by=by, reason=reason)


def at_last(
    cursor: CursorWrapper, account: int, coming: Coming, *, by: str, reason: str, key: str, hashed: bytes
) -> None:
    """Do what follows from an act on a day that has come already."""
    locked = journal.lock(account, key=key, body=hashed)
    deed = Deed(next_act(cursor), coming.kind, coming.body, read.last_id(cursor))
    answer = apply(cursor, locked, deed, coming.on, may=None, key=key, hashed=hashed, by=by, reason=reason)
    row(deed, locked, coming.on, answer=answer, by=by, reason=reason)


def call_off(*, account: int, act: int, by: str, reason: str) -> None:
    """Take back an act that was kept for a later day and has not been applied; inside the caller's transaction."""
    with connection.cursor() as cursor:
        locked = journal.lock(account, key="", body=b"")
        deed = Deed(next_act(cursor), "undo", {}, read.last_id(cursor))
        row(deed, locked, locked.open_day, answer=None, by=by, reason=reason, undoes=act)


def keep_for(cursor: CursorWrapper, locked: Locked, on: date, *, key: str, hashed: bytes, otherwise: int) -> int:
    """Leave an account as it is, to be looked at by the close of a later day."""
    return journal.restate(
        locked.account_id, fields=locked.fields, dues=locked.dues, key=key, body=hashed, wake_on=on, answer=otherwise
    )


def apply(
    cursor: CursorWrapper,
    locked: Locked,
    deed: Deed,
    on: date,
    *,
    may: May | None,
    key: str,
    hashed: bytes,
    by: str,
    reason: str,
) -> int:
    """Apply an act of the open day or an earlier one; answers its last entry's id, or less its own."""
    if deed.kind not in steps.STEPS:
        opened_on = Contract.objects.values_list("opened_on", flat=True).get(id=locked.account_id)
        if on < opened_on:
            raise BeforeOpening(f"account {locked.account_id}: {on} is before its opening")
        if may is not None:
            may(standing(cursor, locked))
        return keep_for(cursor, locked, locked.open_day, key=key, hashed=hashed, otherwise=-deed.id)
    if on < locked.open_day:
        event = replay.Event(0, day_number(on), 0, None, deed)
        told = agreed.of(locked.terms_id)
        return correction.correct(
            cursor,
            locked,
            told,
            added=event,
            may=may,
            key=key,
            body=hashed,
            by=by,
            reason=reason,
            otherwise=-deed.id,
        )
    return at_once(cursor, locked, deed, may=may, key=key, hashed=hashed)


def standing(cursor: CursorWrapper, locked: Locked, closing: int = 0) -> Stand:
    """Where a locked account stands at the close of the day before the open day.

    `closing`: the act that the close of the open day applies now; those before it are applied already.
    """
    first = past_events.first_agreed(locked.account_id)
    today = day_number(locked.open_day)
    given = past_events.given_by(
        first,
        [
            event
            for event in past_events.acts_of(cursor, locked.account_id, to_date(today + 1))
            if event.deed is not None and (not event.deed.by_close or event.day < today or event.deed.id < closing)
        ],
    )
    stand = Stand(account_from(locked.fields), list(locked.dues), first, given)
    before = stand.account
    if next_event(before, stand.dues, 0, len(stand.dues) // WIDTH, stand.in_force.terms) < day_number(locked.open_day):
        raise CloseBehind(f"account {locked.account_id} is set aside, or its close is behind: it cannot take an act")
    return stand.at(day_number(locked.open_day) - 1)


def at_once(cursor: CursorWrapper, locked: Locked, deed: Deed, *, may: May | None, key: str, hashed: bytes) -> int:
    """Apply an act to an account as it stands, on the open day."""
    stand = standing(cursor, locked, deed.id * deed.by_close)
    if may is not None:
        may(stand)
    today = day_number(locked.open_day)
    paid = payments_of(cursor, locked.account_id) if deed.kind == "bounce" else {}
    step = steps.apply(stand, deed, today, paid)
    was, now = stand.told, step.stand.told
    moved = bearing.moved_by(
        was,
        today - 1,
        (stand.account, stand.dues),
        (step.stand.account, step.stand.dues),
        step.entries,
        then=now,
    )
    bearing.shift(locked, moved)
    entries = [
        Entry(
            locked.account_id,
            locked.product_id,
            kind,
            locked.open_day,
            locked.open_day,
            now.product.currency,
            amounts,
            stands_for=-deed.id,
        )
        for kind, amounts in step.entries
    ]
    return correction.write(
        cursor,
        locked,
        now,
        entries,
        fields_of(step.stand.account),
        step.stand.dues,
        key=key,
        body=hashed,
        wake_on=today,
        otherwise=-deed.id,
    )


def payments_of(cursor: CursorWrapper, account: int) -> steps.Paid:
    """What the payments in force of an account did, by the place of each."""
    return {
        kept.line.place: steps.named(kept.line.amounts)
        for kept in past_events.in_force(cursor, account)
        if kept.line.place is not None
    }


def undo(*, account: int, act: int, by: str, reason: str, key: str) -> Done:
    """Take an act back as if it had never been; what follows from it, or is part of it, goes with it."""
    hashed = journal.body_hash({"account": account, "undoes": act})

    def work() -> Done:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=hashed)
            if locked.answered is not None:
                return answered(account, locked.answered)
            found = standing_acts(account)
            if act not in found:
                raise NoSuchAct(f"account {account} has no act {act} that stands")
            gone = [act, *(one.id for one in found.values() if act in belongs_to(one))]
            applied = [
                -one
                for one in gone
                if found[one].kind in steps.STEPS
                and (found[one].effective_day <= found[one].booked_day or found[one].effective_day < locked.open_day)
            ]
            undone = Deed(next_act(cursor), "undo", {}, read.last_id(cursor))
            if applied:
                told = agreed.of(locked.terms_id)
                answer = correction.correct(
                    cursor,
                    locked,
                    told,
                    without=applied,
                    key=key,
                    body=hashed,
                    by=by,
                    reason=reason,
                    otherwise=-undone.id,
                )
            else:
                answer = keep_for(cursor, locked, locked.open_day, key=key, hashed=hashed, otherwise=-undone.id)
            for one in gone:
                deed = undone if one == act else Deed(next_act(cursor), "undo", {}, read.last_id(cursor))
                on = min(found[one].effective_day, locked.open_day)
                row(deed, locked, on, answer=answer if one == act else None, by=by, reason=reason, undoes=one)
            return Done(undone.id, answer if answer > 0 else None, False)

    try:
        return journal.atomically(work)
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault


def belongs_to(act: Act) -> tuple[int | None, ...]:
    """The acts from which this one follows, or of which it is a part: it goes with them."""
    return act.body.get("act"), act.body.get("plan"), act.part_of


def standing_acts(account: int) -> dict[int, Act]:
    """The acts of an account that nothing has taken back, by id."""
    rows = Act.objects.filter(account_id=account).order_by("id")
    undone = {one.undoes for one in rows}
    return {one.id: one for one in rows if one.id not in undone and one.kind not in ("undo", "lapsed")}


def apply_coming(cursor: CursorWrapper, shard: int, day: date, *, aside: Sequence[int] = ()) -> None:
    """Apply the acts that were kept for a day to the accounts of a shard whose close has begun, but for those aside.

    One that cannot be applied lapses, with the reason.
    """
    first = shard * SHARD_SIZE
    cursor.execute(
        "SELECT id, account_id, kind, body, entry_mark, by FROM servicing_act a WHERE effective_day = %s "
        f"AND effective_day > booked_day AND account_id >= %s AND account_id < %s AND {past_events.STANDS} "
        "AND account_id <> ALL(%s) ORDER BY account_id, id",
        [day, first, first + SHARD_SIZE, list(aside)],
    )
    for act_id, account, kind, body, mark, by in cursor.fetchall():
        told = json.loads(body) if isinstance(body, str) else body
        apply_one(cursor, account, Deed(act_id, kind, told, mark, True), day, by)


def apply_one(cursor: CursorWrapper, account: int, deed: Deed, day: date, by: str) -> None:
    """Apply one act that was kept for a day whose close has begun."""
    key = f"act:{deed.id}"
    locked = journal.lock(account, key=key, body=b"")._replace(open_day=day)
    try:
        with transaction.atomic():
            if deed.kind in steps.STEPS:
                at_once(cursor, locked, deed, may=None, key=key, hashed=b"")
    except (Refused, AssertionError) as fault:
        lapsed = Deed(next_act(cursor), "lapsed", {}, read.last_id(cursor))
        row(lapsed, locked, day, answer=None, by=by, reason=str(fault), undoes=deed.id)


def made_under(beginning: str) -> set[int]:
    """The accounts of requests whose keys are this beginning and an account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substr(key, length(%s) + 1) FROM ledger_request WHERE starts_with(key, %s)", [beginning, beginning]
        )
        return {int(row[0]) for row in cursor.fetchall() if row[0].isdigit()}


def told_of(*, account: int) -> list[Act]:
    """The acts of an account, in the order in which they were recorded."""
    return list(Act.objects.filter(account_id=account).order_by("id"))
