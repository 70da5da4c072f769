"""Suspense: money that came and cannot be attributed yet; attributed later, whole or in parts, or returned.

It is an entry of no account. When it is attributed the account gets a payment, and the same sum leaves suspense, so
that cash moves once. What is left of an item is its amount less its moves.
"""

from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import chart, journal, read
from duecourse.ledger.journal import DifferentBody, NoSuchAccount, Refused
from duecourse.ledger.tables import Entry
from duecourse.rules import cash_terms

from . import payments
from .cash_tables import Suspense, SuspenseMove
from .refusals import AfterOpenDay, NotAnAmount
from .tables import Account as Contract


class NoSuchItem(Refused):
    """There is no such item in suspense."""

    code = "no_such_suspense"


class MoreThanLeft(Refused):
    """More would leave suspense than is left of the item."""

    code = "more_than_in_suspense"


class BeforeReceived(Refused):
    """Money cannot leave suspense before it came."""

    code = "before_received"


class OtherCurrency(Refused):
    """The money is in another currency than the account."""

    code = "other_currency"


class CurrencyUnknown(Refused):
    """The currency was not said, and the book has not exactly one; or no product has it."""

    code = "currency_unknown"


class NoOpenDay(Refused):
    """The book has no open day before its first account."""

    code = "no_open_day"


class NotAttributed(Refused):
    """It is no attribution, or it was taken back before."""

    code = "not_attributed"


class Item(NamedTuple):
    """Money in suspense: what came and what is left of it, in minor units, and how old it is on the book's open day."""

    id: int
    amount_minor: int
    left_minor: int
    currency: str
    exponent: int
    received_on: date
    age_days: int
    channel: int
    reference: str
    payer: str


class Moved(NamedTuple):
    """What a move did: its id, its own entry, the payment's entry where it was attributed, and whether done before."""

    move: int
    entry_id: int
    payment_id: int | None
    again: bool


def receive(
    *,
    amount_minor: int,
    received_on: date,
    reference: str,
    payer: str,
    key: str,
    channel: int = 0,
    currency: str | None = None,
) -> int:
    """Take money that cannot be attributed, once for a key; answers the item's id.

    `currency`: the book's, where it has one alone. Refused before the first account, after the open day, and in a
    currency that no product has.
    """
    if not 0 < amount_minor <= AMOUNT_MAX:
        raise NotAnAmount(f"suspense: {amount_minor} is not between 1 and {AMOUNT_MAX}")
    asked = {"suspense": reference, "payer": payer, "amount": amount_minor, "on": received_on, "channel": channel}

    def do(cursor: CursorWrapper) -> tuple[int, int]:
        booked = open_day(cursor, received_on)
        money = currency_of(currency)
        entry = journal.post_without_account(
            cursor,
            kind=chart.SUSPENSE,
            effective_day=received_on,
            booked_day=booked,
            currency=money,
            amounts={"cash": amount_minor, "suspense": -amount_minor},
            channel=channel,
        )
        item = Suspense.objects.create(
            entry_id=entry,
            currency=money,
            amount_minor=amount_minor,
            received_on=received_on,
            booked_day=booked,
            channel=channel,
            reference=reference,
            payer=payer,
        )
        return entry, int(item.id)

    return journal.once(key=key, body={**asked, "currency": currency}, before=item_before, do=do)


def attribute(
    *, item: int, account: int, on: date, by: str, reason: str, key: str, amount_minor: int | None = None
) -> Moved:
    """Move money out of suspense to an account, all that is left or a part; several calls split it over accounts.

    It is a payment under this key, effective on the day on which the money came (by the product's terms: on `on`).
    """
    body = {"item": item, "account": account, "on": on, "amount": amount_minor}

    def do(cursor: CursorWrapper) -> tuple[int, Moved]:
        held, left = locked(cursor, item)
        amount = refuse_move(held, left, amount_minor, on)
        effective = counts_from(held, account, on)
        paid = payments.receive(
            account=account, amount_minor=amount, received_on=effective, key=key, channel=held.channel
        )
        if paid.again:
            raise DifferentBody(f"the request key {key!r} was used for a payment that is not from suspense")
        booked = Entry.objects.values_list("booked_day", flat=True).get(id=paid.entry_id)
        entry = leave(cursor, held, amount, effective, booked)
        of = {"account_id": account, "payment_id": paid.entry_id}
        return keep(held, "attributed", amount, on, booked, entry, by, reason, **of)

    return journal.once(key=f"{key}:suspense", body=body, before=moved_before, do=do)


def return_to_payer(*, item: int, on: date, by: str, reason: str, key: str, amount_minor: int | None = None) -> Moved:
    """Pay money in suspense back to who paid it, all that is left or a part, on a day up to the open day."""

    def do(cursor: CursorWrapper) -> tuple[int, Moved]:
        held, left = locked(cursor, item)
        amount = refuse_move(held, left, amount_minor, on)
        booked = open_day(cursor, on)
        entry = leave(cursor, held, amount, on, booked)
        return keep(held, "returned", amount, on, booked, entry, by, reason)

    body = {"item": item, "returned": amount_minor, "on": on}
    return journal.once(key=key, body=body, before=moved_before, do=do)


def take_back(*, move: int, by: str, reason: str, key: str) -> Moved:
    """Undo an attribution to the wrong account: its payment is reversed and the money lies in suspense again."""

    def do(cursor: CursorWrapper) -> tuple[int, Moved]:
        made = SuspenseMove.objects.filter(id=move, kind="attributed").select_related("item").first()
        if made is None:
            raise NotAttributed(f"suspense: move {move} attributed nothing")
        held, _ = locked(cursor, made.item_id)
        if SuspenseMove.objects.filter(undoes=made).exists():
            raise NotAttributed(f"suspense: move {move} was taken back before")
        undone = payments.reverse(
            account=made.account_id, entry=made.payment_id, reason=reason, by=by, key=f"{key}:payment"
        )
        was = Entry.objects.get(id=made.entry_id)
        booked = Entry.objects.values_list("booked_day", flat=True).get(id=undone)
        entry = leave(cursor, held, -made.amount_minor, was.effective_day, booked, reverses=made.entry_id)
        of = {"account_id": made.account_id, "payment_id": undone, "undoes": made}
        return keep(held, "taken_back", -made.amount_minor, was.effective_day, booked, entry, by, reason, **of)

    return journal.once(key=key, body={"takes_back": move}, before=moved_before, do=do)


def open_items(*, on: date | None = None) -> list[Item]:
    """Every item of which something is left, the oldest first, aged on a day (the book's open day if not said)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, s.amount_minor, s.amount_minor - coalesce(m.moved, 0), s.currency, "
            "(SELECT max(exponent) FROM ledger_product p WHERE p.currency = s.currency), s.received_on, "
            "coalesce(%s::date, (SELECT min(open_day) FROM ledger_shard)) - s.received_on, s.channel, s.reference, "
            "s.payer FROM servicing_suspense s LEFT JOIN (SELECT item_id, sum(amount_minor)::bigint AS moved "
            "FROM servicing_suspense_move GROUP BY item_id) m ON m.item_id = s.id "
            "WHERE s.amount_minor <> coalesce(m.moved, 0) ORDER BY s.received_on, s.id",
            [on],
        )
        return [Item(*row) for row in cursor.fetchall()]


def exponent_of(*, item: int) -> int:
    """How many decimals the currency of an item has."""
    held = Suspense.objects.filter(id=item).first()
    if held is None:
        raise NoSuchItem(f"suspense: there is no item {item}")
    return decimals_of(currency=held.currency)


def decimals_of(*, currency: str | None) -> int:
    """How many decimals a currency of the book has; None: the only one of the book."""
    money = currency_of(currency)
    return read.exponents()[money]


def newest_attribution(*, item: int, account: int) -> int:
    """The newest attribution of an item to an account that was not taken back; answers the move's id."""
    found = SuspenseMove.objects.filter(item_id=item, account_id=account, kind="attributed", suspensemove=None)
    move = found.order_by("-id").values_list("id", flat=True).first()
    if move is None:
        raise NotAttributed(f"suspense: nothing of item {item} is attributed to account {account}")
    return int(move)


def moves_of(*, item: int) -> list[SuspenseMove]:
    """What became of an item, in the order in which it was recorded."""
    return list(SuspenseMove.objects.filter(item_id=item).order_by("id"))


def differences() -> dict[str, tuple[int, int]]:
    """By currency, what the ledger holds in suspense beside what is left of all items, where the two differ."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT currency, sum(ledger)::bigint, sum(items)::bigint FROM ("
            "SELECT currency, -coalesce(suspense, 0) AS ledger, 0 AS items FROM ledger_entry "
            "WHERE suspense IS NOT NULL "
            "UNION ALL SELECT currency, 0, amount_minor FROM servicing_suspense "
            "UNION ALL SELECT s.currency, 0, -m.amount_minor FROM servicing_suspense_move m "
            "JOIN servicing_suspense s ON s.id = m.item_id) told GROUP BY currency"
        )
        return {currency: (ledger, items) for currency, ledger, items in cursor.fetchall() if ledger != items}


def open_day(cursor: CursorWrapper, on: date) -> date:
    """The day on which money of no account is booked, kept open until the transaction ends; `on` is not after it."""
    booked = journal.shard_opened(cursor)
    if booked is None:
        raise NoOpenDay("suspense: the book has no account yet, and so no open day")
    if on > booked:
        raise AfterOpenDay(f"suspense: {on} is after the open day {booked}")
    return booked


def currency_of(told: str | None) -> str:
    """The currency that was said, if a product has it; else the only one of the book."""
    known = set(read.exponents())
    if told is not None and told not in known:
        raise CurrencyUnknown(f"suspense: no product is in {told}")
    if told is None and len(known) != 1:
        raise CurrencyUnknown(f"suspense: which currency? the book has {', '.join(sorted(known)) or 'none'}")
    return told if told is not None else known.pop()


def locked(cursor: CursorWrapper, item: int) -> tuple[Suspense, int]:
    """An item under lock for the rest of the transaction, and what is left of it."""
    cursor.execute("SELECT pg_advisory_xact_lock(12, %s)", [item % 2**31])
    held = Suspense.objects.filter(id=item).first()
    if held is None:
        raise NoSuchItem(f"suspense: there is no item {item}")
    gone = SuspenseMove.objects.filter(item=held).values_list("amount_minor", flat=True)
    return held, held.amount_minor - sum(gone)


def refuse_move(held: Suspense, left: int, amount_minor: int | None, on: date) -> int:
    """The amount that is to leave suspense; refused where there is not so much, or on a day before it came."""
    amount = left if amount_minor is None else amount_minor
    if amount > left or (amount_minor is None and left == 0):
        raise MoreThanLeft(f"suspense: {amount} of item {held.id}, of which {left} is left")
    if amount <= 0:
        raise NotAnAmount(f"suspense: {amount} is not above zero")
    if on < held.received_on:
        raise BeforeReceived(f"suspense: item {held.id} came on {held.received_on}, not before {on}")
    return amount


def counts_from(held: Suspense, account: int, on: date) -> date:
    """The day from which money counts on an account, by the terms of its product; refused in another currency."""
    contract = Contract.objects.select_related("product").filter(id=account).first()
    if contract is None:
        raise NoSuchAccount(f"account {account} does not exist")
    if contract.product.currency != held.currency:
        raise OtherCurrency(f"account {account} is in {contract.product.currency}, item {held.id} in {held.currency}")
    told = cash_terms.of_product(contract.product.code, contract.opened_on)
    return on if told.suspense == cash_terms.FROM_ATTRIBUTION else held.received_on


def leave(
    cursor: CursorWrapper, held: Suspense, amount: int, on: date, booked: date, reverses: int | None = None
) -> int:
    """Post the entry by which money leaves suspense (an amount below zero comes back); answers its id."""
    return journal.post_without_account(
        cursor,
        kind=chart.SUSPENSE,
        effective_day=on,
        booked_day=booked,
        currency=held.currency,
        amounts={"cash": -amount, "suspense": amount},
        channel=held.channel,
        reverses=reverses,
    )


def keep(
    held: Suspense, kind: str, amount: int, on: date, booked: date, entry: int, by: str, reason: str, **of: Any
) -> tuple[int, Moved]:
    """Keep a move of an item beside its entry; answers the entry and what was done."""
    move = SuspenseMove.objects.create(
        item=held,
        kind=kind,
        amount_minor=amount,
        effective_day=on,
        booked_day=booked,
        entry_id=entry,
        by=by,
        reason=reason,
        **of,
    )
    return entry, Moved(move.id, entry, move.payment_id, False)


def item_before(entry: int) -> int:
    """The item that a request brought the first time."""
    return int(Suspense.objects.values_list("id", flat=True).get(entry_id=entry))


def moved_before(entry: int) -> Moved:
    """What a request did the first time."""
    made = SuspenseMove.objects.get(entry_id=entry)
    return Moved(made.id, made.entry_id, made.payment_id, True)
