"""The accounts that something is about: a person's own, and what kind each is."""

from collections.abc import Collection

from django.db import connection

from duecourse.ledger import journal
from duecourse.servicing import agreed
from duecourse.servicing.tables import Account


class OfAnother(Exception):
    """The account is not the person's, or they have none."""

    code = "account_of_another"


def own(person: int, account: int | None) -> dict[int, str]:
    """The currency of a person's account, or of each of theirs; an account of somebody else is refused."""
    rows = Account.objects.filter(borrower_id=person)
    if account is not None:
        rows = rows.filter(id=account)
    found = dict(rows.values_list("id", "product__currency"))
    if not found:
        raise OfAnother(f"person {person} has no account {'' if account is None else account}".rstrip())
    return found


def kinds(accounts: Collection[int | None]) -> dict[int | None, str]:
    """Whether each account is a line or a loan; "" for None."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, terms_id FROM servicing_account WHERE id = ANY(%s::bigint[])",
            [journal.array(one for one in accounts if one is not None)],
        )
        terms = cursor.fetchall()
    return {None: "", **{account: "loan" if agreed.is_loan(one) else "line" for account, one in terms}}
