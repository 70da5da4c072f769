"""Layouts: how a bank or an acquirer writes its CSV files, as TOML; without one the columns are found by name."""

import codecs
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from duecourse.ledger.journal import Refused

from .files import FileMissing

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "day": ("day", "date", "booked_on", "交易日期", "记账日期", "入账日期", "日期"),
    "amount": ("amount", "金额", "交易金额", "发生额"),
    "credit": ("credit", "贷方金额", "贷方发生额", "收入", "收入金额"),
    "debit": ("debit", "借方金额", "借方发生额", "支出", "支出金额"),
    "direction": ("direction", "借贷标志", "收支标志"),
    "reference": ("reference", "key", "流水号", "交易流水号", "商户订单号"),
    "text": ("text", "description", "摘要", "附言", "用途", "备注", "对方户名"),
    "balance": ("balance", "余额", "账户余额"),
    "account": ("account", "account_number", "账号", "商户号"),
    "channel": ("channel", "渠道"),
    "currency": ("currency", "币种"),
    "kind": ("kind", "type", "类型", "交易类型"),
    "merchant": ("merchant", "商户", "商户编号"),
    "fee": ("fee", "手续费"),
    "net": ("net", "净额", "结算金额"),
    "row": ("row", "行号"),
}
"""`row` stands in corrected files alone: which quarantined row a row corrects."""
SEVERAL = ("reference", "text")
"""What may stand in more than one column."""
IN = ("in", "c", "cr", "credit", "贷", "收", "收入", "+")
OUT = ("out", "d", "dr", "debit", "借", "支", "支出", "-")
OF_FILE = {"encoding": str, "delimiter": str, "skip": int, "newest_first": bool, "account": str, "currency": str,
           "day_format": str, "thousands": str, "number": str}  # fmt: skip
DAY = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})")
DECIMAL = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")


class LayoutWrong(Refused):
    """The layout names what there is not, or is no TOML."""

    code = "layout_wrong"


class Layout(NamedTuple):
    """How a file is written: encoding and shape, the columns of each field, and which of our channels it concerns.

    account: the lender's own account, and currency, where no column says so. channels: empty for all.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    skip: int = 0
    newest_first: bool = False
    account: str = ""
    currency: str = ""
    day_format: str = ""
    thousands: str = ","
    columns: Mapping[str, tuple[str, ...]] = COLUMNS
    kinds: Mapping[str, tuple[str, ...]] = {}
    channels: tuple[int, ...] = ()

    def day(self, text: str) -> date | None:
        """A day as the file writes it; None for what is none."""
        try:
            if self.day_format:
                return datetime.strptime(text, self.day_format).date()
            found = DAY.match(text)
            return date(int(found[1]), int(found[3]), int(found[4])) if found else None
        except ValueError:
            return None

    def decimal(self, text: str) -> Decimal | None:
        """An amount as the file writes it; None for what is none."""
        told = text.replace(self.thousands, "") if self.thousands else text
        told = told.replace("，", "").lstrip("¥￥").strip()
        try:
            return Decimal(told) if DECIMAL.fullmatch(told) else None
        except InvalidOperation:
            return None


def read(path: Path | None) -> Layout:
    """A layout, or the one that finds columns by their usual names."""
    if path is None:
        return Layout()
    if not path.is_file():
        raise FileMissing(f"{path}: there is no such file")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise LayoutWrong(f"{path}: {fault}") from fault
    strange = set(told) - {"file", "columns", "kinds", "ledger"}
    if strange:
        raise LayoutWrong(f"{path}: there is no part {', '.join(sorted(strange))}")
    layout = Layout(**of_file(path, told.get("file", {})))
    columns = names_of(path, told.get("columns", {}), COLUMNS)
    kinds = names_of(path, told.get("kinds", {}), None)
    ledger = told.get("ledger", {})
    channels = ledger.get("channels", [])
    if set(ledger) - {"channels"} or not all(type(one) is int for one in channels):
        raise LayoutWrong(f"{path}: [ledger] holds channels, a list of whole numbers")
    return layout._replace(columns=columns or COLUMNS, kinds=kinds, channels=tuple(channels))


def of_file(path: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """The part about the file itself."""
    for name, value in told.items():
        if name not in Layout._fields or type(value) is not OF_FILE.get(name):
            raise LayoutWrong(f"{path}: [file] {name} = {value!r} is nothing that a layout says")
    try:
        codecs.lookup(told.get("encoding", "utf-8"))
    except LookupError as fault:
        raise LayoutWrong(f"{path}: {fault}") from fault
    if len(told.get("delimiter", ",")) != 1:
        raise LayoutWrong(f"{path}: [file] delimiter is one character")
    return dict(told)


def names_of(
    path: Path, told: Mapping[str, Any], known: Mapping[str, Sequence[str]] | None
) -> dict[str, tuple[str, ...]]:
    """Which names in the file a field goes by: one name or a list."""
    found = {}
    for field, names in told.items():
        names = [names] if isinstance(names, str) else names
        if (known is not None and field not in known) or not all(isinstance(name, str) for name in names):
            raise LayoutWrong(f"{path}: {field} = {names!r} is no field with names of columns")
        found[field] = tuple(names)
    return found
