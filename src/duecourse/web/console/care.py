"""What stands of care on an account, in the words of the page: promises, disputes, complaints, who speaks for whom."""

from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duecourse.care import read
from duecourse.care.read import Cared, State

from . import incidents
from .beside import Beside, Money, Row
from .contacts import PURPOSES

WHATS = {
    read.PROMISE: _("Promise to pay"),
    read.DISPUTE: _("Dispute"),
    read.COMPLAINT: _("Complaint"),
    read.CIRCUMSTANCE: _("To be treated with care"),
    read.REPRESENTATIVE: _("Represented"),
    read.BREATHING_SPACE: _("Breathing space"),
    read.BLOCK: _("Not to be contacted"),
}
STATES = {
    "open": _("open"),
    "holds": _("in force"),
    "kept": _("kept"),
    "partly_kept": _("partly kept"),
    "broken": _("broken"),
    "withdrawn": _("withdrawn"),
    "acknowledged": _("acknowledged"),
    "extended": _("more time taken"),
    "upheld": _("upheld"),
    "partly_upheld": _("partly upheld"),
    "rejected": _("rejected"),
    "answered": _("answered"),
    "closed": _("closed"),
    "reopened": _("opened again"),
    "reviewed": _("looked at again"),
    "ended": _("ended"),
    "treatment_ended": _("treatment ended"),
}
STEPS = {
    "acknowledged": _("acknowledge by %(day)s"),
    "answered": _("answer by %(day)s"),
    "decided": _("decide by %(day)s"),
    "reviewed": _("look again on %(day)s"),
}
KINDS = {
    "amount": _("of an amount"),
    "reported": _("of what is reported to the bureau"),
    "identity_theft": _("identity theft: they say they never borrowed"),
    "contact": _("about how we contact them"),
    "charges": _("about interest and fees"),
    "balance": _("about what is owed"),
    "payments": _("about payments"),
    "service": _("about the service"),
    "help_when_in_need": _("about help when in need"),
    "personal_data": _("about personal data"),
    "wording": _("about the words we used"),
    "reporting": _("about reporting to the bureau"),
    "staff": _("about staff"),
    "selling": _("about how it was sold"),
    "other": _("about something else"),
    "attorney": _("by an attorney"),
    "debt_adviser": _("by a debt adviser"),
    "named_person": _("by somebody they named"),
    "guardian": _("by a guardian"),
    "executor": _("by an executor"),
    "standard": _("standard"),
    "mental_health_crisis": _("in a mental health crisis"),
    "deceased": _("deceased"),
    "minor": _("not of age"),
    "incapacity": _("without capacity"),
    "insolvency": _("insolvent"),
    "hardship": _("asked for help"),
    "arrangement": _("an arrangement"),
    "cease": _("asked us to stop"),
    "employer_prohibits": _("the employer forbids it"),
    "inconvenient_time": _("at an inconvenient time"),
    "opted_out": _("opted out"),
    "third_party_refused": _("a third person refused"),
}
TREAT = {
    "more_time": _("give more time"),
    "plain_words": _("plain words"),
    "letters_only": _("letters only"),
    "no_calls": _("no calls"),
    "large_print": _("large print"),
    "interpreter": _("with an interpreter"),
    "named_contact": _("always the same person"),
    "specialist_team": _("by the specialist team"),
    "somebody_with_them": _("with somebody beside them"),
    "signposted": _("told of where help is"),
}
CAUSES = {
    "system_fault": _("a fault of a system"),
    "wrong_figure": _("a wrong figure"),
    "unclear_words": _("unclear words"),
    "slow_answer": _("a slow answer"),
    "staff_conduct": _("conduct of staff"),
    "agency_conduct": _("conduct of an agency"),
    "partner_fault": _("a fault of a partner"),
    "policy": _("our policy"),
    "mistaken": _("a mistake of theirs"),
    "none_found": _("no cause found"),
}
REASONS = {
    "what had come in was taken back": _("what had come in was taken back"),
    "all that was promised came in": _("all that was promised came in"),
    "part of what was promised came in": _("part of what was promised came in"),
    "nothing of what was promised came in": _("nothing of what was promised came in"),
    "seen": "",
}
"""Reasons that nobody wrote."""
BAD = ("broken",)
HOLDING = (read.CIRCUMSTANCE, read.REPRESENTATIVE, read.BREATHING_SPACE, read.BLOCK)


def of(*, account: int, open_day: date, money: Money) -> Beside:
    """The rows of an account on its open day: what stands, and how everything came about, the newest first."""
    told = read.of(account=account, on=open_day)
    wanting, over = incidents.of(account=account, money=money)
    now = [row_of(one, money, open_day) for one in told if one.is_standing] + wanting
    before = [row for one in told for row in history(one, money)] + over
    return Beside(now, sorted(before, key=lambda row: row.on)[::-1])


def name_of(told: Cared) -> str:
    """What it is, with its number."""
    return f"{WHATS[told.what]} {told.id}"


def row_of(told: Cared, money: Money, today: date) -> Row:
    """A thing that stands: what it says, by when what is to be done, how it stands."""
    says, is_late = says_of(told, money), False
    if told.ends:
        text = STEPS[told.ends.step] % {"day": told.ends.on}
        says.append(f"{text} ({told.ends.rule})" if told.ends.rule else str(text))
        is_late = told.ends.on < today
    state = told.states[-1].state if told.states else "holds" if told.what in HOLDING else "open"
    flag = gettext("over its time") if is_late else str(STATES[state])
    until = told.until if told.what != read.CIRCUMSTANCE else None
    return Row(name_of(told), says, told.since, until, told.by, why(told.reason), flag, is_late)


def says_of(told: Cared, money: Money) -> list[str]:
    """What is to be said of a thing, each in a few words."""
    says = [str(KINDS[told.kind])] if told.kind else []
    amount = told.says.get("amount_minor")
    if told.what == read.PROMISE:
        says.append(gettext("%(amount)s by %(day)s") % {"amount": money(amount or 0), "day": told.says["due_on"]})
    elif amount is not None:
        says.append(money(amount))
    if treat := told.says.get("treat"):
        says.append(", ".join(str(TREAT[one]) for one in treat))
    if agency := told.says.get("agency"):
        says.append(gettext("against %(agency)s") % {"agency": agency})
    if told.what == read.BREATHING_SPACE:
        says.append(f"{told.says.get('reference', '')} ({told.says['rule']})".strip())
    if purpose := told.says.get("purpose"):
        says.append(str(PURPOSES[purpose]))
    if told.is_of_all:
        says.append(gettext("for every account"))
    return says


def history(told: Cared, money: Money) -> list[Row]:
    """How a thing came about and went on."""
    name = name_of(told)
    first = Row(name, says_of(told, money), told.since, told.until, told.by, why(told.reason))
    return [first, *(state_row(name, one, money) for one in told.states)]


def state_row(name: str, told: State, money: Money) -> Row:
    """What a thing became."""
    says = []
    if outcome := told.more.get("outcome"):
        says.append(str(STATES[outcome]))
    if cause := told.more.get("root_cause"):
        says.append(str(CAUSES[cause]))
    if paid := told.more.get("paid_minor"):
        says.append(gettext("%(amount)s came in") % {"amount": money(paid)})
    if amount := told.more.get("amount_minor"):
        says.append(gettext("%(amount)s is not owed") % {"amount": money(amount)})
    if last := told.more.get("last_on"):
        says.append(gettext("until %(day)s") % {"day": last})
    return Row(name, says, told.on, None, told.by, why(told.reason), str(STATES[told.state]), told.state in BAD)


def why(reason: str) -> str:
    """A reason; one that nobody wrote, in the language of the page."""
    return str(REASONS.get(reason, reason))
