"""Payment holidays: the next due day moves, for one account or for all that a rule names, lines and loans."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction

from duecourse.kernel.account import WIDTH
from duecourse.ledger import balances
from duecourse.ledger.journal import Refused
from duecourse.ledger.tables import Product
from duecourse.rules import read as rules
from duecourse.rules.read import day_number, to_date

from . import changes, deferrals, loans, standing
from .tables import Account as Contract

KINDS = ("line", "loan")


class RuleUnreadable(Refused):
    """What is to say whom a holiday is for does not."""

    code = "rule_unreadable"


class Rule(NamedTuple):
    """Whom a payment holiday is for: accounts of a product, place or kind, by days past due, or those of a list."""

    name: str
    product: str | None = None
    place: str | None = None
    least_days_past_due: int = 0
    most_days_past_due: int = 0
    accounts: Sequence[int] | None = None
    kind: str | None = None


class Named(NamedTuple):
    """An account that a rule names: whether it is a loan, and its next due day that is still to come."""

    account: int
    is_loan: bool
    due_on: date


class Given(NamedTuple):
    """A holiday that was given: the accounts that have one by their acts (of a dry run: 0), those that had it before,
    and why the rest that the rule names did not get one."""

    acts: dict[int, int]
    before: int
    refused: dict[int, str]


def rule_from(told: Mapping[str, Any]) -> Rule:
    """A rule from words and numbers; `accounts` are told by their numbers."""
    known: dict[str, type] = {"name": str, "product": str, "place": str, "kind": str, "accounts": list}
    known |= {"least_days_past_due": int, "most_days_past_due": int}
    for field, value in told.items():
        if field not in known or type(value) is not known[field]:
            raise RuleUnreadable(f"{field} = {value!r}: a rule has {', '.join(known)}")
    if not told.get("name"):
        raise RuleUnreadable("a rule has a name")
    if told.get("kind") not in (None, *KINDS):
        raise RuleUnreadable(f"kind = {told['kind']!r} is none of {', '.join(KINDS)}")
    if "product" in told and not Product.objects.filter(code=told["product"]).exists():
        raise RuleUnreadable(f"product = {told['product']!r}: no account is of it")
    if "accounts" not in told:
        return Rule(**told)
    ids = dict(Contract.objects.filter(number__in=told["accounts"]).values_list("number", "id"))
    for number in told["accounts"]:
        if number not in ids:
            raise RuleUnreadable(f"accounts: there is no account {number!r}")
    return Rule(**{**told, "accounts": [ids[number] for number in told["accounts"]]})


def numbers_of(accounts: Iterable[int]) -> dict[int, str]:
    """The numbers of accounts, by id."""
    return dict(Contract.objects.filter(id__in=list(accounts)).values_list("id", "number"))


def named_by(rule: Rule, on: date) -> list[Named]:
    """The accounts that a rule names, as they stand at the close of the day before `on`."""
    loans_too = {}
    for row in Product.objects.all():
        told = rules.product(row.code)
        if rule.product in (None, row.code) and rule.place in (None, told.place) and rule.kind in (None, told.kind):
            loans_too[row.id] = told.kind == "loan"
    if not loans_too:
        return []
    where = f"product_id IN ({', '.join(map(str, loans_too))})"
    if rule.accounts is not None:
        where += f" AND account_id = ANY('{{{', '.join(str(int(one)) for one in rule.accounts)}}}'::bigint[])"
    book = balances.read(where)
    late = standing.of(book, on - timedelta(days=1))[0] if len(book.ids) else np.empty(0)
    found = []
    for i in np.flatnonzero((late >= rule.least_days_past_due) & (late <= rule.most_days_past_due)):
        days = book.shard.dues[book.shard.offsets[i] : book.shard.offsets[i + 1] : WIDTH]
        coming = days[days >= day_number(on)]
        if len(coming):
            found.append(Named(int(book.ids[i]), loans_too[int(book.products[i])], to_date(int(coming[0]))))
    return found


def holiday(
    *,
    rule: Rule,
    days: int,
    on: date,
    by: str,
    reason: str,
    key: str,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Given:
    """Move the next due day of every account that a rule names by so many days: one act for each.

    Of a loan the installments after it follow. An account that cannot have it is named with the reason, and the others
    get theirs. Asked again under the same key, those that have it are passed over. `dry_run`: each is tried and left as
    it was.
    """
    acts: dict[int, int] = {}
    refused: dict[int, str] = {}
    have, named = changes.made_under(f"{key}:"), named_by(rule, on)
    for done, one in enumerate(named):
        progress(done, len(named))
        if one.account in have:
            continue
        try:
            acts[one.account] = give(one, days, on, by, f"{rule.name}: {reason}", f"{key}:{one.account}", dry_run)
        except Refused as fault:
            refused[one.account] = f"{fault.code}: {fault}"
    progress(len(named), len(named))
    return Given(acts, len(named) - len(acts) - len(refused), refused)


def give(one: Named, days: int, on: date, by: str, reason: str, key: str, dry_run: bool) -> int:
    """Give one account its holiday; answers the act. On a dry run it is done and taken back within the transaction."""
    until = one.due_on + timedelta(days=days)
    told: dict[str, Any] = {"account": one.account, "on": on, "by": by, "reason": reason, "key": key}

    def do() -> int:
        if not one.is_loan:
            return deferrals.defer(due_on=one.due_on, until=until, **told).act
        if days < 1:
            raise deferrals.DeferredTooFar(f"account {one.account}: from {one.due_on} to {until} is no later day")
        loans.act(kind="reschedule", since=day_number(one.due_on), until=day_number(until), **told)
        return max(changes.standing_acts(one.account))

    if not dry_run:
        return do()
    with transaction.atomic():
        do()
        transaction.set_rollback(True)
    return 0
