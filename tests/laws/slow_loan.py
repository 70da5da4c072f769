"""An independent calculator of loans, slow and plain: calendar dates and fractions, one day after another.

It shares no code with the kernel. A loan is drawn once on its first day and repaid in installments; of its payments it
knows the day and the amount, in the order in which they truly happened. It does what a clerk would do with a sheet of
paper: each night the principal that is owed bears its part of the year's interest; on a due day the interest of the
period is rounded, once, and the installment is due; a payment meets what is due, the oldest first, interest before
principal; what is over repays principal early, and what follows is asked anew or the loan ends sooner.
"""

from copy import deepcopy
from datetime import date
from fractions import Fraction
from typing import NamedTuple

EPOCH = date(1970, 1, 1).toordinal()


class Agreed(NamedTuple):
    """Terms. `form` is equal (installments), principal (equal parts of it), interest (principal last), bullet.

    `unit` is months, weeks or days; `year` is 360, 364, 365 or 0 for the year's own length, each night by its days, or
    -1 where each whole period is its share of twelve months. `follows`: interest follows what is repaid early or late;
    else it is what was scheduled, and what is paid in advance meets the next installments, or the last where `to_last`.
    `shorter`: early repayment leaves the installments as they are and the loan ends sooner; else they become smaller.
    """

    form: str
    count: int
    unit: str
    every: int
    rate: Fraction
    year: int
    follows: bool = True
    to_last: bool = False
    shorter: bool = False


def half_even(exact: Fraction) -> int:
    """A fraction rounded to a whole number, a half to the even one."""
    return round(exact)


def months_later(day: int, months: int) -> int:
    """The same day of the month so many months later, in a shorter month its last."""
    was = date.fromordinal(day + EPOCH)
    at = was.year * 12 + was.month - 1 + months
    for last in range(was.day, 0, -1):
        try:
            return date(at // 12, at % 12 + 1, last).toordinal() - EPOCH
        except ValueError:
            continue
    raise AssertionError("a month has a first day")


def is_leap(day: int) -> bool:
    """Whether a day lies in a leap year."""
    year = date.fromordinal(day + EPOCH).year
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days == 366


class Installment:
    """One installment: what it asks and what was paid on it. It is closed once its due day has come."""

    def __init__(self, start: int, due: int) -> None:
        self.start, self.due = start, due
        self.asked = 0
        self.grown = Fraction(0)
        self.principal = self.interest = 0
        self.paid_principal = self.paid_interest = 0
        self.closed = False

    @property
    def left(self) -> int:
        return self.principal + self.interest - self.paid_principal - self.paid_interest


class Split(NamedTuple):
    """What a payment met, and what was over."""

    principal: int
    interest: int
    excess: int


class SlowLoan:
    """A loan drawn at the start of `start`, as it stands at the close of `day`."""

    def __init__(self, agreed: Agreed, start: int, amount: int) -> None:
        self.agreed, self.day = agreed, start
        self.owed = self.unasked = amount
        self.credit = 0
        self.held = 0
        dues = [self.due_day(start, number) for number in range(1, agreed.count + 1)]
        self.rows = [Installment(began, due) for began, due in zip([start, *dues], dues, strict=False)]
        self.last = agreed.count - 1
        self.fixed: list[Installment] = []
        self.ask(0)
        if not agreed.follows or agreed.rate == 0:
            self.fixed = self.foreseen()

    def due_day(self, start: int, number: int) -> int:
        """The due day of an installment."""
        steps = number * self.agreed.every
        if self.agreed.unit == "months":
            return months_later(start, steps)
        return start + steps * (7 if self.agreed.unit == "weeks" else 1)

    def of_night(self, row: Installment, evening: int) -> Fraction:
        """The part of the year's interest that one night in an installment's period bears."""
        if self.agreed.year == -1:
            return Fraction(self.agreed.every, 12 * (row.due - row.start))
        return Fraction(1, self.agreed.year or (366 if is_leap(evening) else 365))

    def of_period(self, row: Installment) -> Fraction:
        """The interest of a whole period on one unit."""
        return self.agreed.rate * sum(self.of_night(row, evening) for evening in range(row.start, row.due))

    def ask(self, first: int) -> None:
        """Ask what is owed of the installments from `first` on."""
        rest = self.rows[first:]
        if self.agreed.form == "equal":
            factor, worth = Fraction(1), Fraction(0)
            for row in rest:
                factor /= 1 + self.of_period(row)
                worth += factor
            asked = half_even(self.owed / worth)
        else:
            asked = half_even(Fraction(self.owed, len(rest))) if self.agreed.form == "principal" else 0
        for row in rest:
            row.asked = asked

    def foreseen(self) -> list[Installment]:
        """The installments as they come out if what is past due is paid today and the rest on its due days."""
        other = deepcopy(self)
        other.fixed = []
        other.owed -= sum(row.principal - row.paid_principal for row in other.rows if row.closed)
        other.pass_nights(other.rows[-1].due, as_planned=True)
        return other.rows

    def pass_nights(self, until: int, *, as_planned: bool = False) -> None:
        """Let nights pass; as planned, each installment's principal is no more owed from its due day on."""
        while self.day < until:
            number = self.number_on(self.day + 1)
            row = self.rows[number]
            if self.day < row.due:
                row.grown += self.owed * self.agreed.rate * self.of_night(row, self.day)
            self.day += 1
            if self.day == row.due:
                self.close(number)
                if as_planned:
                    self.owed -= row.principal - row.paid_principal

    def number_on(self, day: int) -> int:
        """The installment in whose period a day lies; after all the last."""
        return next((number for number, row in enumerate(self.rows) if day <= row.due), len(self.rows) - 1)

    def close(self, number: int) -> None:
        """An installment falls due: its interest is rounded, and the rest of what it asks is principal."""
        row = self.rows[number]
        row.closed = True
        if self.fixed:
            row.principal, row.interest = self.fixed[number].principal, self.fixed[number].interest
            return
        interest = half_even(row.grown) + self.held
        if number == self.last:
            principal = self.unasked
        elif self.agreed.form == "equal":
            room = max(row.asked - interest, 0)
            principal = min(max(room, row.paid_principal), self.unasked)
            if row.paid_principal > room:
                interest = row.paid_interest
            elif principal < self.unasked:
                interest = min(interest, row.asked)
        else:
            principal = min(max(row.asked, row.paid_principal), self.unasked)
        if self.agreed.form == "bullet" and number < len(self.rows) - 1:
            interest = row.paid_interest
        self.held += half_even(row.grown) - interest
        row.principal, row.interest = principal, interest
        self.unasked -= principal

    def meet(self, row: Installment, left: int) -> tuple[int, int]:
        """Meet an installment's interest, then its principal."""
        interest = min(left, row.interest - row.paid_interest)
        principal = min(left - interest, row.principal - row.paid_principal)
        row.paid_interest += interest
        row.paid_principal += principal
        self.owed -= principal
        return principal, interest

    def pay(self, day: int, amount: int) -> Split:
        """Take a payment on a day."""
        self.pass_nights(day)
        principal = interest = 0
        if self.fixed:
            later = [number for number, row in enumerate(self.rows) if row.due > day]
            for number in later:
                self.rows[number].principal = self.fixed[number].principal
                self.rows[number].interest = self.fixed[number].interest
            met = [row for row in self.rows if row.due <= day]
            met += [self.rows[number] for number in (reversed(later) if self.agreed.to_last else later)]
        else:
            met = [row for row in self.rows if row.closed]
        for row in met:
            more = self.meet(row, amount - principal - interest)
            principal, interest = principal + more[0], interest + more[1]
        rest = amount - principal - interest
        if not self.fixed and rest:
            early = min(rest, self.owed)
            if early:
                self.repay_early(early)
            rest -= early
            principal += early
            if rest and self.owed == 0:
                paid = self.settle_interest(rest)
                interest, rest = interest + paid, rest - paid
        self.credit += rest
        return Split(principal, interest, rest)

    def repay_early(self, amount: int) -> None:
        """Repay principal before it is asked."""
        number = self.number_on(self.day)
        row = self.rows[number]
        over = amount - (self.foreseen()[number].principal - row.paid_principal)
        row.paid_principal += amount
        self.owed -= amount
        if row.closed:
            row.principal += amount
            self.unasked -= amount
        if over <= 0:
            return
        row.asked = row.paid_principal
        if self.agreed.form == "equal" and not row.closed:
            row.asked += self.whole_interest(number)
        if not self.agreed.shorter:
            if number + 1 < len(self.rows):
                self.ask(number + 1)
        elif self.agreed.form == "equal":
            self.last = max(at for at, one in enumerate(self.foreseen()) if at <= number or one.principal)

    def whole_interest(self, number: int) -> int:
        """The interest that a running installment comes to if nothing more happens."""
        row = self.rows[number]
        nights = sum(self.of_night(row, evening) for evening in range(self.day, row.due))
        return half_even(row.grown + self.owed * self.agreed.rate * nights) + self.held

    def settle_interest(self, most: int) -> int:
        """Once no principal is owed: pay the interest that has grown, on the installment that asks it."""
        if self.agreed.form == "bullet":
            row = self.rows[-1]
        else:
            row = next((one for one in self.rows if not one.closed), self.rows[-1])
        paid = min(most, self.interest_to_the_day())
        row.paid_interest += paid
        return paid

    def interest_to_the_day(self) -> int:
        """All interest up to the day that was not paid."""
        running = sum(half_even(row.grown) for row in self.rows)
        return running - sum(row.paid_interest for row in self.rows)

    def payoff(self) -> int:
        """What pays the loan off today."""
        if self.fixed:
            asked = sum(row.principal + row.interest for row in self.fixed)
            return asked - sum(row.paid_principal + row.paid_interest for row in self.rows) - self.credit
        return self.owed + self.interest_to_the_day() - self.credit

    def still_to_come(self) -> list[Installment]:
        """The installments that are not due yet, as they are foreseen."""
        told = self.fixed or self.foreseen()
        return [one for one, row in zip(told, self.rows, strict=True) if not row.closed]
