"""A statement or one purchase turned into installments (账单分期), its early end, and a merchant's refund on it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.kernel import conversion
from duecourse.kernel.account import WIDTH, Account
from duecourse.kernel.annuity import rounded
from duecourse.kernel.apr import Rate
from duecourse.kernel.conversion import FEE_PER_PERIOD, FEE_UP_FRONT, RATE, Part
from duecourse.kernel.days import next_cycle
from duecourse.kernel.loan_terms import HALF_UP
from duecourse.kernel.money import PPM
from duecourse.ledger import chart
from duecourse.ledger.journal import Refused
from duecourse.rules.read import day_number, to_date

from . import changes, outlook, past_events
from .changes import Coming, Done
from .fees import refuse_amount
from .refusals import NotAnAmount
from .steps import Stand
from .tables import Act

COUNTS = (3, 6, 9, 12, 24)
WAYS = {"fee_per_period": FEE_PER_PERIOD, "fee_up_front": FEE_UP_FRONT, "rate": RATE}


class NotConvertible(Refused):
    """It cannot be turned into installments: past due, after its due day, too small, or more than there is."""

    code = "not_convertible"


class ConversionOver(Refused):
    """There is no such plan, or nothing of it is still to come."""

    code = "conversion_over"


class Offer(NamedTuple):
    """What a conversion would bring, and its cost as a yearly rate (IRR, compound): shown before it is made."""

    parts: tuple[Part, ...]
    yearly: Rate


def offer(*, amount_minor: int, count: int, way: str, share_ppm: int, on: date) -> Offer:
    """The installments of an amount and what they cost a year; `share_ppm` as in `kernel.conversion.parts`."""
    if count not in COUNTS or way not in WAYS:
        raise NotConvertible(f"{count} installments by {way!r}: none of {COUNTS}, of {', '.join(WAYS)}")
    if not 0 <= share_ppm <= PPM:
        raise NotConvertible(f"{share_ppm} is not between 0 and {PPM}")
    parts = conversion.parts(amount_minor, count, WAYS[way], share_ppm, day_number(on))
    return Offer(parts, conversion.yearly_cost(amount_minor, parts))


def refuse_late(account: int, now: Account, dues: Sequence[int]) -> None:
    """Refuse an account that is past due or charged off."""
    if any(dues[at] <= now.day for at in range(0, len(dues), WIDTH)):
        raise NotConvertible(f"account {account} is past due: what is past due is not converted")
    if now.beside.charged_off:
        raise NotConvertible(f"account {account} is charged off")


def billed(account: int, now: Account) -> int:
    """How much of the latest statement there is to be converted; refused past its due day."""
    if now.due_on <= now.day:
        raise NotConvertible(f"account {account}: its due day is over, or no statement is open")
    return now.principal.window + now.principal.revolving


def convertible(*, account: int) -> int:
    """How much of the latest statement may be turned into installments on the open day; 0 where nothing may."""
    held = outlook.held(account=account)
    if held.is_loan:
        return 0
    try:
        refuse_late(account, held.row, held.dues)
        there = billed(account, held.row)
    except NotConvertible:
        return 0
    return there if there >= max(1, past_events.first_agreed(account).acts.conversion_floor_minor) else 0


def cycle_days(after: date, cycle_day: int, count: int) -> list[date]:
    """The next cycle days after a day."""
    days: list[int] = []
    for _ in range(count):
        days.append(next_cycle(days[-1] if days else day_number(after), cycle_day))
    return [to_date(one) for one in days]


def installments(plan: int, first: int, parts: Sequence[Part], days: Sequence[date]) -> list[Coming]:
    """The acts that bring installments onto the bills of their cycle days. `first`: the conversion that they are of."""
    return [
        Coming("installment", day, {"act": first, "plan": plan, "number": i + 1, **part._asdict()})
        for i, (part, day) in enumerate(zip(parts, days, strict=True))
    ]


def convert(
    *,
    account: int,
    amount_minor: int,
    count: int,
    way: str,
    share_ppm: int,
    on: date,
    by: str,
    reason: str,
    key: str,
    entry: int | None = None,
) -> Done:
    """Turn the latest statement, or the purchase `entry`, into installments, whole or in part.

    What is converted leaves the statement and its due; it uses the limit until its installments are paid. Each comes
    onto the bill of a coming cycle day, and the minimum due asks it in full. A statement can be converted until its due
    day.
    """
    refuse_amount(account, amount_minor)
    told = past_events.first_agreed(account)
    offered = offer(amount_minor=amount_minor, count=count, way=way, share_ppm=share_ppm, on=on)
    is_billed, price, place = 1, amount_minor, None
    if entry is not None:
        with connection.cursor() as cursor:
            bought = past_events.found_in_force(cursor, account, entry, (chart.PURCHASE,)).line
        price = abs(bought.amounts[chart.COLUMNS.index(chart.COUNTERPART[chart.PURCHASE])])
        is_billed = int(next_cycle(bought.day - 1, told.terms.cycle_day) < day_number(on))
        place = bought.place

    def may(stand: Stand) -> None:
        now = stand.account
        refuse_late(account, now, stand.dues)
        there = billed(account, now) if is_billed else now.principal.unbilled + now.principal.bearing
        used = sum(
            one.body["amount"]
            for one in changes.standing_acts(account).values()
            if place is not None and one.kind in ("conversion", "dispute") and one.body.get("entry") == place
        )
        if amount_minor > min(there, price - used):
            raise NotConvertible(f"account {account}: {amount_minor} is more than the {min(there, price - used)} there")
        if amount_minor < stand.first.acts.conversion_floor_minor:
            raise NotConvertible(f"account {account}: {amount_minor} is too small to be converted")

    def follows(act: int) -> list[Coming]:
        return installments(act, act, offered.parts, cycle_days(on, told.terms.cycle_day, count))

    body = {
        "amount": amount_minor,
        "is_billed": is_billed,
        "entry": place,
        "count": count,
        "way": way,
        "share_ppm": share_ppm,
        "irr": [offered.yearly.units, offered.yearly.places],
    }
    return changes.do(
        account=account, kind="conversion", on=on, by=by, reason=reason, key=key, body=body, may=may, follows=follows
    )


class ToCome(NamedTuple):
    """What is still to come of a conversion from a day on: the plan that brings it, its parts and their days."""

    plan: int
    parts: tuple[Part, ...]
    days: list[date]

    @property
    def principal(self) -> int:
        """Its principal."""
        return sum(one.principal for one in self.parts)


def to_come(*, account: int, conversion_act: int, on: date) -> ToCome:
    """What is still to come of a conversion from a day on; refused where that is nothing."""
    return left_of(changes.standing_acts(account), account, conversion_act, on)


def left_of(stands: Mapping[int, Act], account: int, conversion_act: int, on: date) -> ToCome:
    """The same, from the acts of the account that stand."""
    of_it = [one for one in stands.values() if one.body.get("act") == conversion_act]
    if conversion_act not in stands or any(one.kind == "conversion_end" for one in of_it):
        raise ConversionOver(f"account {account}: conversion {conversion_act} is over")
    plan = max((one.id for one in of_it if one.kind == "conversion_refund"), default=conversion_act)
    coming: list[Act] = [
        one for one in of_it if one.kind == "installment" and one.body["plan"] == plan and one.effective_day >= on
    ]
    if not coming:
        raise ConversionOver(f"account {account}: nothing of conversion {conversion_act} is still to come on {on}")
    parts = tuple(Part(one.body["principal"], one.body["interest"], one.body["fee"]) for one in coming)
    return ToCome(plan, parts, [one.effective_day for one in coming])


def standing(*, account: int, on: date) -> list[tuple[int, ToCome]]:
    """The conversions of an account of which something is still to come, each by its act, the oldest first."""
    found, stands = [], changes.standing_acts(account)
    for act in sorted(one.id for one in stands.values() if one.kind == "conversion"):
        with suppress(ConversionOver):
            found.append((act, left_of(stands, account, act, on)))
    return found


def ended(account: int, left: ToCome) -> Part:
    """What ending a conversion early brings onto the next bill: its principal, and of the fees to come what is not
    spared."""
    spared = past_events.first_agreed(account).acts.conversion_fee_back_ppm
    return Part(left.principal, 0, rounded(sum(one.fee for one in left.parts) * (PPM - spared), PPM, HALF_UP))


def end_early(*, account: int, conversion_act: int, on: date, by: str, reason: str, key: str) -> Done:
    """End a conversion: its principal comes onto the next bill in full, without the interest to come.

    Of the fees to come, the terms say how much is spared.
    """
    again = known(account, "conversion_end", conversion_act, on, key)
    if again is not None:
        return again
    left = to_come(account=account, conversion_act=conversion_act, on=on)
    body = {"act": conversion_act, "plan": left.plan, **ended(account, left)._asdict()}
    return changes.do(account=account, kind="conversion_end", on=on, by=by, reason=reason, key=key, body=body)


def refund(*, account: int, conversion_act: int, amount_minor: int, on: date, by: str, reason: str, key: str) -> Done:
    """Take a merchant's refund off what is still to come of a conversion: by the terms shorter, or smaller parts.

    More than what is to come is refused: the rest is an ordinary refund.
    """
    refuse_amount(account, amount_minor)
    again = known(account, "conversion_refund", conversion_act, on, key)
    if again is not None:
        return again
    left = to_come(account=account, conversion_act=conversion_act, on=on)
    if amount_minor > left.principal:
        raise NotAnAmount(f"account {account}: {amount_minor} is more than the {left.principal} still to come")
    parts = conversion.less(left.parts, amount_minor, past_events.first_agreed(account).acts.refund_shortens)

    def follows(act: int) -> list[Coming]:
        return installments(act, conversion_act, parts, left.days[: len(parts)])

    body = {"act": conversion_act, "plan": left.plan, "amount": amount_minor}
    return changes.do(
        account=account, kind="conversion_refund", on=on, by=by, reason=reason, key=key, body=body, follows=follows
    )


def known(account: int, kind: str, conversion_act: int, on: date, key: str) -> Done | None:
    """What a request did before: its answer no longer follows from what is to come now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry_id FROM ledger_request WHERE key = %s", [key])
        found = cursor.fetchone()
    if found is None:
        return None
    done = changes.answered(account, found[0])
    act = Act.objects.get(id=done.act)
    if (act.kind, act.body.get("act"), act.effective_day) != (kind, conversion_act, on):
        return None
    return done
