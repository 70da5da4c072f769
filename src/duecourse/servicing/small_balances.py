"""A small balance given up: what little is owed is the lender's loss, and nothing is left of it."""

from datetime import date
from typing import NamedTuple

from django.db import connection

from duecourse.kernel.account import owed_total
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Entry
from duecourse.rules.charge_off_terms import small_terms

from . import agreed, arrangements, changes, debit_pauses, loans
from .refusals import NothingOwed
from .steps import Stand
from .tables import Act

KIND = "small_balance"


class NotSmall(Refused):
    """More is owed than a small balance is, or something is to the borrower's good, set apart or to come."""

    code = "balance_not_small"


class KeptOpen(Refused):
    """Something about the account is not settled: a dispute, an arrangement."""

    code = "balance_kept_open"


class GivenUp(NamedTuple):
    """A small balance that was given up: its act, how much of what was owed went, in minor units; done before?"""

    act: int
    amount_minor: int
    again: bool


def close(*, account: int, on: date, by: str, reason: str, key: str) -> GivenUp:
    """Give up what little is owed, what has accrued too: by the house's rule of the day, and never what is not small.

    Principal is a loss, what is charged goes against its income, what was charged off already is no loss again. Nothing
    counts as paid, recovered or defaulted. Refused in a dispute or an arrangement, and where anything is to the good.
    """

    def work() -> GivenUp:
        with connection.cursor() as cursor:
            locked = journal.lock(account, key="", body=b"")
            cursor.execute("SELECT currency FROM ledger_product WHERE id = %s", [locked.product_id])
            most = small_terms(on=on).most_of(cursor.fetchone()[0])

        def may(stand: Stand) -> None:
            held = stand.account
            owed = owed_total(held) + held.accrued.interest + held.accrued.penalty
            refuse(account, on, owed, most, held.credit, held.beside.apart)

        if not agreed.is_loan(locked.terms_id):
            done = changes.do(account=account, kind=KIND, on=on, by=by, reason=reason, key=key, body={}, may=may)
            return GivenUp(done.act, amount_of(account, done.act), done.again)

        def told() -> tuple[date, dict[str, int]]:
            life = loans.held(account=account).loan
            owed = loans.most_written_off(account=account, on=on) if life.dues else 0
            refuse(account, on, owed, most, life.credit, 0)
            return on, {}

        hashed = journal.body_hash({"account": account, "act": KIND, "on": on})
        receipt = loans.once(account, KIND, by, reason, key, hashed, 0, told)
        act = Act.objects.filter(account_id=account, kind=KIND, entry_id=receipt.entry_id).latest("id").id
        return GivenUp(act, amount_of(account, act), receipt.again)

    return journal.atomically(work)


def refuse(account: int, on: date, owed: int, most: int, credit: int, apart: int) -> None:
    """Refuse what is no small balance, and one about which something is not settled."""
    found = debit_pauses.open_dispute(changes.standing_acts(account))
    if found is not None:
        raise KeptOpen(f"account {account}: in dispute since {found.effective_day}")
    stands_on = arrangements.standing(account=account, on=on)
    if stands_on is not None:
        raise KeptOpen(f"account {account}: in an arrangement since {stands_on.since}")
    if credit or apart:
        raise NotSmall(f"account {account}: {credit} to the borrower's good, {apart} disputed, held or to come")
    if not owed:
        raise NothingOwed(f"account {account} owes nothing")
    if owed > most:
        raise NotSmall(f"account {account}: {owed} owed, a small balance is at most {most}")


def amount_of(account: int, act: int) -> int:
    """What an act gave up of what was owed, in minor units."""
    last = Act.objects.values_list("entry_id", flat=True).get(account_id=account, id=act)
    own = Entry.objects.filter(account_id=account, kind=chart.SMALL_BALANCE, reverses=None, id__lte=last).latest("id")
    return -sum(getattr(own, name) or 0 for name in ("principal", "interest", "fee", "penalty"))
