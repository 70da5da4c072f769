"""Who owns accounts or funds shares of them beside the lender: introduced once, and settled with in money."""

from collections.abc import Sequence

from django.db.backends.utils import CursorWrapper

from duecourse.kernel.money import AMOUNT_MAX
from duecourse.ledger import chart, journal
from duecourse.ledger.journal import Owned, Refused

from . import agreed
from .party_tables import Party, Settlement
from .refusals import NotAnAmount


class UnknownParty(Refused):
    """No such party was introduced."""

    code = "unknown_party"


class PartyKnown(Refused):
    """There is a party of this code with another name."""

    code = "party_known_otherwise"


class NothingToSettle(Refused):
    """Nothing was booked yet, so there is no day on which money could be settled."""

    code = "nothing_to_settle"


LENDER = "lender"
"""The code of the lender, who needs no introduction: party 0."""


def introduce(*, code: str, name: str, by: str) -> int:
    """Introduce a party; answers its id, which is the owner of its entries. Again with the same name: the same id."""
    if code == LENDER:
        raise PartyKnown(f"{code} is the lender itself")
    known, _ = Party.objects.get_or_create(code=code, defaults={"name": name, "by": by})
    if known.name != name:
        raise PartyKnown(f"{code} is {known.name}, not {name}")
    return int(known.id)


def ids_of(codes: Sequence[str]) -> list[int]:
    """The ids of parties; one that was not introduced is refused."""
    known = dict(Party.objects.filter(code__in=codes).values_list("code", "id")) | {LENDER: 0}
    for code in codes:
        if code not in known:
            raise UnknownParty(f"no party {code} was introduced")
    return [known[code] for code in codes]


def codes() -> dict[int, str]:
    """Every party's code by its id."""
    return {0: LENDER, **dict(Party.objects.values_list("id", "code"))}


def pay_over(*, party: str, product: str, amount_minor: int, by: str, reason: str, key: str) -> int:
    """The lender pays a party what it holds for it, on the open day; answers the lender's entry."""
    return _settle(party, product, amount_minor, 1, by, reason, key)


def take_in(*, party: str, product: str, amount_minor: int, by: str, reason: str, key: str) -> int:
    """A party pays the lender what it has to bring for its shares, on the open day; answers the lender's entry."""
    return _settle(party, product, amount_minor, -1, by, reason, key)


def _settle(party: str, product: str, amount_minor: int, sign: int, by: str, reason: str, key: str) -> int:
    if not 0 < amount_minor <= AMOUNT_MAX:
        raise NotAnAmount(f"{party}: {amount_minor} is not between 1 and {AMOUNT_MAX}")

    def do(cursor: CursorWrapper) -> tuple[int, int]:
        owner, row = ids_of([party])[0], agreed.product_row(product)
        if owner == 0:
            raise UnknownParty("the lender does not settle with itself")
        day = journal.shard_opened(cursor)
        if day is None:
            raise NothingToSettle("there is no account in the book yet")
        paid = {"cash": -sign * amount_minor, "funder": sign * amount_minor}
        received = {name: -amount for name, amount in paid.items()}
        head = (None, row.id, chart.SETTLED, day, day)
        journal.post_owned(
            cursor,
            [Owned(*head, owner, row.currency, received), Owned(*head, 0, row.currency, paid)],
            None,
        )
        cursor.execute("SELECT currval('ledger_entry_id_seq')")
        entry = int(cursor.fetchone()[0])
        Settlement.objects.create(
            entry_id=entry,
            party_id=owner,
            product_id=row.id,
            amount_minor=sign * amount_minor,
            booked_day=day,
            by=by,
            reason=reason,
        )
        return entry, entry

    body = {"party": party, "product": product, "settles": sign * amount_minor}
    return journal.once(key=key, body=body, before=int, do=do)
