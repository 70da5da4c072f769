"""Computing an account again from its beginning, after something of its past has changed.

The events (purchases, refunds, adjustments, payments) are run through the same kernel functions that posted them;
every entry that then comes out differently is reversed and posted as it should be, in the open booked day. An event
keeps its place among those of its day: order is effective day, then the id of the event's first entry.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import days, posting
from duecourse.kernel.account import WIDTH, Account, opened, principal_total
from duecourse.kernel.accrual import bases, grow
from duecourse.kernel.columns import account_from, fields_of
from duecourse.kernel.evening import Night, evening, next_event
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Entry, Locked
from duecourse.ledger.tables import Shift
from duecourse.rules.read import day_number, to_date

from . import agreed
from .refusals import BeforeOpening, CloseBehind, Faulty, NotReversible
from .tables import Account as Contract
from .tables import Change, Opening, Statement

EVENTS = (chart.PURCHASE, chart.REFUND, chart.ADJUSTMENT, chart.PAYMENT)


class Event(NamedTuple):
    """Something that came from outside; `place` is the id of its first entry, None for one that is not posted yet."""

    kind: int
    day: int
    amount: int
    place: int | None


class Line(NamedTuple):
    """One entry as a replay makes it; `place` names its event, None for what an evening charged."""

    kind: int
    day: int
    place: int | None
    amounts: tuple[int, ...]


class Bill(NamedTuple):
    """A statement as a replay makes it."""

    cycle_on: int
    night: Night
    account: Account


class Replayed(NamedTuple):
    """Where a replay arrives: the account, its dues, every entry and statement on the way."""

    account: Account
    dues: list[int]
    lines: list[Line]
    bills: list[Bill]


def as_columns(amounts: Mapping[str, int]) -> tuple[int, ...]:
    """Amounts in the order of the chart."""
    return tuple(amounts.get(column, 0) for column in chart.COLUMNS)


def night_lines(before: Account, after: Account, night: Night, day: int) -> list[Line]:
    """The entries of an evening: interest charged, late fee, credit balance used, income recognised."""
    lines = []
    charged = night.interest + night.penalty
    if charged:
        suspended_first = min(night.suspended, charged)
        lines.append(
            Line(
                chart.CHARGE,
                day,
                None,
                as_columns(
                    {
                        "interest": night.interest,
                        "penalty": night.penalty,
                        "suspended": -suspended_first,
                        "accrued": suspended_first - charged,
                    }
                ),
            )
        )
    if night.fee:
        lines.append(Line(chart.LATE_FEE, day, None, as_columns({"fee": night.fee, "fee_income": -night.fee})))
    if night.credit_used:
        lines.append(
            Line(
                chart.CREDIT_USED,
                day,
                None,
                as_columns(
                    {
                        "credit": night.credit_used,
                        "principal": principal_total(after.principal) - principal_total(before.principal),
                        "interest": after.owed.interest - before.owed.interest - night.interest,
                        "fee": after.owed.fee - before.owed.fee - night.fee,
                        "penalty": after.owed.penalty - before.owed.penalty - night.penalty,
                    }
                ),
            )
        )
    if night.recognised:
        lines.append(
            Line(
                chart.RECOGNITION,
                day,
                None,
                as_columns({"suspended": night.recognised, "interest_income": -night.recognised}),
            )
        )
    return lines


def run(account: Account, dues: Sequence[int], told: agreed.Agreed, events: Sequence[Event], through: int) -> Replayed:
    """Run events and evenings, day by day where something happens, up to the close of the day `through`.

    Events effective on the day after `through` (the open day) are posted too; its evening is still to come.
    """
    now = account
    open_dues = list(dues)
    lines: list[Line] = []
    bills: list[Bill] = []
    coming = list(events)
    while True:
        count = len(open_dues) // WIDTH
        evening_on = next_event(now, open_dues, 0, count, told.terms)
        if coming and coming[0].day <= evening_on:
            event = coming.pop(0)
            now = grow(now, open_dues, 0, count, told.terms, event.day - 1)
            before = now
            posted = posting.post(now, open_dues, 0, count, told.terms, event.kind, event.amount, event.day)
            now, open_dues = posted.account, open_dues[: posted.open_dues * WIDTH]
            lines.append(Line(event.kind, event.day, event.place, event_amounts(before, posted, event)))
            continue
        if evening_on > through:
            assert not coming, "replay: an event lies after the open day"
            return Replayed(now, open_dues, lines, bills)
        before = now
        open_dues += [0] * WIDTH
        closed = evening(now, open_dues, 0, count, told.terms, told.calendar, evening_on)
        now, open_dues = closed.account, open_dues[: closed.open_dues * WIDTH]
        lines += night_lines(before, now, closed.night, evening_on)
        if closed.night.statement:
            bills.append(Bill(evening_on, closed.night, now))


def event_amounts(before: Account, posted: posting.Posted, event: Event) -> tuple[int, ...]:
    """The entry of an event, as amounts in the order of the chart."""
    after = posted.account
    return as_columns(
        {
            "principal": principal_total(after.principal) - principal_total(before.principal),
            "interest": after.owed.interest - before.owed.interest,
            "fee": after.owed.fee - before.owed.fee,
            "penalty": after.owed.penalty - before.owed.penalty,
            "credit": before.credit - after.credit,
            "suspended": posted.recognised,
            "interest_income": -posted.recognised,
            chart.COUNTERPART[event.kind]: event.amount * (-1 if event.kind == chart.PURCHASE else 1),
        }
    )


class Kept(NamedTuple):
    """An entry in force: its id, what it says, and the channel by which it came."""

    id: int
    line: Line
    channel: int


def in_force(cursor: CursorWrapper, account_id: int) -> list[Kept]:
    """The entries of an account that no reversal undoes, without its take-on, in order."""
    cursor.execute(
        f"SELECT id, kind, effective_day, stands_for, channel, {', '.join(chart.COLUMNS)} FROM ledger_entry e "
        "WHERE account_id = %s AND kind <> %s AND reverses IS NULL AND NOT EXISTS "
        "(SELECT FROM ledger_entry r WHERE r.account_id = e.account_id AND r.reverses = e.id) "
        "ORDER BY effective_day, coalesce(stands_for, id)",
        [account_id, chart.TAKE_ON],
    )
    kept = []
    for row in cursor.fetchall():
        place = (row[3] or row[0]) if row[1] in EVENTS else None
        amounts = tuple(amount or 0 for amount in row[5:])
        kept.append(Kept(row[0], Line(row[1], day_number(row[2]), place, amounts), row[4]))
    return kept


def beginning(account_id: int, told: agreed.Agreed) -> tuple[Account, list[int]]:
    """The state that an account began with."""
    taken = Opening.objects.filter(account_id=account_id).first()
    if taken:
        return account_from(taken.fields), list(taken.dues)
    contract = Contract.objects.get(id=account_id)
    day = day_number(contract.opened_on) - 1
    return opened(day, contract.limit_minor, days.next_cycle(day, told.terms.cycle_day)), []


def events_of(kept: Sequence[Kept]) -> list[Event]:
    """The events among entries, with their amounts."""
    found = []
    for entry in kept:
        if entry.line.kind in EVENTS:
            other = chart.COLUMNS.index(chart.COUNTERPART[entry.line.kind])
            found.append(Event(entry.line.kind, entry.line.day, abs(entry.line.amounts[other]), entry.line.place))
    return found


def earned(account: Account, told: agreed.Agreed) -> tuple[int, int]:
    """Interest and late interest accrued and recognised, in carry units."""
    if account.nonaccrual:
        return 0, 0
    accrued = account.accrued
    return (
        accrued.interest * told.units + accrued.interest_carry,
        accrued.penalty * told.units + accrued.penalty_carry,
    )


def correct(
    cursor: CursorWrapper,
    locked: Locked,
    told: agreed.Agreed,
    *,
    key: str,
    body: bytes,
    added: Event | None = None,
    without: int | None = None,
    channel: int = 0,
    by: str = "system",
    reason: str = "effective on an earlier day",
) -> int:
    """Replay a locked account with an event more or less and post the difference.

    Answers the id of the new event's entry, or of the reversal of the event that is taken out.
    """
    held = account_from(locked.fields)
    if next_event(held, locked.dues, 0, len(locked.dues) // WIDTH, told.terms) < day_number(locked.open_day):
        raise CloseBehind(f"account {locked.account_id} is set aside, or its close is behind: its past stays as it is")
    kept = in_force(cursor, locked.account_id)
    start, start_dues = beginning(locked.account_id, told)
    if added is not None and added.day <= start.day:
        raise BeforeOpening(f"account {locked.account_id}: {to_date(added.day)} is before its opening")
    events = [event for event in events_of(kept) if event.place != without]
    if added is not None:
        events.append(added)
    events.sort(key=lambda event: (event.day, event.place is None, event.place or 0))
    through = day_number(locked.open_day) - 1
    result = run(start, start_dues, told, events, through)

    wanted = Counter(result.lines)
    stale = []
    for entry in kept:
        if wanted[entry.line]:
            wanted[entry.line] -= 1
        else:
            stale.append(entry)
    fresh = list(wanted.elements())
    old = grow(held, locked.dues, 0, len(locked.dues) // WIDTH, told.terms, through)
    new = grow(result.account, result.dues, 0, len(result.dues) // WIDTH, told.terms, through)
    channels = {entry.line.place: entry.channel for entry in kept} | {None: channel}
    entries = [undo(locked, told, entry) for entry in stale]
    entries += [redo(locked, told, line, channels[line.place] if line.kind in EVENTS else 0) for line in fresh]
    if added is not None:
        entries.sort(key=lambda entry: entry.reverses is None and entry.stands_for is None and entry.kind in EVENTS)
    else:
        entries.sort(key=lambda entry: entry.reverses is not None and entry.reverses == last_of(kept, without))
    shift(locked, told, old, result, new, entries)
    restate(locked, result.bills)
    first = min([entry.line.day for entry in stale] + [line.day for line in fresh])
    Change.objects.create(
        account_id=locked.account_id, since_day=to_date(first), booked_day=locked.open_day, by=by, reason=reason
    )
    coming = next_event(result.account, result.dues, 0, len(result.dues) // WIDTH, told.terms)
    return journal.post(
        entries,
        fields=fields_of(result.account),
        dues=result.dues,
        key=key,
        body=body,
        wake_on=to_date(max(coming, through + 1)),
    )()


def last_of(kept: Sequence[Kept], place: int | None) -> int | None:
    """The id of the entry in force of an event."""
    return next((entry.id for entry in kept if entry.line.place == place and place is not None), None)


def undo(locked: Locked, told: agreed.Agreed, entry: Kept) -> Entry:
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


def redo(locked: Locked, told: agreed.Agreed, line: Line, channel: int) -> Entry:
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


def shift(
    locked: Locked, told: agreed.Agreed, old: Account, result: Replayed, new: Account, entries: Sequence[Entry]
) -> None:
    """Tell the seal by how much the correction moved what bears interest and what was accrued.

    The entries carry no bearing of their own; charges move `accrued`, the rest of the difference is a jump.
    """
    old_base = bases(old, locked.dues, 0, len(locked.dues) // WIDTH, told.terms)
    new_base = bases(new, result.dues, 0, len(result.dues) // WIDTH, told.terms)
    recognised = [entry for entry in entries if entry.kind == chart.CHARGE and entry.amounts.get("accrued")]
    charged_interest = sum(entry.amounts.get("interest", 0) for entry in recognised)
    charged_penalty = sum(entry.amounts.get("penalty", 0) for entry in recognised)
    old_earned, new_earned = earned(old, told), earned(new, told)
    Shift.objects.create(
        booked_day=locked.open_day,
        product_id=locked.product_id,
        during_interest=(new_base.ordinary * (1 - new.nonaccrual) - old_base.ordinary * (1 - old.nonaccrual))
        * told.terms.rate_ppm,
        during_penalty=(new_base.late * (1 - new.nonaccrual) - old_base.late * (1 - old.nonaccrual))
        * told.terms.late_rate_ppm,
        jump_interest=new_earned[0] - old_earned[0] + charged_interest * told.units,
        jump_penalty=new_earned[1] - old_earned[1] + charged_penalty * told.units,
    )


def restate(locked: Locked, bills: Sequence[Bill]) -> None:
    """Keep a later version beside each statement that would now read differently; what was sent stays as it was."""
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


def reverse(*, account: int, entry: int, kinds: Sequence[int], reason: str, by: str, key: str) -> int:
    """Take an event out of an account's past; answers the id of the reversal of its entry."""
    body = journal.body_hash({"account": account, "reverses": entry})

    def work() -> int:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key=key, body=body)
            if locked.answered is not None:
                return locked.answered
            told = agreed.of(locked.terms_id, connection.settings_dict["NAME"])
            found = next(
                (kept for kept in in_force(cursor, account) if entry in (kept.id, kept.line.place)),
                None,
            )
            if found is None or found.line.kind not in kinds:
                names = ", ".join(chart.KINDS[kind][0] for kind in kinds)
                raise NotReversible(f"entry {entry} of account {account} is no {names} in force")
            return correct(cursor, locked, told, key=key, body=body, without=found.line.place, by=by, reason=reason)

    try:
        return journal.atomically(work)
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault
