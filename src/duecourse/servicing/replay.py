"""Computing an account again from its beginning, after something of its past has changed.

The events (purchases, refunds, adjustments, payments) and the acts are run through the same functions that posted them;
every entry that then comes out differently is reversed and posted as it should be, in the open booked day. An event
keeps its place among those of its day: order is effective day, then the id of the event's first entry, for an act the
last id before it; what the close of the day applied comes last.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import days, plain, posting
from duecourse.kernel.account import WIDTH, Account, opened, principal_total
from duecourse.kernel.accrual import bases, grow
from duecourse.kernel.columns import account_from, fields_of
from duecourse.kernel.evening import Night, evening, next_event
from duecourse.ledger import chart, journal, read
from duecourse.ledger.journal import Entry, Locked
from duecourse.ledger.tables import Shift
from duecourse.rules.read import day_number, to_date

from . import agreed, steps
from .refusals import BeforeOpening, CloseBehind, Faulty, NotReversible
from .steps import as_columns
from .tables import Account as Contract
from .tables import Change, Opening, Statement

EVENTS = (chart.PURCHASE, chart.REFUND, chart.ADJUSTMENT, chart.PAYMENT)


class Event(NamedTuple):
    """Something that came from outside, or an act.

    `place` is the id of its first entry, None for one that is not posted yet; for an act, less its id.
    """

    kind: int
    day: int
    amount: int
    place: int | None
    deed: steps.Deed | None = None


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


class Seen(NamedTuple):
    """What a replay shows to one who watches: an event or an evening of a day, where the account stands after it."""

    day: int
    event: Event | None
    night: Night | None
    account: Account
    dues: list[int]
    told: agreed.Agreed


class Replayed(NamedTuple):
    """Where a replay arrives: the account, its dues, every entry and statement on the way, the terms that hold."""

    account: Account
    dues: list[int]
    lines: list[Line]
    bills: list[Bill]
    told: agreed.Agreed


def night_amounts(night: Night, moved: Sequence[Any]) -> dict[int, dict[str, Any]]:
    """The entries of an evening by kind: interest charged, late fee, credit balance used, income recognised.

    Numbers of one account, or arrays over many. `moved` is the change of principal, interest, fee and penalty.
    """
    charged = night.interest + night.penalty
    return {
        chart.CHARGE: {
            "interest": night.interest,
            "penalty": night.penalty,
            "suspended": -night.suspended,
            "accrued": night.suspended - charged,
        },
        chart.LATE_FEE: {"fee": night.fee, "fee_income": -night.fee},
        chart.CREDIT_USED: {
            "credit": night.credit_used,
            "principal": moved[0],
            "interest": moved[1] - night.interest,
            "fee": moved[2] - night.fee,
            "penalty": moved[3] - night.penalty,
        },
        chart.RECOGNITION: {"suspended": night.recognised, "interest_income": -night.recognised},
    }


def night_happened(night: Night) -> dict[int, Any]:
    """Which of an evening's entries there are, by kind."""
    return {
        chart.CHARGE: night.interest + night.penalty > 0,
        chart.LATE_FEE: night.fee > 0,
        chart.CREDIT_USED: night.credit_used > 0,
        chart.RECOGNITION: night.recognised > 0,
    }


def night_lines(before: Account, after: Account, night: Night, day: int) -> list[Line]:
    """The entries of one account's evening."""
    amounts = night_amounts(night, plain.moved(before, after))
    return [Line(kind, day, None, as_columns(amounts[kind])) for kind, did in night_happened(night).items() if did]


def run(
    account: Account,
    dues: Sequence[int],
    told: agreed.Agreed,
    events: Sequence[Event],
    through: int,
    *,
    may: Callable[[steps.Stand], None] | None = None,
    given: tuple[steps.Given, ...] = (),
    watch: Callable[[Seen], None] | None = None,
) -> Replayed:
    """Run events and evenings, day by day where something happens, up to the close of the day `through`.

    Events effective on the day after `through` (the open day) are posted too; its evening is still to come. `told` is
    what was agreed at first, `given` what was changed of it before. `may` looks at the account as it stands before the
    act that is not posted yet, and refuses by raising. `watch` is shown each step.
    """
    now = account
    open_dues = list(dues)
    lines: list[Line] = []
    bills: list[Bill] = []
    coming = list(events)
    first = told
    paid: dict[int, Mapping[str, int]] = {}
    if given:
        told = steps.Stand(now, open_dues, first, given).told
    while True:
        count = len(open_dues) // WIDTH
        evening_on = next_event(now, open_dues, 0, count, told.terms)
        if coming and coming[0].day <= evening_on:
            event = coming.pop(0)
            now = grow(now, open_dues, 0, count, told.terms, event.day - 1)
            if event.deed is not None:
                stand = steps.Stand(now, open_dues, first, given)
                if event.place is None and may is not None:
                    may(stand)
                step = steps.apply(stand, event.deed, event.day, paid)
                now, open_dues, given = step.stand.account, step.stand.dues, step.stand.given
                told = step.stand.told
                lines += [Line(kind, event.day, -event.deed.id, as_columns(amounts)) for kind, amounts in step.entries]
                if watch is not None:
                    watch(Seen(event.day, event, None, now, list(open_dues), told))
                continue
            before = now
            posted = posting.post(now, open_dues, 0, count, told.terms, event.kind, event.amount, event.day)
            now, open_dues = posted.account, open_dues[: posted.open_dues * WIDTH]
            amounts = event_amounts(before, posted, event.kind, event.amount)
            lines.append(Line(event.kind, event.day, event.place, as_columns(amounts)))
            if event.place is not None:
                paid[event.place] = amounts
            if watch is not None:
                watch(Seen(event.day, event, None, now, list(open_dues), told))
            continue
        if evening_on > through:
            assert not coming, "replay: an event lies after the open day"
            return Replayed(now, open_dues, lines, bills, told)
        before = now
        open_dues += [0] * WIDTH
        closed = evening(now, open_dues, 0, count, told.terms, told.calendar, evening_on)
        now, open_dues = closed.account, open_dues[: closed.open_dues * WIDTH]
        lines += night_lines(before, now, closed.night, evening_on)
        if closed.night.statement:
            bills.append(Bill(evening_on, closed.night, now))
        if watch is not None:
            watch(Seen(evening_on, None, closed.night, now, list(open_dues), told))


def event_amounts(before: Account, posted: posting.Posted, kind: int, amount: int) -> dict[str, int]:
    """The entry of an event: by how much it changed the account's control accounts, and its other side."""
    moved = dict(zip(chart.OF_ACCOUNT, plain.moved(before, posted.account), strict=True))
    return {
        **moved,
        "interest_income": -moved["suspended"],
        "recovered": -moved["charged_off"],
        chart.COUNTERPART[kind]: amount * (-1 if kind == chart.PURCHASE else 1),
    }


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
    without: Collection[int] = (),
    channel: int = 0,
    by: str = "system",
    reason: str = "effective on an earlier day",
    may: Callable[[steps.Stand], None] | None = None,
    otherwise: int = 0,
) -> int:
    """Replay a locked account with an event more or less and post the difference.

    Answers the id of the new event's entry, or of the reversal of the event that is taken out; `otherwise` (less the id
    of an act) where no entry changes.
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
        entries.sort(key=lambda entry: entry.reverses is None and entry.stands_for is None and entry.kind in EVENTS)
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


def shift(locked: Locked, moved: "Moved") -> None:
    """Tell the seal what a change moved of the product's base of interest, if it did."""
    if any(moved):
        Shift.objects.create(
            booked_day=locked.open_day,
            product_id=locked.product_id,
            during_interest=moved.interest,
            during_penalty=moved.penalty,
            jump_interest=moved.jump_interest,
            jump_penalty=moved.jump_penalty,
        )


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


class Moved(NamedTuple):
    """By how much a product's base of interest and late interest moved, and the income of earlier days with it."""

    interest: int
    penalty: int
    jump_interest: int
    jump_penalty: int


def bearing(account: Account, dues: Sequence[int], told: agreed.Agreed) -> tuple[int, int]:
    """What an account bears of ordinary and late interest (principal x rate); nothing while none is recognised."""
    base = bases(account, list(dues), 0, len(dues) // WIDTH, told.terms)
    earning = 1 - account.nonaccrual
    return base.ordinary * told.terms.rate_ppm * earning, base.late * told.terms.late_rate_ppm * earning


def moved_by(
    told: agreed.Agreed,
    day: int,
    was: tuple[Account, Sequence[int]] | None,
    now: tuple[Account, Sequence[int]],
    entries: Iterable[tuple[int, Mapping[str, int]]],
    *,
    then: agreed.Agreed | None = None,
) -> Moved:
    """What replacing an account's state by another moves at the close of `day`; `was` is None for a new account.

    `entries` (kind and amounts) are those posted for it. Charges move `accrued`, the rest of the difference is a jump.
    `then`: the terms of the state that replaces, where they are others.
    """
    borne, earned_by = [], []
    for state, of_state in ((was, told), (now, then or told)):
        if state is None:
            borne.append((0, 0))
            earned_by.append((0, 0))
            continue
        account, dues = state
        grown = grow(account, list(dues), 0, len(dues) // WIDTH, of_state.terms, day)
        borne.append(bearing(grown, dues, of_state))
        earned_by.append(earned(grown, of_state))
    charged = [amounts for kind, amounts in entries if kind == chart.CHARGE and amounts.get("accrued")]
    return Moved(
        borne[1][0] - borne[0][0],
        borne[1][1] - borne[0][1],
        earned_by[1][0] - earned_by[0][0] + sum(one.get("interest", 0) for one in charged) * told.units,
        earned_by[1][1] - earned_by[0][1] + sum(one.get("penalty", 0) for one in charged) * told.units,
    )


def named(line: Line) -> tuple[int, dict[str, int]]:
    """A line's kind and its amounts by control account."""
    return line.kind, dict(zip(chart.COLUMNS, line.amounts, strict=True))


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
