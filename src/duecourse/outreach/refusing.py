"""What each kind of rule refuses: one function a kind, by the person's own clock. Pure.

Each is given the rule and what is asked, and answers None (it does not refuse), ENDLESS (no waiting helps) or the first
instant at which this rule alone would not refuse any more.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from duecourse.rules.contact_rules import ContactRule

from .asked import Asked, Attempt, Block, Consent, Person, Running

ENDLESS = datetime.max.replace(tzinfo=UTC)
CALLS = ("call", "ai_call")
TEXTS = ("sms", "email", "im", "app")
ELECTRONIC = (*TEXTS, "ai_call")
REACHED = ("connected", "sent")
SPOKEN = ("connected", "pending")
FAILED = ("unanswered", "not_connected", "invalid", "voicemail")
OF_DEBT = ("collection", "reminder_before_due", "legal_notice")
"""Purposes that speak of the debt unless it is said that they do not."""
FOR_THE_PERSON = ("attorney", "representative")
"""Whoever speaks for the person: contacts with them are not counted (US-RF-03)."""
BESIDE = {"contact_person", "relative", "friend", "colleague", "employer", "neighbour"}
"""Who is somebody else, with a number of their own: caps and gaps are of one person, so each counts apart."""
DAY = timedelta(days=1)


class Case(NamedTuple):
    """What is asked about whom, and the person's clock there: `now` is `asked.at` in `zone`."""

    asked: Asked
    person: Person
    zone: ZoneInfo
    now: datetime

    def day_of(self, at: datetime) -> date:
        """The person's calendar day of an instant."""
        return at.astimezone(self.zone).date()

    def start(self, day: date, minute: int = 0) -> datetime:
        """The instant at which a minute of the person's day begins."""
        return datetime.combine(day, time(minute // 60, minute % 60), self.zone).astimezone(UTC)


def hours(rule: ContactRule, case: Case) -> datetime | None:
    """Outside the hours of the person's day."""
    now = case.now.time()
    minute = now.hour * 60 + now.minute
    past_shut = minute > rule.shut or (minute == rule.shut and bool(now.second or now.microsecond))
    is_open = rule.open <= minute and (minute < rule.shut or (rule.shut_included and not past_shut))
    if is_open or lifted(rule, case):
        return None
    return case.start(case.now.date() + (DAY if minute >= rule.open else timedelta()), rule.open)


def count(rule: ContactRule, case: Case) -> datetime | None:
    """As many were made within the days as may be."""
    if case.asked.relation in FOR_THE_PERSON or lifted(rule, case):
        return None
    newest = sorted((case.day_of(one.at) for one in made(rule, case) if not one.inbound), reverse=True)
    if len(newest) < rule.most:
        return None
    free = newest[rule.most - 1] + rule.days * DAY
    return None if free <= case.now.date() else case.start(free)


def gap(rule: ContactRule, case: Case) -> datetime | None:
    """A telephone conversation was held within the days; its day is the first."""
    spoken = [case.day_of(one.at) for one in made(rule, case) if one.inbound or not rule.inbound_only]
    if not spoken or case.asked.relation in FOR_THE_PERSON or lifted(rule, case):
        return None
    free = max(spoken) + rule.days * DAY
    return None if free <= case.now.date() else case.start(free)


def made(rule: ContactRule, case: Case) -> Iterator[Attempt]:
    """The attempts that a rule counts: its channels, purposes and outcomes, the same debt or point, the same person.

    One that was made later counts too: whoever asks about an earlier moment, or by a slow clock, passes no cap.
    """
    asked = case.asked
    for one in case.person.attempts:
        if (
            counts(rule, one.channel, one.purpose, one.outcome)
            and one.relation not in FOR_THE_PERSON
            and (one.relation == asked.relation or not {one.relation, asked.relation} & BESIDE)
            and (rule.per != "debt" or same(one.debt, asked.debt))
            and (rule.per != "point" or same(one.point, asked.point))
        ):
            yield one


def counts(rule: ContactRule, channel: str, purpose: str, outcome: str) -> bool:
    """Whether a rule counts attempts by this channel, for this purpose, with this outcome; a gap those who spoke."""
    return (
        (rule.channels is None or channel in rule.channels)
        and (rule.counted is None or purpose in rule.counted)
        and (rule.outcomes is None or outcome in rule.outcomes)
        and (rule.kind != "gap" or outcome in SPOKEN)
    )


def same(one: str | None, other: str | None) -> bool:
    """Whether two names may be of one thing: who is not named may be either."""
    return one is None or other is None or one == other


def reach(rule: ContactRule, case: Case) -> datetime | None:
    """Somebody else is reached than those with whom the debt may be spoken of.

    What tells nothing of it is left to other rules: a message left on a voicemail that says nothing is no communication
    about a debt (12 CFR 1006.2(j)).
    """
    asked = case.asked
    assert rule.allowed is not None
    says_nothing = asked.content == "whereabouts" or (asked.content == "limited" and asked.channel == "voicemail")
    tells_nothing = (says_nothing or asked.purpose == "service") and asked.discloses is not True
    return None if asked.relation in rule.allowed or tells_nothing else ENDLESS


def third_party(rule: ContactRule, case: Case) -> datetime | None:
    """Somebody else is reached although the debtor is not lost, or the debt would be disclosed, or they refused."""
    asked, person = case.asked, case.person
    assert rule.apart is not None
    assert rule.only_if is not None
    if asked.relation in rule.apart:
        return None
    refused = rule.ends_when_refused and any(in_force(case, person.blocks, "third_party_refused"))
    of_debt = asked.purpose in OF_DEBT and asked.content != "whereabouts" and asked.discloses is None
    if refused or asked.discloses or of_debt or not rule.only_if & states_of(rule, case):
        return ENDLESS
    return None


def states_of(rule: ContactRule, case: Case) -> set[str]:
    """What is known to have become of the debtor: told, blocked for it, or lost by so many failed dials in a row."""
    found = set(case.person.states)
    found |= {"deceased" for _ in in_force(case, case.person.blocks, "deceased")}
    found |= {"incapable" for kind in ("incapacity", "minor") for _ in in_force(case, case.person.blocks, kind)}
    own = sorted((one for one in case.person.attempts if one.relation == "self"), key=lambda one: one.at)
    if own and (own[-1].inbound or own[-1].outcome == "connected"):
        found.discard("lost")
    if own and own[-1].outcome == "invalid" and not case.person.knows_points:
        found.add("lost")
    failed: list[Attempt] = []
    for one in own:
        if one.inbound or one.outcome in ("connected", "pending"):
            failed = []
        elif one.channel in CALLS and one.outcome in FAILED:
            failed.append(one)
    if len(failed) >= rule.failed_dials > 0 and case.day_of(failed[rule.failed_dials - 1].at) < case.now.date():
        found.add("lost")
    return found


def block(rule: ContactRule, case: Case) -> datetime | None:
    """Something stands against contact: the latest end of what does."""
    asked = case.asked
    assert rule.blocks is not None
    if not case.person.blocks:
        return None
    if asked.relation in rule.except_relations or asked.content in rule.except_contents:
        return None
    at_point = rule.points is not None and asked.point_kind in rule.points
    at_relation = rule.relations is not None and asked.relation in rule.relations
    if (rule.points is not None or rule.relations is not None) and not (at_point or at_relation):
        return None
    ends = [until_of(rule, case, one) for kind in rule.blocks for one in in_force(case, case.person.blocks, kind)]
    standing = [end for end in ends if end is not None and end > asked.at]
    return max(standing, default=None)


def in_force(case: Case, blocks: Iterable[Block], kind: str) -> Iterator[Block]:
    """The blocks of a kind that stand now, for this debt, channel and purpose."""
    asked = case.asked
    for one in blocks:
        if (
            one.kind == kind
            and (one.since is None or one.since <= asked.at)
            and (one.until is None or asked.at < one.until)
            and same(one.debt, asked.debt)
            and same(one.channel, asked.channel)
            and same(one.purpose, asked.purpose)
        ):
            yield one


def until_of(rule: ContactRule, case: Case, one: Block) -> datetime | None:
    """When a standing block ends; None where it does not bind at this time of day."""
    if one.kind == "inconvenient_time":
        return end_of_window(case, one)
    if one.until is None and rule.lasts_days and one.since is not None:
        return case.start(case.day_of(one.since) + rule.lasts_days * DAY)
    return one.until or ENDLESS


def end_of_window(case: Case, one: Block) -> datetime | None:
    """When an inconvenient time that now is in ends, one over midnight too."""
    minute = case.now.hour * 60 + case.now.minute
    over_midnight = one.shuts <= one.opens
    began = case.now.date() - (DAY if over_midnight and minute < one.shuts else timedelta())
    if not within(case, one.opens, one.shuts) or (one.weekdays is not None and began.weekday() not in one.weekdays):
        return None
    ends_on = began + DAY if over_midnight or one.shuts == 24 * 60 else began
    ends_at = case.start(ends_on, one.shuts % (24 * 60))
    if ends_at > case.asked.at:
        return ends_at
    wall = datetime.combine(ends_on, time(one.shuts % (24 * 60) // 60, one.shuts % 60), case.zone)
    return wall.replace(fold=1).astimezone(UTC)  # the hour that the clock shows twice


def opt_out(rule: ContactRule, case: Case) -> datetime | None:
    """The person opted out of the channel, or of all: then letters, calls and visits about a debt go on."""
    for one in in_force(case, case.person.blocks, "opted_out"):
        if confirms(rule, case, one):
            continue
        named = one.channel is not None or one.purpose is not None or case.asked.channel in ELECTRONIC
        if named or case.asked.purpose != "collection" or rule.channels is not None:
            return one.until or ENDLESS
    return None


def confirms(rule: ContactRule, case: Case, one: Block) -> bool:
    """Whether this is the one text that confirms an opting out, so soon after it: none of ours went by it since.

    A rule may be of calls too; none of them confirms.
    """
    asked = case.asked
    if asked.content != "stop_confirmed" or asked.channel not in TEXTS:
        return False
    if not rule.confirm_minutes or one.since is None:
        return False
    soon = asked.at < one.since + timedelta(minutes=rule.confirm_minutes)
    return soon and not any(
        each.at >= one.since and each.channel == asked.channel and not each.inbound for each in case.person.attempts
    )


def offer(rule: ContactRule, case: Case) -> datetime | None:
    """A message that does not say how to opt out."""
    return ENDLESS if case.asked.offers_opt_out is False else None


def consent(rule: ContactRule, case: Case) -> datetime | None:
    """No consent of the kinds that the rule asks for, or none as fresh as it must be."""
    assert rule.kinds is not None
    return None if any(any(agreed(case, kind, rule.within_days)) for kind in rule.kinds) else ENDLESS


def agreed(case: Case, kind: str, within_days: int) -> Iterator[Consent]:
    """The consents of a kind for this channel and purpose, no older than so many days (0: whenever)."""
    asked = case.asked
    for one in case.person.consents:
        if (
            one.kind == kind
            and same(one.channel, asked.channel)
            and same(one.purpose, asked.purpose)
            and same(one.point, asked.point)
            and (one.at is None or one.at <= asked.at)
            and within(case, one.opens, one.shuts)
            and (one.until is None or asked.at < one.until)
            and (not within_days or one.at is None or case.now.date() - case.day_of(one.at) <= within_days * DAY)
        ):
            yield one


def within(case: Case, opens: int, shuts: int) -> bool:
    """Whether the person's clock is between two minutes of the day, over midnight too; the end is not included."""
    minute = case.now.hour * 60 + case.now.minute
    return opens <= minute < shuts if opens < shuts else opens <= minute or minute < shuts


def lifted(rule: ContactRule, case: Case) -> bool:
    """Whether a consent makes the rule give way."""
    return bool(rule.lifted_by) and any(agreed(case, rule.lifted_by, rule.lifted_days))


def point(rule: ContactRule, case: Case) -> datetime | None:
    """A number or address of a kind that may not be used."""
    used = rule.points is None or case.asked.point_kind in rule.points
    return ENDLESS if used and not lifted(rule, case) else None


def content(rule: ContactRule, case: Case) -> datetime | None:
    """A content that this channel may not carry, or may not to this person."""
    asked = case.asked
    assert rule.contents is not None
    reached = rule.relations is None or asked.relation in rule.relations
    return ENDLESS if reached and asked.content in rule.contents else None


def notice(rule: ContactRule, case: Case) -> datetime | None:
    """A notice that had to go out within days of the first contact did not."""
    for debt, first_at in case.person.unnoticed:
        if same(debt, case.asked.debt) and case.now.date() > case.day_of(first_at) + rule.days * DAY:
            return ENDLESS
    told = dict(case.person.notices)
    if rule.notice not in told or told[rule.notice] is not None:
        return None
    first = min(
        (one.at for one in case.person.attempts if same(one.debt, case.asked.debt) and one.outcome in REACHED),
        default=None,
    )
    late = first is not None and case.now.date() > case.day_of(first) + rule.days * DAY
    return ENDLESS if late else None


def time_barred(rule: ContactRule, case: Case) -> datetime | None:
    """The time to sue is over: as it is told, or so many years after the last payment or acknowledgement.

    Where neither is told it follows from the dues that were not met. A rule that names no years leaves them to others:
    then a debt that is old enough anywhere is refused, because nobody knows.
    """
    asked = case.asked
    if rule.contents is not None and asked.content not in rule.contents:
        return None
    if asked.time_barred is None and asked.paid_at is None:
        old = [one for one in case.person.running if same(one.debt, asked.debt)]
        return ENDLESS if any(not rule.years or is_over(one, rule.years, case.now.date()) for one in old) else None
    if asked.time_barred:
        return ENDLESS
    paid = None if asked.paid_at is None else case.day_of(asked.paid_at)
    return ENDLESS if paid and rule.years and years_after(paid, rule.years) <= case.now.date() else None


def is_over(one: Running, years: int, today: date) -> bool:
    """Whether the time of a debt is over: a payment starts it anew, one that came too late does not."""
    ends = years_after(one.missed_on, years)
    for paid in one.paid_on:
        ends = years_after(paid, years) if paid < ends else ends
    return ends <= today


def years_after(day: date, years: int) -> date:
    """The day so many years after another; one of 29 February counts from the 28th."""
    return date(day.year + years, day.month, min(day.day, 28) if day.month == 2 else day.day)


def forbearance_first(rule: ContactRule, case: Case) -> datetime | None:
    """Enforcement is begun before forbearance was offered."""
    return ENDLESS if case.asked.forbearance_offered is False else None


def zone(rule: ContactRule, case: Case) -> datetime | None:
    """Nothing by itself: the gate names this rule where a zone that the person may be in refuses."""
    return None


REFUSING: Mapping[str, Callable[[ContactRule, Case], datetime | None]] = {
    "hours": hours,
    "count": count,
    "gap": gap,
    "reach": reach,
    "third_party": third_party,
    "block": block,
    "opt_out": opt_out,
    "offer": offer,
    "consent": consent,
    "point": point,
    "content": content,
    "notice": notice,
    "time_barred": time_barred,
    "forbearance_first": forbearance_first,
    "zone": zone,
}
