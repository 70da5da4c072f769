"""Everything that happened with a person, on one line of time: money, acts, plans, contacts, care, the case."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duecourse.care.read import Cared
from duecourse.ledger import chart
from duecourse.recovery.read import Move
from duecourse.servicing import explain_words
from duecourse.servicing.in_force import Agreed, Deed
from duecourse.servicing.of_person import Held, Moved

from . import beside, care, cases, words
from .beside import Money, Row
from .contacts import Contact

SHOWN = {
    "money": _("money"),
    "acts": _("acts"),
    "plans": _("plans"),
    "contacts": _("messages and calls"),
    "care": _("promises, disputes, complaints"),
    "case": _("the case"),
}
"""What the line of time can be sifted by."""
NEWEST = 60


class Told(NamedTuple):
    """One thing on the line: of which account ("": the person), what moved in its currency, who and why."""

    on: date
    group: str
    what: str
    says: Sequence[str]
    account: str
    amount: str
    by: str
    reason: str
    flag: str = ""
    is_bad: bool = False


def money_of(held: Mapping[int, Held], account: int) -> Money:
    """How amounts of an account are written."""
    exponent = held[account].exponent
    return lambda minor: explain_words.money(minor, exponent)


def any_money(held: Mapping[int, Held], account: int | None) -> Money:
    """How amounts are written that are about an account, or about all: then as the first account writes them."""
    if not held:
        return str
    return money_of(held, next(iter(held)) if account is None or account not in held else account)


def number_of(held: Mapping[int, Held], account: int | None) -> str:
    """The number of an account; "" for None, which is the person."""
    return "" if account is None or account not in held else held[account].number


def of(
    held: Mapping[int, Held],
    *,
    moved: Sequence[Moved],
    done: Sequence[tuple[int, Deed]],
    arranged: Sequence[tuple[int, Agreed]],
    contacts: Sequence[Contact],
    cared: Sequence[Cared],
    case: Sequence[Move],
) -> list[Told]:
    """The line of time, the newest first."""
    found = [money_row(held, one) for one in moved]
    found += [act_row(held, account, one) for account, one in done]
    for account, one in arranged:
        rows = beside.arrangement_history(one, money_of(held, account))
        found += [as_told(row, "plans", held[account].number) for row in rows]
    found += [contact_row(held, one) for one in contacts]
    for cared_for in cared:
        number = number_of(held, cared_for.account)
        rows = care.history(cared_for, any_money(held, cared_for.account))
        found += [as_told(row, "care", number) for row in rows]
    found += [case_row(one) for one in case]
    return sorted(found, key=lambda one: one.on, reverse=True)


def as_told(row: Row, group: str, account: str) -> Told:
    """A row of the account's page on the line of time."""
    return Told(row.on, group, row.what, row.says, account, "", row.by, row.reason, row.flag, row.is_bad)


def money_row(held: Mapping[int, Held], told: Moved) -> Told:
    """An entry: by how much it changed what is owed."""
    of, says = held[told.account], []
    if told.booked_day != told.effective_day:
        says.append(gettext("booked on %(day)s") % {"day": told.booked_day})
    flag = gettext("taken back") if told.is_undone else gettext("reversal") if told.reverses else ""
    is_bad = told.is_undone and told.kind == chart.PAYMENT
    amount = amount_of(told.owed_minor, of) if told.owed_minor else ""
    return Told(told.effective_day, "money", words.kind(told.kind), says, of.number, amount, "", "", flag, is_bad)


def amount_of(minor: int, of: Held) -> str:
    """A change of what is owed, with its sign and currency."""
    sign = "+" if minor > 0 else "\N{MINUS SIGN}"
    return f"{sign}{explain_words.money(abs(minor), of.exponent)} {of.currency}"


def act_row(held: Mapping[int, Held], account: int, told: Deed) -> Told:
    """An act: who did it and why."""
    of = held[account]
    flag = gettext("taken back") if told.undone_by else gettext("to come") if told.is_coming else ""
    amount = f"{explain_words.money(told.minor, of.exponent)} {of.currency}" if told.minor is not None else ""
    reason = beside.why(told.reason, money_of(held, account))
    return Told(
        told.on, "acts", beside.act_name(told.kind), beside.deed_says(told), of.number, amount, told.by, reason, flag
    )  # fmt: skip


def contact_row(held: Mapping[int, Held], told: Contact) -> Told:
    """A contact that was made, refused, or is to come."""
    number = number_of(held, told.made.account)
    says = [told.purpose, *(f"{why.rule} {why.words}".strip() for why in told.why)]
    if told.made.subject:
        says.insert(1, told.made.subject)
    return Told(
        told.at.date(), "contacts", told.channel, says, number, "", told.made.by, "", told.state, told.is_bad
    )  # fmt: skip


def case_row(told: Move) -> Told:
    """A move of the case."""
    what = gettext("Case %(number)s: %(stage)s") % {"number": told.case, "stage": cases.stage(told.stage)}
    return Told(told.on, "case", what, cases.says(told), "", "", told.by, told.rule)
