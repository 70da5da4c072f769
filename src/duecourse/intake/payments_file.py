"""Reading a file of payments received: account, amount, day or instant, reference, where told channel and currency.

Columns are found by name, in English or 中文 (NAMES), in any order. Amounts stand in minor units or, as decimals, in
major units; a column of floating-point numbers is refused. The last line of a CSV file may hold its control totals:
`TOTAL,<rows>,<sum of the amount column>` (or 合计).
"""

import csv
import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.rules import lender
from duecourse.rules.read import RuleMissing, day_number

from . import files
from .files import BadRow, ColumnsMissing, FileMalformed

MAX_ROWS = 1_000_000
NAMES = {
    "account": ("account", "account_number", "账号", "账户", "账户编号"),
    "amount": ("amount", "金额", "收款金额"),
    "amount_minor": ("amount_minor", "金额分"),
    "received_on": ("received_on", "到账日", "到账日期", "收款日期"),
    "received_at": ("received_at", "到账时间", "收款时间"),
    "reference": ("reference", "key", "流水号", "交易流水号"),
    "channel": ("channel", "渠道"),
    "currency": ("currency", "币种"),
    "row": ("row", "行号"),
}
"""`row` stands in corrected files alone: which quarantined row a row corrects, where its reference was wrong."""
NEEDED = ("account", "reference")
ONE_OF = (("amount", "amount_minor"), ("received_on", "received_at"))
"""Columns of which a file has one."""
CONTROL_WORDS = ("total", "合计")
PLACES = 6
"""Decimals that an amount in major units may have; it is kept in millionths until the account's currency is known."""
ONE = 10**PLACES
KEY_LENGTH = 40
"""Characters of a request key of `servicing.batch`."""
CHANNEL_MAX = 32_767
REFERENCE_MAX = 200
SHORT = KEY_LENGTH - len("pay:00000:")


class Control(NamedTuple):
    """What a file should hold: the number of its rows, and the sum of its amount column as written."""

    rows: int | None = None
    total: Decimal | None = None


NOTHING_SAID = Control()


class Payments(NamedTuple):
    """Payments as columns: numbers of rows, texts (Arrow), channels, day numbers, amounts in minor units or millionths.

    corrects: the quarantined row that a row says it corrects; 0 for none. keys: their request keys.
    """

    rows: Any
    accounts: pa.Array
    references: pa.Array
    currencies: pa.Array
    channels: Any
    days: Any
    amounts: Any
    corrects: Any
    keys: Any

    def take(self, mask: Any) -> "Payments":
        """The payments for which the mask is true."""
        arrow = pa.array(mask)
        return Payments(*(one.filter(arrow) if isinstance(one, pa.Array) else one[mask] for one in self))


class Incoming(NamedTuple):
    """A file: its payments, the rows that cannot be taken, how many only repeat another, and what it adds up to.

    size: the number of rows, good or bad. total: the sum of the amount column as written, None where an amount cannot
    be read. control: what the file's last line says that it holds.
    """

    payments: Payments
    bad: list[BadRow]
    repeated: int
    in_minor: bool
    size: int
    total: Decimal | None
    control: Control


class Sieve:
    """The rows that are still good, and what is wrong with the others: the first fault of each."""

    def __init__(self, rows: Any, named: Callable[[int], str | None]) -> None:
        self.rows, self.named = rows, named
        self.good = np.ones(len(rows), dtype=bool)
        self.bad: list[BadRow] = []

    def reject(self, wrong: Any, field: str, code: str, reason: Callable[[int], str]) -> None:
        """Set aside the rows of a mask, those that are still good."""
        for i in np.flatnonzero(self.good & wrong).tolist():
            self.bad.append(BadRow(int(self.rows[i]), field, code, reason(i), self.named(i)))
        self.good &= ~wrong


def read(path: Path) -> Incoming:
    """The payments of a file and the rows that cannot be taken; a file without the needed columns is refused."""
    files.digest(path)
    control = NOTHING_SAID
    if files.is_parquet(path):
        found = files.read_parquet(path, most_rows=MAX_ROWS)
    else:
        text, control = without_control(path, files.text_of(path))
        found = files.parse_csv(path, text, most_rows=MAX_ROWS)
    columns = named_columns(path, found.table)
    in_minor = "amount_minor" in columns
    amount_field = "amount_minor" if in_minor else "amount"
    size = len(found.table)
    blank = pa.nulls(size, pa.string())
    channels, channel_read = whole_numbers(columns.get("channel", blank), CHANNEL_MAX)
    corrects, _ = whole_numbers(columns.get("row", blank), MAX_ROWS)
    amounts, amount_read = scaled(columns[amount_field], 0 if in_minor else PLACES)
    day_field, read_days, no_day = (
        ("received_at", stamped_days, "no instant with a zone (2026-08-31T23:59:00+08:00)")
        if "received_at" in columns
        else ("received_on", day_numbers, "no day (2026-08-31)")
    )
    days, day_read = read_days(columns[day_field])

    def named(i: int) -> str | None:
        reference = columns["reference"][i].as_py()
        return f"{channels[i]}:{reference[:REFERENCE_MAX]}" if reference and channel_read[i] else None

    sieve = Sieve(np.array(found.rows, dtype=np.int64), named)
    for field in (*NEEDED, amount_field, day_field):
        sieve.reject(mask(pc.is_null(columns[field])), field, "missing", lambda i: "nothing stands there")
    for field in ("account", "reference", "currency"):
        if field in columns:
            strange = mask(pc.match_substring_regex(columns[field], r"[\x00-\x1f\x7f]"))
            sieve.reject(strange, field, "control_character", lambda i: "a control character is no part of a name")
    long = mask(pc.greater(pc.utf8_length(columns["reference"]), REFERENCE_MAX))
    sieve.reject(long, "reference", "reference_too_long", lambda i: f"at most {REFERENCE_MAX} characters are taken")
    sieve.reject(~channel_read, "channel", "not_a_channel", told(columns.get("channel", blank), "no channel number"))
    sieve.reject(~amount_read, amount_field, "not_a_number", told(columns[amount_field], "no amount"))
    sieve.reject(amounts <= 0, amount_field, "not_positive", told(columns[amount_field], "not above zero"))
    sieve.reject(~day_read, day_field, "not_a_day", told(columns[day_field], no_day))
    payments = Payments(
        sieve.rows,
        columns["account"],
        columns["reference"],
        pc.utf8_upper(columns.get("currency", blank)),
        channels,
        days,
        amounts,
        corrects,
        request_keys(channels, columns["reference"]),
    )
    repeated = sift_repeated(payments, sieve)
    bad = [one._replace(reference=None) for one in found.bad] + sieve.bad
    total = None if found.bad or not amount_read.all() else summed(amounts, 1 if in_minor else ONE)
    return Incoming(
        payments.take(sieve.good & ~repeated),
        sorted(bad),
        int(repeated.sum()),
        in_minor,
        size + len(found.bad),
        total,
        control,
    )


def without_control(path: Path, text: str) -> tuple[str, Control]:
    """A text without its line of control totals, and what that line says."""
    body = text.rstrip()
    first = body.rfind("\n") + 1
    cells = [cell.strip() for cell in next(csv.reader([body[first:]]), [])]
    if not cells or cells[0].lower() not in CONTROL_WORDS:
        return text, NOTHING_SAID
    told = [cell for cell in cells[1:] if cell]
    if len(told) != 2 or not told[0].isdecimal() or not re.fullmatch(r"-?\d{1,18}(\.\d{1,6})?", told[1]):
        raise FileMalformed(f"{path}: the last line, {body[first:][:80]!r}, should be TOTAL,<rows>,<sum of amounts>")
    return body[:first], Control(int(told[0]), Decimal(told[1]))


def named_columns(path: Path, table: pa.Table) -> dict[str, pa.Array]:
    """The known columns of a table as trimmed texts, nulls where nothing stands; refused where one is missing."""
    columns = columns_called(path, table, NAMES)
    missing = [field for field in NEEDED if field not in columns]
    missing += [f"{one} (or {other})" for one, other in ONE_OF if not {one, other} & set(columns)]
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    for one, other in ONE_OF:
        if {one, other} <= set(columns):
            raise FileMalformed(f"{path}: both {one} and {other} stand there; one of them is meant")
    return columns


def columns_called(path: Path, table: pa.Table, names: Mapping[str, tuple[str, ...]]) -> dict[str, pa.Array]:
    """The columns of a table that go by one of these names, as trimmed texts; refused where one stands there twice."""
    known = {alias: field for field, aliases in names.items() for alias in aliases}
    columns: dict[str, pa.Array] = {}
    for place, name in enumerate(table.column_names):
        field = known.get(re.sub(r"[（(](.*)[)）]", r"\1", name.strip().lower().replace(" ", "_")))
        if field is None:
            continue
        if field in columns:
            raise FileMalformed(f"{path}: the column {field} stands there twice")
        columns[field] = as_text(path, name, table.column(place))
    return columns


def as_text(path: Path, name: str, column: pa.ChunkedArray) -> pa.Array:
    """A column as trimmed texts; numbers and days become texts, floating-point numbers are refused."""
    if pa.types.is_floating(column.type):
        raise FileMalformed(f"{path}: {name}: floating-point numbers; write text, whole numbers or decimals")
    try:
        text = pc.utf8_trim_whitespace(column.cast(pa.string())).combine_chunks()
    except pa.ArrowException as fault:
        raise FileMalformed(f"{path}: {name}: {str(fault).splitlines()[0]}") from fault
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def told(column: pa.Array, why: str) -> Callable[[int], str]:
    """A reason that quotes what stands in a row."""
    return lambda i: f"{str(column[i].as_py())[:40]!r}: {why}"


def mask(column: pa.Array) -> Any:
    """A boolean column; what is unknown is false."""
    return pc.fill_null(column, False).to_numpy(zero_copy_only=False).astype(bool)


def scaled(column: pa.Array, places: int) -> tuple[Any, Any]:
    """Decimals as whole numbers of 10**-places, and which of them could be read (at most 12 digits before the point).

    A grouping comma, an exponent, and more decimals than `places` cannot be read.
    """
    shape = rf"^[+-]?\d{{1,12}}(\.\d{{1,{places}}})?$" if places else r"^[+-]?\d{1,12}$"
    readable = mask(pc.match_substring_regex(column, shape))
    text = pc.if_else(pa.array(readable), column, "0")
    parts = pc.extract_regex(text, r"^(?P<sign>[+-]?)(?P<whole>\d+)\.?(?P<rest>\d*)$")
    whole = parts.field("whole").cast(pa.int64()).to_numpy(zero_copy_only=False)
    amounts = whole * 10**places
    if places:
        rest = pc.utf8_rpad(parts.field("rest"), places, "0")
        amounts = amounts + rest.cast(pa.int64()).to_numpy(zero_copy_only=False)
    negative = mask(pc.equal(parts.field("sign"), "-"))
    return np.where(negative, -amounts, amounts).astype(np.int64), readable


def summed(amounts: Any, one: int) -> Decimal:
    """The sum of whole numbers of 1/one, exactly: whole parts and rest apart, since their sum may pass 63 bits."""
    whole, rest = np.divmod(amounts, one)
    return Decimal(int(whole.sum()) * one + int(rest.sum())) / one


def whole_numbers(column: pa.Array, most: int) -> tuple[Any, Any]:
    """Whole numbers from 0 to `most`, nothing being 0, and which of them could be read."""
    numbers, readable = scaled(pc.fill_null(column, "0"), 0)
    readable &= (numbers >= 0) & (numbers <= most)
    return np.where(readable, numbers, 0), readable


def day_numbers(column: pa.Array) -> tuple[Any, Any]:
    """Days (2026-08-31, 2026/08/31, 20260831) as day numbers, and which of them could be read."""
    coded = column.dictionary_encode()
    days = [day_or_zero(text) for text in coded.dictionary.to_pylist()]
    numbers = np.array([*days, 0], dtype=np.int64)[pc.fill_null(coded.indices, len(days)).to_numpy()]
    return numbers, numbers > 0


def day_or_zero(text: str) -> int:
    """The day number of a day, 0 for a text that is none."""
    found = re.fullmatch(r"(\d{4})([-/]?)(\d{2})\2(\d{2})", text, re.ASCII)
    try:
        return max(day_number(date(int(found[1]), int(found[3]), int(found[4]))), 0) if found else 0
    except ValueError:
        return 0


def stamped_days(column: pa.Array) -> tuple[Any, Any]:
    """Instants with their zone as the lender's day numbers on which they count, and which of them could be read."""
    numbers = np.array([stamped_or_zero(text) for text in column.to_pylist()], dtype=np.int64)
    return numbers, numbers > 0


def stamped_or_zero(text: str | None) -> int:
    """The day number on which an instant counts, 0 for a text that is none or names no zone."""
    try:
        at = datetime.fromisoformat(text or "")
        return max(day_number(lender.clock(on=at.date()).day_of(at)), 0)
    except (ValueError, OverflowError, RuleMissing):
        return 0


def sift_repeated(payments: Payments, sieve: Sieve) -> Any:
    """Which rows only repeat an earlier one; a row under the reference of another payment is set aside."""
    good = np.flatnonzero(sieve.good)
    keys = payments.keys
    _, first, group = np.unique(keys[good], return_index=True, return_inverse=True)
    first_of = np.arange(len(keys))
    first_of[good] = good[first[group]]
    later = first_of != np.arange(len(keys))
    alike = (payments.amounts == payments.amounts[first_of]) & (payments.days == payments.days[first_of])
    for text in (payments.accounts, payments.currencies):
        codes = pc.fill_null(text.dictionary_encode().indices, -1).to_numpy()
        alike &= codes == codes[first_of]
    sieve.reject(
        later & ~alike,
        "reference",
        "reference_repeated",
        lambda i: f"row {sieve.rows[first_of[i]]} holds another payment under this reference",
    )
    return later & alike


def request_keys(channels: Any, references: pa.Array) -> Any:
    """The request key of each payment: its channel and its reference, so that another file's same payment is known.

    A short reference stands in the key as it is; a long one, or one that is not ASCII, by its SHA-256.
    """
    references = pc.fill_null(references, "")
    short = pc.and_(pc.string_is_ascii(references), pc.less_equal(pc.utf8_length(references), SHORT))
    heads = pc.binary_join_element_wise("pay", pc.utf8_lpad(pa.array(channels).cast(pa.string()), 5, "0"), ":")
    tails = pc.utf8_rpad(pc.if_else(short, references, ""), SHORT)
    keys = np.array(pc.binary_join_element_wise(heads, tails, ":").to_pylist(), dtype=f"S{KEY_LENGTH}")
    for i in np.flatnonzero(~mask(short)).tolist():
        told = hashlib.sha256(references[i].as_py().encode()).hexdigest()[:SHORT]
        keys[i] = f"pay:{channels[i]:05d}#{told}".encode()
    return keys
