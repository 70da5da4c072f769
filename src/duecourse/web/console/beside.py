"""What holds on an account beside its balance, in the words of the page: a row for each thing, now and before."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duecourse.servicing import explain_words
from duecourse.servicing.arrangement_plan import Plan
from duecourse.servicing.in_force import Agreed, Claimed, Deed, Eased, Funded, InForce, Mandated, State, Transferred
from duecourse.servicing.parties import LENDER

from . import words

STATES = {
    "agreed": _("agreed"),
    "broken": _("broken"),
    "cured": _("cured"),
    "fulfilled": _("fulfilled"),
    "ended": _("ended"),
    "undone": _("taken back"),
    "granted": _("granted"),
    "held": _("held"),
    "released": _("released"),
    "revoked": _("revoked"),
    "suspended": _("suspended"),
    "closed": _("closed"),
}
BAD = ("broken", "held", "suspended", "closed")
TAKES = {
    "minimum": _("the minimum due"),
    "statement": _("the whole statement"),
    "installment": _("the installment"),
    "fixed": _("a fixed amount"),
}
SOURCES = {"bank_card": _("bank card"), "bank_account": _("bank account")}
COMPONENTS = {"principal": _("principal"), "interest": _("interest"), "fee": _("fees"), "penalty": _("late interest")}
SYSTEM = {
    "as agreed": _("as agreed"),
    "money was taken back": _("money was taken back"),
    "what was missing came in": _("what was missing came in"),
    "all that was asked came in": _("all that was asked came in"),
    "another one was agreed": _("another one was agreed"),
    "authorised": _("authorised"),
    "captured": _("captured"),
    "drawn": _("drawn"),
    "ended": _("ended"),
}
"""Reasons that nobody wrote."""
SHORT = re.compile(r"(\d+) of what was asked had not come in")
PART = re.compile(r"arrangement (\d+): (.*)")
CAUSE = re.compile(r"([a-z_]+) (\d+)")
CAUSES = {
    "breathing_space": _("breathing space %(number)s"),
    "identity_theft": _("said to be identity theft, dispute %(number)s"),
}
"""What stops charges, as an act names it."""
AMOUNTS = 4
"""Of more amounts than so many only the first and last day and the sum are said."""
Money = Callable[[int], str]


class Row(NamedTuple):
    """One thing: what it is, what of it is to be said, from when, until when, by whom and why.

    flag: how it stands; is_bad: whether somebody should look.
    """

    what: str
    says: Sequence[str]
    on: date
    until: date | None
    by: str
    reason: str
    flag: str = ""
    is_bad: bool = False


class Beside(NamedTuple):
    """What holds now, and what became of everything since, the newest first."""

    now: list[Row]
    before: list[Row]


def of(told: InForce, money: Money, closed: date) -> Beside:
    """The rows of an account. `money` writes an amount, `closed` is the last closed day."""
    now = [bar_row(told.bar)] if told.bar else []
    now += [arrangement_row(one, money) for one in told.arrangements if one.is_standing]
    standing = {one.id for one in told.arrangements if one.is_standing}  # which say it themselves
    now += [eased_row(one, money) for one in told.eased if one.of not in standing]
    now += [mandate_row(one, money) for one in told.mandates if not one.is_over]
    now += [row for one in told.funding if one.is_now and one.parts for row in funding_rows(one)]
    now += owner_rows(told, money, closed)
    before = [row for one in told.arrangements for row in arrangement_history(one, money)]
    before += [row for one in told.mandates for row in mandate_history(one, money)]
    before += [row for one in told.funding for row in funding_rows(one)]
    before += [claim_row(one, money) for one in told.claims]
    before += [transfer_row(one, money) for one in told.transfers]
    return Beside(now, sorted(before, key=lambda row: row.on, reverse=True))


def bar_row(told: State) -> Row:
    """A line that a person suspended or closed."""
    return Row(gettext("Purchases"), [], told.on, None, told.by, told.reason, str(STATES[told.kind]), True)


def why(reason: str, money: Money) -> str:
    """A reason; one that nobody wrote, in the language of the page."""
    if part := PART.fullmatch(reason):
        return gettext("arrangement %(number)s: %(why)s") % {"number": part[1], "why": why(part[2], money)}
    if short := SHORT.fullmatch(reason):
        return gettext("%(amount)s of what was asked had not come in") % {"amount": money(int(short[1]))}
    if (cause := CAUSE.fullmatch(reason)) and cause[1] in CAUSES:
        return str(CAUSES[cause[1]]) % {"number": cause[2]}
    return str(SYSTEM.get(reason, reason))


def arrangement_row(told: Agreed, money: Money) -> Row:
    """An arrangement that stands: what was agreed, by whom."""
    first, last = told.states[0], told.states[-1]
    what = gettext("Arrangement %(number)s") % {"number": told.id}
    until = max((one.due_on for one in told.amounts), default=None)
    return Row(what, plan_says(told, money), first.on, until, first.by, first.reason, str(STATES[last.kind]))


def arrangement_history(told: Agreed, money: Money) -> list[Row]:
    """What became of an arrangement."""
    what = gettext("Arrangement %(number)s") % {"number": told.id}
    return [
        Row(what, plan_says(told, money) if at == 0 else [], one.on, None, one.by, why(one.reason, money),
            str(STATES[one.kind]), one.kind in BAD)
        for at, one in enumerate(told.states)
    ]  # fmt: skip


def plan_says(told: Agreed, money: Money) -> list[str]:
    """What was agreed, each thing in a few words."""
    plan = told.plan
    says = amounts_say(told, money)
    says += [
        gettext("due day %(due)s moved to %(until)s") % {"due": one.due_on, "until": one.until}
        for one in plan.deferrals
    ]
    says += rate_says(plan)
    says += installments_say(plan)
    for one in plan.forgiven:
        amount = money(one.amount_minor) if one.amount_minor else gettext("all of it")
        text = gettext("%(what)s forgiven at once: %(amount)s") if one.at_once else gettext(
            "%(what)s forgiven when it is fulfilled: %(amount)s"
        )  # fmt: skip
        says.append(text % {"what": COMPONENTS[one.component], "amount": amount})
    says += [gettext("the rest is forgiven once this is paid")] * plan.forgives_rest
    says += [gettext("no late fees while it stands")] * plan.stops_late_fees
    return says


def amounts_say(told: Agreed, money: Money) -> list[str]:
    """What is to be paid by when; of many amounts the first day, the last and the sum."""
    if len(told.amounts) > AMOUNTS:
        numbers = {
            "count": len(told.amounts),
            "first": told.amounts[0].due_on,
            "last": told.amounts[-1].due_on,
            "sum": money(sum(one.amount_minor for one in told.amounts)),
        }
        return [gettext("%(count)s payments from %(first)s to %(last)s, in all %(sum)s") % numbers]
    paid = [f"{one.due_on} {money(one.amount_minor)}" for one in told.amounts]
    return [gettext("to be paid by %(amounts)s") % {"amounts": "; ".join(paid)}] if paid else []


def rate_says(plan: Plan) -> list[str]:
    """The rate that was agreed."""
    if plan.rate is None:
        return []
    rate = explain_words.percent(plan.rate.rate_ppm)
    if plan.rate.until:
        return [gettext("%(rate)s a year until %(until)s") % {"rate": rate, "until": plan.rate.until}]
    return [gettext("%(rate)s a year while it stands") % {"rate": rate}]


def installments_say(plan: Plan) -> list[str]:
    """The dues or installments that were agreed."""
    says = []
    if plan.spread:
        parts = {"count": len(plan.spread.due_days), "first": plan.spread.due_days[0]}
        text = gettext("all that is owed in %(count)s new dues from %(first)s") if plan.spread.whole else gettext(
            "what is past due in %(count)s new dues from %(first)s"
        )  # fmt: skip
        says.append(text % parts)
    if plan.re_age:
        parts = {"count": plan.re_age.number, "first": plan.re_age.first}
        says.append(gettext("%(count)s new installments from %(first)s") % parts)
    if plan.more_installments:
        says.append(gettext("longer by %(count)s installments") % {"count": plan.more_installments})
    if plan.grace:
        says.append(gettext("no principal for %(count)s installments") % {"count": plan.grace})
    return says + [gettext("what is past due spread over the installments to come")] * plan.re_amortised


def eased_row(told: Eased, money: Money) -> Row:
    """A due day that was moved, or interest that does not grow."""
    says = []
    if told.due_on:
        says.append(gettext("due day %(due)s moved to %(until)s") % {"due": told.due_on, "until": told.until})
    if told.of:
        says.append(gettext("of arrangement %(number)s") % {"number": told.of})
    what = act_name(told.kind)
    return Row(what[:1].upper() + what[1:], says, told.on, told.until, told.by, why(told.reason, money))


def act_name(kind: str) -> str:
    """What an act is called on the page."""
    return explain_words.act_name(kind, words.language())


def mandate_row(told: Mandated, money: Money) -> Row:
    """A mandate that was not revoked."""
    last = told.states[-1]
    flag = str(STATES[last.kind]) if last.kind != "released" else str(STATES["granted"])
    what = gettext("Auto-debit mandate %(number)s") % {"number": told.id}
    return Row(what, mandate_says(told, money), told.since, None, last.by, last.reason, flag, last.kind in BAD)


def mandate_says(told: Mandated, money: Money) -> list[str]:
    """What a mandate lets be taken, and from where."""
    takes = str(TAKES[told.takes])
    if told.fixed_minor:
        takes += f" {money(told.fixed_minor)}"
    sources = ", ".join(f"{SOURCES[one.kind]} ···{one.last4}" for one in told.sources)
    says = [gettext("takes %(what)s from %(sources)s") % {"what": takes, "sources": sources}]
    if told.limit_minor:
        says.append(gettext("at most %(amount)s for a due day") % {"amount": money(told.limit_minor)})
    return says


def mandate_history(told: Mandated, money: Money) -> list[Row]:
    """What became of a mandate."""
    what = gettext("Auto-debit mandate %(number)s") % {"number": told.id}
    return [
        Row(what, mandate_says(told, money) if at == 0 else [], one.on, None, one.by, one.reason,
            str(STATES[one.kind]), one.kind in BAD)
        for at, one in enumerate(told.states)
    ]  # fmt: skip


def party(code: str) -> str:
    """A party by its code; the lender in words."""
    return gettext("the lender") if code == LENDER else code


def funding_rows(told: Funded) -> list[Row]:
    """Who funds the account, and who guarantees it."""
    says = [
        gettext("%(party)s %(share)s at %(rate)s a year")
        % {"party": party(one.party), "share": explain_words.percent(one.share_ppm),
           "rate": explain_words.percent(one.rate_ppm)}
        for one in told.parts
    ]  # fmt: skip
    says.append(f"{party(LENDER)} {explain_words.percent(told.lender_ppm)}")
    if told.claim_id:
        says.append(gettext("after the guarantee was paid"))
    rows = [Row(gettext("Funded by"), says, told.since, None, told.by, told.reason)]
    if told.guarantor is not None:
        numbers = {
            "party": party(told.guarantor),
            "days": told.guarantee_days,
            "cap": explain_words.percent(told.guarantee_cap_ppm),
        }
        cap = gettext("%(party)s pays from %(days)s days past due, up to %(cap)s of what was put in") % numbers
        pool = gettext("pool %(pool)s") % {"pool": told.pool}
        rows.append(Row(gettext("First-loss guarantee"), [cap, pool], told.since, None, told.by, told.reason))
    return rows


def claim_row(told: Claimed, money: Money) -> Row:
    """What a funder claimed of a guarantor."""
    asked = {"party": party(told.party), "amount": money(told.asked), "days": told.days_past_due}
    says = [gettext("%(party)s claims %(amount)s at %(days)s days past due") % asked]
    flag = gettext("not paid")
    if told.paid is not None:
        paid = {"party": party(told.guarantor), "amount": money(told.paid)}
        says.append(gettext("%(party)s paid %(amount)s") % paid)
        flag = gettext("paid")
    return Row(gettext("Guarantee called"), says, told.day, None, "", "", flag, told.paid is None)


def transfer_row(told: Transferred, money: Money) -> Row:
    """A sale or a buyback."""
    what = gettext("Sale") if told.kind == "sale" else gettext("Buyback")
    terms = {"party": party(told.party), "price": money(told.price_minor), "day": told.settles_on}
    text = gettext("to %(party)s for %(price)s, settled %(day)s") if told.kind == "sale" else gettext(
        "from %(party)s for %(price)s, settled %(day)s"
    )  # fmt: skip
    flag = gettext("called off") if told.is_cancelled else ""
    return Row(what, [text % terms], told.asked_on, None, told.by, told.reason, flag)


def owner_rows(told: InForce, money: Money, closed: date) -> list[Row]:
    """Whose the account is where it is not the lender's, and a sale that waits."""
    stand = [one for one in told.transfers if not one.is_cancelled]
    rows = [transfer_row(one, money)._replace(flag=gettext("waits")) for one in stand if one.settles_on > closed]
    sold = [one for one in stand if one.kind == "sale" and one.settles_on <= closed]
    if told.owner != LENDER and sold:
        rows.append(Row(gettext("Owner"), [told.owner], sold[-1].settles_on, None, sold[-1].by, sold[-1].reason))
    return rows


class Done(NamedTuple):
    """An act of the timeline in words; `says` are its numbers beside its amount."""

    deed: Deed
    what: str
    says: Sequence[str]
    reason: str


def timeline(told: InForce, money: Money) -> list[Done]:
    """The acts, the newest first."""
    return [Done(one, act_name(one.kind), deed_says(one), why(one.reason, money)) for one in told.deeds]


def deed_says(told: Deed) -> list[str]:
    """The rate, the component and the days of an act."""
    says = []
    if told.rate_ppm is not None:
        says.append(gettext("%(rate)s a year") % {"rate": explain_words.percent(told.rate_ppm)})
    if told.component is not None:
        says.append(str(COMPONENTS[told.component]))
    if told.due_on:
        says.append(gettext("due day %(due)s moved to %(until)s") % {"due": told.due_on, "until": told.until})
    elif told.until and told.kind == "charge":
        says.append(gettext("due %(day)s") % {"day": told.until})
    elif told.until:
        says.append(gettext("until %(day)s") % {"day": told.until})
    return says
