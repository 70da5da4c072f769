"""A line, calculated slowly: day by day, with fractions, purchase by purchase. It shares no code with the kernel.

What a person with a pencil would do: every purchase is a piece of its own that remembers how many days it has been
owed; a payment walks through the dues and the pieces; each night every piece grows its own interest. Only the names of
the terms are the kernel's.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

EPOCH = date(1970, 1, 1)
NAMES = {1: "principal", 2: "interest", 3: "fee", 4: "penalty"}
MILLION = 1_000_000


@dataclass
class Piece:
    """Principal of one origin: `where` is open, bearing, window, revolving or missed; `days` is amount x days kept."""

    amount: Fraction
    where: str
    days: Fraction = Fraction(0)


@dataclass
class Due:
    """What a statement asked for by a day, by component, and what it asked in all."""

    on: int
    left: dict[str, int]
    asked: int

    def open(self) -> int:
        return sum(self.left.values())


@dataclass
class Bill:
    """A statement."""

    on: int
    balance: int
    minimum: int
    past_due: int
    due_on: int


@dataclass
class SlowLine:
    """A line that opened on the day after `today`; every day is a number of days since 1970."""

    terms: Any
    limit: int
    today: int
    is_open_day: Any
    pieces: list[Piece] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=lambda: {"interest": 0, "fee": 0, "penalty": 0})
    new_fee: int = 0
    credit: int = 0
    dues: list[Due] = field(default_factory=list)
    accrued: Fraction = Fraction(0)
    accrued_late: Fraction = Fraction(0)
    due_on: int = 0
    statement_left: int = 0
    paid_bearing: int = 0
    paid_in_window: int = 0
    paid_in_window_days: int = 0
    suspended: int = 0
    nonaccrual: bool = False
    bills: list[Bill] = field(default_factory=list)

    # -- sums -------------------------------------------------------------------------------------------------------

    def principal(self, *where: str) -> int:
        """Principal in these places, or all of it."""
        total = sum((piece.amount for piece in self.pieces if not where or piece.where in where), Fraction(0))
        assert total.denominator == 1
        return int(total)

    def kept(self, where: str) -> Fraction:
        return sum((piece.days for piece in self.pieces if piece.where == where), Fraction(0))

    def balance(self) -> int:
        return self.principal() + sum(self.owed.values())

    def in_dues(self, component: str) -> int:
        return sum(due.left[component] for due in self.dues)

    def claims(self) -> int:
        """Principal that dues still to come ask for."""
        return sum(due.left["principal"] for due in self.dues if due.on > self.today)

    def oldest(self) -> int:
        return self.dues[0].on if self.dues else 0

    def days_past_due(self) -> int:
        if not self.dues or self.today < self.dues[0].on:
            return 0
        return self.today - self.dues[0].on + self.terms.first_day

    # -- what comes from outside, on the day after `today` -----------------------------------------------------------

    def buy(self, amount: int) -> None:
        from_credit = min(self.credit, amount)
        self.credit -= from_credit
        revolves = self.principal("revolving", "missed") > 0
        where = "bearing" if self.terms.new_purchases == 1 and revolves else "open"
        if amount > from_credit:
            self.pieces.append(Piece(Fraction(amount - from_credit), where))

    def take(self, amount: int, *where: str) -> None:
        """Take principal from these places in this order; within one place every piece gives its share."""
        left = Fraction(amount)
        for place in where:
            total = sum((piece.amount for piece in self.pieces if piece.where == place), Fraction(0))
            taken = min(left, total)
            if not taken:
                continue
            keeps_days = place != "window" or not (self.terms.interest_base == 1 and self.paying)
            whole = total + (self.paid_in_window if place == "window" else 0)
            for piece in self.pieces:
                if piece.where == place:
                    if keeps_days:
                        piece.days -= piece.days * taken / whole
                    piece.amount -= piece.amount * taken / total
            left -= taken
            if place == "window" and not keeps_days:
                self.paid_in_window += int(taken)
            elif place == "window" and whole:
                self.paid_in_window_days -= self.paid_in_window_days * taken / whole
            if place == "revolving" and self.terms.interest_base == 1 and self.paying:
                self.paid_bearing += int(taken)
        assert left == 0
        self.settle()

    def settle(self) -> None:
        """Put pieces of one place together where fractions of a unit have come about, and drop empty ones."""
        together: dict[str, Piece] = {}
        for piece in self.pieces:
            one = together.setdefault(piece.where, Piece(Fraction(0), piece.where))
            one.amount += piece.amount
            one.days += piece.days
        self.pieces = [piece for piece in together.values() if piece.amount]

    paying: bool = True

    def pay(self, amount: int) -> None:
        """A payment or an adjustment."""
        self.paying = True
        self.credit += self.meet(amount)

    def meet(self, amount: int) -> int:
        """Share an amount out; answers what nothing could take."""
        left = amount
        order = [NAMES[code] for code in self.terms.order]
        of_statement = 0
        charges = self.owed["interest"] + self.owed["penalty"]
        walk = (
            [(due, name) for due in self.dues for name in order]
            if self.terms.oldest_first == 1
            else [(due, name) for name in order for due in self.dues]
        )
        for due, name in walk:
            part = min(left, due.left[name])
            due.left[name] -= part
            left -= part
            of_statement += part
            if name != "principal":
                self.owed[name] -= part
            elif due.on <= self.today:
                self.take(part, "missed")
            else:
                self.take(part, "revolving", "window")
        for name in order:
            if name == "principal":
                part = min(left, self.principal("revolving", "window") - self.claims())
                self.take(part, "revolving", "window")
            else:
                billed = self.owed[name] - (self.new_fee if name == "fee" else 0)
                part = min(left, billed - self.in_dues(name))
                self.owed[name] -= part
            left -= part
            of_statement += part
        part = min(left, self.new_fee)
        self.owed["fee"] -= part
        self.new_fee -= part
        left -= part
        part = min(left, self.principal("bearing", "open"))
        self.take(part, "bearing", "open")
        left -= part
        self.statement_left = max(0, self.statement_left - of_statement)
        if not self.principal("revolving", "missed"):
            self.paid_bearing = 0
        self.tolerate()
        self.drop_met()
        met = charges - self.owed["interest"] - self.owed["penalty"]
        self.suspended -= min(self.suspended, met)
        return left

    def tolerate(self) -> None:
        """A missed due of which hardly anything is left counts as met; its principal revolves again."""
        for due in self.dues:
            if due.on <= self.today and due.open() * MILLION <= self.terms.tolerance_ppm * due.asked:
                self.move(due.left["principal"], "missed", "revolving")
                due.left = dict.fromkeys(due.left, 0)

    def move(self, amount: int, source: str, to: str) -> None:
        """Move principal from one place to another; it takes no kept days with it."""
        left = Fraction(amount)
        for piece in [one for one in self.pieces if one.where == source]:
            part = min(left, piece.amount)
            piece.amount -= part
            left -= part
            self.pieces.append(Piece(part, to))
        assert left == 0
        self.settle()

    def drop_met(self) -> None:
        self.dues = [due for due in self.dues if due.open() > 0]

    def give_back(self, amount: int) -> None:
        """A merchant's refund."""
        self.paying = False
        left = amount
        if self.terms.refund_meets_minimum == 1:
            for due in self.dues:
                part = min(left, due.left["principal"])
                due.left["principal"] -= part
                left -= part
                self.take(part, *(("missed",) if due.on <= self.today else ("revolving", "window")))
                self.statement_left = max(0, self.statement_left - part)
        part = min(left, self.principal("window", "revolving"))
        self.take(part, "revolving", "window")
        self.statement_left = max(0, self.statement_left - part)
        left -= part
        unclaimed = self.claims() - self.principal("window", "revolving")
        for due in reversed(self.dues):
            if due.on > self.today and unclaimed > 0:
                cut = min(unclaimed, due.left["principal"])
                due.left["principal"] -= cut
                unclaimed -= cut
        part = min(left, self.principal("open", "bearing"))
        self.take(part, "bearing", "open")
        left -= part
        for due in self.dues:
            if due.on <= self.today:
                part = min(left, due.left["principal"])
                due.left["principal"] -= part
                left -= part
                self.take(part, "missed")
                self.statement_left = max(0, self.statement_left - part)
        if not self.principal("revolving", "missed"):
            self.paid_bearing = 0
        self.drop_met()
        self.pay(left)

    # -- the night ---------------------------------------------------------------------------------------------------

    def year(self, day: int) -> int:
        if self.terms.year_days:
            return int(self.terms.year_days)
        return 366 if monthrange((EPOCH + timedelta(days=day)).year, 2)[1] == 29 else 365

    def night(self) -> None:
        """Close the day after `today`."""
        day = self.today + 1
        self.grow(day)
        self.today = day
        if self.due_on == day:
            self.close_window(day)
        self.miss(day)
        self.drop_met()
        fees = sum(self.late_fee(due) for due in self.dues if due.on + self.terms.grace_days == day)
        self.owed["fee"] += fees
        self.new_fee += fees
        if self.is_cycle_day(day) and (
            self.balance() or self.credit or floor(self.accrued) or floor(self.accrued_late)
        ):
            self.bill(day)

    def grow(self, day: int) -> None:
        """A day's interest on every piece."""
        ordinary = Fraction(self.principal("bearing", "revolving") + self.paid_bearing)
        late = Fraction(self.principal("missed"))
        if self.terms.compound == 1:
            missed = sum(due.left["interest"] for due in self.dues if due.on <= day - 1)
            late += missed
            ordinary += self.owed["interest"] - missed
        self.accrued += ordinary * self.terms.rate_ppm / MILLION / self.year(day)
        self.accrued_late += late * self.terms.late_rate_ppm / MILLION / self.year(day)
        if self.terms.interest_from == 1:
            for piece in self.pieces:
                if piece.where in ("open", "window"):
                    piece.days += piece.amount
            self.paid_in_window_days += self.paid_in_window

    def close_window(self, day: int) -> None:
        """The due day of the latest statement: what was not paid of it loses its window."""
        if self.statement_left > 0:
            if self.terms.interest_from == 1:
                lost = self.kept("window") + self.paid_in_window_days
                self.accrued += lost * self.terms.rate_ppm / MILLION / self.year(day)
            if self.terms.interest_base == 1:
                self.paid_bearing += self.paid_in_window
        for piece in self.pieces:
            if piece.where == "window":
                piece.where, piece.days = "revolving", Fraction(0)
        self.settle()
        self.paid_in_window = self.paid_in_window_days = 0
        self.due_on = 0

    def miss(self, day: int) -> None:
        """Dues of this day that are not met."""
        for due in self.dues:
            if due.on != day:
                continue
            if due.open() * MILLION <= self.terms.tolerance_ppm * due.asked:
                due.left = dict.fromkeys(due.left, 0)
                continue
            if self.terms.past_due_whole == 1:
                due.asked = due.open()
                for name in ("interest", "fee", "penalty"):
                    billed = self.owed[name] - (self.new_fee if name == "fee" else 0)
                    due.left[name] += billed - self.in_dues(name)
                due.left["principal"] = self.principal("revolving")
            self.move(due.left["principal"], "revolving", "missed")

    def late_fee(self, due: Due) -> int:
        unmet = min(due.open(), due.asked)
        if self.terms.late_fee_share_ppm == 0:
            return int(min(self.terms.late_fee_minor, unmet))
        share = ceil(Fraction(unmet * self.terms.late_fee_share_ppm, MILLION))
        share = max(self.terms.late_fee_floor_minor, min(share, self.terms.late_fee_cap_minor))
        return int(min(share, unmet))

    def is_cycle_day(self, day: int) -> bool:
        on = EPOCH + timedelta(days=day)
        return on.day == min(self.terms.cycle_day, monthrange(on.year, on.month)[1])

    def next_cycle(self, day: int) -> int:
        return next(later for later in range(day + 1, day + 40) if self.is_cycle_day(later))

    def bill(self, day: int) -> None:
        """Issue a statement."""
        interest, late = floor(self.accrued), floor(self.accrued_late)
        self.accrued -= interest
        self.accrued_late -= late
        self.owed["interest"] += interest
        self.owed["penalty"] += late
        if self.nonaccrual:
            self.suspended += interest + late
        for piece in self.pieces:
            piece.where = {"open": "window", "bearing": "revolving"}.get(piece.where, piece.where)
        self.settle()
        self.new_fee = 0
        self.statement_left_after(day)

    def statement_left_after(self, day: int) -> None:
        if self.credit:
            self.paying = True
            suspended, statement_left = self.suspended, self.statement_left
            self.credit = self.meet(self.credit)
            self.suspended, self.statement_left = suspended, statement_left
        past_due = sum(due.open() for due in self.dues)
        late = self.days_past_due()
        balance = self.balance()
        self.due_on = 0
        own = None
        if balance:
            moved = day + self.terms.due_after_days
            step = {0: 0, 1: 1, 2: -1}[self.terms.due_shift]
            while step and not self.is_open_day(moved):
                moved += step
            self.due_on = max(day + 1, min(moved, self.next_cycle(day) - 1))
            own = self.minimum(self.due_on)
        if own is not None and own.open():
            self.dues.append(own)
        self.statement_left = balance
        self.nonaccrual = late >= self.terms.nonaccrual_days
        if not self.nonaccrual:
            self.suspended = 0
        asked = own.asked if own is not None else 0
        self.bills.append(Bill(day, balance - self.credit, past_due + asked, past_due, self.due_on))

    def minimum(self, due_on: int) -> Due:
        """The statement's own part of the minimum due."""
        terms = self.terms
        billed = self.principal("window", "revolving")
        share = max(terms.minimum_floor_minor, ceil(Fraction(billed * terms.minimum_share_ppm, MILLION)))
        if terms.minimum_has_over_limit == 1:
            share += max(0, self.principal() - self.limit)
        left = {"principal": min(billed, share)}
        share -= left["principal"]
        in_full = {
            "interest": terms.minimum_has_interest,
            "fee": terms.minimum_has_fees,
            "penalty": terms.minimum_has_penalty,
        }
        for name, named in in_full.items():
            unasked = self.owed[name] - self.in_dues(name)
            left[name] = unasked if named == 1 else min(unasked, share)
            if named == 0:
                share -= left[name]
        return Due(due_on, left, sum(left.values()))


def run(line: SlowLine, events: Iterable[tuple[int, int, int]], end: int) -> SlowLine:
    """Run events (day, kind, amount; in order) and nights through `end`; kinds as in the journal."""
    coming = list(events)
    while line.today < end:
        while coming and coming[0][0] == line.today + 1:
            _, kind, amount = coming.pop(0)
            {1: line.buy, 2: line.give_back, 3: line.pay, 4: line.pay}[kind](amount)
        line.night()
    assert not coming
    return line
