"""Taking a loan book kept elsewhere: each loan opened at its recorded balance, its months lived, some loans at a time.

A loan is opened on the day of its first month's payment with what was owed at that month's end. Each later payment is
an act on its day (`loan_days`), so is a fee that it brought, and what was recovered. All of it is booked on the open
day, which lies after the last month of the file; the days before it are not sealed again.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction

from duecourse.borrowers import people
from duecourse.kernel import loan_events, terms
from duecourse.ledger import balances
from duecourse.ledger.journal import Refused, atomically
from duecourse.rules.read import to_date
from duecourse.servicing import accounts, agreed
from duecourse.servicing.loan_opening import NewLoan, Past, open_loans
from duecourse.servicing.tables import Account as Contract

from . import files, loan_days, loan_file
from .files import BadRow
from .loan_days import Days, in_month
from .loan_file import CLOSE_ENOUGH, Loan
from .tables import File, Quarantined

PRODUCT = "auto_us_2017"
KINDS = ("loans", "loan_months")
"""The kinds of the two files."""
AT_ONCE = 25
"""So many loans are opened in one transaction; an interrupted import goes on after the last one."""

Progress = Callable[[str, int, int], None]
DayOf = Callable[[Loan], Days]


class BookBehind(Refused):
    """The book's open day lies before the end of the file's last month."""

    code = "book_behind"


class Taken(NamedTuple):
    """What taking a loan book did: loans opened now, known before, quarantined rows that wait; and what was read."""

    files: tuple[File, File]
    opened: int
    known: int
    quarantined: int
    book: loan_file.Book

    def reasons(self) -> dict[str, int]:
        """The rows that wait in quarantine, by field and code."""
        waiting = Quarantined.objects.filter(taken_by=None, file__in=self.files)
        found = Counter(f"{field}: {code}" for field, code in waiting.values_list("field", "code"))
        return dict(found.most_common())


def take(
    loans: Path,
    months: Path,
    *,
    by: str = "system",
    day_of: DayOf = loan_days.told_by_interest,
    progress: Progress | None = None,
) -> Taken:
    """Take a loan book, or go on with one that was interrupted; loans known by their number stay as they are."""
    tell = progress or (lambda stage, done, of: None)
    tell("read the files", 0, 1)
    book = loan_file.read(loans, months)
    kept = keep_files((loans, months), book)
    known = set(
        Contract.objects.filter(number__in=[one.loan_id for one in book.loans]).values_list("number", flat=True)
    )
    fresh = [one for one in book.loans if one.loan_id not in known]
    opened = 0
    if fresh:
        begin_book(max(one.months[-1].month for one in fresh))
    by_month = sorted(fresh, key=lambda one: (one.months[0].month, one.loan_id))
    for some in chunks(by_month):
        tell("open and live loans", opened, len(fresh))
        opened += open_some(some, kept[1], by, day_of)
    tell("open and live loans", len(fresh), len(fresh))
    mark_taken(kept, [one.loan_id for one in book.loans])
    waiting = Quarantined.objects.filter(taken_by=None, file__in=kept).count()
    for file in kept:
        file.summary = {"finished": True, "loans": len(book.loans), "quarantined": waiting}
        file.save(update_fields=["summary"])
    return Taken(kept, opened, len(known), waiting, book)


def report(taken: Taken) -> dict[str, Any]:
    """What taking a loan book did, as it is written to a file."""
    return {
        "files": [file.name for file in taken.files],
        "opened": taken.opened,
        "known_before": taken.known,
        "quarantined": taken.quarantined,
        "reasons": taken.reasons(),
    }


def keep_files(paths: tuple[Path, Path], book: loan_file.Book) -> tuple[File, File]:
    """Write the files down, and the rows of new ones that cannot be taken."""
    found = []
    for path, kind, bad in zip(paths, KINDS, (book.bad_loans, book.bad_months), strict=True):
        with transaction.atomic():
            file, is_new = File.objects.get_or_create(
                digest=files.digest(path),
                defaults={"kind": kind, "name": path.name, "rows": len(book.loans) + len(bad)},
            )
            known = set() if is_new else set(file.quarantined.values_list("row", "field", "code"))
            quarantine(file, [one for one in bad if (one.row, one.field, one.code) not in known])
        found.append(file)
    return found[0], found[1]


def quarantine(file: File, bad: Sequence[BadRow]) -> None:
    """Keep rows that could not be taken."""
    Quarantined.objects.bulk_create(
        Quarantined(file=file, row=one.row, field=one.field, code=one.code, reason=one.reason, reference=one.reference)
        for one in bad
    )


def mark_taken(kept: tuple[File, File], numbers: Sequence[str]) -> None:
    """Mark quarantined rows of earlier files whose loans stand in the book now."""
    there = Contract.objects.filter(number__in=numbers).values("number")
    waiting = Quarantined.objects.filter(taken_by=None, file__kind__in=KINDS, reference__in=there)
    waiting.update(taken_by=kept[1])


def chunks(loans: Sequence[Loan]) -> list[Sequence[Loan]]:
    """Loans some at a time, each time of one first month."""
    found: list[list[Loan]] = []
    for loan in loans:
        last = found[-1] if found else []
        if last and len(last) < AT_ONCE and last[0].months[0].month == loan.months[0].month:
            last.append(loan)
        else:
            found.append([loan])
    return list(found)


def begin_book(last_month: int) -> None:
    """Let an empty book begin on the day after a month's end; a book that is open before that day is refused."""
    needed = to_date(in_month(last_month, 31)) + timedelta(days=1)
    if balances.book_day() is None:

        def begin() -> date:
            with connection.cursor() as cursor:
                return accounts.open_shards(cursor, [0], needed)

        atomically(begin)
    open_day = balances.book_day()
    if open_day is None or open_day < needed:
        last = needed - timedelta(days=1)
        raise BookBehind(
            f"the open day is {open_day}; the file has months up to {last}: close the book through that day"
        )


def open_some(loans: Sequence[Loan], file: File, by: str, day_of: DayOf) -> int:
    """Open loans in one transaction; where one of them cannot be lived it is quarantined, and the others are opened."""
    try:
        open_together(loans, by, day_of)
    except (AssertionError, ArithmeticError, IndexError, ValueError) as fault:
        if len(loans) > 1:
            return sum(open_some([one], file, by, day_of) for one in loans)
        reason = f"{type(fault).__name__}: {fault}"
        one = loans[0]
        bad = BadRow(one.months[0].row, loan_file.ID, "cannot_be_lived", reason, one.loan_id)
        if not file.quarantined.filter(row=bad.row, code=bad.code).exists():
            quarantine(file, [bad])
        return 0
    return len(loans)


def open_together(loans: Sequence[Loan], by: str, day_of: DayOf) -> None:
    """Open loans that have their first month in common, each with its terms and its past."""
    on = to_date(in_month(loans[0].months[0].month, 1))
    borrowers = people.enrol(source="loan-file", references=[one.loan_id for one in loans])
    base = agreed.loan_in_force(product=PRODUCT, day=on)
    days = [day_of(one) for one in loans]
    open_loans(
        product=PRODUCT,
        terms_ids=[agreed.freeze(product=PRODUCT, agreed=base._replace(**terms_of(one))) for one in loans],
        on=on,
        new=[new_loan(one, when, borrower) for one, when, borrower in zip(loans, days, borrowers, strict=True)],
        by=by,
        past=[past(one, when) for one, when in zip(loans, days, strict=True)],
    )


def terms_of(loan: Loan) -> dict[str, Any]:
    """What is a loan's own of its terms: its rate, its installment, and how many are left at the opening."""
    return {
        "rate_ppm": loan.rate_ppm,
        "installment_minor": loan.scheduled,
        "installments": loan.maturity - loan.months[0].month,
    }


def new_loan(loan: Loan, days: Days, borrower: int) -> NewLoan:
    """A loan as it is opened: its schedule begins on the opening day, its due day is that day of each month."""
    start = to_date(days.opening)
    return NewLoan(loan.loan_id, borrower, loan.opening, start, to_date(in_month(loan.months[0].month + 1, start.day)))


def past(loan: Loan, days: Days) -> list[Past]:
    """What happened to a loan after its opening: payments, the fees in them, what was recovered; and its charge-off, on
    the last day of the month in which its balance went to zero unpaid."""
    told = [Past("draw", to_date(days.opening), {"amount": loan.opening})]
    before = loan.months[0]
    for month, day, fee in zip(loan.months[1:], days.payments, loan_days.fees(loan), strict=True):
        if fee:
            told.append(Past("charge", to_date(day), {"amount": fee, "component": terms.FEE, "until": day}))
        if month.payment:
            told.append(Past("payment", to_date(day), {"amount": month.payment}))
        if is_charge_off(before, month):
            told.append(Past("charge_off", to_date(in_month(month.month, 31)), {}))
        if month.recovered > 0:
            told.append(Past("payment", to_date(in_month(month.month, 31)), {"amount": month.recovered}))
        before = month
    return told


def is_charge_off(before: loan_file.Month, month: loan_file.Month) -> bool:
    """Whether a balance went to zero without having been paid."""
    return month.known and month.closing == 0 and before.closing - month.principal > CLOSE_ENOUGH


assert loan_events.FLAT == 0, "a charge of a day is what a body without a mode says"
