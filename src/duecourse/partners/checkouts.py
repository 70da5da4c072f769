"""A borrower's payments through a provider: begun, told of once however often it is told, asked after when it is not.

Money that came is on the ledger with its first telling; what the account cannot take lies in suspense. A provider that
tells nothing is asked: an outage between us and it costs nobody a payment.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from duecourse.ledger import balances
from duecourse.ledger.balances import SHARD_SIZE
from duecourse.ledger.journal import DifferentBody, Refused
from duecourse.rules import lender
from duecourse.servicing import payments, suspense
from duecourse.servicing.tables import Account

from . import providers
from .checkout_tables import Checkout, CheckoutState
from .providers import EXPIRED, FAILED, OPEN, PAID, Asked, Provider, ProviderUnavailable, Told

BEGUN, UNREACHED = "begun", "unreached"
MOST_AN_HOUR = 20
"""So many checkouts of one account in an hour."""
ASKED_AFTER = timedelta(minutes=5)
"""A provider that told nothing is asked after so long."""
GIVEN_UP = timedelta(days=7)
"""And is not asked any more after so long."""


class NoSuchCheckout(Refused):
    """There is no such checkout, or it is another provider's."""

    code = "no_such_checkout"


class TooManyCheckouts(Refused):
    """The account has as many checkouts within an hour as there may be."""

    code = "too_many_checkouts"


class CheckoutRefused(Refused):
    """An amount that is none, or more than is owed."""

    code = "checkout_refused"


class Seen(NamedTuple):
    """A checkout as it stands: state is begun, unreached, paid, failed or expired; url: where to go on while begun."""

    reference: str
    account: int
    amount_minor: int
    provider: str
    at: datetime
    state: str
    url: str
    entry: int | None
    paid_minor: int | None
    why: str


class Listed(NamedTuple):
    """A checkout as staff see it; suspense: the item where money that came lies that the account could not take."""

    at: datetime
    reference: str
    number: str
    currency: str
    exponent: int
    amount_minor: int
    paid_minor: int | None
    provider: str
    state: str
    why: str
    suspense: int | None


def begin(
    *, account: int, amount_minor: int, most_minor: int, provider: str, shown: str, title: str, language: str,
    urls: Callable[[str], tuple[str, str]], at: datetime, by: str, key: str,
) -> Seen:  # fmt: skip
    """Begin a payment of a borrower; the same key again gives the same one, and asks an unreached provider again.

    most_minor: what is owed; shown, title: the amount and what it is for, as the payer reads them; `urls` gives, for a
    reference, where the payer comes back to and where the provider tells.
    """
    to = providers.named(provider)
    row = first_asked(account, amount_minor, most_minor, to, at, by, key)
    stands = newest(row)
    if stands is not None and stands.state != UNREACHED:
        return seen(row)
    back, tell = urls(row.reference)
    try:
        begun = to.begin(Asked(row.reference, amount_minor, row.currency, shown, title, language, back, tell))
    except ProviderUnavailable as fault:
        note(row, UNREACHED, at, why=fault.code)
        raise
    note(row, BEGUN, at, session=begun.session, url=begun.url)
    return seen(row)


def first_asked(
    account: int, amount_minor: int, most_minor: int, to: Provider, at: datetime, by: str, key: str
) -> Checkout:
    """The row of a request, written down before anybody is asked."""
    with transaction.atomic():
        alone(account)
        row = Checkout.objects.filter(key=key).first()
        if row is not None:
            if (row.account_id, row.amount_minor, row.provider) != (account, amount_minor, to.name):
                raise DifferentBody(f"key {key!r} was used for another payment")
            return row
        if not 0 < amount_minor <= most_minor:
            raise CheckoutRefused(f"amount: {amount_minor} is not between 1 and the {most_minor} that are owed")
        recent = Checkout.objects.filter(account_id=account, at__gt=at - timedelta(hours=1)).count()
        if recent >= MOST_AN_HOUR:
            raise TooManyCheckouts(f"account {account}: {recent} payments were begun within an hour")
        currency = Account.objects.values_list("product__currency", flat=True).get(id=account)
        return Checkout.objects.create(
            reference=secrets.token_hex(16), account_id=account, amount_minor=amount_minor, currency=currency,
            provider=to.name, by=by, key=key, at=at,
        )  # fmt: skip


def alone(account: int) -> None:
    """Let one after the other begin and end payments of an account."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(23, %s)", [account % 2**31])


def tell(*, provider: str, body: bytes, headers: dict[str, str], by: str) -> str:
    """Take what a provider tells, once it is proven to be its own; answers the state. Told again, nothing changes."""
    to = providers.named(provider)
    return take(to, to.read(body, headers), by)


def take(to: Provider, told: Told, by: str) -> str:
    """What a provider says of a session becomes a state; money that came becomes a payment."""
    with transaction.atomic():
        row = Checkout.objects.filter(reference=told.reference, provider=to.name).first()
        if row is None:
            raise NoSuchCheckout(f"{to.name} tells of {told.reference!r}, which was not begun with it")
        alone(row.account_id)
        if told.state == OPEN or CheckoutState.objects.filter(checkout=row, state__in=(PAID, told.state)).exists():
            return told.state
        if told.state != PAID:
            note(row, told.state, told.at, session=told.session, why=told.why)
            return told.state
        entry, item, why = posted(row, to, told)
        note(
            row, PAID, told.at, session=told.session, amount_minor=told.amount_minor, entry_id=entry, suspense_id=item,
            why=why or told.why,
        )  # fmt: skip
    return PAID


def posted(row: Checkout, to: Provider, told: Told) -> tuple[int | None, int | None, str]:
    """The payment that came, on the account; else in suspense, with the code of why the account did not take it.

    It counts from the lender's day of the instant at which it was made; where the close has not come so far, from the
    open day, which is before it.
    """
    day = lender.clock(on=told.at.date()).day_of(told.at)
    key = f"checkout:{row.reference}"
    try:
        if told.currency != row.currency:
            raise CheckoutRefused(f"{told.reference}: {told.currency} came where {row.currency} was asked")
        with transaction.atomic():
            made = payments.receive(
                account=row.account_id, amount_minor=told.amount_minor, key=key, channel=to.channel,
                received_on=min(day, balances.open_day(row.account_id // SHARD_SIZE)),
            )  # fmt: skip
        return made.entry_id, None, ""
    except Refused as fault:
        item = suspense.receive(
            amount_minor=told.amount_minor, received_on=min(day, balances.book_day() or day),
            reference=row.reference, payer="", key=f"{key}:suspense", channel=to.channel, currency=told.currency,
        )  # fmt: skip
        return None, item, fault.code


def settle(*, at: datetime, by: str) -> Counter[str]:
    """Ask providers after what was begun and of which they told nothing; how many came to what."""
    came: Counter[str] = Counter()
    for row, session in waiting(at):
        try:
            to = providers.named(row.provider)
            came[take(to, to.state_of(session), by)] += 1
        except Refused as fault:  # one that cannot be settled leaves the others
            came[fault.code] += 1
    return came


def waiting(at: datetime) -> Iterator[tuple[Checkout, str]]:
    """What was begun a while ago and has come to nothing yet, with what the provider knows it by; the oldest first."""
    ended = CheckoutState.objects.filter(state__in=(PAID, FAILED, EXPIRED)).values("checkout_id")
    begun = CheckoutState.objects.filter(state=BEGUN, at__gt=at - GIVEN_UP, at__lte=at - ASKED_AFTER)
    for state in begun.exclude(checkout_id__in=ended).select_related("checkout").order_by("id"):
        yield state.checkout, state.session


def ask_after(*, reference: str, by: str) -> Seen:
    """A checkout as it stands, its provider asked where it has told nothing yet."""
    row = Checkout.objects.get(reference=reference)
    stands = newest(row)
    if stands is not None and stands.state == BEGUN:
        try:
            to = providers.named(row.provider)
            take(to, to.state_of(stands.session), by)
        except Refused:
            pass  # as it stands is an answer too; `settle` asks again
    return seen(row)


def of(*, account: int, reference: str) -> Checkout:
    """A checkout of an account; one of another account is none."""
    row = Checkout.objects.filter(reference=reference, account_id=account).first()
    if row is None:
        raise NoSuchCheckout(f"account {account} has no checkout {reference!r}")
    return row


def newest(row: Checkout) -> CheckoutState | None:
    """What a checkout came to: that it was paid, whatever was told after it; else the newest."""
    states = list(CheckoutState.objects.filter(checkout=row).order_by("id"))
    return next((one for one in states if one.state == PAID), states[-1] if states else None)


def seen(row: Checkout) -> Seen:
    """A checkout as it stands; one that nobody was asked about yet is unreached."""
    one = newest(row) or CheckoutState(state=UNREACHED)
    return Seen(
        row.reference, row.account_id, row.amount_minor, row.provider, row.at, one.state, one.url, one.entry_id,
        one.amount_minor, one.why,
    )  # fmt: skip


def listed(*, most: int = 100, state: str = "") -> list[Listed]:
    """The newest checkouts, those that stand so alone where that is asked, each with its account and currency."""
    with connection.cursor() as cursor:
        cursor.execute(LIST, {"state": state, "most": most})
        return [Listed(*row) for row in cursor.fetchall()]


LIST = """
SELECT c.at, c.reference, a.number, c.currency, p.exponent, c.amount_minor, s.amount_minor, c.provider,
    coalesce(s.state, 'unreached'), coalesce(s.why, ''), s.suspense_id
FROM partners_checkout c JOIN servicing_account a ON a.id = c.account_id JOIN ledger_product p ON p.id = a.product_id
LEFT JOIN LATERAL (SELECT * FROM partners_checkout_state s WHERE s.checkout_id = c.id
    ORDER BY s.state = 'paid' DESC, s.id DESC LIMIT 1) s ON true
WHERE %(state)s IN ('', coalesce(s.state, 'unreached')) ORDER BY c.id DESC LIMIT %(most)s
"""


def note(row: Checkout, state: str, at: datetime, **told: object) -> None:
    """Write a state down, each once."""
    filled = {"session": "", "url": "", "why": "", **told, "at": at}
    CheckoutState.objects.get_or_create(checkout=row, state=state, defaults=filled)
