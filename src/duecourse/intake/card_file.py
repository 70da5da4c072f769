"""Reading a card book: one row a client, six statements and payments (UCI data set 350 and any subset of it).

Money in the file is whole new Taiwan dollars; here it is minor units. Months are turned round: 0 is April 2005 (column
6), 5 is September (column 1; for the status, column 0).
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.kernel.money import AMOUNT_MAX

from . import files
from .files import BadRow, ColumnsMissing

MINOR = 100
MONTHS = 6
BILLS = [f"BILL_AMT{k}" for k in range(6, 0, -1)]
PAYMENTS = [f"PAY_AMT{k}" for k in range(6, 0, -1)]
STATUSES = [f"PAY_{k}" for k in (6, 5, 4, 3, 2, 0)]
REQUIRED = ["ID", "LIMIT_BAL", *BILLS, *PAYMENTS]
OPTIONAL = [*STATUSES, "DEFAULT", "SEX", "EDUCATION", "MARRIAGE", "AGE", "ROW"]
"""ROW stands in corrected files alone: which quarantined row a row corrects, where its client number was wrong."""
ALSO_CALLED = {
    "PAY_1": "PAY_0",
    "DEFAULT.PAYMENT.NEXT.MONTH": "DEFAULT",
    "DEFAULT PAYMENT NEXT MONTH": "DEFAULT",
    "DEFAULT_PAYMENT_NEXT_MONTH": "DEFAULT",
}
LARGEST = AMOUNT_MAX // MINOR
RANGES = {
    "ID": (1, 10**12 - 1),
    "LIMIT_BAL": (0, LARGEST),
    **dict.fromkeys(BILLS, (-LARGEST, LARGEST)),
    **dict.fromkeys(PAYMENTS, (0, LARGEST)),
    **dict.fromkeys(STATUSES, (-2, 9)),
    "DEFAULT": (0, 1),
}


class Clients(NamedTuple):
    """Clients as columns: `values` holds each known column of the file as int64; rows are numbers in the file."""

    rows: Any
    values: dict[str, Any]

    @property
    def ids(self) -> Any:
        """The client numbers."""
        return self.values["ID"]

    def minor(self, names: list[str]) -> Any:
        """Amounts in minor units, a row for each of the columns named."""
        return np.stack([self.values[name] for name in names]) * MINOR

    def take(self, mask: Any) -> "Clients":
        """The clients for which the mask is true."""
        return Clients(self.rows[mask], {name: values[mask] for name, values in self.values.items()})


def read(path: Path) -> tuple[Clients, list[BadRow]]:
    """The clients of a file and the rows that cannot be taken; a file without the needed columns is refused."""
    found = files.read(path)
    names = {}
    for name in found.table.column_names:
        known = ALSO_CALLED.get(name.strip().upper(), name.strip().upper())
        if known in REQUIRED + OPTIONAL:
            names[known] = name
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    rows = np.array(found.rows, dtype=np.int64)
    good = np.ones(len(rows), dtype=bool)
    bad = list(found.bad)
    values: dict[str, Any] = {}
    said = found.table.column(names["ID"]).to_pylist()
    for known, name in names.items():
        numbers, whole = as_whole_numbers(found.table.column(name))
        low, high = RANGES.get(known, (-(10**12), 10**12))
        in_range = whole & (numbers >= low) & (numbers <= high)
        for i in np.flatnonzero(good & ~in_range):
            told = found.table.column(name)[int(i)].as_py()
            code = "out_of_range" if whole[i] else "not_a_whole_number"
            reason = f"{told!r} is not between {low} and {high}" if whole[i] else f"{told!r} is not a whole number"
            bad.append(BadRow(int(rows[i]), known, code, reason, text_or_none(said[i])))
        good &= in_range
        values[known] = numbers
    first_seen = np.zeros(len(rows), dtype=bool)
    first_seen[np.unique(np.where(good, values["ID"], -np.arange(1, len(rows) + 1)), return_index=True)[1]] = True
    for i in np.flatnonzero(good & ~first_seen):
        reason = f"client {values['ID'][i]} stands in an earlier row"
        bad.append(BadRow(int(rows[i]), "ID", "repeated_client", reason, str(values["ID"][i])))
    good &= first_seen
    return Clients(rows[good], {name: column[good] for name, column in values.items()}), sorted(bad)


def text_or_none(value: object) -> str | None:
    """A client number as it stands in the file, short."""
    return None if value is None else str(value)[:40]


def as_whole_numbers(column: pa.ChunkedArray) -> tuple[Any, Any]:
    """A column as int64 and which of its values are whole numbers (`12`, `-3`, `12.0`; no blanks, no words)."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        shaped = pc.match_substring_regex(trimmed, r"^[+-]?\d{1,15}(\.0*)?$")
        whole = shaped.fill_null(False).to_numpy(zero_copy_only=False).astype(bool)
        plain = pc.replace_substring_regex(trimmed, r"(^\+)|(\.0*$)", "")
        kept = pc.if_else(shaped.fill_null(False), plain, "0")
        return kept.cast(pa.int64()).to_numpy(zero_copy_only=False).astype(np.int64), whole
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return np.zeros(len(column), np.int64), np.zeros(len(column), bool)
    numbers = column.cast(pa.float64()).fill_null(float("nan")).to_numpy(zero_copy_only=False)
    whole = np.isfinite(numbers) & (np.floor(numbers) == numbers) & (np.abs(numbers) < 10**15)
    return np.where(whole, numbers, 0).astype(np.int64), whole
