"""Whose an account is: sold and bought back, asked for first and settled by the close of the settlement day.

The lender goes on servicing an account that it sold. What the borrower owes and does stays in the account's own
entries; the close passes it on to the owner's ledger (`book.parties`).
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel import ownership
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import journal
from duecourse.ledger.journal import Locked, Refused
from duecourse.rules.read import day_number

from . import parties
from .party_tables import Funding, Sale
from .refusals import AfterOpenDay, NotAnAmount

SALE, BUYBACK, CANCEL = "sale", "buyback", "cancel"
KINDS = {SALE: ownership.SALE, BUYBACK: ownership.BUYBACK}


class AlreadySold(Refused):
    """The account is another's already."""

    code = "already_sold"


class NotSold(Refused):
    """The account is the lender's own: there is nothing to buy back."""

    code = "not_sold"


class TransferPending(Refused):
    """A sale or a buyback was asked for and is not settled yet."""

    code = "transfer_pending"


class NoTransferPending(Refused):
    """No sale or buyback of the account waits for its settlement."""

    code = "no_transfer_pending"


class SettlesTooEarly(Refused):
    """The settlement day has been closed already."""

    code = "settles_before_open_day"


class Asked(NamedTuple):
    """A sale or buyback as it was asked for."""

    id: int
    kind: str
    party: int
    price_minor: int
    settles_on: date
    booked_day: date


class Receipt(NamedTuple):
    """A sale, a buyback or its calling off: its id, and whether it was done before under the same key."""

    id: int
    again: bool


def sell(
    *, account: int, to: str, price_minor: int, settles_on: date, on: date, by: str, reason: str, key: str
) -> Receipt:
    """Ask for the sale of an account to a party at a price; the close of `settles_on` settles it.

    Of an account that others fund the lender sells its own place: what it holds and may yet take over of it.
    """
    return _ask(SALE, account, to, price_minor, settles_on, on, by, reason, key)


def buy_back(*, account: int, price_minor: int, settles_on: date, on: date, by: str, reason: str, key: str) -> Receipt:
    """Ask for the account to be bought back from its owner at a price; the close of `settles_on` settles it."""
    return _ask(BUYBACK, account, None, price_minor, settles_on, on, by, reason, key)


def _ask(
    kind: str,
    account: int,
    to: str | None,
    price_minor: int,
    settles_on: date,
    on: date,
    by: str,
    reason: str,
    key: str,
) -> Receipt:
    if not 0 <= price_minor <= AMOUNT_MAX:
        raise NotAnAmount(f"account {account}: {price_minor} is not between 0 and {AMOUNT_MAX}")
    body = {"account": account, "transfer": kind, "to": to, "price": price_minor, "settles": settles_on, "on": on}

    def decide(locked: Locked) -> Sale:
        asked = asked_of(account)
        owner = owner_on(asked, locked.open_day)
        if pending(asked, locked.open_day):
            raise TransferPending(f"account {account}: a sale or buyback waits for its settlement")
        if settles_on < locked.open_day:
            raise SettlesTooEarly(f"account {account}: {settles_on} is before the open day {locked.open_day}")
        if on > locked.open_day:
            raise AfterOpenDay(f"account {account}: {on} is after the open day {locked.open_day}")
        if kind == BUYBACK:
            if owner == 0:
                raise NotSold(f"account {account} was not sold")
            party = owner
        else:
            if owner != 0:
                raise AlreadySold(f"account {account} is {parties.codes()[owner]}'s")
            party = parties.ids_of([str(to)])[0]
            if party == 0:
                raise AlreadySold(f"account {account} is the lender's own")
        return Sale(kind=kind, party_id=party, price_minor=price_minor, asked_on=on, settles_on=settles_on)

    return once(account, body, key, by, reason, decide)


def cancel(*, account: int, on: date, by: str, reason: str, key: str) -> Receipt:
    """Call off the sale or buyback that waits for its settlement."""

    def decide(locked: Locked) -> Sale:
        waiting = pending(asked_of(account), locked.open_day)
        if waiting is None:
            raise NoTransferPending(f"account {account}: no sale or buyback waits for its settlement")
        if on > locked.open_day:
            raise AfterOpenDay(f"account {account}: {on} is after the open day {locked.open_day}")
        return Sale(kind=CANCEL, party_id=waiting.party, asked_on=on, settles_on=waiting.settles_on, cancels=waiting.id)

    return once(account, {"account": account, "transfer": CANCEL, "on": on}, key, by, reason, decide)


def once(
    account: int, body: dict[str, object], key: str, by: str, reason: str, decide: Callable[[Locked], Sale]
) -> Receipt:
    """Keep what `decide` makes of a locked account, once for a request key."""

    def keep(locked: Locked) -> int:
        row = decide(locked)
        row.account_id, row.booked_day, row.by, row.reason = account, locked.open_day, by, reason
        row.save(force_insert=True)
        return int(row.id)

    return Receipt(*journal.keep_once(account, key=key, body=body, keep=keep))


def asked_of(account: int) -> list[Asked]:
    """The sales and buybacks of one account that were not called off, in order."""
    with connection.cursor() as cursor:
        return asked_among(cursor, f"account_id = {int(account)}").get(account, [])


def asked_among(cursor: CursorWrapper, among: str) -> dict[int, list[Asked]]:
    """The same of the accounts for which a condition of ours holds, by account in order."""
    cursor.execute(
        "SELECT account_id, id, kind, party_id, price_minor, settles_on, booked_day FROM servicing_sale s "
        f"WHERE {among} AND kind <> '{CANCEL}' AND NOT EXISTS (SELECT FROM servicing_sale c "
        "WHERE c.account_id = s.account_id AND c.cancels = s.id) ORDER BY account_id, id"
    )
    found: dict[int, list[Asked]] = {}
    for account, *asked in cursor.fetchall():
        found.setdefault(account, []).append(Asked(*asked))
    return found


def owner_on(asked: Sequence[Asked], day: date) -> int:
    """Whose an account is on a day (0: the lender's), what settles on days before it having been settled."""
    history: list[ownership.Owning] = []
    for one in asked:
        history = ownership.closed(history, day_number(one.booked_day) - 1)
        history = ownership.asked(history, KINDS[one.kind], day_number(one.booked_day), day_number(one.settles_on))
    if not ownership.is_sold(ownership.closed(history, day_number(day) - 1), day_number(day)):
        return 0
    return [one.party for one in asked if one.kind == SALE and one.settles_on < day][-1]


def pending(asked: Sequence[Asked], open_day: date) -> Asked | None:
    """The sale or buyback that waits for its settlement."""
    return next((one for one in asked if one.settles_on >= open_day), None)


def owners_among(cursor: CursorWrapper, among: str, day: date) -> dict[int, int]:
    """Whose the accounts among these are on a day that are not the lender's, by account."""
    found = {account: owner_on(asked, day) for account, asked in asked_among(cursor, among).items()}
    return {account: owner for account, owner in found.items() if owner}


def owner(*, account: int, on: date) -> str:
    """The code of the party whose an account is on a day."""
    return parties.codes()[owner_on(asked_of(account), on)]


def is_funded(account: int, day: date) -> bool:
    """Whether others fund shares of an account on a day or will later."""
    rows = Funding.objects.filter(account_id=account).order_by("-from_day", "-id")
    coming = list(rows.filter(from_day__gt=day))
    now = rows.filter(from_day__lte=day).first()
    return any(any(row.parties) for row in [*coming, *([now] if now else [])])
