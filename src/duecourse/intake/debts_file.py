"""Taking a file of what is known of borrowers' debts with others: a row an account, day and source; bad rows wait.

Nothing of the person is read or kept: an account is named by its number. A report is known by its account, day and
source: the same again changes nothing, another figure for it is a correction and counts from the day on which it came.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import NoSuchAccount, atomically
from duecourse.risk.debt_tables import DebtReport
from duecourse.rules.read import to_date

from . import files
from .files import BadRow, ColumnsMissing, NothingToRetry
from .payments_file import columns_called, day_or_zero
from .tables import File, Quarantined

KIND = "debts"
NAMES = {
    "account": ("account", "number", "账号", "账户号"),
    "as_of": ("as_of", "day", "日期", "查询日期", "截止日期"),
    "source": ("source", "来源", "征信来源"),
    "lenders": ("lenders", "机构数", "贷款机构数"),
    "balance": ("balance", "余额", "负债余额"),
    "payment": ("payment", "payment_due", "当月应还"),
    "worst_days_past_due": ("worst_days_past_due", "最大逾期天数"),
    "enquiries": ("enquiries", "查询次数", "近3个月查询次数"),
}
COUNTS = {"lenders": 1_000, "worst_days_past_due": 32_000, "enquiries": 10_000}
"""Whole numbers from 0, and the most that they may be."""
AMOUNTS = ("balance", "payment")
SOURCE_MAX = 60


class Taken(NamedTuple):
    """What taking a file did: the file with its totals (`file.summary`), and how many reports are new."""

    file: File
    reported: int


class Known(NamedTuple):
    """An account by its number: its id, its currency's decimals, the open day of its shard."""

    id: int
    exponent: int
    open_day: date


class Report(NamedTuple):
    """A row that can be read; amounts in minor units."""

    row: int
    account: int
    as_of: date
    source: str
    figures: tuple[int, ...]
    reference: str


FIGURES = ("lenders", "balance_minor", "payment_minor", "worst_days_past_due", "enquiries")
"""The figures of a report in their order."""


def retry(path: Path) -> Taken:
    """Take a file of corrected rows, or the same file once what was wrong is put right; refused when no row waits."""
    if not Quarantined.objects.filter(taken_by=None, file__kind=KIND).exists():
        raise NothingToRetry("no report of debts is in quarantine")
    return take(path, again=True)


def take(path: Path, *, again: bool = False) -> Taken:
    """Take a file of reports; the same file again changes nothing, unless `again` looks at its waiting rows."""
    found = files.read(path)
    columns = columns_called(path, found.table, NAMES)
    missing = [name for name in NAMES if name not in columns]
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    rows = len(found.rows) + len(found.bad)
    texts = {name: column.to_pylist() for name, column in columns.items()}

    def work() -> Taken:
        file, _ = File.objects.get_or_create(
            digest=files.digest(path), defaults={"name": path.name, "rows": rows, "kind": KIND}
        )
        if file.summary.get("finished") and not again:
            return Taken(file, 0)
        known = accounts_of({one for one in texts["account"] if one})
        read = [
            read_row(row, {name: values[place] for name, values in texts.items()}, known)
            for place, row in enumerate(found.rows)
        ]
        good = [one for one in read if isinstance(one, Report)]
        bad = [*found.bad, *(one for one in read if isinstance(one, BadRow))]
        new = keep(file, good, {one.id: one.open_day for one in known.values()})
        finish(file, good, bad, {"rows": rows, "reported": new, "known_before": len(good) - new})
        return Taken(file, new)

    return atomically(work)


def accounts_of(numbers: set[str]) -> dict[str, Known]:
    """The accounts of these numbers; their shards stay open on their day until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT id / %s FROM servicing_account WHERE number = ANY(%s) ORDER BY 1",
                       [SHARD_SIZE, list(numbers)])  # fmt: skip
        for (shard,) in cursor.fetchall():
            cursor.execute("SELECT pg_advisory_xact_lock_shared(1, %s)", [shard])
        cursor.execute(
            "SELECT a.number, a.id, p.exponent, s.open_day FROM servicing_account a "
            "JOIN ledger_product p ON p.id = a.product_id JOIN ledger_shard s ON s.shard = a.id / %s "
            "WHERE a.number = ANY(%s)",
            [SHARD_SIZE, list(numbers)],
        )
        return {number: Known(*told) for number, *told in cursor.fetchall()}


def read_row(row: int, told: Mapping[str, str | None], known: Mapping[str, Known]) -> Report | BadRow:
    """A row as a report, or what is wrong with it first."""
    reference = " ".join(str(told[name] or "")[:60] for name in ("account", "as_of", "source"))

    def bad(field: str, code: str, reason: str) -> BadRow:
        return BadRow(row, field, code, reason, reference)

    for name in NAMES:
        if not told[name]:
            return bad(name, "missing", "nothing stands there")
    account = known.get(str(told["account"]))
    if account is None:
        return bad("account", NoSuchAccount.code, f"there is no account {str(told['account'])[:40]}")
    day = day_or_zero(str(told["as_of"]))
    if not day:
        return bad("as_of", "not_a_day", f"{str(told['as_of'])[:40]!r}: no day (2026-08-31)")
    if to_date(day) > account.open_day:
        return bad("as_of", "after_open_day", f"{to_date(day)} is after the open day {account.open_day}")
    figures: dict[str, int] = {}
    for name in (*COUNTS, *AMOUNTS):
        number = whole(str(told[name]), account.exponent if name in AMOUNTS else 0)
        if number is None or number > COUNTS.get(name, AMOUNT_MAX):
            return bad(name, "not_a_number", f"{str(told[name])[:40]!r}: no number from 0 that can be")
        figures[name if name in COUNTS else f"{name}_minor"] = number
    source = str(told["source"])[:SOURCE_MAX]
    return Report(row, account.id, to_date(day), source, tuple(figures[name] for name in FIGURES), reference)


def whole(text: str, exponent: int) -> int | None:
    """A number from 0 in units of so many decimals; None where the text is none."""
    try:
        scaled = Decimal(text).scaleb(exponent)
        fits = scaled.is_finite() and scaled == scaled.to_integral_value() and 0 <= scaled <= AMOUNT_MAX
    except InvalidOperation:
        return None
    return int(scaled) if fits else None


def keep(file: File, good: list[Report], open_days: Mapping[int, date]) -> int:
    """Keep the reports that are not known so already; answers how many they are."""
    newest: dict[tuple[int, date, str], tuple[int, ...]] = {}
    rows = DebtReport.objects.filter(account_id__in={one.account for one in good}).order_by("id")
    for account, as_of, source, *figures in rows.values_list("account_id", "as_of", "source", *FIGURES):
        newest[account, as_of, source] = tuple(figures)
    new = []
    for one in good:
        key = (one.account, one.as_of, one.source)
        if newest.get(key) == one.figures:
            continue
        newest[key] = one.figures
        figures = dict(zip(FIGURES, one.figures, strict=True))
        new.append(
            DebtReport(
                account_id=one.account, as_of=one.as_of, source=one.source, booked_day=open_days[one.account],
                file_id=file.id, **figures,
            )
        )  # fmt: skip
    DebtReport.objects.bulk_create(new)
    return len(new)


def finish(file: File, good: list[Report], bad: list[BadRow], totals: Mapping[str, int]) -> None:
    """Keep the rows that wait and the totals, and mark the waiting rows that this file brought in order."""
    with transaction.atomic():
        waiting = set(file.quarantined.filter(taken_by=None).values_list("row", flat=True))
        Quarantined.objects.bulk_create(
            Quarantined(file=file, **one._asdict()) for one in sorted(bad) if one.row not in waiting
        )
        still = Quarantined.objects.filter(taken_by=None, file__kind=KIND)
        still.filter(file=file, row__in=[one.row for one in good]).update(taken_by=file)
        still.exclude(file=file).filter(reference__in={one.reference for one in good}).update(taken_by=file)
        file.summary = {"finished": True, **totals, "quarantined": len(bad)}
        file.save(update_fields=["summary"])
