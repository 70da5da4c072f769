"""What is to come of an account that is paid as asked: as it was agreed, or under a plan that is not agreed yet.

Nothing is written: the acts that an arrangement would do are run in memory with the functions that would do them, the
evenings and due days that are to come after them, and a payment of what is due on each due day. So what is shown before
an arrangement is agreed is what it will ask, to the unit, as long as it is kept and nothing else happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from django.db import connection

from duecourse.kernel import ageing, days, loan, loan_events, posting
from duecourse.kernel.account import WIDTH, Account, due_left, is_dormant, owed_total
from duecourse.kernel.accrual import grow
from duecourse.kernel.arrangement import FULFILLED, Turn
from duecourse.kernel.columns import FIELDS, account_from
from duecourse.kernel.evening import evening, next_event
from duecourse.kernel.loan_events import Event as LoanEvent
from duecourse.kernel.loan_state import Loan
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import NoSuchAccount, Refused
from duecourse.rules.read import day_number, to_date

from . import agreed, arrangement_acts, arrangement_plan, arrangements, loan_life, loans, past_events, replay
from .arrangement_acts import Agreement
from .arrangement_plan import Amount, Plan
from .loan_checks import event_of
from .steps import Deed, Stand

NOT_AGREED = -1
"""The id of an arrangement that is only looked at."""
FAR = 10**12
"""Ids of acts that are only looked at begin here."""
MOST_MONTHS = 120
"""After so long a look ahead ends, whatever is still owed."""
MONTH = 31


class StandsApart(Refused):
    """What is disputed, held or converted is in no settlement: it would be owed after it."""

    code = "settlement_stands_apart"


class Outlook(NamedTuple):
    """What is paid by which day, and what is owed after the last of it (0: it is paid off). Minor units.

    owed: what there is to pay on the day of the look, accrued interest with it; cost: what is paid beyond it, below
    zero where a part is forgiven. in_order_on: the day from whose close nothing is past due (None: on none of these).
    """

    payments: tuple[Amount, ...]
    owed_minor: int
    left_minor: int
    in_order_on: date | None = None

    @property
    def total_minor(self) -> int:
        """All that is paid."""
        return sum(one.amount_minor for one in self.payments)

    @property
    def cost_minor(self) -> int:
        """What is paid and still owed beyond what is owed now."""
        return self.total_minor + self.left_minor - self.owed_minor

    @property
    def ends_on(self) -> date | None:
        """The day of the last payment, where nothing is owed after it."""
        return self.payments[-1].due_on if self.payments and not self.left_minor else None

    @property
    def most_in_a_month(self) -> int:
        """The most that is paid in one calendar month."""
        months: dict[tuple[int, int], int] = {}
        for one in self.payments:
            month = one.due_on.year, one.due_on.month
            months[month] = months.get(month, 0) + one.amount_minor
        return max(months.values(), default=0)

    def soon(self, count: int) -> int:
        """The most that one of the next so many payments asks."""
        return max((one.amount_minor for one in self.payments[:count]), default=0)


@dataclass(frozen=True)
class Held:
    """An account as it stands on the open day: its row and dues, its terms, and the day. What follows from these is
    computed once, however often one looks.

    acts: those of a line that stand; history: what a loan has lived.
    """

    account: int
    is_loan: bool
    terms_id: int
    first_terms_id: int
    open_day: date
    row: Account
    dues: list[int]
    acts: tuple[replay.Event, ...]
    history: loans.History

    @cached_property
    def today(self) -> int:
        """The open day by its number."""
        return day_number(self.open_day)

    @cached_property
    def reached(self) -> loan_life.Bare:
        """A loan's life as far as it has come."""
        events = [event for event in self.history.events if event.day <= self.today]
        return loan_life.go_on(loan_life.bare(agreed.loan(self.terms_id).terms, self.history.begun), events)

    @cached_property
    def eve(self) -> Loan:
        """A loan at the close of the last closed day."""
        return loan_life.closed(self.reached, self.today - 1)

    @cached_property
    def tonight(self) -> Loan:
        """A loan at the close of the open day."""
        return loan_life.closed(self.reached, self.today)

    def after(self, reached: loan_life.Bare, events: Sequence[LoanEvent]) -> loan_life.Bare:
        """A loan's life with events more; lived anew where one of them counts before what it has passed."""
        log = [*reached.loan.log, *events]
        if loan_events.in_order(log)[: len(reached.passed)] != reached.passed:
            reached = loan_life.bare(agreed.loan(self.terms_id).terms, self.history.begun)
        return loan_life.go_on(reached, log)

    @cached_property
    def owed_minor(self) -> int:
        """What there is to pay on the open day, what has accrued with it."""
        if self.is_loan:
            return loan.quote(self.eve, self.today).payoff
        terms = agreed.of(self.terms_id).terms  # the row is as old as what last happened to the account
        return accrued_too(grow(self.row, self.dues, 0, len(self.dues) // WIDTH, terms, self.today - 1))


def held(*, account: int) -> Held:
    """An account as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.terms_id, a.terms_id, s.open_day, b.dues, " + ", ".join(f'b."{field}"' for field in FIELDS) + " "
            "FROM ledger_balance b JOIN servicing_account a ON a.id = b.account_id "
            "JOIN ledger_shard s ON s.shard = b.account_id / %s WHERE b.account_id = %s",
            [SHARD_SIZE, account],
        )
        found = cursor.fetchone()
        if found is None:
            raise NoSuchAccount(f"account {account} does not exist")
        terms_id, first_terms_id, open_day, dues = found[:4]
        is_loan = agreed.is_loan(terms_id)
        history = loans.history_of(cursor, account) if is_loan else loans.of_acts([])
        acts = () if is_loan else tuple(past_events.acts_of(cursor, account, date.max))
    row = account_from(found[4:])
    return Held(account, is_loan, terms_id, first_terms_id, open_day, row, list(dues), acts, history)


def look(*, account: int, plan: Plan | None = None) -> Outlook:
    """What an account asks from the open day on if it is paid as asked; `plan`: as if it were agreed on that day.

    Refuses a plan that could not be agreed.
    """
    return look_at(held(account=account), plan)


def look_at(at: Held, plan: Plan | None) -> Outlook:
    """The same of an account that was read before."""
    account = at.account
    if plan is None:
        return of_loan(at, None) if at.is_loan else of_line(at, None)
    refuse(at, plan)
    if at.is_loan:
        lives = {None: at.eve, at.open_day: at.tonight, at.open_day - timedelta(days=1): at.eve}
        return of_loan(at, arrangements.of_loan(account, NOT_AGREED, plan, at.open_day, lives.__getitem__))
    arrangements.refuse_parts(account, plan, first_terms(at))
    arrangements.refuse_settlement(account, plan, at.owed_minor)
    if plan.forgives_rest and at.row.beside.apart:
        raise StandsApart(f"account {account}: {at.row.beside.apart} stands apart and would not be settled")
    return of_line(at, Agreement(NOT_AGREED, account, False, at.today, plan))


def refuse(at: Held, plan: Plan) -> None:
    """Refuse a plan that contradicts itself or that the law does not let be agreed on the open day."""
    product = (agreed.loan(at.terms_id) if at.is_loan else agreed.of(at.terms_id)).product
    arrangement_plan.refuse(at.account, plan, at.open_day, product)


def if_paid(*, at: Held, first_minor: int) -> Outlook:
    """A line of which `first_minor` is paid on the next due day, then what each due day asks, and nothing is bought.

    More than is owed on that day is not taken: then it is paid off. Less than is asked leaves the rest past due until
    the next due day.
    """
    assert not at.is_loan
    assert first_minor >= 0
    return of_line(at, None, first_minor)


def as_shown(plan: Plan, shown: Outlook) -> Plan:
    """The plan whose dated amounts are those shown: it is kept by paying these, and fulfilled by the last of them.

    One after which something is still owed goes on as the account was agreed, and stays as it is.
    """
    return plan if plan.forgives_rest or shown.left_minor else plan._replace(amounts=shown.payments)


def first_terms(at: Held) -> agreed.Agreed:
    """The terms that a line was opened with: what it comes back to when a relief ends."""
    return agreed.of(at.first_terms_id)


def days_past_due(at: Held) -> int:
    """For how many days something has been past due, at the close of the last day."""
    first_day = 0 if at.is_loan else agreed.of(at.terms_id).terms.first_day
    closed = at.today - 1  # the row is as old as what last happened to the account
    return ageing.days_past_due(ageing.oldest_due(at.dues, 0, len(at.dues) // WIDTH), closed, first_day)


def charged(at: Held) -> tuple[str, ...]:
    """Of which charges something is unpaid on the open day: fees, penalties (late fees, late interest)."""
    told = loan.quote(at.eve, at.today) if at.is_loan else at.row.owed
    return tuple(name for name, amount in (("fee", told.fee), ("penalty", told.penalty)) if amount)


def next_due(at: Held) -> date | None:
    """The next day after the open day on which something is due already."""
    today = at.today
    if at.is_loan:
        ahead = [due.due_on for due in at.eve.dues if due.left and due.due_on > today]
    else:
        dues = at.dues
        ahead = [dues[place] for place in range(0, len(dues), WIDTH) if due_left(dues, place) and dues[place] > today]
    return to_date(min(ahead)) if ahead else None


def due_days(at: Held, count: int, *, after: int) -> list[date]:
    """The next so many days on which an account would ask for money, a month apart, none within `after` days."""
    today = at.today
    first = next_due(at)
    if first is None and not at.is_loan:
        terms = agreed.of(at.terms_id).terms
        first = to_date(at.row.statement_on + terms.due_after_days)
    first = first or to_date(today + MONTH)
    year, month, day = days.civil(day_number(first))
    found: list[date] = []
    step = 0
    while len(found) < count:
        years, months = divmod(month - 1 + step, 12)
        told = days.on_cycle_day(year + years, months + 1, day)
        if told > today + after:
            found.append(to_date(told))
        step += 1
    return found


def accrued_too(row: Account) -> int:
    """What a line owes, what has accrued with it, less what it has to the good."""
    return owed_total(row) + row.accrued.interest + row.accrued.penalty - row.credit


def of_line(at: Held, agreement: Agreement | None, first_minor: int | None = None) -> Outlook:
    """A line paid what is due on each due day, until nothing is owed; `first_minor`: on the first of them that much."""
    today = at.today
    plan = agreement.plan if agreement else None
    line = Line(at)
    line.will_do(wanted(agreement, [], today))
    line.through(today - 1)
    payments: list[Amount] = []
    paid_on = today - 1
    in_order = 0 if past_due(line.dues, today) else today
    for _ in range(MOST_MONTHS * 2):
        told = [day for one in plan.amounts if (day := day_number(one.due_on)) > paid_on] if plan else []
        pay_on = min(told) if told else line.ahead(paid_on)
        if not pay_on or (not told and line.now.statement_on < pay_on):
            if not line.goes_on():
                break
            line.through(line.now.statement_on)
            continue
        line.through(pay_on - 1)
        asked = asked_on(line.dues, pay_on, plan if told else None)
        if first_minor is not None and paid_on < today:
            asked = min(first_minor, accrued_too(line.now))
        paid_on = pay_on
        if asked:
            payments.append(Amount(to_date(pay_on), asked))
            line.pay(asked, pay_on)
        settles = bool(plan and plan.forgives_rest and told == [pay_on])
        if not in_order and (settles or not past_due(line.dues, pay_on)):
            in_order = pay_on
        if settles:
            return Outlook(tuple(payments), at.owed_minor, 0, to_date(in_order))
        if agreement and pay_on == last_of(agreement.plan):
            line.will_do(wanted(agreement, [Turn(FULFILLED, pay_on)], pay_on))
    left = max(0, accrued_too(line.now))
    return Outlook(tuple(payments), at.owed_minor, left, to_date(in_order) if in_order else None)


def past_due(dues: list[int], day: int) -> bool:
    """Whether something was due before a day and is not met."""
    return any(dues[place] < day and due_left(dues, place) for place in range(0, len(dues), WIDTH))


class Line:
    """A line as it goes on from where it stands: its evenings, the acts that are to come, payments."""

    def __init__(self, at: Held) -> None:
        today = at.today
        self.first = first_terms(at)
        self.coming = [act for act in at.acts if act.deed is not None and act.deed.by_close and act.day >= today]
        self.done = [act for act in at.acts if act not in self.coming]
        self.now, self.dues = at.row, list(at.dues)
        self.started = self.now.day
        self.quiet_until = 0
        self.take_terms()

    def take_terms(self) -> None:
        """Take the terms that hold after what was done: they are the same until the next act."""
        self.given = past_events.given_by(self.first, self.done)
        self.told = Stand(self.now, self.dues, self.first, self.given).in_force
        self.quiet_until = 0

    def will_do(self, events: Sequence[replay.Event]) -> None:
        """Let acts come, each on its day."""
        self.coming = sorted([*self.coming, *events], key=past_events.in_order)

    def through(self, day: int) -> None:
        """Go on to the close of a day; acts of the day after it are done too."""
        soon = [event for event in self.coming if event.day <= day + 1]
        if soon:
            self.coming = [event for event in self.coming if event.day > day + 1]
            ran = replay.live(self.now, self.dues, self.first, soon, day, given=self.given)
            self.done += soon
            self.now, self.dues = ran.account, ran.dues
            self.take_terms()
            return
        if day < self.quiet_until:
            return
        terms, dues = self.told.terms, self.dues
        while (day_ahead := next_event(self.now, dues, 0, len(dues) // WIDTH, terms)) <= day:
            count = len(dues) // WIDTH
            dues += [0] * WIDTH
            closed = evening(self.now, dues, 0, count, terms, self.told.calendar, day_ahead)
            del dues[closed.open_dues * WIDTH :]
            self.now = closed.account
        self.quiet_until = day_ahead

    def pay(self, amount: int, day: int) -> None:
        """Make a payment on the day after the last that was closed."""
        count, terms = len(self.dues) // WIDTH, self.told.terms
        if is_dormant(self.now):  # a payment wakes it; else it makes nothing happen earlier
            self.quiet_until = 0
        now = grow(self.now, self.dues, 0, count, terms, day - 1)
        posted = posting.post(now, self.dues, 0, count, terms, posting.PAYMENT, amount, day)
        del self.dues[posted.open_dues * WIDTH :]
        self.now = posted.account

    def ahead(self, day: int) -> int:
        """The next day after a day on which something is due; 0: none."""
        dues, found = self.dues, 0
        for place in range(0, len(dues), WIDTH):
            if day < dues[place] and (not found or dues[place] < found) and due_left(dues, place):
                found = dues[place]
        return found

    def goes_on(self) -> bool:
        """Whether something is still owed, and not for longer than one looks ahead."""
        return accrued_too(self.now) > 0 and self.now.day - self.started < MOST_MONTHS * MONTH


def asked_on(dues: list[int], day: int, plan: Plan | None) -> int:
    """What is to be paid on a day: by the plan's own amounts, else all that is due by then."""
    if plan:
        return sum(one.amount_minor for one in plan.amounts if day_number(one.due_on) == day)
    return sum(due_left(dues, place) for place in range(0, len(dues), WIDTH) if dues[place] <= day)


def last_of(plan: Plan) -> int:
    """The last day on which the plan of a line asks for something."""
    days = [*(one.due_on for one in plan.amounts), *(plan.spread.due_days if plan.spread else ())]
    days += [one.until for one in plan.deferrals]
    return day_number(max(days)) if days else 0


def wanted(agreement: Agreement | None, turns: Sequence[Turn], since: int) -> list[replay.Event]:
    """What an arrangement does to a line from a day on, as a replay takes it."""
    if agreement is None:
        return []
    found = [one for one in arrangement_acts.wanted(agreement, turns) if one.day >= since]
    if turns:  # what it did when it was agreed is done: only what follows from its end
        found = [one for one in found if one.day > agreement.day and one.kind in ("relief_end", "settlement")]
    return [
        replay.Event(0, one.day, 0, -(FAR + at), Deed(FAR + at, one.kind, one.body, FAR))
        for at, one in enumerate(found, start=since)
    ]


def of_loan(at: Held, agreement: Agreement | None) -> Outlook:
    """A loan paid what is due on each due day; what interest adds until then comes with the last payment.

    What is past due is paid at once, under a plan with its first amount.
    """
    today, now_owed = at.today, at.owed_minor
    if agreement and agreement.plan.forgives_rest:
        in_order_on = agreement.plan.amounts[-1].due_on if is_late(at.eve, today) else at.open_day
        return Outlook(agreement.plan.amounts, now_owed, 0, in_order_on)
    wanted_acts = arrangement_acts.wanted(agreement, []) if agreement else []
    acts = [event_of(one.kind, FAR + n, to_date(one.day), at.open_day, one.body) for n, one in enumerate(wanted_acts)]
    reached = at.after(at.reached, acts) if acts else at.reached
    now = loan_life.closed(reached, today - 1) if acts else at.eve
    ahead = [due.due_on for due in now.dues if due.left and due.due_on > today]
    soonest = today if agreement is None else min(ahead, default=today + MONTH)
    by_day: dict[int, int] = {}
    for due in now.dues:
        if due.left:
            day = max(due.due_on, soonest)
            by_day[day] = by_day.get(day, 0) + due.left
    paid = [
        LoanEvent(2 * FAR + n, loan_events.PAYMENT, day, day, amount=by_day[day])
        for n, day in enumerate(sorted(by_day))
    ]
    if not paid:
        return Outlook((), now_owed, max(0, now_owed))
    end = paid[-1].day
    ended = loan_life.closed(at.after(reached, paid), end - 1)
    by_day[end] += max(0, loan.quote(ended, end).payoff)
    in_order = soonest if is_late(now, today) else today
    payments = tuple(Amount(to_date(day), by_day[day]) for day in sorted(by_day))
    return Outlook(payments, now_owed, 0, to_date(in_order))


def is_late(now: Loan, day: int) -> bool:
    """Whether something of a loan was due before a day and is not met."""
    return any(due.left and due.due_on < day for due in now.dues)
