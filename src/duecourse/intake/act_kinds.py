"""Every act that servicing does to an account, by the name under which a door asks for it.

What an act needs is what its function of servicing takes; nothing is said twice.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from duecourse.ledger.journal import NoSuchAccount
from duecourse.ledger.tables import Request
from duecourse.servicing import (
    adjustments,
    agreed,
    arrangements,
    changes,
    charge_offs,
    conversions,
    deferrals,
    disbursements,
    disputes,
    fees,
    funding,
    holds,
    income_days,
    limits,
    loan_checks,
    loans,
    mandates,
    ownership,
    payments,
    purchases,
    rates,
    small_balances,
)
from duecourse.servicing.debit_tables import Mandate
from duecourse.servicing.refusals import NoSuchAct
from duecourse.servicing.tables import Account, Act

from . import act_fields
from .act_fields import Field, FieldUnknown

ALWAYS = ("account", "by", "reason", "key")
DAYS = ("on", "received_on", "first")
"""What the day of an act is called by the functions of servicing."""


def undo_loan(*, account: int, act: int, by: str, reason: str, key: str) -> Any:
    """Take an act of a loan back, from its own day."""
    done = Act.objects.filter(account_id=account, id=act).first()
    if done is None:
        raise NoSuchAct(f"account {account} has no act {act}")
    return loans.undo(account=account, of=act, on=done.effective_day, by=by, reason=reason, key=key)


def of_mandate(become: Callable[..., int]) -> Callable[..., int]:
    """A change of a mandate, refused where the mandate is another account's."""

    def do(*, account: int, mandate: int, on: date, by: str, reason: str, key: str) -> int:
        if not Mandate.objects.filter(id=mandate, account_id=account).exists():
            raise mandates.NoMandate(f"account {account} has no mandate {mandate}")
        return become(mandate=mandate, on=on, by=by, reason=reason, key=key)

    return do


OF_BOTH: Mapping[str, Callable[..., Any]] = {
    "payment": payments.receive,
    "paid_by": payments.receive_from,
    "reversal": payments.reverse,
    "goodwill": adjustments.goodwill,
    "arrangement": arrangements.agree,
    "arrangement_cure": arrangements.cure,
    "arrangement_end": arrangements.end,
    "arrangement_undo": arrangements.undo,
    "sale": ownership.sell,
    "buyback": ownership.buy_back,
    "transfer_cancel": ownership.cancel,
    "funding": funding.agree,
    "income_day": income_days.tell,
    "small_balance": small_balances.close,
    "mandate": mandates.grant,
    "mandate_hold": of_mandate(mandates.hold),
    "mandate_release": of_mandate(mandates.release),
    "mandate_revoke": of_mandate(mandates.revoke),
}
OF_LINE: Mapping[str, Callable[..., Any]] = {
    "purchase": purchases.authorise,
    "purchase_made": purchases.post,
    "merchant_refund": purchases.refund,
    "hold": holds.place,
    "capture": holds.capture,
    "void": holds.void,
    "bounce": payments.bounce,
    "fee": fees.charge,
    "waiver": fees.waive,
    "credit_refund": adjustments.pay_out,
    "limit": limits.set_limit,
    "suspend": limits.suspend,
    "close": limits.close,
    "restore": limits.restore,
    "terms": rates.change,
    "relief": rates.relieve,
    "interest_pause": rates.pause,
    "dispute": disputes.open_dispute,
    "dispute_upheld": disputes.uphold,
    "dispute_rejected": disputes.reject,
    "deferral": deferrals.defer,
    "re_age": deferrals.re_age,
    "conversion": conversions.convert,
    "conversion_end": conversions.end_early,
    "conversion_refund": conversions.refund,
    "acceleration": charge_offs.accelerate,
    "charge_off": charge_offs.charge_off,
    "undo": changes.undo,
}
OF_LOAN: Mapping[str, Callable[..., Any]] = {
    "payout_sent": disbursements.sent,
    "payout_confirmed": disbursements.confirmed,
    "payout_failed": disbursements.failed,
    "undo": undo_loan,
}


class Kind(NamedTuple):
    """An act that may be asked for: its name, what does it, the name of its day there ("": it has none), its fields."""

    name: str
    do: Callable[..., Any]
    day: str
    fields: tuple[Field, ...]
    takes: frozenset[str]


class Asked(NamedTuple):
    """An act that is asked for in plain values; amounts in major units, days as text. by: who does it."""

    account: str
    kind: str
    on: str | None
    by: str
    why: str
    key: str
    fields: Mapping[str, Any]


class Done(NamedTuple):
    """What came of an act: what it made (an act, an entry, …) and whether the request key had done it before."""

    account: str
    kind: str
    on: date | None
    made: str
    again: bool


def kinds(*, is_loan: bool) -> dict[str, Kind]:
    """Every kind of act of a line or of a loan, by name."""
    found = {name: kind_of(name, do) for name, do in {**OF_BOTH, **(OF_LOAN if is_loan else OF_LINE)}.items()}
    if is_loan:
        found |= {name: loan_kind(name) for name in loan_checks.KINDS if name not in found}
    return dict(sorted(found.items()))


def kind_of(name: str, do: Callable[..., Any]) -> Kind:
    """An act by the signature of its function."""
    takes = inspect.signature(do).parameters
    day = next((one for one in DAYS if one in takes), "")
    own = [one for place, one in takes.items() if place not in (*ALWAYS, day)]
    return Kind(
        name, do, day, tuple(act_fields.of(one.name, one.annotation, one.default) for one in own), frozenset(takes)
    )


def loan_kind(name: str) -> Kind:
    """An act of a loan whose fields `loan_checks` names."""
    told = loan_checks.KINDS[name]
    fields = [act_fields.of_loan(one, one in told.needs) for one in (*told.needs, *told.may)]
    return Kind(name, partial(loans.act, kind=name), "on", tuple(fields), frozenset((*ALWAYS, "on")))


def do(asked: Asked) -> Done:
    """Do one act, once for its request key.

    Refuses an account that there is not, a kind that it does not have, and a field that is missing, too many or
    unreadable; and what the act itself refuses.
    """
    contract = Account.objects.select_related("product").filter(number=asked.account).first()
    if contract is None:
        raise NoSuchAccount(f"there is no account {asked.account}")
    is_loan = agreed.is_loan(contract.terms_id)
    known = kinds(is_loan=is_loan)
    if asked.kind not in known:
        raise loan_checks.NotOffered(
            f"{asked.kind!r} is no act of a {'loan' if is_loan else 'line'}; they are {', '.join(known)}"
        )
    kind = known[asked.kind]
    told = act_fields.read(kind.fields, asked.fields, contract.product.exponent)
    on = day_of(kind, asked.on)
    if on is not None:
        told[kind.day] = on
    given = {"account": contract.id, "by": asked.by, "reason": asked.why, "key": asked.key}
    again = Request.objects.filter(key=asked.key).exists()
    result = kind.do(**{name: value for name, value in given.items() if name in kind.takes}, **told)
    return Done(asked.account, asked.kind, on, made_by(asked.kind, result), again)


def day_of(kind: Kind, on: str | None) -> date | None:
    """The day of an act; refused where it lacks one, or has one too many."""
    if not kind.day:
        if on is not None:
            raise FieldUnknown("on", f"{kind.name} has no day of its own")
        return None
    return act_fields.day(on, "on")


def made_by(kind: str, result: Any) -> str:
    """What an act made, in words: `act 12`, `entry 7`, `mandate 3`."""
    if isinstance(result, changes.Done | small_balances.GivenUp):
        return f"act {result.act}"
    if isinstance(result, arrangements.Agreed):
        return f"arrangement {result.arrangement}"
    number = result if isinstance(result, int) else getattr(result, "entry_id", None) or getattr(result, "id", 0)
    if not number:
        return ""
    nouns = {"sale": "transfer", "buyback": "transfer", "transfer_cancel": "transfer", "mandate": "mandate"}
    nouns |= dict.fromkeys(("mandate_hold", "mandate_release", "mandate_revoke", "payout_sent"), "state")
    nouns |= {"payout_confirmed": "state", "funding": "agreement"}
    return f"{nouns.get(kind, 'entry' if number > 0 else 'act')} {abs(number)}"


def known_kinds() -> Sequence[tuple[str, Kind, str]]:
    """Every kind with whether it is of a line, a loan or both: for a list of them."""
    line, loan = kinds(is_loan=False), kinds(is_loan=True)
    found = []
    for name in sorted(line | loan):
        if name in line and name in loan and line[name].do == loan[name].do:
            found.append((name, line[name], "both"))
            continue
        found += [(name, of[name], whose) for of, whose in ((line, "line"), (loan, "loan")) if name in of]
    return found
