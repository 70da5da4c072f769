"""How the principal parts and balances that our ledger finds compare with those that a loan book recorded.

Compared is each reported month after the opening, up to the one in which the loan ended on record. The principal part
is what the month's payments moved in the ledger; the balance is what was opened less all of that until then, and
nothing once the loan is charged off. A difference of a balance stays in the months after it, so a balance says more
about days long past than about its month.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from duecourse.ledger import chart
from duecourse.servicing.tables import Account as Contract

from .loan_days import fees
from .loan_file import CLOSE_ENOUGH, MINOR, Loan, Month
from .loans import is_charge_off

ONE = 1 * MINOR
"""One unit of the currency."""
THOUSANDTH = 1_000
MONTH = "(extract(year FROM effective_day) * 12 + extract(month FROM effective_day) - 1)::int"
"""The month from which an entry counts, in SQL."""
HOLIDAYS = (date(2020, 3, 1), date(2020, 12, 31))
"""Between these days months without a payment were mostly deferrals granted in the pandemic; the file does not say."""


class Compared(NamedTuple):
    """One loan-month: as recorded, the month before, and what the ledger says of it. Minor units."""

    loan: Loan
    before: Month
    month: Month
    fee: int
    principal: int
    balance: int

    @property
    def principal_off(self) -> int:
        return abs(self.principal - self.month.principal)

    @property
    def balance_off(self) -> int:
        return abs(self.balance - self.month.closing)


class Agreement(NamedTuple):
    """Shares of loan-months, and the kinds of differences of more than one unit of currency, which add up to all."""

    loans: int
    loan_months: int
    principal_within_1: float
    principal_within_0_1_percent: float
    balance_within_1: float
    balance_within_0_1_percent: float
    both_within_1: float
    kinds: dict[str, int]


def compare(loans: list[Loan]) -> Agreement:
    """Compare the loans that stand in the book."""
    counts: dict[str, int] = {}
    found = list(months_compared(loans))
    for one in found:
        name = kind(one)
        counts[name] = counts.get(name, 0) + 1

    def share(holds: Callable[[Compared], bool]) -> float:
        return sum(map(holds, found)) / max(len(found), 1)

    return Agreement(
        sum(one.before is one.loan.months[0] for one in found),
        len(found),
        share(lambda one: one.principal_off <= ONE),
        share(lambda one: one.principal_off * THOUSANDTH <= one.month.principal),
        share(lambda one: one.balance_off <= ONE),
        share(lambda one: one.balance_off * THOUSANDTH <= one.month.closing),
        share(lambda one: one.principal_off <= ONE and one.balance_off <= ONE),
        dict(sorted(counts.items(), key=lambda each: -each[1])),
    )


def months_compared(loans: list[Loan]) -> Iterator[Compared]:
    """Every month that is compared, loan by loan."""
    numbers = [one.loan_id for one in loans]
    ids = dict(Contract.objects.filter(number__in=numbers).values_list("number", "id"))
    moved = principal_by_month(list(ids.values()))
    gone = charged_off_in(list(ids.values()))
    for loan in loans:
        if loan.loan_id not in ids:
            continue
        met = moved.get(ids[loan.loan_id], {})
        balance, before = loan.opening, loan.months[0]
        for month, fee in zip(loan.months[1:], fees(loan), strict=True):
            if not month.known or before.closing == 0:
                break
            principal = met.get(month.month, 0)
            balance = 0 if month.month == gone.get(ids[loan.loan_id]) else balance - principal
            yield Compared(loan, before, month, fee, principal, balance)
            before = month


def principal_by_month(accounts: list[int]) -> dict[int, dict[int, int]]:
    """What payments met of principal that was not charged off, by account and month."""
    found: dict[int, dict[int, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, {MONTH}, -sum(coalesce(principal, 0)) FROM ledger_entry "
            "WHERE kind = %s AND account_id = ANY(%s) AND coalesce(charged_off, 0) = 0 GROUP BY 1, 2",
            [chart.PAYMENT, accounts],
        )
        for account, month, principal in cursor.fetchall():
            found.setdefault(account, {})[month] = int(principal)
    return found


def charged_off_in(accounts: list[int]) -> dict[int, int]:
    """The month in which an account was charged off."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, {MONTH} FROM ledger_entry WHERE kind = %s AND account_id = ANY(%s)",
            [chart.CHARGE_OFF, accounts],
        )
        return dict(cursor.fetchall())


def kind(one: Compared) -> str:
    """What a loan-month is: agreed, or by what the file has that a ledger cannot know from it."""
    if one.principal_off <= ONE and one.balance_off <= ONE:
        return "agree"
    if is_charge_off(one.before, one.month):
        return "charged off: what was paid in the month"
    if one.principal_off <= ONE:
        return "the principal part agrees, the balance differs since an earlier month"
    if one.month.closing == 0:
        return "paid off: what earlier differences had left"
    if not one.month.principal:
        return "paid without a principal part: interest long due, or fees"
    if not one.before.payment:
        at = date(one.month.month // 12, one.month.month % 12 + 1, 1)
        if HOLIDAYS[0] <= at <= HOLIDAYS[1]:
            return "the first payment after months without one, in the deferrals of 2020"
        return "the first payment after a month without one"
    if one.fee:
        return "a fee in the payment"
    if one.month.payment >= 2 * one.loan.scheduled - CLOSE_ENOUGH:
        return "several installments in one month: the payments between have no day"
    if one.month.payment > one.loan.scheduled + CLOSE_ENOUGH:
        return "paid more than an installment: a second payment or a fee"
    if one.month.payment < one.loan.scheduled - CLOSE_ENOUGH:
        return "paid less than an installment"
    return "one whole installment: no day of the month has the recorded interest"


def report(found: Agreement) -> dict[str, Any]:
    """The figures as they are written to a file."""
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in found._asdict().items()}
