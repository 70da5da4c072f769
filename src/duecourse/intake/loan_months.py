"""A loan book month by month, as columns: what was asked, what was paid, and how far behind each loan is.

The two files are those of `loan_file`. Months are places in arrays (loans, months); the first is where a loan is taken
over, and it asks nothing. Arrears are our own reckoning: what was asked less what was paid, cumulated, a payment in
advance counting. A month in which a confirmed payment holiday stood asks nothing.
"""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa

from duecourse.kernel.money import AMOUNT_MAX, PPM, RATE_MAX_PPM
from duecourse.ledger.journal import Refused

from . import files, loan_file
from .loan_file import CLOSE_ENOUGH, CLOSING, ID, MINOR, MONTH, PAYMENT, PRINCIPAL, RATE, SCHEDULED

LEAST_MONTHS = 2
APPLICATION = {
    "score": "obligorCreditScore",
    "payment_to_income": "paymentToIncomePercentage",
    "lent": "originalLoanAmount",
    "vehicle_value": "vehicleValueAmount",
    "age_at_first": "initialLoanAge",
}
"""What the application told, by the file's column; a column that is not there is not known of any loan."""
MONTH_DAYS = 365.25 / 12
MOST_SHARE = 1.5
"""Of what was asked in a month: more paid says nothing more."""


class NoLoanMonths(Refused):
    code = "no_loan_months"


class Book(NamedTuple):
    """Loans (n) and months (t), amounts in minor units, arrays (n, t) unless said otherwise.

    ids: what each loan is called. first_month: year * 12 + month - 1 of place 0. rate_ppm, scheduled: (n). owed: at the
    month's beginning; 0 where nothing is owed or nothing is told. asked, paid, interest: in the month. closing: owed at
    its end. alive: something was owed, and the file tells what was paid. charged_off: the balance went to zero
    unpaid. lost: something was owed and the file tells no more. application: name to (n) of floats, NaN where not told.
    left_out: why loans of the file are not among these, and how many. digest: of the file of months.
    """

    ids: Any
    first_month: int
    rate_ppm: Any
    scheduled: Any
    owed: Any
    asked: Any
    paid: Any
    interest: Any
    closing: Any
    alive: Any
    charged_off: Any
    lost: Any
    application: dict[str, Any]
    left_out: dict[str, int]
    digest: str

    @property
    def months(self) -> int:
        """How many months there are."""
        return int(self.owed.shape[1])

    def called(self, place: int) -> str:
        """The month at a place, as `2020-04`."""
        return month_called(self.first_month + place)

    def through(self, place: int) -> "Book":
        """The book as it was seen at the end of a month: nothing later is in it."""
        seen: dict[str, Any] = {
            name: value[:, : place + 1]
            for name, value in self._asdict().items()
            if isinstance(value, np.ndarray) and value.ndim == 2
        }
        return self._replace(**seen)


def month_called(month: int) -> str:
    """A month counted as year * 12 + month - 1, written.

    >>> month_called(2020 * 12 + 3)
    '2020-04'
    """
    return f"{month // 12}-{month % 12 + 1:02d}"


def read(loans: Path, months: Path) -> Book:
    """The loans of two files, month by month; loans that cannot be placed are left out and counted by reason."""
    told = loan_file.read_file(loans, (ID, RATE, SCHEDULED)).table
    by_month = loan_file.read_file(months, loan_file.MONTH_COLUMNS).table
    names = np.array(told.column(ID).cast(pa.string()).to_pylist(), dtype=object)
    rate, scheduled = loan_file.scaled(told.column(RATE), PPM), loan_file.scaled(told.column(SCHEDULED), MINOR)
    repeated = Counter(names)
    bad: dict[Any, str] = {name: "repeated_loan" for name, times in repeated.items() if times > 1}
    bad |= dict.fromkeys(names[outside(rate, 0, RATE_MAX_PPM)], "rate_out_of_range")
    bad |= dict.fromkeys(names[outside(scheduled, 1, AMOUNT_MAX)], "scheduled_out_of_range")
    month = np.array([-1 if one is None else one for one in loan_file.months_written(by_month.column(MONTH))])
    owner = np.array(by_month.column(ID).cast(pa.string()).to_pylist(), dtype=object)
    bad |= dict.fromkeys(owner[month < 0], "month_unreadable")
    bad |= dict.fromkeys((name for name, _ in twice(owner, month)), "month_twice")
    amounts = {name: loan_file.scaled(by_month.column(name), MINOR) for name in (CLOSING, PRINCIPAL, PAYMENT)}
    for column in amounts.values():
        bad |= dict.fromkeys(owner[column.wrong], "not_an_amount")
    there = set(owner)
    bad |= {name: "no_months" for name in names if name not in there}
    kept = np.array(sorted(name for name in repeated if name and name not in bad), dtype=object)
    if not len(kept):
        raise NoLoanMonths(f"{months}: no loan of {loans} has months that can be read")
    place = {name: i for i, name in enumerate(kept)}
    of_row = np.array([place.get(name, -1) for name in owner])
    of_loan = {name: i for i, name in enumerate(names)}
    chosen = np.array([of_loan[name] for name in kept])
    application = {name: numbers(told, column)[chosen] for name, column in APPLICATION.items()}
    left_out = dict(Counter(bad[name] for name in repeated if name in bad))
    return placed(
        kept, rate.numbers[chosen], scheduled.numbers[chosen], of_row, month, amounts, application, left_out,
        files.digest(months).hex(),
    )  # fmt: skip


def placed(
    ids: Any, rate_ppm: Any, scheduled: Any, of_row: Any, month: Any, amounts: Any, application: Any, left_out: Any,
    digest: str,
) -> Book:  # fmt: skip
    """The rows of the file of months in their places; `of_row` is each row's loan, -1 where it is left out."""
    rows = of_row >= 0
    first = int(month[rows].min())
    shape = (len(ids), int(month[rows].max()) - first + 1)
    if shape[1] < LEAST_MONTHS:
        raise NoLoanMonths(f"the file tells of {shape[1]} month; at least {LEAST_MONTHS} are needed")
    at = (of_row[rows], month[rows] - first)
    told = np.zeros(shape, bool)
    told[at] = ~(amounts[CLOSING].blank | amounts[PAYMENT].blank | amounts[PRINCIPAL].blank)[rows]
    columns = []
    for name in (CLOSING, PAYMENT, PRINCIPAL):
        column = np.zeros(shape, np.int64)
        column[at] = amounts[name].numbers[rows]
        columns.append(np.where(told, column, 0))
    closing, paid, principal = columns
    before = np.concatenate([np.zeros((shape[0], 1), np.int64), np.maximum(closing[:, :-1], 0)], axis=1)
    alive = (before > 0) & told
    grown = before + before * rate_ppm[:, None] // (12 * PPM)
    unpaid = before - principal > CLOSE_ENOUGH
    return Book(
        ids=ids,
        first_month=first,
        rate_ppm=rate_ppm,
        scheduled=scheduled,
        owed=before,
        asked=np.where(alive, np.minimum(scheduled[:, None], grown), 0),
        paid=np.where(alive, paid, 0),
        interest=np.where(alive & (principal > 0), np.maximum(paid - principal, 0), 0),
        closing=closing,
        alive=alive,
        charged_off=alive & (closing == 0) & unpaid,
        lost=(before > 0) & ~told,
        application=application,
        left_out=left_out,
        digest=digest,
    )


def outside(column: loan_file.Column, least: int, most: int) -> Any:
    """Which values of a column are blank, wrong or beyond their bounds."""
    return column.blank | column.wrong | (column.numbers < least) | (column.numbers > most)


def twice(owner: Any, month: Any) -> list[tuple[Any, int]]:
    """The loans and months that stand in more than one row."""
    found = Counter(zip(owner.tolist(), month.tolist(), strict=True))
    return [one for one, times in found.items() if times > 1]


def numbers(table: pa.Table, column: str) -> Any:
    """A column as floats, NaN where it tells nothing or is not there."""
    if column not in table.column_names:
        return np.full(table.num_rows, np.nan)
    told = table.column(column)
    if pa.types.is_string(told.type) or pa.types.is_large_string(told.type):
        return np.array([as_number(one) for one in told.to_pylist()])
    return told.cast(pa.float64()).fill_null(float("nan")).to_numpy(zero_copy_only=False)


def as_number(said: str | None) -> float:
    """A number as words; NaN where it is none."""
    try:
        return float(said or "nan")
    except ValueError:
        return float("nan")


def behind(book: Book, holidays: Any = None) -> Any:
    """How far behind each loan is at each month's end, in its own installments (n, t); below 0: paid in advance.

    `holidays` (n, t) says in which months a confirmed holiday stood.
    """
    asked = book.asked if holidays is None else np.where(holidays[:, : book.months], 0, book.asked)
    return np.cumsum(asked - book.paid, axis=1) / book.scheduled[:, None]


def facts(book: Book, holidays: Any = None) -> pa.Table:
    """One row a loan and month for loans owed at the end of the book's last month; the newest month is 1.

    account_id: the loan's place. installments_behind: below 0 where paid in advance. asked, paid: minor units. share:
    what was paid of what was asked, at most 1.5; null where nothing was asked. days_ahead: for how many days interest
    has been met beyond those that have run, since the first month. holiday: 1 where one stood. balance_share: of what
    was lent. balance_installments. age: months since the loan was made. And the loan's own rate (a year), score,
    payment_to_income, loan_to_value: null where not told.
    """
    stood = np.zeros(book.owed.shape, bool) if holidays is None else holidays[:, : book.months]
    arrears = behind(book, stood)
    asked = np.where(stood, 0, book.asked)
    a_year = book.owed * (book.rate_ppm[:, None] / PPM)
    met = np.divide(book.interest * 365.0, a_year, out=np.zeros(a_year.shape), where=a_year > 0)
    ahead = np.cumsum(np.where(book.alive, met - MONTH_DAYS, 0), axis=1)
    loan, place = np.nonzero(book.alive & (book.closing[:, -1:] > 0))
    own, at = book.application, (loan, place)
    share = np.divide(book.paid, asked, out=np.full(asked.shape, np.nan), where=asked > 0)
    columns = {
        "account_id": loan,
        "month": book.months - place,
        "asked": asked[at],
        "paid": book.paid[at],
        "share": np.minimum(share, MOST_SHARE)[at],
        "asked_installments": (asked / book.scheduled[:, None])[at],
        "paid_installments": (book.paid / book.scheduled[:, None])[at],
        "installments_behind": arrears[at],
        "days_ahead": ahead[at],
        "holiday": stood[at].astype(np.int64),
        "balance_share": (book.closing / (own["lent"][:, None] * MINOR))[at],
        "balance_installments": (book.closing / book.scheduled[:, None])[at],
        "age": (own["age_at_first"][:, None] + np.arange(book.months))[at],
        "rate": (book.rate_ppm / PPM)[loan],
        "score": own["score"][loan],
        "payment_to_income": own["payment_to_income"][loan],
        "loan_to_value": (own["lent"] / own["vehicle_value"])[loan],
    }
    return pa.table({name: pa.array(column, from_pandas=True) for name, column in columns.items()})


def expression(book: Book, holidays: Any = None) -> Any:
    """The facts as an Ibis table."""
    return ibis.memtable(facts(book, holidays))
