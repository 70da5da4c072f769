"""What must hold before a debt goes to court: named checks, each passed or failed with its reason and rule."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from duecourse.ledger.journal import Refused
from duecourse.rules import legal_terms, places

from . import legal, legal_known, legal_limitation
from .legal_tables import Demand, DemandPosted, HelpOffer

HOUSE = "HOUSE"
OBSTACLES = {
    "dispute": ("dispute", "identity_theft"),
    "arrangement": ("arrangement",),
    "promise": ("promise",),
    "hardship": ("hardship",),
    "breathing_space": ("breathing_space", "mental_health_crisis"),
    "insolvency": ("insolvency",),
    "person": ("deceased", "minor", "incapacity"),
}
"""Each check of what stands in the way, and the kinds that fail it."""
NAMES = (
    "amount", *OBSTACLES, "circumstances", "complaint", "limitation", "help", "demand",
)  # fmt: skip
BEFORE_DEMAND = tuple(name for name in NAMES if name != "demand")
"""What must hold already when the demand is written."""


CAME_BACK = """
SELECT d.id FROM recovery_demand d JOIN outreach_message m ON m.key = 'demand:' || d.id
JOIN LATERAL (SELECT step FROM outreach_message_step WHERE message_id = m.id ORDER BY number DESC LIMIT 1) s
    ON s.step = 'bounced'
WHERE d.account_id = %s
"""
"""Demands of an account that went by e-mail and bounced."""


class ChecksFailed(Refused):
    """A check before legal steps fails; the message names each with its reason."""

    code = "legal_checks_failed"


class Check(NamedTuple):
    """One check: whether it passed, why, and by which rule ("HOUSE": the house's own)."""

    name: str
    passed: bool
    reason: str
    rule: str


def checks(*, account: str, at: datetime) -> tuple[Check, ...]:
    """Every check of an account at an instant, in the order of NAMES."""
    return of(legal.subject(number=account), at)


def of(subject: legal.Subject, at: datetime) -> tuple[Check, ...]:
    """The same of an account that is looked at already."""
    on = legal.day_of(at)
    return (
        amount(subject, on),
        *obstacles(subject, at),
        circumstances(subject, on),
        complaint(subject),
        limitation(subject, on),
        help_offered(subject, on),
        demand(subject, on),
    )


def require(subject: legal.Subject, at: datetime, names: tuple[str, ...] = NAMES) -> tuple[Check, ...]:
    """The checks of these names, all passed; refused by each that fails."""
    found = tuple(one for one in of(subject, at) if one.name in names)
    failed = [f"{one.name}: {one.reason}" for one in found if not one.passed]
    if failed:
        raise ChecksFailed(f"account {subject.page.number}: " + "; ".join(failed))
    return found


def amount(subject: legal.Subject, on: date) -> Check:
    """Enough is owed, and some of it is past due."""
    page = subject.page
    least = legal_terms.least_minor(currency=page.currency, on=on)
    owed, late = page.figures["owed"], page.standing.past_due
    reason = f"{owed} owed, {late} of it past due, at least {least} is sued for (minor units of {page.currency})"
    return Check("amount", owed >= least and late > 0, reason, HOUSE)


def obstacles(subject: legal.Subject, at: datetime) -> list[Check]:
    """Nothing stands in the way: one check for each kind of obstacle."""
    stands = legal_known.in_the_way(person=subject.borrower, account=subject.account, at=at)
    found = []
    for name, kinds in OBSTACLES.items():
        there = [f"{one.kind} since {one.since}" for one in stands if one.kind in kinds]
        found.append(Check(name, not there, ", ".join(there) or "none", HOUSE))
    return found


def circumstances(subject: legal.Subject, on: date) -> Check:
    """A person has lately looked at each vulnerable circumstance that is noted."""
    within = legal_terms.legal_terms(on=on).looked_at_days
    seen = legal_known.circumstances(person=subject.borrower)
    stale = [f"circumstance {one.circumstance} last looked at on {one.on}" for one in seen
             if one.on + timedelta(days=within) < on]  # fmt: skip
    reason = "; ".join(stale) or (f"{len(seen)} noted, each looked at within {within} days" if seen else "none noted")
    return Check("circumstances", not stale, reason, HOUSE)


def complaint(subject: legal.Subject) -> Check:
    """No complaint waits for its answer."""
    waiting = legal_known.complaints(person=subject.borrower)
    told = ", ".join(f"complaint {one.row} of {one.on}" for one in waiting)
    return Check("complaint", not waiting, told or "none waits", HOUSE)


def limitation(subject: legal.Subject, on: date) -> Check:
    """A suit would be in time; where no limitation is kept for the place, nobody can say so."""
    told = legal_limitation.of(subject, on)
    if told.rule is None:
        return Check("limitation", False, f"no limitation is kept for {subject.place or 'an unknown place'}", "")
    if told.ends_on is None:
        return Check("limitation", False, "nothing is past due: there is no claim yet", told.rule.rule)
    reason = f"runs from {told.begun_on}, ends on {told.ends_on}"
    reason += "; a proceeding is under way" if told.underway else f", {told.days_left} days left"
    return Check("limitation", not told.is_over, reason, told.rule.rule)


def help_offered(subject: legal.Subject, on: date) -> Check:
    """Help was offered since the debt is late."""
    rule = legal_terms.help_rule(place=subject.place, on=on) or HOUSE
    since = min((due.due_on for due in subject.page.dues if due.left), default=on)
    offered = legal_known.help_offered(person=subject.borrower, account=subject.account)
    there = [one for one in offered if since <= one.on <= on]
    if not there:
        return Check("help", False, f"nothing was offered since {since}", rule)
    return Check("help", True, f"{there[-1].kind} {there[-1].row} of {there[-1].on}", rule)


def demand(subject: legal.Subject, on: date) -> Check:
    """A demand for what is late now was posted, its notice is over, and it is not too old."""
    rule, _ = legal_terms.notice_rule(place=subject.place, on=on)
    rule = rule or HOUSE
    row, sent = posted(subject.account)
    if row is None or sent is None:
        return Check("demand", False, "no demand was posted", rule)
    since = min((due.due_on for due in subject.page.dues if due.left), default=on)
    if row.day < since:
        return Check("demand", False, f"demand {row.number} asked for what was paid since; late anew {since}", rule)
    if on <= sent.pay_by:
        return Check("demand", False, f"demand {row.number}: the notice runs through {sent.pay_by}", rule)
    ends = sent.on + timedelta(days=legal_terms.legal_terms(on=on).demand_holds_days)
    if on > ends:
        return Check("demand", False, f"demand {row.number} of {row.day} is too old: send another", rule)
    return Check("demand", True, f"demand {row.number}, posted {sent.on}, notice through {sent.pay_by}", rule)


def posted(account: int) -> tuple[Demand | None, DemandPosted | None]:
    """The newest demand of an account that was posted, and did not come back as a mail."""
    own = Demand.objects.filter(account_id=account)
    back = Demand.objects.raw(CAME_BACK, [account])
    sent = (
        DemandPosted.objects.filter(demand_id__in=own.values("id"))
        .exclude(demand_id__in=[row.id for row in back])
        .order_by("-on", "-demand_id")
        .first()
    )
    return (Demand.objects.get(id=sent.demand_id), sent) if sent else (None, None)


def notice_ends(*, place: str, posted_on: date) -> date:
    """The last day of notice of a letter posted on a day: the later of the house's business days and the law's days."""
    terms = legal_terms.legal_terms(on=posted_on)
    _, days = legal_terms.notice_rule(place=place, on=posted_on)
    arrived = places.business_day_after(place, posted_on, terms.receipt_business_days)
    own = places.business_day_after(place, arrived, terms.notice_business_days)
    return max(own, arrived + timedelta(days=days))


def offer_help(*, account: str, what: str, channel: str, on: date, by: str, reason: str, key: str) -> int:
    """Note help that was offered on a day beside a computed plan."""
    subject = legal.subject(number=account)
    told = {"borrower_id": subject.borrower, "account_id": subject.account, "on": on, "channel": channel, "what": what}
    if row := legal.before(HelpOffer, key, told):
        return int(row.id)
    legal.said("what", what)
    return int(HelpOffer.objects.create(**told, by=by, reason=reason, key=key).id)
