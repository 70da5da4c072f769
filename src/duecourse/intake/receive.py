"""Taking a file of payments received: those of the open day in bulk, earlier ones by replay, bad rows to quarantine.

Everything that a file does is known by request keys made of channel and reference. Stopped anywhere and taken again, it
goes on where it was; taken twice, it changes nothing; a payment that came in another file is recognised.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction

from duecourse.ledger import balances, chart, read
from duecourse.ledger.bulk import close_arrow
from duecourse.ledger.journal import Refused
from duecourse.rules.read import to_date
from duecourse.servicing import batch, payments
from duecourse.servicing.refusals import AfterOpenDay

from . import files, payments_file, unattributed
from .files import BadRow, NothingToRetry
from .payments_file import NOTHING_SAID, Control, Incoming
from .payments_known import (
    Known,
    act_of,
    asked_before,
    bad_row,
    loan_products,
    products_by_id,
    reference_of,
    with_accounts,
)
from .tables import File, Quarantined
from .unattributed import Unattributed

CHUNK = 25_000
"""Payments posted in one transaction: for so long a shard takes no other payment."""
SIDE_BY_SIDE = 2
USED_BEFORE = ("reference_repeated", "request_key_reused")
"""Codes of rows whose reference belongs to another payment: a corrected row names them by their number alone."""

Progress = Callable[[str, int, int], None]


class ControlDiffers(Refused):
    code = "control_total_differs"


class ReceiveUnderWay(Refused):
    code = "receive_under_way"


class Received(NamedTuple):
    """What taking a file did: payments posted now, and the file with its totals (`file.summary`)."""

    file: File
    posted: int


def retry(
    path: Path,
    *,
    expected: Control = NOTHING_SAID,
    progress: Progress | None = None,
    suspense: bool = False,
    by: str = "receive",
) -> Received:
    """Take a file of corrected rows, or the same file once what was wrong is put right; refused when no row waits."""
    if not Quarantined.objects.filter(taken_by=None, file__kind="payments").exists():
        raise NothingToRetry("no payment is in quarantine")
    return take(path, expected=expected, progress=progress, again=True, suspense=suspense, by=by)


def take(
    path: Path,
    *,
    expected: Control = NOTHING_SAID,
    progress: Progress | None = None,
    again: bool = False,
    suspense: bool = False,
    by: str = "receive",
) -> Received:
    """Take a file of payments, or go on with one that was stopped; the same file again changes nothing.

    Refused before anything is posted when the file does not hold what `expected` or its own last line says. With
    `again` a file that was taken is looked at again for the rows of it that are in quarantine. With `suspense` money
    for accounts that are not there is booked into suspense while its rows wait; a corrected row attributes it.
    """
    tell = progress or (lambda stage, done, of: None)
    tell("read the file", 0, 1)
    incoming = payments_file.read(path)
    for control in (incoming.control, expected):
        compare(path, incoming, control)
    with alone():
        file = recorded(path, incoming)
        if file.summary.get("finished") and not again and not suspense:
            return Received(file, 0)
        tell("find the accounts", 0, 1)
        known, bad = with_accounts(incoming)
        before = asked_before(known, int(file.summary["entry_mark"]))
        for i in np.flatnonzero(before.other).tolist():
            bad.append(bad_row(known, i, "reference", "request_key_reused", "an earlier payment has this reference"))
        fresh = np.flatnonzero(~(before.own | before.earlier | before.other))
        lying = unattributed.lying(known, fresh)
        refused = post(known, fresh[~np.isin(fresh, list(lying))], tell)
        refused |= unattributed.attribute(known, lying, by=by)
        bad += [bad_row(known, i, *why) for i, why in sorted(refused.items())]
        own = before.own.copy()
        own[[i for i in fresh.tolist() if i not in refused]] = True
        held = unattributed.book(incoming, bad) if suspense else Unattributed.kept(file.summary)
        finish(file, incoming, known, own, before.earlier, bad, held)
        return Received(file, len(fresh) - len(refused))


@contextmanager
def alone() -> Iterator[None]:
    """Keep other files out while one is taken: a lock of the session, which its end gives back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(7, 0)")
        if not cursor.fetchone()[0]:
            raise ReceiveUnderWay("another file of payments is being taken: wait for it, then take this one")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(7, 0)")


def compare(path: Path, incoming: Incoming, control: Control) -> None:
    """Refuse a file that does not hold the rows or the sum that it should."""
    if control.rows is not None and control.rows != incoming.size:
        raise ControlDiffers(f"{path}: {incoming.size:,} rows, should be {control.rows:,}; nothing was posted")
    if control.total is None or control.total == incoming.total:
        return
    if incoming.total is None:
        raise ControlDiffers(
            f"{path}: the sum should be {control.total}, but an amount cannot be read "
            f"(row {incoming.bad[0].row}: {incoming.bad[0].reason}); nothing was posted"
        )
    raise ControlDiffers(f"{path}: the amounts add up to {incoming.total}, not to {control.total}; nothing was posted")


def recorded(path: Path, incoming: Incoming) -> File:
    """The file's row; a new one remembers the last entry and the open day before anything of it was posted."""
    with transaction.atomic(), connection.cursor() as cursor:
        begun = {"entry_mark": read.last_id(cursor), "open_day": str(balances.book_day())}
        file, _ = File.objects.get_or_create(
            digest=files.digest(path),
            defaults={"name": path.name, "rows": incoming.size, "kind": "payments", "summary": begun},
        )
    return file


def post(known: Known, fresh: Any, tell: Progress) -> dict[int, tuple[str, str, str]]:
    """Post payments: earlier ones and those on loans one by one, those on lines of the open day in bulk.

    Answers the refused with field and reason. A close that goes on meanwhile makes a payment of the open day an earlier
    one: then that is posted by replay.
    """
    is_single = known.payments.days[fresh] < known.open_days[fresh]
    is_single |= np.isin(known.products[fresh], loan_products())
    single = fresh[is_single]
    single = single[np.lexsort((known.payments.days[single], known.ids[single]))]
    refused = post_one_by_one(known, single, tell, "post earlier days and loans")
    left_over = post_in_bulk(known, fresh[~is_single], tell, refused)
    return refused | post_one_by_one(known, left_over, tell, "post after the close")


def post_one_by_one(known: Known, places: Any, tell: Progress, stage: str) -> dict[int, tuple[str, str, str]]:
    """Post payments as a door would, each in a transaction of its own."""
    refused = {}
    for done, i in enumerate(places.tolist()):
        act = act_of(known, i)
        try:
            payments.receive(
                account=act.account,
                amount_minor=act.amount_minor,
                received_on=act.on,
                key=act.key,
                channel=act.channel,
            )
        except Refused as reason:
            refused[i] = ("received_on" if isinstance(reason, AfterOpenDay) else "", reason.code, str(reason))
        tell(stage, done + 1, len(places))
    return refused


def post_in_bulk(known: Known, places: Any, tell: Progress, refused: dict[int, tuple[str, str, str]]) -> Any:
    """Post payments of the open day, two shards side by side; answers those whose shard was closed meanwhile."""
    left_over: list[Any] = []
    done, counting = 0, Lock()
    places = places[np.argsort(known.ids[places], kind="stable")]
    shards = known.ids[places] // balances.SHARD_SIZE
    waiting = deque(places[shards == shard] for shard in np.unique(shards))
    stopped = Event()

    def post_chunk(chunk: Any) -> None:
        nonlocal done
        entries = batch.Entries(
            known.ids[chunk], np.full(len(chunk), chart.PAYMENT), known.minor[chunk], known.keys[chunk],
            known.payments.channels[chunk],
        )  # fmt: skip
        try:
            taken = batch.post(entries=entries, on=to_date(int(known.payments.days[chunk[0]])))
        except AfterOpenDay:
            left_over.append(chunk)
            return
        with counting:
            for fault in taken.faults:
                refused[int(chunk[fault.place])] = ("", fault.code, fault.message)
            done += len(chunk)
            tell("post the open day", done, len(places))

    tell("post the open day", 0, len(places))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        lines = [
            pool.submit(post_waiting, waiting, stopped, post_chunk) for _ in range(min(SIDE_BY_SIDE, len(waiting)))
        ]
        try:
            for line in lines:
                line.result()
        finally:
            stopped.set()  # a person who stops it waits for the chunks under way, no longer
    return np.concatenate([np.zeros(0, np.int64), *left_over])


def post_waiting(waiting: deque[Any], stopped: Event, post_chunk: Callable[[Any], None]) -> None:
    """Post one shard's payments after the other, chunk by chunk, on this thread's own connections, until stopped."""
    try:
        while waiting:
            try:
                places = waiting.popleft()
            except IndexError:
                return
            for first in range(0, len(places), CHUNK):
                if stopped.is_set():
                    return
                post_chunk(places[first : first + CHUNK])
    except BaseException:
        stopped.set()
        raise
    finally:
        connection.close()
        close_arrow()


def finish(
    file: File, incoming: Incoming, known: Known, own: Any, earlier: Any, bad: list[BadRow], held: Unattributed
) -> None:
    """Keep the quarantined rows and the totals, and mark what this file brought in order, all in one transaction."""
    file.summary = {
        **{name: file.summary[name] for name in ("entry_mark", "open_day")},
        "finished": True,
        "rows": incoming.size,
        "posted": int(own.sum()),
        "posted_for_earlier_days": int((own & is_before(known, file.summary["open_day"])).sum()),
        "known_before": int(earlier.sum()),
        "repeated_in_file": incoming.repeated,
        "quarantined": len(bad),
        "in_suspense": held.rows,
        "in_suspense_minor": held.minor,
        "sum_as_written": None if incoming.total is None else str(incoming.total),
        "totals": totals(known, own, earlier),
    }
    with transaction.atomic():
        waiting = set(file.quarantined.filter(taken_by=None).values_list("row", flat=True))
        Quarantined.objects.bulk_create(
            (Quarantined(file=file, **one._asdict()) for one in sorted(bad) if one.row not in waiting), batch_size=1_000
        )
        mark_taken(file, known, own | earlier)
        file.save(update_fields=["summary"])


def is_before(known: Known, open_day: str) -> Any:
    """Which payments were received before the day that was open when the file was first taken."""
    return known.payments.days < np.datetime64(open_day, "D").astype(np.int64) if len(known.ids) else False


def totals(known: Known, own: Any, earlier: Any) -> list[dict[str, Any]]:
    """How many payments and how much, by channel and currency: posted by this file, known before."""
    currencies, exponents = products_by_id()
    found: dict[tuple[int, str], dict[str, Any]] = {}
    groups = known.payments.channels << 32 | known.products
    for group in np.unique(groups).tolist():
        channel, product, here = group >> 32, group & 0xFFFFFFFF, groups == group
        row = found.setdefault(
            (channel, currencies[product]),
            {"channel": channel, "currency": currencies[product], "exponent": int(exponents[product])}
            | dict.fromkeys(("posted", "posted_minor", "known_before", "known_before_minor"), 0),
        )
        for name, which in (("posted", own), ("known_before", earlier)):
            row[name] += int((here & which).sum())
            row[f"{name}_minor"] += int(known.minor[here & which].sum())
    return [found[key] for key in sorted(found)]


def mark_taken(file: File, known: Known, taken: Any) -> None:
    """Mark quarantined rows that this file brought in order: its own, those of the same reference, those it names."""
    waiting = list(Quarantined.objects.filter(taken_by=None, file__kind="payments"))
    if not waiting:
        return
    rows = set(known.payments.rows[taken].tolist())
    references = {reference_of(known.payments, i) for i in np.flatnonzero(taken).tolist()}
    newest = max((one.file_id for one in waiting if one.file_id != file.id), default=None)
    corrected = set(known.payments.corrects[taken].tolist()) - {0}
    in_order = [
        one.id
        for one in waiting
        if (one.file_id == file.id and one.row in rows)
        or (one.file_id == newest and one.row in corrected)
        or (one.file_id != file.id and one.code not in USED_BEFORE and one.reference in references)
    ]
    Quarantined.objects.filter(id__in=in_order).update(taken_by=file)


def report(received: Received) -> dict[str, Any]:
    """What became of a file, for other programs: its totals and the rows of it that wait in quarantine."""
    file = received.file
    waiting = file.quarantined.filter(taken_by=None).order_by("row")
    return {
        "file": file.name,
        "sha256": bytes(file.digest).hex(),
        "posted_now": received.posted,
        **file.summary,
        "quarantine": list(waiting.values("row", "field", "code", "reason", "reference")),
    }
