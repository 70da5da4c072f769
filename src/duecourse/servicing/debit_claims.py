"""What a mandate may take of an account on a day: what is due, the laws on its place, the orders so far."""

from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import debit
from duecourse.kernel.account import WIDTH, due_left
from duecourse.kernel.columns import FIELDS
from duecourse.ledger.journal import Locked
from duecourse.rules import debit_rules
from duecourse.rules import read as rules
from duecourse.rules.debit_rules import Law
from duecourse.rules.read import day_number, to_date

from . import agreed, mandates
from .debit_tables import DebitNotice, DebitSource, Mandate

DUE_ON, STATEMENT_LEFT = FIELDS.index("due_on"), FIELDS.index("statement_left")
RESULTS = {"paid": debit.PAID, "failed": debit.FAILED, "unknown": debit.UNKNOWN}


class Claim(NamedTuple):
    """What a mandate may take now: its due day, the amount, the laws on its place, the orders so far, its terms."""

    mandate: Mandate
    is_held: bool
    told: debit.Mandate
    terms: debit.DebitTerms
    number: str
    product: rules.Product
    due_on: int
    owed: int
    laws: tuple[Law, ...]
    past: list[debit.Attempt]
    last_amount: int | None

    @property
    def take_on(self) -> int:
        """The first day on which it may be taken, notices apart."""
        return max(self.due_on - self.terms.days_before, self.told.since)

    def notice(self, amount: int) -> tuple[int, str]:
        """So many days before its day a notice of this amount is given, and by which rule: the longest of them."""
        found = [(self.terms.notice_days, "terms")]
        calendar = rules.calendar(self.product.calendar)
        for law in self.laws:
            if law.notice is not None:
                days = debit.days_of_notice(
                    law.notice, self.terms.notice_days, self.take_on, calendar, amount=amount, last=self.last_amount
                )
                found.append((days, law.rule))
        return max(found, key=lambda one: one[0])


def with_mandates(day: date, ahead: int = 0) -> list[int]:
    """The accounts with a mandate that stands and something that falls due within reach of a day, in order."""
    reach = day_number(day) + max(debit_rules.RANGES["days_before"]) + ahead
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.account_id FROM ({mandates.STANDING}) m JOIN ledger_balance b USING (account_id) "
            "WHERE b.dues[1] <= %s OR (b.due_on BETWEEN 1 AND %s AND b.statement_left > 0) ORDER BY m.account_id",
            [reach, reach],
        )
        return [row[0] for row in cursor.fetchall()]


def claim_of(cursor: CursorWrapper, locked: Locked, day: date, ahead: int = 0) -> Claim | None:
    """What the mandate of a locked account may take on a day, or within so many days; None where nothing is due."""
    found = mandates.standing(cursor, locked.account_id)
    if found is None:
        return None
    mandate, is_held = found
    terms = mandates.terms_of(mandate)
    reach = day_number(day) + terms.days_before + ahead
    dues = locked.dues
    within = [at for at in range(0, len(dues), WIDTH) if dues[at] <= reach]
    left = sum(due_left(dues, at) for at in within)
    due_on, statement = dues[within[-1]] if within else 0, 0
    if not agreed.is_loan(locked.terms_id) and mandate.takes in (debit.STATEMENT, debit.FIXED):
        due_on, statement = statement_due(locked, due_on, reach)
    if not due_on:
        return None
    told = debit.Mandate(
        mandate.takes,
        mandate.fixed_minor,
        mandate.limit_minor,
        DebitSource.objects.filter(mandate=mandate).count(),
        day_number(mandate.since_day),
    )
    laws = debit_rules.laws(place=mandate.place, on=day, law_class=mandate.law_class)
    cursor.execute(
        "SELECT a.number, p.code FROM servicing_account a JOIN ledger_product p ON p.id = a.product_id WHERE a.id = %s",
        [locked.account_id],
    )
    number, code = cursor.fetchone()
    past, last = attempts_of(cursor, locked.account_id, mandate.id, due_on)
    owed = debit.asked_of(told, left, statement)
    return Claim(mandate, is_held, told, terms, number, rules.product(code), due_on, owed, laws, past, last)


def statement_due(locked: Locked, due_on: int, reach: int) -> tuple[int, int]:
    """The due day of a line's latest statement and what is left of it, where that day is within reach; else `due_on`.

    A minimum that was met before leaves no due, and yet the statement falls due on its day.
    """
    latest = max(locked.fields[DUE_ON], *locked.dues[::WIDTH], 0)
    left = locked.fields[STATEMENT_LEFT]
    return (latest, left) if 0 < latest <= reach and left else (due_on, 0)


def attempts_of(
    cursor: CursorWrapper, account: int, mandate: int, due_on: int
) -> tuple[list[debit.Attempt], int | None]:
    """Every order under a mandate and those of the account that are not resolved; the amount of the last debit before.

    The last debit: what the newest order for another due day asked.
    """
    cursor.execute(
        "SELECT o.mandate_id, o.due_on, s.place, o.day, o.amount_minor, a.result, coalesce(a.amount_minor, 0) "
        "FROM servicing_debit_order o JOIN servicing_debit_source s ON s.id = o.source_id LEFT JOIN LATERAL ("
        "SELECT result, amount_minor FROM servicing_debit_answer WHERE order_id = o.id ORDER BY id DESC LIMIT 1) a "
        "ON true WHERE o.account_id = %s ORDER BY o.id",
        [account],
    )
    past, last = [], None
    for of, due_day, place, sent_on, asked, result, taken in cursor.fetchall():
        answered = RESULTS[result] if result else debit.SENT
        if of == mandate and day_number(due_day) != due_on:
            last = asked
        if of == mandate or answered in (debit.SENT, debit.UNKNOWN):
            past.append(debit.Attempt(day_number(due_day), place, day_number(sent_on), asked, answered, taken))
    return past, last


def given_notice(claim: Claim) -> debit.Notice | None:
    """The newest notice of a claim."""
    found = DebitNotice.objects.filter(mandate=claim.mandate, due_on=to_date(claim.due_on)).order_by("-id").first()
    return debit.Notice(day_number(found.given_on), found.amount_minor) if found else None
