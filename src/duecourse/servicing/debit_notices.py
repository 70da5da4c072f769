"""The notices of debits: which are to be given on a day, and of what."""

from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.ledger import balances, journal
from duecourse.rules import debit_rules
from duecourse.rules.read import day_number, to_date

from . import debit_pauses
from .debit_claims import claim_of, given_notice, with_mandates
from .debit_tables import DebitNotice, DebitSource
from .refusals import AfterOpenDay


class Announced(NamedTuple):
    """A notice: what will be taken, when, from which source, and by which rule the notice is given."""

    account_id: int
    number: str
    due_on: date
    take_on: date
    amount_minor: int
    currency: str
    exponent: int
    source_kind: str
    last4: str
    given_on: date
    rule: str


def announce(*, day: date, ahead: int = 0) -> list[Announced]:
    """Keep the notices that are to be given on the open day, and list them; asked again it lists the same.

    `ahead`: so many days more are looked ahead than the rules need. A claim that has grown since its notice gets
    another; what a notice names is the most that is taken.
    """
    opened = balances.book_day()
    if opened is None or day != opened:
        raise AfterOpenDay(f"debits: notices are given on the open day, which is {opened}, not on {day}")
    for account in with_mandates(day, max(debit_rules.RANGES["notice_days"]) + ahead):
        journal.atomically(lambda account=account: announce_for(account, day, ahead))  # type: ignore[misc]
    return notices_of(day)


def announce_for(account: int, day: date, ahead: int) -> None:
    """Keep the notice of one account's coming debit, if one is to be given by now."""
    with connection.cursor() as cursor:
        locked = journal.lock(account, key="", body=b"")
        claim = claim_of(cursor, locked, day, max(debit_rules.RANGES["notice_days"]) + ahead)
        if claim is None or locked.open_day != day:
            return
        if claim.is_held or debit_pauses.reason(locked, claim.terms, day) is not None:
            return
        taken = sum(one.taken for one in claim.past if one.due_on == claim.due_on)
        amount = min(claim.owed + taken, claim.told.limit or claim.owed + taken)
        days, rule = claim.notice(amount)
        known = given_notice(claim)
        if days == 0 or amount <= 0 or (known is not None and known.amount >= amount):
            return
        today = day_number(day)
        if today < claim.take_on - days - ahead or today > claim.take_on + claim.terms.window_days - days:
            return
        DebitNotice.objects.create(
            mandate=claim.mandate,
            source=DebitSource.objects.get(mandate=claim.mandate, place=0),
            due_on=to_date(claim.due_on),
            take_on=to_date(max(claim.take_on, today + days)),
            amount_minor=amount,
            given_on=day,
            rule=rule,
        )


def notices_of(day: date) -> list[Announced]:
    """The notices given on a day, in the order in which they were kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.account_id, c.number, n.due_on, n.take_on, n.amount_minor, p.currency, p.exponent, s.kind, "
            "s.last4, n.given_on, n.rule FROM servicing_debit_notice n JOIN servicing_mandate m ON m.id = n.mandate_id "
            "JOIN servicing_debit_source s ON s.id = n.source_id JOIN servicing_account c ON c.id = m.account_id "
            "JOIN ledger_product p ON p.id = c.product_id WHERE n.given_on = %s ORDER BY n.id",
            [day],
        )
        return [Announced(*row) for row in cursor.fetchall()]
