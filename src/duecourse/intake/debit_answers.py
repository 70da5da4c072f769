"""Taking a file of what the bank answered to debit orders: paid, failed or unknown; bad rows to quarantine.

An answer is known by its order and what it says: the same file again, and the same answer in another file, change
nothing. A corrected row is known by its order.
"""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import transaction

from duecourse.ledger.journal import Refused
from duecourse.rules.read import to_date
from duecourse.servicing import debit_results
from duecourse.servicing.debit_tables import DebitOrder
from duecourse.servicing.tables import Account

from . import files
from .files import BadRow, ColumnsMissing, NothingToRetry
from .payments_file import columns_called, day_or_zero
from .tables import File, Quarantined

KIND = "debit_answers"
NAMES = {
    "order": ("order", "key", "订单号", "扣款单号"),
    "result": ("result", "结果", "扣款结果"),
    "on": ("on", "day", "日期", "扣款日期"),
    "amount": ("amount", "金额"),
    "amount_minor": ("amount_minor", "金额分"),
    "reason_code": ("reason_code", "原因代码", "失败原因"),
}
NEEDED = ("order", "result", "on")
RESULTS = {
    "paid": "paid",
    "failed": "failed",
    "unknown": "unknown",
    "成功": "paid",
    "失败": "failed",
    "未知": "unknown",
}
REASON_MAX = 100


class Taken(NamedTuple):
    """What taking a file did: the file with its totals (`file.summary`), and how many answers are new."""

    file: File
    answered: int


class Answer(NamedTuple):
    """One row that can be read: its number, order, result, day, amount in minor units (None: not said), reason."""

    row: int
    order: str
    result: str
    day: int
    amount: int | None
    reason: str


def retry(path: Path) -> Taken:
    """Take a file of corrected rows, or the same file once what was wrong is put right; refused when no row waits."""
    if not Quarantined.objects.filter(taken_by=None, file__kind=KIND).exists():
        raise NothingToRetry("no answer to a debit order is in quarantine")
    return take(path, again=True)


def take(path: Path, *, again: bool = False) -> Taken:
    """Take a file of answers; the same file again changes nothing, unless `again` looks at its waiting rows."""
    found = files.read(path)
    columns = columns_called(path, found.table, NAMES)
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    rows = len(found.rows) + len(found.bad)
    file, _ = File.objects.get_or_create(
        digest=files.digest(path), defaults={"name": path.name, "rows": rows, "kind": KIND}
    )
    if file.summary.get("finished") and not again:
        return Taken(file, 0)
    good, bad = parsed(columns, found.rows)
    done = dict.fromkeys(("paid", "failed", "unknown", "known_before"), 0)
    settled = []
    for one in good:
        try:
            told = debit_results.settled(
                order=one.order,
                result=one.result,
                on=to_date(one.day),
                key=f"answer:{one.order}:{one.result}:{one.day}:{one.amount}",
                amount_minor=one.amount,
                reason_code=one.reason,
            )
        except Refused as reason:
            bad.append(BadRow(one.row, "", reason.code, str(reason), one.order))
            continue
        done["known_before" if told.again else one.result] += 1
        settled.append(one)
    finish(file, done, settled, [*found.bad, *bad], rows)
    return Taken(file, sum(done.values()) - done["known_before"])


def parsed(columns: dict[str, pa.Array], numbers: list[int]) -> tuple[list[Answer], list[BadRow]]:
    """The rows that can be read, and those that cannot, each with its field and reason."""
    texts = {name: column.to_pylist() for name, column in columns.items()}
    exponents = dict(exponents_of([one for one in texts["order"] if one]))
    good, bad = [], []
    for i, row in enumerate(numbers):
        told = {name: texts[name][i] for name in texts}
        order = told["order"]
        wrong = wrong_with(told, exponents)
        if wrong is not None:
            bad.append(BadRow(row, *wrong, order[:200] if order else None))
            continue
        amount = amount_of(told, exponents.get(order, 0))
        result = RESULTS[told["result"].lower()]
        reason = (told.get("reason_code") or "")[:REASON_MAX]
        good.append(Answer(row, order, result, day_or_zero(told["on"]), amount, reason))
    return good, bad


def exponents_of(orders: list[str]) -> Any:
    """How many decimals the currency of each order has, with its key."""
    of_order = dict(DebitOrder.objects.filter(key__in=orders).values_list("key", "account_id"))
    of_account = dict(Account.objects.filter(id__in=of_order.values()).values_list("id", "product__exponent"))
    return ((key, of_account[account]) for key, account in of_order.items())


def wrong_with(told: dict[str, Any], exponents: dict[str, int]) -> tuple[str, str, str] | None:
    """The field, code and reason of the first thing that is wrong with a row."""
    for name in NEEDED:
        if not told[name]:
            return name, "missing", "nothing stands there"
    if told["order"] not in exponents:
        return "order", debit_results.NoSuchOrder.code, f"there is no debit order {told['order'][:60]}"
    if told["result"].lower() not in RESULTS:
        return "result", debit_results.NotAnAnswer.code, f"{told['result'][:40]!r} is none of {', '.join(RESULTS)}"
    if not day_or_zero(told["on"]):
        return "on", "not_a_day", f"{told['on'][:40]!r}: no day (2026-08-31)"
    try:
        amount_of(told, exponents[told["order"]])
    except (InvalidOperation, ValueError):
        said = told.get("amount_minor") or told.get("amount")
        return "amount", "not_a_number", f"{str(said)[:40]!r}: no amount of this currency"
    return None


def amount_of(told: dict[str, Any], exponent: int) -> int | None:
    """What a row says was paid, in minor units; None where it says nothing."""
    minor, major = told.get("amount_minor"), told.get("amount")
    if minor:
        return int(minor)
    if not major:
        return None
    scaled = Decimal(major).scaleb(exponent)
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(major)
    return int(scaled)


def finish(file: File, done: dict[str, int], settled: list[Answer], bad: list[BadRow], rows: int) -> None:
    """Keep the rows that wait and the totals, and mark the waiting rows that this file brought in order."""
    orders = {one.order for one in settled if one.result != "unknown"}
    numbers = {one.row for one in settled}
    with transaction.atomic():
        waiting = set(file.quarantined.filter(taken_by=None).values_list("row", flat=True))
        Quarantined.objects.bulk_create(
            Quarantined(file=file, **one._asdict()) for one in sorted(bad) if one.row not in waiting
        )
        still = Quarantined.objects.filter(taken_by=None, file__kind=KIND)
        still.filter(file=file, row__in=numbers).update(taken_by=file)
        still.exclude(file=file).filter(reference__in=orders).update(taken_by=file)
        file.summary = {"finished": True, "rows": rows, **done, "quarantined": len(bad)}
        file.save(update_fields=["summary"])
