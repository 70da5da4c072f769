"""Auto-debit decided: how much of what is due is taken, from which source, on which day, or why nothing is.

Pure: what is due and what the bank answered come in, one decision comes out. An order that the bank has not answered,
or answered with a time-out, is neither paid nor failed: nothing more is taken until it is resolved, so that the same
money cannot be taken twice.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .days import Calendar

MINIMUM, STATEMENT, INSTALLMENT, FIXED = 0, 1, 2, 3
"""What a mandate lets be taken: the minimum due, the whole statement, the installments due, so much of what is due."""
SENT, PAID, FAILED, UNKNOWN = 0, 1, 2, 3
"""What the bank answered to an order: nothing yet, paid (whole or in part), refused, or that it cannot say."""

TAKE, NOTHING_LEFT, TOO_EARLY, TOO_LATE, UNRESOLVED, NO_NOTICE, TRIES_USED, LIMIT_REACHED, LAW_TRIES, LAW_WHOLE = range(
    10
)
"""What is decided: an order, or the reason for none."""
ALWAYS, VARYING, FIRST_OR_VARYING = 0, 1, 2
"""When the law wants a notice: of every debit, of one of another amount than the last, or also of the first."""
NO_LIMIT = 0


class DebitTerms(NamedTuple):
    """How a product's debits go. days_before: an order is sent so many days before the due day; window_days: for so
    many days from then on it may be, repeats too. notice_days: notice is given at least so many days before (0: none).
    tries: at most so many orders for a due day. retry_days: after every source was tried, so many days until the
    first is tried again; same_day: 1 where the next source is tried on the same day. part_paid: 1 where the bank may
    pay a part. in_...: 1 where an account is debited nonetheless.
    """

    days_before: int = 0
    window_days: int = 5
    notice_days: int = 0
    tries: int = 3
    retry_days: int = 2
    same_day: int = 1
    part_paid: int = 0
    in_dispute: int = 0
    in_holiday: int = 0
    in_charge_off: int = 0
    in_arrangement: int = 0


PLAIN_DEBITS = DebitTerms()
"""What holds where a product says nothing else."""


class NoticeRule(NamedTuple):
    """A notice that the law wants: so many days before (business days where `business` is 1), and of which debits.

    by_agreement: 1 where the terms may agree on another number of days.
    """

    days: int
    business: int
    when: int
    by_agreement: int


class AttemptRule(NamedTuple):
    """After how many refused orders under a mandate no more are allowed; in_a_row: 1 where a paid one ends the count.

    whole: 1 where less than what is due may neither be asked nor taken. most 0: no such bound.
    """

    most: int
    in_a_row: int
    whole: int


class Attempt(NamedTuple):
    """One order: the due day that it was for, its source's place (0 is the first), its day, what it asked, what the
    bank answered, and what was taken."""

    due_on: int
    source: int
    day: int
    amount: int
    result: int
    taken: int


class Notice(NamedTuple):
    """A notice that was given: its day and the amount that it names."""

    given_on: int
    amount: int


class Mandate(NamedTuple):
    """What may be taken: a kind of MINIMUM .., the amount of FIXED, at most so much for one due day, from how many
    sources, from which day on."""

    takes: int
    fixed: int
    limit: int
    sources: int
    since: int


class Decision(NamedTuple):
    """An order (TAKE) with its amount and source, or why there is none; `rule` is the place of the law's rule."""

    what: int
    amount: int = 0
    source: int = 0
    rule: int = -1


def asked_of(mandate: Mandate, due: int, statement: int) -> int:
    """What of a due day's claim is to be taken: `due` is what is left of the dues until then, `statement` of the whole
    statement.

    >>> asked_of(Mandate(STATEMENT, 0, NO_LIMIT, 1, 0), 500, 9_000)
    9000
    >>> asked_of(Mandate(FIXED, 700, NO_LIMIT, 1, 0), 500, 500)
    500
    """
    if mandate.takes == STATEMENT:
        return max(due, statement)
    if mandate.takes == FIXED:
        return min(mandate.fixed, max(due, statement))
    return due


def decide(
    mandate: Mandate,
    terms: DebitTerms,
    laws: Sequence[AttemptRule],
    *,
    due_on: int,
    day: int,
    owed: int,
    past: Sequence[Attempt],
    notice: Notice | None = None,
    notice_days: int = 0,
) -> Decision:
    """Whether an order is sent on a day for what falls due on `due_on`, how much, and from which source.

    `owed`: what the mandate says of what is due now (`asked_of`), in minor units. `past`: every order under the
    mandate, in order, and those of the account under another that are not resolved. `notice_days`: so many days must
    lie between a notice and the order; 0 where none is needed.

    >>> plan = Mandate(MINIMUM, 0, NO_LIMIT, 2, 0)
    >>> decide(plan, PLAIN_DEBITS, (), due_on=100, day=100, owed=5_000, past=[])
    Decision(what=0, amount=5000, source=0, rule=-1)
    >>> failed = Attempt(100, 0, 100, 5_000, FAILED, 0)
    >>> decide(plan, PLAIN_DEBITS, (), due_on=100, day=100, owed=5_000, past=[failed]).source
    1
    """
    if any(one.result in (SENT, UNKNOWN) for one in past):
        return Decision(UNRESOLVED)
    own = [one for one in past if one.due_on == due_on]
    taken = sum(one.taken for one in own)
    room = owed
    if mandate.takes == FIXED:
        room = min(room, mandate.fixed - taken)
    if owed > 0 and mandate.limit != NO_LIMIT and mandate.limit - taken <= 0:
        return Decision(LIMIT_REACHED)
    if mandate.limit != NO_LIMIT:
        room = min(room, mandate.limit - taken)
    if room <= 0:
        return Decision(NOTHING_LEFT)
    first_day = max(due_on - terms.days_before, mandate.since)
    last_day = first_day + terms.window_days
    if notice_days and notice is None:
        return Decision(NO_NOTICE)
    if notice is not None and notice_days:
        first_day = max(first_day, notice.given_on + notice_days)
        room = min(room, notice.amount - taken)
        if room <= 0:
            return Decision(NO_NOTICE)
    if day < max(first_day, next_day(own, terms, mandate.sources)):
        return Decision(TOO_EARLY)
    if day > last_day:
        return Decision(TOO_LATE)
    if len(own) >= terms.tries:
        return Decision(TRIES_USED)
    for place, law in enumerate(laws):
        if law.most and refused(past, law.in_a_row) >= law.most:
            return Decision(LAW_TRIES, rule=place)
        if law.whole and room < owed:
            return Decision(LAW_WHOLE, rule=place)
    return Decision(TAKE, room, len(own) % mandate.sources)


def next_day(own: Sequence[Attempt], terms: DebitTerms, sources: int) -> int:
    """The first day on which another order for the same due day may be sent; 0 before the first.

    Within a round each source is tried once, in order; a round later the first is tried again.

    >>> next_day([Attempt(100, 0, 100, 5_000, FAILED, 0)], PLAIN_DEBITS, 1)
    102
    """
    if not own:
        return 0
    last = own[-1].day
    between = terms.retry_days if len(own) % sources == 0 else 0
    return last + max(between, 1 - terms.same_day)


def refused(past: Sequence[Attempt], in_a_row: int) -> int:
    """How many orders were refused, in all or since the last that was paid.

    >>> history = [Attempt(1, 0, 1, 5, result, 0) for result in (FAILED, PAID, FAILED)]
    >>> refused(history, 0), refused(history, 1)
    (2, 1)
    """
    count = 0
    for one in past:
        if one.result == FAILED:
            count += 1
        elif one.result == PAID and in_a_row:
            count = 0
    return count


def days_of_notice(
    rule: NoticeRule, agreed: int, take_on: int, calendar: Calendar, *, amount: int, last: int | None
) -> int:
    """How many days before `take_on` the law wants a notice of this amount; 0 for none. `last`: the debit before.

    >>> days_of_notice(NoticeRule(14, 0, ALWAYS, 1), 5, 100, Calendar(0, ()), amount=1, last=None)
    5
    """
    if rule.when == VARYING and (last is None or last == amount):
        return 0
    if rule.when == FIRST_OR_VARYING and last == amount:
        return 0
    if rule.by_agreement and agreed:
        return agreed
    if not rule.business:
        return rule.days
    day = take_on
    for _ in range(rule.days):
        day -= 1
        while not is_open(day, calendar):
            day -= 1
    return take_on - day


def is_open(day: int, calendar: Calendar) -> bool:
    """Whether a day is a business day."""
    at = day - calendar.first
    assert 0 <= at < len(calendar.open), "calendar: this day's year is not known"
    return calendar.open[at] == 1


def accepts(laws: Sequence[AttemptRule], terms: DebitTerms, *, asked: int, paid: int) -> int:
    """Whether an answer that pays `paid` of `asked` may be taken: -1 yes, else the place of the law against a part, or
    the number of laws where the terms are against it.

    >>> accepts((AttemptRule(2, 0, 1),), PLAIN_DEBITS, asked=10, paid=4), accepts((), PLAIN_DEBITS, asked=10, paid=10)
    (0, -1)
    """
    if paid >= asked:
        return -1
    whole = [place for place, law in enumerate(laws) if law.whole]
    if whole:
        return whole[0]
    return -1 if terms.part_paid else len(laws)
