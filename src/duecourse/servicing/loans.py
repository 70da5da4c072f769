"""Loans: opening, draws, payments and every other act; one way in for all of them.

An act is kept as a row with who, when and why. The loan is lived again from its beginning with the act in its place (or
from where its life was left, if the act comes after all others: `loan_lives`), and the difference between the entries
that come out and those in force is posted, in the open booked day.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import loan_row
from duecourse.kernel.columns import account_from, fields_of
from duecourse.kernel.loan_events import UNDO, Event
from duecourse.kernel.loan_state import Loan
from duecourse.ledger import chart, journal
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import Entry, Locked
from duecourse.ledger.tables import Entry as LedgerEntry
from duecourse.rules.read import day_number, to_date

from . import agreed, bearing, correction, loan_checks, loan_life, loan_lives, past_events, replay
from .acts import Receipt, entry_amounts
from .loan_checks import KINDS, event_of
from .loan_life import Begun
from .refusals import AfterOpenDay, BeforeOpening, CloseBehind, Faulty, NotReversible
from .tables import Act, Change, Schedule

OPENED, ARRANGED = "opened", "arrangement"
"""Kinds of acts beside KINDS: how a loan began; an arrangement, whose parts are acts of their own."""


class History(NamedTuple):
    """How a loan began and what was done to it since, as recorded."""

    begun: Begun
    events: list[Event]


def of_acts(rows: Sequence["Row"]) -> History:
    """Acts in order of id as the kernel takes them."""
    begun = Begun(None, None, 0)
    events = []
    for seq, kind, effective, booked, body in rows:
        if kind == ARRANGED:
            continue
        if kind == OPENED:
            begun = Begun(body.get("start"), body.get("first_due"), body["approved"])
        else:
            assert kind in KINDS, f"loan: act {seq} is of no kind that there is"
            events.append(event_of(kind, seq, effective, booked, body))
    return History(begun, events)


Row = tuple[int, str, date, date, Mapping[str, Any]]
"""An act as it is kept: id, kind, effective day, booked day, body."""


def acts_of(cursor: CursorWrapper, accounts: Sequence[int]) -> dict[int, list[Row]]:
    """The acts of loans in the order of recording, by account."""
    cursor.execute(
        "SELECT account_id, id, kind, effective_day, booked_day, body FROM servicing_act "
        "WHERE account_id = ANY(%s) ORDER BY account_id, id",
        [list(accounts)],
    )
    found: dict[int, list[Row]] = {account: [] for account in accounts}
    for account, seq, kind, effective, booked, body in cursor.fetchall():
        told = json.loads(body) if isinstance(body, str) else body
        found[account].append((seq, kind, effective, booked, told))
    return found


def history_of(cursor: CursorWrapper, account: int) -> History:
    """How one loan began and what was done to it since."""
    return of_acts(acts_of(cursor, [account])[account])


def act(
    *,
    account: int,
    kind: str,
    on: date,
    by: str,
    reason: str,
    key: str,
    channel: int = 0,
    part_of: int | None = None,
    **body: Any,
) -> Receipt:
    """Do one act to a loan, effective on a day, once: the same request key with the same body answers the first result.

    `kind` is one of KINDS, `body` the numbers of `loan_events.Event` by name: minor units, days as day numbers.
    `part_of`: the arrangement to which it belongs.
    """
    loan_checks.fields_of(account, kind, body)
    hashed = journal.body_hash({"account": account, "act": kind, "on": on, **body})
    return once(account, kind, by, reason, key, hashed, channel, lambda: (on, body), part_of)


def once(
    account: int,
    kind: str,
    by: str,
    reason: str,
    key: str,
    hashed: bytes,
    channel: int,
    told: Callable[[], tuple[date, Mapping[str, Any]]],
    part_of: int | None = None,
) -> Receipt:
    """Do an act whose request key stands for `hashed`, unless it was done before.

    `told` says its day and numbers, once the account is locked.
    """

    def work() -> Receipt:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=hashed)
            if locked.answered is not None:
                return Receipt(locked.answered, True, entry_amounts(locked.answered))
            return _act(cursor, locked, kind, by, reason, key, hashed, channel, *told(), part_of)

    try:
        return journal.atomically(work)
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault


def _act(
    cursor: CursorWrapper,
    locked: Locked,
    kind: str,
    by: str,
    reason: str,
    key: str,
    hashed: bytes,
    channel: int,
    on: date,
    body: Mapping[str, Any],
    part_of: int | None,
) -> Receipt:
    told = agreed.loan(locked.terms_id)
    if on > locked.open_day:
        raise AfterOpenDay(f"account {locked.account_id}: {on} is after the open day {locked.open_day}")
    history = history_of(cursor, locked.account_id)
    opened_on = opening_day(cursor, locked.account_id)
    if on < opened_on:
        raise BeforeOpening(f"account {locked.account_id}: {on} is before its opening on {opened_on}")
    held = account_from(locked.fields)
    if held.statement_on < day_number(locked.open_day) and held.day < day_number(locked.open_day) - 1:
        raise CloseBehind(f"account {locked.account_id} is set aside, or its close is behind: it cannot take an act")
    cursor.execute("SELECT nextval('servicing_act_id_seq')")
    seq = cursor.fetchone()[0]
    event = event_of(kind, seq, on, locked.open_day, body)
    closed = day_number(locked.open_day) - 1
    own = locked.account_id, told.terms, history.begun
    loan_checks.act(
        locked.account_id,
        loan_lives.live(*own, history.events, closed).loan,
        history.begun.approved,
        event,
        lambda: on_its_day(told, history, event, closed),
    )
    lived = loan_lives.live(*own, [*history.events, event], closed)
    entries, first = corrections(cursor, locked, told, lived.lines, seq, channel)
    answer = store(cursor, locked, lived, entries, key=key, hashed=hashed, seq=seq)
    Act.objects.create(
        id=seq,
        account_id=locked.account_id,
        kind=kind,
        effective_day=on,
        booked_day=locked.open_day,
        body=dict(body),
        entry_id=answer if answer > 0 else None,
        undoes=body.get("of") if kind == "undo" else None,
        part_of=part_of,
        by=by,
        reason=reason,
    )
    Schedule.objects.create(
        account_id=locked.account_id,
        act_id=seq,
        booked_day=locked.open_day,
        rows=loan_row.installments_of(lived.loan),
    )
    since = min(on, first or on)
    if since < locked.open_day:
        Change.objects.create(
            account_id=locked.account_id,
            since_day=since,
            booked_day=locked.open_day,
            by=by,
            reason=reason,
        )
    return Receipt(answer, False, entry_amounts(answer))


def on_its_day(told: agreed.LoanAgreed, history: History, event: Event, closed: int) -> Loan:
    """The loan as it was when an act of today or an earlier day came to it."""
    before = [one for one in history.events if one.day <= event.day and one.kind != UNDO]
    undone = {one.of for one in history.events if one.kind == UNDO}
    standing = [one for one in before if one.seq not in undone]
    return loan_life.live(told.terms, history.begun, standing, min(event.day - 1, closed)).loan


def corrections(
    cursor: CursorWrapper,
    locked: Locked,
    told: agreed.LoanAgreed,
    wanted: Sequence[replay.Line],
    seq: int,
    channel: int,
) -> tuple[list[Entry], date | None]:
    """The entries that bring those in force to what they should be, and the first day that changes.

    Those of the new act `seq` come last. What earlier acts made is posted again by the channel by which it came, and
    says which entry it stands for.
    """
    kept = [one._replace(line=one.line._replace(place=None)) for one in past_events.in_force(cursor, locked.account_id)]
    stale, missing = loan_life.difference([one.line for one in kept], wanted)
    first_of = entries_of_acts(cursor, locked.account_id)
    entries = [correction.undo(locked, told, kept[at]) for at in stale]
    for line in sorted(missing, key=lambda line: line.place == seq):
        known, came_by = first_of.get(line.place or 0, (None, 0))
        came_by = channel if line.place == seq else came_by
        entries.append(correction.redo(locked, told, line._replace(place=known), came_by))
    days = [kept[at].line.day for at in stale] + [line.day for line in missing]
    return entries, to_date(min(days)) if days else None


def entries_of_acts(cursor: CursorWrapper, account: int) -> dict[int, tuple[int, int]]:
    """The entry that each act of a loan made first, and the channel by which it came."""
    cursor.execute(
        "SELECT a.id, e.id, e.channel FROM servicing_act a JOIN ledger_entry e ON e.id = a.entry_id "
        "WHERE a.account_id = %s",
        [account],
    )
    return {act: (entry, channel) for act, entry, channel in cursor.fetchall()}


def store(
    cursor: CursorWrapper,
    locked: Locked,
    lived: loan_life.Lived,
    entries: list[Entry],
    *,
    key: str,
    hashed: bytes,
    seq: int,
) -> int:
    """Post the entries with the row that a loan now has; answers the last entry's id, or less than zero for none."""
    closed = day_number(locked.open_day) - 1
    account, dues = loan_row.row_of(lived.loan, closed + 1, closed)
    before = account_from(locked.fields)
    moved = moved_by(before, account, closed, [(entry.kind, entry.amounts) for entry in entries])
    bearing.shift(locked, moved)
    told: Any = {"fields": fields_of(account), "dues": dues, "key": key, "body": hashed}
    if not entries:  # on the agenda of the open day, so that its close takes the row into the sealed day
        return journal.restate(locked.account_id, **told, wake_on=locked.open_day, answer=-seq)
    wake = account.statement_on != before.statement_on
    return journal.post(entries, **told, wake_on=to_date(account.statement_on) if wake else None)()


def moved_by(was: Any, now: Any, day: int, entries: Sequence[tuple[int, Mapping[str, int]]]) -> bearing.Moved:
    """What replacing a loan's row by another moves at the close of `day`, as `bearing.moved_by` does for a line."""
    charged = [amounts for kind, amounts in entries if kind == chart.CHARGE and amounts.get("accrued")]
    before, after = loan_row.recognised(was, day), loan_row.recognised(now, day)
    return bearing.Moved(
        after.a_day - before.a_day,
        after.late_a_day - before.late_a_day,
        after.accrued - before.accrued + sum(one.get("interest", 0) for one in charged) * loan_row.UNITS,
        after.late - before.late + sum(one.get("penalty", 0) for one in charged) * loan_row.UNITS,
    )


def opening_day(cursor: CursorWrapper, account: int) -> date:
    """The day on which an account opened."""
    cursor.execute("SELECT opened_on FROM servicing_account WHERE id = %s", [account])
    found: date = cursor.fetchone()[0]
    return found


def draw(*, account: int, amount_minor: int, on: date, by: str, key: str) -> Receipt:
    """Pay out principal to the borrower; refused above what was approved."""
    return act(account=account, kind="draw", on=on, by=by, reason="drawn", key=key, amount=amount_minor)


def pay(
    *,
    account: int,
    amount_minor: int,
    on: date,
    key: str,
    channel: int = 0,
    by: str = "borrower",
    reason: str = "received",
) -> Receipt:
    """Receive a payment: shared out by the terms' order; an early one changes the schedule as the terms say."""
    loan_checks.fields_of(account, "payment", {"amount": amount_minor})
    hashed = journal.body_of(account, chart.PAYMENT, amount_minor, day_number(on))
    return once(account, "payment", by, reason, key, hashed, channel, lambda: (on, {"amount": amount_minor}))


def give(*, account: int, amount_minor: int, on: date, by: str, reason: str, key: str) -> Receipt:
    """Credit a loan at the lender's cost: it meets what is owed as a payment would; never more than is owed."""
    body = {"amount": amount_minor}
    loan_checks.fields_of(account, "goodwill", body)
    hashed = journal.body_of(account, chart.ADJUSTMENT, amount_minor, day_number(on))
    return once(account, "goodwill", by, reason, key, hashed, 0, lambda: (on, body))


def undo(*, account: int, of: int, on: date, by: str, reason: str, key: str) -> Receipt:
    """Take an act back as if it had never been."""
    return act(account=account, kind="undo", on=on, by=by, reason=reason, key=key, of=of)


def undo_payment(*, account: int, entry: int, by: str, reason: str, key: str) -> Receipt:
    """Take the payment that made this entry back, on the day from which it counts.

    `entry` is the first that the payment made, or one that was posted again for it.
    """

    def told() -> tuple[date, Mapping[str, Any]]:
        first = LedgerEntry.objects.filter(id=entry, account_id=account).values_list("stands_for", flat=True).first()
        paid = Act.objects.filter(account_id=account, kind="payment", entry_id__in=[entry, first or entry]).first()
        if paid is None:
            raise NotReversible(f"entry {entry} of account {account} is no payment")
        return paid.effective_day, {"of": paid.id}

    hashed = journal.body_hash({"account": account, "reverses": entry})
    return once(account, "undo", by, reason, key, hashed, 0, told)


def most_written_off(*, account: int, on: date) -> int:
    """What of a loan can be written off on a day, in minor units: what was owed then and still is."""
    now, then = held(account=account).loan, held(account=account, on=on).loan
    return loan_checks.most_written_off(now, then, day_number(on))


def most_waived(*, account: int, component: int, on: date) -> int:
    """What of a loan's interest that has come due, or of its late interest, can be waived on a day, in minor units."""
    then = held(account=account, on=on - timedelta(days=1)).loan
    return loan_checks.most_waived(then, component, day_number(on))


def held(*, account: int, on: date | None = None) -> loan_life.Lived:
    """A loan as its acts make it, through the last closed day or an earlier one, with every entry on the way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.terms_id, s.open_day FROM servicing_account a JOIN ledger_shard s ON s.shard = a.id / %s "
            "WHERE a.id = %s",
            [SHARD_SIZE, account],
        )
        row = cursor.fetchone()
        if row is None:
            raise journal.NoSuchAccount(f"account {account} does not exist")
        history = history_of(cursor, account)
    through = day_number(row[1]) - 1 if on is None else day_number(on)
    events = [event for event in history.events if event.day <= through + 1]
    return loan_lives.live(account, agreed.loan(row[0]).terms, history.begun, events, through)
