"""What is offered for a hardship, word for word as it was shown, and the one that is accepted."""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import transaction

from duecourse.ledger import journal
from duecourse.ledger.journal import NoSuchAccount, Refused
from duecourse.rules import hardship_terms
from duecourse.servicing import arrangement_plan, arrangements, outlook
from duecourse.servicing.tables import Account

from . import accounts, options
from . import hardship as hardships
from .hardship_tables import Offer
from .options import Offers, Option

NEXT_PAYMENTS = 3
"""Of another account as agreed, so many of the payments to come are looked at."""
ACCEPTED, DECLINED, REFERRED = "accepted", "declined", "referred"


class NoSuchOffer(Refused):
    """There is no such offer."""

    code = "no_such_offer"


class OfferStale(Refused):
    """The account no longer stands as it did when the offer was shown: its figures would be others."""

    code = "offer_stale"


class Proposed(NamedTuple):
    """What was offered, each with the id of its row, beside all that was computed; where advice is to be had."""

    offers: tuple[tuple[int, Option], ...]
    found: Offers
    left_minor: int
    adviser: hardship_terms.Adviser | None


def propose(*, hardship: int, account: int, by: str) -> Proposed:
    """Compute the options of an account for a hardship and keep those that are offered, as they are shown."""
    told = hardships.read(hardship=hardship)
    hardships.refuse_over(hardship)
    money = accounts.own(told.borrower, account)[account]
    if money != told.currency:
        raise hardships.HardshipRefused(
            f"currency: hardship {hardship} is told in {told.currency}, the account in {money}"
        )
    at = outlook.held(account=account)
    left = max(0, told.left.minor - asked_by_others(told.borrower, account, money))
    found = options.solve(
        at=at,
        days_past_due=outlook.days_past_due(at),
        left_minor=left,
        terms=hardship_terms.options(on=at.open_day),
        expected=hardship_terms.expected(on=at.open_day),
    )
    rows = Offer.objects.bulk_create(
        Offer(
            hardship_id=hardship, account_id=account, kind=one.kind, offered_on=at.open_day,
            plan=arrangement_plan.body_of(one.plan), shown=shown_of(one), by=by,
        )
        for one in found.offered
    )  # fmt: skip
    offers = tuple((row.id, one) for row, one in zip(rows, found.offered, strict=True))
    adviser = None if told.place == hardships.NO_PLACE else hardship_terms.adviser(place=told.place, on=told.on)
    return Proposed(offers, found, left, adviser)


def asked_by_others(borrower: int, account: int, currency: str) -> int:
    """What the borrower's other accounts in a currency ask in their next months, the most in one: it is spoken for."""
    others = [one for one, money in accounts.own(borrower, None).items() if one != account and money == currency]
    total = 0
    for one in others:
        standing = arrangements.standing(account=one, on=outlook.held(account=one).open_day)
        if standing is not None:
            total += max((amount.amount_minor for amount in standing.amounts), default=0)
        else:
            total += outlook.look(account=one).soon(NEXT_PAYMENTS)
    return total


class Shown(NamedTuple):
    """An offer as it was shown: its kind, and what it asks by day (ISO 8601), in minor units of the currency."""

    kind: str
    currency: str
    payments: list[list[Any]]


def shown(*, offer: int) -> Shown:
    """An offer as it was shown."""
    row = Offer.objects.filter(id=offer).first()
    if row is None:
        raise NoSuchOffer(f"there is no offer {offer}")
    money = Account.objects.values_list("product__currency", flat=True).get(id=row.account_id)
    return Shown(row.kind, money, row.shown["payments"])


class Found(NamedTuple):
    """An account by its number: whose it is, its currency and the decimals of it, the open day."""

    id: int
    borrower: int
    currency: str
    exponent: int
    open_day: date


def account_of(*, number: str) -> Found:
    """The account with a number."""
    row = Account.objects.select_related("product").filter(number=number).first()
    if row is None:
        raise NoSuchAccount(f"there is no account {number}")
    open_day = outlook.held(account=row.id).open_day
    return Found(row.id, row.borrower_id, row.product.currency, row.product.exponent, open_day)


def shown_of(one: Option) -> dict[str, Any]:
    """What was shown of an option."""
    return {
        "payments": [[str(told.due_on), told.amount_minor] for told in one.shown.payments],
        "owed_minor": one.shown.owed_minor,
        "total_minor": one.shown.total_minor,
        "cost_minor": one.shown.cost_minor,
        "most_in_a_month": one.shown.most_in_a_month,
        "ends_on": str(one.shown.ends_on),
        "chance_ppm": one.chance_ppm,
        "value_minor": one.value_minor,
    }


def accept(*, offer: int, at: datetime, by: str, reason: str, key: str) -> int:
    """Agree on an offer as it was shown; the id of its arrangement. Refused where its figures no longer hold."""
    row = Offer.objects.filter(id=offer).first()
    if row is None:
        raise NoSuchOffer(f"there is no offer {offer}")
    before = hardships.accepted(hardship=row.hardship_id, offer=offer)
    if before is not None:
        return before
    plan = arrangement_plan.plan_from(row.plan)
    with transaction.atomic():
        journal.lock(row.account_id, key="", body=b"")
        hardships.refuse_over(row.hardship_id)
        held = outlook.held(account=row.account_id)
        now = outlook.look_at(held, plan if plan.forgives_rest else plan._replace(amounts=()))
        payments = [[str(one.due_on), one.amount_minor] for one in now.payments]
        if (payments, now.owed_minor) != (row.shown["payments"], row.shown["owed_minor"]):
            raise OfferStale(f"offer {offer} of {row.offered_on}: the account stands otherwise now; make new offers")
        agreed = arrangements.agree(account=row.account_id, terms=plan, on=held.open_day, by=by, reason=reason, key=key)
        hardships.answer(
            hardship=row.hardship_id, answer=ACCEPTED, on=held.open_day, by=by, reason=reason, offer=offer,
            arrangement=agreed.arrangement,
        )  # fmt: skip
        if not waiting(hardships.read(hardship=row.hardship_id).borrower):
            hardships.end(hardship=row.hardship_id, at=at, by=by, reason=ACCEPTED)
    return agreed.arrangement


def waiting(borrower: int) -> list[int]:
    """The accounts of a borrower on which something is past due and no arrangement stands."""
    found = []
    for one in accounts.own(borrower, None):
        held = outlook.held(account=one)
        if outlook.days_past_due(held) and arrangements.standing(account=one, on=held.open_day) is None:
            found.append(one)
    return found


def decline(*, hardship: int, on: date, at: datetime, by: str, reason: str) -> None:
    """The borrower wants none of the offers."""
    with transaction.atomic():
        hardships.refuse_over(hardship)
        hardships.answer(hardship=hardship, answer=DECLINED, on=on, by=by, reason=reason)
        hardships.end(hardship=hardship, at=at, by=by, reason=DECLINED)


def refer(*, hardship: int, on: date, at: datetime, by: str, reason: str) -> hardship_terms.Adviser | None:
    """Nothing fits: the borrower is told where free advice is to be had."""
    told = hardships.read(hardship=hardship)
    with transaction.atomic():
        hardships.refuse_over(hardship)
        hardships.answer(hardship=hardship, answer=REFERRED, on=on, by=by, reason=reason)
        hardships.end(hardship=hardship, at=at, by=by, reason=REFERRED)
    return None if told.place == hardships.NO_PLACE else hardship_terms.adviser(place=told.place, on=on)
