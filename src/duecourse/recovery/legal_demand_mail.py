"""A demand by e-mail: its PDF goes out through the queue where the person agreed to get notices so; else by post.

When the mail server has taken it the demand counts as posted, and its notice runs from that day. A mail that came back
later is no demand (legal_checks.posted).
"""

from datetime import date, datetime, timedelta

from django.db import transaction

from duecourse.borrowers import reach
from duecourse.borrowers.contact_tables import Consent
from duecourse.ledger.journal import Refused
from duecourse.outreach import compose, contact, messages, reminders
from duecourse.outreach.messages import Attached
from duecourse.outreach.tables import Message
from duecourse.rules import legal_terms, recovery_terms

from . import legal, legal_checks, legal_demand
from .legal_tables import Demand, DemandPosted

PREFIX = "demand:"
MOMENT, PURPOSE, CHANNEL = "demand", "legal_notice", "email"
BY = "system"


class NotByMail(Refused):
    """The demand cannot go by e-mail; the message says why. It can be posted."""

    code = "demand_not_by_mail"


def queue(*, demand: int, at: datetime, by: str) -> tuple[int, bool]:
    """Queue a demand as an e-mail with its PDF; the message's number, and whether it is new.

    Refuses without the person's consent to notices by e-mail, without an address, and where another amount is late now.
    """
    row = legal_demand.found(demand)
    with transaction.atomic():
        legal.alone(row.borrower_id)
        before = Message.objects.filter(key=f"{PREFIX}{row.id}").first()
        if before is not None:
            return int(before.id), False
        if DemandPosted.objects.filter(demand_id=row.id).exists():
            raise legal_demand.NoSuchDemand(f"demand {row.number} was posted already")
        point = require_way(row, at)
        return messages.queue(draft=draft(row, point, at, by), attached=pdf(row))


def require_way(row: Demand, at: datetime) -> int:
    """The address to which a demand may go by e-mail now; refused where the house or the person does not allow it."""
    if not legal_terms.demand_by_mail(place=row.place, on=legal.day_of(at)):
        raise NotByMail(f"demand {row.number}: no demand goes by e-mail at {row.place}")
    told = Consent.objects.filter(borrower_id=row.borrower_id, kind="contact", channel=CHANNEL, purpose=PURPOSE)
    newest = told.order_by("-id").first()
    if newest is None or not newest.given or newest.at > at or (newest.until is not None and newest.until <= at):
        raise NotByMail(f"demand {row.number}: the person did not agree to get notices by e-mail")
    own = [one for one in reach.points(borrower=row.borrower_id) if one.kind == CHANNEL and not one.at_work]
    alive = [one.id for one in own if one.state != "dead"]
    if not alive:
        raise NotByMail(f"demand {row.number}: there is no e-mail address of the person's own")
    return alive[-1]


def draft(row: Demand, point: int, at: datetime, by: str) -> messages.Draft:
    """The mail that carries a demand, in words. What is late is looked up again right before it leaves."""
    body, on = row.body, legal.day_of(at)
    accounts = ((row.account_id, str(row.day - timedelta(days=1))),)
    if compose.left_on(accounts) != body["past_due"]:
        raise NotByMail(f"demand {row.number} asks for another amount than is late now: write a new one")
    since = date.fromisoformat(body["since"])
    about = compose.About(
        row.borrower_id, row.place, on, PURPOSE, body["account"][-reminders.TAIL :], body["past_due"],
        body["currency"], body["exponent"], since, (on - since).days, accounts,
    )  # fmt: skip
    told = compose.words(moment=MOMENT, channel=CHANNEL, language=row.language, about=about, around=compose.NOTICE)
    return messages.Draft(
        key=f"{PREFIX}{row.id}", borrower_id=row.borrower_id, account_id=row.account_id, due_on=since,
        amount_minor=body["past_due"], point_id=point, purpose=PURPOSE, moment=MOMENT, channel=CHANNEL,
        language=row.language, template=told.template, template_version=told.version, values=compose.values_of(about),
        subject=told.subject, text=told.text, html=told.html, not_before=at,
        not_after=at + timedelta(days=recovery_terms.message_days(on=on)), by=by,
    )  # fmt: skip


def pdf(row: Demand) -> Attached:
    """The letter as it goes with the mail."""
    return Attached(f"{row.number}.pdf", "application/pdf", legal_demand.drawn(row))


def ended(message: Message) -> None:
    """Count a demand as posted on the day on which a mail server took it; the letter that was allowed was not made."""
    number = message.key.removeprefix(PREFIX)
    step = messages.last(message.id)
    if message.key == number or not number.isdecimal() or step is None or step.step != messages.SENT:
        return
    row = Demand.objects.filter(id=int(number), borrower_id=message.borrower_id).first()
    if row is None or DemandPosted.objects.filter(demand_id=row.id).exists():
        return
    on = legal.day_of(step.at)
    pay_by = max(row.pay_by, legal_checks.notice_ends(place=row.place, posted_on=on))
    how = f"message {message.id}"
    sent = DemandPosted(demand_id=row.id, on=on, pay_by=pay_by, reference=how, by=BY)
    DemandPosted.objects.bulk_create([sent], ignore_conflicts=True)
    contact.tell(decision=row.decision_id, outcome="not_made", at=step.at, by=BY, note=f"by e-mail: {how}")
