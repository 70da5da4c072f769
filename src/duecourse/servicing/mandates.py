"""Mandates: a borrower's authority to debit an account's dues from cards and bank accounts, in order; its states.

The reference of a source is never kept nor shown: its last four characters, and a hash under the house's key.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

from duecourse.kernel.debit import FIXED, INSTALLMENT, MINIMUM, STATEMENT, DebitTerms
from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import journal
from duecourse.ledger.journal import Locked, Refused
from duecourse.rules import debit_rules
from duecourse.rules import read as rules

from . import agreed
from .debit_tables import DebitSource, Mandate, MandateState
from .refusals import AfterOpenDay, BeforeOpening, NotAnAmount
from .tables import Account as Contract

TAKES = {"minimum": MINIMUM, "statement": STATEMENT, "installment": INSTALLMENT, "fixed": FIXED}
OF_LINE, OF_LOAN = ("minimum", "statement", "fixed"), ("installment", "fixed")
KINDS = ("bank_card", "bank_account")
REFERENCE_MIN, REFERENCE_MAX, SOURCES_MAX = 8, 200, 9


class MandateStands(Refused):
    """The account has a mandate already, that stands; it is revoked first."""

    code = "mandate_stands"


class NoMandate(Refused):
    """There is no such mandate, or it was revoked."""

    code = "no_mandate"


class MandateRefused(Refused):
    """A mandate that cannot be: what it takes does not fit the account, or its sources are none, too many or alike."""

    code = "mandate_refused"


class ConsentMissing(Refused):
    """The law of the place wants the borrower's consent on record."""

    code = "consent_missing"


class MandateAlreadySo(Refused):
    """The mandate is held already, or it is not held."""

    code = "mandate_already_so"


class Source(NamedTuple):
    """Where money may be taken: `bank_card` or `bank_account`, and the reference by which the bank knows it."""

    kind: str
    reference: str

    def __repr__(self) -> str:
        """Without the reference, so that no log and no traceback shows it."""
        return f"Source({self.kind}, ****{self.reference[-4:]})"


def keyed(*, reference: str) -> bytes:
    """A source's reference under the house's key: whoever holds the references finds the one that an order means."""
    return hmac.new(settings.SECRET_KEY.encode(), f"debit source\0{reference}".encode(), hashlib.sha256).digest()


def grant(
    *,
    account: int,
    takes: str,
    sources: Sequence[Source],
    on: date,
    by: str,
    reason: str,
    key: str,
    since: date | None = None,
    limit_minor: int = 0,
    fixed_minor: int = 0,
    consent: str = "",
) -> int:
    """Keep a borrower's mandate, agreed by `by` on a day; answers its id, the first one for a key that was used.

    takes: minimum, statement or fixed of a line, installment or fixed of a loan. since: the first day of a debit.
    limit_minor: at most so much for a due day (0: no limit). consent: where the consent is on record. Its terms are
    those of the product on that day.
    """
    refuse_numbers(account, takes, sources, limit_minor, fixed_minor)
    keys = [keyed(reference=one.reference).hex() for one in sources]
    asked = {"takes": takes, "limit": limit_minor, "fixed": fixed_minor, "consent": consent, "sources": keys}

    def keep(locked: Locked) -> int:
        contract = Contract.objects.select_related("product").get(id=account)
        if not contract.opened_on <= on:
            raise BeforeOpening(f"account {account}: {on} is before its opening")
        refuse_day(locked, on)
        fits = OF_LOAN if agreed.is_loan(locked.terms_id) else OF_LINE
        if takes not in fits:
            raise MandateRefused(f"account {account}: {takes} is none of {', '.join(fits)}")
        with connection.cursor() as cursor:
            if standing(cursor, account) is not None:
                raise MandateStands(f"account {account} has a mandate that stands: revoke it first")
        place = rules.product(contract.product.code).place
        told = debit_rules.of_product(contract.product.code, on)
        for law in debit_rules.laws(place=place, on=on, law_class=told.law_class):
            if law.separate_consent and not consent:
                raise ConsentMissing(f"account {account}: {law.rule} wants consent on record ({law.cite})")
        made = Mandate.objects.create(
            account_id=account,
            takes=TAKES[takes],
            fixed_minor=fixed_minor,
            limit_minor=limit_minor,
            since_day=since or on,
            agreed_on=on,
            consent=consent,
            place=place,
            law_class=told.law_class,
            terms=told.terms._asdict(),
        )
        DebitSource.objects.bulk_create(
            DebitSource(mandate=made, place=at, kind=one.kind, last4=one.reference[-4:], keyed=bytes.fromhex(keys[at]))
            for at, one in enumerate(sources)
        )
        tell(made.id, "granted", on, by, reason)
        return int(made.id)

    body = {"mandate": account, "on": on, "since": since, **asked}
    return journal.keep_once(account, key=key, body=body, keep=keep)[0]


def refuse_numbers(account: int, takes: str, sources: Sequence[Source], limit_minor: int, fixed_minor: int) -> None:
    """Refuse a mandate whose kind, sources or amounts cannot be."""
    if takes not in TAKES:
        raise MandateRefused(f"account {account}: {takes!r} is none of {', '.join(TAKES)}")
    if not 0 <= limit_minor <= AMOUNT_MAX:
        raise NotAnAmount(f"account {account}: a limit of {limit_minor} is not between 0 and {AMOUNT_MAX}")
    if (takes == "fixed") != (0 < fixed_minor <= AMOUNT_MAX):
        raise NotAnAmount(f"account {account}: {takes} with a fixed amount of {fixed_minor}")
    if not 1 <= len(sources) <= SOURCES_MAX or len({one.reference for one in sources}) != len(sources):
        raise MandateRefused(f"account {account}: from 1 to {SOURCES_MAX} sources, each once")
    for one in sources:
        if one.kind not in KINDS or not REFERENCE_MIN <= len(one.reference) <= REFERENCE_MAX:
            raise MandateRefused(
                f"account {account}: a source is one of {', '.join(KINDS)} with a reference of {REFERENCE_MIN} to "
                f"{REFERENCE_MAX} characters"
            )


def revoke(*, mandate: int, on: date, by: str, reason: str, key: str) -> int:
    """Revoke a mandate from a day: nothing is taken any more; what the bank has in hand is still answered."""
    return become(mandate, "revoked", on, by, reason, key)


def hold(*, mandate: int, on: date, by: str, reason: str, key: str) -> int:
    """Hold a mandate: nothing is taken until it is released."""
    return become(mandate, "held", on, by, reason, key)


def release(*, mandate: int, on: date, by: str, reason: str, key: str) -> int:
    """Release a mandate that is held."""
    return become(mandate, "released", on, by, reason, key)


def become(mandate: int, kind: str, on: date, by: str, reason: str, key: str) -> int:
    """Let a mandate become something else, once for a key; answers the id of its new state."""
    held = Mandate.objects.filter(id=mandate).first()
    if held is None:
        raise NoMandate(f"there is no mandate {mandate}")

    def keep(locked: Locked) -> int:
        refuse_day(locked, on)
        last = MandateState.objects.filter(mandate=held).latest("id")
        if last.kind == "revoked":
            raise NoMandate(f"mandate {mandate} was revoked on {last.effective_day}")
        if on < last.effective_day:
            raise MandateAlreadySo(f"mandate {mandate} was {last.kind} on {last.effective_day}, later than {on}")
        if kind in ("held", "released") and (last.kind == "held") == (kind == "held"):
            raise MandateAlreadySo(f"mandate {mandate} is {last.kind}")
        return tell(mandate, kind, on, by, reason)

    body = {"mandate": mandate, "becomes": kind, "on": on}
    return journal.keep_once(held.account_id, key=key, body=body, keep=keep)[0]


def refuse_day(locked: Locked, on: date) -> None:
    """Refuse a day that has not begun."""
    if on > locked.open_day:
        raise AfterOpenDay(f"account {locked.account_id}: {on} is after the open day {locked.open_day}")


def tell(mandate: int, kind: str, on: date, by: str, reason: str) -> int:
    """Keep a state of a mandate; answers its id."""
    state = MandateState.objects.create(mandate_id=mandate, kind=kind, effective_day=on, by=by, reason=reason)
    return int(state.id)


STANDING = (
    "SELECT m.id, m.account_id, s.kind FROM servicing_mandate m JOIN LATERAL (SELECT kind FROM servicing_mandate_state "
    "WHERE mandate_id = m.id ORDER BY id DESC LIMIT 1) s ON s.kind <> 'revoked'"
)
"""The mandates that were not revoked, with what they are now."""


def standing(cursor: CursorWrapper, account: int) -> tuple[Mandate, bool] | None:
    """The mandate of an account that was not revoked, and whether it is held."""
    cursor.execute(f"{STANDING} WHERE m.account_id = %s", [account])
    row = cursor.fetchone()
    return (Mandate.objects.get(id=row[0]), row[2] == "held") if row else None


def terms_of(mandate: Mandate) -> DebitTerms:
    """The terms under which a mandate was agreed."""
    return DebitTerms(**mandate.terms)


def states_of(*, mandate: int) -> list[MandateState]:
    """What became of a mandate, in the order in which it was recorded."""
    return list(MandateState.objects.filter(mandate_id=mandate).order_by("id"))
