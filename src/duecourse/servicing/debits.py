"""Debits: the orders to be sent on a day, and who is left out and why.

Whether there is an order is decided under the account's lock from what is due at that moment (`kernel.debit.decide`).
"""

from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.kernel import debit
from duecourse.ledger import balances, journal
from duecourse.rules.read import day_number, to_date

from . import debit_pauses
from .debit_claims import Claim, claim_of, given_notice, with_mandates
from .debit_tables import DebitOrder, DebitSource
from .refusals import AfterOpenDay

WHY = {
    debit.NOTHING_LEFT: "nothing_left",
    debit.TOO_EARLY: "too_early",
    debit.TOO_LATE: "window_over",
    debit.UNRESOLVED: "order_unresolved",
    debit.NO_NOTICE: "notice_missing",
    debit.TRIES_USED: "tries_used",
    debit.LIMIT_REACHED: "limit_reached",
    debit.LAW_TRIES: "law_tries",
    debit.LAW_WHOLE: "law_whole",
}
"""What is said where no order is sent."""


class Order(NamedTuple):
    """An instruction to the bank. Amount in minor units; the source by kind, last four and keyed hash."""

    key: str
    account_id: int
    number: str
    due_on: date
    attempt: int
    day: date
    amount_minor: int
    currency: str
    exponent: int
    source_kind: str
    last4: str
    source_key: str


class NotDebited(NamedTuple):
    """An account that is not debited though something is due: the reason, the law's rule if it is one, what it says."""

    account_id: int
    number: str
    due_on: date
    code: str
    rule: str
    detail: str


class Due(NamedTuple):
    """What a day brings: orders to be sent (those of the day that the bank has not answered), and who is left out."""

    day: date
    orders: list[Order]
    left_out: list[NotDebited]


def due(*, day: date) -> Due:
    """Decide the debits of the open day: new orders are kept, those of the day not answered yet are listed again.

    For an earlier day the orders that were sent and are not answered are listed. A day to come is refused.
    """
    opened = balances.book_day()
    if opened is None or day > opened:
        raise AfterOpenDay(f"debits: {day} is after the open day {opened}")
    left_out = []
    if day == opened:
        for account in with_mandates(day):
            told = journal.atomically(lambda account=account: order_for(account, day))  # type: ignore[misc]
            if told is not None:
                left_out.append(told)
    return Due(day, orders_of(day), left_out)


def order_for(account: int, day: date) -> NotDebited | None:
    """Keep the order for an account on its open day, if there is to be one; else say why not."""
    with connection.cursor() as cursor:
        locked = journal.lock(account, key="", body=b"")
        claim = claim_of(cursor, locked, day)
        if claim is None:
            return None
        if locked.open_day != day:
            return left_out(claim, "close_under_way", detail=f"its shard is open on {locked.open_day}")
        paused = debit_pauses.reason(locked, claim.terms, day)
        if claim.is_held:
            return left_out(claim, "mandate_held")
        if paused is not None:
            return left_out(claim, paused.code, detail=paused.detail)
        given = given_notice(claim)
        amount = min(claim.owed, claim.told.limit or claim.owed)
        days, rule = claim.notice(amount)
        decided = debit.decide(
            claim.told,
            claim.terms,
            [law.attempts for law in claim.laws if law.attempts],
            due_on=claim.due_on,
            day=day_number(day),
            owed=claim.owed,
            past=claim.past,
            notice=given,
            notice_days=days,
        )
        if decided.what == debit.TAKE:
            keep_order(claim, decided, day)
            return None
        if decided.what in (debit.NOTHING_LEFT, debit.TOO_EARLY) or sent_today(claim, day):
            return None
        by_law = [law for law in claim.laws if law.attempts]
        if decided.rule >= 0:
            law = by_law[decided.rule]
            return left_out(claim, WHY[decided.what], law.rule, law.cite)
        if decided.what == debit.NO_NOTICE:
            return left_out(claim, WHY[decided.what], rule, f"{days} days before")
        return left_out(claim, WHY[decided.what])


def left_out(claim: Claim, code: str, rule: str = "", detail: str = "") -> NotDebited:
    """That a claim is not taken, and why."""
    return NotDebited(claim.mandate.account_id, claim.number, to_date(claim.due_on), code, rule, detail)


def sent_today(claim: Claim, day: date) -> bool:
    """Whether the order that stands in the way is the one of this day."""
    return any(one.day == day_number(day) and one.result == debit.SENT for one in claim.past)


def keep_order(claim: Claim, decided: debit.Decision, day: date) -> None:
    """Keep an order; its key says mandate, due day and attempt."""
    due_on = to_date(claim.due_on)
    attempt = 1 + sum(one.due_on == claim.due_on for one in claim.past)
    DebitOrder.objects.create(
        key=f"debit:{claim.mandate.id}:{due_on}:{attempt}",
        mandate=claim.mandate,
        source=DebitSource.objects.get(mandate=claim.mandate, place=decided.source),
        account_id=claim.mandate.account_id,
        due_on=due_on,
        attempt=attempt,
        day=day,
        amount_minor=decided.amount,
    )


ORDERS = (
    "SELECT o.key, o.account_id, c.number, o.due_on, o.attempt, o.day, o.amount_minor, p.currency, p.exponent, "
    "s.kind, s.last4, encode(s.keyed, 'hex') FROM servicing_debit_order o "
    "JOIN servicing_debit_source s ON s.id = o.source_id JOIN servicing_account c ON c.id = o.account_id "
    "JOIN ledger_product p ON p.id = c.product_id "
)
ANSWERED = "EXISTS (SELECT FROM servicing_debit_answer a WHERE a.order_id = o.id"


def orders_of(day: date) -> list[Order]:
    """The orders of a day that the bank has not answered, in the order in which they were made."""
    with connection.cursor() as cursor:
        cursor.execute(f"{ORDERS} WHERE o.day = %s AND NOT {ANSWERED}) ORDER BY o.id", [day])
        return [Order(*row) for row in cursor.fetchall()]


def unresolved() -> list[Order]:
    """Every order without an answer, or with none but a time-out: until it has one its account is not debited."""
    with connection.cursor() as cursor:
        cursor.execute(f"{ORDERS} WHERE NOT {ANSWERED} AND a.result <> 'unknown') ORDER BY o.id")
        return [Order(*row) for row in cursor.fetchall()]
