"""The days on which the installments of a loan are due, before any shift for holidays.

Days are nominal: a due day that is no business day moves when its due opens, not here.
"""

from .days import Civil, civil, day_number, is_leap, month_length
from .loan_terms import CLAMP, DAYS, HALF_MONTHS, MONTHS, WEEKS, LoanTerms

LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LEAP_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""The days of the months of a year, and of a leap year."""


def of_year(year: int) -> tuple[int, ...]:
    """The days of the months of a year.

    >>> of_year(2024)[1]
    29
    """
    return LEAP_LENGTHS if is_leap(year) else LENGTHS


def in_month(months: int, day: int, month_end: int) -> int:
    """A day of the month that lies `months` after January of year 0; in a month too short for it as `month_end` says.

    >>> civil(in_month(2025 * 12 + 1, 31, CLAMP))
    Civil(year=2025, month=2, day=28)
    """
    year, month = divmod(months, 12)
    length = month_length(year, month + 1)
    if day <= length:
        return day_number(year, month + 1, day)
    if month_end == CLAMP:
        return day_number(year, month + 1, length)
    return day_number(year, month + 1, length) + 1


def whole_periods(terms: LoanTerms, anchor: Civil, number: int) -> int:
    """The day that lies `number` whole periods after the anchor's, which may name a 31st that its month lacks.

    Half months alternate between two days of the month that are 15 apart.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> civil(whole_periods(PLAIN_LOAN._replace(unit=HALF_MONTHS), Civil(2024, 1, 20), 3))
    Civil(year=2024, month=3, day=5)
    """
    steps = number * terms.every
    months = anchor.year * 12 + anchor.month - 1
    if terms.unit == MONTHS:
        return in_month(months + steps, anchor.day, terms.month_end)
    if terms.unit == HALF_MONTHS:
        late = int(anchor.day > 15)
        low = anchor.day - 15 * late
        more, late = divmod(late + steps, 2)
        return in_month(months + more, low + 15 * late, terms.month_end)
    start = day_number(anchor.year, anchor.month, anchor.day)
    if terms.unit == WEEKS:
        return start + 7 * steps
    assert terms.unit == DAYS
    return start + steps


def anchor_of(terms: LoanTerms, start: int, first_due: int) -> Civil:
    """The day from which whole periods are counted so that the first due is `first_due`, one period later.

    A due day named by the terms keeps its place in the month; a first due that is one period after the start keeps
    the start's day of the month (31 January, 28 February, 31 March); any other first due gives its own.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> anchor_of(PLAIN_LOAN, day_number(2025, 1, 31), day_number(2025, 2, 28))
    Civil(year=2025, month=1, day=31)
    """
    began, due = civil(start), civil(first_due)
    if terms.due_day == 0 and whole_periods(terms, began, 1) == first_due:
        return began
    if terms.unit == MONTHS:
        month = due.year * 12 + due.month - 1 - terms.every
        return Civil(month // 12, month % 12 + 1, terms.due_day or due.day)
    if terms.unit == HALF_MONTHS:
        late = int(due.day > 15)
        more, early = divmod(late - terms.every, 2)
        month = due.year * 12 + due.month - 1 + more
        return Civil(month // 12, month % 12 + 1, due.day - 15 * late + 15 * early)
    return civil(first_due - terms.every * (7 if terms.unit == WEEKS else 1))


def first_due_day(terms: LoanTerms, start: int) -> int:
    """The first due day that the terms give: a period after the start, or the next named day of the month that leaves
    the first period at least `first_period_min` days.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> civil(first_due_day(PLAIN_LOAN._replace(due_day=1, first_period_min=20), day_number(2022, 10, 17)))
    Civil(year=2022, month=12, day=1)
    """
    began = civil(start)
    if terms.due_day == 0 or terms.unit != MONTHS:
        return whole_periods(terms, began, 1)
    month = began.year * 12 + began.month - 1
    due = in_month(month, terms.due_day, terms.month_end)
    while due <= start or due - start < terms.first_period_min:
        month += 1
        due = in_month(month, terms.due_day, terms.month_end)
    return due


def nominal_start(terms: LoanTerms, start: int, first_due: int) -> int:
    """The day one whole period before the first due day; it is the start unless the first period is odd.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> civil(nominal_start(PLAIN_LOAN, day_number(2023, 11, 3), day_number(2023, 12, 5)))
    Civil(year=2023, month=11, day=5)
    """
    return whole_periods(terms, anchor_of(terms, start, first_due), 0)


def each_month(months: int, day: int, month_end: int, every: int, count: int) -> tuple[int, ...]:
    """The same day of every so-many-th month, `count` times from the month that lies `months` after January of year 0.

    >>> [civil(due)[1:] for due in each_month(2025 * 12 + 1, 31, CLAMP, 1, 2)]
    [(2, 28), (3, 31)]
    """
    year, month = divmod(months, 12)
    first = day_number(year, month + 1, 1) - 1
    lengths = of_year(year)
    short = int(month_end != CLAMP)
    found = []
    for step in range((count - 1) * every + 1):
        length = lengths[month]
        if step % every == 0:
            found.append(first + day if day <= length else first + length + short)
        first += length
        month += 1
        if month == 12:
            month = 0
            year += 1
            lengths = of_year(year)
    return tuple(found)


def due_days(terms: LoanTerms, start: int, first_due: int | None = None) -> tuple[int, ...]:
    """The nominal due days of all installments of a loan that starts on a day; the first may be chosen.

    >>> from duecourse.kernel.loan_terms import PLAIN_LOAN
    >>> [civil(day)[1:] for day in due_days(PLAIN_LOAN._replace(installments=3), day_number(2025, 1, 31))]
    [(2, 28), (3, 31), (4, 30)]
    """
    if first_due is None and terms.due_day == 0:
        anchor = civil(start)
    else:
        first = first_due_day(terms, start) if first_due is None else first_due
        assert first > start, "the first due day comes after the start"
        anchor = anchor_of(terms, start, first)
    if terms.unit == MONTHS:
        months = anchor.year * 12 + anchor.month - 1 + terms.every
        return each_month(months, anchor.day, terms.month_end, terms.every, terms.installments)
    return tuple(whole_periods(terms, anchor, number) for number in range(1, terms.installments + 1))
