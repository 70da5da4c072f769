"""Payments as they count: those in force with the day of each; one counted from an earlier day than that on which it
came, because it would have come then but for somebody else's fault."""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Entry
from duecourse.rules.read import day_number, to_date

from . import agreed, loans
from .correction import correct
from .past_events import STANDS, events_of, found_in_force
from .refusals import Faulty, NotALine, NotReversible
from .tables import Account, Act


class NotEarlier(Refused):
    """A payment counts from an earlier day, or stays as it is."""

    code = "not_an_earlier_day"


class Paid(NamedTuple):
    """A payment in force: the first entry that it made, the day from which it counts, its amount and channel."""

    account: int
    payment: int
    on: date
    amount_minor: int
    channel: int


OF_LINES = f"""
SELECT e.account_id, coalesce(e.stands_for, e.id), e.effective_day, abs(e.{chart.COUNTERPART[chart.PAYMENT]}), e.channel
FROM ledger_entry e WHERE e.account_id = ANY(%s) AND e.kind = {chart.PAYMENT} AND e.reverses IS NULL
  AND NOT EXISTS (SELECT FROM ledger_entry r WHERE r.account_id = e.account_id AND r.reverses = e.id)
ORDER BY 1, 3, 2
"""
OF_LOANS = f"""
SELECT a.account_id, a.entry_id, a.effective_day, (a.body->>'amount')::bigint, e.channel
FROM servicing_act a JOIN ledger_entry e ON e.id = a.entry_id
WHERE a.account_id = ANY(%s) AND a.kind = 'payment' AND a.body->>'mode' IS NULL AND {STANDS} ORDER BY 1, 3, 2
"""


def of(*, accounts: Collection[int]) -> list[Paid]:
    """The payments in force of accounts, each account's in order of their days."""
    kinds = Account.objects.filter(id__in=accounts).values_list("id", "terms_id")
    of_loans = [account for account, terms_id in kinds if agreed.is_loan(terms_id)]
    found = []
    for sql, ids in ((OF_LINES, sorted(set(accounts) - set(of_loans))), (OF_LOANS, of_loans)):
        with connection.cursor() as cursor:
            cursor.execute(sql, [ids])
            found += [Paid(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda paid: (paid.account, paid.on, paid.payment))


def count_from(*, account: int, payment: int, on: date, by: str, reason: str, key: str) -> int:
    """Count a payment from an earlier day, last of what happened on it; the account is replayed from then.

    `payment` is the first entry that it made. A line's payment stays the same one, on another day; a loan's is taken
    back and received on that day. Answers the entry that the payment has now.
    """
    try:
        return journal.atomically(lambda: _of_line(account, payment, on, by, reason, key))
    except NotALine:
        return journal.atomically(lambda: _of_loan(account, payment, on, by, reason, key))
    except AssertionError as fault:
        raise Faulty(f"account {account}: {fault}") from fault


def _of_line(account: int, payment: int, on: date, by: str, reason: str, key: str) -> int:
    body = journal.body_hash({"account": account, "counts": payment, "from": on})
    with connection.cursor() as cursor:
        locked = journal.lock(account, key=key, body=body)
        if locked.answered is not None:
            return locked.answered
        told = agreed.of(locked.terms_id)
        paid = found_in_force(cursor, account, payment, (chart.PAYMENT,))
        refuse_later(account, payment, on, to_date(paid.line.day))
        found = events_of([paid])[0]
        assert found.place is not None, "counted: a payment without its entry"
        return correct(
            cursor, locked, told, key=key, body=body, added=found._replace(day=day_number(on)), without=(found.place,),
            channel=paid.channel, by=by, reason=reason,
        )  # fmt: skip


def _of_loan(account: int, payment: int, on: date, by: str, reason: str, key: str) -> int:
    act = Act.objects.filter(account_id=account, kind="payment", entry_id=payment).first()
    if act is None:
        raise NotReversible(f"entry {payment} of account {account} is no payment")
    refuse_later(account, payment, on, act.effective_day)
    undone = Act.objects.filter(account_id=account).exclude(undoes=None).values("undoes")
    if Act.objects.filter(account_id=account, kind="chargeback", body__of=act.id).exclude(id__in=undone).exists():
        raise NotReversible(f"payment {payment} of account {account} was charged back")
    channel = Entry.objects.values_list("channel", flat=True).get(id=payment)
    loans.undo_payment(account=account, entry=payment, by=by, reason=reason, key=f"{key}:back")
    amount = act.body["amount"]
    paid = loans.pay(account=account, amount_minor=amount, on=on, key=key, channel=channel, by=by, reason=reason)
    return paid.entry_id


def refuse_later(account: int, payment: int, on: date, now: date) -> None:
    """Refuse a day that is not before the one from which a payment counts."""
    if on >= now:
        raise NotEarlier(f"payment {payment} of account {account} counts from {now}, which is not after {on}")
