"""Reconciling: a bank's statement against cash, an acquirer's file against purchases and refunds.

A file's lines are matched with the ledger's events; what differs becomes open items, which stay open until a later file
explains them or a named person says what they are. Nothing of the money is changed, unless money in that the ledger
does not know is to be put in suspense.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction

from duecourse.ledger import read as read_ledger
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number, to_date
from duecourse.servicing import suspense
from duecourse.servicing.cash_tables import Suspense

from . import bank_file, bank_match, files, merchant_file, reconcile_known, statement_layout
from .bank_file import BalanceDiffers
from .bank_match import Event, Line, Matched
from .files import BadRow, NothingToRetry
from .reconcile_known import BANK, MERCHANT, Known
from .reconcile_report import figures, open_ones
from .statement_layout import Layout
from .statement_rows import Incoming, Row, Statement
from .tables import BankStatement, File, FileLine, Match, OpenItem, Quarantined, Resolution

LOOK_BACK_DAYS = 31
"""So many days before a file's first day events are looked at that were booked since, or are open."""


class BalanceDoesNotFollow(Refused):
    """A statement's opening balance is not the closing balance of the one before it."""

    code = "balance_does_not_follow"


class NoSuchItem(Refused):
    """There is no such open item, or it was resolved before."""

    code = "no_such_open_item"


class ReasonMissing(Refused):
    """A person resolves an item with a reason."""

    code = "reason_missing"


class Reconciled(NamedTuple):
    """What a file came to: its row with the figures (`file.summary`), and whether it was known before."""

    file: File
    again: bool


def bank(
    path: Path, *, layout: Path | None = None, by: str, again: bool = False, into_suspense: bool = False
) -> Reconciled:
    """Reconcile a bank's statement with the ledger's cash; with `again` a file of corrected rows.

    `into_suspense`: money in that the ledger does not know is booked into suspense, to be attributed later.
    """
    return take(BANK, path, statement_layout.read(layout), by, again, into_suspense)


def merchant(path: Path, *, layout: Path | None = None, by: str, again: bool = False) -> Reconciled:
    """Reconcile an acquirer's settlement file with the ledger's purchases and refunds."""
    return take(MERCHANT, path, statement_layout.read(layout), by, again)


def take(side: str, path: Path, layout: Layout, by: str, again: bool, into_suspense: bool = False) -> Reconciled:
    """Read a file, keep its lines, match them; all of it or nothing. The same file again changes nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7, 1)")
        known = File.objects.filter(digest=files.digest(path)).first()
        if known is not None:
            return Reconciled(known, True)
        if again and not Quarantined.objects.filter(taken_by=None, file__kind=side).exists():
            raise NothingToRetry(f"no row of a {side} file is in quarantine")
        if again:
            layout = layout._replace(columns={name: told for name, told in layout.columns.items() if name != "balance"})
        exponents = read_ledger.exponents()
        read = merchant_file.read if side == MERCHANT else bank_file.read
        incoming = read(path, layout, exponents)
        file = File.objects.create(digest=files.digest(path), name=path.name, rows=incoming.size, kind=side)
        if again:
            incoming = correct(file, incoming)
        Quarantined.objects.bulk_create(
            (Quarantined(file=file, **bad._asdict()) for bad in incoming.bad), batch_size=1_000
        )
        file.summary = {"rows": incoming.size, "quarantined": len(incoming.bad), "pending": incoming.pending, "by": by}
        file.summary |= {"statements": [statement(file, path, one, again) for one in incoming.statements]}
        for currency in dict.fromkeys(one.currency for one in incoming.statements):
            rows = [row for one in incoming.statements if one.currency == currency for row in one.rows]
            days = [one for told in incoming.statements if told.currency == currency
                    for one in (told.first_day, told.last_day) if one is not None]  # fmt: skip
            if days:
                match(file, currency, (min(days), max(days)), layout, keep(file, incoming.statements, currency, rows))
        if into_suspense:
            file.summary["in_suspense"] = suspend(file, by)
        file.summary |= {"figures": figures(file), "exponents": exponents}
        file.save(update_fields=["summary"])
    return Reconciled(file, False)


def suspend(file: File, by: str) -> int:
    """Book the money in that a file has and the ledger does not into suspense; answers how many lines.

    What suspense does not take (a day after the open day) stays open.
    """
    taken = 0
    missing = open_ones(BANK).filter(line__file=file, kind=bank_match.MISSING_HERE, theirs_minor__gt=0)
    for item in missing.select_related("line"):
        line = item.line
        try:
            held = suspense.receive(
                amount_minor=line.amount_minor,
                received_on=line.day,
                reference=line.references[0] if line.references else "",
                payer=line.text,
                key=f"bank:{line.id}",
                channel=line.channel or 0,
                currency=line.currency,
            )
        except Refused:
            continue
        entry = Suspense.objects.values_list("entry_id", flat=True).get(id=held)
        Match.objects.create(file=file, line=line, event_id=entry, amount_minor=line.amount_minor, rule="suspense")
        Resolution.objects.create(item=item, file=file, by=by, reason=f"put in suspense, item {held}")
        taken += 1
    return taken


def statement(file: File, path: Path, one: Statement, again: bool) -> dict[str, Any]:
    """Keep a statement; one that does not begin where the one before it of its account ended is refused."""
    lines = sum(row.amount_minor for row in one.rows)
    has_balances = one.opening_minor is not None and one.closing_minor is not None
    left_over = (one.closing_minor or 0) - (one.opening_minor or 0) - lines if has_balances and one.unread else None
    told = {
        "account": one.account, "currency": one.currency, "number": one.number, "first_day": str(one.first_day),
        "last_day": str(one.last_day), "opening_minor": one.opening_minor, "closing_minor": one.closing_minor,
        "lines_minor": lines, "left_over_minor": left_over,
    }  # fmt: skip
    if again or file.kind != BANK or one.first_day is None or one.last_day is None:
        return told
    same = BankStatement.objects.filter(account=one.account, currency=one.currency).exclude(closing_minor=None)
    before = same.order_by("-last_day", "-id").first()
    if before is not None and one.opening_minor is not None and before.closing_minor != one.opening_minor:
        raise BalanceDoesNotFollow(
            f"{path}: opens with {one.opening_minor:,}; the statement before it ({before.file.name}, through "
            f"{before.last_day}) closed with {before.closing_minor:,} (minor units of {one.currency}); "
            "nothing was taken"
        )
    BankStatement.objects.create(
        file=file, account=one.account, currency=one.currency, number=one.number, first_day=one.first_day,
        last_day=one.last_day, opening_minor=one.opening_minor, closing_minor=one.closing_minor,
    )  # fmt: skip
    return told


def correct(file: File, incoming: Incoming) -> Incoming:
    """Mark the quarantined rows that a file corrects; a row that corrects none is quarantined itself.

    When no row of an earlier file waits any more, its corrected rows must make up what its balances left over.
    """
    waiting = list(Quarantined.objects.filter(taken_by=None, file__kind=file.kind).order_by("file_id", "row"))
    newest = max(one.file_id for one in waiting)
    bad, corrected = list(incoming.bad), Counter[int]()
    statements = []
    for one in incoming.statements:
        rows = []
        for row in one.rows:
            found = next((old for old in waiting if corrects(row, old, newest)), None)
            if found is None:
                reason = "it corrects no row that waits in quarantine; the column row names one"
                bad.append(BadRow(row.row, "row", "corrects_nothing", reason, next(iter(row.references), None)))
                continue
            waiting.remove(found)
            Quarantined.objects.filter(id=found.id).update(taken_by=file)
            corrected[found.file_id] += row.amount_minor
            rows.append(row)
        statements.append(one._replace(rows=rows, opening_minor=None, closing_minor=None))
    for file_id, amount in corrected.items():
        make_up(File.objects.get(id=file_id), amount)
    return Incoming(statements, bad, incoming.pending)


def corrects(row: Row, old: Quarantined, newest: int) -> bool:
    """Whether a row corrects a quarantined one: by its number in the newest file with such rows, or by reference."""
    if row.corrects:
        return old.file_id == newest and old.row == row.corrects
    return old.reference is not None and old.reference in row.references


def make_up(original: File, amount: int) -> None:
    """Add to what was corrected of a file; refused where all is corrected and its balances do not come out."""
    sofar = original.summary.get("corrected_minor", 0) + amount
    original.summary["corrected_minor"] = sofar
    original.save(update_fields=["summary"])
    wanted = [one["left_over_minor"] for one in original.summary["statements"]]
    is_left = Quarantined.objects.filter(taken_by=None, file=original).exists()
    if not is_left and all(one is not None for one in wanted) and sum(wanted) != sofar:
        raise BalanceDiffers(
            f"{original.name}: its balances leave {sum(wanted):,} for the rows in quarantine, the corrected ones make "
            f"{sofar:,}; nothing was taken"
        )


def keep(file: File, statements: Sequence[Statement], currency: str, rows: Sequence[Row]) -> list[FileLine]:
    """Keep the lines of a file in one currency."""
    owners = {id(row): one.account for one in statements for row in one.rows}
    return FileLine.objects.bulk_create(
        (
            FileLine(
                file=file, row=row.row, kind=row.kind, owner=row.owner or owners[id(row)], day=row.day,
                amount_minor=row.amount_minor, fee_minor=row.fee_minor, currency=currency,
                references=list(row.references), text=row.text, channel=row.channel,
            )
            for row in rows
        ),
        batch_size=1_000,
    )  # fmt: skip


def match(file: File, currency: str, days: tuple[date, date], layout: Layout, fresh: list[FileLine]) -> None:
    """Match the lines of a file and those still open with the ledger's events, and keep what came of it."""
    waiting = list(open_ones(file.kind).filter(currency=currency).select_related("line"))
    known = events_for(file, currency, days, layout, waiting)
    lines = {line.id: line for line in (*(item.line for item in waiting if item.line), *fresh) if line.amount_minor}
    done = set(Match.objects.filter(event_id__in=list(known.events)).values_list("event_id", flat=True))
    done |= set(
        OpenItem.objects.filter(event_id__in=list(known.events), file__kind=file.kind, resolution__file=None)
        .exclude(resolution=None)
        .exclude(kind=bank_match.DISPUTED)
        .values_list("event_id", flat=True)
    )
    events = [event for event in known.events.values() if event.id not in done]
    named = reconcile_known.named(((line.id, line.references) for line in lines.values()), known)
    asked = [asked_of(line, named.get(line.id, ())) for line in lines.values()]
    found = bank_match.match(asked, events, before=matched_before(asked, file.kind), batches=file.kind == BANK)
    balanced(asked, events, found)
    Match.objects.bulk_create(
        (
            Match(file=file, line_id=one.line, event_id=one.event, account_id=known.accounts[one.event],
                  amount_minor=one.amount, rule=one.rule)
            for one in found.matches
        ),
        batch_size=1_000,
    )  # fmt: skip
    settle(file, waiting, found, {event.id for event in events}, known, lines, currency)
    undone = sum(known.events[event].amount for event in found.undone)
    assert undone == 0


def events_for(file: File, currency: str, days: tuple[date, date], layout: Layout, waiting: list[OpenItem]) -> Known:
    """The events that lines of a file can be: of its days, and of earlier days of the same side where a file was."""
    first, last = days
    begun = FileLine.objects.filter(file__kind=file.kind, currency=currency).order_by("day").first()
    earliest = min(first, begun.day if begun else first)
    for one in BankStatement.objects.filter(currency=currency).order_by("first_day")[:1]:
        earliest = min(earliest, one.first_day) if file.kind == BANK else earliest
    open_days = [item.day for item in waiting if item.event_id is not None]
    since = max(earliest, min([first - timedelta(days=LOOK_BACK_DAYS), *open_days]))
    found = reconcile_known.events(file.kind, currency, since, last, layout.channels)
    events = {id_: event for id_, event in found.events.items() if event.day >= day_number(earliest)}
    return found._replace(events=events)


def asked_of(line: FileLine, named: tuple[int, ...]) -> Line:
    """A kept line as the matching takes it."""
    first = line.references[0] if line.references else ""
    is_disputed = line.kind == merchant_file.CHARGEBACK
    return Line(line.id, day_number(line.day), line.amount_minor, first, line.text, named, line.channel, is_disputed)


def matched_before(lines: Sequence[Line], side: str) -> dict[Hashable, int]:
    """Lines of earlier files that were matched, by the reference and amount that one of these may repeat."""
    references = sorted({line.reference for line in lines if line.reference})
    if not references:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT l."references"[1], l.amount_minor, l.id FROM intake_file_line l '
            'JOIN intake_file f ON f.id = l.file_id WHERE f.kind = %s AND l."references"[1] = ANY(%s) AND EXISTS '
            "(SELECT FROM intake_match m WHERE m.line_id = l.id) ORDER BY l.id DESC",
            [side, references],
        )
        return {(reference, amount): line for reference, amount, line in cursor.fetchall()}


def balanced(lines: Sequence[Line], events: Sequence[Event], found: Matched) -> None:
    """What is matched and what is open make up all lines, and all events."""
    amounts = {line.id: line.amount for line in lines}
    of_events = {event.id: event.amount for event in events}
    matched_lines = {one.line for one in found.matches}
    matched_events = {one.event for one in found.matches}
    open_lines = [item.line for item in found.items if item.line is not None]
    open_events = [item.event for item in found.items if item.event is not None and item.kind != bank_match.DISPUTED]
    matched = sum(one.amount for one in found.matches)
    assert matched + sum(amounts[line] for line in open_lines) == sum(amounts.values())
    assert matched_lines | set(open_lines) == set(amounts)
    assert matched + sum(of_events[event] for event in open_events) == sum(of_events.values())
    assert matched_events | set(open_events) | set(found.undone) == set(of_events)


def settle(
    file: File,
    waiting: list[OpenItem],
    found: Matched,
    seen: set[int],
    known: Known,
    lines: dict[int, FileLine],
    currency: str,
) -> None:
    """Resolve the open items that are explained now, and open those that are new; what stays open stays as it is."""
    of_lines = {one.line: one.rule for one in found.matches}
    of_events = {one.event: one.rule for one in found.matches}
    still = {(item.kind, item.line, item.event) for item in found.items}
    kept, explained = set(), []
    for item in waiting:
        what = (item.kind, item.line_id, item.event_id)
        is_asked = item.line_id in lines or item.event_id in seen
        if what in still or not is_asked:
            kept.add(what)
            continue
        rule = of_lines.get(item.line_id) or of_events.get(item.event_id)
        if rule is None and item.event_id in found.undone:
            rule = "taken back before they saw it"
        explained.append(Resolution(item=item, file=file, by=file.summary["by"], reason=rule or "another difference"))
    Resolution.objects.bulk_create(explained, batch_size=1_000)
    file.summary["resolved"] = file.summary.get("resolved", 0) + len(explained)
    new = []
    for one in found.items:
        if (one.kind, one.line, one.event) in kept:
            continue
        line = lines[one.line] if one.line is not None else None
        event = known.events[one.event] if one.event is not None else None
        day = line.day if line is not None else to_date(event.day if event is not None else 0)
        new.append(
            OpenItem(
                file=file, kind=one.kind, line=line, event_id=one.event,
                account_id=known.accounts.get(one.event) if one.event is not None else None,
                owner=line.owner if line is not None else "", day=day, currency=currency,
                theirs_minor=line.amount_minor if line is not None else None,
                ours_minor=event.amount if event is not None else None, repeats=one.repeats,
            )
        )  # fmt: skip
    OpenItem.objects.bulk_create(new, batch_size=1_000)


def resolve(*, item: int, by: str, reason: str) -> Resolution:
    """Say what an open item is; by a person, with the reason."""
    if not reason.strip():
        raise ReasonMissing(f"item {item}: a reason is needed")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7, 1)")
        found = open_ones().filter(id=item).first()
        if found is None:
            raise NoSuchItem(f"there is no open item {item}")
        return Resolution.objects.create(item=found, by=by, reason=reason)
