"""What the bank answers to an order: paid is a payment, once.

An order's key is the request key of the payment that it becomes, so that a bank that answers twice pays once.
"""

from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.kernel import debit
from duecourse.ledger import journal
from duecourse.ledger.journal import Refused
from duecourse.rules import debit_rules

from . import mandates, payments
from .debit_claims import RESULTS
from .debit_tables import DebitAnswer, DebitOrder
from .refusals import AfterOpenDay, NotAnAmount


class NoSuchOrder(Refused):
    """There is no debit order of this key."""

    code = "no_such_order"


class OrderSettled(Refused):
    """The bank answered the order before, and otherwise."""

    code = "order_settled"


class NotAnAnswer(Refused):
    """An answer is paid, failed or unknown; paid alone has an amount, and never before the order's day."""

    code = "not_an_answer"


class PartNotAllowed(Refused):
    """The bank paid a part, which the law or the terms do not allow."""

    code = "part_not_allowed"


class Settled(NamedTuple):
    """What an answer did: its id, the payment's entry where it was paid, and whether it was known before."""

    answer: int
    entry_id: int | None
    again: bool


def settled(
    *, order: str, result: str, on: date, key: str, amount_minor: int | None = None, reason_code: str = ""
) -> Settled:
    """Take what the bank answers to an order, once: paid is a payment on `on`, effective then even where that is late.

    A part is taken where the law and the terms let it. Unknown may be followed by paid or failed; these are final: the
    same again changes nothing, another is refused.
    """
    hashed = journal.body_hash({"order": order, "is": result, "on": on, "paid": amount_minor, "why": reason_code})
    sent = DebitOrder.objects.select_related("mandate").filter(key=order).first()
    if sent is None:
        raise NoSuchOrder(f"there is no debit order {order}")
    paid = refuse_answer(sent, result, on, amount_minor)

    def work() -> Settled:
        with connection.cursor() as cursor:
            locked = journal.lock(sent.account_id, key=key, body=hashed)
            if locked.answered is not None:
                return answered_before(-locked.answered)
            last = DebitAnswer.objects.filter(order=sent).order_by("-id").first()
            if last is not None and (last.result != "unknown" or result == "unknown"):
                if (last.result, last.amount_minor) != (result, paid):
                    raise OrderSettled(f"debit order {order} is {last.result} since {last.effective_day}, not {result}")
                return answered_before(last.id)
            entry = None
            if result == "paid":
                refuse_part(sent, paid)
                entry = payments.receive(
                    account=sent.account_id, amount_minor=paid, received_on=on, key=sent.key
                ).entry_id
            elif on > locked.open_day:
                raise AfterOpenDay(f"debit order {order}: {on} is after the open day {locked.open_day}")
            made = DebitAnswer.objects.create(
                order=sent, result=result, amount_minor=paid, reason_code=reason_code, effective_day=on, entry_id=entry
            )
            journal.keep_answer(cursor, key=key, body=hashed, answer=-made.id)
            return Settled(made.id, entry, False)

    return journal.atomically(work)


def refuse_answer(sent: DebitOrder, result: str, on: date, amount_minor: int | None) -> int:
    """What an answer says was paid; refused where it contradicts itself or its order."""
    if result not in RESULTS:
        raise NotAnAnswer(f"debit order {sent.key}: {result!r} is none of {', '.join(RESULTS)}")
    if on < sent.day:
        raise NotAnAnswer(f"debit order {sent.key} was sent on {sent.day}, not answered on {on}")
    if result != "paid":
        if amount_minor:
            raise NotAnAnswer(f"debit order {sent.key}: {result} with an amount of {amount_minor}")
        return 0
    paid = sent.amount_minor if amount_minor is None else amount_minor
    if not 0 < paid <= sent.amount_minor:
        raise NotAnAmount(f"debit order {sent.key}: {paid} is not between 1 and the {sent.amount_minor} asked")
    return paid


def refuse_part(sent: DebitOrder, paid: int) -> None:
    """Refuse a part of what was asked where the law or the terms do not allow it."""
    mandate = sent.mandate
    laws = [
        law
        for law in debit_rules.laws(place=mandate.place, on=sent.day, law_class=mandate.law_class)
        if law.attempts is not None
    ]
    against = debit.accepts(
        [law.attempts for law in laws if law.attempts], mandates.terms_of(mandate), asked=sent.amount_minor, paid=paid
    )
    if against >= 0:
        why = f"{laws[against].rule} ({laws[against].cite})" if against < len(laws) else "the mandate's terms"
        raise PartNotAllowed(f"debit order {sent.key}: {paid} of {sent.amount_minor} paid, against {why}")


def answered_before(answer: int) -> Settled:
    """What an answer did the first time."""
    known = DebitAnswer.objects.get(id=answer)
    return Settled(known.id, known.entry_id, True)
