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
from .keyed import alone
from .options import Offers, Option

NEXT_PAYMENTS = 3
"""Of another account as agreed, so many of the payments to come are looked at."""
YEARS_AHEAD = outlook.MOST_MONTHS // 12
"""So far an account as agreed is looked at."""
ACCEPTED, DECLINED, REFERRED = "accepted", "declined", "referred"


class NoSuchOffer(Refused):
    """There is no such offer."""

    code = "no_such_offer"


class OfferStale(Refused):
    """The account no longer stands as it did when the offer was shown: its figures would be others."""

    code = "offer_stale"


class Left(NamedTuple):
    """What of a household's money a month is there for one account: of what is left of its income, less what its
    arrangements on other accounts ask, the larger of what others leave as agreed and of the part that this account has
    of all that is owed without an arrangement.

    others: so many accounts of the person in the currency ask or owe something.
    """

    minor: int
    household_minor: int
    arranged_minor: int
    others: int


class Proposed(NamedTuple):
    """What was offered on a day, each with the id of its row, beside all that was computed; what can be paid; where
    advice is to be had (None: no adviser is kept for the place)."""

    on: date
    offers: tuple[tuple[int, Option], ...]
    found: Offers
    left: Left
    adviser: hardship_terms.Adviser | None
    expected: hardship_terms.Expected

    @property
    def left_minor(self) -> int:
        """What can be paid of the account each month."""
        return self.left.minor


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
    left = left_for(told, at, money)
    expected = hardship_terms.expected(on=at.open_day)
    found = options.solve(
        at=at,
        days_past_due=outlook.days_past_due(at),
        left_minor=left.minor,
        terms=hardship_terms.options(on=at.open_day),
        expected=expected,
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
    return Proposed(at.open_day, offers, found, left, adviser, expected)


class Made(NamedTuple):
    """An offer as it was shown: its id, its account and kind, what it asks; ends_on: None where something is left.

    chance_ppm: that it is completed; in_order_on: from whose close nothing is past due, None where no day was shown.
    """

    id: int
    account: int
    kind: str
    payments: list[list[Any]]
    total_minor: int
    cost_minor: int
    most_in_a_month: int
    ends_on: date | None
    chance_ppm: int
    offered_on: date
    in_order_on: date | None


def made(*, hardship: int) -> list[Made]:
    """What was offered last for each account of a hardship, as it was shown."""
    rows = list(Offer.objects.filter(hardship_id=hardship).order_by("id"))
    last = {row.account_id: row.recorded_at for row in rows}
    return [
        Made(
            row.id, row.account_id, row.kind, row.shown["payments"], row.shown["total_minor"], row.shown["cost_minor"],
            row.shown["most_in_a_month"], day_or_none(row.shown["ends_on"]), row.shown["chance_ppm"], row.offered_on,
            day_or_none(row.shown.get("in_order_on", "None")),
        )
        for row in rows
        if row.recorded_at == last[row.account_id]
    ]  # fmt: skip


def day_or_none(told: str) -> date | None:
    """A day as it is kept of what was shown."""
    return None if told == "None" else date.fromisoformat(told)


def left_for(told: hardships.Told, at: outlook.Held, currency: str) -> Left:
    """What a household can pay of one account: who cannot pay all as agreed owes each its part, not all to one."""
    others = [
        one for one, money in accounts.own(told.borrower, None).items() if one != at.account and money == currency
    ]
    arranged, asked, owed, count = 0, 0, 0, 0
    for one in others:
        held = outlook.held(account=one)
        standing = arrangements.standing(account=one, on=held.open_day)
        if standing is not None:
            arranged += max((amount.amount_minor for amount in standing.amounts), default=0)
        else:
            asked += outlook.look_at(held, None).soon(NEXT_PAYMENTS)
            owed += max(0, held.owed_minor)
        count += standing is not None or held.owed_minor > 0
    free = max(0, told.left.minor - arranged)
    mine = max(0, at.owed_minor)
    part = free * mine // (mine + owed) if mine else 0
    return Left(max(free - asked, part), told.left.minor, arranged, count)


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
        "in_order_on": str(one.shown.in_order_on),
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
    plan, told = arrangement_plan.plan_from(row.plan), hardships.read(hardship=row.hardship_id)
    with transaction.atomic():
        alone(told.borrower)
        journal.lock(row.account_id, key="", body=b"")
        hardships.refuse_over(row.hardship_id)
        held = outlook.held(account=row.account_id)
        now = outlook.look_at(held, plan if plan.forgives_rest else plan._replace(amounts=()))
        payments = [[str(one.due_on), one.amount_minor] for one in now.payments]
        if (payments, now.owed_minor) != (row.shown["payments"], row.shown["owed_minor"]):
            raise OfferStale(f"offer {offer} of {row.offered_on}: the account stands otherwise now; make new offers")
        left = left_for(told, held, told.currency).minor
        if row.shown["most_in_a_month"] > left:
            raise OfferStale(
                f"offer {offer} of {row.offered_on}: other accounts leave {left} a month now; make new offers"
            )
        agreed = arrangements.agree(account=row.account_id, terms=plan, on=held.open_day, by=by, reason=reason, key=key)
        hardships.answer(
            hardship=row.hardship_id, answer=ACCEPTED, on=held.open_day, by=by, reason=reason, offer=offer,
            arrangement=agreed.arrangement,
        )  # fmt: skip
        if not waiting(told.borrower):
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
