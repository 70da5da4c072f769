"""Reading a loan book kept elsewhere: one file with a row a loan, one with a row a loan and month.

The columns are those of the asset-level filings of securitised auto loans (US SEC, form ABS-EE), as far as they are
needed; others are left alone. Money stands in the files in dollars and cents; here it is minor units. A month is
counted as year * 12 + month - 1.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duecourse.kernel.money import AMOUNT_MAX, PPM, RATE_MAX_PPM

from . import files
from .files import BadRow, ColumnsMissing, Read

MINOR = 100
MOST_MONTHS = 2_000_000
MOST_INSTALLMENTS = 480
CLOSE_ENOUGH = 2
"""By how many minor units a balance may differ from the one before less the principal part."""
ID, RATE, MATURITY = "loan_id", "originalInterestRatePercentage", "loanMaturityDate"
SCHEDULED = "reportingPeriodScheduledPaymentAmount"
LOAN_COLUMNS = (ID, RATE, MATURITY, SCHEDULED)
MONTH, CLOSING, PRINCIPAL, PAYMENT = "period_end", "balance_end", "principal", "payment"
MONTH_COLUMNS = (ID, MONTH, CLOSING, PRINCIPAL, PAYMENT)
RECOVERED = ("recovered", "repo_proceeds")
"""What was got back of a loan, and what its car brought; both may be left out of the file."""


NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
"""Kinds of columns that hold numbers, or nothing at all."""


class Month(NamedTuple):
    """A month of a loan as recorded: its row in the file, what was paid, the principal part of that, the balance at
    its end and what was recovered (below 0: what recovering cost). `known` is false where the file says nothing."""

    row: int
    month: int
    payment: int
    principal: int
    closing: int
    recovered: int
    known: bool


class Loan(NamedTuple):
    """A loan as recorded, with its months in order; the first one's end is where it is opened."""

    row: int
    loan_id: str
    rate_ppm: int
    scheduled: int
    maturity: int
    months: tuple[Month, ...]

    @property
    def opening(self) -> int:
        """What is owed at the end of the first month."""
        return self.months[0].closing


class Book(NamedTuple):
    """The loans that can be taken, and what is wrong with the others, by file."""

    loans: list[Loan]
    bad_loans: list[BadRow]
    bad_months: list[BadRow]


class Column(NamedTuple):
    """A column as whole numbers, which of them are blank and which are not what they should be."""

    numbers: Any
    blank: Any
    wrong: Any


def read(loans: Path, months: Path) -> Book:
    """The loans of two files; files without the needed columns are refused, what is wrong in them is named by row."""
    told = read_file(loans, LOAN_COLUMNS)
    by_month = read_file(months, MONTH_COLUMNS)
    lives, bad_months = read_months(by_month)
    names = told.table.column(ID).cast(pa.string()).to_pylist()
    rates, scheduled = scaled(told.table.column(RATE), PPM), scaled(told.table.column(SCHEDULED), MINOR)
    maturities = months_written(told.table.column(MATURITY))
    repeated = Counter(names)
    bad_loans, found = list(told.bad), []
    faulty = {bad.reference for bad in bad_months}
    for i, (row, name) in enumerate(zip(told.rows, names, strict=True)):
        bad = loan_fault(row, name, repeated, i, rates, scheduled, maturities)
        if bad:
            bad_loans.append(bad)
        elif name not in lives and name not in faulty:
            bad_loans.append(BadRow(row, ID, "no_months", "the file of months has no row of this loan", name))
        elif name not in faulty:
            loan = Loan(row, name, int(rates.numbers[i]), int(scheduled.numbers[i]), maturities[i] or 0, lives[name])
            wrong = life_fault(loan)
            if wrong is None:
                found.append(loan)
            elif wrong.field == MATURITY:
                bad_loans.append(wrong)
            else:
                bad_months.append(wrong)
    known = set(names)
    for name, life in lives.items():
        if name not in known:
            bad_months.append(BadRow(life[0].row, ID, "unknown_loan", "the file of loans has no row of it", name[:40]))
    return Book(found, sorted(bad_loans, key=by_row), sorted(bad_months, key=by_row))


def by_row(bad: BadRow) -> tuple[int, str]:
    """Bad rows in the order of the file."""
    return bad.row, bad.field


def read_file(path: Path, needed: Sequence[str]) -> Read:
    """One file, CSV or Parquet, with the columns that are needed."""
    files.digest(path)
    if files.is_parquet(path):
        found = files.read_parquet(path, most_rows=MOST_MONTHS)
    else:
        found = files.parse_csv(path, files.text_of(path), most_rows=MOST_MONTHS)
    missing = [name for name in needed if name not in found.table.column_names]
    if missing:
        raise ColumnsMissing(f"{path}: no column {', '.join(missing)}")
    return found


def read_months(told: Read) -> tuple[dict[str, tuple[Month, ...]], list[BadRow]]:
    """The months of each loan in order, and the rows that are wrong; a loan with a wrong row is left out."""
    table, rows = told.table, np.array(told.rows)
    names = table.column(ID).cast(pa.string()).to_pylist()
    numbers = months_written(table.column(MONTH))
    amounts = {name: scaled(table.column(name), MINOR) for name in (CLOSING, PRINCIPAL, PAYMENT)}
    back = np.zeros(len(rows), dtype=np.int64)
    bad = list(told.bad)
    for name in RECOVERED:
        if name in table.column_names:
            got = scaled(table.column(name), MINOR)
            amounts[name] = got._replace(blank=np.zeros(len(rows), dtype=bool))
            back += got.numbers
    for name, column in amounts.items():
        for i in np.flatnonzero(column.wrong):
            said = table.column(name)[int(i)].as_py()
            bad.append(BadRow(int(rows[i]), name, "not_an_amount", f"{said!r} is no amount", names[i]))
    for place, number in enumerate(numbers):
        if number is None:
            said = table.column(MONTH)[place].as_py()
            bad.append(BadRow(int(rows[place]), MONTH, "not_a_month", f"{said!r} is no day or month", names[place]))
        elif names[place] is None:
            bad.append(BadRow(int(rows[place]), ID, "not_an_id", "the loan is not named", None))
    blank = amounts[CLOSING].blank | amounts[PAYMENT].blank | amounts[PRINCIPAL].blank
    columns = [amounts[name].numbers.tolist() for name in (PAYMENT, PRINCIPAL, CLOSING)]
    lives: dict[str, list[Month]] = {}
    faulty = {one.reference for one in bad}
    for name, *month in zip(names, rows.tolist(), numbers, *columns, back.tolist(), (~blank).tolist(), strict=True):
        if name not in faulty and name is not None:
            lives.setdefault(name, []).append(Month(*month))
    return {name: tuple(sorted(life, key=lambda one: one.month)) for name, life in lives.items()}, bad


def loan_fault(
    row: int, name: str | None, repeated: Counter[str], i: int, rates: Column, scheduled: Column, maturities: list[Any]
) -> BadRow | None:
    """What is wrong with a row of the file of loans."""
    if not name:
        return BadRow(row, ID, "not_an_id", "the loan is not named", None)
    if repeated[name] > 1:
        return BadRow(row, ID, "repeated_loan", "the loan stands in more than one row", name)
    if rates.blank[i] or rates.wrong[i] or not 0 <= rates.numbers[i] <= RATE_MAX_PPM:
        return BadRow(row, RATE, "out_of_range", f"the rate is not between 0 and {RATE_MAX_PPM / PPM}", name)
    if scheduled.blank[i] or scheduled.wrong[i] or not 0 < scheduled.numbers[i] <= AMOUNT_MAX:
        return BadRow(row, SCHEDULED, "out_of_range", "the scheduled payment is no amount above 0", name)
    if maturities[i] is None:
        return BadRow(row, MATURITY, "not_a_month", "the maturity is no month", name)
    return None


def life_fault(loan: Loan) -> BadRow | None:
    """Why a loan's months cannot be lived; None where they can."""
    first = loan.months[0]
    if not first.known or not 0 <= first.closing <= AMOUNT_MAX:
        return BadRow(
            first.row, CLOSING, "no_opening_balance", "the first month has no balance to open with", loan.loan_id
        )
    if first.closing == 0:
        reason = "nothing is owed at the end of the first month: there is no loan to open"
        return BadRow(first.row, CLOSING, "nothing_left_to_open", reason, loan.loan_id)
    if not 0 < loan.maturity - first.month <= MOST_INSTALLMENTS:
        reason = f"not 1 to {MOST_INSTALLMENTS} months after the first month"
        return BadRow(loan.row, MATURITY, "out_of_range", reason, loan.loan_id)
    before = first
    for month in loan.months[1:]:
        wrong = month_fault(before, month)
        if wrong:
            return BadRow(month.row, *wrong, loan.loan_id)
        before = month
    return None


def month_fault(before: Month, month: Month) -> tuple[str, str, str] | None:
    """Field, code and reason of what is wrong with a month, given the one before."""
    if month.month != before.month + 1:
        what = "stands twice" if month.month == before.month else "does not follow the month before"
        return MONTH, "month_missing", f"{month.month // 12}-{month.month % 12 + 1:02d} {what}"
    if not month.known:
        if before.known and before.closing:
            return CLOSING, "not_reported", "no balance, principal or payment while the loan is still owed"
        return None
    if month.payment < 0 or month.payment > AMOUNT_MAX:
        return PAYMENT, "out_of_range", f"a payment of {month.payment / MINOR:,.2f}"
    if not 0 <= month.principal <= month.payment + CLOSE_ENOUGH:
        return (
            PRINCIPAL,
            "out_of_range",
            f"a principal part of {month.principal / MINOR:,.2f} of {month.payment / MINOR:,.2f}",
        )
    jump = month.closing - (before.closing - month.principal)
    if abs(jump) > CLOSE_ENOUGH and month.closing != 0:
        return (
            CLOSING,
            "balance_jumps",
            f"the balance is {jump / MINOR:+,.2f} from the one before less the principal part",
        )
    return None


def scaled(column: pa.ChunkedArray, scale: int) -> Column:
    """A column as whole numbers of a unit: `12.34` is 1234 hundredths; a finer fraction or a word is wrong."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        trimmed = pc.utf8_trim_whitespace(column)
        blank = pc.equal(trimmed, "").fill_null(True)
        shaped = pc.match_substring_regex(trimmed, r"^[+-]?\d{1,12}(\.\d*)?$").fill_null(False)
        numbers = pc.if_else(shaped, pc.replace_substring_regex(trimmed, r"^\+", ""), "nan").cast(pa.float64())
        empty = blank.to_numpy(zero_copy_only=False).astype(bool)
    elif any(holds(kind) for holds in NUMBERS):
        numbers = column.cast(pa.float64()).fill_null(float("nan"))
        empty = pc.is_null(column, nan_is_null=True).to_numpy(zero_copy_only=False).astype(bool)
    else:
        return Column(np.zeros(len(column), np.int64), np.zeros(len(column), bool), np.ones(len(column), bool))
    times = numbers.to_numpy(zero_copy_only=False) * scale
    with np.errstate(invalid="ignore"):
        whole = np.abs(times - np.rint(times)) < 1e-3
        fit = np.isfinite(times) & whole & (np.abs(times) < 10**13)
    return Column(np.where(fit, np.rint(np.where(fit, times, 0)), 0).astype(np.int64), empty, ~fit & ~empty)


def months_written(column: pa.ChunkedArray) -> list[int | None]:
    """Months written as days (dates, times, `2017-05-31`) or as `05/2017`; None where it is neither."""
    if pa.types.is_temporal(column.type):
        days = column.cast(pa.date32())
        told = zip(pc.year(days).to_pylist(), pc.month(days).to_pylist(), strict=True)
        return [None if year is None else year * 12 + month - 1 for year, month in told]
    return [month_written(str(said)) for said in column.to_pylist()]


def month_written(said: str) -> int | None:
    """One month, as words.

    >>> month_written("2017-05-31") == month_written("05/2017") == 2017 * 12 + 4
    True
    """
    parts = said.strip().split("T")[0].split(" ")[0].replace("/", "-").split("-")
    if len(parts) not in (2, 3) or not all(part.isdecimal() for part in parts):
        return None
    year, month = (parts[1], parts[0]) if len(parts[0]) < 4 and len(parts) == 2 else (parts[0], parts[1])
    if not (1900 <= int(year) <= 2200 and 1 <= int(month) <= 12):
        return None
    return int(year) * 12 + int(month) - 1
