"""Debits: the notices to be given, the orders to be sent on a day, and what the bank answers to them.

An order's key is the request key of the payment that it becomes, so that a bank that answers twice pays once. Whether
there is an order is decided under the account's lock from what is due at that moment (`kernel.debit.decide`).
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import debit
from duecourse.kernel.account import WIDTH, due_left
from duecourse.kernel.columns import FIELDS
from duecourse.ledger import balances, journal
from duecourse.ledger.journal import Locked, Refused
from duecourse.rules import debit_rules
from duecourse.rules import read as rules
from duecourse.rules.debit_rules import Law
from duecourse.rules.read import day_number, to_date

from . import agreed, debit_pauses, mandates, payments
from .debit_tables import DebitAnswer, DebitNotice, DebitOrder, DebitSource, Mandate
from .refusals import AfterOpenDay, NotAnAmount

DUE_ON, STATEMENT_LEFT = FIELDS.index("due_on"), FIELDS.index("statement_left")
RESULTS = {"paid": debit.PAID, "failed": debit.FAILED, "unknown": debit.UNKNOWN}
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


class Settled(NamedTuple):
    """What an answer did: its id, the payment's entry where it was paid, and whether it was known before."""

    answer: int
    entry_id: int | None
    again: bool


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


def orders_for(*, account: int) -> Sequence[DebitOrder]:
    """Every order of an account, in the order in which they were made, each with its answers."""
    return list(DebitOrder.objects.filter(account_id=account).prefetch_related("answers").order_by("id"))
